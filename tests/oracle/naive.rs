//! The rules of SPEC 3, played with single credits from instant to instant.

use std::collections::BTreeMap;

use creditop::credit::{
    Amount, Entry, EntryBody, Expires, ExpiryRule, Figure, Instant, OrderKey, Quota, Recurrence, ResetRule, Rollover, Rules,
};

use crate::clock;

/// What became of one credit.
#[derive(Clone, Copy, PartialEq)]
enum Credit {
    Left,
    Spent,
    Lapsed,
    Adjusted,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Counted,
    Unlimited,
    Unknown,
}

#[derive(Clone, Copy, PartialEq)]
enum Life {
    Waiting,
    Active,
    Lapsed,
    Void,
}

struct Lot {
    bucket: usize,
    name: String,
    kind: Kind,
    life: Life,
    credits: Vec<Credit>,
    from: Instant,
    until: Option<Instant>,
    /// Ends with its bucket's cycle.
    in_cycle: bool,
    /// What is known of it ends then, for the reset day is unknown.
    stands_until: Option<Instant>,
    granted: Instant,
    priority: i32,
    /// The observation that told what an unknown lot holds.
    told_by: Option<String>,
}

/// From an instant on a bucket without a known reset day may have been refilled: nobody knows what it holds.
struct Doubt {
    bucket: usize,
    from: Instant,
    by: String,
    gone: bool,
    told_by: Option<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum HoldEnd {
    Open,
    Released,
    ForGood,
}

struct Hold {
    name: String,
    left: usize,
    until: Option<Instant>,
    end: HoldEnd,
}

#[derive(Default, Clone)]
struct Done {
    /// Lot and credit, in the order in which they were taken.
    taken: Vec<(usize, usize)>,
    uncovered: usize,
    unknown: usize,
    /// From which hold, and how much.
    from_hold: Option<(String, usize)>,
    released: bool,
    stood: Vec<(usize, Option<Instant>)>,
}

/// What an account looks like, in words that both engines can say.
#[derive(Debug, PartialEq)]
pub(crate) struct Picture {
    pub totals: [String; 4],
    pub buckets: Vec<String>,
    pub uncovered: Vec<String>,
    pub holds: Vec<String>,
}

pub(crate) struct Naive<'a> {
    rules: &'a Rules,
    /// In the order in which they happened.
    entries: Vec<&'a Entry>,
    resets: Vec<Instant>,
    now: Option<Instant>,
    lots: Vec<Lot>,
    doubts: Vec<Doubt>,
    holds: Vec<Hold>,
    done: BTreeMap<String, Done>,
    uncovered: Vec<String>,
    /// Of the monthly bucket: the next reset while a plan grants something there, and what the cycle started with.
    next_reset: Option<Instant>,
    capacity: Option<Figure>,
}

const MONTHLY: usize = 1;

fn count(amount: Amount) -> usize {
    amount.to_string().parse().expect("a whole number of credits")
}

fn stamp(at: Instant) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

impl<'a> Naive<'a> {
    pub(crate) fn new(rules: &'a Rules, entries: &'a [Entry]) -> Self {
        let mut sorted: Vec<&Entry> = entries.iter().collect();
        let is_grant = |entry: &Entry| matches!(entry.body, EntryBody::Grant(_));
        sorted.sort_by_key(|entry| (entry.at, !is_grant(entry), entry.seq));
        let first = rules.phases[0].from;
        let resets = match rules.buckets[MONTHLY].resets.first().map(|reset| reset.value) {
            Some(ResetRule::Schedule { recurrence: Recurrence::MonthlyOn { day, zone }, .. }) => {
                clock::reset_days(zone, day, first - chrono::TimeDelta::days(40), first + chrono::TimeDelta::days(700))
            }
            _ => Vec::new(),
        };
        let mut naive = Self {
            rules,
            entries: sorted,
            resets,
            now: None,
            lots: Vec::new(),
            doubts: Vec::new(),
            holds: Vec::new(),
            done: BTreeMap::new(),
            uncovered: Vec::new(),
            next_reset: None,
            capacity: None,
        };
        for grant in &rules.scheduled {
            let bucket = rules.bucket_index(&grant.bucket).unwrap();
            let lot = naive.new_lot(bucket, &grant.label, grant.amount, grant.effective_at);
            naive.lots[lot].until = grant.expires_at;
        }
        naive
    }

