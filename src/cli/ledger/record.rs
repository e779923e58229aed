//! `creditop ledger grant`, `spend`, `hold`, `capture`, `release`, `adjust`, `reverse` and `observe`: one entry each.

use std::str::FromStr;

use clap::{Args, Subcommand};

use super::{describe, rehearse, write};
use crate::catalog::nearest;
use crate::cli::edge::{Edge, Outcome, statuses};
use crate::cli::engine_report::price_report;
use crate::cli::mask;
use crate::cli::output::remark;
use crate::cli::plan::{TypedAction, TypedBalance, parse_amount, parse_quantity};
use crate::cli::plan_ref;
use crate::cli::text;
use crate::cli::when::resolve;
use crate::config::Account;
use crate::credit::{
    AccountId, AccountStatus, Amount, BucketId, Draft, EntryBody, EntryKind, Expires, Grant, Instant, Ref, Spend, Toward,
    UnitCost, VariantId, When, WhenError, print_instant, shown,
};
use crate::report::{Ending, Report};
use crate::runtime::Workspace;
use crate::store::{Appended, Filled, Proposal};

/// Commands that record an entry.
#[derive(Debug, Subcommand)]
pub(crate) enum RecordCommand {
    /// Records credits that were granted or bought: a lot.
    Grant(GrantArgs),
    /// Records credits that were used.
    Spend(SpendArgs),
    /// Sets credits aside for planned work.
    Hold(HoldArgs),
    /// Records that held credits were used.
    Capture(CaptureArgs),
    /// Ends a hold.
    Release(ReleaseArgs),
    /// Corrects a bucket's figure by a signed amount.
    Adjust(AdjustArgs),
    /// Answers an earlier entry.
    Reverse(ReverseArgs),
    /// Records the figures that a billing page shows.
    Observe(ObserveArgs),
}

/// What every entry may carry.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// The account.
    #[arg(long, short, value_name = "ACCOUNT")]
    account: String,
    /// When it happened: a day, a time, yesterday, -3d, or the last fri, in the account's zone; now if not given.
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    at: Option<When>,
    /// A ref that is unique in the account; generated and printed if not given.
    #[arg(long = "ref", value_name = "REF")]
    reference: Option<Ref>,
    /// A remark.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// A label; may be given several times.
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
}

/// `ledger grant`.
#[derive(Debug, Args)]
pub(crate) struct GrantArgs {
    #[command(flatten)]
    common: Common,
    /// The bucket that it fills.
    #[arg(long, value_name = "BUCKET")]
    bucket: BucketId,
    /// How much, above zero.
    #[arg(long, value_name = "N", value_parser = parse_positive, allow_hyphen_values = true)]
    amount: Amount,
    /// When it can be spent from, or the coming fri; when it happened if not given.
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    effective_at: Option<When>,
    /// When it lapses: a day, a time, +2w, the coming fri, or "never"; the bucket's own rule if not given.
    #[arg(long, value_name = "T|never", allow_hyphen_values = true)]
    expires_at: Option<Expiry>,
    /// Lower is drawn first within the bucket.
    #[arg(long, value_name = "N", default_value_t = 0, allow_hyphen_values = true)]
    priority: i32,
}

/// `ledger spend`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("cost").required(true).multiple(true).args(["amount", "action"]))]
pub(crate) struct SpendArgs {
    #[command(flatten)]
    common: Common,
    /// How much; by the price list if not given.
    #[arg(long, value_name = "N", value_parser = parse_quantity, allow_hyphen_values = true)]
    amount: Option<Amount>,
    /// What it was for: `ACTION[:VARIANT]`.
    #[arg(long, value_name = "ACTION")]
    action: Option<TypedAction>,
    /// In which variant.
    #[arg(long, value_name = "VARIANT", requires = "action")]
    variant: Option<VariantId>,
    /// How many times.
    #[arg(long, value_name = "QTY", value_parser = parse_quantity, requires = "action", allow_hyphen_values = true)]
    quantity: Option<Amount>,
}

