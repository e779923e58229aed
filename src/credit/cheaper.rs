//! Where else the same work costs less: in money where both accounts have a price, else only among credits that are worth the same.

use super::{Advice, AdviceKind, Affordable, Amount, Book, Instant, Money, PlanLine, Profile, Quote, VariantId, with_unit};

/// What an account asks for some work.
#[derive(Debug, Clone, Copy)]
pub struct Offer<'a> {
    /// Whose it is.
    pub profile: &'a Profile,
    /// Its quote.
    pub quote: &'a Quote,
}

/// What the other account spares.
enum Saving {
    Money { ours: Money, theirs: Money, saved: Money },
    Credits { ours: Amount, theirs: Amount, saved: Amount },
}

/// The account that surely pays the same work now for less.
///
/// Money is compared in one currency only, credits only within one unit and plan of the same provider: an image of one plan is not
/// worth an image of another. What rests on stale figures is not advised (SPEC P2).
pub fn cheaper_among<'a>(own: Offer<'_>, others: impl IntoIterator<Item = Offer<'a>>) -> Option<Advice> {
    let savings = others.into_iter().filter_map(|other| Some((saving(own, other)?, other)));
    // Money says more than credits; among equals the first that is listed.
    let (saving, other) = savings.reduce(|best, next| if next.0.beats(&best.0) { next } else { best })?;
    let name = &other.profile.name;
    let unit = &own.quote.unit;
    let (text, credits, money) = match saving {
        Saving::Money { ours, theirs, saved } => {
            let text =
                format!("{name} does the same for {} instead of {}: saves {}", theirs.words(), ours.words(), saved.words());
            (text, None, Some(saved))
        }
        Saving::Credits { ours, theirs, saved } => {
            let (theirs, saved_words) = (with_unit(theirs, unit), with_unit(saved, unit));
            let text = format!("{name} does the same for {theirs} instead of {}: saves {saved_words}", ours.grouped());
            (text, Some(saved), None)
        }
    };
    let plain = Advice::new(AdviceKind::CheaperAccount, text).naming(other.profile.id.clone(), money);
    Some(match credits {
        Some(credits) => plain.saving(credits),
        None => plain,
    })
}

impl Saving {
    fn beats(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Money { saved, .. }, Self::Money { saved: most, .. }) => saved.amount > most.amount,
            (Self::Credits { saved, .. }, Self::Credits { saved: most, .. }) => saved > most,
            (Self::Money { .. }, Self::Credits { .. }) => true,
            (Self::Credits { .. }, Self::Money { .. }) => false,
        }
    }
}

fn saving(own: Offer<'_>, other: Offer<'_>) -> Option<Saving> {
    let (ours, theirs) = (own.quote.total?, other.quote.total?);
    if own.profile.shares_with(other.profile) || other.quote.answer() != Affordable::Yes {
        return None;
    }
    match (&own.quote.money, &other.quote.money) {
        (Some(ours), Some(theirs)) if ours.currency == theirs.currency => {
            let saved = ours.amount.minus(theirs.amount).ok().filter(|saved| saved.is_positive())?;
            let saved = Money { amount: saved, currency: ours.currency.clone(), about: ours.about || theirs.about };
            Some(Saving::Money { ours: ours.clone(), theirs: theirs.clone(), saved })
        }
        _ => {
            let saved = ours.minus(theirs).ok().filter(|saved| saved.is_positive())?;
            are_alike(own, other).then_some(Saving::Credits { ours, theirs, saved })
        }
    }
}

/// Whether a credit of one account is worth a credit of the other.
fn are_alike(own: Offer<'_>, other: Offer<'_>) -> bool {
    let plan = |offer: Offer<'_>| offer.quote.plan.as_ref().map(|plan| plan.as_str().to_lowercase());
    own.profile.provider == other.profile.provider
        && own.quote.unit == other.quote.unit
        && plan(own).is_some_and(|plan_of_own| plan(other) == Some(plan_of_own))
}

/// A plan in the words of another account's provider: the same actions, or the cheapest that do the same task.
///
/// `None` where the other account can't do all of it at a known price.
pub(super) fn translate(from: &Book, to: &Book, plan: &[PlanLine]) -> Option<Vec<PlanLine>> {
    plan.iter()
        .map(|line| {
            let variant = line.variant.as_ref().map(VariantId::as_str);
            if from.profile.provider == to.profile.provider {
                let found = to.prices.find(line.action.as_str(), variant).ok()?;
                return found.cost.known().map(|_| line.clone());
            }
            let task = from.prices.find(line.action.as_str(), variant).ok()?.task.as_ref()?;
            let same = to.prices.actions.iter().filter(|other| other.task.as_ref() == Some(task));
            let priced = same.filter_map(|other| Some((other.cost.known()?, other)));
            let (_, other) = priced.min_by_key(|(cost, _)| *cost)?;
            Some(PlanLine { action: other.action.clone(), variant: other.variant.clone(), quantity: line.quantity })
        })
        .collect()
}

/// Advice to use another of `others` for the plan that `own` quotes.
pub(super) fn cheaper_account(book: &Book, own: &Quote, others: &[&Book], plan: &[PlanLine], present: Instant) -> Option<Advice> {
    let priced: Vec<(&Book, Quote)> = others
        .iter()
        .filter(|other| other.profile.id != book.profile.id)
        .filter_map(|other| Some((*other, other.quote_at(&translate(book, other, plan)?, own.at, present).ok()?)))
        .collect();
    let offers = priced.iter().map(|(book, quote)| Offer { profile: &book.profile, quote });
    cheaper_among(Offer { profile: &book.profile, quote: own }, offers)
}
