//! Queries that every engine with SQL understands.

/// Refs, targets, notes, actors, e-mails, and accounts that may not be configured any more; each once.
pub(super) const TEXTS: &str = "
SELECT ref FROM entry UNION SELECT target FROM entry UNION SELECT note FROM entry UNION SELECT actor FROM entry
UNION SELECT email FROM observation UNION SELECT account FROM entry UNION SELECT account FROM observation
UNION SELECT account FROM poll";

/// Lists of tags: several in one, separated by spaces.
pub(super) const TAGS: &str = "SELECT DISTINCT tags FROM entry";

/// What is wrong with an entry, and a query that finds such entries as (seq, account, ref, target).
pub(super) const CONTRADICTIONS: [(&str, &str); 5] = [
    ("two entries share this ref", "SELECT max(seq), account, ref, NULL FROM entry GROUP BY account, ref HAVING count(*) > 1"),
    (
        "it names an entry that was not recorded before it",
        "SELECT e.seq, e.account, e.ref, e.target FROM entry e WHERE e.target IS NOT NULL AND NOT EXISTS \
         (SELECT 1 FROM entry t WHERE t.account = e.account AND t.ref = e.target AND t.seq < e.seq)",
    ),
    (
        "it captures or releases something that is not a hold",
        "SELECT e.seq, e.account, e.ref, e.target FROM entry e JOIN entry t ON t.account = e.account AND t.ref = e.target \
         WHERE e.kind IN ('capture', 'release') AND t.kind <> 'hold'",
    ),
    (
        "it reverses a reverse",
        "SELECT e.seq, e.account, e.ref, e.target FROM entry e JOIN entry t ON t.account = e.account AND t.ref = e.target \
         WHERE e.kind = 'reverse' AND t.kind = 'reverse'",
    ),
    (
        "it reverses an entry for a second time",
        // That it names a target lets the index of targets be used.
        "SELECT max(seq), account, max(ref), target FROM entry WHERE kind = 'reverse' AND target IS NOT NULL \
         GROUP BY account, target HAVING count(*) > 1",
    ),
];
