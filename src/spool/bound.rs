//! What killed processes have left takes a bounded part of the disk. Beyond it, the oldest files go first, as the oldest records do in a
//! buffer.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use hkm_core::{points::Points, resolution::WindowStart, window::Piece};
use rustix::fs::statvfs;

use super::{
    Adopter,
    file::{EXTENSION, MOST_BYTES},
    orphans::{ASIDE, Orphan, list},
};

/// What is left may take as much as so many files of their maximum size, which is that of the largest one.
const MOST_FILES: u64 = 16;

/// And at most this part of the file system, so that files of new processes have room.
const PART_OF_DISK: u64 = 2;

/// A file that is left.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Left {
    written_at: WindowStart,
    path: PathBuf,
    /// What it takes on the disk, in bytes.
    taken: u64,
    /// What it may take.
    most: u64,
}

impl Left {
    fn at(path: PathBuf) -> Option<Self> {
        let orphan = Orphan::open(&path).ok()?;
        let is_aside = path.extension().is_some_and(|extension| extension == ASIDE);
        let most = if is_aside { 0 } else { orphan.bytes.min(MOST_BYTES) };
        Some(Self { written_at: orphan.written_at, path, taken: orphan.taken, most })
    }
}

/// Removes the oldest of the files that are left, if all of them take too much. Files that are in use do not count: their processes bound
/// them.
pub fn remove_excess(adopter: &Adopter, directory: &Path) -> io::Result<()> {
    let mut paths = list(directory, EXTENSION)?;
    paths.extend(list(directory, ASIDE)?);
    let mut left: Vec<_> = paths.into_iter().filter_map(Left::at).collect();
    left.sort();
    let own = adopter.keeper.settings.max_bytes as u64;
    let of_files = MOST_FILES * left.iter().map(|left| left.most).fold(own, u64::max);
    let of_disk = bytes_of_disk(directory)? / PART_OF_DISK;
    // One without a limit has the size 0.
    let most = if of_disk == 0 { of_files } else { of_files.min(of_disk) };
    let mut taken: u64 = left.iter().map(|left| left.taken).sum();
    let mut removed = None;
    for oldest in left {
        if taken <= most {
            break;
        }
        let Ok(orphan) = Orphan::open(&oldest.path) else { continue };
        let records = records_of(&orphan);
        // Another one may go instead.
        if fs::remove_file(&oldest.path).is_ok() {
            taken -= oldest.taken;
            *removed.get_or_insert(0) += records;
        }
    }
    if let Some(records) = removed {
        adopter.tally().dropped += records;
        adopter.warn("excess", || {
            format!(
                "Files of killed processes were removed, the oldest first, with {records} records: what was left in {} took more than \
                 {most} bytes",
                directory.display()
            )
        });
    }
    Ok(())
}

/// Returns the size of a file system, in bytes.
fn bytes_of_disk(directory: &Path) -> io::Result<u64> {
    let disk = statvfs(directory)?;
    Ok(disk.f_blocks.saturating_mul(disk.f_frsize))
}

/// Returns how many records of a file nobody has adopted.
pub fn records_of(orphan: &Orphan) -> u64 {
    let Ok(Some(remains)) = orphan.read() else { return 0 };
    let begin = usize::try_from(remains.already_adopted).unwrap_or(usize::MAX);
    let left = remains.pieces.get(begin..).unwrap_or_default();
    let points: Points = left.iter().map(Piece::points).sum();
    points.records
}
