use proptest::prelude::*;

use super::*;
use crate::catalog::GateValues;

fn now() -> Instant {
    parse_instant("2026-11-20T09:00:00Z").unwrap()
}

fn path(text: &str) -> JsonPath {
    text.parse().unwrap()
}

fn term(at: &str) -> FigureTerm {
    let number = NumberType::Number;
    FigureTerm { path: path(at), filter: None, minus: None, number, scale: Amount::ONE, null: None, empty: None }
}

fn figure(alternatives: impl IntoIterator<Item = FigureTerm>) -> FigureRule {
    FigureRule { alternatives: alternatives.into_iter().collect() }
}

/// Rules for one bucket's remaining figure and nothing else.
fn remaining(term: FigureTerm) -> Extraction {
    let bucket = BucketFigures { bucket: "credits".parse().unwrap(), remaining: figure([term]), capacity: None };
    Extraction { buckets: vec![bucket], ..Extraction::default() }
}

/// The rules of an answer such as ImaginePro's.
fn account_info() -> Extraction {
    let text = |at: &str| Some(TextRule { path: path(at), optional: false });
    let ends_at = InstantRule { path: path("/expiredAt"), format: InstantFormat::Rfc3339, optional: false };
    let integer = |at: &str| figure([FigureTerm { number: NumberType::Integer, ..term(at) }]);
    let bucket = |id: &str, at: &str, capacity: Option<&str>| BucketFigures {
        bucket: id.parse().unwrap(),
        remaining: integer(at),
        capacity: capacity.map(integer),
    };
    Extraction {
        gates: Vec::new(),
        plan: text("/type"),
        email: text("/email"),
        subscription_ends_at: Some(ends_at),
        buckets: vec![bucket("monthly", "/credits", Some("/creditsQuota")), bucket("extra", "/creditsExtra", None)],
    }
}

fn read(rules: &Extraction, body: &str) -> Result<Sighting, AnswerError> {
    extract(rules, body.as_bytes(), &"studio".parse().unwrap(), now())
}

fn first(rules: &Extraction, body: &str) -> Figure {
    read(rules, body).unwrap().buckets[0].remaining
}

fn refused(rules: &Extraction, body: &str) -> String {
    let error = read(rules, body).unwrap_err();
    assert_eq!(error.kind, FailureKind::Malformed, "{error}");
    error.to_string()
}

fn known(text: &str) -> Figure {
    Figure::Known(text.parse().unwrap())
}

const INFO: &str = r#"{"type":"STARTER","creditsQuota":1600,"credits":1600,"creditsExtra":1000,
    "expiredAt":"2022-10-07T14:30:00.000Z","email":"xxx@gmail.com","secret":"not mapped"}"#;

#[test]
fn p6_only_mapped_fields_leave_the_answer() {
    let seen = read(&account_info(), INFO).unwrap();
    assert_eq!(seen.plan.as_ref().map(PlanId::as_str), Some("STARTER"));
    assert_eq!(seen.email.as_deref(), Some("xxx@gmail.com"));
    assert_eq!(seen.subscription_ends_at, parse_instant("2022-10-07T14:30:00Z").ok());
    assert_eq!((seen.at, seen.last_seen_at), (now(), now()));
    assert_eq!(seen.buckets[0].remaining, known("1600"));
    assert_eq!(seen.buckets[0].capacity, Some(known("1600")));
    assert_eq!((seen.buckets[1].remaining, seen.buckets[1].capacity), (known("1000"), None));
    assert!(!format!("{seen:?}").contains("not mapped"));
}

