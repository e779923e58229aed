//! What pays for a plan: the waterfall, whether it fits, and what else could be done.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::commit::bucket_name;
use super::plan::Priced;
use super::when;
use crate::credit::{Advice, Affordable, Amount, Figure, Quote, QuoteLine, WaterfallStep, print_instant};
use crate::tui::accounts::Account;
use crate::tui::format::{clean, counted, cut, left, right, wrapped};
use crate::tui::scene::{ELLIPSIS, Scene};
use crate::tui::widgets::gauge::{self, Part};

/// The most waterfall rows per account.
const MOST_STEPS: usize = 12;

/// How much is told of an account's share of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// All of it, with air between.
    Airy,
    /// All of it.
    Tight,
    /// Whether it fits, and which credits pay.
    Credits,
    /// Whether it fits, and which credits pay, in one line.
    Verdict,
}

/// One account's share of the plan, `width` columns wide; `name` is empty where there is but one account.
pub(super) fn lines(
    scene: &Scene<'_>,
    account: &Account,
    priced: &Priced,
    width: usize,
    name: String,
    telling: Detail,
) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let room = width.saturating_sub(name.width());
    let quote = match &priced.quote {
        Ok(quote) => quote,
        Err(why) => {
            let mut texts = wrapped(&scene.scrubbed(account, why), room.max(20)).into_iter();
            let style = scene.theme().look;
            let first = texts.next().unwrap_or_default();
            let indent = " ".repeat(name.width());
            lines.push(Line::from(vec![scene.strong(name), Span::styled(first, style)]));
            if telling != Detail::Verdict {
                lines.extend(texts.map(|text| Line::from(Span::styled(format!("{indent}{text}"), style))));
            }
            return lines;
        }
    };
    let (wordings, style) = verdict(scene, quote);
    if telling == Detail::Verdict {
        let payers = format!("   {}", payers(scene, account, quote));
        let told = wordings.first().map_or(0, |verdict| verdict.width()) + payers.width();
        let tips = untold(quote, room.saturating_sub(told));
        let verdict = fitting(&wordings, room.saturating_sub(tips.width()));
        let room = room.saturating_sub(verdict.width() + tips.width());
        let payers = cut(&payers, room, ELLIPSIS);
        return vec![Line::from(vec![scene.strong(name), Span::styled(verdict, style), scene.text(payers), scene.dim(tips)])];
    }
    let told = wordings.first().map_or(0, |verdict| verdict.width());
    let tips = if telling == Detail::Credits { untold(quote, room.saturating_sub(told)) } else { String::new() };
    let mut texts = wrapped(wordings.first().map_or("", String::as_str), room.saturating_sub(tips.width()).max(16)).into_iter();
    let indent = " ".repeat(name.width());
    let first = texts.next().unwrap_or_default();
    lines.push(Line::from(vec![scene.strong(name), Span::styled(first, style), scene.dim(tips)]));
    lines.extend(texts.map(|text| Line::from(Span::styled(format!("{indent}{text}"), style))));
    let airy = telling == Detail::Airy;
    lines.extend((0..u8::from(airy)).map(|_| Line::default()));
    lines.extend(waterfall(scene, account, quote, width));
    if telling == Detail::Credits {
        return lines;
    }
    lines.extend((0..u8::from(airy)).map(|_| Line::default()));
    lines.extend(details(scene, account, quote, width));
    for advice in &quote.advice {
        lines.extend(sentence(scene, &format!("› {}", advice_words(scene, account, advice)), width, |theme| theme.text));
    }
    lines
}

/// Says that there is advice for which there is no room, and that going to a line of the account shows it; in ever fewer words.
fn untold(quote: &Quote, room: usize) -> String {
    if quote.advice.is_empty() {
        return String::new();
    }
    let tips = counted(quote.advice.len(), "tip", "tips");
    let wordings = [format!("   › {tips}: ↑ ↓ to it"), format!("   › {tips} ↑↓"), format!("  › {tips}")];
    wordings.iter().find(|text| text.width() <= room).or(wordings.last()).cloned().unwrap_or_default()
}

/// An advice in words. While names are masked it tells no other account's, nor what may name somebody of its own.
pub(super) fn advice_words(scene: &Scene<'_>, account: &Account, advice: &Advice) -> String {
    let masked = advice.text.split_once(" does the same").filter(|_| scene.setup.privacy && advice.account.is_some());
    let text = masked.map_or_else(|| advice.text.clone(), |(_, rest)| format!("Another account does the same{rest}"));
    scene.scrubbed(account, &text)
}

