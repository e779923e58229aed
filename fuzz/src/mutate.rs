//! Inputs made from other inputs.

use fastrand::Rng;

/// The most inputs that are kept besides the seeds.
const MOST_KEPT: usize = 2000;

/// The longest input.
const LONGEST: usize = 8192;

/// Bytes that mean something to many readers.
const TELLING: &[u8] = b"\0\n\r\t \"'\\/{}[]()<>=:;,.+-*#%&_|~0123456789eExXnN\x1b\x7f\x80\xff";

/// Numbers at the ends of what types hold, and beyond.
const NUMBERS: [&str; 14] = [
    "0",
    "-0",
    "-1",
    "1e999999999",
    "1e-999999999",
    "9999999999999999999999999999",
    "99999999999999999999999999999",
    "0.1",
    "18446744073709551616",
    "9223372036854775807",
    "-9223372036854775808",
    "4294967296",
    "2147483648",
    "0.0000000000000000000000000001",
];

/// What inputs are made from.
pub struct Corpus {
    seeds: Vec<Vec<u8>>,
    kept: Vec<Vec<u8>>,
    words: &'static [&'static str],
    random: Rng,
}

impl Corpus {
    pub fn new(seeds: &[&str], words: &'static [&'static str], seed: u64) -> Self {
        Self {
            seeds: seeds.iter().map(|seed| seed.as_bytes().to_vec()).collect(),
            kept: Vec::new(),
            words,
            random: Rng::with_seed(seed),
        }
    }

    /// Keeps an input that was understood, to be changed further.
    pub fn keep(&mut self, input: Vec<u8>) {
        if self.kept.len() < MOST_KEPT {
            self.kept.push(input);
        } else {
            let place = self.random.usize(..MOST_KEPT);
            if let Some(old) = self.kept.get_mut(place) {
                *old = input;
            }
        }
    }

    /// Another input: first every seed as it is.
    pub fn next_input(&mut self, number: u64) -> Vec<u8> {
        if let Some(seed) = usize::try_from(number).ok().and_then(|number| self.seeds.get(number)) {
            return seed.clone();
        }
        let mut input = self.any();
        let other = self.any();
        for _ in 0..=self.random.usize(..6) {
            self.change(&mut input, &other);
        }
        input.truncate(LONGEST);
        input
    }

    fn any(&mut self) -> Vec<u8> {
        let from = if self.kept.is_empty() || self.random.u8(..4) == 0 { &self.seeds } else { &self.kept };
        self.random.choice(from).cloned().unwrap_or_default()
    }

    fn change(&mut self, input: &mut Vec<u8>, other: &[u8]) {
        let random = &mut self.random;
        let at = random.usize(..=input.len());
        let end = (at + random.usize(..=16)).min(input.len());
        let new: Vec<u8> = match random.u8(..9) {
            0 => Vec::new(),
            1 => vec![random.u8(..)],
            2 => vec![*random.choice(TELLING).unwrap_or(&0)],
            3 => random.choice(NUMBERS).unwrap_or("0").as_bytes().to_vec(),
            4 => random.choice(self.words).copied().unwrap_or_default().as_bytes().to_vec(),
            5 => random.char(..).to_string().into_bytes(),
            6 => {
                let from = random.usize(..=other.len());
                let to = (from + random.usize(..=64)).min(other.len());
                other.get(from..to).unwrap_or_default().to_vec()
            }
            7 => {
                // A part of itself again, and again.
                let part = input.get(at..end).unwrap_or_default().to_vec();
                part.repeat(random.usize(1..20))
            }
            _ => {
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << random.u8(..8);
                }
                return;
            }
        };
        let end = if random.bool() { at } else { end };
        input.splice(at..end, new);
    }
}
