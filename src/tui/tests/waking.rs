//! Nothing is drawn while nothing visible changes (SPEC 7).

use chrono::TimeDelta;

use crate::credit::Instant;
use crate::tui::fixtures::{dealer, id, model, model_with, next_wake, now, picture, press, setup, text_of};
use crate::tui::{Message, Model, NextPoll, Pace, PollPhase, update};

fn screen_at(model: &Model, at: Instant) -> String {
    text_of(&picture(model, at).0.0)
}

#[test]
fn the_screen_stays_as_it_is_until_the_next_wake() {
    for keys in ["", "jjjj<Enter>", "c5 imag<Enter>", "jjjjl", "?"] {
        let mut model = model(120, 40);
        press(&mut model, keys);
        let mut at = now() + TimeDelta::milliseconds(500);
        for _ in 0..40 {
            let Some(wake) = next_wake(&model, at) else { break };
            assert!(wake > at, "{keys}: a wake lies ahead");
            assert_eq!(
                screen_at(&model, at),
                screen_at(&model, wake - TimeDelta::milliseconds(2)),
                "{keys}: nothing changes before {wake}"
            );
            update(&mut model, Message::Woke, wake);
            at = wake;
        }
    }
}

#[test]
fn without_a_countdown_in_seconds_it_wakes_once_a_minute_for_the_clock() {
    let model = model_with(setup(), vec![dealer()], 80, 24);
    let after = now() + TimeDelta::milliseconds(500);
    assert_eq!(next_wake(&model, after), Some(now() + TimeDelta::minutes(1) + TimeDelta::milliseconds(1)));
}

#[test]
fn a_reset_changes_the_figures_at_its_instant_without_any_message_but_the_wake() {
    let mut model = model_with(setup(), vec![dealer()], 80, 24);
    let expiry = crate::tui::fixtures::at("2026-11-24T00:00:00Z");
    assert!(screen_at(&model, expiry).contains("285"));
    update(&mut model, Message::Woke, expiry);
    assert!(!screen_at(&model, expiry).contains("285"), "{}", screen_at(&model, expiry));
}

#[test]
fn a_notice_goes_by_itself() {
    let mut model = model_with(setup(), vec![dealer()], 80, 24);
    update(&mut model, Message::Notice("The configuration was read again".into()), now());
    let wake = next_wake(&model, now() + TimeDelta::seconds(1)).unwrap();
    assert_eq!(wake, now() + TimeDelta::seconds(8) + TimeDelta::milliseconds(1));
    assert!(screen_at(&model, now()).contains("read again"));
    update(&mut model, Message::Woke, wake);
    assert!(!screen_at(&model, wake).contains("read again"));
}

#[test]
fn p3_what_changes_nothing_on_the_screen_leaves_the_picture_as_it_is() {
    let mut model = model(80, 24);
    let before = picture(&model, now()).0;
    let same = model.accounts[1].book.clone();
    update(&mut model, Message::BookChanged(Box::new(same)), now());
    update(&mut model, Message::Polls(vec![(id("nobody"), PollPhase::Asking)]), now());
    assert_eq!(picture(&model, now()).0, before);
    update(&mut model, Message::Polls(vec![(id("studio"), PollPhase::Asking)]), now());
    assert_ne!(picture(&model, now()).0, before);
}

#[test]
fn an_age_and_a_countdown_tick_in_one_frame() {
    let mut model = model(80, 24);
    let mut book = model.accounts[0].book.clone();
    book.health.last_ok_at = Some(now() - TimeDelta::milliseconds(12_300));
    update(&mut model, Message::BookChanged(Box::new(book)), now());
    let next = NextPoll { at: now() + TimeDelta::milliseconds(40_600), pace: Pace::Interval };
    update(&mut model, Message::Polls(vec![(id("studio"), PollPhase::Resting(next))]), now());
    let (mut at, mut frames) = (now(), 0);
    while at < now() + TimeDelta::seconds(10) {
        at = picture(&model, at).1.unwrap();
        frames += 1;
    }
    // One more for what is due at the start; twice as many where the two tick at moments of their own.
    assert!(frames <= 11, "{frames} frames in ten seconds");
}
