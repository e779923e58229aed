use std::cell::RefCell;
use std::fs;

use tempfile::TempDir;

use super::*;
use crate::credit::FailureKind;
use crate::provider::simulator::{Faults, Simulator};
use crate::runtime::PollWhen;
use crate::runtime::testing::{adjust, id, reopened, sample};

#[tokio::test]
async fn l5_what_another_process_records_is_noticed() {
    let folder = TempDir::new().unwrap();
    let (_simulator, workspace) = sample(&folder).await;
    let mut others = Others::default();
    assert!(others.look(&workspace).unwrap().touched.is_empty(), "nothing has changed yet at the first look");
    let mut other = reopened(folder.path(), 1);
    other.append(&[adjust("portraits"), adjust("portraits")]).unwrap();
    assert_eq!(others.look(&workspace).unwrap().touched, [id("portraits")]);
    assert!(others.look(&workspace).unwrap().touched.is_empty());
}

#[tokio::test]
async fn p2_what_another_process_polls_is_noticed_without_an_entry_and_own_polls_are_no_news() {
    let folder = TempDir::new().unwrap();
    let (simulator, mut workspace) = sample(&folder).await;
    let studio = [id("studio")];
    let mut others = Others::default();
    others.look(&workspace).unwrap();
    workspace.poll(&studio, PollWhen::Always).await.unwrap();
    assert!(others.look(&workspace).unwrap().polled.is_empty(), "this process knows of its own polls");
    let workspace = reopened(folder.path(), 180);
    let mut others = Others::default();
    others.look(&workspace).unwrap();
    let mut other = reopened(folder.path(), 60);
    other.poll(&studio, PollWhen::Always).await.unwrap();
    let changes = others.look(&workspace).unwrap();
    assert_eq!((changes.touched, changes.polled[0].1.failure.clone()), (studio.to_vec(), None));
    simulator.add_faults(&Faults::parse(["studio/status=503"]).unwrap());
    let mut other = reopened(folder.path(), 120);
    other.poll(&studio, PollWhen::Always).await.unwrap();
    let failed = others.look(&workspace).unwrap().polled.remove(0).1.failure.unwrap();
    assert_eq!(failed.kind, FailureKind::ServerError);
    assert!(others.look(&workspace).unwrap().touched.is_empty(), "said once");
}

/// The sample being looked at, with what the screens heard.
struct Watched {
    folder: TempDir,
    _simulator: Simulator,
    workspace: Workspace,
    watcher: Watcher,
    /// What is wrong, as the screens heard last.
    problems: Vec<String>,
    exposed: Vec<String>,
}

impl Watched {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let (simulator, workspace) = sample(&folder).await;
        let watcher = Watcher::new(&workspace);
        Self { folder, _simulator: simulator, workspace, watcher, problems: Vec::new(), exposed: Vec::new() }
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
        let looked = self.watcher.look(&mut self.workspace, &|message| told.borrow_mut().push(message));
        let mut texts = Vec::new();
        for message in told.into_inner() {
            match message {
                Message::Problems(problems) => self.problems = problems,
                Message::Exposed(exposed) => self.exposed = exposed,
                other => texts.push(words(&other)),
            }
        }
        (texts, looked.rounds.is_some())
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
    let (first, second) = ("config.toml:1: colour", "intervall");
    assert!(watched.problems.len() == 2 && watched.problems[0].contains(first) && watched.problems[1].contains(second));
    assert_eq!(watched.workspace.ids().len(), 6);
    assert_eq!(watched.look(), (Vec::new(), false));
    let (told, _) = watched.edit(|text| text.replace("colour = 1\n", "").replace("intervall = \"5m\"\n", ""));
    assert_eq!(told.last().unwrap(), "Configuration read again: 7 accounts");
    assert!(watched.problems.is_empty(), "mended: {:?}", watched.problems);
}

#[tokio::test]
async fn s9_a_definition_that_goes_wrong_breaks_its_own_accounts_and_holds_no_other_change_back() {
    let mut watched = Watched::new().await;
    let providers = watched.folder.path().join("providers");
    fs::create_dir(&providers).unwrap();
    fs::write(providers.join("photoroom.toml"), "id = \"photoroom\"\nname = 3\n").unwrap();
    let (told, follow) = watched.edit(|text| text.replace("name = \"Studio\"", "name = \"Atelier\"") + BOX);
    assert!(told[0].starts_with("Atelier; ") && told[0].ends_with("; Box") && follow, "{told:?}");
    assert!(told.last().unwrap().starts_with("providers/photoroom.toml:"), "{told:?}");
    let usable = |id: &str| watched.workspace.usable_account(id).is_ok();
    assert!(usable("studio") && usable("box") && !usable("shop-cutouts") && !usable("old-key"));
    assert!(watched.problems.iter().all(|problem| problem.contains("photoroom.toml:")) && !watched.problems.is_empty());
    fs::remove_file(providers.join("photoroom.toml")).unwrap();
    assert_eq!(watched.look(), (Vec::new(), false));
    watched.look();
    assert!(watched.problems.is_empty() && watched.workspace.usable_account("shop-cutouts").is_ok());
}

#[cfg(unix)]
#[tokio::test]
async fn exposed_files_are_said_until_they_are_mended() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut watched = Watched::new().await;
    let key = watched.folder.path().join("keys").join("studio");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    for _ in 0..=EXPOSED_EVERY {
        watched.look();
    }
    assert!(watched.exposed.iter().any(|said| said.contains("studio")), "{:?}", watched.exposed);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    for _ in 0..=EXPOSED_EVERY {
        watched.look();
    }
    assert!(!watched.exposed.iter().any(|said| said.contains("studio")), "{:?}", watched.exposed);
}

#[tokio::test]
async fn s9_a_definition_of_the_users_is_taken_over() {
    let mut watched = Watched::new().await;
    let providers = watched.folder.path().join("providers");
    fs::create_dir(&providers).unwrap();
    fs::write(providers.join("mine.toml"), "id = 3\n").unwrap();
    assert_eq!(watched.look(), (Vec::new(), false));
    let (told, _) = watched.look();
    assert!(told.last().unwrap().starts_with("providers/mine.toml:"), "{told:?}");
    assert!(watched.problems[0].contains("providers/mine.toml:1: id"), "{:?}", watched.problems);
    // As editors name what they keep beside an open file.
    fs::rename(providers.join("mine.toml"), providers.join(".mine.toml")).unwrap();
    assert_eq!(watched.look(), (Vec::new(), false));
    assert_eq!(watched.look().0.last().unwrap(), "Configuration read again: 6 accounts");
}

#[tokio::test]
async fn s12_a_ledger_that_becomes_shorter_while_it_is_looked_at_is_said_once() {
    let mut watched = Watched::new().await;
    watched.workspace.append(&[adjust("portraits"), adjust("portraits")]).unwrap();
    assert_eq!(watched.look(), (Vec::new(), false));
    let ledger = rusqlite::Connection::open(watched.folder.path().join("data/ledger.db")).unwrap();
    ledger
        .execute_batch("DROP TRIGGER entry_is_never_deleted; DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)")
        .unwrap();
    let (told, _) = watched.look();
    let lost = |said: &&String| said.contains("seen before") || said.contains("shorter");
    assert_eq!(told.iter().filter(lost).count(), 1, "{told:?}");
    assert!(told[0].contains("creditop ledger verify"), "{told:?}");
    assert_eq!(watched.look().0.iter().filter(lost).count(), 0, "said once");
}
