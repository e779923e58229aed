//! A clock that jumped ahead once, and is right again (S1).

use crate::fixture::{Fixture, NOW, Simulator};

const JUMPED: &str = "2035-06-01T09:00:00Z";

fn at(fixture: &mut Fixture, now: &str) {
    now.clone_into(&mut fixture.now);
}

fn studio(fixture: &Fixture) -> serde_json::Value {
    fixture.run(&["status", "studio", "--offline", "--json"]).json()["accounts"][0].clone()
}

#[test]
fn s01_a_poll_that_is_stamped_ahead_is_doubted_and_said_and_blinds_nobody() {
    let simulator = Simulator::start(&[]);
    let mut fixture = Fixture::polled(&simulator);
    at(&mut fixture, JUMPED);
    fixture.run(&["status", "studio"]);
    at(&mut fixture, NOW);
    let doubted = studio(&fixture);
    assert_eq!((&doubted["state"], &doubted["error"]["kind"]), (&"error".into(), &"clock".into()), "{doubted}");
    let guard = fixture.run(&["guard", "-a", "studio", "--min", "1", "--offline"]).ends(3);
    assert!(guard.out.contains("stamped 2035-06-01T09:00:00Z, and now is 2026-11-20T09:00:00Z"), "{}", guard.out);
    // The next answer counts, and what is refused afterwards is heard.
    fixture.run(&["status", "studio"]).ends(0);
    assert_eq!((&studio(&fixture)["state"], &studio(&fixture)["total"]), (&"ok".into(), &2600.into()));
    fixture.variable("STUDIO_KEY", "nobody-s");
    at(&mut fixture, "2026-11-20T09:30:00Z");
    fixture.run(&["guard", "-a", "studio", "--min", "1"]).ends(3);
    let test = fixture.run(&["accounts", "test", "studio"]).ends(3);
    assert!(test.out.contains("key refused"), "{}", test.out);
}

#[test]
fn s01_figures_from_before_the_jump_are_stale_and_never_fresh() {
    let simulator = Simulator::start(&[]);
    let mut fixture = Fixture::polled(&simulator);
    fixture.run(&["status", "studio"]).ends(0);
    // Something is recorded, so that the next poll has a place of its own.
    fixture.run(&["ledger", "spend", "-a", "studio", "--amount", "1"]).ends(0);
    at(&mut fixture, JUMPED);
    fixture.run(&["status", "studio"]);
    at(&mut fixture, "2026-11-20T09:01:00Z");
    let doubted = studio(&fixture);
    assert_eq!(
        (&doubted["state"], &doubted["error"]["kind"], &doubted["total"]),
        (&"stale".into(), &"clock".into(), &2599.into())
    );
    assert_eq!(doubted["warnings"][0]["kind"], "stale", "{doubted}");
    let page = fixture.run(&["status", "studio", "--offline"]).ends(3);
    assert!(page.out.contains("a clock was wrong"), "{}", page.out);
    fixture.run(&["guard", "-a", "studio", "--min", "1", "--offline"]).ends(3);
}

