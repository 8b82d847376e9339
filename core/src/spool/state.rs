//! What a log says when it is played: which records are where.
//!
//! - What waits is in windows, as its owner has it. Beyond their limits, values are rounded here too, not always in the same way.
//! - What was taken is kept by value: parts of it have different fates. Its owner names exactly the values that were taken.

use std::collections::hash_map::Entry as MapEntry;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::{
    acceptable,
    event::{Entry, Event, Lot, Records, decode},
    is_acceptable,
};
use crate::{
    resolution::{Resolution, WindowStart},
    sample::Sample,
    series::SeriesId,
    window::{Dropped, Part, Piece, Taken, Windows},
};

/// Where a record is.
#[derive(Default)]
pub(super) struct State {
    waiting: Windows,
    held: Windows,
    /// What is being taken.
    cut: Option<Taken>,
    queued: Lots,
    on_the_wire: Lots,
    unsure: Lots,
    /// The position up to which each ring is drained.
    pub drained: FxHashMap<u32, u32>,
    /// The files whose records are here, and up to which of their pieces.
    pub adopted: FxHashMap<u64, u64>,
    /// An entry was not understood.
    pub is_torn: bool,
}

/// A state that is written down.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Stored {
    waiting: Vec<Piece>,
    held: Vec<Piece>,
    cut: Option<Vec<Piece>>,
    queued: Vec<Lot>,
    on_the_wire: Vec<Lot>,
    unsure: Vec<Lot>,
    adopted: Vec<(u64, u64)>,
}

/// Records by window, series and value.
#[derive(Default)]
struct Lots(FxHashMap<(WindowStart, SeriesId), FxHashMap<u64, u64>>);

impl Lots {
    fn add(&mut self, lot: &Lot) {
        let values = self.0.entry((lot.window, lot.series)).or_default();
        for sample in lot.samples.iter().filter(|sample| is_acceptable(sample)) {
            let count = values.entry(sample.value.to_bits()).or_default();
            *count = count.saturating_add(sample.count);
        }
    }

    /// Removes what is there of a lot. Returns what was there, and the rest of the lot.
    fn remove(&mut self, lot: Lot) -> (Lot, Lot) {
        let Lot { window, series, is_unsure, samples } = lot;
        let with = |samples| Lot { window, series, is_unsure, samples };
        let MapEntry::Occupied(mut values) = self.0.entry((window, series)) else {
            return (with(Vec::new()), with(samples));
        };
        let (mut removed, mut rest) = (Vec::new(), Vec::new());
        for Sample { value, count } in samples {
            let known = values.get_mut().entry(value.to_bits()).or_default();
            let there = count.min(*known);
            *known -= there;
            removed.push(Sample { value, count: there });
            rest.push(Sample { value, count: count - there });
        }
        values.get_mut().retain(|_, count| *count > 0);
        if values.get().is_empty() {
            values.remove();
        }
        removed.retain(is_acceptable);
        rest.retain(is_acceptable);
        (with(removed), with(rest))
    }

    fn into_lots(self, is_unsure: bool) -> Vec<Lot> {
        let lot = |((window, series), values): ((WindowStart, SeriesId), FxHashMap<u64, u64>)| Lot {
            window,
            series,
            is_unsure,
            samples: values
                .into_iter()
                .map(|(bits, count)| Sample { value: f64::from_bits(bits), count })
                .collect(),
        };
        self.0.into_iter().map(lot).collect()
    }
}

impl State {
    pub fn play(entries: impl Iterator<Item = Vec<u8>>) -> Self {
        let mut state = Self::default();
        for bytes in entries {
            match decode(&bytes) {
                Some(Entry::Records(records)) => state.add_records(&records),
                Some(Entry::Event(event)) => state.apply(*event),
                None => {
                    state.is_torn = true;
                    break;
                }
            }
        }
        state
    }

    fn add_records(&mut self, records: &Records<'_>) {
        if records.ring != 0 {
            self.drained.insert(records.ring, records.end);
        }
        self.add_new(records.second, records.all().map(|(id, value)| (id.series(), value)));
    }

    /// Adds records that were not taken yet.
    pub fn add_new(&mut self, second: WindowStart, records: impl Iterator<Item = (SeriesId, f64)>) {
        let second = acceptable(second);
        let minute = second.within(Resolution::Minute);
        let mut of_seconds = Vec::new();
        let mut window = self.waiting.open(minute, Resolution::Minute);
        for (series, value) in records {
            let sample = Sample { value, count: 1 };
            if !is_acceptable(&sample) {
                continue;
            }
            match series.resolution() {
                Resolution::Minute => window.add(series, sample),
                Resolution::Second => of_seconds.push((series, sample)),
            }
        }
        self.waiting.add_seconds(second, of_seconds);
    }