#[test]
fn p2_malformed_names_the_path_and_what_was_found() {
    let spoil = |from: &str, to: &str| refused(&account_info(), &INFO.replace(from, to));
    assert_eq!(spoil(r#""credits":1600,"#, ""), "has no /credits");
    assert_eq!(
        spoil(r#""credits":1600"#, r#""credits":"many""#),
        "has the text \"many\" at /credits where a whole number belongs"
    );
    assert_eq!(spoil(r#""credits":1600"#, r#""credits":null"#), "has null at /credits where a whole number belongs");
    assert_eq!(spoil(r#""credits":1600"#, r#""credits":[1]"#), "has a list at /credits where a whole number belongs");
    assert_eq!(spoil(r#""credits":1600"#, r#""credits":1.5"#), "has 1.5 at /credits where a whole number belongs");
    assert_eq!(spoil(r#""STARTER""#, "7"), "has a number at /type where a text belongs");
    assert_eq!(
        spoil("2022-10-07", "2022-13-07"),
        "has the text \"2022-13-07T14:30:00.000Z\" at /expiredAt where an RFC 3339 time belongs"
    );
    assert_eq!(spoil(r#""2022-10-07T14:30:00.000Z""#, "null"), "has null at /expiredAt where an RFC 3339 time belongs");
    let digits = "1".repeat(40);
    let long = format!(r#""credits":{digits}"#);
    assert_eq!(spoil(r#""credits":1600"#, &long), "has a number at /credits that is more than 28 digits");
    assert_eq!(refused(&account_info(), "[]"), "has no /type");
    assert_eq!(refused(&account_info(), "null"), "is null, not an object");
    assert_eq!(refused(&account_info(), "<html>"), "looks like a web page, not like JSON");
}

#[test]
fn p2_an_end_after_all_years_is_none_and_takes_no_figure_away() {
    let with = |end: &str| INFO.replace(r#""2022-10-07T14:30:00.000Z""#, end);
    for never in [r#""9999-12-31T23:59:59Z""#, r#""2200-01-01T00:00:00Z""#, r#""9999-12-31T23:59:59-12:00""#] {
        let seen = read(&account_info(), &with(never)).unwrap();
        assert_eq!((seen.subscription_ends_at, seen.buckets[0].remaining), (None, known("1600")), "{never}");
    }
    let last = read(&account_info(), &with(r#""2199-12-31T23:59:59Z""#)).unwrap();
    assert_eq!(last.subscription_ends_at, parse_instant("2199-12-31T23:59:59Z").ok());
    assert_eq!(
        refused(&account_info(), &with(r#""0001-01-01T00:00:00Z""#)),
        "has a time before 1970 at /expiredAt: 0001-01-01T00:00:00Z"
    );
    for (format, never, ends, before) in [
        (InstantFormat::UnixSeconds, "253402300799", "1669000000", "-1"),
        (InstantFormat::UnixMilliseconds, "253402300799000", "1669000000000", "-1"),
    ] {
        let mut rules = account_info();
        rules.subscription_ends_at.as_mut().unwrap().format = format;
        assert_eq!(read(&rules, &with(never)).unwrap().subscription_ends_at, None, "{never}");
        for wrong in ["1669000000000000", "9223372036854775807", "18446744073709551615"] {
            assert!(refused(&rules, &with(wrong)).contains("where a time in whole"), "{wrong}");
        }
        assert_eq!(read(&rules, &with(ends)).unwrap().subscription_ends_at, parse_instant("2022-11-21T03:06:40Z").ok());
        assert_eq!(refused(&rules, &with(before)).split(':').next(), Some("has a time before 1970 at /expiredAt"));
        assert!(refused(&rules, &with("1.5")).contains("where a time in whole"));
    }
}

#[test]
fn s09_what_remains_may_be_below_zero_but_a_capacity_not_and_sums_must_fit() {
    let spoil = |from: &str, to: &str| INFO.replace(from, to);
    let seen = read(&account_info(), &spoil(r#""credits":1600"#, r#""credits":-5"#)).unwrap();
    assert_eq!(seen.buckets[0].remaining, known("-5"));
    assert_eq!(
        refused(&account_info(), &spoil(r#""creditsQuota":1600"#, r#""creditsQuota":-10"#)),
        "has -10 at /creditsQuota where a capacity belongs, which is never negative"
    );
    let nines = "9".repeat(28);
    assert_eq!(
        refused(&account_info(), &spoil(r#""credits":1600"#, &format!(r#""credits":{nines}"#))),
        "has figures for monthly and extra whose sum can't be kept: larger than 28 digits can hold"
    );
    let disguised = spoil(r#""credits":1600"#, r#""credits":{"$serde_json::private::Number":"1600"}"#);
    assert!(refused(&account_info(), &disguised).contains("$serde_json::private::Number"));
}

#[test]
fn p6_text_of_an_answer_is_made_plain() {
    let seen = read(&account_info(), &INFO.replace("STARTER", r"\u001b[31mPRO\u0007\n ")).unwrap();
    assert_eq!(seen.plan.unwrap().as_str(), "[31mPRO");
}

#[test]
fn what_may_be_missing_or_null_is_left_out() {
    let mut rules = account_info();
    rules.plan.as_mut().unwrap().optional = true;
    rules.subscription_ends_at.as_mut().unwrap().optional = true;
    let body = r#"{"type":null,"creditsQuota":1,"credits":1,"creditsExtra":0,"email":"a@b.c"}"#;
    let seen = read(&rules, body).unwrap();
    assert_eq!((seen.plan, seen.subscription_ends_at), (None, None));
    assert_eq!(refused(&rules, &body.replace("null", "7")), "has a number at /type where a text belongs");
}

#[test]
fn a1_numbers_are_taken_digit_by_digit() {
    let rules = remaining(term("/credits"));
    assert_eq!(first(&rules, r#"{"credits":0.6336833840314097}"#), known("0.6336833840314097"));
    assert_eq!(first(&rules, r#"{"credits":1.304e2}"#), known("130.4"));
    assert_eq!(first(&rules, r#"{"credits":-0.0}"#), known("0"));
    assert_eq!(first(&rules, r#"{"credits":-5}"#), known("-5"));
    assert_eq!(refused(&rules, r#"{"credits":1e40}"#), "has a number at /credits that is larger than 28 digits can hold");
}

#[test]
fn numbers_in_texts_are_read_where_the_rules_say_so() {
    let text = remaining(FigureTerm { number: NumberType::Text, ..term("/n") });
    assert_eq!(first(&text, r#"{"n":"110.00"}"#), known("110"));
    assert_eq!(refused(&text, r#"{"n":110}"#), "has a number at /n where a decimal in a text belongs");
    assert_eq!(refused(&text, r#"{"n":"1,5"}"#), "has the text \"1,5\" at /n where a decimal in a text belongs");
    let either = remaining(FigureTerm { number: NumberType::NumberOrText, ..term("/n") });
    assert_eq!((first(&either, r#"{"n":"42"}"#), first(&either, r#"{"n":42}"#)), (known("42"), known("42")));
}

#[test]
fn usage_is_taken_off_and_cents_are_scaled() {
    let minus = remaining(FigureTerm { minus: Some(path("/used")), ..term("/limit") });
    assert_eq!(first(&minus, r#"{"limit":110.5,"used":25.75}"#), known("84.75"));
    assert_eq!(refused(&minus, r#"{"limit":110.5}"#), "has no /used");
    let cents = remaining(FigureTerm { scale: "0.01".parse().unwrap(), ..term("/balance") });
    assert_eq!(first(&cents, r#"{"balance":1234.5}"#), known("12.345"));
}

#[test]
fn elements_of_a_list_are_picked_and_added_up() {
    let filter = ElementFilter { path: path("/status"), is: vec!["online".into(), "1".into()] };
    let picked = FigureTerm { filter: Some(filter), minus: Some(path("/packs/*/used")), ..term("/packs/*/total") };
    let rules = remaining(FigureTerm { empty: Some(Amount::ZERO), ..picked.clone() });
    let body = r#"{"packs":[{"status":"online","total":10,"used":1},{"status":"expired","total":100,"used":0},
        {"status":1,"total":5,"used":0.5}]}"#;
    assert_eq!(first(&rules, body), known("13.5"));
    assert_eq!(first(&rules, r#"{"packs":[]}"#), known("0"));
    assert_eq!(refused(&remaining(picked), r#"{"packs":[]}"#), "has no fitting element for /packs/*/total");
    assert_eq!(refused(&rules, r#"{"packs":[{"status":"online","total":10}]}"#), "has no /packs/0/used");
}

#[test]
fn null_means_what_the_rules_say() {
    let rules = remaining(FigureTerm { null: Some(Figure::Unlimited), ..term("/limit") });
    assert_eq!(first(&rules, r#"{"limit":null}"#), Figure::Unlimited);
    assert_eq!(first(&rules, r#"{"limit":5}"#), known("5"));
    assert_eq!(refused(&rules, "{}"), "has no /limit");
}

#[test]
fn the_first_alternative_that_is_there_counts() {
    let mut rules = remaining(term("/images/available"));
    rules.buckets[0].remaining.alternatives.push(term("/credits/available"));
    assert_eq!(first(&rules, r#"{"credits":{"available":3}}"#), known("3"));
    assert_eq!(first(&rules, r#"{"credits":{"available":3},"images":{"available":4}}"#), known("4"));
    assert_eq!(refused(&rules, "{}"), "has no /images");
}

#[test]
fn instants_may_be_counted_from_1970() {
    let mut rules = remaining(term("/n"));
    let ends = |format| Some(InstantRule { path: path("/end"), format, optional: false });
    rules.subscription_ends_at = ends(InstantFormat::UnixSeconds);
    let at = parse_instant("2026-12-07T14:30:00Z").unwrap();
    let body = |end: String| format!(r#"{{"n":1,"end":{end}}}"#);
    let seconds = body(at.timestamp().to_string());
    assert_eq!(read(&rules, &seconds).unwrap().subscription_ends_at, Some(at));
    assert!(refused(&rules, &body("1e400".into())).ends_with("a time in whole seconds since 1970 belongs"));
    assert!(refused(&rules, &body("99999999999999".into())).contains("/end"));
    rules.subscription_ends_at = ends(InstantFormat::UnixMilliseconds);
    let millis = body(at.timestamp_millis().to_string());
    assert_eq!(read(&rules, &millis).unwrap().subscription_ends_at, Some(at));
}

#[test]
fn a_shut_gate_is_its_own_failure_with_the_provider_s_message() {
    let gate = |pass| Gate {
        path: path("/code"),
        pass,
        kind: FailureKind::Unauthorized,
        means: "the key was not accepted".into(),
        message: Some(path("/message")),
    };
    let mut rules = remaining(term("/n"));
    rules.gates = vec![gate(GateValues::Only(vec!["0".into()]))];
    assert_eq!(first(&rules, r#"{"code":0,"n":5}"#), known("5"));
    let shut = read(&rules, r#"{"code":1,"message":"Key \u001b[1mexpired"}"#).unwrap_err();
    assert_eq!(shut.kind, FailureKind::Unauthorized);
    assert_eq!(shut.to_string(), "says that the key was not accepted (it says \"Key [1mexpired\")");
    assert!(read(&rules, r#"{"n":5}"#).is_err());
    rules.gates = vec![gate(GateValues::AllBut(vec!["past_due".into()]))];
    assert_eq!(first(&rules, r#"{"n":5}"#), known("5"));
    assert!(read(&rules, r#"{"code":"past_due","n":5}"#).is_err());
}

proptest! {
    #[test]
    fn p6_any_bytes_give_an_observation_or_a_plain_error(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Err(error) = extract(&account_info(), &body, &"a".parse().unwrap(), now()) {
            prop_assert!(!error.to_string().chars().any(char::is_control));
        }
    }

    #[test]
    fn p6_any_value_in_a_field_gives_an_observation_or_a_plain_error(value in r#"([0-9.eE+\-]{1,12}|"[ -~\\]{0,6}"|null|\{\}|\[\])"#) {
        for field in ["\"STARTER\"", "1000", "\"2022-10-07T14:30:00.000Z\""] {
            let read = read(&account_info(), &INFO.replace(field, &value));
            prop_assert!(read.is_ok_and(|seen| seen.buckets.len() == 2) || refused_plainly(&INFO.replace(field, &value)));
        }
    }
}

fn refused_plainly(body: &str) -> bool {
    read(&account_info(), body).is_err_and(|error| !error.to_string().chars().any(char::is_control))
}
