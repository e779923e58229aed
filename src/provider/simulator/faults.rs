//! Ways in which the simulator can be told to fail, so that every failure of a real service can be seen at home.

use std::time::Duration;

use crate::catalog::nearest;

/// Every fault by the name that `simulate --fault` takes, with what it does.
pub const FAULTS: [(&str, &str); 15] = [
    ("status=CODE", "answers with an error status, 400 to 599, in the provider's own error shape"),
    ("rate-limited=SECONDS", "answers 429 with Retry-After in seconds (default 30)"),
    ("rate-limited-until=SECONDS", "answers 429 with Retry-After as a date that many seconds ahead (default 30)"),
    ("delay=DURATION", "answers rightly, but late, as 2s or 500ms (default 2s)"),
    ("hang", "takes the request and never answers"),
    ("html", "answers 200 with a web page"),
    ("empty", "answers 200 with an empty body"),
    ("truncated", "answers 200 with the first half of the JSON"),
    ("huge", "answers 200 with a body of 50 MiB"),
    ("gzip-bomb", "answers 200 with a small compressed body that unpacks to 50 MiB"),
    ("deep", "answers 200 with JSON nested 100,000 levels deep"),
    ("wrong-types", "answers 200 with texts where numbers belong and the other way round"),
    ("nulls", "answers 200 with null in every field"),
    ("redirect=URL", "redirects to another host (default http://elsewhere.invalid/)"),
    ("reset", "drops the connection in the middle of the answer"),
];

/// What goes wrong with an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// An error status from 400 to 599.
    Status(u16),
    /// 429 with `Retry-After` in seconds.
    RateLimited(u32),
    /// 429 with `Retry-After` as a date so many seconds ahead.
    RateLimitedUntil(u32),
    /// The right answer, late.
    Delay(Duration),
    /// No answer at all.
    Hang,
    /// A web page.
    Html,
    /// Nothing in the body.
    Empty,
    /// Half of the JSON.
    Truncated,
    /// 50 MiB.
    Huge,
    /// Few bytes that unpack to 50 MiB.
    GzipBomb,
    /// JSON nested very deep.
    Deep,
    /// Texts for numbers, numbers for texts.
    WrongTypes,
    /// `null` in every field.
    Nulls,
    /// A redirect to another address.
    Redirect(String),
    /// A connection that breaks off.
    Reset,
}

/// A fault that is switched on.
///
/// Written as `[ACCOUNT/]NAME[=VALUE][*TIMES]`: `html`, `studio/status=503`, `rate-limited=60*3`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// The id of the account whose requests fail; `None` for every request, also those with an unknown key.
    pub account: Option<String>,
    /// How many more requests fail; `None` for all of them.
    pub times: Option<u32>,
}

/// Why a text is not a [`Fault`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// No fault has this name.
    #[error("there is no fault {name:?}{}", nearest(.name, names()).map(|near| format!(", did you mean {near:?}?")).unwrap_or_default())]
    UnknownName {
        /// The name as given.
        name: String,
    },
    /// The value after `=` does not fit.
    #[error("the fault {name:?} takes {wanted}, not {value:?}")]
    BadValue {
        /// The fault's name.
        name: String,
        /// What the fault takes.
        wanted: &'static str,
        /// The value as given.
        value: String,
    },
    /// The number after `*` is not a number of requests.
    #[error("{value:?} after '*' is not a number of requests, 1 or more")]
    BadTimes {
        /// The text as given.
        value: String,
    },
}

/// The plain names of all faults.
fn names() -> impl Iterator<Item = &'static str> {
    FAULTS.iter().map(|(usage, _)| usage.split('=').next().unwrap_or(usage))
}

impl std::str::FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        // A value may be a URL, so only a `/` before the `=` ends an account's id.
        let (head, value) = match text.split_once('=') {
            Some((head, value)) => (head, Some(value)),
            None => (text, None),
        };
        let (account, head) = match head.split_once('/') {
            Some((account, head)) => (Some(account.to_owned()), head),
            None => (None, head),
        };
        let (rest, times) = match value.unwrap_or(head).rsplit_once('*') {
            Some((rest, times)) => {
                let count = times.parse::<u32>().ok().filter(|count| *count > 0);
                (rest, Some(count.ok_or_else(|| FaultError::BadTimes { value: times.to_owned() })?))
            }
            None => (value.unwrap_or(head), None),
        };
        let kind = if value.is_some() { FaultKind::named(head, Some(rest)) } else { FaultKind::named(rest, None) }?;
        Ok(Self { kind, account, times })
    }
}

