//! What is spared changes no answer: folds that go on instead of starting anew, and records that are not kept (SPEC E7).

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::TimeDelta;
use proptest::prelude::*;
use proptest::sample::Index;

use super::property_tests::{digest, fold, history, rules, settings, start, steps};
use super::{Keep, State};
use crate::credit::*;

/// Checks and records drafts one after the other, by states that move on and by states that are folded from the beginning.
fn check_alike(rules: &Arc<Rules>, drafts: Vec<Entry>) -> Result<(), TestCaseError> {
    let end = start() + TimeDelta::days(400);
    let mut moving = Admission::new(rules, Vec::new(), &[]);
    let mut foreseeing = Admission::new(rules, Vec::new(), &[]);
    drafts.iter().filter_map(|entry| FoldEntryRef::from(entry).reverses()).for_each(|reverses| foreseeing.foresee(reverses));
    let mut recorded = Vec::new();
    let mut partial = Admission::for_drafts(rules, Extent::default(), []);
    for (entry, seq) in drafts.into_iter().zip(0..) {
        let Entry { account, at, reference, body, .. } = entry.clone();
        let must_fit = seq % 3 == 0;
        let draft = Draft { account, at, reference: Some(reference), body, note: None, actor: None, tags: Vec::new(), must_fit };
        let checked = moving.check(&draft, end);
        prop_assert_eq!(&checked, &by_checkpoint(rules, &mut partial, &recorded, &draft).check(&draft, end));
        prop_assert_eq!(&checked, &partial.check(&draft, end), "goes on from a checkpoint");
        prop_assert_eq!(&checked, &Admission::new(rules, recorded.clone(), &[]).check(&draft, end));
        prop_assert_eq!(&checked, &foreseeing.check(&draft, end));
        if checked.is_ok() {
            let entry = Entry { seq: Seq(seq), ..entry };
            moving.record(entry.clone());
            foreseeing.record(entry.clone());
            partial.record(entry.clone());
            recorded.push(entry);
        }
    }
    Ok(())
}

/// An admission that remembers no more than it wants for a draft; the same is given to another one that has seen more.
fn by_checkpoint(rules: &Arc<Rules>, other: &mut Admission, recorded: &[Entry], draft: &Draft) -> Admission {
    let mut book = super::tests::book((**rules).clone(), Vec::new());
    book.entries = Arc::new(recorded.to_vec());
    let remember = |admission: &mut Admission| {
        while let Err(wanted) = admission.known_for(draft) {
            let start = match wanted {
                Wanted::Everything => None,
                Wanted::Since(until) => {
                    let instants: BTreeSet<Instant> = recorded.iter().map(|entry| entry.at).filter(|at| *at <= until).collect();
                    let instants: Vec<Instant> = instants.into_iter().collect();
                    book.checkpoints_at(&instants, start() + TimeDelta::days(400)).unwrap().pop()
                }
            };
            let begins = start.as_ref().map_or(Instant::MIN_UTC, Checkpoint::at);
            let fold_entries = recorded.iter().filter(|entry| entry.at > begins).cloned().map(FoldEntry::from).collect();
            admission.remember(Tail { start, fold_entries }, &[]);
        }
    };
    remember(other);
    let amounts = recorded.iter().filter_map(|entry| FoldEntryRef::from(entry).amount());
    let mut fresh = Admission::for_drafts(rules, amounts.fold(Extent::default(), Extent::and), []);
    remember(&mut fresh);
    fresh
}

proptest! {
    #[test]
    fn e7_a_batch_is_checked_as_if_each_draft_were_folded_from_the_beginning(setting in settings(), steps in steps(), turns in prop::collection::vec(any::<(Index, Index)>(), 0..8), newest_first in prop::option::of(any::<Index>())) {
        let rules = rules(&setting);
        let mut drafts = history(&rules, steps);
        for (from, to) in turns {
            if drafts.is_empty() {
                break;
            }
            // Entries that come late are back-dated.
            let late = drafts.remove(from.index(drafts.len()));
            drafts.insert(to.index(drafts.len() + 1), late);
        }
        if let Some(from) = newest_first.filter(|_| !drafts.is_empty()) {
            let from = from.index(drafts.len());
            drafts[from..].reverse();
        }
        check_alike(&rules, drafts)?;
    }

    #[test]
    fn e7_what_is_not_kept_is_not_missed(setting in settings(), steps in steps()) {
        let rules = rules(&setting);
        let entries = history(&rules, steps);
        for days in [10, 45, 100, 160] {
            let at = start() + TimeDelta::days(days);
            let lean = State::fold(&rules, entries.iter(), &[], at, at, Keep::reversed(entries.iter())).unwrap();
            prop_assert_eq!(digest(&fold(&rules, &entries, at)), digest(&lean));
            prop_assert_eq!(fold(&rules, &entries, at).used_lately(at), lean.used_lately(at));
        }
    }
}
