use super::super::refills::tests::{rules, seen, t};
use super::*;
use crate::credit::{ByPlan, FigureSource, PlanFilter, ResetRule, print_instant};

/// The events of these polls as words; resets are due on the day, or nobody knows when.
fn told(day: Option<u8>, polls: &[Observation], uses: &[(&str, &str)]) -> Vec<String> {
    let due = |day| {
        let recurrence = Recurrence::MonthlyOn { day, zone: chrono_tz::Tz::UTC };
        ByPlan { plans: PlanFilter::Any, value: ResetRule::Schedule { recurrence, source: FigureSource::Configured } }
    };
    let uses: Vec<Use> = uses
        .iter()
        .map(|(at, amount)| Use { at: t(at), amount: amount.parse().unwrap(), missing: false, reference: None })
        .collect();
    let rules = rules(day.map(due).into_iter().collect());
    let minute = |at| print_instant(at).get(8..16).unwrap().to_owned();
    events(&rules, polls, uses.iter(), t("2026-11-20T09:00"))
        .unwrap()
        .iter()
        .map(|event| {
            format!("{} {} {} {}–{}", event.kind.word(), event.bucket, event.amount, minute(event.from), minute(event.at))
        })
        .collect()
}

#[test]
fn p08_a_rise_near_a_due_reset_is_a_reset_and_elsewhere_a_top_up() {
    let polls = [
        seen("2026-11-06T09:00", "2026-11-06T21:00", "20", "5"),
        seen("2026-11-07T01:00", "2026-11-07T09:00", "95", "5"),
        seen("2026-11-12T09:00", "2026-11-12T10:00", "98", "205"),
    ];
    let expected =
        ["reset images 75 06T21:00–07T01:00", "top-up images 3 07T09:00–12T09:00", "top-up extra 200 07T09:00–12T09:00"];
    assert_eq!(told(Some(7), &polls, &[]), expected);
}

#[test]
fn p08_where_no_reset_day_is_known_a_rise_to_the_quota_is_a_reset() {
    let polls = [
        seen("2026-11-06T09:00", "2026-11-06T21:00", "20", "5"),
        seen("2026-11-07T01:00", "2026-11-07T09:00", "40", "5"),
        seen("2026-11-08T01:00", "2026-11-08T09:00", "96", "5"),
    ];
    assert_eq!(told(None, &polls, &[]), ["top-up images 20 06T21:00–07T01:00", "reset images 56 07T09:00–08T01:00"]);
}

#[test]
fn p08_a_drop_that_no_entry_explains_is_told_with_the_polls_around_it() {
    let polls = [
        seen("2026-11-10T09:00", "2026-11-10T10:00", "80", "5"),
        seen("2026-11-10T10:05", "2026-11-10T10:10", "50", "5"),
        seen("2026-11-10T10:15", "2026-11-10T10:15", "0", "1"),
    ];
    let drops = |uses: &[(&str, &str)]| told(Some(1), &polls, uses);
    assert_eq!(
        drops(&[]),
        [
            "unexplained-drop images 30 10T10:00–10T10:05",
            "unexplained-drop images 50 10T10:10–10T10:15",
            "unexplained-drop extra 4 10T10:10–10T10:15"
        ]
    );
    assert_eq!(drops(&[("2026-11-10T10:02", "30"), ("2026-11-10T10:12", "54")]), Vec::<String>::new());
    // An entry explains no more than it carries, the bucket first that is drawn first; it may be written down a little later.
    let part = drops(&[("2026-11-10T10:02", "30"), ("2026-11-10T10:12", "40"), ("2026-11-10T10:29", "11")]);
    assert_eq!(part, ["unexplained-drop extra 3 10T10:10–10T10:15"]);
    assert_eq!(drops(&[("2026-11-10T09:40", "30"), ("2026-11-10T10:31", "54")]).len(), 3, "these are other work");
}

#[test]
fn p08_what_lapses_is_no_drop() {
    // What had rolled over is cut to a new cycle.
    let cut =
        [seen("2026-10-31T09:00", "2026-10-31T20:00", "140", "5"), seen("2026-11-01T09:00", "2026-11-01T09:00", "100", "5")];
    assert_eq!(told(Some(1), &cut, &[]), Vec::<String>::new());
    let ends = |seen: Observation| Observation { subscription_ends_at: Some(t("2026-11-10T09:02")), ..seen };
    let lapsed = [
        ends(seen("2026-11-10T09:00", "2026-11-10T09:01", "80", "5")),
        ends(seen("2026-11-10T09:05", "2026-11-10T09:05", "0", "5")),
    ];
    assert_eq!(told(Some(1), &lapsed, &[]), Vec::<String>::new());
}

#[test]
fn p08_the_last_thirty_days_are_told_and_of_very_many_events_the_latest() {
    let old = [seen("2026-10-20T09:00", "2026-10-20T09:00", "80", "5"), seen("2026-10-21T08:00", "2026-10-21T08:00", "50", "5")];
    assert_eq!(told(Some(1), &old, &[]), Vec::<String>::new());
    let many: Vec<Observation> = (0..150)
        .map(|minute| {
            let at = format!("2026-11-19T{:02}:{:02}", 10 + minute / 60, minute % 60);
            seen(&at, &at, &(100 - minute % 2).to_string(), "5")
        })
        .collect();
    let told = told(Some(1), &many, &[]);
    assert_eq!((told.len(), told.last().unwrap().as_str()), (100, "unexplained-drop images 1 19T12:28–19T12:29"));
}
