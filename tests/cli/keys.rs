//! Keys: what a server that repeats them, a program that tells them and a file that holds them can do.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use super::fixture::{Fixture, files, finish};

const CANARY: &str = "canary-4f1c9e7720a84b5d";

/// A server that writes what it is given in place of KEY into its answer, as often as it is asked; gives its address.
fn echoing(status: &str, body: &str, echoed: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let body = body.replace("KEY", echoed);
    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut asked = Vec::new();
            let mut piece = [0; 1024];
            while !asked.windows(4).any(|end| end == b"\r\n\r\n") {
                match stream.read(&mut piece) {
                    Ok(read @ 1..) => asked.extend_from_slice(&piece[..read]),
                    _ => break,
                }
            }
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    url
}

fn studio(url: &str, key: &str) -> String {
    format!("[[account]]\nid = \"studio\"\nprovider = \"imaginepro\"\nbase_url = \"{url}\"\nkey = {key}\n")
}

fn holds(file: &Path, text: &str) -> bool {
    std::fs::read(file).unwrap().windows(text.len()).any(|window| window == text.as_bytes())
}

/// No run and no file may hold what was echoed.
fn nowhere(fixture: &Fixture, echoed: &str) {
    for arguments in [
        &["status"][..],
        &["status", "--json"],
        &["status", "--csv"],
        &["status", "--offline"],
        &["accounts", "test"],
        &["accounts", "list"],
        &["quote", "-a", "studio", "imagine=1"],
        &["guard", "-a", "studio", "--min", "1"],
        &["ledger", "export"],
    ] {
        let run = fixture.run(arguments);
        assert!(!run.out.contains(echoed) && !run.err.contains(echoed), "{arguments:?}: {run:?}");
    }
    for file in files(&fixture.path("data")) {
        assert!(!holds(&file, echoed), "{echoed} is in {}", file.display());
    }
}

#[test]
fn s08_a_key_that_is_echoed_in_disguise_is_nowhere() {
    const GOOD: &str = r#"{"type":"KEY","email":"KEY","creditsQuota":1600,"credits":12,"creditsExtra":1000,
        "expiredAt":"2027-10-07T14:30:00.000Z"}"#;
    const BAD: &str = r#"{"message":"no account has KEY","error":{"message":"KEY"}}"#;
    let spaced = CANARY.chars().map(String::from).collect::<Vec<_>>().join(" ");
    let percent = CANARY.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat();
    for echoed in [
        CANARY.to_owned(),
        CANARY.to_uppercase(),
        CANARY.chars().rev().collect(),
        "Y2FuYXJ5LTRmMWM5ZTc3MjBhODRiNWQ=".to_owned(),
        CANARY.replace('-', "..."),
        spaced,
        percent,
    ] {
        for (status, body) in [("200 OK", GOOD), ("403 Forbidden", BAD)] {
            let url = echoing(status, body, &echoed);
            let mut fixture = Fixture::new(&studio(&url, "{ env = \"STUDIO_KEY\" }"));
            fixture.variable("STUDIO_KEY", CANARY);
            nowhere(&fixture, &echoed);
            let json = fixture.run(&["status", "--json"]).json();
            let account = &json["accounts"][0];
            if status == "200 OK" {
                assert_eq!((&account["total"], &account["email"]), (&1012.into(), &serde_json::Value::Null), "{json}");
            }
        }
    }
}

