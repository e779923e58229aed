//! The account screen: one list of lines, scrolled as a whole.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::credit::{AccountState, AccountStatus, BucketStatus, Figure, Source, day_of, evidence_words, listed};
use crate::tui::accounts::Account;
use crate::tui::concerns::{Concern, Headline};
use crate::tui::facts::{failure_style, is_stale};
use crate::tui::format::{clean, counted, plan_name, wrapped};
use crate::tui::model::Model;
use crate::tui::polls::{self, freshness};
use crate::tui::scene::Scene;
use crate::tui::view::{body_area, nobody};
use crate::tui::widgets::text::{self, paint, scrolled};
use crate::tui::widgets::{Buckets, forecast, history};

/// Lines in a page, and the last line to scroll to.
pub(super) fn extent(model: &Model) -> (usize, usize) {
    let area = body_area(model);
    let scene = Scene::new(&model.setup, model.dates, crate::credit::Instant::UNIX_EPOCH);
    let lines = model.current().map_or(0, |account| lines(&scene, account, usize::from(area.width)).len());
    let height = usize::from(area.height);
    (height.saturating_sub(1).max(1), lines.saturating_sub(height))
}

/// Draws the account screen.
pub(crate) fn draw(model: &Model, scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let Some(account) = model.current() else { return nobody(model, scene, area, buffer) };
    let lines = lines(scene, account, usize::from(area.width));
    let more = |more| Line::from(scene.dim(format!("   ↓ {} more", counted(more, "line", "lines"))));
    let shown = scrolled(lines, model.account.scroll, usize::from(area.height), more);
    paint(buffer, area, &shown);
}

