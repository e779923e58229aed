use std::fs;
use std::time::Instant;

use secrecy::ExposeSecret;

use super::super::COMMAND_VARIABLES;
use super::super::descendants::MARK;
use super::*;

/// Must never be seen in anything that is printed.
const CANARY: &str = "canary-9f31c7-never-print-me";

fn run(words: &[&str]) -> KeySource {
    KeySource::Command(KeyCommand { words: words.iter().map(|word| (*word).to_owned()).collect(), env: Vec::new() })
}

fn sh(script: &str) -> KeySource {
    run(&["sh", "-c", script])
}

fn key_file(content: &[u8]) -> (tempfile::TempDir, KeySource) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    fs::write(&file, content).unwrap();
    (folder, KeySource::File(file))
}

fn flaw(source: &KeySource) -> KeyFlaw {
    match source.resolve() {
        Err(KeyError::NotAKey { flaw, .. }) => flaw,
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_line_break_at_the_end_is_taken_off() {
    for content in ["k-1", "k-1\n", "k-1\r\n"] {
        let (_folder, source) = key_file(content.as_bytes());
        assert_eq!(source.resolve().unwrap().expose_secret(), "k-1", "{content:?}");
    }
    assert_eq!(sh("echo k-1").resolve().unwrap().expose_secret(), "k-1");
}

#[test]
fn what_can_be_no_key_is_refused() {
    for (content, expected) in [
        (&b""[..], KeyFlaw::Empty),
        (b"\n", KeyFlaw::Empty),
        (b"a\nb\n", KeyFlaw::LineBreak),
        (b"a\n\n", KeyFlaw::LineBreak),
        (b"a\rb", KeyFlaw::LineBreak),
        (b" a", KeyFlaw::WhiteSpace),
        (b"a\tb", KeyFlaw::WhiteSpace),
        (b"a\x1b[31m", KeyFlaw::Character),
        (b"a\0", KeyFlaw::Character),
        ("schlüssel".as_bytes(), KeyFlaw::Character),
        (b"\xff\xfe", KeyFlaw::NotText),
        (&vec![b'a'; 16 * 1024 + 1], KeyFlaw::TooLong),
    ] {
        let (_folder, source) = key_file(content);
        assert_eq!(flaw(&source), expected, "{content:?}");
    }
    let (_folder, longest) = key_file(&vec![b'a'; 16 * 1024]);
    assert!(longest.resolve().is_ok());
}

#[test]
fn environment_variables() {
    // Cargo sets the first for every test; nobody sets the second.
    assert_eq!(KeySource::Env("CARGO_PKG_NAME".to_owned()).resolve().unwrap().expose_secret(), "creditop");
    let error = KeySource::Env("CREDITOP_TEST_UNSET".to_owned()).resolve().unwrap_err();
    assert_eq!(error.to_string(), "the environment variable CREDITOP_TEST_UNSET is not set");
    assert_eq!(error.hint(), "set it before the start: export CREDITOP_TEST_UNSET=…");
}

#[test]
fn a_missing_file_says_which() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gone");
    let error = KeySource::File(file.clone()).resolve().unwrap_err();
    assert!(error.to_string().starts_with(&format!("can't read the key file {}: ", file.display())), "{error}");
}

#[test]
fn commands_that_fail_say_how() {
    let error = run(&["creditop-no-such-program"]).resolve().unwrap_err();
    assert!(matches!(&error, KeyError::CommandStart { program, .. } if program == "creditop-no-such-program"), "{error:?}");
    let error = sh("exit 3").resolve().unwrap_err();
    assert_eq!(error.to_string(), "the key command \"sh\" ended with exit status: 3");
}

#[test]
fn a_command_that_hangs_is_stopped() {
    let limit = Duration::from_millis(20);
    let error = sh("exec sleep 600").resolve_within(limit).unwrap_err();
    assert_eq!(error, KeyError::CommandTimedOut { program: "sh".to_owned(), limit });
}

/// Whether a process is there and no zombie.
fn runs(pid: &str) -> bool {
    let state = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    state.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

#[cfg(target_os = "linux")]
#[test]
fn s10_what_a_late_command_started_ends_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let pids = folder.path().join("pids");
    let limit = Duration::from_millis(500);
    // In its group, in a session of its own, and in one without a parent or the variable that it inherits.
    for script in [
        "sleep 600 & echo $! > FILE; exec sleep 600",
        "sleep 600 & echo $! > FILE; echo k",
        "sleep 600 & echo $! > FILE; exit 3",
        "setsid sh -c 'echo $$ > FILE; exec sleep 600' & sleep 600",
        "(setsid sh -c 'echo $$ > FILE; exec sleep 600' &) ; sleep 600",
        "env -i /usr/bin/setsid sh -c 'echo $$ > FILE; exec sleep 600' & sleep 600",
        "(setsid sh -c 'trap : HUP TERM; while :; do sleep 600 & echo $! > FILE; wait; done' &) ; sleep 600",
    ] {
        let error = sh(&script.replace("FILE", &pids.display().to_string())).resolve_within(limit).unwrap_err();
        assert!(matches!(error, KeyError::CommandTimedOut { .. } | KeyError::CommandFailed { .. }), "{script}: {error:?}");
        let pid = fs::read_to_string(&pids).unwrap();
        let given = Instant::now();
        while runs(&pid) {
            assert!(given.elapsed() < Duration::from_secs(5), "{script}: its child runs on");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

#[test]
fn s08_a_command_sees_the_variables_that_it_names_and_the_usual_ones() {
    // Cargo sets CARGO_PKG_NAME and more for every test.
    let KeySource::Command(command) = sh("env | cut -d= -f1 | sort | tr '\n' ','") else { unreachable!() };
    let seen = |command: &KeyCommand| {
        let key = KeySource::Command(command.clone()).resolve().unwrap();
        key.expose_secret().split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    // The shell sets some of its own.
    let usual = |name: &String| {
        COMMAND_VARIABLES.contains(&name.as_str()) || ["PWD", "OLDPWD", "SHLVL", "_", MARK].contains(&name.as_str())
    };
    let few = seen(&command);
    assert!(few.iter().all(usual) && few.iter().any(|name| name == "PATH"), "{few:?}");
    let named = seen(&KeyCommand { env: vec!["CARGO_PKG_NAME".to_owned(), "CREDITOP_TEST_UNSET".to_owned()], ..command });
    let more: Vec<&String> = named.iter().filter(|name| !usual(name)).collect();
    assert_eq!(more, ["CARGO_PKG_NAME"]);
}

#[cfg(unix)]
#[test]
fn s10_what_is_no_file_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let socket = folder.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    for (path, what) in
        [(pipe.as_path(), "a pipe"), (&socket, "a socket"), (folder.path(), "a folder"), ("/dev/zero".as_ref(), "a device")]
    {
        let error = KeySource::File(path.to_owned()).resolve().unwrap_err().to_string();
        assert!(error.ends_with(&format!(": it is {what}, not a file")), "{error}");
    }
}

#[test]
fn endless_output_is_cut_off() {
    let error = sh("yes").resolve().unwrap_err();
    assert!(matches!(error, KeyError::CommandFailed { .. } | KeyError::NotAKey { .. }), "{error:?}");
}

#[cfg(feature = "keyring")]
#[test]
fn a_keyring_that_is_not_there_says_what_to_do() {
    // Nobody keeps a key of this name, and most machines that run tests have no secret service either.
    let error = KeySource::Keyring("creditop-test-unset".to_owned()).resolve().unwrap_err();
    match &error {
        KeyError::NoEntry { .. } => assert!(error.hint().starts_with("store it: "), "{error}"),
        KeyError::Keyring { .. } => assert!(error.hint().contains("secret service"), "{error}"),
        other => panic!("{other:?}"),
    }
}

#[cfg(not(feature = "keyring"))]
#[test]
fn a_build_without_keyring_names_the_other_ways() {
    let error = KeySource::Keyring("studio".to_owned()).resolve().unwrap_err();
    assert_eq!(error.to_string(), "the key is in the keyring as \"studio\", but this build has no keyring support");
    for way in ["env", "command", "file"] {
        assert!(error.hint().contains(way), "{way}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_read_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, source) = key_file(b"k-1");
    let KeySource::File(file) = &source else { unreachable!() };
    fs::set_permissions(file, fs::Permissions::from_mode(0o644)).unwrap();
    let warning = source.warning().unwrap().to_string();
    assert!(warning.ends_with("can be read by other users (mode 644); chmod 600 it"), "{warning}");
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(source.warning(), None);
}

#[test]
fn no_key_in_any_print() {
    let (_folder, good) = key_file(CANARY.as_bytes());
    let (_other, bad) = key_file(format!("{CANARY}\n{CANARY}\n").as_bytes());
    let sources = [good, bad, sh(&format!("echo {CANARY}; echo {CANARY} >&2; exit 1")), sh(&format!("echo {CANARY}"))];
    for source in &sources {
        let answer = source.resolve();
        let mut printed = vec![format!("{answer:?}"), source.to_string(), format!("{source:?}")];
        if let Err(error) = &answer {
            printed.extend([error.to_string(), error.hint()]);
        }
        for text in printed {
            assert!(!text.contains(CANARY), "{text}");
        }
    }
}
