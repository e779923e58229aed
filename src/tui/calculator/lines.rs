//! The plan as a table, and the field for the next action.

use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

use crate::credit::{Amount, Sums, UnitCost};
use crate::tui::accounts::Account;
use crate::tui::format::{clean, counted, cut, left, right, wrapped};
use crate::tui::model::Model;
use crate::tui::names::apart;
use crate::tui::scene::{ELLIPSIS, Scene};
use crate::tui::widgets::list::{marker, window};

use super::adding::{Suggestion, example};
use super::plan::{PlannedLine, Priced};

/// A line on screen, and the line of the plan that it shows.
pub(super) type Shown = (Line<'static>, Option<usize>);

/// Widths of the number columns: quantity, each, cost.
struct Columns {
    action: usize,
    numbers: [usize; 3],
}

impl Columns {
    fn new(width: usize) -> Self {
        let numbers = match width {
            ..50 => [6, 0, 8],
            50..70 => [8, 6, 8],
            _ => [9, 8, 10],
        };
        let used: usize = numbers.iter().filter(|number| **number > 0).map(|number| number + 2).sum();
        Self { action: width.saturating_sub(4 + used).max(8), numbers }
    }

    /// The width of a line without numbers.
    fn width(&self) -> usize {
        self.action + self.numbers.iter().filter(|number| **number > 0).map(|number| number + 2).sum::<usize>()
    }

    fn spans(&self, texts: [String; 3]) -> String {
        let cells = self.numbers.iter().zip(texts).filter(|(width, _)| **width > 0);
        cells.fold(String::new(), |line, (width, text)| line + "  " + &right(&text, *width, ELLIPSIS))
    }
}

/// All lines of the plan, grouped by account, with totals.
pub(super) fn table(model: &Model, scene: &Scene<'_>, width: usize) -> Vec<Shown> {
    let plan = &model.calculator;
    let columns = Columns::new(width);
    let several = plan.quotes.len() > 1;
    let mut shown: Vec<Shown> = Vec::new();
    if let Some(day) = plan.day {
        let words = wrapped(&super::day::heading(scene, day), width.saturating_sub(3));
        shown.extend(words.into_iter().map(|text| (Line::from(scene.span(format!("   {text}"), |theme| theme.look)), None)));
    }
    if plan.quotes.is_empty() {
        return shown;
    }
    let head = columns.spans(["Quantity".to_owned(), "Each".to_owned(), "Cost".to_owned()]);
    let head = if width < 50 { columns.spans(["Qty".to_owned(), String::new(), "Cost".to_owned()]) } else { head };
    shown.push((Line::from(scene.dim(format!("   {}{head}", left("Action", columns.action, ELLIPSIS)))), None));
    for priced in &plan.quotes {
        let name = model.find(&priced.account).map_or(String::new(), |account| scene.account(account));
        if several {
            shown.push((Line::from(scene.strong(format!("   {}", cut(&name, width.saturating_sub(3), ELLIPSIS)))), None));
        }
        let of_account = || plan.lines.iter().enumerate().filter(|(_, line)| line.account == priced.account);
        let names: Vec<String> = of_account().map(|(_, line)| action_name(model, line)).collect();
        let names = apart(&names, |_| None, columns.action);
        for ((place, line), name) in of_account().zip(names) {
            shown.push((row(model, scene, &columns, priced, (place, line), &name), Some(place)));
        }
        shown.extend(total(scene, &columns, priced).map(|line| (line, None)));
    }
    if several {
        shown.extend(sums(model, scene, &columns).into_iter().map(|line| (line, None)));
    }
    shown
}

/// What all accounts come to together: credits where they are of one provider and unit, money by currency.
fn sums(model: &Model, scene: &Scene<'_>, columns: &Columns) -> Vec<Line<'static>> {
    let priced = model.calculator.quotes.iter();
    let quotes = priced.filter_map(|priced| {
        let provider = &model.find(&priced.account)?.book.profile.provider;
        Some((provider, priced.quote.as_ref().ok()?))
    });
    // A sum past 28 digits is none that can be told.
    let Ok(sums) = Sums::of(quotes) else { return Vec::new() };
    let cost = match sums.credits.as_slice() {
        [(_, _, sum)] => scene.amount(*sum),
        _ => String::new(),
    };
    let mut labels: Vec<String> = sums.value.iter().map(|money| money.words_by(scene.separator())).collect();
    if labels.is_empty() && cost.is_empty() {
        return Vec::new();
    }
    // Its actions have prices; what its credits are worth is not known.
    let left_out = (sums.without_value > 0 && !labels.is_empty()).then(|| {
        let accounts = counted(sums.without_value, "account", "accounts");
        let wordings = [format!("without {accounts} of unknown value"), format!("{accounts}: value unknown")];
        wordings.into_iter().find(|words| words.width() <= columns.width()).unwrap_or_else(|| format!("+ {accounts}"))
    });
    // Sums of money are told whole or on lines of their own; what is of several currencies has no sum.
    let whole = format!("In all  {}", labels.join(" + "));
    let several = sums.value.len() > 1;
    labels.extend(several.then(|| "not summed".to_owned()));
    let whole = if several { format!("{whole} (not summed)") } else { whole };
    let texts = if whole.width() <= columns.action { vec![whole] } else { [vec!["In all".to_owned()], labels].concat() };
    let rows = texts.into_iter().enumerate().map(|(place, text)| {
        let cost = if place == 0 { cost.clone() } else { String::new() };
        let numbers = columns.spans([String::new(), String::new(), cost]);
        Line::from(vec![scene.dim(format!("   {}", left(text.trim_end(), columns.action, ELLIPSIS))), scene.strong(numbers)])
    });
    rows.chain(left_out.map(|text| Line::from(scene.dim(format!("   {text}"))))).collect()
}

fn action_name(model: &Model, line: &PlannedLine) -> String {
    let listed = super::quantity::listed(line, &model.accounts);
    listed.map_or_else(|| line.action.to_string(), |action| clean(&action.name))
}

fn row(
    model: &Model,
    scene: &Scene<'_>,
    columns: &Columns,
    priced: &Priced,
    (place, line): (usize, &PlannedLine),
    name: &str,
) -> Line<'static> {
    let plan = &model.calculator;
    let quoted = priced.quote.as_ref().ok().and_then(|quote| quote.lines.get(place.checked_sub(priced.first)?));
    let selected = place == plan.selected && !plan.adding;
    let marker = marker(scene, selected, 1);
    let quantity = match &line.typed {
        Some(typing) if selected => format!("{}▏", typing.text),
        // What it costs is that of the quantity that is typed for it.
        _ => scene.amount(plan.on_trial(line).unwrap_or(line.quantity)),
    };
    let each =
        quoted.map_or("–".to_owned(), |quoted| quoted.unit_cost.map_or("no price".to_owned(), |each| scene.amount(each)));
    let cost = quoted.map_or("–".to_owned(), |quoted| quoted.cost.map_or("–".to_owned(), |cost| scene.amount(cost)));
    let texts = columns.spans([quantity, each, cost]);
    let line = Line::from(vec![marker, scene.text(left(name, columns.action, ELLIPSIS)), scene.text(texts)]);
    if selected { line.patch_style(scene.theme().selected) } else { line }
}

fn total(scene: &Scene<'_>, columns: &Columns, priced: &Priced) -> Option<Line<'static>> {
    let quote = priced.quote.as_ref().ok()?;
    let sum = scene.amount(quote.known_total);
    let (label, sum) = match (quote.total.is_some(), priced.trial) {
        (true, false) => ("Total", sum),
        (true, true) => ("Total with it", sum),
        (false, _) => ("Known part", format!("≥ {sum}")),
    };
    let money = quote.money.as_ref().map(|money| money.words_by(scene.separator()));
    // A sum of money is told whole or not at all: "25…" would read as another sum.
    let labels = money.iter().flat_map(|money| [format!("{label}  {money}"), format!("Total  {money}"), money.clone()]);
    let label = labels.into_iter().find(|label| label.width() <= columns.action).unwrap_or_else(|| label.to_owned());
    let label = left(&label, columns.action, ELLIPSIS);
    let texts = columns.spans([String::new(), String::new(), sum]);
    Some(Line::from(vec![scene.dim(format!("   {label}")), scene.strong(texts)]))
}

/// What can be typed, in whole words: as much of it as has room.
fn hint(another: bool, several: bool, example: &str, room: usize) -> String {
    let arrows = if several { "   ← → account" } else { "" };
    let (what, least) = if another { ("type the next action", "next action") } else { ("type an action", "an action") };
    let as_in = if another { format!("as 20 {example}") } else { format!("as {example} or 60 {example}") };
    let wordings = [format!("{what}, {as_in}{arrows}"), format!("{what}, {as_in}"), what.to_owned(), least.to_owned()];
    wordings.into_iter().find(|words| words.width() <= room).unwrap_or_default()
}

/// The names of suggestions as they fit, with the accounts' where they are of others.
fn suggested(scene: &Scene<'_>, own: Option<&Account>, suggestions: &[Suggestion<'_>], width: usize) -> Vec<String> {
    let name = |Suggestion { account, action }: &Suggestion<'_>| {
        let of_other = own.is_some_and(|own| own.id() != account.id());
        let whose = if of_other { format!("{} › ", scene.account(account)) } else { String::new() };
        whose + &clean(&action.name)
    };
    apart(&suggestions.iter().map(name).collect::<Vec<_>>(), |_| None, width)
}

