//! Reads how an account endpoint is asked and where its answer keeps the figures.

use std::time::Duration;

use super::document::{Fields, Node};
use super::{Names, flag, text};
use crate::catalog::{
    Auth, BaseUrl, BaseUrlError, BucketFigures, ElementFilter, Endpoint, ErrorRules, Extraction, Fallback, FigureRule,
    FigureTerm, Gate, GateValues, InstantFormat, InstantRule, JsonPath, Method, NumberType, RateLimit, RateScope, Request,
    StatusMeaning, TextRule,
};
use crate::credit::{Amount, FailureKind, Figure};

pub(super) fn request(fields: &Fields<'_, '_>, names: &Names) -> Option<Request> {
    let base_url = fields.required("base_url").and_then(|node| base_url(&node));
    let auth = fields.required("auth").and_then(|node| auth(&node.fields()?));
    let rate = fields.get("rate").and_then(|node| rate(&node.fields()?));
    let minimum_interval = fields.get("minimum_interval").and_then(|node| duration(&node));
    let message_paths = fields.get("error_message").map(Node::one_or_more).unwrap_or_default();
    let message_paths = message_paths.iter().filter_map(Node::parsed).collect();
    let statuses = fields.tables("error").iter().filter_map(status_meaning).collect();
    if fields.required("endpoint").is_some_and(|node| node.is_list() && node.items().is_empty()) {
        fields.problem("endpoint", "there must be at least one".to_owned(), None);
    }
    let endpoints: Vec<Endpoint> = fields.tables("endpoint").iter().filter_map(|fields| endpoint(fields, names)).collect();
    fields.finish();
    let errors = ErrorRules { message_paths, statuses };
    Some(Request { base_url: base_url?, auth: auth?, endpoints, errors, rate, minimum_interval })
}

fn base_url(node: &Node<'_, '_>) -> Option<BaseUrl> {
    let text = node.text()?;
    text.parse::<BaseUrl>()
        .map_err(|error| {
            // An address with a password in it is not repeated.
            let shown = if error == BaseUrlError::Credentials { "this".to_owned() } else { format!("{text:?}") };
            let hint = if error == BaseUrlError::Capitals { error.hint() } else { "write it as https://api.example.com" };
            node.problem(format!("{shown} is no base URL: {error}"), Some(hint.to_owned()));
        })
        .ok()
}

/// A header's name: what HTTP calls a token.
fn header_name(node: &Node<'_, '_>) -> Option<String> {
    let text = node.text()?;
    is_token(node, text).then(|| text.to_owned())
}

fn is_token(node: &Node<'_, '_>, text: &str) -> bool {
    let fits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte));
    if !fits {
        node.problem(format!("{text:?} can't be sent in a header"), Some("use letters, digits and '-'".to_owned()));
    }
    fits
}

fn auth(fields: &Fields<'_, '_>) -> Option<Auth> {
    let header = fields.required("header").and_then(|node| header_name(&node));
    let scheme = fields.get("scheme").and_then(|node| header_name(&node));
    fields.finish();
    Some(Auth { header: header?, scheme })
}

fn rate(fields: &Fields<'_, '_>) -> Option<RateLimit> {
    let per_minute = fields.required("per_minute").and_then(|node| node.integer(1..=1_000_000));
    let scope = fields.required("per").and_then(|node| node.word(&[("key", RateScope::Key), ("host", RateScope::Host)]));
    let assumed = flag(fields.get("assumed"), false);
    fields.finish();
    Some(RateLimit { scope: scope?, per_minute: per_minute?, assumed })
}

fn duration(node: &Node<'_, '_>) -> Option<Duration> {
    let text = node.text()?;
    let duration = humantime::parse_duration(text).ok().filter(|duration| !duration.is_zero());
    if duration.is_none() {
        node.problem(format!("{text:?} is no span of time"), Some("write it as \"30s\" or \"5m\"".to_owned()));
    }
    duration
}

fn http_status(node: &Node<'_, '_>) -> Option<u16> {
    node.integer(100..=599).and_then(|status| u16::try_from(status).ok())
}

fn failure_kind(node: &Node<'_, '_>) -> Option<FailureKind> {
    let kinds = [
        FailureKind::Unauthorized,
        FailureKind::Forbidden,
        FailureKind::OutOfCredit,
        FailureKind::RateLimited,
        FailureKind::ServerError,
        FailureKind::Malformed,
    ];
    node.word(&kinds.map(|kind| (kind.word(), kind)))
}

