//! What people read says what a stranger understands: every screen, page, help text and message, read for names that are the
//! program's own, for wrong plurals, and for words that only its makers use.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use super::fixture::{Fixture, NOW, Run};

/// Words and phrases that say too little or too much, as pieces of a text in lower case.
const ODD: [&str; 18] = [
    "in vain",
    "nobody can tell",
    "nobody knows",
    "is sound",
    "opened at",
    "will be no more",
    "some(",
    "ok(",
    "err(",
    "none)",
    "::",
    "panicked",
    "unwrap",
    "rusqlite",
    "serde",
    "toml::",
    "undefined",
    "{}",
];

/// Words of the makers, each on its own.
const PRIVATE: [&str; 13] = [
    "fold_entry",
    "fold_entries",
    "telling",
    "tellings",
    "fixture",
    "thrift",
    "lookout",
    "shelf",
    "sheet",
    "waterfall",
    "fold",
    "folded",
    "refs@",
];

/// What a failure is called in files and in JSON; people read `key refused`, `asked too often` and so on.
const FAILURES: [&str; 7] = ["unauthorized", "forbidden", "out-of-credit", "rate-limited", "server-error", "no-key", "malformed"];

/// What is counted, in the plural, with its singular.
const COUNTED: [(&str, &str); 40] = [
    ("credits", "credit"),
    ("images", "image"),
    ("photos", "photo"),
    ("calls", "call"),
    ("videos", "video"),
    ("lots", "lot"),
    ("days", "day"),
    ("weeks", "week"),
    ("months", "month"),
    ("years", "year"),
    ("hours", "hour"),
    ("minutes", "minute"),
    ("seconds", "second"),
    ("accounts", "account"),
    ("entries", "entry"),
    ("observations", "observation"),
    ("spends", "spend"),
    ("holds", "hold"),
    ("grants", "grant"),
    ("captures", "capture"),
    ("releases", "release"),
    ("reversals", "reversal"),
    ("lines", "line"),
    ("rows", "row"),
    ("files", "file"),
    ("problems", "problem"),
    ("keys", "key"),
    ("buckets", "bucket"),
    ("bytes", "byte"),
    ("instants", "instant"),
    ("points", "point"),
    ("plans", "plan"),
    ("prices", "price"),
    ("actions", "action"),
    ("requests", "request"),
    ("resets", "reset"),
    ("checkpoints", "checkpoint"),
    ("times", "time"),
    ("providers", "provider"),
    ("parts", "part"),
];

/// Names that are written with a capital letter inside.
const PROPER: [&str; 7] = ["ImaginePro", "PixPretty", "SQLite", "MiB", "GiB", "PgUp", "PgDn"];

/// Everything in a text that a person should not have to read.
fn flaws(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in text.lines() {
        let lower = line.to_lowercase();
        found.extend(ODD.iter().filter(|odd| says(&lower, odd)).map(|odd| format!("{odd:?} in: {line}")));
        // Two spaces part the columns of a table.
        for words in line.split("  ").map(|cell| cell.split(' ').collect::<Vec<_>>()) {
            found.extend(words_that_are_wrong(&words).map(|flaw| format!("{flaw:?} in: {line}")));
        }
    }
    found
}

/// The words of a cell that are wrong, with their neighbours.
fn words_that_are_wrong(written: &[&str]) -> impl Iterator<Item = String> {
    let mut found = Vec::new();
    let words: Vec<&str> = written.iter().map(|word| bare(word)).collect();
    for (place, word) in words.iter().enumerate() {
        // What stands before a comma or a colon says nothing of what follows.
        let before = |back: usize| {
            let place = place.checked_sub(back).filter(|place| !written[*place].ends_with([',', ':', ';']));
            place.and_then(|place| words.get(place)).copied().unwrap_or_default()
        };
        let one_of = before(1) == "1" || (before(3), before(2)) == ("1", "of");
        let wrong = PRIVATE.contains(&word.to_lowercase().as_str())
            || FAILURES.contains(word)
            || is_of_a_cycle(word)
            || is_generated(word)
            || is_a_type(word)
            || COUNTED.iter().any(|(many, one)| (word == many && before(1) == "1") || (word == one && is_many(before(1))))
            || (["lapse", "fit", "are"].contains(word) && one_of);
        if wrong {
            found.push(format!("{} {word}", before(1)));
        }
    }
    found.into_iter()
}

