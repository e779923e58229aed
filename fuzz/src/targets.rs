//! What is tried: each target takes any bytes, and says whether it could read them. What it reads must hold together.

use std::cell::OnceCell;
use std::rc::Rc;

use chrono_tz::Tz;
use creditop::catalog::{AccountSettings, Catalog, Definition, Extraction};
use creditop::config::Config;
use creditop::credit::{
    AccountId, Amount, Instant, Seq, Toward, When, nearest, parse_date, parse_instant, parse_typed_amount, print_instant,
    print_typed_amount,
};
use creditop::provider::extract;
use creditop::store::{Context, Format, read_batch};
use creditop::tui::{Effect, Message, Model, Setup, Theme, update, view};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::books::{book, now};

/// Something that reads inputs.
pub struct Target {
    pub name: &'static str,
    /// Whether it could read the input; it panics where it reads it wrongly.
    pub run: fn(&[u8]) -> bool,
    /// How many tenths of the runs it gets: what draws screens takes its time.
    pub share: u64,
    pub seeds: &'static [&'static str],
    pub words: &'static [&'static str],
}

pub const TARGETS: [Target; 8] = [
    Target {
        name: "extraction",
        run: extraction,
        share: 10,
        seeds: &[
            r#"{"type":"STARTER","creditsQuota":1600,"credits":1600,"creditsExtra":1000,"expiredAt":"2026-12-07T14:30:00.000Z","email":"xxx@gmail.com"}"#,
            r#"{"images":{"available":100,"subscription":100},"plan":"basic"}"#,
            r#"{"credits":{"available":100.25,"subscription":100}}"#,
            r#"{"code":0,"data":{"packs":[{"status":"online","total":10,"used":1.5,"end":1796653800},{"status":"off","total":1,"used":0}],"limit":null,"text":"110.00"}}"#,
        ],
        words: &[
            "credits",
            "null",
            "true",
            "\"-5\"",
            "[{}]",
            "$serde_json::private::Number",
            "\\u0000",
            "\\ud800",
            "\"online\"",
            "\"limit\"",
        ],
    },
    Target {
        name: "configuration",
        run: configuration,
        share: 10,
        seeds: &[creditop::config::EXAMPLE, CONFIGURATION],
        words: &[
            "[[account]]\n",
            "id = ",
            "provider = \"generic\"\n",
            "interval = \"5m\"\n",
            "key = { env = \"X\" }\n",
            "{ command = [\"x\"] }",
            "plan_changes = [{ from = 2026-06-01, plan = \"plus\" }]\n",
            "1979-05-27T07:32:00Z",
            "\"\"\"",
        ],
    },
    Target {
        name: "definitions",
        run: definitions,
        share: 10,
        seeds: &[
            include_str!("../../assets/providers/imaginepro.toml"),
            include_str!("../../assets/providers/photoroom.toml"),
            include_str!("../../assets/providers/ai-background-studio.toml"),
            include_str!("../../assets/providers/pixpretty.toml"),
            include_str!("../../assets/providers/generic.toml"),
            RICH,
        ],
        words: &[
            "[[bucket]]\n",
            "[[plan]]\n",
            "[[action]]\n",
            "rollover = \"all\"\n",
            "expiry = \"1 year\"\n",
            "{ per_slot = 10 }",
            "\"unlimited\"",
            "\"unknown\"",
            "path = \"/a/*/b\"",
            "plans = [\"x\"]",
        ],
    },
    Target {
        name: "import",
        run: import,
        share: 20,
        seeds: &[
            r#"{"kind":"grant","account":"dealer","at":"2026-03-01T00:00:00Z","bucket":"purchased","amount":500,"expires_at":"2027-03-01T00:00:00Z","priority":0,"ref":"inv-1"}
{"kind":"spend","account":"dealer","at":"2026-03-02T10:00:00Z","amount":3,"action":"replace-background","quantity":3,"ref":"job-7","tags":["a","b"]}
{"kind":"capture","account":"dealer","at":"2026-03-03T11:00:00Z","hold":"plan-1","amount":"20.5","ref":"job-8"}
"#,
            r#"{"kind":"reverse","account":"dealer","at":"yesterday","reverses":"job-7","ref":"fix-1"}
{"kind":"observe","account":"dealer","at":"-3d","bucket":"monthly","remaining":320,"ref":"page-1","note":"x"}
{"kind":"adjust","account":"dealer","at":"2026-03-05","bucket":"monthly","amount":-1}
{"kind":"release","account":"dealer","at":"2026-03-05 12:00","hold":"plan-1"}
{"kind":"hold","account":"dealer","at":"2026-03-02T11:00:00+02:00","amount":1e1,"expires_at":null}
"#,
            "kind,account,at,bucket,amount,expires_at,priority,ref\ngrant,dealer,2026-03-01T00:00:00Z,purchased,500,never,0,inv-1\nspend,dealer,yesterday,,3,,,\"a \"\"b\"\"\"\n",
        ],
        words: &[
            "\"kind\":\"spend\"",
            "\"amount\":",
            "null",
            "\"expires_at\":null",
            "'=1+1",
            "\r",
            "\r\n",
            "\u{feff}",
            "\u{202e}",
            "grant,",
            "\"\"",
            "$serde_json::private::Number",
        ],
    },
    Target {
        name: "instants",
        run: instants,
        share: 30,
        seeds: &[
            "2026-11-20",
            "2026-11-20 14:30",
            "2026-11-20T14:30:59.123456789+02:00",
            "today",
            "yesterday 09:00",
            "fri",
            "-3d",
            "+2w",
            "now",
            "tomorrow",
            "1970-01-01",
            "2199-12-31T23:59:60Z",
            "+18mo",
            "-1h",
        ],
        words: &[
            "+",
            "-",
            "d",
            "w",
            "mo",
            "y",
            "h",
            "min",
            "T",
            "Z",
            ":60",
            "0000",
            "2199-12-31",
            "-02-29",
            "\u{2212}",
            "\u{661}",
            "mon",
            "24:00",
        ],
    },
    Target {
        name: "amounts",
        run: amounts,
        share: 20,
        seeds: &[
            "12",
            "-0.5",
            "1.5e3",
            "1,000",
            "1_000.5",
            "3k",
            "17x",
            "x17",
            "12*25",
            "12×25",
            "1 650",
            "9999999999999999999999999999",
            "0.0000000000000000000000000001",
        ],
        words: &["e", "E+", "k", "x", "*", "\u{202f}", "'", ",000", ".000", "e28", "e-28", "\u{661}"],
    },
    Target {
        name: "queries",
        run: queries,
        share: 2,
        seeds: &["dealer", "low", "müller", "state:low prod", "lapses", "\"photo room\"", "imaginepro studio", "!ok"],
        words: &[" ", "\u{301}", "ß", "🐚", "\u{202e}", ":", "!", "\"", "stale", "key refused"],
    },
    Target {
        name: "keys",
        run: keys,
        share: 2,
        seeds: &[
            "jjl\u{1}kG/dealer\u{1}",
            "c20 imagine\u{1}R",
            "lR10\u{2}\u{2}5\u{1}y",
            "?hold\u{1}\u{3}ppu!",
            "LH",
            "ca5 photos\u{1}+++-tRy",
        ],
        words: &["\u{1}", "\u{3}", "y", "R", "H", "c", "l", "/", "?", "p", "\u{7}\u{1}\u{1}", "replace 20\u{1}"],
    },
];

