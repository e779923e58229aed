use std::fs;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::super::{KeyCommand, KeySource};
use super::*;
use crate::report::Report;

/// An account that is fine, to which a test adds what is not.
const STUDIO: &str = "[[account]]\nid = \"studio\"\nprovider = \"imaginepro\"\n";

/// The definitions, read once for all tests.
fn catalog() -> &'static Catalog {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::builtin);
    &CATALOG
}

fn parse(text: &str) -> Result<Config, Vec<Problem>> {
    Config::parse(text, None, catalog())
}

/// The problems as a person reads them.
fn problems(text: &str) -> Vec<String> {
    parse(text).map(|_| ()).unwrap_err().iter().map(ToString::to_string).collect()
}

/// Checks what is said of texts that each hold problems at the top level or of the whole file.
#[test]
fn s9_problems_of_the_file() {
    for (text, expected) in [
        (
            "time_zone = \"Europe/Berln\"",
            &["line 1: time_zone: \"Europe/Berln\" is no time zone (did you mean \"Europe/Berlin\"?)"][..],
        ),
        (
            "time_zone = \"europe/berlin\"",
            &["line 1: time_zone: \"europe/berlin\" is no time zone (did you mean \"Europe/Berlin\"?)"],
        ),
        ("time_zone = 1", &["line 1: time_zone: expects text in quotes, found a whole number"]),
        ("theme = \"blue\"", &["line 1: theme: \"blue\" is none of the choices (use \"auto\", \"dark\", \"light\", \"16\")"]),
        (
            "theme = 16",
            &["line 1: theme: expects text in quotes, found a whole number (use \"auto\", \"dark\", \"light\", \"16\")"],
        ),
        ("ascii = \"yes\"", &["line 1: ascii: expects true or false, without quotes, found text"]),
        ("low_percent = 101", &["line 1: low_percent: 101 is not a percentage (use 0 to 100)"]),
        ("low_percent = -1", &["line 1: low_percent: -1 is not a percentage (use 0 to 100)"]),
        ("interval = 300", &["line 1: interval: a duration needs a unit (for seconds, write \"300s\")"]),
        (
            "interval = \"soon\"",
            &["line 1: interval: \"soon\" is not a duration (write a number and a unit, like \"30s\", \"5m\" or \"1h\")"],
        ),
        (
            "interval = \"0s\"",
            &[
                "line 1: interval: \"0s\" is not between 1 second and 31 days (write a number and a unit, like \"30s\", \"5m\" or \"1h\")",
            ],
        ),
        (
            "intervall = \"5m\"\ncolour = 1",
            &[
                "line 1: intervall: there is no such key (did you mean interval?)",
                "line 2: colour: there is no such key (remove it; config.example.toml names every key)",
            ],
        ),
        ("[[accounts]]\nid = \"a\"", &["line 1: accounts: there is no such key (did you mean account?)"]),
        ("[account]\nid = \"a\"", &["line 1: account: expects a list of tables, each under [[account]], found a table"]),
        ("account = [1]", &["line 1: account[0]: expects a table, under [[account]], found a whole number"]),
        (
            "theme = dark\nascii = true\nascii = false\nmouse = \"yes",
            &[
                "line 1: this is not TOML: string values must be quoted, expected literal string (put the text in quotes)",
                "line 3: this is not TOML: duplicate key (keep one of the two)",
                "line 4: this is not TOML: invalid basic string, expected `\"` (close the quotes on the same line)",
            ],
        ),
        (
            "\"\\u001b[31mx\" = 1",
            &["line 1: \"\\u{1b}[31mx\": there is no such key (remove it; config.example.toml names every key)"],
        ),
    ] {
        assert_eq!(problems(text), expected, "{text}");
    }
}

/// Checks what is said of lines that are added to an account, from line 4 on.
fn check_lines(cases: &[(&str, &[&str])]) {
    for (lines, expected) in cases {
        assert_eq!(problems(&format!("{STUDIO}{lines}")), *expected, "{lines}");
    }
}

