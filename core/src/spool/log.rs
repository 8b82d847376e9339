//! Entries, one after the other in a circular buffer of words.
//!
//! ```text
//!   length in bytes | sequence number     32 bits each
//!   checksum | zero                       of the above and the content
//!   content                               whole words
//! ```
//!
//! A reader begins where the header of the file says, and stops at the first entry whose checksum is wrong, or whose number is not the next
//! one: it is of an earlier round. An entry is in one piece. If it does not fit before the end of the buffer, an empty entry
//! sends the reader to the beginning.

use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{Ordering, compiler_fence},
    },
};

use crc32fast::Hasher;

use super::{Memory, Source};
use crate::{mapped::step, ring::AtomicU64};

/// The words before the content of an entry.
const HEAD: usize = 2;

/// Words are made ready to be written in pieces of 256 KiB.
const PIECE: usize = if cfg!(test) { 64 } else { 32 * 1_024 };

/// A place in a log: the index of a word, and the number of the entry there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub index: u32,
    pub sequence: u32,
}

impl Place {
    const fn word(self) -> u64 {
        (self.index as u64) << 32 | self.sequence as u64
    }

    /// Returns whether another place is of later entries.
    pub const fn is_before(self, other: Self) -> bool {
        other.sequence.wrapping_sub(self.sequence).cast_signed() > 0
    }

    #[expect(clippy::cast_possible_truncation, reason = "the two halves of a word")]
    pub const fn of(word: u64) -> Self {
        Self { index: (word >> 32) as u32, sequence: word as u32 }
    }
}

/// The writing side.
pub(super) struct Log {
    memory: Arc<dyn Memory>,
    range: Range<usize>,
    /// The words of the file that hold `start` and `end`.
    header: [usize; 2],
    start: Place,
    end: Place,
    /// Where the older entries end, while newer ones are before them.
    turn: usize,
    /// How many words can be written.
    reserved: usize,
    /// The content of the next entry.
    encoded: Vec<u8>,
}

impl Log {
    /// Makes an empty log. `start` and `end` are the words of the file that tell a reader where it is.
    pub fn new(memory: &Arc<dyn Memory>, range: Range<usize>, start: usize, end: usize) -> Option<Self> {
        let first = Place { index: 0, sequence: 1 };
        let mut log = Self {
            memory: Arc::clone(memory),
            range,
            header: [start, end],
            start: first,
            end: first,
            turn: 0,
            reserved: 0,
            encoded: Vec::new(),
        };
        log.reserve(HEAD).then(|| {
            log.publish();
            log
        })
    }

    pub fn memory(&self) -> Arc<dyn Memory> {
        Arc::clone(&self.memory)
    }

    /// Sets the content of the next entry.
    pub fn encode(&mut self, encode: impl FnOnce(&mut Vec<u8>)) {
        self.encoded.clear();
        encode(&mut self.encoded);
    }

