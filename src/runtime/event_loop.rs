//! The dashboard's loop: takes in what happened, performs what the screens ask for, draws after a change, sleeps otherwise.

use std::collections::HashSet;
use std::time::Duration;

use crossterm::event::Event;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant as Moment, sleep_until};

use super::Clock;
use super::ledger_thread::LedgerThread;
use super::poller::Poller;
use super::recording::{Recorder, Witness};
use super::signals::{self, Left, SignalMeaning, Signals};
use super::terminal::Surface;
use super::terminal_events::message_of;
use crate::credit::{AccountId, Instant};
use crate::report::{Ending, Report};
use crate::tui::{self, Effect, Message, Model, RequestId};

/// The terminal went away: what a hang-up says where there is somebody to say it.
const HUNG_UP: Left = Left::Signalled(1);

/// The most messages that are taken in before a frame is drawn: a flood must not freeze the screen.
const MOST_AT_ONCE: usize = 1000;

/// How long somebody counts as watching after a key, a click or another size of the terminal.
const WATCHING: Duration = Duration::from_mins(15);

/// The least time to sleep for a change of what a countdown shows.
const LEAST_SLEEP: Duration = Duration::from_millis(20);

/// The dashboard while it runs.
pub(super) struct Loop<S> {
    surface: S,
    model: Model,
    clock: Clock,
    ledger_thread: LedgerThread,
    poller: Poller,
    news: UnboundedSender<Message>,
    recorder: Recorder,
    looked_at: Looked,
    /// Whether something came in since the last frame.
    stale: bool,
    /// When the last frame stops being true; `None` where it stays true.
    until: Option<Instant>,
    /// Whether the terminal was given back for a stop.
    away: bool,
    /// Refusals that the next frame tells of.
    telling: Vec<RequestId>,
    ended: Option<Left>,
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

impl<S: Surface> Loop<S> {
    pub(super) fn new(
        surface: S,
        model: Model,
        clock: Clock,
        ledger_thread: LedgerThread,
        poller: Poller,
        news: UnboundedSender<Message>,
        witness: Option<Witness>,
    ) -> Self {
        Self {
            surface,
            model,
            clock,
            recorder: Recorder::new(clock, ledger_thread.clone(), news.clone(), witness),
            ledger_thread,
            poller,
            news,
            looked_at: Looked::default(),
            stale: true,
            until: None,
            away: false,
            telling: Vec::new(),
            ended: None,
        }
    }

