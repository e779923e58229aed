use std::sync::Arc;

use chrono::TimeDelta;

use super::*;
use crate::credit::{Book, BucketStatus, EntryBody, Tail};
use crate::store::testing::{Folder, account, amount, book, bucket, draft, grant_body, now, reference, rules, spend_body};
use crate::store::{Proposal, TailQuery};

/// A ledger of three accounts, with an entry a day from `now` on.
struct Days {
    ledger: Folder,
    store: Ledger,
}

const NAMES: [&str; 3] = ["one", "two", "three"];

pub(super) fn day(number: i64) -> Instant {
    now() + TimeDelta::days(number)
}

fn on(name: &str, reference: &str, number: i64, body: EntryBody) -> Proposal {
    let mut draft = draft(reference, body);
    draft.account = account(name);
    draft.at = day(number);
    draft.into()
}

impl Days {
    /// Each account gets so many entries: a grant of 100,000, then spends of 1.
    fn new(entries: i64) -> Self {
        let ledger = Folder::new();
        let mut store = ledger.open();
        let of = |name: &'static str| {
            let body = |number| if number == 0 { grant_body("100000") } else { spend_body("1") };
            (0..entries).map(move |number| on(name, &format!("e{number}"), number, body(number)))
        };
        let all: Vec<Proposal> = NAMES.into_iter().flat_map(of).collect();
        store.append(&all, &rules, day(entries)).unwrap();
        Self { ledger, store }
    }

    fn append(&mut self, proposal: Proposal) {
        self.store.append(&[proposal], &rules, day(10_000)).unwrap();
    }

    /// The tails of the accounts, and what they come to; the checkpoints that are worth it are kept.
    fn look(&self, at: Instant) -> (Vec<Tail>, Vec<Vec<BucketStatus>>) {
        let rules: Vec<Arc<Rules>> = NAMES.map(|name| rules(&account(name)).unwrap()).to_vec();
        let asked: Vec<TailQuery<'_>> = rules.iter().map(|rules| TailQuery { rules, latest_start: at }).collect();
        let (tails, last) = self.store.tails(&asked).unwrap();
        let looked = tails.iter().zip(&rules).map(|(tail, rules)| book(rules).status_by(tail.clone(), at, at).unwrap());
        let (statuses, new): (Vec<_>, Vec<_>) = looked.unzip();
        let new: Vec<(&Rules, Vec<Checkpoint>)> = rules.iter().map(|rules| &**rules).zip(new).collect();
        assert!(self.store.keep_checkpoints(&new, last).unwrap());
        (tails, statuses.into_iter().map(|status| status.buckets).collect())
    }

    fn counts(&self, name: &str) -> Vec<u64> {
        let all = self.store.checkpoints(&rules(&account(name)).unwrap()).unwrap();
        all.into_iter().map(|(_, checkpoint)| checkpoint.unwrap().entries()).collect()
    }

    /// What the accounts come to by their entries alone.
    fn by_entries(&self, at: Instant) -> Vec<Vec<BucketStatus>> {
        let status = |name| {
            let entries = Arc::new(self.store.entries(&account(name)).unwrap());
            Book { entries, ..book(&rules(&account(name)).unwrap()) }.status(at).unwrap().buckets
        };
        NAMES.map(status).to_vec()
    }
}

#[test]
fn e7_the_next_look_starts_from_the_checkpoints_of_the_first() {
    let mut days = Days::new(2500);
    let at = day(3000);
    let (tails, first) = days.look(at);
    assert!(tails.iter().all(|tail| tail.start.is_none() && tail.fold_entries.len() == 2500));
    assert_eq!(days.counts("two"), [1000, 2000, 2500]);
    let (tails, second) = days.look(at);
    assert!(tails.iter().all(|tail| tail.start.is_some() && tail.fold_entries.is_empty()));
    assert_eq!(first, second);
    days.append(on("two", "more", 2700, spend_body("5")));
    let (tails, third) = days.look(at);
    assert_eq!(tails[1].fold_entries.len(), 1);
    assert_eq!(third, days.by_entries(at));
    assert_ne!(third, second);
}