    pub fn take_encoded(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.encoded)
    }

    pub fn set_encoded(&mut self, encoded: Vec<u8>) {
        self.encoded = encoded;
    }

    pub fn capacity(&self) -> usize {
        self.range.len()
    }

    /// Returns how many words the entries take.
    pub const fn used(&self) -> usize {
        let (start, end) = (self.start.index as usize, self.end.index as usize);
        if end >= start { end - start } else { self.turn - start + end }
    }

    /// Appends the entry whose content was set. Returns `None` if it has no room.
    pub fn append(&mut self) -> Option<Place> {
        self.make_room(self.words_of_entry())?;
        let place = self.end;
        self.write_encoded();
        self.publish();
        Some(place)
    }

    /// Begins the log with the entry whose content was set, behind all others. Returns `None` if that would not give it more room, or
    /// if the entry has none there.
    pub fn begin_behind(&mut self) -> Option<()> {
        let at = self.turn;
        let end = at + self.words_of_entry() + HEAD;
        let is_turned = self.end.index < self.start.index;
        (is_turned && end <= self.capacity() && self.reserve(end)).then_some(())?;
        self.end.index = u32::try_from(at).ok()?;
        self.start = self.end;
        self.write_encoded();
        self.publish();
        Some(())
    }

    const fn words_of_entry(&self) -> usize {
        HEAD + self.encoded.len().div_ceil(8)
    }

    fn write_encoded(&mut self) {
        let encoded = std::mem::take(&mut self.encoded);
        self.write(&encoded);
        self.encoded = encoded;
    }

    /// Moves the end to where a number of words have room.
    fn make_room(&mut self, words: usize) -> Option<()> {
        let (start, end) = (self.start.index as usize, self.end.index as usize);
        if end < start {
            // The end must not reach the start: that would be an empty log.
            return (end + words + HEAD < start).then_some(());
        }
        // An empty entry must still have room after it.
        let fits = end + words + HEAD <= self.capacity();
        let fits_before = words + HEAD < start;
        // To write where something was written before costs no further memory. If there is little room, it would soon be used up.
        let is_reserved = end + words + HEAD <= self.reserved;
        let has_much_before = fits_before && 2 * start >= self.reserved;
        if fits && (is_reserved || !has_much_before) && self.reserve(end + words + HEAD) {
            return Some(());
        }
        (fits_before && self.reserve(end + HEAD)).then(|| {
            self.write(&[]);
            (self.turn, self.end.index) = (end + HEAD, 0);
            self.publish();
        })
    }

    fn reserve(&mut self, words: usize) -> bool {
        if words <= self.reserved {
            return true;
        }
        let wanted = words.next_multiple_of(PIECE).min(self.capacity());
        let is_ready = self.memory.reserve(self.range.start + self.reserved..self.range.start + wanted);
        if is_ready {
            self.reserved = wanted;
        }
        is_ready
    }

    /// Returns the words of the file that should be ready before they are needed, and are not. Pass them to [`Log::note_ready`] when they
    /// are.
    pub fn wanted(&self) -> Option<Range<usize>> {
        let is_low = self.end.index as usize + PIECE / 2 > self.reserved && self.reserved < self.capacity();
        let ready = self.range.start + self.reserved;
        is_low.then(|| ready..(ready + PIECE).min(self.range.end))
    }

    pub fn note_ready(&mut self, words: &Range<usize>) {
        self.reserved = self.reserved.max(words.end - self.range.start);
    }

    /// Writes an entry at the end. It counts when the end is published.
    #[expect(clippy::cast_possible_truncation, reason = "a log has less than 2^32 words")]
    fn write(&mut self, content: &[u8]) {
        let at = self.end.index as usize;
        let first = u64::from(content.len() as u32) << 32 | u64::from(self.end.sequence);
        let words = self.room();
        let (chunks, rest) = content.as_chunks::<8>();
        for (word, chunk) in words[at + HEAD..].iter().zip(chunks) {
            step(|| word.store(u64::from_le_bytes(*chunk), Ordering::Relaxed));
        }
        if !rest.is_empty() {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            let word = &words[at + HEAD + chunks.len()];
            step(|| word.store(u64::from_le_bytes(last), Ordering::Relaxed));
        }
        step(|| words[at + 1].store(checksum(first, content), Ordering::Relaxed));
        step(|| words[at].store(first, Ordering::Release));
        self.end.index += (HEAD + content.len().div_ceil(8)) as u32;
        self.end.sequence = self.end.sequence.wrapping_add(1);
    }

    fn room(&self) -> &'static [AtomicU64] {
        &self.memory.words()[self.range.clone()]
    }

    fn publish(&self) {
        let words = self.memory.words();
        for (index, place) in self.header.into_iter().zip([self.start, self.end]) {
            step(|| words[index].store(place.word(), Ordering::Release));
        }
        // A thread is killed between two of its instructions. What follows in the program must not be done before.
        compiler_fence(Ordering::SeqCst);
    }

    /// Lets the log begin at one of its entries.
    pub fn forget_before(&mut self, place: Place) {
        self.start = place;
        self.publish();
    }

    /// Empties the log.
    pub fn forget_all(&mut self) {
        self.end.index = 0;
        self.start = self.end;
        self.publish();
    }

    /// Returns the content of all entries.
    pub fn entries(&self) -> Entries<'_, Self> {
        Entries { source: self, range: self.range.clone(), at: self.start }
    }
}

impl Source for Log {
    fn words(&self) -> usize {
        self.memory.words().len()
    }

    fn read(&self, words: Range<usize>) -> Option<Vec<u64>> {
        let words = self.memory.words().get(words)?;
        Some(words.iter().map(|word| word.load(Ordering::Relaxed)).collect())
    }
}

/// The reading side.
pub(super) struct Entries<'source, S: ?Sized> {
    source: &'source S,
    /// The words of the log.
    range: Range<usize>,
    at: Place,
}

impl<'source, S: Source + ?Sized> Entries<'source, S> {
    pub const fn new(source: &'source S, range: Range<usize>, start: Place) -> Self {
        Self { source, range, at: start }
    }

    /// Returns where the next entry would be.
    pub const fn place(&self) -> Place {
        self.at
    }

    /// Returns the bytes of some words, without those at the end that only fill the last one.
    fn bytes(&self, words: Range<usize>, padding: usize) -> Option<Vec<u8>> {
        let words = self.source.read(words)?;
        let mut bytes: Vec<_> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes.truncate(bytes.len().saturating_sub(padding));
        Some(bytes)
    }

    fn read(&self) -> Option<Vec<u8>> {
        let at = self.range.start.checked_add(self.at.index as usize)?;
        let head = self.source.read(at..at + HEAD)?;
        let &[first, checked] = head.as_slice() else { return None };
        let Place { index: bytes, sequence } = Place::of(first);
        let bytes = bytes as usize;
        let end = at + HEAD + bytes.div_ceil(8);
        if sequence != self.at.sequence || end > self.range.end {
            return None;
        }
        // A length that is wrong must not take as much memory.
        let padding = bytes.next_multiple_of(8) - bytes;
        let mut hasher = Hasher::new();
        hasher.update(&first.to_le_bytes());
        for from in (at + HEAD..end).step_by(PIECE) {
            let to = end.min(from + PIECE);
            hasher.update(&self.bytes(from..to, if to == end { padding } else { 0 })?);
        }
        if checked != u64::from(hasher.finalize()) {
            return None;
        }
        self.bytes(at + HEAD..end, padding)
    }
}

impl<S: Source + ?Sized> Iterator for Entries<'_, S> {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        loop {
            let content = self.read()?;
            self.at.sequence = self.at.sequence.wrapping_add(1);
            if !content.is_empty() {
                self.at.index += u32::try_from(HEAD + content.len().div_ceil(8)).ok()?;
                return Some(content);
            }
            self.at.index = 0;
        }
    }
}

fn checksum(first: u64, content: &[u8]) -> u64 {
    let mut hasher = Hasher::new();
    hasher.update(&first.to_le_bytes());
    hasher.update(content);
    hasher.finalize().into()
}