    fn new_lot(&mut self, bucket: usize, name: &str, amount: Figure, from: Instant) -> usize {
        let (kind, size) = match amount {
            Figure::Known(amount) => (Kind::Counted, count(amount)),
            Figure::Unlimited => (Kind::Unlimited, 0),
            Figure::Unknown => (Kind::Unknown, 0),
        };
        self.lots.push(Lot {
            bucket,
            name: name.to_owned(),
            kind,
            life: Life::Waiting,
            credits: vec![Credit::Left; size],
            from,
            until: None,
            in_cycle: false,
            stands_until: None,
            granted: from,
            priority: 0,
            told_by: None,
        });
        self.lots.len() - 1
    }

    /// Plays everything up to and including `end`.
    pub(crate) fn run(&mut self, end: Instant) {
        while let Some(at) = self.next_instant().filter(|at| *at <= end) {
            self.now = Some(at);
            self.play(at);
        }
        self.now = Some(end);
    }

    /// The first instant after now at which anything is due.
    fn next_instant(&self) -> Option<Instant> {
        let mut all: Vec<Instant> = self.entries.iter().map(|entry| entry.at).collect();
        all.extend(self.lots.iter().flat_map(|lot| [Some(lot.from), lot.until, lot.stands_until]).flatten());
        all.extend(self.holds.iter().filter_map(|hold| hold.until));
        all.extend(self.rules.phases.iter().map(|phase| phase.from));
        all.extend(&self.resets);
        all.into_iter().filter(|at| self.now.is_none_or(|now| *at > now)).min()
    }

    /// One instant in the order of E5.
    fn play(&mut self, at: Instant) {
        self.expire(at);
        for hold in &mut self.holds {
            if hold.until == Some(at) {
                hold.left = 0;
                hold.end = HoldEnd::ForGood;
            }
        }
        for place in 0..self.rules.phases.len() {
            if self.rules.phases[place].from == at {
                self.change_plan(place, at);
            }
        }
        if self.next_reset == Some(at) {
            self.reset(at);
        }
        let due: Vec<&Entry> = self.entries.iter().copied().filter(|entry| entry.at == at).collect();
        for entry in &due {
            if let EntryBody::Grant(_) = entry.body {
                self.grant(entry);
            }
        }
        for lot in &mut self.lots {
            if lot.life == Life::Waiting && lot.from <= at {
                lot.life = Life::Active;
            }
        }
        for entry in due {
            self.act(entry, at);
        }
    }

    fn expire(&mut self, at: Instant) {
        for place in 0..self.lots.len() {
            let lot = &self.lots[place];
            if lot.life != Life::Active {
                continue;
            }
            if !lot.in_cycle && lot.until.is_some_and(|until| until <= at) {
                self.end(place, Life::Lapsed);
            } else if lot.stands_until.is_some_and(|until| until <= at) {
                self.end(place, Life::Void);
            }
        }
    }

    fn end(&mut self, place: usize, life: Life) {
        let lot = &mut self.lots[place];
        if matches!(lot.life, Life::Lapsed | Life::Void) {
            return;
        }
        lot.life = life;
        for credit in &mut lot.credits {
            if *credit == Credit::Left {
                *credit = if life == Life::Lapsed { Credit::Lapsed } else { Credit::Adjusted };
            }
        }
    }

    fn quota(&self, place: usize) -> Quota {
        self.rules.phases[place].quota(&self.rules.buckets[MONTHLY].id)
    }

    fn change_plan(&mut self, place: usize, at: Instant) {
        let had_none = place == 0 || self.quota(place - 1) == Quota::None;
        if let (true, Quota::Each(amount)) = (had_none, self.quota(place)) {
            self.open_cycle(amount, 0, at);
        }
    }

    fn reset_after(&self, at: Instant) -> Option<Instant> {
        self.resets.iter().copied().find(|reset| *reset > at)
    }

    fn open_cycle(&mut self, amount: Figure, rolled: usize, at: Instant) {
        self.next_reset = self.reset_after(at);
        self.capacity = Some(amount);
        let lot = self.new_lot(MONTHLY, &format!("monthly@{}", stamp(at)), amount, at);
        self.put_in_cycle(lot, at);
        if rolled > 0 {
            let amount = Figure::Known(u32::try_from(rolled).unwrap().into());
            let lot = self.new_lot(MONTHLY, &format!("monthly@{}+rollover", stamp(at)), amount, at);
            self.put_in_cycle(lot, at);
        }
    }

