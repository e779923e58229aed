//! The dashboard's loop: takes in what happened, performs what the screens ask for, draws after a change, sleeps otherwise.

use std::collections::HashSet;
use std::thread;
use std::time::Duration;

use crossterm::event::{Event, MouseEventKind, read};
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant as Moment, sleep_until};

use super::confirmed::Confirmed;
use super::dashboard::Witness;
use super::ledger_thread::LedgerThread;
use super::poller::Poller;
use super::screen::bounded;
use super::signals::{self, SignalMeaning, Signals};
use super::terminal::Guard;
use super::{Clock, Followed, Workspace};
use crate::credit::{AccountId, Draft, Instant, Ref};
use crate::report::{Ending, Report};
use crate::store::{Filled, Proposal};
use crate::tui::{self, Effect, Message, Model, RequestId};

/// The exit code where the terminal went away.
const HUNG_UP: u8 = 128 + 1;

/// The most messages that are taken in before a frame is drawn: a flood must not freeze the screen.
const MOST_AT_ONCE: usize = 1000;

/// How long somebody counts as watching after a key, a click or another size of the terminal.
const WATCHING: Duration = Duration::from_mins(15);

/// When it is said that what was confirmed is not recorded yet.
const LATE: Duration = Duration::from_secs(1);

/// The least time to sleep for a change of what a countdown shows.
const LEAST_SLEEP: Duration = Duration::from_millis(20);

/// The dashboard while it runs.
pub(super) struct Loop {
    guard: Guard,
    model: Model,
    clock: Clock,
    ledger_thread: LedgerThread,
    poller: Poller,
    news: UnboundedSender<Message>,
    witness: Option<Witness>,
    looked_at: Looked,
    /// Whether the terminal was given back for a stop.
    away: bool,
    /// Refusals that the next frame tells of.
    telling: Vec<RequestId>,
    ended: Option<u8>,
}

/// What woke the loop.
enum Woken {
    By(Message),
    Terminal(Option<Event>),
    Signal(SignalMeaning),
    Time,
    /// Nobody has used the keyboard or the mouse for [`WATCHING`].
    Nobody,
}

/// What is on the screen, and whether somebody watches it.
#[derive(Debug)]
struct Looked {
    /// What the poller was told last.
    told: (HashSet<AccountId>, bool),
    watched: bool,
    /// When nobody counts as watching any more.
    until: Moment,
}

impl Default for Looked {
    fn default() -> Self {
        Self { told: (HashSet::new(), false), watched: true, until: Moment::now() + WATCHING }
    }
}

impl Loop {
    pub(super) fn new(
        guard: Guard,
        model: Model,
        clock: Clock,
        ledger_thread: LedgerThread,
        poller: Poller,
        news: UnboundedSender<Message>,
        witness: Option<Witness>,
    ) -> Self {
        Self {
            guard,
            model,
            clock,
            ledger_thread,
            poller,
            news,
            witness,
            looked_at: Looked::default(),
            away: false,
            telling: Vec::new(),
            ended: None,
        }
    }

    /// Runs until somebody quits; gives the exit code.
    pub(super) async fn run(mut self, mut inbox: UnboundedReceiver<Message>, mut signals: Signals) -> Result<u8, Report> {
        let mut events = terminal_events()?;
        loop {
            let (picture, until) = tui::picture(&self.model, self.clock.now());
            if !self.away {
                if self.guard.draw(picture).is_err() {
                    return Ok(HUNG_UP);
                }
                self.telling.drain(..).for_each(|request| self.ledger_thread.confirmed.told(request));
            }
            self.tell_looked_at();
            let woken = tokio::select! {
                biased;
                asked = signals.next() => Woken::Signal(asked),
                event = events.recv(), if !self.away => Woken::Terminal(event),
                Some(message) = inbox.recv() => Woken::By(message),
                () = self.sleep(until) => Woken::Time,
                () = sleep_until(self.looked_at.until), if self.looked_at.watched => Woken::Nobody,
            };
            match woken {
                Woken::Signal(asked) => self.obey(asked),
                Woken::Terminal(event) => self.hear(event),
                Woken::By(message) => self.take(message),
                Woken::Time => self.take(Message::Woke),
                Woken::Nobody => self.looked_at.watched = false,
            }
            self.drain(&mut inbox, &mut events);
            if let Some(code) = self.ended {
                return Ok(code);
            }
        }
    }

