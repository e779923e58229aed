//! Instants and quantities as people type them (SPEC A6).

use super::fixture::Fixture;

const BERLIN: &str = r#"
[[account]]
id = "dealer"
provider = "ai-background-studio"
plan = "professional-plus"
slots = 50
reset_day = 1
since = 2026-10-15
time_zone = "Europe/Berlin"
"#;

fn recorded_at(fixture: &Fixture, reference: &str) -> String {
    let list = fixture.run(&["ledger", "list", "--ref", reference, "--json"]).ends(0).json();
    list["entries"][0]["at"].as_str().unwrap().to_owned()
}

#[test]
fn a06_what_is_recorded_never_depends_on_the_zone_that_is_shown() {
    let fixture = Fixture::new(BERLIN);
    for (reference, typed, at) in [
        ("a", "2026-11-18", "2026-11-17T23:00:00Z"),
        ("b", "2026-11-18 14:30", "2026-11-18T13:30:00Z"),
        ("c", "yesterday", "2026-11-18T23:00:00Z"),
        ("d", "fri", "2026-11-19T23:00:00Z"),
        ("e", "thu 12:00", "2026-11-19T11:00:00Z"),
        ("f", "-3d", "2026-11-17T09:00:00Z"),
        ("g", "2026-11-18T12:00:00+09:00", "2026-11-18T03:00:00Z"),
    ] {
        let spend = ["ledger", "spend", "-a", "dealer", "--amount", "1", "--ref", reference, "--at", typed, "--tz", "Asia/Tokyo"];
        fixture.run(&spend).ends(0);
        assert_eq!(recorded_at(&fixture, reference), at, "{typed}");
    }
    let hold = ["ledger", "hold", "-a", "dealer", "--amount", "1", "--ref", "h", "--expires-at", "fri", "--tz", "Asia/Tokyo"];
    fixture.run(&hold).ends(0);
    let list = fixture.run(&["ledger", "list", "--ref", "h", "--json"]).ends(0).json();
    assert_eq!(list["entries"][0]["expires_at"], "2026-11-26T23:00:00Z", "what is due is the coming Friday");
}

#[test]
fn a06_a_day_to_look_from_is_that_of_the_account_where_one_is_named() {
    let fixture = Fixture::new(BERLIN);
    fixture.run(&["ledger", "spend", "-a", "dealer", "--amount", "1", "--ref", "early", "--at", "2026-11-17T22:59:59Z"]).ends(0);
    fixture.run(&["ledger", "spend", "-a", "dealer", "--amount", "1", "--ref", "late", "--at", "2026-11-17T23:00:00Z"]).ends(0);
    let refs = |arguments: &[&str]| {
        let list = fixture.run(&[&["ledger", "list", "--json"], arguments].concat()).ends(0).json();
        let refs = list["entries"].as_array().unwrap().iter().map(|entry| entry["ref"].as_str().unwrap().to_owned());
        refs.collect::<Vec<_>>()
    };
    assert_eq!(refs(&["-a", "dealer", "--from", "2026-11-18", "--tz", "Asia/Tokyo"]), ["late"]);
    assert_eq!(refs(&["-a", "dealer", "--to", "2026-11-18"]), ["early"]);
    // Without an account a day is one of the zone that times are shown in.
    assert_eq!(refs(&["--from", "2026-11-18", "--tz", "Asia/Tokyo"]), ["early", "late"]);
    assert_eq!(refs(&["--from", "-2d", "--tz", "UTC"]), Vec::<String>::new());
    assert_eq!(refs(&["--from", "-3d"]), ["early", "late"]);
}

#[test]
fn a06_quantities_are_read_as_people_write_them_or_refused() {
    let fixture = Fixture::hand_kept();
    let cost = |quantity: &str| {
        let line = format!("replace-background={quantity}");
        fixture.run(&["quote", "-a", "dealer", &line, "--json"]).ends(0).json()["quotes"][0]["total"].to_string()
    };
    for (quantity, total) in
        [("1,000", "1000"), ("3k", "3000"), ("12*25", "300"), ("17x", "17"), ("x17", "17"), ("1_000", "1000")]
    {
        assert_eq!(cost(quantity), total, "{quantity}");
    }
    fixture.run(&["quote", "-a", "dealer", "replace-background=1.000"]).ends(2).says(&["either 1000 or 1.0"]);
    fixture.run(&["guard", "-a", "dealer", "--min", "1.000"]).ends(2).says(&["either 1000 or 1.0"]);
    fixture.run(&["guard", "-a", "dealer", "--min", "1,000"]).ends(0);
    let grant = ["ledger", "grant", "-a", "dealer", "--bucket", "purchased", "--amount"];
    assert!(fixture.run(&[grant.as_slice(), &["3k"]].concat()).ends(0).out.replace('\u{202f}', "").contains("3000"));
    fixture.run(&[grant.as_slice(), &["2.500"]].concat()).ends(2).says(&["either 2500 or 2.5"]);
}