/// `ledger hold`.
#[derive(Debug, Args)]
pub(crate) struct HoldArgs {
    #[command(flatten)]
    common: Common,
    /// How much, above zero.
    #[arg(long, value_name = "N", value_parser = parse_positive, allow_hyphen_values = true)]
    amount: Amount,
    /// The hold's deadline: a day, a time, +2w, or the coming fri; none if not given.
    #[arg(long, visible_alias = "expires", value_name = "T|never", allow_hyphen_values = true)]
    expires_at: Option<Expiry>,
    /// Hold by figures that are stale, or whose key was refused.
    #[arg(long)]
    allow_stale: bool,
}

/// `ledger capture`.
#[derive(Debug, Args)]
pub(crate) struct CaptureArgs {
    #[command(flatten)]
    common: Common,
    /// The ref of the hold.
    #[arg(long, value_name = "REF")]
    hold: Ref,
    /// How much was used, above zero.
    #[arg(long, value_name = "N", value_parser = parse_positive, allow_hyphen_values = true)]
    amount: Amount,
}

/// `ledger release`.
#[derive(Debug, Args)]
pub(crate) struct ReleaseArgs {
    #[command(flatten)]
    common: Common,
    /// The ref of the hold.
    #[arg(long, value_name = "REF")]
    hold: Ref,
}

/// `ledger adjust`.
#[derive(Debug, Args)]
pub(crate) struct AdjustArgs {
    #[command(flatten)]
    common: Common,
    /// The bucket.
    #[arg(long, value_name = "BUCKET")]
    bucket: BucketId,
    /// How much more, or less where negative.
    #[arg(long, value_name = "±N", value_parser = parse_amount, allow_hyphen_values = true)]
    amount: Amount,
}

/// `ledger reverse`.
#[derive(Debug, Args)]
pub(crate) struct ReverseArgs {
    #[command(flatten)]
    common: Common,
    /// The ref of the entry.
    #[arg(long, value_name = "REF")]
    reverses: Ref,
}

/// `ledger observe`.
#[derive(Debug, Args)]
pub(crate) struct ObserveArgs {
    #[command(flatten)]
    common: Common,
    /// A bucket with what the page shows; buckets that are not named stay.
    #[arg(value_name = "BUCKET=N", required_unless_present = "bucket", conflicts_with = "bucket")]
    balances: Vec<TypedBalance>,
    /// The bucket, where it is only one.
    #[arg(long, value_name = "BUCKET", requires = "remaining")]
    bucket: Option<BucketId>,
    /// What the page shows there.
    #[arg(long, value_name = "N", value_parser = parse_quantity, requires = "bucket", allow_hyphen_values = true)]
    remaining: Option<Amount>,
}

/// An expiry as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expiry {
    Never,
    At(When),
}

impl FromStr for Expiry {
    type Err = WhenError;

    fn from_str(text: &str) -> Result<Self, WhenError> {
        if text.eq_ignore_ascii_case("never") { Ok(Self::Never) } else { text.parse().map(Self::At) }
    }
}

fn parse_positive(text: &str) -> Result<Amount, String> {
    let amount = parse_amount(text)?;
    if amount.is_positive() { Ok(amount) } else { Err(format!("{amount} is not above zero")) }
}

