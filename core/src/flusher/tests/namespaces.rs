//! Several namespaces: what happens to one changes nothing for another, and each record gets few copies.

use super::*;
use crate::{
    definition::DimensionSet,
    request::{MAX_DATUMS_PER_REQUEST, Request},
    strategies::cases,
};

fn unknown() -> Outcome {
    Outcome::Unknown(fault(FaultKind::Unavailable))
}

fn rejected() -> Outcome {
    Outcome::Rejected(fault(FaultKind::Invalid))
}

/// How often each record was sent, by series and value, in all requests that CloudWatch may have applied.
fn copies(bed: &Bed) -> BTreeMap<(u32, u64), u64> {
    let mut copies = BTreeMap::new();
    for (request, outcome) in bed.sink.requests.borrow().iter() {
        if matches!(outcome, Outcome::Applied | Outcome::Unknown(_)) {
            for datum in &request.datums {
                for sample in &datum.samples {
                    *copies.entry((datum.id.0, sample.value.to_bits())).or_default() += sample.count;
                }
            }
        }
    }
    copies
}

/// The maximum time that a record waits if CloudWatch answers within a millisecond.
fn longest() -> Duration {
    INTERVAL.mul_f64(1.0 + pace::JITTER) + millis(5)
}

#[test]
fn a_namespace_whose_outcomes_are_unknown_is_sent_three_times_whatever_another_one_does() {
    simulated(|bed| async move {
        let (failing, fine) = (bed.series("Failing", "tool"), bed.series("Fine", "tool"));
        bed.sink.judge(|request| if &*request.namespace == "Failing" { unknown() } else { Outcome::Applied });
        (0..10).for_each(|_| bed.record(failing, 1.0));
        for second in 0..600 {
            (0..5).for_each(|_| bed.record(fine, 1.0));
            sleep(millis(1_000)).await;
            assert!(bed.applied_of("Fine") + 5 * (longest().as_secs() + 1) >= 5 * second);
        }
        assert_eq!(copies(&bed)[&(failing, 1.0_f64.to_bits())], 30);
        assert_eq!(bed.snapshot().counts.possibly_duplicated, Points::records(20));
        bed.sink.judge(|_| Outcome::Applied);
        assert!(bed.flush(longest()).await.unwrap());
        assert_eq!(bed.applied_of("Failing"), 10);
    });
}

#[test]
fn accepted_requests_of_a_namespace_do_not_have_those_of_unknown_outcome_sent_again_and_again() {
    simulated(|bed| async move {
        let rollups = [DimensionSet::default()].into();
        let definition = Definition { rollups, ..metric("Orders", ["Tool"]) };
        let metric = bed.buffer.define(definition).unwrap().id;
        let parts: Vec<_> = (0..MAX_DATUMS_PER_REQUEST)
            .map(|tool| bed.buffer.resolve(metric, &[Some(&tool.to_string())]).unwrap().id.0)
            .collect();
        // The total is alone in the last request of a pass. It is applied, and its answer is lost.
        bed.sink.judge(|request| {
            let has_total = request.datums.iter().any(|datum| datum.id.is_rollup());
            if has_total { unknown() } else { Outcome::Applied }
        });
        for round in 0..50_u32 {
            for &part in &parts {
                bed.record(part, f64::from(round));
            }
            sleep(millis(500)).await;
        }
        let totals: Vec<_> =
            copies(&bed).into_iter().filter(|((id, _), _)| SeriesId(*id).is_rollup()).collect();
        assert!(!totals.is_empty());
        for ((_, value), count) in totals {
            // Three, one for each halving of a request that has other records as well, and the last.
            assert!(
                count <= (3 + 10 + 1) * 1_000,
                "{count} copies of 1,000 records with the value {}",
                f64::from_bits(value)
            );
        }
        // The last pass was at most one and a half intervals ago or, after a trial, one more.
        let most_rounds = u64::try_from(INTERVAL.mul_f64(2.5).as_millis() / 500).unwrap();
        let applied = bed.applied_points();
        assert!(applied >= (50 - most_rounds) * 1_000, "new records do not wait: {applied}");
        bed.sink.judge(|_| Outcome::Applied);
        assert!(bed.flush(millis(60_000)).await.unwrap());
        let counts = bed.snapshot().counts;
        assert_eq!(counts.applied, Points { records: 50_000, rollups: 50_000 });
        let sent: u64 = copies(&bed).values().sum();
        let Points { records, rollups } = counts.possibly_duplicated;
        assert_eq!(records + rollups, sent - 100_000);
    });
}

