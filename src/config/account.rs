//! Reads one `[[account]]`.

use std::sync::Arc;
use std::time::Duration;

use super::KeySource;
use super::key::read_key;
use super::model::Account;
use super::reader::{Findings, Section, shown};
use super::settings::{read_money, read_settings};
use super::url::base_url;
use crate::catalog::{AccountSettings, BaseUrl, BrokenFile, Catalog, Definition, nearest};
use crate::credit::{AccountId, Pool, Profile, Rules, Source, Thresholds};

/// Every key of an account.
pub(super) const ACCOUNT_KEYS: [&str; 27] = [
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
    "fair_use",
    "plan_changes",
    "interval",
    "max_interval",
    "low_percent",
    "low_below",
    "low_days",
    "lapse_days",
    "price_per_credit",
    "costs",
];

/// The most days that `low_days` and `lapse_days` look ahead: what lies further off can wait.
const MOST_DAYS: u32 = 366;

/// What holds where an account says nothing.
pub(super) struct Defaults {
    pub(super) interval: Duration,
    pub(super) max_interval: Duration,
    pub(super) thresholds: Thresholds,
}

/// Reads an account; `None` where too much is wrong to make one, with everything that is wrong noted.
pub(super) fn read_account(
    section: Section<'_>,
    defaults: &Defaults,
    catalog: &Catalog,
    findings: &mut Findings<'_>,
) -> Option<Account> {
    let id = read_id(&section, findings);
    let section = section.owned_by(id.as_ref().map(ToString::to_string));
    section.refuse_unknown_keys(&ACCOUNT_KEYS, findings);
    let definition = read_provider(&section, catalog, findings);
    let text =
        |key: &str, findings: &mut Findings<'_>| section.get(key).and_then(|field| field.text(findings)).map(str::to_owned);
    let name = text("name", findings);
    let customer = text("customer", findings);
    let pool = read_pool(&section, findings);
    let tags = read_tags(&section, findings);
    let thresholds = read_thresholds(&section, defaults.thresholds, findings);
    let settings = read_settings(&section, findings);
    let money = section.get("price_per_credit").and_then(|field| read_money(&field, findings));
    let polling = Polling::read(&section, findings);
    let (definition, id) = (definition?, id?);
    // What a broken definition asks of the settings nobody can tell.
    let broken = catalog.broken_file(definition.id.as_str()).map(BrokenFile::summary);
    let (interval, remarks) = match &broken {
        None => polling.check(&section, &definition, defaults, findings),
        Some(_) => (defaults.interval, Vec::new()),
    };
    let max_interval = polling.max_interval.unwrap_or(defaults.max_interval);
    let rules = match &broken {
        None => read_rules(&section, &definition, &id, &settings, findings)?,
        Some(why) => without_figures(&definition, &id, why)?,
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
            thresholds,
            pool,
        },
        settings,
        rules: Arc::new(rules),
        key: polling.key,
        base_url: polling.base_url,
        allow_insecure: polling.allow_insecure,
        interval,
        max_interval: max_interval.min(interval.saturating_mul(5) / 2).max(interval),
        remarks,
        money,
        line: findings.line_at(section.at()),
        definition,
        broken,
    })
}

/// The keys that say when an account is low and what is worth a warning, which stand at the top and at each account.
pub(super) fn read_thresholds(section: &Section<'_>, defaults: Thresholds, findings: &mut Findings<'_>) -> Thresholds {
    let percent = section.get("low_percent").and_then(|field| field.small(0..=100, "a percentage", findings));
    let below = section.get("low_below").and_then(|field| field.amount(findings));
    let days = |key: &str, findings: &mut Findings<'_>| {
        let number = section.get(key).and_then(|field| field.whole(0..=MOST_DAYS, "a number of days", findings));
        number.and_then(|days| u16::try_from(days).ok())
    };
    Thresholds {
        percent: percent.unwrap_or(defaults.percent),
        below: below.or(defaults.below),
        days: days("low_days", findings).unwrap_or(defaults.days),
        lapse_days: days("lapse_days", findings).unwrap_or(defaults.lapse_days),
    }
}

fn read_id(section: &Section<'_>, findings: &mut Findings<'_>) -> Option<AccountId> {
    let field = section.get("id");
    if field.is_none() {
        section.refuse("id", findings, "every account needs an id", Some("add a line such as id = \"studio\"".to_owned()));
    }
    field?.name(findings)
}