    /// Lets a lot of the monthly bucket end with the cycle; at the next reset day where the plan has no cycle; or stand for
    /// a month where no reset day is known.
    fn put_in_cycle(&mut self, place: usize, at: Instant) {
        let from = self.lots[place].from;
        let next = self.next_reset.or_else(|| self.reset_after(from));
        let lot = &mut self.lots[place];
        if lot.from <= at {
            lot.life = Life::Active;
        }
        lot.until = next;
        lot.in_cycle = self.next_reset.is_some();
        if next.is_none() && lot.kind == Kind::Counted {
            let end = clock::a_month_on(from);
            lot.stands_until = Some(end);
            self.doubts.push(Doubt { bucket: MONTHLY, from: end, by: lot.name.clone(), gone: false, told_by: None });
        }
    }

    fn reset(&mut self, at: Instant) {
        let members: Vec<usize> = (0..self.lots.len()).filter(|place| self.lots[*place].in_cycle).collect();
        let left = |lot: &Lot| lot.credits.iter().filter(|credit| **credit == Credit::Left).count();
        let open: usize = members.iter().map(|place| &self.lots[*place]).filter(|lot| lot.life == Life::Active).map(left).sum();
        for place in members {
            self.end(place, Life::Lapsed);
        }
        let rolled = match self.rules.buckets[MONTHLY].rollover[0].value {
            Rollover::None => 0,
            Rollover::All => open,
            Rollover::UpTo(limit) => open.min(count(limit)),
        };
        let phase = (0..self.rules.phases.len()).rev().find(|place| self.rules.phases[*place].from <= at).unwrap();
        match self.quota(phase) {
            Quota::Each(amount) => self.open_cycle(amount, rolled, at),
            Quota::None => (self.next_reset, self.capacity) = (None, None),
        }
    }

    fn grant(&mut self, entry: &Entry) {
        let EntryBody::Grant(grant) = &entry.body else { return };
        let bucket = self.rules.bucket_index(&grant.bucket).unwrap();
        let from = grant.effective_at.unwrap_or(entry.at);
        let place = self.new_lot(bucket, entry.reference.as_str(), Figure::Known(grant.amount), from);
        self.lots[place].granted = entry.at;
        self.lots[place].priority = grant.priority;
        let zone = self.rules.zone;
        match (grant.expires, self.rules.buckets[bucket].expiry) {
            (Expires::At(at), _) => self.lots[place].until = Some(at),
            (Expires::Never, _) | (Expires::ByRule, ExpiryRule::Never) => {}
            (Expires::ByRule, ExpiryRule::Years(_)) => self.lots[place].until = Some(clock::a_year_on(zone, from)),
            (Expires::ByRule, ExpiryRule::Days(days)) => {
                self.lots[place].until = Some(clock::days_on(zone, from, i64::from(days)));
            }
            (Expires::ByRule, ExpiryRule::NextReset) => {
                if self.next_reset.is_some_and(|next| from >= next) {
                    // For a later cycle.
                    self.lots[place].until = self.reset_after(from);
                } else {
                    self.put_in_cycle(place, entry.at);
                }
            }
        }
    }

    fn act(&mut self, entry: &Entry, at: Instant) {
        let name = entry.reference.as_str();
        let mut done = Done::default();
        match &entry.body {
            EntryBody::Grant(_) => {}
            EntryBody::Spend(spend) => done = self.spend(count(spend.amount)),
            EntryBody::Hold { amount, expires_at } => {
                let (left, until) = (count(*amount), *expires_at);
                self.holds.push(Hold { name: name.to_owned(), left, until, end: HoldEnd::Open });
            }
            EntryBody::Capture { hold, amount } => {
                done = self.spend(count(*amount));
                let hold = self.holds.iter_mut().find(|other| other.name == hold.as_str()).unwrap();
                let part = hold.left.min(count(*amount));
                hold.left -= part;
                done.from_hold = Some((hold.name.clone(), part));
            }
            EntryBody::Release { hold } => {
                let hold = self.holds.iter_mut().find(|other| other.name == hold.as_str()).unwrap();
                done.from_hold = Some((hold.name.clone(), hold.left));
                done.released = true;
                hold.left = 0;
                if hold.end == HoldEnd::Open {
                    hold.end = HoldEnd::Released;
                }
            }
            EntryBody::Adjust { bucket, amount } => {
                let bucket = self.rules.bucket_index(bucket).unwrap();
                if amount.is_negative() {
                    done.taken = self.take(count(amount.negated()), Some(bucket), Credit::Adjusted);
                } else {
                    self.add(bucket, name, count(*amount), at);
                }
            }
            EntryBody::Observe { bucket, remaining } => {
                done = self.observe(self.rules.bucket_index(bucket).unwrap(), name, count(*remaining), at);
            }
            EntryBody::Reverse { reverses } => self.reverse(reverses.as_str(), at),
        }
        if done.uncovered > 0 {
            self.uncovered.push(name.to_owned());
        }
        self.done.insert(name.to_owned(), done);
    }

