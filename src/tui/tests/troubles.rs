//! What is wrong with the configuration and its files stays on the screen until it is mended.

use crate::tui::fixtures::{model, now, press, screen};
use crate::tui::{Message, update};

#[test]
fn a_badge_stays_until_it_is_mended_and_all_of_it_can_be_read() {
    let problems: Vec<String> =
        (1..=3).map(|line| format!("/etc/creditop/config.toml:{line}: account[{line}].key: a key must not stand here")).collect();
    let exposed = vec!["/home/ann/keys/studio can be read by others (chmod 600 it)".to_owned()];
    for (width, height) in [(40, 12), (80, 24), (120, 40), (200, 60)] {
        let mut model = model(width, height);
        let clean = screen(&model);
        update(&mut model, Message::Problems(problems.clone()), now());
        update(&mut model, Message::Exposed(exposed.clone()), now());
        for keys in ["", "<Enter>", "l", "q", "c<Esc>", "q"] {
            press(&mut model, keys);
            let first = screen(&model).lines().next().unwrap_or_default().to_owned();
            assert!(first.contains("problem") && (width < 120 || first.contains("exposed")), "{width}: {first}");
            assert!(first.contains('C'), "{width}: the key is named: {first}");
        }
        press(&mut model, "qq");
        press(&mut model, "C");
        let mut shown = screen(&model);
        for _ in 0..30 {
            press(&mut model, "j");
            shown.push_str(&screen(&model));
        }
        let shown: String = shown.chars().filter(|c| !c.is_whitespace() && *c != '│').collect();
        for words in ["config.toml:1:", "config.toml:2:", "config.toml:3:", "chmod600"] {
            assert!(shown.contains(words), "{width}: {words}: {shown}");
        }
        press(&mut model, "<Esc>");
        update(&mut model, Message::Problems(Vec::new()), now());
        update(&mut model, Message::Exposed(Vec::new()), now());
        model.toast = None;
        model.screen = crate::tui::model::Screen::Overview;
        assert_eq!(screen(&model).lines().next(), clean.lines().next(), "mended");
    }
}

#[test]
fn paths_are_masked_in_private() {
    let mut model = model(80, 24);
    update(&mut model, Message::Exposed(vec!["/home/ann/keys/dealer-north can be read by others".to_owned()]), now());
    press(&mut model, "pC");
    assert!(!screen(&model).contains("ann") && screen(&model).contains("•••••"), "{}", screen(&model));
}
