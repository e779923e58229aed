//! All keys, made from the key map, searched by typing; a line can also be done from here.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::calculator::PlanAction;
use super::format::{counted, left, wrapped};
use super::keymap::{self, Action, Binding, Context};
use super::message::Effect;
use super::model::{Model, Overlay};
use super::scene::{ELLIPSIS, Scene};
use super::search::{Haystack, Query};
use super::update;
use super::widgets::Field;
use super::widgets::list::{Move, marker, window};
use super::widgets::text::paint;
use crate::credit::{BucketKind, Instant};

/// Lines that a page key moves by.
const PAGE: usize = 10;

/// What ends the search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HelpAction {
    Close,
    /// Does what the marked line says.
    DoIt,
}

/// The help with what is typed.
#[derive(Debug, Clone)]
pub(crate) struct Help {
    field: Field,
    marked: usize,
    /// Where it was called from.
    contexts: Vec<Context>,
}

impl Help {
    pub(crate) fn new(contexts: Vec<Context>) -> Self {
        Self { field: Field::default(), marked: 0, contexts }
    }

    /// The bindings that match: those that work here first, then those of other screens.
    fn matches(&self) -> Vec<&'static Binding> {
        let others = [
            Context::Overview,
            Context::Account,
            Context::Calculator,
            Context::Ready,
            Context::Adding,
            Context::Ledger,
            Context::Form,
            Context::Confirm,
        ];
        let others: Vec<Context> = others.into_iter().filter(|context| !self.contexts.contains(context)).collect();
        let here = [
            Context::Overview,
            Context::Account,
            Context::Calculator,
            Context::Ready,
            Context::Adding,
            Context::Ledger,
            Context::List,
            Context::Everywhere,
            Context::Always,
        ];
        let here: Vec<Context> = here.into_iter().filter(|context| self.contexts.contains(context)).collect();
        let all: Vec<&Binding> = keymap::bindings(&here).chain(keymap::bindings(&others)).collect();
        let query = Query::new(self.field.text());
        all.into_iter().filter(|binding| query.is_empty() || query.rank(&searched(binding).into()).is_some()).collect()
    }

    /// Types into the field. A slash to begin with is what starts a search elsewhere: here it has begun.
    pub(crate) fn key(&mut self, key: KeyEvent) {
        let begins = self.field.is_empty() && key.code == KeyCode::Char('/');
        if !begins && self.field.key(key) {
            self.marked = 0;
        }
    }

    pub(crate) fn paste(&mut self, text: &str) {
        self.field.paste(text);
    }

    /// Whether a binding works where the help was called from.
    fn works_here(&self, binding: &Binding) -> bool {
        self.contexts.contains(&binding.context)
    }

    pub(crate) fn move_to(&mut self, to: Move) {
        self.marked = to.from(Some(self.marked), self.matches().len().saturating_sub(1), PAGE);
    }

    /// What the marked line does, where it works here. A digit would have to be typed.
    fn chosen(&self) -> Option<Action> {
        let matches = self.matches();
        let marked = matches.get(self.marked).filter(|binding| self.works_here(binding))?;
        Some(marked.action).filter(|action| *action != Action::Plan(PlanAction::Digit))
    }
}

/// Closes the help, and does what its marked line says.
pub(super) fn act(model: &mut Model, action: HelpAction, now: Instant) -> Vec<Effect> {
    let Some(Overlay::Help(help)) = &model.overlay else { return Vec::new() };
    let chosen = match action {
        HelpAction::Close => None,
        HelpAction::DoIt => match help.chosen() {
            Some(chosen) => Some(chosen),
            None => return Vec::new(),
        },
    };
    model.overlay = None;
    chosen.map_or_else(Vec::new, |chosen| update::act(model, chosen, None, now))
}

/// What a line is found by: every word that is typed stands in one of these.
fn searched(binding: &Binding) -> Haystack {
    let keys = binding.keys.iter().map(|chord| chord.name(true));
    let texts = [binding.label, binding.help, binding.context.heading()].map(str::to_owned);
    Haystack { names: Vec::new(), words: keys.chain(texts).collect() }
}

/// What the colours and letters of gauges mean.
fn legend(scene: &Scene<'_>, width: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let mut spans = vec![Span::raw("   ")];
    for kind in [BucketKind::Recurring, BucketKind::Promotional, BucketKind::Purchased, BucketKind::Bonus] {
        let sign = if scene.letters() { kind.letter() } else { '▇' };
        spans.push(Span::styled(sign.to_string(), scene.theme().kind_style(kind)));
        spans.push(scene.dim(format!(" {}  ", kind.word())));
        if width < 60 && kind == BucketKind::Promotional {
            lines.push(Line::from(std::mem::replace(&mut spans, vec![Span::raw("   ")])));
        }
    }
    spans.push(scene.dim(if scene.letters() { "/ held" } else { "▒ held" }));
    lines.push(Line::from(spans));
    lines
}

/// Draws all keys, those that work here first.
pub(super) fn draw(help: &Help, scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let matches = help.matches();
    let width = usize::from(area.width);
    let hint = format!("type to search {}", counted(matches.len(), "key", "keys"));
    let (field, cursor) = help.field.line(scene, scene.span("  / ", |theme| theme.accent), &hint, width.saturating_sub(20));
    scene.put_cursor(area.x + u16::try_from(cursor).unwrap_or(0), area.y);
    paint(buffer, area, &[field]);
    let mut lines = legend(scene, width);
    let mut marked_line = 0;
    let mut heading = None;
    for (place, binding) in matches.iter().enumerate() {
        if heading != Some(binding.context.heading()) {
            heading = Some(binding.context.heading());
            lines.push(Line::default());
            let here = if help.works_here(binding) { "" } else { "  (elsewhere)" };
            lines.push(Line::from(scene.dim(format!("   {}{here}", binding.context.heading()))));
        }
        let keys_width = if width < 60 { 11 } else { 24 };
        // As many of its keys as have room: a cut name would be another key.
        let names = binding.keys.iter().map(|chord| chord.name(scene.setup.ascii));
        let keys = names.reduce(|keys, name| {
            let longer = format!("{keys}  {name}");
            if longer.width() <= keys_width { longer } else { keys }
        });
        let keys = left(&keys.unwrap_or_default(), keys_width, ELLIPSIS);
        let marked = place == help.marked;
        let marker = marker(scene, marked, 1);
        let mut texts = wrapped(binding.help, width.saturating_sub(keys_width + 6)).into_iter();
        let text = left(&texts.next().unwrap_or_default(), width.saturating_sub(keys_width + 6), ELLIPSIS);
        let line = Line::from(vec![marker, scene.span(keys, |theme| theme.key), Span::raw("  "), scene.text(text)]);
        if marked {
            marked_line = lines.len();
        }
        lines.push(if marked { line.patch_style(scene.theme().selected) } else { line });
        lines.extend(texts.map(|text| Line::from(scene.text(format!("{}{text}", " ".repeat(keys_width + 5))))));
    }
    if matches.is_empty() {
        lines.push(Line::from(scene.dim("   No key does that.")));
    }
    let below = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let first = window(marked_line, lines.len(), usize::from(below.height));
    let shown: Vec<Line<'_>> = lines.into_iter().skip(first).collect();
    paint(buffer, below, &shown);
}
