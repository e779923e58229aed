//! A quote as a page for people.

use std::collections::HashMap;

use chrono_tz::Tz;

use super::when;
use crate::cli::mask;
use crate::cli::table::{Align, Cell, Paint, Table, Tone, Width, wrap};
use crate::cli::text;
use crate::cli::view::QuoteView;
use crate::credit::{
    AccountState, Affordable, Amount, AmountError, BucketId, Money, MoneyPrice, NARROW_SPACE, ProviderId, Quote, QuoteLine, Sums,
    WaterfallStep, listed,
};

/// Up to so many lots are listed whether they pay or not.
const MANY_LOTS: usize = 20;

/// So many that don't pay are listed after those that do where there are more.
const UNTOUCHED: usize = 3;

/// The quote: its lines, what pays for them, the verdict, what it rests on and the advice.
#[must_use]
pub(crate) fn page(view: &QuoteView, zone: Tz, width: Width, paint: Paint) -> String {
    let quote = &view.quote;
    let mut page = format!("{}  {}\n", paint.tone(Tone::Strong, quote.account.as_str()), text::full(quote.at, zone));
    page.push_str(&lines(quote).render(width, paint));
    page.push('\n');
    page.push_str(&waterfall(view, zone).render(width, paint));
    page.push('\n');
    let (verdict, tone) = verdict(view, zone);
    for line in wrap(&text::clean(&verdict), width) {
        page.push_str(&paint.tone(tone, &line));
        page.push('\n');
    }
    let mut remarks: Vec<(String, Tone)> = Vec::new();
    remarks.extend(pooled(view));
    remarks.extend(footing(view));
    remarks.extend(view.notes.iter().map(|note| (note.clone(), Tone::Plain)));
    remarks.extend(fair_use(quote).map(|words| (words, Tone::Warning)));
    remarks.extend(money(quote).map(|words| (words, Tone::Plain)));
    for (remark, tone) in remarks {
        for line in wrap(&text::clean(&remark), width) {
            page.push_str(&paint.tone(tone, &line));
            page.push('\n');
        }
    }
    if quote.split.by_instant().next().is_some() {
        page.push_str(&when::split(view, zone).render(width, paint));
    }
    for advice in &quote.advice {
        for (place, line) in wrap(&text::clean(&advice.text), width.beside(2)).into_iter().enumerate() {
            page.push_str(if place == 0 { "- " } else { "  " });
            page.push_str(&line);
            page.push('\n');
        }
    }
    page
}

/// That another account's part of the plan is paid out of the same balance before (SPEC P9).
pub(crate) fn pooled(view: &QuoteView) -> Option<(String, Tone)> {
    let pool = view.status.profile.pool.as_ref().filter(|_| !view.after.is_empty())?;
    let others: Vec<String> = view.after.iter().map(ToString::to_string).collect();
    let others = listed(&others, others.len());
    Some((
        format!("It shares one balance with {others} (pool {}), whose part of the plan is paid first.", pool.name),
        Tone::Plain,
    ))
}

/// What else must be known of the figures behind the quote, besides what the verdict says of them.
#[must_use]
pub(super) fn footing(view: &QuoteView) -> Option<(String, Tone)> {
    if let Some(reason) = &view.unpolled {
        return Some((format!("Not polled: {reason}."), Tone::Plain));
    }
    let status = &view.status;
    let ended = (status.state == AccountState::Lapsed).then(|| "The subscription has ended.".to_owned());
    let failed = view.quote.reliance.failure();
    let failed =
        failed.map(|failure| format!("The last poll failed ({}): {}.", failure.words(), mask::private(&failure.message)));
    let parts: Vec<String> = [ended, failed].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| (parts.join(" "), Tone::Warning))
}

/// What a plan means for a fair-use cap, where it draws on credits without limit that have one (SPEC E8).
#[must_use]
pub(crate) fn fair_use(quote: &Quote) -> Option<String> {
    quote.fair_use.map(|usage| usage.words_of_plan(&quote.unit))
}