#[test]
fn s9_problems_of_numbers_and_dates() {
    check_lines(&[
        (
            "biling_day = 7",
            &["line 4: account[0].biling_day: account studio: there is no such key (did you mean billing_day?)"][..],
        ),
        ("billing_day = 45", &["line 4: account[0].billing_day: account studio: 45 is not a day of the month (use 1 to 31)"]),
        (
            "billing_day = \"7\"",
            &["line 4: account[0].billing_day: account studio: expects a whole number, without quotes, found text (use 1 to 31)"],
        ),
        ("slots = 0", &["line 4: account[0].slots: account studio: 0 is not a number of slots (use 1 or more)"]),
        (
            "slots = 99999999999999999999999999",
            &["line 4: account[0].slots: account studio: 99999999999999999999999999 is not a number of slots (use 1 or more)"],
        ),
        (
            "since = 2026-02-30",
            &[
                "line 4: account[0].since: account studio: 2026-02-30 is not a date that exists (write year, month and day, like 2026-11-01)",
            ],
        ),
        (
            "since = \"2026-02-30\"",
            &[
                "line 4: account[0].since: account studio: 2026-02-30 is not a date that exists (write year, month and day, like 2026-11-01)",
            ],
        ),
        (
            "since = 2026-02-03T10:00:00Z",
            &[
                "line 4: account[0].since: account studio: expects a date without a time: a day begins at 00:00 (write year, month and day, like 2026-11-01)",
            ],
        ),
        (
            "since = \"2026-02-03 14:30\"",
            &[
                "line 4: account[0].since: account studio: expects a date without a time: a day begins at 00:00 (write year, month and day, like 2026-11-01)",
            ],
        ),
        (
            "since = \"yesterday\"",
            &[
                "line 4: account[0].since: account studio: yesterday would be another day each time that the file is read (write year, month and day, like 2026-11-01)",
            ],
        ),
        ("since = \"1926-02-03\"", &["line 4: account[0].since: account studio: 1926-02-03 is outside the years 1970 to 2199"]),
    ]);
}

#[test]
fn a1_s9_problems_of_amounts() {
    check_lines(&[
        (
            "costs.face-swap = 0.2",
            &[
                "line 4: account[0].costs.face-swap: account studio: a number with a point is not read exactly (write it in quotes: \"0.2\")",
            ],
        ),
        // A6: a thousand for some, one for others.
        (
            "costs.face-swap = \"1.000\"",
            &["line 4: account[0].costs.face-swap: account studio: 1.000 is either 1000 or 1.0; write one of these"],
        ),
        (
            "costs.face-swap = \"0,2\"",
            &[
                "line 4: account[0].costs.face-swap: account studio: 0,2 is not a decimal number (write the point as \".\": \"0.2\")",
            ],
        ),
        (
            "costs.face-swap = 1234567890123456789012345678901234567890",
            &[
                "line 4: account[0].costs.face-swap: account studio: 1234567890123456789012345678901234567890 has more than 28 digits",
            ],
        ),
        (
            "costs = { \"imagine:relax\" = 4, imagine = { relax = 5 } }",
            &["line 4: account[0].costs.\"imagine:relax\": account studio: this price is set twice (keep one of the two)"],
        ),
        ("costs.face-swap = -1", &["line 4: account[0].costs.face-swap: account studio: -1 is below zero"]),
    ]);
}

#[test]
fn s9_problems_of_texts_and_tables() {
    check_lines(&[
        (
            "time_zone = \"Berlin\"",
            &[
                "line 4: account[0].time_zone: account studio: \"Berlin\" is no time zone (use an IANA name, like \"Europe/Berlin\" or \"UTC\")",
            ],
        ),
        ("name = \"a\\u001b[31m\"", &["line 4: account[0].name: account studio: holds a control character"]),
        ("tags = [\"a\", 1]", &["line 4: account[0].tags[1]: account studio: expects text in quotes, found a whole number"]),
        (
            "price_per_credit = { amount = 0.0125, currency = \"usd\" }",
            &[
                "line 4: account[0].price_per_credit.amount: account studio: a number with a point is not read exactly (write it in quotes: \"0.0125\")",
                "line 4: account[0].price_per_credit.currency: account studio: \"usd\" is not a currency code (write \"USD\")",
            ],
        ),
        (
            "price_per_credit = { amount = 1 }",
            &[
                "line 4: account[0].price_per_credit.currency: account studio: a price needs its currency (add currency = \"USD\")",
            ],
        ),
        (
            "base_url = \"http://gateway.example.com\"",
            &[
                "line 4: account[0].base_url: account studio: the key would travel unencrypted over http to another machine (use https://, or set allow_insecure = true if the way there is safe)",
            ],
        ),
        (
            "plan_changes = [{ plan = \"a\" }, { from = 2026-06-01 }]",
            &[
                "line 4: account[0].plan_changes[0].from: account studio: does not say when it begins (add from = 2026-06-01)",
                "line 4: account[0].plan_changes[1]: account studio: changes nothing (name the new plan, the new number of slots, or both)",
            ],
        ),
    ]);
}

