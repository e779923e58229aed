//! Runs targets with inputs at random: `creditop-fuzz [TARGET…] [--runs N] [--seed S]`, and one input with `creditop-fuzz TARGET --input FILE`.
//!
//! An input that a target does not survive, or that takes it longer than ten seconds, is written to `fuzz-TARGET.input` in the current
//! folder, and the run ends with 1.

#![expect(clippy::expect_used, reason = "a driver that can't be set up should stop")]

mod books;
mod mutate;
mod targets;

use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mutate::Corpus;
use targets::{TARGETS, Target};

/// No input may take longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the command line asks for.
struct Wishes {
    targets: Vec<&'static Target>,
    runs: u64,
    seed: u64,
    input: Option<String>,
}

fn usage() -> String {
    let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    format!("creditop-fuzz [TARGET…] [--runs N] [--seed S], or TARGET --input FILE; the targets: {}", names.join(", "))
}

fn wishes() -> Result<Wishes, String> {
    let mut wishes = Wishes { targets: Vec::new(), runs: 10_000, seed: fastrand::u64(..), input: None };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().and_then(|text| text.parse().ok()).ok_or_else(usage);
        match argument.as_str() {
            "--runs" => wishes.runs = number()?,
            "--seed" => wishes.seed = number()?,
            "--input" => wishes.input = Some(arguments.next().ok_or_else(usage)?),
            name => wishes.targets.push(TARGETS.iter().find(|target| target.name == name).ok_or_else(usage)?),
        }
    }
    if wishes.targets.is_empty() {
        wishes.targets = TARGETS.iter().collect();
    }
    Ok(wishes)
}

/// The input that is being tried, since when, and for which target.
type Watched = Arc<Mutex<Option<(Instant, &'static str, Vec<u8>)>>>;

/// Ends the program where an input takes too long: nothing else can stop it.
fn watch(watched: Watched) {
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_secs(1));
            let slow = watched.lock().ok().and_then(|now| now.clone()).filter(|(since, ..)| since.elapsed() > PATIENCE);
            if let Some((_, target, input)) = slow {
                keep(target, &input, "takes too long");
                std::process::exit(1);
            }
        }
    });
}

fn keep(target: &str, input: &[u8], why: &str) {
    let file = format!("fuzz-{target}.input");
    let kept = std::fs::write(&file, input).map_or_else(|error| error.to_string(), |()| format!("it is in {file}"));
    println!("{target}: an input {why}; {kept}\n{}", input.escape_ascii());
}

/// Tries inputs until one is not survived; gives how many were tried and how many the target could read.
fn run(target: &'static Target, runs: u64, seed: u64, watched: &Watched) -> Result<(u64, u64), Vec<u8>> {
    let mut corpus = Corpus::new(target.seeds, target.words, seed);
    let mut read = 0;
    for number in 0..runs {
        let input = corpus.next_input(number);
        if let Ok(mut now) = watched.lock() {
            *now = Some((Instant::now(), target.name, input.clone()));
        }
        let survived = panic::catch_unwind(AssertUnwindSafe(|| (target.run)(&input)));
        match survived {
            Ok(true) => {
                read += 1;
                corpus.keep(input);
            }
            Ok(false) => {}
            Err(_) => return Err(input),
        }
    }
    if let Ok(mut now) = watched.lock() {
        *now = None;
    }
    Ok((runs, read))
}

fn main() -> ExitCode {
    let wishes = match wishes() {
        Ok(wishes) => wishes,
        Err(usage) => {
            println!("{usage}");
            return ExitCode::from(2);
        }
    };
    if let (Some(file), Some(target)) = (&wishes.input, wishes.targets.first()) {
        let input = std::fs::read(file).expect("the input can be read");
        println!("{}: {}", target.name, if (target.run)(&input) { "read" } else { "refused" });
        return ExitCode::SUCCESS;
    }
    let watched = Watched::default();
    watch(Arc::clone(&watched));
    let mut all = 0;
    for target in &wishes.targets {
        let begun = Instant::now();
        match run(target, wishes.runs * target.share / 10, wishes.seed, &watched) {
            Ok((runs, read)) => {
                all += runs;
                println!(
                    "{}: {runs} runs, {read} of them could be read, in {:.1?}, seed {}",
                    target.name,
                    begun.elapsed(),
                    wishes.seed
                );
            }
            Err(input) => {
                keep(target.name, &input, "is not survived");
                println!("to repeat: {} --runs {} --seed {}", target.name, wishes.runs, wishes.seed);
                return ExitCode::from(1);
            }
        }
    }
    println!("{all} runs in all");
    ExitCode::SUCCESS
}
