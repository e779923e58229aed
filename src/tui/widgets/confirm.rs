//! The box that asks once before something is written, and shows exactly what.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Widget as _;
use unicode_width::UnicodeWidthStr;

use super::list::Move;
use super::popup::Popup;
use super::text::labelled;
use crate::credit::{Draft, Reliance};
use crate::tui::accounts::{Account, Called};
use crate::tui::calculator::HoldTerms;
use crate::tui::format::{clean, cut, left, right, shortened, wrapped};
use crate::tui::requests::Pending;
use crate::tui::scene::{ELLIPSIS, Scene};

/// How a question can be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConfirmAction {
    Yes,
    No,
    /// Yes, in spite of what stands against it.
    AllTheSame,
    /// With another name or deadline.
    Terms,
}

/// A question with what a yes would write.
#[derive(Debug, Clone)]
pub(crate) struct Confirm {
    /// What is about to happen, as `Record as spent`.
    pub(crate) title: String,
    /// Everything that will be written, for a person.
    pub(crate) rows: Vec<Row>,
    /// What a yes leads to, in one sentence.
    pub(crate) remark: String,
    /// What stands against writing it, a sentence each: then a yes is not enough, and a second word is asked for (SPEC P2).
    pub(crate) doubts: Vec<String>,
    /// Whether yes was said in spite of the doubts, so that only the second word is missing.
    pub(crate) insisted: bool,
    /// What the holds are called and when they end; `None` where it is about something else.
    pub(crate) terms: Option<HoldTerms>,
    /// The entries.
    pub(crate) drafts: Vec<Draft>,
    /// What waits for the answer once they are on their way.
    pub(crate) pending: Pending,
    /// The first row that is shown.
    pub(crate) scroll: usize,
}

/// A row of the question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Row {
    /// An account.
    Account(Called),
    /// A label and what stands for it; the label may be empty.
    Fact(String, String),
    /// As a fact, and it may name somebody.
    Private(String, String),
    /// A cost line: what, how much, paid from what.
    Cost(String, String, String),
}

/// What stands against promising an account's credits by its figures, as a sentence (SPEC P2); `None` where they are fresh.
pub(crate) fn doubt(scene: &Scene<'_>, account: &Account, reliance: &Reliance) -> Option<String> {
    let why = reliance.why(|at| scene.age(at))?;
    Some(format!("{}: {why}.", scene.account(account)))
}

/// How a question was answered.
pub(crate) enum Answer {
    Open(Confirm),
    /// What is written, and what waits for it.
    Yes(Vec<Draft>, Pending),
    No,
    /// The name and the deadline are to be given first.
    Terms(Confirm),
}

impl Confirm {
    pub(crate) fn answered(mut self, action: ConfirmAction) -> Answer {
        match action {
            ConfirmAction::Yes if !self.doubts.is_empty() => self.insisted = true,
            ConfirmAction::AllTheSame if !self.insisted => {}
            ConfirmAction::Yes | ConfirmAction::AllTheSame => return Answer::Yes(self.drafts, self.pending),
            ConfirmAction::No => return Answer::No,
            ConfirmAction::Terms => return Answer::Terms(self),
        }
        Answer::Open(self)
    }

    pub(crate) fn move_to(&mut self, to: Move) {
        self.scroll = to.from(Some(self.scroll), self.rows.len().saturating_sub(1), 1);
    }

    /// Draws the question with everything that a yes writes.
    pub(crate) fn draw(&self, scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
        let width = Popup::inside(area, 6, 84);
        let rows = rows(self, scene, width);
        // On a small screen what will be written goes before what is said about it.
        let remark = if area.height < 14 { Vec::new() } else { wrapped(&self.remark, width) };
        let doubts: Vec<String> = self.doubts.iter().flat_map(|doubt| wrapped(&clean(doubt), width)).collect();
        let below = doubts.len() + remark.len() + if remark.is_empty() { 2 } else { 3 };
        let room = usize::from(area.height).saturating_sub(2 + below).max(1);
        let height = rows.len().min(room) + below;
        let scroll = self.scroll.min(rows.len().saturating_sub(room));
        let hidden = rows.len().saturating_sub(scroll + room);
        let mut lines: Vec<Line<'_>> = rows.into_iter().skip(scroll).take(room).collect();
        lines.push(if hidden > 0 { Line::from(scene.dim(format!("↓ {hidden} more"))) } else { Line::default() });
        lines.extend(doubts.into_iter().map(|text| Line::from(scene.span(text, |theme| theme.look))));
        if !remark.is_empty() {
            lines.extend(remark.into_iter().map(|text| Line::from(scene.dim(text))));
            lines.push(Line::default());
        }
        lines.push(answers(self, scene, width));
        Popup::new(scene, &self.title, width, lines).rows(height).render(area, buffer);
    }
}

