//! Properties that hold for any sequence of records, waits, flushes and answers.

use super::*;
use crate::strategies::cases;

#[derive(Clone, Debug)]
enum Step {
    Record { series: u32, value: u32 },
    Wait(u64),
    Flush,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (0..5_u32, 0..20_u32).prop_map(|(series, value)| Step::Record { series, value }),
        4 => prop_oneof![0..50_u64, 900..1_100_u64, 20_000..70_000_u64].prop_map(Step::Wait),
        1 => Just(Step::Flush),
    ];
    prop::collection::vec(step, 1..120)
}

fn outcomes() -> impl Strategy<Value = Vec<(Outcome, u64)>> {
    let outcome = prop_oneof![
        Just(Outcome::Applied),
        Just(throttled()),
        Just(Outcome::TooLarge(fault(FaultKind::Invalid))),
        Just(Outcome::Unknown(fault(FaultKind::Unanswered))),
        Just(Outcome::Rejected(fault(FaultKind::Invalid))),
    ];
    prop::collection::vec((outcome, prop_oneof![Just(0), 1..5_000_u64]), 0..40)
}

const fn is_unknown(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Unknown(_))
}

/// Answers after which records are kept or applied.
fn answers() -> impl Strategy<Value = Vec<(Outcome, u64)>> {
    let outcome = prop_oneof![
        2 => Just(Outcome::Applied),
        1 => Just(throttled()),
        1 => Just(Outcome::TooLarge(fault(FaultKind::Invalid))),
        1 => Just(Outcome::Unknown(fault(FaultKind::Unanswered))),
    ];
    prop::collection::vec((outcome, prop_oneof![Just(0), 1..5_000_u64]), 0..40)
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn every_record_is_in_exactly_one_place(steps in steps(), outcomes in outcomes()) {
        simulated(|bed| async move {
            for tool in 0..5 {
                assert_eq!(bed.resolve(&tool.to_string()), tool);
            }
            for (outcome, after) in outcomes {
                bed.answer(outcome, millis(after));
            }
            let mut recorded = 0;
            for step in steps {
                match step {
                    Step::Record { series, value } => {
                        bed.record(series, f64::from(value));
                        recorded += 1;
                    }
                    Step::Wait(time) => sleep(millis(time)).await,
                    Step::Flush => drop(bed.flush(millis(500))),
                }
                assert_eq!(bed.snapshot().counts.recorded, Points::records(recorded));
            }
            bed.sink.script.borrow_mut().clear();
            bed.flush(millis(600_000)).await.unwrap();
            let Snapshot { counts, buffered, .. } = bed.snapshot();
            assert_eq!((buffered, counts.in_flight), (Points::records(0), Points::records(0)));
            assert_eq!(bed.applied_points(), counts.applied.records);
            assert_eq!(counts.applied.records + counts.dropped(DropReason::Rejected).records, recorded);
        });
    }

    #[test]
    fn each_record_is_in_the_minute_of_its_recording(
        moments in prop::collection::vec((prop_oneof![0..50_u64, 900..3_000_u64, 25_000..90_000_u64],
            prop::option::weighted(0.1, -7_200_000..7_200_000_i64)), 1..80),
    ) {
        simulated(|bed| async move {
            let series = bed.resolve("tool");
            let mut expected: BTreeMap<i64, u64> = BTreeMap::new();
            for (pause, step) in moments {
                sleep(millis(pause)).await;
                if let Some(step) = step {
                    // The flusher wakes for the last record, and sees at its next drain that the clock was set.
                    sleep(millis(1)).await;
                    bed.clock.offset.fetch_add(step, Ordering::SeqCst);
                    sleep(DRAIN_INTERVAL + millis(1)).await;
                }
                if bed.clock.now().0.rem_euclid(60_000) == 0 {
                    // In the millisecond of a boundary, the order of drain and record is not defined.
                    sleep(millis(1)).await;
                }
                let WindowStart(window) = Resolution::Minute.window(bed.clock.now());
                bed.record(series, 1.0);
                *expected.entry(window).or_default() += 1;
            }
            bed.flush(INTERVAL).await.unwrap();
            let applied: BTreeMap<i64, u64> = bed
                .applied()
                .into_iter()
                .map(|((window, _), values)| (window, values.values().sum()))
                .collect();
            assert_eq!(applied, expected);
        });
    }

    #[test]
    fn each_value_is_applied_once_in_its_window_or_counted_as_dropped(
        steps in steps(),
        answers in answers(),
        max_buffered_datums in prop_oneof![1..8_usize, Just(10_000)],
    ) {
        with_limits(Limits { max_buffered_datums, max_series: 5, ..LIMITS }, |bed| async move {
            for tool in 0..5 {
                assert_eq!(bed.resolve(&tool.to_string()), tool);
            }
            for (outcome, after) in answers {
                bed.answer(outcome, millis(after));
            }
            let mut recorded: BTreeMap<u32, BTreeMap<u64, u64>> = BTreeMap::new();
            for step in steps {
                match step {
                    Step::Record { series, value } => {
                        bed.record(series, f64::from(value));
                        let values = recorded.entry(series).or_default();
                        *values.entry(f64::from(value).to_bits()).or_default() += 1;
                    }
                    Step::Wait(time) => sleep(millis(time)).await,
                    Step::Flush => drop(bed.flush(millis(500))),
                }
                let Snapshot { counts, buffered, .. } = bed.snapshot();
                let all: u64 = recorded.values().flat_map(BTreeMap::values).sum();
                assert_eq!(counts.recorded, Points::records(all));
                assert!(counts.possibly_duplicated.records <= bed.answered_points(is_unknown));
                assert_eq!(counts.applied.records, bed.applied_points());
                assert!(bed.buffer.drain().size.datums <= max_buffered_datums + 5 + 1);
                assert_eq!(counts.dropped_total(), counts.dropped(DropReason::BufferFull));
                assert!(buffered.records <= all);
            }
            bed.sink.script.borrow_mut().clear();
            bed.flush(millis(600_000)).await.unwrap();
            let Snapshot { counts, buffered, .. } = bed.snapshot();
            assert_eq!((buffered, counts.in_flight), (Points::records(0), Points::records(0)));
            let throttled = |outcome: &Outcome| matches!(outcome, Outcome::NotApplied(_));
            assert_eq!(counts.throttled, bed.answered(throttled) as u64);
            let requests = bed.sink.requests.borrow();
            let again = requests.iter().filter(|(request, outcome)| !request.datums.is_empty() && *outcome != Outcome::Applied);
            assert_eq!(counts.retries, again.count() as u64);
            drop(requests);

            let dropped = counts.dropped(DropReason::BufferFull).records;
            // Each record was applied once. If those with an unknown outcome were too, these are the copies.
            let unknown = bed.answered_points(is_unknown);
            assert!(counts.possibly_duplicated.records <= unknown);
            assert!(dropped > 0 || counts.possibly_duplicated.records == unknown);
            let mut applied: BTreeMap<u32, BTreeMap<u64, u64>> = BTreeMap::new();
            for ((_, series), values) in bed.applied() {
                for (value, count) in values {
                    *applied.entry(series).or_default().entry(value).or_default() += count;
                }
            }
            if dropped == 0 {
                assert_eq!(applied, recorded);
            } else {
                let all: u64 = recorded.values().flat_map(BTreeMap::values).sum();
                assert_eq!(bed.applied_points() + dropped, all);
                for (series, values) in applied {
                    assert!(values.iter().all(|(value, count)| count <= &recorded[&series][value]));
                }
            }
        });
    }

    #[test]
    fn a_flush_ends_by_its_deadline_and_earlier_only_if_all_earlier_records_are_settled(
        rounds in prop::collection::vec((1..40_u32, 0..3_000_u64, 0..12_000_u64), 1..8),
        answers in answers(),
    ) {
        simulated(|bed| async move {
            let series = bed.resolve("tool");
            for (outcome, after) in answers {
                bed.answer(outcome, millis(after));
            }
            let mut recorded = 0;
            for (records, pause, within) in rounds {
                for _ in 0..records {
                    bed.record(series, f64::from(recorded));
                    recorded += 1;
                }
                let (began, flush) = (Instant::now(), bed.flush(millis(within)));
                // The flush need not wait for this one.
                bed.record(series, 1e6 + f64::from(recorded));
                flush.await.unwrap();
                let took = began.elapsed();
                assert!(took <= millis(within) + millis(1), "{took:?} of {within} ms");
                if took < millis(within) {
                    let applied: Vec<u64> =
                        bed.applied().into_values().flat_map(BTreeMap::into_keys).collect();
                    let missing = (0..recorded).find(|&value| !applied.contains(&f64::from(value).to_bits()));
                    assert_eq!(missing, None, "of {recorded}");
                }
                sleep(millis(pause)).await;
            }
        });
    }

    #[test]
    fn no_record_waits_longer_than_the_interval_if_cloudwatch_answers(
        pauses in prop::collection::vec(prop_oneof![0..20_u64, 400..6_000_u64, 50_000..70_000_u64], 1..60),
    ) {
        simulated(|bed| async move {
            let series = bed.resolve("tool");
            let mut moments = Vec::new();
            for pause in pauses {
                bed.record(series, 1.0);
                moments.push(Instant::now());
                sleep(millis(pause)).await;
                let longest = INTERVAL.mul_f64(1.0 + pace::JITTER) + millis(2);
                let due = moments.iter().filter(|moment| moment.elapsed() > longest).count() as u64;
                assert!(bed.applied_points() >= due, "{} of {due}", bed.applied_points());
            }
            let requests = bed.sink.requests.borrow().len();
            assert!(requests <= moments.len(), "{requests} requests for {} records", moments.len());
        });
    }
}
