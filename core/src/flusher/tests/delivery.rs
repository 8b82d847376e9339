//! Tests of what happens to records after each outcome.

use super::{
    backoff::{FIRST_BACKOFF, MAX_BACKOFF},
    *,
};

#[test]
fn backoff_has_full_jitter_from_half_a_second_to_a_minute_and_ends_with_success() {
    let longest = Cell::new(Duration::ZERO);
    let (lowest, highest) = (Cell::new(1.0_f64), Cell::new(0.0_f64));
    for _ in 0..10 {
        simulated(|bed| {
            let (longest, lowest, highest) = (&longest, &lowest, &highest);
            async move {
                let series = bed.resolve("tool");
                bed.record(series, 1.0);
                for _ in 0..12 {
                    bed.answer(unreachable(), Duration::ZERO);
                }
                sleep(2 * INTERVAL).await;
                let mut attempts = bed.sink.requests.borrow().len();
                let mut last = Instant::now();
                while bed.applied_points() == 0 {
                    sleep(millis(50)).await;
                    let now = bed.sink.requests.borrow().len();
                    if now > attempts {
                        let bound = FIRST_BACKOFF * 2_u32.pow(u32::try_from(now).unwrap().min(8) - 1);
                        let gap = last.elapsed();
                        assert!(gap <= bound.min(MAX_BACKOFF) + millis(100), "{gap:?} at attempt {now}");
                        longest.set(longest.get().max(gap));
                        if now > 5 {
                            let share = gap.as_secs_f64() / bound.min(MAX_BACKOFF).as_secs_f64();
                            lowest.set(lowest.get().min(share));
                            highest.set(highest.get().max(share));
                        }
                        (attempts, last) = (now, Instant::now());
                    }
                }
                let snapshot = bed.snapshot();
                assert_eq!((bed.sink.requests.borrow().len(), snapshot.counts.retries), (13, 12));
                assert_eq!(snapshot.counts.throttled, 0);
            }
        });
    }
    assert!(longest.get() > millis(40_000), "the longest of 120 backoffs was {:?}", longest.get());
    assert!(lowest.get() < 0.2 && highest.get() > 0.8, "{} to {} of the bound", lowest.get(), highest.get());
}

#[test]
fn after_a_success_backoff_starts_from_its_first_limit() {
    simulated(|bed| async move {
        let series = bed.resolve("tool");
        bed.record(series, 1.0);
        for _ in 0..12 {
            bed.answer(unreachable(), Duration::ZERO);
        }
        while bed.applied_points() == 0 {
            sleep(millis(1_000)).await;
        }
        bed.record(series, 2.0);
        bed.answer(unreachable(), Duration::ZERO);
        let attempts = bed.sink.requests.borrow().len();
        while bed.sink.requests.borrow().len() == attempts {
            sleep(millis(10)).await;
        }
        sleep(FIRST_BACKOFF + millis(10)).await;
        assert_eq!(bed.applied_points(), 2);
    });
}

#[test]
fn an_unknown_outcome_is_sent_again_and_counted_as_possibly_duplicated() {
    simulated(|bed| async move {
        let series = bed.resolve("tool");
        bed.record(series, 1.0);
        bed.record(series, 2.0);
        bed.answer(Outcome::Unknown(fault(FaultKind::Unanswered)), millis(10));
        bed.flush(INTERVAL).await.unwrap();
        let counts = bed.snapshot().counts;
        assert_eq!((counts.applied, counts.possibly_duplicated), (Points::records(2), Points::records(2)));
        assert_eq!((counts.throttled, counts.retries), (0, 1));
        assert_eq!(counts.last_fault.unwrap().fault.kind, FaultKind::Unanswered);
    });
}

#[test]
fn of_a_refused_request_only_the_invalid_datum_is_dropped() {
    simulated(|bed| async move {
        for tool in 0..64 {
            bed.record(bed.resolve(&tool.to_string()), f64::from(tool));
        }
        bed.sink.judge(|request| {
            let has_first = request.datums.iter().any(|datum| datum.id.0 == 0);
            if has_first { Outcome::Rejected(fault(FaultKind::Invalid)) } else { Outcome::Applied }
        });
        bed.flush(INTERVAL).await.unwrap();
        // 64 -> 32 -> 16 -> 8 -> 4 -> 2 -> 1. Before it is dropped, a request without records and the
        // invalid datum are sent.
        let snapshot = bed.snapshot();
        assert_eq!(snapshot.counts.dropped(DropReason::Rejected), Points::records(1));
        assert_eq!((bed.applied_points(), bed.sink.requests.borrow().len()), (63, 15));
        assert!(bed.applied().keys().all(|(_, series)| *series != 0));
        let warning = &bed.warnings.take()[0];
        assert!(
            warning.contains("they are dropped: CloudWatch refuses Orders Tool=0 with the value 0e0"),
            "{warning}"
        );
    });
}

