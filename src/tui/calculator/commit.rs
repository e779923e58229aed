//! From a plan that fits to the question that is asked before it is written.

use super::terms::HoldTerms;
use crate::credit::{AccountId, Amount, Draft, EntryBody, Instant, Quote, QuoteLine, Spend};
use crate::tui::accounts::Account;
use crate::tui::format::counted;
use crate::tui::message_text::MessageText;
use crate::tui::model::Model;
use crate::tui::requests::Pending;
use crate::tui::scene::Scene;
use crate::tui::widgets::confirm::{Confirm, Row, doubt};

/// What will be written: a spend per line, or with terms a hold per account.
///
/// # Errors
/// Why the plan can't be written, as a sentence without a full stop.
pub(super) fn question(model: &Model, terms: Option<HoldTerms>, now: Instant) -> Result<Confirm, MessageText> {
    let hold = terms.is_some();
    let verb = if hold { "held" } else { "recorded" };
    if let Some(problem) = model.calculator.problem() {
        return Err(format!("Can't be {verb}: {problem}").into());
    }
    let scene = Scene::new(&model.setup, model.dates, now);
    let mut rows = Vec::new();
    let mut drafts = Vec::new();
    let mut doubts = Vec::new();
    for priced in &model.calculator.quotes {
        let (Ok(quote), Some(account)) = (&priced.quote, model.find(&priced.account)) else { continue };
        let of_account = match &terms {
            Some(terms) => hold_draft(quote, terms, now).into_iter().collect(),
            None => spend_drafts(quote, now),
        };
        if of_account.is_empty() {
            continue;
        }
        account.admits(&of_account, now).map_err(|why| MessageText::from(format!("Can't be {verb}: ")).private(&why))?;
        rows.push(Row::Account(account.called()));
        rows.extend(cost_rows(&scene, account, quote));
        let total = quote.total.unwrap_or(quote.known_total);
        rows.push(Row::Cost(
            String::new(),
            scene.amount(total),
            format!("{} {}", quote.unit, if hold { "set aside" } else { "in all" }),
        ));
        drafts.extend(of_account);
        doubts.extend(doubt(&scene, account, &quote.reliance));
    }
    if drafts.is_empty() {
        return Err(format!("Can't be {verb}: every quantity is zero").into());
    }
    rows.extend(terms.iter().flat_map(|terms| terms.rows(&scene)));
    let (title, remark) = if hold {
        let count = counted(drafts.len(), "hold", "holds");
        (
            "Hold for this plan",
            format!("Writes {count}, in one go. Held credits stay yours and can't be spent otherwise until released."),
        )
    } else {
        let count = counted(drafts.len(), "spend", "spends");
        ("Record as spent", format!("Writes {count} into the ledger, in one go. A mistake can be reversed there."))
    };
    Ok(Confirm {
        title: title.to_owned(),
        rows,
        remark,
        terms,
        drafts,
        doubts,
        insisted: false,
        pending: Pending::Plan(model.calculator.lines.clone()),
        scroll: 0,
    })
}

fn cost_rows(scene: &Scene<'_>, account: &Account, quote: &Quote) -> Vec<Row> {
    let lines = quote.lines.iter().filter(|line| line.quantity.is_positive());
    lines
        .map(|line| {
            let what = format!("{} × {}", scene.amount(line.quantity), line.name);
            let cost = line.cost.map_or("–".to_owned(), |cost| scene.amount(cost));
            Row::Cost(what, cost, draws(scene, account, line))
        })
        .collect()
}

/// `from Monthly 1 600, Extra 50`.
fn draws(scene: &Scene<'_>, account: &Account, line: &QuoteLine) -> String {
    let mut sums: Vec<(String, Amount)> = Vec::new();
    for draw in &line.draws {
        let name = bucket_name(account, &draw.bucket);
        match sums.iter_mut().find(|(known, _)| *known == name) {
            Some((_, sum)) => *sum = sum.plus(draw.amount).unwrap_or(*sum),
            None => sums.push((name, draw.amount)),
        }
    }
    match sums.as_slice() {
        [] => "free".to_owned(),
        [(name, _)] => format!("from {name}"),
        several => {
            let parts: Vec<String> = several.iter().map(|(name, sum)| format!("{} {name}", scene.amount(*sum))).collect();
            format!("from {}", parts.join(" + "))
        }
    }
}

/// A bucket's name, in small letters as it stands in sentences.
pub(super) fn bucket_name(account: &Account, id: &crate::credit::BucketId) -> String {
    let bucket = account.book.rules.buckets.iter().find(|bucket| bucket.id == *id);
    bucket.map_or(id.to_string(), |bucket| crate::tui::format::clean(&bucket.name))
}

fn draft(account: &AccountId, body: EntryBody, now: Instant) -> Draft {
    Draft { account: account.clone(), at: now, reference: None, body, note: None, actor: None, tags: Vec::new(), must_fit: true }
}

fn spend_drafts(quote: &Quote, now: Instant) -> Vec<Draft> {
    let lines = quote.lines.iter().filter(|line| line.quantity.is_positive());
    lines
        .filter_map(|line| {
            let spend = Spend {
                amount: line.cost?,
                action: Some(line.action.clone()),
                variant: line.variant.clone(),
                quantity: Some(line.quantity),
            };
            Some(draft(&quote.account, EntryBody::Spend(spend), now))
        })
        .collect()
}

fn hold_draft(quote: &Quote, terms: &HoldTerms, now: Instant) -> Option<Draft> {
    let amount = quote.total.filter(|total| total.is_positive())?;
    let body = EntryBody::Hold { amount, expires_at: terms.ends };
    Some(Draft { reference: terms.name.clone(), ..draft(&quote.account, body, now) })
}
