//! A user's own provider definition that is wrong breaks only its own accounts (SPEC 10).

use super::fixture::{Fixture, HAND_KEPT, Simulator};

const GENERIC: &str = include_str!("../../assets/providers/generic.toml");

const MINE: &str = "[[account]]\nid = \"own\"\nprovider = \"mine\"\nkey = { env = \"MINE\" }\nplan = \"gold\"\n";

fn broken() -> Fixture {
    let fixture = Fixture::new(&format!("{HAND_KEPT}{MINE}"));
    std::fs::create_dir(fixture.path("providers")).unwrap();
    fixture.write("providers/mine.toml", format!("colour = 3\n{}", GENERIC.replace("id = \"generic\"", "id = \"mine\"")));
    fixture
}

#[test]
fn s10_a_wrong_definition_breaks_only_its_own_accounts() {
    let fixture = broken();
    let json = fixture.run(&["status", "--json"]).ends(3).json();
    let state = |place: usize| json["accounts"][place]["state"].as_str().unwrap().to_owned();
    assert_eq!([state(0), state(1), state(2)], ["ok", "ok", "error"], "{json}");
    let own = &json["accounts"][2];
    assert_eq!(own["error"]["kind"], "configuration", "{own}");
    assert!(own["error"]["message"].as_str().unwrap().contains("mine.toml:1: colour"), "{own}");
    assert_eq!((&own["total"], &own["unknown"][0]), (&serde_json::json!(null), &serde_json::json!("total")), "{own}");
    fixture.run(&["status", "dealer", "portraits"]).ends(0);
    let page = fixture.run(&["status", "own"]).ends(3).out;
    assert_eq!(page.matches("mine.toml:1").count(), 1, "{page}");
    fixture.run(&["guard", "-a", "dealer", "replace-background=1"]).ends(0);
    fixture.run(&["ledger", "spend", "-a", "dealer", "--amount", "1"]).ends(0);
    fixture.run(&["ledger", "verify"]).ends(0);
    assert!(fixture.run(&["providers", "list"]).ends(0).out.contains("mine.toml:1"));
    fixture.run(&["providers", "show", "photoroom"]).ends(0);
}

#[test]
fn s10_what_needs_the_rules_of_a_broken_definition_is_refused_with_file_and_line() {
    let fixture = broken();
    fixture.write("mine.jsonl", "{\"kind\":\"spend\",\"account\":\"own\",\"at\":\"2026-11-01T00:00:00Z\",\"amount\":1}\n");
    for arguments in [
        &["guard", "-a", "own", "cut=1"][..],
        &["quote", "-a", "own", "cut=1"],
        &["ledger", "spend", "-a", "own", "--amount", "1"],
        &["ledger", "spend", "-a", "own", "--action", "cut"],
        &["ledger", "import", "mine.jsonl"],
        &["providers", "show", "mine"],
        &["config", "check"],
    ] {
        fixture.run(arguments).ends(2).says(&["mine.toml:1: colour"]);
    }
    fixture.run(&["guard", "-a", "own", "--min", "1"]).ends(3);
    // Nobody is sent to look for an action that the definition may well have.
    let line = "{\"kind\":\"spend\",\"account\":\"own\",\"at\":\"2026-11-01T00:00:00Z\",\"action\":\"cut\",\"quantity\":1}\n";
    fixture.write("priced.jsonl", line);
    let run = fixture.run(&["ledger", "import", "priced.jsonl"]).ends(1).says(&["line 1", "mine.toml:1: colour"]);
    assert!(!run.err.contains("has no action"), "{}", run.err);
    fixture.write("config.toml", format!("{HAND_KEPT}{MINE}\ncolour = 1\n"));
    fixture.run(&["config", "check"]).ends(2).says(&["config.toml:", "mine.toml:1", "problems in"]);
}