/// The pool that it names; who else does is known when all accounts are read.
fn read_pool(section: &Section<'_>, findings: &mut Findings<'_>) -> Option<Pool> {
    let name = section.get("pool")?.text(findings)?;
    Some(Pool { name: name.to_owned(), others: Vec::new() })
}

/// The rules that follow from the settings, or what the provider can't work with.
fn read_rules(
    section: &Section<'_>,
    definition: &Definition,
    id: &AccountId,
    settings: &AccountSettings,
    findings: &mut Findings<'_>,
) -> Option<Rules> {
    let problems = match definition.rules(id, settings) {
        Ok(rules) => return Some(rules),
        Err(problems) => problems,
    };
    for problem in problems {
        // What only follows from a value that could not be read is no news.
        if !findings.has(&section.path_of_steps(&problem.key)) {
            section.refuse_at(&problem.key, findings, &problem.what, problem.hint);
        }
    }
    None
}

/// The rules of an account of which nothing is known, because its provider's definition is broken.
fn without_figures(definition: &Definition, id: &AccountId, why: &str) -> Option<Rules> {
    let rules = definition.rules(id, &AccountSettings::default()).ok()?;
    Some(Rules { source: Source::Polled, phases: Vec::new(), unpolled: Some(format!("not asked: {why}")), ..rules })
}

/// The provider's definition, or what stands in for it where it is broken.
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
    if let Some(stand_in) = catalog.stand_in(id) {
        return Some(Arc::new(stand_in));
    }
    let hint = nearest(id, catalog.ids())
        .map_or("creditop providers list names them; \"generic\" keeps a balance of anything by hand".to_owned(), |close| {
            format!("did you mean {close:?}?")
        });
    field.refuse(findings, &format!("there is no provider {}", shown(id)), Some(hint));
    None
}

fn read_tags(section: &Section<'_>, findings: &mut Findings<'_>) -> Vec<String> {
    let items = section.get("tags").and_then(|field| field.items(findings, "a list of texts, such as [\"prod\"]"));
    items.unwrap_or_default().iter().filter_map(|item| item.text(findings)).map(str::to_owned).collect()
}

/// How an account is polled, as far as its own lines say.
struct Polling {
    key: Option<KeySource>,
    base_url: Option<BaseUrl>,
    allow_insecure: bool,
    interval: Option<Duration>,
    max_interval: Option<Duration>,
}

impl Polling {
    /// The keys that only matter where an account is polled.
    const KEYS: [&'static str; 5] = ["key", "base_url", "allow_insecure", "interval", "max_interval"];

    fn read(section: &Section<'_>, findings: &mut Findings<'_>) -> Self {
        let key = section.get("key").and_then(|field| read_key(&field, findings));
        let allow_insecure = section.get("allow_insecure").and_then(|field| field.flag(findings)).unwrap_or(false);
        let base_url = section.get("base_url").and_then(|field| base_url(&field, allow_insecure, findings));
        let interval = section.get("interval").and_then(|field| field.duration(findings));
        let max_interval = section.get("max_interval").and_then(|field| field.duration(findings));
        Self { key, base_url, allow_insecure, interval, max_interval }
    }

    /// Holds them against the provider, and returns the time between two polls: the account's own, else the file's, and never less
    /// than the provider asks for; with a remark where the account's own is less.
    fn check(
        &self,
        section: &Section<'_>,
        definition: &Definition,
        defaults: &Defaults,
        findings: &mut Findings<'_>,
    ) -> (Duration, Vec<String>) {
        let Some(request) = &definition.request else {
            for (key, field) in Self::KEYS.into_iter().filter_map(|key| Some((key, section.get(key)?))) {
                let what =
                    format!("{} has no account endpoint: the ledger keeps its accounts, nothing is asked", definition.name);
                field.refuse(findings, &what, Some(format!("remove {key}")));
            }
            return (defaults.interval, Vec::new());
        };
        let (wanted, least) = (self.interval.unwrap_or(defaults.interval), request.least_interval());
        if wanted >= least {
            return (wanted, Vec::new());
        }
        let (wanted, shortest) = (humantime::format_duration(wanted), humantime::format_duration(least));
        let remark = format!("{} is asked every {shortest}, not every {wanted}: it states that as its minimum", definition.name);
        (least, vec![remark])
    }
}
