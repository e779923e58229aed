//! What README.md tells a newcomer to type works, and prints what stands there.

use super::fixture::{Fixture, Simulator};

const README: &str = include_str!("../../README.md");

/// The blocks of a language, in order, under a heading and the headings below it.
fn blocks(heading: &str, language: &str) -> Vec<&'static str> {
    let (_, rest) = README.split_once(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("{heading} is missing"));
    let level = heading.chars().take_while(|sign| *sign == '#').count();
    let next = format!("\n{} ", "#".repeat(level));
    let section = rest.split(&next).next().unwrap();
    section.split(&format!("```{language}\n")).skip(1).map(|block| block.split("```").next().unwrap()).collect()
}

/// The two accounts of "Your first account", with the simulator as the provider.
fn fixture(simulator: &Simulator) -> Fixture {
    let accounts = blocks("## Your first account", "toml");
    let [polled, kept] = accounts.as_slice() else { panic!("{accounts:?}") };
    let mut fixture = Fixture::new(&format!("{polled}base_url = \"{}\"\n{kept}", simulator.url));
    fixture.variable("IMAGINEPRO_API_KEY", "demo-imaginepro-studio");
    fixture
}

/// What is typed on a line after the program's name: without the comment, and without what a shell does with the result.
fn arguments(line: &str) -> Option<Vec<&str>> {
    let typed = line.strip_prefix("creditop ")?.split("  #").next()?.split(" > ").next()?.split(" && ").next()?;
    Some(typed.split_whitespace().collect())
}

#[test]
fn readme_its_first_accounts_can_be_checked_tested_and_listed() {
    let simulator = Simulator::start(&[]);
    let fixture = fixture(&simulator);
    fixture.run(&["config", "check"]).ends(0);
    fixture.run(&["accounts", "test"]).ends(0);
    fixture.run(&["accounts", "list"]).ends(0);
}

#[test]
fn readme_its_plan_over_two_accounts_is_priced_as_it_stands_there() {
    let simulator = Simulator::start(&[]);
    let fixture = fixture(&simulator);
    let heading = "### A plan over two accounts";
    let commands = blocks(heading, "sh");
    let run = fixture.run(&arguments(commands[0]).unwrap()).ends(0);
    assert_eq!(run.out, blocks(heading, "text")[0]);
}

#[test]
fn readme_each_line_about_the_ledger_can_be_typed_in_its_order() {
    let simulator = Simulator::start(&[]);
    let fixture = fixture(&simulator);
    let lines: Vec<Vec<&str>> = blocks("## The ledger", "sh")[0].lines().filter_map(arguments).collect();
    assert!(lines.len() >= 9, "{lines:?}");
    for line in lines {
        fixture.run(&line).ends(0);
    }
}

#[test]
fn readme_each_line_for_scripts_answers() {
    let simulator = Simulator::start(&[]);
    let fixture = fixture(&simulator);
    for line in blocks("## In scripts", "sh")[0].lines() {
        let line = line.split(" | ").next().unwrap();
        fixture.run(&arguments(line).unwrap()).ends(0);
    }
}
