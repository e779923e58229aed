//! The demo's accounts and their simulator, for tests.

use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use tempfile::TempDir;

use super::demo::furnish;
use super::{Clock, Workspace, WorkspaceOptions, simulate};
use crate::credit::{AccountId, Amount, BucketId, Draft, EntryBody, Instant, parse_instant};
use crate::provider::simulator::{Script, Simulator};
use crate::store::Proposal;

/// The instant of the sample.
pub(super) fn now() -> Instant {
    parse_instant("2026-11-20T09:00:00Z").unwrap()
}

pub(super) fn id(text: &str) -> AccountId {
    AccountId::new(text).unwrap()
}

/// The sample in a folder, with its simulator.
pub(super) async fn sample(folder: &TempDir) -> (Simulator, Workspace) {
    let simulator = simulate::start("127.0.0.1:0".parse().unwrap(), Clock::Stopped(now()), Script::sample(now())).await.unwrap();
    let workspace = furnish(folder.path(), simulator.addr(), now(), options(now())).unwrap();
    (simulator, workspace)
}

/// The sample opened by another process, so many seconds later.
pub(super) fn reopened(folder: &Path, later: i64) -> Workspace {
    let options = options(now() + TimeDelta::seconds(later));
    Workspace::open(options(folder.join("config.toml"), folder.join("data"))).unwrap()
}

pub(super) fn options(now: Instant) -> impl FnOnce(PathBuf, PathBuf) -> WorkspaceOptions {
    move |config, data_dir| WorkspaceOptions {
        config: Some(config),
        data_dir: Some(data_dir),
        now: Some(now),
        ..WorkspaceOptions::default()
    }
}

/// A credit more for an account that is kept in the ledger.
pub(super) fn adjust(account: &str) -> Proposal {
    let bucket = BucketId::new(if account == "portraits" { "bonus" } else { "purchased" }).unwrap();
    Proposal::from(Draft {
        account: id(account),
        at: now(),
        reference: None,
        body: EntryBody::Adjust { bucket, amount: Amount::ONE },
        note: None,
        actor: None,
        tags: Vec::new(),
        must_fit: false,
    })
}
