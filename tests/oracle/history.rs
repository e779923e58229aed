//! Random hand-kept accounts and what was recorded of them.

use std::fmt;
use std::sync::Arc;

use chrono::TimeDelta;
use creditop::credit::{
    AccountId, ActionId, Admission, Amount, Book, BucketId, BucketKind, BucketRule, ByPlan, DEFAULT_ORDER, Draft, Entry,
    EntryBody, EntryKind, Expires, ExpiryRule, Figure, FigureSource, Grant, Instant, OrderKey, Phase, PlanFilter, PlanLine,
    PollHealth, PriceList, PricedAction, Profile, ProviderId, Quota, Recurrence, Ref, ResetRule, Rollover, Rules, ScheduledGrant,
    Seq, Source, Spend, Thresholds, UnitCost, parse_instant,
};
use fastrand::Rng;

/// Several zones, some with odd offsets, half-hour clock changes or midnights that don't exist.
const ZONES: [&str; 8] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "America/Havana",
    "Pacific/Auckland",
    "Asia/Kathmandu",
];

/// How long a history goes on.
const DAYS: i64 = 150;

pub(crate) struct History {
    pub seed: u64,
    pub rules: Arc<Rules>,
    /// In the order of recording.
    pub entries: Vec<Entry>,
    /// Rising instants at which to compare.
    pub checkpoints: Vec<Instant>,
    /// What was asked on the way.
    pub verdicts: Vec<Verdict>,
}

/// Whether a hold or a correction downwards was let through.
pub(crate) struct Verdict {
    /// How many entries were recorded before.
    pub before: usize,
    pub draft: Entry,
    pub admitted: bool,
}

fn start() -> Instant {
    parse_instant("2027-11-03T00:00:00Z").unwrap()
}

fn id(name: &str) -> BucketId {
    BucketId::new(name).unwrap()
}

pub(crate) fn random(seed: u64) -> History {
    let mut rng = Rng::with_seed(seed);
    let rules = Arc::new(rules(&mut rng));
    let (entries, verdicts) = entries(&mut rng, &rules);
    let mut checkpoints: Vec<Instant> = (0..6).map(|_| moment(&mut rng, DAYS + 60)).collect();
    checkpoints.extend(entries.iter().map(|entry| entry.at));
    checkpoints.push(start() + TimeDelta::days(DAYS + 90));
    checkpoints.sort();
    checkpoints.dedup();
    History { seed, rules, entries, checkpoints, verdicts }
}

/// A quarter of an hour within so many days; often a midnight somewhere.
fn moment(rng: &mut Rng, days: i64) -> Instant {
    let day = start() + TimeDelta::days(rng.i64(0..days));
    match rng.u8(0..4) {
        0 => day,
        1 => day + TimeDelta::hours(rng.i64(0..24)),
        _ => day + TimeDelta::minutes(15 * rng.i64(0..96)),
    }
}

fn quota(rng: &mut Rng) -> Quota {
    match rng.u8(0..8) {
        0 | 1 => Quota::None,
        2 => Quota::Each(Figure::Unlimited),
        3 => Quota::Each(Figure::Unknown),
        _ => Quota::Each(Figure::Known(rng.u32(5..60).into())),
    }
}

