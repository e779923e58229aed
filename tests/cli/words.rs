//! The words of the pages for people: plurals, names, no private vocabulary.

use super::fixture::Fixture;

#[test]
fn words_lots_and_spends_without_a_ref_are_called_by_their_day() {
    let fixture = Fixture::hand_kept();
    let grant = |at: &str, more: &[&str]| {
        let given = ["ledger", "grant", "-a", "dealer", "--bucket", "purchased", "--amount", "1", "--at", at];
        fixture.run(&[&given, more].concat()).ends(0);
    };
    grant("2026-11-18T10:00:00Z", &[]);
    grant("2025-12-24T10:00:00Z", &[]);
    grant("2026-11-19T10:00:00Z", &["--ref", "inv-1"]);
    fixture.run(&["ledger", "spend", "-a", "dealer", "--amount", "2000", "--at", "2026-11-20T08:00:00Z"]).ends(0);
    grant("2026-11-20T08:30:00Z", &[]);
    grant("2026-11-20T08:40:00Z", &["--ref", "inv-2"]);
    let page = fixture.run(&["status", "dealer"]).ends(0).out;
    for name in ["granted 18 Nov ", "granted 24 Dec 2025 ", "inv-1 ", "granted 20 Nov ", "a spend recorded 20 Nov"] {
        assert!(page.contains(name), "{name:?} is not in {page}");
    }
    let quote = fixture.run(&["quote", "-a", "dealer", "replace-background=2"]).ends(0).out;
    assert!(quote.contains("Purchased · granted 20 Nov") && quote.contains("Purchased · inv-2"), "{quote}");
    for page in [page, quote] {
        assert!(!page.contains("@20") && !page.contains("20261120-"), "an internal name in {page}");
        assert!(!page.contains("1 credits"), "{page}");
    }
}
