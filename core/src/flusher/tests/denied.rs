//! A policy that denies one of several namespaces.

use super::*;

fn denies(bed: &Bed, denied: &'static str) {
    bed.sink.judge(move |request| match &*request.namespace {
        namespace if namespace == denied => Outcome::NotApplied(fault(FaultKind::Denied)),
        _ => Outcome::Applied,
    });
}

#[test]
fn a_denied_namespace_does_not_delay_the_records_of_another_one_and_loses_none() {
    simulated(|bed| async move {
        let (denied, allowed) = (bed.series("Denied", "tool"), bed.series("Allowed", "tool"));
        denies(&bed, "Denied");
        for second in 0..600 {
            bed.record(denied, 1.0);
            bed.record(allowed, 1.0);
            sleep(millis(1_000)).await;
            let longest = INTERVAL.mul_f64(1.0 + pace::JITTER).as_secs() + 1;
            assert!(bed.applied_points() + longest > second, "{} in second {second}", bed.applied_points());
        }
        let tries = bed.requests_of("Denied");
        assert!((5..60).contains(&tries), "{tries} requests were denied, with a backoff between them");
        bed.sink.judge(|_| Outcome::Applied);
        bed.flush(INTERVAL).await.unwrap();
        assert_eq!(bed.applied_points(), 1_200);
    });
}

#[test]
fn a_flush_tries_a_namespace_that_has_just_been_denied_at_once_and_again() {
    simulated(|bed| async move {
        let (denied, allowed) = (bed.series("Denied", "tool"), bed.series("Allowed", "tool"));
        denies(&bed, "Denied");
        bed.record(denied, 1.0);
        bed.record(allowed, 1.0);
        let began = Instant::now();
        let flush = bed.flush(INTERVAL);
        sleep(millis(4_000)).await;
        assert!(bed.requests_of("Denied") > 5, "{}", bed.requests_of("Denied"));
        bed.sink.judge(|_| Outcome::Applied);
        assert!(flush.await.unwrap() && began.elapsed() < INTERVAL, "as soon as the policy is changed");
        assert_eq!(bed.applied_points(), 2);
    });
}

#[test]
fn a_flush_waits_for_one_attempt_of_a_namespace_that_is_denied_for_long_and_for_all_others() {
    simulated(|bed| async move {
        let (denied, allowed) = (bed.series("Denied", "tool"), bed.series("Allowed", "tool"));
        denies(&bed, "Denied");
        for _ in 0..20 {
            bed.record(denied, 1.0);
            bed.record(allowed, 1.0);
            sleep(INTERVAL).await;
        }
        for _ in 0..3 {
            bed.record(allowed, 1.0);
            let (before, began) = (bed.requests_of("Denied"), Instant::now());
            assert!(!bed.flush(2 * INTERVAL).await.unwrap(), "records are left");
            // A scheduled attempt can be in flight. The next one then follows its backoff.
            let longest = FLUSH_SPACING + backoff::FIRST_BACKOFF + millis(4);
            assert!(began.elapsed() <= longest, "{:?}", began.elapsed());
            assert!((1..=2).contains(&(bed.requests_of("Denied") - before)));
            sleep(FLUSH_SPACING).await;
        }
        assert_eq!((bed.applied_of("Allowed"), bed.snapshot().buffered.records), (23, 20));

        // The other namespace is refused for a while.
        let refusals = Cell::new(8);
        bed.sink.judge(move |request| {
            refusals.set(refusals.get() - i32::from(&*request.namespace == "Allowed"));
            match &*request.namespace {
                "Denied" => Outcome::NotApplied(fault(FaultKind::Denied)),
                _ if refusals.get() > 0 => Outcome::NotApplied(fault(FaultKind::Unavailable)),
                _ => Outcome::Applied,
            }
        });
        bed.record(allowed, 1.0);
        assert!(!bed.flush(4 * INTERVAL).await.unwrap());
        assert_eq!(bed.applied_of("Allowed"), 24);

        bed.sink.judge(|_| Outcome::Applied);
        assert!(bed.flush(INTERVAL).await.unwrap(), "the attempt is accepted");
        assert_eq!(bed.applied_points(), 44);
    });
}

#[test]
fn an_attempt_that_began_before_a_flush_is_not_that_of_the_flush() {
    simulated(|bed| async move {
        let (denied, allowed) = (bed.series("Denied", "tool"), bed.series("Allowed", "tool"));
        for _ in 0..20 {
            denies(&bed, "Denied");
            for _ in 0..3 {
                bed.record(denied, 1.0);
                bed.record(allowed, 1.0);
                sleep(INTERVAL).await;
            }
            sleep(FLUSH_SPACING).await;
            let _earlier = bed.flush(INTERVAL);
            let flush = bed.flush(INTERVAL);
            sleep(millis(2)).await;
            bed.sink.judge(|_| Outcome::Applied);
            assert!(flush.await.unwrap(), "it is allowed again");
        }
    });
}

