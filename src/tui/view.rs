//! The frame around every screen: header, message line, footer, and what lies over them.

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::footer::footer;
use super::format::{clean, cut, wrapped};
use super::model::{Model, Overlay, Screen, Tone};
use super::scene::{ELLIPSIS, Scene};
use super::widgets::text::{paint, paragraph};
use super::widgets::text_box::About;
use super::{account, ascii, calculator, help, ledger, overview, troubles};
use crate::credit::Instant;

/// The least size at which there is something useful to see.
const LEAST: (u16, u16) = (40, 12);

/// What a drawing has besides its cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drawn {
    /// Where the terminal's cursor stands; `None` where it is hidden.
    pub cursor: Option<Position>,
    /// The next instant at which the drawing stops being true: a countdown's tick, an age, a figure that changes by itself. `None` where
    /// nothing changes without a message; never before the instant that was drawn.
    pub until: Option<Instant>,
}

/// Draws the model as it is at `now` on blank cells, in their size; says when it must be drawn again.
pub fn view(model: &Model, buffer: &mut Buffer, now: Instant) -> Drawn {
    let scene = Scene::new(&model.setup, model.dates, now);
    let area = buffer.area;
    draw(model, &scene, area, buffer);
    if let Some(toast) = &model.toast {
        scene.changes_at(toast.until);
    }
    let due = model.accounts.iter().map(|account| account.due).min();
    if let Some(due) = due {
        scene.changes_at(due);
    }
    // More accounts may be due than are asked about at once.
    let is_due = due.is_some_and(|due| due <= now) || overview::is_preparing(model);
    let until = if is_due { Some(now) } else { scene.next_change() };
    Drawn { cursor: scene.cursor().filter(|position| area.contains(*position)), until }
}

fn draw(model: &Model, scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    if area.width < LEAST.0 || area.height < LEAST.1 {
        too_small(area, buffer);
    } else {
        draw_all(model, scene, area, buffer);
    }
    underline_words_only(buffer);
    if model.setup.ascii {
        ascii::flatten(buffer);
    }
}

fn too_small(area: Rect, buffer: &mut Buffer) {
    let text = format!("creditop needs {}x{}; this is {}x{}.", LEAST.0, LEAST.1, area.width, area.height);
    let lines: Vec<Line<'_>> = wrapped(&text, usize::from(area.width)).into_iter().map(Line::from).collect();
    paint(buffer, area, &lines);
}

fn draw_all(model: &Model, scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let row = |y: u16| Rect { y, height: 1, ..area };
    paint(buffer, row(area.y), &[header(model, scene, usize::from(area.width))]);
    let body = body_of(area);
    match &model.overlay {
        Some(Overlay::Help(help)) => help::draw(help, scene, body, buffer),
        overlay => {
            match model.screen {
                Screen::Overview => overview::draw(model, scene, body, buffer),
                Screen::Account => account::draw(model, scene, body, buffer),
                Screen::Calculator => calculator::draw(model, scene, body, buffer),
                Screen::Ledger => ledger::draw(model, scene, body, buffer),
            }
            match overlay {
                Some(Overlay::Confirm(question)) => question.draw(scene, body, buffer),
                Some(Overlay::Picker(picker)) => picker.draw(model, scene, body, buffer),
                Some(Overlay::Day(asked)) => calculator::day::draw(asked, model, scene, body, buffer),
                Some(Overlay::Terms(form)) => calculator::terms::draw(form, model, scene, body, buffer),
                Some(Overlay::Form(form)) => form.draw(model, scene, body, buffer),
                Some(Overlay::TextBox(open)) => {
                    let text = match &open.about {
                        About::Entry(account, reference) => ledger::entry_rows(model, scene, account, reference),
                        About::Troubles => troubles::rows(model, scene),
                    };
                    open.draw(scene, text, body, buffer);
                }
                Some(Overlay::Help(_)) | None => {}
            }
        }
    }
    let last = area.bottom() - 1;
    let footer = footer(model, scene, usize::from(area.width));
    let said = model.toast.as_ref().map(|toast| (toast.tone, toast.text.shown(model)));
    let said = said.or_else(|| model.requests.under_way().map(|words| (Tone::Calm, words.to_owned())));
    match said.map(|(tone, text)| news(scene, tone, &text, area.width)) {
        Some(news) if roomy(area.height) => paint(buffer, row(last - 1), &[news]),
        Some(news) => return paint(buffer, row(last), &[news]),
        None => {}
    }
    paint(buffer, row(last), &[footer]);
}

