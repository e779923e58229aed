//! The demo: simulated providers, a sample configuration and a sample ledger in a folder that is gone afterwards.

mod folder;
mod history;
mod ledger;
mod sample;

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::TimeDelta;
use chrono_tz::Tz;

use self::folder::Folder;
use super::dashboard::{DashboardOptions, listen, open, tokio_runtime};
use super::recording::Witness;
use super::{Clock, Left, Workspace, WorkspaceOptions, simulate};
use crate::credit::{AccountId, Entry, EntryBody, Failure, FailureKind, Instant};
use crate::provider::simulator::{Script, ScriptedAccount, Simulator};
use crate::report::{Ending, Report};
use crate::store::Proposal;

pub(super) use self::folder::clear_away;

/// Opens the dashboard on six sample accounts as they stand at `now`, or at the machine's present: four of
/// them are polled over HTTP from a simulator on loopback, two are kept in a ledger.
///
/// Returns as [`super::dashboard()`] does. What is recorded of a simulated account is spent there too, as the real service would,
/// so the next poll shows it.
///
/// # Errors
/// A [`Report`] where there is no terminal, no temporary folder or no free port.
pub fn demo(now: Option<Instant>, zone: Option<Tz>, options: DashboardOptions) -> Result<Left, Report> {
    let clock = Clock::new(now)?;
    let runtime = tokio_runtime()?;
    // Before there is a folder: a signal during the start must not leave it behind.
    let signals = listen(&runtime)?;
    let folder = Folder::new().map_err(|error| no_folder(&std::env::temp_dir(), &error))?;
    let script = Script::sample(clock.now());
    let simulator = Arc::new(runtime.block_on(simulate::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), clock, script))?);
    let workspace = furnish(folder.path(), simulator.addr(), clock.now(), |config, data_dir| WorkspaceOptions {
        config: Some(config),
        data_dir: Some(data_dir),
        now,
        zone,
        actor: Some("demo".to_owned()),
        read_only: false,
    })?;
    open(runtime, signals, workspace, options, Some(spend_at(&simulator)))
}

/// Has the simulator spend what is recorded as spent.
fn spend_at(simulator: &Arc<Simulator>) -> Witness {
    let simulator = Arc::clone(simulator);
    Arc::new(move |entry: &Entry| {
        let amount = match &entry.body {
            EntryBody::Spend(spend) => spend.amount,
            EntryBody::Capture { amount, .. } => *amount,
            _ => return,
        };
        // Accounts that are kept in the ledger are not at the simulator; nor does it matter what it could not cover.
        let _ = simulator.spend(entry.account.as_str(), amount);
    })
}

/// Puts the sample into a folder and opens it as a workspace.
pub(super) fn furnish(
    folder: &Path,
    simulator: SocketAddr,
    now: Instant,
    options: impl FnOnce(PathBuf, PathBuf) -> WorkspaceOptions,
) -> Result<Workspace, Report> {
    let script = Script::sample(now);
    let keys = folder.join("keys");
    let config = folder.join("config.toml");
    DirBuilder::new().mode(0o700).create(&keys).map_err(|error| no_folder(&keys, &error))?;
    for account in &script.accounts {
        write(&keys.join(&account.id), &account.key)?;
    }
    write(&config, &sample::configuration(now, simulator, &keys))?;
    let mut workspace = Workspace::open(options(config, folder.join("data")))?;
    for account in &script.accounts {
        remember(&mut workspace, account, now)?;
    }
    let mut proposals = Vec::new();
    for id in workspace.ids() {
        let prices = workspace.book(&id)?.prices;
        proposals.extend(ledger::drafts(now, &id, &prices).into_iter().map(Proposal::from));
    }
    workspace.append(&proposals)?;
    Ok(workspace)
}

/// Stores what earlier polls saw of an account; the last one of a refused key failed.
fn remember(workspace: &mut Workspace, account: &ScriptedAccount, now: Instant) -> Result<(), Report> {
    let id = AccountId::new(&account.id).map_err(|error| Report::new(Ending::Internal, error.to_string()))?;
    let mut polls: Vec<_> = history::observations(now, &id, account).into_iter().map(Ok).collect();
    if !account.key_accepted {
        let at = now.checked_sub_signed(TimeDelta::minutes(4)).unwrap_or(now);
        let message = "Photoroom refused the key (403); make a new key on its site and set it".to_owned();
        polls.push(Err(Failure { kind: FailureKind::Forbidden, message, at, retry_at: None, or_out_of_credit: false }));
    }
    workspace.store_mut().record_polls(polls.iter().map(|poll| (&id, poll)), now)?;
    Ok(())
}

