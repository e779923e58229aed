use std::cell::RefCell;
use std::fs;

use tempfile::TempDir;

use super::*;
use crate::provider::simulator::Simulator;
use crate::runtime::testing::{adjust, id, reopened, sample};

#[tokio::test]
async fn l5_what_another_process_records_is_noticed() {
    let folder = TempDir::new().unwrap();
    let (_simulator, workspace) = sample(&folder).await;
    let (seen, books) = changed_since(&workspace, None).unwrap();
    assert!(books.is_empty(), "nothing has changed yet at the first look");
    let mut other = reopened(folder.path(), 1);
    other.append(&[adjust("portraits"), adjust("portraits")]).unwrap();
    let (last, books) = changed_since(&workspace, Some(seen)).unwrap();
    assert_eq!(books.iter().map(|book| book.profile.id.clone()).collect::<Vec<_>>(), [id("portraits")]);
    assert!(changed_since(&workspace, Some(last)).unwrap().1.is_empty());
}

/// The sample being looked at, with what the screens heard.
struct Watched {
    folder: TempDir,
    _simulator: Simulator,
    workspace: Workspace,
    lookout: Lookout,
}

impl Watched {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let (simulator, workspace) = sample(&folder).await;
        let lookout = Lookout::new(&workspace);
        Self { folder, _simulator: simulator, workspace, lookout }
    }

    /// Changes the configuration, and looks until that is settled; gives what was told, and whether schedules follow.
    fn edit(&mut self, change: impl FnOnce(String) -> String) -> (Vec<String>, bool) {
        let file = self.folder.path().join("config.toml");
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, change(text)).unwrap();
        assert_eq!(self.look(), (Vec::new(), false), "not in the middle of saving");
        self.look()
    }

    fn look(&mut self) -> (Vec<String>, bool) {
        let told = RefCell::new(Vec::new());
        let looked = self.lookout.look(&mut self.workspace, &|message| told.borrow_mut().push(words(&message)));
        (told.into_inner(), looked.rounds.is_some())
    }
}

fn words(message: &Message) -> String {
    match message {
        Message::Books(books) => books.iter().map(|book| book.profile.name.as_str()).collect::<Vec<_>>().join("; "),
        Message::Notice(text) | Message::Refused { what: text, hint: None, .. } => text.clone(),
        other => format!("{other:?}"),
    }
}

const BOX: &str = "\n[[account]]\nid = \"box\"\nname = \"Box\"\nprovider = \"generic\"\n";

#[tokio::test]
async fn s9_a_good_change_is_taken_over() {
    let mut watched = Watched::new().await;
    let (told, follow) = watched.edit(|text| text.replace("name = \"Old key\"", "name = \"Older key\"") + BOX);
    let names = "Studio; Studio, yearly; Shop cut-outs; Older key; Dealer North; Portraits; Box";
    assert_eq!((told, follow), (vec![names.to_owned(), "Configuration read again: 7 accounts".to_owned()], true));
    assert_eq!(watched.look(), (Vec::new(), false), "said once");
    let (told, _) = watched.edit(|text| text.replace(BOX, ""));
    assert_eq!(told.last().unwrap(), "Configuration read again: 6 accounts");
    assert!(watched.workspace.account("box").is_err());
}

#[tokio::test]
async fn s9_a_bad_change_is_told_once_and_the_old_one_stays() {
    let mut watched = Watched::new().await;
    let (told, follow) = watched.edit(|text| format!("colour = 1\n{text}{BOX}intervall = \"5m\"\n"));
    let [said] = told.as_slice() else { panic!("{told:?}") };
    assert!(said.starts_with("The old configuration stays: config.toml:1: colour: "), "{said}");
    assert!(said.ends_with("; and 1 more: creditop config check"), "{said}");
    assert!(!follow);
    assert_eq!(watched.workspace.ids().len(), 6);
    assert_eq!(watched.look(), (Vec::new(), false));
    let (told, _) = watched.edit(|text| text.replace("colour = 1\n", "").replace("intervall = \"5m\"\n", ""));
    assert_eq!(told.last().unwrap(), "Configuration read again: 7 accounts");
}

#[tokio::test]
async fn s9_a_definition_of_the_users_is_taken_over() {
    let mut watched = Watched::new().await;
    let providers = watched.folder.path().join("providers");
    fs::create_dir(&providers).unwrap();
    fs::write(providers.join("mine.toml"), "id = 3\n").unwrap();
    assert_eq!(watched.look(), (Vec::new(), false));
    let (told, _) = watched.look();
    assert!(told[0].starts_with("The old configuration stays: providers/mine.toml:"), "{told:?}");
    // As editors name what they keep beside an open file.
    fs::rename(providers.join("mine.toml"), providers.join(".mine.toml")).unwrap();
    assert_eq!(watched.look(), (Vec::new(), false));
    assert_eq!(watched.look().0.last().unwrap(), "Configuration read again: 6 accounts");
}
