//! Asks one account's endpoint, within limits of time, size and trust (SPEC P5).

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Method as HttpMethod, Response, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use zeroize::Zeroizing;

use super::echo::Echo;
use super::extract::{AnswerError, extract_from};
use super::failure::{RedirectRefused, Trouble, retry_at};
use super::json;
use super::text::plain;
use crate::catalog::{BaseUrl, Definition, Endpoint, Method, Request, host_of, is_loopback};
use crate::credit::{AccountId, Failure, FailureKind, Instant, Sighting};

/// The most bytes that are read of an answer, counted after unpacking: 1 MiB.
pub const ANSWER_LIMIT: usize = 1024 * 1024;

/// How many redirects within a host are followed.
const MOST_REDIRECTS: usize = 5;

/// What a malformed answer asks a person to do.
const CHECK_ANSWER: &str = "check the account's base_url, and whether the provider changed its answer";

/// The time limits of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientOptions {
    /// From the start of a connection until it stands.
    pub connect_timeout: Duration,
    /// From the start of a poll until its answer is read, fallbacks counted.
    pub total_timeout: Duration,
}

impl Default for ClientOptions {
    /// 5 seconds to connect, 15 seconds in all.
    fn default() -> Self {
        Self { connect_timeout: Duration::from_secs(5), total_timeout: Duration::from_secs(15) }
    }
}

/// An account as it is asked. The key is a secret and is not printed.
#[derive(Debug, Clone)]
pub struct Target {
    /// The account.
    pub account: AccountId,
    /// Its provider.
    pub definition: Arc<Definition>,
    /// Stands in for the provider's own address: a gateway, or the simulator.
    pub base_url: Option<BaseUrl>,
    /// The key, where there is one.
    pub key: Option<SecretString>,
    /// Whether plain http is allowed to hosts other than loopback.
    pub allow_insecure: bool,
}

impl Target {
    /// The host that is asked, with its port where it is not the usual one; `None` where the provider has no endpoint.
    #[must_use]
    pub fn host(&self) -> Option<String> {
        let request = self.definition.request.as_ref()?;
        Some(self.base_url.as_ref().unwrap_or(&request.base_url).host())
    }
}

/// Asks account endpoints. Cheap to share behind an `Arc`; connections are kept and used again.
#[derive(Debug)]
pub struct Client {
    options: ClientOptions,
    /// For loopback: never by way of a proxy. Each is made when first needed, since reading the system's certificates takes time.
    near: OnceLock<reqwest::Client>,
    /// For the world: through the system's proxy, if one is set.
    far: OnceLock<reqwest::Client>,
}

impl Client {
    /// A client that has not connected to anything yet.
    #[must_use]
    pub fn new(options: ClientOptions) -> Self {
        Self { options, near: OnceLock::new(), far: OnceLock::new() }
    }

    /// Asks an account's endpoint, and the endpoints after it as long as their definition's fallback applies.
    ///
    /// The observation was first and last seen at `now`.
    ///
    /// # Errors
    /// A [`Failure`] at `now` of the fitting kind, with a message that holds neither the key nor control characters; `retry_at`
    /// where the provider sent `Retry-After`.
    pub async fn poll(&self, target: &Target, now: Instant) -> Result<Sighting, Failure> {
        let asked = tokio::time::timeout(self.options.total_timeout, self.walk(target, now)).await;
        let outcome = asked.unwrap_or_else(|_| Err(Trouble::timeout(&target.host().unwrap_or_default())));
        outcome.map_err(|trouble| trouble.into_failure(target, now))
    }

