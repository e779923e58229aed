//! The client against the simulator over real HTTP on loopback.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use chrono::TimeDelta;
use secrecy::SecretString;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::simulator::{Balance, Faults, Script, Simulator};
use super::*;
use crate::catalog::Catalog;
use crate::credit::{Failure, FailureKind, Figure, Instant, PlanId, Sighting, parse_instant};

mod answers;
mod control;
mod failures;
mod trust;

const STUDIO: &str = "demo-imaginepro-studio";
const SHOP: &str = "demo-photoroom-shop-cutouts";

fn now() -> Instant {
    parse_instant("2026-11-20T09:00:00Z").unwrap()
}

/// A simulator whose clock stands still.
async fn play(script: Script) -> Simulator {
    Simulator::bind(SocketAddr::from(([127, 0, 0, 1], 0)), script, Arc::new(now)).await.unwrap()
}

async fn sample() -> Simulator {
    play(Script::sample(now())).await
}

fn target(provider: &str, base_url: &str, key: &str) -> Target {
    let definition = Arc::clone(Catalog::builtin().get(provider).unwrap());
    let key = Some(SecretString::from(key));
    let base_url = Some(base_url.parse().unwrap());
    Target { account: "studio".parse().unwrap(), definition, base_url, key, allow_insecure: false }
}

fn client() -> Client {
    let limit = Duration::from_secs(30);
    Client::new(ClientOptions { connect_timeout: limit, total_timeout: limit })
}

/// A client that soon loses its patience, for answers that never come.
fn hasty() -> Client {
    let limit = Duration::from_millis(150);
    Client::new(ClientOptions { connect_timeout: limit, total_timeout: limit })
}

async fn studio(simulator: &Simulator) -> Result<Sighting, Failure> {
    client().poll(&target("imaginepro", &simulator.base_url(), STUDIO), now()).await
}

async fn shop(simulator: &Simulator) -> Result<Sighting, Failure> {
    client().poll(&target("photoroom", &simulator.base_url(), SHOP), now()).await
}

/// The failure of the studio's poll while a fault is on.
async fn struck(fault: &str) -> Failure {
    let simulator = sample().await;
    simulator.add_faults(&Faults::parse([fault]).unwrap());
    studio(&simulator).await.unwrap_err()
}

fn known(text: &str) -> Figure {
    Figure::Known(text.parse().unwrap())
}

/// Bucket, remaining and capacity of everything seen.
fn figures(seen: &Sighting) -> Vec<(&str, Figure, Option<Figure>)> {
    seen.buckets.iter().map(|bucket| (bucket.bucket.as_str(), bucket.remaining, bucket.capacity)).collect()
}

async fn order(simulator: &Simulator, path: &str, body: serde_json::Value) -> (u16, serde_json::Value) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.post(format!("{}{path}", simulator.base_url())).json(&body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// A server that answers every request alike.
async fn answering(status: u16, headers: &[(&'static str, String)], body: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let mut answer = axum::http::Response::builder().status(status);
    for (name, value) in headers {
        answer = answer.header(*name, value);
    }
    let (parts, ()) = answer.body(()).unwrap().into_parts();
    let app = Router::new().fallback(move || std::future::ready((parts.clone(), body.clone())));
    tokio::spawn(async move { axum::serve(listener, app).await });
    base
}
