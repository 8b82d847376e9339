//! Where everything is in a file, and the memory that it is mapped to.

use std::{ops::Range, sync::atomic::Ordering};

use crc32fast::hash;

use crate::{
    mapped::step,
    ring::{AtomicU32, AtomicU64, HEADER_WORDS, SLOTS},
};

/// The words of the header: a page, of which the first few are used.
pub(super) const HEADER: usize = 512;

/// The words before the header of a ring: its tag, and the second to which its records belong.
const NOTE: usize = 2;
/// The header of a ring, its ids, and its values.
const RING_HEADER: usize = HEADER_WORDS.div_ceil(2);
const IDS: usize = SLOTS as usize / 2;
const RING: usize = NOTE + RING_HEADER + IDS + SLOTS as usize;

/// The smallest file has a log in which the records of a ring have room twice beside what they replace.
const MIN_WORDS: usize = HEADER + 8 * RING;

/// The largest: a gibibyte. A place in the log is told by 32 bits, and nobody reads more because a file says so.
const MAX_WORDS: usize = 1 << 27;

/// The memory of a file. It is never given back: JavaScript may have a ring of it as long as the process lives.
pub trait Memory: Send + Sync {
    /// Returns all words, all of which are zero at first.
    fn words(&self) -> &'static [AtomicU64];

    /// Returns some of the words as twice as many halves.
    fn halves(&self, words: Range<usize>) -> &'static [AtomicU32];

    /// Makes sure that words can be written: a file that is mapped has no room on a disk before. Returns whether there is.
    fn reserve(&self, words: Range<usize>) -> bool;
}

/// A file that is read.
pub trait Source {
    /// Returns the number of words.
    fn words(&self) -> usize;

    /// Returns some of the words, or `None` if they cannot be read.
    fn read(&self, words: Range<usize>) -> Option<Vec<u64>>;
}

impl Source for [u64] {
    fn words(&self) -> usize {
        self.len()
    }

    fn read(&self, words: Range<usize>) -> Option<Vec<u64>> {
        self.get(words).map(<[u64]>::to_vec)
    }
}

/// The parts of a file, as ranges of words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    pub(super) catalogue: Range<usize>,
    pub(super) log: Range<usize>,
    pub(super) rings: Vec<RingLayout>,
}

/// The parts of a ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RingLayout {
    pub all: Range<usize>,
    pub note: usize,
    pub header: Range<usize>,
    pub ids: Range<usize>,
    pub values: Range<usize>,
}

impl Layout {
    /// Divides a file: half of it is for the log, and a quarter each for the catalogue and the rings. Returns `None` if it is too
    /// small or too large.
    #[must_use]
    pub fn of(words: usize) -> Option<Self> {
        if !(MIN_WORDS..=MAX_WORDS).contains(&words) {
            return None;
        }
        let quarter = (words - HEADER) / 4;
        Some(Self::with(quarter, 2 * quarter, quarter / RING))
    }

    pub(super) fn with(catalogue: usize, log: usize, rings: usize) -> Self {
        let catalogue = HEADER..HEADER + catalogue;
        let log = catalogue.end..catalogue.end + log;
        let rings = (0..rings).map(|index| RingLayout::at(log.end + index * RING)).collect();
        Self { catalogue, log, rings }
    }

    /// Returns the words of the whole.
    #[cfg(test)]
    pub(super) fn words(&self) -> usize {
        self.rings.last().map_or(self.log.end, |ring| ring.all.end)
    }
}

impl RingLayout {
    const fn at(start: usize) -> Self {
        let header = start + NOTE;
        let ids = header + RING_HEADER;
        let values = ids + IDS;
        let end = values + SLOTS as usize;
        Self { all: start..end, note: start, header: header..ids, ids: ids..values, values: values..end }
    }
}

/// The first words of a file.
pub(super) struct Header;

impl Header {
    const MAGIC: usize = 0;
    /// The version, and the number of words.
    const VERSION: usize = 1;
    const ID: usize = 2;
    const CHECK: usize = 3;
    /// Where the log begins, and the place after its last entry. The same of the catalogue.
    pub const LOG_START: usize = 4;
    pub const LOG_END: usize = 5;
    pub const CATALOGUE_START: usize = 6;
    pub const CATALOGUE_END: usize = 7;
    /// How many of its pieces others have adopted.
    pub const ADOPTED: usize = 8;
    /// When it was written before that, in seconds since 1970-01-01 UTC, or 0.
    pub const WRITTEN_AT: usize = 9;
    /// The id of the file that its owner was adopting, or 0.
    pub const ADOPTING: usize = 10;
    /// All of these words.
    pub const WORDS: usize = 11;

    const THIS_MAGIC: u64 = u64::from_ne_bytes(*b"hkmspool");
    const THIS_VERSION: u64 = 1;

    pub fn write(words: &[AtomicU64], id: u64) {
        let version = Self::THIS_VERSION << 32 | words.len() as u64;
        step(|| words[Self::VERSION].store(version, Ordering::Relaxed));
        step(|| words[Self::ID].store(id, Ordering::Relaxed));
        step(|| words[Self::CHECK].store(check(version, id), Ordering::Relaxed));
        step(|| words[Self::MAGIC].store(Self::THIS_MAGIC, Ordering::Release));
    }

    /// Returns the id of a file, and how many words it had when it was made.
    #[expect(clippy::cast_possible_truncation, reason = "half of a word")]
    pub fn read(source: &(impl Source + ?Sized)) -> Result<(u64, usize), HeaderError> {
        let words = source.read(0..Self::CHECK + 1);
        let Some(&[magic, version, id, checked]) = words.as_deref() else { return Err(HeaderError::Empty) };
        match magic {
            0 if is_blank(source) => Err(HeaderError::Empty),
            0 => Err(HeaderError::Torn),
            Self::THIS_MAGIC if source.words() < HEADER || checked != check(version, id) => {
                Err(HeaderError::Torn)
            }
            Self::THIS_MAGIC if version >> 32 == Self::THIS_VERSION => Ok((id, version as u32 as usize)),
            Self::THIS_MAGIC => Err(HeaderError::OtherVersion),
            _ => Err(HeaderError::Foreign),
        }
    }
}

/// Returns whether nothing was ever written: neither the header nor the catalogue, which begins after it.
fn is_blank(source: &(impl Source + ?Sized)) -> bool {
    let words = source.read(0..source.words().min(HEADER + 2));
    words.is_some_and(|words| words.iter().all(|word| *word == 0))
}

pub(super) enum HeaderError {
    /// Its owner was killed before there was a record in it.
    Empty,
    Foreign,
    OtherVersion,
    Torn,
}

fn check(version: u64, id: u64) -> u64 {
    hash(&[version.to_le_bytes(), id.to_le_bytes()].concat()).into()
}
