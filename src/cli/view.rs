//! What is shown of an account and of a quote besides the figures: what the provider's definition and the account's key say.

use std::sync::Arc;

use super::edge::{Surveyed, statuses_of};
use super::engine_report::engine_report;
use crate::catalog::{Definition, Extraction};
use crate::credit::{AccountId, AccountStatus, Book, BucketId, Instant, PlanId, PlanLine, Quote};
use crate::report::Report;
use crate::runtime::Workspace;

/// An account at an instant, with its provider's definition.
#[derive(Debug, Clone)]
pub struct AccountView {
    /// The account.
    pub status: AccountStatus,
    /// Its provider.
    pub definition: Arc<Definition>,
    /// Why it is never polled although its provider is, as with a sandbox key.
    pub unpolled: Option<String>,
    /// What the ledger says of it that can't be.
    pub fault: Option<Report>,
}

impl AccountView {
    /// The accounts at an instant, in the order of `ids`; one whose figures can't be added up is there with that as its error.
    ///
    /// # Errors
    /// A [`Report`] for an unknown account, or a ledger that can't be read.
    pub(crate) fn all(workspace: &Workspace, ids: &[AccountId], at: Instant) -> Result<Vec<Self>, Report> {
        let view = |Surveyed { book, status, fault }: Surveyed| {
            let definition = Arc::clone(&workspace.account(book.profile.id.as_str())?.definition);
            Ok(Self { status, definition, unpolled: book.rules.unpolled.clone(), fault })
        };
        statuses_of(workspace, ids, at)?.into_iter().map(view).collect()
    }

    /// The provider with the plan, as people call them: `Photoroom Plus`.
    pub(crate) fn service(&self) -> String {
        service(&self.definition, self.status.plan.as_ref())
    }

    /// Whether an answer of the provider's endpoint tells something, and this account's key has one.
    fn answers(&self, tells: impl Fn(&Extraction) -> bool) -> bool {
        let endpoints = self.definition.request.iter().flat_map(|request| &request.endpoints);
        self.unpolled.is_none() && endpoints.into_iter().any(|endpoint| tells(&endpoint.answer))
    }

    /// Whether the plan applies, and nobody told it.
    pub(crate) fn lacks_plan(&self) -> bool {
        self.status.plan.is_none() && self.answers(|answer| answer.plan.is_some())
    }

    /// Whether the e-mail applies, and nobody told it.
    pub(crate) fn lacks_email(&self) -> bool {
        self.status.email.is_none() && self.answers(|answer| answer.email.is_some())
    }

    /// Whether the end of the subscription may apply, and nothing was ever polled. An answer without one says that there is none.
    pub(crate) fn lacks_subscription_end(&self) -> bool {
        let untold = self.status.subscription_ends_at.is_none() && self.status.observed_at.is_none();
        untold && self.answers(|answer| answer.subscription_ends_at.is_some())
    }

    /// Whether the provider's answer has a capacity for a bucket.
    pub(crate) fn has_capacity(&self, bucket: &BucketId) -> bool {
        self.answers(|answer| answer.buckets.iter().any(|figures| figures.bucket == *bucket && figures.capacity.is_some()))
    }
}

/// A provider with a plan, as people call them: `Photoroom Plus`; the provider alone where no plan is known.
pub(crate) fn service(definition: &Definition, plan: Option<&PlanId>) -> String {
    let Some(plan) = plan else { return definition.name.clone() };
    let name = definition.plan(plan.as_str()).map_or(plan.as_str(), |known| known.name.as_str());
    format!("{} {name}", definition.name)
}

/// A quote with the account's state that it rests on.
#[derive(Debug, Clone)]
pub struct QuoteView {
    /// The quote.
    pub quote: Quote,
    /// When it was asked for: the present, whatever day the quote is of.
    pub asked_at: Instant,
    /// The account at the quote's instant.
    pub status: AccountStatus,
    /// Why the account is never polled although its provider is.
    pub unpolled: Option<String>,
    /// The accounts of the same pool whose part of the plan is paid before (SPEC P9).
    pub after: Vec<AccountId>,
    /// What else a page says of what the quote rests on, a sentence each.
    pub notes: Vec<String>,
}

impl QuoteView {
    /// Prices a plan for an account at any instant, past or future, asked at `present` (SPEC E13).
    ///
    /// # Errors
    /// A [`Report`] for a name that does not exist, a quantity that can't be, or figures that grow too large.
    pub(crate) fn new(book: &Book, lines: &[PlanLine], at: Instant, present: Instant) -> Result<Self, Report> {
        let failed = |error| engine_report(&error, book);
        let quote = book.quote_at(lines, at, present).map_err(failed)?;
        let status = book.status_at(at, present).map_err(failed)?;
        Ok(Self { quote, asked_at: present, status, unpolled: book.rules.unpolled.clone(), after: Vec::new(), notes: Vec::new() })
    }
}