#[test]
fn s9_all_problems_at_once_in_the_order_of_the_file() {
    let text = "theme = \"blue\"\n\n[[account]]\nid = \"a b\"\nprovider = \"imaginpro\"\n\n[[account]]\nname = \"x\"\n\n\
                [[account]]\nid = \"studio\"\nprovider = \"imaginepro\"\nbilling_day = 0\n\n[[account]]\nid = \"studio\"\nprovider = \"generic\"\n";
    assert_eq!(
        problems(text),
        [
            "line 1: theme: \"blue\" is none of the choices (use \"auto\", \"dark\", \"light\", \"16\")",
            "line 4: account[0].id: account \"a b\" may hold only letters, digits, '.', '_' and '-', and starts with a letter or digit",
            "line 5: account[0].provider: there is no provider \"imaginpro\" (did you mean \"imaginepro\"?)",
            "line 7: account[1].id: every account needs an id (add a line such as id = \"studio\")",
            "line 7: account[1].provider: every account needs a provider (add a line such as provider = \"imaginepro\"; creditop providers list names them)",
            "line 13: account[2].billing_day: account studio: 0 is not a day of the month (use 1 to 31)",
            "line 16: account[3].id: account[2] (line 10) has this id already (give each account an id of its own)",
        ]
    );
}

#[test]
fn s9_a_key_in_plain_text_is_refused_with_the_four_alternatives() {
    let said = problems(&format!("{STUDIO}key = \"canary-1\""));
    assert_eq!(
        said,
        [concat!(
            "line 4: account[0].key: account studio: a key must not stand in this file in plain text ",
            "(use one of { env = \"NAME\" }, { command = [\"pass\", \"show\", \"NAME\"] }, { file = \"PATH\" } and { keyring = \"NAME\" })"
        )]
    );
}

#[test]
fn no_secret_of_the_file_in_any_problem() {
    for line in [
        "key = \"canary-1\"",
        "key = { env = \"canary-1\" }",
        "key = { command = \"canary-1\" }",
        "key = { value = \"canary-1\" }",
        "key = [\"canary-1\"]",
        "api_key = \"canary-1\"",
        "key = \"canary-1",
        "key = canary-1",
        "base_url = \"https://user:canary-1@example.com\"",
        "base_url = \"https://example.com/?token=canary-1\"",
        "base_url = \"canary-1\"",
    ] {
        let found = parse(&format!("{STUDIO}{line}")).unwrap_err();
        assert!(!found.is_empty());
        assert!(!format!("{found:?}").contains("canary"), "{line}: {found:?}");
    }
}

fn command(words: &[&str], env: &[&str]) -> KeySource {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    KeySource::Command(KeyCommand { words: owned(words), env: owned(env) })
}

