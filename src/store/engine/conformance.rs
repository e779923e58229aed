//! What makes an engine an engine: whatever is done to ledgers on different engines, they say the same.
//!
//! The engine in memory is plain enough to be read; each of the others is held against it.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use fastrand::Rng;

use crate::credit::{
    AccountId, Amount, Checkpoint, EntryBody, EntryKind, Failure, FailureKind, Figure, Instant, ObservedBucket, Ref, Rules, Seq,
    Sighting, Unrecorded,
};
use crate::store::engine::Size;
#[cfg(feature = "postgres")]
use crate::store::engine::postgres::testing::Database;
use crate::store::testing::{Folder, account, amount, book, bucket, draft, grant_body, now, reference, rules, spend_body};
use crate::store::{AppendError, Filter, Ledger, Proposal, TailQuery};

const NAMES: [&str; 3] = ["dealer", "studio", "shop"];

/// The same ledger on every engine, with the name of each engine.
struct Both {
    ledgers: Vec<(&'static str, Ledger)>,
    _folder: Folder,
    #[cfg(feature = "postgres")]
    _database: Option<Database>,
}

impl Both {
    fn new() -> Self {
        let folder = Folder::new();
        #[cfg_attr(not(feature = "postgres"), expect(unused_mut, reason = "one engine more is added with the feature"))]
        let mut ledgers = vec![("memory", Ledger::in_memory()), ("sqlite", folder.open())];
        #[cfg(feature = "postgres")]
        let database = Database::new();
        #[cfg(feature = "postgres")]
        ledgers.extend(database.as_ref().map(|database| ("postgres", database.open())));
        Self {
            ledgers,
            _folder: folder,
            #[cfg(feature = "postgres")]
            _database: database,
        }
    }

    /// Does the same with each, and proves that each says the same.
    #[track_caller]
    fn each<T: Debug>(&mut self, what: &str, act: impl Fn(&mut Ledger) -> T) -> T {
        let mut said: Option<(&str, String, T)> = None;
        for (name, ledger) in &mut self.ledgers {
            let answer = act(ledger);
            let text = format!("{answer:#?}");
            match &said {
                None => said = Some((name, text, answer)),
                Some((first, expected, _)) => assert_eq!(text, *expected, "{what}: {name} does not say what {first} says"),
            }
        }
        said.unwrap().2
    }

    /// Records on each. What is refused is an answer.
    #[track_caller]
    fn record(&mut self, proposals: &[Proposal], at: Instant) {
        self.each("append", |ledger| match ledger.append(proposals, &rules, at) {
            Ok(appended) => format!("{appended:?}"),
            Err(AppendError::Refused(refused)) => format!("{refused:?}"),
            Err(AppendError::Store(error)) => panic!("{error}"),
        });
    }

    /// Has all that can be read of each read.
    #[track_caller]
    fn say_the_same(&mut self, at: Instant, random: &mut Rng) {
        self.each("entries", |ledger| ledger.entries_filtered(&Filter::default()).unwrap());
        let since = at - TimeDelta::days(random.i64(0..40));
        let from = Some(since);
        let filters = [
            Filter { account: Some(account("studio")), newest_first: true, limit: Some(7), offset: 2, ..Filter::default() },
            Filter { kind: Some(EntryKind::Spend), from, ..Filter::default() },
            Filter { bucket: Some(bucket("purchased")), to: from, ..Filter::default() },
            Filter { tag: Some("b".to_owned()), ..Filter::default() },
            Filter { actor: Some("Mia".to_owned()), ..Filter::default() },
            Filter { reference: Some(reference("r3")), ..Filter::default() },
        ];
        for filter in &filters {
            self.each("filter", |ledger| ledger.entries_filtered(filter).unwrap());
        }
        for name in NAMES {
            let id = account(name);
            self.each("record", |ledger| ledger.account_record(&id).unwrap());
            self.each("recent record", |ledger| ledger.recent_record(&rules(&id).unwrap(), since).unwrap());
            self.each("health", |ledger| ledger.health(&id, 300).unwrap());
            self.each("attempts", |ledger| ledger.failed_attempts(&id).unwrap());
            self.each("latest observation", |ledger| ledger.latest_observation(&id).unwrap());
        }
        self.each("accounts", |ledger| ledger.accounts().unwrap());
        self.each("last polls", |ledger| ledger.last_polls().unwrap());
        self.each("latest recorded", |ledger| ledger.latest_recorded().unwrap());
        self.each("last", |ledger| ledger.last_seq().unwrap());
        self.each("head", |ledger| ledger.head().unwrap());
        self.each("wrong stamps", |ledger| ledger.wrong_stamps(at).unwrap());
        self.each("texts", |ledger| {
            let mut texts = ledger.personal_texts().unwrap();
            texts.sort();
            texts
        });
        let report = self.each("verify", |ledger| ledger.verify(None).unwrap());
        assert_eq!(report.flaws, []);
    }

