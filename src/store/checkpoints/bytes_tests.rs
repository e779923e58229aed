use chrono::TimeDelta;

use super::tests::{day, full_checkpoint};
use super::{decode, encode};
use crate::credit::fold::{BucketState, Hold, HoldEnd, Life, Lot, LotDraw, LotId, MovedExpiry, Record, Supply, Usage, Use};
use crate::credit::{Amount, BucketIndex, Checkpoint, Extent, Figure, FigureSource, Rules};
use crate::store::testing::{account, amount, bucket, reference, rules};

/// The place of the bucket that comes after so many others.
fn place(number: u32) -> BucketIndex {
    let two = rules(&account("two")).unwrap();
    let many = Rules { buckets: vec![two.buckets[0].clone(); 7], ..(*two).clone() };
    many.bucket_indices().nth(number as usize).unwrap()
}

/// A checkpoint of which no two parts are alike, whether or not there can be one.
fn odd_checkpoint() -> Checkpoint {
    let lot = |number: u32, supply, life, source| Lot {
        bucket: place(number),
        reference: (number > 0).then(|| reference(&format!("lot-{number}"))),
        supply,
        life,
        granted: Amount::from(100 + number),
        remaining: amount("1.5"),
        spent: amount("2.25"),
        lapsed: amount("3"),
        adjusted: amount("-0.0001"),
        effective_at: day(1),
        expires_at: (number > 1).then(|| day(200)),
        ends_at_reset: number == 1,
        fades: number == 2,
        silenced: number == 3,
        withdrawn: number == 4,
        granted_at: day(-3),
        priority: -7 + i32::try_from(number).unwrap(),
        source,
    };
    let hold =
        |name: &str, end| Hold { reference: reference(name), at: day(4), expires_at: Some(day(9)), held: amount("12.5"), end };
    let record = Record {
        draws: vec![LotDraw { lot: LotId(1), amount: amount("4") }, LotDraw { lot: LotId(2), amount: amount("5") }],
        adjusting: true,
        uncovered: amount("6"),
        unknown: amount("7"),
        made: vec![LotId(3)],
        silenced: vec![LotId(4), LotId(5)],
        moved: vec![MovedExpiry { lot: LotId(6), expires_at: Some(day(77)), fades: true }],
        overtaken: vec![LotId(7), LotId(8), LotId(9)],
        hold: Some((reference("held"), amount("8"))),
        ended_hold: true,
        reversed_by: None,
    };
    let bucket_id = bucket;
    let bucket = |capacity, name: &str| BucketState {
        capacity,
        next_reset: Some(day(30)),
        observed_by: Some(reference(name)),
        cycle: vec![LotId(0), LotId(2)],
    };
    let part =
        |name: Option<&str>| Use { at: day(5), amount: amount("0.3"), missing: name.is_some(), reference: name.map(reference) };
    Checkpoint {
        at: day(10),
        entries: 4711,
        phase: 3,
        observed: true,
        seen_by_hand: Some(day(8)),
        buckets: vec![
            bucket(Some(Figure::Known(amount("0.5"))), "a"),
            bucket(Some(Figure::Unlimited), "b"),
            bucket(Some(Figure::Unknown), "c"),
            BucketState::default(),
        ]
        .into_iter()
        .collect(),
        lots: vec![
            lot(0, Supply::Finite, Life::Pending, FigureSource::Reported),
            lot(1, Supply::Unlimited, Life::Active, FigureSource::Observed),
            lot(2, Supply::Unknown, Life::Lapsed, FigureSource::Configured),
            lot(3, Supply::Finite, Life::Voided, FigureSource::Inferred),
            lot(4, Supply::Finite, Life::Active, FigureSource::Estimated),
            lot(5, Supply::Finite, Life::Active, FigureSource::Assumed),
            lot(6, Supply::Finite, Life::Active, FigureSource::Unknown),
        ],
        holds: vec![
            hold("open", None),
            hold("late", Some(HoldEnd::Deadline)),
            hold("off", Some(HoldEnd::Released)),
            hold("undone", Some(HoldEnd::Reversed)),
        ],
        records: vec![(reference("one"), record), (reference("two"), Record::default())],
        strange: [bucket_id("gone"), bucket_id("other")].into(),
        uncovered: vec![reference("job"), reference("Rechnung 12/2026 – Müller")],
        usage: Usage { since: Some(day(2)), recent: [part(None), part(Some("job"))].into() },
        extent: Extent { sum: amount("987654321.123"), places: 3 },
    }
}

#[test]
fn every_part_of_a_checkpoint_comes_back_from_its_bytes() {
    let two = account("two");
    for taken in [full_checkpoint(), odd_checkpoint()] {
        let bytes = encode(&two, &taken).unwrap();
        assert_eq!(decode(&two, taken.at, &bytes).as_ref(), Some(&taken));
        assert_eq!(decode(&account("one"), taken.at, &bytes), None, "of another account");
        assert_eq!(decode(&two, taken.at + TimeDelta::nanoseconds(1), &bytes), None, "of another instant");
        for cut in 0..bytes.len() {
            assert_eq!(decode(&two, taken.at, &bytes[..cut]), None);
        }
    }
}

/// Where this fails, checkpoints that are out there would be read wrongly or say something else: raise [`Checkpoint::REVISION`].
#[test]
fn the_bytes_of_a_checkpoint_change_only_with_the_revision() {
    let bytes = [full_checkpoint(), odd_checkpoint()]
        .iter()
        .flat_map(|taken| encode(&account("two"), taken).unwrap())
        .collect::<Vec<_>>();
    let text: String = bytes
        .iter()
        .map(|byte| if byte.is_ascii_graphic() { char::from(*byte).into() } else { format!("<{byte:02x}>") })
        .collect();
    insta::assert_snapshot!("checkpoint_bytes", format!("revision {}\n{text}", Checkpoint::REVISION));
}
