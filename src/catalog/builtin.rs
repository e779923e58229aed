//! The definitions that are known: those compiled in and a user's own.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::{Definition, Problem};
use crate::credit::ProviderId;

/// All definitions, by id.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    definitions: BTreeMap<ProviderId, Arc<Definition>>,
}

impl Catalog {
    /// The definitions compiled in.
    #[must_use]
    pub fn builtin() -> Self {
        todo!()
    }

    /// The definition with that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Arc<Definition>> {
        self.definitions.get(id)
    }

    /// All definitions, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Definition>> {
        self.definitions.values()
    }

    /// All ids, sorted.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.definitions.keys().map(ProviderId::as_str)
    }

    /// Adds a user's own definition, or replaces the one with its id.
    ///
    /// # Errors
    /// Every problem of the file; the catalog stays as it was.
    pub fn load_user(&mut self, file: &Path, text: &str) -> Result<(), Vec<Problem>> {
        let definition = Definition::parse(text, Some(file))?;
        self.definitions.insert(definition.id.clone(), Arc::new(definition));
        Ok(())
    }
}
