//! A checkpoint as bytes, and back. Whatever changes here, or in what the fold makes of entries, needs another
//! [`REVISION`](super::REVISION).

mod text;

use chrono::serde::{ts_nanoseconds, ts_nanoseconds_option};
use serde::{Deserialize, Serialize};
use text::Text;

use crate::credit::fold::{BucketState, Hold, HoldEnd, Life, Lot, LotDraw, LotId, MovedExpiry, Record, Supply, Usage, Use};
use crate::credit::{AccountId, Amount, BucketId, Checkpoint, Extent, Figure, FigureSource, Instant, Ref};

/// The bytes of an account's checkpoint; `None` for instants that are too far to be written.
pub(super) fn encode(account: &AccountId, checkpoint: &Checkpoint) -> Option<Vec<u8>> {
    postcard::to_allocvec(&(account.as_str(), Form::from(checkpoint))).ok()
}

/// Reads back what [`encode`] wrote; `None` for anything else, also for a checkpoint of another account or instant.
pub(super) fn decode(account: &AccountId, at: Instant, bytes: &[u8]) -> Option<Checkpoint> {
    let ((of, form), rest) = postcard::take_from_bytes::<(&str, Form)>(bytes).ok()?;
    let checkpoint = Checkpoint::from(form);
    (rest.is_empty() && of == account.as_str() && checkpoint.at == at).then_some(checkpoint)
}

#[derive(Serialize, Deserialize)]
struct Form {
    #[serde(with = "ts_nanoseconds")]
    at: Instant,
    entries: u64,
    phase: usize,
    observed: bool,
    #[serde(with = "ts_nanoseconds_option")]
    seen_by_hand: Option<Instant>,
    buckets: Vec<BucketForm>,
    lots: Vec<LotForm>,
    holds: Vec<HoldForm>,
    records: Vec<(Text<Ref>, RecordForm)>,
    uncovered: Vec<Text<Ref>>,
    strange: Vec<Text<BucketId>>,
    #[serde(with = "ts_nanoseconds_option")]
    since: Option<Instant>,
    recent: Vec<UseForm>,
    #[serde(with = "text::plain")]
    sum: Amount,
    places: u32,
}

#[derive(Serialize, Deserialize)]
struct BucketForm {
    capacity: Option<FigureForm>,
    #[serde(with = "ts_nanoseconds_option")]
    next_reset: Option<Instant>,
    #[serde(with = "text::optional")]
    observed_by: Option<Ref>,
    cycle: Vec<u32>,
}

