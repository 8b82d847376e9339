//! Reads the files of credentials, and the bundle of certificates that a variable names. Replaces a token that was renewed.
//!
//! A path comes in. The contents go out, or the reason why there are none. A file is read on a thread of its own, with
//! limits in time and in size. The flusher's thread never reads one.
//!
//! ```text
//!   hkm-flusher   read(path) -- is the path being read? -- no --> start a thread
//!                                     |                              |
//!                                    yes ----------------------------+--> wait for its answer, for at most MAX_TIME
//!
//!   hkm-files                   open, read to the end or to a limit, answer
//! ```
//!
//! A file on a mount that does not answer blocks the thread that reads it, and nothing ends such a read. Until the read
//! ends, later reads of the path wait for the same answer. Each path therefore blocks at most one thread.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, ErrorKind, Read, Write},
    path::{Path, PathBuf},
    process,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use thiserror::Error;
use tokio::time::{timeout, timeout_at};

use crate::sink::task::Task;

/// The name of a thread that reads. Linux keeps at most 15 characters.
const THREAD_NAME: &str = "hkm-files";

/// The maximum time to read a file. A request for credentials may take five seconds. Most of them are left for the service
/// that gives the credentials.
const MAX_TIME: Duration = Duration::from_secs(2);

/// The maximum size of a file with a token. A token has a few kilobytes.
pub const MAX_TOKEN_BYTES: u64 = 64 << 10;

/// The maximum size of a file with profiles. A thousand profiles have about 256 KiB.
pub const MAX_PROFILES_BYTES: u64 = 1 << 20;

/// The maximum size of a file with certificates. A bundle of all public certificate authorities has about 256 KiB. Node has
/// no limit.
pub const MAX_CERTIFICATES_BYTES: u64 = 16 << 20;

/// The time that is granted to reads that keep the limit by themselves, to return after it.
const MARGIN: Duration = Duration::from_millis(100);

/// The time between two looks at a pipe that has no contents yet.
const PAUSE: Duration = Duration::from_millis(10);

/// The reason why there are no contents.
#[derive(Debug, Error)]
pub enum Problem {
    #[error("no end of file within {0:?}")]
    TooSlow(Duration),
    #[error("larger than {}", size(*.0))]
    TooLarge(u64),
    #[error(transparent)]
    System(#[from] io::Error),
}

/// Describes a limit.
fn size(bytes: u64) -> String {
    if bytes >= 1 << 20 { format!("{} MiB", bytes >> 20) } else { format!("{} KiB", bytes >> 10) }
}

pub type Answer = Result<Vec<u8>, Problem>;

/// The limits of a read.
#[derive(Clone, Copy)]
pub struct Limits {
    pub time: Duration,
    pub bytes: u64,
}

/// Reads files, and stores the reads that have not ended.
pub struct Files {
    time: Duration,
    reader: fn(&Path, Limits) -> Answer,
    /// Reads whose answer was not taken yet.
    readings: HashMap<PathBuf, Task<Answer>>,
    /// A replacement that has not ended.
    writing: Option<Task<io::Result<()>>>,
    /// Threads whose results came too late.
    late: Vec<JoinHandle<()>>,
}

/// A function that reads, with the limits in time and size of a single file.
pub type Reader<T> = Box<dyn FnOnce(Limits) -> T + Send>;

impl Default for Files {
    fn default() -> Self {
        Self { time: MAX_TIME, reader: read, readings: HashMap::new(), writing: None, late: Vec::new() }
    }
}

impl Files {
    /// Reads files in at most `time` each.
    #[must_use]
    pub fn within(time: Duration) -> Self {
        Self { time, ..Self::default() }
    }

    /// Returns the contents of a file of at most `bytes` bytes.
    ///
    /// # Errors
    /// Returns why there are none.
    pub async fn read(&mut self, path: &Path, bytes: u64) -> Answer {
        let limits = Limits { time: self.time, bytes };
        timeout(self.time, self.answer(path, limits)).await.unwrap_or(Err(Problem::TooSlow(self.time)))
    }

