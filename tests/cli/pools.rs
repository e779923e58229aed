//! Two keys of one pool are two accounts and one balance (SPEC P9).

use serde_json::{Value, json};

use super::fixture::{Fixture, Simulator};

/// Two keys of one balance of 2,600 credits.
fn pool(simulator: &Simulator) -> Fixture {
    let account = |id: &str, key: &str| {
        let url = &simulator.url;
        format!(
            "[[account]]\nid = \"{id}\"\nprovider = \"imaginepro\"\nkey = {{ env = \"{key}\" }}\nbase_url = \"{url}\"\npool = \"team\"\n"
        )
    };
    let mut fixture = Fixture::new(&[account("north", "NORTH_KEY"), account("south", "SOUTH_KEY")].join("\n"));
    fixture.variable("NORTH_KEY", "demo-imaginepro-studio");
    fixture.variable("SOUTH_KEY", "demo-imaginepro-studio");
    fixture
}

fn accounts(fixture: &Fixture, arguments: &[&str]) -> Vec<Value> {
    let run = fixture.run(&[&["status", "--json", "--offline", "--allow-stale"], arguments].concat());
    run.json()["accounts"].as_array().unwrap().clone()
}

#[test]
fn p09_a_pool_is_named_in_the_table_and_told_once() {
    let simulator = Simulator::start(&[]);
    let fixture = pool(&simulator);
    let page = fixture.run(&["status"]).ends(0).out;
    assert!(page.contains("Shares one balance with south (pool team)"), "{page}");
    assert!(page.contains("One balance with north, told there"), "{page}");
    assert_eq!(page.matches("2600").count(), 1, "{page}");
    let all = accounts(&fixture, &[]);
    for (account, other) in all.iter().zip(["south", "north"]) {
        assert_eq!((&account["pool"], &account["shares_with"]), (&json!("team"), &json!([other])));
        assert_eq!(account["total"], 2600);
    }
    let csv = fixture.run(&["status", "--csv", "--offline"]).ends(0).out;
    assert!(csv.lines().next().unwrap().ends_with(",pool") && csv.lines().skip(1).all(|row| row.ends_with(",team")), "{csv}");
    let own = Fixture::hand_kept();
    assert_eq!(accounts(&own, &["dealer"])[0]["pool"], json!(null));
}

#[test]
fn p09_the_figures_are_those_of_the_freshest_poll() {
    let simulator = Simulator::start(&[]);
    let mut fixture = pool(&simulator);
    fixture.run(&["status"]).ends(0);
    "2026-11-20T10:00:00Z".clone_into(&mut fixture.now);
    fixture.run(&["status", "south"]).ends(0);
    for account in accounts(&fixture, &[]) {
        assert_eq!((&account["observed_at"], &account["told_by"]), (&json!("2026-11-20T10:00:00Z"), &json!("south")));
        assert_eq!(account["state"], "ok", "north was not asked for an hour, and south was told what both have");
    }
    let page = fixture.run(&["status", "north", "--offline"]).ends(0).out;
    assert!(page.contains("the figures are those of south, now"), "{page}");
    // A key that is refused can't be used, whatever is left.
    fixture.variable("NORTH_KEY", "demo-imaginepro-unknown");
    fixture.run(&["status", "north"]).ends(3);
    let all = accounts(&fixture, &[]);
    assert_eq!((&all[0]["state"], &all[0]["error"]["kind"]), (&json!("stale"), &json!("unauthorized")));
    assert_eq!((&all[1]["state"], &all[1]["error"]), (&json!("ok"), &json!(null)));
}

#[test]
fn p09_what_is_held_through_one_key_is_not_there_for_the_other() {
    let simulator = Simulator::start(&[]);
    let fixture = pool(&simulator);
    fixture.run(&["status"]).ends(0);
    fixture.run(&["ledger", "hold", "-a", "north", "--amount", "100", "--ref", "plan-1"]).ends(0);
    for account in accounts(&fixture, &[]) {
        assert_eq!((&account["held"], &account["spendable"]), (&json!(100), &json!(2500)));
    }
    assert_eq!(accounts(&fixture, &["south"])[0]["holds"][0]["ref"], "north/plan-1");
    fixture.run(&["ledger", "hold", "-a", "south", "--amount", "2501"]).ends(1).says(&["above the 2500 spendable"]);
    // The same ref is another entry in each account.
    fixture.run(&["ledger", "hold", "-a", "south", "--amount", "2500", "--ref", "plan-1"]).ends(0);
    fixture.run(&["guard", "-a", "north", "--min", "1"]).ends(1);
    let entries = fixture.run(&["ledger", "list", "-a", "south", "--json"]).ends(0).json()["entries"].clone();
    assert_eq!(entries.as_array().unwrap().len(), 1, "an account lists its own entries");
    fixture.run(&["ledger", "release", "-a", "south", "--hold", "plan-1"]).ends(0);
    fixture.run(&["ledger", "capture", "-a", "north", "--hold", "plan-1", "--amount", "100"]).ends(0);
    assert_eq!(accounts(&fixture, &["south"])[0]["spendable"], 2500);
    fixture.run(&["ledger", "verify"]).ends(0);
}

