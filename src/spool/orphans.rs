//! The files of processes that are gone: found, read, adopted, and removed or set aside.
//!
//! One process adopts at a time: it locks the directory. A process that is killed after it has adopted a file, and before it has
//! removed it, leaves two files with the same records. Its own says so, and goes first.

#![expect(clippy::disallowed_methods, reason = "a thread of its own does what may block for ever")]

use std::{
    collections::HashSet,
    ffi::OsStr,
    fs::{self, File, FileTimes, Metadata, OpenOptions},
    io,
    ops::Range,
    os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::{Duration, UNIX_EPOCH},
};

use hkm_core::{
    buffer::Adoption,
    resolution::WindowStart,
    spool::{ADOPTED, Damage, Remains, Source, read, was_adopting},
};
use rustix::{
    fs::{FlockOperation, OFlags, flock},
    process::geteuid,
};

use super::{
    Adopter, Look, Settings, bound,
    file::{EXTENSION, NEW_EXTENSION, WORD, path_of},
};

/// The end of the name of a file that was set aside.
pub(super) const ASIDE: &str = "hkm-damaged";

/// Why a file is set aside of which the other records were adopted.
const PART: &str = "a part of it cannot be read";

/// After this time, a file that was begun is not finished any more.
const UNFINISHED: Duration = Duration::from_mins(1);

/// The file of a process that is gone. It is locked as long as this exists.
pub(super) struct Orphan {
    path: PathBuf,
    file: File,
    pub written_at: WindowStart,
    pub bytes: u64,
    /// What it takes on the disk, in bytes.
    pub taken: u64,
}

/// Why a file is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// Its process lives, or another one reads it.
    Locked,
    OtherUser,
    Absent,
    /// It cannot be opened, or is no file.
    Closed,
}

impl From<io::Error> for Kept {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::NotFound { Self::Absent } else { Self::Closed }
    }
}

/// Adopts what has room.
pub fn adopt_all(adopter: &Adopter) -> Look {
    let directory = adopter.keeper.directory();
    if !adopter.keeper.is_there() {
        adopter.warn("removed", || {
            format!(
                "Records are not kept in {} any more, and are lost if the process is killed: its file was removed",
                directory.display()
            )
        });
        return Look::Stopped;
    }
    with_lock(adopter, |directory| adopt_each(adopter, directory)).unwrap_or(Look::Stopped)
}

/// Removes what is too much, of what could not be adopted.
pub fn remove_excess(adopter: &Adopter) {
    with_lock(adopter, |directory| bound::remove_excess(adopter, directory));
}

/// Does something with the directory, unless another process does.
fn with_lock<Done>(adopter: &Adopter, act: impl FnOnce(&Path) -> io::Result<Done>) -> Option<Done> {
    let directory = adopter.keeper.directory();
    let lock = lock_directory(directory);
    let done = lock.and_then(|lock| lock.map(|_lock| act(directory)).transpose());
    done.unwrap_or_else(|error| {
        tell(adopter, directory, &error);
        None
    })
}

fn tell(adopter: &Adopter, path: &Path, error: &io::Error) {
    adopter.warn("directory", || {
        format!("Records of processes that were killed cannot be looked for in {}: {error}", path.display())
    });
}

fn tell_of_series(adopter: &Adopter) {
    let Settings { directory, max_bytes } = &adopter.keeper.settings;
    adopter.warn("series", || {
        format!(
            "Records of killed processes wait in {} for the next process: the file of this one has no room for further series of \
             others with spoolMaxBytes ({max_bytes})",
            directory.display()
        )
    });
}

fn lock_directory(directory: &Path) -> io::Result<Option<File>> {
    let directory = File::open(directory)?;
    Ok(try_lock(&directory)?.then_some(directory))
}

fn try_lock(file: &File) -> io::Result<bool> {
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Returns the paths of the files with an extension, in the order of their names.
pub(super) fn list(directory: &Path, extension: &str) -> io::Result<Vec<PathBuf>> {
    let mut paths: Vec<_> = fs::read_dir(directory)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|other| other == extension) && has_name_of_file(path));
    paths.sort();
    Ok(paths)
}