    /// Runs until somebody quits, or something else ends it.
    pub(super) async fn run(
        mut self,
        mut inbox: UnboundedReceiver<Message>,
        mut events: UnboundedReceiver<Event>,
        mut signals: Signals,
    ) -> Result<Left, Report> {
        loop {
            if self.stale && !self.away {
                let Ok(until) = self.surface.draw(&self.model, self.clock.now()) else { return Ok(HUNG_UP) };
                (self.stale, self.until) = (false, until);
                self.telling.drain(..).for_each(|request| self.ledger_thread.confirmed.told(request));
            }
            self.tell_looked_at();
            let woken = tokio::select! {
                biased;
                asked = signals.next() => Woken::Signal(asked),
                event = events.recv(), if !self.away => Woken::Terminal(event),
                Some(message) = inbox.recv() => Woken::By(message),
                () = self.sleep() => Woken::Time,
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
    async fn sleep(&self) {
        let now = self.clock.now();
        match self.until {
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
        self.stale = true;
        for effect in tui::update(&mut self.model, message, self.clock.now()) {
            self.perform(effect);
        }
    }

    /// Does what the screens ask for. What takes time is done elsewhere and answers with a message.
    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Refresh { request, accounts } => self.poller.force(request, accounts),
            Effect::Append { request, drafts } => {
                self.poller.stir(drafts.iter().map(|draft| draft.account.clone()).collect());
                self.recorder.record(request, drafts);
            }
            Effect::ReadOlder { request, account } => self.read_older(request, account),
            Effect::Copy { request, text } => self.copy(request, &text),
            Effect::Mouse(wanted) => self.surface.listen_to_mouse(wanted),
            Effect::Quit => self.ended = Some(Left::Quit),
            Effect::Suspend => self.suspend(),
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
        let _ = self.news.send(match self.surface.copy(text) {
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
            SignalMeaning::End(number) => self.ended = Some(Left::Signalled(number)),
            SignalMeaning::Stop => self.suspend(),
            SignalMeaning::Continue => self.resume(),
            SignalMeaning::Resize => {
                let (columns, rows) = self.surface.size();
                self.take(Message::Resized(columns, rows));
            }
        }
    }

    fn resume(&mut self) {
        if self.surface.retake().is_err() {
            self.ended = Some(HUNG_UP);
            return;
        }
        self.away = false;
        let (columns, rows) = self.surface.size();
        self.take(Message::Resized(columns, rows));
        self.take(Message::Woke);
    }

    /// Gives the terminal back and stops; the signal that continues us takes it again. Where nobody could continue us, as in a
    /// terminal that runs nothing but creditop, nothing happens.
    fn suspend(&mut self) {
        if !signals::can_stop() {
            return;
        }
        self.surface.leave();
        // From here on nothing may be drawn: the stop comes at any moment, and the shell owns the terminal then.
        self.away = signals::stop().is_ok();
        if !self.away {
            self.resume();
        }
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyEvent};
    use tempfile::TempDir;
    use tokio::sync::mpsc::unbounded_channel;

    use super::*;
    use crate::runtime::Workspace;
    use crate::runtime::testing::{now, options};
    use crate::tui::Setup;

    /// A terminal that only tells when it is drawn on.
    struct Told(UnboundedSender<()>);

    impl Surface for Told {
        fn draw(&mut self, _: &Model, _: Instant) -> Result<Option<Instant>, Report> {
            self.0.send(()).unwrap();
            Ok(None)
        }

        fn size(&self) -> (u16, u16) {
            (80, 24)
        }

        fn leave(&mut self) {}

        fn retake(&mut self) -> Result<(), Report> {
            Ok(())
        }

        fn listen_to_mouse(&mut self, _: bool) {}

        fn copy(&mut self, _: &str) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// How many frames were drawn since it was asked last, once the loop has nothing more to do.
    async fn frames(drawn: &mut UnboundedReceiver<()>) -> usize {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        let mut count = 0;
        while drawn.try_recv().is_ok() {
            count += 1;
        }
        count
    }

    #[tokio::test]
    async fn drawn_once_for_all_that_came_in_and_never_for_what_changes_nothing() {
        let folder = TempDir::new().unwrap();
        let config = folder.path().join("config.toml");
        std::fs::write(&config, "").unwrap();
        let workspace = Workspace::open(options(now())(config, folder.path().join("data"))).unwrap();
        let ((news, inbox), (terminal, events)) = (unbounded_channel(), unbounded_channel());
        let (draws, mut drawn) = unbounded_channel();
        let (clock, rounds) = (workspace.clock(), Poller::start(&workspace).unwrap());
        let (ledger_thread, _) = LedgerThread::open(workspace).unwrap();
        let poller = rounds.begin(&ledger_thread, &news);
        let model = Model::new(Setup::default());
        let dashboard = Loop::new(Told(draws), model, clock, ledger_thread.clone(), poller, news.clone(), None);
        let key = |letter| terminal.send(Event::Key(KeyEvent::from(KeyCode::Char(letter)))).unwrap();
        let script = async {
            assert_eq!(frames(&mut drawn).await, 1, "the first frame");
            assert_eq!(frames(&mut drawn).await, 0, "nothing has happened");
            key('?');
            assert_eq!(frames(&mut drawn).await, 1, "a key");
            "zone".chars().for_each(key);
            news.send(Message::Notice("meanwhile".to_owned())).unwrap();
            assert_eq!(frames(&mut drawn).await, 1, "what comes at once is drawn at once");
            terminal.send(Event::FocusLost).unwrap();
            terminal.send(Event::FocusGained).unwrap();
            assert_eq!(frames(&mut drawn).await, 0, "what the screens don't hear of");
            news.send(Message::Quit).unwrap();
        };
        let (ended, ()) = tokio::join!(dashboard.run(inbox, events, Signals::listen().unwrap()), script);
        assert_eq!(ended.unwrap(), Left::Quit);
        ledger_thread.close();
    }
}
