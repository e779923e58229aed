//! The documented endpoints: who is asked, who asks, and what goes wrong on the way.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::answers::{self, Version};
use super::script::Balance;
use super::{Shared, Stage, bodies};

/// A service that the simulator plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    ImaginePro,
    Photoroom(Version),
}

impl Service {
    /// The version of the service's endpoint.
    pub(super) fn version(self) -> Version {
        match self {
            Self::ImaginePro => Version::V1,
            Self::Photoroom(version) => version,
        }
    }

    /// Whether it is Photoroom.
    pub(super) fn is_photoroom(self) -> bool {
        matches!(self, Self::Photoroom(_))
    }

    /// The key that a request carries in this service's way.
    fn key(self, headers: &HeaderMap) -> Option<&str> {
        match self {
            Self::ImaginePro => headers.get("authorization")?.to_str().ok()?.strip_prefix("Bearer "),
            Self::Photoroom(_) => headers.get("x-api-key")?.to_str().ok(),
        }
    }
}

pub(super) async fn imaginepro(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    answer(&shared, Service::ImaginePro, &headers).await
}

pub(super) async fn photoroom_v1(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    answer(&shared, Service::Photoroom(Version::V1), &headers).await
}

pub(super) async fn photoroom_v2(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    answer(&shared, Service::Photoroom(Version::V2), &headers).await
}

pub(super) async fn nothing_here() -> Response {
    answers::imaginepro_error(StatusCode::NOT_FOUND, "There is nothing at this address of the simulator")
}

async fn answer(shared: &Shared, service: Service, headers: &HeaderMap) -> Response {
    let key = service.key(headers);
    let (fault, balance, right) = {
        let mut stage = shared.stage();
        stage.requests += 1;
        let account = key.and_then(|key| stage.by_key(key));
        let (id, balance) = account.map(|account| (account.script.id.clone(), account.script.balance.clone())).unzip();
        let right = documented(&stage, service, key);
        (stage.faults.strike(id.as_deref()), balance, right)
    };
    match fault {
        Some(fault) => bodies::spoil(&fault, service, balance.as_ref(), right, shared).await,
        None => right,
    }
}

/// What the service's documents promise for this key.
fn documented(stage: &Stage, service: Service, key: Option<&str>) -> Response {
    let account = key
        .and_then(|key| stage.by_key(key))
        .filter(|account| account.script.key_accepted && service.is_photoroom() == is_photoroom(&account.script.balance));
    match (service, account) {
        (Service::Photoroom(_), None) if key.is_none() => {
            answers::photoroom_message(StatusCode::BAD_REQUEST, "Please provide a valid API key in the x-api-key header.")
        }
        (Service::Photoroom(_), None) => answers::photoroom_detail(StatusCode::FORBIDDEN, "Invalid API key"),
        (Service::ImaginePro, None) => answers::imaginepro_error(StatusCode::UNAUTHORIZED, "Unauthorized"),
        (Service::ImaginePro, Some(account)) if account.is_empty() => {
            answers::imaginepro_error(StatusCode::UNAUTHORIZED, "Unauthorized")
        }
        (_, Some(account)) => answers::figures(&account.script.balance, service.version()),
    }
}

fn is_photoroom(balance: &Balance) -> bool {
    matches!(balance, Balance::Photoroom { .. })
}