    /// The lot of which the next credit would be taken.
    fn next_lot(&self, bucket: Option<usize>) -> Option<usize> {
        let gives = |lot: &Lot| {
            lot.life == Life::Active
                && bucket.is_none_or(|bucket| lot.bucket == bucket)
                && (lot.kind == Kind::Unlimited || (lot.kind == Kind::Counted && lot.credits.contains(&Credit::Left)))
        };
        let all = (0..self.lots.len()).filter(|place| gives(&self.lots[*place]));
        all.min_by(|one, other| self.goes_before(&self.lots[*one], &self.lots[*other]))
    }

    fn goes_before(&self, one: &Lot, other: &Lot) -> std::cmp::Ordering {
        let never = Instant::MAX_UTC;
        for key in &self.rules.order {
            let order = match key {
                OrderKey::Rank => self.rules.buckets[one.bucket].rank.cmp(&self.rules.buckets[other.bucket].rank),
                OrderKey::Priority => one.priority.cmp(&other.priority),
                OrderKey::Expiry => one.until.unwrap_or(never).cmp(&other.until.unwrap_or(never)),
                OrderKey::Grant => one.granted.cmp(&other.granted),
            };
            if order.is_ne() {
                return order;
            }
        }
        one.name.cmp(&other.name)
    }

    fn take(&mut self, number: usize, bucket: Option<usize>, into: Credit) -> Vec<(usize, usize)> {
        let mut taken = Vec::new();
        for _ in 0..number {
            let Some(place) = self.next_lot(bucket) else { break };
            let lot = &mut self.lots[place];
            if lot.kind == Kind::Unlimited {
                lot.credits.push(Credit::Left);
            }
            let credit = lot.credits.iter().position(|credit| *credit == Credit::Left).unwrap();
            lot.credits[credit] = into;
            taken.push((place, credit));
        }
        taken
    }

    fn spend(&mut self, number: usize) -> Done {
        let taken = self.take(number, None, Credit::Spent);
        let rest = number - taken.len();
        let unsure = (0..self.rules.buckets.len()).any(|bucket| self.is_unknown(bucket));
        let (uncovered, unknown) = if unsure { (0, rest) } else { (rest, 0) };
        Done { taken, uncovered, unknown, ..Done::default() }
    }

    fn is_unknown(&self, bucket: usize) -> bool {
        let lot =
            |lot: &Lot| lot.bucket == bucket && lot.life == Life::Active && lot.kind == Kind::Unknown && lot.told_by.is_none();
        let doubt = |doubt: &Doubt| {
            doubt.bucket == bucket && !doubt.gone && doubt.told_by.is_none() && self.now.is_some_and(|now| doubt.from <= now)
        };
        self.lots.iter().any(lot) || self.doubts.iter().any(doubt)
    }

    fn known_in(&self, bucket: usize) -> usize {
        let counts = |lot: &&Lot| lot.bucket == bucket && lot.life == Life::Active && lot.kind == Kind::Counted;
        let left = |lot: &Lot| lot.credits.iter().filter(|credit| **credit == Credit::Left).count();
        self.lots.iter().filter(counts).map(left).sum()
    }

    /// A correction upwards: a lot from now on.
    fn add(&mut self, bucket: usize, name: &str, number: usize, at: Instant) {
        if number == 0 {
            return;
        }
        let lot = self.new_lot(bucket, name, Figure::Known(u32::try_from(number).unwrap().into()), at);
        self.lots[lot].life = Life::Active;
        if bucket == MONTHLY {
            self.put_in_cycle(lot, at);
        }
    }