fn rules(rng: &mut Rng) -> Rules {
    let zone = ZONES[rng.usize(0..ZONES.len())].parse().unwrap();
    let reset_day = (rng.u8(0..5) > 0).then(|| rng.u8(1..=31));
    let rollover = [Rollover::None, Rollover::None, Rollover::All, Rollover::UpTo(7.into())][rng.usize(0..4)];
    // What a change of plan does while the reset day is unknown is not settled by the rules: one plan there.
    let changes = if reset_day.is_some() { rng.usize(0..4) } else { 0 };
    let mut days: Vec<i64> = (0..changes).map(|_| rng.i64(1..DAYS)).collect();
    days.extend([rng.i64(0..20)]);
    days.sort_unstable();
    days.dedup();
    let phase = |day: i64, quota| Phase {
        // 05:00 UTC is midnight in Havana and New York: changes fall on resets there.
        from: start() + TimeDelta::days(day) + TimeDelta::hours(if day % 2 == 0 { 0 } else { 5 }),
        plan: None,
        quotas: vec![(id("monthly"), quota)],
    };
    let phases = days.into_iter().map(|day| phase(day, quota(rng))).collect();
    let reset = reset_day
        .map(|day| ResetRule::Schedule { recurrence: Recurrence::MonthlyOn { day, zone }, source: FigureSource::Configured });
    let bucket = |name: &str, kind, rank, expiry| BucketRule {
        id: id(name),
        name: name.to_owned(),
        kind,
        rank,
        resets: reset.iter().map(|rule| ByPlan { plans: PlanFilter::Any, value: *rule }).collect(),
        rollover: vec![ByPlan { plans: PlanFilter::Any, value: rollover }],
        expiry,
    };
    let from = start() + TimeDelta::days(3);
    let launch = ScheduledGrant {
        bucket: id("promotional"),
        label: "launch".to_owned(),
        amount: if rng.bool() { Figure::Known(25.into()) } else { Figure::Unknown },
        effective_at: from,
        expires_at: Some(from + TimeDelta::days(28)),
    };
    let scheduled = if rng.bool() { vec![launch] } else { Vec::new() };
    Rules {
        account: AccountId::new("a").unwrap(),
        zone,
        source: Source::Ledger,
        lapses_with_subscription: false,
        buckets: vec![
            bucket("promotional", BucketKind::Promotional, 1, ExpiryRule::Days(28)),
            bucket("monthly", BucketKind::Recurring, 2, ExpiryRule::NextReset),
            bucket("purchased", BucketKind::Purchased, 3, ExpiryRule::Years(1)),
            bucket("extra", BucketKind::Bonus, 4, ExpiryRule::Never),
        ],
        order: if rng.u8(0..3) == 0 { vec![OrderKey::Expiry, OrderKey::Grant] } else { DEFAULT_ORDER.to_vec() },
        order_reason: "It is so".to_owned(),
        configured_plan: None,
        phases,
        scheduled,
        fair_use: Vec::new(),
        unpolled: None,
        resets_stated: false,
    }
}

/// Drafts that the rules admit. Most happen one after the other; every third or so is entered late.
fn entries(rng: &mut Rng, rules: &Arc<Rules>) -> (Vec<Entry>, Vec<Verdict>) {
    let mut admission = Admission::new(rules, Vec::new(), &[]);
    let mut verdicts = Vec::new();
    let mut entries: Vec<Entry> = Vec::new();
    let mut moments: Vec<Instant> = (0..rng.usize(5..40)).map(|_| moment(rng, DAYS)).collect();
    moments.sort();
    let now = start() + TimeDelta::days(DAYS);
    for (number, moment_in_turn) in moments.into_iter().enumerate() {
        let at = match rng.u8(0..9) {
            0 | 1 => moment(rng, DAYS),
            2 if !entries.is_empty() => entries[rng.usize(0..entries.len())].at,
            _ => moment_in_turn,
        };
        let Some((at, body)) = body(rng, &entries, at) else { continue };
        let reference = Ref::new(&format!("{}{number}", ["k", "z", "b"][rng.usize(0..3)])).unwrap();
        let draft = Draft {
            account: rules.account.clone(),
            at,
            reference: Some(reference.clone()),
            body: body.clone(),
            note: None,
            actor: None,
            tags: Vec::new(),
            must_fit: false,
        };
        // Now and then the clock was wrong before, and is right again: what it dated ahead is reversed at its own instant.
        let clock = if admission.known_for(&draft).is_ok_and(|known| known.earliest_reversal(&draft) == Some(at)) {
            at - TimeDelta::days(1)
        } else {
            now
        };
        let admitted = admission.check(&draft, clock).is_ok();
        let seq = Seq(i64::try_from(number).unwrap());
        let (account, recorded_at) = (rules.account.clone(), clock);
        let entry = Entry { seq, account, at, recorded_at, reference, body, note: None, actor: None, tags: Vec::new() };
        let expires_early = |expires_at: &Option<Instant>| expires_at.is_some_and(|expires_at| expires_at <= at);
        let is_taken = match &entry.body {
            EntryBody::Hold { expires_at, .. } => !expires_early(expires_at),
            EntryBody::Adjust { amount, .. } => amount.is_negative(),
            _ => false,
        };
        if is_taken {
            verdicts.push(Verdict { before: entries.len(), draft: entry.clone(), admitted });
        }
        if !admitted {
            continue;
        }
        admission.record(entry.clone());
        entries.push(entry);
    }
    (entries, verdicts)
}

