//! A user's own provider definition that is wrong breaks only its own accounts (SPEC 10).

use super::desk::{Desk, HAND_KEPT, Simulator};

const GENERIC: &str = include_str!("../../assets/providers/generic.toml");

const MINE: &str = "[[account]]\nid = \"own\"\nprovider = \"mine\"\nkey = { env = \"MINE\" }\nplan = \"gold\"\n";

fn broken() -> Desk {
    let desk = Desk::new(&format!("{HAND_KEPT}{MINE}"));
    std::fs::create_dir(desk.path("providers")).unwrap();
    desk.write("providers/mine.toml", format!("colour = 3\n{}", GENERIC.replace("id = \"generic\"", "id = \"mine\"")));
    desk
}

#[test]
fn s10_a_wrong_definition_breaks_only_its_own_accounts() {
    let desk = broken();
    let json = desk.run(&["status", "--json"]).ends(3).json();
    let state = |place: usize| json["accounts"][place]["state"].as_str().unwrap().to_owned();
    assert_eq!([state(0), state(1), state(2)], ["ok", "ok", "error"], "{json}");
    let own = &json["accounts"][2];
    assert_eq!(own["error"]["kind"], "configuration", "{own}");
    assert!(own["error"]["message"].as_str().unwrap().contains("mine.toml:1: colour"), "{own}");
    assert_eq!((&own["total"], &own["unknown"][0]), (&serde_json::json!(null), &serde_json::json!("total")), "{own}");
    desk.run(&["status", "dealer", "portraits"]).ends(0);
    let page = desk.run(&["status", "own"]).ends(3).out;
    assert_eq!(page.matches("mine.toml:1").count(), 1, "{page}");
    desk.run(&["guard", "-a", "dealer", "replace-background=1"]).ends(0);
    desk.run(&["ledger", "spend", "-a", "dealer", "--amount", "1"]).ends(0);
    desk.run(&["ledger", "verify"]).ends(0);
    assert!(desk.run(&["providers", "list"]).ends(0).out.contains("mine.toml:1"));
    desk.run(&["providers", "show", "photoroom"]).ends(0);
}

#[test]
fn s10_what_needs_the_rules_of_a_broken_definition_is_refused_with_file_and_line() {
    let desk = broken();
    desk.write("mine.jsonl", "{\"kind\":\"spend\",\"account\":\"own\",\"at\":\"2026-11-01T00:00:00Z\",\"amount\":1}\n");
    for arguments in [
        &["guard", "-a", "own", "cut=1"][..],
        &["quote", "-a", "own", "cut=1"],
        &["ledger", "spend", "-a", "own", "--amount", "1"],
        &["ledger", "import", "mine.jsonl"],
        &["providers", "show", "mine"],
        &["config", "check"],
    ] {
        desk.run(arguments).ends(2).says(&["mine.toml:1: colour"]);
    }
    desk.run(&["guard", "-a", "own", "--min", "1"]).ends(3);
    desk.write("config.toml", format!("{HAND_KEPT}{MINE}\ncolour = 1\n"));
    desk.run(&["config", "check"]).ends(2).says(&["config.toml:", "mine.toml:1", "problems in"]);
}

#[test]
fn s10_what_was_recorded_under_a_definition_counts_again_once_it_is_mended() {
    let desk = Desk::new(&format!("{HAND_KEPT}[[account]]\nid = \"own\"\nprovider = \"mine\"\n"));
    std::fs::create_dir(desk.path("providers")).unwrap();
    let good = GENERIC.replace("id = \"generic\"", "id = \"mine\"");
    desk.write("providers/mine.toml", &good);
    desk.run(&["ledger", "grant", "-a", "own", "--bucket", "credits", "--amount", "9"]).ends(0);
    desk.write("providers/mine.toml", format!("{good}\nnonsense = \n"));
    let page = desk.run(&["status", "own"]).ends(3).out;
    assert!(!page.contains("Not counted") && !page.contains("not covered"), "{page}");
    desk.write("providers/mine.toml", &good);
    assert_eq!(desk.run(&["status", "own", "--json"]).ends(0).json()["accounts"][0]["total"], 9);
}

#[test]
fn s10_a_broken_file_for_a_built_in_provider_asks_nobody() {
    let simulator = Simulator::start(&[]);
    let desk = Desk::polled(&simulator);
    std::fs::create_dir(desk.path("providers")).unwrap();
    desk.write("providers/photoroom.toml", "id = \"photoroom\"\nname = 3\n");
    let json = desk.run(&["status", "shop", "studio", "--json"]).ends(3).json();
    assert_eq!((&json["accounts"][0]["state"], &json["accounts"][1]["state"]), (&"error".into(), &"ok".into()), "{json}");
}

#[test]
fn words_a_check_says_one_sentence_for_a_hundred_alike() {
    let account = |number: usize| {
        format!("[[account]]\nid = \"a{number}\"\nprovider = \"photoroom\"\nkey = {{ file = \"key{number}\" }}\n")
    };
    let desk = Desk::new(&(0..100).map(account).collect::<String>());
    for number in 0..100 {
        desk.write(&format!("key{number}"), "k");
    }
    #[cfg(unix)]
    {
        let run = desk.run(&["config", "check"]).ends(0);
        assert_eq!(run.err.lines().count(), 1, "{}", run.err);
        let (first, last) = ("100 key files can be read by others: ", " and 97 more (chmod 600 each of them)\n");
        assert!(run.err.contains(first) && run.err.ends_with(last), "{}", run.err);
    }
    let account =
        |number: usize| format!("[[account]]\nid = \"a{number}\"\nprovider = \"photoroom\"\nkey = {{ env = \"K{number}\" }}\n");
    let run = Desk::new(&(0..100).map(account).collect::<String>()).run(&["config", "check"]).ends(0);
    assert_eq!(run.err, "warning: 100 variables that should hold keys are not set here: K0, K1, K2 and 97 more\n");
    let run = Desk::new(&account(0)).run(&["config", "check"]).ends(0);
    assert_eq!(run.err, "warning: 1 variable that should hold a key is not set here: K0\n");
}

#[test]
fn s10_a_file_without_an_end_or_that_nobody_writes_is_refused() {
    let desk = Desk::hand_kept();
    desk.run(&["providers", "check", "/dev/zero"]).ends(4).says(&["can't read /dev/zero: it is larger than 16 MiB"]);
    let generic = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/providers/imaginepro.toml");
    let endless = desk.run(&["providers", "check", generic, "--answer", "/dev/zero"]).ends(4);
    assert!(endless.err.contains("can't read /dev/zero: it is larger than 16 MiB"), "{}", endless.err);
    // In the folder of definitions a pipe is no definition: it breaks nothing but itself.
    let folder = desk.path("providers");
    std::fs::create_dir(&folder).unwrap();
    let made = std::process::Command::new("mkfifo").arg(folder.join("pipe.toml")).status().unwrap();
    assert!(made.success());
    std::os::unix::fs::symlink("/dev/zero", folder.join("zero.toml")).unwrap();
    desk.run(&["status", "dealer"]).ends(0);
    desk.run(&["config", "check"]).ends(2).says(&["pipe.toml", "it is a pipe, not a file", "zero.toml", "it is a device"]);
}
