//! What is wrong with the configuration and the files that it names: a badge that stays until it is mended, and all of it to read.

use super::format::counted;
use super::model::Model;
use super::scene::Scene;
use super::widgets::text_box::Row;

/// What is wrong, a sentence each; a problem begins with its file and line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Troubles {
    /// Problems of the configuration and of definitions.
    pub(crate) problems: Vec<String>,
    /// What others on this machine can do to files that keys depend on.
    pub(crate) exposed: Vec<String>,
}

/// What stands in the header while something is wrong, the fullest first; nothing where nothing is.
pub(crate) fn badge(model: &Model) -> Vec<String> {
    let Troubles { problems, exposed } = &model.troubles;
    let wrong = match problems.len() {
        0 => None,
        count => Some((counted(count, "configuration problem", "configuration problems"), counted(count, "problem", "problems"))),
    };
    let open = (!exposed.is_empty()).then(|| ("files exposed".to_owned(), "exposed".to_owned()));
    let all = [wrong, open];
    let (full, short): (Vec<String>, Vec<String>) = all.into_iter().flatten().unzip();
    if full.is_empty() {
        return Vec::new();
    }
    let together = match problems.len() {
        0 => "exposed".to_owned(),
        count => counted(count + exposed.len(), "problem", "problems"),
    };
    vec![
        format!("{} · C shows", full.join(" · ")),
        format!("{} · C", full.join(" · ")),
        format!("{} · C", short.join(" · ")),
        format!("{together} · C"),
    ]
}

/// All of it, and how to mend it.
pub(super) fn rows(model: &Model, scene: &Scene<'_>) -> (String, Vec<Row>) {
    let Troubles { problems, exposed } = &model.troubles;
    let mut rows: Vec<Row> = Vec::new();
    for problem in problems {
        rows.push(("problem".to_owned(), scene.private(problem)));
    }
    for sentence in exposed {
        rows.push(("exposed".to_owned(), scene.private(sentence)));
    }
    let remark = match (problems.is_empty(), exposed.is_empty()) {
        (true, true) => "Nothing is wrong with the configuration and the files that it names.",
        (false, _) => {
            "Where the configuration can't be used, the one before it stays. A file that is mended is read again at once."
        }
        (true, false) => "What is mended is noticed within a minute.",
    };
    rows.push((String::new(), remark.to_owned()));
    ("The configuration and its files".to_owned(), rows)
}
