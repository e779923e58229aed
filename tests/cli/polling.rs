//! Commands that only look ask once, answer in time, and take what is fresh enough (SPEC P10).

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use serde_json::json;

use super::fixture::{Fixture, NOW, Simulator};

/// Longer than any time limit of these tests with all that goes with it, and far shorter than a hanging request.
const SOON: Duration = Duration::from_secs(8);

#[test]
fn p10_a_look_ends_in_time_and_keeps_what_answered() {
    let simulator = Simulator::start(&["--fault", "studio/hang"]);
    let fixture = Fixture::polled(&simulator);
    let began = Instant::now();
    let run = fixture.run(&["status", "studio", "shop", "--json", "--timeout", "1s"]).ends(3);
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    assert_eq!(run.err, "", "progress is for terminals");
    let document = run.json();
    let (studio, shop) = (&document["accounts"][0], &document["accounts"][1]);
    assert_eq!(studio["error"], json!({"kind": "timeout", "message": "no answer within 1 s", "retry_at": null}));
    assert_eq!((&studio["state"], &shop["error"], &shop["total"]), (&json!("error"), &json!(null), &json!(130.4)));
    let stored = fixture.run(&["status", "shop", "--json", "--offline"]).ends(0).json();
    assert_eq!(stored["accounts"][0]["observed_at"], NOW);
    let began = Instant::now();
    fixture.run(&["guard", "-a", "studio", "--min", "1", "--timeout", "1"]).ends(3);
    fixture.run(&["quote", "-a", "studio", "imagine=1", "--timeout", "1"]).ends(0);
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
}

#[test]
fn p10_a_program_that_tells_a_key_too_slowly_does_not_hold_up_the_answer() {
    let fixture = Fixture::new(
        "[[account]]\nid = \"slow\"\nprovider = \"photoroom\"\nkey = { command = [\"sleep\", \"25\"] }\n\
         base_url = \"http://127.0.0.1:9\"\n",
    );
    let began = Instant::now();
    let run = fixture.run(&["status", "--timeout", "500ms"]).ends(3);
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    assert!(run.out.contains("no answer within 500 ms"), "{}", run.out);
}

#[test]
fn p10_old_figures_are_an_answer_where_that_is_said() {
    let simulator = Simulator::start(&[]);
    let mut fixture = Fixture::polled(&simulator);
    fixture.run(&["status", "studio"]).ends(0);
    drop(simulator);
    fixture.now = "2026-11-20T09:09:00Z".to_owned();
    fixture.run(&["status", "studio"]).ends(3);
    fixture.run(&["status", "studio", "dealer", "--allow-stale"]).ends(0);
    fixture.run(&["status", "studio", "shop", "--allow-stale"]).ends(3);
    fixture.run(&["status", "dealer", "portraits"]).ends(0);
}

#[test]
fn p10_figures_that_are_fresh_enough_are_not_asked_for_again() {
    let simulator = Simulator::start(&[]);
    let mut fixture = Fixture::polled(&simulator);
    fixture.run(&["status", "studio"]).ends(0);
    drop(simulator);
    fixture.now = "2026-11-20T09:20:00Z".to_owned();
    for command in [
        &["status", "studio", "--json"][..],
        &["guard", "-a", "studio", "imagine=1"],
        &["guard", "-a", "studio", "--min", "1"],
        &["quote", "-a", "studio", "imagine=1"],
    ] {
        let run = fixture.run(&[command, &["--max-age", "20m"]].concat()).ends(0);
        assert!(!run.out.contains("unreachable"), "{command:?} asked: {}", run.out);
    }
    // Nothing answers any more: whoever asks hears so.
    fixture.run(&["guard", "-a", "studio", "imagine=1", "--max-age", "19m"]).ends(3);
    fixture.run(&["status", "studio", "--max-age", "19m"]).ends(3);
    fixture.run(&["status", "studio", "--max-age", "20m"]).ends(3);
    fixture.run(&["status", "--offline", "--max-age", "20m"]).ends(2);
    fixture.run(&["status", "--max-age", "soon"]).ends(2).says(&["--max-age", "5m"]);
}

