//! The form for a new entry: kind, bucket, amount, when it happened, note.

use chrono_tz::Tz;
use crossterm::event::KeyEvent;

use crate::credit::{
    AccountId, BucketId, Draft, EntryBody, EntryKind, Expires, Grant, Instant, Source, Spend, Toward, When, WhenError,
    parse_typed_amount, with_article,
};
use crate::tui::accounts::{Account, Called};
use crate::tui::entry_words;
use crate::tui::format::{capitalized, clean};
use crate::tui::message_text::MessageText;
use crate::tui::requests::Pending;
use crate::tui::scene::Scene;
use crate::tui::widgets::Field;
use crate::tui::widgets::confirm::{Confirm, Row, doubt};
use crate::tui::widgets::list::Move;

/// What can be done in the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FormAction {
    /// To the next field; from the last one to the question.
    GoOn,
    NextField,
    PreviousField,
    NextChoice,
    PreviousChoice,
    Cancel,
}

/// The fields, from top to bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FormField {
    Kind,
    Bucket,
    Amount,
    When,
    Note,
}

/// A new entry as far as it is filled in.
#[derive(Debug, Clone)]
pub(crate) struct EntryForm {
    pub(crate) account: AccountId,
    pub(crate) called: Called,
    kinds: Vec<EntryKind>,
    kind: usize,
    buckets: Vec<(BucketId, String)>,
    bucket: usize,
    pub(crate) amount: Field,
    /// Empty for now.
    pub(crate) when: Field,
    pub(crate) note: Field,
    pub(crate) focus: FormField,
    /// What is wrong with it, after somebody tried to go on.
    pub(crate) problem: Option<MessageText>,
}

impl EntryForm {
    /// An empty form, with the kinds that such an account takes.
    pub(crate) fn new(account: &Account) -> Self {
        let kinds = match account.book.rules.source {
            Source::Ledger => vec![EntryKind::Spend, EntryKind::Grant, EntryKind::Hold, EntryKind::Adjust, EntryKind::Observe],
            Source::Polled => vec![EntryKind::Spend, EntryKind::Hold, EntryKind::Observe],
        };
        // Where nothing was recorded yet, the first thing to say is what there is.
        let is_empty = account.entries().next().is_none();
        let begins = kinds.iter().position(|kind| is_empty && *kind == EntryKind::Grant).unwrap_or(0);
        let buckets = account.book.rules.buckets.iter().map(|bucket| (bucket.id.clone(), clean(&bucket.name))).collect();
        Self {
            account: account.id().clone(),
            called: account.called(),
            kinds,
            kind: begins,
            buckets,
            bucket: 0,
            amount: Field::default(),
            when: Field::default(),
            note: Field::default(),
            focus: FormField::Kind,
            problem: None,
        }
    }

    pub(crate) fn kind(&self) -> EntryKind {
        self.kinds.get(self.kind).copied().unwrap_or(EntryKind::Spend)
    }

