//! Names in less room than they need: no two of a list look alike.

use std::collections::HashMap;

use super::accounts::Account;
use super::format::{cut, cut_in_the_middle};
use super::scene::{ELLIPSIS, Scene};

/// The names in at most `width` columns, in their order: each cut at its end; where that makes some look alike, those in their middle,
/// so that their ends stay; where that doesn't help, what stands for them `otherwise`. What is still alike then can't be told
/// apart in so little room.
pub(crate) fn apart(names: &[String], otherwise: impl Fn(usize) -> Option<String>, width: usize) -> Vec<String> {
    let mut shown: Vec<String> = names.iter().map(|name| cut(name, width, ELLIPSIS)).collect();
    let in_the_middle = |place: usize| names.get(place).cloned();
    let ways: [&dyn Fn(usize) -> Option<String>; 2] = [&in_the_middle, &otherwise];
    for way in ways {
        for place in alike(&shown) {
            if let (Some(text), Some(other)) = (shown.get_mut(place), way(place)) {
                *text = cut_in_the_middle(&other, width, ELLIPSIS);
            }
        }
    }
    shown
}

/// The accounts' names in at most `width` columns, by their places; names that can't be told apart give way to ids. Made of all accounts,
/// so that a name reads the same wherever the list is scrolled to and whatever it is filtered by.
pub(crate) fn of_accounts(scene: &Scene<'_>, accounts: &[Account], width: usize) -> Vec<String> {
    let names: Vec<String> = accounts.iter().map(|account| scene.account(account)).collect();
    let ids = |place: usize| accounts.get(place).filter(|_| !scene.setup.privacy).map(|account| account.id().to_string());
    apart(&names, ids, width)
}

/// The places of texts that look like another one: a text that was cut looks like one that ends there.
fn alike(shown: &[String]) -> Vec<usize> {
    let stem = |text: &str| text.trim_end_matches([ELLIPSIS, ' ']).to_owned();
    let stems: Vec<String> = shown.iter().map(|text| stem(text)).collect();
    let mut count: HashMap<&str, usize> = HashMap::new();
    for stem in &stems {
        *count.entry(stem).or_default() += 1;
    }
    let is_alike = |stem: &String| count.get(stem.as_str()).is_some_and(|count| *count > 1);
    stems.iter().enumerate().filter(|(_, stem)| is_alike(stem)).map(|(place, _)| place).collect()
}

/// Accounts' names as they were made last, kept while nothing changes that they depend on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    texts: Vec<String>,
    /// The columns that they have, and whether they are masked; `None` where they must be made anew.
    of: Option<(usize, bool)>,
}

impl Names {
    /// Makes them where something changed.
    pub(crate) fn settle(&mut self, scene: &Scene<'_>, accounts: &[Account], width: usize) {
        let of = Some((width, scene.setup.privacy));
        if self.of != of || self.texts.len() != accounts.len() {
            self.texts = of_accounts(scene, accounts, width);
            self.of = of;
        }
    }

    /// Has them made anew: an account came, went, changed places or is called otherwise.
    pub(crate) fn forget(&mut self) {
        self.of = None;
    }

    /// The name of the account at this place of the configuration; `None` where it was not made, or made while others were masked.
    pub(crate) fn at(&self, scene: &Scene<'_>, place: usize) -> Option<&str> {
        let is_right = self.of.is_some_and(|(_, privacy)| privacy == scene.setup.privacy);
        self.texts.get(place).filter(|_| is_right).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str], ids: &[&str], width: usize) -> Vec<String> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        apart(&names, |place| ids.get(place).map(|id| (*id).to_owned()), width)
    }

    #[test]
    fn names_that_differ_at_their_ends_keep_their_ends() {
        let given = ["Müller & Söhne Filiale Nord 12", "Müller & Söhne Filiale Nord 13", "Schneider Automobile Ost"];
        assert_eq!(names(&given, &[], 16), ["Müller … Nord 12", "Müller … Nord 13", "Schneider Autom…"]);
        assert_eq!(names(&given, &[], 40), given);
    }

    #[test]
    fn a_cut_name_does_not_look_like_one_that_ends_there() {
        let given = ["Replace background", "Replace background and place logo"];
        assert_eq!(names(&given, &[], 20), ["Replace background", "Replace b…place logo"]);
    }

    #[test]
    fn names_that_cannot_be_told_apart_give_way_to_ids() {
        assert_eq!(names(&["Studio", "Studio"], &["studio-a", "studio-b"], 10), ["studio-a", "studio-b"]);
        let given = ["Müller & Söhne Nord 12 GmbH & Co. KG", "Müller & Söhne Nord 13 GmbH & Co. KG"];
        assert_eq!(names(&given, &["mueller-nord-12", "mueller-nord-13"], 12), ["muell…ord-12", "muell…ord-13"]);
    }
}
