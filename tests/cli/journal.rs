//! The hledger journal, read by hledger itself where it is installed (SPEC L8).

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

use super::fixture::Fixture;

/// Set where a check by hledger must not be left out.
const NEEDED: &str = "CREDITOP_TEST_NEEDS_HLEDGER";

/// What hledger says about a journal; `None`, with a word on standard error, where it is not installed and not [`NEEDED`].
fn hledger(fixture: &Fixture, arguments: &[&str]) -> Option<String> {
    let journal = fixture.path("ledger.journal");
    let output = match Command::new("hledger").arg("-f").arg(journal).args(arguments).env("LC_ALL", "C.UTF-8").output() {
        Ok(output) => output,
        Err(error) => {
            assert!(std::env::var_os(NEEDED).is_none(), "hledger can't be run ({error}), and {NEEDED} asks for it");
            eprintln!("NOT CHECKED BY HLEDGER: it can't be run here ({error}); install it to check the journal");
            return None;
        }
    };
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

/// The balances that hledger finds below a name, by account.
fn balances(fixture: &Fixture, arguments: &[&str]) -> Option<BTreeMap<String, String>> {
    let out = hledger(fixture, &[&["balance", "--flat", "--no-total", "--empty", "-O", "csv"], arguments].concat())?;
    let line = |line: &str| {
        let (account, balance) = line.split_once(',').unwrap();
        let number = balance.trim_matches('"').split(' ').next().unwrap();
        let number = if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number };
        (account.trim_matches('"').to_owned(), number.to_owned())
    };
    Some(out.lines().skip(1).map(line).collect())
}

/// What creditop says of each lot: the part of an hledger account after the bucket is left to the caller.
fn lots(fixture: &Fixture, at: &str) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let accounts = ["dealer", "portraits"];
    for account in accounts {
        let status =
            fixture.run(&["ledger", "balance", "-a", account, "--at", at, "--json"]).ends(0).json()["accounts"][0].clone();
        for bucket in status["buckets"].as_array().unwrap() {
            for lot in bucket["lots"].as_array().unwrap() {
                let reference = lot["ref"].as_str().unwrap().replace(':', "%3A").replace(';', "%3B").replace("  ", " %20");
                let name = format!("assets:{account}:{}:{reference}", bucket["id"].as_str().unwrap());
                // What is not effective yet is listed, but does not count.
                let begun = lot["effective_at"].as_str().unwrap() <= at;
                all.insert(name, if begun { number(&lot["remaining"]) } else { "0".to_owned() });
            }
        }
    }
    all
}

fn number(value: &Value) -> String {
    value.as_number().unwrap().to_string()
}

/// Every kind of entry, and names that would be something else to hledger.
fn eventful() -> Fixture {
    let fixture = Fixture::hand_kept();
    let lines = r#"{"kind":"grant","account":"dealer","at":"2026-03-01T00:00:00Z","bucket":"purchased","amount":500.25,"expires_at":"2027-03-01T00:00:00Z","ref":"inv-1"}
{"kind":"grant","account":"dealer","at":"2026-03-01T00:00:00Z","bucket":"purchased","amount":70,"expires_at":"2026-11-07T12:00:00Z","ref":"inv: 2  ; (x)","note":"date:2019-01-01 [2019-02-02] ; = 1"}
{"kind":"grant","account":"dealer","at":"2026-11-19T00:00:00Z","bucket":"purchased","amount":9,"effective_at":"2026-12-01T00:00:00Z","ref":"later"}
{"kind":"spend","account":"dealer","at":"2026-03-02T10:00:00Z","amount":3,"action":"replace-background","quantity":3,"ref":"job-7","tags":["north","prod"],"actor":"ann"}
{"kind":"spend","account":"dealer","at":"2026-03-03T10:00:00Z","amount":0.125,"ref":"job-8"}
{"kind":"hold","account":"dealer","at":"2026-03-02T11:00:00Z","amount":50,"expires_at":"2026-03-09T00:00:00Z","ref":"plan-1"}
{"kind":"capture","account":"dealer","at":"2026-03-03T11:00:00Z","hold":"plan-1","amount":20,"ref":"job-9"}
{"kind":"hold","account":"dealer","at":"2026-11-02T11:00:00Z","amount":30,"ref":"plan-2"}
{"kind":"release","account":"dealer","at":"2026-11-02T12:00:00Z","hold":"plan-2","ref":"off"}
{"kind":"hold","account":"dealer","at":"2026-11-03T11:00:00Z","amount":33,"ref":"plan-3"}
{"kind":"reverse","account":"dealer","at":"2026-03-04T11:00:00Z","reverses":"job-7","ref":"fix-1"}
{"kind":"adjust","account":"dealer","at":"2026-03-05T11:00:00Z","bucket":"purchased","amount":-5,"ref":"less"}
{"kind":"spend","account":"dealer","at":"2026-11-05T11:00:00Z","amount":2600,"ref":"much"}
{"kind":"reverse","account":"dealer","at":"2026-11-06T11:00:00Z","reverses":"much","ref":"not-so-much"}
{"kind":"spend","account":"dealer","at":"2026-11-07T11:00:00Z","amount":1000.5,"ref":"much-2"}
{"kind":"observe","account":"dealer","at":"2026-11-08T11:00:00Z","bucket":"purchased","remaining":320.75,"ref":"page-1"}
{"kind":"adjust","account":"portraits","at":"2026-11-08T11:00:00Z","bucket":"bonus","amount":3,"ref":"more"}
{"kind":"spend","account":"portraits","at":"2026-11-09T11:00:00Z","amount":1,"ref":"face"}
"#;
    fixture.run_with(&["ledger", "import", "-"], lines).ends(0);
    fixture
}