#[derive(Serialize, Deserialize)]
enum FigureForm {
    Known(#[serde(with = "text::plain")] Amount),
    Unlimited,
    Unknown,
}

#[derive(Serialize, Deserialize)]
struct LotForm(#[serde(with = "LotFields")] Lot);

#[derive(Serialize, Deserialize)]
#[serde(remote = "Lot")]
struct LotFields {
    bucket: usize,
    #[serde(with = "text::optional")]
    reference: Option<Ref>,
    #[serde(with = "SupplyForm")]
    supply: Supply,
    #[serde(with = "LifeForm")]
    life: Life,
    #[serde(with = "text::plain")]
    granted: Amount,
    #[serde(with = "text::plain")]
    remaining: Amount,
    #[serde(with = "text::plain")]
    spent: Amount,
    #[serde(with = "text::plain")]
    lapsed: Amount,
    #[serde(with = "text::plain")]
    adjusted: Amount,
    #[serde(with = "ts_nanoseconds")]
    effective_at: Instant,
    #[serde(with = "ts_nanoseconds_option")]
    expires_at: Option<Instant>,
    ends_at_reset: bool,
    fades: bool,
    silenced: bool,
    withdrawn: bool,
    #[serde(with = "ts_nanoseconds")]
    granted_at: Instant,
    priority: i32,
    #[serde(with = "SourceForm")]
    source: FigureSource,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Supply")]
enum SupplyForm {
    Finite,
    Unlimited,
    Unknown,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Life")]
enum LifeForm {
    Pending,
    Active,
    Lapsed,
    Voided,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "FigureSource")]
enum SourceForm {
    Reported,
    Observed,
    Configured,
    Inferred,
    Estimated,
    Assumed,
    Unknown,
}

#[derive(Serialize, Deserialize)]
struct HoldForm {
    #[serde(with = "text::plain")]
    reference: Ref,
    #[serde(with = "ts_nanoseconds")]
    at: Instant,
    #[serde(with = "ts_nanoseconds_option")]
    expires_at: Option<Instant>,
    #[serde(with = "text::plain")]
    held: Amount,
    end: Option<EndForm>,
}

#[derive(Serialize, Deserialize)]
struct EndForm(#[serde(with = "EndFields")] HoldEnd);

#[derive(Serialize, Deserialize)]
#[serde(remote = "HoldEnd")]
enum EndFields {
    Deadline,
    Released,
    Reversed,
}

#[derive(Serialize, Deserialize)]
struct RecordForm {
    draws: Vec<(u32, Text<Amount>)>,
    adjusting: bool,
    #[serde(with = "text::plain")]
    uncovered: Amount,
    #[serde(with = "text::plain")]
    unknown: Amount,
    made: Vec<u32>,
    silenced: Vec<u32>,
    moved: Vec<MovedForm>,
    overtaken: Vec<u32>,
    hold: Option<(Text<Ref>, Text<Amount>)>,
    ended_hold: bool,
}

#[derive(Serialize, Deserialize)]
struct MovedForm {
    lot: u32,
    #[serde(with = "ts_nanoseconds_option")]
    expires_at: Option<Instant>,
    fades: bool,
}

#[derive(Serialize, Deserialize)]
struct UseForm {
    #[serde(with = "ts_nanoseconds")]
    at: Instant,
    #[serde(with = "text::plain")]
    amount: Amount,
    missing: bool,
    #[serde(with = "text::optional")]
    reference: Option<Ref>,
}

fn numbers(lots: &[LotId]) -> Vec<u32> {
    lots.iter().map(|lot| lot.0).collect()
}

fn lots(numbers: Vec<u32>) -> Vec<LotId> {
    numbers.into_iter().map(LotId).collect()
}

impl From<&Checkpoint> for Form {
    fn from(checkpoint: &Checkpoint) -> Self {
        let Checkpoint {
            at,
            entries,
            phase,
            observed,
            seen_by_hand,
            buckets,
            lots,
            holds,
            records,
            uncovered,
            strange,
            usage,
            extent,
        } = checkpoint;
        Self {
            at: *at,
            entries: *entries,
            phase: *phase,
            observed: *observed,
            seen_by_hand: *seen_by_hand,
            buckets: buckets.iter().map(BucketForm::from).collect(),
            lots: lots.iter().cloned().map(LotForm).collect(),
            holds: holds.iter().cloned().map(HoldForm::from).collect(),
            records: records.iter().map(|(reference, record)| (Text(reference.clone()), record.into())).collect(),
            uncovered: uncovered.iter().cloned().map(Text).collect(),
            strange: strange.iter().cloned().map(Text).collect(),
            since: usage.since,
            recent: usage.recent.iter().cloned().map(UseForm::from).collect(),
            sum: extent.sum,
            places: extent.places,
        }
    }
}

impl From<Form> for Checkpoint {
    fn from(form: Form) -> Self {
        Self {
            at: form.at,
            entries: form.entries,
            phase: form.phase,
            observed: form.observed,
            seen_by_hand: form.seen_by_hand,
            buckets: form.buckets.into_iter().map(BucketState::from).collect(),
            lots: form.lots.into_iter().map(|lot| lot.0).collect(),
            holds: form.holds.into_iter().map(Hold::from).collect(),
            records: form.records.into_iter().map(|(reference, record)| (reference.0, record.into())).collect(),
            uncovered: form.uncovered.into_iter().map(|reference| reference.0).collect(),
            strange: form.strange.into_iter().map(|bucket| bucket.0).collect(),
            // By way of a vector, which takes over the memory of the other.
            usage: Usage { since: form.since, recent: form.recent.into_iter().map(Use::from).collect::<Vec<_>>().into() },
            extent: Extent { sum: form.sum, places: form.places },
        }
    }
}

impl From<&BucketState> for BucketForm {
    fn from(bucket: &BucketState) -> Self {
        let BucketState { capacity, next_reset, observed_by, cycle } = bucket;
        let capacity = capacity.map(|capacity| match capacity {
            Figure::Known(amount) => FigureForm::Known(amount),
            Figure::Unlimited => FigureForm::Unlimited,
            Figure::Unknown => FigureForm::Unknown,
        });
        Self { capacity, next_reset: *next_reset, observed_by: observed_by.clone(), cycle: numbers(cycle) }
    }
}

impl From<BucketForm> for BucketState {
    fn from(form: BucketForm) -> Self {
        let capacity = form.capacity.map(|capacity| match capacity {
            FigureForm::Known(amount) => Figure::Known(amount),
            FigureForm::Unlimited => Figure::Unlimited,
            FigureForm::Unknown => Figure::Unknown,
        });
        Self { capacity, next_reset: form.next_reset, observed_by: form.observed_by, cycle: lots(form.cycle) }
    }
}

impl From<Hold> for HoldForm {
    fn from(hold: Hold) -> Self {
        let Hold { reference, at, expires_at, held, end } = hold;
        Self { reference, at, expires_at, held, end: end.map(EndForm) }
    }
}

impl From<HoldForm> for Hold {
    fn from(form: HoldForm) -> Self {
        let HoldForm { reference, at, expires_at, held, end } = form;
        Self { reference, at, expires_at, held, end: end.map(|end| end.0) }
    }
}

impl From<&Record> for RecordForm {
    fn from(record: &Record) -> Self {
        // What is reversed already is no longer needed.
        let Record { draws, adjusting, uncovered, unknown, made, silenced, moved, overtaken, hold, ended_hold, reversed_by: _ } =
            record;
        let moved = moved.iter().map(|moved| {
            let MovedExpiry { lot, expires_at, fades } = *moved;
            MovedForm { lot: lot.0, expires_at, fades }
        });
        Self {
            draws: draws.iter().map(|draw| (draw.lot.0, Text(draw.amount))).collect(),
            adjusting: *adjusting,
            uncovered: *uncovered,
            unknown: *unknown,
            made: numbers(made),
            silenced: numbers(silenced),
            moved: moved.collect(),
            overtaken: numbers(overtaken),
            hold: hold.clone().map(|(hold, amount)| (Text(hold), Text(amount))),
            ended_hold: *ended_hold,
        }
    }
}

impl From<RecordForm> for Record {
    fn from(form: RecordForm) -> Self {
        let moved = form.moved.into_iter().map(|moved| {
            let MovedForm { lot, expires_at, fades } = moved;
            MovedExpiry { lot: LotId(lot), expires_at, fades }
        });
        Self {
            draws: form.draws.into_iter().map(|(lot, amount)| LotDraw { lot: LotId(lot), amount: amount.0 }).collect(),
            adjusting: form.adjusting,
            uncovered: form.uncovered,
            unknown: form.unknown,
            made: lots(form.made),
            silenced: lots(form.silenced),
            moved: moved.collect(),
            overtaken: lots(form.overtaken),
            hold: form.hold.map(|(hold, amount)| (hold.0, amount.0)),
            ended_hold: form.ended_hold,
            reversed_by: None,
        }
    }
}

impl From<Use> for UseForm {
    fn from(part: Use) -> Self {
        let Use { at, amount, missing, reference } = part;
        Self { at, amount, missing, reference }
    }
}

impl From<UseForm> for Use {
    fn from(form: UseForm) -> Self {
        let UseForm { at, amount, missing, reference } = form;
        Self { at, amount, missing, reference }
    }
}

#[cfg(test)]
mod tests;
