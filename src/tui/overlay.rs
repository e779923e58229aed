//! What lies over a screen: the help, a question, a list to pick from.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Widget};
use unicode_width::UnicodeWidthStr;

use super::accounts::Account;
use super::confirm::{Confirm, Row};
use super::format::{clean, counted, cut, left, plan_name, right, shortened, wrapped};
use super::help::Help;
use super::model::Model;
use super::names::of_accounts;
use super::picker::Picker;
use super::scene::{ELLIPSIS, Scene};
use super::view::paint;
use crate::credit::{BucketKind, Figure};

/// Clears a centred box of at most this inner size, frames it, and answers with its inside.
pub(crate) fn boxed(scene: &Scene<'_>, title: &str, width: u16, height: u16, area: Rect, buffer: &mut Buffer) -> Rect {
    let width = (width + 4).min(area.width);
    let height = (height + 2).min(area.height);
    let frame = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 3, width, height };
    // What lies behind steps back.
    buffer.set_style(area.intersection(buffer.area), scene.theme().rule);
    leave_whole_words(frame, area, buffer);
    // Half of a wide character must not stay at the edge.
    let cleared =
        Rect { x: frame.x.saturating_sub(1), width: (frame.width + 2).min(area.right() - frame.x.saturating_sub(1)), ..frame };
    Clear.render(cleared.intersection(area), buffer);
    let title = Line::from(Span::styled(
        format!(" {} ", cut(title, usize::from(width).saturating_sub(6), ELLIPSIS)),
        scene.theme().accent,
    ));
    Block::bordered().border_type(BorderType::Rounded).border_style(scene.theme().rule).title(title).render(frame, buffer);
    Rect { x: frame.x + 2, y: frame.y + 1, width: width.saturating_sub(4), height: height.saturating_sub(2) }
}

/// Blanks words that a box covers in part: half a word reads as another one, and half a figure as another figure.
fn leave_whole_words(frame: Rect, area: Rect, buffer: &mut Buffer) {
    let area = area.intersection(buffer.area);
    let is_blank = |buffer: &Buffer, x: u16, y: u16| {
        let symbol = |x: u16| buffer.cell((x, y)).map_or(" ", |cell| cell.symbol());
        // Behind a wide character stands a blank that is its second half.
        symbol(x) == " " && !(x > area.x && symbol(x - 1).width() > 1)
    };
    for y in frame.y..frame.bottom().min(area.bottom()) {
        let left = (area.x..frame.x.min(area.right())).rev().take_while(|x| !is_blank(buffer, *x, y));
        let right = (frame.right()..area.right()).take_while(|x| !is_blank(buffer, *x, y));
        for x in left.chain(right).collect::<Vec<_>>() {
            if let Some(cell) = buffer.cell_mut((x, y)) {
                cell.set_symbol(" ");
            }
        }
    }
}

/// The first of a window of `height` lines that shows `marked`.
pub(crate) fn window(marked: usize, count: usize, height: usize) -> usize {
    marked.saturating_sub(height / 2).min(count.saturating_sub(height))
}

/// Draws the question with everything that a yes writes.
pub(crate) fn draw_confirm(confirm: &Confirm, scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let width = usize::from(area.width.saturating_sub(6)).min(84);
    let rows = rows(confirm, scene, width);
    // On a small screen what will be written goes before what is said about it.
    let remark = if area.height < 14 { Vec::new() } else { wrapped(&confirm.remark, width) };
    let doubts: Vec<String> = confirm.doubts.iter().flat_map(|doubt| wrapped(&clean(doubt), width)).collect();
    let below = doubts.len() + remark.len() + if remark.is_empty() { 2 } else { 3 };
    let room = usize::from(area.height).saturating_sub(2 + below).max(1);
    let height = rows.len().min(room) + below;
    let inside = boxed(scene, &confirm.title, fit(width), fit(height), area, buffer);
    let scroll = confirm.scroll.min(rows.len().saturating_sub(room));
    let hidden = rows.len().saturating_sub(scroll + room);
    let mut lines: Vec<Line<'_>> = rows.into_iter().skip(scroll).take(room).collect();
    lines.push(if hidden > 0 { Line::from(scene.dim(format!("↓ {hidden} more"))) } else { Line::default() });
    lines.extend(doubts.into_iter().map(|text| Line::from(scene.span(text, |theme| theme.look))));
    if !remark.is_empty() {
        lines.extend(remark.into_iter().map(|text| Line::from(scene.dim(text))));
        lines.push(Line::default());
    }
    lines.push(answers(confirm, scene, usize::from(inside.width)));
    paint(buffer, inside, &lines);
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
                let room = width.saturating_sub(label_width + 2);
                for (place, text) in wrapped(&text, room).into_iter().enumerate() {
                    let label = if place == 0 { label.as_str() } else { "" };
                    lines
                        .push(Line::from(vec![scene.dim(format!("{}  ", left(label, label_width, ELLIPSIS))), scene.text(text)]));
                }
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

fn fit(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX - 8)
}

/// Draws the list of accounts to pick from.
pub(crate) fn draw_picker(picker: &Picker, model: &Model, scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let matches = picker.matches(&model.accounts, model.setup.privacy);
    let marked = picker.marked(&matches);
    let width = usize::from(area.width.saturating_sub(8)).min(64);
    let height = (matches.len() + 2).clamp(3, usize::from(area.height.saturating_sub(4)).max(3));
    let inside = boxed(scene, "Plan for which account?", fit(width), fit(height), area, buffer);
    let width = usize::from(inside.width);
    let (text, cursor) = picker.field.view(scene, width.saturating_sub(2));
    scene.put_cursor(inside.x + 2 + fit(cursor), inside.y);
    let hint = if picker.field.is_empty() { scene.dim("type a name") } else { text };
    let mut lines = vec![Line::from(vec![scene.span("/ ", |theme| theme.accent), hint]), Line::default()];
    let room = usize::from(inside.height).saturating_sub(2);
    let first = window(marked.unwrap_or(0), matches.len(), room);
    let names = of_accounts(scene, &model.accounts, picked_name(width.saturating_sub(2)));
    for (place, account) in matches.iter().enumerate().skip(first).take(room) {
        let name = names.get(account.number.saturating_sub(1)).map_or("", String::as_str);
        let marked = marked == Some(place);
        let marker = if marked { scene.span("▌ ", |theme| theme.accent) } else { Span::raw("  ") };
        let line = Line::from([vec![marker], picked(scene, account, name, width.saturating_sub(2))].concat());
        lines.push(if marked { line.patch_style(scene.theme().selected) } else { line });
    }
    if matches.is_empty() {
        lines.push(Line::from(scene.dim("  no account matches")));
    }
    paint(buffer, inside, &lines);
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
pub(crate) fn draw_help(help: &Help, scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let matches = help.matches();
    let width = usize::from(area.width);
    let (text, cursor) = help.field.view(scene, width.saturating_sub(24));
    scene.put_cursor(area.x + 4 + fit(cursor), area.y);
    let hint =
        if help.field.is_empty() { scene.dim(format!("type to search {}", counted(matches.len(), "key", "keys"))) } else { text };
    paint(buffer, area, &[Line::from(vec![scene.span("  / ", |theme| theme.accent), hint])]);
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
        let marker = if marked { scene.span(" ▌ ", |theme| theme.accent) } else { Span::raw("   ") };
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
