//! What holds for every history of a hand-kept account (SPEC E1, E2, E3, E5, E6, E7, E10).

use chrono::TimeDelta;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;
use crate::credit::*;

/// An account of three buckets: promotional, monthly with or without a reset day, purchased.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    zone: chrono_tz::Tz,
    reset_day: Option<u8>,
    rollover: Rollover,
    by_expiry: bool,
    quotas: Vec<(i64, Quota)>,
    /// Whether only the plans of odd days have a reset day.
    by_plan: bool,
    /// A promotion that follows from the settings.
    launch: Option<Figure>,
}

/// Something that somebody tries to record; what the rules refuse is left out.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Grant { bucket: usize, amount: u32, starts_in: i64, ends_in: Option<i64>, priority: i32 },
    Spend(u32),
    Hold { amount: u32, ends_in: Option<i64> },
    Capture { hold: Index, amount: u32 },
    Release(Index),
    Adjust { bucket: usize, amount: i32 },
    Observe { bucket: usize, remaining: u32 },
    Reverse(Index),
}

const BUCKETS: [&str; 3] = ["promotional", "monthly", "purchased"];

pub(super) fn start() -> Instant {
    parse_instant("2026-01-01T00:00:00Z").unwrap()
}

pub(super) fn settings() -> impl Strategy<Value = Setting> {
    let zones = select(vec!["UTC", "Europe/Berlin", "America/New_York", "Pacific/Auckland"]);
    let rollovers = select(vec![Rollover::None, Rollover::All, Rollover::UpTo(7.into())]);
    let quotas = select(vec![
        Quota::None,
        Quota::Each(Figure::Known(20.into())),
        Quota::Each(Figure::Known(33.into())),
        Quota::Each(Figure::Unlimited),
        Quota::Each(Figure::Unknown),
    ]);
    let phases = prop::collection::vec((1i64..90, quotas), 0..3);
    let launches = select(vec![None, None, Some(Figure::Known(9.into())), Some(Figure::Unknown)]);
    (zones, prop::option::weighted(0.8, 1u8..=31), rollovers, any::<bool>(), phases, prop::bool::weighted(0.2), launches)
        .prop_map(|(zone, reset_day, rollover, by_expiry, mut quotas, by_plan, launch)| {
            quotas.push((0, Quota::Each(Figure::Known(25.into()))));
            quotas.sort_by_key(|(day, _)| *day);
            quotas.dedup_by_key(|(day, _)| *day);
            Setting { zone: zone.parse().unwrap(), reset_day, rollover, by_expiry, quotas, by_plan, launch }
        })
}

pub(super) fn steps() -> impl Strategy<Value = Vec<(i64, Step)>> {
    let hours = || prop::option::of(1i64..1500);
    let step = prop_oneof![
        3 => (0usize..3, 1u32..40, prop_oneof![2 => Just(0i64), 1 => 1i64..800], hours(), -1i32..=1).prop_map(
            |(bucket, amount, starts_in, ends_in, priority)| Step::Grant { bucket, amount, starts_in, ends_in, priority }
        ),
        5 => (0u32..45).prop_map(Step::Spend),
        2 => (1u32..20, hours()).prop_map(|(amount, ends_in)| Step::Hold { amount, ends_in }),
        2 => (any::<Index>(), 1u32..15).prop_map(|(hold, amount)| Step::Capture { hold, amount }),
        1 => any::<Index>().prop_map(Step::Release),
        1 => (0usize..3, -20i32..20).prop_map(|(bucket, amount)| Step::Adjust { bucket, amount }),
        2 => (0usize..3, 0u32..40).prop_map(|(bucket, remaining)| Step::Observe { bucket, remaining }),
        4 => any::<Index>().prop_map(Step::Reverse),
    ];
    // Some steps share an instant; many fall on a midnight, where resets and plan changes are.
    let hour = prop_oneof![1 => 0i64..120 * 24, 1 => (0i64..120).prop_map(|day| day * 24)];
    prop::collection::vec((hour, step), 1..24)
}

