//! What an account's state, its warnings and its next change say at first glance (SPEC 8.1).

use serde_json::{Value, json};

use super::fixture::{Fixture, Simulator};

/// A balance kept by hand, without any reset.
const JAR: &str = "[[account]]\nid = \"jar\"\nprovider = \"generic\"\n";

fn look(fixture: &Fixture) -> Value {
    fixture.run(&["status", "jar", "--json"]).ends(0).json()["accounts"][0].clone()
}

fn grant(fixture: &Fixture, amount: &str, more: &[&str]) {
    let grant = ["ledger", "grant", "-a", "jar", "--bucket", "credits", "--amount", amount];
    fixture.run(&[&grant, more].concat()).ends(0);
}

#[test]
fn s8_1_half_a_credit_of_25_is_low_and_says_when_it_runs_out() {
    let fixture = Fixture::new(JAR);
    grant(&fixture, "25.5", &["--at", "2026-11-10"]);
    fixture.run(&["ledger", "spend", "-a", "jar", "--amount", "25", "--at", "2026-11-12"]).ends(0);
    let jar = look(&fixture);
    assert_eq!(jar["state"], "low");
    assert_eq!(jar["buckets"][0]["full"].to_string(), "25.5");
    let end = jar["forecast"]["runs_out_at"].clone();
    assert_eq!(jar["warnings"], json!([{ "kind": "runs-out", "at": end, "bucket": null, "amount": null }]));
    assert_eq!((&jar["next_change"]["kind"], &jar["next_change"]["at"]), (&json!("runs-out"), &end));
}

#[test]
fn s8_1_what_lapses_within_lapse_days_is_a_warning_and_not_well() {
    let fixture = Fixture::new(JAR);
    grant(&fixture, "98000000000", &["--at", "2026-11-10", "--expires-at", "2026-11-21"]);
    grant(&fixture, "5", &["--at", "2026-11-10", "--expires-at", "2026-11-28"]);
    let jar = look(&fixture);
    let lapse = json!({ "kind": "lapses", "at": "2026-11-21T00:00:00Z", "bucket": "credits", "amount": 98_000_000_000_u64 });
    assert_eq!((&jar["state"], &jar["warnings"]), (&json!("ok"), &json!([lapse])));
    for (field, value) in lapse.as_object().unwrap() {
        assert_eq!(jar["next_change"][field], *value, "{field}");
    }
    let never = Fixture::new(&format!("lapse_days = 0\n{JAR}"));
    grant(&never, "9", &["--at", "2026-11-10", "--expires-at", "2026-11-21"]);
    grant(&never, "9", &["--at", "2026-11-10"]);
    assert_eq!(look(&never)["warnings"], json!([]));
}

#[test]
fn s8_1_an_account_without_anything_is_new_and_becomes_empty_by_use() {
    let fixture = Fixture::new(JAR);
    assert_eq!((&look(&fixture)["state"], &look(&fixture)["next_change"]), (&json!("new"), &json!(null)));
    grant(&fixture, "5", &["--at", "2026-11-10"]);
    assert_eq!(look(&fixture)["state"], "ok");
    fixture.run(&["ledger", "spend", "-a", "jar", "--amount", "5"]).ends(0);
    assert_eq!(look(&fixture)["state"], "empty");
}

#[test]
fn s8_1_low_below_counts_what_is_spendable() {
    let fixture = Fixture::new(&format!("low_percent = 0\n{JAR}low_below = 50\n"));
    grant(&fixture, "60", &[]);
    assert_eq!(look(&fixture)["state"], "ok");
    fixture.run(&["ledger", "hold", "-a", "jar", "--amount", "11", "--expires-at", "2026-11-25"]).ends(0);
    let jar = look(&fixture);
    assert_eq!(jar["state"], "low");
    assert_eq!((&jar["next_change"]["kind"], &jar["next_change"]["amount"]), (&json!("hold-ends"), &json!(11)));
}

#[test]
fn e09_what_was_used_is_said_where_it_is_too_little_for_a_pace() {
    let fixture = Fixture::new(JAR);
    grant(&fixture, "500", &["--at", "2026-11-20T06:00:00Z"]);
    fixture.run(&["ledger", "spend", "-a", "jar", "--amount", "185"]).ends(0);
    let forecast = look(&fixture)["forecast"].clone();
    assert_eq!((&forecast["burn_per_day"], &forecast["used"]), (&json!(null), &json!(185)));
    assert_eq!(forecast["unknown"], json!(["burn_per_day", "runs_out_at", "lapses"]));
    let page = fixture.run(&["status", "jar"]).ends(0).out;
    assert!(page.contains("185 credits were used in 3 h: too short a time for a pace"), "{page}");
    assert!(!page.contains("run out") && !page.contains("No use"), "{page}");
}