/// Whether a text has a phrase that does not go on inside a word.
fn says(text: &str, phrase: &str) -> bool {
    text.match_indices(phrase).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + phrase.len()..).and_then(|after| after.chars().next());
        let in_a_word = |beside: Option<char>, own: Option<char>| {
            beside.is_some_and(char::is_alphanumeric) && own.is_some_and(char::is_alphanumeric)
        };
        !in_a_word(before, phrase.chars().next()) && !in_a_word(after, phrase.chars().next_back())
    })
}

fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric() && !"@-−.".contains(c)).trim_end_matches('.')
}

/// A count that is not one: `2`, `1 600`, `0.5`. Codes (`403`) and years are no counts of what follows.
fn is_many(word: &str) -> bool {
    let digits = word.chars().all(|c| c.is_ascii_digit() || c == '\u{202f}' || c == '.');
    digits && word.starts_with(|c: char| c.is_ascii_digit()) && !["1", "403", "401", "429", "503"].contains(&word)
}

/// `monthly@2026-11-01T00:00:00Z`.
fn is_of_a_cycle(word: &str) -> bool {
    word.split_once("@20").is_some_and(|(bucket, at)| !bucket.is_empty() && at.contains('T'))
}

/// `20261121-151731-000f`.
fn is_generated(word: &str) -> bool {
    let parts: Vec<&str> = word.split('-').collect();
    let digits = |part: &str, count| part.len() == count && part.chars().all(|c| c.is_ascii_digit());
    matches!(parts.as_slice(), [day, time, _, ..] if digits(day, 8) && digits(time, 6))
}

/// `BucketId`, `AccountState`.
fn is_a_type(word: &str) -> bool {
    let capital_inside = word.chars().zip(word.chars().skip(1)).any(|(a, b)| a.is_ascii_lowercase() && b.is_ascii_uppercase());
    capital_inside && word.chars().all(char::is_alphabetic) && !PROPER.contains(&word)
}

#[test]
fn words_the_reader_of_pages_finds_what_is_wrong() {
    for wrong in [
        "1 credits",
        "of 2 credit left",
        "0 lot",
        "asked 2 s ago in vain",
        "Nobody can tell whether it fits",
        "the ledger is sound",
        "monthly@2026-11-01T00:00:00Z 320",
        "a hold (20261121-151731-000f)",
        "no such BucketId",
        "Some(3)",
        "the fold_entry",
        "forbidden: Photoroom answered",
        "1 of it lapse",
        "1 lapse in 8 d",
    ] {
        assert!(!flaws(wrong).is_empty(), "{wrong:?} passes");
    }
    for right in ["1 credit", "2 credits", "21 credits", "1\u{202f}001 credits", "ImaginePro", "1 Images 55", "Accounts", "known"]
    {
        assert_eq!(flaws(right), BTreeSet::new());
    }
}

#[test]
fn words_on_every_screen_are_plain() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tui/tests/snapshots");
    let screens: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(screens.len() > 30, "the screens are elsewhere");
    let mut found = BTreeSet::new();
    for screen in screens {
        let text = fs::read_to_string(&screen).unwrap();
        // Above the second rule it is said where the screen comes from.
        let (_, text) = text.trim_start_matches("---").split_once("\n---\n").unwrap();
        found.extend(flaws(text).into_iter().map(|flaw| format!("{}: {flaw}", screen.file_name().unwrap().display())));
    }
    assert!(found.is_empty(), "{found:#?}");
}

/// The demo in a terminal of its own, and the folder that it keeps its sample in.
struct Demo {
    child: Box<dyn Child + Send + Sync>,
    // The terminal must stay open while it runs.
    _terminal: Box<dyn MasterPty + Send>,
    folder: PathBuf,
}