    /// Has figures made of what is recorded, from checkpoints where there are some, and keeps new ones.
    #[track_caller]
    fn look(&mut self, at: Instant) {
        self.each("figures", |ledger| {
            let rules: Vec<Arc<Rules>> = NAMES.map(|name| rules(&account(name)).unwrap()).to_vec();
            let asked: Vec<TailQuery<'_>> = rules.iter().map(|rules| TailQuery { rules, latest_start: at }).collect();
            let (tails, last) = ledger.tails(&asked).unwrap();
            let figures: Vec<_> = tails
                .into_iter()
                .zip(&rules)
                .map(|(tail, rules)| {
                    let starts = tail.start.as_ref().map(Checkpoint::at);
                    book(rules).status_by(tail, at, at).map(|(status, new)| (starts, status.buckets, new)).unwrap()
                })
                .collect();
            let new: Vec<(&Rules, Vec<Checkpoint>)> =
                rules.iter().zip(&figures).map(|(rules, (_, _, new))| (&**rules, new.clone())).collect();
            assert!(ledger.keep_checkpoints(&new, last).unwrap());
            let kept: Vec<_> = rules.iter().map(|rules| ledger.checkpoints(rules).unwrap()).collect();
            (figures, kept, last)
        });
    }
}

fn some_ref(random: &mut Rng) -> Ref {
    reference(&format!("r{}", random.u32(0..30)))
}

fn some_body(random: &mut Rng) -> EntryBody {
    let figure = |random: &mut Rng| amount(["1", "2.5", "7", "40", "0.000001"][random.usize(0..5)]);
    match random.u32(0..12) {
        0..3 => grant_body("100"),
        3..7 => spend_body(&figure(random).to_string()),
        7 => EntryBody::Hold {
            amount: figure(random),
            expires_at: random.bool().then(|| now() + TimeDelta::days(random.i64(0..9))),
        },
        8 => EntryBody::Capture { hold: some_ref(random), amount: figure(random) },
        9 => EntryBody::Release { hold: some_ref(random) },
        10 => EntryBody::Reverse { reverses: some_ref(random) },
        _ => EntryBody::Observe { bucket: bucket("bonus"), remaining: figure(random) },
    }
}

/// Something to record, that need not be possible.
fn some_proposal(random: &mut Rng, at: Instant) -> Proposal {
    let mut draft = draft("", some_body(random));
    draft.account = account(NAMES[random.usize(0..3)]);
    draft.at = at - TimeDelta::minutes(if random.bool() { 0 } else { random.i64(0..50_000) });
    draft.reference = random.bool().then(|| some_ref(random));
    draft.note = (random.u32(0..4) == 0).then(|| "of «Müller»".to_owned());
    draft.actor = (random.u32(0..3) == 0).then(|| "Mia".to_owned());
    draft.tags = ["b", "a"].iter().filter(|_| random.bool()).map(ToString::to_string).collect();
    Proposal::from(draft)
}

fn some_poll(random: &mut Rng, id: &AccountId, at: Instant) -> Result<Sighting, Failure> {
    let at = at - TimeDelta::seconds(random.i64(0..400));
    if random.u32(0..3) == 0 {
        let kind = [FailureKind::Timeout, FailureKind::RateLimited, FailureKind::NoKey][random.usize(0..3)];
        let retry_at = random.bool().then(|| at + TimeDelta::hours(1));
        return Err(Failure { kind, message: "no\u{7} answer".to_owned(), at, retry_at, or_out_of_credit: false });
    }
    let remaining = [Figure::Known(Amount::from(random.u32(0..3))), Figure::Unlimited, Figure::Unknown][random.usize(0..3)];
    Ok(Sighting {
        seq: Unrecorded,
        account: id.clone(),
        at,
        last_seen_at: at,
        plan: random.bool().then(|| "STARTER".parse().unwrap()),
        email: random.bool().then(|| "o\u{1b}wner@example.com".to_owned()),
        subscription_ends_at: random.bool().then(|| now() + TimeDelta::days(30)),
        buckets: vec![ObservedBucket { bucket: bucket("purchased"), remaining, capacity: None }],
    })
}

#[test]
fn l10_whatever_is_done_every_engine_says_the_same() {
    for seed in 0..12 {
        let mut random = Rng::with_seed(seed);
        let mut both = Both::new();
        let mut at = now();
        for _ in 0..60 {
            at += TimeDelta::seconds(random.i64(0..7200));
            match random.u32(0..10) {
                0..6 => {
                    let batch: Vec<Proposal> = (0..random.usize(1..4)).map(|_| some_proposal(&mut random, at)).collect();
                    both.record(&batch, at);
                }
                6 => {
                    let proposal = some_proposal(&mut random, at);
                    drop(both.each("rehearse", |ledger| {
                        ledger.rehearse(std::slice::from_ref(&proposal), &rules, at).map_err(|error| error.to_string())
                    }));
                }
                7 | 8 => {
                    let id = account(NAMES[random.usize(0..3)]);
                    let poll = some_poll(&mut random, &id, at);
                    both.each("poll", |ledger| ledger.record_poll(&id, &poll, at).unwrap());
                }
                _ => both.look(at),
            }
        }
        both.look(at);
        both.say_the_same(at, &mut random);
        // What a wrong clock stamped is mended alike.
        let (id, later) = (account("studio"), at + TimeDelta::days(900));
        let ahead = some_poll(&mut random, &id, later);
        both.each("poll ahead", |ledger| ledger.record_poll(&id, &ahead, later).unwrap());
        both.each("stamps", |ledger| ledger.wrong_stamps(at).unwrap());
        both.each("mend", |ledger| ledger.mend_stamps(at).map(drop).unwrap());
        both.say_the_same(at, &mut random);
    }
}

#[test]
fn l10_e07_long_histories_are_answered_from_checkpoints_alike() {
    let mut random = Rng::with_seed(7);
    let mut both = Both::new();
    let at = now() + TimeDelta::days(3000);
    let of = |number: i64| {
        let mut draft = draft(&format!("e{number}"), if number == 0 { grant_body("100000") } else { spend_body("1") });
        draft.at = now() + TimeDelta::hours(number);
        Proposal::from(draft)
    };
    let all: Vec<Proposal> = (0..2300).map(of).collect();
    both.record(&all, at);
    for back in [None, Some(2200), Some(1500), Some(3)] {
        if let Some(hour) = back {
            let mut late = draft(&format!("late-{hour}"), spend_body("2"));
            late.at = now() + TimeDelta::hours(hour) - TimeDelta::minutes(5);
            both.record(&[late.into()], at);
        }
        both.look(at);
        both.look(at);
    }
    both.record(&[draft("back", EntryBody::Reverse { reverses: reference("e1200") }).into()], at);
    both.look(at);
    both.say_the_same(at, &mut random);
}

#[test]
fn l10_two_writers_can_not_both_take_the_last_credit() {
    for (name, ledger) in &mut Both::new().ledgers {
        ledger.append(&[draft("g", grant_body("10")).into()], &rules, now()).unwrap();
        let hold = |name: &str| draft(name, EntryBody::Hold { amount: amount("6"), expires_at: None }).into();
        let mut again = ledger.another();
        assert!(ledger.append(&[hold("mine")], &rules, now()).is_ok(), "{name}");
        let refused = again.append(&[hold("theirs")], &rules, now());
        assert!(matches!(refused, Err(AppendError::Refused(_))), "{name}: {refused:?}");
        // A batch is recorded as a whole or not at all.
        let batch = [draft("a", spend_body("1")).into(), hold("too-much")];
        assert!(again.append(&batch, &rules, now()).is_err(), "{name}");
        assert_eq!(ledger.entries(&account("dealer")).unwrap().len(), 2, "{name}");
    }
}

#[test]
fn l10_who_writes_is_heard_by_those_who_listen() {
    for (name, ledger) in &mut Both::new().ledgers {
        let other = ledger.another();
        let Some(signal) = other.change_signal().unwrap() else { continue };
        ledger.append(&[draft("g", grant_body("10")).into()], &rules, now()).unwrap();
        assert!(signal.wait(Duration::from_secs(5)), "{name} told nobody");
        assert!(!signal.wait(Duration::from_millis(50)), "{name} told it twice");
    }
}

#[test]
fn l10_what_is_not_committed_yet_is_found_by_the_next_look() {
    for (name, ledger) in &mut Both::new().ledgers {
        let other = ledger.another();
        let first = other.changes_since(None).unwrap();
        let change = ledger.engine.write("test", Size::Usual).unwrap();
        assert_eq!(other.changes_since(Some(first.cursor)).unwrap().recorded, [], "{name}");
        drop(change);
        ledger.append(&[draft("g", grant_body("10")).into()], &rules, now()).unwrap();
        assert_eq!(other.changes_since(Some(first.cursor)).unwrap().recorded, [account("dealer")], "{name}");
    }
}

#[test]
fn l10_a_reader_sees_one_moment_and_an_open_change_is_nobody_elses() {
    for (name, ledger) in &mut Both::new().ledgers {
        ledger.append(&[draft("g", grant_body("10")).into()], &rules, now()).unwrap();
        let mut other = ledger.another();
        let moment = ledger.engine.read().unwrap();
        assert_eq!(moment.last_seqs().unwrap().entry, 1, "{name}");
        other.append(&[draft("s", spend_body("1")).into()], &rules, now()).unwrap();
        assert_eq!(moment.last_seqs().unwrap().entry, 1, "{name}: what comes after a moment is not in it");
        drop(moment);
        assert_eq!(ledger.last_seq().unwrap(), Seq(2), "{name}");
        // What is rolled back was never there.
        assert!(ledger.rehearse(&[draft("r", spend_body("1")).into()], &rules, now()).is_ok());
        assert_eq!(other.last_seq().unwrap(), Seq(2), "{name}");
    }
}
