//! The configuration, the definitions and the ledger of one run, and the books made of them.

mod books;
mod definitions;
mod polls;
mod prices;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use chrono_tz::Tz;
use secrecy::SecretString;

use self::definitions::{definition_files, read_catalog};
use self::polls::OwnPoll;
pub(super) use self::polls::as_it_came;
use self::prices::Prices;
use super::Clock;
use super::versions::Versions;
use crate::catalog::Catalog;
use crate::config::{Account, Config, ConfigError, KeySource, Paths};
use crate::credit::{AccountId, Book, Instant, Rules, check_actor, print_instant};
use crate::report::{Ending, Report};
use crate::store::{Appended, Author, Ledger, Loss, Memory, Misplaced, Pools, Proposal, StoreError};

/// What a run may be told besides its command.
#[derive(Debug, Clone, Default)]
pub struct WorkspaceOptions {
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--data-dir`.
    pub data_dir: Option<PathBuf>,
    /// `--now`: stops the clock.
    pub now: Option<Instant>,
    /// `--tz`: the zone that times are shown in.
    pub zone: Option<Tz>,
    /// `--actor`, else `CREDITOP_ACTOR`: who records.
    pub actor: Option<String>,
    /// `--read-only`: nothing is written, and no provider is asked, since its answer could not be kept.
    pub read_only: bool,
}

/// The configuration, the definitions and the ledger of one run.
#[derive(Debug)]
pub struct Workspace {
    config: Config,
    catalog: Catalog,
    store: Ledger,
    paths: Paths,
    clock: Clock,
    zone: Tz,
    /// Whether the data folder is the one that is used where none is named.
    default_data: bool,
    own_polls: HashMap<AccountId, OwnPoll>,
    prices: Prices,
    opened_with: Versions,
    /// Who was named as the actor when the run began.
    actor: Option<String>,
    read_only: bool,
    /// What was seen of the ledger before.
    memory: Memory,
    /// How often the ledger was opened anew.
    reopened: u32,
    /// How often the configuration was read again.
    adopted: u32,
}

/// What has become of the ledger that was open.
#[derive(Debug)]
pub(super) enum Followed {
    /// It is where it was.
    Same,
    /// It is gone, and why nothing can be recorded.
    Gone(Report),
    /// Another one is there, and open now: all accounts by it.
    Anew(Vec<Book>),
}

/// What is read from the files that a person writes.
#[derive(Debug)]
pub(super) struct Settings {
    config: Config,
    catalog: Catalog,
}

impl Settings {
    /// Reads the configuration and the user's definitions; without a configuration, which may be `optional`, there are no
    /// accounts.
    fn read(paths: &Paths, optional: bool) -> Result<Self, Report> {
        let catalog = read_catalog(&paths.providers_dir)?;
        let mut config = match Config::load(&paths.config_file, &catalog) {
            Err(ConfigError::Missing { .. }) if optional => Config::default(),
            loaded => loaded?,
        };
        config.accounts = config.accounts.into_iter().map(known_sandbox).collect();
        Ok(Self { config, catalog })
    }
}

impl Workspace {
    /// Reads the configuration and the user's definitions, and opens the ledger.
    ///
    /// No configuration is no failure, unless its path was given: there are no accounts then.
    ///
    /// # Errors
    /// A [`Report`] with every problem of the files, or why the ledger can't be used.
    pub fn open(options: WorkspaceOptions) -> Result<Self, Report> {
        let WorkspaceOptions { config, data_dir, now, zone, actor, read_only } = options;
        let (given, default_data) = (config.is_some(), data_dir.is_none());
        let paths = Paths::discover(config, data_dir)?;
        // Before they are read: what changes meanwhile is noticed then.
        let opened_with = versions(&paths);
        let Settings { config, catalog } = Settings::read(&paths, !given)?;
        // Before the ledger is opened: what another process remembers is in it then.
        let mut memory = Memory::read(&paths.data_dir, paths.state_dir.as_deref(), !read_only);
        let clock = Clock::new(now)?;
        let zone = zone.or(config.time_zone).unwrap_or_else(machine_zone);
        let opened = if read_only { Ledger::open_read_only(&paths.data_dir) } else { Ledger::open(&paths.data_dir) };
        let mut store = opened.map_err(|error| not_opened(error, &memory, zone))?;
        store.sign_as(author(actor.as_deref(), &config));
        // A ledger that can't be read is reported by whoever needs it.
        let _ = memory.look(&store, clock.now());
        store.share(pools(&config));
        let own_polls = HashMap::new();
        Ok(Self {
            config,
            catalog,
            store,
            paths,
            clock,
            zone,
            default_data,
            own_polls,
            prices: Prices::default(),
            opened_with,
            actor,
            read_only,
            memory,
            reopened: 0,
            adopted: 0,
        })
    }

    /// Where the configuration is, and whether there was one when it was read last.
    #[must_use]
    pub fn config_file(&self) -> (String, bool) {
        (self.paths.config_file.display().to_string(), self.paths.config_file.exists())
    }

    /// The configuration; without accounts where there is no file.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The definitions: those compiled in and the user's own.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The ledger.
    #[must_use]
    pub fn store(&self) -> &Ledger {
        &self.store
    }

    /// The ledger, to be written to.
    pub fn store_mut(&mut self) -> &mut Ledger {
        &mut self.store
    }

    /// Where the files of this run are.
    #[must_use]
    pub fn paths(&self) -> &Paths {
        &self.paths
    }

    /// The clock of this run.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// The present instant.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// The zone that times are shown in: `--tz`, else the configuration's, else the machine's.
    #[must_use]
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// Whether nothing may be written.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// Who stands behind the entries that name nobody (SPEC L9); `None` where each has to.
    #[must_use]
    pub fn actor(&self) -> Option<String> {
        match author(self.actor.as_deref(), &self.config) {
            Author::Is(name) => Some(name),
            Author::Nobody | Author::MustBeNamed => None,
        }
    }

    /// Refuses to go on where nothing may be written.
    ///
    /// # Errors
    /// A [`Report`] under `--read-only`.
    pub fn must_be_writable(&self) -> Result<(), Report> {
        if self.read_only {
            return Err(Report::new(Ending::Usage, "nothing is recorded: --read-only was given").hint("leave it out to record"));
        }
        Ok(())
    }

    /// The account with that id.
    ///
    /// # Errors
    /// A [`Report`] with the nearest id.
    pub fn account(&self, id: &str) -> Result<&Account, Report> {
        Ok(self.config.account(id)?)
    }

    /// The account with that id, whose prices and rules are known.
    ///
    /// # Errors
    /// A [`Report`] with the nearest id, or with what is wrong with its provider's definition.
    pub fn usable_account(&self, id: &str) -> Result<&Account, Report> {
        let account = self.account(id)?;
        match &account.broken {
            None => Ok(account),
            Some(why) => Err(Report::new(Ending::Usage, format!("{id} can't be used as it is configured"))
                .details([why.clone()])
                .hint("mend the definition: creditop config check names all that is wrong")),
        }
    }

    /// Refuses entries for accounts whose rules are not known.
    ///
    /// # Errors
    /// As [`Workspace::usable_account`]; an account that is not configured is for the ledger to refuse.
    pub fn check_usable(&self, proposals: &[Proposal]) -> Result<(), Report> {
        for id in proposals.iter().map(|proposal| proposal.draft.account.as_str()) {
            if self.config.account(id).is_ok() {
                self.usable_account(id)?;
            }
        }
        Ok(())
    }

    /// The ids of all accounts, in the order of the configuration.
    #[must_use]
    pub fn ids(&self) -> Vec<AccountId> {
        self.config.accounts.iter().map(|account| account.profile.id.clone()).collect()
    }

    /// Records entries: all of them, durably, or none. What is recorded already counts as done.
    ///
    /// # Errors
    /// A [`Report`] that ends with [`Ending::No`] for entries that are refused and with [`Ending::Storage`] where the ledger
    /// can't be written; also as [`Workspace::may_stamp`].
    pub fn append(&mut self, proposals: &[Proposal]) -> Result<Vec<Appended>, Report> {
        self.must_be_writable()?;
        self.may_stamp()?;
        self.check_usable(proposals)?;
        let clock = self.clock;
        let appended = self.store.append(proposals, &rules_in(&self.config), || clock.now())?;
        self.remember();
        Ok(appended)
    }

    /// Holds the ledger against what was seen of it, and remembers it as it is now: call it after something was recorded. A ledger that
    /// can't be read is reported by whoever needs it.
    pub fn remember(&mut self) {
        let _ = self.memory.look(&self.store, self.clock.now());
    }

    /// What is gone of the ledger and was not told yet; from now on it counts as told.
    pub fn untold_losses(&mut self) -> Vec<Loss> {
        self.memory.tell(&self.store).unwrap_or_default()
    }

    /// All that is gone of the ledger since it was seen.
    ///
    /// # Errors
    /// A [`Report`] where the ledger can't be read.
    pub fn losses(&self) -> Result<Vec<Loss>, Report> {
        Ok(self.memory.losses(&self.store)?)
    }

    /// Takes the ledger as it is for the one to remember.
    ///
    /// # Errors
    /// A [`Report`] under `--read-only`, and where that can't be written down.
    pub fn accept_losses(&mut self) -> Result<(), Report> {
        self.must_be_writable()?;
        self.memory.accept().map_err(|(file, error)| {
            Report::new(Ending::Storage, format!("can't write {}: {error}", file.display()))
                .hint("make the file and its folder writable for you; until then what is gone is named again")
        })
    }

    /// Answers what [`Workspace::append`] would, and records nothing.
    ///
    /// # Errors
    /// As [`Workspace::append`].
    pub fn rehearse(&mut self, proposals: &[Proposal]) -> Result<Vec<Appended>, Report> {
        self.must_be_writable()?;
        self.check_usable(proposals)?;
        let clock = self.clock;
        Ok(self.store.rehearse(proposals, &rules_in(&self.config), || clock.now())?)
    }

    /// Refuses to store anything under a stopped clock in the folder where a person's own ledger is (SPEC A4): a poll or an entry
    /// that is stamped with another day would mislead every later look at that ledger.
    ///
    /// # Errors
    /// A [`Report`] where `--now` is given and no data folder is named.
    pub fn may_stamp(&self) -> Result<(), Report> {
        match self.clock {
            Clock::Stopped(at) if self.default_data => {
                let (folder, at) = (self.paths.data_dir.display(), print_instant(at));
                Err(Report::new(Ending::Usage, format!("--now would stamp polls and entries in {folder} with {at}"))
                    .hint("`--at T` looks at another day without writing; to try something out, name another folder with --data-dir DIR"))
            }
            Clock::Stopped(_) | Clock::System => Ok(()),
        }
    }

    /// Opens the ledger that its path leads to where that is another one than was opened: a restored backup, say. None is made where
    /// there is none.
    pub(super) fn follow_ledger(&mut self) -> Followed {
        let Some(how) = self.store.misplaced() else { return Followed::Same };
        if how != Misplaced::Replaced {
            let location = self.store.location().clone();
            return Followed::Gone(StoreError::Misplaced { location, how }.into());
        }
        let folder = &self.paths.data_dir;
        let opened = if self.read_only { Ledger::open_read_only(folder) } else { Ledger::open(folder) };
        match opened {
            Ok(store) => self.store = store,
            Err(error) => return Followed::Gone(error.into()),
        }
        self.store.sign_as(author(self.actor.as_deref(), &self.config));
        self.store.share(pools(&self.config));
        self.own_polls.clear();
        self.reopened += 1;
        self.remember();
        match self.recent_books(&self.ids()) {
            Ok(books) => Followed::Anew(books),
            Err(report) => Followed::Gone(report),
        }
    }

    /// How often the ledger was opened anew: what was seen of it before says nothing of this one.
    pub(super) fn reopened(&self) -> u32 {
        self.reopened
    }

    /// Another one where the configuration, or the ledger, has become another.
    pub(super) fn generation(&self) -> (u32, u32) {
        (self.adopted, self.reopened)
    }

    /// The versions of the files that were there when the workspace was opened.
    pub(super) fn opened_with(&self) -> &Versions {
        &self.opened_with
    }

    /// The versions of the configuration and of the user's definitions that there are now.
    pub(super) fn versions(&self) -> Versions {
        versions(&self.paths)
    }

    /// Reads the configuration and the user's definitions again, and changes nothing yet.
    ///
    /// # Errors
    /// A [`Report`] with every problem of the configuration. A definition that is broken is set aside, as at the start.
    pub(super) fn read_again(&self) -> Result<Settings, Report> {
        let file = &self.paths.config_file;
        if std::fs::metadata(file).is_ok_and(|data| !data.is_file() && !data.is_dir()) {
            let what = format!("{} is no file and can't be read a second time", file.display());
            return Err(Report::new(Ending::Usage, what).hint("start again for a change to count"));
        }
        // A definition that has gone wrong breaks its own accounts and holds nothing else back.
        Settings::read(&self.paths, self.config.file.is_none())
    }

    /// All that is wrong with the user's definitions, a sentence each with file and line.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        self.catalog.broken().iter().flat_map(|broken| &broken.problems).map(ToString::to_string).collect()
    }

    /// Takes over what was read again. The zone that times are shown in stays that of the start.
    pub(super) fn adopt(&mut self, settings: Settings) {
        let Settings { mut config, catalog } = settings;
        config.accounts = config.accounts.into_iter().map(|account| self.with_known_key(account)).collect();
        let before = std::mem::replace(&mut self.config, config);
        self.catalog = catalog;
        self.prices = Prices::default();
        self.adopted += 1;
        self.store.sign_as(author(self.actor.as_deref(), &self.config));
        self.store.share(pools(&self.config));
        let accounts = &self.config.accounts;
        self.own_polls.retain(|id, _| {
            let (now, before) = (accounts.get(id.as_str()), before.accounts.get(id.as_str()));
            now.zip(before).is_some_and(|(now, before)| asks_alike(now, before))
        });
    }

    /// An account with what its key, which may be had only by running a program, has shown before.
    fn with_known_key(&self, account: Account) -> Account {
        let same = |old: &&Account| old.key == account.key && old.definition == account.definition;
        match self.config.account(account.profile.id.as_str()).ok().filter(same) {
            Some(old) if !is_cheap(&account) => {
                let sandbox = old.settings.sandbox;
                account.as_sandbox(sandbox)
            }
            _ => account,
        }
    }

    /// Looks what sort of keys accounts have, as a poll would, without asking any provider. It may run the programs that tell
    /// keys; a key that can't be had is no failure.
    ///
    /// # Errors
    /// A [`Report`] for an unknown account.
    pub fn look_at_keys(&mut self, ids: &[AccountId]) -> Result<(), Report> {
        for id in ids {
            let account = self.account(id.as_str())?;
            // What is cheap to know is known since the configuration was read.
            if account.definition.sandbox_prefix().is_none() || is_cheap(account) {
                continue;
            }
            if let Some(Ok(key)) = account.key.as_ref().map(KeySource::resolve) {
                self.keyed(id, &key);
            }
        }
        Ok(())
    }

    /// Takes in what an account's key shows: a sandbox key changes rules and prices.
    pub(super) fn keyed(&mut self, id: &AccountId, key: &SecretString) {
        self.config.accounts.change(id, |account| account.with_key(key));
    }
}

/// The definitions of a run: those compiled in, and the user's own beside the configuration. Those that are broken are set aside.
///
/// # Errors
/// A [`Report`] where the folder of the user's definitions can't be read.
pub fn catalog(options: &WorkspaceOptions) -> Result<Catalog, Report> {
    read_catalog(&Paths::discover(options.config.clone(), options.data_dir.clone())?.providers_dir)
}

/// Whether two versions of an account are asked for in the same way, and as often.
pub(super) fn asks_alike(one: &Account, other: &Account) -> bool {
    asks_the_same(one, other) && (one.interval, one.max_interval) == (other.interval, other.max_interval)
}

/// Whether two versions of an account ask the same of the same host with the same key: what one learned holds for the other.
pub(super) fn asks_the_same(one: &Account, other: &Account) -> bool {
    let way = |account: &Account| (account.key.clone(), account.base_url.clone(), account.allow_insecure);
    way(one) == way(other) && one.definition == other.definition
}

/// The versions of the files: the configuration first. A folder that can't be read is reported when its files are.
fn versions(paths: &Paths) -> Versions {
    let definitions = definition_files(&paths.providers_dir).unwrap_or_default();
    Versions::of(std::iter::once(paths.config_file.clone()).chain(definitions))
}

/// Why the ledger can't be used; where there is none any more, also what was seen of it.
fn not_opened(error: StoreError, memory: &Memory, zone: Tz) -> Report {
    let gone = if matches!(error, StoreError::Missing { .. }) { memory.all_gone() } else { Vec::new() };
    let report = Report::from(error);
    match gone.first().map(Loss::hint) {
        Some(hint) => report.details(gone.iter().map(|loss| loss.what(zone))).hint(hint),
        None => report,
    }
}

/// Looks up the rules of a configured account.
fn rules_in(config: &Config) -> impl Fn(&AccountId) -> Option<Arc<Rules>> {
    |id| config.account(id.as_str()).ok().map(|account| Arc::clone(&account.rules))
}

/// An account whose provider has sandbox keys, as its key makes it where the key is had without running a program. A key
/// that isn't there is reported when it is needed.
fn known_sandbox(account: Account) -> Account {
    if !is_cheap(&account) || account.definition.sandbox_prefix().is_none() {
        return account;
    }
    match account.key.as_ref().map(KeySource::resolve) {
        Some(Ok(key)) => account.with_key(&key),
        _ => account,
    }
}

/// Whether an account's key is had without running a program.
fn is_cheap(account: &Account) -> bool {
    matches!(account.key, Some(KeySource::Env(_) | KeySource::File(_)))
}

/// The accounts that share one balance, each with the others.
fn pools(config: &Config) -> Pools {
    let of = |account: &Account| Some((account.profile.id.clone(), account.profile.pool.clone()?.others));
    config.accounts.iter().filter_map(of).filter(|(_, others)| !others.is_empty()).collect()
}

/// Who stands behind entries that name nobody: who was named, else the configuration's actor, else the system's user, who is no
/// named actor for a team (SPEC L9).
fn author(named: Option<&str>, config: &Config) -> Author {
    match named.or(config.actor.as_deref()) {
        Some(name) => Author::Is(name.to_owned()),
        None if config.team => Author::MustBeNamed,
        None => Author::Is(system_user()),
    }
}

/// The name of the user that runs this: as the session tells it, which costs nothing; else as the system's list of users has it
/// (a cron job has no session); else the number.
fn system_user() -> String {
    let told = ["USER", "LOGNAME", "USERNAME"].into_iter().filter_map(|name| std::env::var(name).ok());
    let listed = std::iter::once_with(|| whoami::username().ok()).flatten();
    let mut names = told.chain(listed).map(|name| name.trim().to_owned());
    names.find(|name| check_actor(name).is_ok()).unwrap_or_else(user_number)
}

#[cfg(unix)]
fn user_number() -> String {
    format!("uid {}", rustix::process::getuid().as_raw())
}

#[cfg(not(unix))]
fn user_number() -> String {
    "somebody".to_owned()
}

/// The machine's zone: `TZ` where it names one, else what the system is set to, else UTC.
fn machine_zone() -> Tz {
    let named = |name: String| name.trim_start_matches(':').parse().ok();
    let told = std::env::var("TZ").ok().and_then(named);
    told.or_else(|| iana_time_zone::get_timezone().ok().and_then(named)).unwrap_or(Tz::UTC)
}

#[cfg(test)]
mod tests;
