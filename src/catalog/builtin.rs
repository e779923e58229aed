//! The definitions that are known: those compiled in and a user's own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
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
    /// The files that the user's own came from.
    files: BTreeMap<ProviderId, PathBuf>,
    /// Those compiled in that a user's own stand in for.
    replaced: BTreeMap<ProviderId, Arc<Definition>>,
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
        BUILTIN.iter().filter_map(|text| Definition::parse(text, None).ok()).for_each(|definition| {
            catalog.insert(definition);
        });
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

    /// The file of the user's own that a definition came from; `None` for one compiled in.
    #[must_use]
    pub fn file(&self, id: &str) -> Option<&Path> {
        self.files.get(id).map(PathBuf::as_path)
    }

    /// The files of the user's own that definitions came from.
    pub fn files(&self) -> impl Iterator<Item = &Path> + Clone {
        self.files.values().map(PathBuf::as_path)
    }

    /// The definition compiled in that a user's own stands in for.
    #[must_use]
    pub fn replaced(&self, id: &str) -> Option<&Arc<Definition>> {
        self.replaced.get(id)
    }

    /// Adds a user's own definition, or replaces the one compiled in with its id; and gives it.
    ///
    /// # Errors
    /// Every problem of the file, also that another file of the user's has its id, or that it sends the keys of a provider that is
    /// compiled in to another host without saying so; the catalog stays as it was.
    pub fn load_user(&mut self, file: &Path, text: &str) -> Result<Arc<Definition>, Vec<Problem>> {
        let definition = Definition::parse(text, Some(file))?;
        let id = &definition.id;
        let refuse = |at: &[&str], what: String, hint: &str| {
            let problem = Problem {
                file: Some(file.to_path_buf()),
                line: line_of(text, at),
                key: at.join("."),
                what,
                hint: Some(hint.to_owned()),
            };
            Err(vec![problem])
        };
        if let Some(first) = self.files.get(id) {
            return refuse(&["id"], format!("{id} is defined by {} already", first.display()), "keep one of the two");
        }
        if let Some(own) = self.definitions.get(id) {
            if let (Some(host), false) = (elsewhere(&definition, own), definition.replaces) {
                let usual = own.host().map_or("asks nobody".to_owned(), |host| format!("sends them to {host}"));
                let what = format!("sends the keys of {id} to {host}; the definition that is compiled in {usual}");
                let hint = "write replaces = true at the top if that is meant, or give the definition an id of its own";
                return refuse(&["request", "base_url"], what, hint);
            }
            self.replaced.insert(id.clone(), Arc::clone(own));
        }
        self.files.insert(id.clone(), file.to_path_buf());
        Ok(self.insert(definition))
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

    fn insert(&mut self, definition: Definition) -> Arc<Definition> {
        let definition = Arc::new(definition);
        self.definitions.insert(definition.id.clone(), Arc::clone(&definition));
        definition
    }
}

/// The host that a definition sends keys to, where that is not what another one does.
fn elsewhere(one: &Definition, other: &Definition) -> Option<String> {
    let origin = |definition: &Definition| {
        let url = definition.request.as_ref()?.base_url.url();
        Some((url.scheme().to_owned(), url.host_str().map(str::to_owned), url.port_or_known_default()))
    };
    one.host().filter(|_| origin(one) != origin(other))
}

/// The line, from 1, of a key in tables in a text that is TOML.
fn line_of(text: &str, keys: &[&str]) -> Option<usize> {
    let (document, _) = DeTable::parse_recoverable(text);
    let mut table = document.get_ref();
    let mut at = None;
    for key in keys {
        let (key, value) = table.get_key_value(*key)?;
        at = Some(key.span().start);
        match value.get_ref() {
            DeValue::Table(within) => table = within,
            _ => break,
        }
    }
    at.map(|at| 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count())
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

    const IMAGINEPRO: &str = BUILTIN[2];

    /// What is said of the user's files, loaded one after the other.
    fn load(files: &[(&str, String)]) -> (Catalog, Vec<String>) {
        let mut catalog = Catalog::builtin();
        let mut said = Vec::new();
        for (file, text) in files {
            let problems = catalog.load_user(Path::new(file), text).err().unwrap_or_default();
            said.extend(problems.iter().map(ToString::to_string));
        }
        (catalog, said)
    }

    #[test]
    fn s08_a_built_in_id_with_another_host_has_to_say_that_it_replaces() {
        let usual = "base_url = \"https://api.imaginepro.ai\"";
        let line = 1 + IMAGINEPRO.lines().position(|line| line.starts_with(usual)).unwrap();
        for other in [
            "https://gateway.example",
            "https://api.imaginepro.ai:8443",
            "http://api.imaginepro.ai",
            "https://api.imaginepro.ai.example",
        ] {
            let moved = IMAGINEPRO.replace(usual, &format!("base_url = \"{other}\""));
            let (catalog, said) = load(&[("mine.toml", moved.clone())]);
            assert!(
                said[0].starts_with(&format!("mine.toml:{line}: request.base_url: sends the keys of imaginepro to ")),
                "{said:?}"
            );
            assert!(said[0].contains("sends them to api.imaginepro.ai (write replaces = true"), "{said:?}");
            assert_eq!((catalog.file("imaginepro"), catalog.replaced("imaginepro")), (None, None));
            let (catalog, said) = load(&[("mine.toml", format!("replaces = true\n{moved}"))]);
            assert!(said.is_empty(), "{said:?}");
            assert_eq!(catalog.file("imaginepro"), Some(Path::new("mine.toml")));
            assert_eq!(catalog.replaced("imaginepro").unwrap().host().as_deref(), Some("api.imaginepro.ai"));
        }
        for same in [usual.to_owned(), "base_url = \"https://API.imaginepro.ai:443/v9\"".to_owned()] {
            assert_eq!(load(&[("mine.toml", IMAGINEPRO.replace(usual, &same))]).1, [""; 0]);
        }
    }

    #[test]
    fn s08_a_provider_that_asks_nobody_is_not_asked_elsewhere_without_a_word() {
        let asking = IMAGINEPRO.replace("id = \"imaginepro\"", "id = \"generic\"");
        let (_, said) = load(&[("generic.toml", asking)]);
        assert!(
            said[0].contains("sends the keys of generic to api.imaginepro.ai") && said[0].contains("asks nobody"),
            "{said:?}"
        );
    }

    #[test]
    fn s08_two_files_of_one_id_are_no_choice() {
        let mine = IMAGINEPRO.replace("id = \"imaginepro\"", "id = \"mine\"");
        let (_, said) = load(&[("a.toml", mine.clone()), ("b.toml", mine)]);
        assert!(said[0].starts_with("b.toml:") && said[0].contains("id: mine is defined by a.toml already"), "{said:?}");
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
