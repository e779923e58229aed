//! The list of entries, and the form.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::form::{EntryForm, FormField};
use super::{entry, rows, since};
use crate::credit::{Amount, BucketId, EntryBody, EntryKind, ExplainedEntry, NARROW_SPACE, Source, VariantId, noun, shown};
use crate::tui::accounts::Account;
use crate::tui::field::Field;
use crate::tui::format::{clean, counted, cut, left, right, shortened, wrapped};
use crate::tui::model::Model;
use crate::tui::names::of_accounts;
use crate::tui::overlay::{boxed, window};
use crate::tui::scene::{ELLIPSIS, HIDDEN, Scene};
use crate::tui::view::{body_area, nobody, paint};

/// Lines above the entries.
fn above(area: Rect) -> u16 {
    if area.height >= 16 { 3 } else { 2 }
}

/// Entries that a page key moves by.
pub(super) fn page(model: &Model) -> usize {
    let area = body_area(model);
    usize::from(area.height.saturating_sub(above(area)))
}

/// The entry at a row of the screen.
pub(super) fn row_at(model: &Model, screen_row: u16) -> Option<usize> {
    let area = body_area(model);
    let row = usize::from(screen_row.checked_sub(area.y + above(area))?);
    let count = rows(model).len();
    let place = window(model.ledger.selected.unwrap_or(0), count, page(model)) + row;
    (place < count).then_some(place)
}

/// Draws the ledger.
pub(crate) fn draw(model: &Model, scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let current = model.current();
    if current.is_none() && (!model.ledger.all || model.accounts.is_empty()) {
        return nobody(model, scene, area, buffer);
    }
    let width = usize::from(area.width);
    let rows = rows(model);
    let height = usize::from(area.height.saturating_sub(above(area)));
    let mut lines = vec![top_line(model, scene, current, rows.len(), area)];
    if let Some(Err(why)) = current.and_then(|current| current.detail.as_ref()).map(|detail| detail.entries.as_ref()) {
        lines.push(Line::default());
        lines.extend(
            wrapped(&scene.private(why), width.saturating_sub(6))
                .into_iter()
                .map(|text| Line::from(scene.span(format!("   {text}"), |theme| theme.look))),
        );
        return paint(buffer, area, &lines);
    }
    if rows.is_empty() {
        lines.extend(empty(model, scene, current, width));
        return paint(buffer, area, &lines);
    }
    let first = window(model.ledger.selected.unwrap_or(0), rows.len(), height);
    let shown: Vec<_> = rows.window(first, height).collect();
    let amounts: Vec<String> = shown.iter().map(|(_, explained)| amount_words(scene, &explained.entry.body)).collect();
    let window: Vec<_> = shown.iter().zip(&amounts).collect();
    lines.extend((2..above(area)).map(|_| Line::default()));
    let mut grid = Grid::new(scene, width, &window, model.ledger.all);
    if grid.account > 0 {
        grid.names = of_accounts(scene, &model.accounts, grid.account);
    }
    lines.push(grid.heading(scene));
    for (row, ((account, explained), amount)) in window.into_iter().enumerate() {
        lines.push(grid.row(scene, account, explained, amount, Some(first + row) == model.ledger.selected));
    }
    paint(buffer, area, &lines);
}

