//! Golden screens: characters, and where colour matters a second plane with one letter per style.

use std::collections::BTreeMap;
use std::fmt::Write;

use ratatui::buffer::Buffer;

use crate::tui::fixtures::{books, drawn, model, model_with, premium, press, screen, setup, text_of, unknown};
use crate::tui::{Model, Setup, Theme};

/// The frame as characters, then one letter per cell for its style, then what the letters stand for.
fn planes(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width);
    let mut letters: BTreeMap<String, char> = BTreeMap::new();
    let mut order: Vec<(char, String)> = Vec::new();
    let mut plane = String::new();
    for row in buffer.content.chunks(width) {
        let line: String = row
            .iter()
            .map(|cell| {
                let style = format!("fg {} bg {} {:?}", cell.fg, cell.bg, cell.modifier);
                if style == "fg Reset bg Reset NONE" {
                    return ' ';
                }
                let next = char::from(b'a' + u8::try_from(letters.len()).unwrap());
                *letters.entry(style.clone()).or_insert_with(|| {
                    order.push((next, style));
                    next
                })
            })
            .collect();
        let _ = writeln!(plane, "{}", line.trim_end());
    }
    let legend: Vec<String> = order.into_iter().map(|(letter, style)| format!("{letter} = {style}")).collect();
    format!("{}\n=== styles ===\n{plane}=== legend ===\n{}", text_of(buffer), legend.join("\n"))
}

fn styled(model: &Model) -> String {
    planes(&drawn(model, model.size.0, model.size.1))
}

const SIZES: [(u16, u16); 4] = [(80, 24), (120, 40), (40, 12), (200, 60)];

/// A screen at every size, after these keys.
fn at_every_size(name: &str, keys: &str) {
    for (width, height) in SIZES {
        let mut model = model(width, height);
        press(&mut model, keys);
        model.toast = None;
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), screen(&model));
    }
}

#[test]
fn overview() {
    at_every_size("overview", "");
}

#[test]
fn account_with_lots_holds_and_a_promotion() {
    at_every_size("account", "jjjj<Enter>");
}

#[test]
fn account_whose_key_is_refused() {
    let mut model = model(80, 24);
    press(&mut model, "jjj<Enter>");
    insta::assert_snapshot!(screen(&model));
}

const TWO_ACCOUNTS: &str = "c165 imag<Enter>5 remo<Enter><Right><Right><Right><Right>60 logo<Enter>";

#[test]
fn calculator_over_two_accounts() {
    at_every_size("calculator", TWO_ACCOUNTS);
}

#[test]
fn calculator_while_an_action_is_typed() {
    let mut model = model(80, 24);
    press(&mut model, "c20 ima");
    insta::assert_snapshot!(screen(&model));
}

#[test]
fn calculator_that_does_not_fit() {
    let mut model = model(120, 40);
    press(&mut model, "c165 imag<Enter>500 flux<Enter>");
    insta::assert_snapshot!(screen(&model));
}

#[test]
fn calculator_with_an_unpublished_price() {
    let mut model = model(80, 24);
    press(&mut model, "cface<Enter><Esc>3");
    insta::assert_snapshot!(screen(&model));
}

#[test]
fn question_before_a_plan_is_recorded() {
    for (width, height) in [(80, 24), (40, 12)] {
        let mut model = model(width, height);
        press(&mut model, TWO_ACCOUNTS);
        press(&mut model, "R");
        insta::assert_snapshot!(format!("question_{width}x{height}"), screen(&model));
    }
}

#[test]
fn ledger() {
    at_every_size("ledger", "jjjjl");
}

#[test]
fn ledger_form_with_a_mistake() {
    let mut model = model(80, 24);
    press(&mut model, "jjjjlag<Enter>m<Enter>1,5<Enter><Enter><Enter>");
    insta::assert_snapshot!(screen(&model));
}

#[test]
fn help() {
    at_every_size("help", "?");
}

#[test]
fn first_run() {
    for (width, height) in [(80, 24), (40, 12)] {
        let model = model_with(setup(), Vec::new(), width, height);
        insta::assert_snapshot!(format!("first_run_{width}x{height}"), screen(&model));
    }
}

#[test]
fn a2_dates_instead_of_countdowns_in_utc_and_privacy() {
    let mut model = model(120, 40);
    press(&mut model, "tup");
    model.toast = None;
    insta::assert_snapshot!(screen(&model));
}

fn everything(setup: Setup) -> Model {
    let books = [books(), vec![premium(), unknown()]].concat();
    model_with(setup, books, 80, 24)
}

#[test]
fn a1_unlimited_and_unknown_are_words_in_ascii_too() {
    let model = everything(Setup { ascii: true, theme: Theme::plain(), ..setup() });
    let text = screen(&model);
    assert!(text.is_ascii(), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn colours_on_dark() {
    insta::assert_snapshot!(styled(&everything(setup())));
}

#[test]
fn no_color_tells_kinds_apart_by_letters() {
    let model = everything(Setup { theme: Theme::plain(), ..setup() });
    let buffer = drawn(&model, 80, 24);
    assert!(buffer.content.iter().all(|cell| cell.fg == ratatui::style::Color::Reset && cell.bg == ratatui::style::Color::Reset));
    insta::assert_snapshot!(planes(&buffer));
}

#[test]
fn colours_in_the_calculator() {
    let mut model = model(80, 24);
    press(&mut model, TWO_ACCOUNTS);
    insta::assert_snapshot!(styled(&model));
}

#[test]
fn every_theme_draws_the_same_text() {
    for theme in [Theme::light(), Theme::sixteen()] {
        let model = everything(Setup { theme, ..setup() });
        assert_eq!(screen(&model), screen(&everything(setup())));
    }
}

#[test]
fn below_the_least_size_it_says_so() {
    for (width, height, shown) in
        [(39, 12, "creditop needs 40x12"), (40, 11, "creditop needs 40x12"), (3, 3, "cre\ndit\nop"), (1, 1, "c")]
    {
        assert!(screen(&model(width, height)).starts_with(shown), "{width}x{height}");
    }
}
