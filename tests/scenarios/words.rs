//! Statuses, draws and quotes as text that leaves nothing out.
//!
//! What is left unsaid has one meaning only: nothing held, nothing uncovered, never resets, never expires, all of the total
//! is known, a figure that follows from the configuration, no burn rate.

use creditop::credit::{
    AccountStatus, Affordable, AffordableAt, BucketStatus, Draw, ExplainedEntry, Figure, FigureSource, Instant, LotStatus, Quote,
    QuoteLine, Split, print_instant,
};

/// An instant; midnight in UTC as a date.
pub(crate) fn instant(at: Instant) -> String {
    let text = print_instant(at);
    text.strip_suffix("T00:00:00Z").map_or_else(|| text.clone(), ToOwned::to_owned)
}

/// The whole status: a line for the account, one per bucket and lot in draw-down order, holds, what is uncovered, the
/// forecast, and why the next credit comes from where it comes.
pub(crate) fn status(status: &AccountStatus) -> String {
    let mut lines = vec![account(status)];
    for (place, bucket) in (1u32..).zip(&status.buckets) {
        assert_eq!(bucket.draw_order, place, "buckets come in draw-down order");
        lines.push(bucket_line(bucket));
        lines.extend(bucket.lots.iter().map(lot));
    }
    for hold in &status.holds {
        let until = hold.expires_at.map(|at| format!(" to {}", instant(at))).unwrap_or_default();
        lines.push(format!("hold {} {}, {}{until}", hold.reference, hold.amount, instant(hold.at)));
    }
    lines.extend(status.uncovered.iter().map(|spend| format!("uncovered {} {}", spend.reference, spend.amount)));
    if let Some(burn) = status.forecast.burn_per_day {
        let out = status.forecast.runs_out_at.map(|at| format!(", runs out {}", instant(at))).unwrap_or_default();
        lines.push(format!("burns {burn} a day{out}"));
    }
    for lapse in &status.forecast.lapses {
        let place = place(lapse.bucket.as_str(), lapse.lot.as_ref().map(ToString::to_string));
        lines.push(format!("will lapse {} of {place} {}", lapse.amount, instant(lapse.at)));
    }
    lines.push(format!("why {}", status.why_next));
    lines.join("\n")
}

