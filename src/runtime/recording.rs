//! Records what a person confirmed, and tells the screens what became of it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use super::confirmed::Confirmed;
use super::ledger_thread::LedgerThread;
use super::{Clock, Followed, Workspace};
use crate::credit::{AccountId, Draft, Entry, Instant, Ref};
use crate::report::Report;
use crate::store::{Filled, Proposal};
use crate::tui::{Message, RequestId};

/// When it is said that what was confirmed is not recorded yet.
const LATE: Duration = Duration::from_secs(1);

/// Hears of every entry that the dashboard records: the demo's simulator spends what was spent.
pub(super) type Witness = Arc<dyn Fn(&Entry) + Send + Sync>;

/// The way of confirmed entries into the ledger.
pub(super) struct Recorder {
    clock: Clock,
    ledger_thread: LedgerThread,
    news: UnboundedSender<Message>,
    witness: Option<Witness>,
}

impl Recorder {
    pub(super) fn new(
        clock: Clock,
        ledger_thread: LedgerThread,
        news: UnboundedSender<Message>,
        witness: Option<Witness>,
    ) -> Self {
        Self { clock, ledger_thread, news, witness }
    }

    /// Has entries recorded; the answer tells what was, or why nothing was.
    pub(super) fn record(&self, request: RequestId, drafts: Vec<Draft>) {
        let drafts: Vec<Draft> = drafts.into_iter().map(|draft| self.with_ref(draft)).collect();
        let (news, witness, confirmed) = (self.news.clone(), self.witness.clone(), self.ledger_thread.confirmed.clone());
        confirmed.add(request, drafts.clone());
        tokio::spawn(say_if_late(request, confirmed.clone(), news.clone()));
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
        let _ = news.send(Message::Late(request));
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
