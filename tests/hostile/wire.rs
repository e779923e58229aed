//! Answers that are no HTTP, or HTTP as nobody should speak it: the table.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::answers::{Case, Expected, KEY, fails, is_told, whatever};
use crate::bodies::GOOD;
use crate::server::Connection;

/// The bytes of an answer.
pub(crate) fn answer(status: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
    for (name, value) in headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    [head.as_bytes(), b"\r\n", body].concat()
}

/// The bytes of a good answer with that body.
pub(crate) fn ok(body: &[u8]) -> Vec<u8> {
    answer("200 OK", &[("Content-Type", "application/json")], body)
}

pub(crate) fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Exactly these bytes.
fn raw(name: &'static str, bytes: impl Into<Vec<u8>>, expected: Expected) -> Case {
    let bytes = bytes.into();
    Case::new(name, expected, move |connection| connection.send(&bytes))
}

fn status(name: &'static str, status: &'static str, headers: &[(&str, &str)], expected: Expected) -> Case {
    raw(name, answer(status, headers, br#"{"message":"no","error":"No","statusCode":1}"#), expected)
}

/// Error statuses, and what is neither good nor an error.
pub(crate) fn statuses() -> Vec<Case> {
    let limited = || fails(&["rate-limited"]);
    let broken = || fails(&["server-error"]);
    vec![
        status("204", "204 No Content", &[], fails(&["malformed"])),
        status("304", "304 Not Modified", &[], broken()),
        status("400", "400 Bad Request", &[], broken()),
        status("401", "401 Unauthorized", &[("WWW-Authenticate", "Basic")], fails(&["unauthorized"])),
        status("402", "402 Payment Required", &[], fails(&["out-of-credit"])),
        status("403", "403 Forbidden", &[], fails(&["forbidden"])),
        status("404", "404 Not Found", &[], broken()),
        status("407", "407 Proxy Authentication Required", &[], broken()),
        status("418", "418 I'm a teapot", &[], broken()),
        status("429", "429 Too Many Requests", &[], limited()),
        status("wait for ever", "429 Too Many Requests", &[("Retry-After", "99999999999999999999")], limited()),
        status("wait a negative time", "429 Too Many Requests", &[("Retry-After", "-5")], limited()),
        status("wait until 1970", "429 Too Many Requests", &[("Retry-After", "Thu, 01 Jan 1970 00:00:00 GMT")], limited()),
        status(
            "wait until the year 9999",
            "429 Too Many Requests",
            &[("Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT")],
            limited(),
        ),
        status("wait for what nobody reads", "429 Too Many Requests", &[("Retry-After", "\u{661}\u{662}")], limited()),
        status("500", "500 Internal Server Error", &[], broken()),
        status("503", "503 Service Unavailable", &[("Retry-After", "1")], broken()),
        status("599", "599 Nobody Knows", &[], broken()),
        status("999", "999 Beyond", &[], fails(&["server-error", "unreachable"])),
        status("099", "099 Below", &[], fails(&["server-error", "unreachable"])),
        raw("an error of 50 MiB", answer("500 Oops", &[], &vec![b'x'; 50 * 1024 * 1024]), broken()),
        Case::new("an error that repeats the key", broken(), |connection| {
            let key = connection.header("Authorization").unwrap_or_default().to_owned();
            connection.send(answer("500 Oops", &[("X-Key", &key)], format!(r#"{{"message":"bad key {key}"}}"#).as_bytes()))
        }),
        raw(
            "an error that steers the terminal",
            answer("500 Oops", &[], br#"{"message":"\u001b[2J\u0007\r\nerror: paid"}"#),
            broken(),
        ),
    ]
}

/// Redirects.
pub(crate) fn redirects() -> Vec<Case> {
    let to = |name, location: &'static str, expected: Expected| {
        raw(name, answer("302 Found", &[("Location", location)], b""), expected)
    };
    let refused = || fails(&["refused"]);
    let odd = || fails(&["refused", "server-error", "unreachable", "malformed"]);
    vec![
        to("to another host", "http://elsewhere.invalid/", refused()),
        to("to another port", "http://127.0.0.1:1/", refused()),
        to("to itself by another name", "http://localhost/", refused()),
        to("in circles", "/api/v1/subscription/account-info", refused()),
        to("to a file", "file:///etc/passwd", odd()),
        to("to a script", "javascript:alert(1)", odd()),
        to("to nowhere", "", odd()),
        to("to what is no address", "http://[::1", odd()),
        Case::new("to itself with the key in the address", refused(), |connection| {
            let location = format!("http://user:pass@127.0.0.1:{}/{KEY}", connection.port);
            connection.send(answer("307 Temporary Redirect", &[("Location", &location)], b""))
        }),
        raw("without an address", answer("302 Found", &[], b""), odd()),
        status("multiple choices", "300 Multiple Choices", &[], odd()),
    ]
}

/// What is no HTTP at all, or breaks its rules.
pub(crate) fn manners() -> Vec<Case> {
    let unreachable = || fails(&["unreachable"]);
    let length = |length: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{GOOD}");
    let chunked = |chunks: &str| format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");
    let n = GOOD.len();
    vec![
        raw("the right answer", ok(GOOD.as_bytes()), is_told("2600")),
        raw("JSON that says to be a page", answer("200 OK", &[("Content-Type", "text/html")], GOOD.as_bytes()), is_told("2600")),
        raw(
            "a character set that nobody knows",
            answer("200 OK", &[("Content-Type", "application/json; charset=klingon")], GOOD.as_bytes()),
            is_told("2600"),
        ),
        raw("nothing", "", unreachable()),
        raw("a greeting of another service", "SSH-2.0-OpenSSH_9.9\r\n", unreachable()),
        raw("bytes", vec![0xa5; 4096], unreachable()),
        raw("HTTP of the year 1991", GOOD, unreachable()),
        raw("another version", format!("HTTP/9.9 200 OK\r\n\r\n{GOOD}"), unreachable()),
        raw("an answer to HTTP/2", "\0\0\u{12}\u{4}\0\0\0\0\0", unreachable()),
        raw("a TLS alert", b"\x15\x03\x01\x00\x02\x02\x28".to_vec(), unreachable()),
        raw("less than was promised", length(&(n + 100).to_string()), unreachable()),
        raw("more than was promised", format!("{}HTTP/1.1 200 OK\r\n\r\n", length(&n.to_string())), is_told("2600")),
        raw("a length below zero", length("-1"), unreachable()),
        raw("a length beyond all numbers", length("99999999999999999999999999"), unreachable()),
        raw("two lengths", format!("HTTP/1.1 200 OK\r\nContent-Length: {n}\r\nContent-Length: 5\r\n\r\n{GOOD}"), unreachable()),
        raw("no length", format!("HTTP/1.1 200 OK\r\n\r\n{GOOD}"), is_told("2600")),
        raw("a length of gigabytes", length("99999999999"), unreachable()),
        raw("in pieces", chunked(&format!("{n:x}\r\n{GOOD}\r\n0\r\n\r\n")), is_told("2600")),
        raw("in pieces that break off", chunked(&format!("{n:x}\r\n{}", &GOOD[..20])), unreachable()),
        raw("in pieces of no size", chunked(&format!("zz\r\n{GOOD}\r\n0\r\n\r\n")), fails(&["malformed"])),
        raw(
            "in pieces beyond all numbers",
            chunked(&format!("ffffffffffffffffff\r\n{GOOD}\r\n0\r\n\r\n")),
            fails(&["malformed"]),
        ),
        raw(
            "a trailer without end",
            [chunked(&format!("{n:x}\r\n{GOOD}\r\n0\r\n")).into_bytes(), b"X: y\r\n".repeat(100_000)].concat(),
            whatever(),
        ),
        raw(
            "10,000 headers",
            format!("HTTP/1.1 200 OK\r\n{}Content-Length: {n}\r\n\r\n{GOOD}", "X: y\r\n".repeat(10_000)),
            unreachable(),
        ),
        raw(
            "a header of a megabyte",
            format!("HTTP/1.1 200 OK\r\nX: {}\r\nContent-Length: {n}\r\n\r\n{GOOD}", "y".repeat(1_000_000)),
            unreachable(),
        ),
        raw(
            "a header that is none",
            format!("HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: {n}\r\n\r\n{GOOD}"),
            unreachable(),
        ),
        raw("bare line feeds", format!("HTTP/1.1 200 OK\nContent-Length: {n}\n\n{GOOD}"), whatever()),
        raw(
            "continue, and the answer",
            [b"HTTP/1.1 100 Continue\r\n\r\n".to_vec(), ok(GOOD.as_bytes())].concat(),
            is_told("2600"),
        ),
        raw(
            "another protocol",
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
            fails(&["server-error", "unreachable", "malformed"]),
        ),
        Case::new("a reset", unreachable(), |_| Err(std::io::ErrorKind::ConnectionReset.into())),
    ]
}

/// What takes its time, or never ends.
pub(crate) fn slowness() -> Vec<Case> {
    let slow = || fails(&["timeout"]);
    let pause = Duration::from_millis(20);
    let head = |connection: &mut Connection| connection.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n");
    vec![
        Case::new("no answer", slow(), Connection::hang),
        Case::new("a head that drips", slow(), move |connection| connection.drip(b'H', pause)),
        Case::new("a header that drips", slow(), move |connection| {
            head(connection)?;
            connection.send("X-Slow: ")?;
            connection.drip(b'y', pause)
        }),
        Case::new("a body that drips", slow(), move |connection| {
            head(connection)?;
            connection.send("Content-Length: 100000\r\n\r\n{\"credits\":")?;
            connection.drip(b'1', pause)
        }),
        Case::new("a head and no body", slow(), move |connection| {
            head(connection)?;
            connection.send("Content-Length: 100\r\n\r\n")?;
            connection.hang()
        }),
        Case::new("pieces without end", slow(), move |connection| {
            head(connection)?;
            connection.send("Transfer-Encoding: chunked\r\n\r\n")?;
            loop {
                connection.send("1\r\n \r\n")?;
                std::thread::sleep(pause);
            }
        }),
        Case::new("a body without end", fails(&["malformed"]), move |connection| {
            head(connection)?;
            connection.send("\r\n")?;
            connection.flood(&[b' '; 65_536])
        }),
        Case::new("headers without end", fails(&["unreachable"]), |connection| {
            connection.send("HTTP/1.1 200 OK\r\n")?;
            connection.flood(&b"X: y\r\n".repeat(1000))
        }),
        Case::new("a status line without end", fails(&["unreachable"]), |connection| {
            connection.send("HTTP/1.1 200 ")?;
            connection.flood(&[b'O'; 65_536])
        }),
        Case::new("continue without end", fails(&["timeout", "unreachable"]), |connection| {
            connection.flood(&b"HTTP/1.1 100 Continue\r\n\r\n".repeat(100))
        }),
    ]
}
