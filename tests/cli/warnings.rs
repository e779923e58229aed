//! What an account's state, its warnings and its next change say at first glance (SPEC 8.1).

use serde_json::{Value, json};

use super::desk::Desk;

/// A balance kept by hand, without any reset.
const JAR: &str = "[[account]]\nid = \"jar\"\nprovider = \"generic\"\n";

fn look(desk: &Desk) -> Value {
    desk.run(&["status", "jar", "--json"]).ends(0).json()["accounts"][0].clone()
}

fn grant(desk: &Desk, amount: &str, more: &[&str]) {
    let grant = ["ledger", "grant", "-a", "jar", "--bucket", "credits", "--amount", amount];
    desk.run(&[&grant, more].concat()).ends(0);
}

#[test]
fn s8_1_half_a_credit_of_25_is_low_and_says_when_it_runs_out() {
    let desk = Desk::new(JAR);
    grant(&desk, "25.5", &["--at", "2026-11-10"]);
    desk.run(&["ledger", "spend", "-a", "jar", "--amount", "25", "--at", "2026-11-12"]).ends(0);
    let jar = look(&desk);
    assert_eq!(jar["state"], "low");
    assert_eq!(jar["buckets"][0]["full"].to_string(), "25.5");
    let end = jar["forecast"]["runs_out_at"].clone();
    assert_eq!(jar["warnings"], json!([{ "kind": "runs-out", "at": end, "bucket": null, "amount": null }]));
    assert_eq!((&jar["next_change"]["kind"], &jar["next_change"]["at"]), (&json!("runs-out"), &end));
}

#[test]
fn s8_1_what_lapses_within_lapse_days_is_a_warning_and_not_well() {
    let desk = Desk::new(JAR);
    grant(&desk, "98000000000", &["--at", "2026-11-10", "--expires-at", "2026-11-21"]);
    grant(&desk, "5", &["--at", "2026-11-10", "--expires-at", "2026-11-28"]);
    let jar = look(&desk);
    let lapse = json!({ "kind": "lapses", "at": "2026-11-21T00:00:00Z", "bucket": "credits", "amount": 98_000_000_000_u64 });
    assert_eq!((&jar["state"], &jar["warnings"]), (&json!("ok"), &json!([lapse])));
    for (field, value) in lapse.as_object().unwrap() {
        assert_eq!(jar["next_change"][field], *value, "{field}");
    }
    let never = Desk::new(&format!("lapse_days = 0\n{JAR}"));
    grant(&never, "9", &["--at", "2026-11-10", "--expires-at", "2026-11-21"]);
    grant(&never, "9", &["--at", "2026-11-10"]);
    assert_eq!(look(&never)["warnings"], json!([]));
}

#[test]
fn s8_1_an_account_without_anything_is_new_and_becomes_empty_by_use() {
    let desk = Desk::new(JAR);
    assert_eq!((&look(&desk)["state"], &look(&desk)["next_change"]), (&json!("new"), &json!(null)));
    grant(&desk, "5", &["--at", "2026-11-10"]);
    assert_eq!(look(&desk)["state"], "ok");
    desk.run(&["ledger", "spend", "-a", "jar", "--amount", "5"]).ends(0);
    assert_eq!(look(&desk)["state"], "empty");
}

#[test]
fn s8_1_low_below_counts_what_is_spendable() {
    let desk = Desk::new(&format!("low_percent = 0\n{JAR}low_below = 50\n"));
    grant(&desk, "60", &[]);
    assert_eq!(look(&desk)["state"], "ok");
    desk.run(&["ledger", "hold", "-a", "jar", "--amount", "11", "--expires-at", "2026-11-25"]).ends(0);
    let jar = look(&desk);
    assert_eq!(jar["state"], "low");
    assert_eq!((&jar["next_change"]["kind"], &jar["next_change"]["amount"]), (&json!("hold-ends"), &json!(11)));
}
