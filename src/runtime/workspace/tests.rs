use crate::catalog::BrokenFile;
use std::fs;

use chrono::TimeDelta;
use tempfile::TempDir;

use super::*;
use crate::credit::{
    Amount, BucketId, Draft, EntryBody, Expires, Figure, Grant, ObservedBucket, PlanId, Ref, Sighting, Unrecorded, parse_instant,
};

const SETTLED: &str = "2026-11-20T09:00:00Z";

fn workspace(folder: &TempDir, text: &str) -> Result<Workspace, Report> {
    let config = folder.path().join("config.toml");
    fs::write(&config, text).unwrap();
    Workspace::open(WorkspaceOptions {
        config: Some(config),
        data_dir: Some(folder.path().join("data")),
        now: Some(parse_instant(SETTLED).unwrap()),
        ..WorkspaceOptions::default()
    })
}

fn generic(folder: &TempDir) -> Workspace {
    workspace(folder, "[[account]]\nid = \"box\"\nprovider = \"generic\"\n").unwrap()
}

fn id(text: &str) -> AccountId {
    AccountId::new(text).unwrap()
}

fn grant(account: &str, bucket: &str, reference: &str, amount: u32) -> Proposal {
    let grant = Grant {
        bucket: BucketId::new(bucket).unwrap(),
        amount: Amount::from(amount),
        effective_at: None,
        expires: Expires::ByRule,
        priority: 0,
    };
    Proposal::from(Draft {
        account: id(account),
        at: parse_instant("2026-11-19T09:00:00Z").unwrap(),
        reference: Some(Ref::new(reference).unwrap()),
        body: EntryBody::Grant(grant),
        note: None,
        actor: None,
        tags: Vec::new(),
        must_fit: false,
    })
}

#[test]
fn a_given_configuration_must_exist() {
    let folder = TempDir::new().unwrap();
    let options = WorkspaceOptions {
        config: Some(folder.path().join("none.toml")),
        data_dir: Some(folder.path().join("data")),
        ..WorkspaceOptions::default()
    };
    let report = Workspace::open(options).unwrap_err();
    assert_eq!(report.ending, Ending::Usage);
    assert!(report.message.contains("none.toml"), "{report}");
}

#[test]
fn an_unknown_account_is_answered_with_the_nearest() {
    let folder = TempDir::new().unwrap();
    let report = generic(&folder).account("bix").unwrap_err();
    assert_eq!(report.ending, Ending::Usage);
    assert_eq!(report.hint.as_deref(), Some("did you mean \"box\"?"));
}

#[test]
fn s10_every_problem_of_a_users_definitions_is_kept_and_breaks_nothing_else() {
    let folder = TempDir::new().unwrap();
    let providers = folder.path().join("providers");
    fs::create_dir(&providers).unwrap();
    fs::write(providers.join("a.toml"), "id = 3\n").unwrap();
    fs::write(providers.join("b.toml"), [0xff, 0xfe]).unwrap();
    fs::write(providers.join("notes.txt"), "not a definition").unwrap();
    let workspace = workspace(&folder, "[[account]]\nid = \"box\"\nprovider = \"generic\"\n").unwrap();
    let broken: Vec<String> = workspace.catalog().broken().iter().map(BrokenFile::summary).collect();
    assert!(broken[0].contains("a.toml") && broken[1].contains("b.toml") && broken.len() == 2, "{broken:?}");
    assert!(workspace.usable_account("box").is_ok());
}

#[test]
fn what_is_recorded_is_in_the_book() {
    let folder = TempDir::new().unwrap();
    let mut workspace = generic(&folder);
    let done = workspace.append(&[grant("box", "credits", "invoice-1", 40)]).unwrap();
    assert!(!done[0].already_recorded);
    let book = workspace.book(&id("box")).unwrap();
    assert_eq!(book.entries.len(), 1);
    assert_eq!(book.status(workspace.now()).unwrap().total, Figure::Known(Amount::from(40)));
}

