//! When a plan that does not fit will, and what its holds take along, in sentences.

use super::commit::bucket_name;
use crate::credit::{AffordableAt, Quote, Split, SplitPart, why_unsure};
use crate::tui::accounts::Account;
use crate::tui::scene::Scene;

/// So many instants of a split are told; of more, the last is named.
const MANY_INSTANTS: usize = 6;

/// From when on the plan fits, and what of it can run when.
pub(super) fn sentences(scene: &Scene<'_>, account: &Account, quote: &Quote) -> Vec<String> {
    let split = split(scene, quote);
    let whole = match (quote.affordable_at, &quote.split) {
        (AffordableAt::At { at, approximate, if_renewed }, _) => {
            Some(format!("All of it fits {}, {}.", scene.when(at), date(scene, at, approximate, if_renewed)))
        }
        (_, Split::Parts(_)) => None,
        (_, Split::Never) => Some("It never fits without buying.".to_owned()),
        (AffordableAt::Unknown, _) | (_, Split::Unknown) => {
            let why = account.status.as_ref().ok().and_then(|status| why_unsure(status, &quote.unsure, scene));
            Some(format!("When it will fit can't be told{}.", why.map(|why| format!(": {why}")).unwrap_or_default()))
        }
        (AffordableAt::Never | AffordableAt::NotWithin(_), _) => Some("It does not fit within 14 months.".to_owned()),
    };
    split.into_iter().chain(whole).collect()
}

fn date(scene: &Scene<'_>, at: crate::credit::Instant, approximate: bool, if_renewed: bool) -> String {
    let sign = if approximate { "≈ " } else { "" };
    let renewed = if if_renewed { ", if renewed" } else { "" };
    format!("{sign}{}{renewed}", scene.date(at))
}

/// `In parts: 500 now, 200 on 1 Dec.`
fn split(scene: &Scene<'_>, quote: &Quote) -> Option<String> {
    let instants: Vec<&[SplitPart]> = quote.split.by_instant().collect();
    let shown = if instants.len() <= MANY_INSTANTS { instants.len() } else { MANY_INSTANTS - 2 };
    let mut texts: Vec<String> = instants.iter().take(shown).filter_map(|parts| part(scene, quote, parts)).collect();
    if shown < instants.len() {
        let last = instants.last().and_then(|parts| part(scene, quote, parts))?;
        texts.push(format!("… and so on, {last}"));
    }
    (!texts.is_empty()).then(|| format!("In parts: {}.", texts.join("; ")))
}

fn part(scene: &Scene<'_>, quote: &Quote, parts: &[SplitPart]) -> Option<String> {
    let first = parts.first()?;
    let what: Vec<String> = parts
        .iter()
        .map(|part| {
            let amount = scene.amount(part.quantity);
            if quote.lines.len() == 1 { amount } else { format!("{amount} {}", part.name) }
        })
        .collect();
    let when = if first.at == quote.at {
        "now".to_owned()
    } else {
        format!("on {}", date(scene, first.at, first.approximate, first.if_renewed))
    };
    Some(format!("{} {when}", what.join(", ")))
}

/// What is held, and what it and the plan take together.
pub(super) fn held(scene: &Scene<'_>, account: &Account, quote: &Quote) -> String {
    let taken: Vec<String> = quote
        .with_holds
        .iter()
        .map(|(bucket, amount)| format!("{} {}", scene.amount(*amount), bucket_name(account, bucket)))
        .collect();
    let held = scene.amount(quote.held);
    if taken.is_empty() {
        return format!("{held} held stay untouched.");
    }
    format!("{held} held stay untouched; with them this takes {}.", taken.join(" + "))
}
