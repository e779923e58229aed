//! The address that a provider is asked at: one type, one parser and one guard of the key for definitions, the configuration and
//! requests (SPEC P5).

use std::fmt;
use std::str::FromStr;

use url::{Host, ParseError, Url};

/// An http or https address of a host and perhaps a path, as in `https://gateway.example.com/images`.
///
/// It is written as every reader of URLs understands it: no user name, no password, no query, no spelling that one reader takes
/// for another host (`0x7f.1`, backslashes, escapes, letters outside ASCII). Displays without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BaseUrl(Url);

/// Why a text is no base URL. The text itself is never repeated: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlError {
    /// It begins with neither of the two schemes.
    #[error("the address begins neither with https:// nor with http://")]
    Scheme,
    /// It begins with one of the two schemes, but in capital letters.
    #[error("the address begins with capital letters")]
    Capitals,
    /// It holds a user name or password.
    #[error("the address holds a user name or password")]
    Credentials,
    /// It holds a query or a fragment.
    #[error("the address holds a query or fragment")]
    Query,
    /// It has no host, or one that readers of URLs could take for another.
    #[error("the address has no host that can be understood")]
    Host,
    /// Its port is no number from 1 to 65535.
    #[error("the port of the address is not a number from 1 to 65535")]
    Port,
    /// Its path holds something that would have to be escaped.
    #[error("the path of the address holds a character that does not belong there")]
    Path,
}

impl BaseUrlError {
    /// One thing to do.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::Scheme | Self::Host => "write it like \"https://gateway.example.com\"",
            Self::Capitals => "write https:// or http:// in small letters",
            Self::Credentials => "take it out, and use key = { … } for secrets",
            Self::Query => "end it before the ? or #",
            Self::Port => "write it like \"http://127.0.0.1:9000\"",
            Self::Path => "escape it, as %20 for a space",
        }
    }
}

impl FromStr for BaseUrl {
    type Err = BaseUrlError;

    fn from_str(text: &str) -> Result<Self, BaseUrlError> {
        let (scheme, rest) = text.split_once("://").ok_or(BaseUrlError::Scheme)?;
        if !matches!(scheme, "http" | "https") {
            let is_capital = ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
            return Err(if is_capital { BaseUrlError::Capitals } else { BaseUrlError::Scheme });
        }
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        if authority.contains('@') {
            return Err(BaseUrlError::Credentials);
        }
        if rest.contains(['?', '#']) {
            return Err(BaseUrlError::Query);
        }
        let url = Url::parse(text)
            .map_err(|error| if error == ParseError::InvalidPort { BaseUrlError::Port } else { BaseUrlError::Host })?;
        let host = written_host(authority)?;
        let same = match url.host().ok_or(BaseUrlError::Host)? {
            Host::Domain(name) => name.eq_ignore_ascii_case(host) && is_plain_name(name),
            Host::Ipv4(address) => address.to_string() == host,
            // An address of version 6 has many spellings, and every reader knows them all.
            Host::Ipv6(_) => true,
        };
        if !same {
            return Err(BaseUrlError::Host);
        }
        // What the parser had to change, another reader may change otherwise.
        if url.path() != if path.is_empty() { "/" } else { path } {
            return Err(BaseUrlError::Path);
        }
        Ok(Self(url))
    }
}

/// The host of an authority as it is written, once its port is known to be one.
fn written_host(authority: &str) -> Result<&str, BaseUrlError> {
    let end = if authority.starts_with('[') { authority.find(']').map_or(authority.len(), |at| at + 1) } else { 0 };
    let (before, rest) = authority.split_at(end);
    let Some((host, port)) = rest.split_once(':') else { return Ok(authority) };
    let is_port =
        !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0);
    if !is_port {
        return Err(BaseUrlError::Port);
    }
    Ok(if before.is_empty() { host } else { before })
}

/// Whether a name consists of labels of letters, digits, `-` and `_`, each of 1 to 63.
fn is_plain_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    name.split('.').all(|label| (1..=63).contains(&label.len()) && label.bytes().all(fits))
}