impl Demo {
    fn start(fixture: &Fixture) -> Self {
        let pty = native_pty_system().openpty(PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 }).unwrap();
        let place = fixture.path("demo");
        fs::create_dir(&place).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_creditop"));
        command.args(["demo", "--now", NOW, "--tz", "UTC"]);
        command.env("TMPDIR", &place);
        command.env("TERM", "xterm-256color");
        let child = pty.slave.spawn_command(command).unwrap();
        let mut reader = pty.master.try_clone_reader().unwrap();
        std::thread::spawn(move || {
            let mut some = [0; 4096];
            while matches!(reader.read(&mut some), Ok(1..)) {}
        });
        let since = Instant::now();
        let folder = loop {
            let found = fs::read_dir(&place)
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .find(|path| path.join("data/ledger.db").exists());
            match found {
                Some(found) => break found,
                None if since.elapsed() > Duration::from_secs(30) => panic!("the demo does not start"),
                None => std::thread::sleep(Duration::from_millis(50)),
            }
        };
        Self { child, _terminal: pty.master, folder }
    }

    fn run(&self, fixture: &Fixture, arguments: &[&str]) -> Run {
        let mut command = fixture.command(arguments);
        command.env("CREDITOP_CONFIG", self.folder.join("config.toml")).env("CREDITOP_DATA_DIR", self.folder.join("data"));
        super::fixture::finish(command.spawn().unwrap())
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What prints pages for people, about the demo's accounts.
const PAGES: &[&[&str]] = &[
    &["status"],
    &["status", "--at", "+2w"],
    &["status", "--at", "2027-01-05", "--offline"],
    &["status", "old-key", "--offline", "--allow-stale"],
    &["quote", "-a", "dealer-north", "replace-background-and-logo=60", "studio/imagine=20", "studio/remove-background=5"],
    &["quote", "-a", "dealer-north", "replace-background=2000"],
    &["quote", "-a", "dealer-north", "replace-background=1", "--at", "+2w"],
    &["quote", "-a", "dealer-north", "replace-background=1"],
    &["quote", "-a", "studio", "imagine=165"],
    &["quote", "-a", "studio", "imagine=500"],
    &["quote", "-a", "studio", "imagine=265"],
    &["quote", "-a", "studio", "face-swap=1"],
    &["quote", "-a", "studio-yearly", "flux=1"],
    &["quote", "-a", "studio", "imagine=500", "--hold"],
    &["quote", "-a", "old-key", "remove-background=10"],
    &["quote", "-a", "old-key", "remove-background=10", "--hold"],
    &["quote", "-a", "portraits", "remove-background=150"],
    &["quote", "-a", "portraits", "batch-remove-background=3000"],
    &["quote", "-a", "portraits", "remove-background=1", "--hold"],
    &["quote", "-a", "portraits", "remove-background=1", "--commit"],
    &["quote", "--compare", "remove-background=100"],
    &["quote", "--compare", "remove-background=1"],
    &["quote", "--provider", "photoroom", "--plan", "plus", "remove-background=5"],
    &["quote", "--provider", "ai-background-studio", "--plan", "premium", "replace-background=100"],
    &["quote", "--provider", "pixpretty", "--plan", "plus", "--balance", "monthly=1", "remove-background=1"],
    &["guard", "-a", "studio", "imagine=1"],
    &["guard", "-a", "studio", "imagine=2000"],
    &["guard", "-a", "studio", "--min", "1"],
    &["guard", "-a", "old-key", "remove-background=1"],
    &["guard", "-a", "old-key", "--min", "1"],
    &["ledger", "list"],
    &["ledger", "list", "-a", "dealer-north", "--limit", "1"],
    &["ledger", "balance", "-a", "dealer-north"],
    &["ledger", "balance", "-a", "dealer-north", "--at", "2027-10-19T00:00:00Z"],
    &["ledger", "balance", "-a", "studio", "--at", "2026-11-21"],
    &["ledger", "history", "-a", "dealer-north", "--step", "1w"],
    &["ledger", "verify"],
    &["accounts", "list"],
    &["accounts", "test"],
    &["providers", "list"],
    &["config", "check"],
];

/// Mistakes as people make them.
const MISTAKES: &[&[&str]] = &[
    &["statis"],
    &["status", "dealer"],
    &["status", "--at", "someday"],
    &["status", "--json", "--csv"],
    &["status", "--timeout", "soon"],
    &["quote"],
    &["quote", "imagine=1"],
    &["quote", "-a", "studio", "imagin=1"],
    &["quote", "-a", "studio", "imagine"],
    &["quote", "-a", "studio", "imagine=-1"],
    &["quote", "-a", "studio", "imagine=1.5"],
    &["quote", "-a", "studio", "imagine=1.000"],
    &["quote", "-a", "studio", "imagine:quick=1"],
    &["quote", "-a", "studio", "imagine=99999999999999999999999999999"],
    &["quote", "--provider", "photorom", "remove-background=1"],
    &["quote", "--provider", "photoroom", "--plan", "plsu", "remove-background=1"],
    &["quote", "--provider", "photoroom", "--balance", "image=1", "remove-background=1"],
    &["quote", "-a", "studio", "face-swap=1", "--hold"],
    &["guard", "-a", "studio"],
    &["guard", "--min", "1"],
    &["guard", "-a", "nobody", "--min", "1"],
    &["ledger", "grant", "-a", "dealer-north", "--bucket", "purchase", "--amount", "1"],
    &["ledger", "grant", "-a", "dealer-north", "--bucket", "purchased", "--amount", "0"],
    &["ledger", "grant", "-a", "studio", "--bucket", "extra", "--amount", "1"],
    &["ledger", "grant", "-a", "dealer-north", "--bucket", "purchased", "--amount", "1", "--at", "2027-02-30"],
    &["ledger", "grant", "-a", "dealer-north", "--bucket", "purchased", "--amount", "1", "--expires-at", "yesterday"],
    &["ledger", "spend", "-a", "dealer-north", "--amount", "1", "--at", "tomorrow"],
    &["ledger", "spend", "-a", "dealer-north", "--amount", "1", "--at", "+1d"],
    &["ledger", "spend", "-a", "dealer-north", "--action", "replace", "--quantity", "1"],
    &["ledger", "spend", "-a", "dealer-north", "--amount", "one"],
    &["ledger", "hold", "-a", "dealer-north", "--amount", "100000"],
    &["ledger", "hold", "-a", "dealer-north", "--amount", "100000", "--expires-at", "yesterday"],
    &["ledger", "capture", "-a", "dealer-north", "--hold", "sunday", "--amount", "1"],
    &["ledger", "capture", "-a", "dealer-north", "--hold", "saturday-shoot", "--amount", "41"],
    &["ledger", "release", "-a", "dealer-north", "--hold", "sunday"],
    &["ledger", "adjust", "-a", "dealer-north", "--bucket", "monthly", "--amount", "-501"],
    &["ledger", "adjust", "-a", "dealer-north", "--bucket", "monthly", "--amount", "0"],
    &["ledger", "reverse", "-a", "dealer-north", "--reverses", "shoot-99"],
    &["ledger", "reverse", "-a", "dealer-north", "--reverses", "shoot-1", "--at", "2026-10-01"],
    &["ledger", "observe", "-a", "dealer-north", "monthly"],
    &["ledger", "observe", "-a", "dealer-north", "bonus=1"],
    &["ledger", "list", "--kind", "spent"],
    &["ledger", "list", "-a", "dealer"],
    &["ledger", "list", "--from", "2026-13-01"],
    &["ledger", "history", "-a", "dealer-north", "--step", "1s"],
    &["ledger", "history", "-a", "dealer-north", "--from", "2027-01-01", "--to", "2026-01-01"],
    &["ledger", "import", "missing.jsonl"],
    &["ledger", "import", "bad.jsonl"],
    &["ledger", "export", "-o", "no/such/folder.csv"],
    &["accounts", "test", "nobody"],
    &["providers", "show", "photorom"],
    &["providers", "check", "missing.toml"],
    &["providers", "check", "bad.toml"],
    &["simulate", "--listen", "nowhere"],
    &["simulate", "--fault", "sometimes"],
    &["config", "init"],
    &["--tz", "Europe/Belin", "status"],
    &["--config", "missing.toml", "status"],
    &["--config", "bad.toml", "config", "check"],
    &["--config", "bad.toml", "status"],
];

const BAD_LINES: &str = r#"{"kind":"spend","account":"dealer-north"}
{"kind":"spent","account":"dealer-north","at":"2026-11-01T00:00:00Z","amount":1}
{"kind":"grant","account":"dealer-north","at":"2026-11-01","bucket":"purchased","amount":"1.5e3"}
{"kind":"capture","account":"dealer-north","at":"2026-11-01T00:00:00Z","hold":"sunday","amount":1}
{"kind":"spend","account":"nobody","at":"2026-11-01T00:00:00Z","amount":1}
{"kind":"spend","account":"dealer-north","at":7,"amount":[1]}
not json
"#;

const BAD_CONFIGURATION: &str = r#"
time_zone = "Mars"
acount = 1

[[account]]
id = "Über"
provider = "imaginepro"
key = "sk-1"

[[account]]
id = "b"
provider = "nobody"
billing_day = 45
interval = "often"
low_below = 1.5

[[account]]
id = "b"
provider = "photoroom"
"#;

#[test]
fn words_on_every_page_and_in_every_message_are_plain() {
    let fixture = Fixture::new("");
    let demo = Demo::start(&fixture);
    fixture.write("bad.jsonl", BAD_LINES);
    fixture.write("bad.toml", BAD_CONFIGURATION);
    let mut found = BTreeSet::new();
    for arguments in PAGES {
        let run = demo.run(&fixture, arguments);
        assert!(!run.out.is_empty() && run.code != 70, "{arguments:?}: {run:?}");
        let out = without_refs_to_copy(&run.out);
        let ids: Vec<String> = ids(&out).into_iter().map(|id| format!("the id {id} stands for a name")).collect();
        found.extend(flaws(&out).into_iter().chain(flaws(&run.err)).chain(ids).map(|flaw| format!("{arguments:?}: {flaw}")));
    }
    for arguments in MISTAKES {
        let run = demo.run(&fixture, arguments);
        assert!(run.code != 0 && run.code != 70 && !run.err.is_empty(), "{arguments:?}: {run:?}");
        found.extend(flaws(&run.err).into_iter().chain(flaws(&run.out)).map(|flaw| format!("{arguments:?}: {flaw}")));
    }
    assert!(found.is_empty(), "{} flaws: {found:#?}", found.len());
}

/// The page without the refs that it shows to be copied: of what was just recorded, and in the list's own column.
fn without_refs_to_copy(page: &str) -> String {
    let is_list = page.starts_with("When ");
    let line = |line: &str| {
        let words = line.split(' ').filter(|word| !(is_list && is_generated(word)));
        words.collect::<Vec<_>>().join(" ")
    };
    page.lines().filter(|line| !line.starts_with("recorded ")).map(line).collect::<Vec<_>>().join("\n")
}

/// Ids of actions, plans and providers that stand on a page where their names should.
fn ids(page: &str) -> BTreeSet<&'static str> {
    const IDS: [&str; 9] = [
        "replace-background",
        "replace-background-and-logo",
        "re-apply",
        "report-faulty-image",
        "batch-remove-background",
        "generate-image",
        "professional-plus",
        "ai-background-studio",
        "remove-background",
    ];
    let words: BTreeSet<&str> = page.split_whitespace().map(bare).collect();
    // Where providers are listed and where one is asked for without an account, the id is what is typed.
    let typed = page.starts_with("Provider ") || page.lines().next().is_some_and(|line| !line.starts_with("Account"));
    IDS.into_iter().filter(|id| words.contains(id) && !(typed && *id == "ai-background-studio")).collect()
}

