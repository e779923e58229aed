//! A dashboard that only looks: what writes is neither offered nor done, and the header says so (SPEC 8).

use super::drive::{model_with, press, screen, setup};
use crate::tui::fixtures::books;
use crate::tui::{Effect, Setup};

#[test]
fn nothing_that_writes_is_offered_or_done() {
    for (columns, rows) in [(80, 24), (120, 40), (40, 12)] {
        let mut model = model_with(Setup { read_only: true, ..setup() }, books(), columns, rows);
        assert!(screen(&model).contains("read-only · "), "{}", screen(&model));
        assert!(!screen(&model).contains("refresh"), "{}", screen(&model));
        for keys in ["r", "R", "c5imagine<Enter><Esc>R", "H", "<Esc>la", "x", "y"] {
            let effects = press(&mut model, keys);
            assert!(effects.iter().all(|effect| matches!(effect, Effect::Copy { .. })), "{keys}: {effects:?}");
            assert!(model.overlay.is_none(), "{keys} opened a question: {}", screen(&model));
            // On a small screen a message stands where the footer does.
            model.toast = None;
            let shown = screen(&model);
            let footer = shown.lines().last().unwrap_or_default();
            assert!(!["record", "hold", "add an entry", "reverse"].iter().any(|word| footer.contains(word)), "{keys}: {footer}");
        }
    }
}

#[test]
fn a_refusal_says_why_and_the_demo_still_polls() {
    let mut model = model_with(Setup { read_only: true, ..setup() }, books(), 120, 40);
    press(&mut model, "la");
    assert!(screen(&model).contains("Nothing is recorded: this was opened with --read-only"), "{}", screen(&model));
    let mut demo = model_with(Setup { read_only: true, demo: true, ..setup() }, books(), 120, 40);
    assert!(press(&mut demo, "r").iter().any(|effect| matches!(effect, Effect::Refresh { .. })));
}
