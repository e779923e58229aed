//! The field for another day: the plan is then priced by what the accounts will hold, or held, at that instant (SPEC A5, E13).
//! Nothing is written, neither by looking nor while the day is another one.

use chrono_tz::Tz;
use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;

use crate::credit::{Instant, Toward, When, WhenError};
use crate::tui::format::wrapped;
use crate::tui::model::{Model, Overlay};
use crate::tui::scene::Scene;
use crate::tui::widgets::{Field, Popup};

/// What is typed as the day.
#[derive(Debug, Clone, Default)]
pub(crate) struct DayField {
    field: Field,
}

/// What ends the typing of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DayAction {
    Look,
    Cancel,
}

impl DayField {
    pub(crate) fn key(&mut self, key: KeyEvent) {
        self.field.key(key);
    }

    pub(crate) fn paste(&mut self, text: &str) {
        self.field.paste(text);
    }

    /// The day that is meant; `None` is now.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence.
    fn day(&self, zone: Tz, now: Instant) -> Result<Option<Instant>, String> {
        let text = self.field.text().trim();
        if text.is_empty() {
            return Ok(None);
        }
        let typed: Result<When, WhenError> = text.parse();
        let day = typed.and_then(|when| when.instant(now, zone, Toward::Future));
        day.map(|day| Some(day).filter(|day| *day != now)).map_err(|error| format!("{text:?} is {error}"))
    }
}

/// The zone of the account that the plan is about (SPEC A6).
pub(super) fn zone(model: &Model) -> Tz {
    let plan = &model.calculator;
    let of_line = plan.lines.get(plan.selected).map(|line| &line.account);
    let account = if plan.adding { plan.account.as_ref() } else { of_line };
    account.and_then(|id| model.find(id)).map_or(Tz::UTC, |account| account.book.rules.zone)
}

/// Takes or leaves the day.
pub(crate) fn act(model: &mut Model, action: DayAction, now: Instant) {
    let Some(Overlay::Day(asked)) = &model.overlay else { return };
    match (action, asked.day(zone(model), now)) {
        (DayAction::Cancel, _) => model.overlay = None,
        (DayAction::Look, Ok(day)) => {
            model.overlay = None;
            model.calculator.day = day;
            model.calculator.requote(&model.accounts, now);
        }
        (DayAction::Look, Err(why)) => model.refuse(why, now),
    }
}

/// Draws the field with what it comes to.
pub(crate) fn draw(asked: &DayField, model: &Model, scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let width = Popup::inside(area, 8, 60);
    let said = match asked.day(zone(model), scene.now) {
        Ok(Some(day)) => scene.span(format!("{}, {}", scene.date(day), distance(scene, day)), |theme| theme.text),
        Ok(None) => scene.dim("empty: now"),
        Err(why) => scene.span(why, |theme| theme.look),
    };
    let label = scene.span("› ", |theme| theme.accent);
    let (field, cursor) = asked.field.line(scene, label, "2026-12-01, fri, +2w", width);
    let mut lines = vec![field, Line::default()];
    lines.extend(wrapped(&said.content, width).into_iter().map(|text| Line::from(Span::styled(text, said.style))));
    Popup::new(scene, "Look at the plan on another day", width, lines).cursor(cursor, 0).render(area, buffer);
}

fn distance(scene: &Scene<'_>, day: Instant) -> String {
    if day < scene.now { scene.age(day) } else { format!("in {}", scene.countdown(day)) }
}

/// What stands above a plan that is looked at on another day.
pub(super) fn heading(scene: &Scene<'_>, day: Instant) -> String {
    format!("On {}, {}: looked at, not written", scene.date(day), distance(scene, day))
}

/// Why a plan that is looked at on another day is neither held nor recorded.
pub(super) const NOT_WRITTEN: &str = "the plan is looked at on another day; D and an empty day come back to now";
