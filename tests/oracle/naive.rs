//! The rules of SPEC 3, played with single credits from instant to instant.

mod acts;
mod admission;
mod picture;

use std::collections::BTreeMap;

use creditop::credit::{
    Amount, Entry, EntryBody, Expires, ExpiryRule, Figure, Instant, Quota, Recurrence, ResetRule, Rollover, Rules,
};

use crate::clock;

pub(crate) use admission::admits;

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

#[derive(Clone)]
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
#[derive(Clone)]
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

#[derive(Clone)]
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

#[derive(Clone)]
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
                clock::reset_days(zone, day, first - chrono::TimeDelta::days(40), first + chrono::TimeDelta::days(800))
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
            let bucket = rules.bucket_index(&grant.bucket).unwrap().place();
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
        all.extend(self.doubts.iter().map(|doubt| doubt.from));
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
        // A reset at the same instant comes after the change: it ends what is left and grants the first quota.
        let resets_now = self.next_reset == Some(at);
        if let (true, false, Quota::Each(amount)) = (had_none, resets_now, self.quota(place)) {
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
        let bucket = self.rules.bucket_index(&grant.bucket).unwrap().place();
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
}
