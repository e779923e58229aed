//! Polling before an answer: what is asked, for how long, and how those who wait see how far it is (SPEC P10).

use std::io::{self, IsTerminal, Write as _};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::{Duration, Instant as Moment};

use clap::Args;

use super::edge::block_on;
use super::output::remark;
use super::text;
use crate::config::{Account, KeySource};
use crate::credit::{AccountId, Instant, Reliance};
use crate::report::Report;
use crate::runtime::{PollProgress, PollWhen, Workspace, end_cleanly_on_signals};

/// What is over sooner than this says nothing of its progress.
const PATIENCE: Duration = Duration::from_millis(300);

/// How a command that only looks asks the providers.
#[derive(Debug, Clone, Args)]
pub(crate) struct PollArgs {
    /// Use what is stored; ask no provider.
    #[arg(long)]
    pub offline: bool,
    /// Wait for answers this long, like 5s or 1m, and no longer; what has not answered keeps its last figures.
    #[arg(long, value_name = "TIME", value_parser = parse_span, default_value = "10s")]
    pub timeout: Duration,
    /// Take figures that are no older than this, like 5m or 1h, as they are; ask where they are older.
    #[arg(long, value_name = "TIME", value_parser = parse_span, conflicts_with = "offline")]
    pub max_age: Option<Duration>,
}

impl PollArgs {
    /// Sees to it that figures are at hand: polls the accounts, or only looks what sort of keys they have where nothing is asked.
    ///
    /// # Errors
    /// A [`Report`] where the ledger can't be written; a poll that fails is no error, it shows in the account's state.
    pub(crate) fn refresh(&self, workspace: &mut Workspace, ids: &[AccountId], usual: PollWhen) -> Result<(), Report> {
        if self.offline {
            prepare(workspace, ids)?;
            return workspace.look_at_keys(ids);
        }
        poll(workspace, ids, self.max_age.map_or(usual, PollWhen::IfOlderThan), Some(self.timeout))
    }

    /// Takes figures as fresh that are old by the account's interval alone, and no older at `now` than `--max-age` accepts.
    pub(crate) fn accept(&self, reliance: &mut Reliance, now: Instant) {
        let Reliance::Stale { seen_at: Some(seen), failure: None } = *reliance else { return };
        let age = (now - seen).to_std().unwrap_or_default();
        if self.max_age.is_some_and(|most| age <= most) {
            *reliance = Reliance::Fresh;
        }
    }
}

/// Polls accounts and stores what they answer, for no longer than `limit`; how far it is shows on a terminal.
///
/// # Errors
/// As [`PollArgs::refresh`].
pub(crate) fn poll(workspace: &mut Workspace, ids: &[AccountId], when: PollWhen, limit: Option<Duration>) -> Result<(), Report> {
    prepare(workspace, ids)?;
    let mut line = ProgressLine::default();
    block_on(workspace.poll_within(ids, when, limit, |progress| line.show(progress)))?.map(|_| ())
}

/// Says once what others can do to the files that keys depend on, and has key commands and the progress line end with this process,
/// whatever ends it.
fn prepare(workspace: &Workspace, ids: &[AccountId]) -> Result<(), Report> {
    static TOLD: Once = Once::new();
    static HEEDED: Once = Once::new();
    TOLD.call_once(|| {
        for caution in workspace.cautions(ids) {
            remark(&format!("warning: {}", text::clean(&caution)));
        }
    });
    let runs_a_command = |account: &Account| matches!(account.key, Some(KeySource::Command(_)));
    let mut heeded = Ok(());
    if io::stderr().is_terminal() || workspace.config().accounts.iter().any(runs_a_command) {
        HEEDED.call_once(|| {
            heeded = end_cleanly_on_signals(|| {
                let mut shown = shown();
                take_away(&mut shown);
                // Kept until the end: nobody writes to the line any more.
                std::mem::forget(shown);
            });
        });
    }
    heeded
}

