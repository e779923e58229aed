//! Checks a `base_url`.
//!
//! The check is stricter than the rules of URLs, so that whatever passes means the same to every reader of URLs: no
//! credentials, no query, no tricks with backslashes or escapes in the host.

use std::net::{IpAddr, Ipv6Addr};

use super::reader::{Field, Findings};

/// Why a text is no base URL. The text itself is never repeated: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum UrlFlaw {
    Scheme,
    Credentials,
    Query,
    Host,
    Port,
    Path,
}

impl UrlFlaw {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Scheme => {
                ("the address begins neither with https:// nor with http://", "write it like \"https://gateway.example.com\"")
            }
            Self::Credentials => ("the address holds a user name or password", "take it out, and use key = { … } for secrets"),
            Self::Query => ("the address holds a query or fragment", "end it before the ? or #"),
            Self::Host => ("the address has no host that can be understood", "write it like \"https://gateway.example.com\""),
            Self::Port => ("the port of the address is not a number from 1 to 65535", "write it like \"http://127.0.0.1:9000\""),
            Self::Path => {
                ("the path of the address holds a character that does not belong there", "escape it, as %20 for a space")
            }
        }
    }
}

/// Reads a base URL, without a slash at its end. Plain http to another machine needs `allow_insecure`.
pub(super) fn base_url(field: &Field<'_>, allow_insecure: bool, findings: &mut Findings<'_>) -> Option<String> {
    let text = field.any_text(findings)?;
    match check(text) {
        Ok(url) if url.secure || url.loopback || allow_insecure => Some(text.trim_end_matches('/').to_owned()),
        Ok(_) => {
            let hint = "use https://, or set allow_insecure = true if the way there is safe";
            field.refuse(findings, "the key would travel unencrypted over http to another machine", Some(hint.to_owned()));
            None
        }
        Err(flaw) => {
            let (what, hint) = flaw.words();
            field.refuse(findings, what, Some(hint.to_owned()));
            None
        }
    }
}

/// What matters of a base URL.
#[derive(Debug, PartialEq, Eq)]
struct Url {
    secure: bool,
    loopback: bool,
}

fn check(text: &str) -> Result<Url, UrlFlaw> {
    let (secure, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => return Err(UrlFlaw::Scheme),
    };
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    if authority.contains('@') {
        return Err(UrlFlaw::Credentials);
    }
    if rest.contains(['?', '#']) {
        return Err(UrlFlaw::Query);
    }
    let plain =
        |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'<' | b'>' | b'`' | b'{' | b'}' | b'|' | b'^');
    if !path.bytes().all(plain) {
        return Err(UrlFlaw::Path);
    }
    let (host, port) = split_port(authority)?;
    if port.is_some_and(|port| !port.bytes().all(|byte| byte.is_ascii_digit()) || !port.parse::<u16>().is_ok_and(|port| port > 0))
    {
        return Err(UrlFlaw::Port);
    }
    Ok(Url { secure, loopback: is_loopback(host)? })
}

fn split_port(authority: &str) -> Result<(&str, Option<&str>), UrlFlaw> {
    if authority.starts_with('[') {
        let end = authority.find(']').ok_or(UrlFlaw::Host)?;
        let (host, rest) = authority.split_at(end + 1);
        return match rest.strip_prefix(':') {
            Some(port) => Ok((host, Some(port))),
            None if rest.is_empty() => Ok((host, None)),
            None => Err(UrlFlaw::Host),
        };
    }
    Ok(authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))))
}

/// Whether a host is this machine. A name other than `localhost` is not looked up: it counts as another machine.
fn is_loopback(host: &str) -> Result<bool, UrlFlaw> {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<Ipv6Addr>().map(|address| address.is_loopback()).map_err(|_| UrlFlaw::Host);
    }
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    if !host.split('.').all(label) {
        return Err(UrlFlaw::Host);
    }
    Ok(host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p5_only_loopback_counts_as_this_machine() {
        for (text, secure, loopback) in [
            ("https://api.example.com", true, false),
            ("https://api.example.com:8443/v1/", true, false),
            ("http://127.0.0.1:9000", false, true),
            ("http://127.9.9.9", false, true),
            ("http://localhost:1/x", false, true),
            ("http://[::1]:9000", false, true),
            ("http://[2001:db8::1]", false, false),
            ("http://localhost.example.com", false, false),
            ("http://127.0.0.1.example.com", false, false),
            ("http://0x7f.1", false, false),
            ("http://10.0.0.1", false, false),
        ] {
            assert_eq!(check(text), Ok(Url { secure, loopback }), "{text}");
        }
    }

    #[test]
    fn what_readers_of_urls_could_take_differently_is_refused() {
        for (text, flaw) in [
            ("", UrlFlaw::Scheme),
            ("127.0.0.1:9000", UrlFlaw::Scheme),
            ("ftp://x", UrlFlaw::Scheme),
            ("HTTP://x", UrlFlaw::Scheme),
            ("http://", UrlFlaw::Host),
            ("http:///x", UrlFlaw::Host),
            ("http://user:secret@x", UrlFlaw::Credentials),
            ("http://127.0.0.1@evil.example", UrlFlaw::Credentials),
            ("http://127.0.0.1\\.evil.example", UrlFlaw::Host),
            ("http://a b", UrlFlaw::Host),
            ("http://ä.de", UrlFlaw::Host),
            ("http://[::1", UrlFlaw::Host),
            ("http://[::1]x", UrlFlaw::Host),
            ("http://[127.0.0.1]", UrlFlaw::Host),
            ("http://x:", UrlFlaw::Port),
            ("http://x:0", UrlFlaw::Port),
            ("http://x:+80", UrlFlaw::Port),
            ("http://x:65536", UrlFlaw::Port),
            ("http://x/a b", UrlFlaw::Path),
            ("http://x/\n", UrlFlaw::Path),
            ("http://x/?token=secret", UrlFlaw::Query),
            ("http://x#f", UrlFlaw::Query),
        ] {
            assert_eq!(check(text), Err(flaw), "{text}");
        }
    }
}