/// Records the entry and says so.
///
/// # Errors
/// A [`Report`] for bad input, a refused entry, or a ledger that can't be used.
pub(crate) fn run(command: &RecordCommand, edge: &mut Edge) -> Result<Outcome, Report> {
    let mut workspace = edge.workspace()?;
    let proposals = proposals(command, &workspace)?;
    if let RecordCommand::Observe(args) = command
        && let Some(given) = &args.common.reference
    {
        let account = workspace.account(&args.common.account)?;
        let buckets: Vec<String> = account.rules.buckets.iter().map(|bucket| bucket.id.to_string()).collect();
        plan_ref::check(&workspace, given, buckets, &proposals)?;
    }
    if let RecordCommand::Hold(args) = command
        && !args.allow_stale
    {
        check_figures(&mut workspace, &proposals)?;
    }
    let unpaid: Vec<Option<String>> = proposals.iter().map(|proposal| uncovered(&workspace, &proposal.draft)).collect();
    let appended = write(&mut workspace, &proposals)?;
    for (done, proposal) in appended.iter().zip(&proposals) {
        edge.out.did(describe(done, &proposal.draft));
    }
    note_what_lies_ahead(command, &workspace, &appended);
    for ((done, proposal), unpaid) in appended.iter().zip(&proposals).zip(unpaid) {
        edge.out.line(&describe(done, &proposal.draft))?;
        if let Some(words) = unpaid.filter(|_| !done.already_recorded) {
            let reference = mask::of_ref(&done.reference, &text::clean(done.reference.as_str()));
            remark(&format!("warning: {words}\nhint: reverse {reference} if that is a slip"));
        }
        if let Some(words) = expiry_by_rule(&workspace, done, &proposal.draft) {
            remark(&words);
        }
    }
    Ok(Outcome::Done)
}

/// When what was granted lapses, where nobody typed that: the bucket's rule gave it.
fn expiry_by_rule(workspace: &Workspace, done: &Appended, draft: &Draft) -> Option<String> {
    let EntryBody::Grant(Grant { bucket, expires: Expires::ByRule, .. }) = &draft.body else { return None };
    if done.already_recorded {
        return None;
    }
    let book = workspace.book(&done.account).ok()?;
    let status = book.status(workspace.now()).ok()?;
    let bucket = status.buckets.iter().find(|known| known.id == *bucket)?;
    // What has lapsed already is listed no more.
    let lot = bucket.lots.iter().find(|lot| lot.reference == done.reference)?;
    let ends = match lot.expires_at {
        Some(at) => format!("lapses {}", text::full(at, book.rules.zone)),
        None if bucket.ends_at_unknown_reset(lot) => "lasts until the reset, whose day is unknown".to_owned(),
        None => "never expires".to_owned(),
    };
    let name = &bucket.name;
    Some(format!("note: by the bucket's rule for {name} it {ends}; --expires-at says otherwise"))
}

/// Says of a reversal that it is dated after now, with what it reverses.
fn note_what_lies_ahead(command: &RecordCommand, workspace: &Workspace, appended: &[Appended]) {
    let RecordCommand::Reverse(args) = command else { return };
    for done in appended.iter().filter(|done| !done.already_recorded && done.at > workspace.now()) {
        let (at, target) = (print_instant(done.at), mask::of_ref(&args.reverses, &shown(args.reverses.as_str())));
        remark(&text::clean(&format!("note: it is dated {at}, as {target} is: a wrong clock put that after now")));
    }
}

/// Refuses to promise credits by figures that can't be relied on (SPEC P2); what is recorded already is no new promise.
fn check_figures(workspace: &mut Workspace, proposals: &[Proposal]) -> Result<(), Report> {
    let now = workspace.now();
    let ids: Vec<AccountId> = proposals.iter().map(|proposal| proposal.draft.account.clone()).collect();
    let why = |status: &AccountStatus| status.reliance.why(|at| text::relative(at, now));
    let doubts: Vec<String> = statuses(workspace, &ids, now)?
        .iter()
        .filter_map(|status| Some(format!("{}: {}", status.profile.id, why(status)?)))
        .collect();
    let is_recorded = |workspace: &mut Workspace| {
        let named = proposals.iter().all(|proposal| proposal.draft.reference.is_some());
        named && rehearse(workspace, proposals).is_ok_and(|done| done.iter().all(|done| done.already_recorded))
    };
    if doubts.is_empty() || is_recorded(workspace) {
        return Ok(());
    }
    let hint = format!(
        "`creditop status {}` asks the provider again; --allow-stale holds by these figures all the same",
        ids.first().map_or("", AccountId::as_str)
    );
    let what = "nothing was recorded: it is not known whether that much is left to hold";
    Err(Report::new(Ending::Unknown, what).details(doubts).hint(hint))
}

