//! The bodies that the services document, field by field.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::SecondsFormat;
use serde::Serialize;
use serde_json::{Number, Value, json};

use super::script::Balance;
use crate::credit::Amount;

/// A JSON number with exactly the amount's digits.
pub(super) fn number(amount: Amount) -> Number {
    amount.to_string().parse().unwrap_or_else(|_| Number::from(0))
}

/// What ImaginePro's account-info answers; the fields in the documented order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AccountInfo<'a> {
    r#type: &'a str,
    credits_quota: Number,
    credits: Number,
    credits_extra: Number,
    expired_at: String,
    email: &'a str,
}

/// Photoroom's figures.
#[derive(Serialize)]
struct Pool {
    available: Number,
    subscription: Number,
}

/// What Photoroom's v2 answers.
#[derive(Serialize)]
struct ImagesAndPlan<'a> {
    images: Pool,
    plan: &'a str,
}

/// What Photoroom's v1 answers.
#[derive(Serialize)]
struct Credits {
    credits: Pool,
}

/// The version of Photoroom's account endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    V1,
    V2,
}

/// The documented answer to an account with these figures; `version` matters to Photoroom only.
pub(super) fn figures(balance: &Balance, version: Version) -> Response {
    match balance {
        Balance::ImaginePro { plan, quota, credits, extra, expires_at, email, .. } => Json(AccountInfo {
            r#type: plan,
            credits_quota: number(*quota),
            credits: number(*credits),
            credits_extra: number(*extra),
            expired_at: expires_at.to_rfc3339_opts(SecondsFormat::Millis, true),
            email,
        })
        .into_response(),
        Balance::Photoroom { old_pricing: true, .. } if version == Version::V2 => {
            photoroom_message(StatusCode::BAD_REQUEST, "You are using an old pricing version. Please contact support.")
        }
        Balance::Photoroom { plan, available, subscription, .. } => {
            let pool = Pool { available: number(*available), subscription: number(*subscription) };
            match version {
                Version::V1 => Json(Credits { credits: pool }).into_response(),
                Version::V2 => Json(ImagesAndPlan { images: pool, plan }).into_response(),
            }
        }
    }
}

/// The fields of a right answer, each with a value of the wrong type or `null`.
pub(super) fn spoiled(balance: Option<&Balance>, version: Version, nulls: bool) -> Value {
    let (text, figure) = if nulls { (Value::Null, Value::Null) } else { (json!(7), json!("many")) };
    match (balance, version) {
        (Some(Balance::Photoroom { .. }), Version::V2) => {
            json!({"images": {"available": figure, "subscription": figure}, "plan": text})
        }
        (Some(Balance::Photoroom { .. }), Version::V1) => json!({"credits": {"available": figure, "subscription": figure}}),
        _ => json!({"type": text, "creditsQuota": figure, "credits": figure, "creditsExtra": figure,
            "expiredAt": text, "email": text}),
    }
}

/// An error in ImaginePro's shape.
pub(super) fn imaginepro_error(status: StatusCode, message: &str) -> Response {
    let error = status.canonical_reason().unwrap_or("Error");
    (status, Json(json!({"message": message, "error": error, "statusCode": status.as_u16()}))).into_response()
}

/// An error in Photoroom's shape for bad requests.
pub(super) fn photoroom_message(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({"error": {"message": message}}))).into_response()
}

/// An error in Photoroom's shape for keys that are not valid.
pub(super) fn photoroom_detail(status: StatusCode, detail: &str) -> Response {
    (status, Json(json!({"error": {"detail": detail}}))).into_response()
}

/// An error in Photoroom's shape for accounts that are out of credit.
fn photoroom_out_of_credit() -> Response {
    let body = json!({"detail": "You have exhausted the number of images in your plan.", "status_code": 402,
        "type": "payment_required"});
    (StatusCode::PAYMENT_REQUIRED, Json(body)).into_response()
}

/// Any error status in the shape that the provider gives it.
pub(super) fn error(photoroom: bool, status: StatusCode) -> Response {
    let reason = status.canonical_reason().unwrap_or("Error");
    match status {
        _ if !photoroom => imaginepro_error(status, reason),
        StatusCode::PAYMENT_REQUIRED => photoroom_out_of_credit(),
        StatusCode::FORBIDDEN => photoroom_detail(status, "Invalid API key"),
        _ => photoroom_message(status, reason),
    }
}