/// Writes a file that only its owner can read.
fn write(path: &Path, text: &str) -> Result<(), Report> {
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| no_folder(path, &error))
}

fn no_folder(path: &Path, error: &io::Error) -> Report {
    Report::new(Ending::Storage, format!("can't set up the demo at {}: {error}", path.display()))
        .hint("set TMPDIR to a folder that you can write to")
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::credit::{AccountState, AccountStatus, ChangeKind, Figure, WarningKind, parse_instant};
    use crate::runtime::testing::options;

    /// The six accounts as the first frame shows them, before any poll.
    fn first_sight(now: &str) -> Vec<AccountStatus> {
        let now = parse_instant(now).unwrap();
        let folder = TempDir::new().unwrap();
        let simulator = SocketAddr::from((Ipv4Addr::LOCALHOST, 9));
        let workspace = furnish(folder.path(), simulator, now, options(now)).unwrap();
        let books = workspace.books(&workspace.ids()).unwrap();
        books.iter().map(|book| book.status(now).unwrap()).collect()
    }

    #[test]
    fn a4_the_first_screen_is_the_same_each_time() {
        let sight = || {
            let statuses = first_sight("2026-11-20T09:00:00Z");
            statuses
                .iter()
                .map(|status| {
                    format!("{} {:?} {}", status.profile.id, status.state, status.known_total.known().unwrap_or_default())
                })
                .collect::<Vec<_>>()
        };
        let expected = [
            "studio Ok 2600",
            "studio-yearly Low 47",
            "shop-cutouts Ok 130.4",
            "old-key Stale 55",
            "dealer-north Ok 910",
            "portraits Ok 167",
        ];
        assert_eq!(sight(), expected);
        assert_eq!(sight(), sight());
    }

    #[test]
    fn s8_1_the_first_screen_has_a_refused_key_a_run_out_in_six_hours_and_a_lapse_in_eight_days() {
        let now = "2026-11-20T09:00:00Z";
        let statuses = first_sight(now);
        let of = |id: &str| statuses.iter().find(|status| status.profile.id.as_str() == id).unwrap();
        let kinds = |id: &str| of(id).warnings.iter().map(|warning| warning.kind).collect::<Vec<_>>();
        assert_eq!(kinds("old-key"), [WarningKind::KeyRefused, WarningKind::Stale]);
        assert_eq!(kinds("studio-yearly"), [WarningKind::RunsOut]);
        let hours = (of("studio-yearly").next_change.as_ref().unwrap().at - parse_instant(now).unwrap()).num_hours();
        assert!((5..=6).contains(&hours), "{hours}");
        let lapse = of("dealer-north").next_change.clone().unwrap();
        assert_eq!((lapse.kind, lapse.amount), (ChangeKind::Lapses, Some(Figure::Known(310.into()))));
        assert_eq!(lapse.at, parse_instant("2026-11-28T23:00:00Z").unwrap());
    }

    #[test]
    fn the_sample_is_believable_on_any_day() {
        for now in ["2024-02-29T23:59:00Z", "2026-01-01T00:00:00Z", "2026-03-31T12:00:00Z", "2027-10-31T01:30:00Z"] {
            let statuses = first_sight(now);
            assert_eq!(statuses.len(), 6, "{now}");
            for status in &statuses {
                let id = &status.profile.id;
                assert!(!matches!(status.state, AccountState::Pending | AccountState::Error | AccountState::Empty), "{now} {id}");
                assert!(status.uncovered.is_empty(), "{now} {id}: {:?}", status.uncovered);
                assert!(status.forecast.burn_per_day.is_some(), "{now} {id}");
            }
        }
    }

    #[test]
    fn what_is_recorded_is_spent_at_the_simulator() {
        let runtime = tokio_runtime().unwrap();
        let now = parse_instant("2026-11-20T09:00:00Z").unwrap();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let simulator = Arc::new(runtime.block_on(simulate::start(address, Clock::Stopped(now), Script::sample(now))).unwrap());
        let witness = spend_at(&simulator);
        let entry = |body| Entry {
            seq: crate::credit::Seq(1),
            account: AccountId::new("studio").unwrap(),
            at: now,
            recorded_at: now,
            reference: crate::credit::Ref::new("job-1").unwrap(),
            body,
            note: None,
            actor: None,
            tags: Vec::new(),
        };
        let hold = crate::credit::Ref::new("plan-1").unwrap();
        witness(&entry(EntryBody::Capture { hold: hold.clone(), amount: 2590.into() }));
        witness(&entry(EntryBody::Release { hold }));
        // Ten of the account's 2600 credits are left, so one of eleven is not covered.
        assert_eq!(simulator.spend("studio", 11.into()), Some(1.into()));
    }
}
