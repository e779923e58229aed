//! What is still to be written: rows kept here, and the statements of many rows that they become.

use std::collections::{BTreeMap, HashMap, HashSet};

use tokio_postgres::types::Type;

use super::session::Value;
use crate::credit::Entry;
use crate::store::Flaw;
use crate::store::chain::End;
use crate::store::digest::Digest;
use crate::store::engine::{CheckpointRow, ObservationRow, PollRow};
use crate::store::row::{COLUMNS, Cell, Cells, EntryCells, WIDTH, read};

/// The columns of an entry that hold numbers; the others hold texts, and the last one a digest.
const NUMBERS: [usize; 6] = [0, 2, 3, 8, 10, 11];

/// A column of rows that are to be written.
#[derive(Debug)]
pub(super) enum Column {
    Numbers(Vec<Option<i64>>),
    Texts(Vec<Option<String>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

impl Column {
    fn value(&self) -> Value<'_> {
        match self {
            Self::Numbers(values) => (values, Type::INT8_ARRAY),
            Self::Texts(values) => (values, Type::TEXT_ARRAY),
            Self::Bytes(values) => (values, Type::BYTEA_ARRAY),
        }
    }

    fn sort(&self) -> &'static str {
        match self {
            Self::Numbers(_) => "bigint[]",
            Self::Texts(_) => "text[]",
            Self::Bytes(_) => "bytea[]",
        }
    }

    fn numbers<T>(rows: &[T], of: impl Fn(&T) -> Option<i64>) -> Self {
        Self::Numbers(rows.iter().map(of).collect())
    }

    fn texts<T>(rows: &[T], of: impl Fn(&T) -> Option<&str>) -> Self {
        Self::Texts(rows.iter().map(|row| of(row).map(str::to_owned)).collect())
    }

    fn digests<T>(rows: &[T], of: impl Fn(&T) -> Option<Digest>) -> Self {
        Self::Bytes(rows.iter().map(|row| of(row).map(|digest| digest.0.to_vec())).collect())
    }
}

/// A statement on rows, whose columns are its parameters: `ROWS` in its SQL stands for them.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) sql: String,
    pub(super) columns: Vec<Column>,
}

impl Statement {
    pub(super) fn of(sql: &str, columns: Vec<Column>) -> Self {
        let sorts: Vec<String> = (1..).zip(&columns).map(|(number, column)| format!("${number}::{}", column.sort())).collect();
        Self { sql: sql.replace("ROWS", &format!("unnest({})", sorts.join(", "))), columns }
    }

    pub(super) fn values(&self) -> Vec<Value<'_>> {
        self.columns.iter().map(Column::value).collect()
    }
}

/// What is still to be written.
#[derive(Debug, Default)]
pub(super) struct Pending {
    /// The columns of entries, with their digests after them.
    pub(super) entries: Vec<Column>,
    /// The place of each in the columns, by account and ref.
    pub(super) references: HashMap<(String, String), usize>,
    pub(super) ends: BTreeMap<String, End>,
    pub(super) observations: Vec<ObservationRow>,
    /// Those that were seen again, by their first places.
    pub(super) confirmed: BTreeMap<i64, ObservationRow>,
    pub(super) restamped: Vec<ObservationRow>,
    pub(super) polls: BTreeMap<String, PollRow>,
    pub(super) checkpoints: BTreeMap<(String, i64, i64), CheckpointRow>,
    pub(super) dropped: Vec<(String, i64, i64)>,
    pub(super) voided: BTreeMap<String, i64>,
    /// The accounts of which entries, or observations, are still to be written.
    pub(super) with_entries: HashSet<String>,
    pub(super) with_observations: HashSet<String>,
    /// Leases that are over: each an account and who has it.
    pub(super) ended: Vec<(String, String)>,
    /// By what it is known again: the last entry, or how polling an account goes.
    pub(super) mark: Option<Mark>,
}

/// By what a transaction is known again that was lost while it was committed.
#[derive(Debug, Clone)]
pub(super) enum Mark {
    Entry { seq: i64, name: String, digest: Digest },
    Poll { account: String, digest: Option<Digest> },
}

/// An entry that is still to be written.
struct Placed<'a>(&'a [Column], usize);

impl Cells for Placed<'_> {
    fn cell(&self, column: usize) -> Cell<'_> {
        match self.0.get(column) {
            Some(Column::Numbers(values)) => values.get(self.1).copied().flatten().map_or(Cell::Absent, Cell::Number),
            Some(Column::Texts(values)) => {
                values.get(self.1).and_then(Option::as_ref).map_or(Cell::Absent, |text| Cell::Text(text.as_bytes()))
            }
            Some(Column::Bytes(_)) | None => Cell::Absent,
        }
    }
}

impl Pending {
    /// The entry that has this ref, where it is still to be written.
    pub(super) fn entry(&self, account: &str, reference: &str) -> Option<Result<Entry, Flaw>> {
        let place = self.references.get(&(account.to_owned(), reference.to_owned()))?;
        Some(read(&Placed(&self.entries, *place), None))
    }