#[test]
fn p08_a_drop_that_no_entry_explains_is_told_in_json_and_words() {
    let simulator = Simulator::start(&[]);
    let mut fixture = Fixture::polled(&simulator);
    fixture.run(&["status", "studio"]).ends(0);
    fixture.now = "2026-11-20T09:05:00Z".to_owned();
    // Somebody keeps books of this account, and somebody else uses it.
    fixture.run(&["ledger", "spend", "-a", "studio", "--amount", "10", "--ref", "job-1"]).ends(0);
    fixture.variable("STUDIO_KEY", "demo-imaginepro-studio-yearly");
    fixture.now = "2026-11-20T09:10:00Z".to_owned();
    let document = fixture.run(&["status", "studio", "--json"]).ends(0).json();
    let studio = &document["accounts"][0];
    let drop = &studio["events"][0];
    assert_eq!((&drop["kind"], &drop["from"], &drop["at"]), (&json!("unexplained-drop"), &json!(NOW), &json!(fixture.now)));
    assert_eq!(drop["bucket"], "monthly");
    let mut warnings = studio["warnings"].as_array().unwrap().iter();
    let warning = warnings.find(|warning| warning["kind"] == "unexplained-drop" && warning["bucket"] == "monthly").unwrap();
    assert_eq!(warning["amount"], drop["amount"]);
    let words = fixture.run(&["status", "studio", "--max-age", "1h"]).ends(0).out;
    assert!(words.contains("and no entry says why"), "{words}");
}

/// The kind of the failure that a command tells of the only account; null where there is none.
fn wait_of(fixture: &Fixture, command: &[&str]) -> serde_json::Value {
    fixture.run(&[command, &["--json"]].concat()).json()["accounts"][0]["error"]["kind"].clone()
}

#[test]
fn s07_a_wait_is_one_keys_at_one_address_and_another_starts_anew() {
    let limited = Simulator::start(&["--fault", "studio/rate-limited=3600"]);
    let open = Simulator::start(&[]);
    let config = |key: &str, url: &str| {
        format!("[[account]]\nid = \"shop\"\nprovider = \"imaginepro\"\nkey = {{ {key} }}\nbase_url = \"{url}\"\n")
    };
    let studio = "demo-imaginepro-studio";
    let other = "demo-imaginepro-studio-yearly";
    let mut fixture = Fixture::new("");
    let file = fixture.path("key").display().to_string();
    let command = format!("command = [\"cat\", \"{file}\"]");
    let ways = ["env = \"THE_KEY\"".to_owned(), format!("file = \"{file}\""), command];
    for (number, way) in ways.into_iter().enumerate() {
        fixture.variable("CREDITOP_DATA_DIR", &fixture.path(&format!("data {number}")).display().to_string());
        let tell = |fixture: &mut Fixture, key: &str| {
            fixture.variable("THE_KEY", key);
            fixture.write("key", key);
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        };
        fixture.write("config.toml", config(&way, &limited.url));
        tell(&mut fixture, studio);
        assert_eq!(wait_of(&fixture, &["status"]), "rate-limited", "{way}");
        "2026-11-20T09:01:00Z".clone_into(&mut fixture.now);
        // The same key waits, also in another process and with nobody there who answers.
        fixture.write("config.toml", config(&way, &limited.url));
        assert_eq!(wait_of(&fixture, &["status"]), "rate-limited", "{way}");
        let refused = fixture.run(&["guard", "-a", "shop", "--min", "1"]).ends(3);
        assert!(refused.out.contains("asked too often"), "{way}: {}", refused.out);
        // Another address, and another key, are asked at once.
        for (url, key) in [(&open.url, studio), (&limited.url, other)] {
            let copy = format!("data {number} {}", key.len());
            copy_folder(&fixture.path(&format!("data {number}")), &fixture.path(&copy));
            fixture.variable("CREDITOP_DATA_DIR", &fixture.path(&copy).display().to_string());
            fixture.write("config.toml", config(&way, url));
            tell(&mut fixture, key);
            if key == other {
                let test = fixture.run(&["accounts", "test", "shop"]).ends(0);
                assert!(!test.out.contains("too often"), "{way}: {}", test.out);
            } else {
                fixture.run(&["guard", "-a", "shop", "--min", "1"]).ends(0);
            }
            assert_eq!(wait_of(&fixture, &["status", "--offline"]), serde_json::Value::Null, "{way}");
        }
        NOW.clone_into(&mut fixture.now);
    }
    for path in super::fixture::files(&fixture.path(".")) {
        let kept = path.components().any(|part| part.as_os_str().to_string_lossy().starts_with("data"));
        let text = std::fs::read(&path).unwrap();
        let holds = text.windows(studio.len()).any(|part| part == studio.as_bytes());
        assert!(!(kept && holds), "{} holds a key", path.display());
    }
}

fn copy_folder(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir(to).unwrap();
    for file in super::fixture::files(from) {
        let into = to.join(file.strip_prefix(from).unwrap());
        std::fs::create_dir_all(into.parent().unwrap()).unwrap();
        std::fs::copy(&file, into).unwrap();
    }
}
