//! The samples of the contract, field for field.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::*;
use crate::catalog::Catalog;
use crate::cli::view::{AccountView, QuoteView};
use crate::credit::*;

/// JSON that keeps the order of its fields and the digits of its numbers.
#[derive(Debug, PartialEq)]
enum Node {
    Leaf(String),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Node;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }
            fn visit_unit<E>(self) -> Result<Node, E> {
                Ok(Node::Leaf("null".to_owned()))
            }
            fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
                Ok(Node::Leaf(value.to_string()))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
                Ok(Node::Leaf(value.to_string()))
            }
            fn visit_str<E>(self, value: &str) -> Result<Node, E> {
                Ok(Node::Leaf(format!("{value:?}")))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
                let mut nodes = Vec::new();
                while let Some(node) = list.next_element()? {
                    nodes.push(node);
                }
                Ok(Node::List(nodes))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Node, A::Error> {
                let mut fields: Vec<(String, Node)> = Vec::new();
                while let Some(field) = object.next_entry()? {
                    fields.push(field);
                }
                // This is how exact numbers arrive.
                if let [(name, Node::Leaf(digits))] = fields.as_slice()
                    && name.contains("Number")
                {
                    return Ok(Node::Leaf(digits.trim_matches('"').to_owned()));
                }
                Ok(Node::Object(fields))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// Whether `actual` has all of `sample`, its fields in the same order and before any other field.
fn assert_extends(path: &str, actual: &Node, sample: &Node) {
    match (actual, sample) {
        (Node::Object(actual), Node::Object(sample)) => {
            for (place, (name, expected)) in sample.iter().enumerate() {
                let (found, value) = actual.get(place).unwrap_or_else(|| panic!("{path}.{name} is missing"));
                assert_eq!(found, name, "field {place} of {path}");
                assert_extends(&format!("{path}.{name}"), value, expected);
            }
        }
        (Node::List(actual), Node::List(sample)) => {
            assert_eq!(actual.len(), sample.len(), "{path}");
            for (place, (actual, sample)) in actual.iter().zip(sample).enumerate() {
                assert_extends(&format!("{path}[{place}]"), actual, sample);
            }
        }
        (actual, sample) => assert_eq!(actual, sample, "{path}"),
    }
}

const STATUS: &str = r#"
{"schema":"creditop.status.v1","at":"2026-11-20T09:00:00Z","accounts":[
 {"id":"studio","name":"Studio","provider":"imaginepro","plan":"STARTER","customer":null,"email":"owner@example.com","tags":[],
  "unit":"credits","source":"polled","state":"ok",
  "observed_at":"2026-11-20T08:59:58Z","error":null,
  "total":2600,"known_total":2600,"held":0,"spendable":2600,"unknown":[],
  "subscription_ends_at":"2026-12-07T14:30:00Z",
  "buckets":[
   {"id":"monthly","name":"Monthly","kind":"recurring","draw_order":1,"remaining":1600,"capacity":1600,
    "resets_at":"2026-12-07T14:30:00Z","resets_to":1600,"reset_source":"estimated","expires_at":null,"unknown":[],"lots":[]},
   {"id":"extra","name":"Extra","kind":"purchased","draw_order":2,"remaining":1000,"capacity":null,
    "resets_at":null,"resets_to":null,"reset_source":null,"expires_at":null,"unknown":[],"lots":[]}],
  "uncovered":[],
  "warnings":[],
  "next_change":{"kind":"reset","at":"2026-12-07T14:30:00Z","bucket":"monthly","amount":1600},
  "forecast":{"burn_per_day":null,"runs_out_at":null,"lapses":[]}}]}"#;

const QUOTE: &str = r#"
{"schema":"creditop.quote.v1","at":"2026-11-20T09:00:00Z","quotes":[
 {"account":"studio","unit":"credits",
  "lines":[{"action":"imagine","variant":null,"quantity":165,"unit_cost":10,"cost":1650,"covered_quantity":165,
            "draws":[{"bucket":"monthly","lot":null,"amount":1600},{"bucket":"extra","lot":null,"amount":50}]}],
  "total":1650,"affordable":true,"shortfall":0,"affordable_at":"2026-11-20T09:00:00Z",
  "before":[{"bucket":"monthly","remaining":1600},{"bucket":"extra","remaining":1000}],
  "after":[{"bucket":"monthly","remaining":0},{"bucket":"extra","remaining":950}],
  "advice":[{"kind":"wait-for-reset","at":"2026-12-07T14:30:00Z","saves":50,"bucket":"extra","text":"…"}]}]}"#;

fn t(text: &str) -> Instant {
    parse_instant(text).unwrap()
}

fn n(text: &str) -> Amount {
    text.parse().unwrap()
}

fn known(text: &str) -> Figure {
    Figure::Known(n(text))
}

fn bucket(id: &str, remaining: Figure) -> BucketStatus {
    BucketStatus {
        id: BucketId::new(id).unwrap(),
        name: "Extra".to_owned(),
        kind: BucketKind::Purchased,
        draw_order: 2,
        remaining,
        known: remaining.known().unwrap_or_default(),
        shown: None,
        capacity: None,
        full: None,
        used: None,
        resets_at: None,
        resets_to: None,
        reset_source: None,
        reset_evidence: Vec::new(),
        if_renewed: false,
        expires_at: None,
        source: FigureSource::Reported,
        lots: Vec::new(),
    }
}

fn studio() -> AccountStatus {
    let monthly = BucketStatus {
        name: "Monthly".to_owned(),
        kind: BucketKind::Recurring,
        draw_order: 1,
        capacity: Some(known("1600")),
        resets_at: Some(t("2026-12-07T14:30:00Z")),
        resets_to: Some(known("1600")),
        reset_source: Some(FigureSource::Estimated),
        reset_evidence: Vec::new(),
        if_renewed: true,
        ..bucket("monthly", known("1600"))
    };
    let reset = NextChange {
        kind: ChangeKind::Reset,
        at: t("2026-12-07T14:30:00Z"),
        bucket: Some(BucketId::new("monthly").unwrap()),
        amount: Some(known("1600")),
        held: Amount::ZERO,
        approximate: true,
        if_renewed: true,
    };
    AccountStatus {
        at: t("2026-11-20T09:00:00Z"),
        profile: Profile {
            id: AccountId::new("studio").unwrap(),
            name: "Studio".to_owned(),
            provider: ProviderId::new("imaginepro").unwrap(),
            provider_name: "ImaginePro".to_owned(),
            unit: "credits".to_owned(),
            customer: None,
            tags: Vec::new(),
            thresholds: Thresholds::default(),
            pool: None,
        },
        plan: Some(PlanId::new("STARTER").unwrap()),
        email: Some("owner@example.com".to_owned()),
        source: Source::Polled,
        state: AccountState::Ok,
        reliance: Reliance::Fresh,
        observed_at: Some(t("2026-11-20T08:59:58Z")),
        told_by: None,
        failure: None,
        next_poll_at: None,
        total: known("2600"),
        known_total: known("2600"),
        held: Amount::ZERO,
        spendable: known("2600"),
        subscription_ends_at: Some(t("2026-12-07T14:30:00Z")),
        buckets: vec![monthly, bucket("extra", known("1000"))],
        holds: Vec::new(),
        fair_use: None,
        uncovered: Vec::new(),
        uncounted_buckets: Vec::new(),
        warnings: Vec::new(),
        next_change: Some(reset.clone()),
        coming: vec![reset],
        events: Vec::new(),
        spends_since: None,
        if_renewed: false,
        forecast: Forecast::default(),
        why_next: String::new(),
    }
}

fn quote() -> Quote {
    let draw = |bucket: &str, amount: &str| Draw { bucket: BucketId::new(bucket).unwrap(), lot: None, amount: n(amount) };
    let level = |bucket: &str, amount: &str| (BucketId::new(bucket).unwrap(), known(amount));
    let at = t("2026-11-20T09:00:00Z");
    Quote {
        account: AccountId::new("studio").unwrap(),
        unit: "credits".to_owned(),
        at,
        lines: vec![QuoteLine {
            action: ActionId::new("imagine").unwrap(),
            variant: None,
            name: "Imagine".to_owned(),
            unit: "call".to_owned(),
            quantity: n("165"),
            unit_cost: Some(n("10")),
            cost: Some(n("1650")),
            covered_quantity: n("165"),
            draws: vec![draw("monthly", "1600"), draw("extra", "50")],
        }],
        total: Some(n("1650")),
        known_total: n("1650"),
        money: None,
        new_money: None,
        price: None,
        plan: None,
        fair_use: None,
        affordable: Affordable::Yes,
        shortfall: Some(Amount::ZERO),
        affordable_at: AffordableAt::At { at, approximate: false, if_renewed: false },
        reliance: Reliance::Fresh,
        split: Split::AtOnce,
        unsure: Vec::new(),
        with_holds: Vec::new(),
        held: Amount::ZERO,
        before: vec![level("monthly", "1600"), level("extra", "1000")],
        after: vec![level("monthly", "0"), level("extra", "950")],
        waterfall: Vec::new(),
        advice: vec![Advice {
            kind: AdviceKind::WaitForReset,
            at: Some(t("2026-12-07T14:30:00Z")),
            saves: Some(n("50")),
            bucket: Some(BucketId::new("extra").unwrap()),
            account: None,
            money: None,
            text: "…".to_owned(),
            parts: Vec::new(),
            plan: None,
        }],
    }
}

fn quote_json(quote: Quote) -> String {
    let view = QuoteView { asked_at: quote.at, quote, status: studio(), unpolled: None, after: Vec::new(), notes: Vec::new() };
    serde_json::to_string(&QuoteDocument::new(t("2026-11-20T09:00:00Z"), &[view], Vec::new())).unwrap()
}

fn status_json(status: AccountStatus) -> String {
    let definition = Catalog::builtin().get(status.profile.provider.as_str()).unwrap().clone();
    let view = AccountView { status, definition, unpolled: None, fault: None };
    serde_json::to_string(&StatusDocument::new(t("2026-11-20T09:00:00Z"), &[view])).unwrap()
}

#[test]
fn contract_status_sample_field_for_field() {
    let actual: Node = serde_json::from_str(&status_json(studio())).unwrap();
    assert_extends("status", &actual, &serde_json::from_str(STATUS).unwrap());
}

#[test]
fn contract_quote_sample_field_for_field() {
    let actual: Node = serde_json::from_str(&quote_json(quote())).unwrap();
    assert_extends("quote", &actual, &serde_json::from_str(QUOTE).unwrap());
}

#[test]
fn contract_unknown_unlimited_and_not_applicable_differ() {
    let mut status = studio();
    status.total = Figure::Unknown;
    status.spendable = Figure::Unknown;
    status.known_total = known("0.6336833840314097");
    status.buckets = vec![
        BucketStatus { reset_source: Some(FigureSource::Unknown), ..bucket("monthly", Figure::Unknown) },
        BucketStatus { capacity: Some(Figure::Unlimited), used: Some(n("7")), ..bucket("all", Figure::Unlimited) },
    ];
    let json = status_json(status);
    assert!(
        json.contains(
            r#""total":null,"known_total":0.6336833840314097,"held":0,"spendable":null,"unknown":["total","spendable"]"#
        )
    );
    assert!(json.contains(r#""remaining":null,"capacity":null,"#), "{json}");
    assert!(json.contains(r#""unknown":["remaining","resets_at","resets_to"]"#), "{json}");
    assert!(json.contains(r#""remaining":"unlimited","capacity":"unlimited""#), "{json}");
}

#[test]
fn contract_missing_price_and_unknown_answer_are_listed() {
    let mut quote = quote();
    quote.total = None;
    quote.shortfall = None;
    quote.affordable = Affordable::Unknown;
    quote.affordable_at = AffordableAt::Unknown;
    quote.lines[0].unit_cost = None;
    quote.lines[0].cost = None;
    let json = quote_json(quote.clone());
    assert!(json.contains(r#""unknown":["total","affordable","shortfall","affordable_at"]"#), "{json}");
    assert!(json.contains(r#""unknown":["unit_cost","cost"]"#), "{json}");
    assert!(json.contains(r#""affordable":null"#), "{json}");
    (quote.affordable_at, quote.split) = (AffordableAt::Never, Split::Never);
    let json = quote_json(quote);
    assert!(json.contains(r#""affordable_at":null"#) && json.contains(r#""split":null,"horizon":null"#), "{json}");
    assert!(json.contains(r#""unknown":["total","affordable","shortfall"]"#), "{json}");
}

#[test]
fn contract_a_split_and_a_horizon_are_told_apart_from_never() {
    let mut quote = quote();
    quote.affordable = Affordable::No;
    quote.affordable_at = AffordableAt::Never;
    let part = |at: &str, quantity: &str| SplitPart {
        at: t(at),
        approximate: false,
        if_renewed: false,
        line: 0,
        action: ActionId::new("imagine").unwrap(),
        variant: None,
        name: "Imagine".to_owned(),
        unit: "call".to_owned(),
        quantity: n(quantity),
    };
    quote.split = Split::Parts(vec![part("2026-11-20T09:00:00Z", "160"), part("2026-12-07T14:30:00Z", "5")]);
    let json: serde_json::Value = serde_json::from_str(&quote_json(quote.clone())).unwrap();
    let told = &json["quotes"][0];
    for (place, at, quantity) in [(0, "2026-11-20T09:00:00Z", 160), (1, "2026-12-07T14:30:00Z", 5)] {
        let part = &told["split"][place];
        assert_eq!((&part["at"], &part["action"]), (&serde_json::json!(at), &serde_json::json!("imagine")));
        assert_eq!((&part["variant"], &part["quantity"]), (&serde_json::json!(null), &serde_json::json!(quantity)));
    }
    assert_eq!((&told["affordable_at"], &told["horizon"]), (&serde_json::json!(null), &serde_json::json!(null)));
    // Parts that go on beyond the search: not "never".
    let end = t("2028-01-20T09:00:00Z");
    for (affordable_at, split) in
        [(AffordableAt::Never, Split::NotWithin(end)), (AffordableAt::NotWithin(end), Split::NotWithin(end))]
    {
        (quote.affordable_at, quote.split) = (affordable_at, split);
        let json = quote_json(quote.clone());
        assert!(json.contains(r#""split":null,"horizon":"2028-01-20T09:00:00Z""#), "{json}");
    }
    // Not all at once for sure, and nobody knows about parts: neither can be told.
    (quote.affordable_at, quote.split) = (AffordableAt::Never, Split::Unknown);
    assert!(quote_json(quote).contains(r#""unknown":["affordable_at","split"]"#));
}

#[test]
fn contract_what_was_never_polled_is_unknown_and_not_inapplicable() {
    let mut status = studio();
    status.state = AccountState::Pending;
    (status.plan, status.email, status.observed_at, status.subscription_ends_at) = (None, None, None, None);
    (status.total, status.spendable, status.known_total) = (Figure::Unknown, Figure::Unknown, known("0"));
    let monthly = &mut status.buckets[0];
    (monthly.remaining, monthly.capacity) = (Figure::Unknown, None);
    (monthly.resets_at, monthly.resets_to, monthly.reset_source) = (None, None, Some(FigureSource::Unknown));
    let json = status_json(status.clone());
    assert!(json.contains(r#""unknown":["plan","email","total","spendable","subscription_ends_at"]"#), "{json}");
    assert!(json.contains(r#""unknown":["remaining","capacity","resets_at","resets_to"]"#), "{json}");
    // Photoroom tells neither an e-mail nor the end of a subscription: there these don't apply.
    status.profile.provider = ProviderId::new("photoroom").unwrap();
    assert!(status_json(status).contains(r#""unknown":["plan","total","spendable"]"#));
}

#[test]
fn p7_quotes_say_what_they_and_their_advice_rest_on() {
    let json = quote_json(quote());
    assert!(json.contains(r#""text":"…","approximate":true,"if_renewed":true,"account":null,"money":null}]"#), "{json}");
    assert!(json.contains(r#""state":"ok","observed_at":"2026-11-20T08:59:58Z","stale":null"#), "{json}");
    let mut buy = quote();
    buy.advice[0].kind = AdviceKind::Buy;
    assert!(quote_json(buy).contains(r#""text":"…","approximate":false,"if_renewed":false,"account":null,"money":null}]"#));
}

#[test]
fn contract_failures_lots_and_uncovered_spends() {
    let mut status = studio();
    status.failure = Some(Failure {
        kind: FailureKind::Unauthorized,
        message: "bad\u{1b}[31m key".to_owned(),
        at: t("2026-11-20T08:00:00Z"),
        retry_at: None,
        or_out_of_credit: false,
    });
    status.uncovered = vec![Uncovered { reference: Ref::new("job-7").unwrap(), amount: n("3") }];
    status.buckets[1].lots = vec![LotStatus {
        reference: Ref::new("inv-1").unwrap(),
        granted: known("100"),
        remaining: known("40"),
        granted_at: t("2026-03-01T00:00:00Z"),
        effective_at: t("2026-03-01T00:00:00Z"),
        expires_at: None,
        draw_order: Some(1),
    }];
    let json = status_json(status);
    assert!(json.contains(r#""error":{"kind":"unauthorized","message":"bad[31m key","retry_at":null}"#), "{json}");
    assert!(json.contains(r#""uncovered":[{"ref":"job-7","amount":3}]"#), "{json}");
    let lot = r#"{"ref":"inv-1","granted":100,"remaining":40,"effective_at":"2026-03-01T00:00:00Z","expires_at":null"#;
    assert!(json.contains(lot), "{json}");
}
