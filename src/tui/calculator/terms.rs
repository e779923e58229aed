//! The name and the deadline of a hold that the calculator writes.

use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;

use super::commit;
use crate::credit::{Instant, Ref, Toward, When, WhenError, print_instant};
use crate::tui::format::{shortened, wrapped};
use crate::tui::model::{Model, Overlay};
use crate::tui::scene::{ELLIPSIS, Scene};
use crate::tui::widgets::confirm::{Confirm, Row};
use crate::tui::widgets::{Field, Popup};

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

/// What can be done in the fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TermsAction {
    /// To the deadline; from there back to the question.
    GoOn,
    OtherField,
    Cancel,
}

/// Goes between the fields, and back to the question with or without what they say.
pub(crate) fn act(model: &mut Model, action: TermsAction, now: Instant) {
    let Some(Overlay::Terms(mut form)) = model.overlay.take_if(|overlay| matches!(overlay, Overlay::Terms(_))) else { return };
    let goes_on = match action {
        TermsAction::Cancel => {
            model.overlay = Some(Overlay::Confirm(*form.asked));
            return;
        }
        TermsAction::OtherField => false,
        TermsAction::GoOn => form.at_ends,
    };
    if goes_on {
        let question = form.terms(model, now).map_err(Into::into);
        match question.and_then(|terms| commit::question(model, Some(terms), now)) {
            Ok(question) => {
                model.overlay = Some(Overlay::Confirm(question));
                return;
            }
            Err(why) => model.refuse(why, now),
        }
    } else {
        form.at_ends = !form.at_ends;
    }
    model.overlay = Some(Overlay::Terms(form));
}

/// Draws the fields with what they come to.
pub(crate) fn draw(form: &TermsForm, model: &Model, scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let width = Popup::inside(area, 8, 60);
    let said = match form.terms(model, scene.now) {
        Ok(HoldTerms { ends: Some(ends), .. }) => {
            scene.text(format!("ends on {}, in {}", scene.date(ends), scene.countdown(ends)))
        }
        Ok(HoldTerms { ends: None, .. }) => scene.dim("ends only by release: no deadline"),
        Err(why) => scene.span(why, |theme| theme.look),
    };
    let fields = [
        ("name  ", &form.name, "plan-1; empty: made up", false),
        ("ends  ", &form.ends, "2026-12-01, fri, +2w; empty: never", true),
    ];
    let (mut lines, mut cursor) = (Vec::new(), (0, 0));
    for (row, (label, field, hint, at_ends)) in fields.into_iter().enumerate() {
        let here = form.at_ends == at_ends;
        let hint = shortened(hint, width.saturating_sub(label.len()), ELLIPSIS);
        let label = if here { scene.span(label, |theme| theme.accent) } else { scene.dim(label) };
        let (line, column) = field.line(scene, label, &hint, width);
        if here {
            cursor = (column, row);
        }
        lines.push(line);
    }
    lines.push(Line::default());
    lines.extend(wrapped(&said.content, width).into_iter().map(|text| Line::from(Span::styled(text, said.style))));
    Popup::new(scene, "The hold's name and deadline", width, lines).cursor(cursor.0, cursor.1).render(area, buffer);
}