#[test]
fn words_of_one_of_everything_are_in_the_singular() {
    let fixture = Fixture::new(
        "[[account]]\nid = \"one\"\nname = \"One\"\nprovider = \"generic\"\n\n[[account]]\nid = \"two\"\nprovider = \"ai-background-studio\"\nplan = \"basic\"\nsince = 2026-10-01\n",
    );
    let given = |arguments: &[&str]| fixture.run(arguments).ends(0);
    let mut pages = vec![
        given(&["ledger", "grant", "-a", "one", "--bucket", "credits", "--amount", "1", "--expires-at", "+3d", "--ref", "g1"]),
        given(&[
            "ledger",
            "grant",
            "-a",
            "one",
            "--bucket",
            "credits",
            "--amount",
            "2",
            "--at",
            "-2d",
            "--expires-at",
            "+9d",
            "--ref",
            "g2",
        ]),
        given(&["ledger", "spend", "-a", "one", "--amount", "1", "--at", "-1d", "--ref", "s1"]),
        given(&["ledger", "hold", "-a", "one", "--amount", "1", "--expires-at", "+1d", "--ref", "h1"]),
        given(&["ledger", "grant", "-a", "two", "--bucket", "purchased", "--amount", "1", "--ref", "g3"]),
        given(&["ledger", "spend", "-a", "two", "--action", "replace-background", "--quantity", "2", "--ref", "s2"]),
        given(&["ledger", "grant", "-a", "two", "--bucket", "purchased", "--amount", "1", "--expires-at", "+5d", "--ref", "g4"]),
    ];
    for arguments in [
        &["status"][..],
        &["status", "--at", "+2d"],
        &["quote", "-a", "one", "use=1"],
        &["quote", "-a", "one", "use=2"],
        &["quote", "-a", "one", "use=3"],
        &["quote", "-a", "two", "replace-background=1"],
        &["quote", "-a", "two", "replace-background=2"],
        &["quote", "one/use=1", "two/replace-background=1"],
        &["guard", "-a", "one", "use=1"],
        &["guard", "-a", "one", "--min", "1"],
        &["guard", "-a", "one", "use=3"],
        &["ledger", "list"],
        &["ledger", "verify"],
        &["accounts", "test"],
    ] {
        pages.push(fixture.run(arguments));
    }
    fixture.write(
        "one.jsonl",
        "{\"kind\":\"spend\",\"account\":\"two\",\"at\":\"2026-11-20T08:00:00Z\",\"amount\":3,\"ref\":\"i1\"}\n",
    );
    pages.push(fixture.run(&["ledger", "import", "one.jsonl", "--dry-run"]));
    pages.push(fixture.run(&["ledger", "import", "one.jsonl"]));
    pages.push(fixture.run(&["ledger", "reverse", "-a", "two", "--reverses", "i1"]));
    let mut found = BTreeSet::new();
    for page in &pages {
        let out = without_refs_to_copy(&page.out);
        found.extend(flaws(&out).into_iter().chain(flaws(&page.err)));
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn words_of_every_help_text_are_plain() {
    let fixture = Fixture::new("");
    let mut open = vec![Vec::<String>::new()];
    let (mut found, mut seen) = (BTreeSet::new(), 0);
    while let Some(command) = open.pop() {
        let arguments: Vec<&str> = command.iter().map(String::as_str).chain(["--help"]).collect();
        let help = fixture.run(&arguments).ends(0).out;
        seen += 1;
        found.extend(flaws(&help).into_iter().map(|flaw| format!("{arguments:?}: {flaw}")));
        let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
        for line in commands.filter(|line| !line.starts_with("   ")) {
            let name = line.split_whitespace().next().unwrap();
            if name != "help" {
                open.push(command.iter().cloned().chain([name.to_owned()]).collect());
            }
        }
    }
    assert!(seen > 25, "only {seen} help texts were found");
    assert!(found.is_empty(), "{found:#?}");
}
