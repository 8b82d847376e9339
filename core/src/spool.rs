//! What survives a process that is killed: a file in memory that holds its records until CloudWatch has them.
//!
//! The file is mapped and shared, so what is stored in it survives the process without a further step. A thread is killed between
//! two of its instructions: of what it stored, everything is there up to some point, and nothing after it. It is one file:
//!
//! ```text
//!   header      what this is, and where the log begins       [`layout`]
//!   catalogue   metrics and series, in the order of their ids   [`catalogue`]
//!   log         what happened to records, a circular buffer     [`log`], [`event`]
//!   rings       the memory that JavaScript writes               [`ring`](crate::ring)
//! ```
//!
//! # The order of writes
//!
//! - A series is in the catalogue before its id is known to anybody.
//! - Drained records are in the log before their slots of the ring are free. The entry says up to which position, so a reader
//!   takes no record from both.
//! - A request is in the log before it is sent, and what became of it before its records are counted.
//! - What is before the records that were taken last is forgotten by one store, when nothing before them is needed.
//!
//! A reader plays the log from there; see [`state`]. What follows the first entry that is torn is ignored. If the log becomes long, its
//! owner plays it too, and begins it anew with what was left.
//!
//! Nothing here does I/O: the memory is lent by the user of this crate, who also finds the files of others; see [`Memory`].

mod catalogue;
mod event;
mod layout;
mod log;
mod remains;
mod rings;
mod state;

use std::sync::{Arc, atomic::Ordering};

pub use catalogue::{Catalogue, SeriesRow};
pub use layout::{Layout, Memory, Source};
pub use remains::{ADOPTED, Damage, Remains, read, was_adopting};
pub use rings::SpooledRing;

use crate::{
    mapped::step,
    request::{Datum, Request},
    resolution::{Resolution, WindowStart},
    ring::{Batch, Consumer},
    sample::{MAX_MAGNITUDE, MIN_MAGNITUDE, Sample},
    series::SeriesId,
    window::{Dropped, Piece},
};
use event::{Event, Lot};
use layout::{HEADER, Header};
use log::{Log, Place};
use rings::Rings;
use state::State;

/// A log of more words, 8 MB, is begun anew. To play the entries takes 20 to 40 milliseconds, during which the buffer is locked.
const LONG: usize = if cfg!(test) { 8_000 } else { 1 << 20 };

/// There is no room for the records of another file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRoom;

/// What a process keeps in its file, from the view of its buffer. A call is one entry of the log.
///
/// A log without room is forgotten as a whole: nothing that is half known is worth keeping. What comes after it is kept again.
pub struct Spool {
    memory: Arc<dyn Memory>,
    log: Log,
    rings: Rings,
    /// Where the records that are being taken begin, if nothing before them is needed.
    cut: Option<Place>,
    /// The file of which records are adopted that it still has, and up to which piece.
    adopting: Option<(u64, u64)>,
    /// The log has all that waits and is in flight.
    is_whole: bool,
    /// The words of the log when it was last begun anew.
    words_of_state: usize,
    overflows: u64,
}

impl Spool {
    /// Prepares the file of a process. `id` tells it from all others. Returns `None` if there is no room for it.
    #[must_use]
    pub fn new(
        memory: &Arc<dyn Memory>,
        id: u64,
        environment: &str,
        resolution: Resolution,
    ) -> Option<(Self, Catalogue)> {
        Self::with_layout(memory, Layout::of(memory.words().len())?, id, environment, resolution)
    }

    fn with_layout(
        memory: &Arc<dyn Memory>,
        layout: Layout,
        id: u64,
        environment: &str,
        resolution: Resolution,
    ) -> Option<(Self, Catalogue)> {
        if !memory.reserve(0..HEADER) {
            return None;
        }
        let catalogue = Catalogue::new(memory, &layout, environment, resolution)?;
        let log = Log::new(memory, layout.log.clone(), Header::LOG_START, Header::LOG_END)?;
        // Last, so that nobody reads a file of which a part is missing.
        Header::write(memory.words(), id);
        // That of the first thread. Without room for it, its records are kept only once they are drained.
        let _ = layout.rings.first().is_some_and(|ring| memory.reserve(ring.all.clone()));
        let rings = Rings::new(memory, layout.rings);
        let memory = Arc::clone(memory);
        Some((
            Self {
                memory,
                log,
                rings,
                cut: None,
                adopting: None,
                is_whole: true,
                words_of_state: 0,
                overflows: 0,
            },
            catalogue,
        ))
    }

