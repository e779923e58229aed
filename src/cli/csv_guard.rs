//! CSV that a spreadsheet opens without running anything (SPEC P6).

use super::text::clean;
use crate::report::{Ending, Report};
use crate::spreadsheet;

/// A cell of free text: control characters dropped, and an apostrophe put before what would be a formula.
#[must_use]
pub(crate) fn guarded(text: &str) -> String {
    spreadsheet::guarded(&clean(text))
}

/// Rows as CSV; every cell must have been guarded where it is free text.
///
/// # Errors
/// A [`Report`] where the rows differ in length, which would be a fault of ours.
pub(crate) fn render<H, R>(heading: H, rows: impl IntoIterator<Item = R>) -> Result<String, Report>
where
    H: IntoIterator<Item: AsRef<[u8]>>,
    R: IntoIterator<Item: AsRef<[u8]>>,
{
    let mut writer = csv::Writer::from_writer(Vec::new());
    let fault = |error: &dyn std::fmt::Display| Report::new(Ending::Internal, format!("can't write CSV: {error}"));
    writer.write_record(heading).map_err(|error| fault(&error))?;
    for row in rows {
        writer.write_record(row).map_err(|error| fault(&error))?;
    }
    let bytes = writer.into_inner().map_err(|error| fault(&error))?;
    String::from_utf8(bytes).map_err(|error| fault(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p6_formulas_are_disarmed() {
        for text in ["=1+1", "+x", "-x", "@x", "\t=x", "\u{7}=x"] {
            assert_eq!(guarded(text).chars().next(), Some('\''), "{text:?}");
        }
        for text in ["it's", "'quoted'", "", "plain", "a=b"] {
            assert_eq!(guarded(text), text);
        }
    }

    #[test]
    fn cells_are_quoted_where_needed() {
        let text = render(["a", "b"], [["x,y".to_owned(), "\"".to_owned()]]).unwrap();
        assert_eq!(text, "a,b\n\"x,y\",\"\"\"\"\n");
    }
}