fn sentence(scene: &Scene<'_>, text: &str, width: usize, pick: fn(&crate::tui::Theme) -> Style) -> Vec<Line<'static>> {
    let texts = wrapped(&clean(text), width.saturating_sub(2));
    texts
        .into_iter()
        .enumerate()
        .map(|(row, line)| {
            Line::from(scene.span(if row > 0 && text.starts_with('›') { format!("  {line}") } else { line }, pick))
        })
        .collect()
}

fn waterfall(scene: &Scene<'_>, account: &Account, quote: &Quote, width: usize) -> Vec<Line<'static>> {
    let touched = |step: &&WaterfallStep| step.before != Figure::Known(Amount::ZERO);
    let steps: Vec<&WaterfallStep> = quote.waterfall.iter().filter(touched).take(MOST_STEPS).collect();
    let names: Vec<String> = steps.iter().map(|step| step_name(scene, account, step)).collect();
    let name_width = names.iter().map(|name| name.width()).max().unwrap_or(0).min(width / 3).max(4);
    let most = (width.saturating_sub(2 + name_width + 2 + 3) / 2).max(14);
    let figures: Vec<(String, String)> =
        steps.iter().map(|step| (short(scene, step.before, most), short(scene, step.after, most))).collect();
    let before = figures.iter().map(|(before, _)| before.width()).max().unwrap_or(0);
    let after = figures.iter().map(|(_, after)| after.width()).max().unwrap_or(0);
    let bar = width.saturating_sub(2 + name_width + 2 + 2 + before + 3 + after + 1).min(40);
    let mut lines = Vec::new();
    for (place, ((step, name), (from, to))) in steps.iter().zip(names).zip(figures).enumerate() {
        let changed = step.before != step.after;
        let kind = account.book.rules.buckets.iter().find(|bucket| bucket.id == step.bucket).map(|bucket| bucket.kind);
        let style = kind.map_or(scene.theme().text, |kind| scene.theme().kind_style(kind));
        let mut spans =
            vec![scene.dim(format!("{} ", place + 1)), Span::styled(left(&name, name_width, ELLIPSIS), style), Span::raw("  ")];
        if let (Some(kind), true) = (kind, bar >= 6) {
            spans.extend(bar_of(scene, account, step, kind, bar));
            spans.push(Span::raw("  "));
        }
        spans.push(scene.text(right(&from, before, ELLIPSIS)));
        spans.push(scene.dim(" → "));
        let to = right(&to, after, ELLIPSIS);
        spans.push(if changed { scene.strong(to) } else { scene.dim(to) });
        lines.push(Line::from(spans));
    }
    let more = quote.waterfall.iter().filter(touched).count().saturating_sub(MOST_STEPS);
    if more > 0 {
        lines.push(Line::from(scene.dim(format!("  and {more} more after these"))));
    }
    lines
}

/// Which credits pay, in one line: `Monthly 1 600 → 0, Extra 1 000 → 925`.
fn payers(scene: &Scene<'_>, account: &Account, quote: &Quote) -> String {
    let changed = quote.waterfall.iter().filter(|step| step.before != step.after);
    let parts = changed.map(|step| {
        let (before, after) = (short(scene, step.before, 14), short(scene, step.after, 14));
        format!("{} {before} → {after}", step_name(scene, account, step))
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// What stays is solid, what the plan takes is hatched.
fn bar_of(
    scene: &Scene<'_>,
    account: &Account,
    step: &WaterfallStep,
    kind: crate::credit::BucketKind,
    width: usize,
) -> Vec<Span<'static>> {
    let width = u16::try_from(width).unwrap_or(u16::MAX);
    let (Figure::Known(before), Figure::Known(after)) = (step.before, step.after) else {
        return match step.before {
            Figure::Unlimited => gauge::endless(scene, kind, width),
            _ => vec![scene.dim(left("unknown", usize::from(width), ELLIPSIS))],
        };
    };
    let bucket = account.status.as_ref().ok().and_then(|status| status.buckets.iter().find(|bucket| bucket.id == step.bucket));
    let whole = match (&step.lot, bucket) {
        (None, Some(bucket)) => gauge::capacity_of(bucket).max(before),
        (Some(lot), Some(bucket)) => {
            let lot = bucket.lots.iter().find(|other| other.reference == *lot);
            lot.and_then(|lot| lot.granted.known()).unwrap_or(before).max(before)
        }
        (_, None) => before,
    };
    let taken = before.minus(after).unwrap_or_default();
    gauge::stacked(scene, &[Part { kind, amount: before }], whole, taken, width)
}

fn step_name(scene: &Scene<'_>, account: &Account, step: &WaterfallStep) -> String {
    let name = bucket_name(account, &step.bucket);
    let Ok(status) = &account.status else { return name };
    let several = status.buckets.iter().any(|bucket| bucket.id == step.bucket && bucket.lots.len() > 1);
    match step.lot.as_ref().filter(|_| several).and_then(|lot| status.lot_name(&step.bucket, lot, scene.zone())) {
        Some(lot) => format!("{name} {}", scene.private(&lot)),
        None => name,
    }
}

fn short(scene: &Scene<'_>, figure: Figure, most: usize) -> String {
    match figure {
        Figure::Known(amount) => scene.fitted(amount, most),
        Figure::Unlimited => "∞".to_owned(),
        Figure::Unknown => "–".to_owned(),
    }
}

/// Whether it fits: one answer in ever fewer words, so that none has to be cut. Figures that can't be relied on give no confident
/// one (SPEC P2).
fn verdict(scene: &Scene<'_>, quote: &Quote) -> (Vec<String>, Style) {
    let look = scene.theme().look;
    let words = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect();
    if let (Some(why), Some(brief)) = (quote.reliance.why(|at| scene.age(at)), quote.reliance.brief()) {
        let by_them = match quote.affordable {
            Affordable::Yes => " By these figures it fits.",
            Affordable::No => " By these figures it doesn't fit.",
            Affordable::Unknown => "",
        };
        return (vec![format!("– Can't tell: {why}.{by_them}"), format!("– Can't tell: {brief}"), format!("– {brief}")], look);
    }
    match quote.affordable {
        Affordable::Yes => (words(&["✓ It fits"]), scene.theme().good),
        Affordable::No => {
            let short = quote.shortfall.map_or("some".to_owned(), |short| scene.amount(short));
            (
                vec![format!("✕ {short} {} short", clean(&quote.unit)), format!("✕ {short} short"), "✕ Doesn't fit".to_owned()],
                look,
            )
        }
        Affordable::Unknown => {
            let reason = unknown_reason(quote);
            let brief = if quote.total.is_none() { "– Can't tell: no price" } else { "– Can't tell: figures unknown" };
            (vec![format!("– {reason}"), brief.to_owned(), "– Can't tell".to_owned()], look)
        }
    }
}

/// The fullest wording that has room; the shortest where none has.
fn fitting(wordings: &[String], room: usize) -> String {
    let fits = wordings.iter().find(|words| words.width() <= room);
    fits.or(wordings.last()).cloned().unwrap_or_default()
}

/// At which unit further credits are opened, how much fits, and from when on all of it does.
fn details(scene: &Scene<'_>, account: &Account, quote: &Quote, width: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for step in quote.waterfall.iter().skip(1) {
        let Some((line, unit)) = step.opened_by else { continue };
        let Some(line) = quote.lines.get(line) else { continue };
        let text =
            format!("{} pays from {} {} of {}.", step_name(scene, account, step), line.unit, scene.amount(unit), line.name);
        lines.extend(sentence(scene, &text, width, |theme| theme.text));
    }
    if quote.affordable != Affordable::Yes {
        for line in quote.lines.iter().filter(|line| line.cost.is_some() && line.covered_quantity < line.quantity) {
            let text = fits_now(scene, quote, line);
            lines.extend(sentence(scene, &text, width, |theme| theme.text));
        }
        for text in when::sentences(scene, account, quote) {
            lines.extend(sentence(scene, &text, width, |theme| theme.text));
        }
    }
    let fair_use = quote.fair_use.map(|usage| usage.words_of_plan(&quote.unit));
    lines.extend(fair_use.iter().flat_map(|words| sentence(scene, words, width, |theme| theme.look)));
    let money = quote.money_words(scene.separator());
    lines.extend(money.iter().flat_map(|words| sentence(scene, words, width, |theme| theme.text)));
    if quote.held.is_positive() {
        lines.extend(sentence(scene, &when::held(scene, account, quote), width, |theme| theme.dim));
    }
    lines
}

/// How much of a line fits, as far as known figures say: where something is unknown they are a lower bound (SPEC E9).
fn fits_now(scene: &Scene<'_>, quote: &Quote, line: &QuoteLine) -> String {
    let (covered, all) = (scene.amount(line.covered_quantity), scene.amount(line.quantity));
    let fit = if line.covered_quantity == Amount::ONE { "fits" } else { "fit" };
    match (quote.affordable, line.covered_quantity.is_zero()) {
        (Affordable::Unknown, true) => {
            let cost =
                line.cost.map_or_else(String::new, |cost| format!("; it needs {} {}", scene.amount(cost), clean(&quote.unit)));
            format!("Can't tell how many of {all} {} fit now{cost}.", line.name)
        }
        (Affordable::Unknown, false) => format!("At least {covered} of {all} {} {fit} now.", line.name),
        _ => format!("{covered} of {all} {} {fit} now.", line.name),
    }
}

fn unknown_reason(quote: &Quote) -> String {
    match quote.lines.iter().find(|line| line.cost.is_none()) {
        Some(line) => format!("Can't tell whether it fits: the price of {} is not known", line.name),
        None => "Can't tell whether it fits: the known credits don't pay it, the unknown ones might".to_owned(),
    }
}

/// Why a quote's plan can't be written; `None` where it can.
pub(super) fn refusal(quote: &Quote) -> Option<String> {
    match quote.affordable {
        Affordable::Yes => None,
        Affordable::No => {
            let short = quote.shortfall.map_or_else(String::new, |short| format!(", {short} {} short", quote.unit));
            Some(format!("the plan does not fit{short}"))
        }
        Affordable::Unknown => {
            let reason = unknown_reason(quote);
            Some(reason.replacen('C', "c", 1))
        }
    }
}

/// The verdict for the clipboard.
pub(super) fn plain_verdict(quote: &Quote) -> String {
    let by_figures = refusal(quote).unwrap_or_else(|| "it fits".to_owned());
    match quote.reliance.why(print_instant) {
        None => by_figures,
        Some(why) => format!("can't tell whether it fits: {why}; by these figures {by_figures}"),
    }
}