    /// Takes in everything that has queued up meanwhile, so that a burst costs one frame.
    fn drain(&mut self, inbox: &mut UnboundedReceiver<Message>, events: &mut UnboundedReceiver<Event>) {
        for _ in 0..MOST_AT_ONCE {
            if self.ended.is_some() || self.away {
                return;
            }
            match (events.try_recv(), inbox.try_recv()) {
                (Err(TryRecvError::Empty), Err(_)) => return,
                (event, message) => {
                    match event {
                        Ok(event) => self.hear(Some(event)),
                        Err(TryRecvError::Disconnected) => self.hear(None),
                        Err(TryRecvError::Empty) => {}
                    }
                    if let Ok(message) = message {
                        self.take(message);
                    }
                }
            }
        }
    }

    /// Sleeps until the frame stops being true; for ever where it stays true, as it does under a stopped clock.
    async fn sleep(&self, until: Option<Instant>) {
        let now = self.clock.now();
        match until {
            // There is work left. Keys and signals that came meanwhile go first.
            Some(at) if at <= now && !self.away => tokio::task::yield_now().await,
            Some(at) if self.clock == Clock::System && !self.away => {
                tokio::time::sleep((at - now).to_std().unwrap_or_default().max(LEAST_SLEEP)).await;
            }
            _ => std::future::pending().await,
        }
    }

    /// Tells the poller what is on the screen, where that has changed.
    fn tell_looked_at(&mut self) {
        let now = (tui::looked_at(&self.model), self.looked_at.watched);
        if now != self.looked_at.told {
            self.poller.look(now.0.clone(), now.1);
            self.looked_at.told = now;
        }
    }

    /// Takes in an event of the terminal; where there are none any more, the terminal is gone.
    fn hear(&mut self, event: Option<Event>) {
        match event {
            Some(event) => {
                (self.looked_at.watched, self.looked_at.until) = (true, Moment::now() + WATCHING);
                if let Some(message) = message_of(event) {
                    self.take(message);
                }
            }
            None => self.ended = Some(HUNG_UP),
        }
    }

    fn take(&mut self, message: Message) {
        if let Message::Refused { request: Some(request), .. } = &message {
            self.telling.push(*request);
        }
        for effect in tui::update(&mut self.model, message, self.clock.now()) {
            self.perform(effect);
        }
    }

