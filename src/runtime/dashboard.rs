//! Opens the dashboard: what must happen before its loop runs, and after.

use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::Workspace;
use super::background;
use super::cautioned;
use super::colours::{Surroundings, colours};
use super::command_line::Again;
use super::event_loop::Loop;
use super::ledger_thread::LedgerThread;
use super::locale::Locale;
use super::opening::{Opening, is_quick};
use super::poller::{Poller, Rounds};
use super::recording::Witness;
use super::signals::{Left, Signals};
use super::terminal::{Guard, Surface as _};
use super::terminal_events::terminal_events;
use super::watcher::{Watcher, lost};
use crate::config::stop_key_commands;
use crate::report::{Ending, Report};
use crate::store::{stop_waiting_for_others, wait_for_others_until};
use crate::tui::{self, Message, Model, Setup};

/// How long background work may take to wind up when the dashboard is left.
const WINDING_UP: Duration = Duration::from_millis(200);

/// How long what was confirmed is given to be written when the dashboard is left: before and after it stops to wait for other
/// programs. A second is all that people wait for a program to end.
const WRITING: (Duration, Duration) = (Duration::from_millis(300), Duration::from_millis(400));

/// How long another program is waited for that locks the ledger just when the dashboard opens: nobody hears the keys until then.
const OPENING: Duration = Duration::from_secs(2);

/// The most threads that fetch keys: a program or a file that hangs holds one, and must not keep the others' keys waiting.
const BLOCKING_THREADS: usize = 128;

/// How the dashboard is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DashboardOptions {
    /// Whether colours may be used: not with `--no-color` or `NO_COLOR`.
    pub colour: bool,
    /// Whether it starts with names masked.
    pub private: bool,
    /// Whether nothing may be recorded from it.
    pub read_only: bool,
}

/// Opens the dashboard and returns when it is left.
///
/// # Errors
/// A [`Report`] where there is no terminal, or the ledger can't be read; and with what was confirmed but could not be written before the
/// end, and how to record it.
pub fn dashboard(workspace: Workspace, options: DashboardOptions) -> Result<Left, Report> {
    let runtime = tokio_runtime()?;
    let signals = listen(&runtime)?;
    open(runtime, signals, workspace, options, None)
}

/// Says what others on this machine can do to the files that keys depend on, once the first frame stands.
fn tell_cautions(ledger_thread: &LedgerThread, news: &UnboundedSender<Message>) {
    let news = news.clone();
    ledger_thread.tell(move |workspace| {
        // A dashboard that was left meanwhile has nobody to tell.
        let _ = news.send(Message::Problems(workspace.problems()));
        let _ = news.send(Message::Exposed(workspace.cautions(&workspace.ids())));
        let _ = cautioned(workspace).map(|caution| news.send(caution));
    });
}

/// The dashboard's tokio runtime: the loop runs on the calling thread, polls on one worker.
pub(super) fn tokio_runtime() -> Result<Runtime, Report> {
    Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(BLOCKING_THREADS)
        .enable_all()
        .build()
        .map_err(|error| Report::new(Ending::Internal, format!("can't start the background work: {error}")))
}

/// Starts to listen to signals: one that comes before the loop runs is followed when it does.
pub(super) fn listen(runtime: &Runtime) -> Result<Signals, Report> {
    let _entered = runtime.enter();
    Signals::listen().map_err(|error| Report::new(Ending::Internal, format!("can't listen to signals: {error}")))
}

/// Opens the dashboard; with a witness it is the demo.
pub(super) fn open(
    runtime: Runtime,
    signals: Signals,
    mut workspace: Workspace,
    options: DashboardOptions,
    witness: Option<Witness>,
) -> Result<Left, Report> {
    let clock = workspace.clock();
    let ids = workspace.ids();
    let entered = runtime.enter();
    let surroundings = Surroundings::read();
    let (theme, ask) = colours(workspace.config().theme, options.colour, &surroundings);
    let setup = Setup {
        theme,
        ascii: workspace.config().ascii.unwrap_or_else(|| !Locale::read().has_utf8()),
        mouse: workspace.config().mouse,
        zone: workspace.zone(),
        privacy: options.private,
        demo: witness.is_some(),
        read_only: options.read_only,
        reading: ids.len(),
        config: workspace.config_file(),
        actor: workspace.actor(),
        ..Setup::default()
    };
    let mut guard = Guard::take(setup.mouse)?;
    let mut model = Model::new(setup);
    let (columns, rows) = guard.size();
    tui::update(&mut model, Message::Resized(columns, rows), clock.now());
    guard.draw(&model, clock.now())?;
    if ask && let Some(background) = background::ask() {
        model.setup.theme = surroundings.suited(background);
    }
    let is_quick = is_quick(&workspace, ids.len())?;
    let rounds = if is_quick { read_at_once(&mut workspace, &mut model)? } else { Poller::nobody(&workspace) };
    guard.draw(&model, clock.now())?;
    let (news, inbox) = unbounded_channel();
    let watcher = Watcher::new(&workspace);
    // What the demo could not record nobody needs afterwards.
    let again = witness.is_none().then(|| Again::of(&workspace));
    let generation = workspace.generation();
    let (ledger_thread, ledger) = LedgerThread::open(workspace)?;
    let poller = rounds.begin(&ledger_thread, &news);
    // Keys are answered meanwhile.
    let opening = (!is_quick).then(|| Opening::begin(ids, generation, &ledger_thread, &poller, &news));
    watcher.begin(&ledger_thread, &poller, &news);
    tell_cautions(&ledger_thread, &news);
    drop(entered);
    let dashboard = Loop::new(guard, model, clock, ledger_thread.clone(), poller, news, witness);
    let ended = terminal_events().and_then(|events| runtime.block_on(dashboard.run(inbox, events, signals)));
    // Nobody waits for their keys any more.
    stop_key_commands();
    // It finishes what was confirmed; if it panicked, the program has ended already.
    ledger_thread.close();
    wait_for(&ledger, WRITING.0);
    if !ledger.is_finished() {
        stop_waiting_for_others();
        wait_for(&ledger, WRITING.1);
    }
    runtime.shutdown_timeout(WINDING_UP);
    match again.and_then(|again| ledger_thread.confirmed.left(&again)) {
        Some(unwritten) => Err(unwritten),
        None => opening.and_then(|opening| opening.take()).map_or(ended, Err),
    }
}

/// Reads all accounts while nobody hears the keys; gives the schedules of their polls.
fn read_at_once(workspace: &mut Workspace, model: &mut Model) -> Result<Rounds, Report> {
    let (ids, now) = (workspace.ids(), workspace.now());
    wait_for_others_until(Instant::now().checked_add(OPENING));
    workspace.keep_checkpoints_of_long(&ids)?;
    let books = workspace.recent_books(&ids)?;
    let rounds = Poller::start(workspace)?;
    tui::update(model, Message::Books(books), now);
    for loss in workspace.untold_losses() {
        tui::update(model, lost(&loss), now);
    }
    wait_for_others_until(None);
    Ok(rounds)
}

/// Waits until a thread has ended, but no longer than this.
fn wait_for(thread: &JoinHandle<()>, longest: Duration) {
    let began = Instant::now();
    while !thread.is_finished() && began.elapsed() < longest {
        thread::sleep(Duration::from_millis(5));
    }
}
