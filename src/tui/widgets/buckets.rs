//! Buckets and lots: one gauge each, figures in words, and what changes next.

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::gauge::{self, Part};
use crate::credit::{AccountStatus, BucketStatus, Figure, FigureSource, LotStatus};
use crate::tui::facts::is_stale;
use crate::tui::format::{clean, cut, left, right};
use crate::tui::scene::{ELLIPSIS, Scene, approximate};

/// The buckets of an account in spending order.
pub(crate) struct Buckets<'a> {
    pub(crate) scene: &'a Scene<'a>,
    pub(crate) status: &'a AccountStatus,
    /// Whether their lots are shown.
    pub(crate) lots: bool,
}

impl Buckets<'_> {
    /// A line or two for each, in this width.
    pub(crate) fn lines(&self, width: usize) -> Vec<Line<'static>> {
        let Self { scene, status, lots } = *self;
        let widest = status.buckets.iter().map(|bucket| name(bucket).width()).max().unwrap_or(0);
        let of_lots = status.buckets.iter().flat_map(|bucket| &bucket.lots).map(|lot| lot_figure(scene, lot).width());
        let figures = status.buckets.iter().map(|bucket| figure(scene, bucket).width());
        let figures = figures.chain(of_lots.filter(|_| lots)).max().unwrap_or(0);
        let labels = status.buckets.iter().filter(|bucket| lots && lists_lots(bucket)).flat_map(|bucket| {
            let masked = masked(bucket.lots.len()).width();
            bucket.lots.iter().map(move |lot| name_of(scene, lot).width().max(masked) + 2)
        });
        let widest = labels.max().unwrap_or(0).max(widest);
        let changes =
            status.buckets.iter().map(|bucket| change(scene, bucket).width() + renewed(bucket).len()).max().unwrap_or(0);
        let grid = Grid::new(width, widest, figures, changes);
        let mut lines = Vec::new();
        for bucket in &status.buckets {
            lines.extend(grid.bucket(scene, bucket));
            if lots && lists_lots(bucket) {
                lines.extend(bucket.lots.iter().zip(1..).map(|(lot, place)| grid.lot(scene, bucket, lot, place)));
            }
        }
        if is_stale(status) {
            // Figures that may not be true any more don't look as if they were.
            return lines.into_iter().map(|line| Line::from(gauge::faded(scene, line.spans))).collect();
        }
        lines
    }
}

/// Whether a bucket's lots say more than the bucket does.
fn lists_lots(bucket: &BucketStatus) -> bool {
    bucket.lots.len() > 1 || bucket.lots.iter().any(|lot| lot.expires_at != bucket.resets_at)
}

fn label(scene: &Scene<'_>, lot: &LotStatus, place: usize) -> String {
    if scene.setup.privacy { masked(place) } else { name_of(scene, lot) }
}

/// A lot by its place in its bucket.
fn masked(place: usize) -> String {
    format!("lot {place}")
}

fn name_of(scene: &Scene<'_>, lot: &LotStatus) -> String {
    clean(&lot.name(scene.zone(), scene.now))
}

/// The widths that all rows share.
struct Grid {
    width: usize,
    name: usize,
    gauge: u16,
    figure: usize,
}

impl Grid {
    fn new(width: usize, name: usize, figure: usize, change: usize) -> Self {
        let name = name.clamp(5, if width < 60 { 12 } else { 24 });
        let figure = figure.clamp(6, (width / 2).max(32));
        // One column more than is used stays free: nothing touches the edge.
        let rest = width.saturating_sub(7 + name + 3 + figure + 3);
        let gauge = if width < 60 {
            10
        } else {
            (rest * 42 / 100).min(rest.saturating_sub(change)).clamp(if figure > 32 { 0 } else { 8 }, 48)
        };
        Self { width, name, gauge: u16::try_from(gauge).unwrap_or(10), figure }
    }