fn status_meaning(fields: &Fields<'_, '_>) -> Option<StatusMeaning> {
    let status = fields.required("status").and_then(|node| http_status(&node));
    let message = text(fields.get("message"));
    let kind = fields.required("kind").and_then(|node| failure_kind(&node));
    let means = text(fields.required("means"));
    let hint = text(fields.get("hint"));
    let or = fields.get("or");
    let or_out_of_credit = or.as_ref().is_some_and(|node| node.word(&[(FailureKind::OutOfCredit.word(), ())]).is_some());
    if let (Some(node), Some(false)) = (or, kind.map(FailureKind::refuses_key)) {
        node.problem(
            "is for a kind that refuses the key",
            Some("leave it out, or set kind to unauthorized or forbidden".to_owned()),
        );
    }
    fields.finish();
    Some(StatusMeaning { status: status?, message, kind: kind?, means: means?, hint, or_out_of_credit })
}

fn endpoint(fields: &Fields<'_, '_>, names: &Names) -> Option<Endpoint> {
    let methods = [("GET", Method::Get), ("POST", Method::Post)];
    let method = fields.get("method").map_or(Some(Method::Get), |node| node.word(&methods));
    let path = fields.required("path").and_then(|node| url_path(&node));
    let headers = fields.get("headers").map(|node| pairs(&node, true)).unwrap_or_default();
    let query = fields.get("query").map(|node| pairs(&node, false)).unwrap_or_default();
    let body = text(fields.get("body"));
    let fallback = fields.get("fallback").and_then(|node| fallback(&node.fields()?));
    let answer = fields.required("answer").and_then(|node| answer(&node.fields()?, names));
    fields.finish();
    Some(Endpoint { method: method?, path: path?, headers, query, body, fallback, answer: answer? })
}

fn url_path(node: &Node<'_, '_>) -> Option<String> {
    let text = node.text()?;
    if !text.starts_with('/') || text.contains(['?', '#', ' ']) {
        let hint = "start it with a slash; a query goes into `query`".to_owned();
        node.problem(format!("{text:?} is no path"), Some(hint));
        return None;
    }
    Some(text.to_owned())
}

fn pairs(node: &Node<'_, '_>, are_headers: bool) -> Vec<(String, String)> {
    let fields = node.fields().map(|fields| fields.all()).unwrap_or_default();
    let pair = |(name, node): (String, Node<'_, '_>)| {
        let value = node.scalar()?;
        if are_headers && !is_token(&node, &name) {
            return None;
        }
        if value.chars().any(|c| c.is_control() || are_headers && !c.is_ascii()) {
            node.problem("holds a character that can't be sent", None);
            return None;
        }
        Some((name, value))
    };
    fields.into_iter().filter_map(pair).collect()
}

fn fallback(fields: &Fields<'_, '_>) -> Option<Fallback> {
    let statuses = fields.required("statuses")?.items().iter().filter_map(http_status).collect::<Vec<_>>();
    if statuses.is_empty() {
        fields.problem("statuses", "there must be at least one".to_owned(), None);
    }
    let message = text(fields.get("message"));
    fields.finish();
    Some(Fallback { statuses, message })
}

fn answer(fields: &Fields<'_, '_>, names: &Names) -> Option<Extraction> {
    let plan = fields.get("plan").and_then(|node| text_rule(&node));
    let email = fields.get("email").and_then(|node| text_rule(&node));
    let subscription_ends_at = fields.get("subscription_ends_at").and_then(|node| instant_rule(&node));
    let gates = fields.tables("gate").iter().filter_map(gate).collect();
    let buckets = fields.required("buckets")?.fields()?;
    let mut figures = Vec::new();
    for (name, node) in buckets.all() {
        if names.buckets.contains(&name) {
            figures.extend(bucket_figures(&name, &node));
        } else {
            node.unknown(&name, "bucket", names.buckets.iter().map(String::as_str));
        }
    }
    if buckets.all().is_empty() {
        fields.problem("buckets", "the answer must tell of at least one bucket".to_owned(), None);
    }
    fields.finish();
    Some(Extraction { gates, plan, email, subscription_ends_at, buckets: figures })
}

fn text_rule(node: &Node<'_, '_>) -> Option<TextRule> {
    if !node.is_table() {
        return Some(TextRule { path: single_path(node)?, optional: false });
    }
    let fields = node.fields()?;
    let path = fields.required("path").and_then(|node| single_path(&node));
    let optional = flag(fields.get("optional"), false);
    fields.finish();
    Some(TextRule { path: path?, optional })
}