pub(super) fn rules(setting: &Setting) -> Arc<Rules> {
    let kinds = [BucketKind::Promotional, BucketKind::Recurring, BucketKind::Purchased];
    let expiries = [ExpiryRule::Days(28), ExpiryRule::NextReset, ExpiryRule::Years(1)];
    let recurrence = setting.reset_day.map(|day| Recurrence::MonthlyOn { day, zone: setting.zone });
    let reset = recurrence.map(|recurrence| ResetRule::Schedule { recurrence, source: FigureSource::Configured });
    let plan = |day: &i64| PlanId::new(if day % 2 == 1 { "odd" } else { "even" }).unwrap();
    let plans = if setting.by_plan { PlanFilter::OneOf(vec![plan(&1)]) } else { PlanFilter::Any };
    let bucket = |place: usize| BucketRule {
        id: BucketId::new(BUCKETS[place]).unwrap(),
        name: BUCKETS[place].to_owned(),
        kind: kinds[place],
        rank: u16::try_from(place).unwrap(),
        resets: reset.iter().map(|reset| ByPlan { plans: plans.clone(), value: *reset }).collect(),
        rollover: vec![ByPlan { plans: PlanFilter::Any, value: setting.rollover }],
        expiry: expiries[place],
    };
    let phase = |(day, quota): &(i64, Quota)| Phase {
        from: start() + TimeDelta::days(*day),
        plan: Some(plan(day)),
        quotas: vec![(BucketId::new("monthly").unwrap(), *quota)],
    };
    let launch = |amount| ScheduledGrant {
        bucket: BucketId::new("promotional").unwrap(),
        label: "launch".to_owned(),
        amount,
        effective_at: start() + TimeDelta::days(12),
        expires_at: Some(start() + TimeDelta::days(50)),
    };
    Arc::new(Rules {
        account: AccountId::new("a").unwrap(),
        zone: setting.zone,
        source: Source::Ledger,
        lapses_with_subscription: false,
        buckets: (0..3).map(bucket).collect(),
        order: if setting.by_expiry { vec![OrderKey::Expiry, OrderKey::Grant] } else { DEFAULT_ORDER.to_vec() },
        order_reason: String::new(),
        configured_plan: None,
        phases: setting.quotas.iter().map(phase).collect(),
        scheduled: setting.launch.map(launch).into_iter().collect(),
        fair_use: Vec::new(),
        unpolled: None,
        resets_stated: false,
    })
}

/// The entries of a history that the rules admit, in the order in which they happened.
pub(super) fn history(rules: &Arc<Rules>, steps: Vec<(i64, Step)>) -> Vec<Entry> {
    history_of(rules, steps, &[])
}

/// The same with what a provider answered meanwhile.
pub(super) fn history_of(rules: &Arc<Rules>, mut steps: Vec<(i64, Step)>, observations: &[Observation]) -> Vec<Entry> {
    steps.sort_by_key(|(hour, _)| *hour);
    let mut admission = Admission::new(rules, Vec::new(), observations);
    let mut entries: Vec<Entry> = Vec::new();
    for (number, (hour, step)) in steps.into_iter().enumerate() {
        let at = start() + TimeDelta::hours(hour);
        let Some(body) = body(&entries, at, &step) else { continue };
        // Not in the order of recording, so that the ref as the last key of the order is seen.
        let reference = Ref::new(&format!("{}-{number}", number * 7 % 10)).unwrap();
        let (account, tags) = (rules.account.clone(), Vec::new());
        let draft = Draft {
            account: account.clone(),
            at,
            reference: Some(reference.clone()),
            body,
            note: None,
            actor: None,
            tags,
            must_fit: false,
        };
        if admission.check(&draft, at).is_ok() {
            let seq = Seq(i64::try_from(number).unwrap());
            let (body, tags) = (draft.body, draft.tags);
            let entry = Entry { seq, account, at, recorded_at: at, reference, body, note: None, actor: None, tags };
            admission.record(entry.clone());
            entries.push(entry);
        }
    }
    entries
}

