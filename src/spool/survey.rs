//! What is in the directory, for a person who asks. Nothing is adopted or changed. A file is locked while it is read, so that a process
//! that looks meanwhile leaves it for the next time.

use std::{fs, io, path::Path};

use super::{
    Found, State,
    bound::records_of,
    file::EXTENSION,
    orphans::{ASIDE, Kept, Orphan, list, reason, written_at},
};

/// Lists the files of a directory.
pub fn survey(directory: &Path) -> io::Result<Vec<Found>> {
    let mut paths: Vec<_> = list(directory, EXTENSION)?.into_iter().map(|path| (path, None)).collect();
    paths.extend(list(directory, ASIDE)?.into_iter().map(|path| (path, Some(State::Aside))));
    Ok(paths.iter().filter_map(|(path, state)| find(path, *state)).collect())
}

fn find(path: &Path, state: Option<State>) -> Option<Found> {
    let about = fs::symlink_metadata(path).ok()?;
    let state = state.unwrap_or_else(|| state_of(path));
    let name = path.file_name()?.to_string_lossy().into_owned();
    Some(Found { name, bytes: about.len(), written_at: written_at(&about)?, state })
}

fn state_of(path: &Path) -> State {
    match Orphan::open(path) {
        Err(Kept::Locked) => State::Used,
        Err(Kept::OtherUser) => State::Unreadable("it is of another user"),
        Err(Kept::Absent | Kept::Closed) => State::Unreadable("it cannot be opened"),
        Ok(orphan) => match orphan.read() {
            Ok(None) => State::Left { records: 0 },
            Ok(Some(_)) => State::Left { records: records_of(&orphan) },
            Err(damage) => State::Unreadable(reason(damage)),
        },
    }
}
