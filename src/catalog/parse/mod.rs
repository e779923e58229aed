//! Reads a definition file and checks it; the format is described in [`crate::catalog`].

mod credits;
mod document;
mod prices;
mod request;

use std::path::Path;

pub(super) use document::list_of;
use document::{Fields, Node};

use super::toml_text::Findings;
use super::{Definition, FactSource, Grade, Problem, Sandbox};
use crate::credit::{PlanId, parse_date};

impl Definition {
    /// Reads and checks a definition; `file` is named in problems.
    ///
    /// # Errors
    /// Every problem of the text, each with its line, key and a hint.
    pub fn parse(text: &str, file: Option<&Path>) -> Result<Self, Vec<Problem>> {
        let document = Findings::new(text, file);
        let table = document.read_table();
        let definition = table.as_ref().and_then(|table| definition(&Fields::root(&document, table)));
        match definition {
            Some(definition) if document.is_clean() => Ok(definition),
            _ => Err(document.into_problems()),
        }
    }
}

/// The names that other parts of a definition may refer to.
struct Names {
    buckets: Vec<String>,
    plans: Vec<String>,
    actions: Vec<String>,
}

impl Names {
    fn of(root: &Fields<'_, '_>) -> Self {
        let ids = |key| {
            let items = root.get(key).filter(Node::is_list).map(|node| node.items()).unwrap_or_default();
            let id = |item: &Node<'_, '_>| Some(item.is_table().then(|| item.fields())??.get("id")?.if_text()?.to_owned());
            items.iter().filter_map(id).collect()
        };
        Self { buckets: ids("bucket"), plans: ids("plan"), actions: ids("action") }
    }
}

/// A reference to one of `names`; notes where there is no such name.
fn reference<T: std::str::FromStr<Err: ToString>>(node: &Node<'_, '_>, what: &str, names: &[String]) -> Option<T> {
    let text = node.text()?;
    if names.iter().any(|name| name == text) {
        return node.parsed();
    }
    node.unknown(text, what, names.iter().map(String::as_str));
    None
}

/// The id of a table in a list; notes where an earlier table has it already.
fn unique_id<T: std::str::FromStr<Err: ToString>>(
    fields: &Fields<'_, '_>,
    key: &'static str,
    seen: &mut Vec<String>,
) -> Option<T> {
    let node = fields.required(key)?;
    let text = node.text()?;
    if seen.iter().any(|other| other.eq_ignore_ascii_case(text)) {
        node.problem(format!("{text:?} is there twice"), Some("give each its own name".to_owned()));
        return None;
    }
    seen.push(text.to_owned());
    node.parsed()
}

fn text(node: Option<Node<'_, '_>>) -> Option<String> {
    node.and_then(|node| node.text()).map(str::to_owned)
}

fn texts(node: Option<Node<'_, '_>>) -> Vec<String> {
    let items = node.map(|node| node.items()).unwrap_or_default();
    items.iter().filter_map(Node::text).map(str::to_owned).collect()
}

fn flag(node: Option<Node<'_, '_>>, default: bool) -> bool {
    node.and_then(|node| node.boolean()).unwrap_or(default)
}

fn definition(root: &Fields<'_, '_>) -> Option<Definition> {
    let names = Names::of(root);
    // Everything is read before anything is given up, so that all problems are noted at once.
    let id = root.required("id").and_then(|node| node.parsed());
    let name = text(root.required("name"));
    let unit = text(root.required("unit"));
    let as_of = root.required("as_of").and_then(|node| as_of(&node));
    let sources = sources(root);
    let assumptions = texts(root.get("assumptions"));
    let notes = texts(root.get("notes"));
    let lapses_with_subscription = flag(root.get("lapses_with_subscription"), false);
    let default_plan = root.get("default_plan").and_then(|node| reference::<PlanId>(&node, "plan", &names.plans));
    let replaces = flag(root.get("replaces"), false);
    let request = root.get("request");
    let is_polled = request.is_some();
    let request = request.and_then(|node| request::request(&node.fields()?, &names));
    let sandbox = root.get("sandbox").and_then(|node| sandbox(&node.fields()?));
    let buckets = credits::buckets(root, &names);
    let order = root.required("order").and_then(|node| credits::order(&node.fields()?));
    let plans = credits::plans(root, &names, &buckets);
    let grants = credits::grants(root, &names);
    let actions = prices::actions(root, &names);
    let combinations = prices::combinations(root, &names);
    root.finish();
    Some(Definition {
        id: id?,
        name: name?,
        unit: unit?,
        as_of: as_of?,
        sources,
        assumptions,
        notes,
        request: if is_polled { Some(request?) } else { None },
        sandbox,
        lapses_with_subscription,
        replaces,
        buckets,
        order: order?,
        plans,
        default_plan,
        grants,
        actions,
        combinations,
    })
}

/// The grades of sources.
const GRADES: [(&str, Grade); 3] = [("A", Grade::A), ("B", Grade::B), ("C", Grade::C)];

/// A month or a day, as `2026-11` or `2026-11-20`.
fn as_of(node: &Node<'_, '_>) -> Option<String> {
    let text = node.text_or_date()?;
    if parse_date(&text).is_ok() || parse_date(&format!("{text}-01")).is_ok() {
        return Some(text);
    }
    node.problem(format!("{text:?} is no month or day that exists"), Some("write \"2026-11\" or 2026-11-20".to_owned()));
    None
}

fn sources(root: &Fields<'_, '_>) -> Vec<FactSource> {
    if root.get("sources").is_none() {
        root.problem("sources", "`sources` is missing".to_owned(), Some("say where the facts come from".to_owned()));
    }
    let source = |fields: Fields<'_, '_>| {
        let what = text(fields.required("what"));
        let grade = fields.required("grade").and_then(|node| node.word(&GRADES));
        fields.finish();
        Some(FactSource { what: what?, grade: grade? })
    };
    root.tables("sources").into_iter().filter_map(source).collect()
}

fn sandbox(fields: &Fields<'_, '_>) -> Option<Sandbox> {
    let prefix = text(fields.required("prefix"));
    let reason = text(fields.required("reason"));
    fields.finish();
    Some(Sandbox { prefix: prefix?, reason: reason? })
}
