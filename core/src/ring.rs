//! A ring in shared memory. One JavaScript thread writes records, and Rust drains them.
//!
//! ```text
//!   header   [ head + parked | tail | lost ]   32-bit words
//!   ids      [ id id id … ]                    32-bit words, one a slot
//!   values   [ f64 f64 f64 … ]                 64-bit words, one a slot
//! ```
//!
//! The producer fills a slot with plain stores and publishes it by an atomic exchange of `head`. The consumer loads
//! `head`, reads the slots before it, and frees them by a store to `tail`. Both positions wrap at 2^31. The index of a
//! slot is the position modulo [`SLOTS`]. A record is read once, and in the order in which it was written.
//!
//! The highest bit of `head` is set while the consumer is parked. The exchange of the producer returns this bit and
//! clears it. If it was set, the producer must wake the consumer. The position and the bit are in one word, so
//! publishing a record and reading the bit are one step: either the consumer sees the record and does not sleep, or the
//! producer sees the bit.
//!
//! `lost` counts the records that the producer could not write. Calls into the native side fail without an error while
//! the thread of the producer is being terminated, but the shared memory can still be written.
//!
//! The three parts are slices of atomics, so this module needs no `unsafe`. The binding lends their addresses to
//! JavaScript, which is the producer. [`Producer`] implements the same protocol in Rust, for tests and benchmarks.

use std::ops::Deref;
#[cfg(not(loom))]
use std::sync::{
    Arc,
    atomic::{Ordering, fence},
};

#[cfg(loom)]
use loom::sync::{
    Arc,
    atomic::{Ordering, fence},
};

/// The words of a ring, also of one whose memory is lent. In a model, they are those of the model checker.
#[cfg(not(loom))]
pub use std::sync::atomic::{AtomicU32, AtomicU64};

#[cfg(loom)]
pub use loom::sync::atomic::{AtomicU32, AtomicU64};

use crate::mapped::step;

/// A ring that both sides own. In a model, the `Arc` is that of the model checker.
pub type SharedRing = Arc<Ring>;

/// The maximum number of records between two drains. 16,384 slots take 192 KiB for each JavaScript thread, and are
/// drained in less than a millisecond.
#[cfg(not(loom))]
pub const SLOTS: u32 = 16_384;
/// Few enough slots for positions to go around in a model.
#[cfg(loom)]
pub const SLOTS: u32 = 2;

const _: () = assert!(SLOTS.is_power_of_two(), "positions wrap at 2^31");

/// The word of the header that counts published records, with the bit [`PARKED`].
pub const HEAD: usize = 0;
/// The word of the header that counts drained records. Only the consumer writes it.
pub const TAIL: usize = 1;
/// The word of the header that counts records without a series or a slot. Only the producer writes it. Wraps at 2^32.
pub const LOST: usize = 2;
pub(crate) const HEADER_WORDS: usize = 3;

/// What is in a slot of lent memory without a record: an id that no series has.
pub(crate) const NO_SERIES: u32 = u32::MAX;

/// The bit of the head that is set while the consumer is parked.
pub const PARKED: u32 = 1 << 31;
/// The bits of the head that hold the position.
pub(crate) const POSITION: u32 = PARKED - 1;

/// The shared memory.
#[derive(Debug)]
pub struct Ring {
    header: Words<AtomicU32>,
    ids: Words<AtomicU32>,
    values: Words<AtomicU64>,
}

/// Memory of the ring's own, or memory that is lent for as long as the process lives.
#[derive(Debug)]
enum Words<Word: 'static> {
    Own(Box<[Word]>),
    Lent(&'static [Word]),
}

impl<Word> Deref for Words<Word> {
    type Target = [Word];

    fn deref(&self) -> &[Word] {
        match self {
            Self::Own(words) => words,
            Self::Lent(words) => words,
        }
    }
}

