//! A checkpoint changes the cost of an answer, never the answer (SPEC E7), for every history of hand-kept and polled accounts.

use chrono::TimeDelta;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;

use super::*;
use crate::credit::fold::property_tests::{history, history_of, rules, settings, start as beginning, steps};
use crate::credit::fold::tests::{book, imaginepro};
use crate::credit::*;

const EVERYWHERE: Pace = Pace { entries: 1, last: 1, a_part: 0 };

/// Everything that an answer can depend on, of a state that has run to `at`.
fn essence(state: &State, at: Instant) -> impl PartialEq + std::fmt::Debug + use<> {
    let lots: Vec<Lot> = state.lots.in_order().map(|(_, lot)| lot.clone()).collect();
    let open: Vec<Hold> = state.holds.open().cloned().collect();
    let next = (state.next_event(), state.used_lately(at), state.seen_by_hand, state.plan.clone(), state.lapsed);
    (state.checkpoint(at, 0, None), lots, open, state.lots.figures(), state.spendable(), next)
}

/// Takes every checkpoint that there can be, and folds on from each of them.
fn check(rules: &Arc<Rules>, entries: &[Entry], observations: &[Observation]) -> Result<(), TestCaseError> {
    let course = |at| Timeline { rules, observations, at, present: at };
    let since = |from: Instant| entries.iter().filter(move |entry| entry.at > from);
    for days in [3, 20, 45, 100, 160, 400] {
        let at = beginning() + TimeDelta::days(days);
        let (whole, all) = course(at).fold_on(None, entries.iter(), EVERYWHERE).unwrap();
        let instants: Vec<Instant> = all.iter().map(Checkpoint::at).collect();
        prop_assert_eq!(&course(at).checkpoints_at(&instants, entries.iter()).unwrap(), &all);
        for (index, checkpoint) in all.iter().enumerate() {
            prop_assert!(checkpoint.at <= course(at).latest_start());
            let entries_before = entries.iter().filter(|entry| entry.at <= checkpoint.at).count() as u64;
            prop_assert!(checkpoint.entries <= entries_before);
            let (state, others) = course(at).fold_on(Some(checkpoint.clone()), since(checkpoint.at), EVERYWHERE).unwrap();
            prop_assert_eq!(essence(&state, at), essence(&whole, at), "from {} to {}", checkpoint.at, at);
            prop_assert_eq!(&others, &all[index + 1..], "from {} to {}", checkpoint.at, at);
        }
    }
    Ok(())
}

/// A history that came in another order than it happened, as far as the rules admit it then.
fn back_dated(rules: &Arc<Rules>, mut entries: Vec<Entry>, turns: Vec<(Index, Index)>) -> Vec<Entry> {
    for (from, to) in turns {
        if entries.is_empty() {
            break;
        }
        let late = entries.remove(from.index(entries.len()));
        entries.insert(to.index(entries.len() + 1), late);
    }
    let mut admission = Admission::new(rules, Vec::new(), &[]);
    let end = beginning() + TimeDelta::days(400);
    let mut admitted = Vec::new();
    for (entry, seq) in entries.into_iter().zip(0..) {
        let Entry { account, at, reference, body, .. } = entry.clone();
        let (note, actor, tags, must_fit) = (None, None, Vec::new(), false);
        let draft = Draft { account, at, reference: Some(reference), body, note, actor, tags, must_fit };
        if admission.check(&draft, end).is_ok() {
            let entry = Entry { seq: Seq(seq), ..entry };
            admission.record(entry.clone());
            admitted.push(entry);
        }
    }
    admitted
}

/// What a provider answered at some hour, and for how many hours it stayed so.
fn sightings() -> impl Strategy<Value = Vec<(i64, i64, [Option<u32>; 3])>> {
    let figures = prop::array::uniform3(prop::option::weighted(0.8, 0u32..50));
    prop::collection::vec((0i64..130 * 24, 0i64..300, figures), 0..4)
}

