//! PROVIDERS 5.

use super::*;
use crate::credit::{ExpiryRule, OrderKey, Source};

#[test]
fn providers_5_one_bucket_of_lots_and_one_action() {
    let definition = provider("generic");
    let made = rules(&definition, &AccountSettings::default());
    assert_eq!(made.source, Source::Ledger);
    assert_eq!(buckets(&made), [("credits", "Credits", BucketKind::Purchased, 1)]);
    assert_eq!(made.order, [OrderKey::Priority, OrderKey::Expiry, OrderKey::Grant]);
    assert_eq!(made.buckets[0].expiry, ExpiryRule::Never);
    assert!(made.phases.is_empty() && made.scheduled.is_empty());
    let list = definition.price_list(None, &AccountSettings::default());
    assert_eq!(costs(&list), ["use 1"]);
    assert!(!list.actions[0].whole);
}
