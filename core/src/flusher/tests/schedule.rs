//! Tests of when the flusher drains and sends, and of when a flush is done.

use super::*;

#[test]
fn a_record_is_sent_at_a_random_time_around_the_flush_interval() {
    let waits = std::cell::RefCell::new(Vec::new());
    for _ in 0..40 {
        simulated(|bed| {
            let waits = &waits;
            async move {
                let series = bed.resolve("tool");
                sleep(millis(7_000)).await;
                bed.record(series, 1.0);
                let recorded = Instant::now();
                while bed.applied_points() == 0 {
                    sleep(millis(10)).await;
                }
                waits.borrow_mut().push(recorded.elapsed());
            }
        });
    }
    let (shortest, longest) = (*waits.borrow().iter().min().unwrap(), *waits.borrow().iter().max().unwrap());
    assert!(
        shortest >= INTERVAL / 2 && longest <= 3 * INTERVAL / 2 + millis(20),
        "{shortest:?} to {longest:?}"
    );
    assert!(
        longest.checked_sub(shortest).unwrap() > 2 * INTERVAL / 3,
        "40 waits are spread over the interval"
    );
}

#[test]
fn the_flusher_is_parked_while_no_record_waits_and_the_next_record_wakes_it() {
    simulated(|bed| async move {
        let series = bed.resolve("tool");
        for round in 1..4 {
            sleep(millis(1)).await;
            assert!(bed.is_parked());
            bed.record(series, 1.0);
            sleep(millis(10)).await;
            assert!(!bed.is_parked());
            sleep(2 * INTERVAL).await;
            assert_eq!(bed.applied_points(), round);
        }
    });
}

#[test]
fn half_of_the_maximum_is_sent_before_the_interval_ends_and_less_is_not() {
    with_limits(Limits { max_buffered_datums: 199, ..LIMITS }, |bed| async move {
        for tool in 0..99 {
            bed.record(bed.resolve(&tool.to_string()), 1.0);
        }
        sleep(millis(1_010)).await;
        assert_eq!(bed.applied_points(), 0);
        bed.record(bed.resolve("one more"), 1.0);
        sleep(millis(1_010)).await;
        assert_eq!(bed.applied_points(), 100);
    });
}

#[test]
fn a_full_buffer_is_not_sent_during_a_backoff() {
    simulated(|bed| async move {
        let series = bed.resolve("tool");
        bed.record(series, 1.0);
        for _ in 0..30 {
            bed.answer(throttled(), Duration::ZERO);
        }
        sleep(millis(300_000)).await;
        let (attempts, began) = (bed.sink.requests.borrow().len(), Instant::now());
        for tool in 0..6_000 {
            bed.record(bed.resolve(&tool.to_string()), 1.0);
        }
        sleep(millis(240_000)).await;
        let more = bed.sink.requests.borrow().len() - attempts;
        // Full jitter up to a minute is half a minute on average. A drain is due every second.
        assert!(more < 40, "{more} attempts in {:?}", began.elapsed());
    });
}

#[test]
fn at_most_four_requests_are_in_flight_and_a_failure_holds_back_the_rest() {
    simulated(|bed| async move {
        for tool in 0..9_500 {
            bed.record(bed.resolve(&tool.to_string()), 1.0);
        }
        bed.answer(throttled(), millis(1_000));
        for _ in 0..3 {
            bed.answer(Outcome::Applied, millis(2_000));
        }
        for _ in 0..96 {
            bed.answer(Outcome::Applied, millis(100));
        }
        let flush = bed.flush(millis(60_000));
        sleep(millis(500)).await;
        assert_eq!(bed.sink.script.borrow().len(), 96);
        sleep(millis(501)).await;
        assert!(bed.snapshot().buffered.records >= 6_500, "queued requests were merged back");
        flush.await.unwrap();
        assert_eq!(bed.applied_points(), 9_500);
        assert_eq!(bed.snapshot().counts.retries, 1);
    });
}

#[test]
fn a_flush_sends_at_once_and_is_done_when_all_earlier_records_are_settled() {
    simulated(|bed| async move {
        let series = bed.resolve("tool");
        bed.record(series, 1.0);
        bed.answer(Outcome::Applied, millis(300));
        let (first, second) = (bed.flush(INTERVAL), bed.flush(INTERVAL));
        let began = Instant::now();
        first.await.unwrap();
        second.await.unwrap();
        assert_eq!(began.elapsed(), millis(300));
        assert_eq!(bed.sink.requests.borrow().len(), 1);
        bed.flush(INTERVAL).await.unwrap();
        assert_eq!(began.elapsed(), millis(300), "without records a flush is done at once");
    });
}

#[test]
fn a_flush_waits_for_requests_that_were_in_flight_before_it() {
    simulated(|bed| async move {
        let series = bed.resolve("tool");
        bed.record(series, 1.0);
        bed.answer(Outcome::Applied, millis(4_000));
        let first = bed.flush(INTERVAL);
        sleep(millis(1_000)).await;
        bed.record(series, 2.0);
        bed.flush(INTERVAL).await.unwrap();
        assert_eq!(bed.applied_points(), 2);
        first.await.unwrap();
    });
}

