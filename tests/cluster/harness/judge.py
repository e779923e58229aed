"""The judge: holds what clients were told against what the ledger has. It knows no cluster and no clock."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Entry:
    """An entry, as a client asked for it or as the ledger has it."""

    kind: str
    account: str
    ref: str
    amount: Decimal | None = None
    hold: str | None = None

    @staticmethod
    def read(line):
        """Reads a line of `creditop ledger export`, which was parsed with amounts as Decimal."""
        amount = line.get("amount")
        return Entry(line["kind"], line["account"], line["ref"], None if amount is None else Decimal(amount), line.get("hold"))

    def __str__(self):
        return f"{self.kind} {self.ref} in {self.account}"


@dataclass(frozen=True)
class Possession:
    """A client had the one credit of an account: from when its hold was acknowledged until before it asked to release it."""

    account: str
    client: str
    ref: str
    begin: float
    end: float


@dataclass
class History:
    """What the clients know in the end."""

    # In the order in which they were acknowledged.
    acknowledged: list
    # Asked for, and never answered: the ledger may have them or not.
    unanswered: list
    # Holds that were refused for want of credits.
    refused: list
    possessions: list
    # Given up after creditop had said each time that nothing was written.
    denied: list


def judge(history, entries):
    """Everything that is wrong, in words; an empty list where nothing is."""
    return [
        *lost_or_changed(history, entries),
        *doubled(entries),
        *unasked(history, entries),
        *recorded_all_the_same(history.refused, entries, "refused and recorded"),
        *recorded_all_the_same(history.denied, entries, "denied and recorded"),
        *overdrawn(entries),
        *refused_in_vain(history, entries),
        *had_by_two(history.possessions),
    ]


def lost_or_changed(history, entries):
    """Acknowledged entries that the ledger doesn't have as they were acknowledged."""
    recorded = {(entry.account, entry.ref): entry for entry in entries}
    for entry in history.acknowledged:
        found = recorded.get((entry.account, entry.ref))
        if found is None:
            yield f"lost: {entry} was acknowledged and is not in the ledger"
        elif found != entry:
            yield f"changed: {entry} was acknowledged, and the ledger has {found}"


def doubled(entries):
    """Entries that the ledger has twice."""
    for (account, ref), times in Counter((entry.account, entry.ref) for entry in entries).items():
        if times > 1:
            yield f"twice: {ref} in {account} stands {times} times in the ledger"


def unasked(history, entries):
    """Entries that nobody asked for."""
    asked = {(entry.account, entry.ref) for entry in [*history.acknowledged, *history.unanswered, *history.refused, *history.denied]}
    for entry in entries:
        if (entry.account, entry.ref) not in asked:
            yield f"unasked: nobody asked for {entry}"


def recorded_all_the_same(not_to_be, entries, what):
    """Entries whose client was told that they are not recorded, and which stand in the ledger all the same."""
    refs = {(entry.account, entry.ref) for entry in not_to_be}
    for entry in entries:
        if (entry.account, entry.ref) in refs:
            yield f"{what}: {entry}"


def overdrawn(entries):
    """Accounts whose holds and uses come to more than was granted, in the end or when a hold was recorded."""
    for account, own in by_account(entries).items():
        granted, used, held = Decimal(0), Decimal(0), {}
        for entry in own:
            if entry.kind == "grant":
                granted += entry.amount
            elif entry.kind == "spend":
                used += entry.amount
            elif entry.kind == "hold":
                held[entry.ref] = entry.amount
            elif entry.kind == "capture":
                used += entry.amount
                held.pop(entry.hold, None)
            elif entry.kind == "release":
                held.pop(entry.hold, None)
        taken = used + sum(held.values())
        if taken > granted:
            yield f"overdrawn: {account} was granted {granted}, and {taken} are used or held"


def refused_in_vain(history, entries):
    """Accounts where a hold was refused though there would have been room: holds there are never released."""
    accounts = by_account(entries)
    for account in sorted({entry.account for entry in history.refused}):
        own = accounts[account]
        if any(entry.kind == "release" for entry in own):
            continue
        granted = sum(entry.amount for entry in own if entry.kind == "grant")
        held = sum(entry.amount for entry in own if entry.kind == "hold")
        if held < granted:
            yield f"refused in vain: {account} was granted {granted}, only {held} were ever held, and a hold was refused"


def had_by_two(possessions):
    """Credits that two clients had at once."""
    of_account = defaultdict(list)
    for possession in possessions:
        of_account[possession.account].append(possession)
    for account, own in of_account.items():
        own.sort(key=lambda possession: possession.begin)
        for earlier, later in zip(own, own[1:]):
            if later.begin < earlier.end:
                yield (
                    f"had by two: the one credit of {account} was held as {earlier.ref} by {earlier.client} "
                    f"and as {later.ref} by {later.client} at once"
                )


def by_account(entries):
    """Entries of each account, in the ledger's order."""
    accounts = defaultdict(list)
    for entry in entries:
        accounts[entry.account].append(entry)
    return accounts
