//! How an account endpoint is asked, and what its errors mean.

use std::time::Duration;

use super::{BaseUrl, Extraction, JsonPath};
use crate::credit::FailureKind;

/// How a provider's account endpoint is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The vendor's own address; an account's `base_url` stands in for it.
    pub base_url: BaseUrl,
    /// How the key is sent.
    pub auth: Auth,
    /// The endpoints, in the order in which they are tried; at least one.
    pub endpoints: Vec<Endpoint>,
    /// What errors mean, for all endpoints.
    pub errors: ErrorRules,
    /// The provider's rate limit, where one is known.
    pub rate: Option<RateLimit>,
    /// The shortest time between two polls that the provider states; `None` where it states none.
    pub minimum_interval: Option<Duration>,
}

impl Request {
    /// How many requests a poll may take: each endpoint's fallback is one more.
    #[must_use]
    pub fn requests_per_poll(&self) -> u32 {
        u32::try_from(self.endpoints.len()).unwrap_or(u32::MAX).max(1)
    }

    /// The least time between two polls by a stated rate; `None` where none is stated.
    #[must_use]
    pub fn least_gap(&self) -> Option<Duration> {
        let rate = self.rate?;
        Some(Duration::from_mins(1).saturating_mul(self.requests_per_poll()) / rate.per_minute.max(1))
    }

    /// The least time between two polls of one account: the stated minimum, or what the stated rate of a key or host comes to.
    #[must_use]
    pub fn least_interval(&self) -> Duration {
        self.minimum_interval.unwrap_or_default().max(self.least_gap().unwrap_or_default())
    }
}

/// How the key is sent: one header, perhaps with a scheme before the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Auth {
    /// The header's name, as `Authorization` or `x-api-key`.
    pub header: String,
    /// What stands before the key, as `Bearer`; `None` sends the key alone.
    pub scheme: Option<String>,
}

impl Auth {
    /// The header's value for a key. It is a secret.
    #[must_use]
    pub fn value(&self, key: &str) -> String {
        match &self.scheme {
            Some(scheme) => format!("{scheme} {key}"),
            None => key.to_owned(),
        }
    }
}

/// An HTTP method that an account endpoint takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET.
    Get,
    /// POST.
    Post,
}

impl Method {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// One endpoint: its request, when to go on to the next one, and where its answer keeps the figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The method.
    pub method: Method,
    /// The path after the base URL; it starts with a slash.
    pub path: String,
    /// Headers besides the key's.
    pub headers: Vec<(String, String)>,
    /// Query parameters, not yet encoded.
    pub query: Vec<(String, String)>,
    /// The body, sent as it is.
    pub body: Option<String>,
    /// The error answer after which the next endpoint is asked.
    pub fallback: Option<Fallback>,
    /// Where the answer keeps the figures.
    pub answer: Extraction,
}

/// An error answer after which the next endpoint is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fallback {
    /// The HTTP statuses that can mean it; at least one.
    pub statuses: Vec<u16>,
    /// Text that the error's message must hold, letter case aside; `None` asks for no message.
    pub message: Option<String>,
}

impl Fallback {
    /// Whether an error answer with this status and message sends on to the next endpoint.
    #[must_use]
    pub fn applies(&self, status: u16, message: Option<&str>) -> bool {
        self.statuses.contains(&status) && self.message.as_deref().is_none_or(|wanted| holds(message, wanted))
    }
}

/// Whether `message` holds `wanted`, letter case aside.
fn holds(message: Option<&str>, wanted: &str) -> bool {
    message.is_some_and(|message| message.to_lowercase().contains(&wanted.to_lowercase()))
}

/// What a provider's error answers mean.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErrorRules {
    /// Where an error answer keeps its message: the first path that holds a text counts.
    pub message_paths: Vec<JsonPath>,
    /// What statuses mean, the first fit counts.
    pub statuses: Vec<StatusMeaning>,
}

/// What an HTTP status of a provider means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusMeaning {
    /// The HTTP status.
    pub status: u16,
    /// Text that the error's message must hold, letter case aside; `None` fits any message.
    pub message: Option<String>,
    /// What sort of failure it is.
    pub kind: FailureKind,
    /// What it means, naming every cause where the status is ambiguous.
    pub means: String,
    /// One thing to do.
    pub hint: Option<String>,
    /// Whether the provider answers just so where no credits are left, besides what `kind` says.
    pub or_out_of_credit: bool,
}

impl ErrorRules {
    /// Whether a failure of this sort may as well mean that no credits are left: where one of its statuses does, it can't be told
    /// afterwards which it was.
    #[must_use]
    pub fn may_mean_out_of_credit(&self, kind: FailureKind) -> bool {
        self.statuses.iter().any(|rule| rule.kind == kind && rule.or_out_of_credit)
    }

    /// What the definition says of an error answer, if it does.
    #[must_use]
    pub fn meaning(&self, status: u16, message: Option<&str>) -> Option<&StatusMeaning> {
        self.statuses
            .iter()
            .find(|rule| rule.status == status && rule.message.as_deref().is_none_or(|wanted| holds(message, wanted)))
    }

    /// The sort of failure that an error answer is: the definition's word, else what HTTP says; any status that HTTP
    /// gives no better word for is a server error.
    #[must_use]
    pub fn kind(&self, status: u16, message: Option<&str>) -> FailureKind {
        self.meaning(status, message).map_or(
            match status {
                401 => FailureKind::Unauthorized,
                402 => FailureKind::OutOfCredit,
                403 => FailureKind::Forbidden,
                429 => FailureKind::RateLimited,
                _ => FailureKind::ServerError,
            },
            |meaning| meaning.kind,
        )
    }
}

/// What a rate limit counts by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateScope {
    /// Each key has its own allowance.
    Key,
    /// All keys share the host's allowance.
    Host,
}

/// A provider's rate limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// What it counts by.
    pub scope: RateScope,
    /// Requests in any minute.
    pub per_minute: u32,
    /// Whether the scope is assumed rather than documented.
    pub assumed: bool,
}