/// What the plan comes to in money, and by which price where the account does not state its own.
fn money(quote: &Quote) -> Option<String> {
    let words = quote.money_words(NARROW_SPACE)?;
    let footing = quote.price.as_ref().and_then(MoneyPrice::footing);
    Some(footing.map_or(words.clone(), |footing| format!("{words} ({footing})")))
}

/// What several quotes come to together, a sentence a line: credits by provider, money by currency; nothing for a single one.
///
/// # Errors
/// [`AmountError`] past 28 digits.
pub(super) fn sums(quotes: &[QuoteView]) -> Result<Vec<String>, AmountError> {
    if quotes.len() < 2 {
        return Ok(Vec::new());
    }
    let sums = Sums::of(quotes.iter().map(|view| (&view.status.profile.provider, &view.quote)))?;
    let provider = |id: &ProviderId| {
        let profile = quotes.iter().map(|view| &view.status.profile).find(|profile| profile.provider == *id);
        profile.map_or(id.to_string(), |profile| profile.provider_name.clone())
    };
    let credits = sums.credits.iter().map(|(id, unit, sum)| format!("{} at {}", text::with_unit(*sum, unit), provider(id)));
    let mut lines = vec![format!("In all: {}.", credits.collect::<Vec<_>>().join(", "))];
    let open = |count: usize, of: &str| match count {
        0 => String::new(),
        count => format!(", without {} {of}", text::count(count, "account", "accounts")),
    };
    let list = |money: &[Money]| money.iter().map(Money::words).collect::<Vec<_>>().join(" + ");
    if !sums.value.is_empty() {
        let open_value = open(sums.without_value, "whose credits have no price");
        lines.push(format!("Value of the credits: {}{open_value}.", list(&sums.value)));
    }
    if !sums.new_money.is_empty() {
        let open_money = open(sums.without_new_money, "for which it is not known");
        let none = sums.new_money.iter().all(|money| money.amount.is_zero());
        lines.push(if none {
            format!("New money to pay: none{open_money}.")
        } else {
            format!("New money to run all of it now: {}{open_money}.", list(&sums.new_money))
        });
    }
    Ok(lines)
}

fn price(cost: Option<Amount>) -> String {
    cost.map_or("– no price".to_owned(), text::amount)
}

fn lines(quote: &Quote) -> Table {
    let mut table = Table::new(&[
        ("Action", Align::Left),
        ("Quantity", Align::Point),
        ("Each", Align::Point),
        ("Cost", Align::Point),
        ("", Align::Left),
    ]);
    for line in &quote.lines {
        table.row([
            line.name.as_str().into(),
            text::amount(line.quantity).into(),
            price(line.unit_cost).into(),
            price(line.cost).into(),
            Cell::new(&coverage(line, quote.affordable), Tone::Warning),
        ]);
    }
    let total = match quote.total {
        Some(total) => text::with_unit(total, &quote.unit),
        None => format!("{} and what has no price", text::with_unit(quote.known_total, &quote.unit)),
    };
    table.row([Cell::new("Total", Tone::Strong), "".into(), "".into(), Cell::new(&total, Tone::Strong)]);
    table
}

/// How much of a line known credits pay, where it is not all of it.
fn coverage(line: &QuoteLine, affordable: Affordable) -> String {
    if line.cost.is_none() || line.covered_quantity >= line.quantity {
        return String::new();
    }
    match (affordable, line.covered_quantity.is_zero()) {
        // What known credits pay is a lower bound where others are unknown (SPEC E9).
        (Affordable::Unknown, true) => "can't tell how many fit".to_owned(),
        (Affordable::Unknown, false) => format!("at least {}", fit(line.covered_quantity)),
        _ => fit(line.covered_quantity),
    }
}

fn fit(quantity: Amount) -> String {
    format!("{} {}", text::amount(quantity), if quantity == Amount::ONE { "fits" } else { "fit" })
}

