//! The stacked gauge: what is left, in spending order from the left, then what was used up.

use ratatui::style::{Modifier, Style};
use ratatui::text::Span;

use super::scene::Scene;
use crate::credit::{AccountStatus, Amount, BucketKind, BucketStatus, Figure};

/// Steps that a cell can be filled in.
const STEPS: u16 = 8;
/// What is there, however little, fills at least this many steps.
const LEAST: u16 = 4;

/// One bucket's or lot's share of a gauge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    /// Its kind, for colour and letter.
    pub(crate) kind: BucketKind,
    /// How much of it is left.
    pub(crate) amount: Amount,
    /// Whether it lapses soon: underlined.
    pub(crate) lapsing: bool,
}

/// Draws parts in a gauge that is full at `whole`; the last `held` of what is there is hatched.
pub(crate) fn stacked(scene: &Scene<'_>, parts: &[Part], whole: Amount, held: Amount, width: u16) -> Vec<Span<'static>> {
    let whole = whole.max(total(parts.iter().map(|part| part.amount)));
    let steps = width.saturating_mul(if scene.letters() { 1 } else { STEPS });
    let shares = shares(parts, whole, steps, if scene.letters() { 1 } else { LEAST });
    let filled: u16 = shares.iter().map(|(_, share)| *share).sum();
    let held = held.cells_of(whole, steps).min(filled);
    let hatched_from = filled - held;
    let mut cells = Cells { scene, spans: Vec::new() };
    for cell in 0..width {
        if scene.letters() {
            cells.letter(&shares, cell, held > 0 && cell >= hatched_from);
        } else {
            cells.block(&shares, cell * STEPS, held > 0 && cell * STEPS >= hatched_from);
        }
    }
    cells.spans
}

/// The sum, as far as 28 digits can hold it: a gauge needs no more.
pub(crate) fn total(amounts: impl Iterator<Item = Amount>) -> Amount {
    amounts.fold(Amount::ZERO, |sum, amount| sum.plus(amount.or_zero()).unwrap_or(sum))
}

/// How many steps each part fills: all of them together where nothing is used up, never more.
fn shares(parts: &[Part], whole: Amount, steps: u16, least: u16) -> Vec<(Part, u16)> {
    let mut shares: Vec<(Part, u16)> = parts
        .iter()
        .filter(|part| part.amount.is_positive())
        .map(|part| (*part, part.amount.cells_of(whole, steps).max(least).min(steps)))
        .collect();
    let full = total(parts.iter().map(|part| part.amount)) >= whole;
    loop {
        let sum: u32 = shares.iter().map(|(_, share)| u32::from(*share)).sum();
        let Some((_, largest)) = shares.iter_mut().max_by_key(|(_, share)| *share) else { return shares };
        if sum > u32::from(steps) && *largest > 0 {
            *largest -= u16::try_from(sum - u32::from(steps)).unwrap_or(u16::MAX).min((*largest / 2).max(1));
        } else if full && sum < u32::from(steps) {
            *largest += u16::try_from(u32::from(steps) - sum).unwrap_or(0);
            return shares;
        } else {
            return shares;
        }
    }
}

struct Cells<'a, 'b> {
    scene: &'a Scene<'b>,
    spans: Vec<Span<'static>>,
}

impl Cells<'_, '_> {
    fn push(&mut self, symbol: char, style: Style) {
        match self.spans.last_mut() {
            Some(last) if last.style == style => last.content.to_mut().push(symbol),
            _ => self.spans.push(Span::styled(symbol.to_string(), style)),
        }
    }

    fn empty(&mut self) {
        match self.scene.theme().track {
            Some(track) if !self.scene.letters() => self.push(' ', Style::new().bg(track)),
            _ => self.push('·', self.scene.theme().dim),
        }
    }

    fn letter(&mut self, shares: &[(Part, u16)], cell: u16, held: bool) {
        match at_step(shares, cell) {
            Some((part, _)) => {
                let symbol = if held { '/' } else { part.kind.letter() };
                self.push(symbol, self.style(part));
            }
            None => self.empty(),
        }
    }

    fn style(&self, part: Part) -> Style {
        let style = self.scene.theme().kind_style(part.kind);
        if part.lapsing { style.add_modifier(Modifier::UNDERLINED) } else { style }
    }

    /// A cell shows the part at its left end, and behind it the one at its right end or the track.
    fn block(&mut self, shares: &[(Part, u16)], first: u16, held: bool) {
        let Some((part, end)) = at_step(shares, first) else { return self.empty() };
        let style = self.style(part);
        let inside = end - first;
        if held {
            return self.push('▒', style);
        }
        if inside >= STEPS {
            return self.push('█', style);
        }
        let symbol = match inside {
            1 => '▏',
            2 => '▎',
            3 => '▍',
            4 => '▌',
            5 => '▋',
            6 => '▊',
            _ => '▉',
        };
        let behind = at_step(shares, first + STEPS - 1).map(|(next, _)| self.scene.theme().kind(next.kind));
        let style = behind.or(self.scene.theme().track).map_or(style, |colour| style.bg(colour));
        self.push(symbol, style);
    }
}

/// The part that covers a step, and the step at which it ends.
fn at_step(shares: &[(Part, u16)], step: u16) -> Option<(Part, u16)> {
    let mut end = 0;
    shares.iter().find_map(|(part, share)| {
        end += share;
        (step < end).then_some((*part, end))
    })
}

/// Whether something of the bucket lapses within a week.
pub(crate) fn lapses_soon(bucket: &BucketStatus, scene: &Scene<'_>) -> bool {
    bucket.expires_at.is_some_and(|at| at - scene.now < chrono::TimeDelta::days(7))
}

/// A bucket's share: its known part.
pub(crate) fn part_of(bucket: &BucketStatus, scene: &Scene<'_>) -> Part {
    Part { kind: bucket.kind, amount: bucket.known.or_zero(), lapsing: lapses_soon(bucket, scene) }
}

/// What a bucket's gauge is full at: its capacity, or what is there where that is more or there is no capacity.
pub(crate) fn capacity_of(bucket: &BucketStatus) -> Amount {
    bucket.capacity.and_then(Figure::known).unwrap_or(bucket.known).max(bucket.known).or_zero()
}

/// A whole account as one gauge; a sentence where no gauge can be drawn.
pub(crate) fn of_account(scene: &Scene<'_>, status: &AccountStatus, width: u16) -> Vec<Span<'static>> {
    let unlimited = status.buckets.iter().find(|bucket| bucket.remaining == Figure::Unlimited);
    if let Some(bucket) = unlimited {
        return endless(scene, bucket.kind, width);
    }
    let parts: Vec<Part> = status.buckets.iter().map(|bucket| part_of(bucket, scene)).collect();
    let whole = total(status.buckets.iter().map(capacity_of));
    if whole.is_zero() && status.buckets.iter().any(|bucket| bucket.remaining == Figure::Unknown) {
        return vec![scene.dim(super::format::left("how much is left is unknown", usize::from(width), super::scene::ELLIPSIS))];
    }
    stacked(scene, &parts, whole, status.held, width)
}

/// The gauge of an unlimited bucket: it never goes down.
pub(crate) fn endless(scene: &Scene<'_>, kind: BucketKind, width: u16) -> Vec<Span<'static>> {
    let style = scene.theme().kind_style(kind);
    let symbol = if scene.letters() { kind.letter() } else { '━' };
    let label = " unlimited ";
    let around = usize::from(width).saturating_sub(label.len());
    if around < 4 {
        return vec![Span::styled(symbol.to_string().repeat(usize::from(width)), style)];
    }
    let bar = |count: usize| Span::styled(symbol.to_string().repeat(count), style);
    vec![bar(around / 2), scene.dim(label), bar(around - around / 2)]
}
