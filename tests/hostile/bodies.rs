//! Answers whose HTTP is right and whose body is not: the table.

use crate::answers::{Case, Expected, KEY, fails, is_told};
use crate::wire::{answer, gzipped, ok};

/// A right answer.
pub(crate) const GOOD: &str = r#"{"type":"STARTER","creditsQuota":1600,"credits":1600,"creditsExtra":1000,"expiredAt":"2026-12-07T14:30:00.000Z","email":"owner@example.com"}"#;

/// The right answer with something else in a place.
fn with(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    GOOD.replacen(from, to, 1)
}

/// The right answer with other monthly credits, written as given.
fn credits(value: &str) -> String {
    with(r#""credits":1600"#, &format!(r#""credits":{value}"#))
}

/// The right answer with so many bytes in all.
fn padded(length: usize) -> String {
    let pad = length - GOOD.len() - r#","pad":"""#.len();
    with(r#","email""#, &format!(r#","pad":"{}","email""#, "x".repeat(pad)))
}

fn case(name: &'static str, body: impl AsRef<[u8]>, expected: Expected) -> Case {
    let bytes = ok(body.as_ref());
    Case::new(name, expected, move |connection| connection.send(&bytes))
}

/// Bodies that are no JSON, or not as JSON should be.
pub(crate) fn not_json() -> Vec<Case> {
    let malformed = || fails(&["malformed"]);
    vec![
        case("empty", "", malformed()),
        case("blanks", " \n\t ", malformed()),
        case("web page", "<!DOCTYPE html><html><body>Sign in</body></html>", malformed()),
        case("cut off", &GOOD[..60], malformed()),
        case("two values", format!("{GOOD}{GOOD}"), malformed()),
        case("a comment", format!("/* all */{GOOD}"), malformed()),
        case("a comma too many", with(r#"@example.com"}"#, r#"@example.com",}"#), malformed()),
        case("single quotes", GOOD.replace('"', "'"), malformed()),
        case("a text alone", "\"1600\"", malformed()),
        case("a number alone", "1600", malformed()),
        case("null alone", "null", malformed()),
        case("a list", format!("[{GOOD}]"), malformed()),
        case("an empty object", "{}", malformed()),
        case("a key twice", with(r#""credits":1600"#, r#""credits":5,"credits":1600"#), malformed()),
        case("a key twice, escaped", with(r#""credits":1600"#, r#""cr\u0065dits":5,"credits":1600"#), malformed()),
        case("lists 100,000 deep", "[".repeat(100_000), malformed()),
        case("objects 100,000 deep", r#"{"a":"#.repeat(100_000), malformed()),
        case(
            "deep in a field that nobody reads",
            with(r#","email""#, &format!(r#","x":{}{},"email""#, "[".repeat(5000), "]".repeat(5000))),
            malformed(),
        ),
        case("not UTF-8", [&GOOD.as_bytes()[..40], b"\xff\xfe", &GOOD.as_bytes()[40..]].concat(), malformed()),
        case("UTF-16", GOOD.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(), malformed()),
        case("zero bytes", vec![0; 4096], malformed()),
        case("a mark at the beginning", format!("\u{feff}{GOOD}"), is_told("2600")),
        case("1 MiB and a byte", padded(1024 * 1024 + 1), malformed()),
        case("1 MiB", padded(1024 * 1024), is_told("2600")),
        case("a list of a million", with(r#","email""#, &format!(r#","x":[{}0],"email""#, "0,".repeat(1_000_000))), malformed()),
        case("a list of 400,000", with(r#","email""#, &format!(r#","x":[{}0],"email""#, "0,".repeat(400_000))), is_told("2600")),
        case("a lone surrogate", with("owner@", r"\ud800owner@"), malformed()),
    ]
}

/// Values that can't be, and values that only look as if they couldn't.
pub(crate) fn values() -> Vec<Case> {
    let malformed = || fails(&["malformed"]);
    let mut cases: Vec<Case> = [
        ("a text for a number", r#""1600""#),
        ("a text with blanks", r#"" 1600 ""#),
        ("Arabic digits", "\"\u{661}\u{666}\u{660}\u{660}\""),
        ("NaN", "NaN"),
        ("NaN as a text", r#""NaN""#),
        ("infinity", "Infinity"),
        ("minus infinity", "-Infinity"),
        ("a huge exponent", "1e999999999"),
        ("an exponent beyond all numbers", "1e99999999999999999999"),
        ("a tiny exponent", "1e-999999999"),
        ("a fraction", "1.5"),
        ("hexadecimal", "0x640"),
        ("a leading zero", "01600"),
        ("a plus", "+1600"),
        ("a separator", "1_600"),
        ("29 digits", "12345678901234567890123456789"),
        ("a megabyte of digits", ""),
        ("a truth", "true"),
        ("null", "null"),
        ("a list", "[1600]"),
        ("an object", "{}"),
        ("a number in disguise", r#"{"$serde_json::private::Number":"1600"}"#),
        ("a number in an escaped disguise", r#"{"\u0024serde_json::private::Number":"1600"}"#),
        ("28 nines, and with the others too many", "9999999999999999999999999999"),
    ]
    .into_iter()
    .map(|(name, value)| match name {
        "a megabyte of digits" => case(name, credits(&"9".repeat(1_000_000)), malformed()),
        _ => case(name, credits(value), malformed()),
    })
    .collect();
    cases.extend([
        case("a capacity below zero", with(r#""creditsQuota":1600"#, r#""creditsQuota":-10"#), malformed()),
        case("overdrawn", credits("-5"), is_told("995")),
        case("far overdrawn", credits("-999999999999999999999999999"), is_told("-999999999999999999999998999")),
        case("minus zero", credits("-0"), is_told("1000")),
        case("an exponent that fits", credits("16e2"), is_told("2600")),
        case("a plan that is a number", with(r#""STARTER""#, "7"), malformed()),
        case("a plan that steers the terminal", with("STARTER", r"\u001b]0;owned\u0007\u001b[2J\u202e"), is_told("2600")),
        case("a plan of a hundred kilobytes", with("STARTER", &"P".repeat(100_000)), is_told("2600")),
        case("a plan that is a formula", with("STARTER", "=1+1"), is_told("2600")),
        case("an e-mail that steers the terminal", with("owner@", r"\u001b[31mowner\r\n\u009b2J@"), is_told("2600")),
        case("an e-mail that is the key", with("owner@example.com", KEY), is_told("2600")),
        case("a plan that holds the key", with("STARTER", &format!("for {KEY} only")), is_told("2600")),
        case(
            "a key of the answer that is the account's key",
            with(r#","email""#, &format!(r#","{KEY}":1,"email""#)),
            is_told("2600"),
        ),
        case("no e-mail", with(r#","email":"owner@example.com""#, ""), malformed()),
    ]);
    for (name, date) in [
        ("the year 0", r#""0000-12-07T14:30:00Z""#),
        ("the year 99999", r#""99999-12-07T14:30:00Z""#),
        ("the 30th of February", r#""2026-02-30T14:30:00Z""#),
        ("a day without a zone", r#""2026-12-07T14:30:00""#),
        ("a word for a day", r#""tomorrow""#),
        ("a number for a day", "1796653800"),
    ] {
        cases.push(case(name, with(r#""2026-12-07T14:30:00.000Z""#, date), malformed()));
    }
    cases
}

/// What is packed otherwise than it says.
pub(crate) fn packed() -> Vec<Case> {
    let malformed = || fails(&["malformed"]);
    let coded = |name, coding: &'static str, body: Vec<u8>, expected: Expected| {
        let bytes = answer("200 OK", &[("Content-Encoding", coding)], &body);
        Case::new(name, expected, move |connection| connection.send(&bytes))
    };
    let twice = gzipped(&gzipped(GOOD.as_bytes()));
    let cut = gzipped(GOOD.as_bytes());
    vec![
        coded("gzip", "gzip", gzipped(GOOD.as_bytes()), is_told("2600")),
        coded("a gzip bomb", "gzip", gzipped(&vec![b' '; 64 * 1024 * 1024]), malformed()),
        coded("gzip that is none", "gzip", GOOD.into(), malformed()),
        coded("gzip cut off", "gzip", cut[..cut.len() - 12].to_vec(), fails(&["malformed", "unreachable"])),
        coded("gzip twice", "gzip", twice, malformed()),
        coded("an unknown coding", "br", b"\x8b\x02\x80{}\x03".to_vec(), malformed()),
        coded("a coding of the server's own", "rot13", GOOD.into(), is_told("2600")),
    ]
}
