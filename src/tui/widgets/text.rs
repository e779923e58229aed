//! Lines of text in the room that they have.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::tui::format::{cut, left, wrapped};
use crate::tui::scene::{ELLIPSIS, Scene};

/// From this width on no text touches the edge of the screen.
const AIRY: u16 = 40;

/// Writes lines from the top of an area; lines that don't fit are left out, and one that is too long ends in an ellipsis.
pub(crate) fn paint(buffer: &mut Buffer, area: Rect, lines: &[Line<'_>]) {
    let area = area.intersection(buffer.area);
    // No text touches the edge of the screen, but where there is hardly any.
    let free = u16::from(area.width == buffer.area.width && area.width >= AIRY);
    for (y, line) in (area.y..area.bottom()).zip(lines) {
        match shortened(line, usize::from(area.width - free)) {
            Some(line) => buffer.set_line(area.x, y, &line, area.width),
            None => buffer.set_line(area.x, y, line, area.width),
        };
    }
}

/// The line so far as it has room, with an ellipsis; `None` where all of it has.
fn shortened(line: &Line<'_>, width: usize) -> Option<Line<'static>> {
    // What is blank at its end needs no room.
    let blank = line.spans.iter().rev().map(|span| (span.width(), span.content.trim_end_matches(' ').width()));
    let mut trailing = 0;
    for (all, text) in blank {
        trailing += all - text;
        if text > 0 {
            break;
        }
    }
    if line.width() - trailing <= width {
        return None;
    }
    let mut room = width.saturating_sub(1);
    let mut spans = Vec::new();
    for span in &line.spans {
        if span.width() <= room {
            room -= span.width();
            spans.push(Span::styled(span.content.to_string(), span.style));
        } else {
            spans.push(Span::styled(cut(&span.content, room + 1, ELLIPSIS), span.style));
            break;
        }
    }
    Some(Line::from(spans).style(line.style))
}

/// A text in lines of their own, three columns in, on a screen of this width.
pub(crate) fn paragraph(text: &str, width: usize, style: Style) -> impl Iterator<Item = Line<'static>> + use<> {
    wrapped(text, width.saturating_sub(6)).into_iter().map(move |text| Line::from(Span::styled(format!("   {text}"), style)))
}

/// A label and the text that stands for it, in at most `width` columns; of several lines the first has the label.
pub(crate) fn labelled(scene: &Scene<'_>, label: &str, labels: usize, text: &str, width: usize) -> Vec<Line<'static>> {
    let texts = wrapped(text, width.saturating_sub(labels + 2)).into_iter().enumerate();
    let line = |(place, text): (usize, String)| {
        let label = if place == 0 { label } else { "" };
        Line::from(vec![scene.dim(format!("{}  ", left(label, labels, ELLIPSIS))), scene.text(text)])
    };
    texts.map(line).collect()
}

/// The lines that are seen in `height` when `scroll` lines are above; the last one says how many `more` there are below, itself among
/// them.
pub(crate) fn scrolled(
    lines: Vec<Line<'static>>,
    scroll: usize,
    height: usize,
    more: impl FnOnce(usize) -> Line<'static>,
) -> Vec<Line<'static>> {
    let first = scroll.min(lines.len().saturating_sub(height));
    let hidden = lines.len().saturating_sub(first + height);
    let mut seen: Vec<Line<'static>> = lines.into_iter().skip(first).take(height).collect();
    if hidden > 0 && seen.pop().is_some() {
        seen.push(more(hidden + 1));
    }
    seen
}
