//! The name and the deadline of a hold that the calculator writes.

use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::commit;
use crate::credit::{Instant, Ref, Toward, When, WhenError, print_instant};
use crate::tui::confirm::{Confirm, Row};
use crate::tui::field::Field;
use crate::tui::format::wrapped;
use crate::tui::keymap::Action;
use crate::tui::model::{Model, Overlay};
use crate::tui::overlay::boxed;
use crate::tui::scene::Scene;
use crate::tui::view::paint;

/// What a hold is called and when it ends by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct HoldTerms {
    /// `None` where a name is made up when it is written.
    pub(crate) name: Option<Ref>,
    /// `None` where it has no deadline.
    pub(crate) ends: Option<Instant>,
}

impl HoldTerms {
    /// What the question says of them.
    pub(super) fn rows(&self, scene: &Scene<'_>) -> Vec<Row> {
        let name = match &self.name {
            Some(name) => Row::Private("name".to_owned(), name.to_string()),
            None => Row::Fact("name".to_owned(), "made up when it is written".to_owned()),
        };
        let ends = self.ends.map_or("only by release: no deadline".to_owned(), |ends| {
            format!("by itself on {}, in {}", scene.date(ends), scene.countdown(ends))
        });
        vec![name, Row::Fact("ends".to_owned(), ends)]
    }
}

/// The fields for them, over the question that they belong to.
#[derive(Debug, Clone)]
pub(crate) struct TermsForm {
    name: Field,
    ends: Field,
    /// Whether the deadline's field has the focus.
    at_ends: bool,
    /// The question as it was asked.
    asked: Box<Confirm>,
}

impl TermsForm {
    /// Fields with what the question says so far.
    pub(crate) fn of(asked: Confirm) -> Self {
        let mut form = Self { name: Field::default(), ends: Field::default(), at_ends: false, asked: Box::new(asked) };
        let terms = form.asked.terms.clone().unwrap_or_default();
        form.name.paste(terms.name.as_ref().map_or("", Ref::as_str));
        form.ends.paste(&terms.ends.map(print_instant).unwrap_or_default());
        form
    }

    pub(crate) fn key(&mut self, key: KeyEvent) {
        self.field().key(key);
    }

    pub(crate) fn paste(&mut self, text: &str) {
        self.field().paste(text);
    }

    fn field(&mut self) -> &mut Field {
        if self.at_ends { &mut self.ends } else { &mut self.name }
    }

    /// The terms that are meant.
    ///
    /// # Errors
    /// What is wrong with them, as a sentence without a full stop.
    fn terms(&self, model: &Model, now: Instant) -> Result<HoldTerms, String> {
        let (name, ends) = (self.name.text().trim(), self.ends.text().trim());
        let name = (!name.is_empty()).then(|| Ref::new(name)).transpose();
        let name = name.map_err(|error| format!("{:?} can't be a name: {error}", self.name.text().trim()))?;
        if ends.is_empty() {
            return Ok(HoldTerms { name, ends: None });
        }
        let typed: Result<When, WhenError> = ends.parse();
        let at = typed.and_then(|when| when.instant(now, super::day::zone(model), Toward::Future));
        match at.map_err(|error| format!("{ends:?} is {error}"))? {
            at if at <= now => Err(format!("{ends:?} is over: a hold ends later than now")),
            at => Ok(HoldTerms { name, ends: Some(at) }),
        }
    }
}

/// Goes between the fields, and back to the question with or without what they say.
pub(crate) fn act(model: &mut Model, mut form: Box<TermsForm>, action: Action, now: Instant) {
    match action {
        Action::Leave => model.overlay = Some(Overlay::Confirm(*form.asked)),
        Action::NextField | Action::PreviousField => {
            form.at_ends = !form.at_ends;
            model.overlay = Some(Overlay::Terms(form));
        }
        Action::Accept if !form.at_ends => {
            form.at_ends = true;
            model.overlay = Some(Overlay::Terms(form));
        }
        Action::Accept => {
            let question = form.terms(model, now).map_err(Into::into);
            match question.and_then(|terms| commit::question(model, Some(terms), now)) {
                Ok(question) => model.overlay = Some(Overlay::Confirm(question)),
                Err(why) => {
                    model.refuse(why, now);
                    model.overlay = Some(Overlay::Terms(form));
                }
            }
        }
        _ => model.overlay = Some(Overlay::Terms(form)),
    }
}

/// Draws the fields with what they come to.
pub(crate) fn draw(form: &TermsForm, model: &Model, scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let width = area.width.saturating_sub(8).min(60);
    let said = match form.terms(model, scene.now) {
        Ok(HoldTerms { ends: Some(ends), .. }) => {
            scene.text(format!("ends on {}, in {}", scene.date(ends), scene.countdown(ends)))
        }
        Ok(HoldTerms { ends: None, .. }) => scene.dim("ends only by release: no deadline"),
        Err(why) => scene.span(why, |theme| theme.look),
    };
    let style = said.style;
    let said = wrapped(&said.content, usize::from(width));
    let height = u16::try_from(said.len()).unwrap_or(4) + 3;
    let inside = boxed(scene, "The hold's name and deadline", width, height, area, buffer);
    let room = usize::from(inside.width).saturating_sub(6);
    let mut lines = Vec::new();
    let fields =
        [("name", &form.name, "plan-1; empty: made up", false), ("ends", &form.ends, "2026-12-01, fri, +2w; empty: never", true)];
    for (row, (label, field, hint, at_ends)) in (0u16..).zip(fields) {
        let (text, cursor) = field.view(scene, room);
        let here = form.at_ends == at_ends;
        if here {
            scene.put_cursor(inside.x + 6 + u16::try_from(cursor).unwrap_or(0), inside.y + row);
        }
        let label = if here { scene.span(format!("{label}  "), |theme| theme.accent) } else { scene.dim(format!("{label}  ")) };
        let hint = crate::tui::format::shortened(hint, room, crate::tui::scene::ELLIPSIS);
        lines.push(Line::from(vec![label, if field.is_empty() { scene.dim(hint) } else { text }]));
    }
    lines.push(Line::default());
    lines.extend(said.into_iter().map(|text| Line::from(Span::styled(text, style))));
    paint(buffer, inside, &lines);
}