fn instant_rule(node: &Node<'_, '_>) -> Option<InstantRule> {
    if !node.is_table() {
        return Some(InstantRule { path: single_path(node)?, format: InstantFormat::Rfc3339, optional: false });
    }
    let fields = node.fields()?;
    let path = fields.required("path").and_then(|node| single_path(&node));
    let formats = [
        ("rfc3339", InstantFormat::Rfc3339),
        ("unix-seconds", InstantFormat::UnixSeconds),
        ("unix-milliseconds", InstantFormat::UnixMilliseconds),
    ];
    let format = fields.get("format").map_or(Some(InstantFormat::Rfc3339), |node| node.word(&formats));
    let optional = flag(fields.get("optional"), false);
    fields.finish();
    Some(InstantRule { path: path?, format: format?, optional })
}

/// A path that leads to one value.
fn single_path(node: &Node<'_, '_>) -> Option<JsonPath> {
    let path: JsonPath = node.parsed()?;
    if path.is_multiple() {
        node.problem("must lead to one value, without a `*` step", None);
        return None;
    }
    Some(path)
}

fn bucket_figures(name: &str, node: &Node<'_, '_>) -> Option<BucketFigures> {
    let fields = node.fields()?;
    let remaining = fields.required("remaining").and_then(figure_rule);
    let capacity = fields.get("capacity").map(figure_rule);
    fields.finish();
    let capacity = match capacity {
        Some(rule) => Some(rule?),
        None => None,
    };
    Some(BucketFigures { bucket: name.parse().ok()?, remaining: remaining?, capacity })
}

fn figure_rule(node: Node<'_, '_>) -> Option<FigureRule> {
    if node.is_list() && node.items().is_empty() {
        node.problem("must not be empty", None);
    }
    let alternatives: Option<Vec<FigureTerm>> = node.one_or_more().iter().map(figure_term).collect();
    alternatives.filter(|terms| !terms.is_empty()).map(|alternatives| FigureRule { alternatives })
}

fn figure_term(node: &Node<'_, '_>) -> Option<FigureTerm> {
    let plain = |path| FigureTerm {
        path,
        filter: None,
        minus: None,
        number: NumberType::default(),
        scale: Amount::ONE,
        null: None,
        empty: None,
    };
    if !node.is_table() {
        return node.parsed().map(plain);
    }
    let fields = node.fields()?;
    let path = fields.required("path").and_then(|node| node.parsed::<JsonPath>());
    let filter = fields.get("where").and_then(|node| element_filter(&node.fields()?));
    if filter.is_some() && path.as_ref().is_some_and(|path| !path.is_multiple()) {
        fields.problem("where", "picks among elements, but the path has no `*` step".to_owned(), None);
    }
    let minus = fields.get("minus").and_then(|node| single_path(&node));
    let numbers = [
        ("number", NumberType::Number),
        ("integer", NumberType::Integer),
        ("string", NumberType::Text),
        ("number-or-string", NumberType::NumberOrText),
    ];
    let number = fields.get("type").map_or(Some(NumberType::Number), |node| node.word(&numbers));
    let scale = fields.get("scale").map_or(Some(Amount::ONE), |node| node.amount());
    let nulls = [("unlimited", Figure::Unlimited), ("unknown", Figure::Unknown)];
    let null = fields.get("null").and_then(|node| node.word(&nulls));
    let empty = fields.get("empty").and_then(|node| node.amount_from_zero());
    fields.finish();
    Some(FigureTerm { filter, minus, number: number?, scale: scale?, null, empty, ..plain(path?) })
}

fn element_filter(fields: &Fields<'_, '_>) -> Option<ElementFilter> {
    let path = fields.required("path").and_then(|node| single_path(&node));
    let is = fields.required("is").map(values);
    fields.finish();
    Some(ElementFilter { path: path?, is: is? })
}

fn values(node: Node<'_, '_>) -> Vec<String> {
    node.one_or_more().iter().filter_map(Node::scalar).collect()
}

fn gate(fields: &Fields<'_, '_>) -> Option<Gate> {
    let path = fields.required("path").and_then(|node| single_path(&node));
    let pass = match (fields.get("only"), fields.get("all_but")) {
        (Some(only), None) => Some(GateValues::Only(values(only))),
        (None, Some(all_but)) => Some(GateValues::AllBut(values(all_but))),
        _ => {
            fields.problem("only", "a gate needs either `only` or `all_but`".to_owned(), None);
            None
        }
    };
    let kind = fields.required("kind").and_then(|node| failure_kind(&node));
    let means = text(fields.required("means"));
    let message = fields.get("message").and_then(|node| single_path(&node));
    fields.finish();
    Some(Gate { path: path?, pass: pass?, kind: kind?, means: means?, message })
}
