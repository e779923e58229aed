//! What a caller wants to record, and whether it is recorded already (SPEC L2).

use std::borrow::Cow;

use chrono::Datelike;

use super::fields::{body_fields, label_fields};
use crate::credit::{Draft, Entry, EntryBody, Expires, Instant, LABEL_LENGTH, shown, unclear, usual};

/// Characters that a note may have.
const NOTE_LENGTH: usize = 1000;

/// Fields of a draft that creditop filled in, because the caller did not give them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Filled {
    /// `at` is the present: the instant of recording, once nobody else can write.
    pub at: bool,
    /// `amount` comes from the price list.
    pub amount: bool,
}

/// A draft, with what its caller gave told apart from what was filled in: only the former can contradict what is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The entry to record.
    pub draft: Draft,
    /// What the caller did not give.
    pub filled: Filled,
    /// When another ledger recorded it, where it comes from one; else it is recorded at the present.
    pub recorded_at: Option<Instant>,
}

impl From<Draft> for Proposal {
    /// A draft of which the caller gave every field.
    fn from(draft: Draft) -> Self {
        Self { draft, filled: Filled::default(), recorded_at: None }
    }
}

/// A field that two entries of one ref don't agree on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) field: &'static str,
    /// As `amount 3, not 4`.
    pub(super) what: String,
}

impl Proposal {
    /// The proposal as it is recorded at `now`: what was not said to have happened at some instant happens then.
    pub(super) fn stamped(&self, now: Instant) -> Cow<'_, Self> {
        let begins = if let EntryBody::Grant(grant) = &self.draft.body { grant.effective_at } else { None };
        // A lot can't begin before it was granted.
        if !self.filled.at || begins.is_some_and(|begins| begins < now) {
            return Cow::Borrowed(self);
        }
        let mut stamped = self.clone();
        stamped.draft.at = now;
        Cow::Owned(stamped)
    }

    /// The draft as it is recorded where it can happen at an instant at the earliest: a reversal of what a wrong clock dated ahead undoes that
    /// the moment it happens. What the caller dated stays as it is.
    pub(super) fn dated(&self, earliest: Option<Instant>) -> Cow<'_, Draft> {
        match earliest.filter(|earliest| self.filled.at && *earliest > self.draft.at) {
            Some(at) => Cow::Owned(Draft { at, ..self.draft.clone() }),
            None => Cow::Borrowed(&self.draft),
        }
    }

    /// The first field in which the proposal contradicts a recorded entry; `None` where it says the same.
    pub(super) fn difference(&self, recorded: &Entry) -> Option<Difference> {
        let draft = &self.draft;
        let (old_kind, new_kind) = (recorded.body.kind(), draft.body.kind());
        if old_kind != new_kind {
            return Some(Difference { field: "kind", what: format!("kind {}, not {}", old_kind.word(), new_kind.word()) });
        }
        if !self.filled.at && draft.at != recorded.at {
            let print = crate::credit::print_instant;
            return Some(Difference { field: "at", what: format!("at {}, not {}", print(recorded.at), print(draft.at)) });
        }
        let mut old = body_fields(&recorded.body, recorded.at);
        old.extend(label_fields(recorded.note.as_deref(), recorded.actor.as_deref(), &recorded.tags));
        let mut new = body_fields(&draft.body, recorded.at);
        new.extend(label_fields(draft.note.as_deref(), draft.actor.as_deref(), &draft.tags));
        if draft.actor.is_none() {
            // Whoever says the same again need not be the one who said it first (L9).
            old.retain(|(name, _)| *name != "actor");
        }
        if self.filled.amount {
            old.retain(|(name, _)| *name != "amount");
            new.retain(|(name, _)| *name != "amount");
        }
        let value_in = |fields: &[super::fields::Field<'_>], name: &str| {
            fields.iter().find(|(other, _)| *other == name).map_or_else(|| "none".to_owned(), |(_, value)| value.in_words())
        };
        old.iter().find(|field| !new.contains(field)).or_else(|| new.iter().find(|field| !old.contains(field))).map(
            |(name, _)| Difference {
                field: name,
                what: format!("{name} {}, not {}", value_in(&old, name), value_in(&new, name)),
            },
        )
    }

    /// What is wrong with the parts that the engine does not look at: the field and the reason.
    pub(super) fn text_problems(&self) -> Vec<(&'static str, String)> {
        let draft = &self.draft;
        let mut problems = Vec::new();
        let names = draft.reference.iter().map(|given| ("ref", given.as_str()));
        let names = names.chain(draft.actor.iter().map(|actor| ("actor", actor.as_str())));
        for (field, name) in names.chain(draft.tags.iter().map(|tag| ("tags", tag.as_str()))) {
            if let Some(why) = unclear(name) {
                let instead = usual(name);
                problems
                    .push((field, format!("\"{}\" {why}: it could be taken for {instead:?}; write that instead", shown(name))));
            }
        }
        let mut check = |field, text: Option<&str>, length| {
            if let Some(why) = text.and_then(|text| text_problem(text, length)) {
                problems.push((field, why.to_owned()));
            }
        };
        check("note", draft.note.as_deref(), NOTE_LENGTH);
        check("actor", draft.actor.as_deref(), LABEL_LENGTH);
        for tag in &draft.tags {
            check("tags", Some(tag), LABEL_LENGTH);
        }
        if draft.tags.iter().any(|tag| tag.contains(|c: char| c.is_whitespace() || c == ',')) {
            problems.push(("tags", "a tag can't hold white space or a comma".to_owned()));
        }
        let (effective_at, expires_at) = match &draft.body {
            EntryBody::Grant(grant) => {
                let expires_at = if let Expires::At(t) = grant.expires { Some(t) } else { None };
                (grant.effective_at, expires_at)
            }
            EntryBody::Hold { expires_at, .. } => (None, *expires_at),
            _ => (None, None),
        };
        for (field, instant) in [("at", Some(draft.at)), ("effective_at", effective_at), ("expires_at", expires_at)] {
            if instant.is_some_and(|instant: Instant| !(1970..2200).contains(&instant.year())) {
                problems.push((field, "the instant is outside the years 1970 to 2199".to_owned()));
            }
        }
        problems
    }
}

fn text_problem(text: &str, length: usize) -> Option<&'static str> {
    if text.is_empty() {
        Some("the text is empty")
    } else if text.chars().count() > length {
        Some(if length == NOTE_LENGTH {
            "the text is longer than 1000 characters"
        } else {
            "the text is longer than 100 characters"
        })
    } else if text.chars().any(char::is_control) {
        Some("the text holds a control character, such as a line break")
    } else {
        None
    }
}
