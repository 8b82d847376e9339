//! Records of a process that is gone become records of this one. They keep their windows, names and dimensions.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Buffer, Ledger, Names, SERIES_A_LOCK, ledger::Room};
use crate::{
    definition::{Definition, ENVIRONMENT, Metric},
    points::Points,
    series::{Series, SeriesId},
    spool::{Catalogue, NoRoom, Remains, SeriesRow, Spool},
    stats::DropReason,
    window::{self, Piece, Size},
};

/// So many pieces of a file are adopted together, at most: their series are made first, and those of others may never be needed.
const PIECES_AT_A_TIME: usize = if cfg!(test) { 3 } else { 1_000 };

/// The series of some pieces of another file, by the ids that they have there.
pub struct Ids {
    ids: FxHashMap<SeriesId, SeriesId>,
    /// Where these pieces end.
    end: usize,
}

/// What became of the records of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adoption {
    /// Those before this piece wait now, except those whose series is not known. The file should say so; then call
    /// [`Buffer::note_adopted`].
    Adopted { end: u64 },
    /// Too much waits already. Try again later.
    NoRoom,
}

impl Buffer {
    /// Returns whether records of another file can be adopted: some have room, the file of those that were adopted last says so, and
    /// CloudWatch accepts records, as far as is known. They are safer in a file than in a buffer that drops the oldest.
    #[must_use]
    pub fn can_adopt(&self) -> bool {
        let ledger = &self.state().ledger;
        let Room { size, is_empty } = ledger.room();
        let is_adopting = ledger.spool.as_ref().is_some_and(|spool| spool.adopting().is_some());
        !is_adopting && !ledger.counts.is_failing() && size.bytes > 0 && (size.datums > 0 || is_empty)
    }

    /// Finds or makes the series of some pieces of another file, beginning with one of them. `environment` is the first dimension of
    /// this process.
    ///
    /// # Errors
    /// They have no room in its file, of which half is for the series of its own.
    pub fn identify(&self, remains: &Remains, environment: &str, begin: u64) -> Result<Ids, NoRoom> {
        let begin = index_of(remains, begin);
        let end = remains.pieces.len().min(begin + PIECES_AT_A_TIME);
        let rows = needed(remains, &remains.pieces[begin..end]);
        let metrics = self.names().adopt_metrics(remains, environment, &rows);
        let mut ids = FxHashMap::default();
        for rows in rows.chunks(SERIES_A_LOCK) {
            self.names().adopt_series(rows, &metrics, &mut ids)?;
        }
        if self.is_catalogue_behind() { Err(NoRoom) } else { Ok(Ids { ids, end }) }
    }

    /// Adds pieces of another file, beginning with one of them: as many of those whose series are known as have room.
    pub fn adopt(&self, remains: &Remains, Ids { ids, end }: &Ids, begin: u64) -> Adoption {
        let begin = index_of(remains, begin);
        let pieces = remains.pieces.get(begin..*end).unwrap_or_default();
        let room = self.state().ledger.room();
        let mut part = Part::default();
        let mut end = begin;
        for piece in pieces {
            if let Some(&id) = ids.get(&piece.series) {
                if !part.add(self.translate(piece, id, remains.is_torn), room) {
                    break;
                }
            } else {
                part.lost += piece.points();
            }
            end += 1;
        }
        if end == begin && !pieces.is_empty() {
            return Adoption::NoRoom;
        }
        let Part { mut pieces, lost, .. } = part;
        let end = end as u64;
        let ledger = &mut self.state().ledger;
        if let Some(spool) = &mut ledger.spool {
            match spool.adopt(remains.file, end, pieces) {
                Ok(kept) => pieces = kept,
                Err(NoRoom) => return Adoption::NoRoom,
            }
        }
        let Ledger { stock, counts, .. } = ledger;
        for piece in &pieces {
            stock.adopt(piece);
        }
        counts.adopted += pieces.iter().map(Piece::points).sum::<Points>() + lost;
        counts.drop_points(DropReason::Unresolved, lost);
        ledger.shed();
        Adoption::Adopted { end }
    }

    /// Call this when a file says which of its records were adopted, or is removed.
    pub fn note_adopted(&self) {
        self.state().ledger.keep(Spool::adopted);
    }

