//! When a plan that does not fit will, in words: all at once, or in parts.

use chrono_tz::Tz;

use crate::cli::table::{Align, Cell, Table, Tone};
use crate::cli::text;
use crate::cli::view::QuoteView;
use crate::credit::{AffordableAt, Amount, BucketId, Source, Split, SplitPart, UnknownFactor, why_unsure};

/// So many instants of a split are listed; of more, the last is named.
const MANY_INSTANTS: usize = 14;

/// When all of it can be run, as the end of a sentence.
#[must_use]
pub(super) fn when(view: &QuoteView, zone: Tz) -> String {
    let quote = &view.quote;
    let in_parts = quote.split.parts().last().map(|last| {
        let rests = rests(last.approximate, last.if_renewed);
        format!("in parts by {} ({}){rests}", text::full(last.at, zone), text::relative(last.at, quote.at))
    });
    match (quote.affordable_at, in_parts, &quote.split) {
        (AffordableAt::At { at, approximate, if_renewed }, ..) => {
            let rests = rests(approximate, if_renewed);
            format!("it will {} ({}){rests}", text::relative(at, quote.at), text::full(at, zone))
        }
        (AffordableAt::NotWithin(_), Some(in_parts), _) => format!("not all at once within 14 months, but {in_parts}"),
        (_, Some(in_parts), _) => format!("not all at once, but {in_parts}"),
        (_, None, Split::Never) => "never without buying".to_owned(),
        (AffordableAt::Unknown, ..) | (_, None, Split::Unknown) => {
            let why = why_unsure(&view.status, &quote.unsure, &text::Words { now: quote.at });
            format!("when it will can't be told{}", why.map(|why| format!(": {why}")).unwrap_or_default())
        }
        (AffordableAt::Never | AffordableAt::NotWithin(_), None, _) => "not within 14 months without buying".to_owned(),
    }
}

/// What would let it be told when the plan can be run, where the person who asks can say it.
#[must_use]
pub(super) fn remedy(view: &QuoteView) -> Option<String> {
    let (id, status) = (&view.quote.account, &view.status);
    match (view.quote.unsure.first()?, status.source) {
        (UnknownFactor::ResetDay(_), Source::Ledger) => Some("Set reset_day on the account to say when that is.".to_owned()),
        (UnknownFactor::ResetDay(_), Source::Polled) => Some("Set billing_day on the account to say when that is.".to_owned()),
        (UnknownFactor::Bucket { bucket, from: None }, Source::Ledger) => {
            Some(format!("Say what is left by `creditop ledger observe --account {id} {bucket}=N`."))
        }
        _ => None,
    }
}

fn rests(approximate: bool, if_renewed: bool) -> String {
    let sign = if approximate { " ≈" } else { "" };
    let renewed = if if_renewed { ", if the subscription is renewed" } else { "" };
    format!("{sign}{renewed}")
}

/// What runs when, where the plan can be run in parts; else nothing.
#[must_use]
pub(super) fn split(view: &QuoteView, zone: Tz) -> Table {
    let quote = &view.quote;
    let mut table = Table::new(&[("In parts, without buying", Align::Left), ("", Align::Left)]);
    let instants = quote.split.by_instant().count();
    let shown = if instants <= MANY_INSTANTS { instants } else { MANY_INSTANTS - 2 };
    for (place, parts) in quote.split.by_instant().enumerate() {
        if place >= shown && place + 1 < instants {
            continue;
        }
        if shown < instants && place + 1 == instants {
            let between = instants - shown - 1;
            table.line(2, &format!("… and at {} in between", text::count(between, "instant", "instants")), Tone::Dim);
        }
        let Some(first) = parts.first() else { continue };
        let at = if first.at == view.asked_at { "now".to_owned() } else { text::full(first.at, zone) };
        let at = format!("{at}{}", rests(first.approximate, first.if_renewed));
        table.row([at.into(), Cell::new(&what(parts), Tone::Plain)]);
    }
    table
}

fn what(parts: &[SplitPart]) -> String {
    parts.iter().map(|part| format!("{} {}", text::amount(part.quantity), part.name)).collect::<Vec<_>>().join(", ")
}

/// What is held, and what it and the plan take together.
#[must_use]
pub(super) fn held(view: &QuoteView) -> String {
    let quote = &view.quote;
    let part = |(bucket, amount): &(BucketId, Amount)| format!("{} {}", text::amount(*amount), view.status.bucket_name(bucket));
    let parts: Vec<String> = quote.with_holds.iter().map(part).collect();
    let held = text::with_unit(quote.held, &quote.unit);
    let are = if held.starts_with("1 ") { "is" } else { "are" };
    if parts.is_empty() {
        return format!("{held} {are} held for other work and set aside first");
    }
    format!("{held} {are} held for other work and set aside first; with this plan that takes {}", parts.join(" + "))
}