#[test]
fn s10_what_was_recorded_under_a_definition_counts_again_once_it_is_mended() {
    let fixture = Fixture::new(&format!("{HAND_KEPT}[[account]]\nid = \"own\"\nprovider = \"mine\"\n"));
    std::fs::create_dir(fixture.path("providers")).unwrap();
    let good = GENERIC.replace("id = \"generic\"", "id = \"mine\"");
    fixture.write("providers/mine.toml", &good);
    fixture.run(&["ledger", "grant", "-a", "own", "--bucket", "credits", "--amount", "9"]).ends(0);
    fixture.write("providers/mine.toml", format!("{good}\nnonsense = \n"));
    let page = fixture.run(&["status", "own"]).ends(3).out;
    assert!(!page.contains("Not counted") && !page.contains("not covered"), "{page}");
    fixture.write("providers/mine.toml", &good);
    assert_eq!(fixture.run(&["status", "own", "--json"]).ends(0).json()["accounts"][0]["total"], 9);
}

#[test]
fn s10_a_broken_file_for_a_built_in_provider_asks_nobody() {
    let simulator = Simulator::start(&[]);
    let fixture = Fixture::polled(&simulator);
    std::fs::create_dir(fixture.path("providers")).unwrap();
    fixture.write("providers/photoroom.toml", "id = \"photoroom\"\nname = 3\n");
    let json = fixture.run(&["status", "shop", "studio", "--json"]).ends(3).json();
    assert_eq!((&json["accounts"][0]["state"], &json["accounts"][1]["state"]), (&"error".into(), &"ok".into()), "{json}");
}

#[test]
fn words_a_check_says_one_sentence_for_a_hundred_alike() {
    let account = |number: usize| {
        format!("[[account]]\nid = \"a{number}\"\nprovider = \"photoroom\"\nkey = {{ file = \"key{number}\" }}\n")
    };
    let fixture = Fixture::new(&(0..100).map(account).collect::<String>());
    for number in 0..100 {
        fixture.write(&format!("key{number}"), "k");
    }
    #[cfg(unix)]
    {
        let run = fixture.run(&["config", "check"]).ends(0);
        assert_eq!(run.err.lines().count(), 1, "{}", run.err);
        let (first, last) = ("100 key files can be read by others: ", " and 97 more (chmod 600 each of them)\n");
        assert!(run.err.contains(first) && run.err.ends_with(last), "{}", run.err);
    }
    let account =
        |number: usize| format!("[[account]]\nid = \"a{number}\"\nprovider = \"photoroom\"\nkey = {{ env = \"K{number}\" }}\n");
    let run = Fixture::new(&(0..100).map(account).collect::<String>()).run(&["config", "check"]).ends(0);
    assert_eq!(run.err, "warning: 100 variables that should hold keys are not set here: K0, K1, K2 and 97 more\n");
    let run = Fixture::new(&account(0)).run(&["config", "check"]).ends(0);
    assert_eq!(run.err, "warning: 1 variable that should hold a key is not set here: K0\n");
}

#[test]
fn s10_a_file_without_an_end_or_that_nobody_writes_is_refused() {
    let fixture = Fixture::hand_kept();
    fixture.run(&["providers", "check", "/dev/zero"]).ends(4).says(&["can't read /dev/zero: it is larger than 1 MiB"]);
    let generic = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/providers/imaginepro.toml");
    let endless = fixture.run(&["providers", "check", generic, "--answer", "/dev/zero"]).ends(4);
    assert!(endless.err.contains("can't read /dev/zero: it is larger than 1 MiB"), "{}", endless.err);
    // In the folder of definitions a pipe is no definition: it breaks nothing but itself.
    let folder = fixture.path("providers");
    std::fs::create_dir(&folder).unwrap();
    let made = std::process::Command::new("mkfifo").arg(folder.join("pipe.toml")).status().unwrap();
    assert!(made.success());
    std::os::unix::fs::symlink("/dev/zero", folder.join("zero.toml")).unwrap();
    fixture.run(&["status", "dealer"]).ends(0);
    fixture.run(&["config", "check"]).ends(2).says(&["pipe.toml", "it is a pipe, not a file", "zero.toml", "it is a device"]);
}

const IMAGINEPRO: &str = include_str!("../../assets/providers/imaginepro.toml");

