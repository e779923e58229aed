use super::desk::{Desk, Simulator};

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
    desk.run(&["guard", "--min", "5"]).ends(2).says(&["--account"]);
    let only = Desk::new("[[account]]\nid = \"box\"\nprovider = \"generic\"\n");
    only.run(&["guard", "--min", "5"]).ends(1);
}