#[test]
fn e09_a_drop_that_a_person_observed_is_use() {
    let fixture = Fixture::new(JAR);
    grant(&fixture, "500", &["--at", "2026-11-10"]);
    fixture.run(&["ledger", "observe", "-a", "jar", "--bucket", "credits", "--remaining", "320"]).ends(0);
    let forecast = look(&fixture)["forecast"].clone();
    assert_eq!(forecast["used"], json!(180));
    assert!(forecast["burn_per_day"].as_f64().is_some_and(|burn| burn > 17.0), "{forecast}");
}

#[test]
fn e09_an_account_that_never_resets_is_not_said_to_be_kept_up_by_resets() {
    let fixture = Fixture::new(JAR);
    grant(&fixture, "100000", &["--at", "2026-11-10"]);
    fixture.run(&["ledger", "spend", "-a", "jar", "--amount", "10", "--at", "2026-11-12"]).ends(0);
    let page = fixture.run(&["status", "jar"]).ends(0).out;
    assert!(page.contains("lasts more than 14 months") && !page.contains("resets keep up"), "{page}");
}

#[test]
fn e13_the_future_is_the_same_for_balance_and_history() {
    let fixture = Fixture::hand_kept();
    fixture.run(&["ledger", "spend", "-a", "dealer", "--amount", "100", "--at", "2026-11-02"]).ends(0);
    for day in ["2026-11-20", "2026-11-29", "2026-12-01", "2027-01-15", "2027-06-30"] {
        let balance = fixture.run(&["ledger", "balance", "-a", "dealer", "--at", day, "--json"]).ends(0).json();
        let history = fixture.run(&["ledger", "history", "-a", "dealer", "--from", day, "--to", day, "--json"]).ends(0).json();
        assert_eq!(balance["accounts"][0]["total"], history["points"][0]["total"], "{day}");
    }
}

#[test]
fn e02_an_empty_bucket_keeps_its_place() {
    let fixture = Fixture::hand_kept();
    let order = |fixture: &Fixture| -> Vec<String> {
        let buckets = fixture.run(&["status", "dealer", "--json"]).ends(0).json()["accounts"][0]["buckets"].clone();
        buckets.as_array().unwrap().iter().map(|bucket| bucket["id"].as_str().unwrap().to_owned()).collect()
    };
    let full = order(&fixture);
    fixture.run(&["ledger", "spend", "-a", "dealer", "--amount", "500", "--at", "2026-11-03"]).ends(0);
    assert_eq!(order(&fixture), full, "the promotional credits are gone");
}

#[test]
fn s8_1_a_reversed_observation_does_not_say_when_figures_were_observed() {
    let fixture = Fixture::new(JAR);
    grant(&fixture, "50", &["--at", "2026-11-10"]);
    let observe = ["ledger", "observe", "-a", "jar", "--bucket", "credits", "--remaining", "40", "--ref", "page"];
    fixture.run(&[&observe[..], &["--at", "2026-11-12"]].concat()).ends(0);
    assert_eq!(look(&fixture)["observed_at"], "2026-11-12T00:00:00Z");
    fixture.run(&["ledger", "reverse", "-a", "jar", "--reverses", "page", "--at", "2026-11-13"]).ends(0);
    assert_eq!(look(&fixture)["observed_at"], json!(null));
}

#[test]
fn s8_1_csv_says_what_is_known_of_the_total() {
    let run = Fixture::hand_kept().run(&["status", "--csv"]).ends(0);
    assert!(run.out.lines().next().unwrap().contains("known_total,warnings,next_change,next_change_at"), "{}", run.out);
}

