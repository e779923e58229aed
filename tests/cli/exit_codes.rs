//! Every way a command can end, with its code and with what it prints where (SPEC 8).

use super::fixture::{Fixture, Simulator};

/// Where what a run has to say goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    /// An answer, on standard output.
    Answer,
    /// Why not, on standard error, with nothing on standard output.
    Refusal,
    /// An answer, and why it was not acted on.
    Both,
}

use Says::{Answer, Both, Refusal};

#[track_caller]
fn check(fixture: &Fixture, table: &[(i32, Says, &[&str])]) {
    for (code, says, arguments) in table {
        let run = fixture.run(arguments);
        assert_eq!(run.code, *code, "{arguments:?}\nstdout: {}\nstderr: {}", run.out, run.err);
        let (out, err) = match says {
            Answer => (true, false),
            Refusal => (false, true),
            Both => (true, true),
        };
        assert_eq!((!run.out.is_empty(), !run.err.is_empty()), (out, err), "{arguments:?}\n{}\n{}", run.out, run.err);
    }
}

const IMPORT: &str = "{\"kind\":\"spend\",\"account\":\"dealer\",\"at\":\"2026-11-01T00:00:00Z\",\"amount\":1,\"ref\":\"i1\"}\n";

#[test]
fn s08_hand_kept_accounts_end_as_the_table_says() {
    let fixture = Fixture::hand_kept();
    fixture.write("good.jsonl", IMPORT);
    fixture.write("bad.jsonl", "{\"kind\":\"spend\",\"account\":\"dealer\"}\n");
    fixture.write("not-a-folder", "x");
    check(
        &fixture,
        &[
            (0, Answer, &["status"]),
            (0, Answer, &["status", "--json"]),
            (0, Answer, &["status", "--csv"]),
            (2, Refusal, &["status", "nobody"]),
            (2, Refusal, &["status", "--json", "--csv"]),
            (2, Refusal, &["statis"]),
            (0, Answer, &["quote", "-a", "dealer", "replace-background=1"]),
            // A quote that does not fit is an answer.
            (0, Answer, &["quote", "-a", "dealer", "replace-background=100000"]),
            (0, Answer, &["quote", "-a", "dealer", "replace-background=100000", "--json"]),
            (0, Answer, &["quote", "--provider", "photoroom", "--plan", "plus", "remove-background=5"]),
            (2, Refusal, &["quote", "-a", "dealer", "nothing=1"]),
            (2, Refusal, &["quote", "-a", "dealer", "replace-background=1.5"]),
            (1, Both, &["quote", "-a", "dealer", "replace-background=100000", "--hold"]),
            (1, Both, &["quote", "-a", "dealer", "replace-background=100000", "--commit"]),
            (0, Answer, &["quote", "-a", "dealer", "replace-background=1", "--hold", "--ref", "h1"]),
            (0, Answer, &["guard", "-a", "dealer", "replace-background=1"]),
            (1, Answer, &["guard", "-a", "dealer", "replace-background=100000"]),
            (1, Answer, &["guard", "-a", "dealer", "--min", "100000"]),
            (2, Refusal, &["guard", "-a", "dealer"]),
            (0, Answer, &["ledger", "spend", "-a", "dealer", "--amount", "1", "--ref", "job"]),
            // The same again is done already; the same ref for other work is a conflict.
            (0, Answer, &["ledger", "spend", "-a", "dealer", "--amount", "1", "--ref", "job"]),
            (1, Refusal, &["ledger", "spend", "-a", "dealer", "--amount", "2", "--ref", "job"]),
            (1, Refusal, &["ledger", "hold", "-a", "dealer", "--amount", "100000"]),
            (1, Refusal, &["ledger", "reverse", "-a", "dealer", "--reverses", "nothing"]),
            (2, Refusal, &["ledger", "spend", "-a", "dealer", "--amount", "x"]),
            (2, Refusal, &["ledger", "spend", "-a", "dealer", "--amount", "1", "--at", "2027-01-01"]),
            (2, Refusal, &["ledger", "grant", "-a", "dealer", "--bucket", "nothing", "--amount", "1"]),
            (0, Answer, &["ledger", "list"]),
            (0, Answer, &["ledger", "balance", "-a", "dealer", "--at", "2026-12-02"]),
            (0, Answer, &["ledger", "history", "-a", "dealer"]),
            (0, Answer, &["ledger", "import", "good.jsonl"]),
            (1, Refusal, &["ledger", "import", "bad.jsonl"]),
            (4, Refusal, &["ledger", "import", "missing.jsonl"]),
            (0, Answer, &["ledger", "export"]),
            (4, Refusal, &["ledger", "export", "-o", "not-a-folder/x.csv"]),
            (0, Answer, &["ledger", "verify"]),
            (0, Answer, &["accounts", "list"]),
            (0, Answer, &["accounts", "test"]),
            (0, Answer, &["providers", "list"]),
            (0, Answer, &["providers", "show", "photoroom"]),
            (2, Refusal, &["providers", "show", "nothing"]),
            (4, Refusal, &["providers", "check", "missing.toml"]),
            (2, Refusal, &["providers", "check", "bad.jsonl"]),
            (0, Answer, &["config", "check"]),
            (0, Answer, &["config", "path"]),
            (2, Refusal, &["config", "init"]),
            (4, Refusal, &["status", "--data-dir", "not-a-folder"]),
            (2, Refusal, &["status", "--config", "missing.toml"]),
            (0, Answer, &["--help"]),
            (0, Answer, &["--version"]),
        ],
    );
    let ledger = rusqlite::Connection::open(fixture.path("data/ledger.db")).unwrap();
    ledger.execute_batch("DROP TABLE entry").unwrap();
    let run = fixture.run(&["ledger", "verify"]);
    assert!(run.code == 1 || run.code == 4, "{run:?}");
}

#[test]
fn s08_polled_accounts_end_as_the_table_says() {
    let simulator = Simulator::start(&[]);
    let mut fixture = Fixture::polled(&simulator);
    check(
        &fixture,
        &[
            // Nothing was ever polled.
            (3, Answer, &["status", "studio", "--offline"]),
            (3, Answer, &["status", "studio", "--offline", "--allow-stale"]),
            (3, Answer, &["guard", "-a", "studio", "imagine=1", "--offline"]),
            (0, Answer, &["status"]),
            (0, Answer, &["accounts", "test"]),
            (0, Answer, &["guard", "-a", "studio", "imagine=1"]),
            // Its price is not published.
            (0, Answer, &["quote", "-a", "studio", "face-swap=1"]),
            (3, Answer, &["guard", "-a", "studio", "face-swap=1"]),
            (3, Both, &["quote", "-a", "studio", "face-swap=1", "--hold"]),
        ],
    );
    fixture.variable("STUDIO_KEY", "wrong");
    fixture.now = "2026-11-20T10:00:00Z".to_owned();
    check(
        &fixture,
        &[
            (3, Answer, &["status", "studio"]),
            // One of several accounts that were asked for is enough.
            (3, Answer, &["status"]),
            (0, Answer, &["status", "dealer"]),
            (0, Answer, &["status", "studio", "--allow-stale"]),
            (3, Answer, &["accounts", "test", "studio"]),
            (3, Answer, &["guard", "-a", "studio", "imagine=1"]),
            (0, Answer, &["quote", "-a", "studio", "imagine=1"]),
            (3, Both, &["quote", "-a", "studio", "imagine=1", "--hold"]),
            (0, Answer, &["quote", "-a", "studio", "imagine=1", "--hold", "--allow-stale"]),
        ],
    );
}
