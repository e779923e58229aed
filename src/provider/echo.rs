//! Notices where text from outside repeats the key, also in disguise, so that it is neither kept nor shown (SPEC L7, P6).
//!
//! A server that was sent a key may send it back by mistake, in a message or as somebody's name, and perhaps turned into something
//! else on the way. What a server does on purpose can't be prevented: it has the key.

use deunicode::deunicode_char;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use zeroize::Zeroizing;

/// How many characters of a key in a row give it away where they stand as they are.
const TELLING: usize = 12;

/// How many letters and digits of a long key in a row give it away in disguise.
const TELLING_IN_DISGUISE: usize = 16;

/// A key that has at least this many letters and digits is long: sixteen of them in a row stand nowhere by chance.
const LONG: usize = 24;

/// A shorter key is looked for only as it is: too many words hold some letters by chance.
const SHORTEST_IN_DISGUISE: usize = 6;

/// The longest text that is looked through, in bytes. Nobody's name or message is longer, and a server that sends a megabyte of them must not
/// keep the other accounts waiting: a longer text counts as one that holds the key.
const LONGEST: usize = 16 * 1024;

/// The longest entity that stands for a character, without its beginning: `0000099;`.
const LONGEST_ENTITY: usize = 8;

/// How often an escape may have been escaped again.
const MOST_LAYERS: usize = 3;

/// A key, in all the ways in which it is looked for. Wiped when it is dropped.
pub(super) struct Echo {
    /// The key itself.
    plain: Pieces<TELLING>,
    /// Its letters and digits in small letters: forwards, backwards, and as numbers of base 16.
    folded: Vec<Pieces<TELLING_IN_DISGUISE>>,
    /// What each of the three places in a text makes of it in base 64, in the alphabet with `+` and `/`.
    base64: Vec<Pieces<TELLING_IN_DISGUISE>>,
}

/// A form of a key: the whole of it, or where that is long the pieces of so many bytes of which each gives it away, in order.
struct Pieces<const N: usize> {
    whole: Zeroizing<String>,
    pieces: Zeroizing<Vec<[u8; N]>>,
}

impl<const N: usize> Pieces<N> {
    /// Cuts a form in pieces if it is at least so long.
    fn new(whole: Zeroizing<String>, long: usize) -> Self {
        let mut pieces = Zeroizing::new(Vec::with_capacity(whole.len()));
        if whole.len() >= long {
            pieces.extend(whole.as_bytes().windows(N).filter_map(|piece| <[u8; N]>::try_from(piece).ok()));
            pieces.sort_unstable();
        }
        Self { whole, pieces }
    }

    fn are_in(&self, text: &str) -> bool {
        if self.pieces.is_empty() {
            return text.contains(self.whole.as_str());
        }
        text.as_bytes().windows(N).any(|part| self.pieces.binary_search_by(|piece| piece.as_slice().cmp(part)).is_ok())
    }
}

impl Echo {
    /// The ways to find this key; without a key nothing is ever found.
    pub(super) fn of(key: Option<&SecretString>) -> Self {
        let key = key.map_or("", ExposeSecret::expose_secret);
        let plain = Pieces::new(Zeroizing::new(key.to_owned()), TELLING);
        let forwards = fold(key);
        if forwards.len() < SHORTEST_IN_DISGUISE {
            return Self { plain, folded: Vec::new(), base64: Vec::new() };
        }
        let backwards = Zeroizing::new(forwards.chars().rev().collect::<String>());
        let base16 = Zeroizing::new(key.bytes().flat_map(base16_of).collect::<String>());
        let base64 = (0..3).map(|place| base64_at(key.as_bytes(), place)).filter(|text| text.len() >= SHORTEST_IN_DISGUISE);
        let disguised = |form| Pieces::new(form, LONG);
        Self { plain, base64: base64.map(disguised).collect(), folded: [forwards, backwards, base16].map(disguised).into() }
    }

    /// Whether a text holds the key or a telling part of it: as it is; in other letter case; with anything between its letters;
    /// backwards; with escapes as in URLs, HTML or programs; in base 16 or base 64.
    pub(super) fn is_in(&self, text: &str) -> bool {
        if self.plain.whole.is_empty() || text.len() < self.shortest() {
            return false;
        }
        if text.len() > LONGEST {
            return true;
        }
        let mut text = Zeroizing::new(text.to_owned());
        for _ in 0..=MOST_LAYERS {
            if self.stands_in(&text) {
                return true;
            }
            match unescaped(&text) {
                Some(under) => text = under,
                None => return false,
            }
        }
        false
    }