/// The machine's clock, so many seconds on.
fn machine_in(seconds: i64) -> String {
    (chrono::Utc::now() + chrono::TimeDelta::seconds(seconds)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

fn shop(fixture: &Fixture) -> serde_json::Value {
    fixture.run(&["status", "shop", "--offline", "--json"]).json()["accounts"][0].clone()
}

#[test]
fn s01_a_clock_that_is_a_little_ahead_is_another_machines_and_what_it_stamped_is_fresh() {
    let simulator = Simulator::start(&[]);
    let mut fixture = Fixture::polled(&simulator);
    at(&mut fixture, &machine_in(60));
    fixture.run(&["status", "shop"]).ends(0);
    at(&mut fixture, "");
    let seen = shop(&fixture);
    assert_eq!(
        (&seen["state"], &seen["error"], &seen["total"]),
        (&"ok".into(), &serde_json::Value::Null, &130.4.into()),
        "{seen}"
    );
    fixture.run(&["status", "shop", "--offline"]).ends(0);
    fixture.run(&["guard", "-a", "shop", "--min", "1", "--offline"]).ends(0);
    fixture.run(&["accounts", "list"]).ends(0);
}

#[test]
fn s01_what_the_machine_stamped_years_ahead_is_said_and_is_not_called_never_polled() {
    let simulator = Simulator::start(&[]);
    let mut fixture = Fixture::polled(&simulator);
    at(&mut fixture, JUMPED);
    fixture.run(&["status", "shop"]).ends(0);
    at(&mut fixture, "");
    let doubted = shop(&fixture);
    assert_eq!((&doubted["state"], &doubted["error"]["kind"]), (&"error".into(), &"clock".into()), "{doubted}");
    for command in
        [&["status", "shop"][..], &["guard", "-a", "shop", "--min", "1"], &["guard", "-a", "shop", "remove-background=1"]]
    {
        let said = fixture.run(&[command, &["--offline"]].concat()).ends(3).out;
        assert!(said.contains("a clock was wrong") && !said.contains("polled yet"), "{command:?}: {said}");
    }
    // With older figures it is those that are shown, as old ones.
    let mut fixture = Fixture::polled(&simulator);
    at(&mut fixture, &machine_in(-60));
    fixture.run(&["status", "shop"]).ends(0);
    at(&mut fixture, JUMPED);
    fixture.run(&["status", "shop"]).ends(0);
    at(&mut fixture, "");
    let doubted = shop(&fixture);
    assert_eq!(
        (&doubted["state"], &doubted["error"]["kind"], &doubted["total"]),
        (&"stale".into(), &"clock".into(), &130.4.into())
    );
    let said = fixture.run(&["status", "shop", "--offline"]).ends(3).out;
    assert!(said.contains("a clock was wrong"), "{said}");
}

#[test]
fn s01_verify_names_and_mends_what_a_wrong_clock_stamped() {
    let simulator = Simulator::start(&[]);
    let mut fixture = Fixture::polled(&simulator);
    fixture.run(&["ledger", "spend", "-a", "studio", "--amount", "1"]).ends(0);
    at(&mut fixture, JUMPED);
    fixture.run(&["status", "studio"]);
    at(&mut fixture, NOW);
    let verified = fixture.run(&["ledger", "verify"]).ends(0);
    assert!(verified.err.contains("note: row 2: a poll of studio is stamped 2035-06-01T09:00:00Z"), "{}", verified.err);
    assert!(verified.err.contains("verify --mend"), "{}", verified.err);
    let refused = fixture.run(&["ledger", "verify", "--mend"]).ends(2);
    assert!(refused.err.contains("nothing was mended") && refused.err.contains("--yes"), "{}", refused.err);
    let mended = fixture.run(&["ledger", "verify", "--mend", "--yes"]).ends(0);
    let copy = mended.err.split("as it was is ").nth(1).unwrap().trim();
    assert!(std::fs::exists(copy).unwrap(), "{}", mended.err);
    assert_eq!(fixture.run(&["ledger", "verify"]).ends(0).err, "");
    assert_eq!(studio(&fixture)["error"], serde_json::Value::Null);
    fixture.run(&["status", "studio"]).ends(0);
    assert_eq!(fixture.run(&["ledger", "verify"]).ends(0).err, "");
}

#[test]
fn s01_an_entry_after_one_that_was_recorded_later_says_so_and_is_not_held_up_by_it() {
    let mut fixture = Fixture::hand_kept();
    fixture.run(&["ledger", "grant", "-a", "dealer", "--bucket", "purchased", "--amount", "10"]).ends(0);
    at(&mut fixture, JUMPED);
    let spend = fixture.run(&["ledger", "spend", "-a", "dealer", "--amount", "400", "--ref", "ahead"]).ends(0);
    assert!(!spend.err.contains("clock"), "{}", spend.err);
    at(&mut fixture, NOW);
    let told = fixture.run(&["ledger", "hold", "-a", "dealer", "--amount", "60"]).ends(0);
    assert!(told.err.contains("entry \"ahead\" of dealer was recorded before it at 2035-06-01T09:00:00Z"), "{}", told.err);
    assert!(fixture.run(&["ledger", "list"]).ends(0).err.is_empty());
}

#[test]
fn s02_what_a_wrong_clock_dated_ahead_is_named_and_counts_where_credits_are_promised() {
    let mut fixture = Fixture::hand_kept();
    let before = fixture.run(&["status", "dealer", "--json"]).json()["accounts"][0].clone();
    let there: i64 = before["spendable"].as_i64().unwrap();
    at(&mut fixture, JUMPED);
    let half = (there / 2 - 1).to_string();
    fixture.run(&["ledger", "hold", "-a", "dealer", "--amount", &half, "--ref", "held ahead"]).ends(0);
    fixture.run(&["ledger", "spend", "-a", "dealer", "--amount", &half, "--ref", "spent-ahead"]).ends(0);
    at(&mut fixture, NOW);
    let status = fixture.run(&["status", "dealer", "--json"]).ends(0).json()["accounts"][0].clone();
    let named: Vec<_> = status["warnings"].as_array().unwrap().iter().filter(|one| one["kind"] == "dated-ahead").collect();
    assert_eq!(named.len(), 2, "{status}");
    assert_eq!(
        (&named[0]["ref"], &named[0]["at"], &named[0]["amount"]),
        (&"held ahead".into(), &JUMPED.into(), &(there / 2 - 1).into())
    );
    let page = fixture.run(&["status", "dealer"]).ends(0).out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(page.contains("creditop ledger reverse --account dealer --reverses \"spent-ahead\""), "{page}");
    let verified = fixture.run(&["ledger", "verify"]).ends(0).err;
    assert!(verified.contains("spend \"spent-ahead\" of dealer is dated 2035-06-01T09:00:00Z"), "{verified}");
    assert!(verified.contains("creditop ledger reverse --account dealer"), "{verified}");
    // Two are left; what took the others has happened by now, whatever it is dated.
    let too_much = fixture.run(&["ledger", "hold", "-a", "dealer", "--amount", "3"]).ends(1);
    assert!(too_much.err.contains("a wrong clock") && too_much.err.contains("creditop ledger reverse"), "{}", too_much.err);
    fixture.run(&["ledger", "adjust", "-a", "dealer", "--bucket", "monthly", "--amount=-3"]).ends(1);
    fixture.run(&["ledger", "hold", "-a", "dealer", "--amount", "2", "--ref", "fits"]).ends(0);
    fixture.run(&["ledger", "release", "-a", "dealer", "--hold", "fits"]).ends(0);
    for reference in ["held ahead", "spent-ahead"] {
        fixture.run(&["ledger", "reverse", "-a", "dealer", "--reverses", reference]).ends(0);
    }
    let status = fixture.run(&["status", "dealer", "--json"]).ends(0).json()["accounts"][0].clone();
    assert!(!status["warnings"].to_string().contains("dated-ahead"), "{status}");
    assert_eq!(fixture.run(&["ledger", "verify"]).ends(0).err, "");
    fixture.run(&["ledger", "hold", "-a", "dealer", "--amount", &there.to_string()]).ends(0);
}

#[test]
fn l01_what_a_wrong_clock_dated_ahead_can_be_reversed_once_the_clock_is_right() {
    let mut fixture = Fixture::hand_kept();
    fixture.run(&["ledger", "grant", "-a", "dealer", "--bucket", "purchased", "--amount", "10"]).ends(0);
    let before = fixture.run(&["ledger", "balance", "-a", "dealer", "--at", "2035-06-02", "--json"]).json();
    at(&mut fixture, JUMPED);
    for entry in [
        &["grant", "--bucket", "purchased", "--amount", "7", "--ref", "lot", "--expires-at", "never"][..],
        &["hold", "--amount", "1", "--ref", "held"],
        &["spend", "--amount", "5000", "--ref", "ahead"],
    ] {
        fixture.run(&[&["ledger", entry[0], "-a", "dealer"][..], &entry[1..]].concat()).ends(0);
    }
    at(&mut fixture, NOW);
    fixture
        .run(&["ledger", "reverse", "-a", "dealer", "--reverses", "ahead", "--at", "2026-11-20"])
        .ends(2)
        .says(&["the reversal is dated before ahead itself (2035-06-01T09:00:00Z)", "leave its instant out"]);
    for reference in ["ahead", "held", "lot"] {
        let reversed = fixture.run(&["ledger", "reverse", "-a", "dealer", "--reverses", reference]).ends(0);
        let note = format!("note: it is dated 2035-06-01T09:00:00Z, as {reference} is: a wrong clock put that after now");
        assert!(reversed.err.contains(&note), "{}", reversed.err);
        fixture.run(&["ledger", "reverse", "-a", "dealer", "--reverses", reference]).ends(1).says(&["was reversed already"]);
    }
    fixture.run(&["ledger", "verify"]).ends(0);
    let after = fixture.run(&["ledger", "balance", "-a", "dealer", "--at", "2035-06-02", "--json"]).json();
    assert_eq!(after["accounts"][0]["total"], before["accounts"][0]["total"]);
    assert_eq!(after["accounts"][0]["uncovered"], before["accounts"][0]["uncovered"]);
    // Where the clock has come that far, the whole can be taken into another ledger.
    let export = fixture.run(&["ledger", "export"]).ends(0).out;
    let mut other = Fixture::hand_kept();
    at(&mut other, "2035-06-02T09:00:00Z");
    other.run_with(&["ledger", "import", "-"], &export).ends(0);
    other.run(&["ledger", "verify"]).ends(0);
}
