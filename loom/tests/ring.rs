//! Runs the ring's two sides in every interleaving that the memory model allows.

#![cfg(loom)]

use hkm_core::ring::{Producer, Published, Ring};
use loom::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

/// More than the ring's two slots, so that positions go around and the producer finds it full.
const RECORDS: u32 = 3;

/// Every interleaving with at most three preemptions; without a bound the search takes hours.
fn model(test: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(test);
}

#[test]
fn records_are_read_once_and_in_order_over_a_ring_that_wraps_and_fills() {
    model(|| {
        let (ring, mut consumer) = Ring::new().unwrap();
        let writer = thread::spawn(move || {
            let mut producer = Producer::new(ring);
            for id in 0..RECORDS {
                while producer.publish(id, f64::from(id) + 0.5) == Published::Full {
                    thread::yield_now();
                }
            }
        });
        let mut next = 0;
        while next < RECORDS {
            let read = consumer.drain(|id, value| {
                assert_eq!((id, value), (next, f64::from(next) + 0.5));
                next += 1;
            });
            if read == 0 {
                thread::yield_now();
            }
        }
        writer.join().unwrap();
        assert!(consumer.park());
    });
}

#[test]
fn no_record_is_left_to_a_consumer_that_sleeps() {
    model(|| {
        let (ring, mut consumer) = Ring::new().unwrap();
        let wakes = Arc::new(AtomicBool::new(false));
        let woken = Arc::clone(&wakes);
        let writer = thread::spawn(move || {
            let mut producer = Producer::new(ring);
            if producer.publish(7, 1.0) == Published::WhileParked {
                woken.store(true, Ordering::Release);
            }
        });
        let before = consumer.drain(|_, _| ());
        let is_asleep = consumer.park();
        writer.join().unwrap();
        if is_asleep && before == 0 {
            assert!(wakes.load(Ordering::Acquire), "a record waits, and nobody was woken");
        }
        assert_eq!(before + consumer.drain(|id, value| assert_eq!((id, value), (7, 1.0))), 1);
    });
}