const CONFIGURATION: &str = r#"
time_zone = "Europe/Berlin"
low_percent = 10
low_below = "5.5"

[[account]]
id = "studio"
name = "Studio"
provider = "imaginepro"
key = { env = "IMAGINEPRO_API_KEY" }
base_url = "http://127.0.0.1:9000"
customer = "Acme"
tags = ["prod", "eu"]
billing_day = 7
interval = "5m"
price_per_credit = { amount = "0.0125", currency = "USD" }
[account.costs]
face-swap = 12

[[account]]
id = "dealer"
provider = "ai-background-studio"
plan = "professional-plus"
slots = 50
reset_day = 1
launch_date = 2026-11-01
since = 2026-10-15
plan_changes = [{ from = 2026-11-05, plan = "premium" }]
"#;

/// A definition with what the built-in ones do without.
const RICH: &str = include_str!("rich.toml");

thread_local! {
    static CATALOG: Rc<Catalog> = Rc::new(Catalog::builtin());
    static EXTRACTIONS: OnceCell<Vec<Extraction>> = const { OnceCell::new() };
    static SCREENS: OnceCell<Model> = const { OnceCell::new() };
}

fn catalog() -> Rc<Catalog> {
    CATALOG.with(Rc::clone)
}

/// Every way in which the definitions take figures out of an answer.
fn extractions() -> Vec<Extraction> {
    let rich = Definition::parse(RICH, None).unwrap_or_else(|problems| panic!("{problems:?}"));
    let catalog = catalog();
    let definitions = catalog.iter().map(|definition| &**definition).chain([&rich]);
    definitions
        .filter_map(|definition| definition.request.as_ref())
        .flat_map(|request| &request.endpoints)
        .map(|endpoint| endpoint.answer.clone())
        .collect()
}