fn body(rng: &mut Rng, entries: &[Entry], at: Instant) -> Option<(Instant, EntryBody)> {
    let bucket = id(["promotional", "monthly", "purchased", "extra"][rng.usize(0..4)]);
    let quarter = |rng: &mut Rng, days: i64| TimeDelta::minutes(15 * rng.i64(1..days * 96));
    let pick = |rng: &mut Rng, kind: Option<EntryKind>| {
        let all: Vec<&Entry> = entries.iter().filter(|entry| kind.is_none_or(|kind| entry.body.kind() == kind)).collect();
        (!all.is_empty()).then(|| all[rng.usize(0..all.len())])
    };
    let body = match rng.u8(0..20) {
        0..=4 => {
            let effective_at = (rng.u8(0..3) == 0).then(|| at + quarter(rng, 40));
            let from = effective_at.unwrap_or(at);
            let expires = match rng.u8(0..4) {
                0 => Expires::At(from + quarter(rng, 60)),
                1 => Expires::Never,
                _ => Expires::ByRule,
            };
            EntryBody::Grant(Grant { bucket, amount: rng.u32(1..40).into(), effective_at, expires, priority: rng.i32(-1..=1) })
        }
        5..=10 => EntryBody::Spend(Spend { amount: rng.u32(0..45).into(), action: None, variant: None, quantity: None }),
        11 | 12 => EntryBody::Hold { amount: rng.u32(1..20).into(), expires_at: rng.bool().then(|| at + quarter(rng, 30)) },
        13 => {
            let hold = pick(rng, Some(EntryKind::Hold))?;
            return Some((at.max(hold.at), EntryBody::Capture { hold: hold.reference.clone(), amount: rng.u32(1..12).into() }));
        }
        14 => {
            let hold = pick(rng, Some(EntryKind::Hold))?;
            return Some((at.max(hold.at), EntryBody::Release { hold: hold.reference.clone() }));
        }
        15 => {
            let size = creditop::credit::Amount::from(rng.u32(1..15));
            EntryBody::Adjust { bucket, amount: if rng.bool() { size } else { size.negated() } }
        }
        16 | 17 => EntryBody::Observe { bucket, remaining: rng.u32(0..40).into() },
        _ => {
            let target = pick(rng, None)?;
            return Some((at.max(target.at), EntryBody::Reverse { reverses: target.reference.clone() }));
        }
    };
    Some((at, body))
}

impl History {
    /// What can be known at `now`: of what happens later only grants.
    pub(crate) fn seen_from(&self, now: Instant) -> Self {
        let known = |entry: &&Entry| entry.at <= now || matches!(entry.body, EntryBody::Grant(_));
        let entries = self.entries.iter().filter(known).cloned().collect();
        Self { seed: self.seed, rules: Arc::clone(&self.rules), entries, checkpoints: vec![now], verdicts: Vec::new() }
    }

    /// The same, with so much bought.
    pub(crate) fn buying(&self, at: Instant, amount: creditop::credit::Amount) -> Self {
        let mut bought = self.seen_from(at);
        let grant = Grant { bucket: id("purchased"), amount, effective_at: None, expires: Expires::ByRule, priority: 0 };
        if amount.is_positive() {
            let seq = Seq(1_000_000);
            let (account, reference) = (self.rules.account.clone(), Ref::new("bought").unwrap());
            let body = EntryBody::Grant(grant);
            bought.entries.push(Entry {
                seq,
                account,
                at,
                recorded_at: at,
                reference,
                body,
                note: None,
                actor: None,
                tags: Vec::new(),
            });
        }
        bought
    }