/// What of a spend no credits pay (SPEC E3): it is recorded nevertheless, and nobody should find out by chance.
fn uncovered(workspace: &Workspace, draft: &Draft) -> Option<String> {
    if !matches!(draft.body, EntryBody::Spend(_)) {
        return None;
    }
    // What can't be told is no reason not to record what happened.
    let book = workspace.recent_book(&draft.account, draft.at).ok()?;
    let uncovered = book.uncovered_by(draft).ok().filter(|uncovered| uncovered.is_positive())?;
    let unit = text::with_unit(uncovered, &book.profile.unit);
    let verb = if uncovered == Amount::ONE { "is" } else { "are" };
    Some(format!("{unit} of it {verb} not covered: no lot of {} could pay them, and later grants don't", book.profile.id))
}

fn common(command: &RecordCommand) -> &Common {
    match command {
        RecordCommand::Grant(args) => &args.common,
        RecordCommand::Spend(args) => &args.common,
        RecordCommand::Hold(args) => &args.common,
        RecordCommand::Capture(args) => &args.common,
        RecordCommand::Release(args) => &args.common,
        RecordCommand::Adjust(args) => &args.common,
        RecordCommand::Reverse(args) => &args.common,
        RecordCommand::Observe(args) => &args.common,
    }
}

fn proposals(command: &RecordCommand, workspace: &Workspace) -> Result<Vec<Proposal>, Report> {
    let common = common(command);
    let account = workspace.account(&common.account)?;
    let now = workspace.now();
    let at = common.at.map_or(Ok(now), |at| resolve("--at", at, now, account.rules.zone, Toward::Past))?;
    let mut amount_filled = false;
    let bodies = match command {
        RecordCommand::Spend(args) => {
            amount_filled = args.amount.is_none();
            vec![spend(args, workspace, account, at)?]
        }
        RecordCommand::Observe(args) => observed(args, account)?,
        other => vec![body(other, account, now)?],
    };
    if at > now && bodies.iter().any(|body| body.kind() != EntryKind::Grant) {
        return Err(Report::new(Ending::Usage, format!("--at {} is in the future", print_instant(at)))
            .hint("only grants may be dated after now; leave --at out for now"));
    }
    let many = bodies.len() > 1;
    bodies
        .into_iter()
        .map(|body| {
            let draft = Draft {
                account: account.profile.id.clone(),
                at,
                reference: common.reference.as_ref().map(|given| reference(given, &body, many)).transpose()?,
                // What is dated earlier must be there now too.
                must_fit: common.at.is_some() && matches!(body, EntryBody::Hold { .. }),
                body,
                note: common.note.clone(),
                actor: None,
                tags: common.tags.clone(),
            };
            Ok(Proposal { draft, filled: Filled { at: common.at.is_none(), amount: amount_filled }, recorded_at: None })
        })
        .collect()
}

/// The ref of one of several observed buckets: `page-1` becomes `page-1-monthly`.
fn reference(given: &Ref, body: &EntryBody, many: bool) -> Result<Ref, Report> {
    match body {
        EntryBody::Observe { bucket, .. } if many => Ref::new(&format!("{given}-{bucket}"))
            .map_err(|error| Report::new(Ending::Usage, error.to_string()).hint("use a shorter --ref")),
        _ => Ok(given.clone()),
    }
}

fn body(command: &RecordCommand, account: &Account, now: Instant) -> Result<EntryBody, Report> {
    let ahead = |option, when| resolve(option, when, now, account.rules.zone, Toward::Future);
    Ok(match command {
        RecordCommand::Grant(args) => EntryBody::Grant(Grant {
            bucket: bucket(&args.bucket, account)?,
            amount: args.amount,
            effective_at: args.effective_at.map(|when| ahead("--effective-at", when)).transpose()?,
            expires: match args.expires_at {
                None => Expires::ByRule,
                Some(Expiry::Never) => Expires::Never,
                Some(Expiry::At(when)) => Expires::At(ahead("--expires-at", when)?),
            },
            priority: args.priority,
        }),
        RecordCommand::Hold(args) => EntryBody::Hold {
            amount: args.amount,
            expires_at: match args.expires_at {
                Some(Expiry::At(when)) => Some(ahead("--expires-at", when)?),
                Some(Expiry::Never) | None => None,
            },
        },
        RecordCommand::Capture(args) => EntryBody::Capture { hold: args.hold.clone(), amount: args.amount },
        RecordCommand::Release(args) => EntryBody::Release { hold: args.hold.clone() },
        RecordCommand::Adjust(args) => EntryBody::Adjust { bucket: bucket(&args.bucket, account)?, amount: args.amount },
        RecordCommand::Reverse(args) => EntryBody::Reverse { reverses: args.reverses.clone() },
        RecordCommand::Spend(_) | RecordCommand::Observe(_) => {
            return Err(Report::new(Ending::Internal, "an entry was asked for in the wrong place"));
        }
    })
}

