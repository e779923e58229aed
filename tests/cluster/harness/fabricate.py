"""Histories that are wrong, made from one that is right: a judge that passes one of them is no judge."""

from dataclasses import replace

from harness.judge import Entry, Possession, judge


def fabrications(history, entries):
    """Gives (what the judge has to say, a history, the ledger's entries), each wrong in one way."""
    acknowledged = history.acknowledged[len(history.acknowledged) // 2]
    at = next(index for index, entry in enumerate(entries) if (entry.account, entry.ref) == (acknowledged.account, acknowledged.ref))
    yield "lost", history, [*entries[:at], *entries[at + 1 :]]
    yield "twice", history, [*entries, entries[at]]
    amount = (acknowledged.amount or 0) + 1
    yield "changed", history, [*entries[:at], replace(entries[at], amount=amount), *entries[at + 1 :]]
    yield "unasked", history, [*entries, replace(entries[at], ref="nobody's")]
    grant = next(entry for entry in entries if entry.kind == "grant")
    beyond = Entry("hold", grant.account, "beyond", grant.amount + 1)
    yield "overdrawn", replace(history, acknowledged=[*history.acknowledged, beyond]), [*entries, beyond]
    yield "refused and recorded", replace(history, refused=[*history.refused, beyond]), [*entries, beyond]
    yield "denied and recorded", replace(history, denied=[*history.denied, beyond]), [*entries, beyond]
    roomy = Entry("grant", "roomy", "first", grant.amount)
    vain = Entry("hold", "roomy", "vain", grant.amount)
    with_room = replace(history, acknowledged=[*history.acknowledged, roomy], refused=[*history.refused, vain])
    yield "refused in vain", with_room, [*entries, roomy]
    both = [Possession("token", "one", "a", 1.0, 3.0), Possession("token", "other", "b", 2.0, 4.0)]
    yield "had by two", replace(history, possessions=[*history.possessions, *both]), entries


def passed_by_the_judge(history, entries):
    """What is wrong and the judge doesn't see; an empty list where it is a judge. The history has to be right."""
    return [
        what
        for what, wrong_history, wrong_entries in fabrications(history, entries)
        if not any(line.startswith(f"{what}:") for line in judge(wrong_history, wrong_entries))
    ]
