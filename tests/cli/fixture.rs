//! A folder with a configuration and a ledger, and the program to run in it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

#[path = "simulator.rs"]
mod simulator;
pub(crate) use simulator::Simulator;

/// The instant at which the clock stands in these tests.
pub(crate) const NOW: &str = "2026-11-20T09:00:00Z";

/// Hand-kept accounts, whose figures follow from the settings.
pub(crate) const HAND_KEPT: &str = r#"
[[account]]
id = "dealer"
name = "Dealer"
provider = "ai-background-studio"
plan = "professional-plus"
slots = 50
reset_day = 1
launch_date = 2026-11-01
since = 2026-10-15

[[account]]
id = "portraits"
provider = "pixpretty"
plan = "plus"
since = 2026-09-20
registered = 2026-09-16
"#;

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Run {
    /// The same run, which must have ended with that code.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.out, self.err);
        self
    }

    /// The result as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in {}", self.out))
    }

    /// The same run, whose standard error must hold these texts and whose standard output must be empty.
    #[track_caller]
    pub(crate) fn says(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(self.err.contains(text), "{text:?} is not in {}", self.err);
        }
        assert_eq!(self.out, "", "a failure has no result");
        assert!(!self.err.contains(|c: char| c.is_control() && c != '\n'), "{:?}", self.err);
        assert!(!self.err.contains("panicked") && !self.err.contains("RUST_BACKTRACE"), "{}", self.err);
        self
    }
}

/// A folder of its own for a test.
pub(crate) struct Fixture {
    folder: TempDir,
    /// Variables that the program sees.
    pub variables: Vec<(String, String)>,
    /// The instant at which the clock stands; where it is empty the machine's clock counts.
    pub now: String,
}

impl Fixture {
    pub(crate) fn new(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("config.toml"), config).unwrap();
        Self { folder, variables: Vec::new(), now: NOW.to_owned() }
    }

    /// The hand-kept accounts.
    pub(crate) fn hand_kept() -> Self {
        Self::new(HAND_KEPT)
    }

    /// The hand-kept accounts, and two polled ones at a simulator.
    pub(crate) fn polled(simulator: &Simulator) -> Self {
        let url = &simulator.url;
        let mut fixture = Self::new(&format!(
            "{HAND_KEPT}
[[account]]
id = \"studio\"
name = \"Studio\"
provider = \"imaginepro\"
key = {{ env = \"STUDIO_KEY\" }}
base_url = \"{url}\"
price_per_credit = {{ amount = \"0.0125\", currency = \"USD\" }}

[[account]]
id = \"shop\"
provider = \"photoroom\"
key = {{ env = \"SHOP_KEY\" }}
base_url = \"{url}\"
price_per_credit = {{ amount = \"0.1\", currency = \"USD\" }}
"
        ));
        fixture.variable("STUDIO_KEY", "demo-imaginepro-studio");
        fixture.variable("SHOP_KEY", "demo-photoroom-shop-cutouts");
        fixture
    }

    pub(crate) fn variable(&mut self, name: &str, value: &str) {
        self.variables.retain(|(other, _)| other != name);
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        fs::write(self.path(name), text).unwrap();
        self.path(name).display().to_string()
    }

    /// The program with its options, ready to be run.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_creditop"));
        command
            .env_clear()
            .env("HOME", self.folder.path())
            .env("CREDITOP_CONFIG", self.path("config.toml"))
            .env("CREDITOP_DATA_DIR", self.path("data"))
            .envs(self.variables.iter().cloned())
            .current_dir(self.folder.path())
            .args(Some(["--now", &self.now]).into_iter().flatten().filter(|_| !self.now.is_empty()))
            .args(["--tz", "UTC"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the program.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        finish(self.command(arguments).spawn().unwrap())
    }

    /// Runs the program with something on its standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Run {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        finish(child)
    }
}

pub(crate) fn finish(child: Child) -> Run {
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Simulator {
    /// A simulator whose clock stands where that of these tests does.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::run(&["--now", NOW], arguments)
    }
}

/// Every file below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}