fn waterfall(view: &QuoteView, zone: Tz) -> Table {
    let quote = &view.quote;
    let mut table =
        Table::new(&[("What pays", Align::Left), ("Before", Align::Point), ("After", Align::Point), ("Pays from", Align::Left)]);
    let mut lots: HashMap<&BucketId, usize> = HashMap::new();
    for step in &quote.waterfall {
        *lots.entry(&step.bucket).or_default() += 1;
    }
    let shown = shown(quote);
    for (place, step) in quote.waterfall.iter().take(shown).enumerate() {
        // A lot's ref only tells something where its bucket has several.
        let several = lots.get(&step.bucket).is_some_and(|lots| *lots > 1);
        let named = |lot| Some(mask::of_ref(lot, &view.status.lot_name(&step.bucket, lot, zone)?));
        let lot = step.lot.as_ref().filter(|_| several).and_then(named);
        let lot = lot.map(|lot| format!(" · {lot}")).unwrap_or_default();
        table.row([
            format!("{} {}{lot}", place + 1, view.status.bucket_name(&step.bucket)).into(),
            text::figure(step.before).into(),
            text::figure(step.after).into(),
            opening(quote, step).into(),
        ]);
    }
    let others = quote.waterfall.len() - shown;
    if others > 0 {
        table.line(2, &format!("and {} that stay as they are", text::count(others, "lot", "lots")), Tone::Dim);
    }
    if quote.held.is_positive() {
        table.line(2, &when::held(view), Tone::Dim);
    }
    table
}

/// How many lots are listed: where there are very many, those that pay and a few after them.
fn shown(quote: &Quote) -> usize {
    let all = quote.waterfall.len();
    let paying = quote.waterfall.iter().rposition(|step| step.before != step.after).map_or(0, |last| last + 1);
    if all <= MANY_LOTS { all } else { all.min(paying + UNTOUCHED) }
}

fn opening(quote: &Quote, step: &WaterfallStep) -> String {
    let Some((line, unit)) = step.opened_by else { return String::new() };
    if (line, unit) == (0, Amount::ONE) {
        return "the start".to_owned();
    }
    quote.lines.get(line).map_or(String::new(), |line| format!("{} {} of {}", line.unit, text::amount(unit), line.name))
}

/// The answer in one sentence or two, and how it stands out. Stale figures never give a confident one (SPEC P2).
#[must_use]
pub(crate) fn verdict(view: &QuoteView, zone: Tz) -> (String, Tone) {
    let quote = &view.quote;
    let (by_figures, tone) = by_figures(view, zone);
    match quote.reliance.why(|at| text::relative(at, quote.at)) {
        None => (text::sentence(&by_figures), tone),
        Some(why) => {
            let theirs = (quote.affordable != Affordable::Unknown).then(|| format!(" By these figures {by_figures}"));
            (format!("Can't tell whether it fits: {why}.{}", theirs.unwrap_or_default()), Tone::Warning)
        }
    }
}

/// The answer that the figures give, taken as they are.
fn by_figures(view: &QuoteView, zone: Tz) -> (String, Tone) {
    let quote = &view.quote;
    let unit = &quote.unit;
    match quote.affordable {
        Affordable::Yes => {
            let total = quote.total.unwrap_or(quote.known_total);
            (format!("it fits: {}.", text::with_unit(total, unit)), Tone::Good)
        }
        Affordable::No => {
            let short = quote.shortfall.map(|short| format!("{} short", text::with_unit(short, unit))).unwrap_or_default();
            (format!("it does not fit: {short}; {}.", when::when(view, zone)), Tone::Alarm)
        }
        Affordable::Unknown if quote.total.is_none() => {
            ("can't tell whether it fits: a price is missing.".to_owned(), Tone::Warning)
        }
        Affordable::Unknown => {
            let when = when::when(view, zone);
            let text = format!("can't tell whether it fits: known credits don't pay it, unknown ones might; {when}.");
            (text, Tone::Warning)
        }
    }
}