    fn bucket(&self, scene: &Scene<'_>, bucket: &BucketStatus) -> Vec<Line<'static>> {
        let style = scene.theme().kind_style(bucket.kind);
        let mut spans = vec![
            scene.dim(format!("   {} ", bucket.draw_order)),
            Span::styled(left(&name(bucket), self.name, ELLIPSIS), style),
            Span::raw("  "),
        ];
        let change = change(scene, bucket);
        if self.width < 60 {
            spans.push(scene.strong(cut(&figure(scene, bucket), self.width.saturating_sub(7 + self.name), ELLIPSIS)));
            let mut second = vec![Span::raw("     ")];
            second.extend(bar(scene, bucket, self.gauge));
            second.push(scene.dim(format!("  {}", cut(&change, self.width.saturating_sub(18), ELLIPSIS))));
            let third = bucket.if_renewed.then(|| Line::from(scene.dim(format!("{}if renewed", " ".repeat(17)))));
            return [Line::from(spans), Line::from(second)].into_iter().chain(third).collect();
        }
        spans.extend(bar(scene, bucket, self.gauge));
        let left = figure(scene, bucket);
        let left = match bucket.remaining {
            Figure::Known(amount) if left.width() > self.figure => scene.fitted(amount, self.figure),
            _ => left,
        };
        spans.push(scene.strong(format!("  {}", right(&left, self.figure, ELLIPSIS))));
        let room = self.width.saturating_sub(6 + self.name + 2 + usize::from(self.gauge) + 2 + self.figure + 3);
        let style = if gauge::lapses_soon(bucket, scene) { scene.theme().look } else { scene.theme().text };
        let change = change + renewed(bucket);
        let reasoned = format!("{change}{}", reason(bucket));
        let change = if reasoned.width() <= room { reasoned } else { change };
        spans.push(Span::styled(format!("   {}", cut(&change, room, ELLIPSIS)), style));
        vec![Line::from(spans)]
    }

    /// A lot, the `place`th of its bucket. It has no number on screen: only buckets are counted, lots stand in their order.
    fn lot(&self, scene: &Scene<'_>, bucket: &BucketStatus, lot: &LotStatus, place: usize) -> Line<'static> {
        let waiting = lot.effective_at > scene.now;
        let name = left(&label(scene, lot, place), self.name.saturating_sub(2), ELLIPSIS);
        let mut spans = vec![scene.dim(format!("       {name}  "))];
        if self.width >= 60 {
            match (lot.remaining, lot.granted) {
                (Figure::Known(remaining), Figure::Known(granted)) => {
                    let part = Part { kind: bucket.kind, amount: remaining };
                    spans.extend(gauge::stacked(scene, &[part], granted, crate::credit::Amount::ZERO, self.gauge));
                }
                _ => spans.push(scene.dim(left("", usize::from(self.gauge), ELLIPSIS))),
            }
        }
        let figure = lot_figure(scene, lot);
        let figure = if self.width < 60 { cut(&figure, 14, ELLIPSIS) } else { right(&figure, self.figure, ELLIPSIS) };
        spans.push(scene.text(format!("  {figure}")));
        let when = match (waiting, lot.expires_at) {
            (true, _) => format!("starts {}", scene.when(lot.effective_at)),
            (false, Some(at)) => format!("lapses {}", scene.when(at)),
            (false, None) if bucket.ends_at_unknown_reset(lot) => "until the unknown reset".to_owned(),
            (false, None) => "never expires".to_owned(),
        };
        if self.width >= 60 {
            spans.push(scene.dim(format!("   {when}")));
        }
        Line::from(spans)
    }
}

fn lot_figure(scene: &Scene<'_>, lot: &LotStatus) -> String {
    format!("{} of {}", scene.figure(lot.remaining), scene.figure(lot.granted))
}

fn name(bucket: &BucketStatus) -> String {
    clean(&bucket.name)
}

fn bar(scene: &Scene<'_>, bucket: &BucketStatus, width: u16) -> Vec<Span<'static>> {
    match bucket.remaining {
        Figure::Unlimited => gauge::endless(scene, bucket.kind, width),
        Figure::Unknown if !bucket.known.is_positive() => {
            vec![gauge::unknown(scene, width)]
        }
        _ => {
            let parts = [gauge::part_of(bucket)];
            gauge::stacked(scene, &parts, gauge::capacity_of(bucket), crate::credit::Amount::ZERO, width)
        }
    }
}

/// What is left in words: `1 600 of 1 600`, `at least 40`, `– unknown`.
fn figure(scene: &Scene<'_>, bucket: &BucketStatus) -> String {
    match (bucket.remaining, bucket.capacity) {
        (Figure::Known(amount), Some(Figure::Known(capacity))) => {
            format!("{} of {}", scene.amount(amount), scene.amount(capacity))
        }
        (Figure::Known(amount), Some(Figure::Unknown)) => format!("{} of unknown", scene.amount(amount)),
        (Figure::Known(amount), _) => scene.amount(amount),
        (Figure::Unlimited, _) => match bucket.used {
            Some(used) => format!("{} used", scene.amount(used)),
            None => "unlimited".to_owned(),
        },
        (Figure::Unknown, _) if bucket.known.is_positive() => format!("at least {}", scene.amount(bucket.known)),
        (Figure::Unknown, _) => match bucket.shown {
            Some(shown) => format!("{} not counted", scene.amount(shown)),
            None => "– unknown".to_owned(),
        },
    }
}

/// What changes next in a bucket: `refills in 17 d 4 h ≈`, `lapses in 11 d`, `reset day unknown`.
pub(crate) fn change(scene: &Scene<'_>, bucket: &BucketStatus) -> String {
    if let Some(at) = bucket.resets_at {
        return format!("refills {}{}", scene.when(at), approximate(bucket.reset_source));
    }
    if bucket.reset_source == Some(FigureSource::Unknown) && bucket.remaining != Figure::Unlimited {
        return "reset day unknown".to_owned();
    }
    match (bucket.expires_at, bucket.remaining) {
        (Some(at), _) if bucket.lots.len() > 1 => format!("next lapse {}", scene.when(at)),
        (Some(at), _) => format!("lapses {}", scene.when(at)),
        (None, Figure::Unlimited) => "never goes down".to_owned(),
        (None, Figure::Known(amount)) if amount.is_zero() => "none left".to_owned(),
        (None, _) => "never expires".to_owned(),
    }
}

/// What a reset depends on besides time.
pub(crate) fn renewed(bucket: &BucketStatus) -> &'static str {
    if bucket.if_renewed { ", if renewed" } else { "" }
}

/// How the reset is known, where it is not plainly so.
fn reason(bucket: &BucketStatus) -> &'static str {
    match bucket.reset_source {
        Some(FigureSource::Estimated) => " (from the subscription's end)",
        Some(FigureSource::Inferred) => " (from refills seen)",
        Some(FigureSource::Assumed) => " (assumed)",
        _ => "",
    }
}
