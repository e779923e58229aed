//! The history of a total as a row of bars.

use ratatui::text::{Line, Span};

use super::scene::Scene;
use crate::credit::{Amount, Figure, HistoryPoint};

const BARS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Draws the last `width` points, `rows` cells high, the newest at the right. The highest fills the height; zero is a thin
/// line; unknown is a dot.
pub(crate) fn lines(scene: &Scene<'_>, history: &[HistoryPoint], width: usize, rows: u16) -> Vec<Line<'static>> {
    let shown: Vec<Figure> = sampled(history, width);
    let most = shown.iter().filter_map(|figure| figure.known()).max().unwrap_or_default();
    let style = scene.theme().kind_style(crate::credit::BucketKind::Recurring);
    (0..rows)
        .rev()
        .map(|row| {
            let text: String = shown.iter().map(|figure| cell(*figure, most, row, rows)).collect();
            Line::from(Span::styled(text, style))
        })
        .collect()
}

fn cell(figure: Figure, most: Amount, row: u16, rows: u16) -> char {
    let bottom = row == 0;
    let Some(amount) = figure.known() else { return if bottom { '·' } else { ' ' } };
    let steps = amount.cells_of(most, rows.saturating_mul(8));
    let here = steps.saturating_sub(row * 8).min(8);
    if bottom && here == 0 {
        return '▁';
    }
    BARS.get(usize::from(here)).copied().unwrap_or(' ')
}

/// At most `width` points, evenly picked, the newest always among them.
fn sampled(history: &[HistoryPoint], width: usize) -> Vec<Figure> {
    let count = history.len().min(width);
    let step = history.len().checked_div(count).unwrap_or(1).max(1);
    let mut shown: Vec<Figure> = history.iter().rev().step_by(step).take(count).map(|point| point.total).collect();
    shown.reverse();
    shown
}
