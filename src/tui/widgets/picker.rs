//! A list of accounts to pick one from by typing.

use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;

use super::field::Field;
use super::list::{Move, marker, window};
use super::popup::Popup;
use crate::credit::{AccountId, AccountStatus, Figure};
use crate::tui::accounts::Account;
use crate::tui::format::{clean, left, plan_name, right};
use crate::tui::model::Model;
use crate::tui::names::of_accounts;
use crate::tui::scene::{ELLIPSIS, Scene};
use crate::tui::search::{Haystack, Query, ranked};

/// What ends the picking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PickerAction {
    Pick,
    Cancel,
}

/// The list with what is typed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Picker {
    field: Field,
    /// The account that the mark was moved to; the best match where it was not moved.
    moved_to: Option<AccountId>,
}

impl Picker {
    /// The accounts that match, the best first.
    pub(crate) fn matches<'a>(&self, accounts: &'a [Account], privacy: bool) -> Vec<&'a Account> {
        let rows: Vec<Haystack> = accounts.iter().map(|account| haystack(account, privacy)).collect();
        ranked(&Query::new(self.field.text()), rows).into_iter().filter_map(|place| accounts.get(place)).collect()
    }

    /// The row that is marked; `None` where none matches, or the marked account is gone.
    fn marked(&self, matches: &[&Account]) -> Option<usize> {
        match &self.moved_to {
            Some(id) => matches.iter().position(|account| account.id() == id),
            None => (!matches.is_empty()).then_some(0),
        }
    }

    pub(crate) fn key(&mut self, key: KeyEvent) {
        if self.field.key(key) {
            self.moved_to = None;
        }
    }

    pub(crate) fn paste(&mut self, text: &str) {
        self.field.paste(text);
        self.moved_to = None;
    }

    pub(crate) fn move_to(&mut self, to: Move, accounts: &[Account], privacy: bool) {
        let matches = self.matches(accounts, privacy);
        let to = to.from(self.marked(&matches), matches.len().saturating_sub(1), 1);
        self.moved_to = matches.get(to).map(|account| account.id().clone());
    }

    /// The account that is picked; `None` where none is marked.
    pub(crate) fn picked(&self, accounts: &[Account], privacy: bool) -> Option<AccountId> {
        let matches = self.matches(accounts, privacy);
        self.marked(&matches).and_then(|row| matches.get(row)).map(|account| account.id().clone())
    }

    /// Draws the list of accounts to pick from.
    pub(crate) fn draw(&self, model: &Model, scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
        let matches = self.matches(&model.accounts, model.setup.privacy);
        let marked = self.marked(&matches);
        let width = Popup::inside(area, 8, 64);
        let most = usize::from(area.height.saturating_sub(4)).max(3);
        let height = (matches.len() + 2).clamp(3, most);
        let (field, cursor) = self.field.line(scene, scene.span("/ ", |theme| theme.accent), "type a name", width);
        let mut lines = vec![field, Line::default()];
        let room = height.min(usize::from(area.height.saturating_sub(2))).saturating_sub(2);
        let first = window(marked.unwrap_or(0), matches.len(), room);
        let names = of_accounts(scene, &model.accounts, picked_name(width.saturating_sub(2)));
        for (place, account) in matches.iter().enumerate().skip(first).take(room) {
            let name = names.get(account.number.saturating_sub(1)).map_or("", String::as_str);
            let marked = marked == Some(place);
            let line = [vec![marker(scene, marked, 0)], picked(scene, account, name, width.saturating_sub(2))].concat();
            let line = Line::from(line);
            lines.push(if marked { line.patch_style(scene.theme().selected) } else { line });
        }
        if matches.is_empty() {
            lines.push(Line::from(scene.dim("  no account matches")));
        }
        Popup::new(scene, "Plan for which account?", width, lines).rows(height).cursor(cursor, 0).render(area, buffer);
    }
}

/// The columns that the name of an account to pick has.
fn picked_name(width: usize) -> usize {
    if width < 46 { width.saturating_sub(14) } else { width * 2 / 5 }
}

/// An account to pick: its name, its plan where there is room, and what is left.
fn picked(scene: &Scene<'_>, account: &Account, name: &str, width: usize) -> Vec<Span<'static>> {
    let status = account.status.as_ref().ok();
    let balance = match status.map(|status| (status.total, status.known_total)) {
        Some((Figure::Unlimited, _)) => "unlimited".to_owned(),
        Some((Figure::Known(amount), _)) => scene.fitted(amount, 12),
        Some((Figure::Unknown, Figure::Known(known))) if known.is_positive() => format!("≥ {}", scene.fitted(known, 10)),
        _ => "unknown".to_owned(),
    };
    let plan = status.and_then(|status| status.plan.as_ref()).map(|plan| format!(" {}", plan_name(plan.as_str())));
    let provider = format!("{}{}", clean(&account.book.profile.provider_name), plan.unwrap_or_default());
    let balance = right(&balance, 12, ELLIPSIS);
    if width < 46 {
        return vec![scene.text(left(name, picked_name(width), ELLIPSIS)), scene.strong(format!("  {balance}"))];
    }
    let room = picked_name(width);
    vec![
        scene.text(left(name, room, ELLIPSIS)),
        scene.dim(format!("  {}", left(&provider, width.saturating_sub(room + 16), ELLIPSIS))),
        scene.strong(format!("  {balance}")),
    ]
}

/// What is left, as it is shown in lists and on the account's own screen: in groups and without them, unlimited, unknown.
fn figures(status: &AccountStatus) -> Vec<String> {
    let of_buckets = status.buckets.iter().map(|bucket| bucket.remaining);
    let all = [status.total, status.known_total, status.spendable].into_iter().chain(of_buckets);
    let mut words: Vec<String> = all
        .flat_map(|figure| match figure {
            Figure::Known(amount) => vec![amount.grouped_by(' '), amount.to_string()],
            Figure::Unlimited => vec!["unlimited".to_owned()],
            Figure::Unknown => vec!["unknown".to_owned()],
        })
        .collect();
    words.dedup();
    words
}

/// What an account is found by. While personal data is masked it is found by what is shown instead: a name that is typed must not
/// tell whose account a row is.
pub(crate) fn haystack(account: &Account, privacy: bool) -> Haystack {
    let profile = &account.book.profile;
    let status = account.status.as_ref().ok();
    let plan = status.and_then(|status| status.plan.as_ref()).map(|plan| plan.as_str().to_owned());
    let state = status.map_or("error", |status| status.state.word());
    let failure = status.and_then(|status| status.failure.as_ref());
    let failure = failure.into_iter().flat_map(|failure| [failure.kind.word(), failure.words()]);
    let mut words: Vec<String> = std::iter::once(state).chain(failure).map(str::to_owned).collect();
    words.extend(plan);
    words.extend(status.into_iter().flat_map(figures));
    words.push(profile.provider_name.clone());
    if privacy {
        return Haystack { names: vec![account.number_words()], words };
    }
    words.extend(profile.tags.iter().cloned());
    words.extend(profile.pool.iter().map(|pool| pool.name.clone()));
    let email = status.and_then(|status| status.email.clone());
    let names = [Some(profile.name.clone()), Some(profile.id.to_string()), profile.customer.clone(), email];
    Haystack { names: names.into_iter().flatten().collect(), words }
}
