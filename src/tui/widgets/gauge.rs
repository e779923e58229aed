//! The stacked gauge: what is left, in spending order from the left, then what was used up.

use ratatui::style::{Modifier, Style};
use ratatui::text::Span;

use crate::credit::{AccountStatus, Amount, BucketKind, BucketStatus, Figure};
use crate::tui::scene::Scene;

/// A full cell: a little lower than the row, so that gauges on neighbouring rows stay apart.
const FULL: char = '▇';
/// An empty cell: the floor of the gauge.
const EMPTY: char = '▁';

/// One bucket's or lot's share of a gauge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    /// Its kind, for colour and letter.
    pub(crate) kind: BucketKind,
    /// How much of it is left.
    pub(crate) amount: Amount,
}

/// Draws parts in a gauge that is full at `whole`; the last `held` of what is there is hatched.
pub(crate) fn stacked(scene: &Scene<'_>, parts: &[Part], whole: Amount, held: Amount, width: u16) -> Vec<Span<'static>> {
    let whole = whole.max(total(parts.iter().map(|part| part.amount)));
    let shares = shares(parts, whole, width);
    let filled: u16 = shares.iter().map(|(_, share)| *share).sum();
    let hatched = held.cells_of(whole, width).min(filled);
    let mut cells = Cells { scene, spans: Vec::new() };
    let mut place = 0;
    for (part, share) in &shares {
        for _ in 0..*share {
            cells.fill(*part, place + hatched >= filled);
            place += 1;
        }
    }
    for _ in filled..width {
        cells.empty();
    }
    cells.spans
}

/// The sum, as far as 28 digits can hold it: a gauge needs no more.
pub(crate) fn total(amounts: impl Iterator<Item = Amount>) -> Amount {
    amounts.fold(Amount::ZERO, |sum, amount| sum.plus(amount.or_zero()).unwrap_or(sum))
}

/// How many cells each part fills: at least one, all of them together where nothing is used up, never more than there are.
fn shares(parts: &[Part], whole: Amount, width: u16) -> Vec<(Part, u16)> {
    let there = parts.iter().filter(|part| part.amount.is_positive());
    let mut shares: Vec<(Part, u16)> = there.map(|part| (*part, part.amount.cells_of(whole, width))).collect();
    let full = total(parts.iter().map(|part| part.amount)) >= whole;
    loop {
        let sum = shares.iter().fold(0u32, |sum, (_, share)| sum + u32::from(*share));
        let spare = i64::from(width) - i64::from(sum);
        let Some((_, largest)) = shares.iter_mut().max_by_key(|(_, share)| *share) else { return shares };
        match spare {
            ..=-1 if *largest > 0 => *largest -= 1,
            1.. if full => *largest += u16::try_from(spare).unwrap_or(0),
            _ => return shares,
        }
    }
}

struct Cells<'a, 'b> {
    scene: &'a Scene<'b>,
    spans: Vec<Span<'static>>,
}

impl Cells<'_, '_> {
    fn push(&mut self, symbol: char, style: Style) {
        // A selected row may be reversed; a gauge that is reversed would say the opposite.
        let style = style.remove_modifier(Modifier::REVERSED);
        match self.spans.last_mut() {
            Some(last) if last.style == style => last.content.to_mut().push(symbol),
            _ => self.spans.push(Span::styled(symbol.to_string(), style)),
        }
    }

    fn empty(&mut self) {
        let theme = self.scene.theme();
        if self.scene.letters() { self.push('·', theme.dim) } else { self.push(EMPTY, theme.track) }
    }

    fn fill(&mut self, part: Part, held: bool) {
        let theme = self.scene.theme();
        let style = theme.kind_style(part.kind);
        let symbol = match (self.scene.letters(), held) {
            (true, true) => '/',
            (true, false) => part.kind.letter(),
            (false, true) => '▒',
            (false, false) => FULL,
        };
        self.push(symbol, style);
    }
}

/// Whether something of the bucket lapses within two weeks.
pub(crate) fn lapses_soon(bucket: &BucketStatus, scene: &Scene<'_>) -> bool {
    bucket.expires_at.is_some_and(|at| at - scene.now < chrono::TimeDelta::days(14))
}

/// A bucket's share: its known part.
pub(crate) fn part_of(bucket: &BucketStatus) -> Part {
    Part { kind: bucket.kind, amount: bucket.known.or_zero() }
}

/// What a bucket's gauge is full at: its capacity, or what its standing lots were granted, or what is there where that is more.
pub(crate) fn capacity_of(bucket: &BucketStatus) -> Amount {
    bucket.full.unwrap_or(bucket.known).max(bucket.known).or_zero()
}

/// A whole account as one gauge; a sentence where no gauge can be drawn.
pub(crate) fn of_account(scene: &Scene<'_>, status: &AccountStatus, width: u16) -> Vec<Span<'static>> {
    let unlimited = status.buckets.iter().find(|bucket| bucket.remaining == Figure::Unlimited);
    if let Some(bucket) = unlimited {
        return endless(scene, bucket.kind, width);
    }
    let parts: Vec<Part> = status.buckets.iter().map(part_of).collect();
    let whole = total(status.buckets.iter().map(capacity_of));
    let is_unknown = status.buckets.iter().any(|bucket| bucket.remaining == Figure::Unknown);
    if is_unknown {
        return partly_unknown(scene, &parts, width);
    }
    stacked(scene, &parts, whole, status.held, width)
}

/// What is known, in a gauge that nobody knows the end of.
fn partly_unknown(scene: &Scene<'_>, parts: &[Part], width: u16) -> Vec<Span<'static>> {
    let known = total(parts.iter().map(|part| part.amount));
    let filled = if known.is_positive() { width / 2 } else { 0 };
    let mut spans = stacked(scene, parts, known, Amount::ZERO, filled);
    spans.push(unknown(scene, width - filled));
    spans
}

/// The cells of what nobody knows.
pub(crate) fn unknown(scene: &Scene<'_>, width: u16) -> Span<'static> {
    let width = usize::from(width);
    scene.dim("? ".chars().cycle().take(width).collect::<String>())
}

/// The same gauge for figures that may not be true any more.
pub(crate) fn faded(scene: &Scene<'_>, spans: Vec<Span<'static>>) -> Vec<Span<'static>> {
    spans.into_iter().map(|span| Span::styled(span.content, scene.theme().dim)).collect()
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
