//! Tables: in a pipe a row is a line, whole and with plain digits; on a terminal they fit.

use std::io::Read;

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

use super::fixture::{Fixture, HAND_KEPT, NOW};

/// Every command that prints a table.
const TABLES: [&[&str]; 19] = [
    &["status"],
    &["status", "--at", "+2w"],
    &["ledger", "history", "-a", "dealer", "--to", "+2w", "--from", "-3d"],
    &["ledger", "list", "-a", "dealer", "--limit", "1"],
    &["quote", "--provider", "photoroom", "--plan", "plus", "--balance", "images=12345", "remove-background=99999"],
    &["providers", "show", "pixpretty"],
    &["accounts", "list"],
    &["accounts", "test"],
    &["ledger", "list"],
    &["ledger", "balance", "-a", "dealer"],
    &["ledger", "history", "-a", "dealer", "--step", "1w"],
    &["quote", "-a", "dealer", "replace-background=1200"],
    &["quote", "dealer/replace-background-and-logo=600", "portraits/generate-image:nano-banana-pro-4k=20"],
    &["quote", "--compare", "-a", "dealer", "-a", "portraits", "replace-background=1200"],
    &["guard", "-a", "dealer", "replace-background=1200"],
    &["providers", "list"],
    &["providers", "show", "photoroom"],
    &["providers", "show", "imaginepro"],
    &["providers", "show", "ai-background-studio"],
];

const LONG_NAME: &str = "Dealer of very fine cars in the north of the country, with a branch abroad";
const LONG_REF: &str = "invoice-2026-11-18-of-the-north";

fn fixture() -> Fixture {
    let fixture = Fixture::new(&HAND_KEPT.replace("\"Dealer\"", &format!("{LONG_NAME:?}")));
    let given = ["ledger", "grant", "-a", "dealer", "--bucket", "purchased", "--amount", "12345678.5", "--at", "2026-11-18"];
    fixture.run(&[&given[..], &["--ref", LONG_REF, "--note", &"why ".repeat(40)]].concat()).ends(0);
    fixture
}

/// What a command prints on a terminal of 80 columns.
fn on_a_terminal(fixture: &Fixture, arguments: &[&str]) -> String {
    let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
    let pty = native_pty_system().openpty(size).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_creditop"));
    command.args(["--now", NOW, "--tz", "UTC", "--no-color"]);
    command.args(arguments);
    command.env("CREDITOP_CONFIG", fixture.path("config.toml"));
    command.env("CREDITOP_DATA_DIR", fixture.path("data"));
    let mut child = pty.slave.spawn_command(command).unwrap();
    drop(pty.slave);
    let mut reader = pty.master.try_clone_reader().unwrap();
    let mut bytes = Vec::new();
    // At the end of a terminal some systems answer with an error.
    let _ = reader.read_to_end(&mut bytes);
    child.wait().unwrap();
    String::from_utf8(bytes).unwrap().replace('\r', "")
}

#[test]
fn words_piped_tables_never_wrap_cut_or_group() {
    let mut narrow = fixture();
    narrow.variable("COLUMNS", "60");
    let wide = fixture();
    for arguments in TABLES {
        let page = narrow.run(arguments).out;
        assert!(!page.is_empty() && !page.contains(['…', '\u{202f}', '\u{1b}']), "{arguments:?}: {page}");
        assert_eq!(page, wide.run(arguments).out, "{arguments:?}: a pipe has no width");
    }
    // The command of a refusal is read by programs too.
    let refused = narrow.run(&["quote", "-a", "dealer", "replace-background=99999999", "--hold"]).ends(1);
    assert!(refused.err.contains("short") && !refused.err.contains('\u{202f}'), "{}", refused.err);
    assert!(narrow.run(&["accounts", "list"]).out.contains(LONG_NAME));
    let list = narrow.run(&["ledger", "list"]).out;
    let row = list.lines().find(|line| line.contains(LONG_REF)).unwrap();
    assert!(row.contains("12345678.5 to Purchased") && row.matches("why").count() == 40, "a row is a line: {list}");
    let status = narrow.run(&["status", "dealer"]).out;
    assert!(status.contains("12346678.5 credits") && status.contains(LONG_NAME), "{status}");
}

#[test]
fn words_tables_on_a_terminal_fit_it_and_group_digits() {
    let fixture = fixture();
    for arguments in TABLES {
        let page = on_a_terminal(&fixture, arguments);
        let long = page.lines().find(|line| line.chars().count() > 80);
        assert!(!page.is_empty() && long.is_none(), "{arguments:?}: {long:?} in {page}");
        // What is listed to be looked up is never cut; the rest may be where a name is too long for any terminal.
        let is_catalog = ["accounts", "providers"].contains(&arguments[0]) && arguments[1] != "test";
        assert!(!is_catalog || !page.contains('…'), "{arguments:?}: {page}");
    }
    let status = on_a_terminal(&fixture, &["status", "dealer"]);
    assert!(status.contains("12\u{202f}346\u{202f}678.5 credits"), "{status}");
    assert!(
        on_a_terminal(&fixture, &["ledger", "list"])
            .contains("2026-11-18 00:00  dealer   grant  invoice-2026-11-18-of-the-north")
    );
}

#[test]
fn s13_an_export_to_a_terminal_steers_nothing_and_one_to_a_pipe_is_exact() {
    let fixture = Fixture::hand_kept();
    let spend = ["ledger", "spend", "-a", "dealer", "--amount", "1", "--ref", "job", "--note", "a\u{202e}b\u{feff}c"];
    fixture.run(&spend).ends(0);
    // What an earlier release or another program may have let in.
    let ledger = rusqlite::Connection::open(fixture.path("data/ledger.db")).unwrap();
    let sql = "INSERT INTO entry (account, at, recorded_at, ref, kind, amount, note, tags) \
               SELECT account, at, recorded_at, 'old', kind, amount, 'x' || char(0x9b, 27) || '[31mred', tags FROM entry";
    ledger.execute(sql, []).unwrap();
    for arguments in
        [&["ledger", "export"][..], &["ledger", "export", "--format", "csv"], &["ledger", "list", "--json"], &["ledger", "list"]]
    {
        let shown = on_a_terminal(&fixture, arguments);
        assert!(shown.contains("job") && shown.contains("old"), "{arguments:?}: {shown}");
        let steers = |c: char| c != '\n' && (c.is_control() || matches!(c, '\u{202e}' | '\u{feff}'));
        assert!(!shown.contains(steers), "{arguments:?}: {shown:?}");
    }
    assert!(on_a_terminal(&fixture, &["ledger", "export"]).contains("a\\u202eb\\ufeffc"), "JSON says the same by escapes");
    let exact = fixture.run(&["ledger", "export", "--format", "csv"]).ends(0).out;
    assert!(exact.contains("a\u{202e}b\u{feff}c") && exact.contains("x\u{9b}\u{1b}[31mred"), "{exact:?}");
}
