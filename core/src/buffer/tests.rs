//! Moves records through rings and windows, without a flusher.

use super::*;
use crate::{
    clock::ManualClock,
    definition::DimensionSet,
    ring::{HEAD, PARKED, Producer},
    strategies::metric,
};
use std::sync::atomic::Ordering;

fn buffer() -> Buffer {
    buffer_at(Arc::new(ManualClock::at(0)))
}

fn buffer_at(clock: Arc<ManualClock>) -> Buffer {
    let limits = Limits {
        max_buffered_datums: 10,
        max_buffered_bytes: 64_000_000,
        max_series: 10,
        resolution: Resolution::Minute,
    };
    Buffer::new(limits, clock)
}

fn resolve(buffer: &Buffer, label: &str) -> SeriesId {
    let metric = buffer.define(metric("Orders", ["Region"])).unwrap().id;
    buffer.resolve(metric, &[Some(label)]).unwrap().id
}

fn is_parked(ring: &Ring) -> bool {
    ring.header()[HEAD].load(Ordering::SeqCst) & PARKED != 0
}

#[test]
fn records_of_a_thread_that_ended_are_drained_and_its_ring_is_freed() {
    let buffer = buffer();
    let series = resolve(&buffer, "p");
    let (_, ring) = buffer.open_ring().unwrap();
    let memory = Arc::downgrade(&ring);
    Producer::new(ring).publish(series.0, 1.0);
    assert_eq!(
        buffer.drain(),
        Waiting { points: Points::records(1), size: Size::of(1), is_half_full: false }
    );
    assert!(memory.upgrade().is_none());
}

#[test]
fn all_rings_are_parked_while_the_flusher_sleeps_and_none_while_it_is_awake() {
    let buffer = buffer();
    let series = resolve(&buffer, "p");
    let (_, first) = buffer.open_ring().unwrap();
    assert!(buffer.park());
    let (_, second) = buffer.open_ring().unwrap();
    assert!(is_parked(&first) && is_parked(&second), "also one that is opened later");
    buffer.unpark();
    assert!(!is_parked(&first) && !is_parked(&second));
    Producer::new(Arc::clone(&second)).publish(series.0, 1.0);
    assert!(!buffer.park(), "a record waits");
    assert!(!is_parked(&first) && !is_parked(&second));
}

#[test]
fn a_record_after_a_long_sleep_is_added_to_the_current_window_by_any_drain() {
    let drains: [fn(&Buffer, RingId); 3] = [
        |buffer, _| drop(buffer.snapshot()),
        |buffer, ring| buffer.drain_ring(ring),
        |buffer, _| buffer.unpark(),
    ];
    for drain in drains {
        let clock = Arc::new(ManualClock::at(0));
        let buffer = buffer_at(Arc::clone(&clock));
        let series = resolve(&buffer, "p");
        let (id, ring) = buffer.open_ring().unwrap();
        assert!(buffer.park());
        clock.set(60 * 60 * 1_000);
        Producer::new(ring).publish(series.0, 1.0);
        drain(&buffer, id);
        assert_eq!(buffer.take(true)[0].window, WindowStart(60 * 60));
    }
}

#[test]
fn a_full_ring_is_drained_alone() {
    let buffer = buffer();
    let series = resolve(&buffer, "p");
    let rings = [buffer.open_ring().unwrap(), buffer.open_ring().unwrap()];
    for (_, ring) in &rings {
        Producer::new(Arc::clone(ring)).publish(series.0, 1.0);
    }
    buffer.drain_ring(rings[1].0);
    assert_eq!(buffer.state().ledger.stock.points(), Points::records(1));
    assert_eq!(buffer.drain().points, Points::records(2));
}

#[test]
fn marks_of_records_are_counted_when_a_ring_is_drained_and_the_rest_is_the_id() {
    let buffer = buffer();
    let series = resolve(&buffer, "p");
    let (_, ring) = buffer.open_ring().unwrap();
    let mut producer = Producer::new(ring);
    for marks in [0, MarkedId::SANITIZED, MarkedId::OVERFLOWED, MarkedId::SANITIZED | MarkedId::OVERFLOWED] {
        producer.publish(series.0 | marks, 1.0);
    }
    let Counts { sanitized, overflowed, recorded, .. } = buffer.snapshot().counts;
    assert_eq!((sanitized, overflowed, recorded), (2, 2, Points::records(4)));
    let datums = buffer.take(true);
    assert_eq!(
        datums.iter().map(|datum| (datum.id, datum.points())).collect::<Vec<_>>(),
        [(series, Points::records(4))]
    );
}

#[test]
fn a_ring_is_shared_if_the_native_side_sees_what_its_producer_writes() {
    let buffer = buffer();
    let (id, ring) = buffer.open_ring().unwrap();
    assert!(!buffer.is_shared(id, 7));
    ring.ids()[0].store(7, Ordering::Relaxed);
    assert!(!buffer.is_shared(id, 7), "the values could be copied alone");
    ring.values()[0].store(7_f64.to_bits(), Ordering::Relaxed);
    assert!(buffer.is_shared(id, 7) && !buffer.is_shared(id, 8));
    assert!(!buffer.is_shared(RingId(id.0 + 1), 7));
    assert_eq!(buffer.drain().points, Points::records(0), "a probe is no record");
}

