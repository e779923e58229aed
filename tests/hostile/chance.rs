//! How much is tried, and which random choices are made.

use std::sync::OnceLock;

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is not a whole number: {text:?}")))
}

/// `usual` many, times what `CREDITOP_HOSTILE_RUNS` says.
pub(crate) fn runs(usual: u64) -> u64 {
    usual * number("CREDITOP_HOSTILE_RUNS").unwrap_or(1).max(1)
}

/// Random choices for one run of a test, the same again for the same seed; the text says how to repeat them.
pub(crate) fn choices(test: &str, run: u64) -> (fastrand::Rng, String) {
    static SEED: OnceLock<u64> = OnceLock::new();
    let seed = *SEED.get_or_init(|| number("CREDITOP_HOSTILE_SEED").unwrap_or_else(|| fastrand::u64(..)));
    let of_test = test.bytes().fold(seed, |seed, byte| seed.rotate_left(7) ^ u64::from(byte));
    let repeat = format!("run {run}; to repeat: CREDITOP_HOSTILE_SEED={seed} cargo test --test hostile {test}");
    (fastrand::Rng::with_seed(of_test.wrapping_add(run)), repeat)
}
