//! What is left in the file of a process that is gone.

use rustc_hash::FxHashMap;

use super::{
    Source, acceptable,
    catalogue::{Known, SeriesRow},
    layout::{Header, HeaderError, Layout},
    log::{Entries, Place},
    rings::Left,
    state::State,
};
use crate::{
    definition::Definition,
    resolution::{Resolution, WindowStart},
    series::MarkedId,
    window::Piece,
};

/// The records of a file, with what is known of their series.
#[derive(Debug)]
pub struct Remains {
    /// Tells the file from all others.
    pub file: u64,
    /// The value of the first dimension.
    pub environment: String,
    /// That of metrics without one.
    pub resolution: Resolution,
    pub metrics: Vec<Definition>,
    pub series: Vec<SeriesRow>,
    /// In the same order, whoever reads the file.
    pub pieces: Vec<Piece>,
    /// How many of them others have adopted.
    pub already_adopted: u64,
    /// When its owner wrote it last, as far as is known.
    pub written_at: WindowStart,
    /// Other files of whose records the first pieces are in this one, and how many of these.
    pub adopted: FxHashMap<u64, u64>,
    /// A part of the file could not be read. What was read may have been delivered before.
    pub is_torn: bool,
}

/// The word of a file that says how many of its pieces others have adopted. The next one says when the file was written before that:
/// [`Remains::written_at`].
pub const ADOPTED: usize = Header::ADOPTED;

/// Returns the file that the owner of a file was adopting when it ended. Some of its records can be in both.
#[must_use]
pub fn was_adopting(source: &(impl Source + ?Sized)) -> Option<u64> {
    Header::read(source).ok()?;
    let file = source.read(Header::ADOPTING..Header::ADOPTING + 1)?[0];
    (file != 0).then_some(file)
}

/// Why a file cannot be read at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// It is no file of this package.
    Foreign,
    /// It is of another version of this package.
    OtherVersion,
    Torn,
}

/// Reads a file whose owner is gone. `written_at` is when it was written last, as far as the file system knows. Returns `None` if
/// nothing was ever recorded in it.
///
/// # Errors
/// Tells why nothing of it can be read.
pub fn read(source: &(impl Source + ?Sized), written_at: WindowStart) -> Result<Option<Remains>, Damage> {
    read_as(source, Layout::of, written_at)
}

pub(super) fn read_as(
    source: &(impl Source + ?Sized),
    layout: impl FnOnce(usize) -> Option<Layout>,
    written_at: WindowStart,
) -> Result<Option<Remains>, Damage> {
    let (file, whole) = match Header::read(source) {
        Ok(header) => header,
        Err(HeaderError::Empty) => return Ok(None),
        Err(HeaderError::Foreign) => return Err(Damage::Foreign),
        Err(HeaderError::OtherVersion) => return Err(Damage::OtherVersion),
        Err(HeaderError::Torn) => return Err(Damage::Torn),
    };
    let layout = layout(whole).ok_or(Damage::Torn)?;
    let header = source.read(0..Header::WORDS).ok_or(Damage::Torn)?;
    let place = |index: usize| Place::of(header[index]);
    // Since then, others have written to it.
    let written_at = match header[Header::WRITTEN_AT] {
        0 => written_at,
        before => acceptable(WindowStart(before.cast_signed())),
    };
    let known = Known::read(
        Entries::new(source, layout.catalogue.clone(), place(Header::CATALOGUE_START)),
        place(Header::CATALOGUE_END),
    );
    let [log_start, log_end] = [place(Header::LOG_START), place(Header::LOG_END)];
    let mut entries = Entries::new(source, layout.log.clone(), log_start);
    let mut state = State::play(entries.by_ref());
    let mut is_torn = source.words() < whole
        || known.is_torn
        || state.is_torn
        || log_end.is_before(log_start)
        || entries.place().is_before(log_end);
    for ring in layout.rings.iter().filter_map(|ring| Left::read(source, ring, written_at)) {
        let drained = state.drained.get(&ring.tag).copied();
        is_torn |= ring.is_torn(drained);
        state.add_new(ring.second, ring.records(drained).map(|(id, value)| (MarkedId(id).series(), value)));
    }
    let adopted = std::mem::take(&mut state.adopted);
    let pieces = state.into_pieces();
    let Known { environment, of_seconds, metrics, series, .. } = known;
    let resolution = if of_seconds { Resolution::Second } else { Resolution::Minute };
    // Nobody adopts more than there is.
    let already_adopted = Some(header[Header::ADOPTED]).filter(|adopted| *adopted <= pieces.len() as u64);
    is_torn |= already_adopted.is_none();
    let already_adopted = already_adopted.unwrap_or(0);
    Ok(Some(Remains {
        file,
        environment,
        resolution,
        metrics,
        series,
        pieces,
        already_adopted,
        written_at,
        adopted,
        is_torn,
    }))
}
