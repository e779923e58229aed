//! Tables for people: aligned columns that fit the page, with lines of text between the rows.

use anstyle::{AnsiColor, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::mask::masked;
use super::text::{clean, ungrouped};

/// Columns between two cells.
const GAP: usize = 2;

/// The least width that a column is cut to.
const LEAST: usize = 8;

/// How a column is aligned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    /// At the left edge.
    Left,
    /// At the left edge, and never cut: ids and refs, which are there to be copied.
    Whole,
    /// By the decimal point; words start where the digits end.
    Point,
}

/// How a cell stands out on a terminal; never the only signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// As it is.
    Plain,
    /// A heading.
    Strong,
    /// All is well.
    Good,
    /// Look here.
    Warning,
    /// Act now.
    Alarm,
    /// Less important.
    Dim,
}

/// Whether colours are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paint {
    /// No escape sequences at all.
    Plain,
    /// Colours of the terminal's own palette.
    Ansi,
}

impl Paint {
    /// The text in a tone.
    #[must_use]
    pub(crate) fn tone(self, tone: Tone, text: &str) -> String {
        let style = match (self, tone) {
            (Self::Plain, _) | (_, Tone::Plain) => Style::new(),
            (Self::Ansi, Tone::Strong) => Style::new().bold(),
            (Self::Ansi, Tone::Good) => AnsiColor::Green.on_default(),
            (Self::Ansi, Tone::Warning) => AnsiColor::Yellow.on_default(),
            (Self::Ansi, Tone::Alarm) => AnsiColor::Red.on_default(),
            (Self::Ansi, Tone::Dim) => Style::new().dimmed(),
        };
        format!("{style}{text}{style:#}")
    }
}

/// The room that a page has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    /// So many columns of a terminal.
    Columns(usize),
    /// Any: a program reads, so a row is a line, nothing is cut, and digits stand without groups.
    Endless,
}

impl Width {
    /// What is left of it beside an indent.
    #[must_use]
    pub(crate) fn beside(self, indent: usize) -> Self {
        match self {
            Self::Columns(columns) => Self::Columns(columns.saturating_sub(indent).max(LEAST)),
            Self::Endless => Self::Endless,
        }
    }

    /// The text as its reader takes digits: in groups on a terminal, plain for a program.
    #[must_use]
    pub(crate) fn digits(self, text: &str) -> String {
        match self {
            Self::Columns(_) => text.to_owned(),
            Self::Endless => ungrouped(text),
        }
    }
}

/// A cell: text without control characters, and its tone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    /// A cell in a tone.
    #[must_use]
    pub(crate) fn new(text: &str, tone: Tone) -> Self {
        Self { text: clean(text), tone }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::new(text, Tone::Plain)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::new(&text, Tone::Plain)
    }
}

enum Row {
    Cells(Vec<Cell>),
    Line { indent: usize, text: String, tone: Tone },
}

/// Rows of cells under headings.
pub(crate) struct Table {
    headings: Vec<String>,
    aligns: Vec<Align>,
    rows: Vec<Row>,
}

/// A cell's text in two parts, of which the first ends where the decimal point (or the number) does.
fn at_point(text: &str) -> (&str, &str) {
    let numeric = |c: char| c.is_ascii_digit() || matches!(c, '-' | '\u{202f}');
    let end = text.find(|c| !numeric(c)).unwrap_or(text.len());
    if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') { text.split_at(end) } else { ("", text) }
}

