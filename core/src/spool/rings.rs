//! The rings of a file: each thread writes its records into one of them.

use std::sync::{Arc, atomic::Ordering};

use super::{Memory, Source, layout::RingLayout};
use crate::{
    mapped::step,
    resolution::WindowStart,
    ring::{
        AtomicU32, AtomicU64, Consumer, HEAD, HEADER_WORDS, NO_SERIES, POSITION, Ring, SLOTS, SharedRing,
        TAIL,
    },
};

/// The second of a ring that is parked: its first record is of the moment in which the file is written last.
const NOW: WindowStart = WindowStart(i64::MIN);

/// All places for rings, and which of them are free.
pub(super) struct Rings {
    memory: Arc<dyn Memory>,
    layouts: Vec<RingLayout>,
    free: Vec<usize>,
    tags: u32,
}

/// The memory of one ring. It is free again when this is given back.
pub struct SpooledRing {
    memory: Arc<dyn Memory>,
    place: usize,
    layout: RingLayout,
    tag: u32,
}

impl Rings {
    pub fn new(memory: &Arc<dyn Memory>, layouts: Vec<RingLayout>) -> Self {
        let free = (0..layouts.len()).rev().collect();
        Self { memory: Arc::clone(memory), layouts, free, tags: 0 }
    }

    pub fn open(&mut self, second: WindowStart) -> Option<SpooledRing> {
        let place = *self.free.last()?;
        let layout = self.layouts[place].clone();
        if !self.memory.reserve(layout.all.clone()) {
            return None;
        }
        self.free.pop();
        self.tags += 1;
        let ring = SpooledRing { memory: Arc::clone(&self.memory), place, layout, tag: self.tags };
        // A slot that was not written must not look like a record.
        let (header, ids, _) = ring.memory();
        step(|| {
            for id in ids {
                id.store(NO_SERIES, Ordering::Relaxed);
            }
        });
        for word in header {
            step(|| word.store(0, Ordering::Relaxed));
        }
        ring.set_second(second);
        ring.set_tag(ring.tag);
        Some(ring)
    }

    /// Takes a ring back that was drained and that nobody can write any more.
    pub fn close(&mut self, ring: &SpooledRing) {
        ring.set_tag(0);
        self.free.push(ring.place);
    }
}

impl SpooledRing {
    /// Makes the ring, once.
    #[must_use]
    pub fn make(&self) -> (SharedRing, Consumer) {
        let (header, ids, values) = self.memory();
        Ring::lent(header, ids, values)
    }

    fn memory(&self) -> (&'static [AtomicU32], &'static [AtomicU32], &'static [AtomicU64]) {
        let RingLayout { header, ids, values, .. } = &self.layout;
        let header = &self.memory.halves(header.clone())[..HEADER_WORDS];
        (header, self.memory.halves(ids.clone()), &self.memory.words()[values.clone()])
    }

    pub(super) const fn tag(&self) -> u32 {
        self.tag
    }

    fn set_tag(&self, tag: u32) {
        step(|| self.memory.words()[self.layout.note].store(tag.into(), Ordering::Release));
    }

    /// Sets the second to which the next records belong.
    pub fn set_second(&self, second: WindowStart) {
        let word = &self.memory.words()[self.layout.note + 1];
        step(|| word.store(second.0.cast_unsigned(), Ordering::Release));
    }

    /// Sets the second if the ring is parked.
    pub fn note_wake(&self, second: WindowStart) {
        let word = &self.memory.words()[self.layout.note + 1];
        if word.load(Ordering::Acquire) == NOW.0.cast_unsigned() {
            self.set_second(second);
        }
    }

    /// Lets the next records belong to the moment in which the first of them is written.
    pub fn set_parked(&self) {
        self.set_second(NOW);
    }
}

/// A ring as its owner left it.
pub(super) struct Left {
    /// 0 if it is damaged.
    pub tag: u32,
    pub second: WindowStart,
    head: u32,
    tail: u32,
    ids: Vec<u32>,
    values: Vec<f64>,
}

impl Left {
    /// Reads a ring that is open. `written_at` is when the file was written last.
    pub fn read(
        source: &(impl Source + ?Sized),
        layout: &RingLayout,
        written_at: WindowStart,
    ) -> Option<Self> {
        // Most were never opened.
        source.read(layout.note..layout.note + 1).filter(|tag| tag[0] != 0)?;
        let all = source.read(layout.all.clone())?;
        let at = |index: usize| index - layout.all.start;
        let tag = u32::try_from(all[0]).unwrap_or(0);
        let second =
            Some(WindowStart(all[1].cast_signed())).filter(|second| *second != NOW).unwrap_or(written_at);
        let header = halves(&all[at(layout.header.start)..at(layout.header.end)]);
        let ids = halves(&all[at(layout.ids.start)..at(layout.ids.end)]);
        let values = all[at(layout.values.start)..].iter().map(|word| f64::from_bits(*word)).collect();
        Some(Self { tag, second, head: header[HEAD] & POSITION, tail: header[TAIL] & POSITION, ids, values })
    }

    /// Returns whether the ring cannot be what its owner left. `drained` is as for [`Left::records`].
    pub fn is_torn(&self, drained: Option<u32>) -> bool {
        self.tag == 0 || self.count(self.tail(drained)) > SLOTS
    }

    /// Returns the records that were not drained. `drained` is the position up to which they are in the log, if they are. It can
    /// be ahead of what the ring says.
    pub fn records(&self, drained: Option<u32>) -> impl Iterator<Item = (u32, f64)> {
        let tail = self.tail(drained);
        let count = self.count(tail);
        // None of a ring that holds more than it can is worth trusting.
        let count = if count > SLOTS { 0 } else { count };
        let slots = (0..count).map(move |offset| (tail.wrapping_add(offset) & (SLOTS - 1)) as usize);
        slots.map(|slot| (self.ids[slot], self.values[slot])).filter(|(id, _)| *id != NO_SERIES)
    }

    fn tail(&self, drained: Option<u32>) -> u32 {
        let is_ahead = |drained: &u32| drained.wrapping_sub(self.tail) & POSITION <= SLOTS;
        drained.filter(is_ahead).unwrap_or(self.tail)
    }

    const fn count(&self, tail: u32) -> u32 {
        self.head.wrapping_sub(tail) & POSITION
    }
}

/// Divides words in the order of memory.
fn halves(words: &[u64]) -> Vec<u32> {
    let bytes: Vec<_> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
    let (halves, _) = bytes.as_chunks();
    halves.iter().map(|half| u32::from_ne_bytes(*half)).collect()
}