#[test]
fn e7_what_happened_before_a_checkpoint_voids_it_and_those_after_it() {
    let mut days = Days::new(2500);
    days.look(day(3000));
    days.append(on("two", "late", 1500, spend_body("7")));
    assert_eq!((days.counts("two"), days.counts("one")), (vec![1000], vec![1000, 2000, 2500]));
    let (tails, buckets) = days.look(day(3000));
    assert_eq!(tails[1].fold_entries.len(), 1501, "no more than what follows the checkpoint before it");
    assert_eq!(buckets, days.by_entries(day(3000)));
    assert_eq!(days.counts("two"), [1000, 2000, 2501]);
    // At the very instant of a checkpoint too: a grant would have come before the spend.
    days.append(on("two", "same", 999, grant_body("7")));
    assert!(days.counts("two").is_empty());
}

#[test]
fn e7_e6_so_does_the_reversal_of_what_happened_before_it() {
    let mut days = Days::new(2500);
    days.look(day(3000));
    days.append(on("two", "back", 2600, EntryBody::Reverse { reverses: reference("e1200") }));
    assert_eq!(days.counts("two"), [1000]);
    let (tails, buckets) = days.look(day(3000));
    assert_eq!(tails[1].fold_entries.len(), 1501);
    assert_eq!(buckets, days.by_entries(day(3000)));
    assert_eq!(days.counts("two"), [1000, 2000, 2501], "what a later entry reverses is part of a checkpoint");
    days.append(on("two", "later", 2700, EntryBody::Reverse { reverses: reference("e1500") }));
    assert_eq!(days.look(day(3000)).1, days.by_entries(day(3000)));
}

#[test]
fn e7_a_batch_that_is_refused_or_rehearsed_voids_nothing() {
    let mut days = Days::new(1200);
    days.look(day(3000));
    let before = days.counts("two");
    assert_eq!(before, [1000, 1200]);
    let late = on("two", "late", 5, spend_body("7"));
    days.store.rehearse(std::slice::from_ref(&late), &rules, day(3000)).unwrap();
    days.store.append(&[late, on("two", "bad", 5, spend_body("-1"))], &rules, day(3000)).unwrap_err();
    assert_eq!(days.counts("two"), before);
}

#[test]
fn checkpoints_at_the_end_give_way_to_later_ones() {
    let mut days = Days::new(150);
    let mut most = 0;
    for number in 150..1400 {
        days.append(on("two", &format!("e{number}"), number, spend_body("1")));
        if number % 50 == 0 {
            days.look(day(3000));
            most = most.max(days.counts("two").len());
        }
    }
    assert_eq!((days.counts("two"), most), (vec![1051, 1351], 2));
    assert_eq!(days.look(day(3000)).1, days.by_entries(day(3000)));
}

#[test]
fn e07_clients_with_other_rules_keep_their_checkpoints_side_by_side() {
    let mut days = Days::new(1200);
    days.look(day(3000));
    let own = days.counts("two");
    assert_eq!(own, [1000, 1200]);
    let zones = [chrono_tz::Europe::Berlin, chrono_tz::Asia::Tokyo, chrono_tz::US::Eastern, chrono_tz::US::Pacific];
    let others: Vec<Rules> =
        zones.iter().map(|zone| Rules { zone: *zone, ..(*rules(&account("two")).unwrap()).clone() }).collect();
    let keep = |days: &Days, other: &Rules| {
        let asked = TailQuery { rules: other, latest_start: day(3000) };
        let (tails, last) = days.store.tails(&[asked]).unwrap();
        assert!(tails[0].start.is_none(), "those by other rules are of no use");
        let (_, new) = book(&Arc::new(other.clone())).status_by(tails[0].clone(), day(3000), day(3000)).unwrap();
        assert!(days.store.keep_checkpoints(&[(other, new)], last).unwrap());
    };
    let kept = |days: &Days| -> Vec<usize> { others.iter().map(|other| days.store.checkpoints(other).unwrap().len()).collect() };
    for other in &others {
        keep(&days, other);
    }
    assert_eq!((days.counts("two"), kept(&days)), (own, vec![2; 4]), "nobody deletes another's, however many there are");
    days.append(on("two", "late", 5, spend_body("7")));
    assert_eq!((days.counts("two"), kept(&days)), (vec![], vec![0; 4]), "what makes one wrong makes all wrong");
}

