//! What comes in and what goes out: plain data.

use std::time::Duration;

use crossterm::event::{KeyEvent, MouseEvent};

use super::requests::RequestId;
use crate::credit::{AccountId, Book, Draft, Entry, ExplainedEntry, Instant};

/// What happened, as the screens hear of it.
#[derive(Debug, Clone)]
pub enum Message {
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse was used.
    Mouse(MouseEvent),
    /// Text was pasted.
    Paste(String),
    /// The terminal has another size: columns, rows.
    Resized(u16, u16),
    /// All accounts there are: at the start, and after the configuration changed.
    Books(Vec<Book>),
    /// Further accounts, as they are read when the dashboard opens: so many are left.
    More {
        /// They follow those that there are.
        books: Vec<Book>,
        /// How many are still to come.
        left: usize,
    },
    /// One account changed: a poll, an entry of this or another process.
    BookChanged(Box<Book>),
    /// What [`Effect::ReadOlder`] asked for: entries of the account with what each did, those that its book holds perhaps among
    /// them.
    Older {
        /// The question that this answers.
        request: RequestId,
        /// The entries.
        entries: Vec<ExplainedEntry>,
    },
    /// How the polls of accounts that are looked at stand now.
    Polls(Vec<(AccountId, PollPhase)>),
    /// What came of [`Effect::Refresh`], account by account; those that are not polled are left out.
    Wished {
        /// The question that this answers.
        request: RequestId,
        /// What came of it.
        wished: Vec<(AccountId, Wished)>,
    },
    /// What [`Effect::Append`] asked for is not in the ledger yet, and may take longer: another program keeps it busy.
    Late(RequestId),
    /// What [`Effect::Append`] asked for is in the ledger.
    Recorded {
        /// The question that this answers.
        request: RequestId,
        /// What was recorded.
        entries: Vec<Entry>,
    },
    /// The clipboard took the text of [`Effect::Copy`].
    Copied(RequestId),
    /// What was asked for can't be done; nothing was written.
    Refused {
        /// The question that this answers; `None` where nobody asked, as with a configuration that can't be read.
        request: Option<RequestId>,
        /// What failed and why.
        what: String,
        /// One thing to do.
        hint: Option<String>,
    },
    /// All that is wrong with the configuration and definitions now, a sentence each with file and line; none where nothing is.
    Problems(Vec<String>),
    /// What others on this machine can do to files that keys depend on now, a sentence each; none where nothing is.
    Exposed(Vec<String>),
    /// Something worth a line, such as that the configuration was read again.
    Notice(String),
    /// The instant that [`super::view()`] named has come, or the program was resumed.
    Woke,
    /// A signal asks to end.
    Quit,
}

/// What the runtime shall do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Poll these accounts as soon as their providers allow it; answer with [`Message::Wished`].
    Refresh {
        /// What the answer carries.
        request: RequestId,
        /// The accounts.
        accounts: Vec<AccountId>,
    },
    /// Write these entries, all or none; answer with [`Message::Recorded`] or [`Message::Refused`].
    Append {
        /// What the answer carries.
        request: RequestId,
        /// The entries.
        drafts: Vec<Draft>,
    },
    /// Read all entries of this account, also those before the start of its book; answer with [`Message::Older`] or
    /// [`Message::Refused`].
    ReadOlder {
        /// What the answer carries.
        request: RequestId,
        /// The account.
        account: AccountId,
    },
    /// Put this text on the clipboard; answer with [`Message::Copied`] or [`Message::Refused`].
    Copy {
        /// What the answer carries.
        request: RequestId,
        /// The text.
        text: String,
    },
    /// End the program.
    Quit,
    /// Stop to the shell; [`Message::Woke`] when resumed.
    Suspend,
    /// Report mouse events, or don't.
    Mouse(bool),
}

/// How the polls of an account stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollPhase {
    /// It waits for its next poll.
    Resting(NextPoll),
    /// It is due, and asked after about so many others of its host.
    Queued(usize),
    /// A request is under way.
    Asking,
}

/// An account's next poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextPoll {
    /// When, to the second.
    pub at: Instant,
    /// Why then.
    pub pace: Pace,
}

/// Why a poll is due when it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// At the account's interval.
    Interval,
    /// Just after a reset.
    AfterReset,
    /// Less often, because nothing changes.
    Quiet {
        /// The time between two polls.
        every: Duration,
        /// When something changed last.
        since: Instant,
    },
    /// The last poll failed.
    Retry,
    /// The provider asked to wait.
    AskedToWait,
}

/// What came of a wish for a poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wished {
    /// A request is under way.
    Asking,
    /// It is at the front, and asked after so many others that were wished for before.
    Queued(usize),
    /// It is asked next, though its provider asked to be left alone until then: a person wished it.
    Overriding(Instant),
    /// Its provider asked to be left alone until then.
    NotBefore(Instant),
    /// It was asked on such a wish a moment ago; from then on it can be again.
    JustAsked(Instant),
}