/// The field for the next action, with the actions that match where it has the focus.
pub(super) fn field(model: &Model, scene: &Scene<'_>, width: usize, most: usize) -> (Vec<Line<'static>>, Option<usize>) {
    let plan = &model.calculator;
    let account = plan.account.as_ref().and_then(|id| model.find(id));
    let name = account.map_or(String::new(), |account| scene.account(account));
    if !plan.adding {
        let name = cut(&name, width.saturating_sub(30), ELLIPSIS);
        return (vec![Line::from(scene.dim(format!("   {} add an action for {name}", scene.enter())))], None);
    }
    let prompt = format!(" ▌ {} › ", cut(&name, width / 3, ELLIPSIS));
    let used = prompt.width();
    let (text, cursor) = plan.field.view(scene, width.saturating_sub(used));
    let hint = if plan.field.is_empty() {
        // No text touches the edge of the screen.
        let room = width.saturating_sub(used + 1);
        scene.dim(hint(!plan.lines.is_empty(), model.accounts.len() > 1, &example(account), room))
    } else {
        text
    };
    let mut lines = vec![Line::from(vec![scene.span(prompt, |theme| theme.accent), hint])];
    let suggestions = plan.suggestions(&model.accounts);
    let first = window(plan.marked().unwrap_or(0), suggestions.len(), most);
    let room = width.saturating_sub(7 + 18);
    let names = suggested(scene, account, &suggestions, room);
    for ((place, Suggestion { action, .. }), name) in suggestions.iter().enumerate().zip(names).skip(first).take(most) {
        let marked = Some(place) == plan.marked();
        let each = match &action.cost {
            UnitCost::Known(cost) if *cost == Amount::ZERO => "free".to_owned(),
            UnitCost::Known(cost) => scene.amount(*cost),
            UnitCost::Missing { .. } => "no price".to_owned(),
        };
        let each = format!("{each} / {}", clean(&action.unit));
        let marker = if marked { "     › " } else { "       " };
        let action = left(&name, room, ELLIPSIS);
        let line =
            Line::from(vec![scene.span(marker, |theme| theme.accent), scene.text(action), scene.dim(right(&each, 16, ELLIPSIS))]);
        lines.push(if marked { line.patch_style(scene.theme().selected) } else { line });
    }
    if let Some(problem) = plan.field_problem() {
        let texts = wrapped(&problem, width.saturating_sub(7)).into_iter();
        lines.extend(texts.map(|text| Line::from(scene.span(format!("       {text}"), |theme| theme.look))));
    } else if suggestions.is_empty() {
        let text = if account.is_some_and(|account| account.book.prices.actions.is_empty()) {
            "       This account has no price list"
        } else {
            "       No action matches"
        };
        lines.push(Line::from(scene.dim(text)));
    } else if suggestions.len() > most && most > 0 {
        let last = first + most;
        if let (Some(line), true) = (lines.last_mut(), last < suggestions.len()) {
            line.spans.push(scene.dim(" ↓"));
        }
    }
    (lines, Some(used + cursor))
}
