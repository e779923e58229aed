//! The ledger: what was recorded, what it drew; adding and reversing.

mod entry;
mod form;
mod form_view;
mod listing;
mod view;

pub(crate) use entry::entry_rows;
pub(crate) use form::{EntryForm, FormAction};
use listing::since;
pub(crate) use listing::{Listing, rows, settle};
pub(crate) use view::draw;

use super::accounts::Account;
use super::entry_words;
use super::message::Effect;
use super::message_text::MessageText;
use super::model::{Model, Overlay};
use super::requests::Pending;
use super::scene::Scene;
use super::search::Haystack;
use super::widgets::Filter;
use super::widgets::confirm::{Confirm, Row};
use super::widgets::list::Move;
use super::widgets::text_box::{About, TextBox};
use crate::credit::{AccountId, Draft, EntryBody, ExplainedEntry, Instant, Ref, reversal_at, shown};

/// The state of the ledger screen.
#[derive(Debug, Clone, Default)]
pub(crate) struct LedgerScreen {
    /// The row that is marked; `None` where there is none, as after the marked entry's account is gone.
    pub(crate) selected: Option<usize>,
    /// The entry of that row: it stays marked when others come or go.
    marked: Option<(AccountId, Ref)>,
    /// Whether the entries of all accounts are listed.
    pub(crate) all: bool,
    pub(crate) filter: Filter,
    pub(crate) listing: Listing,
}

/// What an entry is found by.
fn haystack(scene: &Scene<'_>, account: &Account, explained: &ExplainedEntry) -> Haystack {
    let privacy = scene.setup.privacy;
    let entry = &explained.entry;
    let action = match &entry.body {
        EntryBody::Spend(spend) => spend.action.as_ref().map(ToString::to_string),
        _ => None,
    };
    let reversed = explained.reversed_by.is_some().then(|| "reversed".to_owned());
    let mut words = entry_words::all(scene, account, explained);
    words.extend(action.into_iter().chain(reversed));
    let zone = account.book.rules.zone;
    words.push(entry.at.with_timezone(&zone).format("%Y-%m-%d").to_string());
    let id = match &entry.body {
        EntryBody::Grant(grant) => Some(&grant.bucket),
        EntryBody::Adjust { bucket, .. } | EntryBody::Observe { bucket, .. } => Some(bucket),
        _ => None,
    };
    words.extend(explained.draws.iter().map(|draw| &draw.bucket).chain(id).map(ToString::to_string));
    if privacy {
        return Haystack { names: vec![account.number_words()], words };
    }
    words.extend(entry.tags.iter().cloned().chain(entry.actor.clone()));
    let names = [Some(entry.reference.to_string()), entry.note.clone(), Some(account.book.profile.name.clone())];
    Haystack { names: names.into_iter().flatten().collect(), words }
}

/// What can be done here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LedgerAction {
    AddEntry,
    Reverse,
    /// The entries of all accounts, or of one.
    Scope,
    Older,
    Filter,
    /// Reads the marked entry whole.
    Open,
}

/// Does what a key asks for here.
pub(crate) fn act(model: &mut Model, action: LedgerAction, now: Instant) -> Vec<Effect> {
    match action {
        LedgerAction::Filter => model.ledger.filter.typing = true,
        LedgerAction::Scope => model.ledger.all = !model.ledger.all,
        LedgerAction::Older => return ask_for_older(model, now),
        LedgerAction::AddEntry => match in_focus(model) {
            Some(account) => model.overlay = Some(Overlay::Form(Box::new(EntryForm::new(account)))),
            None => model.refuse(nothing_marked(model), now),
        },
        LedgerAction::Reverse => match reversal(model, now) {
            Ok(question) => model.overlay = Some(Overlay::Confirm(question)),
            Err(why) => model.refuse_question(why, now),
        },
        LedgerAction::Open => {
            let marked = marked(model).map(|(account, explained)| (account.id().clone(), explained.entry.reference.clone()));
            match marked {
                Some((id, reference)) => model.overlay = Some(Overlay::TextBox(TextBox::new(About::Entry(id, reference)))),
                None => model.refuse(nothing_marked(model), now),
            }
        }
    }
    Vec::new()
}

/// Whether the footer offers it.
pub(crate) fn offers(model: &Model, action: LedgerAction) -> bool {
    match action {
        LedgerAction::AddEntry | LedgerAction::Open => model.current().is_some(),
        LedgerAction::Reverse => !rows(model).is_empty(),
        LedgerAction::Scope | LedgerAction::Filter => !model.accounts.is_empty(),
        LedgerAction::Older => true,
    }
}

pub(crate) fn move_to(model: &mut Model, to: Move) {
    let last = rows(model).len().saturating_sub(1);
    model.ledger.selected = Some(to.from(model.ledger.selected, last, view::page(model).max(1)));
}

/// Shows everything again where something is filtered; whether it was.
pub(crate) fn leave(model: &mut Model) -> bool {
    let was_filtered = !model.ledger.filter.is_empty();
    model.ledger.filter.clear();
    was_filtered
}

/// The entry that is marked, with its account.
pub(crate) fn marked(model: &Model) -> Option<(&Account, &ExplainedEntry)> {
    rows(model).get(model.ledger.selected?)
}

/// The account that a new entry is for: the selected one, or while all are listed that of the marked row.
fn in_focus(model: &Model) -> Option<&Account> {
    if model.ledger.all { marked(model).map(|(account, _)| account) } else { model.current() }
}

