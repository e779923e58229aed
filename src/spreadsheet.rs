//! The guard against spreadsheet formulas: what a cell of a CSV file may begin with (SPEC P6).

/// Characters that make a spreadsheet take a cell for a formula.
const FORMULA_STARTS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Whether a spreadsheet could take a text for a formula. Spaces and apostrophes before it may be lost on the way there.
pub(crate) fn is_formula(text: &str) -> bool {
    text.trim_start_matches(['\'', ' ']).starts_with(FORMULA_STARTS)
}

/// A text as a cell that no spreadsheet takes for a formula: with an apostrophe before it where it needs one.
pub(crate) fn guarded(text: &str) -> String {
    if is_formula(text) { format!("'{text}") } else { text.to_owned() }
}

/// A text as a cell, as [`guarded`], from which [`unguarded`] gives the very text back.
pub(crate) fn guarded_exactly(text: &str) -> String {
    if is_guarded(text) { format!("'{text}") } else { text.to_owned() }
}

/// The text of a cell, with or without the apostrophe of [`guarded_exactly`].
pub(crate) fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| is_guarded(text)).unwrap_or(cell)
}

/// Whether [`guarded_exactly`] puts an apostrophe before a text: also before one that has one.
fn is_guarded(text: &str) -> bool {
    text.starts_with('\'') || is_formula(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p6_formulas_are_disarmed() {
        for text in ["=1+1", "+x", "-x", "@x", "\t=x", "\r=x", " =x", "'=x", "' @x"] {
            assert_eq!(guarded(text), format!("'{text}"));
            assert_eq!(guarded_exactly(text), format!("'{text}"));
        }
        for text in ["it's", "'quoted'", "", "plain", "a=b"] {
            assert_eq!(guarded(text), text);
        }
    }

    #[test]
    fn p6_what_was_guarded_exactly_comes_back() {
        for text in ["=1", "'=1", "''", "'", "", "it's", "'quoted'", " =1", "' =1", "\t", "plain"] {
            assert_eq!(unguarded(&guarded_exactly(text)), text);
        }
        // A cell that nobody guarded stays as it is, unless it looks guarded.
        assert_eq!(unguarded("'quoted'"), "'quoted'");
    }
}