impl Table {
    /// An empty table; each column is a heading and how its cells are aligned.
    #[must_use]
    pub(crate) fn new(columns: &[(&str, Align)]) -> Self {
        Self {
            headings: columns.iter().map(|(heading, _)| clean(heading)).collect(),
            aligns: columns.iter().map(|(_, align)| *align).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; cells that are missing at its end are empty.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        // Before widths are measured and lines break: a name that is cut is still a name.
        let masked = |cell: Cell| Cell { text: masked(&cell.text), ..cell };
        self.rows.push(Row::Cells(cells.into_iter().map(masked).collect()));
    }

    /// Adds a line of text over the full width, wrapped where it is longer.
    pub(crate) fn line(&mut self, indent: usize, text: &str, tone: Tone) {
        self.rows.push(Row::Line { indent, text: clean(text), tone });
    }

    /// Aligns decimal columns by padding their cells at the left.
    fn pad_points(&mut self) {
        for column in (0..self.aligns.len()).filter(|column| self.aligns.get(*column) == Some(&Align::Point)) {
            let cells = || self.rows.iter().filter_map(|row| if let Row::Cells(cells) = row { cells.get(column) } else { None });
            let widest = cells().map(|cell| at_point(&cell.text).0.width()).max().unwrap_or(0);
            // Under a longer heading the figures end where it does.
            let rest = cells().filter(|cell| !at_point(&cell.text).0.is_empty()).map(|cell| at_point(&cell.text).1.width()).max();
            let heading = self.headings.get(column).map_or(0, |heading| heading.width());
            let widest = widest.max(heading.saturating_sub(rest.unwrap_or(0)));
            for row in &mut self.rows {
                let Row::Cells(cells) = row else { continue };
                let Some(cell) = cells.get_mut(column) else { continue };
                let before = at_point(&cell.text).0.width();
                if before > 0 {
                    cell.text.insert_str(0, &" ".repeat(widest - before));
                }
            }
        }
    }

    /// Column widths that fit `width`: the widest columns give way first.
    fn widths(&self, width: Width) -> Vec<usize> {
        let mut widths: Vec<usize> = self.headings.iter().map(|heading| heading.width()).collect();
        for row in &self.rows {
            let Row::Cells(cells) = row else { continue };
            for (widest, cell) in widths.iter_mut().zip(cells) {
                *widest = (*widest).max(cell.text.width());
            }
        }
        let Width::Columns(width) = width else { return widths };
        let gaps = GAP * widths.len().saturating_sub(1);
        while widths.iter().sum::<usize>() + gaps > width {
            let Some(widest) =
                widths.iter_mut().zip(&self.aligns).filter(|(_, align)| **align == Align::Left).map(|(w, _)| w).max()
            else {
                break;
            };
            if *widest <= LEAST {
                break;
            }
            *widest -= 1;
        }
        widths
    }

    /// Whether every row has its place within `width`, uncut.
    #[must_use]
    pub(crate) fn fits(&self, width: Width) -> bool {
        let Width::Columns(columns) = width else { return true };
        // Padding to a common point takes a few columns more.
        let point = self.aligns.iter().filter(|align| **align == Align::Point).count() * 2;
        let widths = self.widths(Width::Endless);
        widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1) + point <= columns
    }

    /// The table as text, no line wider than `width` where that is possible at all.
    #[must_use]
    pub(crate) fn render(mut self, width: Width, paint: Paint) -> String {
        for row in &mut self.rows {
            let Row::Cells(cells) = row else { continue };
            for cell in cells {
                cell.text = width.digits(&cell.text);
            }
        }
        self.pad_points();
        let widths = self.widths(width);
        let mut text = String::new();
        if self.headings.iter().any(|heading| !heading.is_empty()) {
            let headings: Vec<Cell> = self.headings.iter().map(|heading| Cell::new(heading, Tone::Strong)).collect();
            push_cells(&mut text, &headings, &widths, paint);
        }
        for row in &self.rows {
            match row {
                Row::Cells(cells) => push_cells(&mut text, cells, &widths, paint),
                Row::Line { indent, text: line, tone } => {
                    for part in wrap(line, width.beside(*indent)) {
                        text.push_str(&" ".repeat(*indent));
                        text.push_str(&paint.tone(*tone, &part));
                        text.push('\n');
                    }
                }
            }
        }
        text
    }
}

/// Writes a row; the last column goes on in lines of its own where it is too long, the others are cut.
fn push_cells(text: &mut String, cells: &[Cell], widths: &[usize], paint: Paint) {
    let last = widths.len().saturating_sub(1);
    let mut pending = 0;
    for (place, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let goes_on = place == last && cell.text.width() > *width;
        let mut parts =
            if goes_on { wrap(&cell.text, Width::Columns(*width)) } else { vec![cut(&cell.text, *width)] }.into_iter();
        let shown = parts.next().unwrap_or_default();
        if !shown.is_empty() {
            text.push_str(&" ".repeat(pending));
            text.push_str(&paint.tone(cell.tone, &shown));
            pending = 0;
        }
        pending += width.saturating_sub(shown.width()) + GAP;
        for part in parts {
            let indent: usize = widths.iter().take(last).map(|width| width + GAP).sum();
            text.push('\n');
            text.push_str(&" ".repeat(indent));
            text.push_str(&paint.tone(cell.tone, &cut(&part, *width)));
        }
    }
    text.push('\n');
}

/// The text, cut to a number of columns with an ellipsis where it is wider.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}

/// Whether two words of a line belong together: parts of a span of time, as in `10 d 3 h ≈`.
fn belong_together(word: &str, next: &str) -> bool {
    let unit = |word: &str| matches!(word.trim_end_matches([',', '.', ';', ')']), "d" | "h" | "min" | "s");
    let digits = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    next == "≈"
        || digits(word) && unit(next)
        || unit(word) && (digits(next) || next.starts_with("ago"))
        || word == "in" && digits(next)
}

