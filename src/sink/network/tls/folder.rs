//! Reads the files of folders, with limits in number, size and time. Blocks, so it runs on a thread of its own.
//!
//! A folder as `openssl rehash` makes it holds several links to each certificate. Each file is read, whatever its name is.
//! Folders in a folder, pipes, devices and links to nothing are skipped.

use std::{
    fs,
    io::{self, ErrorKind, Read},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crate::sink::files::{Problem, open};

/// The maximum number of entries in all folders of a variable. A folder of the public certificate authorities has about 300.
const MAX_ENTRIES: usize = 10_000;

/// The maximum size of all files.
const MAX_BYTES: u64 = 16 << 20;

/// The maximum time. Less than that of a single file, so that what was read until then is used.
const MAX_TIME: Duration = Duration::from_millis(1_500);

/// What was read.
#[derive(Default)]
pub struct Contents {
    pub files: Vec<(PathBuf, Vec<u8>)>,
    /// What could not be read.
    pub problems: Vec<(PathBuf, Problem)>,
    /// The limit at which reading ended.
    pub limit: Option<&'static str>,
}

impl Contents {
    /// Reads all files of some folders.
    #[must_use]
    pub fn of(folders: &[PathBuf]) -> Self {
        let limits = Budget { entries: MAX_ENTRIES, bytes: MAX_BYTES, end: Instant::now() + MAX_TIME };
        Self::within(folders, limits)
    }

    fn within(folders: &[PathBuf], mut budget: Budget) -> Self {
        let mut contents = Self::default();
        for folder in folders {
            if let Err(error) = contents.add(folder, &mut budget) {
                contents.problems.push((folder.clone(), error.into()));
            }
        }
        contents
    }

    fn add(&mut self, folder: &Path, budget: &mut Budget) -> io::Result<()> {
        #[expect(clippy::disallowed_methods, reason = "on a thread of its own")]
        for entry in fs::read_dir(folder)? {
            self.limit = budget.exceeded();
            if self.limit.is_some() {
                break;
            }
            budget.entries -= 1;
            let path = entry?.path();
            match budget.read(&path) {
                Ok(Some(file)) => self.files.push((path, file)),
                Ok(None) => {}
                Err(problem) => self.problems.push((path, problem)),
            }
        }
        Ok(())
    }
}

/// What may still be read.
struct Budget {
    entries: usize,
    bytes: u64,
    end: Instant,
}

impl Budget {
    fn exceeded(&self) -> Option<&'static str> {
        if self.entries == 0 {
            Some("there are too many files")
        } else if Instant::now() >= self.end {
            Some("there was no time for more files")
        } else {
            None
        }
    }

    /// Returns the contents of a path, or `None` if there is no file.
    fn read(&mut self, path: &Path) -> Result<Option<Vec<u8>>, Problem> {
        let file = match open(path) {
            Ok(file) => file,
            Err(error) if is_no_file(&error) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Ok(None);
        }
        if metadata.len() > self.bytes {
            return Err(Problem::TooLarge(self.bytes));
        }
        let mut contents = Vec::new();
        file.take(self.bytes).read_to_end(&mut contents)?;
        self.bytes -= contents.len() as u64;
        Ok(Some(contents))
    }
}

/// Returns whether opening failed because there is nothing that could be read: a link to nothing, or a socket.
fn is_no_file(error: &io::Error) -> bool {
    #[cfg(unix)]
    if error.raw_os_error() == Some(libc::ENXIO) {
        return true;
    }
    error.kind() == ErrorKind::NotFound
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    /// Makes a folder of ten files of ten bytes.
    fn folder(name: &str) -> Vec<PathBuf> {
        let folder = Path::new(env!("OUT_DIR")).join(name);
        fs::create_dir_all(&folder).unwrap();
        for index in 0..10 {
            fs::write(folder.join(index.to_string()), "0123456789").unwrap();
        }
        vec![folder]
    }

    fn budget() -> Budget {
        Budget { entries: 100, bytes: 1_000, end: Instant::now() + LONG }
    }

    #[test]
    fn all_files_are_read_within_the_limits() {
        let contents = Contents::within(&folder("all"), budget());
        assert_eq!((contents.files.len(), contents.problems.len(), contents.limit), (10, 0, None));
    }

    #[test]
    fn what_was_read_before_a_limit_is_used() {
        let folder = folder("limited");
        let few = Contents::within(&folder, Budget { entries: 4, ..budget() });
        assert_eq!((few.files.len(), few.limit), (4, Some("there are too many files")));

        let late = Contents::within(&folder, Budget { end: Instant::now(), ..budget() });
        assert_eq!((late.files.len(), late.limit), (0, Some("there was no time for more files")));

        let small = Contents::within(&folder, Budget { bytes: 45, ..budget() });
        assert_eq!((small.files.len(), small.problems.len()), (4, 6));
    }

    #[test]
    fn a_folder_that_is_not_there_costs_no_other() {
        let mut folders = folder("other");
        folders.insert(0, folders[0].join("nowhere"));
        let contents = Contents::within(&folders, budget());
        assert_eq!((contents.files.len(), contents.problems.len()), (10, 1));
    }
}