/// What polls show to have happened, a line each: what, by how much, between which polls.
pub(crate) fn events(status: &AccountStatus) -> String {
    let lines = status.events.iter().map(|event| {
        let between = format!("{} – {}", instant(event.from), instant(event.at));
        format!("{} {} {}, {between}", event.kind.word(), event.bucket, event.amount)
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn account(status: &AccountStatus) -> String {
    let mut text = status.state.word().to_owned();
    if let Some(plan) = &status.plan {
        text += &format!(", plan {plan}");
    }
    text += &format!(": total {}", figure(status.total));
    if status.known_total != status.total {
        text += &format!(", known {}", figure(status.known_total));
    }
    if !status.held.is_zero() {
        text += &format!(", held {}", status.held);
    }
    text += &format!(", spendable {}", figure(status.spendable));
    if let Some(seen) = status.observed_at {
        text += &format!(", observed {}", instant(seen));
    }
    if let Some(ends) = status.subscription_ends_at {
        text += &format!(", subscription ends {}", instant(ends));
    }
    text
}

fn figure(figure: Figure) -> String {
    match figure {
        Figure::Known(amount) => amount.to_string(),
        Figure::Unlimited => "unlimited".to_owned(),
        Figure::Unknown => "unknown".to_owned(),
    }
}

fn bucket_line(bucket: &BucketStatus) -> String {
    let mut text = format!("{} {}", bucket.id, figure(bucket.remaining));
    if let Some(capacity) = bucket.capacity {
        text += &format!(" of {}", figure(capacity));
    }
    if !matches!(bucket.source, FigureSource::Configured | FigureSource::Unknown) {
        text += &format!(" {}", bucket.source.word());
    }
    if bucket.remaining != Figure::Known(bucket.known) && !bucket.known.is_zero() {
        text += &format!(", known {}", bucket.known);
    }
    if let Some(shown) = bucket.shown {
        text += &format!(", shown {shown}");
    }
    if let Some(used) = bucket.used {
        text += &format!(", used {used}");
    }
    if let Some(source) = bucket.reset_source {
        text += ", resets ";
        text += &bucket.resets_at.map(|at| instant(at) + " ").unwrap_or_default();
        text += &bucket.resets_to.map(|to| format!("to {} ", figure(to))).unwrap_or_default();
        text += &format!("({}{})", source.word(), if bucket.if_renewed { ", if renewed" } else { "" });
    } else {
        assert!(bucket.resets_at.is_none() && bucket.resets_to.is_none(), "a reset has a source");
    }
    if let Some(at) = bucket.expires_at {
        text += &format!(", expires {}", instant(at));
    }
    text
}

fn lot(lot: &LotStatus) -> String {
    let order = lot.draw_order.map(|place| format!("#{place} ")).unwrap_or_default();
    let until = lot.expires_at.map(|at| format!(" to {}", instant(at))).unwrap_or_default();
    let (remaining, granted) = (figure(lot.remaining), figure(lot.granted));
    format!("- {order}{} {remaining} of {granted}, {}{until}", lot.reference, instant(lot.effective_at))
}

fn place(bucket: &str, lot: Option<String>) -> String {
    lot.map_or_else(|| bucket.to_owned(), |lot| format!("{bucket}/{lot}"))
}

fn drawn(draws: &[Draw]) -> String {
    let part =
        |draw: &Draw| format!("{} from {}", draw.amount, place(draw.bucket.as_str(), draw.lot.as_ref().map(ToString::to_string)));
    draws.iter().map(part).collect::<Vec<_>>().join(", ")
}

/// Every entry that drew something, left something unpaid or was reversed.
pub(crate) fn draws(entries: &[ExplainedEntry]) -> String {
    let line = |explained: &ExplainedEntry| {
        let mut parts = Vec::new();
        if !explained.draws.is_empty() {
            parts.push(drawn(&explained.draws));
        }
        if !explained.uncovered.is_zero() {
            parts.push(format!("uncovered {}", explained.uncovered));
        }
        if !explained.unknown.is_zero() {
            parts.push(format!("unknown {}", explained.unknown));
        }
        parts.extend(explained.reversed_by.iter().map(|by| format!("reversed by {by}")));
        (!parts.is_empty()).then(|| format!("{}: {}", explained.entry.reference, parts.join(", ")))
    };
    entries.iter().filter_map(line).collect::<Vec<_>>().join("\n")
}

/// The whole quote: its lines, the answer, each bucket, the waterfall, the advice.
pub(crate) fn quote(quote: &Quote) -> String {
    let mut lines: Vec<String> = quote.lines.iter().map(quote_line).collect();
    lines.push(answer(quote));
    let buckets = quote.before.iter().zip(&quote.after).map(|((bucket, before), (same, after))| {
        assert_eq!(bucket, same, "before and after name the same buckets");
        format!("{bucket} {} → {}", figure(*before), figure(*after))
    });
    lines.push(format!("buckets {}", buckets.collect::<Vec<_>>().join(", ")));
    for step in &quote.waterfall {
        let place = place(step.bucket.as_str(), step.lot.as_ref().map(ToString::to_string));
        let opened = step.opened_by.map(|(line, unit)| format!(", opened by line {} unit {unit}", line + 1)).unwrap_or_default();
        lines.push(format!("- {place} {} → {}{opened}", figure(step.before), figure(step.after)));
    }
    for part in quote.split.parts() {
        let about = if part.approximate { "≈" } else { "" };
        let renewed = if part.if_renewed { " if renewed" } else { "" };
        lines.push(format!("split {about}{}{renewed}: {} of line {}", instant(part.at), part.quantity, part.line + 1));
    }
    if !quote.with_holds.is_empty() {
        let taken = quote.with_holds.iter().map(|(bucket, amount)| format!("{amount} from {bucket}"));
        lines.push(format!("with what is held {}", taken.collect::<Vec<_>>().join(", ")));
    }
    for advice in &quote.advice {
        let at = advice.at.map(|at| format!(" {}", instant(at))).unwrap_or_default();
        let saves = advice.saves.map(|saves| format!(" {saves}")).unwrap_or_default();
        let bucket = advice.bucket.as_ref().map(|bucket| format!(" {bucket}")).unwrap_or_default();
        lines.push(format!("advice {}{at}{saves}{bucket}", advice.kind.word()));
    }
    lines.join("\n")
}

fn quote_line(line: &QuoteLine) -> String {
    let variant = line.variant.as_ref().map(|variant| format!(":{variant}")).unwrap_or_default();
    let price = match (line.unit_cost, line.cost) {
        (Some(unit), Some(cost)) => format!("at {unit} is {cost}"),
        _ => "has no price".to_owned(),
    };
    let covered = if line.covered_quantity == line.quantity { String::new() } else { format!(", {} fit", line.covered_quantity) };
    let draws = if line.draws.is_empty() { String::new() } else { format!(": {}", drawn(&line.draws)) };
    format!("{}{variant} {} {price}{covered}{draws}", line.action, line.quantity)
}

fn answer(quote: &Quote) -> String {
    let mut text = quote.total.map_or_else(|| format!("at least {}", quote.known_total), |total| format!("total {total}"));
    if let Some(money) = &quote.money {
        text += &format!(" ({} {})", money.amount, money.currency);
    }
    text += match quote.affordable {
        Affordable::Yes => ", affordable",
        Affordable::No => ", not affordable",
        Affordable::Unknown => ", unknown whether affordable",
    };
    match quote.shortfall {
        Some(short) if short.is_zero() => {}
        Some(short) => text += &format!(", short by {short}"),
        None => text += ", unknown shortfall",
    }
    match quote.affordable_at {
        AffordableAt::At { at, .. } if at == quote.at && quote.affordable == Affordable::Yes => {}
        AffordableAt::At { at, approximate, if_renewed } => {
            let about = if approximate { "≈" } else { "" };
            text += &format!(", from {about}{}{}", instant(at), if if_renewed { " if renewed" } else { "" });
        }
        AffordableAt::Never => text += ", never all at once",
        AffordableAt::NotWithin(end) => text += &format!(", not all at once until {}", instant(end)),
        AffordableAt::Unknown => text += ", unknown when",
    }
    match &quote.split {
        Split::AtOnce | Split::Parts(_) => {}
        Split::Never => text += ", nor in parts",
        Split::NotWithin(end) => text += &format!(", nor in parts until {}", instant(*end)),
        Split::Unknown => text += ", unknown in parts",
    }
    if !quote.held.is_zero() {
        text += &format!(", held {}", quote.held);
    }
    text
}