/// Returns whether a file has a name as this package gives it.
fn has_name_of_file(path: &Path) -> bool {
    let stem = path.file_stem().and_then(OsStr::to_str);
    stem.is_some_and(|stem| stem.len() == 16 && stem.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

fn adopt_each(adopter: &Adopter, directory: &Path) -> io::Result<Look> {
    for path in list(directory, NEW_EXTENSION)? {
        remove_unfinished(&path);
    }
    if !finish_telling(adopter, directory)? {
        return Ok(Look::NoRoom);
    }
    let paths = list(directory, EXTENSION)?;
    let claimed = tell_each(adopter, directory, &paths);
    let (mut has_adopted, mut has_room) = (false, true);
    for path in paths.iter().filter(|path| !claimed.contains(*path)) {
        let Some(orphan) = open(adopter, path) else { continue };
        // To read a file takes a while, so it is not done in vain.
        if !adopter.buffer.can_adopt() {
            has_room = false;
            break;
        }
        match adopt_one(adopter, &orphan) {
            Ok(Look::Stopped) => return Ok(Look::Stopped),
            Ok(look) => {
                has_adopted |= look != Look::NoRoom;
                has_room &= look == Look::All;
            }
            // One file that fails must not cost the others their turn.
            Err(error) => tell(adopter, path, &error),
        }
    }
    Ok(match (has_room, has_adopted) {
        (true, _) => Look::All,
        (false, true) => Look::Part,
        (false, false) => Look::NoRoom,
    })
}

/// Lets the file of which this process adopted records last say so, if that failed before. Returns whether it says so, or is gone.
fn finish_telling(adopter: &Adopter, directory: &Path) -> io::Result<bool> {
    let Some((file, end)) = adopter.buffer.adopting() else { return Ok(true) };
    match Orphan::open(&path_of(directory, file)) {
        Ok(orphan) => orphan.raise_adopted(end)?,
        Err(Kept::Absent) => {}
        Err(_) => return Ok(false),
    }
    adopter.buffer.note_adopted();
    Ok(true)
}

/// A process that was killed while it adopted a file has some of its records. Lets the file say so. Returns the files that must be left
/// alone now: those that cannot say so, and those of whose records a process has some that lives, or that is being read.
fn tell_each(adopter: &Adopter, directory: &Path, paths: &[PathBuf]) -> HashSet<PathBuf> {
    let mut claimed = HashSet::new();
    for path in paths.iter().filter(|path| *path != adopter.keeper.path()) {
        match Orphan::open(path) {
            Ok(orphan) => {
                let Some(file) = was_adopting(&orphan) else { continue };
                let other = path_of(directory, file);
                let is_told = tell_one(&orphan, file, &other).unwrap_or_else(|error| {
                    tell(adopter, path, &error);
                    false
                });
                if !is_told {
                    claimed.extend([path.clone(), other]);
                }
            }
            Err(Kept::Absent | Kept::OtherUser) => {}
            Err(_) => {
                let file = Orphan::peek(path).ok().as_ref().and_then(was_adopting);
                claimed.extend(file.map(|file| path_of(directory, file)));
                // It may be open in a moment.
                claimed.insert(path.clone());
            }
        }
    }
    claimed
}

/// Lets a file say which of its records are in that of an orphan. Returns whether there is nothing left to say.
fn tell_one(orphan: &Orphan, file: u64, other: &Path) -> io::Result<bool> {
    let Ok(Some(remains)) = orphan.read() else { return Ok(true) };
    let Some(&end) = remains.adopted.get(&file) else { return Ok(true) };
    match Orphan::open(other) {
        Ok(other) => other.raise_adopted(end).map(|()| true),
        Err(kept) => Ok(matches!(kept, Kept::Absent | Kept::OtherUser)),
    }
}

fn open(adopter: &Adopter, path: &Path) -> Option<Orphan> {
    let opened = Orphan::open(path);
    if matches!(opened, Err(Kept::OtherUser)) {
        adopter.warn("owner", || format!("{} is of another user, and is not read", path.display()));
    }
    opened.ok()
}

fn adopt_one(adopter: &Adopter, orphan: &Orphan) -> io::Result<Look> {
    let remains = match orphan.read() {
        Ok(None) => return orphan.remove().map(|()| Look::All),
        Ok(Some(remains)) => remains,
        Err(damage) => return orphan.set_aside(adopter, reason(damage)).map(|()| Look::All),
    };
    let begin = remains.already_adopted;
    let all = remains.pieces.len() as u64;
    let mut end = begin;
    while end < all {
        let ids = adopter.buffer.identify(&remains, &adopter.environment, end);
        if ids.is_err() {
            tell_of_series(adopter);
        }
        // The end of the process closes its file, and must not miss what is adopted meanwhile.
        let Some(_open) = adopter.keeper.while_open() else { return Ok(Look::Stopped) };
        match ids.map(|ids| adopter.buffer.adopt(&remains, &ids, end)) {
            Ok(Adoption::Adopted { end: reached }) => end = reached,
            _ if end > begin => return Ok(Look::Part),
            _ => return Ok(Look::NoRoom),
        }
        orphan.raise_adopted(end)?;
        adopter.buffer.note_adopted();
    }
    adopter.tally().adopted_files += u64::from(all > 0);
    if remains.is_torn {
        orphan.set_aside(adopter, PART)?;
    } else {
        orphan.remove()?;
    }
    Ok(Look::All)
}

/// Returns when a file was written last.
pub(super) fn written_at(about: &Metadata) -> Option<WindowStart> {
    let since = about.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(WindowStart(i64::try_from(since.as_secs()).ok()?))
}

/// Removes a file whose owner was killed before it had finished it.
fn remove_unfinished(path: &Path) {
    let age =
        fs::symlink_metadata(path).and_then(|about| about.modified()).map(|modified| modified.elapsed());
    if age.is_ok_and(|age| age.is_ok_and(|age| age > UNFINISHED)) {
        // Another process may have done it.
        let _ = fs::remove_file(path);
    }
}

pub(super) const fn reason(damage: Damage) -> &'static str {
    match damage {
        Damage::Foreign => "it is no file of this package",
        Damage::OtherVersion => "it is of another version of this package",
        Damage::Torn => "it is damaged",
    }
}

/// Only what is needed is read: most of a file can be a hole.
impl Source for Orphan {
    fn words(&self) -> usize {
        usize::try_from(self.bytes).unwrap_or(usize::MAX) / WORD
    }

    fn read(&self, words: Range<usize>) -> Option<Vec<u64>> {
        if words.end > self.words() {
            return None;
        }
        let mut bytes = vec![0; words.len() * WORD];
        self.file.read_exact_at(&mut bytes, (words.start * WORD) as u64).ok()?;
        let (words, _) = bytes.as_chunks();
        Some(words.iter().map(|word| u64::from_ne_bytes(*word)).collect())
    }
}

impl Orphan {
    /// Opens a file if its owner is gone.
    pub fn open(path: &Path) -> Result<Self, Kept> {
        let orphan = Self::peek(path)?;
        try_lock(&orphan.file)?.then_some(orphan).ok_or(Kept::Locked)
    }

    /// Opens a file whose owner may live. It may change while it is read.
    fn peek(path: &Path) -> Result<Self, Kept> {
        let about = fs::symlink_metadata(path)?;
        if !about.is_file() {
            return Err(Kept::Closed);
        }
        if about.uid() != geteuid().as_raw() {
            return Err(Kept::OtherUser);
        }
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).custom_flags(flags.bits().cast_signed()).open(path)?;
        let about = file.metadata()?;
        if !about.is_file() {
            return Err(Kept::Closed);
        }
        if about.uid() != geteuid().as_raw() {
            return Err(Kept::OtherUser);
        }
        let written_at = written_at(&about).ok_or(Kept::Closed)?;
        let taken = about.blocks() * 512;
        Ok(Self { path: path.to_owned(), file, written_at, bytes: about.len(), taken })
    }

    pub fn read(&self) -> Result<Option<Remains>, Damage> {
        read(self, self.written_at)
    }

    /// Lets the file say that so many of its pieces were adopted, unless it says that more were. When it was written before stays known:
    /// its last records can be of that second.
    fn raise_adopted(&self, end: u64) -> io::Result<()> {
        let words = Source::read(self, ADOPTED..ADOPTED + 2).ok_or(io::ErrorKind::UnexpectedEof)?;
        let (adopted, before) = (words[0], words[1]);
        if adopted >= end {
            return Ok(());
        }
        let modified = self.file.metadata()?.modified()?;
        let before = if before == 0 { self.written_at.0.cast_unsigned() } else { before };
        // Together, so that a process that is killed has written both or none.
        let both = [end.to_ne_bytes(), before.to_ne_bytes()].concat();
        self.file.write_all_at(&both, (ADOPTED * WORD) as u64)?;
        self.file.set_times(FileTimes::new().set_modified(modified))
    }

    fn remove(&self) -> io::Result<()> {
        // Should it not be removed, it must not be adopted again.
        let emptied = self.file.set_len(0);
        fs::remove_file(&self.path).or(emptied)
    }

    fn set_aside(&self, adopter: &Adopter, why: &str) -> io::Result<()> {
        adopter.tally().set_aside += 1;
        let aside = self.path.with_extension(ASIDE);
        if let Err(error) = fs::rename(&self.path, &aside) {
            if why == PART {
                // It must not be adopted again.
                self.remove()?;
            }
            return Err(error);
        }
        adopter.warn("damaged", || {
            format!("A file with records of a killed process was set aside as {}: {why}", aside.display())
        });
        Ok(())
    }
}
