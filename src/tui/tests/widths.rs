//! What is too long ends in an ellipsis, dialogs speak in whole words, and columns stay where they are.

use std::sync::Arc;

use ratatui::style::Modifier;

use crate::credit::Book;
use crate::tui::fixtures::{books, drawn, id, model, model_with, premium, press, screen, setup, unknown};
use crate::tui::{Message, Model, Setup, Theme, update};

const LONG: [&str; 3] = [
    "Autohaus Müller & Söhne Niederlassung Nordwest",
    "写真スタジオ東京プレミアム本店アーカイブ部門",
    "Donaudampfschifffahrtsgesellschaft",
];

/// Accounts with long names of all sorts, at a provider with a long name.
fn long_names() -> Vec<Book> {
    let mut all = [books(), vec![premium(), unknown()]].concat();
    for (place, book) in all.iter_mut().enumerate() {
        let name = LONG[place % LONG.len()];
        book.profile.name = name.to_owned();
        book.profile.id = id(&format!("an-account-with-a-long-id-{place}"));
        book.profile.provider_name = "Hintergrundstudio International GmbH".to_owned();
        book.profile.customer = Some(LONG[(place + 1) % LONG.len()].to_owned());
        for entry in Arc::make_mut(&mut book.entries) {
            entry.account = book.profile.id.clone();
            entry.note = Some(LONG[(place + 2) % LONG.len()].to_owned());
        }
        Arc::make_mut(&mut book.rules).account = book.profile.id.clone();
        for seen in Arc::make_mut(&mut book.observations) {
            seen.account = book.profile.id.clone();
        }
    }
    all
}

/// Where a long name is not whole on a screen, an ellipsis follows, or the line ends between two of its words.
fn cut_without_a_sign(text: &str, name: &str) -> Option<String> {
    let letters: Vec<char> = name.chars().collect();
    text.lines().find_map(|line| {
        let line: Vec<char> = line.chars().collect();
        (0..line.len()).find_map(|start| {
            let same = line.iter().skip(start).zip(&letters).take_while(|(one, other)| one == other).count();
            let rest: String = line.iter().skip(start + same).collect();
            let is_whole = same == letters.len() || same < 4;
            let is_wrapped = letters.get(same) == Some(&' ') && rest.trim_matches(['│', ' ']).is_empty();
            (!is_whole && !is_wrapped && !rest.trim_start().starts_with('…')).then(|| line.iter().collect())
        })
    })
}

/// The keys that lead to each screen and each dialog.
const SCREENS: [&str; 12] = [
    "",
    "jjjj",
    "/a",
    "<Enter>",
    "jjjj<Enter>",
    "jjjjl",
    "jjjjls",
    "jjjjla",
    "jjjjlx",
    "jjjjc3 re<Enter><Esc>H",
    "cimag<Enter><Esc>a",
    "?",
];

#[test]
fn every_cut_ends_in_an_ellipsis_at_every_width() {
    for keys in SCREENS {
        let mut model = model_with(setup(), long_names(), 40, 24);
        press(&mut model, keys);
        // Dialogs grow no more from some width on.
        let step = if model.overlay.is_some() { 9 } else { 1 };
        for width in (40..=200).step_by(step) {
            update(&mut model, Message::Resized(width, 24), crate::tui::fixtures::now());
            let buffer = drawn(&model, width, 24);
            for y in 0..24 {
                let last = buffer.cell((width - 1, y)).unwrap().symbol();
                assert!(
                    [" ", "…", "─", "╮", "│", "╯"].contains(&last),
                    "{keys:?} at {width}, row {y} ends in {last:?}: {}",
                    screen(&model)
                );
            }
            let text = screen(&model);
            // What a box covers is covered, by whole words.
            let names = if text.contains('╭') { &[][..] } else { &LONG[..] };
            for name in names.iter().chain(&["Hintergrundstudio International GmbH"]) {
                assert_eq!(cut_without_a_sign(&text, name), None, "{keys:?} at {width}: {text}");
            }
        }
    }
}

#[test]
fn a_dialog_speaks_in_whole_words_and_leaves_no_half_ones_beside_it() {
    let mut told = model(40, 12);
    press(&mut told, "jjjjc3 rep<Enter><Esc>H");
    let last = screen(&told).lines().rfind(|line| line.contains("no")).unwrap_or_default().to_owned();
    assert!(last.contains("e name, deadline") || !last.contains(" e"), "{}", screen(&told));
    for keys in SCREENS.into_iter().filter(|keys| keys.ends_with(['a', 'x', 'H'])) {
        let before = {
            let mut model = model_with(setup(), long_names(), 40, 24);
            press(&mut model, keys.get(..keys.len() - 1).unwrap());
            model
        };
        for width in (60..=200).step_by(3) {
            let mut behind = before.clone();
            update(&mut behind, Message::Resized(width, 24), crate::tui::fixtures::now());
            let words = screen(&behind);
            let words: Vec<&str> = words.split_whitespace().collect();
            press(&mut behind, keys.get(keys.len() - 1..).unwrap());
            let text = screen(&behind);
            for line in text.lines().filter(|line| line.matches('│').count() == 2) {
                let (left, rest) = line.split_once('│').unwrap();
                let (_, right) = rest.rsplit_once('│').unwrap();
                for word in [left.split_whitespace().next_back(), right.split_whitespace().next()].into_iter().flatten() {
                    assert!(words.contains(&word), "{keys:?} at {width}: {word:?} is half a word: {text}");
                }
            }
        }
    }
}

/// The columns in which figures and gauges stand, row by row.
fn columns(model: &Model) -> Vec<Vec<usize>> {
    let is_cell = |c: &char| matches!(c, '▇' | '▁' | '▒' | '━' | '?');
    let of = |line: &str| line.chars().enumerate().filter(|(_, c)| is_cell(c)).map(|(place, _)| place).collect();
    screen(model).lines().take(usize::from(model.size.1) - 2).map(of).collect()
}

#[test]
fn masking_moves_no_column() {
    for (width, height) in [(40, 12), (80, 24), (120, 40), (200, 60)] {
        for names in [books(), vec![books().remove(0)]] {
            for keys in ["", "jjjj", "<Enter>", "jjjj<Enter>", "jjjjl", "jjjjls"] {
                let mut model = model_with(setup(), names.clone(), width, height);
                press(&mut model, keys);
                model.toast = None;
                let before = (columns(&model), screen(&model));
                press(&mut model, "p");
                model.toast = None;
                assert_eq!(columns(&model), before.0, "{keys:?} at {width}:\n{}\n{}", before.1, screen(&model));
            }
        }
    }
}

#[test]
fn without_colour_words_are_underlined_and_blanks_around_them_are_not() {
    let setup = Setup { theme: Theme::plain(), ..setup() };
    for keys in SCREENS {
        let mut model = model_with(setup.clone(), books(), 80, 24);
        press(&mut model, keys);
        let buffer = drawn(&model, 80, 24);
        for row in buffer.content.chunks(80) {
            for (place, cell) in row.iter().enumerate() {
                let underlined = |place: usize| row.get(place).is_some_and(|cell| cell.modifier.contains(Modifier::UNDERLINED));
                let is_inside = place > 0 && underlined(place - 1) && underlined(place + 1);
                let is_blank = cell.symbol() == " " && underlined(place);
                assert!(!is_blank || is_inside, "{keys:?}: a blank at {place} is underlined: {}", screen(&model));
            }
        }
    }
}