    /// How often the log had no room, so that the records of that time were not kept.
    #[must_use]
    pub const fn overflows(&self) -> u64 {
        self.overflows
    }

    /// Returns whether all that waits and is in flight survives a kill, as far as its series do.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Lends memory for a ring. Returns `None` if there is none: its records are kept only once they are drained.
    pub fn open_ring(&mut self, second: WindowStart) -> Option<SpooledRing> {
        self.rings.open(second)
    }

    /// Takes the memory of a ring back, which was drained, and which nobody can write any more.
    pub fn close_ring(&mut self, ring: &SpooledRing) {
        self.rings.close(ring);
    }

    /// Keeps records that are about to be drained.
    pub fn drain(
        &mut self,
        ring: Option<&SpooledRing>,
        consumer: &Consumer,
        batch: Batch,
        second: WindowStart,
    ) {
        let tag = ring.map_or(0, SpooledRing::tag);
        self.append(|bytes| event::encode_records(bytes, tag, batch.end, second, consumer.records(batch)));
    }

    /// Keeps a record that was added without a ring.
    pub fn record(&mut self, id: SeriesId, value: f64, second: WindowStart) {
        self.append(|bytes| event::encode_records(bytes, 0, 0, second, std::iter::once((id.0, value))));
    }

    /// Notes that the records that wait are being taken. `is_all` if nothing else waits, and nothing is in flight.
    pub fn cut(&mut self, with_held: bool, is_all: bool) {
        let place = self.append_event(&Event::Cut { with_held });
        self.cut = place.filter(|_| is_all);
    }

    /// Keeps the records that were taken, and forgets what was before.
    pub fn taken(&mut self, datums: &[Datum]) {
        let is_kept = self.append_event(&Event::Taken(lots(datums))).is_some();
        if let Some(cut) = self.cut.take()
            && is_kept
        {
            self.is_whole = true;
            self.words_of_state = 0;
            // What was adopted is in both files until the other one knows.
            if self.adopting.is_none() {
                self.log.forget_before(cut);
            }
        }
    }

    /// Notes that a request is about to be sent.
    pub fn sending(&mut self, request: &Request) {
        if !request.is_unsure() && !request.datums.is_empty() {
            self.append_event(&Event::Sending(lots(&request.datums)));
        }
    }

    /// Notes that CloudWatch did not take a request.
    pub fn refused(&mut self, request: &Request) {
        if !request.is_unsure() && !request.datums.is_empty() {
            self.append_event(&Event::Refused(lots(&request.datums)));
        }
    }

    /// Forgets records that were applied.
    pub fn applied(&mut self, request: &Request) {
        self.append_event(&Event::Applied(lots(&request.datums)));
    }

    /// Forgets records of a refused request, which were dropped.
    pub fn dropped(&mut self, request: &Request) {
        self.append_event(&Event::Dropped(lots(&request.datums)));
    }

    /// Notes that records in flight wait again: those of a request on the wire if they may be applied, otherwise those of one that
    /// was refused, or was not sent.
    pub fn given_back(&mut self, request: &Request, are_held: bool, may_be_applied: bool) {
        self.append_event(&Event::GivenBack { lots: lots(&request.datums), are_held, may_be_applied });
    }

    /// Forgets records that waited and were dropped.
    pub fn shed(&mut self, waiting: Vec<Dropped>, held: Vec<Dropped>) {
        if !waiting.is_empty() || !held.is_empty() {
            self.append_event(&Event::Shed { waiting, held });
        }
    }

    /// Keeps records of another file: those before its piece with the index `end`, and returns them. Call [`Spool::adopted`] when the
    /// file says so too.
    ///
    /// # Errors
    /// There is no room for them.
    pub fn adopt(&mut self, file: u64, end: u64, pieces: Vec<Piece>) -> Result<Vec<Piece>, NoRoom> {
        self.set_adopting(Some((file, end)));
        let event = Event::Adopted { file, end, pieces };
        let is_kept = self.try_append(|bytes| event.encode(bytes)).is_some();
        match event {
            Event::Adopted { pieces, .. } if is_kept => Ok(pieces),
            _ => {
                self.adopted();
                Err(NoRoom)
            }
        }
    }