    /// Gives records the id of this process, and adds the roll-ups of those that were not taken yet. No record is newer than now.
    fn translate(&self, piece: &Piece, id: SeriesId, are_unsure: bool) -> Vec<Piece> {
        let part = match piece.part {
            window::Part::Unsure => window::Part::Unsure,
            _ if are_unsure => window::Part::Unsure,
            _ => window::Part::GivenBack,
        };
        let window = piece.window.min(self.second().within(id.resolution()));
        let under = |series| Piece { window, series, part, ..piece.clone() };
        let is_new = piece.part == window::Part::New;
        let series = self.series(&[id]).pop().flatten().filter(|_| is_new);
        let Some(series) = series else { return vec![under(id)] };
        let stored = series.stored.unwrap_or(id);
        std::iter::once(stored).chain(series.rollups.iter().copied()).map(under).collect()
    }
}

fn index_of(remains: &Remains, piece: u64) -> usize {
    usize::try_from(piece).map_or(usize::MAX, |index| index.min(remains.pieces.len()))
}

/// Returns the series that some pieces need, in the order of the file: each one is made of those before it.
fn needed<'remains>(remains: &'remains Remains, pieces: &[Piece]) -> Vec<&'remains SeriesRow> {
    let mut ids: FxHashSet<_> = pieces.iter().map(|piece| piece.series).collect();
    let mut rows = Vec::new();
    for row in remains.series.iter().rev() {
        if ids.contains(&row.id) {
            ids.extend(row.stored.iter().chain(&row.rollups));
            rows.push(row);
        }
    }
    rows.reverse();
    rows
}

/// The records that are adopted together.
#[derive(Default)]
struct Part {
    pieces: Vec<Piece>,
    size: Size,
    lost: Points,
}

impl Part {
    /// Adds pieces if they have room, or are the first ones where nothing waits. Returns whether it did.
    fn add(&mut self, pieces: Vec<Piece>, room: Room) -> bool {
        let size = pieces.iter().fold(self.size, |all, piece| all.plus(Size::of(piece.samples.len())));
        let is_first = room.is_empty && self.pieces.is_empty();
        if !is_first && !size.fits(room.size) {
            return false;
        }
        self.size = size;
        self.pieces.extend(pieces);
        true
    }
}

impl Names {
    /// Finds or makes the metrics of series of another file. One that has no room is missing.
    fn adopt_metrics(
        &mut self,
        remains: &Remains,
        environment: &str,
        rows: &[&SeriesRow],
    ) -> FxHashMap<u32, Arc<Metric>> {
        let mut metrics = FxHashMap::default();
        for &&SeriesRow { metric: index, .. } in rows {
            if let Some(metric) = remains.metrics.get(index as usize)
                && !metrics.contains_key(&index)
                && let Some(metric) = self.metrics.adopt(self.translate(metric, remains, environment))
            {
                metrics.insert(index, metric);
            }
        }
        self.keep();
        metrics
    }

    /// Finds or makes some of its series, in their order: a series is made of those before it.
    fn adopt_series(
        &mut self,
        rows: &[&SeriesRow],
        metrics: &FxHashMap<u32, Arc<Metric>>,
        ids: &mut FxHashMap<SeriesId, SeriesId>,
    ) -> Result<(), NoRoom> {
        for row in rows {
            let metric = metrics.get(&row.metric);
            let Some(series) = metric.and_then(|metric| translate(metric, row, ids)) else { continue };
            let has_room = self.catalogue.as_ref().is_none_or(Catalogue::has_half);
            if !has_room && !self.series.knows(&series) {
                return Err(NoRoom);
            }
            ids.insert(row.id, self.series.adopt(series));
            self.keep();
        }
        Ok(())
    }

    /// Makes a definition that means the same in this process.
    fn translate(&self, definition: &Definition, remains: &Remains, environment: &str) -> Definition {
        let mut definition = definition.clone();
        let resolution = definition.resolution.unwrap_or(remains.resolution);
        if definition.resolution.unwrap_or_else(|| self.series.resolution()) != resolution {
            definition.resolution = Some(resolution);
        }
        if definition.has_environment && remains.environment != environment {
            let other = (ENVIRONMENT.into(), remains.environment.as_str().into());
            definition.constants = std::iter::once(other).chain(definition.constants).collect();
            definition.has_environment = false;
        }
        definition
    }
}

/// Makes a series of what a file says of it.
fn translate(metric: &Arc<Metric>, row: &SeriesRow, ids: &FxHashMap<SeriesId, SeriesId>) -> Option<Series> {
    let known = |id: &SeriesId| ids.get(id).copied();
    let rollups = row.rollups.iter().map(known).collect::<Option<Box<_>>>()?;
    let stored = match &row.stored {
        Some(stored) => Some(known(stored)?),
        None => None,
    };
    let labels = row.labels.iter().map(|(position, label)| (*position, label.as_str().into()));
    let series = Series::new(metric, labels.collect(), row.id.is_rollup());
    Some(Series { stored, rollups, ..series })
}