/// Breaks a text at spaces into lines of at most `width` columns; longer words and spans of time stay whole.
#[must_use]
pub(crate) fn wrap(text: &str, width: Width) -> Vec<String> {
    let text = &masked(text);
    let Width::Columns(width) = width else { return vec![width.digits(text)] };
    let mut lines = Vec::new();
    let mut line = String::new();
    let words: Vec<&str> = text.split(' ').collect();
    for piece in words.chunk_by(|word, next| belong_together(word, next)) {
        let word = piece.join(" ");
        if !line.is_empty() && line.width() + 1 + word.width() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Table {
        let mut table = Table::new(&[("Account", Align::Left), ("Left", Align::Point), ("Note", Align::Left)]);
        table.row(["studio".into(), "2600".into(), "refills in 17 d".into()]);
        table.row(["shop".into(), "130.4".into(), "day unknown".into()]);
        table.row(["old".into(), "– unknown".into(), Cell::new("key refused", Tone::Alarm)]);
        table
    }

    #[test]
    fn columns_align_by_the_decimal_point() {
        let text = sample().render(Width::Columns(80), Paint::Plain);
        assert_eq!(
            text,
            "Account  Left       Note\n\
             studio   2600       refills in 17 d\n\
             shop      130.4     day unknown\n\
             old      – unknown  key refused\n"
        );
    }

    #[test]
    fn figures_end_below_the_end_of_a_longer_heading() {
        let mut table = Table::new(&[("Quantity", Align::Point)]);
        table.row(["60".into()]);
        table.row(["5".into()]);
        assert_eq!(table.render(Width::Columns(80), Paint::Plain), "Quantity\n      60\n       5\n");
    }

    #[test]
    fn tables_fit_the_page_by_cutting_the_widest_column() {
        let mut table = sample();
        table.row([Cell::from("x".repeat(200)), "1".into(), "yes ".repeat(30).into()]);
        table.line(2, &"word ".repeat(40), Tone::Dim);
        let text = table.render(Width::Columns(60), Paint::Plain);
        assert!(text.lines().all(|line| line.width() <= 60), "{text}");
        assert!(text.contains("xx…"), "{text}");
        assert_eq!(text.matches("yes").count(), 30, "the last column loses nothing: {text}");
    }

    #[test]
    fn words_a_pipe_gets_a_row_in_a_line_with_plain_digits() {
        let mut table = sample();
        table.row([Cell::from("x".repeat(200)), "1\u{202f}234\u{202f}567.5".into(), "yes ".repeat(90).into()]);
        table.line(2, &"1\u{202f}000 words ".repeat(40), Tone::Dim);
        let text = table.render(Width::Endless, Paint::Plain);
        assert_eq!(text.lines().count(), 6, "{text}");
        assert!(text.contains(&"x".repeat(200)) && text.contains("  1234567.5  yes") && !text.contains('…'), "{text}");
        assert!(!text.contains('\u{202f}'), "{text}");
        let begins = |line: &str| text.lines().find_map(|row| row.find(line));
        assert_eq!(begins("2600").map(|at| at + 4), begins("1234567.5").map(|at| at + 7), "aligned without the groups: {text}");
    }

    #[test]
    fn ids_and_spans_of_time_stay_whole() {
        let mut table = Table::new(&[("Account", Align::Whole), ("Name", Align::Left)]);
        table.row(["studio-yearly-of-the-north".into(), "x".repeat(40).into()]);
        assert!(table.render(Width::Columns(40), Paint::Plain).contains("studio-yearly-of-the-north  xxx"));
        assert_eq!(wrap("refills in 10 d 3 h ≈ if renewed", Width::Columns(18)), ["refills", "in 10 d 3 h ≈ if", "renewed"]);
        assert_eq!(wrap("seen 2 min 5 s ago, twice", Width::Columns(12)), ["seen", "2 min 5 s ago,", "twice"]);
    }

    #[test]
    fn colours_change_nothing_but_colours() {
        let coloured = sample().render(Width::Columns(80), Paint::Ansi);
        assert!(coloured.contains("\u{1b}[31mkey refused\u{1b}[0m"));
        let mut plain = coloured;
        for code in ["1", "31", "0"] {
            plain = plain.replace(&format!("\u{1b}[{code}m"), "");
        }
        assert_eq!(plain, sample().render(Width::Columns(80), Paint::Plain));
    }

    #[test]
    fn p6_cells_hold_no_control_characters() {
        let mut table = Table::new(&[("", Align::Left)]);
        table.row(["a\u{1b}]0;x\u{7}b".into()]);
        assert_eq!(table.render(Width::Columns(80), Paint::Plain), "a]0;xb\n");
    }
}
