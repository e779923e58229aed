//! Where everything stands in the calculator: the plan, and beside or below it what pays.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

use super::lines::{self, Shown};
use super::payment::{self, Detail};
use super::plan::Priced;
use crate::tui::format::left;
use crate::tui::model::Model;
use crate::tui::names::apart;
use crate::tui::scene::{ELLIPSIS, Scene};
use crate::tui::view::{body_area, first_run};
use crate::tui::widgets::text::{paint, scrolled};

/// From this width on the plan and what pays for it stand side by side.
const SIDE_BY_SIDE: u16 = 100;

/// The areas of the plan and of what pays.
fn areas(area: Rect, plan_lines: usize) -> (Rect, Rect) {
    if area.width >= SIDE_BY_SIDE {
        let plan = Rect { width: area.width * 52 / 100, ..area };
        let x = plan.right() + 3;
        return (plan, Rect { x, width: area.right().saturating_sub(x + 1), ..area });
    }
    let most = area.height * 6 / 10;
    let height = u16::try_from(plan_lines).unwrap_or(u16::MAX).min(most);
    let gap = u16::from(area.height >= 14);
    let top = (height + gap).min(area.height);
    let below = Rect { x: area.x + 3, y: area.y + top, width: area.width.saturating_sub(4), height: area.height - top };
    (Rect { height, ..area }, below)
}

/// Suggestions below the field.
fn suggestions(area: Rect, lines: usize) -> usize {
    let room = usize::from(if area.width >= SIDE_BY_SIDE { area.height } else { area.height * 6 / 10 });
    room.saturating_sub(lines + 1).clamp(if area.height < 14 { 2 } else { 4 }, 12)
}

/// The first line of the plan in its area, so that the selected line is seen.
fn scroll(shown: &[Shown], height: usize, selected: usize) -> usize {
    let wanted = shown.iter().position(|(_, line)| *line == Some(selected)).map_or(0, |place| place + 2);
    wanted.saturating_sub(height.max(1)).min(shown.len().saturating_sub(1))
}

/// The plan's line at a row of the screen.
pub(super) fn line_at(model: &Model, screen_row: u16) -> Option<usize> {
    let area = body_area(model);
    let scene = Scene::new(&model.setup, model.dates, crate::credit::Instant::UNIX_EPOCH);
    let drawn = arranged(model, &scene, area);
    let row = usize::from(screen_row.checked_sub(drawn.plan.y)?);
    drawn.lines.get(row + drawn.scroll).and_then(|(_, line)| *line)
}

struct Arranged {
    plan: Rect,
    payment: Rect,
    lines: Vec<Shown>,
    scroll: usize,
    /// Column and line of the cursor, where the field has the focus.
    cursor: Option<(usize, usize)>,
}

fn arranged(model: &Model, scene: &Scene<'_>, area: Rect) -> Arranged {
    let side = area.width >= SIDE_BY_SIDE;
    let width = usize::from(if side { area.width * 52 / 100 } else { area.width });
    let mut shown = lines::table(model, scene, width);
    if !shown.is_empty() && area.height >= 16 {
        shown.push((Line::default(), None));
    }
    let before = shown.len();
    let plan = &model.calculator;
    // While nothing is typed the list of actions leaves its room to what pays, where both share it.
    let listed = side || plan.lines.is_empty() || !plan.field.is_empty() || plan.moved_to.is_some();
    let most = if listed { suggestions(area, before) } else { 0 };
    let (field, column) = lines::field(model, scene, width, most);
    shown.extend(field.into_iter().map(|line| (line, None)));
    let (plan, payment) = areas(area, shown.len());
    let height = usize::from(plan.height);
    // The field stays in sight above its suggestions.
    let scroll = if model.calculator.adding {
        shown.len().saturating_sub(height).min(before)
    } else {
        scroll(&shown, height, model.calculator.selected)
    };
    Arranged { plan, payment, lines: shown, scroll, cursor: column.map(|column| (column, before)) }
}

