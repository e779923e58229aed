//! Looks, while the dashboard is open, for what others change: entries of other processes (SPEC L5), and the configuration
//! with the user's definitions (SPEC 9).

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use super::ledger_thread::LedgerThread;
use super::poller::{Poller, Rounds};
use super::versions::{Look, Vigil};
use super::{Followed, Workspace};
use crate::credit::{AccountId, CLOCKS_DIFFER, Instant, PollHealth, Seq};
use crate::report::Report;
use crate::store::{Filter, Loss};
use crate::tui::Message;

/// How often is looked.
const EVERY: Duration = Duration::from_secs(2);

/// How long a changed file must stay as it is to count as saved. A missing one is given until the next look.
const SETTLING: Duration = Duration::from_millis(300);

/// How many of the newest entries are looked at; what another process recorded beyond them shows at the next poll.
const MOST_LOOKED_AT: u32 = 1000;

/// How many polls of other processes are taken over at one look; the others follow at the next ones.
const MOST_POLLS: usize = 200;

/// After how many looks files that others can read or change are looked for again: what is mended must not be said for long, and
/// with thousands of key files looking takes a moment.
const EXPOSED_EVERY: u32 = 15;

/// What was seen so far.
#[derive(Debug)]
pub(super) struct Watcher {
    others: Others,
    files: Vigil,
    /// Whether the screens know that the ledger is gone.
    lost: bool,
    /// Looks until files that others can read or change are looked for again.
    until_exposed: u32,
}

/// What other processes had written when it was last looked.
#[derive(Debug, Default)]
struct Others {
    /// What tells whether they have written since; `None` before the first look, and where not all of it was taken over.
    writes: Option<i64>,
    /// The latest entry in the order of recording; `None` before the first look.
    entries: Option<Seq>,
    /// The last poll of each account that the screens know of.
    polls: HashMap<AccountId, Instant>,
    /// How often the ledger had been opened anew.
    reopened: u32,
}

/// What others changed.
#[derive(Debug, Default)]
struct Changes {
    /// Accounts with new entries or polls.
    touched: Vec<AccountId>,
    /// How polling goes where others polled.
    polled: Vec<(AccountId, PollHealth)>,
}

/// What a look came to, besides what the screens were told.
struct Looked {
    /// The schedules that follow from a new configuration.
    rounds: Option<Rounds>,
    /// What others changed.
    changes: Changes,
    /// When to look again.
    pause: Duration,
}

impl Watcher {
    /// Begins with the files as they were when the workspace was opened.
    pub(super) fn new(workspace: &Workspace) -> Self {
        Self {
            others: Others::default(),
            files: Vigil::new(workspace.opened_with().clone()),
            lost: false,
            until_exposed: EXPOSED_EVERY,
        }
    }

    /// Looks again and again. Needs a tokio runtime, and ends with it.
    pub(super) fn begin(self, ledger_thread: &LedgerThread, poller: &Poller, news: &UnboundedSender<Message>) {
        let (ledger_thread, poller, news) = (ledger_thread.clone(), poller.clone(), news.clone());
        tokio::spawn(async move {
            let mut watcher = self;
            loop {
                let news = news.clone();
                let look = ledger_thread.ask(move |workspace| {
                    // Told from the ledger's thread, so that what the screens hear of an account has the order of what happened.
                    let looked = watcher.look(workspace, &|message| drop(news.send(message)));
                    (watcher, looked)
                });
                let Some((returned, looked)) = look.await else { return };
                watcher = returned;
                if let Some(rounds) = looked.rounds {
                    poller.follow(rounds);
                }
                poller.stir(looked.changes.touched);
                poller.heard(looked.changes.polled);
                tokio::time::sleep(looked.pause).await;
            }
        });
    }

    fn look(&mut self, workspace: &mut Workspace, tell: &dyn Fn(Message)) -> Looked {
        self.follow_ledger(workspace, tell);
        // What can't be read now is read, or reported, at the next poll or entry.
        let changes = self.others.look(workspace).unwrap_or_default();
        workspace.remember();
        for loss in workspace.untold_losses() {
            tell(lost(&loss));
        }
        for book in workspace.recent_books(&workspace.with_sharers(&changes.touched)).unwrap_or_default() {
            tell(Message::BookChanged(Box::new(book)));
        }
        self.until_exposed = self.until_exposed.checked_sub(1).unwrap_or(EXPOSED_EVERY);
        if self.until_exposed == 0 {
            tell(Message::Exposed(workspace.cautions(&workspace.ids())));
        }
        let found = workspace.versions();
        let (rounds, pause) = match self.files.look(&found) {
            Look::Same | Look::Missing => (None, EVERY),
            Look::Saving => (None, SETTLING),
            Look::Settled => {
                let answer = workspace.read_again();
                if workspace.versions() == found {
                    self.files.read(found);
                    (take_over(workspace, answer, tell), EVERY)
                } else {
                    // Saved while it was read: what was read may be half of it.
                    (None, SETTLING)
                }
            }
        };
        Looked { rounds, changes, pause }
    }
}

/// What the screens say of a ledger that has become shorter.
pub(super) fn lost(loss: &Loss) -> Message {
    let (was, is) = (loss.was.entries, loss.is.entries);
    // Short enough for a line of the smallest screen; the command says the rest.
    let what = if is < was {
        format!("The ledger has become shorter: {was} entries, now {is}")
    } else {
        "The ledger is not the one that was seen before".to_owned()
    };
    Message::Refused { request: None, what, hint: Some("creditop ledger verify".to_owned()) }
}

