//! Whether the file has the tables, indexes and triggers that creditop makes, and no others.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::schema::MIGRATIONS;
use crate::store::Flaw;

/// What a schema holds: the table that it belongs to and how it is made, by sort and name.
type Schema = BTreeMap<(String, String), (String, Option<String>)>;

/// What a ledger of this format has and this one has not, or not as it was made, and what it has besides.
pub(super) fn wrong_guards(connection: &Connection) -> rusqlite::Result<Vec<Flaw>> {
    let made = Connection::open_in_memory()?;
    MIGRATIONS.iter().try_for_each(|step| step.take(&made))?;
    let (made, found) = (schema(&made)?, schema(connection)?);
    let flaw = |(sort, name): &(String, String), what: &str| Flaw { seq: None, what: format!("the {sort} {name:?} {what}") };
    let mut flaws = Vec::new();
    for (which, how) in &made {
        match found.get(which) {
            Some(found) if found == how => {}
            Some(_) => flaws.push(flaw(which, "is not as creditop makes it")),
            None => flaws.push(flaw(which, "is missing")),
        }
    }
    for ((sort, name), (table, _)) in found.iter().filter(|(which, _)| !made.contains_key(*which)) {
        let on = if sort == "table" || sort == "view" { String::new() } else { format!("on {table:?} ") };
        flaws.push(flaw(&(sort.clone(), name.clone()), &format!("{on}is not creditop's: another program put it there")));
    }
    Ok(flaws)
}

fn schema(connection: &Connection) -> rusqlite::Result<Schema> {
    // What SQLite keeps for itself, as statistics that somebody had it gather, changes no answer.
    let sql = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_stat%' ESCAPE '\\'";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), (row.get(2)?, row.get(3)?))))?;
    rows.collect()
}
