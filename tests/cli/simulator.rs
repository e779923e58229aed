//! The provider simulator, as the tests of several programs start it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

/// The simulator as a process of its own; it ends with the test.
pub(crate) struct Simulator {
    child: Child,
    pub url: String,
}

impl Simulator {
    /// A simulator with these options of the program and these of its own.
    pub(crate) fn run(options: &[&str], arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_creditop"))
            .args(options)
            .args(["simulate", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").expect("the first line names the address").to_owned();
        Self { child, url }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
