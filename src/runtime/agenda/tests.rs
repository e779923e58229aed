use chrono::TimeDelta;
use fastrand::Rng;

use super::*;
use crate::config::KeySource;
use crate::runtime::schedule::{Situation, plan};

const INTERVAL: Duration = Duration::from_mins(5);

fn id(text: &str) -> AccountId {
    AccountId::new(text).unwrap()
}

fn terms(host: &str) -> Terms {
    Terms { host: host.to_owned(), within: INTERVAL, gap: None, minimum: Duration::ZERO }
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// An agenda with accounts of one host that are due now.
fn agenda(ids: &[&str], now: Moment) -> Agenda {
    let mut agenda = Agenda::default();
    for name in ids {
        agenda.put(&id(name), terms("host"), Turn::at(now, now), false);
    }
    agenda
}

const SIX: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

#[test]
fn p1_a_full_host_makes_others_wait_but_not_those_of_another_host() {
    let now = Moment::now();
    let mut agenda = agenda(&SIX, now);
    agenda.put(&id("elsewhere"), terms("other"), Turn::at(now, now), false);
    let mut started = agenda.start(now);
    started.sort();
    assert_eq!(started, ["a", "b", "c", "d", "elsewhere"].map(id));
    assert_eq!((agenda.place(&id("a")), agenda.place(&id("f"))), (Some(Place::Out), Some(Place::Queued(1))));
    assert_eq!(agenda.start(now), []);
    agenda.answered(&id("b"), now, false);
    assert_eq!(agenda.start(now), [id("e")]);
    agenda.remove(&id("c"));
    assert_eq!(agenda.start(now), [id("f")], "an account that is dropped gives its place back");
}

#[test]
fn p1_whoever_is_out_for_too_long_gives_up_the_quick_lane_and_is_asked_in_the_slow_one_next() {
    let now = Moment::now();
    let mut agenda = agenda(&SIX, now);
    assert_eq!(agenda.start(now).len(), 4);
    assert_eq!(agenda.wake_at(), Some(now + Bounds::default().patience), "the others wait for that at most");
    let later = now + Bounds::default().patience;
    assert_eq!(agenda.start(later), [id("e"), id("f")]);
    for name in ["e", "f"] {
        agenda.answered(&id(name), later, false);
    }
    agenda.answered(&id("a"), now + seconds(15), true);
    for name in SIX {
        agenda.rest(&id(name), Turn::at(now + INTERVAL, now));
    }
    // b, c and d still hang, and take up the slow lane's four places but one.
    let again = now + INTERVAL;
    agenda.put(&id("g"), terms("host"), Turn::at(again, now), true);
    let mut started = agenda.start(again);
    started.sort();
    assert_eq!(started, ["a", "e", "f"].map(id));
    assert_eq!(agenda.place(&id("g")), Some(Place::Queued(0)));
}

#[test]
fn p1_a_quick_answer_brings_an_account_back_to_the_quick_lane() {
    let now = Moment::now();
    let mut agenda = Agenda::default();
    for name in SIX {
        agenda.put(&id(name), terms("host"), Turn::at(now, now), true);
    }
    assert_eq!(agenda.start(now).len(), 4, "the slow lane");
    for name in SIX {
        agenda.answered(&id(name), now + seconds(1), false);
        agenda.rest(&id(name), Turn::at(now + seconds(2), now));
    }
    assert_eq!(agenda.start(now + seconds(2)).len(), 6, "four of them in the quick lane");
}

#[test]
fn p1_what_is_wished_for_goes_first_and_then_what_is_on_the_screen() {
    let now = Moment::now();
    let mut agenda = agenda(&["a", "b", "c", "d", "e", "f", "g", "h"], now);
    assert_eq!(agenda.start(now).len(), 4);
    agenda.look(HashSet::from([id("h")]), true);
    assert_eq!(agenda.place(&id("h")), Some(Place::Queued(0)));
    assert_eq!(agenda.wish(&id("g"), now, true), Some(Wish::Next(0)));
    assert_eq!(agenda.wish(&id("a"), now, true), Some(Wish::UnderWay));
    assert_eq!(agenda.wish(&id("nobody"), now, true), None);
    for name in ["a", "b", "c"] {
        agenda.answered(&id(name), now, false);
    }
    assert_eq!(agenda.start(now), [id("g"), id("h"), id("e")]);
}

#[test]
fn p1_a_single_wish_takes_a_slow_account_out_of_the_slow_lanes_queue() {
    let now = Moment::now();
    let mut agenda = Agenda::default();
    for name in SIX {
        agenda.put(&id(name), terms("host"), Turn::at(now, now), true);
    }
    assert_eq!(agenda.start(now).len(), 4);
    assert_eq!(agenda.wish(&id("f"), now, true), Some(Wish::Next(0)));
    assert_eq!(agenda.start(now), [id("f")]);
    assert_eq!(agenda.place(&id("e")), Some(Place::Queued(0)));
}

#[test]
fn s07_a_wish_overrides_the_wait_that_the_provider_asked_for_once() {
    let now = Moment::now();
    let mut agenda = agenda(&["a"], now);
    let waits = |until| Turn { due: until, looked_at: until, asked_to_wait: until, not_before: now };
    agenda.rest(&id("a"), waits(now + seconds(3600)));
    assert_eq!(agenda.wish(&id("a"), now, false), Some(Wish::NotBefore(now + seconds(3600))), "who refreshes all means none");
    assert_eq!(agenda.start(now), []);
    assert_eq!(agenda.wish(&id("a"), now, true), Some(Wish::Overrides(now + seconds(3600))));
    assert_eq!(agenda.start(now), [id("a")]);
    agenda.answered(&id("a"), now + seconds(1), false);
    agenda.rest(&id("a"), waits(now + seconds(7200)));
    for later in [2, 10, 59] {
        assert_eq!(agenda.wish(&id("a"), now + seconds(later), true), Some(Wish::NotBefore(now + seconds(7200))), "{later}");
    }
    assert_eq!(agenda.wish(&id("a"), now + seconds(60), true), Some(Wish::Overrides(now + seconds(7200))));
}

#[test]
fn s07_another_key_is_asked_at_once_and_one_that_may_be_another_when_the_provider_allows_it() {
    let now = Moment::now();
    let mut agenda = agenda(&["a"], now);
    let turn = Turn { asked_to_wait: now + seconds(60), ..Turn::at(now + seconds(300), now) };
    agenda.rest(&id("a"), turn);
    agenda.hurry(&id("a"), now, false);
    assert_eq!(agenda.place(&id("a")), Some(Place::Resting(now + seconds(60))));
    agenda.hurry(&id("a"), now, true);
    assert_eq!(agenda.start(now), [id("a")]);
}

#[test]
fn s10_a_key_that_is_held_down_is_one_wish() {
    let now = Moment::now();
    let mut agenda = agenda(&["a"], now);
    assert_eq!(agenda.start(now), [id("a")]);
    let mut requests = 0;
    // 200 presses in 20 seconds, each answered at once.
    for tenth in 0..200 {
        let at = now + Duration::from_millis(100 * tenth);
        agenda.answered(&id("a"), at, false);
        agenda.rest(&id("a"), Turn::at(now + INTERVAL, now));
        let wish = agenda.wish(&id("a"), at, true);
        let asked = agenda.start(at).len();
        requests += asked;
        assert_eq!(matches!(wish, Some(Wish::JustAsked(_))), asked == 0, "{wish:?}");
    }
    assert_eq!(requests, 4);
}

#[test]
fn p4_the_stated_minimum_holds_for_wishes_too() {
    let now = Moment::now();
    let mut agenda = Agenda::default();
    agenda.put(&id("a"), Terms { minimum: seconds(60), ..terms("host") }, Turn::at(now, now), false);
    assert_eq!(agenda.start(now), [id("a")]);
    agenda.answered(&id("a"), now, false);
    agenda.rest(&id("a"), Turn::at(now + seconds(10), now));
    assert_eq!(agenda.place(&id("a")), Some(Place::Resting(now + seconds(60))));
    assert_eq!(agenda.wish(&id("a"), now + seconds(1), true), Some(Wish::NotBefore(now + seconds(60))));
}

#[test]
fn p4_a_stated_rate_spaces_the_requests_of_a_key_or_of_a_host() {
    let now = Moment::now();
    let gap = |of: &Gap| Terms { gap: Some((of.clone(), seconds(2))), ..terms("host") };
    let (one, other) = (Gap::Key("host".into(), None), Gap::Key("host".into(), Some(KeySource::Env("OTHER".into()))));
    let mut keys = Agenda::default();
    for (name, of) in [("a", &one), ("b", &one), ("c", &other)] {
        keys.put(&id(name), gap(of), Turn::at(now, now), false);
    }
    let mut started = keys.start(now);
    started.sort();
    assert_eq!(started, [id("a"), id("c")], "b has the key of a");
    assert_eq!(keys.wake_at(), Some(now + seconds(2)));
    assert_eq!(keys.start(now + seconds(2)), [id("b")]);
    let host = Gap::Host("host".into());
    let mut hosts = Agenda::default();
    for name in ["a", "b", "c"] {
        hosts.put(&id(name), gap(&host), Turn::at(now, now), false);
    }
    assert_eq!(hosts.start(now), [id("a")]);
    assert_eq!((hosts.start(now + seconds(1)), hosts.wake_at()), (vec![], Some(now + seconds(2))));
    assert_eq!(hosts.start(now + seconds(2)), [id("b")]);
}

#[test]
fn p4_a_look_and_an_entry_bring_an_account_back_to_its_interval_at_once() {
    let now = Moment::now();
    let mut agenda = agenda(&["a"], now);
    let turn = Turn { due: now + seconds(750), looked_at: now + seconds(300), asked_to_wait: now, not_before: now };
    agenda.rest(&id("a"), turn);
    let due = |agenda: &Agenda| agenda.place(&id("a"));
    assert_eq!(due(&agenda), Some(Place::Resting(now + seconds(750))));
    agenda.look(HashSet::from([id("a")]), false);
    assert_eq!(due(&agenda), Some(Place::Resting(now + seconds(750))), "on the screen, but nobody is there");
    agenda.look(HashSet::from([id("a")]), true);
    assert_eq!(due(&agenda), Some(Place::Resting(now + seconds(300))));
    agenda.look(HashSet::new(), true);
    assert_eq!(due(&agenda), Some(Place::Resting(now + seconds(750))));
    agenda.stir(&id("a"));
    assert_eq!(due(&agenda), Some(Place::Resting(now + seconds(300))));
}

#[test]
fn after_a_sleep_of_the_machine_what_is_overdue_by_the_clock_is_asked() {
    let now = Moment::now();
    let mut agenda = agenda(&["a", "b"], now);
    agenda.rest(&id("a"), Turn::at(now + seconds(300), now));
    agenda.rest(&id("b"), Turn::at(now + seconds(3600), now));
    agenda.hasten(seconds(600), now);
    assert_eq!(agenda.start(now), [id("a")]);
    assert_eq!(agenda.place(&id("b")), Some(Place::Resting(now + seconds(3000))));
}

/// Plays a host with very many accounts, one in so many of which hangs until its time limit, and gives for each healthy one the longest
/// time between two answers, the start counted as one.
fn longest_gaps(count: usize, one_hangs_in: usize, latency: Duration, play: Duration) -> Vec<Duration> {
    const LIMIT: Duration = Duration::from_secs(15);
    let clock = crate::credit::parse_instant("2026-11-20T09:00:00Z").unwrap();
    let situation = Situation {
        now: clock,
        asked_at: clock,
        interval: INTERVAL,
        longest: INTERVAL,
        minimum: Duration::ZERO,
        failure: None,
        next_reset: None,
        unchanged_since: None,
    };
    let mut random = Rng::with_seed(7);
    let start = Moment::now();
    let names: Vec<AccountId> = (0..count).map(|n| id(&format!("a{n}"))).collect();
    let places: HashMap<&AccountId, usize> = names.iter().zip(0..).collect();
    let hangs = |place: usize| place.is_multiple_of(one_hangs_in);
    let mut agenda = Agenda::default();
    for name in &names {
        agenda.put(name, terms("host"), Turn::at(start, start), false);
    }
    let mut last = vec![start; count];
    let mut gaps = vec![Duration::ZERO; count];
    let mut ends: BTreeSet<(Moment, usize)> = BTreeSet::new();
    let mut now = start;
    while now < start + play {
        for started in agenda.start(now) {
            let place = places[&started];
            ends.insert((now + if hangs(place) { LIMIT } else { latency }, place));
        }
        assert!(ends.len() <= 128, "a host is not flooded: {}", ends.len());
        let next = ends.first().map(|(at, _)| *at).into_iter().chain(agenda.wake_at()).min().unwrap();
        now = next.max(now);
        while let Some((at, place)) = ends.first().copied().filter(|(at, _)| *at <= now) {
            ends.remove(&(at, place));
            gaps[place] = gaps[place].max(now - last[place]);
            last[place] = now;
            agenda.answered(&names[place], now, hangs(place));
            let wait =
                plan(&Situation { asked_at: clock - TimeDelta::from_std(latency).unwrap(), ..situation }, &mut random).wait;
            agenda.rest(&names[place], Turn::at(now + wait, now));
        }
    }
    for place in 0..count {
        gaps[place] = gaps[place].max(now - last[place]);
    }
    (0..count).filter(|place| !hangs(*place)).map(|place| gaps[place]).collect()
}

#[test]
fn p1_with_5_percent_of_10_000_accounts_hanging_every_healthy_one_is_asked_within_its_interval() {
    for latency in [50, 250, 500] {
        let gaps = longest_gaps(10_000, 20, Duration::from_millis(latency), seconds(3 * 300));
        let longest = gaps.iter().max().unwrap();
        assert!(*longest <= INTERVAL, "{latency} ms: {longest:?}");
    }
}

#[test]
fn p1_a_host_of_which_nobody_answers_is_asked_on_without_being_flooded() {
    assert!(longest_gaps(2_000, 1, seconds(1), seconds(600)).is_empty());
}