#[test]
fn a_request_that_is_too_large_is_halved_and_nothing_is_dropped() {
    simulated(|bed| async move {
        for tool in 0..10 {
            bed.record(bed.resolve(&tool.to_string()), 1.0);
        }
        bed.answer(Outcome::TooLarge(fault(FaultKind::Invalid)), Duration::ZERO);
        bed.flush(INTERVAL).await.unwrap();
        let sizes: Vec<_> =
            bed.sink.requests.borrow().iter().map(|(request, _)| request.datums.len()).collect();
        assert_eq!(sizes, [10, 5, 5]);
        let counts = bed.snapshot().counts;
        assert_eq!((counts.applied, counts.retries), (Points::records(10), 1));
    });
}

#[test]
fn a_single_datum_that_is_too_large_waits_and_is_sent_again() {
    simulated(|bed| async move {
        let series = bed.resolve("tool");
        bed.record(series, 1.0);
        bed.answer(Outcome::TooLarge(fault(FaultKind::Invalid)), Duration::ZERO);
        bed.flush(INTERVAL).await.unwrap();
        assert_eq!(bed.snapshot().counts.applied, Points::records(1));
    });
}

#[test]
fn records_that_are_sent_again_keep_the_minute_of_their_recording() {
    simulated(|bed| async move {
        let series = bed.resolve("tool");
        bed.record(series, 1.0);
        for _ in 0..20 {
            bed.answer(throttled(), Duration::ZERO);
        }
        while bed.applied_points() == 0 {
            sleep(millis(60_000)).await;
        }
        assert_eq!(bed.applied().keys().next().unwrap().0, START / 1_000);
    });
}

#[test]
fn a_day_without_cloudwatch_fills_at_most_the_buffer_and_every_dropped_record_is_counted() {
    let limits = Limits { max_buffered_datums: 100, ..LIMITS };
    with_limits(limits, |bed| async move {
        let series = bed.resolve("tool");
        for _ in 0..10_000 {
            bed.answer(throttled(), millis(20));
        }
        for _ in 0..24 * 60 {
            bed.record(series, 1.0);
            sleep(millis(60_000)).await;
        }
        let snapshot = bed.snapshot();
        assert!(snapshot.buffered.records <= 100 && snapshot.counts.in_flight.records <= 101);
        assert!(snapshot.counts.dropped(DropReason::BufferFull).records >= 24 * 60 - 201);
        bed.sink.script.borrow_mut().clear();
        bed.flush(INTERVAL).await.unwrap();
        let oldest = bed.applied().keys().next().unwrap().0;
        assert!(oldest > (START / 1_000) + 22 * 60 * 60, "the oldest go first");
        let is_about_drops = |warning: &String| warning.contains("maxBufferedDatums");
        assert!(bed.warnings.take().iter().any(is_about_drops));
        for _ in 0..10 {
            bed.record(series, 1.0);
            sleep(millis(60_000)).await;
        }
        assert!(!bed.warnings.take().iter().any(is_about_drops), "drops are reported once");
    });
}

#[test]
fn records_too_old_for_cloudwatch_are_dropped_and_counted() {
    simulated(|bed| async move {
        let series = bed.resolve("tool");
        bed.record(series, 1.0);
        bed.sink.judge(|_| throttled());
        bed.flush(millis(1)).await.unwrap();
        let two_weeks = 14 * 24 * 60 * 60 * 1_000;
        for (age, dropped) in [(two_weeks - 60_000, 0), (two_weeks + 1_000, 1)] {
            sleep(FLUSH_SPACING).await;
            bed.clock.offset.store(age, Ordering::SeqCst);
            bed.flush(2 * FLUSH_SPACING).await.unwrap();
            assert_eq!(bed.snapshot().counts.dropped(DropReason::TooOld), Points::records(dropped));
        }
    });
}

#[test]
fn records_that_become_too_old_while_they_wait_their_turn_are_dropped_and_counted() {
    simulated(|bed| async move {
        for namespace in ["a", "b", "c", "d"] {
            bed.record(bed.series(namespace, "tool"), 1.0);
            bed.answer(Outcome::Applied, INTERVAL);
        }
        let [partly, entirely] = ["e", "f"].map(|namespace| bed.series(namespace, "tool"));
        bed.record(partly, 1.0);
        bed.record(entirely, 1.0);
        bed.buffer.drain();
        bed.clock.offset.store(60_000, Ordering::SeqCst);
        bed.buffer.drain();
        bed.record(partly, 2.0);
        let flush = bed.flush(2 * INTERVAL);
        sleep(millis(1)).await;
        assert_eq!(bed.snapshot().counts.in_flight, Points::records(7));
        bed.clock.offset.store(14 * 24 * 60 * 60 * 1_000, Ordering::SeqCst);
        assert!(flush.await.unwrap());
        let counts = bed.snapshot().counts;
        assert_eq!(counts.dropped(DropReason::TooOld), Points::records(2));
        assert_eq!((bed.applied_of("e"), bed.requests_of("f")), (1, 0));
    });
}

