use serde_json::json;

use super::desk::{Desk, Simulator};
use super::quote::refused_desk;

#[test]
fn guard_answers_by_its_exit_code() {
    let desk = Desk::hand_kept();
    desk.run(&["guard", "-a", "dealer", "replace-background=1000"]).ends(0);
    desk.run(&["guard", "-a", "dealer", "replace-background=1001"]).ends(1);
    desk.run(&["guard", "-a", "dealer", "--min", "1000"]).ends(0);
    desk.run(&["guard", "-a", "dealer", "--min", "1000.5"]).ends(1);
    desk.run(&["guard", "dealer/replace-background=5", "portraits/ghost-face=1000"]).ends(1);
}

#[test]
fn guard_says_unknown_rather_than_no() {
    let simulator = Simulator::start(&[]);
    let desk = Desk::polled(&simulator);
    desk.run(&["guard", "-a", "studio", "imagine=1", "--offline"]).ends(3);
    desk.run(&["guard", "-a", "studio", "imagine=260"]).ends(0);
    desk.run(&["guard", "-a", "studio", "imagine=261"]).ends(1);
    desk.run(&["guard", "-a", "studio", "face-swap=1"]).ends(3);
}

#[test]
fn guard_needs_a_plan_or_a_minimum() {
    let desk = Desk::hand_kept();
    desk.run(&["guard", "-a", "dealer"]).ends(2);
    desk.run(&["guard", "-a", "dealer", "--min", "5", "replace-background=1"]).ends(2);
    desk.run(&["guard", "--min", "5"]).ends(2).says(&["--account with one of dealer and portraits"]);
    let only = Desk::new("[[account]]\nid = \"box\"\nprovider = \"generic\"\n");
    only.run(&["guard", "--min", "5"]).ends(1);
}

#[test]
fn p02_guard_answers_by_old_figures_only_where_it_is_told_to() {
    let simulator = Simulator::start(&[]);
    let desk = refused_desk(&simulator);
    for (plan, by_old) in [(["remove-background=1"].as_slice(), 0), (&["remove-background=100000"], 1), (&["--min", "1"], 0)] {
        let guard = [["guard", "-a", "shop"].as_slice(), plan].concat();
        desk.run(&guard).ends(3);
        let told = desk.run(&[guard.as_slice(), &["--allow-stale"]].concat()).ends(by_old);
        assert!(told.out.to_lowercase().contains("the key was refused"), "{}", told.out);
    }
    let never = ["guard", "-a", "studio", "--offline", "--allow-stale"];
    desk.run(&[never.as_slice(), &["imagine=1"]].concat()).ends(3);
    desk.run(&[never.as_slice(), &["--min", "1"]].concat()).ends(3);
}

#[test]
fn p02_a_hold_by_figures_that_are_stale_takes_a_second_word() {
    let simulator = Simulator::start(&[]);
    let desk = refused_desk(&simulator);
    desk.run(&["status", "shop"]).ends(3);
    let hold = ["ledger", "hold", "-a", "shop", "--amount", "5", "--ref", "plan-1"];
    desk.run(&hold).ends(3).says(&["nothing was recorded", "shop: the key was refused", "--allow-stale"]);
    desk.run(&["ledger", "hold", "-a", "studio", "--amount", "5"]).ends(3).says(&["nothing was polled yet"]);
    assert_eq!(desk.run(&["ledger", "list", "--json"]).ends(0).json()["entries"], json!([]));
    desk.run(&[hold.as_slice(), &["--allow-stale"]].concat()).ends(0);
    assert!(desk.run(&hold).ends(0).out.starts_with("already recorded"), "what is recorded is no new promise");
    // A second word makes no credits, and what happened is recorded as it happened.
    desk.run(&["ledger", "hold", "-a", "shop", "--amount", "100000", "--allow-stale"]).ends(1);
    desk.run(&["ledger", "capture", "-a", "shop", "--hold", "plan-1", "--amount", "5"]).ends(0);
}