    /// Adds an entry.
    pub(super) fn insert(&mut self, seq: i64, cells: &EntryCells<'_>, digest: Digest) {
        if self.entries.is_empty() {
            let column = |place: usize| {
                if NUMBERS.contains(&place) { Column::Numbers(Vec::new()) } else { Column::Texts(Vec::new()) }
            };
            self.entries = (0..WIDTH).map(column).collect();
            self.entries.push(Column::Bytes(Vec::new()));
        }
        let owned = |cell: Cell<'_>| match cell {
            Cell::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            _ => None,
        };
        let (account, reference) = (owned(cells.cell(0)).unwrap_or_default(), owned(cells.cell(3)).unwrap_or_default());
        let cells = std::iter::once(Cell::Number(seq)).chain(cells.iter()).chain([Cell::Foreign(&digest.0)]);
        for (column, cell) in self.entries.iter_mut().zip(cells) {
            match column {
                Column::Numbers(values) => values.push(if let Cell::Number(number) = cell { Some(number) } else { None }),
                Column::Texts(values) => values.push(owned(cell)),
                Column::Bytes(values) => values.push(Some(digest.0.to_vec())),
            }
        }
        self.mark = Some(Mark::Entry { seq, name: format!("{account}/{reference}"), digest });
        self.with_entries.insert(account.clone());
        let place = self.references.len();
        self.references.insert((account, reference), place);
    }

    /// Notes that something of this observation is to be written.
    pub(super) fn observed(&mut self, row: &ObservationRow) {
        self.with_observations.insert(row.account.clone());
    }

    /// What has to be said to the server, in this order; nothing is left to be written after it.
    pub(super) fn statements(&mut self) -> Vec<Statement> {
        let entries = std::mem::take(&mut self.entries);
        self.references.clear();
        self.with_entries.clear();
        self.with_observations.clear();
        let mut statements = Vec::new();
        if !entries.is_empty() {
            statements.push(Statement::of(&format!("INSERT INTO entry ({COLUMNS}, digest) SELECT * FROM ROWS"), entries));
        }
        statements.extend(ends(std::mem::take(&mut self.ends)));
        statements.extend(observations(&std::mem::take(&mut self.observations)));
        let confirmed: Vec<ObservationRow> = std::mem::take(&mut self.confirmed).into_values().collect();
        let set = "last_seq = w.last_seq, last_seen_at = w.last_seen_at, digest = w.digest";
        statements.extend(update(&confirmed, set));
        let set = "at = w.at, last_seen_at = w.last_seen_at, subscription_ends_at = w.subscription_ends_at, digest = w.digest";
        statements.extend(update(&std::mem::take(&mut self.restamped), set));
        statements.extend(polls(&std::mem::take(&mut self.polls)));
        statements.extend(checkpoints(&std::mem::take(&mut self.checkpoints)));
        let rows = std::mem::take(&mut self.dropped);
        if !rows.is_empty() {
            let sql = "DELETE FROM checkpoint c USING ROWS AS w (account, at, rules) \
                       WHERE c.account = w.account AND c.at = w.at AND c.rules = w.rules";
            let columns = vec![
                Column::texts(&rows, |row| Some(&row.0)),
                Column::numbers(&rows, |row| Some(row.1)),
                Column::numbers(&rows, |row| Some(row.2)),
            ];
            statements.push(Statement::of(sql, columns));
        }
        let ended = std::mem::take(&mut self.ended);
        if !ended.is_empty() {
            let sql = "DELETE FROM lease l USING ROWS AS w (account, holder) WHERE l.account = w.account AND l.holder = w.holder";
            let columns = vec![Column::texts(&ended, |row| Some(&row.0)), Column::texts(&ended, |row| Some(&row.1))];
            statements.push(Statement::of(sql, columns));
        }
        let rows: Vec<(String, i64)> = std::mem::take(&mut self.voided).into_iter().collect();
        if !rows.is_empty() {
            let sql = "DELETE FROM checkpoint c USING ROWS AS w (account, at) WHERE c.account = w.account AND c.at >= w.at";
            let columns = vec![Column::texts(&rows, |row| Some(&row.0)), Column::numbers(&rows, |row| Some(row.1))];
            statements.push(Statement::of(sql, columns));
        }
        statements
    }
}

fn ends(ends: BTreeMap<String, End>) -> Option<Statement> {
    let rows: Vec<(String, End)> = ends.into_iter().collect();
    let sql = "INSERT INTO chain (account, entries, digest) SELECT * FROM ROWS \
               ON CONFLICT (account) DO UPDATE SET entries = excluded.entries, digest = excluded.digest";
    let columns = || {
        vec![
            Column::texts(&rows, |row| Some(&row.0)),
            Column::numbers(&rows, |row| Some(row.1.entries)),
            Column::digests(&rows, |row| Some(row.1.digest)),
        ]
    };
    (!rows.is_empty()).then(|| Statement::of(sql, columns()))
}

