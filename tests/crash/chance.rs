//! How often, how randomly, and what could not be tried.

use std::io::Write;
use std::sync::OnceLock;

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is not a whole number: {text:?}")))
}

/// How many times a random test kills.
pub(crate) fn runs() -> u64 {
    number("CREDITOP_CRASH_RUNS").unwrap_or(20)
}

/// How many damaged files are made.
pub(crate) fn hostile_runs() -> usize {
    number("CREDITOP_HOSTILE_RUNS").and_then(|runs| runs.try_into().ok()).unwrap_or(30)
}

/// Random choices for a test, the same again for the same seed.
pub(crate) fn choices(test: &str) -> fastrand::Rng {
    static SEED: OnceLock<u64> = OnceLock::new();
    let seed = *SEED.get_or_init(|| number("CREDITOP_CRASH_SEED").unwrap_or_else(|| fastrand::u64(..)));
    eprintln!("{test}: CREDITOP_CRASH_SEED={seed}");
    fastrand::Rng::with_seed(test.bytes().fold(seed, |seed, byte| seed.rotate_left(7) ^ u64::from(byte)))
}

/// Says that a case was not tried, and why; also where the test's output is not shown because it passes.
pub(crate) fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
}