/// Draws the calculator.
pub(crate) fn draw(model: &Model, scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    if model.accounts.is_empty() {
        return first_run(model, scene, area, buffer);
    }
    let drawn = arranged(model, scene, area);
    let visible: Vec<Line<'_>> = drawn.lines.into_iter().skip(drawn.scroll).map(|(line, _)| line).collect();
    paint(buffer, drawn.plan, &visible);
    if let Some((column, line)) = drawn.cursor {
        let row = line.saturating_sub(drawn.scroll);
        if row < usize::from(drawn.plan.height) && model.overlay.is_none() {
            let x = drawn.plan.x + u16::try_from(column).unwrap_or(0);
            scene.put_cursor(x.min(area.right().saturating_sub(1)), drawn.plan.y + u16::try_from(row).unwrap_or(0));
        }
    }
    let height = usize::from(drawn.payment.height);
    let lines = payment_lines(model, scene, usize::from(drawn.payment.width), height);
    let shown =
        scrolled(lines, model.calculator.scroll, height, |more| Line::from(scene.dim(format!("↓ {more} more lines, PgDn"))));
    paint(buffer, drawn.payment, &shown);
}

/// Scrolls what pays by half of what is seen of it.
pub(super) fn scroll_payment(model: &mut Model, down: bool) {
    let scene = Scene::new(&model.setup, model.dates, crate::credit::Instant::UNIX_EPOCH);
    let area = arranged(model, &scene, body_area(model)).payment;
    let height = usize::from(area.height);
    let last = payment_lines(model, &scene, usize::from(area.width), height).len().saturating_sub(height);
    let step = (height / 2).max(1);
    let scroll = model.calculator.scroll;
    model.calculator.scroll = if down { (scroll + step).min(last) } else { scroll.saturating_sub(step) };
}

/// What pays: every account in full where there is room, else its credits in full and the words of the focused account only,
/// else the focused account and a line for each of the others. The order is the plan's.
fn payment_lines(model: &Model, scene: &Scene<'_>, width: usize, height: usize) -> Vec<Line<'static>> {
    let plan = &model.calculator;
    if plan.quotes.is_empty() {
        let hint = "What it costs and which credits would pay shows here at every key. Nothing is written until you say so.";
        let texts = crate::tui::format::wrapped(hint, width);
        return texts.into_iter().map(|text| Line::from(scene.dim(text))).collect();
    }
    let focus = plan.in_focus();
    let focused = plan.quotes.iter().find(|priced| priced.trial);
    let focused = focused.or_else(|| plan.quotes.iter().find(|priced| Some(&priced.account) == focus)).or(plan.quotes.last());
    let in_focus = |priced: &Priced| focused.is_some_and(|focused| focused.account == priced.account);
    let tellings: [&dyn Fn(&Priced) -> Detail; 3] =
        [&|_| Detail::Airy, &|_| Detail::Tight, &|priced| if in_focus(priced) { Detail::Tight } else { Detail::Credits }];
    for telling in tellings {
        let lines = payments(model, scene, width, telling);
        if lines.len() <= height {
            return lines;
        }
    }
    payments(model, scene, width, &|priced| if in_focus(priced) { Detail::Tight } else { Detail::Verdict })
}

/// Every account's share of the plan, in the plan's order.
fn payments(model: &Model, scene: &Scene<'_>, width: usize, telling: &dyn Fn(&Priced) -> Detail) -> Vec<Line<'static>> {
    let quotes = &model.calculator.quotes;
    let named = |priced: &Priced| {
        let account = model.find(&priced.account)?;
        Some((account, scene.account(account), telling(priced)))
    };
    let known: Vec<_> = quotes.iter().filter_map(|priced| Some((priced, named(priced)?))).collect();
    let name_width = known.iter().map(|(_, (_, name, _))| name.width()).max().unwrap_or(0).min(width / 2);
    let names: Vec<String> = known.iter().map(|(_, (_, name, _))| name.clone()).collect();
    let ids = |place: usize| known.get(place).filter(|_| !scene.setup.privacy).map(|(priced, _)| priced.account.to_string());
    let names = apart(&names, ids, name_width);
    let mut lines = Vec::new();
    if let [(_, (_, _, Detail::Airy))] = known.as_slice() {
        lines.push(Line::from(scene.dim("What pays for it, in spending order")));
    }
    for (place, ((priced, (account, _, telling)), name)) in known.iter().zip(&names).enumerate() {
        let spaced = matches!(telling, Detail::Airy | Detail::Tight) && known.iter().all(|(_, (_, _, other))| other == telling);
        if place > 0 && spaced {
            lines.push(Line::default());
        }
        let name = if known.len() > 1 { left(name, name_width, ELLIPSIS) + "   " } else { String::new() };
        lines.extend(payment::lines(scene, account, priced, width, name, *telling));
    }
    lines
}