#[test]
fn a_flush_sends_at_once_during_a_backoff_and_again_until_it_is_settled() {
    simulated(|bed| async move {
        let series = bed.resolve("tool");
        bed.record(series, 1.0);
        for _ in 0..40 {
            bed.answer(throttled(), Duration::ZERO);
        }
        sleep(millis(200_000)).await;
        assert_eq!(bed.applied_points(), 0);
        bed.sink.script.borrow_mut().truncate(3);
        // A flush waits for a moment if an attempt has just been made.
        let mut tried = 0;
        while bed.sink.requests.borrow().len() > tried {
            tried = bed.sink.requests.borrow().len();
            sleep(FLUSH_SPACING).await;
        }
        let flush = bed.flush(INTERVAL);
        sleep(millis(1)).await;
        assert_eq!(bed.sink.requests.borrow().len(), tried + 1);
        flush.await.unwrap();
        assert_eq!((bed.applied_points(), bed.snapshot().counts.applied), (1, Points::records(1)));
    });
}

#[test]
fn a_flush_of_two_seconds_sends_records_with_an_unknown_outcome_two_or_three_times() {
    for _ in 0..40 {
        simulated(|bed| async move {
            bed.record(bed.resolve("tool"), 1.0);
            for _ in 0..40 {
                bed.answer(Outcome::Unknown(fault(FaultKind::Unavailable)), Duration::ZERO);
            }
            bed.flush(millis(2_000)).await.unwrap();
            let sent = bed.sink.requests.borrow().len();
            assert!((2..=3).contains(&sent), "sent {sent} times");
        });
    }
}

#[test]
fn a_flush_ends_at_its_deadline_if_the_sink_hangs_and_the_records_are_kept() {
    simulated(|bed| async move {
        let series = bed.resolve("tool");
        bed.record(series, 1.0);
        bed.answer(throttled(), millis(60_000));
        let began = Instant::now();
        bed.flush(millis(2_000)).await.unwrap();
        assert_eq!(began.elapsed(), millis(2_000));
        assert_eq!(bed.snapshot().counts.in_flight, Points::records(1));
        sleep(millis(80_000)).await;
        assert_eq!(bed.applied_points(), 1);
    });
}

#[test]
fn a_flush_is_done_if_the_flusher_ends_before_it_or_during_it() {
    simulated(|bed| async move {
        let series = bed.resolve("tool");
        bed.record(series, 1.0);
        bed.answer(Outcome::Applied, millis(60_000));
        let pending = bed.flush(millis(60_000));
        sleep(millis(10)).await;
        bed.running.abort();
        let began = Instant::now();
        pending.await.unwrap();
        let (done, late) = tokio::sync::oneshot::channel();
        let done = Done::new(move |is_settled| done.send(is_settled).unwrap_or_default());
        assert!(bed.commands.send(Command::Flush { within: INTERVAL, done }).is_err());
        late.await.unwrap();
        assert_eq!(began.elapsed(), Duration::ZERO);
    });
}

#[test]
fn a_flush_hurries_the_sink_and_a_scheduled_pass_does_not() {
    simulated(|bed| async move {
        bed.record(bed.resolve("tool"), 1.0);
        sleep(2 * INTERVAL).await;
        assert_eq!((bed.applied_points(), bed.sink.hurried.get()), (1, 0));
        bed.flush(INTERVAL).await.unwrap();
        assert_eq!(bed.sink.hurried.get(), 1);
    });
}

#[test]
fn a_flush_starts_as_soon_as_requests_queued_before_it_are_in_flight() {
    simulated(|bed| async move {
        for tool in 0..6_000 {
            bed.record(bed.resolve(&tool.to_string()), 1.0);
        }
        for _ in 0..7 {
            bed.answer(Outcome::Applied, millis(1_000));
        }
        let first = bed.flush(millis(60_000));
        sleep(millis(100)).await;
        bed.record(bed.resolve("0"), 1.0);
        let second = bed.flush(millis(60_000));
        let began = Instant::now();
        first.await.unwrap();
        second.await.unwrap();
        assert_eq!((bed.applied_points(), bed.sink.requests.borrow().len()), (6_001, 7));
        // Four requests are in flight for a second, then the two queued ones together with those of the flush.
        assert_eq!(began.elapsed(), millis(1_900));
    });
}

#[test]
fn while_a_flush_waits_the_loop_runs_several_times_a_second() {
    simulated(|bed| async move {
        bed.record(bed.resolve("tool"), 1.0);
        bed.answer(Outcome::Applied, millis(60_000));
        let _waiting = bed.flush(millis(10_000));
        for _ in 0..20 {
            let before = bed.buffer.beats();
            sleep(millis(500)).await;
            assert!(bed.buffer.beats() >= before + 2);
        }
    });
}

#[test]
fn a_flush_does_not_wait_for_an_instance_that_gives_no_credentials_and_the_records_are_kept() {
    simulated(|bed| async move {
        let series = bed.resolve("tool");
        bed.record(series, 1.0);
        for _ in 0..2 {
            bed.answer(Outcome::NotApplied(fault(FaultKind::NoInstanceRole)), millis(300));
            let begin = Instant::now();
            bed.flush(INTERVAL * 2).await.unwrap();
            assert_eq!(begin.elapsed(), millis(300));
            assert_eq!(bed.snapshot().buffered, Points::records(1));
        }
        assert_eq!(bed.warnings.take().len(), 1, "it is said once");
        bed.flush(INTERVAL * 2).await.unwrap();
        assert_eq!(bed.applied_points(), 1);
    });
}
