//! The last pass of ASCII mode: whatever was drawn, only ASCII leaves.

use ratatui::buffer::{Buffer, Cell};

/// Replaces every cell that is not ASCII by the nearest sign that is.
pub(crate) fn flatten(buffer: &mut Buffer) {
    let width = usize::from(buffer.area.width).max(1);
    for row in buffer.content.chunks_mut(width) {
        spread(row);
        for cell in row {
            let symbol = cell.symbol();
            if !symbol.is_ascii() {
                let plain = symbol.chars().next().map_or(' ', plain);
                cell.set_char(plain);
            }
        }
    }
}

/// Writes signs that take two ASCII characters with the help of a cell beside them: `≥` as `>=`, an ellipsis as `..`.
fn spread(row: &mut [Cell]) {
    for place in 0..row.len() {
        let symbol_at = |place: usize| row.get(place).map_or(" ", Cell::symbol);
        let (first, second) = match symbol_at(place) {
            "≥" => ('>', '='),
            "…" => ('.', '.'),
            _ => continue,
        };
        let free_after = place + 1 < row.len() && symbol_at(place + 1) == " " && symbol_at(place + 2) == " ";
        let free_before = place.checked_sub(1).is_some_and(|before| symbol_at(before) == " ");
        // An ellipsis may take the place of one more letter; a sign takes the space that follows it.
        let after = free_after || (first == '>' && !free_before);
        let start = if after { place } else { place.saturating_sub(1) };
        for (cell, sign) in row.iter_mut().skip(start).take(2).zip([first, second]) {
            cell.set_char(sign);
        }
    }
}

fn plain(c: char) -> char {
    match c {
        '\u{202f}' | '\u{a0}' | '\u{2009}' => ' ',
        '≈' => '~',
        '–' | '—' | '─' | '━' | '▃' | '−' => '-',
        '·' | '▂' => '.',
        '↺' => 'r',
        '▌' | '→' | '›' => '>',
        '‹' | '←' => '<',
        '▼' | '↓' => 'v',
        '↑' | '▲' => '^',
        '✕' | '×' => 'x',
        '∞' => '8',
        '│' | '▏' => '|',
        '╭' | '╮' | '╰' | '╯' | '┌' | '┐' | '└' | '┘' | '▆' | '✓' => '+',
        '▒' => '/',
        '•' | '▇' => '*',
        '▁' => '_',
        '▄' | '▅' => '=',
        '█' => '#',
        'ä' | 'á' | 'à' | 'â' => 'a',
        'ö' | 'ó' | 'ò' | 'ô' | '◷' => 'o',
        'ü' | 'ú' | 'ù' | 'û' => 'u',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'ß' => 's',
        _ => '?',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_of_two_characters_keep_their_meaning() {
        for (drawn, shown) in [
            ("left  ≥ 123  ", "left >= 123  "),
            ("≥ 123", ">=123"),
            ("Dealer Nor…  Studio", "Dealer Nor.. Studio"),
            ("Dealer Nor… 12", "Dealer No.. 12"),
            ("Studi…", "Stud.."),
            ("  … asking", " .. asking"),
        ] {
            let mut buffer = Buffer::with_lines([drawn]);
            flatten(&mut buffer);
            let text: String = buffer.content.iter().map(Cell::symbol).collect();
            assert_eq!(text, shown);
        }
    }
}
