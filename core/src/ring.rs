//! Memory shared by one JavaScript thread, which writes records, and Rust, which drains them.
//!
//! ```text
//!   header   [ head + parked | tail | lost ]   32-bit words
//!   ids      [ id id id … ]                    32-bit words, one a slot
//!   values   [ f64 f64 f64 … ]                 64-bit words, one a slot
//! ```
//!
//! The producer fills a slot plainly and publishes it by exchanging `head`. The consumer loads `head`, reads the
//! slots before it, and frees them by a store to `tail`. Both positions count up and wrap at 2^31; a slot is the
//! position modulo [`SLOTS`]. The highest bit of `head` says that the consumer is parked: the producer, whose
//! exchange finds and clears it, must wake the consumer. One word for both leaves no gap between publishing and
//! looking: a record is either seen by the consumer that goes to sleep, or finds the bit.
//!
//! `lost` counts the records that the producer could not place. Calls into the native side fail without an error
//! while the producer's thread is being terminated, but shared memory still works.
//!
//! The three parts are slices of atomics, so nothing here needs `unsafe`. The boundary lends their addresses to
//! JavaScript, whose typed arrays are the real producer. [`Producer`] is the same protocol in Rust.

#[cfg(not(loom))]
use std::sync::{
    Arc,
    atomic::{AtomicU32, AtomicU64, Ordering},
};

#[cfg(loom)]
use loom::sync::{
    Arc,
    atomic::{AtomicU32, AtomicU64, Ordering},
};

/// A ring that both sides hold. The `Arc` is the model checker's where the model is run.
pub type SharedRing = Arc<Ring>;

/// Records that fit between two drains. 16,384 slots are 192 KiB a JavaScript thread; draining all of
/// them takes less than a millisecond.
#[cfg(not(loom))]
pub const SLOTS: u32 = 16_384;
/// Small enough for a model checker to wrap around.
#[cfg(loom)]
pub const SLOTS: u32 = 2;

const _: () = assert!(SLOTS.is_power_of_two(), "positions wrap at 2^31");

/// Word of the header that counts published records, with [`PARKED`].
pub const HEAD: usize = 0;
/// Word of the header that counts drained records; written by the consumer alone.
pub const TAIL: usize = 1;
/// Word of the header that counts records without a series or a slot; written by the producer alone, wraps at 2^32.
pub const LOST: usize = 2;
const HEADER_WORDS: usize = 3;

/// Bit of the head that is set while the consumer sleeps.
pub const PARKED: u32 = 1 << 31;
/// Bits of the head that count.
const POSITION: u32 = PARKED - 1;

/// The shared memory itself.
#[derive(Debug)]
pub struct Ring {
    header: Box<[AtomicU32]>,
    ids: Box<[AtomicU32]>,
    values: Box<[AtomicU64]>,
}

impl Ring {
    /// Makes a ring, empty and not parked, and its only consumer.
    #[must_use]
    pub fn new() -> (Arc<Self>, Consumer) {
        let words = |count: usize| (0..count).map(|_| AtomicU32::new(0)).collect();
        let ring = Arc::new(Self {
            header: words(HEADER_WORDS),
            ids: words(SLOTS as usize),
            values: (0..SLOTS).map(|_| AtomicU64::new(0)).collect(),
        });
        (Arc::clone(&ring), Consumer { ring, tail: 0, lost: 0 })
    }

    /// The words that JavaScript sees as an `Int32Array`: [`HEAD`], [`TAIL`], [`LOST`].
    #[must_use]
    pub fn header(&self) -> &[AtomicU32] {
        &self.header
    }

    /// One series id a slot.
    #[must_use]
    pub fn ids(&self) -> &[AtomicU32] {
        &self.ids
    }

    /// One value a slot, as the bits of an `f64`.
    #[must_use]
    pub fn values(&self) -> &[AtomicU64] {
        &self.values
    }
}

/// The reading side. Not `Clone`, and draining takes `&mut`: there is one consumer.
#[derive(Debug)]
pub struct Consumer {
    ring: Arc<Ring>,
    tail: u32,
    lost: u32,
}

impl Consumer {
    /// Hands every published record to `consume`, oldest first, and frees the slots. Returns how many.
    pub fn drain(&mut self, mut consume: impl FnMut(u32, f64)) -> u32 {
        let head = self.ring.header[HEAD].load(Ordering::Acquire) & POSITION;
        // The producer is foreign code: a wild head must not read a slot twice.
        let published = (head.wrapping_sub(self.tail) & POSITION).min(SLOTS);
        for offset in 0..published {
            let slot = (self.tail.wrapping_add(offset) & (SLOTS - 1)) as usize;
            let id = self.ring.ids[slot].load(Ordering::Relaxed);
            let value = f64::from_bits(self.ring.values[slot].load(Ordering::Relaxed));
            consume(id, value);
        }
        self.tail = head;
        self.ring.header[TAIL].store(head, Ordering::Release);
        published
    }

    /// How many records the producer could not place since the last call.
    pub fn take_lost(&mut self) -> u32 {
        let lost = self.ring.header[LOST].load(Ordering::Relaxed);
        lost.wrapping_sub(std::mem::replace(&mut self.lost, lost))
    }