/// An account at a built-in provider, and a file in the user's folder that has its id and asks somebody else.
fn moved(first_line: &str, other: &str) -> Fixture {
    let mut fixture = Fixture::new("[[account]]\nid = \"studio\"\nprovider = \"imaginepro\"\nkey = { env = \"STUDIO_KEY\" }\n");
    fixture.variable("STUDIO_KEY", "demo-imaginepro-studio");
    std::fs::create_dir(fixture.path("providers")).unwrap();
    let text = IMAGINEPRO.replace("\"https://api.imaginepro.ai\"", &format!("\"{other}\""));
    fixture.write("providers/x.toml", format!("{first_line}\n{text}"));
    fixture
}

#[test]
fn s08_a_file_in_the_folder_does_not_get_the_keys_of_a_built_in_provider() {
    let simulator = Simulator::start(&[]);
    let fixture = moved("# nothing said", &simulator.url);
    let json = fixture.run(&["status", "--json"]).ends(3).json();
    assert!(json["accounts"][0]["observed_at"].is_null(), "it was asked: {json}");
    let page = fixture.run(&["status"]).ends(3).out;
    for told in [&page, &fixture.run(&["accounts", "list"]).ends(0).out, &fixture.run(&["providers", "list"]).ends(0).out] {
        let parts = ["x.toml:", "sends the keys of imaginepro to 127.0.0.1:", "replaces = true"];
        assert!(parts.iter().all(|part| told.contains(part)), "{told}");
    }
    fixture.run(&["config", "check"]).ends(2).says(&["x.toml:", "request.base_url", "replaces = true"]);
    let file = fixture.path("providers/x.toml").display().to_string();
    fixture.run(&["providers", "check", &file]).ends(2).says(&["request.base_url", "replaces = true"]);
}

#[test]
fn s08_source_and_host_are_named_where_a_definition_or_an_account_asks_elsewhere() {
    let simulator = Simulator::start(&[]);
    let host = simulator.url.trim_start_matches("http://").to_owned();
    let fixture = moved("replaces = true", &simulator.url);
    let file = fixture.path("providers/x.toml").display().to_string();
    fixture.run(&["status"]).ends(0);
    for arguments in
        [&["providers", "list"][..], &["providers", "show", "imaginepro"], &["accounts", "list"], &["config", "check"]]
    {
        let out = fixture.run(arguments).ends(0).out;
        let told = [host.as_str(), &file, "instead of the one built in, which asks api.imaginepro.ai"];
        assert!(told.iter().all(|part| out.contains(part)), "{arguments:?}: {out}");
    }
    let fixture = Fixture::polled(&simulator);
    let list = fixture.run(&["accounts", "list"]).ends(0).out;
    assert!(list.contains(&format!("its base_url has it asked at {host}, not at api.imaginepro.ai")), "{list}");
    let check = fixture.run(&["config", "check"]).ends(0).out;
    assert!(check.contains(&format!("  keys go to {host}: studio (base_url, imaginepro: built in)\n")), "{check}");
    let list = Fixture::new("").run(&["providers", "list"]).ends(0).out;
    assert!(list.contains("api.imaginepro.ai") && list.matches("built in").count() == 5, "{list}");
}

#[test]
fn s10_definitions_are_files_of_a_bounded_size() {
    let fixture = Fixture::new("[[account]]\nid = \"own\"\nprovider = \"mine\"\n");
    std::fs::create_dir(fixture.path("providers")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(fixture.path("providers/mine.toml")).status().unwrap().success());
    fixture.run(&["config", "check"]).ends(2).says(&["mine.toml: can't be read: it is a pipe, not a file"]);
    std::fs::remove_file(fixture.path("providers/mine.toml")).unwrap();
    let long = format!("{}\n# {}\n", GENERIC.replace("\"generic\"", "\"mine\""), "x".repeat(1024 * 1024));
    let file = fixture.write("providers/mine.toml", long);
    fixture.run(&["config", "check"]).ends(2).says(&["mine.toml: can't be read: it is larger than 1 MiB"]);
    fixture.run(&["providers", "check", &file]).ends(4).says(&["it is larger than 1 MiB"]);
    fixture.run(&["providers", "check", "/dev/zero"]).ends(4).says(&["it is larger than 1 MiB"]);
}
