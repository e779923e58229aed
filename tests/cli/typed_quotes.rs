//! Quotes without an account: a provider and a plan, with balances as somebody types them (SPEC 6).

use serde_json::{Value, json};

use super::fixture::Fixture;

/// The words of a typed quote's page, a blank between each two.
fn page(words: &[&str]) -> String {
    let run = Fixture::new("").run(&[&["quote", "--provider"], words].concat()).ends(0);
    run.out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A typed quote as JSON.
fn quote(words: &[&str]) -> Value {
    Fixture::new("").run(&[&["quote", "--json", "--provider"], words].concat()).ends(0).json()["quotes"][0].clone()
}

#[test]
fn e09_a_recurring_bucket_that_nobody_typed_is_unknown_and_not_empty() {
    let nothing_typed = ["photoroom", "--plan", "plus", "remove-background=7"];
    let answer = quote(&nothing_typed);
    assert_eq!((&answer["affordable"], &answer["shortfall"]), (&json!(null), &json!(null)), "{answer}");
    assert_eq!(answer["before"][0]["unknown"], json!(["remaining"]));
    let text = page(&nothing_typed);
    assert!(text.contains("Can't tell whether it fits") && !text.contains("does not fit"), "{text}");
    assert!(text.contains("what Images holds is not known") && text.contains("--balance images=N"), "{text}");
    // Beside what was typed it is unknown as well, and so is the answer where the rest does not pay.
    let beside = ["imaginepro", "--balance", "extra=1000"];
    assert_eq!(quote(&[beside.as_slice(), &["imagine=165"]].concat())["affordable"], json!(null));
    assert_eq!(quote(&[beside.as_slice(), &["imagine=100"]].concat())["affordable"], json!(true));
}

#[test]
fn e09_other_buckets_that_nobody_typed_are_taken_as_empty_and_said_to_be() {
    let text = page(&["ai-background-studio", "--plan", "professional-plus", "--balance", "monthly=500", "replace-background=7"]);
    assert!(text.contains("Promotional and Purchased are taken as empty: no --balance was typed for them."), "{text}");
    let text = page(&["ai-background-studio", "--plan", "basic", "replace-background=7"]);
    assert!(text.contains("taken as empty") && text.contains("never without buying"), "{text}");
    let all = ["imaginepro", "--balance", "monthly=5", "--balance", "extra=9", "imagine=1"];
    assert!(!page(&all).contains("taken as empty"), "{}", page(&all));
}

/// 500 of the month are left and 700 are wanted.
const TOO_MUCH: [&str; 6] =
    ["ai-background-studio", "--plan", "professional-plus", "--balance", "monthly=500", "replace-background=700"];

#[test]
fn e09_a_quote_says_why_it_cant_be_told_when_it_fits_and_what_to_type() {
    let text = page(&TOO_MUCH);
    assert!(text.contains("when it will can't be told: the day on which Monthly resets is not known"), "{text}");
    assert!(text.contains("Add --reset-day DAY"), "{text}");
    // With the day, it is what the reset brings that is missing.
    let text = page(&[TOO_MUCH.as_slice(), &["--reset-day", "1"]].concat());
    assert!(text.contains("what Monthly holds is not known from then on (in 10 d 15 h)"), "{text}");
    assert!(text.contains("Add --slots N") && !text.contains("Add --reset-day"), "{text}");
}

#[test]
fn e09_a_quote_of_an_account_says_why_it_cant_be_told_when_it_fits() {
    let account = "[[account]]\nid = \"dealer\"\nprovider = \"ai-background-studio\"\nplan = \"professional-plus\"\nslots = 50\nsince = 2026-11-01\n";
    let fixture = Fixture::new(account);
    let text = fixture.run(&["quote", "-a", "dealer", "replace-background=700"]).ends(0).out;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("the day on which Monthly resets is not known"), "{text}");
    assert!(text.contains("Set reset_day on the account"), "{text}");
}

#[test]
fn e09_a_typed_quote_is_as_exact_as_an_account_once_all_is_typed() {
    let split = |more: &[&str]| quote(&[TOO_MUCH.as_slice(), more].concat())["split"].clone();
    let part = |at: &str, quantity: u32| json!({"at": at, "action": "replace-background", "variant": null, "quantity": quantity, "line": 0, "approximate": false, "if_renewed": false});
    let parts = json!([part("2026-11-20T09:00:00Z", 500), part("2026-12-01T00:00:00Z", 200)]);
    assert_eq!(split(&["--reset-day", "1", "--slots", "50"]), parts);
    // What the definition does not know can be typed as well, and the reset as an instant.
    assert_eq!(split(&["--reset-day", "2026-12-01", "--quota", "monthly=500"]), parts);
    let later = json!([part("2026-11-20T09:00:00Z", 500), part("2026-12-07T14:30:00Z", 200)]);
    assert_eq!(split(&["--reset-day", "2026-12-07T14:30:00Z", "--quota", "monthly=500"]), later);
    let polled = ["photoroom", "--plan", "basic", "--balance", "images=5", "remove-background=9"];
    let polled = quote(&[polled.as_slice(), &["--reset-day", "7", "--quota", "images=100"]].concat());
    assert_eq!(polled["affordable_at"], json!("2026-12-07T00:00:00Z"), "{polled}");
}

#[test]
fn a06_the_days_of_a_typed_quote_are_of_the_display_zone() {
    let quote = |more: &[&str]| quote(&[TOO_MUCH.as_slice(), &["--slots", "50", "--tz", "Asia/Tokyo"], more].concat());
    let split = quote(&["--reset-day", "2026-12-07 14:30"])["split"][1]["at"].clone();
    assert_eq!(split, json!("2026-12-07T05:30:00Z"));
    let at = Fixture::new("").run(&[
        "quote",
        "--json",
        "--tz",
        "Asia/Tokyo",
        "--at",
        "2026-12-02",
        "--provider",
        "pixpretty",
        "--plan",
        "plus",
        "remove-background=1",
    ]);
    assert_eq!(at.ends(0).json()["at"], json!("2026-12-01T15:00:00Z"));
}

#[test]
fn what_a_typed_quote_cant_use_is_refused_with_a_way_out() {
    let fixture = Fixture::new("");
    for (words, texts) in [
        (&["pixpretty", "--reset-day", "3", "remove-background=1"][..], &["--reset-day", "PixPretty", "hint: "][..]),
        (&["ai-background-studio", "--plan", "basic", "--reset-day", "32", "replace-background=1"], &["1 to 31"]),
        (&["ai-background-studio", "--plan", "basic", "--reset-day", "sometime", "replace-background=1"], &["--reset-day"]),
        (&["photoroom", "--plan", "plus", "--slots", "5", "remove-background=1"], &["--slots", "Photoroom", "hint: "]),
        (&["photoroom", "--plan", "plus", "--quota", "image=5", "remove-background=1"], &["\"images\""]),
        (
            &["ai-background-studio", "--plan", "basic", "--quota", "purchased=5", "replace-background=1"],
            &["--quota", "does not reset", "hint: "],
        ),
    ] {
        fixture.run(&[&["quote", "--provider"], words].concat()).ends(2).says(texts);
    }
    for option in [["--reset-day", "3"], ["--slots", "5"], ["--quota", "monthly=5"]] {
        let fixture = Fixture::hand_kept();
        let run = fixture.run(&[&["quote", "-a", "dealer", "replace-background=1"], option.as_slice()].concat()).ends(2);
        run.says(&[&format!("{} goes with --provider", option[0]), "hint: "]);
    }
}