    /// Whether every published record was drained.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ring.header[HEAD].load(Ordering::Acquire) & POSITION == self.tail
    }

    /// Asks the producer to wake the consumer with its next record. Returns whether the ring is empty: only then
    /// may the consumer sleep.
    #[must_use]
    pub fn park(&self) -> bool {
        self.ring.header[HEAD].fetch_or(PARKED, Ordering::AcqRel) & POSITION == self.tail
    }

    /// Tells the producer that the consumer is awake.
    pub fn unpark(&self) {
        self.ring.header[HEAD].fetch_and(POSITION, Ordering::AcqRel);
    }

    /// Whether nobody can write any more: the JavaScript thread and its views are gone.
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        Arc::strong_count(&self.ring) == 1
    }
}

/// The writing side as JavaScript does it; for tests and benchmarks.
#[derive(Debug)]
pub struct Producer {
    ring: Arc<Ring>,
    head: u32,
}

/// What a record found when it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    /// Written; the consumer is awake.
    Quietly,
    /// Written; the consumer sleeps and has to be woken.
    WhileParked,
    /// Not written: no slot is free.
    Full,
}

impl Producer {
    #[must_use]
    pub const fn new(ring: Arc<Ring>) -> Self {
        Self { ring, head: 0 }
    }

    /// Writes one record and publishes it.
    pub fn publish(&mut self, id: u32, value: f64) -> Published {
        let tail = self.ring.header[TAIL].load(Ordering::Acquire);
        if self.head.wrapping_sub(tail) & POSITION >= SLOTS {
            return Published::Full;
        }
        let slot = (self.head & (SLOTS - 1)) as usize;
        self.ring.ids[slot].store(id, Ordering::Relaxed);
        self.ring.values[slot].store(value.to_bits(), Ordering::Relaxed);
        let previous = self.head;
        self.head = (self.head + 1) & POSITION;
        if self.ring.header[HEAD].swap(self.head, Ordering::AcqRel) == previous {
            Published::Quietly
        } else {
            Published::WhileParked
        }
    }

    /// Counts a record that has no series or no slot.
    pub fn lose(&self) {
        self.ring.header[LOST].fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn records_come_out_once_and_in_order_however_writes_and_drains_interleave(
            bursts in prop::collection::vec((0..SLOTS + SLOTS / 2, any::<bool>()), 1..12),
        ) {
            let (ring, mut consumer) = Ring::new();
            let mut producer = Producer::new(ring);
            let (mut written, mut read) = (0_u32, 0_u32);
            for (burst, drain) in bursts {
                for _ in 0..burst {
                    match producer.publish(written, f64::from(written) / 3.0) {
                        Published::Full => {
                            prop_assert_eq!(written - read, SLOTS);
                            break;
                        }
                        Published::Quietly | Published::WhileParked => written += 1,
                    }
                }
                if drain {
                    consumer.drain(|id, value| {
                        assert_eq!((id, value.to_bits()), (read, (f64::from(read) / 3.0).to_bits()));
                        read += 1;
                    });
                    prop_assert_eq!(read, written);
                }
            }
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the ring is for two threads")]
    fn two_threads_exchange_a_million_records_exactly_once_and_in_order() {
        const RECORDS: u32 = 1_000_000;
        let (ring, mut consumer) = Ring::new();
        let writer = std::thread::spawn(move || {
            let mut producer = Producer::new(ring);
            for id in 0..RECORDS {
                while producer.publish(id, f64::from(id)) == Published::Full {
                    std::thread::yield_now();
                }
            }
        });
        let mut next = 0;
        while next < RECORDS {
            consumer.drain(|id, value| {
                assert_eq!((id, value.to_bits()), (next, f64::from(next).to_bits()));
                next += 1;
            });
            std::thread::yield_now();
        }
        writer.join().unwrap();
        assert!(consumer.park() && consumer.is_abandoned());
    }

    #[test]
    fn positions_wrap_at_two_to_the_31() {
        let (ring, mut consumer) = Ring::new();
        let start = POSITION - 2;
        ring.header[HEAD].store(start, Ordering::SeqCst);
        ring.header[TAIL].store(start, Ordering::SeqCst);
        consumer.tail = start;
        let mut producer = Producer { ring, head: start };
        for id in 0..6 {
            assert_eq!(producer.publish(id, 1.0), Published::Quietly);
        }
        let mut ids = Vec::new();
        assert_eq!(consumer.drain(|id, _| ids.push(id)), 6);
        assert_eq!(ids, [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_wild_head_reads_each_slot_at_most_once() {
        let (ring, mut consumer) = Ring::new();
        ring.header[HEAD].store(u32::MAX, Ordering::SeqCst);
        assert_eq!(consumer.drain(|_, _| ()), SLOTS);
        assert_eq!(consumer.drain(|_, _| ()), 0);
    }

    #[test]
    fn the_first_record_after_parking_asks_for_a_wake_and_only_that_one() {
        let (ring, mut consumer) = Ring::new();
        let mut producer = Producer::new(ring);
        assert!(consumer.park());
        assert_eq!(producer.publish(0, 1.0), Published::WhileParked);
        assert_eq!(producer.publish(0, 1.0), Published::Quietly);
        assert!(!consumer.park(), "a consumer does not sleep over a record");
        consumer.unpark();
        assert_eq!(producer.publish(0, 1.0), Published::Quietly);
        assert_eq!(consumer.drain(|_, _| ()), 3);
    }

    #[test]
    fn a_sleeping_consumer_that_drains_finds_the_ring_as_empty_as_before() {
        let (ring, mut consumer) = Ring::new();
        assert_eq!(Producer::new(ring).publish(0, 1.0), Published::Quietly);
        assert_eq!(consumer.drain(|_, _| ()), 1);
        for _ in 0..2 {
            assert!(consumer.park() && consumer.is_empty());
            assert_eq!(consumer.drain(|_, _| ()), 0);
        }
    }
}