#[test]
fn a_flush_goes_on_until_its_deadline_if_nothing_is_allowed() {
    simulated(|bed| async move {
        let series = ["First", "Second"].map(|namespace| bed.series(namespace, "tool"));
        // What was accepted before says nothing about now.
        bed.record(series[0], 1.0);
        assert!(bed.flush(INTERVAL).await.unwrap());
        bed.sink.judge(|_| Outcome::NotApplied(fault(FaultKind::Denied)));
        for _ in 0..20 {
            for &series in &series {
                bed.record(series, 1.0);
            }
            sleep(INTERVAL).await;
        }
        let began = Instant::now();
        assert!(!bed.flush(INTERVAL).await.unwrap());
        assert_eq!(began.elapsed(), INTERVAL);
    });
}

#[test]
fn flushes_in_a_loop_do_not_send_to_a_denied_namespace_without_a_pause() {
    simulated(|bed| async move {
        let (denied, allowed) = (bed.series("Denied", "tool"), bed.series("Allowed", "tool"));
        denies(&bed, "Denied");
        bed.record(denied, 1.0);
        for _ in 0..1_000 {
            bed.record(allowed, 1.0);
            bed.flush(millis(1)).await.unwrap();
        }
        let tries = bed.requests_of("Denied");
        assert!(tries <= 20, "{tries} in a second");
    });
}

#[test]
fn a_namespace_that_was_denied_alone_does_not_delay_one_that_starts_later() {
    simulated(|bed| async move {
        let denied = bed.series("Denied", "tool");
        denies(&bed, "Denied");
        bed.record(denied, 1.0);
        sleep(millis(600_000)).await;
        let allowed = bed.series("Allowed", "tool");
        for round in 0..20 {
            bed.record(allowed, 1.0);
            sleep(INTERVAL.mul_f64(1.0 + pace::JITTER) + millis(2)).await;
            assert_eq!(bed.applied_of("Allowed"), round + 1);
        }
    });
}

#[test]
fn a_denied_namespace_costs_another_one_no_records_when_the_buffer_is_full() {
    const SERIES: u32 = 80;
    let limits = Limits {
        max_buffered_datums: 300,
        max_buffered_bytes: 64_000_000,
        max_series: 200,
        resolution: Resolution::Second,
    };
    with_limits(limits, |bed| async move {
        let denied: Vec<_> = (0..SERIES).map(|tool| bed.series("Denied", &tool.to_string())).collect();
        let allowed: Vec<_> = (0..10).map(|tool| bed.series("Allowed", &tool.to_string())).collect();
        denies(&bed, "Denied");
        for second in 0..140 {
            for &series in denied.iter().chain(&allowed) {
                bed.record(series, 1.0);
            }
            sleep(millis(1_000)).await;
            let datums = bed.buffer.drain().size.datums;
            assert!(datums <= 300, "{datums} in second {second}");
        }
        bed.flush(INTERVAL).await.unwrap();
        assert_eq!(bed.applied_of("Allowed"), 1_400);
        bed.sink.judge(|_| Outcome::Applied);
        bed.flush(INTERVAL).await.unwrap();
        let left = bed.applied_of("Denied");
        assert!((200..=300).contains(&left), "{left}: what is held up uses the rest of the buffer");
    });
}

#[test]
fn warnings_and_the_last_error_name_the_namespace() {
    simulated(|bed| async move {
        let series = ["First", "Second", "Allowed"].map(|namespace| bed.series(namespace, "tool"));
        bed.sink.judge(|request| match &*request.namespace {
            "Allowed" => Outcome::Applied,
            _ => Outcome::NotApplied(fault(FaultKind::Denied)),
        });
        for _ in 0..5 {
            for &series in &series {
                bed.record(series, 1.0);
            }
            bed.flush(millis(200)).await.unwrap();
        }
        let mut warnings = bed.warnings.take();
        warnings.sort();
        assert_eq!(warnings.len(), 2, "one a minute for each namespace: {warnings:?}");
        for (warning, namespace) in warnings.iter().zip(["First", "Second"]) {
            let begin = format!(
                "Metrics of {namespace} were not delivered; they are kept and sent again. Access was"
            );
            assert!(warning.starts_with(&begin) && warning.contains("cloudwatch:namespace"), "{warning}");
        }
        let counts = bed.snapshot().counts;
        assert!(counts.last_fault.is_some_and(|last| last.namespace.is_some_and(|name| &*name != "Allowed")));
        assert_eq!(counts.failing.keys().map(|name| &**name).collect::<Vec<_>>(), ["First", "Second"]);
        bed.sink.judge(|_| Outcome::Applied);
        bed.flush(INTERVAL).await.unwrap();
        assert!(bed.snapshot().counts.failing.is_empty());
    });
}