#[test]
fn a_refusal_of_one_namespace_delays_no_other_one_and_says_which() {
    simulated(|bed| async move {
        let refused: Vec<_> = (0..2_000).map(|tool| bed.series("Refused", &tool.to_string())).collect();
        let fine: Vec<_> = (0..20).map(|tool| bed.series("Fine", &tool.to_string())).collect();
        bed.sink
            .judge(|request| if &*request.namespace == "Refused" { rejected() } else { Outcome::Applied });
        for second in 0..120_u64 {
            for &series in refused.iter().chain(&fine) {
                bed.record(series, 1.0);
            }
            sleep(millis(1_000)).await;
            bed.buffer.drain();
            assert!(bed.applied_of("Fine") + 20 * (longest().as_secs() + 1) >= 20 * second, "{second}");
        }
        assert!(bed.requests_of("Refused") < 150, "{}", bed.requests_of("Refused"));
        let warnings = bed.warnings.take();
        assert!(
            warnings
                .iter()
                .all(|warning| warning.contains("CloudWatch refuses everything that is sent to Refused")),
            "{warnings:?}"
        );
        assert_eq!(bed.snapshot().counts.dropped_total(), Points::default());
    });
}

#[test]
fn a_poison_value_alone_in_its_namespace_is_kept_and_named_until_another_value_is_accepted() {
    simulated(|bed| async move {
        let (poison, fine) = (bed.series("Poison", "bad"), bed.series("Fine", "tool"));
        bed.sink.judge(move |request| {
            let is_bad = request.datums.iter().any(|datum| datum.id.0 == poison);
            if is_bad { rejected() } else { Outcome::Applied }
        });
        for _ in 0..400 {
            bed.record(poison, 1.0);
            bed.record(fine, 1.0);
            sleep(millis(100)).await;
        }
        assert_eq!(bed.snapshot().counts.dropped_total(), Points::default());
        let warnings = bed.warnings.take();
        assert!(
            warnings[0].contains("sent to Poison, at last Orders Tool=bad with the value 1e0"),
            "{warnings:?}"
        );
        bed.record(bed.series("Poison", "good"), 1.0);
        bed.flush(millis(60_000)).await.unwrap();
        assert_eq!(bed.snapshot().counts.dropped(DropReason::Rejected), Points::records(400));
        let warnings = bed.warnings.take();
        assert!(
            warnings.iter().any(|warning| {
                warning.starts_with("Metrics of Poison were not delivered; they are dropped")
                    && warning.contains("CloudWatch refuses Orders Tool=bad")
            }),
            "{warnings:?}"
        );
    });
}

#[test]
fn what_is_sent_to_a_namespace_in_a_search_does_not_delay_another_one_in_the_same_pass() {
    simulated(|bed| async move {
        for tool in 0..1_000 {
            bed.record(bed.series("Refused", &tool.to_string()), 1.0);
        }
        (0..6_000).for_each(|tool| bed.record(bed.series("Fine", &tool.to_string()), 1.0));
        bed.sink
            .judge(|request| if &*request.namespace == "Refused" { rejected() } else { Outcome::Applied });
        let _unawaited = bed.flush(INTERVAL);
        sleep(millis(4)).await;
        assert_eq!(bed.applied_of("Fine"), 6_000);
    });
}

#[test]
fn a_failure_of_a_namespace_leaves_the_queued_requests_of_others_where_they_are() {
    for outcome in [unknown(), Outcome::NotApplied(fault(FaultKind::Denied))] {
        simulated(|bed| async move {
            for tool in 0..3_000 {
                bed.record(bed.series("Failing", &tool.to_string()), 1.0);
            }
            (0..6_000).for_each(|tool| bed.record(bed.series("Fine", &tool.to_string()), 1.0));
            bed.sink.judge(
                move |request| {
                    if &*request.namespace == "Failing" { outcome.clone() } else { Outcome::Applied }
                },
            );
            let _unawaited = bed.flush(INTERVAL);
            sleep(millis(5)).await;
            assert_eq!((bed.applied_of("Fine"), bed.requests_of("Fine")), (6_000, 6));
        });
    }
}

/// What happens to the requests of a namespace while there is a fault.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Fine,
    Denied,
    Refused,
    Unavailable,
    /// Each request is applied, and its answer is lost.
    Unanswered,
    /// As before, if it has records.
    RecordsUnanswered,
}

