//! What somebody reads who has just written a configuration: days that were set, comparisons that come to nothing, plain words.

use serde_json::{Value, json};

use super::fixture::{Fixture, NOW, Simulator};

/// A polled account with these settings, which is never asked.
fn unasked(settings: &str) -> Fixture {
    Fixture::new(&format!(
        "[[account]]\nid = \"studio\"\nprovider = \"imaginepro\"\nkey = {{ env = \"STUDIO_KEY\" }}\n{settings}\n"
    ))
}

fn account(fixture: &Fixture, more: &[&str]) -> Value {
    let run = fixture.run(&[&["status", "studio", "--json"], more].concat());
    run.json()["accounts"][0].clone()
}

#[test]
fn p07_a_configured_billing_day_is_known_before_the_first_poll() {
    let fixture = unasked("billing_day = 7");
    let monthly = account(&fixture, &["--offline"])["buckets"][0].clone();
    assert_eq!((&monthly["reset_source"], &monthly["resets_at"]), (&json!("configured"), &json!("2026-12-07T00:00:00Z")));
    assert_eq!(
        (&monthly["remaining"], &monthly["resets_to"]),
        (&json!(null), &json!(null)),
        "the figures are unknown all the same"
    );
    let page = fixture.run(&["status", "studio", "--offline"]).out;
    assert!(page.contains("refills in 16 d 15 h") && !page.contains("reset day unknown"), "{page}");
    let later = account(&fixture, &["--offline", "--at", "2026-12-08"])["buckets"][0].clone();
    assert_eq!(later["resets_at"], "2027-01-07T00:00:00Z");
    let unset = account(&unasked(""), &["--offline"])["buckets"][0].clone();
    assert_eq!((&unset["reset_source"], &unset["resets_at"]), (&json!("unknown"), &json!(null)));
}

#[test]
fn words_a_comparison_that_no_account_can_do_whole_says_so() {
    let simulator = Simulator::start(&[]);
    let fixture = Fixture::polled(&simulator);
    let plan = ["quote", "--compare", "imagine=1", "replace-background=1"];
    let run = fixture.run(&plan).ends(0);
    let words = run.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("No account does all of this") && words.contains("ACCOUNT/ACTION=QTY"), "{words}");
    assert!(!words.contains("Value"), "there is nothing to head: {words}");
    let document = fixture.run(&[plan.as_slice(), &["--json"]].concat()).ends(0).json();
    assert_eq!(document["quotes"], json!([]));
}

#[test]
fn p04_the_next_poll_is_never_in_the_past() {
    let simulator = Simulator::start(&[]);
    let mut fixture = Fixture::polled(&simulator);
    assert_eq!(
        account(&fixture, &[])["next_poll_at"],
        "2026-11-20T09:05:00Z",
        "an interval after a poll that brought something new"
    );
    // Past that, who polls and when is not written down anywhere.
    fixture.now = "2026-11-20T09:10:00Z".to_owned();
    assert_eq!(account(&fixture, &["--offline"])["next_poll_at"], json!(null));
    // Nothing changed for three intervals: from then on it is asked less often where nobody looks.
    fixture.now = "2026-11-20T09:20:00Z".to_owned();
    assert_eq!(account(&fixture, &[])["next_poll_at"], json!(null));
    // Just before a known reset the poll comes just after it.
    let billed = unasked(&format!("billing_day = 21\nbase_url = \"{}\"", simulator.url));
    let mut billed = billed;
    billed.variable("STUDIO_KEY", "demo-imaginepro-studio");
    billed.now = "2026-11-20T23:58:00Z".to_owned();
    assert_eq!(account(&billed, &[])["next_poll_at"], "2026-11-21T00:00:05Z");
}

#[test]
fn e13_the_first_part_of_a_split_on_another_day_names_that_day() {
    let fixture = Fixture::hand_kept();
    let plan = ["quote", "-a", "dealer", "replace-background=1200"];
    let now = fixture.run(&plan).ends(0).out;
    assert!(now.contains("In parts") && now.lines().any(|line| line.starts_with("now ")), "{now}");
    let then = fixture.run(&[plan.as_slice(), &["--at", "2026-11-25"]].concat()).ends(0).out;
    assert!(then.contains("In parts") && !then.lines().any(|line| line.starts_with("now ")), "{then}");
    assert!(then.lines().any(|line| line.starts_with("Wed 25 Nov 2026 00:00 UTC ")), "{then}");
}

#[test]
fn words_a_listed_spend_says_what_its_first_figure_counts() {
    let fixture = Fixture::hand_kept();
    fixture.run(&["ledger", "spend", "-a", "dealer", "--action", "replace-background", "--quantity", "3"]).ends(0);
    let list = fixture.run(&["ledger", "list"]).ends(0).out;
    assert!(list.contains("3 credits for 3 × "), "{list}");
}

#[test]
fn e05_a_grant_says_which_expiry_the_rule_gave() {
    let fixture = Fixture::hand_kept();
    let grant = |more: &[&str]| {
        let given = ["ledger", "grant", "-a", "dealer", "--bucket", "purchased", "--amount", "5"];
        fixture.run(&[&given, more].concat()).ends(0).err
    };
    let lots = |reference: &str| {
        let document = fixture.run(&["status", "dealer", "--json"]).ends(0).json();
        let buckets = document["accounts"][0]["buckets"].as_array().unwrap().clone();
        let lots: Vec<Value> = buckets.iter().flat_map(|bucket| bucket["lots"].as_array().unwrap().clone()).collect();
        lots.into_iter().find(|lot| lot["ref"] == reference).unwrap()["expires_at"].clone()
    };
    let said = grant(&["--ref", "inv-1"]);
    assert_eq!(lots("inv-1"), "2027-11-20T09:00:00Z");
    assert!(said.contains("by the bucket's rule") && said.contains("20 Nov 2027"), "{said}");
    assert_eq!(grant(&["--ref", "inv-2", "--expires-at", "never"]), "", "who typed it knows it");
}

#[test]
fn words_the_end_of_a_subscription_is_told_once() {
    let simulator = Simulator::start(&[]);
    let mut fixture = Fixture::polled(&simulator);
    let ends = |page: &str| page.matches("ubscription ends").count();
    let far = fixture.run(&["status", "studio"]).ends(0).out;
    assert_eq!(ends(&far), 1, "{far}");
    fixture.now = "2026-12-03T09:00:00Z".to_owned();
    let near = fixture.run(&["status", "studio", "--offline"]).out;
    assert_eq!(ends(&near), 1, "at {NOW} polled, and now {near}");
    assert!(near.contains("(2026-12-07 14:30)"), "{near}");
}

#[test]
fn p05_capital_letters_in_front_of_an_address_are_named() {
    let fixture = unasked("base_url = \"HTTP://127.0.0.1:9000\"");
    let run = fixture.run(&["config", "check"]);
    let said = format!("{}{}", run.out, run.err);
    assert!(said.contains("small letters") && !said.contains("begins neither"), "{said}");
}
