//! What of a ledger may name somebody (SPEC 7).

use std::collections::BTreeSet;

use super::{Ledger, StoreError};
use crate::credit::Ref;

impl Ledger {
    /// Every text that may name somebody, each once. Refs that creditop made itself name nobody.
    ///
    /// Damaged rows tell what they have: it is not asked here whether they are right.
    ///
    /// # Errors
    /// [`StoreError`] where the ledger can't be read.
    pub fn personal_texts(&self) -> Result<Vec<String>, StoreError> {
        let moment = self.engine.read()?;
        let made_by_us = |text: &String| Ref::new(text).is_ok_and(|reference| reference.is_generated());
        let labels = moment.tag_lists()?;
        let labels: BTreeSet<String> = labels.iter().flat_map(|labels| labels.split(' ')).map(str::to_owned).collect();
        let texts = moment.texts()?.into_iter().filter(|text| !made_by_us(text)).chain(labels);
        Ok(texts.filter(|text| !text.is_empty()).collect())
    }
}
