//! Memory in place of a file.

use std::{
    cell::RefCell,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering},
    },
};

use crate::spool::{Layout, Memory};

/// Divides the memory: a log that is soon full, and three rings.
pub fn layout() -> Layout {
    Layout::with(8_000, 100_000, 3)
}

pub struct TestMemory {
    words: &'static [AtomicU64],
    /// The parts that are read as halves.
    halves: Vec<(Range<usize>, &'static [AtomicU32])>,
    /// The number of words that a disk has room for.
    room: AtomicUsize,
}

thread_local! {
    /// Memory that is not used any more. It is never given back, so that tests do not take more and more.
    static UNUSED: RefCell<Vec<Arc<TestMemory>>> = const { RefCell::new(Vec::new()) };
}

fn zeros<Word: Default>(count: usize) -> &'static [Word] {
    (0..count).map(|_| Word::default()).collect::<Vec<_>>().leak()
}

impl TestMemory {
    /// Returns memory of zeros.
    pub fn take() -> Arc<Self> {
        if let Some(memory) = UNUSED.with_borrow_mut(Vec::pop) {
            memory.words.iter().for_each(|word| word.store(0, Ordering::Relaxed));
            memory.halves.iter().flat_map(|(_, all)| *all).for_each(|half| half.store(0, Ordering::Relaxed));
            memory.room.store(usize::MAX, Ordering::Relaxed);
            return memory;
        }
        let layout = layout();
        let words = layout.words();
        let parts = layout.rings.into_iter().flat_map(|ring| [ring.header, ring.ids]);
        let halves = parts.map(|part| (part.clone(), zeros(2 * part.len())));
        Arc::new(Self { words: zeros(words), halves: halves.collect(), room: AtomicUsize::new(usize::MAX) })
    }

    /// Lets others have the memory, which nobody may use any more.
    pub fn give_back(self: Arc<Self>) {
        UNUSED.with_borrow_mut(|unused| unused.push(self));
    }

    /// Limits the number of words that can be written.
    pub fn set_room(&self, words: usize) {
        self.room.store(words, Ordering::Relaxed);
    }

    /// Returns what a file would contain.
    pub fn image(&self) -> Vec<u64> {
        let mut image = self.beginning(self.words.len());
        for (part, halves) in &self.halves {
            for (word, pair) in image[part.clone()].iter_mut().zip(halves.chunks(2)) {
                let bytes: Vec<_> =
                    pair.iter().flat_map(|half| half.load(Ordering::Relaxed).to_ne_bytes()).collect();
                *word = u64::from_ne_bytes(bytes.try_into().unwrap());
            }
        }
        image
    }

    /// Returns the first words of it, before the parts that are read as halves.
    pub fn beginning(&self, words: usize) -> Vec<u64> {
        self.words[..words].iter().map(|word| word.load(Ordering::Relaxed)).collect()
    }
}

impl Memory for TestMemory {
    fn words(&self) -> &'static [AtomicU64] {
        self.words
    }

    fn halves(&self, words: Range<usize>) -> &'static [AtomicU32] {
        self.halves.iter().find(|(part, _)| *part == words).unwrap().1
    }

    fn reserve(&self, words: Range<usize>) -> bool {
        words.end <= self.room.load(Ordering::Relaxed)
    }
}
