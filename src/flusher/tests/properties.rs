//! What holds whatever happens.

use super::*;

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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_happens_every_record_is_in_exactly_one_place(steps in steps(), outcomes in outcomes()) {
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
                assert_eq!(bed.snapshot().counts.recorded, Points(recorded));
            }
            bed.sink.script.borrow_mut().clear();
            bed.flush(millis(600_000)).await.unwrap();
            let Snapshot { counts, buffered, .. } = bed.snapshot();
            assert_eq!((buffered, counts.in_flight), (Points(0), Points(0)));
            assert_eq!(bed.applied_points(), counts.applied.0);
            assert_eq!(counts.applied.0 + counts.dropped(DropReason::Rejected).0, recorded);
        });
    }

    #[test]
    fn each_record_lands_in_the_minute_in_which_it_was_made(
        moments in prop::collection::vec((prop_oneof![0..50_u64, 900..3_000_u64, 25_000..90_000_u64],
            prop::option::weighted(0.1, -7_200_000..7_200_000_i64)), 1..80),
    ) {
        simulated(|bed| async move {
            let series = bed.resolve("tool");
            let mut expected: BTreeMap<i64, u64> = BTreeMap::new();
            for (pause, step) in moments {
                sleep(millis(pause)).await;
                if let Some(step) = step {
                    // The flusher has woken for the last record, and notices a clock that is set at its next
                    // drain.
                    sleep(millis(1)).await;
                    bed.clock.offset.fetch_add(step, Ordering::SeqCst);
                    sleep(DRAIN_INTERVAL + millis(1)).await;
                }
                if bed.clock.now().0.rem_euclid(60_000) == 0 {
                    // In the very millisecond of a boundary, the drain and the record have no order.
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
}