fn observations(rules: &Rules, sightings: Vec<(i64, i64, [Option<u32>; 3])>) -> Vec<Observation> {
    let observation = |(number, (hour, hours, figures)): (i64, (i64, i64, [Option<u32>; 3]))| {
        let at = beginning() + TimeDelta::hours(hour);
        let bucket = |(rule, figure): (&BucketRule, Option<u32>)| ObservedBucket {
            bucket: rule.id.clone(),
            remaining: figure.map_or(Figure::Unknown, |figure| Figure::Known(figure.into())),
            capacity: figure.map(|figure| Figure::Known((figure + 10).into())),
        };
        Observation {
            seq: Seq(1000 + number),
            account: rules.account.clone(),
            at,
            last_seen_at: at + TimeDelta::hours(hours),
            plan: None,
            email: None,
            subscription_ends_at: (hour % 3 == 0).then(|| at + TimeDelta::days(40)),
            buckets: rules.buckets.iter().zip(figures).map(bucket).collect(),
        }
    };
    (0..).zip(sightings).map(observation).collect()
}

proptest! {
    #[test]
    fn e7_folding_on_from_any_checkpoint_is_folding_from_the_beginning(setting in settings(), steps in steps()) {
        let rules = rules(&setting);
        check(&rules, &history(&rules, steps), &[])?;
    }

    #[test]
    fn e7_so_it_is_where_entries_were_back_dated(setting in settings(), steps in steps(), turns in prop::collection::vec(any::<(Index, Index)>(), 1..8)) {
        let rules = rules(&setting);
        let entries = back_dated(&rules, history(&rules, steps), turns);
        check(&rules, &entries, &[])?;
    }

    #[test]
    fn e7_e14_so_it_is_for_a_polled_account(setting in settings(), steps in steps(), sightings in sightings(), lapses in any::<bool>()) {
        let mut polled = (*rules(&setting)).clone();
        polled.source = Source::Polled;
        polled.phases.clear();
        polled.lapses_with_subscription = lapses;
        let polled = Arc::new(polled);
        let observations = observations(&polled, sightings);
        check(&polled, &history_of(&polled, steps, &observations), &observations)?;
    }

    #[test]
    fn e7_a_book_that_starts_from_a_checkpoint_answers_as_the_whole_one(setting in settings(), steps in steps()) {
        let rules = rules(&setting);
        let mut whole = book((*rules).clone(), Vec::new());
        let entries = history(&rules, steps);
        whole.entries = Arc::new(entries.clone());
        for days in [45, 160] {
            let at = beginning() + TimeDelta::days(days);
            let instants: Vec<Instant> = entries.iter().map(|entry| entry.at).collect();
            for start in whole.checkpoints_at(&instants, at).unwrap() {
                let begins = start.at;
                let since: Vec<Entry> = entries.iter().filter(|entry| entry.at > begins).cloned().collect();
                let fold_entries = since.iter().cloned().map(FoldEntry::from).collect();
                let (status, _) = whole.status_by(Tail { start: Some(start.clone()), fold_entries }, at, at).unwrap();
                prop_assert_eq!(&status, &whole.status(at).unwrap());
                let recent = Book { start: Some(Arc::new(start)), entries: Arc::new(since), ..whole.clone() };
                prop_assert_eq!(&recent.status(at).unwrap(), &status);
                let later = at + TimeDelta::days(70);
                prop_assert_eq!(recent.status_at(later, at).unwrap(), whole.status_at(later, at).unwrap());
                prop_assert_eq!(recent.next_change(at).unwrap(), whole.next_change(at).unwrap());
                prop_assert_eq!(recent.history(begins, at, 9).unwrap(), whole.history(begins, at, 9).unwrap());
                let mut explained = whole.explained(at).unwrap();
                explained.retain(|explained| explained.entry.at > begins);
                prop_assert_eq!(recent.explained(at).unwrap(), explained);
                let early = begins - TimeDelta::days(1);
                let refused = matches!(recent.status(early), Err(EngineError::Early { .. }));
                prop_assert!(refused);
                prop_assert_eq!(recent.history(early, at, 2).unwrap()[0].total, Figure::Unknown);
            }
        }
    }
}