fn body(entries: &[Entry], at: Instant, step: &Step) -> Option<EntryBody> {
    let bucket = |place: usize| BucketId::new(BUCKETS[place]).unwrap();
    let later = |hours: i64| at + TimeDelta::hours(hours);
    let pick = |index: Index, kind: Option<EntryKind>| {
        let fits = |entry: &&Entry| kind.is_none_or(|kind| entry.body.kind() == kind);
        let refs: Vec<&Ref> = entries.iter().filter(fits).map(|entry| &entry.reference).collect();
        (!refs.is_empty()).then(|| refs[index.index(refs.len())].clone())
    };
    Some(match *step {
        Step::Grant { bucket: place, amount, starts_in, ends_in, priority } => EntryBody::Grant(Grant {
            bucket: bucket(place),
            amount: amount.into(),
            effective_at: (starts_in > 0).then(|| later(starts_in)),
            expires: ends_in.map_or(Expires::ByRule, |hours| Expires::At(later(starts_in + hours))),
            priority,
        }),
        Step::Spend(amount) => EntryBody::Spend(Spend { amount: amount.into(), action: None, variant: None, quantity: None }),
        Step::Hold { amount, ends_in } => EntryBody::Hold { amount: amount.into(), expires_at: ends_in.map(later) },
        Step::Capture { hold, amount } => EntryBody::Capture { hold: pick(hold, Some(EntryKind::Hold))?, amount: amount.into() },
        Step::Release(hold) => EntryBody::Release { hold: pick(hold, Some(EntryKind::Hold))? },
        Step::Adjust { bucket: place, amount } => {
            let size = Amount::from(amount.unsigned_abs());
            EntryBody::Adjust { bucket: bucket(place), amount: if amount < 0 { size.negated() } else { size } }
        }
        Step::Observe { bucket: place, remaining } => EntryBody::Observe { bucket: bucket(place), remaining: remaining.into() },
        Step::Reverse(target) => EntryBody::Reverse { reverses: pick(target, None)? },
    })
}

/// Everything that an answer can depend on, as text. Lots come by ref, for their numbers mean nothing.
pub(super) fn digest(state: &State) -> Vec<String> {
    let mut lots: Vec<String> = state.lots.iter().map(|(_, lot)| format!("{lot:?}")).collect();
    lots.sort();
    let order: Vec<_> = state.lots.in_order().map(|(_, lot)| lot.reference.clone()).collect();
    lots.push(format!("{order:?}"));
    lots.push(format!("{:?} {:?} {}", state.lots.total(), state.lots.finite(), state.holds.total()));
    lots.extend(state.holds.open().map(|hold| format!("{hold:?}")));
    lots.extend(state.uncovered.iter().map(ToString::to_string));
    lots.extend(state.buckets.iter().map(|bucket| format!("{:?} {:?}", bucket.capacity, bucket.next_reset)));
    lots
}

pub(super) fn fold(rules: &Arc<Rules>, entries: &[Entry], at: Instant) -> State {
    State::fold(rules, entries.iter(), &[], at, at, Keep::All).unwrap()
}

/// E3 and E10, for every lot; and the sums that are kept along are those of the lots.
fn check_books(state: &State) -> Result<(), TestCaseError> {
    let mut finite = Amount::ZERO;
    for (_, lot) in state.lots.iter() {
        let parts = [lot.remaining, lot.spent, lot.lapsed, lot.adjusted];
        prop_assert!(parts.iter().all(|part| !part.is_negative()), "below zero: {lot:?}");
        let sum = parts.into_iter().try_fold(Amount::ZERO, Amount::plus).unwrap();
        prop_assert_eq!(lot.granted, sum, "{:?}", lot);
        prop_assert!(
            matches!(lot.life, Life::Pending | Life::Active) || lot.remaining.is_zero(),
            "left in an ended lot: {lot:?}"
        );
        if lot.is_drawable() && lot.supply == Supply::Finite {
            finite = finite.plus(lot.remaining).unwrap();
        }
    }
    prop_assert_eq!(finite, state.lots.finite());
    let held = state.holds.open().map(|hold| hold.held).try_fold(Amount::ZERO, Amount::plus).unwrap();
    prop_assert_eq!(held, state.holds.total());
    Ok(())
}