/// An account's latest entries with their heading, at most `most` lines; nothing where there are none.
pub(crate) fn recent(scene: &Scene<'_>, account: &Account, width: usize, most: usize) -> Vec<Line<'static>> {
    let newest = account.recent().iter().rev().take(most.saturating_sub(1));
    let rows: Vec<(&Account, &ExplainedEntry)> = newest.map(|explained| (account, explained)).collect();
    let amounts: Vec<String> = rows.iter().map(|(_, explained)| amount_words(scene, &explained.entry.body)).collect();
    let shown: Vec<_> = rows.iter().zip(&amounts).collect();
    if shown.is_empty() {
        return Vec::new();
    }
    let grid = Grid::new(scene, width, &shown, false);
    let rows = shown.into_iter().map(|((account, explained), amount)| grid.row(scene, account, explained, amount, false));
    std::iter::once(grid.heading(scene)).chain(rows).collect()
}

fn top_line(model: &Model, scene: &Scene<'_>, current: Option<&Account>, count: usize, area: Rect) -> Line<'static> {
    if model.ledger.filtering || !model.ledger.filter.is_empty() {
        let (text, cursor) = model.ledger.filter.view(scene, usize::from(area.width).saturating_sub(30));
        if model.ledger.filtering {
            scene.put_cursor(area.x + 4 + u16::try_from(cursor).unwrap_or(0), area.y);
        }
        let count = format!("  {}{}", counted(count, "entry", "entries"), note(model, scene, area.width < 100));
        return Line::from(vec![scene.span("  / ", |theme| theme.accent), text, scene.dim(count)]);
    }
    let whose = current.filter(|_| !model.ledger.all).map(|account| scene.account(account));
    let whose = whose.unwrap_or_else(|| "All accounts".to_owned());
    let count = format!("   {}{}", counted(count, "entry", "entries"), note(model, scene, area.width < 70));
    Line::from(vec![
        scene.span(format!("   {}", cut(&whose, usize::from(area.width).saturating_sub(count.width() + 4), ELLIPSIS)), |theme| {
            theme.accent
        }),
        scene.dim(count),
    ])
}

/// Since when entries are listed, and how to have more, where not all are.
fn note(model: &Model, scene: &Scene<'_>, short: bool) -> String {
    match since(model) {
        None => String::new(),
        Some(since) if model.ledger.all => format!(" since {}", scene.date(since)),
        Some(_) if short => " · o: older".to_owned(),
        Some(since) => format!(" since {} · o: read the older ones", scene.date(since)),
    }
}

/// What to do where nothing is listed.
fn empty(model: &Model, scene: &Scene<'_>, current: Option<&Account>, width: usize) -> Vec<Line<'static>> {
    let by_filter = super::nothing_marked(model);
    let text = if !model.ledger.filter.is_empty() {
        by_filter.as_str()
    } else if current.is_some_and(|current| current.book.rules.source == Source::Polled) {
        "Nothing recorded here. The figures of this account come from its provider. Press c to plan work and record or hold it, a to add a spend, a hold or an observation by hand."
    } else {
        "Nothing recorded yet. Press a to add what you bought or used, or c to plan work and record it. creditop ledger import FILE takes many entries at once."
    };
    let texts = wrapped(text, width.saturating_sub(6).min(90));
    std::iter::once(Line::default()).chain(texts.into_iter().map(|text| Line::from(scene.dim(format!("   {text}"))))).collect()
}

/// The widths that all rows share; 0 where a column fell away.
struct Grid {
    width: usize,
    date: usize,
    account: usize,
    amount: usize,
    drew: usize,
    /// What the accounts are called in their column, by their places.
    names: Vec<String>,
}

impl Grid {
    fn new(scene: &Scene<'_>, width: usize, rows: &[(&(&Account, &ExplainedEntry), &String)], all: bool) -> Self {
        let narrow = width < 60;
        let most = |text: &dyn Fn(&Account, &ExplainedEntry) -> String| {
            rows.iter().map(|((account, explained), _)| text(account, explained).width()).max().unwrap_or(0)
        };
        let date = if narrow { 6 } else { most(&|_, explained| scene.date(explained.entry.at)).max(4) };
        let amount = rows.iter().map(|(_, amount)| amount.width()).max().unwrap_or(0).clamp(6, 24);
        let account = if all && !narrow { (width / 6).min(20) } else { 0 };
        let used = 3 + date + 2 + 8 + 2 + amount + 2 + if account > 0 { account + 2 } else { 0 };
        let drew = most(&|account, explained| drawn(scene, account, explained)).max(10);
        let drew = if narrow { 0 } else { drew.min(width.saturating_sub(used) / 2) };
        Self { width, date, account, amount, drew, names: Vec::new() }
    }

    fn heading(&self, scene: &Scene<'_>) -> Line<'static> {
        let titles = [("When", self.date), ("Account", self.account), ("Kind", 8)];
        let mut cells: Vec<String> =
            titles.into_iter().filter(|(_, width)| *width > 0).map(|(title, width)| left(title, width, ELLIPSIS)).collect();
        cells.push(right("Amount", self.amount, ELLIPSIS));
        if self.drew > 0 {
            cells.push(left("Drawn from", self.drew, ELLIPSIS));
        }
        Line::from(scene.dim(format!("   {}  Note", cells.join("  "))))
    }

    fn row(
        &self,
        scene: &Scene<'_>,
        account: &Account,
        explained: &ExplainedEntry,
        amount: &str,
        selected: bool,
    ) -> Line<'static> {
        let theme = scene.theme();
        let entry = &explained.entry;
        let reversed = explained.reversed_by.is_some();
        let marker = if selected { Span::styled(" ▌ ", theme.accent) } else { Span::raw("   ") };
        let date = if self.width < 60 { short_date(scene, entry.at) } else { scene.date(entry.at) };
        let mut spans = vec![marker, scene.dim(right(&date, self.date, ELLIPSIS)), Span::raw("  ")];
        if self.account > 0 {
            let name = self.names.get(account.number.saturating_sub(1)).map_or("", String::as_str);
            spans.push(scene.text(left(name, self.account, ELLIPSIS)));
            spans.push(Span::raw("  "));
        }
        let style = if reversed { theme.dim } else { theme.text };
        spans.push(Span::styled(left(entry.body.kind().word(), 8, ELLIPSIS), style));
        spans.push(Span::raw("  "));
        spans.push(Span::styled(right(amount, self.amount, ELLIPSIS), if reversed { theme.dim } else { theme.strong }));
        spans.push(Span::raw("  "));
        if self.drew > 0 {
            spans.push(scene.dim(left(&drawn(scene, account, explained), self.drew, ELLIPSIS)));
            spans.push(Span::raw("  "));
        }
        if explained.uncovered.is_positive() {
            spans.push(Span::styled(format!("{} not covered  ", scene.amount(explained.uncovered)), theme.look));
        }
        if reversed {
            spans.push(Span::styled("reversed  ", theme.look));
        }
        let used: usize = spans.iter().map(Span::width).sum();
        spans.push(scene.dim(cut(&remark(scene, account, explained), self.width.saturating_sub(used + 1), ELLIPSIS)));
        let used: usize = spans.iter().map(Span::width).sum();
        spans.push(Span::raw(" ".repeat(self.width.saturating_sub(used))));
        let line = Line::from(spans);
        if selected { line.patch_style(theme.selected) } else { line }
    }
}

fn short_date(scene: &Scene<'_>, at: crate::credit::Instant) -> String {
    let date = scene.date(at);
    date.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

/// What the entry is about, its note, and a ref that somebody gave it where nothing else is said; when it was recorded where that is
/// another minute, and by whom.
fn remark(scene: &Scene<'_>, account: &Account, explained: &ExplainedEntry) -> String {
    let entry = &explained.entry;
    let said = remark_of(scene, account, explained);
    // A ref that was made up is for files and commands.
    let given = || format!("ref {}", scene.private(&shown(entry.reference.as_str())));
    let said = if said.is_empty() && !entry.reference.is_generated() { given() } else { said };
    let said = Some(said).filter(|said| !said.is_empty());
    let (happened, recorded) = (scene.date(entry.at), scene.date(entry.recorded_at));
    let recorded = (happened != recorded).then(|| format!("recorded {recorded}"));
    let by = entry.actor.as_deref().map(|actor| format!("by {}", scene.private(actor)));
    clean(&said.into_iter().chain(recorded).chain(by).collect::<Vec<_>>().join(" · "))
}

/// What the entry is about, and its note; empty where nothing is said.
pub(super) fn remark_of(scene: &Scene<'_>, account: &Account, explained: &ExplainedEntry) -> String {
    let entry = &explained.entry;
    let about = match &entry.body {
        EntryBody::Spend(spend) => spend.action.as_ref().map(|action| {
            let variant = spend.variant.as_ref().map(VariantId::as_str);
            let listed = account.book.prices.find(action.as_str(), variant).ok();
            let name = listed.map_or_else(|| action.to_string(), |listed| listed.name.clone());
            spend.quantity.map_or(name.clone(), |quantity| format!("{} × {name}", scene.amount(quantity)))
        }),
        EntryBody::Reverse { reverses } => Some(format!("of {}", entry::called(scene, account, reverses))),
        EntryBody::Capture { hold, .. } | EntryBody::Release { hold } => {
            Some(format!("of {}", entry::called(scene, account, hold)))
        }
        _ => None,
    };
    let until = match &entry.body {
        EntryBody::Hold { expires_at: Some(at), .. } => Some(format!("until {}", scene.date(*at))),
        EntryBody::Hold { expires_at: None, .. } => Some("without a deadline".to_owned()),
        _ => None,
    };
    let said = [about, entry.note.as_deref().map(|note| scene.private(note)), until];
    clean(&said.into_iter().flatten().collect::<Vec<_>>().join(" · "))
}

/// An entry in words for somebody who doesn't see the screen, such as a customer who asks where her credits went.
pub(super) fn told(scene: &Scene<'_>, account: &Account, explained: &ExplainedEntry) -> String {
    let entry = &explained.entry;
    let profile = &account.book.profile;
    // Whoever pastes a figure elsewhere needs its digits together, as in what is copied of an account.
    let ungrouped = |text: String| text.replace(NARROW_SPACE, "");
    let figure = ungrouped(amount_words(scene, &entry.body));
    let digits = figure.trim_start_matches(|sign: char| !sign.is_ascii_digit());
    let unit = match digits {
        "" => String::new(),
        "1" => format!(" {}", noun(Amount::ONE, &profile.unit)),
        _ => format!(" {}", profile.unit),
    };
    let from = ungrouped(drawn(scene, account, explained));
    let from = match entry.body.kind() {
        _ if from.is_empty() => from,
        EntryKind::Grant => format!(" {from}"),
        EntryKind::Adjust | EntryKind::Observe => format!(" in {from}"),
        _ => format!(" from {from}"),
    };
    let mut about = vec![remark(scene, account, explained)];
    if explained.uncovered.is_positive() {
        about.push(format!("{} not covered", scene.amount(explained.uncovered)));
    }
    if explained.reversed_by.is_some() {
        about.push("reversed".to_owned());
    }
    about.push(format!("ref {}", scene.private(&shown(entry.reference.as_str()))));
    about.retain(|text| !text.is_empty());
    about.dedup();
    let first = format!(
        "{} ({}), {} {}: {} {figure}{unit}{from}",
        scene.account(account),
        profile.provider_name,
        scene.date(entry.at),
        scene.zone_name(),
        entry.body.kind().word(),
    );
    let why = (!explained.draws.is_empty()).then(|| scene.scrubbed(account, &account.book.rules.order_reason));
    std::iter::once(first).chain(std::iter::once(about.join(" · "))).chain(why).collect::<Vec<_>>().join("\n")
}

/// A bucket's name.
pub(super) fn bucket_name(account: &Account, id: &BucketId) -> String {
    let bucket = account.book.rules.buckets.iter().find(|bucket| bucket.id == *id);
    bucket.map_or(id.to_string(), |bucket| clean(&bucket.name))
}

/// What an entry drew from each bucket, as `Monthly 40`.
pub(super) fn sums(scene: &Scene<'_>, account: &Account, explained: &ExplainedEntry) -> Vec<String> {
    let mut sums: Vec<(String, Amount)> = Vec::new();
    for draw in &explained.draws {
        let name = bucket_name(account, &draw.bucket);
        match sums.iter_mut().find(|(known, _)| *known == name) {
            Some((_, sum)) => *sum = sum.plus(draw.amount).unwrap_or(*sum),
            None => sums.push((name, draw.amount)),
        }
    }
    sums.iter().map(|(name, sum)| format!("{name} {}", scene.amount(*sum))).collect()
}

/// Everything that an entry's row says, at any width: what the filter looks in.
pub(super) fn words(scene: &Scene<'_>, account: &Account, explained: &ExplainedEntry) -> Vec<String> {
    let entry = &explained.entry;
    let uncovered = explained.uncovered.is_positive().then(|| format!("{} not covered", scene.amount(explained.uncovered)));
    let words = [
        scene.account(account),
        scene.date(entry.at),
        entry.body.kind().word().to_owned(),
        amount_words(scene, &entry.body),
        drawn(scene, account, explained),
        sums(scene, account, explained).join(", "),
        remark(scene, account, explained),
    ];
    words.into_iter().chain(uncovered).collect()
}

/// `Monthly`, or `Monthly 40, Extra 10`.
pub(super) fn drawn(scene: &Scene<'_>, account: &Account, explained: &ExplainedEntry) -> String {
    let name = |id: &BucketId| bucket_name(account, id);
    match &explained.entry.body {
        EntryBody::Grant(grant) => return format!("into {}", name(&grant.bucket)),
        EntryBody::Adjust { bucket, .. } | EntryBody::Observe { bucket, .. } => return name(bucket),
        _ => {}
    }
    let mut buckets: Vec<&BucketId> = explained.draws.iter().map(|draw| &draw.bucket).collect();
    buckets.dedup();
    if let ([only], true) = (buckets.as_slice(), explained.uncovered.is_zero()) {
        return name(only);
    }
    sums(scene, account, explained).join(", ")
}

/// An entry's amount with its sign, as it changes what can be spent.
pub(super) fn amount_words(scene: &Scene<'_>, body: &EntryBody) -> String {
    match body {
        EntryBody::Grant(grant) => format!("+{}", scene.amount(grant.amount)),
        EntryBody::Spend(spend) if spend.amount.is_zero() => "free".to_owned(),
        EntryBody::Spend(spend) => format!("−{}", scene.amount(spend.amount)),
        EntryBody::Hold { amount, .. } => scene.amount(*amount),
        EntryBody::Capture { amount, .. } => format!("−{}", scene.amount(*amount)),
        EntryBody::Adjust { amount, .. } if amount.is_negative() => format!("−{}", scene.amount(amount.negated())),
        EntryBody::Adjust { amount, .. } => format!("+{}", scene.amount(*amount)),
        EntryBody::Observe { remaining, .. } => format!("= {}", scene.amount(*remaining)),
        EntryBody::Release { .. } | EntryBody::Reverse { .. } => "–".to_owned(),
    }
}

/// Draws the form for a new entry.
pub(crate) fn draw_form(form: &EntryForm, model: &Model, scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let width = area.width.saturating_sub(6).min(64);
    let problem = form.problem.as_ref().map(|why| wrapped(&why.shown(model), usize::from(width))).unwrap_or_default();
    let height = u16::try_from(7 + problem.len()).unwrap_or(9);
    let title = format!("New entry · {}", form.called.shown(scene.setup.privacy));
    let inside = boxed(scene, &title, width, height, area, buffer);
    let room = usize::from(inside.width).saturating_sub(10);
    let mut lines: Vec<Line<'_>> = Vec::new();
    let choice = |text: &str, field: FormField| {
        let text = if form.focus == field { format!("‹ {text} ›") } else { format!("  {text}") };
        if form.focus == field { scene.strong(text) } else { scene.text(text) }
    };
    let label = |text: &str, field: FormField| {
        let text = format!("{} ", left(text, 7, ELLIPSIS));
        if form.focus == field { scene.span(text, |theme| theme.accent) } else { scene.dim(text) }
    };
    let kind = vec![label("kind", FormField::Kind), choice(form.kind().word(), FormField::Kind)];
    let explained = format!("  {}", form.kind_words());
    let fits = kind.iter().map(Span::width).sum::<usize>() + explained.width() <= usize::from(inside.width);
    lines.push(Line::from(kind.into_iter().chain(fits.then(|| scene.dim(explained))).collect::<Vec<_>>()));
    if form.needs_bucket() {
        let bucket = form.bucket().map_or("–", |(_, name)| name.as_str());
        lines.push(Line::from(vec![label("bucket", FormField::Bucket), choice(bucket, FormField::Bucket)]));
    }
    let mut typed = |field: FormField, name: &str, input: &Field, hint: &str| {
        let (text, cursor) = input.view(scene, room);
        let row = u16::try_from(lines.len()).unwrap_or(0);
        if form.focus == field {
            scene.put_cursor(inside.x + 10 + u16::try_from(cursor).unwrap_or(0), inside.y + row);
        }
        // What is being typed is seen; a note that stands there is not.
        let hides = field == FormField::Note && form.focus != field && scene.setup.privacy;
        let shown = match (input.is_empty(), hides) {
            (true, _) => scene.dim(shortened(hint, room, ELLIPSIS)),
            (false, true) => scene.text(HIDDEN),
            (false, false) => text,
        };
        lines.push(Line::from(vec![label(name, field), Span::raw("  "), shown]));
    };
    let hint = match form.kind() {
        crate::credit::EntryKind::Observe => "what the billing page says is left",
        crate::credit::EntryKind::Adjust => "how much more; -5 for less",
        _ => "how much",
    };
    typed(FormField::Amount, "amount", &form.amount, hint);
    typed(FormField::When, "when", &form.when, "now; yesterday, fri, -3d, 2026-11-20 14:30");
    typed(FormField::Note, "note", &form.note, "what for (not needed)");
    lines.push(Line::default());
    lines.extend(problem.into_iter().map(|text| Line::from(scene.span(text, |theme| theme.look))));
    let words = " goes on, and shows what will be written.";
    let words = if words.width() + scene.enter().width() <= usize::from(inside.width) { words } else { " goes on" };
    lines.push(Line::from(vec![scene.span(scene.enter(), |theme| theme.key), scene.dim(words)]));
    paint(buffer, inside, &lines);
}
