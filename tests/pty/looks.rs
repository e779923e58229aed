//! Commands that only look, in a terminal: how far they are, and that they end when they are told to (SPEC P10).

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;

use crate::pty::{PROGRAM, Session};

/// `status` of an account that never answers, in a terminal that says that it has so many rows and columns.
fn status(folder: &std::path::Path, server: &TcpListener, size: (u16, u16)) -> Session {
    let (key, config) = (folder.join("key"), folder.join("config.toml"));
    std::fs::write(&key, "a-key-that-opens-nothing").unwrap();
    // One that others can read is warned about.
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let (key, url) = (key.display(), server.local_addr().unwrap());
    let account = format!(
        "[[account]]\nid = \"slow\"\nprovider = \"imaginepro\"\nkey = {{ file = \"{key}\" }}\nbase_url = \"http://{url}\"\n"
    );
    std::fs::write(&config, account).unwrap();
    let mut command = CommandBuilder::new(PROGRAM);
    command.args(["--config", &config.display().to_string(), "--data-dir", &folder.join("data").display().to_string()]);
    command.args(["status", "--timeout", "20s"]);
    Session::run_in(command, folder, size)
}

/// Connections to it stand, and nobody reads from them.
fn server() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").unwrap()
}

#[test]
fn p10_ctrl_c_ends_a_look_at_once_and_leaves_a_clean_line() {
    let (folder, server) = (tempfile::tempdir().unwrap(), server());
    for (name, what) in [("INT", "\u{3}"), ("TERM", "")] {
        let mut session = status(folder.path(), &server, (40, 120));
        session.until_text("asking 1 account: 0 answered, 1 waiting (127.0.0.1");
        let began = Instant::now();
        if what.is_empty() {
            let id = session.child.process_id().unwrap().to_string();
            assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        } else {
            session.press(what);
        }
        let status = session.ended();
        assert!(began.elapsed() < Duration::from_secs(3), "{name}: {:?}", began.elapsed());
        // Killed by the signal, which shells tell as 130 and 143.
        assert!(!status.success() && status.signal().is_some(), "{name}: {status:?}");
        session.until("a clean line", |screen| screen.contents().lines().all(|line| matches!(line.trim(), "" | "^C")));
    }
}

#[test]
fn p10_a_terminal_that_does_not_say_how_wide_it_is_shows_progress_too() {
    let (folder, server) = (tempfile::tempdir().unwrap(), server());
    let session = status(folder.path(), &server, (0, 0));
    session.until_text("asking 1 account: 0 answered, 1 waiting (127.0.0.1");
}
