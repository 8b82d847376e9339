//! The records that wait: those that the next pass sends, and those that are held up because their namespace is denied, failing
//! or in doubt. What is held up cannot be sent, so it goes first when too much waits. No namespace costs another one its
//! records.

use crate::{
    points::Points,
    request::{Datum, Request},
    window::{Part, Taken, Windows},
};

/// The records that wait.
pub struct Stock {
    /// What the next pass sends.
    pub windows: Windows,
    /// What a later pass sends. Its maximum is what `windows` leaves of `max_datums`.
    held: Windows,
    max_datums: usize,
}

impl Stock {
    #[must_use]
    pub const fn new(max_datums: usize) -> Self {
        Self { windows: Windows::new(max_datums), held: Windows::new(0), max_datums }
    }

    #[must_use]
    pub fn points(&self) -> Points {
        self.windows.points() + self.held.points()
    }

    #[must_use]
    pub const fn datums(&self) -> usize {
        self.windows.datums() + self.held.datums()
    }

    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.windows.is_empty() && self.held.is_empty()
    }

    /// Drops datums beyond the maximum, those that are held up first. Returns what was dropped.
    #[must_use]
    pub fn shed(&mut self) -> Points {
        let dropped = self.windows.shed();
        if self.held.is_empty() {
            return dropped;
        }
        self.held.set_spare(self.max_datums.saturating_sub(self.windows.datums()));
        dropped + self.held.shed()
    }

    /// Takes the records that are not held up or, `with_held`, all.
    pub fn take(&mut self, with_held: bool) -> Taken {
        let mut taken = self.windows.take();
        if with_held {
            taken.merge(self.held.take());
        }
        taken
    }

    /// Adds records that were taken. Call [`Self::shed`] afterwards. Returns what was added.
    pub fn give_back(&mut self, request: &Request, are_held: bool, may_be_applied: bool) -> Points {
        let windows = if are_held { &mut self.held } else { &mut self.windows };
        let before = windows.points();
        let place = |datum: &Datum| (datum.window, datum.id.resolution(), datum.is_unsure);
        for datums in request.datums.chunk_by(|a, b| place(a) == place(b)) {
            let (start, resolution, is_unsure) = place(&datums[0]);
            let part = if is_unsure || may_be_applied { Part::Unsure } else { Part::GivenBack };
            let mut window = windows.open_part(start, resolution, part);
            window.reserve(datums.len());
            for datum in datums {
                window.add_all(datum.id, &datum.samples);
            }
        }
        windows.points() - before
    }
}