impl Ring {
    /// Makes an empty ring that is not parked, and its only consumer. Returns `None` if there is no memory for it: a failure of
    /// another allocation ends the process.
    #[must_use]
    pub fn new() -> Option<(Arc<Self>, Consumer)> {
        Some(Self::of(
            filled(HEADER_WORDS, || AtomicU32::new(0))?,
            filled(SLOTS as usize, || AtomicU32::new(0))?,
            filled(SLOTS as usize, || AtomicU64::new(0))?,
        ))
    }

    /// Makes the same in memory that is lent: a header of zeros, ids of [`NO_SERIES`], and any values.
    #[must_use]
    pub fn lent(
        header: &'static [AtomicU32],
        ids: &'static [AtomicU32],
        values: &'static [AtomicU64],
    ) -> (Arc<Self>, Consumer) {
        Self::of(Words::Lent(header), Words::Lent(ids), Words::Lent(values))
    }

    fn of(
        header: Words<AtomicU32>,
        ids: Words<AtomicU32>,
        values: Words<AtomicU64>,
    ) -> (Arc<Self>, Consumer) {
        let ring = Arc::new(Self { header, ids, values });
        (Arc::clone(&ring), Consumer { ring, tail: 0, lost: 0 })
    }

    /// Returns the words [`HEAD`], [`TAIL`] and [`LOST`]. JavaScript accesses them as an `Int32Array`.
    #[must_use]
    pub fn header(&self) -> &[AtomicU32] {
        &self.header
    }

    /// Returns one series id for each slot.
    #[must_use]
    pub fn ids(&self) -> &[AtomicU32] {
        &self.ids
    }

    /// Returns one value for each slot, as the bits of an `f64`.
    #[must_use]
    pub fn values(&self) -> &[AtomicU64] {
        &self.values
    }
}

fn filled<Word>(count: usize, word: impl FnMut() -> Word) -> Option<Words<Word>> {
    let mut words = Vec::new();
    words.try_reserve_exact(count).ok()?;
    words.resize_with(count, word);
    Some(Words::Own(words.into_boxed_slice()))
}

/// The reading side. It is not `Clone`, and draining takes `&mut`, so a ring has one consumer.
#[derive(Debug)]
pub struct Consumer {
    ring: Arc<Ring>,
    tail: u32,
    lost: u32,
}

/// Records that were published, and not drained yet.
#[derive(Clone, Copy, Debug)]
pub struct Batch {
    count: u32,
    /// The position after the last one.
    pub end: u32,
}

impl Batch {
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.count == 0
    }
}

impl Consumer {
    /// Passes each published record to `consume`, oldest first, and frees the slots. Returns the number of records.
    pub fn drain(&mut self, consume: impl FnMut(u32, f64)) -> u32 {
        let batch = self.published();
        self.drain_batch(batch, consume)
    }

    /// Returns what is published.
    #[must_use]
    pub fn published(&self) -> Batch {
        let end = self.ring.header[HEAD].load(Ordering::Acquire) & POSITION;
        // The producer is outside of Rust. Even if the head is invalid, no slot is read twice.
        let count = (end.wrapping_sub(self.tail) & POSITION).min(SLOTS);
        Batch { count, end }
    }

    /// Returns the records of a batch, oldest first.
    #[must_use]
    pub fn records(&self, batch: Batch) -> impl ExactSizeIterator<Item = (u32, f64)> {
        (0..batch.count).map(|offset| {
            let slot = (self.tail.wrapping_add(offset) & (SLOTS - 1)) as usize;
            let id = self.ring.ids[slot].load(Ordering::Relaxed);
            (id, f64::from_bits(self.ring.values[slot].load(Ordering::Relaxed)))
        })
    }

    /// Passes each record of a batch to `consume`, oldest first, and frees the slots. Returns the number of records.
    pub fn drain_batch(&mut self, batch: Batch, mut consume: impl FnMut(u32, f64)) -> u32 {
        self.records(batch).for_each(|(id, value)| consume(id, value));
        if let Words::Lent(ids) = &self.ring.ids {
            // Whoever reads the memory later, and finds a damaged header, must not take them for new ones.
            step(|| {
                for offset in 0..batch.count {
                    let slot = (self.tail.wrapping_add(offset) & (SLOTS - 1)) as usize;
                    ids[slot].store(NO_SERIES, Ordering::Relaxed);
                }
            });
        }
        self.tail = batch.end;
        step(|| self.ring.header[TAIL].store(batch.end, Ordering::Release));
        batch.count
    }