impl Watcher {
    /// Follows the ledger where its path leads to another one, and says so; where it is gone, that is said once.
    fn follow_ledger(&mut self, workspace: &mut Workspace, tell: &dyn Fn(Message)) {
        let followed = workspace.follow_ledger();
        let was_lost = std::mem::replace(&mut self.lost, matches!(followed, Followed::Gone(_)));
        match followed {
            Followed::Same if was_lost => tell(Message::Notice("The ledger is back where it was".to_owned())),
            Followed::Gone(report) if !was_lost => tell(super::refused(None, report)),
            Followed::Same | Followed::Gone(_) => {}
            Followed::Anew(books) => {
                tell(Message::Books(books));
                tell(Message::Notice("Another ledger took the old one's place: these are its figures".to_owned()));
            }
        }
        if self.others.reopened != workspace.reopened() {
            self.others = Others { reopened: workspace.reopened(), ..Others::default() };
        }
    }
}

/// Takes a good configuration over and tells the screens; a bad one is told, and the old one stays.
fn take_over(
    workspace: &mut Workspace,
    answer: Result<super::workspace::Settings, Report>,
    tell: &dyn Fn(Message),
) -> Option<Rounds> {
    match answer {
        Err(report) => {
            let folder = workspace.paths().config_file.parent().unwrap_or(Path::new(""));
            tell(Message::Refused { request: None, what: refusal(&report, folder), hint: None });
            let all = if report.details.is_empty() { vec![report.message] } else { report.details };
            tell(Message::Problems(all));
            None
        }
        Ok(settings) => {
            workspace.adopt(settings);
            let ids = workspace.ids();
            let rounds = workspace.recent_books(&ids).and_then(|books| {
                tell(Message::Books(books));
                let accounts = if ids.len() == 1 { "account" } else { "accounts" };
                tell(Message::Notice(format!("Configuration read again: {} {accounts}", ids.len())));
                // The last words: they matter more.
                let problems = workspace.problems();
                if let Some(first) = problems.first() {
                    let folder = workspace.paths().config_file.parent().unwrap_or(Path::new(""));
                    let what = format!("{}; C shows all", within(first, folder));
                    tell(Message::Refused { request: None, what, hint: None });
                }
                tell(Message::Problems(problems));
                tell(Message::Exposed(workspace.cautions(&ids)));
                let _ = super::cautioned(workspace).map(tell);
                Poller::start(workspace)
            });
            rounds.map_err(|report| tell(super::refused(None, report))).ok()
        }
    }
}

/// A problem with its file as it is called in the configuration's folder.
fn within<'a>(problem: &'a str, folder: &Path) -> &'a str {
    Path::new(problem).strip_prefix(folder).ok().and_then(Path::to_str).unwrap_or(problem)
}

/// The first problem in a line, and how to see the others. Files are named as they are called in the configuration's folder.
fn refusal(report: &Report, folder: &Path) -> String {
    let first = report.details.first().unwrap_or(&report.message);
    let first = within(first, folder);
    let more = match report.details.len() {
        0 | 1 => String::new(),
        all => format!("; and {} more: creditop config check", all - 1),
    };
    format!("The old configuration stays: {first}{more}")
}

impl Others {
    /// Looks for what others have written since the last look. Where that is nothing it costs next to nothing.
    fn look(&mut self, workspace: &Workspace) -> Result<Changes, Report> {
        let writes = workspace.store().writes_of_others()?;
        if self.writes == Some(writes) {
            return Ok(Changes::default());
        }
        let first = self.entries.is_none();
        let mut touched = self.recorded(workspace)?;
        let mut polled = self.polled(workspace, first)?;
        let all = polled.len() <= MOST_POLLS;
        polled.truncate(MOST_POLLS);
        let mut healths = Vec::new();
        for (id, at) in polled {
            healths.push((id.clone(), workspace.health(workspace.account(id.as_str())?)?));
            if !touched.contains(&id) {
                touched.push(id.clone());
            }
            self.polls.insert(id, at);
        }
        self.writes = Some(writes).filter(|_| all);
        Ok(Changes { touched, polled: healths })
    }

    /// The accounts with entries after those that were seen.
    fn recorded(&mut self, workspace: &Workspace) -> Result<Vec<AccountId>, Report> {
        let last = workspace.store().last_seq()?;
        let Some(seen) = self.entries.replace(last).filter(|seen| *seen < last) else { return Ok(Vec::new()) };
        let newest = Filter { newest_first: true, limit: Some(MOST_LOOKED_AT), ..Filter::default() };
        let mut touched: Vec<AccountId> = Vec::new();
        for entry in workspace.store().entries_filtered(&newest)?.into_iter().take_while(|entry| entry.seq > seen) {
            if !touched.contains(&entry.account) && workspace.account(entry.account.as_str()).is_ok() {
                touched.push(entry.account);
            }
        }
        Ok(touched)
    }

    /// The accounts that others polled since it was last looked; at the `first` look there are none.
    fn polled(&mut self, workspace: &Workspace, first: bool) -> Result<Vec<(AccountId, Instant)>, Report> {
        let stored = workspace.store().last_polls()?;
        if first {
            self.polls = stored.into_iter().collect();
            return Ok(Vec::new());
        }
        let believed = workspace.now() + CLOCKS_DIFFER;
        let is_news = |(id, at): &(AccountId, Instant)| {
            let told = self.polls.get(id).copied();
            // What was stamped by a wrong clock does not hide what is true.
            let known = [told, workspace.own_poll_at(id)].into_iter().flatten().filter(|known| *known <= believed).max();
            told != Some(*at) && known.is_none_or(|known| *at > known) && workspace.account(id.as_str()).is_ok()
        };
        Ok(stored.into_iter().filter(is_news).collect())
    }
}

#[cfg(test)]
mod tests;