fn lines(scene: &Scene<'_>, account: &Account, width: usize) -> Vec<Line<'static>> {
    let mut lines = vec![title(scene, account)];
    let status = match &account.status {
        Ok(status) => status,
        Err(why) => {
            lines.extend(paragraph(scene, &scene.private(why), width));
            return lines;
        }
    };
    lines.extend(figures(scene, status, width));
    lines.extend(concerns(scene, account, status, width));
    lines.extend(pool(scene, account, status, width));
    lines.extend(fair_use(scene, status, width));
    lines.extend(poll(scene, account, status, width));
    lines.push(Line::default());
    lines.push(heading(scene, "In spending order"));
    lines.extend(Buckets { scene, status, lots: true }.lines(width));
    lines.extend(evidence(scene, status, width));
    lines.extend(paragraph(scene, &scene.scrubbed(account, &status.why_next), width));
    lines.push(Line::default());
    lines.push(heading(scene, "Pace"));
    lines.extend(history(scene, account, status, width, 3));
    lines.extend(forecast(scene, status, width));
    lines.extend(holds(scene, status));
    lines.extend(uncovered(scene, status));
    lines.extend(happened(scene, status, width));
    lines
}

/// Why resets that are inferred are taken to be known.
fn evidence(scene: &Scene<'_>, status: &AccountStatus, width: usize) -> Vec<Line<'static>> {
    let why = |bucket: &BucketStatus| {
        let why = evidence_words(&bucket.reset_evidence, |at| day_of(at, scene.zone(), scene.now))?;
        Some(format!("{}: {why}.", bucket.name))
    };
    status.buckets.iter().filter_map(why).flat_map(|text| paragraph(scene, &text, width)).collect()
}

/// How many events are listed.
const EVENTS: usize = 8;

/// What polls show to have happened lately, the latest first.
fn happened(scene: &Scene<'_>, status: &AccountStatus, width: usize) -> Vec<Line<'static>> {
    if status.events.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![Line::default(), heading(scene, "What happened between polls")];
    let notable = status.notable_events();
    for event in notable.iter().rev().take(EVENTS) {
        let bucket = status.buckets.iter().find(|bucket| bucket.id == event.bucket);
        let name = bucket.map_or(event.bucket.as_str(), |bucket| &bucket.name);
        let text = event.words(name, &scene.amount(event.amount), &scene.date(event.from), &scene.date(event.at));
        lines.extend(paragraph(scene, &text, width));
    }
    if notable.len() > EVENTS {
        lines.extend(paragraph(scene, &format!("and {} before these", notable.len() - EVENTS), width));
    }
    lines.extend(status.taken_as_use().iter().flat_map(|text| paragraph(scene, text, width)));
    lines
}

fn title(scene: &Scene<'_>, account: &Account) -> Line<'static> {
    let profile = &account.book.profile;
    let mut spans = vec![Span::styled(format!("   {}", scene.account(account)), scene.theme().accent)];
    // What commands call it.
    if !scene.setup.privacy && profile.id.as_str() != profile.name {
        spans.push(scene.dim(format!(" ({})", profile.id)));
    }
    let plan = account
        .status
        .as_ref()
        .ok()
        .and_then(|status| status.plan.as_ref())
        .map(|plan| format!(" {}", plan_name(plan.as_str())))
        .unwrap_or_default();
    spans.push(scene.text(format!("  {}{plan}", clean(&profile.provider_name))));
    let email = account.status.as_ref().ok().and_then(|status| status.email.as_ref()).filter(|_| !scene.setup.privacy);
    let customer = profile.customer.as_ref().filter(|_| !scene.setup.privacy);
    for extra in [customer, email].into_iter().flatten() {
        spans.push(scene.dim(format!(" · {}", clean(extra))));
    }
    Line::from(spans)
}

/// Everything that is wrong or soon will be, the most urgent first; what to press where nobody knows what is left.
pub(crate) fn concerns(scene: &Scene<'_>, account: &Account, status: &AccountStatus, width: usize) -> Vec<Line<'static>> {
    let room = width.saturating_sub(6);
    let all = Concern::of(status).into_iter().map(|concern| Headline::of_concern(concern, scene, status, account.polling()));
    let mut lines: Vec<Line<'static>> = all
        .map(|headline| {
            let text = format!("   {} {}", headline.glyph, headline.fitting(room));
            Line::from(Span::styled(text, headline.style))
        })
        .collect();
    if status.state == AccountState::Unknown {
        let hint = "Where you know it, press l, then a, and choose observe: what the billing page says is left.";
        lines.extend(paragraph(scene, hint, width));
    }
    lines
}

/// Total, held, spendable in words.
fn figures(scene: &Scene<'_>, status: &AccountStatus, width: usize) -> Vec<Line<'static>> {
    let unit = clean(&status.profile.unit);
    let total = match (status.total, status.known_total) {
        (Figure::Unknown, Figure::Known(known)) if known.is_positive() => format!("at least {}", scene.amount(known)),
        (total, _) => scene.figure(total),
    };
    let left = if total == scene.figure(Figure::Unknown) {
        vec![scene.text(format!("   How many {unit} are left is unknown"))]
    } else {
        let total = format!("   {total}");
        let total = if is_stale(status) { scene.dim(total) } else { scene.strong(total) };
        let old = status.observed_at.filter(|_| is_stale(status)).map(|at| format!(", {}", scene.old(at)));
        vec![total, scene.text(format!(" {unit} left{}", old.unwrap_or_default()))]
    };
    if !status.held.is_positive() {
        return vec![Line::from([left, vec![scene.dim("   nothing held")]].concat())];
    }
    let held = vec![
        scene.text(format!("   {} held", scene.amount(status.held))),
        scene.strong(format!("   {}", scene.figure(status.spendable))),
        scene.text(" spendable"),
    ];
    if width < 60 {
        return vec![Line::from(left), Line::from(held)];
    }
    vec![Line::from([left, held].concat())]
}

/// With which accounts the balance is shared, and whose poll told the figures (SPEC P9).
fn pool(scene: &Scene<'_>, account: &Account, status: &AccountStatus, width: usize) -> Vec<Line<'static>> {
    let Some(pool) = &account.book.profile.pool else { return Vec::new() };
    if account.sharing.is_empty() {
        return Vec::new();
    }
    let privacy = scene.setup.privacy;
    let others: Vec<String> = account.sharing.iter().map(|(_, called)| called.shown(privacy)).collect();
    let name = if privacy { String::new() } else { format!(" (pool {})", pool.name) };
    let told = status.told_by.as_ref().zip(status.observed_at).map(|(id, at)| {
        let other = account.sharing.iter().find(|(other, _)| other == id);
        let whose =
            other.map_or_else(|| "its own poll".to_owned(), |(_, called)| format!("the poll of {}", called.shown(privacy)));
        format!("The figures are those of {whose}, {}.", scene.age(at))
    });
    let shares = format!("Shares one balance with {}{name}.", listed(&others, others.len()));
    std::iter::once(shares).chain(told).flat_map(|text| paragraph(scene, &text, width)).collect()
}

/// The usage against a fair-use cap (SPEC E8).
fn fair_use(scene: &Scene<'_>, status: &AccountStatus, width: usize) -> Vec<Line<'static>> {
    let words = status.fair_use.map(|usage| usage.words_by(&status.profile.unit, |amount| scene.amount(amount)));
    words.map(|words| paragraph(scene, &format!("{words}."), width)).unwrap_or_default()
}

/// How fresh the figures are, and what failed.
fn poll(scene: &Scene<'_>, account: &Account, status: &AccountStatus, width: usize) -> Vec<Line<'static>> {
    let mut lines = vec![Line::from(scene.dim(format!("   {}", freshness(scene, account))))];
    if let Some(reason) = polls::reason(scene, account) {
        lines.extend(text::paragraph(&reason, width, scene.theme().dim));
    }
    if let Some(failure) = &status.failure {
        let style = failure_style(scene.theme(), failure.kind);
        let why = scene.private(&failure.message);
        let message = format!("{} ({}): {why}", failure.words(), scene.age(failure.at));
        lines.extend(text::paragraph(&message, width, style));
    }
    if let Some(at) = status.subscription_ends_at {
        let verb = if at <= scene.now { "ended" } else { "ends" };
        let when = if at <= scene.now { scene.age(at) } else { scene.when(at) };
        lines.push(Line::from(scene.dim(format!("   The subscription {verb} {when}"))));
    }
    lines
}

fn heading(scene: &Scene<'_>, text: &str) -> Line<'static> {
    Line::from(scene.dim(format!("   {text}")))
}

fn paragraph(scene: &Scene<'_>, text: &str, width: usize) -> Vec<Line<'static>> {
    let texts = wrapped(&clean(text), width.saturating_sub(6).min(110));
    texts.into_iter().map(|text| Line::from(scene.dim(format!("   {text}")))).collect()
}

fn holds(scene: &Scene<'_>, status: &AccountStatus) -> Vec<Line<'static>> {
    if status.holds.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![Line::default(), heading(scene, "Held")];
    for hold in &status.holds {
        let until = hold.expires_at.map_or("without a deadline".to_owned(), |at| format!("ends {}", scene.when(at)));
        let reference = scene.private(&hold.name(scene.zone(), scene.now));
        lines.push(Line::from(scene.text(format!(
            "   {}  {reference}, since {}, {until}",
            scene.amount(hold.amount),
            scene.age(hold.at)
        ))));
    }
    lines
}

fn uncovered(scene: &Scene<'_>, status: &AccountStatus) -> Vec<Line<'static>> {
    if status.uncovered.is_empty() {
        return Vec::new();
    }
    let count = counted(status.uncovered.len(), "spend", "spends");
    let source = if status.source == Source::Ledger { "in the ledger" } else { "since the last poll" };
    let mut lines = vec![Line::default(), heading(scene, &format!("{count} {source} that no lot could pay in full"))];
    for spend in status.uncovered.iter().take(20) {
        let reference = scene.private(&spend.name(scene.zone(), scene.now));
        lines.push(Line::from(
            scene.span(format!("   {} missing on {reference}", scene.amount(spend.amount)), |theme| theme.look),
        ));
    }
    lines
}