    fn observe(&mut self, bucket: usize, name: &str, remaining: usize, at: Instant) -> Done {
        let mut done = Done::default();
        for lot in &mut self.lots {
            if lot.bucket == bucket && lot.life == Life::Active && lot.kind == Kind::Unknown && lot.told_by.is_none() {
                lot.told_by = Some(name.to_owned());
            }
        }
        for doubt in self.doubts.iter_mut().filter(|doubt| doubt.bucket == bucket && doubt.told_by.is_none()) {
            doubt.told_by = Some(name.to_owned());
        }
        let known = self.known_in(bucket);
        if known >= remaining {
            done.taken = self.take(known - remaining, Some(bucket), Credit::Adjusted);
        } else {
            self.add(bucket, name, remaining - known, at);
        }
        if bucket == MONTHLY && self.reset_after(at).is_none() {
            // The figure stands for a month from now, but for lots that say themselves when they end.
            let end = clock::a_month_on(at);
            for (place, lot) in self.lots.iter_mut().enumerate() {
                if lot.bucket == bucket && lot.life == Life::Active && lot.kind == Kind::Counted && lot.until.is_none() {
                    done.stood.push((place, lot.stands_until));
                    lot.stands_until = Some(end);
                }
            }
            if !self.doubts.iter().any(|doubt| doubt.by == name) {
                self.doubts.push(Doubt { bucket, from: end, by: name.to_owned(), gone: false, told_by: None });
            }
        }
        done
    }

    fn reverse(&mut self, target: &str, at: Instant) {
        let done = self.done.get(target).cloned().unwrap_or_default();
        for (place, credit) in &done.taken {
            let lot = &mut self.lots[*place];
            lot.credits[*credit] = match lot.life {
                Life::Lapsed => Credit::Lapsed,
                Life::Void => Credit::Adjusted,
                Life::Waiting | Life::Active => Credit::Left,
            };
            if lot.kind == Kind::Unlimited {
                lot.credits[*credit] = Credit::Adjusted;
            }
        }
        for place in 0..self.lots.len() {
            if self.lots[place].name == target {
                self.end(place, Life::Void);
            }
            if self.lots[place].told_by.as_deref() == Some(target) {
                self.lots[place].told_by = None;
            }
        }
        for (place, old) in &done.stood {
            if self.lots[*place].life == Life::Active {
                self.lots[*place].stands_until = *old;
            }
        }
        for doubt in &mut self.doubts {
            doubt.gone |= doubt.by == target;
            if doubt.told_by.as_deref() == Some(target) {
                doubt.told_by = None;
            }
        }
        self.expire(at);
        if let Some(hold) = self.holds.iter_mut().find(|hold| hold.name == target) {
            hold.left = 0;
            hold.end = HoldEnd::ForGood;
        }
        if let Some((name, part)) = &done.from_hold {
            let hold = self.holds.iter_mut().find(|hold| &hold.name == name).unwrap();
            if done.released && hold.end == HoldEnd::Released {
                hold.end = HoldEnd::Open;
            }
            if hold.end == HoldEnd::Open {
                hold.left += part;
            }
        }
        self.uncovered.retain(|name| name != target);
    }

    /// What an entry took from each lot, and what it could not take.
    pub(crate) fn paid(&self, name: &str) -> Vec<String> {
        let done = self.done.get(name).cloned().unwrap_or_default();
        let mut all = self.parts(&done.taken);
        all.push(format!("uncovered {} unknown {}", done.uncovered, done.unknown));
        all
    }

    fn parts(&self, taken: &[(usize, usize)]) -> Vec<String> {
        let mut parts: Vec<(usize, usize)> = Vec::new();
        for (place, _) in taken {
            match parts.last_mut().filter(|(last, _)| last == place) {
                Some((_, number)) => *number += 1,
                None => parts.push((*place, 1)),
            }
        }
        parts.iter().map(|(place, number)| format!("{number} from {}", self.lots[*place].name)).collect()
    }

    fn held(&self) -> usize {
        self.holds.iter().map(|hold| hold.left).sum()
    }

    /// The known credits that are not held; `None` where there is no limit.
    pub(crate) fn spendable(&self) -> Option<usize> {
        let is_unlimited = |lot: &Lot| lot.life == Life::Active && lot.kind == Kind::Unlimited;
        let known: usize = (0..self.rules.buckets.len()).map(|bucket| self.known_in(bucket)).sum();
        (!self.lots.iter().any(is_unlimited)).then(|| known.saturating_sub(self.held()))
    }

