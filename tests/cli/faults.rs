//! A ledger that says what can't be: whoever asks for its figures is told so with exit code 70, and nothing is built on them.

use super::desk::{Desk, Simulator};

/// Writes a reversal of something that was never recorded into the ledger, as nothing but a fault or a foreign hand could.
fn damage(desk: &Desk, account: &str) {
    let ledger = rusqlite::Connection::open(desk.path("data/ledger.db")).unwrap();
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
    let desk = Desk::polled(&simulator);
    for account in ["dealer", "portraits", "studio"] {
        desk.run(&["ledger", "spend", "-a", account, "--amount", "1", "--at", "-1d", "--ref", "job"]).ends(0);
    }
    desk.run(&["status"]).ends(0);
    desk.write(
        "hold.jsonl",
        "{\"kind\":\"hold\",\"account\":\"dealer\",\"at\":\"2026-11-20T08:00:00Z\",\"amount\":1,\"ref\":\"i1\"}\n",
    );
    damage(&desk, "dealer");
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
        let run = desk.run(arguments).ends(70);
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
        let run = desk.run(arguments).ends(70);
        assert!(run.out.contains("portraits") && !run.out.contains("910"), "{arguments:?}: {}", run.out);
        assert!(!run.out.to_lowercase().contains("not understood"), "{}", run.out);
        assert!(run.err.contains("\"fix\" reverses \"nothing\""), "{}", run.err);
    }
    assert!(desk.run(&["status", "--offline"]).ends(70).out.contains("No figures: the figures of dealer can't be told"));
    let balance = desk.run(&["ledger", "balance", "-a", "dealer", "--json"]).ends(70);
    assert!(balance.out.contains("\"total\":null"), "{}", balance.out);
    // What was written is told by those who don't count it, and the check finds it.
    assert!(desk.run(&["ledger", "list", "-a", "dealer"]).ends(0).out.contains("nothing"));
    desk.run(&["ledger", "export"]).ends(0);
    let verified = desk.run(&["ledger", "verify"]).ends(1);
    assert!(format!("{}{}", verified.out, verified.err).contains("nothing"), "{verified:?}");
    // The other accounts are as they were.
    desk.run(&["status", "studio", "portraits"]).ends(0);
    desk.run(&["ledger", "hold", "-a", "portraits", "--amount", "1"]).ends(0);
    damage(&desk, "studio");
    desk.run(&["quote", "-a", "studio", "imagine=1", "--hold"]).ends(70);
    desk.run(&["ledger", "history", "-a", "studio"]).ends(70);
}