#[test]
fn e07_checkpoints_by_rules_that_nobody_follows_any_more_do_not_pile_up() {
    let mut days = Days::new(1200);
    let old = Rules { zone: chrono_tz::Asia::Tokyo, ..(*rules(&account("two")).unwrap()).clone() };
    let asked = TailQuery { rules: &old, latest_start: day(3000) };
    let (tails, last) = days.store.tails(&[asked]).unwrap();
    let (_, new) = book(&Arc::new(old.clone())).status_by(tails[0].clone(), day(3000), day(3000)).unwrap();
    assert!(days.store.keep_checkpoints(&[(&old, new)], last).unwrap());
    let kept = |days: &Days| days.store.checkpoints(&old).unwrap().len();
    days.look(day(3000));
    let later = |from: i64, to: i64| -> Vec<Proposal> {
        (from..to).map(|number| on("two", &format!("later{number}"), number, spend_body("1"))).collect()
    };
    days.store.append(&later(1200, 2699), &rules, day(10_000)).unwrap();
    days.look(day(3000));
    assert_eq!(kept(&days), 2, "who follows them may look again");
    days.store.append(&later(2699, 2800), &rules, day(10_000)).unwrap();
    days.look(day(3000));
    assert_eq!((kept(&days), days.counts("two").last()), (0, Some(&2800)));
}

#[test]
fn entries_that_came_meanwhile_leave_nothing_wrong_behind() {
    let mut days = Days::new(1200);
    let rules_of_two = rules(&account("two")).unwrap();
    let asked = TailQuery { rules: &rules_of_two, latest_start: day(3000) };
    let (tails, last) = days.store.tails(&[asked]).unwrap();
    let (_, new) = book(&rules_of_two).status_by(tails[0].clone(), day(3000), day(3000)).unwrap();
    assert!(!new.is_empty());
    // Another process records something early between the reading and the keeping.
    days.append(on("two", "late", 5, spend_body("7")));
    assert!(days.store.keep_checkpoints(&[(&rules_of_two, new)], last).unwrap());
    assert!(days.counts("two").is_empty());
}

#[test]
fn nobody_waits_to_keep_a_checkpoint() {
    let mut days = Days::new(1200);
    let rules_of_two = rules(&account("two")).unwrap();
    let asked = TailQuery { rules: &rules_of_two, latest_start: day(3000) };
    let (tails, last) = days.store.tails(&[asked]).unwrap();
    let (_, new) = book(&rules_of_two).status_by(tails[0].clone(), day(3000), day(3000)).unwrap();
    let other = days.ledger.raw();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(!days.store.keep_checkpoints(&[(&rules_of_two, new.clone())], last).unwrap());
    other.execute_batch("ROLLBACK").unwrap();
    assert!(days.store.keep_checkpoints(&[(&rules_of_two, new)], last).unwrap());
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let frees = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(300));
        other.execute_batch("ROLLBACK").unwrap();
    });
    days.append(on("two", "patient", 2000, spend_body("1")));
    frees.join().unwrap();
}

#[test]
fn bytes_that_are_damaged_are_no_checkpoint() {
    let days = Days::new(1200);
    let (_, sound) = days.look(day(3000));
    for damage in ["x'00'", "substr(state, 2)", "CAST(state || x'00' AS BLOB)", "zeroblob(5000)", "x'ffffffffffffffffffff'"] {
        days.ledger.raw().execute_batch(&format!("UPDATE checkpoint SET state = {damage} WHERE account = 'two'")).unwrap();
        let all = days.store.checkpoints(&rules(&account("two")).unwrap()).unwrap();
        assert_eq!(all, [(day(999), None), (day(1199), None)], "{damage}");
        let (tails, buckets) = days.look(day(3000));
        assert!(tails[1].start.is_none(), "{damage}");
        assert_eq!(buckets, sound);
        assert_eq!(days.counts("two"), [1000, 1200], "sound ones take their place");
    }
}