#[test]
fn p09_a_quote_promises_the_credits_of_a_pool_once() {
    let simulator = Simulator::start(&[]);
    let fixture = pool(&simulator);
    let plan = ["north/imagine=200", "south/imagine=61"];
    let quotes = fixture.run(&[["quote", "--json"].as_slice(), &plan].concat()).ends(0).json()["quotes"].clone();
    assert_eq!((&quotes[0]["affordable"], &quotes[1]["affordable"]), (&json!(true), &json!(false)));
    assert_eq!((&quotes[1]["shortfall"], &quotes[1]["after_accounts"]), (&json!(10), &json!(["north"])));
    let page = fixture.run(&[["quote"].as_slice(), &plan].concat()).ends(0).out;
    assert!(page.contains("It shares one balance with north (pool team), whose part of the plan is paid first."), "{page}");
    fixture.run(&[["guard"].as_slice(), &plan].concat()).ends(1);
    fixture.run(&[["quote", "--hold"].as_slice(), &plan].concat()).ends(1);
    assert_eq!(accounts(&fixture, &[])[0]["held"], 0, "nothing of it was held");
    fixture.run(&["quote", "--hold", "north/imagine=200", "south/imagine=60"]).ends(0);
    assert_eq!(accounts(&fixture, &[])[1]["spendable"], 0);
}

#[test]
fn p09_a_comparison_treats_a_pool_as_one_balance() {
    let simulator = Simulator::start(&[]);
    let mut fixture = pool(&simulator);
    let quotes = |fixture: &Fixture| fixture.run(&["quote", "--compare", "imagine=1", "--json"]).ends(0).json()["quotes"].clone();
    assert_eq!(quotes(&fixture).as_array().unwrap().len(), 1);
    let page = fixture.run(&["quote", "--compare", "imagine=1"]).ends(0).out;
    assert!(page.contains("one balance with south (pool team)"), "{page}");
    // The key that works is the one that is compared.
    fixture.variable("NORTH_KEY", "demo-imaginepro-unknown");
    "2026-11-20T10:00:00Z".clone_into(&mut fixture.now);
    fixture.run(&["status"]).ends(3);
    assert_eq!(quotes(&fixture)[0]["account"], "south");
}

#[test]
fn p09_hand_kept_accounts_share_what_is_granted_to_one() {
    let account = |id: &str| format!("[[account]]\nid = \"{id}\"\nprovider = \"generic\"\npool = \"box\"\n");
    let fixture = Fixture::new(&[account("one"), account("two")].join("\n"));
    let day = ["--at", "2026-11-10", "--ref", "a"];
    fixture.run(&[["ledger", "grant", "-a", "one", "--bucket", "credits", "--amount", "50"].as_slice(), &day].concat()).ends(0);
    fixture.run(&["ledger", "spend", "-a", "two", "--amount", "20", "--ref", "a"]).ends(0);
    for account in accounts(&fixture, &[]) {
        assert_eq!((&account["total"], &account["uncovered"]), (&json!(30), &json!([])));
    }
    fixture.run(&["ledger", "hold", "-a", "two", "--amount", "31"]).ends(1);
    fixture.run(&["ledger", "reverse", "-a", "two", "--reverses", "a"]).ends(0);
    assert_eq!(accounts(&fixture, &["one"])[0]["total"], 50);
    fixture.run(&["ledger", "verify"]).ends(0);
    let journal = fixture.run(&["ledger", "export", "--format", "hledger"]).ends(0);
    assert!(journal.err.contains("two shares one balance with one, and is written there"), "{}", journal.err);
}

#[test]
fn p09_members_of_a_pool_must_fit_together() {
    let config = |second: &str| format!("[[account]]\nid = \"a\"\nprovider = \"generic\"\npool = \"team\"\n\n{second}");
    let check = |text: &str| Fixture::new(text).run(&["config", "check"]);
    let other = "[[account]]\nid = \"b\"\nprovider = \"pixpretty\"\nplan = \"plus\"\nsince = 2026-09-20\npool = \"team\"\n";
    let refused = check(&config(other)).ends(2);
    for text in ["config.toml:11", "pool", "one balance", "leave pool out"] {
        assert!(refused.err.contains(text), "{text} is not in {}", refused.err);
    }
    let zone = "[[account]]\nid = \"b\"\nprovider = \"generic\"\ntime_zone = \"Asia/Tokyo\"\npool = \"team\"\n";
    check(&config(zone)).ends(2).says(&["other settings"]);
    let lonely = check(&config("")).ends(0);
    assert!(lonely.err.contains("only a names the pool \"team\""), "{}", lonely.err);
    assert_eq!(check(&config("[[account]]\nid = \"b\"\nprovider = \"generic\"\npool = \"team\"\n")).ends(0).err, "");
    check(&config("[[account]]\nid = \"b\"\nprovider = \"generic\"\npool = \" \"\n")).ends(2).says(&["pool", "is empty"]);
}