#[test]
fn e13_a_polled_subscription_has_one_future_whoever_asks() {
    let simulator = Simulator::start(&[]);
    let fixture = Fixture::polled(&simulator);
    fixture.run(&["status", "studio"]).ends(0);
    for day in ["2026-12-01T00:00:00Z", "2026-12-07T14:30:00Z", "2026-12-20T00:00:00Z"] {
        let balance = fixture.run(&["ledger", "balance", "-a", "studio", "--at", day, "--json"]).ends(0).json();
        let history = fixture.run(&["ledger", "history", "-a", "studio", "--from", day, "--to", day, "--json"]).ends(0).json();
        assert_eq!(balance["accounts"][0]["total"], json!(2600), "{day}");
        assert_eq!(history["points"][0]["total"], json!(2600), "{day}");
        assert_ne!(balance["accounts"][0]["state"], "lapsed", "{day}");
        let behind_the_end = json!(day >= "2026-12-07T14:30:00Z");
        assert_eq!(balance["accounts"][0]["if_renewed"], behind_the_end, "{day}");
        assert_eq!(history["points"][0]["if_renewed"], behind_the_end, "{day}");
        let status = fixture.run(&["status", "studio", "--offline", "--at", day, "--json"]).json();
        assert_eq!(status["accounts"][0]["if_renewed"], behind_the_end, "{day}");
        let rows = fixture.run(&["ledger", "history", "-a", "studio", "--from", day, "--to", day]).ends(0).out;
        assert_eq!(json!(rows.contains("if renewed")), behind_the_end, "{rows}");
        let sheet = fixture.run(&["ledger", "history", "-a", "studio", "--from", day, "--to", day, "--csv"]).ends(0).out;
        assert_eq!(json!(sheet.trim_end().ends_with(",true")), behind_the_end, "{sheet}");
    }
}

#[test]
fn e11_a_lapse_names_the_part_that_is_promised() {
    let fixture = Fixture::new(JAR);
    grant(&fixture, "100", &["--at", "2026-11-10", "--expires-at", "2026-11-25"]);
    fixture.run(&["ledger", "spend", "-a", "jar", "--amount", "10", "--at", "2026-11-12"]).ends(0);
    fixture.run(&["ledger", "hold", "-a", "jar", "--amount", "40"]).ends(0);
    let jar = look(&fixture);
    assert_eq!((&jar["next_change"]["amount"], &jar["next_change"]["held"]), (&json!(90), &json!(40)));
    assert_eq!(jar["forecast"]["lapses"][0]["held"], json!(40));
    let page = fixture.run(&["status", "jar"]).ends(0).out;
    assert!(page.contains("40 of it held for planned work"), "{page}");
}

#[test]
fn e09_a_forecast_names_what_it_does_not_know() {
    let simulator = Simulator::start(&[]);
    let mut fixture = Fixture::polled(&simulator);
    fixture.run(&["status", "studio"]).ends(0);
    fixture.now = "2026-11-22T09:00:00Z".to_owned();
    let stale = fixture.run(&["status", "studio", "--offline", "--json", "--allow-stale"]).ends(0).json();
    let forecast = &stale["accounts"][0]["forecast"];
    assert_eq!((&forecast["runs_out_at"], &forecast["because"][0]["kind"]), (&json!(null), &json!("stale")));
    let page = fixture.run(&["status", "studio", "--offline", "--allow-stale"]).ends(0).out;
    assert!(page.contains("How long it lasts can't be told: the figures are 2 d old"), "{page}");
    assert!(!page.contains("14 months"), "{page}");
}

#[test]
fn p02_figures_that_cant_be_refreshed_for_want_of_a_key_are_not_called_old() {
    let simulator = Simulator::start(&[]);
    let mut fixture = Fixture::polled(&simulator);
    fixture.run(&["status", "studio"]).ends(0);
    fixture.variables.retain(|(name, _)| name != "STUDIO_KEY");
    let page = |fixture: &Fixture| {
        let run = fixture.run(&["status", "studio", "--max-age", "1s"]).ends(3);
        run.out.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    fixture.now = "2026-11-20T09:00:40Z".to_owned();
    let now = page(&fixture);
    assert!(!now.contains("s old") && now.contains("there is no key to ask with"), "{now}");
    fixture.now = "2026-11-20T09:30:00Z".to_owned();
    let later = page(&fixture);
    assert!(later.contains("there is no key to ask with, and the figures are 30 min old"), "{later}");
}

#[test]
fn e09_what_was_used_just_now_took_no_time_that_could_be_told() {
    let fixture = Fixture::new(JAR);
    grant(&fixture, "500", &["--at", "2026-11-20T09:00:00Z"]);
    fixture.run(&["ledger", "spend", "-a", "jar", "--amount", "185"]).ends(0);
    let page = fixture.run(&["status", "jar"]).ends(0).out;
    assert!(page.contains("185 credits were used: too short a time for a pace") && !page.contains("0 s"), "{page}");
}
