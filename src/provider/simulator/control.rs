//! The simulator's own endpoints: look at the accounts, spend, top up, reset, switch faults.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::account::LiveAccount;
use super::answers::number;
use super::faults::Fault;
use super::script::Balance;
use super::{Shared, Stage};
use crate::credit::{Amount, print_instant};

type Answer = Result<Json<Value>, (StatusCode, Json<Value>)>;

fn refuse(status: StatusCode, message: impl Into<String>) -> (StatusCode, Json<Value>) {
    (status, Json(json!({"error": message.into()})))
}

/// A request about an account; an amount is a JSON number or a decimal string.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    account: String,
    amount: Option<Value>,
}

impl Order {
    /// The amount, above zero.
    fn amount(&self) -> Result<Amount, (StatusCode, Json<Value>)> {
        let text = match &self.amount {
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::String(text)) => text.clone(),
            _ => String::new(),
        };
        let amount = text.parse::<Amount>().ok().filter(|amount| amount.is_positive());
        amount.ok_or_else(|| refuse(StatusCode::BAD_REQUEST, "\"amount\" has to be a number above zero"))
    }

    fn account<'a>(&self, stage: &'a mut Stage) -> Result<&'a mut LiveAccount, (StatusCode, Json<Value>)> {
        let missing = || refuse(StatusCode::NOT_FOUND, "there is no such account; GET /simulator lists them");
        stage.named(&self.account).ok_or_else(missing)
    }
}

/// A fault to switch on, or an account whose faults to switch off (`null`: everybody's).
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
pub(super) enum FaultOrder {
    Fault(String),
    Clear(Option<String>),
}

pub(super) async fn list(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let stage = shared.stage();
    let accounts: Vec<Value> = stage.accounts.iter().map(describe).collect();
    let faults: Vec<String> = stage.faults.as_slice().iter().map(ToString::to_string).collect();
    let at = print_instant((shared.clock)());
    Json(json!({"at": at, "requests": stage.requests, "accounts": accounts, "faults": faults}))
}

pub(super) async fn spend(State(shared): State<Arc<Shared>>, Json(order): Json<Order>) -> Answer {
    let mut stage = shared.stage();
    let amount = order.amount()?;
    let account = order.account(&mut stage)?;
    let uncovered = account.spend(amount);
    let mut answer = describe(account);
    if let Value::Object(fields) = &mut answer {
        fields.insert("uncovered".into(), Value::Number(number(uncovered)));
    }
    Ok(Json(answer))
}

pub(super) async fn top_up(State(shared): State<Arc<Shared>>, Json(order): Json<Order>) -> Answer {
    let mut stage = shared.stage();
    let amount = order.amount()?;
    let account = order.account(&mut stage)?;
    account.top_up(amount);
    Ok(Json(describe(account)))
}

pub(super) async fn reset(State(shared): State<Arc<Shared>>, Json(order): Json<Order>) -> Answer {
    let mut stage = shared.stage();
    let account = order.account(&mut stage)?;
    account.refill();
    Ok(Json(describe(account)))
}

pub(super) async fn fault(State(shared): State<Arc<Shared>>, Json(order): Json<FaultOrder>) -> Answer {
    let mut stage = shared.stage();
    match order {
        FaultOrder::Clear(account) => stage.faults.clear(account.as_deref()),
        FaultOrder::Fault(text) => {
            let fault: Fault = text.parse().map_err(|why| refuse(StatusCode::BAD_REQUEST, format!("{why}")))?;
            if let Some(account) = &fault.account
                && stage.named(account).is_none()
            {
                return Err(refuse(StatusCode::NOT_FOUND, format!("there is no account {account:?}")));
            }
            stage.faults.add(fault);
        }
    }
    let faults: Vec<String> = stage.faults.as_slice().iter().map(ToString::to_string).collect();
    Ok(Json(json!({"faults": faults})))
}

/// An account without its key: only the key's last four characters tell it apart.
fn describe(account: &LiveAccount) -> Value {
    let script = &account.script;
    let skipped = script.key.chars().count().saturating_sub(4);
    let key_end: String = script.key.chars().skip(skipped).collect();
    let figures = match &script.balance {
        Balance::ImaginePro { plan, quota, credits, extra, expires_at, .. } => json!({
            "type": plan, "creditsQuota": number(*quota), "credits": number(*credits), "creditsExtra": number(*extra),
            "expiredAt": print_instant(*expires_at),
        }),
        Balance::Photoroom { plan, available, subscription, old_pricing, .. } => json!({
            "plan": plan, "available": number(*available), "subscription": number(*subscription), "oldPricing": old_pricing,
        }),
    };
    json!({"id": script.id, "name": script.name, "provider": script.balance.provider(), "key": format!("…{key_end}"),
        "keyAccepted": script.key_accepted, "figures": figures})
}