/// Whether there is a line to spare for news.
fn roomy(height: u16) -> bool {
    height >= 16
}

fn body_of(area: Rect) -> Rect {
    let (above, below) = if roomy(area.height) { (2, 2) } else { (1, 1) };
    Rect { y: area.y + above.min(area.height), height: area.height.saturating_sub(above + below), ..area }
}

/// Where the screens draw, for the model's own size.
pub(crate) fn body_area(model: &Model) -> Rect {
    body_of(Rect::new(0, 0, model.size.0, model.size.1))
}

/// Takes the line under texts away from the blanks around them: where there is no colour it marks words, not columns.
fn underline_words_only(buffer: &mut Buffer) {
    let width = usize::from(buffer.area.width).max(1);
    for row in buffer.content.chunks_mut(width) {
        let is_blank = |cell: &Cell| cell.symbol() == " " && cell.modifier.contains(Modifier::UNDERLINED);
        let mut forwards = true;
        for cell in row.iter_mut() {
            if forwards && is_blank(cell) {
                cell.modifier.remove(Modifier::UNDERLINED);
            }
            forwards = !cell.modifier.contains(Modifier::UNDERLINED);
        }
        let mut backwards = true;
        for cell in row.iter_mut().rev() {
            if backwards && is_blank(cell) {
                cell.modifier.remove(Modifier::UNDERLINED);
            }
            backwards = !cell.modifier.contains(Modifier::UNDERLINED);
        }
    }
}

/// The tabs with the columns that they take.
fn tabs(model: &Model) -> Vec<(Screen, u16, String)> {
    let narrow = model.size.0 < 64;
    let mut column = if narrow { 1 } else { 13 };
    let shown = Screen::ALL.into_iter().filter(|screen| !narrow || *screen == model.screen);
    shown
        .map(|screen| {
            let text = format!(" {} ", screen.title());
            let start = column;
            column += u16::try_from(text.len()).unwrap_or(0) + 1;
            (screen, start, text)
        })
        .collect()
}

/// The screen whose tab is at this column of the header.
pub(crate) fn tab_at(model: &Model, column: u16) -> Option<Screen> {
    let hit = |(_, start, text): &(Screen, u16, String)| column >= *start && usize::from(column - start) < text.len();
    tabs(model).into_iter().find(hit).map(|(screen, ..)| screen)
}