    /// Returns the file of which records are adopted that it still has, and up to which piece.
    #[must_use]
    pub const fn adopting(&self) -> Option<(u64, u64)> {
        self.adopting
    }

    /// Notes that the file of the records that were adopted last does not have them any more.
    pub fn adopted(&mut self) {
        self.set_adopting(None);
    }

    fn set_adopting(&mut self, adopting: Option<(u64, u64)>) {
        self.adopting = adopting;
        let word = &self.memory.words()[Header::ADOPTING];
        step(|| word.store(adopting.map_or(0, |(file, _)| file), Ordering::Release));
    }

    /// Returns the most bytes that records of other files should take in an entry: a part of the half of the log that is not used.
    #[must_use]
    pub fn most_adopted_bytes(&self) -> usize {
        let most = self.log.capacity();
        let left = (most / 2).saturating_sub(self.log.used());
        most.min(left * size_of::<u64>())
    }

    fn append_event(&mut self, event: &Event) -> Option<Place> {
        self.append(|bytes| event.encode(bytes))
    }

    /// Appends an entry, if need be to an empty log. Returns `None` if it is larger than the log.
    fn append(&mut self, encode: impl FnOnce(&mut Vec<u8>)) -> Option<Place> {
        self.try_append(encode).or_else(|| {
            self.overflows += 1;
            (self.cut, self.is_whole) = (None, false);
            self.words_of_state = 0;
            self.forget_all();
            self.log.append()
        })
    }

    /// Forgets all that the log says, except which file says the same of its records.
    fn forget_all(&mut self) {
        let Some((file, end)) = self.adopting else { return self.log.forget_all() };
        let next = self.log.take_encoded();
        self.log.encode(|bytes| Event::Adopted { file, end, pieces: Vec::new() }.encode(bytes));
        if let Some(place) = self.log.append() {
            self.log.forget_before(place);
        } else {
            self.log.forget_all();
            self.log.append();
        }
        self.log.set_encoded(next);
    }

    /// Begins a long log anew, so that those who append do not have to, and so that this never takes long.
    pub fn tidy(&mut self) {
        let used = self.log.used();
        if used > LONG.min(self.log.capacity() / 2) && used > 2 * self.words_of_state {
            self.begin_anew();
        }
    }

    /// Appends an entry. Returns `None` if it has no room.
    fn try_append(&mut self, encode: impl FnOnce(&mut Vec<u8>)) -> Option<Place> {
        self.log.encode(encode);
        self.log.append().or_else(|| {
            self.begin_anew();
            self.log.append()
        })
    }

    /// Replaces the log by what is left when it is played.
    fn begin_anew(&mut self) {
        let next = self.log.take_encoded();
        let state = State::play(self.log.entries());
        self.log.encode(|bytes| Event::State(state.into()).encode(bytes));
        // Without room for it, there may still be room for the next entry.
        if let Some(place) = self.log.append() {
            self.cut = None;
            self.log.forget_before(place);
        } else if self.log.begin_behind().is_some() {
            self.cut = None;
        }
        self.words_of_state = self.log.used();
        self.log.set_encoded(next);
    }
}

fn lots(datums: &[Datum]) -> Vec<Lot> {
    let lot = |datum: &Datum| Lot {
        window: datum.window,
        series: datum.id,
        is_unsure: datum.is_unsure,
        samples: datum.samples.clone(),
    };
    datums.iter().map(lot).collect()
}

/// More records of a value in a window are not made in the life of a machine. Sums of such counts do not overflow.
const MAX_COUNT: u64 = 1 << 32;

/// Returns whether a sample is one that can be recorded. Nothing in a file is trusted.
fn is_acceptable(sample: &Sample) -> bool {
    let is_value = sample.value == 0.0 || (MIN_MAGNITUDE..=MAX_MAGNITUDE).contains(&sample.value.abs());
    (1..=MAX_COUNT).contains(&sample.count) && is_value
}

/// Returns a window that times can be computed with.
fn acceptable(window: WindowStart) -> WindowStart {
    WindowStart(window.0.clamp(0, MAX_SECONDS))
}

/// The year 3000, in seconds since 1970-01-01 UTC.
const MAX_SECONDS: i64 = 32_503_680_000;

#[cfg(test)]
mod tests;
