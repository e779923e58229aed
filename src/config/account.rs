//! Reads one `[[account]]`.

use std::sync::Arc;
use std::time::Duration;

use super::key::read_key;
use super::model::Account;
use super::reader::{Field, Findings, Section, shown};
use super::settings::{read_money, read_settings};
use super::url::base_url;
use crate::catalog::{Catalog, Definition, nearest};
use crate::credit::{AccountId, Profile};

/// Every key of an account.
pub(super) const ACCOUNT_KEYS: [&str; 22] = [
    "id",
    "name",
    "provider",
    "key",
    "base_url",
    "allow_insecure",
    "customer",
    "tags",
    "pool",
    "time_zone",
    "plan",
    "slots",
    "since",
    "billing_day",
    "reset_day",
    "launch_date",
    "registered",
    "plan_changes",
    "interval",
    "low_percent",
    "price_per_credit",
    "costs",
];

/// What holds where an account says nothing.
pub(super) struct Defaults {
    pub(super) interval: Duration,
    pub(super) low_percent: u8,
}

/// Reads an account; `None` where too much is wrong to make one, with everything that is wrong noted.
pub(super) fn read_account(
    section: Section<'_>,
    defaults: &Defaults,
    catalog: &Catalog,
    findings: &mut Findings<'_>,
) -> Option<Account> {
    let id = match section.get("id") {
        Some(field) => field.name::<AccountId>(findings),
        None => {
            section.refuse("id", findings, "every account needs an id", Some("add a line such as id = \"studio\"".to_owned()));
            None
        }
    };
    let section = section.owned_by(id.as_ref().map(AccountId::as_str));
    section.refuse_unknown_keys(&ACCOUNT_KEYS, findings);
    let definition = read_provider(&section, catalog, findings);
    let text = |key: &str, findings: &mut Findings<'_>| section.get(key).and_then(|field| field.text(findings)).map(str::to_owned);
    let name = text("name", findings);
    let customer = text("customer", findings);
    let pool = text("pool", findings);
    let tags = read_tags(&section, findings);
    let low_percent = section.get("low_percent").and_then(|field| field.small(0..=100, "a percentage", findings));
    let settings = read_settings(&section, findings);
    let money = section.get("price_per_credit").and_then(|field| read_money(&field, findings));
    let allow_insecure = section.get("allow_insecure").and_then(|field| field.flag(findings)).unwrap_or(false);
    let base_url = section.get("base_url").and_then(|field| base_url(&field, allow_insecure, findings));
    let key = section.get("key").and_then(|field| read_key(&field, findings));
    let interval = section.get("interval").map(|field| (field.duration(findings), field));

    let definition = definition?;
    if !definition.is_polled() {
        refuse_polling(&section, &definition, findings);
    }
    let interval = check_interval(interval, &definition, defaults, findings);
    let id = id?;
    let rules = match definition.rules(&id, &settings) {
        Ok(rules) => rules,
        Err(problems) => {
            for problem in problems {
                let key = section.path_of_steps(&problem.key);
                // What follows from a value that could not be read is no news.
                if !findings.has(&key) {
                    section.refuse_at(&problem.key, findings, &problem.what, problem.hint);
                }
            }
            return None;
        }
    };
    Some(Account {
        profile: Profile {
            name: name.unwrap_or_else(|| id.to_string()),
            id,
            provider: definition.id.clone(),
            provider_name: definition.name.clone(),
            unit: definition.unit.clone(),
            customer,
            tags,
            low_percent: low_percent.unwrap_or(defaults.low_percent),
        },
        settings,
        rules: Arc::new(rules),
        key,
        base_url,
        allow_insecure,
        interval,
        money,
        pool,
        line: findings.line_at(section.at()),
        definition,
    })
}

fn read_provider(section: &Section<'_>, catalog: &Catalog, findings: &mut Findings<'_>) -> Option<Arc<Definition>> {
    let Some(field) = section.get("provider") else {
        let hint = "add a line such as provider = \"imaginepro\"; creditop providers list names them";
        section.refuse("provider", findings, "every account needs a provider", Some(hint.to_owned()));
        return None;
    };
    let id = field.text(findings)?;
    if let Some(definition) = catalog.get(id) {
        return Some(Arc::clone(definition));
    }
    let hint = nearest(id, catalog.iter().map(|definition| definition.id.as_str())).map_or(
        "creditop providers list names them; \"generic\" keeps a balance of anything by hand".to_owned(),
        |close| format!("did you mean {close:?}?"),
    );
    field.refuse(findings, &format!("there is no provider {}", shown(id)), Some(hint));
    None
}

fn read_tags(section: &Section<'_>, findings: &mut Findings<'_>) -> Vec<String> {
    let items = section.get("tags").and_then(|field| field.items(findings, "a list of texts, such as [\"prod\"]"));
    items.unwrap_or_default().iter().filter_map(|item| item.text(findings)).map(str::to_owned).collect()
}

/// Notes the keys that have no effect on an account that is never polled.
fn refuse_polling(section: &Section<'_>, definition: &Definition, findings: &mut Findings<'_>) {
    for key in ["key", "base_url", "allow_insecure", "interval"] {
        if let Some(field) = section.get(key) {
            let what = format!("{} has no account endpoint: its accounts are kept in the ledger, and nothing is asked", definition.name);
            field.refuse(findings, &what, Some(format!("remove {key}")));
        }
    }
}

/// The time between two polls: the account's own, else the file's; never under the provider's minimum.
fn check_interval(
    own: Option<(Option<Duration>, Field<'_>)>,
    definition: &Definition,
    defaults: &Defaults,
    findings: &mut Findings<'_>,
) -> Duration {
    let minimum = definition.request.as_ref().and_then(|request| request.minimum_interval).unwrap_or_default();
    if let Some((Some(interval), field)) = own {
        if interval < minimum {
            let shortest = humantime::format_duration(minimum);
            let what = format!("{} asks for at least {shortest} between two polls", definition.name);
            field.refuse(findings, &what, Some(format!("use \"{shortest}\" or more")));
        }
        return interval;
    }
    defaults.interval.max(minimum)
}