    async fn walk(&self, target: &Target, now: Instant) -> Result<Sighting, Trouble> {
        let Some(request) = &target.definition.request else {
            let what = "has no account endpoint to ask";
            return Err(Trouble::new(FailureKind::Refused, what, "keep this account in the ledger"));
        };
        let key = key_header(target, request)?;
        let base = base_url(target, request)?;
        let mut last = Trouble::new(FailureKind::Refused, "has no endpoint in its definition", "add one to the definition");
        for endpoint in &request.endpoints {
            let answer = self.ask(base, endpoint, &key).await?;
            if answer.status().is_success() {
                let host = host_of(answer.url());
                let body = read(answer, &host).await?;
                let answer = without_echo(&body, &Echo::of(target.key.as_ref()))?;
                return extract_from(&endpoint.answer, &answer, &target.account, now).map_err(Trouble::from);
            }
            let status = answer.status().as_u16();
            let retry_at =
                answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).and_then(|text| retry_at(text, now));
            let host = host_of(answer.url());
            let message = read(answer, &host).await.ok().and_then(|body| error_message(request, &body));
            let goes_on = endpoint.fallback.as_ref().is_some_and(|fallback| fallback.applies(status, message.as_deref()));
            last = Trouble::of_status(&target.definition, status, message, retry_at);
            if !goes_on {
                break;
            }
        }
        Err(last)
    }

    async fn ask(&self, base: &Url, endpoint: &Endpoint, key: &(HeaderName, HeaderValue)) -> Result<Response, Trouble> {
        let url = endpoint_url(base, endpoint)?;
        let host = host_of(&url);
        let method = match endpoint.method {
            Method::Get => HttpMethod::GET,
            Method::Post => HttpMethod::POST,
        };
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        for (name, value) in &endpoint.headers {
            let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) else {
                let what = format!("can't be asked: its definition holds the header {name:?}, which can't be sent");
                return Err(Trouble::new(FailureKind::Refused, what, "correct the definition"));
            };
            headers.insert(name, value);
        }
        headers.insert(key.0.clone(), key.1.clone());
        let mut question = self.for_url(&url)?.request(method, url).headers(headers);
        if let Some(body) = &endpoint.body {
            question = question.body(body.clone());
        }
        question.send().await.map_err(|error| Trouble::of_transport(&error, &host))
    }

    /// The client that may ask this address, made when first needed.
    fn for_url(&self, url: &Url) -> Result<&reqwest::Client, Trouble> {
        let near = is_loopback(url);
        let slot = if near { &self.near } else { &self.far };
        if let Some(client) = slot.get() {
            return Ok(client);
        }
        let builder = reqwest::Client::builder()
            .user_agent(concat!("creditop/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(self.options.connect_timeout)
            .redirect(Policy::custom(stay_on_host))
            .referer(false);
        let builder = if near { builder.no_proxy() } else { builder };
        let client = builder.build().map_err(|error| Trouble::of_transport(&error, &host_of(url)))?;
        Ok(slot.get_or_init(|| client))
    }
}

impl From<AnswerError> for Trouble {
    fn from(error: AnswerError) -> Self {
        let hint = if error.kind == FailureKind::Malformed { CHECK_ANSWER } else { "look at the account on the provider's site" };
        let what = if error.kind == FailureKind::Malformed {
            format!("gave an answer that can't be used: it {}", error.what)
        } else {
            format!("answered, but it {}", error.what)
        };
        Self::new(error.kind, what, hint)
    }
}

/// Follows a redirect only within the same host and port, and never from https to plain http.
fn stay_on_host(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let to = attempt.url();
    let Some(from) = attempt.previous().last() else { return attempt.stop() };
    let refusal = if from.host_str() != to.host_str() {
        RedirectRefused::OtherHost(host_of(to))
    } else if from.scheme() == "https" && to.scheme() != "https" {
        RedirectRefused::PlainHttp
    } else if from.port_or_known_default() != to.port_or_known_default() {
        RedirectRefused::OtherHost(host_of(to))
    } else if attempt.previous().len() > MOST_REDIRECTS {
        RedirectRefused::TooMany
    } else {
        return attempt.follow();
    };
    attempt.error(refusal)
}

/// The header that carries the key, marked as a secret.
fn key_header(target: &Target, request: &Request) -> Result<(HeaderName, HeaderValue), Trouble> {
    let no_key = |why: &str, hint: &str| Trouble::new(FailureKind::NoKey, format!("was not asked: {why}"), hint);
    let Some(key) = &target.key else {
        return Err(no_key("the account has no key", "set the account's key"));
    };
    let key = key.expose_secret();
    if key.is_empty() {
        return Err(no_key("the account's key is empty", "check where the account's key comes from"));
    }
    if let Some(odd) = key.chars().find(|c| !c.is_ascii_graphic()) {
        let holds = match odd {
            '\n' | '\r' => "a line break",
            ' ' | '\t' => "white space",
            c if c.is_control() => "a control character",
            _ => "a character that is not ASCII",
        };
        let why = format!("the account's key holds {holds}, which no key can");
        return Err(no_key(&why, "check where the account's key comes from"));
    }
    let unsendable = || no_key("its definition's key header can't be sent", "correct the definition");
    let name = request.auth.header.parse::<HeaderName>().map_err(|_| unsendable())?;
    let mut value = HeaderValue::from_str(&Zeroizing::new(request.auth.value(key))).map_err(|_| unsendable())?;
    value.set_sensitive(true);
    Ok((name, value))
}

/// The address that an account is asked at, once it is known that its key may travel there.
fn base_url<'a>(target: &'a Target, request: &'a Request) -> Result<&'a Url, Trouble> {
    let base = target.base_url.as_ref().unwrap_or(&request.base_url);
    if base.may_carry_key(target.allow_insecure) {
        return Ok(base.url());
    }
    let what = format!("was not asked: plain http to {} would send the key unencrypted", base.host());
    Err(Trouble::new(FailureKind::Refused, what, "use https, or set allow_insecure = true on the account"))
}

fn endpoint_url(base: &Url, endpoint: &Endpoint) -> Result<Url, Trouble> {
    let mut url = base.clone();
    url.set_path(&format!("{}{}", base.path().trim_end_matches('/'), endpoint.path));
    if !endpoint.query.is_empty() {
        url.query_pairs_mut().extend_pairs(&endpoint.query);
    }
    if host_of(&url) == host_of(base) {
        return Ok(url);
    }
    Err(Trouble::new(FailureKind::Refused, "can't be asked: its definition's path leaves the host", "correct the definition"))
}

/// Reads a body up to [`ANSWER_LIMIT`].
async fn read(mut answer: Response, host: &str) -> Result<Vec<u8>, Trouble> {
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(|error| Trouble::of_transport(&error, host))? {
        if body.len() + piece.len() > ANSWER_LIMIT {
            let what = "gave an answer of more than 1 MiB, which is not read any further";
            return Err(Trouble::new(FailureKind::Malformed, what, CHECK_ANSWER));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// An answer in which nothing repeats the key, before anything is taken out of it: what holds the key is nobody's plan and no e-mail
/// address.
fn without_echo(body: &[u8], echo: &Echo) -> Result<Value, Trouble> {
    let mut answer = json::parse(body).map_err(|what| {
        // Before it is cut: the key could not be seen in a part of it.
        let is_safe = !echo.is_in(&what);
        AnswerError::malformed(if is_safe {
            plain(&what, json::LONGEST_REASON)
        } else {
            "is no JSON that can be used".to_owned()
        })
    })?;
    echo.hide(&mut answer);
    Ok(answer)
}

/// The message of an error answer, where its definition finds one.
fn error_message(request: &Request, body: &[u8]) -> Option<String> {
    let root = json::parse(body).ok()?;
    let mut paths = request.errors.message_paths.iter();
    paths.find_map(|path| json::find_one(&root, path).ok()?.value.as_str().map(str::to_owned))
}