/// Whether a text can steer a terminal.
fn steers(text: &str) -> bool {
    text.chars()
        .any(|c| c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
}

fn extraction(data: &[u8]) -> bool {
    let account = AccountId::new("studio").expect("an id");
    let mut read = false;
    let rules = EXTRACTIONS.with(|all| all.get_or_init(extractions).clone());
    for (place, rules) in rules.iter().enumerate() {
        match extract(rules, data, &account, now()) {
            Ok(seen) => {
                read = true;
                assert!(!seen.email.as_deref().is_some_and(steers), "{:?}", seen.email);
                assert!(!seen.plan.as_ref().is_some_and(|plan| steers(plan.as_str())), "{:?}", seen.plan);
                if place == 0 {
                    // What was taken for good figures can be added up.
                    let status = book("imaginepro", "Studio", &catalog(), vec![seen.recorded_as(Seq(1))]).status(now());
                    assert!(status.is_ok(), "{status:?}");
                }
            }
            Err(error) => assert!(!steers(&error.to_string()), "{error}"),
        }
    }
    read
}

fn configuration(data: &[u8]) -> bool {
    let text = String::from_utf8_lossy(data);
    match Config::parse(&text, None, &catalog()) {
        Ok(_) => true,
        Err(problems) => {
            assert!(!problems.is_empty(), "refused without a problem");
            let lines = text.lines().count() + 1;
            assert!(problems.iter().all(|problem| problem.line.is_none_or(|line| (1..=lines).contains(&line))), "{problems:?}");
            false
        }
    }
}

fn definitions(data: &[u8]) -> bool {
    let text = String::from_utf8_lossy(data);
    match Definition::parse(&text, None) {
        Ok(definition) => {
            let id = AccountId::new("any").expect("an id");
            // Whether settings fit is another question, which has an answer.
            let settings = AccountSettings::default();
            let _ = definition.rules(&id, &settings);
            let _ = definition.price_list(None, &settings);
            true
        }
        Err(problems) => {
            assert!(!problems.is_empty(), "refused without a problem");
            false
        }
    }
}

fn import(data: &[u8]) -> bool {
    let zone = |account: &AccountId| if account.as_str() == "nobody" { Err("dealer".to_owned()) } else { Ok(Tz::Europe__Berlin) };
    let context = Context {
        pricing: &|_, _, _, _, quantity| quantity.times(3.into()).map_err(|error| error.to_string()),
        zone: &zone,
        now: now(),
    };
    let format = if data.trim_ascii_start().first() == Some(&b'{') { Format::JsonLines } else { Format::Csv };
    let batch = read_batch(data, format, &context).expect("memory can be read");
    let lines = data.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
    assert!(batch.bad.iter().all(|error| (1..=lines).contains(&error.line) && !error.what.is_empty()), "{:?}", batch.bad);
    assert!(batch.proposals.len() as u64 <= lines, "more entries than lines");
    !batch.proposals.is_empty() && batch.bad.is_empty()
}

fn instants(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    let mut read = false;
    if let Ok(instant) = parse_instant(text) {
        assert_eq!(parse_instant(&print_instant(instant)), Ok(instant));
        read = true;
    }
    if let Ok(date) = parse_date(text) {
        assert_eq!(parse_date(&date.to_string()), Ok(date));
        read = true;
    }
    if let Ok(when) = text.parse::<When>() {
        let shown = when.to_string();
        assert_eq!(shown.parse::<When>(), Ok(when), "{text:?} is shown as {shown:?}");
        for zone in [Tz::UTC, Tz::Europe__Berlin, Tz::Pacific__Apia, Tz::America__Sao_Paulo] {
            for toward in [Toward::Past, Toward::Future] {
                if let Ok(instant) = when.instant(now(), zone, toward) {
                    assert_eq!(parse_instant(&print_instant(instant)), Ok(instant));
                }
            }
        }
        read = true;
    }
    read
}

fn amounts(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    let mut read = Vec::new();
    if let Ok(amount) = text.parse::<Amount>() {
        assert_eq!(amount.to_string().parse(), Ok(amount), "{text:?}");
        read.push(amount);
    }
    if let Ok(amount) = parse_typed_amount(text) {
        assert_eq!(parse_typed_amount(&print_typed_amount(amount)), Ok(amount), "{text:?}");
        read.push(amount);
    }
    let other: Amount = "-7.25".parse().expect("an amount");
    for amount in &read {
        if let Ok(sum) = amount.plus(other) {
            assert_eq!(sum.minus(other), Ok(*amount), "{text:?}");
        }
        let _ = (amount.times(other), amount.per_day(86_401), amount.seconds_at(Amount::ONE), amount.burned_in(i64::MAX));
        let _ = (amount.percent_of(other.negated()), amount.cells_of(Amount::ONE, u16::MAX), amount.grouped());
        for unit in ["0.3", "7", "0.0000000000000000000000000001", "3.3333333333333333"] {
            let unit: Amount = unit.parse().expect("an amount");
            let units = amount.whole_units(unit);
            assert!(units.is_whole() && !units.is_negative(), "{amount}: {units}");
            if let (true, Ok(all)) = (amount.is_positive(), units.times(unit)) {
                assert!(all <= *amount, "{units} of {unit} do not fit into {amount}");
                let is_most = units.plus(Amount::ONE).is_err();
                assert!(
                    is_most || all.plus(unit).map_or(true, |more| more > *amount),
                    "more than {units} of {unit} fit into {amount}"
                );
            }
        }
    }
    !read.is_empty()
}

/// A dashboard over a few accounts.
fn screens() -> Model {
    SCREENS.with(|model| {
        let made = || {
            let catalog = catalog();
            let rules = extractions();
            let account = AccountId::new("studio").expect("an id");
            let answer = TARGETS.first().and_then(|target| target.seeds.first()).unwrap_or(&"");
            let seen = rules
                .first()
                .and_then(|rules| extract(rules, answer.as_bytes(), &account, now()).ok())
                .map(|seen| seen.recorded_as(Seq(1)));
            let huge = r#"{"images":{"available":9999999999999999999999999999,"subscription":100},"plan":"plus"}"#;
            let rich = rules.iter().filter_map(|rules| extract(rules, huge.as_bytes(), &account, now()).ok());
            let rich = rich.take(1).map(|seen| seen.recorded_as(Seq(1))).collect();
            let books = vec![
                book("imaginepro", "Studio", &catalog, seen.into_iter().collect()),
                book("ai-background-studio", "Dealer North", &catalog, Vec::new()),
                book("generic", "Übrige", &catalog, Vec::new()),
                book("photoroom", "Shop cut-outs", &catalog, rich),
            ];
            let mut model = Model::new(Setup { theme: Theme::dark(), ..Setup::default() });
            update(&mut model, Message::Resized(80, 24), now());
            update(&mut model, Message::Books(books), now());
            model
        };
        model.get_or_init(made).clone()
    })
}

/// The screen as it is drawn now, and when it must be drawn again.
fn picture(model: &Model, now: Instant) -> (Buffer, Option<Instant>) {
    let (width, height) = model.size();
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    let until = view(model, &mut buffer, now).until;
    (buffer, until)
}

fn press(model: &mut Model, code: KeyCode, modifiers: KeyModifiers) -> Vec<Effect> {
    update(model, Message::Key(KeyEvent::new(code, modifiers)), now())
}

fn queries(data: &[u8]) -> bool {
    let text = String::from_utf8_lossy(data);
    let _ = nearest(&text, ["dealer", "Müller", "studio"].into_iter());
    for screen in [None, Some('l'), Some('?')] {
        let mut model = screens();
        if let Some(key) = screen {
            press(&mut model, KeyCode::Char(key), KeyModifiers::NONE);
        }
        if screen != Some('?') {
            press(&mut model, KeyCode::Char('/'), KeyModifiers::NONE);
        }
        update(&mut model, Message::Paste(text.clone().into_owned()), now());
        let (first, _) = picture(&model, now());
        press(&mut model, KeyCode::Enter, KeyModifiers::NONE);
        press(&mut model, KeyCode::Down, KeyModifiers::NONE);
        let _ = picture(&model, now());
        // The same question has the same answer.
        let mut again = screens();
        if let Some(key) = screen {
            press(&mut again, KeyCode::Char(key), KeyModifiers::NONE);
        }
        if screen != Some('?') {
            press(&mut again, KeyCode::Char('/'), KeyModifiers::NONE);
        }
        update(&mut again, Message::Paste(text.clone().into_owned()), now());
        assert!(first == picture(&again, now()).0, "{text:?} is shown in two ways");
    }
    true
}

/// The special keys that the first bytes stand for.
const SPECIAL: [KeyCode; 16] = [
    KeyCode::Null,
    KeyCode::Enter,
    KeyCode::Tab,
    KeyCode::Esc,
    KeyCode::Up,
    KeyCode::Down,
    KeyCode::Left,
    KeyCode::Right,
    KeyCode::Home,
    KeyCode::End,
    KeyCode::PageUp,
    KeyCode::PageDown,
    KeyCode::Backspace,
    KeyCode::Delete,
    KeyCode::BackTab,
    KeyCode::F(5),
];

/// No more is pressed of one input.
const MOST_KEYS: usize = 40;

fn keys(data: &[u8]) -> bool {
    let text = String::from_utf8_lossy(data);
    let mut model = screens();
    let mut asked = false;
    for (number, c) in text.chars().take(MOST_KEYS).enumerate() {
        let code = u32::from(c);
        let effects = match code {
            0..16 => press(&mut model, SPECIAL.get(code as usize).copied().unwrap_or(KeyCode::Enter), KeyModifiers::NONE),
            16..32 => press(&mut model, KeyCode::Char(char::from_u32(code + 80).unwrap_or('c')), KeyModifiers::CONTROL),
            0x100..0x180 => {
                let (columns, rows) =
                    (u16::try_from(code % 16 * 15).unwrap_or(80), u16::try_from(code / 16 % 8 * 7).unwrap_or(24));
                update(&mut model, Message::Resized(columns, rows), now())
            }
            0x180..0x250 => {
                let kinds = [MouseEventKind::Down(MouseButton::Left), MouseEventKind::ScrollDown, MouseEventKind::ScrollUp];
                let kind = kinds.get(code as usize % 3).copied().unwrap_or(MouseEventKind::ScrollUp);
                let (column, row) = (u16::try_from(code % 80).unwrap_or(0), u16::try_from(code % 24).unwrap_or(0));
                update(&mut model, Message::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }), now())
            }
            _ => press(&mut model, KeyCode::Char(c), KeyModifiers::NONE),
        };
        for effect in effects {
            match effect {
                // Nothing is written that was not shown and asked about: the yes is a key of its own.
                Effect::Append { request, drafts } => {
                    assert!(asked && !drafts.is_empty(), "{text:?} writes at once");
                    let what = "The ledger is busy".to_owned();
                    update(&mut model, Message::Refused { request: Some(request), what, hint: None }, now());
                }
                Effect::Quit => return true,
                _ => {}
            }
        }
        asked = number > 0;
        if number % 8 == 7 {
            let _ = picture(&model, now());
        }
    }
    let (_, wake) = picture(&model, now());
    assert!(wake.is_none_or(|wake| wake >= now()));
    true
}
