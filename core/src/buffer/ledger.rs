//! What the counters say, what waits, and what is kept of both in a file. They change together.

use super::stock::Stock;
use crate::{
    request::{Datum, Request},
    spool::Spool,
    stats::{Counts, DropReason},
    window::{Size, Taken},
};

/// What records of other processes may take.
#[derive(Clone, Copy)]
pub struct Room {
    pub size: Size,
    /// Nothing waits.
    pub is_empty: bool,
}

pub struct Ledger {
    pub stock: Stock,
    pub counts: Counts,
    /// The file of the process, if it has one.
    pub spool: Option<Spool>,
}

impl Ledger {
    #[must_use]
    pub fn new(most: Size, spool: Option<Spool>) -> Self {
        Self { stock: Stock::new(most), counts: Counts::default(), spool }
    }

    /// Keeps in the file what happens, if there is one.
    pub fn keep(&mut self, what: impl FnOnce(&mut Spool)) {
        if let Some(spool) = &mut self.spool {
            what(spool);
        }
    }

    /// Drops what is too much.
    pub fn shed(&mut self) {
        let shed = self.stock.shed();
        self.counts.drop_points(DropReason::BufferFull, shed.points);
        self.keep(|spool| spool.shed(shed.waiting, shed.held));
    }

    /// Returns what records of other processes may take, so that at least half of the maximum is left for those of this one. What is in
    /// flight can come back, in no more datums than it has records.
    pub fn room(&self) -> Room {
        let kept = self.spool.as_ref().map_or(usize::MAX, Spool::most_adopted_bytes);
        let Size { datums, bytes } = self.stock.room_in_half();
        let in_flight = self.counts.in_flight;
        let back = usize::try_from(in_flight.records + in_flight.rollups).unwrap_or(usize::MAX);
        let size = Size { datums: datums.saturating_sub(back), bytes: bytes.min(kept) };
        Room { size, is_empty: self.stock.is_empty() && in_flight.is_zero() }
    }

    /// Takes what waits; see [`Stock::take`].
    pub fn take(&mut self, with_held: bool) -> Taken {
        let taken = self.stock.take(with_held);
        let is_all = !self.stock.holds() && self.counts.in_flight.is_zero();
        self.keep(|spool| spool.cut(with_held, is_all));
        self.counts.in_flight += taken.points();
        taken
    }

    /// Keeps what was taken.
    pub fn taken(&mut self, datums: &[Datum]) {
        self.keep(|spool| spool.taken(datums));
    }

    /// Moves a request in flight back to what waits.
    pub fn give_back(&mut self, request: &Request, are_held: bool, may_be_applied: bool) {
        self.counts.in_flight -= self.stock.give_back(request, are_held, may_be_applied);
        self.keep(|spool| spool.given_back(request, are_held, may_be_applied));
        if may_be_applied {
            self.counts.possibly_duplicated += request.unsure_points();
        }
        self.shed();
    }
}
