//! A ledger that says what can't be: whoever asks for its figures is told so with exit code 70, and nothing is built on them.

use super::fixture::{Fixture, Simulator};

/// Writes a reversal of something that was never recorded into the ledger, as nothing but a fault or a foreign hand could.
fn damage(fixture: &Fixture, account: &str) {
    let ledger = rusqlite::Connection::open(fixture.path("data/ledger.db")).unwrap();
    let written = ledger.execute(
        "INSERT INTO entry (seq, account, at, recorded_at, ref, kind, target, tags)
         SELECT 1 + max(seq), ?1, max(at), max(recorded_at), 'fix', 'reverse', 'nothing', '' FROM entry",
        [account],
    );
    assert_eq!(written.unwrap(), 1);
    ledger.execute("DELETE FROM checkpoint", []).unwrap();
}

#[test]
fn s08_a_fault_in_the_ledger_ends_with_70_wherever_figures_are_asked_for() {
    let simulator = Simulator::start(&[]);
    let fixture = Fixture::polled(&simulator);
    for account in ["dealer", "portraits", "studio"] {
        fixture.run(&["ledger", "spend", "-a", account, "--amount", "1", "--at", "-1d", "--ref", "job"]).ends(0);
    }
    fixture.run(&["status"]).ends(0);
    fixture.write(
        "hold.jsonl",
        "{\"kind\":\"hold\",\"account\":\"dealer\",\"at\":\"2026-11-20T08:00:00Z\",\"amount\":1,\"ref\":\"i1\"}\n",
    );
    damage(&fixture, "dealer");
    for arguments in [
        &["quote", "-a", "dealer", "replace-background=1"][..],
        &["quote", "-a", "dealer", "replace-background=1", "--hold"],
        &["quote", "--compare", "replace-background=1"],
        &["guard", "-a", "dealer", "replace-background=1"],
        &["guard", "-a", "dealer", "--min", "1"],
        &["ledger", "history", "-a", "dealer"],
        &["ledger", "history", "-a", "dealer", "--json"],
        &["ledger", "history", "-a", "dealer", "--to", "+2w", "--csv"],
        &["ledger", "hold", "-a", "dealer", "--amount", "1"],
        &["ledger", "adjust", "-a", "dealer", "--bucket", "monthly", "--amount", "-1"],
        &["ledger", "observe", "-a", "dealer", "monthly=3"],
        &["ledger", "import", "hold.jsonl"],
        &["accounts", "test", "dealer"],
    ] {
        let run = fixture.run(arguments).ends(70);
        assert_eq!(run.out, "", "{arguments:?}");
        assert!(
            run.err.contains("\"fix\" reverses \"nothing\"") && run.err.contains("ledger verify"),
            "{arguments:?}: {}",
            run.err
        );
    }
    // Where several accounts are asked for, one takes none of the others away; its own figures are not made up.
    for arguments in [
        &["status", "--offline"][..],
        &["status", "--at", "+2w"],
        &["status", "--offline", "--csv"],
        &["status", "dealer", "portraits", "--json"],
    ] {
        let run = fixture.run(arguments).ends(70);
        assert!(run.out.contains("portraits") && !run.out.contains("910"), "{arguments:?}: {}", run.out);
        assert!(!run.out.to_lowercase().contains("not understood"), "{}", run.out);
        assert!(run.err.contains("\"fix\" reverses \"nothing\""), "{}", run.err);
    }
    assert!(fixture.run(&["status", "--offline"]).ends(70).out.contains("No figures: the figures of dealer can't be told"));
    let balance = fixture.run(&["ledger", "balance", "-a", "dealer", "--json"]).ends(70);
    assert!(balance.out.contains("\"total\":null"), "{}", balance.out);
    let journal = fixture.run(&["ledger", "export", "--format", "hledger"]).ends(70);
    assert!(journal.out.contains("portraits") && !journal.out.contains("dealer"), "{}", journal.out);
    assert!(journal.err.contains("the journal is without dealer, whose figures can't be told"), "{}", journal.err);
    assert!(journal.err.contains("\"fix\" reverses \"nothing\""), "{}", journal.err);
    let file = fixture.path("whole.journal");
    fixture.run(&["ledger", "export", "-o", file.to_str().unwrap()]).ends(70).says(&["without dealer"]);
    assert_eq!(std::fs::read_to_string(file).unwrap(), journal.out);
    // What was written is told by those who don't count it, and the check finds it.
    assert!(fixture.run(&["ledger", "list", "-a", "dealer"]).ends(0).out.contains("nothing"));
    fixture.run(&["ledger", "export"]).ends(0);
    let verified = fixture.run(&["ledger", "verify"]).ends(1);
    assert!(format!("{}{}", verified.out, verified.err).contains("nothing"), "{verified:?}");
    // The other accounts are as they were.
    fixture.run(&["status", "studio", "portraits"]).ends(0);
    fixture.run(&["ledger", "hold", "-a", "portraits", "--amount", "1"]).ends(0);
    damage(&fixture, "studio");
    fixture.run(&["quote", "-a", "studio", "imagine=1", "--hold"]).ends(70);
    fixture.run(&["ledger", "history", "-a", "studio"]).ends(70);
}

#[test]
fn s09_one_account_that_can_not_be_added_up_leaves_the_others_in_every_answer() {
    let simulator = Simulator::start(&[]);
    let fixture = Fixture::polled(&simulator);
    for account in ["dealer", "portraits", "studio"] {
        fixture.run(&["ledger", "spend", "-a", account, "--amount", "1", "--at", "-1d", "--ref", "job"]).ends(0);
    }
    // Admission refuses amounts that can't be added up: only a foreign hand writes them.
    let ledger = rusqlite::Connection::open(fixture.path("data/ledger.db")).unwrap();
    for number in 0..2 {
        let written = ledger.execute(
            "INSERT INTO entry (seq, account, at, recorded_at, ref, kind, bucket, amount, expiry, priority, tags)
             SELECT 1 + max(seq), 'dealer', max(at), max(recorded_at), ?1, 'grant', 'purchased', '9999999999999999999999999999', 'never', 0, ''
             FROM entry",
            [format!("huge-{number}")],
        );
        assert_eq!(written.unwrap(), 1);
    }
    ledger.execute("DELETE FROM checkpoint", []).unwrap();
    for (arguments, code) in [
        (&["status", "--offline"][..], 3),
        (&["status", "--offline", "--csv"], 3),
        (&["status", "--offline", "--json"], 3),
        (&["ledger", "list"], 0),
        (&["ledger", "export"], 0),
        (&["ledger", "export", "--format", "csv"], 0),
        (&["ledger", "export", "--format", "hledger"], 4),
    ] {
        let run = fixture.run(arguments).ends(code);
        assert!(run.out.contains("portraits"), "{arguments:?}: {}", run.out);
    }
    fixture.run(&["ledger", "export", "--format", "hledger"]).ends(4).err.contains("the journal is without dealer");
    let verified = fixture.run(&["ledger", "verify"]).ends(1);
    assert!(verified.err.contains("dealer") && !verified.err.contains("portraits:"), "{}", verified.err);
}
