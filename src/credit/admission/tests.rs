use std::sync::Arc;

use super::super::refills::tests::{rules, seen, t};
use super::*;
use crate::credit::Spend;

fn draft(at: &str, body: EntryBody) -> Draft {
    let account = crate::credit::AccountId::new("shop").unwrap();
    Draft { account, at: t(at), reference: None, body, note: None, actor: None, tags: Vec::new(), must_fit: true }
}

/// Seen refilled in the night to 7 October; seen last the day before the next time, with 3 left of 100, and 5 extra ones.
fn polls() -> [Observation; 3] {
    [
        seen("2026-10-01T09:00", "2026-10-06T09:00", "20", "5"),
        seen("2026-10-07T09:00", "2026-10-09T09:00", "97", "5"),
        seen("2026-10-10T09:00", "2026-11-06T09:00", "3", "5"),
    ]
}

#[test]
fn p07_what_may_be_spent_or_held_follows_the_inferred_resets_that_the_status_shows() {
    let fits = |at: &str, amount: u32, stated: bool| {
        let rules = Arc::new(Rules { resets_stated: stated, ..rules(Vec::new()) });
        let admission = Admission::new(&rules, Vec::new(), &polls());
        let spend = Spend { amount: amount.into(), action: None, variant: None, quantity: None };
        let bodies = [EntryBody::Spend(spend), EntryBody::Hold { amount: amount.into(), expires_at: None }];
        bodies.map(|body| admission.check(&draft(at, body), t(at)).is_ok())
    };
    // The figures of the last poll, until the inferred reset.
    assert_eq!((fits("2026-11-06T10:00", 8, false), fits("2026-11-06T10:00", 9, false)), ([true; 2], [false; 2]));
    // From then on a full bucket, as the status says.
    assert_eq!((fits("2026-11-07T10:00", 105, false), fits("2026-11-07T10:00", 106, false)), ([true; 2], [false; 2]));
    // Nothing is inferred where the settings state a day.
    assert_eq!(fits("2026-11-07T10:00", 9, true), [false; 2]);
}