#[test]
fn l2_a_ref_with_other_content_is_a_no_and_writes_nothing() {
    let folder = TempDir::new().unwrap();
    let mut workspace = generic(&folder);
    workspace.append(&[grant("box", "credits", "invoice-1", 40)]).unwrap();
    let again = workspace.append(&[grant("box", "credits", "invoice-1", 40)]).unwrap();
    assert!(again[0].already_recorded);
    let report =
        workspace.append(&[grant("box", "credits", "invoice-2", 1), grant("box", "credits", "invoice-1", 41)]).unwrap_err();
    assert_eq!(report.ending, Ending::No);
    assert_eq!(workspace.book(&id("box")).unwrap().entries.len(), 1);
}

#[test]
fn several_refused_entries_are_all_listed() {
    let folder = TempDir::new().unwrap();
    let mut workspace = generic(&folder);
    let report = workspace.append(&[grant("box", "nowhere", "a", 1), grant("bix", "credits", "b", 1)]).unwrap_err();
    assert_eq!((report.ending, report.details.len()), (Ending::No, 2));
    assert!(report.details[1].starts_with("entry 2: account: "), "{report}");
}

#[test]
fn prices_follow_the_plan_that_the_last_observation_names() {
    let folder = TempDir::new().unwrap();
    let text = "[[account]]\nid = \"shop\"\nprovider = \"photoroom\"\nkey = { env = \"CREDITOP_TEST_UNSET\" }\n";
    let mut workspace = workspace(&folder, text).unwrap();
    let cutout =
        |workspace: &Workspace| workspace.book(&id("shop")).unwrap().prices.find("remove-background", None).unwrap().cost.clone();
    let unknown = cutout(&workspace);
    assert!(matches!(unknown, crate::credit::UnitCost::Missing { .. }), "{unknown:?}");
    let seen = Sighting {
        seq: Unrecorded,
        account: id("shop"),
        at: workspace.now(),
        last_seen_at: workspace.now(),
        plan: Some(PlanId::new("plus").unwrap()),
        email: None,
        subscription_ends_at: None,
        buckets: vec![ObservedBucket {
            bucket: BucketId::new("images").unwrap(),
            remaining: Figure::Known(Amount::from(3)),
            capacity: None,
        }],
    };
    workspace.keep(&id("shop"), &Ok(seen)).unwrap();
    assert_eq!(cutout(&workspace), crate::credit::UnitCost::Known("0.2".parse().unwrap()));
}

#[test]
fn p07_a_configured_day_wins_over_the_one_that_refills_show() {
    let reset = |setting: &str| {
        let folder = TempDir::new().unwrap();
        let text = "[[account]]\nid = \"studio\"\nprovider = \"imaginepro\"\nkey = { env = \"CREDITOP_TEST_UNSET\" }\n";
        let mut workspace = workspace(&folder, &format!("{text}{setting}")).unwrap();
        for (days, left) in [(9, 20), (8, 1600), (0, 1500)] {
            let at = workspace.now() - TimeDelta::days(days);
            let monthly = ObservedBucket {
                bucket: BucketId::new("monthly").unwrap(),
                remaining: Figure::Known(Amount::from(left)),
                capacity: Some(Figure::Known(Amount::from(1600))),
            };
            let seen = Sighting {
                seq: Unrecorded,
                account: id("studio"),
                at,
                last_seen_at: at,
                plan: Some(PlanId::new("STARTER").unwrap()),
                email: None,
                subscription_ends_at: parse_instant("2027-06-01T00:00:00Z").ok(),
                buckets: vec![monthly],
            };
            workspace.keep(&id("studio"), &Ok(seen)).unwrap();
        }
        let status = workspace.book(&id("studio")).unwrap().status(workspace.now()).unwrap();
        let monthly = status.buckets.into_iter().find(|bucket| bucket.id.as_str() == "monthly").unwrap();
        let day = monthly.resets_at.map(crate::credit::print_instant).unwrap_or_default();
        (day, monthly.reset_source.unwrap().word(), monthly.reset_evidence.len())
    };
    assert_eq!(reset(""), ("2026-12-12T09:00:00Z".to_owned(), "inferred", 1), "before the subscription's end tells one");
    assert_eq!(reset("billing_day = 7\n"), ("2026-12-07T00:00:00Z".to_owned(), "configured", 0));
}