impl BaseUrl {
    /// The address as a URL, perhaps with a slash at its end.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// The host, with its port where it is not the scheme's usual one.
    #[must_use]
    pub fn host(&self) -> String {
        host_of(&self.0)
    }

    /// Whether a key may travel there: over https, over plain http to this computer, and over plain http to another one only where
    /// a person has said that the way is safe.
    #[must_use]
    pub fn may_carry_key(&self, allow_insecure: bool) -> bool {
        self.0.scheme() == "https" || is_loopback(&self.0) || allow_insecure
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

/// The host of a URL, with its port where it is not the scheme's usual one.
#[must_use]
pub fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Whether a URL can only lead to this computer: a loopback address, also one of version 4 written in version 6, or `localhost`. Other
/// names are not looked up: they count as another computer.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p5_only_loopback_may_be_asked_over_plain_http() {
        for (text, secure, loopback) in [
            ("https://api.example.com", true, false),
            ("https://api.example.com:8443/v1/", true, false),
            ("https://API.example.com:443", true, false),
            ("http://127.0.0.1:9000", false, true),
            ("http://127.9.9.9", false, true),
            ("http://localhost:1/x", false, true),
            ("http://LOCALHOST", false, true),
            ("http://[::1]:9000", false, true),
            ("http://[0:0:0:0:0:0:0:1]", false, true),
            ("http://[::ffff:127.0.0.1]", false, true),
            ("http://[2001:db8::1]", false, false),
            ("http://[::ffff:10.0.0.1]", false, false),
            ("http://localhost.example.com", false, false),
            ("http://127.0.0.1.example.com", false, false),
            ("http://10.0.0.1", false, false),
        ] {
            let url: BaseUrl = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(is_loopback(url.url()), loopback, "{text}");
            assert_eq!(url.may_carry_key(false), secure || loopback, "{text}");
            assert!(url.may_carry_key(true), "{text}");
        }
    }

    #[test]
    fn p5_what_readers_of_urls_could_take_differently_is_refused() {
        use BaseUrlError as E;
        for (text, flaw) in [
            ("", E::Scheme),
            ("127.0.0.1:9000", E::Scheme),
            ("ftp://x", E::Scheme),
            ("file:///etc", E::Scheme),
            ("HTTP://x", E::Capitals),
            ("Https://x", E::Capitals),
            (" http://x", E::Scheme),
            ("http:\\\\x", E::Scheme),
            ("http://", E::Host),
            ("http:///x", E::Host),
            ("http://user:secret@x", E::Credentials),
            ("http://127.0.0.1@evil.example", E::Credentials),
            ("http://127.0.0.1\\.evil.example", E::Host),
            ("http://a b", E::Host),
            ("http://ä.de", E::Host),
            ("http://a..b", E::Host),
            ("http://example.com.", E::Host),
            ("http://%31", E::Host),
            ("http://0x7f.1", E::Host),
            ("http://2130706433", E::Host),
            ("http://127.1", E::Host),
            ("http://[::1", E::Host),
            ("http://[::1]x", E::Host),
            ("http://[127.0.0.1]", E::Host),
            ("http://x:", E::Port),
            ("http://x:0", E::Port),
            ("http://x:+80", E::Port),
            ("http://x:65536", E::Port),
            ("http://[::1]:x", E::Port),
            ("http://x/a b", E::Path),
            ("http://x/\n", E::Path),
            ("http://x\t/", E::Host),
            ("http://x/a/../b", E::Path),
            ("http://x/\\evil", E::Path),
            ("http://x/?token=secret", E::Query),
            ("http://x#f", E::Query),
        ] {
            assert_eq!(text.parse::<BaseUrl>(), Err(flaw), "{text}");
        }
    }

    #[test]
    fn a_slash_at_the_end_makes_no_difference() {
        let said = |text: &str| text.parse::<BaseUrl>().unwrap().to_string();
        assert_eq!((said("https://x/"), said("https://x/v1/")), ("https://x".to_owned(), "https://x/v1".to_owned()));
        assert_eq!("https://x:8443/v1".parse::<BaseUrl>().unwrap().host(), "x:8443");
    }
}