impl FaultKind {
    /// The kind of a plain name and its value.
    fn named(name: &str, value: Option<&str>) -> Result<Self, FaultError> {
        let bad = |wanted: &'static str| FaultError::BadValue {
            name: name.to_owned(),
            wanted,
            value: value.unwrap_or_default().to_owned(),
        };
        let seconds = || value.map_or(Ok(30), |value| value.parse::<u32>().map_err(|_| bad("a number of seconds")));
        let plain = |kind: Self| if value.is_some() { Err(bad("no value")) } else { Ok(kind) };
        match name {
            "status" => value
                .and_then(|value| value.parse::<u16>().ok())
                .filter(|status| (400..600).contains(status))
                .map(Self::Status)
                .ok_or_else(|| bad("a status from 400 to 599")),
            "rate-limited" => seconds().map(Self::RateLimited),
            "rate-limited-until" => seconds().map(Self::RateLimitedUntil),
            "delay" => humantime::parse_duration(value.unwrap_or("2s")).map(Self::Delay).map_err(|_| bad("a duration like 2s")),
            "redirect" => Ok(Self::Redirect(value.unwrap_or("http://elsewhere.invalid/").to_owned())),
            "hang" => plain(Self::Hang),
            "html" => plain(Self::Html),
            "empty" => plain(Self::Empty),
            "truncated" => plain(Self::Truncated),
            "huge" => plain(Self::Huge),
            "gzip-bomb" => plain(Self::GzipBomb),
            "deep" => plain(Self::Deep),
            "wrong-types" => plain(Self::WrongTypes),
            "nulls" => plain(Self::Nulls),
            "reset" => plain(Self::Reset),
            _ => Err(FaultError::UnknownName { name: name.to_owned() }),
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(account) = &self.account {
            write!(f, "{account}/")?;
        }
        match &self.kind {
            FaultKind::Status(status) => write!(f, "status={status}")?,
            FaultKind::RateLimited(seconds) => write!(f, "rate-limited={seconds}")?,
            FaultKind::RateLimitedUntil(seconds) => write!(f, "rate-limited-until={seconds}")?,
            FaultKind::Delay(delay) => write!(f, "delay={}", humantime::format_duration(*delay).to_string().replace(' ', ""))?,
            FaultKind::Redirect(url) => write!(f, "redirect={url}")?,
            FaultKind::Hang => f.write_str("hang")?,
            FaultKind::Html => f.write_str("html")?,
            FaultKind::Empty => f.write_str("empty")?,
            FaultKind::Truncated => f.write_str("truncated")?,
            FaultKind::Huge => f.write_str("huge")?,
            FaultKind::GzipBomb => f.write_str("gzip-bomb")?,
            FaultKind::Deep => f.write_str("deep")?,
            FaultKind::WrongTypes => f.write_str("wrong-types")?,
            FaultKind::Nulls => f.write_str("nulls")?,
            FaultKind::Reset => f.write_str("reset")?,
        }
        self.times.map_or(Ok(()), |times| write!(f, "*{times}"))
    }
}

/// The faults that are switched on, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Reads one fault from each text.
    ///
    /// # Errors
    /// [`FaultError`] for the first text that is no fault.
    pub fn parse<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Result<Self, FaultError> {
        texts.into_iter().map(|text| text.as_ref().parse()).collect::<Result<_, _>>().map(Self)
    }

    /// Switches a fault on.
    pub fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// Switches off every fault of one account, or all faults.
    pub fn clear(&mut self, account: Option<&str>) {
        self.0.retain(|fault| account.is_some() && fault.account.as_deref() != account);
    }

    /// The faults, the oldest first.
    #[must_use]
    pub fn as_slice(&self) -> &[Fault] {
        &self.0
    }

    /// What goes wrong with a request of this account now; counts the request.
    pub fn strike(&mut self, account: Option<&str>) -> Option<FaultKind> {
        let place = self.0.iter().position(|fault| fault.account.is_none() || fault.account.as_deref() == account)?;
        let fault = self.0.get_mut(place)?;
        let kind = fault.kind.clone();
        match &mut fault.times {
            Some(times) if *times > 1 => *times -= 1,
            Some(_) => {
                self.0.remove(place);
            }
            None => {}
        }
        Some(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_read_as_they_are_written() {
        for text in [
            "html",
            "studio/status=503",
            "rate-limited=60*3",
            "shop/rate-limited-until=5",
            "delay=1s500ms",
            "redirect=http://127.0.0.1:9/x",
            "a/redirect=http://127.0.0.1:9/x*2",
            "studio/truncated*2",
        ] {
            assert_eq!(text.parse::<Fault>().unwrap().to_string(), text);
        }
        assert_eq!("rate-limited".parse::<Fault>().unwrap().kind, FaultKind::RateLimited(30));
    }

    #[test]
    fn every_listed_fault_can_be_switched_on() {
        for name in names() {
            let text = if name == "status" { "status=500" } else { name };
            assert!(text.parse::<Fault>().is_ok(), "{name}");
        }
    }

    #[test]
    fn wrong_faults_say_what_is_wrong() {
        let refused = |text: &str| text.parse::<Fault>().unwrap_err().to_string();
        assert_eq!(refused("htm"), "there is no fault \"htm\", did you mean \"html\"?");
        assert_eq!(refused("zzz"), "there is no fault \"zzz\"");
        assert_eq!(refused("status=200"), "the fault \"status\" takes a status from 400 to 599, not \"200\"");
        assert_eq!(refused("hang=1"), "the fault \"hang\" takes no value, not \"1\"");
        assert_eq!(refused("html*0"), "\"0\" after '*' is not a number of requests, 1 or more");
    }

    #[test]
    fn a_fault_strikes_its_account_as_often_as_it_says() {
        let mut faults = Faults::parse(["studio/html*2", "shop/hang"]).unwrap();
        assert_eq!(faults.strike(Some("other")), None);
        assert_eq!(faults.strike(None), None);
        assert_eq!(faults.strike(Some("studio")), Some(FaultKind::Html));
        assert_eq!(faults.strike(Some("studio")), Some(FaultKind::Html));
        assert_eq!(faults.strike(Some("studio")), None);
        assert_eq!(faults.strike(Some("shop")), Some(FaultKind::Hang));
        assert_eq!(faults.strike(Some("shop")), Some(FaultKind::Hang));
        faults.clear(Some("shop"));
        assert_eq!(faults.strike(Some("shop")), None);
    }
}