/// Why no entry is marked, and what to do.
pub(crate) fn nothing_marked(model: &Model) -> String {
    let filter = model.ledger.filter.text().trim();
    if !model.ledger.all && model.current().is_none() {
        super::overview::nothing_selected(model)
    } else if !rows(model).is_empty() {
        "No entry is marked: ↑ or ↓ marks one".to_owned()
    } else if filter.is_empty() {
        "Nothing is recorded here yet".to_owned()
    } else {
        format!("No entry matches “{filter}”. Esc shows all.")
    }
}

/// Asks for the entries of the listed account that are older than its book.
fn ask_for_older(model: &mut Model, now: Instant) -> Vec<Effect> {
    if since(model).is_none() {
        model.say("All entries are listed", now);
        return Vec::new();
    }
    if model.ledger.all {
        model.say("Older entries are read for one account: press s, then o", now);
        return Vec::new();
    }
    let Some(account) = model.selected.clone() else { return Vec::new() };
    let request = model.requests.open(Pending::Older(account.clone()));
    vec![Effect::ReadOlder { request, account }]
}

/// What a reversal of the selected entry would write.
fn reversal(model: &Model, now: Instant) -> Result<Confirm, MessageText> {
    let Some((account, explained)) = marked(model) else { return Err(nothing_marked(model).into()) };
    let entry = &explained.entry;
    if let Some(by) = &explained.reversed_by {
        let said = MessageText::default().private(&shown(entry.reference.as_str())).words(" is reversed already, by ");
        return Err(said.private(by.as_str()));
    }
    if model.requests.is_reversal_on_its_way(&entry.account, &entry.reference) {
        return Err("Its reversal is on its way into the ledger".into());
    }
    let at = reversal_at(entry.at, entry.recorded_at, now);
    let draft = Draft {
        account: entry.account.clone(),
        at,
        reference: None,
        body: EntryBody::Reverse { reverses: entry.reference.clone() },
        note: None,
        actor: None,
        tags: Vec::new(),
        must_fit: false,
    };
    account.admits(std::slice::from_ref(&draft), now).map_err(|why| MessageText::from("Can't be reversed: ").private(&why))?;
    let scene = Scene::new(&model.setup, true, now);
    let remark = match &entry.body {
        _ if at > now => "A wrong clock dated it after now: it is undone the moment it happens.",
        EntryBody::Spend(_) | EntryBody::Capture { .. } => {
            "Gives back what it drew to the same lots; what goes to a lapsed lot is lost."
        }
        EntryBody::Grant(_) => "Voids what is left of its lot from now on; what was spent stays spent.",
        EntryBody::Hold { .. } => "Releases the held credits.",
        _ => "The entry stays in the list, marked as reversed.",
    };
    let rows = vec![
        Row::Account(account.called()),
        Row::Fact(
            "writes".to_owned(),
            if at > now { format!("a reverse, dated {}", scene.date(at)) } else { "a reverse, now".to_owned() },
        ),
        Row::Fact("of".to_owned(), format!("{} of {}", entry.body.kind().word(), scene.date(entry.at))),
        Row::Fact("amount".to_owned(), entry_words::amount(&scene, &entry.body)),
        Row::Private("ref".to_owned(), shown(entry.reference.as_str()).into_owned()),
    ];
    let pending = Pending::Reversal(entry.account.clone(), entry.reference.clone());
    Ok(Confirm {
        title: "Reverse this entry".to_owned(),
        rows,
        remark: remark.to_owned(),
        terms: None,
        drafts: vec![draft],
        doubts: Vec::new(),
        insisted: false,
        pending,
        scroll: 0,
    })
}

/// Does what a key asks for in the form.
pub(crate) fn act_in_form(model: &mut Model, action: FormAction, now: Instant) {
    let Some(Overlay::Form(mut form)) = model.overlay.take_if(|overlay| matches!(overlay, Overlay::Form(_))) else { return };
    match action {
        FormAction::Cancel => return,
        FormAction::GoOn if form.at_end() => {
            let scene = Scene::new(&model.setup, true, now);
            let question = match model.find(&form.account) {
                Some(account) => form.question(&scene, account, now),
                None => Err(MessageText::from("The account is gone")),
            };
            match question {
                Ok(question) => {
                    model.overlay = Some(Overlay::Confirm(question));
                    return;
                }
                Err(why) => form.problem = Some(why),
            }
        }
        FormAction::GoOn | FormAction::NextField => form.step(true),
        FormAction::PreviousField => form.step(false),
        FormAction::NextChoice => form.choose(true),
        FormAction::PreviousChoice => form.choose(false),
    }
    model.overlay = Some(Overlay::Form(form));
}

/// Selects the entry that was clicked.
pub(crate) fn click(model: &mut Model, screen_row: u16) {
    if let Some(row) = view::row_at(model, screen_row) {
        model.ledger.selected = Some(row);
    }
}

/// The selected entry as plain text: what was drawn, and for what is drawn in an order, why it was drawn from there.
pub(crate) fn copied(model: &Model) -> Option<String> {
    let (account, explained) = marked(model)?;
    // Dates are written with their year: nobody knows when the text is read.
    let scene = Scene::new(&model.setup, true, Instant::UNIX_EPOCH);
    Some(super::format::clean_lines(&entry_words::told(&scene, account, explained)))
}