    pub(crate) fn book(&self) -> Book {
        Book {
            profile: Profile {
                id: self.rules.account.clone(),
                name: "A".to_owned(),
                provider: ProviderId::new("p").unwrap(),
                provider_name: "P".to_owned(),
                unit: "credits".to_owned(),
                customer: None,
                tags: Vec::new(),
                thresholds: Thresholds::default(),
                pool: None,
            },
            rules: Arc::clone(&self.rules),
            prices: Arc::new(PriceList {
                actions: vec![PricedAction {
                    action: ActionId::new("use").unwrap(),
                    variant: None,
                    name: "Use".to_owned(),
                    unit: "credit".to_owned(),
                    cost: UnitCost::Known(1.into()),
                    whole: true,
                    task: None,
                    family: None,
                    quality: None,
                    note: None,
                    also: Vec::new(),
                }],
                combinations: Vec::new(),
            }),
            money: None,
            tariffs: Arc::default(),
            start: None,
            entries: Arc::new(self.entries.clone()),
            observations: Arc::default(),
            health: PollHealth::default(),
        }
    }

    /// The book with an action of its own for each price, and a plan of so many units of each.
    pub(crate) fn book_of_units(&self, units: &[(usize, usize)]) -> (Book, Vec<PlanLine>) {
        let book = self.book();
        let action = |place: usize| ActionId::new(&format!("line-{place}")).unwrap();
        let amount = |number: usize| Amount::from(u32::try_from(number).unwrap());
        let lines = units.iter().enumerate();
        let priced = lines.clone().map(|(place, (price, _))| PricedAction {
            action: action(place),
            cost: UnitCost::Known(amount(*price)),
            ..book.prices.actions[0].clone()
        });
        let plan = lines.map(|(place, (_, number))| PlanLine { action: action(place), variant: None, quantity: amount(*number) });
        let prices = PriceList { actions: priced.collect(), combinations: Vec::new() };
        let plan = plan.collect();
        (Book { prices: Arc::new(prices), ..book }, plan)
    }

    fn may_be_unknown(&self, bucket: &BucketId) -> bool {
        let unknown = Quota::Each(Figure::Unknown);
        let is_monthly = bucket == &id("monthly");
        let unscheduled = is_monthly && self.rules.buckets[1].resets.is_empty();
        unscheduled
            || self.rules.phases.iter().any(|phase| phase.quota(bucket) == unknown)
            || self.rules.scheduled.iter().any(|grant| &grant.bucket == bucket && grant.amount == Figure::Unknown)
    }

    /// Whether the rules leave open what comes out: an observation is reversed after a later one of the same bucket, whose
    /// reset day or quota is unknown. Which of the two then says how long the figure stands is not settled.
    pub(crate) fn is_ambiguous(&self) -> bool {
        let observed = |entry: &Entry| match &entry.body {
            EntryBody::Observe { bucket, .. } => Some(bucket.clone()),
            _ => None,
        };
        self.entries.iter().any(|reverse| {
            let EntryBody::Reverse { reverses } = &reverse.body else { return false };
            let Some(target) = self.entries.iter().find(|entry| &entry.reference == reverses) else { return false };
            let Some(bucket) = observed(target).filter(|bucket| self.may_be_unknown(bucket)) else { return false };
            self.entries.iter().any(|other| {
                other.reference != target.reference
                    && observed(other) == Some(bucket.clone())
                    && (target.at..=reverse.at).contains(&other.at)
            })
        })
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "zone {}, order {:?}", self.rules.zone, self.rules.order)?;
        writeln!(f, "resets {:?}, rollover {:?}", self.rules.buckets[1].resets, self.rules.buckets[1].rollover)?;
        for phase in &self.rules.phases {
            writeln!(f, "phase {} {:?}", phase.from, phase.quotas)?;
        }
        for grant in &self.rules.scheduled {
            writeln!(f, "scheduled {grant:?}")?;
        }
        for entry in &self.entries {
            writeln!(f, "{} {} {:?}", entry.at, entry.reference, entry.body)?;
        }
        Ok(())
    }
}
