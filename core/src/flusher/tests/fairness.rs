//! Tests of many series: whose turn it is when CloudWatch accepts few requests, and bursts.

use super::*;
use crate::{definition::DimensionSet, request::MAX_DATUMS_PER_REQUEST};

/// Accepts one request a second, and throttles the others.
fn one_a_second() -> impl Fn(&Request) -> Outcome {
    let last = Cell::new(Instant::now() - Duration::from_secs(1));
    move |_| {
        if last.get().elapsed() < Duration::from_secs(1) {
            return throttled();
        }
        last.set(Instant::now());
        Outcome::Applied
    }
}

#[test]
fn at_one_request_a_second_every_series_arrives_and_nothing_is_lost() {
    const SERIES: u32 = 10_000;
    const SECONDS: u64 = 180;
    let limits = Limits {
        max_buffered_datums: 100_000,
        max_buffered_bytes: 64_000_000,
        max_series: 10_000,
        resolution: Resolution::Minute,
    };
    with_limits(limits, |bed| async move {
        let series: Vec<_> = (0..SERIES).map(|tool| bed.resolve(&tool.to_string())).collect();
        bed.sink.judge(one_a_second());
        for _ in 0..SECONDS {
            for &series in &series {
                bed.record(series, 1.0);
            }
            // The ring has room for one second.
            bed.buffer.drain();
            sleep(millis(1_000)).await;
        }
        let snapshot = bed.snapshot();
        assert_eq!(snapshot.counts.dropped_total(), Points::records(0));
        let arrived: std::collections::BTreeSet<_> =
            bed.applied().into_keys().map(|(_, series)| series).collect();
        assert_eq!(arrived.len(), SERIES as usize);
        bed.flush(millis(120_000)).await.unwrap();
        assert_eq!(bed.applied_points(), u64::from(SERIES) * SECONDS);
    });
}

#[test]
fn after_a_throttled_pass_fewer_requests_are_in_flight_and_after_others_more() {
    simulated(|bed| async move {
        let series: Vec<_> = (0..9_000).map(|tool: u32| bed.resolve(&tool.to_string())).collect();
        let record = || series.iter().for_each(|&series| bed.record(series, 1.0));
        record();
        bed.sink.judge(|_| throttled());
        bed.flush(millis(5_000)).await.unwrap();
        assert_eq!(bed.sink.peaks.borrow()[..4], [4, 2, 1, 1]);
        bed.sink.judge(|_| Outcome::Applied);
        bed.flush(INTERVAL).await.unwrap();
        bed.sink.peaks.borrow_mut().clear();
        for _ in 0..4 {
            record();
            bed.flush(INTERVAL).await.unwrap();
        }
        // Nine requests a pass.
        assert_eq!(*bed.sink.peaks.borrow(), [2, 2, 2, 2, 1, 3, 3, 3, 4, 4, 1, 4, 4, 1]);
    });
}

#[test]
fn a_request_that_always_fails_does_not_hold_up_the_others() {
    simulated(|bed| async move {
        for tool in 0..9_000 {
            bed.record(bed.resolve(&tool.to_string()), 1.0);
        }
        // One request at a time is in flight.
        for _ in 0..3 {
            bed.sink.judge(|_| throttled());
            bed.flush(millis(1)).await.unwrap();
            sleep(millis(5)).await;
        }
        // The request that has the first series times out, whenever it is sent.
        bed.sink.judge(|request| {
            if request.datums.iter().any(|datum| datum.id.0 == 0) {
                Outcome::Unknown(fault(FaultKind::Unanswered))
            } else {
                Outcome::Applied
            }
        });
        bed.flush(millis(60_000)).await.unwrap();
        assert!(bed.applied_points() >= 9_000 - MAX_DATUMS_PER_REQUEST as u64, "{}", bed.applied_points());
    });
}

#[test]
fn a_burst_of_more_series_than_may_wait_loses_nothing_if_cloudwatch_accepts() {
    let limits = Limits {
        max_buffered_datums: 10_000,
        max_buffered_bytes: 64_000_000,
        max_series: 20_000,
        resolution: Resolution::Minute,
    };
    with_limits(limits, |bed| async move {
        for tool in 0..12_000 {
            bed.record(bed.resolve(&tool.to_string()), 1.0);
        }
        bed.commands.send(Command::Wake).unwrap();
        sleep(millis(1)).await;
        assert_eq!(bed.applied_points(), 12_000, "waking starts a pass");
    });
}

