//! What the simulator sends instead of the right answer while a fault is on.

use std::io;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use futures_util::stream;

use super::Shared;
use super::answers;
use super::faults::FaultKind;
use super::script::Balance;
use super::services::Service;

/// The size of the large bodies: far above what a client should read.
const HUGE: usize = 50 * 1024 * 1024;

const WEB_PAGE: &str =
    "<!DOCTYPE html>\n<html><head><title>Just a moment...</title></head><body><h1>Checking your browser</h1></body></html>\n";

/// Answers as the fault wants; `right` is what would have been sent without it.
pub(super) async fn spoil(
    fault: &FaultKind,
    service: Service,
    balance: Option<&Balance>,
    right: Response,
    shared: &Shared,
) -> Response {
    match fault {
        FaultKind::Status(status) => {
            answers::error(service.is_photoroom(), StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
        }
        FaultKind::RateLimited(seconds) => rate_limited(service, &seconds.to_string()),
        FaultKind::RateLimitedUntil(seconds) => {
            let until = (shared.clock)() + TimeDelta::seconds(i64::from(*seconds));
            rate_limited(service, &until.format("%a, %d %b %Y %H:%M:%S GMT").to_string())
        }
        FaultKind::Delay(delay) => {
            tokio::time::sleep(*delay).await;
            right
        }
        FaultKind::Hang => {
            shared.stopped.cancelled().await;
            answers::error(service.is_photoroom(), StatusCode::SERVICE_UNAVAILABLE)
        }
        FaultKind::Html => of_type("text/html; charset=utf-8", WEB_PAGE),
        FaultKind::Empty => of_type("application/json", Body::empty()),
        FaultKind::Truncated => truncated(right).await,
        FaultKind::Huge => of_type("application/json", spaces(HUGE)),
        FaultKind::GzipBomb => with_header(
            of_type("application/json", gzip_of_spaces(HUGE)),
            header::CONTENT_ENCODING,
            HeaderValue::from_static("gzip"),
        ),
        FaultKind::Deep => of_type("application/json", "[".repeat(100_000)),
        FaultKind::WrongTypes => Json(answers::spoiled(balance, service.version(), false)).into_response(),
        FaultKind::Nulls => Json(answers::spoiled(balance, service.version(), true)).into_response(),
        FaultKind::Redirect(url) => {
            let to = HeaderValue::from_str(url).unwrap_or(HeaderValue::from_static("/"));
            with_header(StatusCode::FOUND.into_response(), header::LOCATION, to)
        }
        FaultKind::Reset => of_type("application/json", broken_off()),
    }
}

fn of_type(content_type: &'static str, body: impl Into<Body>) -> Response {
    with_header(Response::new(body.into()), header::CONTENT_TYPE, HeaderValue::from_static(content_type))
}

fn with_header(mut response: Response, name: HeaderName, value: HeaderValue) -> Response {
    response.headers_mut().insert(name, value);
    response
}

fn rate_limited(service: Service, retry_after: &str) -> Response {
    let value = HeaderValue::from_str(retry_after).unwrap_or(HeaderValue::from_static("30"));
    with_header(answers::error(service.is_photoroom(), StatusCode::TOO_MANY_REQUESTS), header::RETRY_AFTER, value)
}

/// The first half of the right body, as a whole and well-formed HTTP answer.
async fn truncated(right: Response) -> Response {
    let body = axum::body::to_bytes(right.into_body(), HUGE).await.unwrap_or_default();
    let half = body.slice(..body.len() / 2);
    of_type("application/json", half)
}

/// White space, sent piece by piece: to a JSON reader the answer has not even begun.
fn spaces(length: usize) -> Body {
    let piece = Bytes::from(vec![b' '; 64 * 1024]);
    let pieces = length / piece.len();
    Body::from_stream(stream::iter((0..pieces).map(move |_| Ok::<_, io::Error>(piece.clone()))))
}

/// A piece of an answer, and then the connection is gone.
fn broken_off() -> Body {
    let gone = io::Error::new(io::ErrorKind::ConnectionReset, "the fault 'reset' is on");
    Body::from_stream(stream::iter([Ok(Bytes::from_static(b"{\"")), Err(gone)]))
}

/// `length` spaces as gzip: one literal, then "the last byte, 258 times more" over and over, 13 bits each.
fn gzip_of_spaces(length: usize) -> Vec<u8> {
    const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    // Fixed Huffman codes: the block's three head bits, the space, then length 258 and distance 1.
    const START: &[u8] = b"11001010000";
    const REPEAT: &[u8] = b"1100010100000";
    let bits = START.iter().chain(REPEAT.iter().cycle().take(REPEAT.len() * (length / 258)));
    let mut packed = HEADER.to_vec();
    let (mut byte, mut filled) = (0u8, 0u8);
    for bit in bits {
        byte |= (bit & 1) << filled;
        filled += 1;
        if filled == 8 {
            packed.push(byte);
            (byte, filled) = (0, 0);
        }
    }
    packed.push(byte);
    packed
}
