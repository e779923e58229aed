//! How polls stand, as the screens tell it.

use std::time::Duration;

use chrono::TimeDelta;

use crate::tui::fixtures::{answer_wish, id, model, now, press, screen};
use crate::tui::{Message, Model, NextPoll, Pace, PollPhase, Wished, update};

#[test]
fn p4_the_account_screen_says_why_it_is_asked_less_often() {
    let mut model = model(120, 40);
    press(&mut model, "<Enter>");
    let pace = Pace::Quiet { every: Duration::from_mins(10), since: now() - TimeDelta::minutes(50) };
    let phase = PollPhase::Resting(NextPoll { at: now() + TimeDelta::minutes(8), pace });
    update(&mut model, Message::Polls(vec![(id("studio"), phase)]), now());
    assert!(screen(&model).contains("asked every 10 min: nothing changed since 20 Nov 09:10"), "{}", screen(&model));
}

#[test]
fn p1_a_wish_says_what_came_of_it_and_privacy_masks_whose_it_was() {
    let mut model = model(120, 40);
    let mut said = |wished| {
        answer_wish(&mut model, vec![(id("studio"), wished)]);
        screen(&model)
    };
    assert!(said(Wished::Asking).contains("Studio is being asked"));
    assert!(said(Wished::Queued(0)).contains("Studio goes to the front: it is asked next"));
    let wait = Wished::NotBefore(now() + TimeDelta::seconds(65));
    assert!(said(wait).contains("Studio: the provider asks to wait; next try in 1 min 5 s"));
    model.setup.privacy = true;
    answer_wish(&mut model, vec![(id("studio"), wait)]);
    assert!(!screen(&model).contains("Studio:"));
    let many = [("studio", Wished::Asking), ("old-key", Wished::Queued(1)), ("shop-cutouts", wait)];
    answer_wish(&mut model, many.map(|(name, wished)| (id(name), wished)).to_vec());
    let expected = "1 account is being asked, 1 follows, 1 waits because its provider asked to";
    assert!(screen(&model).contains(expected), "{}", screen(&model));
}

#[test]
fn polling_shows_until_it_ends() {
    let mut model = model(120, 40);
    let tell = |model: &mut Model, phase| drop(update(model, Message::Polls(vec![(id("studio"), phase)]), now()));
    tell(&mut model, PollPhase::Asking);
    assert!(screen(&model).contains("asking now"));
    tell(&mut model, PollPhase::Queued(40));
    assert!(screen(&model).contains("due, asked after 40 others") && !screen(&model).contains("asking now"));
    tell(&mut model, PollPhase::Resting(NextPoll { at: now() + TimeDelta::minutes(2), pace: Pace::Interval }));
    assert!(screen(&model).contains("next in 2 min") && !screen(&model).contains("asked after"));
}