#[test]
fn the_maximum_of_series_and_the_overflow_fit_into_the_buffer() {
    let limits = Limits {
        max_buffered_datums: 10_000,
        max_buffered_bytes: 64_000_000,
        max_series: 10_000,
        resolution: Resolution::Minute,
    };
    with_limits(limits, |bed| async move {
        for tool in 0..10_100 {
            bed.record(bed.resolve(&tool.to_string()), 1.0);
        }
        bed.buffer.drain();
        bed.flush(INTERVAL).await.unwrap();
        assert_eq!(bed.applied_points(), 10_100);
        assert_eq!(bed.applied().len(), 10_001);
    });
}

#[test]
fn each_combination_of_rollups_of_folded_labels_fits_into_the_buffer_too() {
    const VALUES: usize = 20;
    let limits = Limits {
        max_buffered_datums: 60,
        max_buffered_bytes: 64_000_000,
        max_series: 2 * VALUES,
        resolution: Resolution::Minute,
    };
    with_limits(limits, |bed| async move {
        let rollups = [DimensionSet::of([0]), DimensionSet::of([1])];
        let definition = Definition { rollups: rollups.into(), ..metric("Orders", ["Region", "Plan"]) };
        let metric = bed.buffer.define(definition).unwrap().id;
        let names: Vec<_> = (0..VALUES).map(|value| value.to_string()).collect();
        let resolve = |region: &str, plan: &str| {
            bed.buffer.resolve(metric, &[Some(region), Some(plan)]).unwrap().marked_id().0
        };
        // The roll-ups are all that there is room for.
        for name in &names {
            resolve(name, name);
        }
        let folded: Vec<_> =
            names.iter().flat_map(|region| names.iter().map(|plan| resolve(region, plan))).collect();
        bed.record(folded[0], 1.0);
        assert!(bed.flush(INTERVAL).await.unwrap());
        for &series in &folded {
            bed.record(series, 1.0);
        }
        bed.buffer.drain();
        assert!(bed.flush(INTERVAL).await.unwrap());
        assert_eq!(bed.snapshot().counts.applied.records, 1 + folded.len() as u64);
    });
}

#[test]
fn at_one_request_a_second_every_namespace_gets_its_turn() {
    simulated(|bed| async move {
        let names: Vec<_> = (0..5).map(|number| format!("Namespace{number}")).collect();
        let series: Vec<_> = names.iter().map(|name| bed.series(name, "tool")).collect();
        bed.sink.judge(one_a_second());
        // Within a window, because the oldest one goes first.
        for _ in 0..58 {
            for &series in &series {
                bed.record(series, 1.0);
            }
            sleep(millis(1_000)).await;
        }
        let applied: Vec<_> = names.iter().map(|name| bed.applied_of(name)).collect();
        assert!(applied.iter().all(|&applied| applied > 0), "{applied:?}");
    });
}

#[test]
fn a_namespace_with_many_requests_does_not_delay_another_one() {
    simulated(|bed| async move {
        for tool in 0..8_000 {
            bed.record(bed.series("Large", &tool.to_string()), 1.0);
        }
        bed.record(bed.series("Small", "tool"), 1.0);
        (0..100).for_each(|_| bed.answer(Outcome::Applied, millis(1_000)));
        let _unawaited = bed.flush(INTERVAL);
        sleep(millis(1_010)).await;
        assert_eq!((bed.applied_of("Small"), bed.requests_of("Large")), (1, 3));
    });
}

#[test]
fn a_pass_that_fails_in_part_is_not_repeated_without_a_pause() {
    simulated(|bed| async move {
        for tool in 0..2_000 {
            bed.record(bed.resolve(&tool.to_string()), 1.0);
        }
        let (failing, fine) = (bed.resolve("0"), bed.resolve("1999"));
        bed.sink.judge(move |request| {
            if request.datums.iter().any(|datum| datum.id.0 == failing) {
                Outcome::NotApplied(fault(FaultKind::Unavailable))
            } else {
                Outcome::Applied
            }
        });
        for _ in 0..600 {
            bed.record(fine, 1.0);
            sleep(millis(100)).await;
        }
        let failed = bed.answered(|outcome| matches!(outcome, Outcome::NotApplied(_)));
        // A quarter of a second on average, as after each first failure.
        assert!(failed < 300, "{failed} in a minute");
    });
}