#[test]
fn e7_a_hold_that_was_used_up_before_the_start_is_not_missed_later() {
    let rules = Arc::new(Rules { source: Source::Ledger, ..imaginepro() });
    let entry = |day: i64, name: &str, body: EntryBody| Entry {
        seq: Seq(day),
        account: rules.account.clone(),
        at: beginning() + TimeDelta::days(day),
        recorded_at: beginning() + TimeDelta::days(9),
        reference: Ref::new(name).unwrap(),
        body,
        note: None,
        actor: None,
        tags: Vec::new(),
    };
    let hold = Ref::new("h").unwrap();
    let capture = |amount: u32| EntryBody::Capture { hold: hold.clone(), amount: amount.into() };
    let grant = Grant {
        bucket: rules.buckets[1].id.clone(),
        amount: 50u32.into(),
        effective_at: None,
        expires: Expires::Never,
        priority: 0,
    };
    // The capture of the second day came last: it took what the one of the fourth day had taken.
    let entries = [
        entry(0, "g", EntryBody::Grant(grant)),
        entry(1, "h", EntryBody::Hold { amount: 10u32.into(), expires_at: None }),
        entry(2, "back-dated", capture(10)),
        entry(3, "s", EntryBody::Spend(Spend { amount: 1u32.into(), action: None, variant: None, quantity: None })),
        entry(4, "c", capture(10)),
        entry(6, "r", EntryBody::Reverse { reverses: Ref::new("c").unwrap() }),
    ];
    check(&rules, &entries, &[]).unwrap();
}

/// Where this fails, checkpoints of other builds of the same release would give other answers: raise [`Checkpoint::REVISION`].
#[test]
fn what_the_fold_makes_of_a_wide_history_changes_only_with_the_revision() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut last = || {
        let (setting, steps) = (settings(), steps()).new_tree(&mut runner).unwrap().current();
        let rules = rules(&setting);
        let entries = history(&rules, steps);
        let at = beginning() + TimeDelta::days(100);
        let course = Timeline { rules: &rules, observations: &[], at, present: at };
        course.fold_on(None, entries.iter(), EVERYWHERE).unwrap().1.pop()
    };
    let text: Vec<String> = (0..6).map(|_| format!("{:?}", last())).collect();
    insta::assert_snapshot!("wide_history", text.join("\n"));
}

#[test]
fn checkpoints_are_taken_at_a_pace_and_at_the_end() {
    let rules = Arc::new(Rules { source: Source::Ledger, ..imaginepro() });
    let entry = |n: i64| Entry {
        seq: Seq(n),
        account: rules.account.clone(),
        at: beginning() + TimeDelta::days(n),
        recorded_at: beginning() + TimeDelta::days(n),
        reference: Ref::new(&format!("e{n}")).unwrap(),
        body: EntryBody::Observe { bucket: rules.buckets[1].id.clone(), remaining: Amount::from(7u32) },
        note: None,
        actor: None,
        tags: Vec::new(),
    };
    let entries: Vec<Entry> = (0..2500).map(entry).collect();
    let at = beginning() + TimeDelta::days(3000);
    let taken = |start: Option<Checkpoint>, upto: usize| {
        let from = start.as_ref().map_or(Instant::MIN_UTC, Checkpoint::at);
        let tail = entries[..upto].iter().filter(|entry| entry.at > from);
        Timeline { rules: &rules, observations: &[], at, present: at }.fold_on(start, tail, Pace::DEFAULT).unwrap().1
    };
    let counts = |taken: &[Checkpoint]| taken.iter().map(Checkpoint::entries).collect::<Vec<_>>();
    assert!(taken(None, 99).is_empty(), "little is folded as fast as it is read");
    assert_eq!(counts(&taken(None, 2500)), [1000, 2000, 2500]);
    assert_eq!(counts(&taken(None, 2050)), [1000, 2000]);
    let last = taken(None, 2000).pop();
    assert_eq!(counts(&taken(last.clone(), 2500)), [2500]);
    assert!(taken(last, 2050).is_empty());
}