    /// Returns the number of records that the producer could not write since the last call.
    pub fn take_lost(&mut self) -> u32 {
        let lost = self.ring.header[LOST].load(Ordering::Relaxed);
        lost.wrapping_sub(std::mem::replace(&mut self.lost, lost))
    }

    /// Returns whether the producer wrote `probe` as the id and the value of the first slot, without publishing it.
    #[must_use]
    pub fn sees(&self, probe: u32) -> bool {
        let value = self.ring.values[0].load(Ordering::Relaxed);
        self.ring.ids[0].load(Ordering::Relaxed) == probe && value == f64::from(probe).to_bits()
    }

    /// Returns whether every published record was drained.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ring.header[HEAD].load(Ordering::Acquire) & POSITION == self.tail
    }

    /// Requests a wake with the next record. Returns whether the ring is empty. Otherwise, the consumer must not sleep.
    #[must_use]
    pub fn park(&self) -> bool {
        self.ring.header[HEAD].fetch_or(PARKED, Ordering::AcqRel) & POSITION == self.tail
    }

    /// Cancels the request for a wake.
    pub fn unpark(&self) {
        self.ring.header[HEAD].fetch_and(POSITION, Ordering::AcqRel);
    }

    /// Returns whether no producer exists any more: the JavaScript thread and its typed arrays are gone.
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        let is_gone = Arc::strong_count(&self.ring) == 1;
        // What the thread wrote before it let go of the ring is seen after this.
        fence(Ordering::Acquire);
        is_gone
    }
}

/// The writing side, for tests and benchmarks.
#[derive(Debug)]
pub struct Producer {
    ring: Arc<Ring>,
    head: u32,
}

/// The result of writing a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    /// The record was written. The consumer is awake.
    Quietly,
    /// The record was written. The consumer is parked and has to be woken.
    WhileParked,
    /// The record was not written, because no slot is free.
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
        fn records_are_read_once_and_in_order_for_any_sequence_of_writes_and_drains(
            bursts in prop::collection::vec((0..SLOTS + SLOTS / 2, any::<bool>()), 1..12),
        ) {
            let (ring, mut consumer) = Ring::new().unwrap();
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
        let (ring, mut consumer) = Ring::new().unwrap();
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
        let (ring, mut consumer) = Ring::new().unwrap();
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
    fn with_an_invalid_head_each_slot_is_read_at_most_once() {
        let (ring, mut consumer) = Ring::new().unwrap();
        ring.header[HEAD].store(u32::MAX, Ordering::SeqCst);
        assert_eq!(consumer.drain(|_, _| ()), SLOTS);
        assert_eq!(consumer.drain(|_, _| ()), 0);
    }

    #[test]
    fn only_the_first_record_after_parking_requests_a_wake() {
        let (ring, mut consumer) = Ring::new().unwrap();
        let mut producer = Producer::new(ring);
        assert!(consumer.park());
        assert_eq!(producer.publish(0, 1.0), Published::WhileParked);
        assert_eq!(producer.publish(0, 1.0), Published::Quietly);
        assert!(!consumer.park(), "a consumer does not sleep while a record waits");
        consumer.unpark();
        assert_eq!(producer.publish(0, 1.0), Published::Quietly);
        assert_eq!(consumer.drain(|_, _| ()), 3);
    }

    #[test]
    fn draining_an_empty_ring_while_parked_reads_nothing() {
        let (ring, mut consumer) = Ring::new().unwrap();
        assert_eq!(Producer::new(ring).publish(0, 1.0), Published::Quietly);
        assert_eq!(consumer.drain(|_, _| ()), 1);
        for _ in 0..2 {
            assert!(consumer.park() && consumer.is_empty());
            assert_eq!(consumer.drain(|_, _| ()), 0);
        }
    }
}