/// Reads a length of time: `500ms`, `10s`, `5m`, `1h 30m`; a number alone counts seconds.
fn parse_span(text: &str) -> Result<Duration, String> {
    let span = text.parse().map(Duration::from_secs).or_else(|_| humantime::parse_duration(text));
    match span {
        Ok(Duration::ZERO) => Err("it must be longer than nothing".to_owned()),
        Ok(span) if span > Duration::from_hours(366 * 24) => Err("a year is the most".to_owned()),
        Ok(span) => Ok(span),
        Err(_) => Err("write a number and a unit, like 500ms, 10s, 5m or 1h".to_owned()),
    }
}

/// How many columns a terminal is taken to have that does not say.
const USUAL_COLUMNS: usize = 80;

/// What stands on the progress line now. There is one terminal, and whatever ends the process clears it.
static SHOWN: Mutex<String> = Mutex::new(String::new());

fn shown() -> MutexGuard<'static, String> {
    SHOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One line on a terminal's standard error that says how far the polls are, and is gone when it is dropped.
#[derive(Debug)]
struct ProgressLine {
    began: Moment,
    /// Columns that the line may take; `None` where standard error is no terminal.
    width: Option<usize>,
}

impl Default for ProgressLine {
    fn default() -> Self {
        let columns = crossterm::terminal::size().map_or(0, |(columns, _)| usize::from(columns));
        let columns = if columns == 0 { USUAL_COLUMNS } else { columns };
        let width = io::stderr().is_terminal().then_some(columns);
        Self { began: Moment::now(), width }
    }
}

impl ProgressLine {
    fn show(&mut self, progress: &PollProgress) {
        let Some(width) = self.width.filter(|_| self.began.elapsed() >= PATIENCE) else { return };
        let line: String = text::clean(&words(progress)).chars().take(width.saturating_sub(1)).collect();
        let mut shown = shown();
        if line != *shown {
            write(&format!("\r{line}\x1b[K"));
            *shown = line;
        }
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        take_away(&mut shown());
    }
}

fn take_away(shown: &mut String) {
    if !shown.is_empty() {
        write("\r\x1b[K");
        shown.clear();
    }
}

/// A standard error that can't be written to has nowhere to say so.
fn write(text: &str) {
    let mut terminal = io::stderr();
    let _ = terminal.write_all(text.as_bytes()).and_then(|()| terminal.flush());
}

/// `asking 500 accounts: 480 answered, 20 waiting (slow-host)…`
fn words(progress: &PollProgress) -> String {
    let (asked, missing) = (progress.asked, progress.missing());
    let host = progress.waiting.first().map(|(host, _)| host.as_str()).filter(|host| !host.is_empty());
    let others = match progress.waiting.len().saturating_sub(1) {
        0 => String::new(),
        1 => " and another host".to_owned(),
        more => format!(" and {more} other hosts"),
    };
    let host = host.map(|host| format!(" ({host}{others})")).unwrap_or_default();
    format!("asking {}: {} answered, {missing} waiting{host}…", text::count(asked, "account", "accounts"), asked - missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p10_the_progress_names_who_is_waited_for() {
        let progress = |waiting: &[(&str, usize)]| PollProgress {
            asked: 500,
            waiting: waiting.iter().map(|(host, missing)| ((*host).to_owned(), *missing)).collect(),
        };
        assert_eq!(words(&progress(&[("slow.test", 20)])), "asking 500 accounts: 480 answered, 20 waiting (slow.test)…");
        let two = words(&progress(&[("slow.test", 20), ("b.test", 1)]));
        assert_eq!(two, "asking 500 accounts: 479 answered, 21 waiting (slow.test and another host)…");
        assert_eq!(words(&progress(&[("", 500)])), "asking 500 accounts: 0 answered, 500 waiting…");
    }

    #[test]
    fn p10_lengths_of_time_are_read_with_a_unit_or_as_seconds() {
        assert_eq!(parse_span("10"), Ok(Duration::from_secs(10)));
        assert_eq!(parse_span("1500ms"), Ok(Duration::from_millis(1500)));
        assert_eq!(parse_span("5m"), Ok(Duration::from_mins(5)));
        for bad in ["", "0", "0s", "-5s", "soon", "9999999h"] {
            assert!(parse_span(bad).is_err(), "{bad}");
        }
    }
}