fn observed(args: &ObserveArgs, account: &Account) -> Result<Vec<EntryBody>, Report> {
    let single = args.bucket.clone().zip(args.remaining).map(|(bucket, remaining)| TypedBalance { bucket, remaining });
    let mut bodies: Vec<EntryBody> = Vec::new();
    for typed in args.balances.iter().chain(&single) {
        let bucket = bucket(&typed.bucket, account)?;
        if bodies.iter().any(|body| matches!(body, EntryBody::Observe { bucket: other, .. } if other == &bucket)) {
            return Err(Report::new(Ending::Usage, format!("bucket {bucket} is named twice")).hint("name each bucket once"));
        }
        bodies.push(EntryBody::Observe { bucket, remaining: typed.remaining });
    }
    Ok(bodies)
}

/// The bucket, where the account has it.
fn bucket(id: &BucketId, account: &Account) -> Result<BucketId, Report> {
    let buckets = || account.rules.buckets.iter().map(|bucket| bucket.id.as_str());
    if account.rules.bucket_index(id).is_some() {
        return Ok(id.clone());
    }
    let hint = match nearest(id.as_str(), buckets()) {
        Some(near) => format!("did you mean {near:?}?"),
        None => format!("it has {}", buckets().collect::<Vec<_>>().join(", ")),
    };
    Err(Report::new(Ending::Usage, format!("{} has no bucket {:?}", account.profile.id, id.as_str())).hint(hint))
}

/// A spend: with the amount as given, or priced by the price list that was in force at its own instant (SPEC E7).
fn spend(args: &SpendArgs, workspace: &Workspace, account: &Account, at: Instant) -> Result<EntryBody, Report> {
    let Some(typed) = &args.action else {
        let amount = args.amount.unwrap_or(Amount::ZERO);
        return Ok(EntryBody::Spend(Spend { amount, action: None, variant: None, quantity: None }));
    };
    if typed.variant.is_some() && args.variant.is_some() {
        return Err(Report::new(Ending::Usage, "the variant is named twice").hint("leave out --variant"));
    }
    let variant = typed.variant.clone().or_else(|| args.variant.clone());
    let book = workspace.book_priced_at(&account.profile.id, at)?;
    let line = book
        .prices
        .find(typed.action.as_str(), variant.as_ref().map(VariantId::as_str))
        .map_err(|error| price_report(&error, &book))?;
    let quantity = args.quantity.unwrap_or(Amount::ONE);
    if line.whole && !quantity.is_whole() {
        return Err(Report::new(
            Ending::Usage,
            format!("--quantity {quantity}: {} is counted in whole {}s", line.name, line.unit),
        )
        .hint("write a whole number"));
    }
    let amount = match (args.amount, &line.cost) {
        (Some(amount), _) => amount,
        (None, UnitCost::Known(cost)) => cost.times(quantity).map_err(|error| {
            Report::new(Ending::Usage, format!("{quantity} times {cost} credits: {error}")).hint("use a smaller quantity")
        })?,
        (None, UnitCost::Missing { hint }) => {
            return Err(Report::new(Ending::Usage, format!("the price of {} is not known", line.name)).hint(hint.clone()));
        }
    };
    let quantity = args.quantity.or(args.amount.is_none().then_some(quantity));
    Ok(EntryBody::Spend(Spend { amount, action: Some(typed.action.clone()), variant, quantity }))
}