impl Fate {
    fn judge(self, request: &Request) -> Outcome {
        let not_applied = |kind| Outcome::NotApplied(fault(kind));
        match self {
            Self::Fine => Outcome::Applied,
            Self::Denied => not_applied(FaultKind::Denied),
            Self::Refused => rejected(),
            Self::Unavailable => not_applied(FaultKind::Unavailable),
            Self::RecordsUnanswered if request.datums.is_empty() => rejected(),
            Self::Unanswered | Self::RecordsUnanswered => unknown(),
        }
    }

    /// The maximum number of times that a record is sent with an unknown outcome, in ten minutes.
    const fn most_copies(self) -> u64 {
        match self {
            // Three unknown outcomes in a row.
            Self::Unanswered => 3,
            // And then one record at a time, after pauses that double: a record that is always the one has the most.
            Self::RecordsUnanswered => 3 + 10,
            Self::Fine | Self::Denied | Self::Refused | Self::Unavailable => 0,
        }
    }
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        3 => Just(Fate::Fine),
        1 => Just(Fate::Denied),
        1 => Just(Fate::Refused),
        1 => Just(Fate::Unavailable),
        2 => Just(Fate::Unanswered),
        2 => Just(Fate::RecordsUnanswered),
    ]
}

/// The maximum number of series of a namespace.
const SERIES: u32 = 40;

const NAMES: [&str; 5] = ["A", "B", "C", "D", "E"];

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn each_namespace_has_its_own_fate_and_no_record_more_than_a_handful_of_copies(
        fates in prop::collection::vec(fate(), 1..=NAMES.len()),
        // A proxy applies larger requests of every namespace, and gives no answer.
        most_datums in prop_oneof![2 => Just(usize::MAX), 1 => 1..20_usize],
        series in prop::collection::vec(1..=SERIES, NAMES.len()),
        steps in prop::collection::vec(
            (0..NAMES.len(), prop_oneof![3 => Just(0), 3 => 1..2_000_u64, 1 => 2_000..20_000_u64], any::<u8>()),
            1..120,
        ),
    ) {
        simulated(|bed| async move {
            let judged = fates.clone();
            let fate_of = move |namespace: &str| judged[NAMES.iter().position(|name| *name == namespace).unwrap()];
            bed.sink.judge(move |request| match fate_of(&request.namespace) {
                Fate::Fine if request.datums.len() > most_datums => unknown(),
                fate => fate.judge(request),
            });
            let names: Vec<_> = NAMES[..fates.len()].to_vec();
            let series: Vec<Vec<_>> = names.iter().zip(&series)
                .map(|(name, most)| (0..*most).map(|tool| bed.series(name, &tool.to_string())).collect())
                .collect();
            let mut made: Vec<Vec<Instant>> = vec![Vec::new(); names.len()];
            let mut value = 0_u32;
            for (which, pause, choice) in steps {
                let which = which % names.len();
                // A burst in all series, or a record in one.
                let burst = if choice < 64 { series[which].len() } else { 1 };
                for &series in &series[which][..burst] {
                    value += 1;
                    bed.record(series, f64::from(value));
                    made[which].push(Instant::now());
                }
                if choice.is_multiple_of(16) {
                    drop(bed.flush(millis(u64::from(choice) * 20)));
                }
                sleep(millis(pause)).await;
                for ((name, fate), made) in names.iter().zip(&fates).zip(&made) {
                    if *fate == Fate::Fine && most_datums == usize::MAX {
                        let due = made.iter().filter(|made| made.elapsed() > longest()).count() as u64;
                        assert!(bed.applied_of(name) >= due, "{} of {due} in {name}", bed.applied_of(name));
                    }
                }
                let _ = bed.snapshot();
            }
            let of_series = |id: u32| series.iter().position(|all| all.contains(&id)).unwrap();
            for ((id, _), count) in copies(&bed) {
                let fate = fates[of_series(id)];
                // Each halving costs one, and one more if it was accepted after all.
                let most = fate.most_copies() + if most_datums == usize::MAX { 1 } else { 4 + 6 };
                assert!(count <= most, "{count} with the fate {fate:?}");
            }
            bed.sink.judge(|_| Outcome::Applied);
            assert!(bed.flush(millis(120_000)).await.unwrap());
            let counts = bed.snapshot().counts;
            assert_eq!((counts.applied, counts.dropped_total()), (Points::records(value.into()), Points::default()));
            let sent: u64 = copies(&bed).values().sum();
            assert_eq!(counts.possibly_duplicated, Points::records(sent - u64::from(value)));
        });
    }
}
