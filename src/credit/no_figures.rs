//! An account whose figures can't be added up, as it stands among the others: one of them must not take the rest away.

use std::sync::Arc;

use super::{
    AccountState, AccountStatus, Amount, Book, BucketStatus, EngineError, Failure, FailureKind, Figure, FigureSource, Forecast,
    Instant, PollHealth, Reliance, Rules,
};

impl Book {
    /// The account at `at` where the engine could not tell its figures: all of them are unknown, the state is `error`, and the failure,
    /// of kind `malformed`, says why.
    ///
    /// # Errors
    /// `why` itself, where not even the account's empty buckets can be told.
    pub fn status_without_figures(&self, at: Instant, why: EngineError) -> Result<AccountStatus, EngineError> {
        let message = format!("{why}; `creditop ledger list --account {}` shows what is recorded", self.profile.id);
        let failure = Failure { kind: FailureKind::Malformed, message, at, retry_at: None, or_out_of_credit: false };
        let rules = Rules { phases: Vec::new(), scheduled: Vec::new(), fair_use: Vec::new(), ..(*self.rules).clone() };
        let blank = Book {
            rules: Arc::new(rules),
            start: None,
            entries: Arc::default(),
            observations: Arc::default(),
            health: PollHealth { failure: Some(failure.clone()), ..self.health.clone() },
            ..self.clone()
        };
        let status = blank.status(at).map_err(|_| why)?;
        let buckets = status.buckets.into_iter().map(unknown).collect();
        let last = self.observations.iter().filter(|seen| seen.at <= at).max_by_key(|seen| seen.at);
        Ok(AccountStatus {
            state: AccountState::Error,
            reliance: Reliance::NoFigures { failure: Some(failure.clone()) },
            failure: Some(failure),
            plan: status.plan.or_else(|| last.and_then(|seen| seen.plan.clone())),
            email: last.and_then(|seen| seen.email.clone()),
            observed_at: last.map(|seen| seen.last_seen_at.min(at)),
            subscription_ends_at: last.and_then(|seen| seen.subscription_ends_at),
            total: Figure::Unknown,
            known_total: Figure::Known(Amount::ZERO),
            spendable: Figure::Unknown,
            buckets,
            warnings: Vec::new(),
            next_change: None,
            coming: Vec::new(),
            forecast: Forecast::default(),
            why_next: "The figures can't be added up, so nothing says where the next credit comes from".to_owned(),
            ..status
        })
    }
}

fn unknown(bucket: BucketStatus) -> BucketStatus {
    BucketStatus {
        remaining: Figure::Unknown,
        known: Amount::ZERO,
        source: FigureSource::Unknown,
        lots: Vec::new(),
        expires_at: None,
        full: None,
        ..bucket
    }
}
