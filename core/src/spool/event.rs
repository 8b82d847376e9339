//! The entries of a log. Records as they are drained have a format of their own, because there are many; the others are in that of
//! postcard.

use serde::{Deserialize, Serialize};

use super::state::Stored;
use crate::{
    resolution::WindowStart,
    sample::Sample,
    series::{MarkedId, SeriesId},
    window::{Dropped, Piece},
};

/// Samples of a series that were taken.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Lot {
    pub window: WindowStart,
    pub series: SeriesId,
    pub is_unsure: bool,
    pub samples: Vec<Sample>,
}

/// What happened to records.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Event {
    /// What waits is being taken. `Taken` follows.
    Cut {
        with_held: bool,
    },
    Taken(Vec<Lot>),
    Sending(Vec<Lot>),
    /// These were on the wire, and CloudWatch did not take them.
    Refused(Vec<Lot>),
    Applied(Vec<Lot>),
    Dropped(Vec<Lot>),
    GivenBack {
        lots: Vec<Lot>,
        are_held: bool,
        may_be_applied: bool,
    },
    Shed {
        waiting: Vec<Dropped>,
        held: Vec<Dropped>,
    },
    /// These are records of another file: those before its piece with the index `end` that were not taken over before.
    Adopted {
        file: u64,
        end: u64,
        pieces: Vec<Piece>,
    },
    /// All of the above.
    State(Stored),
}

/// What an entry says.
#[derive(Debug)]
pub(super) enum Entry<'bytes> {
    Records(Records<'bytes>),
    Event(Box<Event>),
}

/// Records as they were drained.
#[derive(Debug)]
pub(super) struct Records<'bytes> {
    /// The ring, or 0, and the position after its last record.
    pub ring: u32,
    pub end: u32,
    pub second: WindowStart,
    bytes: &'bytes [[u8; RECORD]],
}

impl Records<'_> {
    pub fn all(&self) -> impl Iterator<Item = (MarkedId, f64)> {
        self.bytes.iter().map(|bytes| {
            let [a, b, c, d, value @ ..] = *bytes;
            (MarkedId(u32::from_le_bytes([a, b, c, d])), f64::from_le_bytes(value))
        })
    }
}

/// The first byte of an entry.
const RECORDS: u8 = 0;
const EVENT: u8 = 1;

/// The bytes of a record: its id and its value.
const RECORD: usize = 12;

pub(super) fn encode_records(
    bytes: &mut Vec<u8>,
    ring: u32,
    end: u32,
    second: WindowStart,
    records: impl ExactSizeIterator<Item = (u32, f64)>,
) {
    bytes.push(RECORDS);
    bytes.extend_from_slice(&ring.to_le_bytes());
    bytes.extend_from_slice(&end.to_le_bytes());
    bytes.extend_from_slice(&second.0.to_le_bytes());
    let head = bytes.len();
    bytes.resize(head + RECORD * records.len(), 0);
    // In place: to append each record costs several times as much.
    let (places, _) = bytes[head..].as_chunks_mut::<RECORD>();
    for (place, (id, value)) in places.iter_mut().zip(records) {
        let (first, last) = place.split_at_mut(4);
        first.copy_from_slice(&id.to_le_bytes());
        last.copy_from_slice(&value.to_le_bytes());
    }
}

impl Event {
    pub fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.push(EVENT);
        // The only error is that of a list whose length is not known.
        *bytes = postcard::to_extend(self, std::mem::take(bytes)).unwrap_or_default();
    }
}

/// Returns what an entry says, or `None` if it is of another program.
pub(super) fn decode(bytes: &[u8]) -> Option<Entry<'_>> {
    let (&kind, bytes) = bytes.split_first()?;
    match kind {
        RECORDS => {
            let (ring, bytes) = bytes.split_first_chunk()?;
            let (end, bytes) = bytes.split_first_chunk()?;
            let (second, bytes) = bytes.split_first_chunk()?;
            let second = WindowStart(i64::from_le_bytes(*second));
            let (bytes, _) = bytes.as_chunks();
            let (ring, end) = (u32::from_le_bytes(*ring), u32::from_le_bytes(*end));
            Some(Entry::Records(Records { ring, end, second, bytes }))
        }
        EVENT => postcard::from_bytes(bytes).ok().map(|event| Entry::Event(Box::new(event))),
        _ => None,
    }
}
