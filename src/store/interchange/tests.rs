use proptest::prelude::*;

use super::*;
use crate::credit::{Entry, EntryBody, Expires};
use crate::spreadsheet::{guarded_exactly, unguarded};
use crate::store::Filter;
use crate::store::testing::{Folder, account, amount, now, reference, rules, t};

/// Every action costs 2; `free-lunch` has no price.
fn pricing(_: &AccountId, _: Instant, action: &ActionId, _: Option<&VariantId>, quantity: Amount) -> Result<Amount, String> {
    if action.as_str() == "free-lunch" {
        return Err("action \"free-lunch\" has no price".to_owned());
    }
    quantity.times(amount("2")).map_err(|error| error.to_string())
}

fn context() -> Context<'static> {
    Context { pricing: &pricing, zone: &|_| Ok(Tz::UTC), now: now() }
}

fn read(text: &str, format: Format) -> Batch {
    read_batch(text.as_bytes(), format, &context()).unwrap()
}

fn problems(batch: &Batch) -> Vec<String> {
    batch.bad.iter().map(ToString::to_string).collect()
}

fn exported(store: &Ledger, format: Format) -> String {
    let mut bytes = Vec::new();
    export(&store.entries_filtered(&Filter::default()).unwrap(), format, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

const SAMPLE: &str = r#"{"kind":"grant","account":"dealer","at":"2026-03-01T00:00:00Z","bucket":"purchased","amount":500,"expires_at":"2027-03-01T00:00:00Z","priority":0,"ref":"inv-1"}
{"kind":"spend","account":"dealer","at":"2026-03-02T10:00:00Z","amount":3,"action":"replace-background","quantity":3,"ref":"job-7"}

{"kind":"hold","account":"dealer","at":"2026-03-02T11:00:00Z","amount":50,"expires_at":"2027-03-09T00:00:00Z","ref":"plan-1"}
{"kind":"capture","account":"dealer","at":"2026-03-03T11:00:00Z","hold":"plan-1","amount":20,"ref":"job-8"}
{"kind":"release","account":"dealer","at":"2026-03-03T12:00:00Z","hold":"plan-1"}
{"kind":"reverse","account":"dealer","at":"2026-03-04T11:00:00Z","reverses":"job-7","ref":"fix-1"}
{"kind":"adjust","account":"dealer","at":"2026-03-04T12:00:00+01:00","bucket":"purchased","amount":"-0.50","note":"=cmd()","tags":["b","a"]}
{"kind":"grant","account":"dealer","at":"2026-03-04T13:00:00Z","bucket":"bonus","amount":1e2,"expires_at":null,"priority":-2,"effective_at":"2026-03-05T00:00:00Z"}
{"kind":"observe","account":"dealer","at":"2026-03-05T11:00:00Z","bucket":"purchased","remaining":320,"ref":"page-1","actor":"jo"}
"#;

#[test]
fn the_lines_of_the_contract_are_read() {
    let batch = read(SAMPLE, Format::JsonLines);
    assert_eq!(problems(&batch), [""; 0]);
    assert_eq!(batch.lines, [1, 2, 4, 5, 6, 7, 8, 9, 10]);
    let body = |index: usize| &batch.proposals[index].draft.body;
    assert_eq!(*body(3), EntryBody::Capture { hold: reference("plan-1"), amount: amount("20") });
    assert_eq!(batch.proposals[6].draft.at, t("2026-03-04T11:00:00Z"));
    assert!(matches!(body(6), EntryBody::Adjust { amount: figure, .. } if *figure == amount("-0.5")));
    assert!(matches!(body(0), EntryBody::Grant(grant) if grant.expires == Expires::At(t("2027-03-01T00:00:00Z"))));
    assert!(
        matches!(body(7), EntryBody::Grant(grant) if grant.expires == Expires::Never && grant.priority == -2 && grant.amount == amount("100"))
    );
    assert!(batch.proposals.iter().all(|proposal| proposal.filled == crate::store::Filled::default()));
}

#[test]
fn a_grant_without_an_expiry_takes_its_buckets_rule() {
    let line = r#"{"kind":"grant","account":"dealer","at":"2026-03-01T00:00:00Z","bucket":"purchased","amount":5}"#;
    assert!(
        matches!(&read(line, Format::JsonLines).proposals[0].draft.body, EntryBody::Grant(grant) if grant.expires == Expires::ByRule)
    );
}

#[test]
fn a_spend_by_quantity_is_priced() {
    let line = |action: &str| {
        format!(r#"{{"kind":"spend","account":"dealer","at":"2026-03-02T10:00:00Z","action":"{action}","quantity":"3"}}"#)
    };
    let batch = read(&line("imagine"), Format::JsonLines);
    assert!(batch.proposals[0].filled.amount);
    assert!(matches!(&batch.proposals[0].draft.body, EntryBody::Spend(spend) if spend.amount == amount("6")));
    assert_eq!(problems(&read(&line("free-lunch"), Format::JsonLines)), ["line 1: action: action \"free-lunch\" has no price"]);
}

#[test]
fn l4_every_problem_of_every_line_is_reported() {
    let text = r#"{"kind":"grnat","account":"dealer","at":"2026-03-01T00:00:00Z"}
{"kind":"grant","account":"de aler","at":"2026-02-30T00:00:00Z","bucket":"purchased","amount":12345678901234567890123456789012345678901}
{"kind":"spend","account":"dealer","at":"2026-03-01T00:00:00Z","amount":1,"ammount":2}
{"kind":"spend","account":"dealer","at":"2026-03-01T00:00:00Z","amount":1,"amount":2}
{"kind":"spend","account":"dealer","at":"2026-03-01T00:00:00Z","amount":1,"bucket":"purchased"}
{"kind":"spend","account":"dealer","at":"2026-03-01T00:00:00Z"}
{"kind":"spend","account":"dealer","amount":true,"at":5}
[1,2]
{"kind":"spend"
{"kind":"spend","account":"dealer","at":"2026-03-01T00:00:00Z","amount":1} x
{"kind":"grant","account":"dealer","at":"2026-03-01T00:00:00Z","bucket":"purchased","amount":1,"priority":1.5,"tags":[1]}
{"kind":"observe","account":"dealer","at":"2026-03-01T00:00:00Z","remaining":"\u001b[31m"}
{"kind":"adjust","account":"dealer","at":"2026-03-01T00:00:00Z","bucket":"purchased","amount":1,"remaining":1}
{"kind":"spend","account":"dealer","at":"2026-03-01T00:00:00Z","amount":{"$serde_json::private::Number":"5"}}
"#;
    let batch = read(text, Format::JsonLines);
    assert_eq!(batch.proposals, []);
    let found = problems(&batch);
    let expected = [
        "line 1: kind: \"grnat\" is no kind of entry (did you mean \"grant\"?)",
        "line 2: account: account \"de aler\" may hold only",
        "line 2: at: \"2026-02-30T00:00:00Z\" is not a day and time that exist",
        "line 2: amount: \"1234567890123456789012345678901234567890\"… is more than 28 digits",
        "line 3: ammount: no field has this name (did you mean \"amount\"?)",
        "line 4: amount: the field is there twice",
        "line 5: bucket: a spend has no such field",
        "line 6: amount: the field is missing: a number, or an action and a quantity",
        "line 7: at: a number is not a day or time",
        "line 7: amount: true or false is not a number",
        "line 8: not a JSON object: it is no object",
        "line 9: not a JSON object: the object is not closed",
        "line 10: not a JSON object: it is broken at column 76",
        "line 11: priority: it is not a whole number",
        "line 11: tags: a list of other things than texts is not a list of texts",
        "line 12: bucket: the field is missing",
        "line 12: remaining: \"\\u{1b}[31m\" is not a decimal number",
        "line 13: remaining: an adjust has no such field",
        "line 14: not an entry: it has the key \"$serde_json::private::Number\"",
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found} is not {expected}");
    }
}

#[test]
fn l4_bad_lines_and_broken_rules_are_reported_together_and_nothing_is_recorded() {
    let ledger = Folder::new();
    let mut store = ledger.open();
    let line = |account: &str, figure: &str, name: &str| {
        format!(
            r#"{{"kind":"grant","account":"{account}","at":"2026-03-01T00:00:00Z","bucket":"purchased","amount":{figure},"ref":"{name}"}}"#
        )
    };
    let text =
        [line("dealer", "1", "a"), line("stranger", "1", "b"), line("dealer", "\"x\"", "c"), line("dealer", "2", "a")].join("\n");
    let error = store.import(&read(&text, Format::JsonLines), &rules, now(), false).unwrap_err();
    let ImportError::Lines(bad) = &error else { panic!("{error}") };
    let found: Vec<_> = bad.iter().map(|error| (error.line, error.field.as_str())).collect();
    assert_eq!(found, [(2, "account"), (3, "amount"), (4, "amount")]);
    assert_eq!(store.accounts().unwrap(), []);
    assert_eq!(error.to_string(), "nothing was imported: 3 problems in the file");
}

#[test]
fn l8_export_import_export_gives_the_same_bytes() {
    for format in [Format::JsonLines, Format::Csv] {
        let (first, second) = (Folder::new(), Folder::new());
        let mut store = first.open();
        let sample = read(SAMPLE, Format::JsonLines);
        let imported = store.import(&sample, &rules, now(), false).unwrap();
        assert_eq!((imported.new, imported.known), (sample.proposals.len(), 0));
        let named: Vec<_> = imported.named.iter().map(|(index, done)| (*index, done.reference.as_str())).collect();
        assert_eq!(named, [(4, "20261120-090000-0005"), (6, "20261120-090000-0007"), (7, "20261120-090000-0008")]);
        let file = exported(&store, format);
        let mut other = second.open();
        let later = t("2026-11-25T00:00:00Z");
        let batch = read(&file, format);
        assert_eq!(problems(&batch), [""; 0], "{file}");
        other.import(&batch, &rules, later, true).unwrap();
        assert_eq!(exported(&other, format).lines().count(), usize::from(format == Format::Csv), "a dry run records nothing");
        other.import(&batch, &rules, later, false).unwrap();
        assert_eq!(exported(&other, format), file);
        let again = store.import(&batch, &rules, later, false).unwrap();
        let known = Imported { known: batch.proposals.len(), ..Imported::default() };
        assert_eq!(again, known, "its own export is known to the first ledger");
        let neutral = |entry: Entry| Entry { recorded_at: now(), ..entry };
        let entries = |store: &Ledger| store.entries(&account("dealer")).unwrap().into_iter().map(neutral).collect::<Vec<_>>();
        assert_eq!(entries(&store), entries(&other));
    }
}

#[test]
fn the_columns_of_an_export_are_the_fields_of_the_contract() {
    let ledger = Folder::new();
    let mut store = ledger.open();
    store.import(&read(SAMPLE, Format::JsonLines), &rules, now(), false).unwrap();
    let json = exported(&store, Format::JsonLines);
    let first = r#"{"kind":"grant","account":"dealer","at":"2026-03-01T00:00:00Z","ref":"inv-1","bucket":"purchased","amount":500,"expires_at":"2027-03-01T00:00:00Z","priority":0,"recorded_at":"2026-11-20T09:00:00Z"}"#;
    assert_eq!(json.lines().next().unwrap(), first);
    let adjust = json.lines().find(|line| line.contains("adjust")).unwrap();
    assert!(
        adjust.ends_with(r#""ref":"20261120-090000-0007","bucket":"purchased","amount":-0.5,"note":"=cmd()","tags":["a","b"],"recorded_at":"2026-11-20T09:00:00Z"}"#),
        "{adjust}"
    );
    let csv = exported(&store, Format::Csv);
    assert_eq!(csv.lines().next().unwrap(), FIELDS.join(","));
    let adjust = csv.lines().find(|line| line.contains("adjust")).unwrap();
    assert_eq!(
        adjust,
        "adjust,dealer,2026-03-04T11:00:00Z,20261120-090000-0007,purchased,-0.5,,,,,,,,,,'=cmd(),,a b,2026-11-20T09:00:00Z"
    );
    assert!(csv.lines().any(|line| line.contains(",never,-2,")), "{csv}");
}

#[test]
fn a_table_is_checked_by_its_header_and_its_lines() {
    let wrong_header = |header: &str| problems(&read(&format!("{header}\nx\n"), Format::Csv));
    assert_eq!(wrong_header("kind,account,at,amuont"), ["line 1: amuont: no column has this name (did you mean \"amount\"?)"]);
    assert_eq!(wrong_header("kind,kind,account,at"), ["line 1: kind: the column is there twice"]);
    assert_eq!(wrong_header("kind,account"), ["line 1: at: the column is missing"]);
    let semicolons = wrong_header("kind;account;at");
    assert_eq!(semicolons, ["line 1: the columns are not separated by commas (save the table with commas as separators)"]);
    let text = "at,kind,account,amount,ref,note\r\n\
                2026-03-01T00:00:00Z,spend,dealer,\"1.5\",\"a,\"\"b\"\"\",\r\n\
                \r\n\
                2026-03-01T00:00:00Z,spend,dealer,1\r\n\
                2026-03-01T00:00:00Z,spend,dealer,1,\"open,x\r\n";
    let batch = read(text, Format::Csv);
    assert_eq!(batch.proposals[0].draft.reference, Some(reference("a,\"b\"")));
    assert_eq!((batch.proposals.len(), batch.proposals[0].draft.note.clone()), (1, None));
    let found = problems(&batch);
    assert_eq!(found[0], "line 4: the line has 4 cells, the header 6");
    assert!(found[1].starts_with("line 5: a quotation mark is not closed") && found.len() == 2, "{found:?}");
}

#[test]
fn an_empty_file_holds_nothing() {
    for format in [Format::JsonLines, Format::Csv] {
        assert_eq!(read("", format), Batch::default());
        assert_eq!(read("\n \r\n", format), Batch::default());
    }
}

/// Any entry of a hand-kept account that no other one needs, as a ledger holds it.
fn any_entry() -> impl Strategy<Value = crate::store::Proposal> {
    let seconds = 0i64..1_700_000_000;
    let later = prop::option::of(0i64..100_000);
    let label = prop::option::of("[a-z@=+-]( ?[!-~äß€]){0,8}");
    let figure = (1u64..u64::MAX, 0u32..20).prop_map(|(mantissa, scale)| amount(&format!("{mantissa}e-{scale}")));
    (0u8..4, seconds, (later.clone(), later), label.clone(), label, figure, 0u8..3).prop_map(
        |(kind, seconds, (effective, recorded), note, actor, figure, expiry)| {
            let at = chrono::DateTime::from_timestamp(seconds, 0).unwrap();
            let after = |span: Option<i64>| span.map(|span| at + chrono::TimeDelta::seconds(span));
            let bucket = crate::store::testing::bucket("bonus");
            let body = match kind {
                0 => EntryBody::Grant(crate::credit::Grant {
                    bucket,
                    amount: figure,
                    effective_at: after(effective),
                    expires: match expiry {
                        0 => Expires::ByRule,
                        1 => Expires::Never,
                        _ => Expires::At(at + chrono::TimeDelta::days(9)),
                    },
                    priority: i32::from(expiry) - 1,
                }),
                1 => EntryBody::Spend(crate::credit::Spend { amount: figure, action: None, variant: None, quantity: None }),
                2 => EntryBody::Adjust { bucket, amount: figure },
                _ => EntryBody::Observe { bucket, remaining: figure },
            };
            let draft = crate::credit::Draft {
                account: account("dealer"),
                at,
                reference: None,
                body,
                note,
                actor,
                tags: Vec::new(),
                must_fit: false,
            };
            crate::store::Proposal { recorded_at: after(recorded), ..draft.into() }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn l8_any_ledger_gives_the_same_bytes_after_export_and_import(proposals in prop::collection::vec(any_entry(), 1..6)) {
        let ledger = Folder::new();
        let mut store = ledger.open();
        // What the rules refuse, as figures past 28 digits, is left out.
        for proposal in proposals {
            let _ = store.append(&[proposal], &rules, now());
        }
        for format in [Format::JsonLines, Format::Csv] {
            let file = exported(&store, format);
            let elsewhere = Folder::new();
            let mut other = elsewhere.open();
            let later = now() + chrono::TimeDelta::days(3);
            other.import(&read(&file, format), &rules, later, false).unwrap();
            prop_assert_eq!(exported(&other, format), file);
        }
    }
}

#[test]
fn l09_an_instant_of_recording_that_can_not_be_is_refused() {
    let ledger = Folder::new();
    let mut store = ledger.open();
    for recorded_at in ["2026-11-21T00:00:00Z", "2026-02-28T00:00:00Z"] {
        let line = format!(
            r#"{{"kind":"spend","account":"dealer","at":"2026-03-01T00:00:00Z","amount":1,"recorded_at":"{recorded_at}"}}"#
        );
        let refused = store.import(&read(&line, Format::JsonLines), &rules, now(), false).unwrap_err();
        let ImportError::Lines(bad) = refused else { panic!("{refused}") };
        assert_eq!(bad[0].field, "recorded_at", "{bad:?}");
    }
}

proptest! {
    #[test]
    fn p6_no_text_cell_starts_a_formula_and_each_comes_back(text in "[-=+@'\t\ra-z\",;]{0,6}") {
        let cell = guarded_exactly(&text);
        prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']));
        prop_assert_eq!(unguarded(&cell), text);
    }

    #[test]
    fn bad_input_never_panics(text in "\\PC{0,80}", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for format in [Format::JsonLines, Format::Csv] {
            read(&text, format);
            read(&format!("kind,account,at\n{text}"), format);
            read_batch(bytes.as_slice(), format, &context()).unwrap();
        }
    }

    #[test]
    fn l8_any_grant_survives_both_formats(
        name in "[!-~]( ?[!-~äß€]){0,8}",
        note in prop::option::of("[ -~äß€]{1,20}"),
        tags in prop::collection::vec("[!-+\\--~]{1,6}", 0..3),
        mantissa in 1u64..u64::MAX,
        scale in 0u32..20,
        priority in any::<i32>(),
        seconds in 0i64..1_700_000_000,
        nanos in 0u32..1_000_000_000,
        expiry in 0u8..3,
    ) {
        let figure = format!("{mantissa}e-{scale}");
        let at = chrono::DateTime::from_timestamp(seconds, nanos).unwrap();
        let expires = [Expires::ByRule, Expires::Never, Expires::At(at + chrono::TimeDelta::days(9))][usize::from(expiry)];
        let mut tags = tags;
        tags.sort();
        tags.dedup();
        let entry = Entry {
            seq: crate::credit::Seq(1),
            account: account("dealer"),
            at,
            recorded_at: now(),
            reference: reference(&name),
            body: EntryBody::Grant(crate::credit::Grant {
                bucket: crate::store::testing::bucket("bonus"),
                amount: amount(&figure),
                effective_at: None,
                expires,
                priority,
            }),
            note,
            actor: None,
            tags,
        };
        for format in [Format::JsonLines, Format::Csv] {
            let mut bytes = Vec::new();
            export([&entry], format, &mut bytes).unwrap();
            let batch = read_batch(bytes.as_slice(), format, &context()).unwrap();
            prop_assert_eq!(&batch.bad, &[]);
            let draft = &batch.proposals[0].draft;
            prop_assert_eq!(
                (&draft.body, draft.at, draft.reference.as_ref(), &draft.note, &draft.tags),
                (&entry.body, at, Some(&entry.reference), &entry.note, &entry.tags)
            );
        }
    }
}

#[test]
fn s04_a_table_that_could_be_read_in_two_ways_is_refused_by_line() {
    let table = |line: &str| {
        let first = "spend,dealer,2026-03-01T00:00:00Z,1,a,\n";
        read(&format!("kind,account,at,amount,ref,note\n{first}spend,dealer,2026-03-01T00:00:00Z,2,b,{line}\n"), Format::Csv)
    };
    for (line, why) in [
        ("x\rspend,dealer,2026-03-01T00:00:00Z,3,c,y", "a carriage return alone"),
        ("\"x\ry\"", "a carriage return alone"),
        ("x\r\r y", "a carriage return alone"),
        ("x\0", "a NUL byte"),
        ("\"x", "a quotation mark is not closed"),
        ("\"x\"y", "text follows the quotation mark that closes a cell"),
        ("\"x\"\"y\"\" z\" \"\"", "text follows the quotation mark that closes a cell"),
        ("x,y", "the line has 7 cells, the header 6"),
    ] {
        let batch = table(line);
        let found = problems(&batch);
        assert!(found.len() == 1 && found[0].starts_with("line 3: ") && found[0].contains(why), "{line:?}: {found:?}");
        assert_eq!(batch.proposals.len(), 1, "{line:?}");
    }
    for (line, note) in
        [("\"x, \"\"y\"\"\"", Some("x, \"y\"")), ("a \"b\" c", Some("a \"b\" c")), ("\"\"", None), ("x\r", Some("x"))]
    {
        let batch = table(line);
        assert_eq!(problems(&batch), [""; 0], "{line:?}");
        assert_eq!(batch.proposals[1].draft.note.as_deref(), note, "{line:?}");
    }
}

#[test]
fn s04_every_way_to_end_lines_is_read_right_or_refused() {
    let lines = ["kind,account,at,amount,ref", "spend,dealer,2026-03-01T00:00:00Z,1,a", "spend,dealer,2026-03-01T00:00:00Z,1,b"];
    for end in ["\n", "\r\n", "\r\r\n"] {
        let batch = read(&lines.join(end), Format::Csv);
        assert_eq!((problems(&batch).len(), batch.proposals.len()), (0, 2), "{end:?}");
    }
    let batch = read(&lines.join("\r"), Format::Csv);
    assert!(problems(&batch)[0].starts_with("line 1: the line holds a carriage return alone"), "{:?}", problems(&batch));
    assert_eq!(batch.proposals, []);
    let bom = format!("\u{feff}{}", lines.join("\n"));
    assert_eq!(read(&bom, Format::Csv).proposals.len(), 2);
}

#[test]
fn s04_utf_16_is_called_by_its_name() {
    let text = "kind,account,at,amount\nspend,dealer,2026-03-01T00:00:00Z,1\n";
    let units = |mark: bool, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        mark.then_some(0xfeff).into_iter().chain(text.encode_utf16()).flat_map(bytes).collect()
    };
    for bytes in [
        units(true, u16::to_le_bytes),
        units(true, u16::to_be_bytes),
        units(false, u16::to_le_bytes),
        units(false, u16::to_be_bytes),
    ] {
        for format in [Format::Csv, Format::JsonLines] {
            let batch = read_batch(bytes.as_slice(), format, &context()).unwrap();
            assert_eq!(batch.proposals, []);
            let first = problems(&batch).remove(0);
            assert!(first.starts_with("line 1: ") && first.contains("UTF-16"), "{first}");
        }
    }
}

#[test]
fn s13_a_new_ref_that_looks_like_another_is_refused_and_told_how_to_write_it() {
    let ledger = Folder::new();
    let mut store = ledger.open();
    for (field, json, instead) in [
        ("ref", r#""ref":"a\u202eb""#, "ab"),
        ("ref", r#""ref":"a\u200bb""#, "ab"),
        ("ref", r#""ref":"Mu\u0308ller""#, "Müller"),
        ("ref", r#""ref":"a\u00a0b""#, "a b"),
        ("actor", r#""actor":"Jo\u2060""#, "Jo"),
        ("tags", r#""tags":["x\u202d"]"#, "x"),
    ] {
        let line = format!(r#"{{"kind":"spend","account":"dealer","at":"2026-03-01T00:00:00Z","amount":1,{json}}}"#);
        let refused = store.import(&read(&line, Format::JsonLines), &rules, now(), false).unwrap_err();
        let ImportError::Lines(bad) = refused else { panic!("{refused}") };
        assert_eq!(bad[0].field, field, "{bad:?}");
        assert!(bad[0].what.contains(&format!("it could be taken for {instead:?}; write that instead")), "{bad:?}");
        assert!(!bad[0].what.contains(crate::credit::is_hidden), "{bad:?}");
    }
    assert_eq!(store.accounts().unwrap(), []);
}

/// The amounts that lines with these figures are read as, or what is wrong with them. `more` is a further column with its cell.
fn spends_of(figures: &[&str], more: (&str, &str)) -> Vec<Result<String, String>> {
    let (column, cell) = more;
    figures
        .iter()
        .map(|figure| {
            let text = format!("kind,account,at,amount,{column}\nspend,dealer,2026-03-01T00:00:00Z,\"{figure}\",{cell}\n");
            let batch = read(&text, Format::Csv);
            let spend = batch.proposals.first().map(|proposal| proposal.draft.body.clone());
            match spend {
                Some(EntryBody::Spend(spend)) => Ok(spend.amount.to_string()),
                _ => Err(problems(&batch).join("; ")),
            }
        })
        .collect()
}

#[test]
fn a06_amounts_in_files_that_people_write_are_read_as_on_the_command_line() {
    let read = spends_of(&["3k", "1,000", "12*25", "1234.567", "0.125", "-0.5"], ("note", ""));
    let expected = ["3000", "1000", "300", "1234.567", "0.125", "-0.5"];
    assert_eq!(read, expected.map(|amount| Ok(amount.to_owned())));
    for (figure, readings) in [("1.000", "either 1000 or 1.0;"), ("1.125", "either 1125 or 1.1250;")] {
        let refused = spends_of(&[figure], ("note", "")).remove(0).unwrap_err();
        assert!(refused.starts_with(&format!("line 2: amount: {figure:?} is {readings}")), "{refused}");
    }
}

#[test]
fn a06_amounts_in_lines_that_were_exported_are_read_to_the_digit() {
    let exported = |figures: &[&str]| spends_of(figures, ("recorded_at", "2026-03-02T00:00:00Z"));
    assert_eq!(exported(&["1.125", "-12.345"]), [Ok("1.125".to_owned()), Ok("-12.345".to_owned())]);
    // No export writes a zero at the end.
    for figure in ["1.000", "1.250"] {
        assert!(exported(&[figure]).remove(0).is_err(), "{figure}");
    }
}

#[test]
fn a06_a_number_of_json_is_exact_and_a_text_of_json_is_what_somebody_wrote() {
    let spend = |figure: &str| {
        let line = format!(r#"{{"kind":"spend","account":"dealer","at":"2026-03-01T00:00:00Z","amount":{figure}}}"#);
        let batch = read(&line, Format::JsonLines);
        batch.proposals.first().map(|proposal| proposal.draft.body.clone())
    };
    for (figure, exact) in [("1.000", "1"), ("1.125", "1.125"), ("\"3k\"", "3000"), ("\"0.50\"", "0.5")] {
        assert!(matches!(spend(figure), Some(EntryBody::Spend(spend)) if spend.amount == amount(exact)), "{figure}");
    }
    for figure in ["\"1.000\"", "\"1.125\""] {
        assert_eq!(spend(figure), None, "{figure}");
    }
}

#[test]
fn a06_three_places_come_back_from_an_export_as_they_were() {
    for format in [Format::Csv, Format::JsonLines] {
        let ledger = Folder::new();
        let mut store = ledger.open();
        let line = r#"{"kind":"grant","account":"dealer","at":"2026-03-01T00:00:00Z","bucket":"bonus","amount":1.125,"ref":"a"}"#;
        store.import(&read(line, Format::JsonLines), &rules, now(), false).unwrap();
        let file = exported(&store, format);
        let elsewhere = Folder::new();
        let mut other = elsewhere.open();
        other.import(&read(&file, format), &rules, now(), false).unwrap();
        assert_eq!(exported(&other, format), file);
        assert!(file.contains("1.125"), "{file}");
    }
}
