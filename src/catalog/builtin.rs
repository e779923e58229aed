//! The definitions that are known: those compiled in and a user's own.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

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

impl BrokenFile {
    /// The first problem with its file and line, and how many more there are.
    #[must_use]
    pub fn summary(&self) -> String {
        let first = self.problems.first().map(ToString::to_string).unwrap_or_default();
        match self.problems.len().saturating_sub(1) {
            0 => first,
            more => format!("{first}; and {more} more: creditop config check"),
        }
    }
}

/// The definition with the least in it.
const EMPTY: &str = include_str!("../../assets/providers/generic.toml");

/// All definitions, by id.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    definitions: BTreeMap<ProviderId, Arc<Definition>>,
    broken: Vec<BrokenFile>,
}

/// A user's own file that is no definition: only the accounts of its provider can't be used (SPEC 10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenFile {
    /// The provider that it is meant for: by its `id`, else by the file's name.
    pub provider: String,
    /// Everything that is wrong with it, in the order of the text; never empty.
    pub problems: Vec<Problem>,
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

    /// Notes a user's own file that is no definition. A definition that it was to replace counts no more: what it says is not
    /// what was meant. `text` is what could be read of the file.
    pub fn set_aside(&mut self, file: &Path, text: &str, problems: Vec<Problem>) {
        let stem = || file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let provider = id_of(text).unwrap_or_else(stem);
        self.definitions.remove(provider.as_str());
        self.broken.push(BrokenFile { provider, problems });
    }

    /// What stands in for the definition of a provider whose file is broken: nothing is asked, and nothing is known.
    #[must_use]
    pub fn stand_in(&self, provider: &str) -> Option<Definition> {
        let id = ProviderId::new(&self.broken_file(provider)?.provider).ok()?;
        let empty = Definition::parse(EMPTY, None).ok()?;
        Some(Definition { name: provider.to_owned(), id, buckets: Vec::new(), ..empty })
    }

    /// The broken file that is meant for a provider.
    #[must_use]
    pub fn broken_file(&self, provider: &str) -> Option<&BrokenFile> {
        self.broken.iter().find(|broken| broken.provider == provider)
    }

    /// The user's own files that are no definitions.
    #[must_use]
    pub fn broken(&self) -> &[BrokenFile] {
        &self.broken
    }

    fn insert(&mut self, definition: Definition) {
        self.definitions.insert(definition.id.clone(), Arc::new(definition));
    }
}

/// The `id` of a definition, as far as it can be read in spite of what is wrong with the rest.
fn id_of(text: &str) -> Option<String> {
    let (table, _) = DeTable::parse_recoverable(text);
    match table.get_ref().get("id")?.get_ref() {
        DeValue::String(id) => Some(id.to_string()),
        _ => None,
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
    fn s10_a_broken_file_sets_only_its_own_provider_aside() {
        let mut catalog = Catalog::builtin();
        catalog.set_aside(Path::new("x.toml"), "id = \"mine\"\nname = \n", catalog_problems("id = \"mine\"\nname = \n"));
        catalog.set_aside(Path::new("photoroom.toml"), "id = 3", catalog_problems("id = 3"));
        let providers: Vec<&str> = catalog.broken().iter().map(|broken| broken.provider.as_str()).collect();
        assert_eq!(providers, ["mine", "photoroom"]);
        assert!(catalog.get("photoroom").is_none(), "what was to be replaced is not used instead");
        assert_eq!(catalog.ids().count(), 4);
    }

    fn catalog_problems(text: &str) -> Vec<Problem> {
        Definition::parse(text, None).unwrap_err()
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
