//! What of a ledger may name somebody (SPEC 7).

use std::collections::BTreeSet;

use super::{Store, StoreError};
use crate::credit::Ref;

/// Refs, notes, actors, labels, e-mails and accounts that may not be configured any more; each once.
const TEXTS: &str = "
SELECT ref FROM entry UNION SELECT target FROM entry UNION SELECT note FROM entry UNION SELECT actor FROM entry
UNION SELECT email FROM observation UNION SELECT account FROM entry UNION SELECT account FROM observation
UNION SELECT account FROM poll";

/// Labels: several in one, separated by spaces.
const LABELS: &str = "SELECT DISTINCT tags FROM entry";

impl Store {
    /// Every text that may name somebody, each once. Refs that creditop made itself name nobody.
    ///
    /// Damaged rows tell what they have: it is not asked here whether they are right.
    ///
    /// # Errors
    /// [`StoreError`] where the file can't be read.
    pub fn personal_texts(&self) -> Result<Vec<String>, StoreError> {
        let labels = self.column(LABELS)?;
        let labels = labels.iter().flat_map(|labels| labels.split(' ')).map(str::to_owned).collect::<BTreeSet<_>>();
        let made_by_us = |text: &String| Ref::new(text).is_ok_and(|reference| reference.is_generated());
        let texts = self.column(TEXTS)?.into_iter().filter(|text| !made_by_us(text)).chain(labels);
        Ok(texts.filter(|text| !text.is_empty()).collect())
    }

    fn column(&self, sql: &str) -> Result<Vec<String>, StoreError> {
        let failed = |error| StoreError::sqlite("read", &self.path, error);
        let mut statement = self.connection.prepare(sql).map_err(failed)?;
        let rows = statement.query_map([], |row| row.get::<_, Option<String>>(0)).map_err(failed)?;
        rows.filter_map(Result::transpose).collect::<Result<_, _>>().map_err(failed)
    }
}