/// Whether a process is there and no zombie.
fn runs(pid: &str) -> bool {
    let state = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    state.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

/// Waits until it holds.
#[track_caller]
fn until(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(20), "not within 20 s: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// An account whose key command, and what that started, would run for ten minutes; it writes the number of the latter to `pid`.
const HANGING: &str = "{ command = [\"sh\", \"-c\", \"sleep 600 & echo $! > pid.new; mv pid.new pid; wait\"] }";

#[cfg(target_os = "linux")]
#[test]
fn s10_a_command_that_nobody_waits_for_ends_with_us() {
    let read = |fixture: &Fixture| std::fs::read_to_string(fixture.path("pid")).unwrap_or_default();
    let fixture = Fixture::new(&studio("http://127.0.0.1:9", HANGING));
    fixture.run(&["status", "--timeout", "2s"]).ends(3);
    let pid = read(&fixture);
    assert!(!pid.is_empty(), "the command had not begun after two seconds");
    until("the command's child ends", || !runs(&pid));

    let fixture = Fixture::new(&studio("http://127.0.0.1:9", HANGING));
    let child = fixture.command(&["accounts", "test"]).spawn().unwrap();
    until("the command begins", || !read(&fixture).is_empty());
    let us = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(us, rustix::process::Signal::TERM).unwrap();
    assert_eq!(finish(child).code, -1, "it died by the signal");
    let pid = read(&fixture);
    until("the command's child ends", || !runs(&pid));
}

#[test]
fn s10_a_few_key_commands_run_at_once() {
    let counting = "{ command = [\"sh\", \"-c\", \"touch on.$$; ls on.* | wc -l >> counts; sleep 0.1; rm on.$$; echo key-$$\"] }";
    let account = |number: usize| studio("http://127.0.0.1:9", counting).replace("studio", &format!("a{number}"));
    let fixture = Fixture::new(&(0..40).map(account).collect::<String>());
    fixture.run(&["status", "--timeout", "60s"]).ends(3);
    let counts = std::fs::read_to_string(fixture.path("counts")).unwrap();
    let counts: Vec<usize> = counts.lines().map(|line| line.trim().parse().unwrap()).collect();
    assert_eq!(counts.len(), 40);
    assert!(counts.iter().all(|count| *count <= 4), "{counts:?}");
}

#[test]
fn s08_a_key_command_sees_only_the_variables_that_it_names() {
    let command = "{ command = [\"sh\", \"-c\", \"env > seen; echo key\"], env = [\"NAMED\"] }";
    let mut fixture = Fixture::new(&studio("http://127.0.0.1:9", command));
    for (name, value) in [("STUDIO_KEY", CANARY), ("NAMED", "yes"), ("PATH", "/usr/bin:/bin"), ("GNUPGHOME", "/g")] {
        fixture.variable(name, value);
    }
    fixture.run(&["status"]).ends(3);
    let seen = std::fs::read_to_string(fixture.path("seen")).unwrap();
    let ours = seen.lines().filter(|line| line.starts_with("CREDITOP_")).collect::<Vec<_>>();
    assert!(!seen.contains("STUDIO_KEY") && ours.iter().all(|line| line.starts_with("CREDITOP_KEY_COMMAND=")), "{seen}");
    assert!(["NAMED=yes", "GNUPGHOME=/g", "HOME=", "PATH="].iter().all(|line| seen.contains(line)), "{seen}");
    assert!(!seen.contains(CANARY), "{seen}");
}

fn pipe(fixture: &Fixture, name: &str) {
    assert!(std::process::Command::new("mkfifo").arg(fixture.path(name)).status().unwrap().success());
}

#[test]
fn s10_a_pipe_as_key_file_is_refused_at_once() {
    let fixture = Fixture::new(&studio("http://127.0.0.1:9", "{ file = \"pipe\" }"));
    pipe(&fixture, "pipe");
    let start = Instant::now();
    let run = fixture.run(&["accounts", "test"]).ends(3);
    assert!(run.out.contains("it is a pipe, not a file"), "{}", run.out);
    assert!(start.elapsed() < Duration::from_secs(8), "it waited");
}

#[test]
fn s10_a_configuration_may_come_through_a_pipe_but_not_hang_in_one() {
    let fixture = Fixture::new("");
    std::fs::remove_file(fixture.path("config.toml")).unwrap();
    pipe(&fixture, "config.toml");
    let start = Instant::now();
    fixture.run(&["status"]).ends(4).says(&["can't read", "within 10 seconds"]);
    assert!(start.elapsed() < Duration::from_secs(30), "it hung");
    let config = fixture.path("config.toml");
    let writer = std::thread::spawn(move || std::fs::write(config, "[[account]]\nid = \"own\"\nprovider = \"generic\"\n"));
    assert!(fixture.run(&["accounts", "list"]).ends(0).out.contains("own"));
    writer.join().unwrap().unwrap();
    // What the shell's `creditop --config /dev/stdin` does.
    let given =
        fixture.run_with(&["--config", "/dev/stdin", "accounts", "list"], "[[account]]\nid = \"mine\"\nprovider = \"generic\"\n");
    assert!(given.ends(0).out.contains("mine"));
}

#[cfg(target_os = "linux")]
#[test]
fn s08_no_core_dump_holds_a_key() {
    let fixture = Fixture::new(&studio("http://127.0.0.1:9", HANGING));
    let mut child = fixture.command(&["accounts", "test"]).spawn().unwrap();
    until("the command begins", || fixture.path("pid").exists());
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
    let us = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(us, rustix::process::Signal::QUIT).unwrap();
    let ended = child.wait().unwrap();
    assert!(!std::os::unix::process::ExitStatusExt::core_dumped(&ended), "{ended}");
    assert!(files(&fixture.path(".")).iter().all(|file| !file.file_name().unwrap().to_string_lossy().starts_with("core")));
}

fn allow(fixture: &Fixture, name: &str, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(fixture.path(name), std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn s08_a_configuration_that_everybody_can_change_is_not_used() {
    let fixture = Fixture::new(&studio("http://127.0.0.1:9", "{ command = [\"sh\", \"-c\", \"touch ran; echo k\"] }"));
    allow(&fixture, "config.toml", 0o666);
    for arguments in [&["status"][..], &["accounts", "list"], &["config", "check"]] {
        fixture.run(arguments).ends(2).says(&[
            "config.toml is not used",
            "every user of this machine (mode 666)",
            "hint: chmod o-w",
        ]);
    }
    assert!(!fixture.path("ran").exists());
    allow(&fixture, "config.toml", 0o644);
    std::fs::create_dir(fixture.path("open")).unwrap();
    allow(&fixture, "open", 0o777);
    std::fs::copy(fixture.path("config.toml"), fixture.path("open/config.toml")).unwrap();
    let there = fixture.path("open/config.toml").display().to_string();
    fixture.run(&["--config", &there, "status"]).ends(2).says(&["open can be changed by every user"]);
    fixture.run(&["accounts", "list"]).ends(0);
}

#[test]
fn s08_keys_that_others_can_change_are_not_fetched_and_those_that_they_can_read_are_told() {
    let fixture = Fixture::new(&studio("http://127.0.0.1:9", "{ file = \"key\" }"));
    fixture.write("key", CANARY);
    allow(&fixture, "key", 0o602);
    let run = fixture.run(&["status"]).ends(3);
    assert!(run.out.contains("key is not fetched") && run.out.contains("chmod o-w"), "{}", run.out);
    allow(&fixture, "key", 0o644);
    let run = fixture.run(&["status"]).ends(3);
    assert!(run.err.contains("warning: the key file ") && run.err.contains("can be read by other users"), "{}", run.err);
    assert!(!run.out.contains("not fetched"), "{}", run.out);
    allow(&fixture, "key", 0o600);
    assert_eq!(fixture.run(&["status"]).ends(3).err, "");
}

#[test]
fn s08_a_program_that_everybody_can_change_is_not_run() {
    let mut fixture = Fixture::new(&studio("http://127.0.0.1:9", "{ command = [\"teller\"] }"));
    std::fs::create_dir_all(fixture.path("bin")).unwrap();
    std::fs::create_dir_all(fixture.path("before")).unwrap();
    fixture.write("bin/teller", "#!/bin/sh\ntouch ran; echo k\n");
    allow(&fixture, "bin/teller", 0o755);
    fixture.variable("PATH", &format!("{}:{}:/usr/bin:/bin", fixture.path("before").display(), fixture.path("bin").display()));
    for (name, bad, good) in [("bin/teller", 0o757, 0o755), ("bin", 0o777, 0o755), ("before", 0o1777, 0o755)] {
        allow(&fixture, name, bad);
        let out = fixture.run(&["accounts", "test"]).ends(3).out;
        assert!(out.contains("key is not fetched") && out.contains(&format!("{name} can be changed by every user")), "{out}");
        assert!(!fixture.path("ran").exists(), "{name}");
        allow(&fixture, name, good);
    }
    fixture.run(&["accounts", "test"]).ends(3);
    assert!(fixture.path("ran").exists());
}

#[test]
fn s08_a_definition_that_everybody_can_change_breaks_its_own_accounts() {
    let fixture =
        Fixture::new("[[account]]\nid = \"own\"\nprovider = \"mine\"\n[[account]]\nid = \"other\"\nprovider = \"generic\"\n");
    std::fs::create_dir(fixture.path("providers")).unwrap();
    let text = include_str!("../../assets/providers/generic.toml").replace("\"generic\"", "\"mine\"");
    fixture.write("providers/mine.toml", text);
    fixture.run(&["accounts", "list"]).ends(0);
    allow(&fixture, "providers/mine.toml", 0o646);
    let out = fixture.run(&["accounts", "list"]).ends(0).out;
    assert!(out.contains("can't be used") && out.contains("mine.toml: is not used, since"), "{out}");
    fixture.run(&["config", "check"]).ends(2).says(&["chmod o-w"]);
}

#[test]
fn s08_what_a_group_can_change_or_another_user_owns_is_told() {
    let fixture = Fixture::new("[[account]]\nid = \"own\"\nprovider = \"generic\"\n");
    // Only the administrator can give files away.
    if std::os::unix::fs::chown(fixture.path("config.toml"), Some(4321), Some(4322)).is_err() {
        return;
    }
    allow(&fixture, "config.toml", 0o664);
    let run = fixture.run(&["status"]).ends(0);
    assert!(run.err.starts_with("warning: ") && run.err.contains("config.toml can be changed by the group 4322"), "{}", run.err);
    allow(&fixture, "config.toml", 0o644);
    assert!(fixture.run(&["status"]).ends(0).err.contains("config.toml belongs to another user (4321)"));
    let err = fixture.run(&["config", "check"]).ends(0).err;
    assert!(err.contains("belongs to another user (4321): sudo chown ") && !err.contains("sudo chown /"), "{err}");
}

#[test]
fn s08_a_key_file_that_another_group_can_change_is_not_used_however_it_is_named() {
    let fixture = Fixture::new(&studio("http://127.0.0.1:9", "{ file = \"key\" }"));
    fixture.write("key", CANARY);
    // Only the administrator can give files to a group that is not theirs.
    if std::os::unix::fs::chown(fixture.path("key"), None, Some(4322)).is_err() {
        return;
    }
    allow(&fixture, "key", 0o660);
    std::os::unix::fs::symlink("key", fixture.path("link")).unwrap();
    fixture.write("linked.toml", studio("http://127.0.0.1:9", "{ file = \"link\" }"));
    for config in ["config.toml", "linked.toml"] {
        for config in [config.to_owned(), fixture.path(config).display().to_string()] {
            let out = fixture.run(&["--config", &config, "accounts", "test"]).ends(3).out;
            assert!(out.contains("key is not fetched") && out.contains("can be changed by the group 4322"), "{config}: {out}");
        }
    }
    allow(&fixture, "key", 0o640);
    assert!(!fixture.run(&["--config", "config.toml", "accounts", "test"]).ends(3).out.contains("not fetched"));
}

#[test]
fn s08_a_ledger_that_others_can_change_is_told_where_it_is_used() {
    let fixture = Fixture::new("[[account]]\nid = \"own\"\nprovider = \"generic\"\n");
    fixture.run(&["ledger", "grant", "-a", "own", "--bucket", "credits", "--amount", "5"]).ends(0);
    assert_eq!(fixture.run(&["status"]).ends(0).err, "");
    allow(&fixture, "data/ledger.db", 0o666);
    for arguments in [&["status"][..], &["guard", "-a", "own", "use=1"], &["config", "check"]] {
        let err = fixture.run(arguments).ends(0).err;
        assert!(err.contains("ledger.db can be changed by every user of this machine (mode 666): chmod o-w"), "{err}");
    }
    allow(&fixture, "data", 0o777);
    for arguments in [&["status"][..], &["config", "check"]] {
        let err = fixture.run(arguments).ends(0).err;
        assert!(
            err.contains("2 files and folders can be changed by every user of this machine") && err.contains("/data"),
            "{err}"
        );
    }
}
