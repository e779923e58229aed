//! Another day: `--now` stamps what is stored and stays away from a person's own ledger (SPEC A4).

use std::process::Command;

use super::fixture::{Fixture, Run, Simulator};

/// The program as a person runs it: with the default data folder.
fn at_home(fixture: &Fixture, arguments: &[&str]) -> Run {
    let mut command: Command = fixture.command(arguments);
    command.env_remove("CREDITOP_DATA_DIR");
    super::fixture::finish(command.spawn().unwrap())
}

#[test]
fn a04_now_is_refused_where_it_would_stamp_the_default_ledger() {
    let simulator = Simulator::start(&[]);
    let mut fixture = Fixture::polled(&simulator);
    fixture.now = "2027-06-01T09:00:00Z".to_owned();
    let spend = ["ledger", "spend", "-a", "dealer", "--amount", "1"];
    let writing: [&[&str]; 6] = [
        &["status"],
        &["accounts", "test"],
        &["guard", "-a", "studio", "--min", "1"],
        &["quote", "-a", "studio", "imagine=1"],
        &["quote", "-a", "dealer", "replace-background=1", "--hold"],
        &spend,
    ];
    for arguments in writing {
        at_home(&fixture, arguments).ends(2).says(&["--now would stamp", ".local/share/creditop", "--at T", "--data-dir"]);
    }
    for arguments in [&["status", "dealer"][..], &["ledger", "list"], &["accounts", "list"]] {
        at_home(&fixture, arguments).ends(0);
    }
    at_home(&fixture, &["status", "--offline"]).ends(3);
    fixture.run(&spend).ends(0);
}

#[test]
fn a05_figures_that_were_stamped_ahead_are_asked_for_anyway() {
    let simulator = Simulator::start(&[]);
    let mut fixture = Fixture::polled(&simulator);
    let today = fixture.now.clone();
    fixture.now = "2027-06-01T09:00:00Z".to_owned();
    fixture.run(&["status", "studio", "shop"]).ends(0);
    fixture.now = today.clone();
    let seen = |run: &Run| run.json()["accounts"][0]["observed_at"].clone();
    let offline = fixture.run(&["status", "studio", "--offline", "--json"]);
    assert_eq!(seen(&offline), serde_json::Value::Null, "nothing can be observed tomorrow");
    fixture.run(&["guard", "-a", "studio", "--min", "1", "--offline"]).ends(3);
    fixture.run(&["guard", "-a", "shop", "--min", "1"]).ends(0);
    fixture.run(&["accounts", "test", "shop"]).ends(0);
    assert_eq!(seen(&fixture.run(&["status", "studio", "--json"]).ends(0)), *today);
    assert_eq!(seen(&fixture.run(&["status", "studio", "--offline", "--json"])), *today);
}

#[test]
fn a05_a_wait_that_was_stamped_ahead_does_not_keep_from_asking() {
    let simulator = Simulator::start(&["--fault", "shop-cutouts/rate-limited=86400*1"]);
    let mut fixture = Fixture::polled(&simulator);
    let today = fixture.now.clone();
    fixture.now = "2027-06-01T09:00:00Z".to_owned();
    fixture.run(&["accounts", "test", "shop"]).ends(3);
    fixture.now = today;
    fixture.run(&["accounts", "test", "shop"]).ends(0);
}

#[test]
fn e13_what_lies_behind_the_end_of_a_subscription_holds_only_if_it_is_renewed() {
    let simulator = Simulator::start(&[]);
    let fixture = Fixture::polled(&simulator);
    fixture.run(&["status", "studio"]).ends(0);
    // The subscription ends on 7 December, at 14:30.
    let guard = |day: &str| fixture.run(&["guard", "-a", "studio", "imagine=60", "--at", day]);
    assert!(guard("2026-12-06").ends(0).out.contains("It fits"));
    let after = guard("2026-12-10").ends(3).out;
    assert!(after.contains("only if it is renewed") && after.contains("By these figures it fits"), "{after}");
    guard("2027-03-10").ends(3);
    fixture.run(&["guard", "-a", "studio", "--min", "60", "--at", "2026-12-06"]).ends(0);
    fixture.run(&["guard", "-a", "studio", "--min", "60", "--at", "2026-12-10"]).ends(3);
    fixture.run(&["guard", "-a", "studio", "imagine=60", "--at", "2026-12-10", "--allow-stale"]).ends(0);
    let quote = ["quote", "-a", "studio", "imagine=60", "--at", "2026-12-10", "--json"];
    assert_eq!(fixture.run(&quote).ends(0).json()["quotes"][0]["affordable"], serde_json::Value::Null);
    let status = fixture.run(&["status", "studio", "--at", "2026-12-10"]).out;
    assert!(status.contains("these figures hold if it is renewed"), "{status}");
}