#[test]
fn many_accounts_are_read_as_few_are() {
    let mut days = Days::new(150);
    let names: Vec<String> = (0..24).map(|number| format!("more-{number}")).collect();
    for name in &names {
        let entries: Vec<Proposal> = (0..120).map(|number| on(name, &format!("e{number}"), number, grant_body("2"))).collect();
        days.store.append(&entries, &rules, day(200)).unwrap();
    }
    let all: Vec<Arc<Rules>> = names.iter().map(|name| rules(&account(name)).unwrap()).collect();
    let asked: Vec<TailQuery<'_>> = all.iter().map(|rules| TailQuery { rules, latest_start: day(300) }).collect();
    let (tails, last) = days.store.tails(&asked).unwrap();
    let mut new: Vec<(&Rules, Vec<Checkpoint>)> = Vec::new();
    for (tail, rules) in tails.into_iter().zip(&all) {
        new.push((rules, book(rules).status_by(tail, day(300), day(300)).unwrap().1));
    }
    assert!(days.store.keep_checkpoints(&new, last).unwrap());
    days.ledger.raw().execute_batch("UPDATE checkpoint SET state = x'00' WHERE account IN ('more-3', 'more-20')").unwrap();
    let (tails, _) = days.store.tails(&asked).unwrap();
    for ((tail, asked), name) in tails.into_iter().zip(&asked).zip(&names) {
        assert_eq!(vec![tail.clone()], days.store.tails(&[*asked]).unwrap().0);
        let is_damaged = ["more-3", "more-20"].contains(&name.as_str());
        assert_eq!((tail.start.is_none(), tail.fold_entries.len()), (is_damaged, if is_damaged { 120 } else { 0 }), "{name}");
    }
}

#[test]
fn a_checkpoint_looks_back_no_further_than_asked() {
    let days = Days::new(2500);
    days.look(day(3000));
    let rules_of_two = rules(&account("two")).unwrap();
    for (until, start) in [(day(998), None), (day(999), Some(1000)), (day(2400), Some(2000))] {
        let (tails, _) = days.store.tails(&[TailQuery { rules: &rules_of_two, latest_start: until }]).unwrap();
        assert_eq!(tails[0].start.as_ref().map(Checkpoint::entries), start);
    }
    assert_eq!(days.look(day(1700)).1, days.by_entries(day(1700)));
    assert_eq!(days.counts("two"), [1000, 2000, 2500], "a look back takes none away");
}

/// A checkpoint with something in each of its parts.
pub(super) fn full_checkpoint() -> Checkpoint {
    let days = Days::new(1000);
    let body = |reference: &str, number, body| on("two", reference, number, body);
    let hold = |held: &str, days| EntryBody::Hold { amount: amount(held), expires_at: Some(day(days)) };
    let batch = [
        body("h1", 1000, hold("12.5", 2000)),
        body("h2", 1000, hold("2", 1001)),
        body("c1", 1000, EntryBody::Capture { hold: reference("h1"), amount: amount("0.5") }),
        body("u", 1000, spend_body("200000")),
        body("g", 1000, grant_body("7.25")),
        body("back", 1003, EntryBody::Reverse { reverses: reference("c1") }),
    ];
    let mut store = days.ledger.open();
    store.append(&batch, &rules, day(1003)).unwrap();
    let entries = Arc::new(store.entries(&account("two")).unwrap());
    let book = Book { entries, ..book(&rules(&account("two")).unwrap()) };
    let taken = book.checkpoints_at(&[day(1000)], day(1003)).unwrap().remove(0);
    assert!(!taken.lots.is_empty() && taken.holds.len() == 2 && taken.records.len() == 2 && !taken.usage.recent.is_empty());
    taken
}

#[test]
fn what_is_recent_follows_a_checkpoint() {
    let days = Days::new(2500);
    let rules_of_two = rules(&account("two")).unwrap();
    let recent = |since: i64| days.store.recent_record(&rules_of_two, day(since)).unwrap();
    assert_eq!((recent(3000).start, recent(3000).entries.len()), (None, 2500));
    days.look(day(3000));
    for (since, entries) in [(3000, 0), (2400, 500), (1500, 1500), (500, 2500)] {
        let record = recent(since);
        assert_eq!(record.entries.len(), entries, "since {since}");
        let start = record.start.map(Arc::new);
        let book = Book { start, entries: Arc::new(record.entries), ..book(&rules_of_two) };
        assert_eq!(book.status(day(3000)).unwrap().buckets, days.by_entries(day(3000))[1]);
    }
}