    /// Calls functions that read, each on a thread of its own and all at the same time. Returns their results in order:
    /// `None` for one that did not return in time.
    ///
    /// # Errors
    /// Returns an error if a thread cannot be started.
    pub async fn run<T: Send + 'static>(
        &mut self,
        reads: Vec<Reader<T>>,
        bytes: u64,
    ) -> io::Result<Vec<Option<T>>> {
        let limits = Limits { time: self.time, bytes };
        // A read that ends by its own limit is in time.
        let end = tokio::time::Instant::now() + self.time + MARGIN;
        let start = |read: Reader<T>| Task::start(THREAD_NAME, move || read(limits));
        let started: Vec<_> = reads.into_iter().map(start).collect();
        let mut results = Vec::new();
        for start in started {
            match start {
                Ok(mut task) => {
                    let result = timeout_at(end, task.answer()).await;
                    if result.is_ok() {
                        task.end();
                    } else {
                        self.late.push(task.into_thread());
                    }
                    results.push(Ok(result.ok().and_then(Result::ok)));
                }
                Err(error) => results.push(Err(error)),
            }
        }
        results.into_iter().collect()
    }

    /// Replaces a file, if it still has the contents `old`. Another process may have replaced it.
    ///
    /// # Errors
    /// Returns why that was not done, or not in time.
    pub async fn replace(&mut self, path: &Path, old: Vec<u8>, new: Vec<u8>) -> Result<(), Problem> {
        let path = path.to_owned();
        let mut writing = match self.writing.take() {
            Some(writing) => writing,
            None => Task::start(THREAD_NAME, move || replace(&path, &old, &new))?,
        };
        let Ok(answer) = timeout(self.time, writing.answer()).await else {
            self.writing = Some(writing);
            return Err(Problem::TooSlow(self.time));
        };
        writing.end();
        Ok(answer??)
    }

    async fn answer(&mut self, path: &Path, limits: Limits) -> Answer {
        if let Some(reading) = self.readings.get_mut(path) {
            let answer = reading.answer().await;
            self.forget(path);
            // Late contents are used, because a pipe gives them only once. After a late error, the file is read again.
            if let Ok(Ok(contents)) = answer {
                return Ok(contents);
            }
        }
        let (owned, reader) = (path.to_owned(), self.reader);
        let reading = Task::start(THREAD_NAME, move || reader(&owned, limits))?;
        let answer = self.readings.entry(path.to_owned()).or_insert(reading).answer().await;
        self.forget(path);
        answer?
    }

    /// Ends a reading whose thread has answered.
    fn forget(&mut self, path: &Path) {
        if let Some(reading) = self.readings.remove(path) {
            reading.end();
        }
    }
}

/// Reads a file. A pipe is read until its writers have closed it. If it has no writer yet, this waits for the first one.
///
/// # Errors
/// Returns why there are no contents.
pub fn read(path: &Path, limits: Limits) -> Answer {
    let end = Instant::now() + limits.time;
    let file = open(path)?;
    let is_pipe = is_pipe(&file)?;
    let mut file = file.take(limits.bytes + 1);
    let mut contents = Vec::new();
    loop {
        match file.read_to_end(&mut contents) {
            // A pipe without a writer looks like one that has been closed.
            Ok(_) if is_pipe && contents.is_empty() => {}
            Ok(_) if file.limit() == 0 => return Err(Problem::TooLarge(limits.bytes)),
            Ok(_) => return Ok(contents),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
        if Instant::now() >= end {
            return Err(Problem::TooSlow(limits.time));
        }
        thread::sleep(PAUSE);
    }
}

/// Replaces a file at once, so that no process reads a part. Only its owner can read the new one.
#[expect(clippy::disallowed_methods, reason = "on a thread of its own")]
fn replace(path: &Path, old: &[u8], new: &[u8]) -> io::Result<()> {
    // A link to the file is kept.
    let path = path.canonicalize()?;
    if fs::read(&path)? != old {
        return Ok(());
    }
    let temporary = path.with_extension(format!("{}.tmp", process::id()));
    let written = write(&temporary, new).and_then(|()| fs::rename(&temporary, &path));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

#[expect(clippy::disallowed_methods, reason = "on a thread of its own")]
fn write(path: &Path, contents: &[u8]) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(contents)
}

/// Opens a file. Neither this nor reading waits for the other end of a pipe or of a terminal: such a wait could last for
/// ever, also after the pipe was replaced by another file.
///
/// # Errors
/// Returns that of the system.
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "on a thread of its own")]
pub fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    File::options().read(true).custom_flags(libc::O_NONBLOCK).open(path)
}

/// Opens a file.
///
/// # Errors
/// Returns that of the system.
#[cfg(not(unix))]
#[expect(clippy::disallowed_methods, reason = "on a thread of its own")]
pub fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

#[cfg(unix)]
fn is_pipe(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::FileTypeExt;
    Ok(file.metadata()?.file_type().is_fifo())
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as on Unix")]
const fn is_pipe(_: &File) -> io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests;