    /// What such an entry says, in a few words.
    pub(crate) fn kind_words(&self) -> &'static str {
        match self.kind() {
            EntryKind::Spend => "credits that were used",
            EntryKind::Grant => "credits that were granted or bought",
            EntryKind::Hold => "credits set aside for planned work",
            EntryKind::Adjust => "corrects a figure by so much",
            EntryKind::Observe => "what the billing page says is left",
            EntryKind::Capture => "held credits that were used",
            EntryKind::Release => "ends a hold",
            EntryKind::Reverse => "answers an earlier entry",
        }
    }

    pub(crate) fn bucket(&self) -> Option<&(BucketId, String)> {
        self.buckets.get(self.bucket)
    }

    /// Whether the kind names a bucket.
    pub(crate) fn needs_bucket(&self) -> bool {
        matches!(self.kind(), EntryKind::Grant | EntryKind::Adjust | EntryKind::Observe)
    }

    fn fields(&self) -> Vec<FormField> {
        let all = [FormField::Kind, FormField::Bucket, FormField::Amount, FormField::When, FormField::Note];
        all.into_iter().filter(|field| *field != FormField::Bucket || self.needs_bucket()).collect()
    }

    pub(crate) fn at_end(&self) -> bool {
        self.focus == FormField::Note
    }

    /// Goes to the field below or above.
    pub(crate) fn step(&mut self, down: bool) {
        let fields = self.fields();
        let place = fields.iter().position(|field| *field == self.focus).unwrap_or(0);
        let next = if down { (place + 1).min(fields.len().saturating_sub(1)) } else { place.saturating_sub(1) };
        self.focus = fields.get(next).copied().unwrap_or(FormField::Kind);
    }

    pub(crate) fn move_to(&mut self, to: Move) {
        match to {
            Move::Up => self.step(false),
            Move::Down => self.step(true),
            Move::PageUp | Move::PageDown | Move::First | Move::Last => {}
        }
    }

    /// Takes the next or previous choice of a field that has choices.
    pub(crate) fn choose(&mut self, forward: bool) {
        let turn = |place: usize, count: usize| {
            let count = count.max(1);
            if forward { (place + 1) % count } else { (place + count - 1) % count }
        };
        match self.focus {
            FormField::Kind => self.kind = turn(self.kind, self.kinds.len()),
            FormField::Bucket => self.bucket = turn(self.bucket, self.buckets.len()),
            FormField::Amount | FormField::When | FormField::Note => {
                let code = if forward { crossterm::event::KeyCode::Right } else { crossterm::event::KeyCode::Left };
                self.key(KeyEvent::from(code));
            }
        }
        self.problem = None;
    }

    /// Types into the field that has the focus; on a choice, a letter picks the choice that begins with it.
    pub(crate) fn key(&mut self, key: KeyEvent) {
        self.problem = None;
        let letter = match key.code {
            crossterm::event::KeyCode::Char(letter) => letter.to_ascii_lowercase(),
            _ => '\0',
        };
        match self.focus {
            // What is typed is meant for the amount: it is not lost on a choice.
            FormField::Kind | FormField::Bucket if letter.is_ascii_digit() || matches!(letter, '.' | '-') => {
                self.focus = FormField::Amount;
                self.amount.key(key);
            }
            FormField::Kind => {
                let words = self.kinds.iter().map(|kind| kind.word().to_owned());
                self.kind = next_with(letter, words, self.kind);
            }
            FormField::Bucket => {
                let words = self.buckets.iter().map(|(_, name)| name.to_lowercase());
                self.bucket = next_with(letter, words, self.bucket);
            }
            FormField::Amount => drop(self.amount.key(key)),
            FormField::When => drop(self.when.key(key)),
            FormField::Note => drop(self.note.key(key)),
        }
    }

    pub(crate) fn paste(&mut self, text: &str) {
        match self.focus {
            FormField::Amount => self.amount.paste(text),
            FormField::When => self.when.paste(text),
            FormField::Note => self.note.paste(text),
            FormField::Kind | FormField::Bucket => {}
        }
    }

    /// The entry that is filled in.
    ///
    /// # Errors
    /// What is missing or wrong, as a sentence.
    fn draft(&self, zone: Tz, now: Instant) -> Result<Draft, String> {
        let text = self.amount.text().trim();
        let amount = parse_typed_amount(text).map_err(|error| match text {
            "" => "How much? Type an amount, as 12 or 0.5".to_owned(),
            text => format!("{text:?} is {error}"),
        })?;
        let kind = self.kind();
        let may_be_negative = kind == EntryKind::Adjust;
        let may_be_zero = matches!(kind, EntryKind::Observe | EntryKind::Spend);
        if amount.is_negative() && !may_be_negative {
            return Err(capitalized(&format!("{} can't be negative", with_article(kind.word()))));
        }
        if amount.is_zero() && !may_be_zero {
            return Err(capitalized(&format!("{} of nothing says nothing", with_article(kind.word()))));
        }
        let bucket = || self.bucket().map(|(id, _)| id.clone()).ok_or_else(|| "This account has no bucket".to_owned());
        let body = match kind {
            EntryKind::Grant => {
                EntryBody::Grant(Grant { bucket: bucket()?, amount, effective_at: None, expires: Expires::ByRule, priority: 0 })
            }
            EntryKind::Hold => EntryBody::Hold { amount, expires_at: None },
            EntryKind::Adjust => EntryBody::Adjust { bucket: bucket()?, amount },
            EntryKind::Observe => EntryBody::Observe { bucket: bucket()?, remaining: amount },
            _ => EntryBody::Spend(Spend { amount, action: None, variant: None, quantity: None }),
        };
        let note = self.note.text().trim();
        let note = (!note.is_empty()).then(|| note.to_owned());
        Ok(Draft {
            account: self.account.clone(),
            at: instant(self.when.text().trim(), zone, now)?,
            reference: None,
            body,
            note,
            actor: None,
            tags: Vec::new(),
            must_fit: false,
        })
    }

    /// The question that follows a form that is right.
    ///
    /// # Errors
    /// What is missing or wrong, as a sentence.
    pub(crate) fn question(&self, scene: &Scene<'_>, account: &Account, now: Instant) -> Result<Confirm, MessageText> {
        // What is recorded never depends on the zone that times are shown in (A6).
        let draft = self.draft(account.book.rules.zone, now)?;
        account.admits(std::slice::from_ref(&draft), now).map_err(|why| MessageText::default().private(&why))?;
        let mut rows = vec![
            Row::Account(account.called()),
            Row::Fact(
                "writes".to_owned(),
                format!("{} of {}{}", with_article(self.kind().word()), now_or(draft.at, now), scene.date(draft.at)),
            ),
            Row::Fact("amount".to_owned(), entry_words::amount(scene, &draft.body)),
        ];
        let own = draft.at.with_timezone(&account.book.rules.zone);
        if draft.at != now && own.naive_local() != draft.at.with_timezone(&scene.zone()).naive_local() {
            rows.push(Row::Fact("its clock".to_owned(), own.format("%-d %b %H:%M %Z").to_string()));
        }
        if let (true, Some((_, bucket))) = (self.needs_bucket(), self.bucket()) {
            rows.push(Row::Fact("bucket".to_owned(), bucket.clone()));
        }
        if let Some(note) = &draft.note {
            rows.push(Row::Private("note".to_owned(), note.clone()));
        }
        let uncovered = account.book.uncovered_by(&draft).unwrap_or_default();
        if uncovered.is_positive() {
            let left = scene.amount(uncovered);
            rows.push(Row::Fact("uncovered".to_owned(), format!("{left} that no credits pay; later grants don't pay it either")));
        }
        let remark = match self.kind() {
            EntryKind::Observe => "Sets what this bucket holds now; the difference is kept as an adjustment.",
            EntryKind::Grant => "A new lot; it lapses as the bucket's rule says.",
            _ => "It stays in the ledger; a mistake can be reversed.",
        };
        let pending = Pending::Entry(Box::new(self.clone()));
        Ok(Confirm {
            title: "Add an entry".to_owned(),
            rows,
            remark: remark.to_owned(),
            terms: None,
            drafts: vec![draft],
            doubts: self.doubts(scene, account),
            insisted: false,
            pending,
            scroll: 0,
        })
    }

    /// What stands against a hold: it promises credits by figures that may not be true (SPEC P2). Everything else says what happened,
    /// and is recorded as it happened.
    fn doubts(&self, scene: &Scene<'_>, account: &Account) -> Vec<String> {
        if self.kind() != EntryKind::Hold {
            return Vec::new();
        }
        let doubt = match &account.status {
            Ok(status) => doubt(scene, account, &status.reliance),
            Err(_) => Some(format!("{}: it is not known how much is left.", scene.account(account))),
        };
        doubt.into_iter().collect()
    }
}

fn now_or(at: Instant, now: Instant) -> &'static str {
    if at == now { "now, " } else { "" }
}

/// When something happened: now where nothing is said, else as people write it, on the clock of the account's `zone`.
fn instant(text: &str, zone: Tz, now: Instant) -> Result<Instant, String> {
    if text.is_empty() {
        return Ok(now);
    }
    let typed: Result<When, WhenError> = text.parse();
    typed.and_then(|when| when.instant(now, zone, Toward::Past)).map_err(|error| format!("{text:?} is {error}"))
}

/// The next choice after `now` that begins with a letter, round and round; `now` where none does.
fn next_with(letter: char, choices: impl Iterator<Item = String>, now: usize) -> usize {
    let fitting: Vec<usize> =
        choices.enumerate().filter(|(_, choice)| choice.starts_with(letter)).map(|(place, _)| place).collect();
    fitting.iter().find(|place| **place > now).or(fitting.first()).copied().unwrap_or(now)
}