#[test]
fn e7_whatever_is_recorded_in_whatever_order_checkpoints_change_nothing() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    // One ledger keeps its checkpoints, the other never has any when something is recorded.
    let (mut days, mut bare) = (Days::new(1100), Days::new(1100));
    let mut names: Vec<String> = (1..1100).map(|number| format!("e{number}")).collect();
    for turn in 0..40 {
        let now = 1100 + turn * 10;
        let batch: Vec<Proposal> = (0..random.usize(1..4))
            .map(|place| {
                // Late ones are rare, so that there is something to void.
                let at = if random.u8(..4) == 0 { random.i64(1..1100) } else { now };
                let any = reference(&names[random.usize(..names.len())]);
                let name = format!("x{turn}-{place}");
                let body = match random.u8(..8) {
                    0 => EntryBody::Reverse { reverses: any },
                    1 => grant_body("500"),
                    2 => EntryBody::Hold { amount: amount("5"), expires_at: Some(day(at + 90)) },
                    3 => EntryBody::Capture { hold: any, amount: amount("2") },
                    4 => EntryBody::Observe { bucket: bucket("bonus"), remaining: amount("40") },
                    5 => EntryBody::Adjust { bucket: bucket("purchased"), amount: amount("-3") },
                    _ => spend_body("3"),
                };
                names.push(name.clone());
                let mut proposal = on("two", &name, at, body);
                proposal.draft.must_fit = random.bool() && matches!(proposal.draft.body, EntryBody::Spend(_));
                proposal
            })
            .collect();
        bare.ledger.raw().execute_batch("DELETE FROM checkpoint").unwrap();
        // Another process does it, which has nothing in mind.
        let done = days.ledger.open().append(&batch, &rules, day(now)).map_err(|error| error.to_string());
        let expected = bare.ledger.open().append(&batch, &rules, day(now)).map_err(|error| error.to_string());
        assert_eq!(done, expected, "turn {turn} of seed {seed}");
        assert_eq!(days.look(day(now)).1, days.by_entries(day(now)), "turn {turn} of seed {seed}");
    }
    (days.store, bare.store) = (days.ledger.open(), bare.ledger.open());
    assert_eq!(days.by_entries(day(2000)), bare.by_entries(day(2000)));
}

#[test]
fn e7_a_large_batch_voids_the_checkpoints_of_its_accounts_and_later_entries_do_again() {
    let mut days = Days::new(1500);
    days.look(day(3000));
    let many: Vec<Proposal> =
        (0..10_001).map(|number| on("two", &format!("l{number}"), 1 + number % 1400, spend_body("1"))).collect();
    let mut refused = many.clone();
    refused.push(on("two", "bad", 5, spend_body("-1")));
    days.store.append(&refused, &rules, day(3000)).unwrap_err();
    assert_eq!(days.counts("two"), [1000, 1500], "nothing was recorded");
    days.store.append(&many, &rules, day(3000)).unwrap();
    assert!(days.counts("two").is_empty());
    assert_eq!(days.counts("one"), [1000, 1500]);
    assert_eq!(days.look(day(3000)).1, days.by_entries(day(3000)));
    assert!(!days.counts("two").is_empty());
    days.append(on("two", "late", 1, spend_body("1")));
    assert!(days.counts("two").is_empty(), "the trigger is there again");
    let delete = days.store.connection().execute("DELETE FROM entry", []).unwrap_err().to_string();
    assert!(delete.contains("never deleted"), "{delete}");
}

/// Of a long history no more is read than what follows a checkpoint.
#[test]
fn a_draft_that_depends_on_the_past_is_checked_by_a_checkpoint() {
    let mut days = Days::new(1500);
    days.look(day(3000));
    // What can't be read is not read.
    days.ledger.tamper("UPDATE entry SET amount = 'much' WHERE ref IN ('e3', 'e1200')");
    let hold = |reference: &str, at| on("two", reference, at, EntryBody::Hold { amount: amount("5"), expires_at: None });
    days.append(hold("h1", 2000));
    days.append(on("two", "c1", 2001, EntryBody::Capture { hold: reference("h1"), amount: amount("2") }));
    let early = days.store.append(&[hold("h2", 1250)], &rules, day(3000)).unwrap_err().to_string();
    assert!(early.contains("two/e1200"), "{early}");
    let unknown = on("two", "r", 2001, EntryBody::Release { hold: reference("nothing") });
    let unknown = days.store.append(&[unknown], &rules, day(3000)).unwrap_err().to_string();
    assert!(unknown.contains("two/e3"), "all is looked through before it is refused: {unknown}");
}
