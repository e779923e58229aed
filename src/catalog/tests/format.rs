//! What the format can say, and what it refuses.

use std::path::Path;

use super::*;
use crate::credit::{FailureKind, FairUse, FairUsePeriod, Figure};

/// A definition with a line to fill in at the top level, and tables to fill in at the end.
fn minimal(top: &str, rest: &str) -> String {
    format!(
        "id = \"x\"\nname = \"X\"\nunit = \"credits\"\nas_of = 2026-11-20\nsources = [{{ what = \"w\", grade = \"B\" }}]\n{top}\n\
         [[bucket]]\nid = \"main\"\nname = \"Main\"\nkind = \"purchased\"\n\n\
         [order]\ndocumented = true\nreason = \"There is one bucket\"\n{rest}\n"
    )
}

fn problems_of(text: &str) -> Vec<String> {
    let found = Definition::parse(text, Some(Path::new("x.toml"))).unwrap_err();
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn the_example_in_the_documentation_is_a_definition() {
    let lines = include_str!("../mod.rs").lines().map(|line| line.trim_start_matches("//!").trim_start());
    let example: Vec<&str> = lines.skip_while(|line| *line != "```toml").skip(1).take_while(|line| *line != "```").collect();
    let definition = Definition::parse(&example.join("\n"), None).map_err(|problems| problems[0].to_string()).unwrap();
    assert!(definition.is_polled() && example.len() > 40);
}

#[test]
fn all_problems_are_reported_at_once_each_with_line_key_and_hint() {
    let text = minimal(
        "colour = \"red\"\nassumptions = [\"\"]",
        "[[plan]]\nid = \"pro\"\nname = \"Pro\"\nquota = { main = 3, mian = 3 }\n\
         [[action]]\nid = \"a\"\nname = \"A\"\nunit = \"call\"\ncost = 0.2\n\
         [[action]]\nid = \"a\"\nname = \"B\"\nunit = \"call\"\n\
         [[action]]\nid = \"c\"\nname = \"C\"\nunit = \"call\"\ncost = \"1234567890123456789012345678901234567890\"\n\
         [[action]]\nid = \"d\"\nname = \"D\"\nunit = \"call\"\ncost = { prro = 1 }\n\
         [[combination]]\nfirst = \"a\"\nsecond = \"cc\"\ntogether = \"c\"\ntext = \"t\"\n",
    );
    assert_eq!(
        problems_of(&text),
        [
            "x.toml:6: colour: there is no such key (the keys here are bucket, plan, action, id, name, unit, as_of, sources, assumptions, notes, \
             lapses_with_subscription, default_plan, replaces, request, sandbox, order, grant, combination)",
            "x.toml:7: assumptions[0]: is empty",
            "x.toml:19: plan[0].quota.main: only a recurring bucket has a quota",
            "x.toml:19: plan[0].quota.mian: unknown bucket \"mian\" (did you mean \"main\"?)",
            "x.toml:24: action[0].cost: a number with a point is not read exactly (write it in quotes: \"0.2\")",
            "x.toml:25: action[1].cost: an action needs a cost or variants (write cost = 5, cost = \"0.2\", cost = \"free\", \
             cost = \"unpublished\" or cost = { basic = 1, plus = \"0.2\" })",
            "x.toml:26: action[1].id: \"a\" is there twice (give each its own name)",
            "x.toml:33: action[2].cost: 1234567890123456789012345678901234567890 has more than 28 digits",
            "x.toml:38: action[3].cost.prro: unknown plan \"prro\" (did you mean \"pro\"?)",
            "x.toml:41: combination[0].second: unknown action \"cc\" (there is a, c or d)",
        ]
    );
}

#[test]
fn what_no_definition_can_mean_is_refused() {
    for (text, key) in [
        (minimal("", "keys = [\"rank\", \"rnak\"]"), "order.keys[1]: \"rnak\" is none of the choices (use \"rank\""),
        (
            minimal("", "[[action]]\nid = \"a\"\nname = \"A\"\nunit = \"u\"\ncost = 1\nalso = [\"b\", \"\"]"),
            "action[0].also[1]: is empty",
        ),
        (minimal("", "[[action]]\nid = \"a\"\nalso = 3"), "action[0].also: expects a list, found a whole number"),
        (minimal("", "keys = [\"rank\", \"rank\"]"), "order.keys[1]: is there twice"),
        (minimal("default_plan = \"free\"", ""), "default_plan: unknown plan \"free\""),
        (minimal("request = 3", ""), "request: expects a table, found a whole number"),
        (minimal("lapses_with_subscription = \"yes\"", ""), "expects true or false, without quotes, found text"),
        (minimal("notes = [\"a\\u001bb\"]", ""), "notes[0]: holds a control character"),
        (minimal("", "").replace("2026-11-20", "\"2026-13\""), "as_of: \"2026-13\" is no month or day that exists"),
        (minimal("", "").replace("\"purchased\"", "\"monthly\""), "bucket[0].kind: \"monthly\" is none of the choices"),
        (minimal("", "").replace("kind =", "resets = 1\nkind ="), "bucket[0].kind: only a recurring bucket resets"),
        (minimal("", "").replace("kind =", "expiry = \"1 yr\"\nkind ="), "bucket[0].expiry: \"1 yr\" is no expiry"),
        (minimal("", "").replace("id = \"x\"", "id = \"a b\""), "id: provider \"a b\" may hold only letters"),
        (minimal("", "[[action]]\nid = \"a\"\nname = \"A\"\nunit = \"u\"\ncost = -1"), "action[0].cost: -1 is below zero"),
        (
            minimal("", "[[grant]]\nlabel = \"l\"\nbucket = \"main\"\nfrom = \"birth\"\nexpiry = \"never\"\namounts = 1"),
            "grant[0].from",
        ),
        ("id = ".to_owned(), "x.toml:1: this is not TOML"),
        (String::new(), "x.toml:1: id: `id` is missing"),
    ] {
        let found = problems_of(&text);
        assert!(found.iter().any(|problem| problem.contains(key)), "{key}\n{found:#?}");
    }
}

#[test]
fn a_request_is_checked_before_it_is_ever_sent() {
    let request = |line: &str, endpoint: &str| {
        minimal(
            "",
            &format!(
                "[request]\nauth = {{ header = \"X-Key\" }}\n{line}\n[[request.endpoint]]\n{endpoint}\n\
                 [request.endpoint.answer]\nbuckets = {{ main = {{ remaining = \"/credits\" }} }}"
            ),
        )
    };
    let url = "base_url = \"https://api.example.com\"";
    assert!(Definition::parse(&request(url, "path = \"/v1\""), None).is_ok());
    for (text, key) in [
        (request("base_url = \"ftp://x\"", "path = \"/v1\""), "request.base_url: \"ftp://x\" is no base URL"),
        (request("base_url = \"https://me:pw@x\"", "path = \"/v1\""), "request.base_url"),
        (request(url, "path = \"v1\""), "request.endpoint[0].path: \"v1\" is no path"),
        (request(url, "path = \"/v1?x=1\""), "a query goes into `query`"),
        (request(url, "path = \"/v1\"\nmethod = \"DELETE\""), "request.endpoint[0].method: \"DELETE\" is none of the choices"),
        (request(url, "path = \"/v1\"\nheaders = { \"a b\" = \"c\" }"), "can't be sent in a header"),
        (request(url, "path = \"/v1\"\nheaders = { a = \"b\\r\\nc: d\" }"), "holds a character that can't be sent"),
        (request(url, "path = \"/v1\"\nfallback = { statuses = [4] }"), "4 is not in the range (use 100 to 599)"),
        (request(url, "path = \"/v1\"").replace("\"/credits\"", "\"credits\""), "a path starts with a slash"),
        (request(url, "path = \"/v1\"").replace("main = {", "mian = {"), "unknown bucket \"mian\" (did you mean \"main\"?)"),
        (request("base_url = \"https://x\"\nminimum_interval = \"soon\"", "path = \"/v1\""), "is no span of time"),
    ] {
        let found = problems_of(&text);
        assert!(found.iter().any(|problem| problem.contains(key)), "{key}\n{found:#?}");
    }
}

#[test]
fn a_path_is_a_json_pointer_with_a_star() {
    for text in ["/a", "/0/b", "/a/*/c", "/a~1b/~0c"] {
        assert_eq!(path(text).to_string(), text);
    }
    assert_eq!(path("/a~1b").steps(), [PathStep::Key("a/b".to_owned())]);
    assert_eq!(path("/~01").steps(), [PathStep::Key("~1".to_owned())]);
    for bad in ["", "/", "a", "/a//b", "/a/"] {
        assert!(bad.parse::<JsonPath>().is_err(), "{bad:?}");
    }
}

#[test]
fn providers_6_the_format_can_say_what_other_services_answer() {
    // Each: the figure of the bucket `main` as a definition writes it.
    let figures = [
        ("Stability AI", r#""/credits""#),
        ("ElevenLabs", r#"{ path = "/character_limit", minus = "/character_count" }"#),
        ("OpenRouter", r#"{ path = "/data/total_credits", minus = "/data/total_usage" }"#),
        (
            "DeepSeek",
            r#"{ path = "/balance_infos/*/total_balance", where = { path = "/currency", is = "CNY" }, type = "string" }"#,
        ),
        ("Kling", r#"{ path = "/data/packs/*/remaining_quantity", where = { path = "/status", is = ["online"] }, empty = 0 }"#),
        ("Luma", r#"{ path = "/credit_balance", scale = "0.01" }"#),
        ("Pixelcut", r#"{ path = "/credits_remaining", type = "number-or-string" }"#),
        ("Leonardo", r#"["/user_details/0/subscriptionTokens", { path = "/0/subscriptionTokens", null = "unknown" }]"#),
        ("Abyssale", r#"{ path = "/pool/available", null = "unlimited" }"#),
    ];
    for (service, figure) in figures {
        let text = minimal(
            "",
            &format!(
                r#"
[request]
base_url = "https://api.example.com"
auth = {{ header = "Authorization", scheme = "Key" }}
minimum_interval = "1s"
[[request.error]]
status = 403
kind = "out-of-credit"
means = "no credits are left"
[[request.endpoint]]
method = "POST"
path = "/credits"
headers = {{ X-Runway-Version = "2024-11-06" }}
query = {{ expand = "credits" }}
body = "{{}}"
[request.endpoint.answer]
plan = {{ path = "/tier", optional = true }}
subscription_ends_at = {{ path = "/end", format = "unix-seconds", optional = true }}
buckets = {{ main = {{ remaining = {figure} }} }}
[[request.endpoint.answer.gate]]
path = "/code"
only = 0
kind = "server-error"
means = "the service reports a failure"
message = "/message"
[[request.endpoint.answer.gate]]
path = "/status"
all_but = ["past_due"]
kind = "forbidden"
means = "a payment is overdue"
"#
            ),
        );
        let definition = Definition::parse(&text, None).map_err(|found| format!("{service}: {}", found[0])).unwrap();
        let request = definition.request.as_ref().unwrap();
        let endpoint = &request.endpoints[0];
        assert_eq!(request.auth.value("k"), "Key k");
        assert_eq!((endpoint.method.as_str(), endpoint.query[0].1.as_str()), ("POST", "credits"));
        let [code, status] = endpoint.answer.gates.as_slice() else { panic!("two gates") };
        assert!(code.pass.pass(Some("0")) && !code.pass.pass(Some("7")) && !code.pass.pass(None));
        assert!(status.pass.pass(Some("active")) && !status.pass.pass(Some("past_due")) && status.pass.pass(None));
        assert_eq!(request.errors.kind(403, None), FailureKind::OutOfCredit);
        let term = &endpoint.answer.buckets[0].remaining.alternatives[0];
        match service {
            "ElevenLabs" => assert_eq!(term.minus, Some(path("/character_count"))),
            "DeepSeek" => {
                let filter = term.filter.as_ref().unwrap();
                assert_eq!((term.number, filter.is.join(" ").as_str()), (NumberType::Text, "CNY"));
            }
            "Kling" => assert_eq!(term.empty, Some(Amount::ZERO)),
            "Luma" => assert_eq!(term.scale, amount("0.01")),
            "Abyssale" => assert_eq!(term.null, Some(Figure::Unlimited)),
            "Leonardo" => assert_eq!(endpoint.answer.buckets[0].remaining.alternatives.len(), 2),
            _ => {}
        }
    }
}

#[test]
fn e08_a_fair_use_cap_is_stated_or_said_not_to_be_published() {
    let plan = |cap: &str| {
        let bucket = "[[bucket]]\nid = \"monthly\"\nname = \"Monthly\"\nkind = \"recurring\"\n";
        minimal(
            "",
            &format!(
                "{bucket}[[plan]]\nid = \"flat\"\nname = \"Flat\"\nquota = {{ monthly = \"unlimited\" }}\nfair_use = {cap}\n"
            ),
        )
    };
    let cap = |text: &str| Definition::parse(&plan(text), None).unwrap().plan("flat").unwrap().fair_use.unwrap();
    assert_eq!(cap("{ published = false }"), FairUse::Unpublished);
    let stated = FairUse::Cap { amount: "5000".parse().unwrap(), period: FairUsePeriod::Week };
    assert_eq!(cap("{ amount = 5000, period = \"week\" }"), stated);
    for (text, problem) in [
        ("{ amount = 0, period = \"month\" }", "plan[0].fair_use.amount: must be over zero"),
        ("{ amount = 5 }", "plan[0].fair_use.period: `period` is missing"),
        ("{ amount = 5, period = \"moon\" }", "plan[0].fair_use.period: \"moon\" is none of the choices"),
        ("{ period = \"month\" }", "plan[0].fair_use.amount: a fair-use cap needs its amount"),
        ("{ published = false, amount = 5 }", "plan[0].fair_use.amount: is stated, but the cap is said not to be published"),
        ("{ publishd = false }", "plan[0].fair_use.publishd: there is no such key"),
    ] {
        let found = problems_of(&plan(text));
        assert!(found.iter().any(|found| found.starts_with("x.toml:") && found.contains(problem)), "{text}: {found:?}");
    }
}

#[test]
fn a_price_per_credit_may_say_how_well_it_is_known() {
    let plan = |price: &str| minimal("", &format!("[[plan]]\nid = \"pro\"\nname = \"Pro\"\nprice_per_credit = {price}\n"));
    let price = |text: &str| {
        let definition = Definition::parse(&plan(text), None).unwrap();
        definition.price_per_credit(Some(&"pro".parse().unwrap()), &AccountSettings::default()).unwrap()
    };
    let about = price("{ amount = \"0.02\", currency = \"USD\", about = true, grade = \"C\", source = \"a listing\" }");
    assert_eq!(about.footing().unwrap(), "about 0.02 USD each: X Pro, a listing, grade C");
    assert_eq!(price("{ amount = 1, currency = \"EUR\" }").footing().unwrap(), "1.00 EUR each: X Pro");
    let sandbox = AccountSettings { sandbox: true, ..AccountSettings::default() };
    let definition = Definition::parse(&plan("{ amount = 1, currency = \"EUR\" }"), None).unwrap();
    assert_eq!(definition.price_per_credit(Some(&"pro".parse().unwrap()), &sandbox), None, "a sandbox key is free");
    assert!(
        problems_of(&plan("{ amount = 1, currency = \"EUR\", grade = \"D\" }"))[0]
            .contains("price_per_credit.grade: \"D\" is none of the choices")
    );
}
