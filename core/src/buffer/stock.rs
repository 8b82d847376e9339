//! The records that wait: those that the next pass sends, and those that are held up because their namespace is denied, failing
//! or in doubt. What is held up cannot be sent, so it goes first when too much waits. No namespace costs another one its
//! records.

use crate::{
    points::Points,
    request::{Datum, Request},
    window::{Dropped, MAX_VALUES_PER_DATUM, Part, Piece, Size, Taken, Windows},
};

/// The values to which distributions are reduced if one datum of each still takes too much memory.
const FEW_VALUES: [usize; 2] = [40, 10];

/// What was dropped.
#[derive(Debug, Default)]
pub struct Shed {
    pub points: Points,
    /// Those that the next pass would have sent.
    pub waiting: Vec<Dropped>,
    /// Those that were held up.
    pub held: Vec<Dropped>,
}

/// The records that wait. Whoever adds some calls [`Stock::shed`] afterwards.
pub struct Stock {
    /// What the next pass sends.
    pub windows: Windows,
    /// What a later pass sends.
    held: Windows,
    most: Size,
    /// The number of datums of `windows` that may wait beyond `most`.
    spare: usize,
}

impl Stock {
    /// Makes an empty stock. `most` is the maximum of what waits.
    #[must_use]
    pub fn new(most: Size) -> Self {
        Self { windows: Windows::default(), held: Windows::default(), most, spare: 0 }
    }

    /// Sets the number of datums that may wait beyond the maximum, unless they are held up.
    pub const fn set_spare(&mut self, spare: usize) {
        self.spare = spare;
    }

    #[must_use]
    pub fn points(&self) -> Points {
        self.windows.points() + self.held.points()
    }

    #[must_use]
    pub const fn size(&self) -> Size {
        self.windows.size().plus(self.held.size())
    }

    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.windows.is_empty() && self.held.is_empty()
    }

    /// Returns whether half of the maximum waits for the next pass. It should be sent before any has to be dropped.
    #[must_use]
    pub const fn is_half_full(&self) -> bool {
        self.windows.size().is_half_of(self.most)
    }

    /// Makes what waits fit into the maximum. First, distributions that take several datums are reduced to one and, if memory is
    /// what lacks, to few values. If that is not enough, records are dropped, those that are held up first.
    #[must_use]
    pub fn shed(&mut self) -> Shed {
        let most = Size { datums: self.most.datums.saturating_add(self.spare), ..self.most };
        let most_held = self.most.less(self.windows.size());
        if self.windows.size().fits(most) && self.held.size().fits(most_held) {
            return Shed::default();
        }
        let before = self.points();
        // Somewhat more than must be, so that this is not repeated with each record.
        let enough = self.most.seven_eighths();
        self.reduce(MAX_VALUES_PER_DATUM, enough);
        for values in FEW_VALUES {
            if self.size().bytes > self.most.bytes {
                self.reduce(values, Size { datums: usize::MAX, ..enough });
            }
        }
        let waiting = self.windows.shed(most);
        let held = self.held.shed(self.most.less(self.windows.size()));
        Shed { points: before - self.points(), waiting, held }
    }

    fn reduce(&mut self, values: usize, enough: Size) {
        self.held.reduce(values, enough.less(self.windows.size()));
        self.windows.reduce(values, enough.less(self.held.size()));
    }

    /// Returns what may wait in addition until half of the maximum waits.
    #[must_use]
    pub const fn room_in_half(&self) -> Size {
        let half = Size { datums: self.most.datums / 2, bytes: self.most.bytes / 2 };
        half.less(self.size())
    }

    /// Returns whether records are held up.
    #[must_use]
    pub const fn holds(&self) -> bool {
        !self.held.is_empty()
    }

    /// Adds records of another process.
    pub fn adopt(&mut self, piece: &Piece) {
        self.windows.add(piece);
    }

    /// Takes the records that are not held up or, `with_held`, all.
    pub fn take(&mut self, with_held: bool) -> Taken {
        let mut taken = self.windows.take();
        if with_held {
            taken.merge(self.held.take());
        }
        taken
    }

    /// Adds records that were taken. Returns what was added.
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

#[cfg(test)]
mod tests;