/// What is asked, and the keys that answer: as much of it as has room, and each key with its words.
fn answers(confirm: &Confirm, scene: &Scene<'_>, width: usize) -> Line<'static> {
    let alters = confirm.terms.is_some() && !confirm.insisted;
    let line = |ask: &'static str, yes: &[&'static str]| {
        let key = |name: &'static str| scene.span(name, |theme| theme.key);
        let mut spans = vec![scene.strong(ask)];
        for (place, name) in yes.iter().enumerate() {
            spans.extend((place > 0).then(|| scene.text(" or ")));
            spans.push(key(name));
        }
        spans.push(scene.text(if confirm.insisted { " all the same   " } else { " yes   " }));
        spans.extend([key("n"), scene.text(" no")]);
        spans.extend(alters.then(|| [scene.text("   "), key("e"), scene.text(" name, deadline")]).into_iter().flatten());
        Line::from(spans)
    };
    let lines = if confirm.insisted {
        [line("On these figures?  ", &["a"]), line("", &["a"]), line("", &["a"])]
    } else {
        [line("Write it?  ", &["y", scene.enter()]), line("", &["y", scene.enter()]), line("", &["y"])]
    };
    let [.., shortest] = &lines;
    let shortest = shortest.clone();
    lines.into_iter().find(|line| line.width() <= width).unwrap_or(shortest)
}

fn rows(confirm: &Confirm, scene: &Scene<'_>, width: usize) -> Vec<Line<'static>> {
    let labels = confirm.rows.iter().filter_map(|row| match row {
        Row::Fact(label, _) | Row::Private(label, _) => Some(label.width()),
        _ => None,
    });
    let label_width = labels.max().unwrap_or(0);
    let costs = confirm.rows.iter().filter_map(|row| match row {
        Row::Cost(_, cost, _) => Some(cost.width()),
        _ => None,
    });
    let cost_width = costs.max().unwrap_or(0);
    let what_width = (width / 2).saturating_sub(cost_width).clamp(12, 40);
    let mut lines = Vec::new();
    let by = scene.setup.actor.as_deref().map(|actor| Row::Fact("by".to_owned(), scene.private(actor)));
    for row in confirm.rows.iter().chain(&by) {
        match row {
            Row::Account(called) => {
                lines.push(Line::from(scene.strong(cut(&called.shown(scene.setup.privacy), width, ELLIPSIS))));
            }
            Row::Fact(label, text) | Row::Private(label, text) => {
                let text = if matches!(row, Row::Private(..)) { scene.private(text) } else { clean(text) };
                lines.extend(labelled(scene, label, label_width, &text, width));
            }
            Row::Cost(what, cost, from) if width < 50 => {
                let what = left(&clean(what), width.saturating_sub(cost_width + 2), ELLIPSIS);
                lines.push(Line::from(vec![scene.text(what + "  "), scene.strong(right(cost, cost_width, ELLIPSIS))]));
                let texts = wrapped(&clean(from), width.saturating_sub(4));
                lines.extend(texts.into_iter().map(|text| Line::from(scene.dim(format!("    {text}")))));
            }
            Row::Cost(what, cost, from) => {
                let room = width.saturating_sub(2 + what_width + 2 + cost_width + 3);
                lines.push(Line::from(vec![
                    scene.text(format!("  {}  ", left(&clean(what), what_width, ELLIPSIS))),
                    scene.strong(right(cost, cost_width, ELLIPSIS)),
                    scene.dim(format!("   {}", shortened(&clean(from), room, ELLIPSIS))),
                ]));
            }
        }
    }
    lines
}