    /// Does what the screens ask for. What takes time is done elsewhere and answers with a message.
    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Refresh(ids) => self.poller.force(ids),
            Effect::Append { request, drafts } => self.append(request, drafts),
            Effect::ReadOlder { request, account } => self.read_older(request, account),
            Effect::Copy { request, text } => self.copy(request, &text),
            Effect::Mouse(wanted) => self.guard.listen_to_mouse(wanted),
            Effect::Quit => self.ended = Some(0),
            Effect::Suspend => self.suspend(),
        }
    }

    /// Has entries recorded; the answer tells what was, or why nothing was.
    fn append(&self, request: RequestId, drafts: Vec<Draft>) {
        let drafts: Vec<Draft> = drafts.into_iter().map(|draft| self.with_ref(draft)).collect();
        let (news, witness, confirmed) = (self.news.clone(), self.witness.clone(), self.ledger_thread.confirmed.clone());
        confirmed.add(request, drafts.clone());
        tokio::spawn(say_if_late(request, confirmed.clone(), news.clone()));
        self.poller.stir(drafts.iter().map(|draft| draft.account.clone()).collect());
        self.ledger_thread.record(move |workspace| {
            // Nobody listens any more when the program is ending; what was recorded is recorded.
            for message in recorded(workspace, request, drafts, witness.as_ref(), &confirmed) {
                let _ = news.send(message);
            }
        });
    }

    /// An entry with a ref before it is on its way: whoever records it again, because it was not written in time, records it once.
    /// Under a stopped clock refs are made by the order of recording alone, the same in every run (SPEC A4).
    fn with_ref(&self, draft: Draft) -> Draft {
        match (&draft.reference, self.clock) {
            (None, Clock::System) => Draft { reference: generated_ref(self.clock.now()), ..draft },
            _ => draft,
        }
    }

    /// Has all entries of an account read and explained.
    fn read_older(&self, request: RequestId, account: AccountId) {
        let news = self.news.clone();
        self.ledger_thread.tell(move |workspace| {
            let read = workspace.book(&account).and_then(|book| {
                let explained = book.explained(workspace.now());
                explained.map_err(|error| Report::new(Ending::No, error.to_string()))
            });
            let _ = news.send(match read {
                Ok(entries) => Message::Older { request, entries },
                Err(report) => super::refused(Some(request), report),
            });
        });
    }

    /// Puts a text on the terminal's clipboard.
    fn copy(&mut self, request: RequestId, text: &str) {
        let _ = self.news.send(match self.guard.copy(text) {
            Ok(()) => Message::Copied(request),
            Err(error) => {
                let what = format!("Nothing was copied: the terminal can't be written to ({error})");
                Message::Refused { request: Some(request), what, hint: None }
            }
        });
    }

    /// Follows a signal.
    fn obey(&mut self, asked: SignalMeaning) {
        match asked {
            SignalMeaning::End(code) => self.ended = Some(code),
            SignalMeaning::Stop => self.suspend(),
            SignalMeaning::Continue => self.resume(),
            SignalMeaning::Resize => {
                let (columns, rows) = self.guard.size();
                self.take(Message::Resized(columns, rows));
            }
        }
    }

    fn resume(&mut self) {
        if self.guard.retake().is_err() {
            self.ended = Some(HUNG_UP);
            return;
        }
        self.away = false;
        let (columns, rows) = self.guard.size();
        self.take(Message::Resized(columns, rows));
        self.take(Message::Woke);
    }

    /// Gives the terminal back and stops; the signal that continues us takes it again. Where nobody could continue us, as in a
    /// terminal that runs nothing but creditop, nothing happens.
    fn suspend(&mut self) {
        if !signals::can_stop() {
            return;
        }
        Guard::leave();
        // From here on nothing may be drawn: the stop comes at any moment, and the shell owns the terminal then.
        self.away = signals::stop().is_ok();
        if !self.away {
            self.resume();
        }
    }
}

/// A ref as the ledger makes them itself, with something random in place of the entry's number.
fn generated_ref(now: Instant) -> Option<Ref> {
    let letters: String = (0..8).map(|_| fastrand::lowercase()).collect();
    Ref::new(&format!("{}-{letters}", now.format("%Y%m%d-%H%M%S"))).ok()
}

/// Says that what was confirmed is not recorded yet, where that takes long: another program keeps the ledger busy.
async fn say_if_late(request: RequestId, confirmed: Confirmed, news: UnboundedSender<Message>) {
    tokio::time::sleep(LATE).await;
    if confirmed.is_on_its_way(request) {
        let what = "Not recorded yet: the ledger is busy, perhaps with another program. It is tried for half a minute";
        let _ = news.send(Message::Notice(what.to_owned()));
    }
}

/// Records entries, and what the screens hear of it. What is in the ledger is told as recorded, also where it can't be read again
/// at once: told as refused, it would be recorded twice.
fn recorded(
    workspace: &mut Workspace,
    request: RequestId,
    drafts: Vec<Draft>,
    witness: Option<&Witness>,
    confirmed: &Confirmed,
) -> Vec<Message> {
    let mut touched: Vec<AccountId> = drafts.iter().map(|draft| draft.account.clone()).collect();
    touched.dedup();
    // The work of a quote happens when it is recorded, not when the question was asked.
    let filled = |draft: &Draft| Filled { at: draft.must_fit, amount: false };
    let proposals: Vec<_> =
        drafts.into_iter().map(|draft| Proposal { filled: filled(&draft), draft, recorded_at: None }).collect();
    let appended = match workspace.append(&proposals) {
        Ok(appended) => appended,
        Err(report) => {
            confirmed.refused(request, &report);
            let mut messages = vec![super::refused(Some(request), report)];
            // Where another ledger is there now, its figures are shown with what was typed.
            if let Followed::Anew(books) = workspace.follow_ledger() {
                messages.push(Message::Books(books));
            }
            return messages;
        }
    };
    confirmed.written(request);
    let mut trouble = None;
    let mut entries = Vec::new();
    for done in appended {
        match workspace.store().entry(&done.account, &done.reference) {
            Ok(Some(entry)) => {
                if let (Some(witness), false) = (witness, done.already_recorded) {
                    witness(&entry);
                }
                entries.push(entry);
            }
            Ok(None) => {}
            Err(error) => trouble = Some(Report::from(error)),
        }
    }
    let mut messages = match workspace.recent_books(&workspace.with_sharers(&touched)) {
        Ok(books) => books.into_iter().map(|book| Message::BookChanged(Box::new(book))).collect(),
        Err(report) => {
            trouble = Some(report);
            Vec::new()
        }
    };
    messages.push(Message::Recorded { request, entries });
    messages.extend(trouble.map(|report| {
        super::refused(None, Report { message: format!("Recorded, but not read again: {}", report.message), ..report })
    }));
    messages
}

