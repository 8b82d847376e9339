//! The numbers of passes, and where a pass begins.

use crate::{request::Datum, resolution::WindowStart, series::SeriesId};

/// The number of a pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pass(u64);

impl Pass {
    /// Returns the number of the pass after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// The place of a datum in the order in which a pass sends.
pub type Place = (WindowStart, SeriesId);

/// Where the next pass begins. If a pass fails, the next one goes on where it stopped, so that all series get their turn
/// although each pass delivers only a few.
#[derive(Debug, Default)]
pub struct Cursor {
    place: Option<Place>,
    set_in: Pass,
}

impl Cursor {
    /// Sets the place at which a pass failed. The first failure of a pass counts.
    pub fn set(&mut self, pass: Pass, place: Option<Place>) {
        if self.set_in < pass {
            (self.place, self.set_in) = (place, pass);
        }
    }

    /// Lets the next pass begin with the oldest records.
    pub const fn reset(&mut self) {
        self.place = None;
    }

    /// Brings datums, which are in ascending order, into the order in which to send them. If the window of the place is gone, most
    /// likely because the buffer was full, the next one begins with the same series.
    pub fn rotate(&self, datums: &mut [Datum]) {
        if let (Some((window, series)), Some(first)) = (self.place, datums.first()) {
            let place = (window.max(first.window), series);
            let first = datums.partition_point(|datum| (datum.window, datum.id) < place);
            datums.rotate_left(first);
        }
    }
}