    /// What a spend would take from each lot now.
    pub(crate) fn would_draw(&mut self, number: usize) -> Vec<String> {
        let taken = self.take(number, None, Credit::Spent);
        for (place, credit) in &taken {
            self.lots[*place].credits[*credit] = Credit::Left;
        }
        self.parts(&taken)
    }

    /// The first instant from now on at which so much could be spent, as [`crate::print_instant`] writes it.
    pub(crate) fn affordable_at(&mut self, cost: usize, horizon: Instant) -> String {
        let mut unsure = false;
        loop {
            if self.spendable().is_none_or(|spendable| spendable >= cost) {
                return stamp(self.now.unwrap());
            }
            unsure |= (0..self.rules.buckets.len()).any(|bucket| self.is_unknown(bucket));
            let Some(at) = self.next_instant().filter(|at| *at <= horizon) else { break };
            self.run(at);
        }
        if unsure { "unknown".to_owned() } else { "never".to_owned() }
    }

    pub(crate) fn picture(&self) -> Picture {
        let mut buckets = Vec::new();
        let mut total = 0;
        let (mut unlimited, mut unknown) = (false, false);
        for (bucket, rule) in self.rules.buckets.iter().enumerate() {
            let is = |lot: &Lot| lot.bucket == bucket && lot.life == Life::Active && lot.kind == Kind::Unlimited;
            let (is_unlimited, is_unknown) = (self.lots.iter().any(is), self.is_unknown(bucket));
            let known = self.known_in(bucket);
            total += known;
            unlimited |= is_unlimited;
            unknown |= is_unknown;
            let (capacity, resets) = if bucket == MONTHLY { (self.capacity, self.next_reset) } else { (None, None) };
            let (capacity, resets) = (capacity.map(crate::text).unwrap_or_default(), resets.map(stamp).unwrap_or_default());
            let remaining = word(is_unlimited, is_unknown, known);
            buckets.push(format!("{}: {remaining} known {known} of {capacity} resets {resets}", rule.id));
        }
        buckets.extend((0..self.lots.len()).filter_map(|place| self.line(place)));
        buckets.sort();
        let held = self.held();
        let known_total = word(unlimited, false, total);
        let spendable = word(unlimited, unknown, total.saturating_sub(held));
        let uncovered = self.uncovered.iter().map(|name| format!("{name} {}", self.done[name].uncovered)).collect();
        let open = self.holds.iter().filter(|hold| hold.left > 0);
        let holds = open.map(|hold| format!("{} {}", hold.name, hold.left)).collect();
        Picture { totals: [word(unlimited, unknown, total), known_total, held.to_string(), spendable], buckets, uncovered, holds }
    }

    fn line(&self, place: usize) -> Option<String> {
        let lot = &self.lots[place];
        if matches!(lot.life, Life::Lapsed | Life::Void) {
            return None;
        }
        let left = lot.credits.iter().filter(|credit| **credit == Credit::Left).count();
        let (remaining, granted) = match lot.kind {
            Kind::Counted => (left.to_string(), lot.credits.len().to_string()),
            Kind::Unlimited => ("unlimited".to_owned(), "unlimited".to_owned()),
            Kind::Unknown if lot.told_by.is_some() => ("0".to_owned(), "unknown".to_owned()),
            Kind::Unknown => ("unknown".to_owned(), "unknown".to_owned()),
        };
        let gives = |lot: &Lot| {
            lot.life == Life::Active
                && (lot.kind == Kind::Unlimited || (lot.kind == Kind::Counted && lot.credits.contains(&Credit::Left)))
        };
        let before = self.lots.iter().filter(|other| gives(other) && self.goes_before(other, lot).is_lt()).count();
        let order = if gives(lot) { (before + 1).to_string() } else { String::new() };
        let until = lot.until.map(stamp).unwrap_or_default();
        let bucket = &self.rules.buckets[lot.bucket].id;
        Some(format!("{bucket} {} #{order} {remaining} of {granted} {} to {until}", lot.name, stamp(lot.from)))
    }
}

fn word(unlimited: bool, unknown: bool, number: usize) -> String {
    if unlimited {
        "unlimited".to_owned()
    } else if unknown {
        "unknown".to_owned()
    } else {
        number.to_string()
    }
}
