//! What does not fit at once, word for word as people met it: when it runs, in which parts, and that nothing is advised that would
//! fail (SPEC 6).

use serde_json::{Value, json};

use super::fixture::{Fixture, NOW};

/// An account of this many slots, 10 credits a month each, with so much left of this month's and so much bought.
fn fixture(slots: u32, monthly: u32, bought: u32) -> Fixture {
    let fixture = Fixture::new(&format!(
        "[[account]]\nid = \"dealer\"\nprovider = \"ai-background-studio\"\nplan = \"professional-plus\"\nslots = {slots}\n\
         reset_day = 1\nlaunch_date = 2026-01-05\nsince = 2026-11-02\n"
    ));
    fixture.run(&["ledger", "observe", "-a", "dealer", &format!("monthly={monthly}"), &format!("purchased={bought}")]).ends(0);
    fixture
}

/// A quote as the page says it, in single spaces, and as JSON.
fn quote(fixture: &Fixture, photos: u32) -> (String, Value) {
    let line = format!("replace-background={photos}");
    let plan = ["quote", "-a", "dealer", line.as_str()];
    let page = fixture.run(&plan).ends(0).out.split_whitespace().collect::<Vec<_>>().join(" ");
    (page, fixture.run(&[plan.as_slice(), &["--json"]].concat()).ends(0).json()["quotes"][0].clone())
}

fn parts(quote: &Value) -> Vec<(String, u64)> {
    let parts = quote["split"].as_array().into_iter().flatten();
    parts.map(|part| (part["at"].as_str().unwrap().to_owned(), part["quantity"].as_u64().unwrap())).collect()
}

fn kinds(quote: &Value) -> Vec<&str> {
    quote["advice"].as_array().unwrap().iter().map(|advice| advice["kind"].as_str().unwrap()).collect()
}

fn first_of(month: &str) -> String {
    format!("{month}-01T00:00:00Z")
}

#[test]
fn split_244_now_is_not_advised_where_the_reset_brings_2_600_and_the_rest_costs_4_536() {
    // 1,600 a month and 1,000 bought: 2,600 just after the reset, and the rest of 4,780 would cost 4,536.
    let fixture = fixture(160, 244, 1000);
    let (page, quote) = quote(&fixture, 4780);
    assert_eq!(kinds(&quote), ["buy"], "{page}");
    assert!(!page.contains("244 of") && !page.contains("the rest just after"), "{page}");
    let expected = [(NOW.to_owned(), 1244), (first_of("2026-12"), 1600), (first_of("2027-01"), 1600), (first_of("2027-02"), 336)];
    assert_eq!(parts(&quote), expected);
    assert!(page.contains("not all at once, but in parts") && !page.contains("never"), "{page}");
}

#[test]
fn split_1_442_has_a_date_and_1_443_is_not_within_14_months() {
    // 42 are left, and 14 resets bring 100 each.
    let fixture = fixture(10, 42, 0);
    let (page, last) = quote(&fixture, 1442);
    assert_eq!(parts(&last).last(), Some(&(first_of("2028-01"), 100)), "{page}");
    assert_eq!(parts(&last).iter().map(|(_, quantity)| quantity).sum::<u64>(), 1442);
    assert!(page.contains("1 Jan 2028") && !page.contains("never"), "{page}");
    let (page, beyond) = quote(&fixture, 1443);
    assert_eq!((&beyond["split"], &beyond["affordable_at"], &beyond["unknown"]), (&json!(null), &json!(null), &json!([])));
    assert_eq!(beyond["horizon"], "2028-01-20T09:00:00Z");
    assert!(page.contains("not within 14 months") && !page.contains("never"), "{page}");
}

#[test]
fn split_700_photos_over_500_a_month_run_now_and_on_the_1st_without_a_purchase() {
    let (page, exact) = quote(&fixture(50, 500, 0), 700);
    assert_eq!(parts(&exact), [(NOW.to_owned(), 500), (first_of("2026-12"), 200)]);
    assert!(page.contains("In parts, without buying") && page.contains("500") && page.contains("200"), "{page}");
    assert!(!page.contains("never") && !page.contains("Buy at least"), "{page}");
    // The first advice does without a purchase, and one credit more changes nothing of that.
    let (page, more) = quote(&fixture(50, 500, 1), 700);
    assert_eq!(parts(&more), [(NOW.to_owned(), 501), (first_of("2026-12"), 199)]);
    assert!(page.contains("In parts, without buying") && !page.contains("never"), "{page}");
}
