//! The definitions that are known: those compiled in and a user's own.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::{Definition, Problem};
use crate::credit::ProviderId;

/// The definition files that are compiled in.
const BUILTIN: [&str; 5] = [
    include_str!("../../assets/providers/ai-background-studio.toml"),
    include_str!("../../assets/providers/generic.toml"),
    include_str!("../../assets/providers/imaginepro.toml"),
    include_str!("../../assets/providers/photoroom.toml"),
    include_str!("../../assets/providers/pixpretty.toml"),
];

/// All definitions, by id.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    definitions: BTreeMap<ProviderId, Arc<Definition>>,
}

impl Catalog {
    /// The definitions compiled in.
    #[must_use]
    pub fn builtin() -> Self {
        let mut catalog = Self::default();
        // A test proves that each of them is without problems, so none is left out.
        BUILTIN.iter().filter_map(|text| Definition::parse(text, None).ok()).for_each(|definition| catalog.insert(definition));
        catalog
    }

    /// The definition with that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Arc<Definition>> {
        self.definitions.get(id)
    }

    /// All definitions, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Definition>> + Clone {
        self.definitions.values()
    }

    /// All ids, sorted.
    pub fn ids(&self) -> impl Iterator<Item = &str> + Clone {
        self.definitions.keys().map(ProviderId::as_str)
    }

    /// Adds a user's own definition, or replaces the one with its id.
    ///
    /// # Errors
    /// Every problem of the file; the catalog stays as it was.
    pub fn load_user(&mut self, file: &Path, text: &str) -> Result<(), Vec<Problem>> {
        self.insert(Definition::parse(text, Some(file))?);
        Ok(())
    }

    fn insert(&mut self, definition: Definition) {
        self.definitions.insert(definition.id.clone(), Arc::new(definition));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_definition_compiled_in_is_without_problems() {
        for text in BUILTIN {
            if let Err(problems) = Definition::parse(text, None) {
                panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
            }
        }
        let catalog = Catalog::builtin();
        let ids: Vec<&str> = catalog.ids().collect();
        assert_eq!(ids, ["ai-background-studio", "generic", "imaginepro", "photoroom", "pixpretty"]);
        assert_eq!(catalog.iter().count(), BUILTIN.len());
    }

    #[test]
    fn a_users_file_adds_or_replaces_and_a_bad_one_changes_nothing() {
        let mut catalog = Catalog::builtin();
        let mine = BUILTIN[1].replace("\"Generic\"", "\"My own\"");
        catalog.load_user(Path::new("generic.toml"), &mine).unwrap();
        assert_eq!(catalog.get("generic").unwrap().name, "My own");
        let other = mine.replace("id = \"generic\"", "id = \"mine\"");
        catalog.load_user(Path::new("mine.toml"), &other).unwrap();
        assert_eq!(catalog.ids().count(), 6);
        let problems = catalog.load_user(Path::new("bad.toml"), "id = \"mine\"").unwrap_err();
        assert_eq!(problems[0].file.as_deref(), Some(Path::new("bad.toml")));
        assert_eq!(catalog.get("mine").unwrap().name, "My own");
    }

    #[test]
    fn a_damaged_file_never_panics_and_says_what_is_wrong() {
        for text in BUILTIN {
            for cut in (0..text.len()).step_by(211).filter(|cut| text.is_char_boundary(*cut)) {
                let (before, after) = text.split_at(cut);
                let rest: String = after.chars().skip(40).collect();
                for damaged in [format!("{before}\u{0}{after}"), format!("{before}{rest}"), format!("{before}]\"={after}")] {
                    let found = Definition::parse(&damaged, None);
                    assert!(found.map_or_else(|problems| !problems.is_empty(), |_| true), "{damaged}");
                }
            }
        }
    }
}
