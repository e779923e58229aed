use serde_json::json;

use super::fixture::{Fixture, Simulator};
use super::quote::refused_desk;

#[test]
fn guard_answers_by_its_exit_code() {
    let fixture = Fixture::hand_kept();
    fixture.run(&["guard", "-a", "dealer", "replace-background=1000"]).ends(0);
    fixture.run(&["guard", "-a", "dealer", "replace-background=1001"]).ends(1);
    fixture.run(&["guard", "-a", "dealer", "--min", "1000"]).ends(0);
    fixture.run(&["guard", "-a", "dealer", "--min", "1000.5"]).ends(1);
    fixture.run(&["guard", "dealer/replace-background=5", "portraits/ghost-face=1000"]).ends(1);
}

#[test]
fn guard_says_unknown_rather_than_no() {
    let simulator = Simulator::start(&[]);
    let fixture = Fixture::polled(&simulator);
    fixture.run(&["guard", "-a", "studio", "imagine=1", "--offline"]).ends(3);
    fixture.run(&["guard", "-a", "studio", "imagine=260"]).ends(0);
    fixture.run(&["guard", "-a", "studio", "imagine=261"]).ends(1);
    fixture.run(&["guard", "-a", "studio", "face-swap=1"]).ends(3);
}

#[test]
fn guard_needs_a_plan_or_a_minimum() {
    let fixture = Fixture::hand_kept();
    fixture.run(&["guard", "-a", "dealer"]).ends(2);
    fixture.run(&["guard", "-a", "dealer", "--min", "5", "replace-background=1"]).ends(2);
    fixture.run(&["guard", "--min", "5"]).ends(2).says(&["--account with one of dealer and portraits"]);
    let only = Fixture::new("[[account]]\nid = \"box\"\nprovider = \"generic\"\n");
    only.run(&["guard", "--min", "5"]).ends(1);
}

#[test]
fn p02_guard_answers_by_old_figures_only_where_it_is_told_to() {
    let simulator = Simulator::start(&[]);
    let fixture = refused_desk(&simulator);
    for (plan, by_old) in [(["remove-background=1"].as_slice(), 0), (&["remove-background=100000"], 1), (&["--min", "1"], 0)] {
        let guard = [["guard", "-a", "shop"].as_slice(), plan].concat();
        fixture.run(&guard).ends(3);
        let told = fixture.run(&[guard.as_slice(), &["--allow-stale"]].concat()).ends(by_old);
        assert!(told.out.to_lowercase().contains("the key was refused"), "{}", told.out);
    }
    let never = ["guard", "-a", "studio", "--offline", "--allow-stale"];
    fixture.run(&[never.as_slice(), &["imagine=1"]].concat()).ends(3);
    fixture.run(&[never.as_slice(), &["--min", "1"]].concat()).ends(3);
}

#[test]
fn p02_a_hold_by_figures_that_are_stale_takes_a_second_word() {
    let simulator = Simulator::start(&[]);
    let fixture = refused_desk(&simulator);
    fixture.run(&["status", "shop"]).ends(3);
    let hold = ["ledger", "hold", "-a", "shop", "--amount", "5", "--ref", "plan-1"];
    fixture.run(&hold).ends(3).says(&["nothing was recorded", "shop: the key was refused", "--allow-stale"]);
    fixture.run(&["ledger", "hold", "-a", "studio", "--amount", "5"]).ends(3).says(&["nothing was polled yet"]);
    assert_eq!(fixture.run(&["ledger", "list", "--json"]).ends(0).json()["entries"], json!([]));
    fixture.run(&[hold.as_slice(), &["--allow-stale"]].concat()).ends(0);
    assert!(fixture.run(&hold).ends(0).out.starts_with("already recorded"), "what is recorded is no new promise");
    // A second word makes no credits, and what happened is recorded as it happened.
    fixture.run(&["ledger", "hold", "-a", "shop", "--amount", "100000", "--allow-stale"]).ends(1);
    fixture.run(&["ledger", "capture", "-a", "shop", "--hold", "plan-1", "--amount", "5"]).ends(0);
}

#[test]
fn p02_an_import_of_holds_by_figures_that_are_stale_says_so() {
    let simulator = Simulator::start(&[]);
    let fixture = refused_desk(&simulator);
    fixture.run(&["status", "shop"]).ends(3);
    let hold = |account: &str, name: &str, at: &str| {
        format!("{{\"kind\":\"hold\",\"account\":\"{account}\",\"at\":\"{at}\",\"amount\":5,\"ref\":\"{name}\"}}\n")
    };
    let (before, now) = ("2026-11-20T09:10:00Z", "2026-11-20T09:30:00Z");
    let over = "{\"kind\":\"release\",\"account\":\"shop\",\"hold\":\"over\",\"at\":\"2026-11-20T09:20:00Z\",\"ref\":\"r\"}\n";
    let lines = [
        hold("shop", "a", before),
        hold("shop", "b", now),
        hold("shop", "over", before),
        over.to_owned(),
        hold("dealer", "c", before),
    ];
    let file = fixture.write("holds.jsonl", lines.concat());
    let import = ["ledger", "import", &file];
    assert_eq!(fixture.run(&[import.as_slice(), &["--dry-run"]].concat()).ends(0).err, "", "nothing was promised");
    let run = fixture.run(&import).ends(0);
    assert_eq!(run.out, "recorded 5 entries\n");
    let warning = "warning: shop: 2 holds of this file were recorded, and it is not known whether that much is left: \
                   the key was refused, and the figures are from 30 min ago\n\
                   hint: `creditop status shop` asks the provider again\n";
    assert_eq!(run.err, warning);
    assert_eq!(fixture.run(&import).ends(0).err, "", "what is recorded already is no new promise");
    // One without a ref promises as much.
    let unnamed = hold("shop", "x", before).replace(",\"ref\":\"x\"", "");
    let err = fixture.run_with(&["ledger", "import", "-"], &unnamed).ends(0).err;
    assert!(err.contains("shop: 1 hold of this file was recorded, and it is not known"), "{err}");
}
