//! The sample file is held against the code: the same keys, the same defaults.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use secrecy::SecretString;

use super::account::ACCOUNT_KEYS;
use super::key::KEY_WAYS;
use super::settings::{CHANGE_KEYS, FAIR_USE_KEYS, MONEY_KEYS};
use super::*;
use crate::catalog::Catalog;
use crate::credit::{Thresholds, UnitCost};

/// Top-level keys that have no default value: the sample shows an example.
const WITHOUT_DEFAULT: [&str; 4] = ["time_zone", "ascii", "low_below", "actor"];

/// The sample with every switched-off line switched on.
fn switched_on() -> String {
    let on = |line: &'static str| {
        let is_setting = |text: &&str| text.starts_with(|first: char| first.is_ascii_lowercase() || first == '[');
        line.strip_prefix('#').filter(is_setting).unwrap_or(line)
    };
    EXAMPLE.lines().flat_map(|line| [on(line), "\n"]).collect()
}

/// The definitions, read once for all tests.
fn catalog() -> &'static Catalog {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::builtin);
    &CATALOG
}

fn parse(text: &str) -> Config {
    Config::parse(text, None, catalog()).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

#[test]
fn s9_the_sample_as_it_is_changes_nothing() {
    assert_eq!(format!("{:?}", parse(EXAMPLE)), format!("{:?}", Config::default()));
}

#[test]
fn s9_the_samples_values_are_the_defaults() {
    let without: String = (switched_on().lines())
        .filter(|line| !WITHOUT_DEFAULT.iter().any(|key| line.starts_with(&format!("{key} ="))))
        .take_while(|line| !line.starts_with("[[account]]"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let table: toml::Table = without.parse().unwrap();
    assert_eq!(table.len() + WITHOUT_DEFAULT.len() + 1, TOP_KEYS.len(), "each key but account: {table:?}");
    assert_eq!(format!("{:?}", parse(&without)), format!("{:?}", Config::default()));
}

#[test]
fn s9_the_samples_account_values_are_the_defaults_where_there_are_any() {
    let sample = parse(&switched_on());
    let bare = parse("[[account]]\nid = \"studio\"\nprovider = \"imaginepro\"\n");
    let (sample, bare) = (sample.account("studio").unwrap(), bare.account("studio").unwrap());
    assert_eq!(sample.settings.zone, bare.settings.zone);
    assert_eq!(sample.profile.thresholds, Thresholds { below: Some(100.into()), ..bare.profile.thresholds });
    assert_eq!(sample.interval, bare.interval);
    assert_eq!(sample.allow_insecure, bare.allow_insecure);
    assert_eq!(bare.profile.name, "studio");
    assert_eq!((bare.interval, bare.profile.thresholds), (DEFAULT_INTERVAL, Thresholds::default()));
}

#[test]
fn s9_the_sample_names_every_key_and_no_other() {
    let document: toml::Table = switched_on().parse().unwrap();
    let top: BTreeSet<&str> = document.keys().map(String::as_str).collect();
    assert_eq!(top, BTreeSet::from(TOP_KEYS));
    let accounts: Vec<&toml::Table> = document["account"].as_array().unwrap().iter().filter_map(toml::Value::as_table).collect();
    let inner: BTreeSet<&str> = accounts.iter().flat_map(|account| account.keys()).map(String::as_str).collect();
    assert_eq!(inner, BTreeSet::from(ACCOUNT_KEYS));
    let keys_of = |value: Option<&toml::Value>| -> BTreeSet<String> {
        value.and_then(toml::Value::as_table).unwrap().keys().cloned().collect()
    };
    let all = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<BTreeSet<_>>();
    let money = accounts.iter().find_map(|account| account.get("price_per_credit"));
    assert_eq!(keys_of(money), all(&MONEY_KEYS));
    let fair_use = accounts.iter().find_map(|account| account.get("fair_use"));
    assert_eq!(keys_of(fair_use), all(&FAIR_USE_KEYS));
    let change = accounts.iter().find_map(|account| account.get("plan_changes")).and_then(|changes| changes.get(0));
    assert_eq!(keys_of(change), all(&CHANGE_KEYS));
    for way in KEY_WAYS {
        assert!(EXAMPLE.contains(&format!("{{ {way} = ")), "{way}");
    }
}

#[test]
fn every_key_that_is_known_is_read() {
    // A list of lists fits no key: one that was known but never read would pass in silence.
    let refused = |text: &str, path: &str| {
        let problems = Config::parse(text, None, catalog()).unwrap_err();
        assert!(problems.iter().any(|problem| problem.key.starts_with(path)), "{path}: {problems:?}");
    };
    for key in TOP_KEYS {
        refused(&format!("{key} = [[1]]"), key);
    }
    for key in ACCOUNT_KEYS {
        refused(&format!("[[account]]\n{key} = [[1]]"), &format!("account[0].{key}"));
    }
    for key in MONEY_KEYS {
        refused(&format!("[[account]]\nprice_per_credit.{key} = [[1]]"), &format!("account[0].price_per_credit.{key}"));
    }
    for key in FAIR_USE_KEYS {
        refused(&format!("[[account]]\nfair_use.{key} = [[1]]"), &format!("account[0].fair_use.{key}"));
    }
    for key in CHANGE_KEYS {
        refused(
            &format!("[[account]]\nplan_changes = [{{ from = 2026-01-01, {key} = [[1]] }}]")
                .replace("from = 2026-01-01, from", "from"),
            &format!("account[0].plan_changes[0].{key}"),
        );
    }
}

#[test]
fn a_sandbox_key_changes_rules_and_prices() {
    let account = || parse("[[account]]\nid = \"shop\"\nprovider = \"photoroom\"\nplan = \"basic\"\n").accounts[0].clone();
    let edit =
        |account: &Account| account.price_list(account.settings.plan.as_ref()).find("edit-image", None).unwrap().cost.clone();
    let cost = |text: &str| UnitCost::Known(text.parse().unwrap());
    let live = account().with_key(&SecretString::from("live_1"));
    assert_eq!((live.rules.unpolled.is_some(), edit(&live)), (false, cost("5")));
    let sandbox = account().with_key(&SecretString::from("sandbox_1"));
    assert_eq!((sandbox.rules.unpolled.is_some(), edit(&sandbox)), (true, cost("0")));
    assert!(sandbox.with_key(&SecretString::from("live_1")).rules.unpolled.is_none(), "a new key is a new account");
}

#[test]
fn s9_thresholds_of_an_account_are_its_own_else_those_of_the_file() {
    let text = "low_percent = 20\nlow_below = \"2.5\"\nlow_days = 0\n[[account]]\nid = \"a\"\nprovider = \"generic\"\n\
                low_below = 7\nlapse_days = 30\n[[account]]\nid = \"b\"\nprovider = \"generic\"\n";
    let config = parse(text);
    let of = |id: &str| config.account(id).unwrap().profile.thresholds;
    assert_eq!(of("a"), Thresholds { percent: 20, below: Some(7.into()), days: 0, lapse_days: 30 });
    assert_eq!(of("b"), Thresholds { percent: 20, below: Some("2.5".parse().unwrap()), days: 0, lapse_days: 7 });
    for (line, what) in
        [("low_days = 367", "number of days"), ("lapse_days = -1", "number of days"), ("low_below = -1", "low_below")]
    {
        let problems = Config::parse(line, None, catalog()).unwrap_err();
        assert!(problems.len() == 1 && problems[0].to_string().contains(what), "{problems:?}");
    }
}

#[test]
fn p4_an_interval_is_never_under_the_providers_minimum() {
    let mut catalog = Catalog::builtin();
    let slow = include_str!("../../assets/providers/photoroom.toml")
        .replace("id = \"photoroom\"", "id = \"slow\"")
        .replace("rate = {", "minimum_interval = \"10m\"\nrate = {");
    catalog.load_user(Path::new("slow.toml"), &slow).unwrap();
    let read = |lines: &str| {
        let text = format!("interval = \"7m\"\n[[account]]\nid = \"shop\"\nprovider = \"slow\"\n{lines}");
        let account = Config::parse(&text, None, &catalog).unwrap().accounts[0].clone();
        (account.interval, account.remarks.join("; "))
    };
    let raised = |wanted: &str| format!("Photoroom is asked every 10m, not every {wanted}: it states that as its minimum");
    assert_eq!(read(""), (Duration::from_mins(10), raised("7m")));
    assert_eq!(read("interval = \"10m\""), (Duration::from_mins(10), String::new()));
    assert_eq!(read("interval = \"1h\""), (Duration::from_hours(1), String::new()));
    assert_eq!(read("interval = \"9m\""), (Duration::from_mins(10), raised("9m")));
}

#[test]
fn p4_a_stated_rate_is_a_minimum_too() {
    // 60 requests a minute, and a poll may take two.
    let shop = parse("[[account]]\nid = \"shop\"\nprovider = \"photoroom\"\ninterval = \"1s\"\n").accounts[0].clone();
    assert_eq!((shop.interval, shop.remarks.len()), (Duration::from_secs(2), 1));
}

#[test]
fn p4_the_longest_interval_keeps_figures_from_looking_stale() {
    let read = |lines: &str| {
        let account = parse(&format!("{lines}\n[[account]]\nid = \"a\"\nprovider = \"imaginepro\"\n")).accounts[0].clone();
        (account.interval.as_secs(), account.max_interval.as_secs())
    };
    assert_eq!(read(""), (300, 750));
    assert_eq!(read("max_interval = \"7m\""), (300, 420));
    assert_eq!(read("max_interval = \"1h\""), (300, 750));
    assert_eq!(read("max_interval = \"1m\""), (300, 300), "always at the interval");
    assert_eq!(read("interval = \"1m\""), (60, 150));
}

#[test]
fn s08_the_example_names_every_variable_that_a_key_command_sees() {
    let words: Vec<&str> = EXAMPLE.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).collect();
    for name in COMMAND_VARIABLES {
        assert!(words.contains(&name), "{name}");
    }
    assert!(EXAMPLE.contains("env = [\"OP_SERVICE_ACCOUNT_TOKEN\"]"));
}