/// E1: what an entry drew was active when it drew.
fn check_draws(state: &State, entry: &Entry) -> Result<(), TestCaseError> {
    let Some(record) = state.record(&entry.reference) else { return Ok(()) };
    for draw in &record.draws {
        let lot = state.lots.get(draw.lot).unwrap();
        prop_assert!(lot.effective_at <= entry.at, "not yet effective at {}: {lot:?}", entry.at);
        prop_assert!(lot.expires_at.is_none_or(|end| entry.at < end), "expired at {}: {lot:?}", entry.at);
    }
    Ok(())
}

#[test]
fn e12_a_plan_that_begins_again_at_a_reset_leaves_the_old_cycle_to_it() {
    let each = |credits: u32| Quota::Each(Figure::Known(credits.into()));
    let setting = Setting {
        zone: chrono_tz::Tz::UTC,
        reset_day: Some(6),
        rollover: Rollover::None,
        by_expiry: false,
        quotas: vec![(0, each(25)), (37, Quota::None), (64, each(20))],
        by_plan: false,
        launch: None,
    };
    let at = start() + TimeDelta::days(64);
    let state = fold(&rules(&setting), &[], at);
    assert_eq!(state.lots.total(), Figure::Known(20.into()), "one quota, of the new plan");
    assert_eq!(state.buckets.iter().nth(1).unwrap().next_reset, Some(parse_instant("2026-04-06T00:00:00Z").unwrap()));
    let before = fold(&rules(&setting), &[], at - TimeDelta::hours(1));
    assert_eq!(before.lots.total(), Figure::Known(25.into()), "what was granted stays until the reset");
}