    fn apply(&mut self, event: Event) {
        match event {
            Event::Cut { with_held } => {
                let mut cut = self.waiting.take();
                if with_held {
                    cut.merge(self.held.take());
                }
                self.cut = Some(cut);
            }
            Event::Taken(lots) => {
                self.cut = None;
                for lot in lots {
                    let all = if lot.is_unsure { &mut self.unsure } else { &mut self.queued };
                    all.add(&lot);
                }
            }
            Event::Sending(lots) => {
                // Only what is there moves: nothing in a file is trusted.
                for lot in lots {
                    let moved = self.queued.remove(lot).0;
                    self.on_the_wire.add(&moved);
                }
            }
            Event::Refused(lots) => {
                for lot in lots {
                    let moved = self.on_the_wire.remove(lot).0;
                    self.queued.add(&moved);
                }
            }
            Event::Applied(lots) => lots.into_iter().for_each(|lot| self.remove(lot, true)),
            Event::Dropped(lots) => lots.into_iter().for_each(|lot| self.remove(lot, false)),
            Event::GivenBack { lots, are_held, may_be_applied } => {
                for lot in lots {
                    let windows = if are_held { &mut self.held } else { &mut self.waiting };
                    let is_unsure = lot.is_unsure || may_be_applied;
                    let part = if is_unsure { Part::Unsure } else { Part::GivenBack };
                    let Lot { window, series, .. } = lot;
                    add_all(windows, [Piece { window, series, part, samples: lot.samples.clone() }]);
                    self.remove(lot, may_be_applied);
                }
            }
            Event::Shed { waiting, held } => {
                for (windows, dropped) in [(&mut self.waiting, waiting), (&mut self.held, held)] {
                    for Dropped { window, series, part } in dropped {
                        windows.remove(Dropped { window: acceptable(window), series, part });
                    }
                }
            }
            Event::Adopted { file, end, pieces } => {
                self.adopted.insert(file, end);
                add_all(&mut self.waiting, pieces);
            }
            Event::State(stored) => {
                *self = Self { drained: std::mem::take(&mut self.drained), ..stored.into() }
            }
        }
    }

    /// Removes records that were taken: of equal ones those that are on the wire, or those that are not.
    fn remove(&mut self, lot: Lot, are_on_the_wire: bool) {
        let (first, second) = match () {
            () if lot.is_unsure => return drop(self.unsure.remove(lot)),
            () if are_on_the_wire => (&mut self.on_the_wire, &mut self.queued),
            () => (&mut self.queued, &mut self.on_the_wire),
        };
        let (_, rest) = first.remove(lot);
        second.remove(rest);
    }

    /// Returns all records. Of what was on the wire, nobody knows whether it arrived.
    pub fn into_pieces(self) -> Vec<Piece> {
        let Self { mut waiting, mut held, cut, queued, on_the_wire, unsure, .. } = self;
        let piece = |lot: Lot| Piece {
            window: lot.window,
            series: lot.series,
            part: if lot.is_unsure { Part::Unsure } else { Part::GivenBack },
            samples: lot.samples,
        };
        let lots = [(queued, false), (on_the_wire, true), (unsure, true)];
        let taken = lots.into_iter().flat_map(|(lots, is_unsure)| lots.into_lots(is_unsure)).map(piece);
        let mut all = waiting.take();
        all.merge(held.take());
        if let Some(cut) = cut {
            all.merge(cut);
        }
        let mut windows = Windows::default();
        add_all(&mut windows, all.into_pieces());
        add_all(&mut windows, taken);
        // In the same order, whoever reads them.
        let mut pieces: Vec<_> = windows.take().into_pieces().collect();
        pieces.sort_by_key(|piece| (piece.window, piece.series, piece.part as u8));
        pieces
    }
}

fn add_all(windows: &mut Windows, pieces: impl IntoIterator<Item = Piece>) {
    for piece in pieces {
        let window = acceptable(piece.window);
        let samples = piece.samples.into_iter().filter(is_acceptable).collect();
        windows.add(&Piece { window, samples, ..piece });
    }
}

impl From<State> for Stored {
    fn from(mut state: State) -> Self {
        Self {
            waiting: state.waiting.take().into_pieces().collect(),
            held: state.held.take().into_pieces().collect(),
            cut: state.cut.map(|cut| cut.into_pieces().collect()),
            queued: state.queued.into_lots(false),
            on_the_wire: state.on_the_wire.into_lots(false),
            unsure: state.unsure.into_lots(true),
            adopted: state.adopted.into_iter().collect(),
        }
    }
}

impl From<Stored> for State {
    fn from(stored: Stored) -> Self {
        let mut state = Self { adopted: stored.adopted.into_iter().collect(), ..Self::default() };
        add_all(&mut state.waiting, stored.waiting);
        add_all(&mut state.held, stored.held);
        state.cut = stored.cut.map(|pieces| {
            let mut windows = Windows::default();
            add_all(&mut windows, pieces);
            windows.take()
        });
        stored.queued.iter().for_each(|lot| state.queued.add(lot));
        stored.on_the_wire.iter().for_each(|lot| state.on_the_wire.add(lot));
        stored.unsure.iter().for_each(|lot| state.unsure.add(lot));
        state
    }
}