#[test]
fn warnings_say_what_happens_to_the_records_and_what_to_do() {
    for (kind, advice) in [
        (FaultKind::Unreachable, "check the region, the endpoint, DNS, proxy and CA certificates"),
        (FaultKind::Unresolved, "a name was not resolved: check the endpoint, the region, the proxy and DNS"),
        (FaultKind::Untrusted, "its certificate was refused"),
        (FaultKind::Throttled, "quota"),
        (FaultKind::NoCredentials, "check the keys in the environment, the profile, or the role"),
        (FaultKind::Denied, "allow cloudwatch:PutMetricData"),
        (FaultKind::BadSignature, "check the system's clock"),
        (FaultKind::Unanswered, "no answer came in time"),
        (FaultKind::Unavailable, "CloudWatch failed"),
        (FaultKind::Invalid, "please report it"),
        (FaultKind::Internal, "please report it"),
    ] {
        simulated(|bed| async move {
            let series = bed.resolve("tool");
            bed.record(series, 1.0);
            for _ in 0..5 {
                bed.answer(Outcome::NotApplied(fault(kind)), Duration::ZERO);
            }
            bed.flush(INTERVAL).await.unwrap();
            let warnings = bed.warnings.take();
            assert_eq!(warnings.len(), 1, "{warnings:?}");
            for part in ["kept and sent again", advice, &format!("{kind:?}: on purpose")] {
                assert!(warnings[0].contains(part), "{part} in {}", warnings[0]);
            }
        });
    }
}

#[test]
fn warnings_of_different_kinds_do_not_hold_each_other_back() {
    simulated(|bed| async move {
        let series = bed.resolve("tool");
        bed.record(series, 1.0);
        bed.answer(throttled(), Duration::ZERO);
        bed.answer(Outcome::NotApplied(fault(FaultKind::Denied)), Duration::ZERO);
        bed.flush(INTERVAL).await.unwrap();
        assert_eq!(bed.warnings.take().len(), 2);
    });
}

#[test]
fn requests_that_fail_together_count_as_one_failure() {
    for _ in 0..8 {
        with_limits(Limits { max_buffered_datums: 8_000, ..LIMITS }, |bed| async move {
            (0..4_000).for_each(|tool: u32| bed.record(bed.resolve(&tool.to_string()), 1.0));
            (0..4).for_each(|_| bed.answer(unreachable(), millis(10)));
            sleep(DRAIN_INTERVAL + millis(15) + FIRST_BACKOFF + millis(5)).await;
            assert_eq!(bed.applied_points(), 4_000);
        });
    }
}

#[test]
fn after_a_failure_queued_requests_are_merged_back_too() {
    simulated(|bed| async move {
        (0..6_000).for_each(|tool: u32| bed.record(bed.resolve(&tool.to_string()), 1.0));
        bed.answer(throttled(), Duration::ZERO);
        (0..3).for_each(|_| bed.answer(Outcome::Applied, millis(10)));
        let start = Instant::now();
        bed.flush(millis(60_000)).await.unwrap();
        assert!(start.elapsed() < millis(60_000), "settled before its deadline");
        let first = |(request, _): &(Request, Outcome)| request.datums[0].id.0;
        let begun: Vec<_> = bed.sink.requests.borrow().iter().map(first).collect();
        let again = begun.iter().rposition(|&series| series == 0).unwrap();
        assert!(again > 0 && begun.iter().position(|&series| series == 4_000).unwrap() > again, "{begun:?}");
    });
}

#[test]
fn records_merged_back_beyond_the_maximum_are_dropped_at_once() {
    with_limits(Limits { max_buffered_datums: 3, ..LIMITS }, |bed| async move {
        (0..3).for_each(|tool: u32| bed.record(bed.resolve(&tool.to_string()), 1.0));
        bed.answer(throttled(), millis(100));
        (0..50).for_each(|_| bed.answer(throttled(), Duration::ZERO));
        drop(bed.flush(millis(1)));
        sleep(millis(50)).await;
        (3..6).for_each(|tool: u32| bed.record(bed.resolve(&tool.to_string()), 1.0));
        bed.buffer.drain();
        sleep(millis(51)).await;
        let Snapshot { counts, buffered, .. } = bed.snapshot();
        assert!(buffered.records + counts.in_flight.records <= 3, "{counts:?}");
    });
}

#[test]
fn delivery_continues_after_the_sink_panics() {
    simulated(|bed| async move {
        bed.sink.panics.set(1);
        bed.record(bed.resolve("tool"), 1.0);
        bed.flush(millis(10_000)).await.unwrap();
        let snapshot = bed.snapshot();
        assert_eq!((bed.applied_points(), snapshot.counts.possibly_duplicated), (1, Points::records(1)));
        assert_eq!(snapshot.counts.last_fault.unwrap().fault.kind, FaultKind::Internal);
    });
}
