//! A policy that denies one of several namespaces.

use super::*;
use crate::definition::Definition;

/// Returns a series of a metric in a namespace.
fn series(bed: &Bed, namespace: &str) -> u32 {
    let definition = Definition { namespace: namespace.into(), ..metric("Orders", []) };
    let metric = bed.buffer.define(definition).unwrap().id;
    bed.buffer.resolve(metric, &[]).unwrap().id.0
}

fn denies(bed: &Bed, denied: &'static str) {
    bed.sink.judge(move |request| match &*request.namespace {
        namespace if namespace == denied => Outcome::NotApplied(fault(FaultKind::Denied)),
        _ => Outcome::Applied,
    });
}

fn requests(bed: &Bed, namespace: &str) -> usize {
    bed.sink.requests.borrow().iter().filter(|(request, _)| &*request.namespace == namespace).count()
}

#[test]
fn a_denied_namespace_does_not_delay_the_records_of_another_one_and_loses_none() {
    simulated(|bed| async move {
        let (denied, allowed) = (series(&bed, "Denied"), series(&bed, "Allowed"));
        denies(&bed, "Denied");
        for second in 0..600 {
            bed.record(denied, 1.0);
            bed.record(allowed, 1.0);
            sleep(millis(1_000)).await;
            let longest = INTERVAL.mul_f64(1.0 + INTERVAL_JITTER).as_secs() + 1;
            assert!(bed.applied_points() + longest > second, "{} in second {second}", bed.applied_points());
        }
        let tries = requests(&bed, "Denied");
        assert!((5..60).contains(&tries), "{tries} requests were denied, with a backoff between them");
        bed.sink.judge(|_| Outcome::Applied);
        bed.flush(INTERVAL).await.unwrap();
        assert_eq!(bed.applied_points(), 1_200);
    });
}

#[test]
fn a_flush_tries_a_denied_namespace_at_once_and_again() {
    simulated(|bed| async move {
        let (denied, allowed) = (series(&bed, "Denied"), series(&bed, "Allowed"));
        denies(&bed, "Denied");
        for _ in 0..20 {
            bed.record(denied, 1.0);
            bed.record(allowed, 1.0);
            sleep(INTERVAL).await;
        }
        let before = requests(&bed, "Denied");
        let flush = bed.flush(2 * INTERVAL);
        sleep(FLUSH_SPACING + millis(2)).await;
        assert!(requests(&bed, "Denied") > before);
        flush.await.unwrap();
        assert!(requests(&bed, "Denied") > before + 5, "it goes on until its deadline");
        let Snapshot { buffered, counts, .. } = bed.snapshot();
        assert_eq!((buffered + counts.in_flight).records, 20);
    });
}

#[test]
fn flushes_in_a_loop_do_not_send_to_a_denied_namespace_without_a_pause() {
    simulated(|bed| async move {
        let (denied, allowed) = (series(&bed, "Denied"), series(&bed, "Allowed"));
        denies(&bed, "Denied");
        bed.record(denied, 1.0);
        for _ in 0..1_000 {
            bed.record(allowed, 1.0);
            bed.flush(millis(1)).await.unwrap();
        }
        let tries = requests(&bed, "Denied");
        assert!(tries <= 12, "{tries} in a second");
    });
}