#[test]
fn keys_come_from_four_places() {
    for (line, expected) in [
        ("{ env = \"STUDIO_KEY\" }", KeySource::Env("STUDIO_KEY".to_owned())),
        ("{ command = [\"pass\", \"show\", \"x\"] }", command(&["pass", "show", "x"], &[])),
        ("{ command = [\"op\"], env = [\"OP_TOKEN\", \"B\"] }", command(&["op"], &["OP_TOKEN", "B"])),
        ("{ file = \"x.key\" }", KeySource::File("/etc/creditop/x.key".into())),
        ("{ file = \"~/x.key\" }", KeySource::File("~/x.key".into())),
        ("{ file = \"/x.key\" }", KeySource::File("/x.key".into())),
        ("{ keyring = \"studio\" }", KeySource::Keyring("studio".to_owned())),
    ] {
        let text = format!("{STUDIO}key = {line}");
        let config = Config::parse(&text, Some(Path::new("/etc/creditop/config.toml")), catalog()).unwrap();
        assert_eq!(config.accounts[0].key.as_ref(), Some(&expected));
    }
    for (line, expected) in [
        ("{}", "does not say where the key comes from"),
        ("{ env = \"A\", file = \"b\" }", "names several places for one key: env, file"),
        ("{ command = [] }", "the command is empty"),
        ("{ command = [\"a\"], env = \"A\" }", "names several places for one key: env, command"),
        ("{ command = [\"a\"], env = [\"1A\"] }", "this is not the name of an environment variable"),
        ("{ command = [\"a\"], env = [1] }", "expects text in quotes, found a whole number"),
        ("{ env = [\"A\"] }", "expects text in quotes, found a list"),
        ("{ env = \"1A\" }", "this is not the name of an environment variable"),
        ("{ envv = \"A\" }", "there is no such key (did you mean env?)"),
    ] {
        let said = problems(&format!("{STUDIO}key = {line}"));
        assert!(said.len() == 1 && said[0].contains(expected), "{line}: {said:?}");
    }
}

#[test]
fn what_only_polled_accounts_have_is_refused_for_hand_kept_ones() {
    let said =
        problems("[[account]]\nid = \"any\"\nprovider = \"generic\"\nkey = { env = \"A\" }\nbase_url = \"https://x.example\"\n");
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].starts_with("line 4: account[0].key: account any: ") && said[0].ends_with("(remove key)"), "{said:?}");
    assert!(said[1].starts_with("line 5: account[0].base_url: account any: "), "{said:?}");
}

#[test]
fn problems_of_the_definition_are_told_at_their_lines() {
    const DEALER: &str = "[[account]]\nid = \"dealer\"\nprovider = \"ai-background-studio\"\nsince = 2026-10-15\n";
    let told = |lines: &str| -> Vec<(Option<usize>, String)> {
        let found = parse(&format!("{DEALER}{lines}")).unwrap_err();
        assert!(found.iter().all(|problem| problem.what.starts_with("account dealer: ")), "{found:?}");
        found.into_iter().map(|problem| (problem.line, problem.key)).collect()
    };
    let at = |line: usize, key: &str| (Some(line), format!("account[0].{key}"));
    assert_eq!(told("plan = \"profesional-plus\"\nslots = 50"), [at(5, "plan")]);
    assert_eq!(told("plan = \"professional-plus\""), [at(1, "slots")]);
    assert_eq!(
        told(
            "plan = \"basic\"\nplan_changes = [\n{ from = 2026-11-01, plan = \"premium\" },\n{ from = 2026-12-01, plan = \"basi\" }]"
        ),
        [at(8, "plan_changes[1].plan")]
    );
    assert_eq!(
        told("plan = \"basic\"\n[account.costs]\nre-aply = 2\nre-apply.x = 2"),
        [at(7, "costs.re-aply"), at(8, "costs.re-apply.x")]
    );
    // A value that can't be read is told once, not again as missing.
    assert_eq!(told("plan = \"professional-plus\"\nslots = \"50\""), [at(6, "slots")]);
}

#[test]
fn s9_the_configuration_of_the_specification_is_read() {
    let text = r#"
time_zone = "Europe/Berlin"

[[account]]
id = "studio"
provider = "imaginepro"
key = { env = "IMAGINEPRO_API_KEY" }
base_url = "http://127.0.0.1:9000"
customer = "Acme"
billing_day = 7
interval = "5m"
price_per_credit = { amount = "0.0125", currency = "USD" }
[account.costs]
face-swap = 12
imagine.relax = "4.5"
"flux" = 5

[[account]]
id = "dealer"
provider = "ai-background-studio"
plan = "professional-plus"
slots = 50
reset_day = 1
launch_date = 2026-11-01
since = "2026-10-15"
"#;
    let config = parse(text).unwrap();
    assert_eq!(config.time_zone.map(chrono_tz::Tz::name), Some("Europe/Berlin"));
    let studio = config.account("studio").unwrap();
    assert_eq!((studio.profile.name.as_str(), studio.line), ("studio", 4));
    assert_eq!(studio.base_url.as_ref().map(ToString::to_string).as_deref(), Some("http://127.0.0.1:9000"));
    assert_eq!(studio.money.as_ref().map(|money| money.amount.to_string()).as_deref(), Some("0.0125"));
    let costs: Vec<String> =
        (studio.settings.costs.iter()).map(|cost| format!("{}:{:?}={}", cost.action, cost.variant, cost.cost)).collect();
    assert_eq!(costs, ["face-swap:None=12", "flux:None=5", "imagine:Some(\"relax\")=4.5"]);
    let dealer = config.account("dealer").unwrap();
    assert_eq!(dealer.settings.since, dealer.settings.launch_date.and_then(|date| date.checked_sub_days(chrono::Days::new(17))));
    assert_eq!(dealer.key, None);
}