fn header(model: &Model, scene: &Scene<'_>, width: usize) -> Line<'static> {
    let theme = scene.theme();
    let name = if width < 64 { " ".to_owned() } else { " creditop    ".to_owned() };
    let mut spans = vec![Span::styled(name, theme.accent)];
    for (screen, _, text) in tabs(model) {
        let style = if screen == model.screen { theme.strong.patch(theme.selected) } else { theme.dim };
        spans.push(Span::styled(text, style));
        spans.push(Span::raw(" "));
    }
    let used: usize = spans.iter().map(Span::width).sum();
    // What is wrong goes before what time it is.
    let badges = troubles::badge(model);
    let badge = badges.iter().find(|badge| used + badge.width() + 10 < width).or(badges.last()).cloned().unwrap_or_default();
    let used = used + badge.width();
    let zone = scene.zone_name();
    let demo = if model.setup.demo { "demo · " } else { "" }.to_owned();
    let demo = if model.setup.read_only { format!("{demo}read-only · ") } else { demo };
    let candidates = [
        format!("{demo}{} {zone} ", scene.clock("%a %-d %b %Y %H:%M")),
        format!("{demo}{} {zone} ", scene.clock("%-d %b %H:%M")),
        format!("{demo}{} ", scene.clock("%-d %b %H:%M %Z")),
        format!("{demo}{} ", scene.clock("%-d %b %H:%M")),
        format!("{demo}{} ", scene.clock("%H:%M")),
        format!("{} ", scene.clock("%H:%M")),
    ];
    let right = candidates.into_iter().find(|text| used + text.width() < width).unwrap_or_default();
    spans.push(Span::styled(badge, theme.look));
    spans.push(Span::raw(" ".repeat(width.saturating_sub(used + right.width()))));
    spans.push(scene.dim(right));
    Line::from(spans)
}

fn news(scene: &Scene<'_>, tone: Tone, text: &str, width: u16) -> Line<'static> {
    let style = match tone {
        Tone::Calm => scene.theme().good,
        Tone::Refused => scene.theme().look,
    };
    Line::from(Span::styled(format!(" {}", cut(text, usize::from(width).saturating_sub(2), ELLIPSIS)), style))
}

fn counted(figure: &str, count: usize) -> String {
    format!("{figure} {}", if count == 1 { "account" } else { "accounts" })
}

/// What stands where an account would, while none is selected.
pub(crate) fn nobody(model: &Model, scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    if model.accounts.is_empty() {
        return first_run(model, scene, area, buffer);
    }
    let why = overview::nothing_selected(model);
    let lines: Vec<Line<'_>> = paragraph(&why, usize::from(area.width), scene.theme().text).collect();
    paint(buffer, area, &lines);
}

/// What to do where there is no account yet: with a configuration, to name one in it; without, to begin one.
fn ways_to_begin(model: &Model) -> (&'static str, [(&'static str, String); 3]) {
    let demo = ("See it with simulated accounts", "creditop demo".to_owned());
    let (file, exists) = &model.setup.config;
    if !exists {
        let hand_kept = "creditop config init, then set provider = \"generic\"".to_owned();
        let ways =
            [demo, ("Add an account with a key", "creditop config init".to_owned()), ("Keep a balance by hand", hand_kept)];
        return ("No accounts yet. Press q, then type:", ways);
    }
    let file = if model.setup.privacy { "the file that creditop config path names".to_owned() } else { clean(file) };
    let hand_kept = "the same, with provider = \"generic\"".to_owned();
    let ways = [("Name one in the configuration", file), ("Keep a balance by hand", hand_kept), demo];
    ("No accounts yet.", ways)
}

/// What to do where there is no account yet.
pub(crate) fn first_run(model: &Model, scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let airy = area.height >= 16;
    let mut lines: Vec<Line<'_>> = (0..u16::from(airy)).map(|_| Line::default()).collect();
    if !model.loaded {
        let count = match model.setup.reading {
            0 => "accounts".to_owned(),
            count => counted(&scene.amount(crate::credit::Amount::from(u32::try_from(count).unwrap_or(u32::MAX))), count),
        };
        lines.push(Line::from(scene.dim(format!("   Reading {count}…"))));
        return paint(buffer, area, &lines);
    }
    let (title, ways) = ways_to_begin(model);
    lines.push(Line::from(scene.strong(format!("   {title}"))));
    for (what, command) in ways {
        if airy {
            lines.push(Line::default());
        }
        lines.push(Line::from(scene.text(format!("   {what}"))));
        for part in wrapped(&command, usize::from(area.width).saturating_sub(6)) {
            lines.push(Line::from(vec![Span::raw("     "), scene.span(part, |theme| theme.key)]));
        }
    }
    if airy {
        lines.push(Line::default());
    }
    let remark = if model.setup.config.1 {
        "A change to the file shows here at once; creditop config check says what is wrong with it."
    } else {
        "A change to the file shows here at once; creditop config path tells where it is."
    };
    lines.extend(paragraph(remark, usize::from(area.width), scene.theme().dim));
    paint(buffer, area, &lines);
}