#[test]
fn a_sandbox_key_changes_rules_and_prices() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("key"), "sandbox_abc\n").unwrap();
    let text = "[[account]]\nid = \"shop\"\nprovider = \"photoroom\"\nkey = { file = \"key\" }\n";
    let book = workspace(&folder, text).unwrap().book(&id("shop")).unwrap();
    assert!(book.rules.unpolled.is_some());
    let cost = &book.prices.find("remove-background", None).unwrap().cost;
    assert_eq!(*cost, crate::credit::UnitCost::Known(Amount::ZERO));
}

#[test]
fn the_zone_is_the_options_before_the_configurations() {
    let folder = TempDir::new().unwrap();
    assert_eq!(workspace(&folder, "time_zone = \"Asia/Tokyo\"\n").unwrap().zone(), Tz::Asia__Tokyo);
    let options = WorkspaceOptions {
        config: Some(folder.path().join("config.toml")),
        data_dir: Some(folder.path().join("data")),
        zone: Some(Tz::Europe__Berlin),
        ..WorkspaceOptions::default()
    };
    assert_eq!(Workspace::open(options).unwrap().zone(), Tz::Europe__Berlin);
}

#[test]
fn e07_a_spend_that_is_recorded_late_is_priced_at_the_plan_that_was_observed_then() {
    let folder = TempDir::new().unwrap();
    let text = "[[account]]\nid = \"shop\"\nprovider = \"photoroom\"\nkey = { env = \"CREDITOP_TEST_UNSET\" }\n";
    let mut workspace = workspace(&folder, text).unwrap();
    let seen = |days: i64, plan: &str| {
        let at = parse_instant(SETTLED).unwrap() - TimeDelta::days(days);
        Sighting {
            seq: Unrecorded,
            account: id("shop"),
            at,
            last_seen_at: at,
            plan: Some(PlanId::new(plan).unwrap()),
            email: None,
            subscription_ends_at: None,
            buckets: Vec::new(),
        }
    };
    for (days, plan) in [(10, "basic"), (5, "plus")] {
        workspace.keep(&id("shop"), &Ok(seen(days, plan))).unwrap();
    }
    let cost = |days: i64| {
        let at = workspace.now() - TimeDelta::days(days);
        let book = workspace.book_priced_at(&id("shop"), at).unwrap();
        book.prices.find("remove-background", None).unwrap().cost.clone()
    };
    let known = |text: &str| crate::credit::UnitCost::Known(text.parse().unwrap());
    assert_eq!((cost(0), cost(5), cost(6), cost(10)), (known("0.2"), known("0.2"), known("1"), known("1")));
    assert_eq!(cost(30), known("1"), "before anything was seen the first plan that was seen counts");
}

#[test]
fn e07_a_spend_that_is_recorded_late_is_priced_at_the_plan_that_was_configured_then() {
    let folder = TempDir::new().unwrap();
    let text = "[[account]]\nid = \"dealer\"\nprovider = \"ai-background-studio\"\nplan = \"basic\"\nreset_day = 1\nsince = 2026-01-01\n\
                plan_changes = [{ from = 2026-11-10, plan = \"professional\" }]\n";
    let workspace = workspace(&folder, text).unwrap();
    let plan = |at: &str| workspace.plan_at(&id("dealer"), parse_instant(at).unwrap()).unwrap().unwrap().to_string();
    assert_eq!(plan("2026-11-09T23:59:59Z"), "basic");
    assert_eq!(plan("2026-11-10T00:00:00Z"), "professional");
}