#[test]
fn nothing_configured_is_fine() {
    for text in ["", "\u{feff}", "# nothing yet\n", "account = []"] {
        assert!(parse(text).unwrap().accounts.is_empty(), "{text:?}");
    }
}

#[test]
fn an_unknown_account_gets_the_nearest_name() {
    let config = parse(STUDIO).unwrap();
    let report = Report::from(config.account("studoi").unwrap_err());
    assert_eq!(report.to_string(), "there is no account \"studoi\"\nhint: did you mean \"studio\"?");
    let report = Report::from(config.account("\u{1b}[31m").unwrap_err());
    assert_eq!(report.to_string(), "there is no account \"\\u{1b}[31m\"\nhint: creditop accounts list names them");
}

#[test]
fn files_that_are_missing_or_no_text_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    let load = || Config::load(&file, catalog()).map(|_| ()).unwrap_err();
    assert_eq!(load(), ConfigError::Missing { file: file.clone() });
    fs::write(&file, b"# one\nname = \"\xff\"\n").unwrap();
    let report = Report::from(load()).to_string();
    let name = file.display();
    assert_eq!(
        report,
        format!(
            "1 problem in {name}\n  {name}:2: the file is not UTF-8 text: byte 15 is the first that does not fit \
             (save it as UTF-8)"
        )
    );
    assert!(matches!(Config::load(folder.path(), catalog()), Err(ConfigError::Unreadable { .. })));
}

/// Lines that a configuration is made of, good and bad, to be put together at random.
fn any_line() -> impl Strategy<Value = String> {
    let key = prop::sample::select([&TOP_KEYS[..], &super::super::account::ACCOUNT_KEYS[..]].concat());
    let value = prop::sample::select(vec![
        "1",
        "-1",
        "0.5",
        "nan",
        "1e999",
        "true",
        "\"\"",
        "\"x\"",
        "\"5m\"",
        "2026-01-01",
        "2026-02-30",
        "[1, \"a\"]",
        "{ from = 1 }",
        "{ a = { b = { c = 1 } } }",
        "\"imaginepro\"",
        "\"generic\"",
        "\"pixpretty\"",
        "99999999999999999999999999999999",
        "\"ä\\u0000\"",
    ]);
    prop_oneof![
        8 => (key, value).prop_map(|(key, value)| format!("{key} = {value}")),
        2 => Just("[[account]]".to_owned()),
        1 => Just("[account.costs]".to_owned()),
        1 => any::<String>(),
    ]
}

proptest! {
    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = parse(&text);
    }

    #[test]
    fn no_mix_of_lines_panics_and_every_problem_has_its_line(lines in prop::collection::vec(any_line(), 0..30)) {
        let text = lines.join("\n");
        if parse(&text).is_ok() {
            prop_assert!(text.parse::<toml::Table>().is_ok(), "broken TOML taken in");
        }
        if let Err(problems) = parse(&text) {
            prop_assert!(!problems.is_empty());
            for problem in problems {
                prop_assert!(problem.line.is_some_and(|line| line >= 1 && line <= text.split('\n').count()), "{problem}");
                prop_assert!(!problem.to_string().chars().any(char::is_control), "{problem}");
            }
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        fs::write(&file, bytes).unwrap();
        let _ = Config::load(&file, catalog());
    }
}