proptest! {
    #[test]
    fn e10_e3_e1_every_lot_balances_at_every_step(setting in settings(), steps in steps()) {
        let rules = rules(&setting);
        let entries = history(&rules, steps);
        for entry in &entries {
            let state = fold(&rules, &entries, entry.at);
            check_books(&state)?;
            check_draws(&state, entry)?;
        }
        for days in (0..400).step_by(9) {
            check_books(&fold(&rules, &entries, start() + TimeDelta::days(days)))?;
        }
    }

    #[test]
    fn e5_e7_a_run_in_steps_is_the_whole_run(setting in settings(), steps in steps(), stops in prop::collection::vec(0i64..160 * 24, 0..40)) {
        let rules = rules(&setting);
        let entries = history(&rules, steps);
        let end = start() + TimeDelta::days(160);
        let whole = fold(&rules, &entries, end);
        let mut stops: Vec<Instant> = stops.into_iter().map(|hour| start() + TimeDelta::hours(hour)).collect();
        stops.sort();
        let mut stepped = State::new(Arc::clone(&rules), end, Keep::All).unwrap();
        let mut stops = stops.into_iter().peekable();
        for (_, input) in inputs(&rules, entries.iter().map(FoldEntryRef::from), &[], end) {
            let Input::Entry(entry) = input else { continue };
            // A stop runs everything of its instant, so it comes before the entries of a later one only.
            while let Some(stop) = stops.next_if(|stop| *stop < entry.at) {
                stepped.run_to(stop).unwrap();
            }
            stepped.apply(entry).unwrap();
        }
        for stop in stops {
            stepped.run_to(stop).unwrap();
        }
        stepped.run_to(end).unwrap();
        prop_assert_eq!(digest(&whole), digest(&stepped));
    }

    #[test]
    fn e7_the_order_of_recording_does_not_matter_between_instants(setting in settings(), steps in steps(), keys in prop::collection::vec(any::<u32>(), 24)) {
        let rules = rules(&setting);
        let entries = history(&rules, steps);
        let mut shuffled = entries.clone();
        // Entries of one instant keep their order among themselves.
        let key = |entry: &Entry| {
            let first = entries.iter().position(|other| other.at == entry.at).unwrap();
            (keys[first % keys.len()], entry.at, entry.seq)
        };
        shuffled.sort_by_key(key);
        for (entry, seq) in shuffled.iter_mut().zip(0..) {
            entry.seq = Seq(seq);
        }
        for days in [10, 45, 100, 160] {
            let at = start() + TimeDelta::days(days);
            prop_assert_eq!(digest(&fold(&rules, &entries, at)), digest(&fold(&rules, &shuffled, at)));
        }
    }

    #[test]
    fn e6_a_spend_reversed_at_once_never_happened(setting in settings(), steps in steps(), amount in 0u32..80, hour in 0i64..130 * 24) {
        let rules = rules(&setting);
        let entries = history(&rules, steps);
        let at = start() + TimeDelta::hours(hour);
        let entry = |seq, reference: &str, body| Entry {
            seq: Seq(seq), account: rules.account.clone(), at, recorded_at: at, reference: Ref::new(reference).unwrap(),
            body, note: None, actor: None, tags: Vec::new(),
        };
        let spend = Spend { amount: amount.into(), action: None, variant: None, quantity: None };
        let mut more = entries.clone();
        more.push(entry(9000, "extra", EntryBody::Spend(spend)));
        more.push(entry(9001, "undo", EntryBody::Reverse { reverses: Ref::new("extra").unwrap() }));
        for days in [0, 3, 40, 160] {
            let at = at + TimeDelta::days(days);
            prop_assert_eq!(digest(&fold(&rules, &entries, at)), digest(&fold(&rules, &more, at)));
        }
    }

    #[test]
    fn e2_lots_alike_are_drawn_by_ref_however_they_were_recorded(
        setting in settings(),
        lots in prop::collection::vec((0usize..3, 1u32..9, -1i32..=1, prop::option::of(1i64..4)), 1..9).prop_shuffle(),
        turn in 0usize..9,
        amount in 1u32..60,
    ) {
        let rules = rules(&setting);
        let grant = |(number, (bucket, amount, priority, weeks)): (usize, &(usize, u32, i32, Option<i64>)), seq: usize| Entry {
            seq: Seq(i64::try_from(seq).unwrap()),
            account: rules.account.clone(),
            at: start(),
            recorded_at: start(),
            reference: Ref::new(&format!("lot-{number}")).unwrap(),
            body: EntryBody::Grant(Grant {
                bucket: BucketId::new(BUCKETS[*bucket]).unwrap(),
                amount: (*amount).into(),
                effective_at: None,
                expires: weeks.map_or(Expires::Never, |weeks| Expires::At(start() + TimeDelta::weeks(weeks))),
                priority: *priority,
            }),
            note: None,
            actor: None,
            tags: Vec::new(),
        };
        let spend = Entry {
            seq: Seq(99),
            reference: Ref::new("job").unwrap(),
            body: EntryBody::Spend(Spend { amount: amount.into(), action: None, variant: None, quantity: None }),
            ..grant((0, &lots[0]), 99)
        };
        let drawn = |turn: usize| {
            let numbered = lots.iter().enumerate();
            let mut entries: Vec<Entry> =
                numbered.map(|lot| { let seq = (lot.0 + turn) % lots.len(); grant(lot, seq) }).collect();
            entries.push(spend.clone());
            let state = fold(&rules, &entries, start());
            let record = state.record(&spend.reference).unwrap().clone();
            let by_ref = |draw: &LotDraw| (state.lots.get(draw.lot).unwrap().reference.clone(), draw.amount);
            record.draws.iter().map(by_ref).collect::<Vec<_>>()
        };
        prop_assert_eq!(drawn(0), drawn(turn));
    }
}
