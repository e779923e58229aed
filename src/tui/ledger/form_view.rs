//! The form for a new entry on the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;
use unicode_width::UnicodeWidthStr;

use super::form::{EntryForm, FormField};
use crate::credit::EntryKind;
use crate::tui::format::{left, shortened, wrapped};
use crate::tui::model::Model;
use crate::tui::scene::{ELLIPSIS, HIDDEN, Scene};
use crate::tui::widgets::{Field, Popup};

/// The columns of a field's label and of what stands before its text.
const LABEL: usize = 10;

impl EntryForm {
    /// Draws the form.
    pub(crate) fn draw(&self, model: &Model, scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
        let width = Popup::inside(area, 6, 64);
        let problem = self.problem.as_ref().map(|why| wrapped(&why.shown(model), width)).unwrap_or_default();
        let rows = 7 + problem.len();
        let title = format!("New entry · {}", self.called.shown(scene.setup.privacy));
        let mut lines = self.choices(scene, width);
        let amount = match self.kind() {
            EntryKind::Observe => "what the billing page says is left",
            EntryKind::Adjust => "how much more; -5 for less",
            _ => "how much",
        };
        let fields = [
            (FormField::Amount, "amount", &self.amount, amount),
            (FormField::When, "when", &self.when, "now; yesterday, fri, -3d, 2026-11-20 14:30"),
            (FormField::Note, "note", &self.note, "what for (not needed)"),
        ];
        let mut cursor = None;
        for (field, name, input, hint) in fields {
            let (line, column) = self.typed(scene, field, (name, input, hint), width);
            if self.focus == field {
                cursor = Some((column, lines.len()));
            }
            lines.push(line);
        }
        lines.push(Line::default());
        lines.extend(problem.into_iter().map(|text| Line::from(scene.span(text, |theme| theme.look))));
        let words = " goes on, and shows what will be written.";
        let words = if words.width() + scene.enter().width() <= width { words } else { " goes on" };
        lines.push(Line::from(vec![scene.span(scene.enter(), |theme| theme.key), scene.dim(words)]));
        let popup = Popup::new(scene, &title, width, lines).rows(rows);
        match cursor {
            Some((column, row)) => popup.cursor(column, row).render(area, buffer),
            None => popup.render(area, buffer),
        }
    }

    fn label(&self, scene: &Scene<'_>, field: FormField, name: &str) -> Span<'static> {
        let text = format!("{} ", left(name, LABEL - 3, ELLIPSIS));
        if self.focus == field { scene.span(text, |theme| theme.accent) } else { scene.dim(text) }
    }

    /// The kind, and the bucket where the kind names one.
    fn choices(&self, scene: &Scene<'_>, width: usize) -> Vec<Line<'static>> {
        let choice = |field: FormField, text: &str| {
            if self.focus == field { scene.strong(format!("‹ {text} ›")) } else { scene.text(format!("  {text}")) }
        };
        let mut kind = Line::from(vec![self.label(scene, FormField::Kind, "kind"), choice(FormField::Kind, self.kind().word())]);
        let explained = format!("  {}", self.kind_words());
        if kind.width() + explained.width() <= width {
            kind.push_span(scene.dim(explained));
        }
        let bucket = self.needs_bucket().then(|| {
            let name = self.bucket().map_or("–", |(_, name)| name.as_str());
            Line::from(vec![self.label(scene, FormField::Bucket, "bucket"), choice(FormField::Bucket, name)])
        });
        std::iter::once(kind).chain(bucket).collect()
    }

    /// A field that is typed in, and the column of its cursor.
    fn typed(
        &self,
        scene: &Scene<'_>,
        field: FormField,
        (name, input, hint): (&str, &Field, &str),
        width: usize,
    ) -> (Line<'static>, usize) {
        let room = width.saturating_sub(LABEL);
        let (text, cursor) = input.view(scene, room);
        // What is being typed is seen; a note that stands there is not.
        let hides = field == FormField::Note && self.focus != field && scene.setup.privacy;
        let shown = match (input.is_empty(), hides) {
            (true, _) => scene.dim(shortened(hint, room, ELLIPSIS)),
            (false, true) => scene.text(HIDDEN),
            (false, false) => text,
        };
        (Line::from(vec![self.label(scene, field, name), Span::raw("  "), shown]), LABEL + cursor)
    }
}