#[test]
fn a_record_without_a_ring_is_added_like_one_that_was_drained() {
    let buffer = buffer();
    let series = resolve(&buffer, "p");
    assert!(!buffer.record(MarkedId(series.0 | MarkedId::SANITIZED), 2.0), "the flusher is awake");
    let snapshot = buffer.snapshot();
    assert!(snapshot.is_balanced());
    assert_eq!(
        (snapshot.counts.recorded, snapshot.counts.sanitized, snapshot.buffered),
        (Points::records(1), 1, Points::records(1))
    );
    assert_eq!(buffer.take(true)[0].samples, [Sample { value: 2.0, count: 1 }]);
}

#[test]
fn a_record_without_a_ring_wakes_the_flusher_if_it_sleeps_or_if_half_of_the_datums_wait() {
    let buffer = buffer();
    assert!(buffer.park());
    let series: Vec<_> = (0..6_u32).map(|tool| MarkedId(resolve(&buffer, &tool.to_string()).0)).collect();
    let wakes: Vec<_> = series.iter().map(|&series| buffer.record(series, 1.0)).collect();
    // The first record after parking, and the record with which 5 of 10 datums wait.
    assert_eq!(wakes, [true, false, false, false, true, false]);
}

#[test]
fn a_record_with_an_unassigned_id_is_dropped_and_counted() {
    let buffer = buffer();
    let (_, ring) = buffer.open_ring().unwrap();
    Producer::new(ring).publish(0x77 | MarkedId::SANITIZED, 1.0);
    assert!(buffer.take(true).is_empty());
    let snapshot = buffer.snapshot();
    assert!(snapshot.is_balanced());
    assert_eq!(snapshot.counts.dropped(DropReason::Unresolved), Points::records(1));
}

#[test]
fn a_record_with_the_id_of_a_rollup_is_dropped_and_counted_as_a_record() {
    let buffer = buffer();
    let rollups = [DimensionSet::default()].into();
    let metric = buffer.define(Definition { rollups, ..metric("Orders", ["Region"]) }).unwrap().id;
    let series = buffer.resolve(metric, &[Some("eu")]).unwrap().id;
    let rollup = buffer.series(&[series])[0].as_ref().unwrap().rollups[0];
    let (_, ring) = buffer.open_ring().unwrap();
    Producer::new(ring).publish(rollup.0, 1.0);
    assert!(buffer.snapshot().is_balanced());
    assert!(buffer.take(true).is_empty());
    let snapshot = buffer.snapshot();
    assert!(snapshot.is_balanced());
    assert_eq!(snapshot.counts.dropped(DropReason::Unresolved), Points::records(1));
}

#[test]
fn lost_records_are_counted_as_recorded_and_dropped_even_after_their_thread_ended() {
    let buffer = buffer();
    let series = resolve(&buffer, "p");
    let (_, ring) = buffer.open_ring().unwrap();
    let mut producer = Producer::new(ring);
    producer.lose();
    for expected in [1, 1] {
        let snapshot = buffer.snapshot();
        assert!(snapshot.is_balanced());
        assert_eq!(
            snapshot.counts.dropped(DropReason::Unresolved),
            Points::records(expected),
            "counted once"
        );
    }
    producer.publish(series.0, 1.0);
    producer.lose();
    drop(producer);
    let snapshot = buffer.snapshot();
    assert!(snapshot.is_balanced());
    assert_eq!(snapshot.counts.recorded, Points::records(3));
    assert_eq!(snapshot.counts.dropped(DropReason::Unresolved), Points::records(2));
}

#[test]
fn records_that_are_given_back_stay_in_their_minute_or_second() {
    let buffer = buffer();
    let seconds = Definition { resolution: Some(Resolution::Second), ..metric("Fast", ["Region"]) };
    let fast = buffer.define(seconds).unwrap().id;
    let labels: Vec<_> = (0..5).map(|number| number.to_string()).collect();
    for label in &labels {
        for id in [resolve(&buffer, label), buffer.resolve(fast, &[Some(label)]).unwrap().id] {
            let _ = buffer.record(MarkedId(id.0), 1.0);
        }
    }
    for request in crate::request::pack(buffer.take(true), "test") {
        buffer.give_back(&request);
    }
    for label in &labels {
        let _ = buffer.record(MarkedId(resolve(&buffer, label).0), 2.0);
    }
    let left = buffer.take(true);
    let is_minute = |datum: &Datum| datum.id.resolution() == Resolution::Minute;
    assert!(left.iter().all(is_minute), "the minute did not end yet");
    assert_eq!(left.iter().map(|datum| datum.samples.len()).sum::<usize>(), 10);
}