#[test]
fn l8_hledger_finds_the_same_balances() {
    let mut fixture = eventful();
    for now in ["2026-11-20T09:00:00Z", "2026-11-09T12:00:00Z", "2026-12-02T00:00:00Z", "2028-01-01T00:00:00Z"] {
        fixture.now = now.to_owned();
        let _ = std::fs::remove_file(fixture.path("ledger.journal"));
        fixture.run(&["ledger", "export", "--output", "ledger.journal"]).ends(0);
        if hledger(&fixture, &["check", "--strict"]).is_none() {
            return;
        }
        let found = balances(&fixture, &["assets"]).unwrap();
        let expected = lots(&fixture, now);
        for (lot, remaining) in &expected {
            assert_eq!(found.get(lot), Some(remaining), "{lot} at {now}\n{found:#?}");
        }
        let rest: Vec<_> = found.iter().filter(|(lot, balance)| !expected.contains_key(*lot) && *balance != "0").collect();
        assert!(rest.is_empty(), "lots that have lapsed: {rest:?}");
        let status = fixture.run(&["status", "dealer", "--offline", "--json"]).ends(0).json()["accounts"][0].clone();
        let one = |arguments: &[&str]| {
            balances(&fixture, &[&["--depth", "2"], arguments].concat())
                .unwrap()
                .values()
                .next()
                .cloned()
                .unwrap_or("0".to_owned())
        };
        assert_eq!(one(&["assets:dealer"]), number(&status["total"]), "{now}");
        assert_eq!(one(&["--invert", "liabilities:dealer"]), number(&status["held"]), "{now}");
        let all = hledger(&fixture, &["balance", "--real", "-N", "cur:credits", "--depth", "1"]).unwrap();
        assert!(all.contains("assets") && all.contains("expenses") && all.contains("income"), "{all}");
    }
}

#[test]
fn l8_the_journal_is_one_of_the_exports() {
    let fixture = eventful();
    let journal = fixture.run(&["ledger", "export", "--format", "hledger"]).ends(0).out;
    for line in [
        "2026-03-02 * (job-7) dealer: spend, 3 × replace-background",
        "    assets:dealer:purchased:inv-1    500.25 credits",
        "    expenses:spent:dealer:replace-background    3 credits",
        "    [liabilities:dealer:held:plan-1]    -50 credits",
        "2026-03-09 * dealer: deadline of a hold",
        "2026-11-07 * dealer: lapse",
        "2026-11-01 * dealer: reset",
        "    ; at: 2026-03-02T10:00:00Z",
        "    ; tags: north prod",
    ] {
        assert!(journal.lines().any(|other| other == line), "{line:?} is not in\n{journal}");
    }
    let one = fixture.run(&["ledger", "export", "--format", "hledger", "-a", "portraits"]).ends(0).out;
    assert!(!one.contains("dealer") && one.contains("assets:portraits:bonus:more"), "{one}");
    assert_eq!(fixture.run(&["ledger", "export", "--format", "hledger"]).ends(0).out, journal, "the same every time");
}

#[test]
fn an_export_goes_to_a_new_file_only() {
    let fixture = eventful();
    let csv = fixture.run(&["ledger", "export", "--format", "csv"]).ends(0).out;
    assert_eq!(fixture.run(&["ledger", "export", "-o", "out.csv"]).ends(0).out, "");
    assert_eq!(std::fs::read_to_string(fixture.path("out.csv")).unwrap(), csv);
    fixture.run(&["ledger", "export", "-o", "out.csv"]).ends(4).says(&["can't write out.csv", "hint: "]);
    assert_eq!(std::fs::read_to_string(fixture.path("out.csv")).unwrap(), csv);
    fixture.run(&["ledger", "export", "-o", "no/such/folder.csv"]).ends(4).says(&["can't write", "hint: "]);
}

#[test]
fn accounts_that_are_no_longer_configured_are_named() {
    let fixture = eventful();
    let config = std::fs::read_to_string(fixture.path("config.toml")).unwrap();
    let portraits = config.split("[[account]]").nth(2).unwrap();
    fixture.write("config.toml", format!("[[account]]{portraits}"));
    let run = fixture.run(&["ledger", "export", "--format", "hledger"]).ends(0);
    assert!(run.err.contains("dealer is left out") && !run.out.contains("dealer"), "{}", run.err);
    assert!(fixture.run(&["ledger", "export"]).ends(0).out.contains("dealer"), "tables need no rules");
}
