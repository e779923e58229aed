//! Accounts that share one balance (SPEC P9): two keys of one pool are two accounts, and one lot of credits.
//!
//! A book of such an account holds what is recorded of all of them. The polls of each are polls of the same balance, so the freshest
//! counts; what is spent or held through one is gone for the others. Entries of the others carry refs that name whose they are, because a
//! ref is unique in its own account only.

use super::{AccountId, Entry, EntryBody, Observation};

/// A balance that several accounts share.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pool {
    /// What they call it.
    pub name: String,
    /// The other accounts that share it, in the order of the configuration; none where only one account names it.
    pub others: Vec<AccountId>,
}

impl Entry {
    /// The entry as the book of another account of its pool has it: its ref, and those that it names, say whose they are.
    #[must_use]
    pub fn of_other_member(self) -> Self {
        let own = |reference: &super::Ref| reference.of_member(&self.account);
        let reference = own(&self.reference);
        let body = match &self.body {
            EntryBody::Capture { hold, amount } => EntryBody::Capture { hold: own(hold), amount: *amount },
            EntryBody::Release { hold } => EntryBody::Release { hold: own(hold) },
            EntryBody::Reverse { reverses } => EntryBody::Reverse { reverses: own(reverses) },
            other => other.clone(),
        };
        Self { reference, body, ..self }
    }
}

/// The observations of all accounts of a pool as those of one balance, for the book of `own`; in the order in which they were made.
///
/// Figures that one account's poll saw and another's confirmed are one observation, which names the account that saw them last. The
/// e-mail is that of each account's own key.
#[must_use]
pub fn merged_observations(own: &AccountId, all: impl IntoIterator<Item = Observation>) -> Vec<Observation> {
    // An observation stands for the first poll that answered so, and for the last one.
    let mut sightings: Vec<Observation> = Vec::new();
    for seen in all {
        let last = Observation { at: seen.last_seen_at, ..seen.clone() };
        sightings.extend([Observation { last_seen_at: seen.at, ..seen }, last]);
    }
    sightings.sort_by_key(|seen| (seen.at, seen.seq));
    let email = sightings.iter().rev().find(|seen| seen.account == *own).and_then(|seen| seen.email.clone());
    let mut merged: Vec<Observation> = Vec::new();
    for seen in sightings {
        match merged.last_mut().filter(|last| tells_the_same(last, &seen)) {
            Some(last) => {
                last.last_seen_at = seen.last_seen_at;
                last.seq = last.seq.max(seen.seq);
                last.account = seen.account;
            }
            None => merged.push(Observation { email: email.clone(), ..seen }),
        }
    }
    merged
}

fn tells_the_same(one: &Observation, other: &Observation) -> bool {
    let told = |seen: &Observation| (seen.plan.clone(), seen.subscription_ends_at);
    told(one) == told(other) && one.buckets == other.buckets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credit::{Amount, Figure, Instant, ObservedBucket, Ref, Seq, parse_instant};

    fn id(text: &str) -> AccountId {
        AccountId::new(text).unwrap()
    }

    fn at(minute: u32) -> Instant {
        parse_instant(&format!("2026-11-20T09:{minute:02}:00Z")).unwrap()
    }

    fn seen(account: &str, seq: i64, from: u32, to: u32, left: u32) -> Observation {
        let remaining = Figure::Known(Amount::from(left));
        let bucket = ObservedBucket { bucket: "monthly".parse().unwrap(), remaining, capacity: None };
        let (account, email) = (id(account), Some(format!("{account}@example.com")));
        let (plan, subscription_ends_at) = (None, None);
        Observation {
            seq: Seq(seq),
            account,
            at: at(from),
            last_seen_at: at(to),
            plan,
            email,
            subscription_ends_at,
            buckets: vec![bucket],
        }
    }

    #[test]
    fn p09_polls_of_two_keys_are_polls_of_one_balance() {
        let all = [seen("a", 3, 0, 20, 100), seen("a", 9, 31, 40, 70), seen("b", 4, 10, 22, 100), seen("b", 8, 30, 30, 70)];
        let merged = merged_observations(&id("a"), all);
        let told: Vec<_> = merged.iter().map(|seen| (seen.at, seen.last_seen_at, seen.account.as_str())).collect();
        assert_eq!(told, [(at(0), at(22), "b"), (at(30), at(40), "a")]);
        assert!(merged.iter().all(|seen| seen.email.as_deref() == Some("a@example.com")), "each key has its own owner");
    }

    #[test]
    fn p09_the_refs_of_other_members_say_whose_they_are() {
        let own = Ref::new("b/plan-1").unwrap();
        let theirs = Ref::new("plan-1").unwrap().of_member(&id("b"));
        assert_ne!(own, theirs, "nobody can give such a ref");
        assert_eq!(theirs.to_string(), "b/plan-1");
        let made = Ref::new("20261121-151731-000f").unwrap().of_member(&id("b"));
        assert!(made.is_generated() && !theirs.is_generated());
    }
}
