//! The last pass of ASCII mode: whatever was drawn, only ASCII leaves.

use ratatui::buffer::Buffer;

/// Replaces every cell that is not ASCII by the nearest sign that is.
pub(crate) fn flatten(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        let symbol = cell.symbol();
        if !symbol.is_ascii() {
            let plain = symbol.chars().next().map_or(' ', plain);
            cell.set_char(plain);
        }
    }
}

fn plain(c: char) -> char {
    match c {
        '\u{202f}' | '\u{a0}' | '\u{2009}' => ' ',
        '≈' => '~',
        '–' | '—' | '─' | '━' | '▃' | '−' => '-',
        '·' | '…' | '▂' => '.',
        '▌' | '→' | '›' | '≥' => '>',
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
