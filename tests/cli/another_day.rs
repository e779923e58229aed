//! Looking at another day by `--at` reads, projects and writes nothing (SPEC A5, E13).

use super::fixture::{Fixture, files};

/// Every file of the ledger with its bytes.
fn ledger(fixture: &Fixture) -> Vec<Vec<u8>> {
    let all = files(&fixture.path("data"));
    all.into_iter()
        .filter(|file| file.extension().is_some_and(|end| end == "db"))
        .map(|file| std::fs::read(file).unwrap())
        .collect()
}

#[test]
fn a05_e13_status_balance_history_and_quote_tell_the_same_of_any_day() {
    let fixture = Fixture::hand_kept();
    fixture.run(&["ledger", "spend", "-a", "dealer", "--amount", "100", "--at", "2026-11-02"]).ends(0);
    for day in ["2026-11-10", "2026-11-29", "2026-12-01", "2027-01-15", "2027-06-30"] {
        let status = fixture.run(&["status", "dealer", "--at", day, "--json"]).ends(0).json();
        let balance = fixture.run(&["ledger", "balance", "-a", "dealer", "--at", day, "--json"]).ends(0).json();
        assert_eq!(status, balance, "{day}");
        let history = fixture.run(&["ledger", "history", "-a", "dealer", "--from", day, "--to", day, "--json"]).ends(0).json();
        let total = &status["accounts"][0]["total"];
        assert_eq!(history["points"][0]["total"], *total, "{day}");
        let quote = fixture.run(&["quote", "-a", "dealer", "replace-background=1", "--at", day, "--json"]).ends(0).json();
        let quote = &quote["quotes"][0];
        assert_eq!(quote["affordable_at"], status["at"], "{day}");
        let before = quote["before"].as_array().unwrap().iter();
        let before: f64 = before.map(|bucket| bucket["remaining"].as_f64().unwrap()).sum();
        assert_eq!(Some(before), total.as_f64(), "{day}");
    }
}

#[test]
fn a05_guard_answers_for_the_day_that_is_named() {
    let fixture = Fixture::hand_kept();
    let much = "100000";
    fixture.run(&["ledger", "grant", "-a", "dealer", "--bucket", "purchased", "--amount", much, "--at", "2026-11-19"]).ends(0);
    let guard = |day: &str| fixture.run(&["guard", "-a", "dealer", "--min", much, "--at", day]);
    guard("2027-10-01").ends(0);
    guard("2028-01-01").ends(1);
    guard("2026-11-18").ends(1);
    fixture.run(&["guard", "-a", "dealer", "replace-background=100000", "--at", "2028-01-01"]).ends(1);
}

#[test]
fn a05_another_day_is_looked_at_and_nothing_is_written() {
    let fixture = Fixture::hand_kept();
    fixture.run(&["status"]).ends(0);
    let before = ledger(&fixture);
    assert!(!before.is_empty());
    for arguments in [vec!["status", "--at", "+2w"], vec!["quote", "-a", "dealer", "replace-background=3", "--at", "+2w"]] {
        fixture.run(&arguments).ends(0);
        assert_eq!(ledger(&fixture), before, "{arguments:?}");
    }
    for records in ["--hold", "--commit"] {
        let quote = ["quote", "-a", "dealer", "replace-background=3", "--at", "2026-12-01", records];
        fixture.run(&quote).ends(2).says(&["only looks at another day"]);
    }
    assert_eq!(ledger(&fixture), before);
}
