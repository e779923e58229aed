//! Accounts for the targets that need some.

use std::sync::Arc;

use creditop::catalog::{AccountSettings, Catalog};
use creditop::credit::{
    AccountId, Book, Instant, Observation, PlanId, PollHealth, Profile, ProviderId, Thresholds, parse_date, parse_instant,
};

pub fn now() -> Instant {
    parse_instant("2026-11-20T09:00:00Z").expect("an instant")
}

/// An account of a built-in provider with what polls saw.
pub fn book(provider: &str, name: &str, catalog: &Catalog, observations: Vec<Observation>) -> Book {
    let definition = catalog.get(provider).expect("a built-in provider");
    let id = AccountId::new(&name.to_lowercase().replace('ü', "ue").replace(' ', "-")).expect("an id");
    let plan = (provider == "ai-background-studio").then(|| PlanId::new("professional-plus").expect("a plan"));
    let settings = AccountSettings {
        slots: plan.is_some().then_some(50),
        since: parse_date("2026-10-15").ok().filter(|_| plan.is_some()),
        reset_day: plan.is_some().then_some(1),
        launch_date: parse_date("2026-11-01").ok().filter(|_| plan.is_some()),
        plan,
        ..AccountSettings::default()
    };
    let seen = observations.last().map(|observation| observation.at);
    Book {
        profile: Profile {
            id: id.clone(),
            name: name.to_owned(),
            provider: ProviderId::new(provider).expect("an id"),
            provider_name: definition.name.clone(),
            unit: definition.unit.clone(),
            pool: None,
            customer: Some("Müller & Söhne 🐚".to_owned()),
            tags: vec!["prod".to_owned()],
            thresholds: Thresholds::default(),
        },
        rules: Arc::new(definition.rules(&id, &settings).expect("settings that fit")),
        prices: Arc::new(definition.price_list(settings.plan.as_ref(), &settings)),
        money: None,
        tariffs: Arc::default(),
        start: None,
        entries: Arc::default(),
        observations: Arc::new(observations),
        health: PollHealth { last_ok_at: seen, failure: None, interval_seconds: 300, ..PollHealth::default() },
    }
}