    /// Puts an empty text in place of each text and number of an answer that holds the key, so that no rule can take it out.
    pub(super) fn hide(&self, answer: &mut Value) {
        match answer {
            Value::String(text) if self.is_in(text) => text.clear(),
            Value::Number(number) if self.plain.whole.len() >= SHORTEST_IN_DISGUISE && self.is_in(&number.to_string()) => {
                *answer = Value::String(String::new());
            }
            Value::Array(elements) => elements.iter_mut().for_each(|element| self.hide(element)),
            Value::Object(fields) => fields.values_mut().for_each(|field| self.hide(field)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// The fewest bytes that can give the key away.
    fn shortest(&self) -> usize {
        self.plain.whole.len().min(if self.folded.is_empty() { TELLING } else { SHORTEST_IN_DISGUISE })
    }

    fn stands_in(&self, text: &str) -> bool {
        if self.plain.are_in(text) {
            return true;
        }
        if self.folded.is_empty() {
            return false;
        }
        let folded = fold(text);
        let joined = Zeroizing::new(text.replace(char::is_whitespace, "").replace('-', "+").replace('_', "/"));
        self.folded.iter().any(|form| form.are_in(&folded)) || self.base64.iter().any(|form| form.are_in(&joined))
    }
}

/// The two digits of a byte in base 16.
fn base16_of(byte: u8) -> impl Iterator<Item = char> {
    [byte >> 4, byte & 15].into_iter().filter_map(|digit| char::from_digit(u32::from(digit), 16))
}

/// Its letters and digits alone, in small letters of ASCII.
fn fold(text: &str) -> Zeroizing<String> {
    let ascii = text.chars().filter_map(deunicode_char).flat_map(str::chars);
    // Room for all of it at once: what grows leaves copies behind.
    let mut folded = Zeroizing::new(String::with_capacity(text.len()));
    folded.extend(ascii.filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()));
    folded
}

/// What base 64 makes of a key that begins at a place in its groups of three bytes: the characters that nothing before or after it
/// has a part in.
fn base64_at(key: &[u8], place: usize) -> Zeroizing<String> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let skipped = (3 - place) % 3;
    let groups = key.get(skipped..).unwrap_or_default().chunks_exact(3);
    let mut text = Zeroizing::new(String::new());
    for group in groups {
        let bits = group.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        for shift in [18, 12, 6, 0] {
            text.extend(ALPHABET.get(bits >> shift & 63).map(|byte| char::from(*byte)));
        }
    }
    text
}

/// The text with its escapes resolved (`%63`, `\x63`, `\u0063`, `&#99;`, `&#x63;`, `=63`); `None` where it has none.
fn unescaped(text: &str) -> Option<Zeroizing<String>> {
    let mut plain = Zeroizing::new(String::new());
    let mut rest = text;
    let mut found = false;
    while let Some(first) = rest.chars().next() {
        let escape = escape_at(rest);
        found |= escape.is_some();
        let (c, length) = escape.unwrap_or((first, first.len_utf8()));
        plain.push(c);
        rest = rest.get(length..).unwrap_or_default();
    }
    found.then_some(plain)
}

/// The ASCII character that an escape at the start of a text stands for, and how long the escape is.
fn escape_at(text: &str) -> Option<(char, usize)> {
    let code = |start: &str, digits: usize| {
        let number = text.strip_prefix(start)?.get(..digits)?;
        Some((u32::from_str_radix(number, 16).ok()?, start.len() + digits))
    };
    let entity = |start: &str, radix: u32| {
        // Not looked for any further than it can be: a text may be all beginnings.
        let rest = text.strip_prefix(start)?;
        let end = rest.bytes().take(LONGEST_ENTITY).position(|byte| byte == b';')?;
        let number = rest.get(..end)?;
        Some((u32::from_str_radix(number, radix).ok()?, start.len() + number.len() + 1))
    };
    let found = code("%", 2)
        .or_else(|| code("\\x", 2))
        .or_else(|| code("\\u", 4))
        .or_else(|| code("=", 2))
        .or_else(|| entity("&#x", 16).or_else(|| entity("&#X", 16)))
        .or_else(|| entity("&#", 10));
    let (number, length) = found?;
    char::from_u32(number).filter(char::is_ascii_graphic).map(|c| (c, length))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const KEY: &str = "sk-live/AbCd_12345+67890zyxw";

    fn echo(key: &str) -> Echo {
        Echo::of(Some(&SecretString::from(key)))
    }

    #[test]
    fn s09_a_megabyte_of_texts_is_looked_through_in_time() {
        let hostile = ["&#".repeat(8000), "%25".repeat(5000), "=3D".repeat(5000), "\\u0".repeat(4000), "k".repeat(16_000)];
        let answer =
            json!({"long": "x".repeat(1_000_000), "numbers": vec![0; 400_000], "texts": vec!["";  100_000], "hostile": hostile});
        let mut hidden = answer.clone();
        let begun = std::time::Instant::now();
        echo(KEY).hide(&mut hidden);
        assert!(begun.elapsed() < std::time::Duration::from_secs(10), "{:?}", begun.elapsed());
        assert_eq!((hidden["long"].as_str(), &hidden["numbers"]), (Some(""), &answer["numbers"]));
        assert_eq!(hidden["hostile"], answer["hostile"]);
    }

    /// Everything that a server may make of a key, which a person could turn back.
    fn disguises(key: &str) -> Vec<String> {
        let each = |write: fn(u8) -> String| key.bytes().map(write).collect::<Vec<_>>().concat();
        let spaced = |gap: &str| key.chars().map(String::from).collect::<Vec<_>>().join(gap);
        let backwards: String = key.chars().rev().collect();
        let percent = each(|byte| format!("%{byte:02X}"));
        let mut all = vec![
            key.to_uppercase(),
            key.to_lowercase(),
            spaced(" "),
            spaced("-"),
            spaced("\u{200b}"),
            spaced(" . "),
            key.replace(['-', '_', '/', '+'], ""),
            key.replace(|c: char| !c.is_ascii_alphanumeric(), "%2D"),
            backwards.to_uppercase(),
            percent.replace('%', "%25"),
            percent,
            each(|byte| format!("&#{byte};")),
            each(|byte| format!("&#x{byte:x};")),
            each(|byte| format!("\\x{byte:02x}")),
            each(|byte| format!("\\u00{byte:02x}")),
            each(|byte| format!("{byte:02X}")),
            each(|byte| format!("{byte:02x}:")),
            key.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect(),
            backwards,
        ];
        for before in ["", "k", "ke", "user:", "Bearer "] {
            let encoded = base64(format!("{before}{key}").as_bytes());
            all.extend([encoded.replace('+', "-").replace('/', "_"), encoded]);
        }
        all
    }

    /// The plainest way to write bytes in base 64, with its padding.
    fn base64(bytes: &[u8]) -> String {
        let mut padded = bytes.to_vec();
        padded.resize(bytes.len().next_multiple_of(3), 0);
        let mut text = base64_at(&padded, 0).to_string();
        text.truncate((bytes.len() * 8).div_ceil(6));
        text + &"=".repeat(padded.len() - bytes.len())
    }

    #[test]
    fn s08_a_key_is_noticed_in_every_disguise() {
        assert_eq!(base64(b"any carnal pleas"), "YW55IGNhcm5hbCBwbGVhcw==");
        for key in [KEY, "4f1c9e7720a84b5d", "demo-imaginepro-studio"] {
            for text in disguises(key) {
                assert!(echo(key).is_in(&text), "{text}");
                assert!(echo(key).is_in(&format!("No such key: «{text}».")), "{text}");
            }
        }
    }

    #[test]
    fn s08_what_is_no_key_is_left_alone() {
        for text in ["", "owner@example.com", "STARTER", "Professional Plus", "ImaginePro Studio", "100 % sure &#; %zz \\x", KEY]
        {
            assert!(!echo("demo-imaginepro-studio").is_in(text), "{text}");
            assert!(!Echo::of(None).is_in(text), "{text}");
        }
        assert!(!echo("abc").is_in("A B C"), "too short to be looked for in disguise");
    }

    #[test]
    fn a_part_of_a_key_is_noticed() {
        assert!(echo("sk-live-1234567890").is_in("Invalid key sk-live-12345…"));
        assert!(echo("abc").is_in("the key abc is wrong"));
        assert!(!echo("sk-live-1234567890").is_in("Invalid key"));
        assert!(!echo("").is_in("Invalid key"));
        assert!(echo(KEY).is_in("LIVE ABCD 12345 67890"), "sixteen letters and digits of a long one");
    }

    #[test]
    fn s08_what_holds_the_key_is_emptied_wherever_it_stands() {
        let mut answer = json!({"a": [{"b": KEY}, 7], "c": {"d": "fine", "e": format!("x {} y", KEY.to_uppercase())}});
        echo(KEY).hide(&mut answer);
        assert_eq!(answer, json!({"a": [{"b": ""}, 7], "c": {"d": "fine", "e": ""}}));
        let mut answer = json!([1_234_567_890_u64, 12_345_678, "12"]);
        echo("12345678").hide(&mut answer);
        assert_eq!(answer, json!(["", "", "12"]));
    }

    proptest! {
        #[test]
        fn s08_no_text_and_no_key_panics(text in any::<String>(), key in "[!-~]{0,40}") {
            let _ = echo(&key).is_in(&text);
        }

        #[test]
        fn s08_any_key_is_noticed_in_every_disguise(key in "[!-~]{12,64}") {
            prop_assume!(fold(&key).len() >= SHORTEST_IN_DISGUISE);
            for text in disguises(&key) {
                prop_assert!(echo(&key).is_in(&text), "{}", text);
            }
        }
    }
}