/// The events of the terminal, read on a thread of their own; they end when the terminal is gone.
///
/// Not by crossterm's `EventStream`: reading from a terminal that was just closed never returns there, and it reads on the thread
/// that polls it, which would be the loop's: the signal that tells us to end would wait for ever.
fn terminal_events() -> Result<UnboundedReceiver<Event>, Report> {
    let (heard, events) = unbounded_channel();
    let listen = move || {
        while let Ok(event) = read() {
            if heard.send(event).is_err() {
                return;
            }
        }
    };
    thread::Builder::new()
        .name("terminal".to_owned())
        .spawn(listen)
        .map_err(|error| Report::new(Ending::Internal, format!("can't start the terminal's thread: {error}")))?;
    Ok(events)
}

/// What the screens hear of an event of the terminal. Mere movements of the mouse change nothing.
fn message_of(event: Event) -> Option<Message> {
    match event {
        Event::Key(key) => Some(Message::Key(key)),
        Event::Mouse(mouse) if mouse.kind == MouseEventKind::Moved => None,
        // A column or row 0, which no terminal has: counted from 0 it comes out as the largest number.
        Event::Mouse(mouse) if mouse.column == u16::MAX || mouse.row == u16::MAX => None,
        Event::Mouse(mouse) => Some(Message::Mouse(mouse)),
        Event::Paste(text) => Some(Message::Paste(text)),
        Event::Resize(columns, rows) => {
            let (columns, rows) = bounded(columns, rows);
            Some(Message::Resized(columns, rows))
        }
        Event::FocusGained | Event::FocusLost => None,
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseEvent};

    use super::*;

    #[test]
    fn a_mouse_that_merely_moves_draws_nothing() {
        let mouse = |kind| Event::Mouse(MouseEvent { kind, column: 1, row: 1, modifiers: KeyModifiers::NONE });
        assert!(message_of(mouse(MouseEventKind::Moved)).is_none());
        assert!(message_of(Event::FocusLost).is_none());
        assert!(matches!(message_of(mouse(MouseEventKind::ScrollDown)), Some(Message::Mouse(_))));
    }

    #[test]
    fn s14_a_click_in_column_or_row_0_is_no_click() {
        // Terminals count from 1; what is sent as 0 arrives as the largest number.
        for (column, row) in [(u16::MAX, 4), (4, u16::MAX), (u16::MAX, u16::MAX)] {
            let kind = MouseEventKind::Down(crossterm::event::MouseButton::Left);
            let click = Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE });
            assert!(message_of(click).is_none(), "{column} {row}");
        }
    }

    #[test]
    fn keys_pastes_and_sizes_reach_the_screens() {
        let key = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::NONE);
        assert!(matches!(message_of(Event::Key(key)), Some(Message::Key(pressed)) if pressed == key));
        assert!(matches!(message_of(Event::Paste("12".to_owned())), Some(Message::Paste(text)) if text == "12"));
        assert!(matches!(message_of(Event::Resize(80, 24)), Some(Message::Resized(80, 24))));
        assert!(matches!(message_of(Event::Resize(65_535, 65_535)), Some(Message::Resized(1000, 200))));
    }
}
