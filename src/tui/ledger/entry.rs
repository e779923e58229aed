//! An entry as a whole: every field to read.

use crate::credit::{AccountId, EntryBody, ExplainedEntry, Instant, Ref, VariantId, lot_name, shown};
use crate::tui::accounts::Account;
use crate::tui::entry_words::{self, bucket_name, called};
use crate::tui::format::clean;
use crate::tui::model::Model;
use crate::tui::scene::Scene;
use crate::tui::widgets::text_box::Row;

/// An instant with its date, its time and its zone.
fn moment(scene: &Scene<'_>, at: Instant) -> String {
    at.with_timezone(&scene.zone()).format("%-d %b %Y %H:%M %Z").to_string()
}

/// What an entry drew, bucket by bucket and lot by lot.
fn drawn(scene: &Scene<'_>, account: &Account, explained: &ExplainedEntry) -> Vec<String> {
    let lots = || account.status.iter().flat_map(|status| status.buckets.iter().flat_map(|bucket| &bucket.lots));
    let of_draw = explained.draws.iter().map(|draw| {
        let lot = draw.lot.as_ref().and_then(|lot| {
            let granted = lots().find(|known| known.reference == *lot).map(|known| known.granted_at);
            match granted {
                Some(at) if lot.is_generated() => Some(lot_name(lot, at, scene.zone(), scene.now)),
                _ if lot.is_generated() => None,
                _ => Some(scene.private(&shown(lot.as_str()))),
            }
        });
        let lot = lot.map(|lot| format!(" ({lot})")).unwrap_or_default();
        format!("{} from {}{lot}", scene.amount(draw.amount), bucket_name(account, &draw.bucket))
    });
    of_draw.collect()
}

/// Every field of an entry, with its title.
pub(crate) fn entry_rows(model: &Model, scene: &Scene<'_>, id: &AccountId, reference: &Ref) -> (String, Vec<Row>) {
    let account = model.find(id);
    let found = account.and_then(|account| {
        let explained = account.entries().find(|explained| explained.entry.reference == *reference)?;
        Some((account, explained))
    });
    let Some((account, explained)) = found else {
        return ("Entry".to_owned(), vec![(String::new(), "It is not listed any more.".to_owned())]);
    };
    let entry = &explained.entry;
    let unit = clean(&account.book.profile.unit);
    let mut rows: Vec<Row> = Vec::new();
    let mut row = |label: &str, text: String| rows.push((label.to_owned(), text));
    row("account", scene.account(account));
    row("amount", with_unit(entry_words::amount(scene, &entry.body), &unit));
    row("happened", moment(scene, entry.at));
    row("recorded", moment(scene, entry.recorded_at));
    for (label, text) in particulars(scene, account, &entry.body) {
        row(label, text);
    }
    for (place, draw) in drawn(scene, account, explained).into_iter().enumerate() {
        row(if place == 0 { "drawn" } else { "" }, draw);
    }
    if explained.uncovered.is_positive() {
        row("uncovered", format!("{} that no credits paid", scene.amount(explained.uncovered)));
    }
    if let Some(by) = &explained.reversed_by {
        row("reversed", format!("by {}", called(scene, account, by)));
    }
    row("by", entry.actor.as_deref().map_or_else(|| "not recorded".to_owned(), |actor| scene.private(actor)));
    row("note", entry.note.as_deref().map_or_else(|| "none".to_owned(), |note| scene.private(note)));
    if !entry.tags.is_empty() {
        row("tags", scene.private(&entry.tags.join(", ")));
    }
    let made = if entry.reference.is_generated() { " (made up: none was given)" } else { "" };
    row("ref", format!("{}{made}", scene.private(&shown(entry.reference.as_str()))));
    (crate::tui::format::capitalized(entry.body.kind().word()), rows)
}

/// What only entries of one kind have.
fn particulars(scene: &Scene<'_>, account: &Account, body: &EntryBody) -> Vec<(&'static str, String)> {
    match body {
        EntryBody::Grant(grant) => {
            let from = grant.effective_at.map(|at| ("counts", format!("from {}", moment(scene, at))));
            let ends = match grant.expires {
                crate::credit::Expires::At(at) => format!("on {}", moment(scene, at)),
                crate::credit::Expires::Never => "never".to_owned(),
                crate::credit::Expires::ByRule => "as the bucket's rule says".to_owned(),
            };
            [Some(("into", bucket_name(account, &grant.bucket))), from, Some(("lapses", ends))].into_iter().flatten().collect()
        }
        EntryBody::Spend(spend) => {
            let Some(action) = &spend.action else { return Vec::new() };
            let listed = account.book.prices.find(action.as_str(), spend.variant.as_ref().map(VariantId::as_str)).ok();
            let name = listed.map_or_else(|| action.to_string(), |listed| listed.name.clone());
            let quantity = spend.quantity.map(|quantity| format!("{} × ", scene.amount(quantity))).unwrap_or_default();
            vec![("for", format!("{quantity}{}", clean(&name)))]
        }
        EntryBody::Hold { expires_at, .. } => {
            vec![("ends", expires_at.map_or_else(|| "only by release: no deadline".to_owned(), |at| moment(scene, at)))]
        }
        EntryBody::Capture { hold, .. } | EntryBody::Release { hold } => vec![("of", called(scene, account, hold))],
        EntryBody::Reverse { reverses } => vec![("reverses", called(scene, account, reverses))],
        EntryBody::Adjust { bucket, .. } | EntryBody::Observe { bucket, .. } => vec![("bucket", bucket_name(account, bucket))],
    }
}

fn with_unit(amount: String, unit: &str) -> String {
    if amount.chars().any(|c| c.is_ascii_digit()) { format!("{amount} {unit}") } else { amount }
}