fn observations(rows: &[ObservationRow]) -> Vec<Statement> {
    if rows.is_empty() {
        return Vec::new();
    }
    let sql = "INSERT INTO observation (first_seq, last_seq, account, at, last_seen_at, plan, email, subscription_ends_at, digest) \
               SELECT * FROM ROWS";
    let columns = vec![
        Column::numbers(rows, |row| Some(row.first)),
        Column::numbers(rows, |row| Some(row.last)),
        Column::texts(rows, |row| Some(&row.account)),
        Column::numbers(rows, |row| Some(row.at)),
        Column::numbers(rows, |row| Some(row.last_seen_at)),
        Column::texts(rows, |row| row.plan.as_deref()),
        Column::texts(rows, |row| row.email.as_deref()),
        Column::numbers(rows, |row| row.subscription_ends_at),
        Column::digests(rows, |row| row.digest),
    ];
    let buckets: Vec<_> =
        rows.iter().flat_map(|row| (0i64..).zip(&row.buckets).map(|(position, bucket)| (row.first, position, bucket))).collect();
    let observed = "INSERT INTO observed_bucket (observation, position, bucket, remaining, capacity) SELECT * FROM ROWS";
    let of_buckets = vec![
        Column::numbers(&buckets, |row| Some(row.0)),
        Column::numbers(&buckets, |row| Some(row.1)),
        Column::texts(&buckets, |row| Some(&row.2.bucket)),
        Column::texts(&buckets, |row| Some(&row.2.remaining)),
        Column::texts(&buckets, |row| row.2.capacity.as_deref()),
    ];
    vec![Statement::of(sql, columns), Statement::of(observed, of_buckets)]
}

/// Writes what `set` says into the observations, by their first places.
fn update(rows: &[ObservationRow], set: &str) -> Option<Statement> {
    let sql = format!(
        "UPDATE observation o SET {set} FROM ROWS AS w (first_seq, last_seq, at, last_seen_at, subscription_ends_at, digest) \
         WHERE o.first_seq = w.first_seq"
    );
    let columns = || {
        vec![
            Column::numbers(rows, |row| Some(row.first)),
            Column::numbers(rows, |row| Some(row.last)),
            Column::numbers(rows, |row| Some(row.at)),
            Column::numbers(rows, |row| Some(row.last_seen_at)),
            Column::numbers(rows, |row| row.subscription_ends_at),
            Column::digests(rows, |row| row.digest),
        ]
    };
    (!rows.is_empty()).then(|| Statement::of(&sql, columns()))
}

fn polls(polls: &BTreeMap<String, PollRow>) -> Option<Statement> {
    let rows: Vec<&PollRow> = polls.values().collect();
    let sql = "INSERT INTO poll (account, last_ok_at, failure_kind, failure_message, failed_at, retry_at, attempts, digest, changed) \
               SELECT w.*, (SELECT coalesce(max(changed), 0) + 1 FROM poll) FROM ROWS AS w ON CONFLICT (account) DO UPDATE SET last_ok_at = excluded.last_ok_at, \
               failure_kind = excluded.failure_kind, failure_message = excluded.failure_message, failed_at = excluded.failed_at, \
               retry_at = excluded.retry_at, attempts = excluded.attempts, digest = excluded.digest, changed = excluded.changed";
    let columns = || {
        vec![
            Column::texts(&rows, |row| Some(&row.account)),
            Column::numbers(&rows, |row| row.last_ok_at),
            Column::texts(&rows, |row| row.failure_kind.as_deref()),
            Column::texts(&rows, |row| row.failure_message.as_deref()),
            Column::numbers(&rows, |row| row.failed_at),
            Column::numbers(&rows, |row| row.retry_at),
            Column::numbers(&rows, |row| Some(row.attempts)),
            Column::digests(&rows, |row| row.digest),
        ]
    };
    (!rows.is_empty()).then(|| Statement::of(sql, columns()))
}

fn checkpoints(checkpoints: &BTreeMap<(String, i64, i64), CheckpointRow>) -> Option<Statement> {
    let rows: Vec<(&str, &CheckpointRow)> = checkpoints.iter().map(|((account, ..), row)| (account.as_str(), row)).collect();
    let sql = "INSERT INTO checkpoint (account, at, rules, entries, spacing, state) SELECT * FROM ROWS \
               ON CONFLICT (account, at, rules) DO UPDATE SET entries = excluded.entries, spacing = excluded.spacing, state = excluded.state";
    let columns = || {
        vec![
            Column::texts(&rows, |row| Some(row.0)),
            Column::numbers(&rows, |row| Some(row.1.at)),
            Column::numbers(&rows, |row| Some(row.1.rules)),
            Column::numbers(&rows, |row| Some(row.1.entries)),
            Column::numbers(&rows, |row| Some(row.1.spacing)),
            Column::Bytes(rows.iter().map(|row| Some(row.1.state.clone())).collect()),
        ]
    };
    (!rows.is_empty()).then(|| Statement::of(sql, columns()))
}
