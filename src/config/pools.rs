//! Joins the accounts that share one balance (SPEC P9).

use std::collections::BTreeMap;

use super::model::Account;
use super::reader::{Field, Findings};
use crate::credit::{AccountId, Rules, Source};

/// Tells each account of a pool of the others, and refuses those that can't share one balance. `fields` are the values of `pool`, each
/// with the place of its account.
pub(super) fn join(accounts: &mut [Account], fields: &[(usize, Field<'_>)], findings: &mut Findings<'_>) {
    let mut pools: BTreeMap<&str, Vec<&(usize, Field<'_>)>> = BTreeMap::new();
    for member in fields {
        if let Some(name) = member.1.value().as_str() {
            pools.entry(name).or_default().push(member);
        }
    }
    for (name, members) in pools {
        let Some(first) = members.first().and_then(|(place, _)| accounts.get(*place)).cloned() else { continue };
        for (place, field) in members.iter().skip(1) {
            let Some(account) = accounts.get(*place) else { continue };
            if let Some((what, hint)) = misfit(name, &first, account) {
                field.refuse(findings, &what, Some(hint));
            }
        }
        let ids: Vec<AccountId> =
            members.iter().filter_map(|(place, _)| accounts.get(*place)).map(|account| account.profile.id.clone()).collect();
        for (place, _) in members {
            if let Some(account) = accounts.get_mut(*place)
                && let Some(pool) = &mut account.profile.pool
            {
                pool.others = ids.iter().filter(|id| **id != account.profile.id).cloned().collect();
            }
        }
    }
}

/// Why an account can't share a balance with the first that names its pool, and what to do.
fn misfit(name: &str, first: &Account, account: &Account) -> Option<(String, String)> {
    let (one, other) = (&first.profile, &account.profile);
    if one.provider != other.provider || one.unit != other.unit {
        let what = format!(
            "the pool {name:?} is one balance of {} {}, as {} says, and {} keeps {}",
            one.provider_name, one.unit, one.id, other.provider_name, other.unit
        );
        return Some((what, "give it another pool, or leave pool out".to_owned()));
    }
    // What a hand-kept account holds follows from its settings: two that differ would tell two balances.
    let told = |account: &Account| Rules { account: first.profile.id.clone(), ..(*account.rules).clone() };
    (account.rules.source == Source::Ledger && told(first) != told(account)).then(|| {
        let what = format!("the pool {name:?} is one balance, and {} has other settings for it than {}", other.id, one.id);
        (what, "give both the same plan, slots, dates and zone".to_owned())
    })
}
