//! Keeps the records of this process in a file, and delivers those of processes that were killed. Only on Unix, and only if the user
//! named a directory.
//!
//! Each process has a file of its own, which it locks as long as it lives. The kernel releases the lock however the process ends, so
//! a file that can be locked is that of a process that is gone. [`hkm_core::spool`] knows what is in a file.
//!
//! A directory that cannot be used, or a disk without room, costs no record: what cannot be kept is delivered as without a file, and a
//! warning says so once.

#[cfg(unix)]
mod bound;
#[cfg(unix)]
mod file;
#[cfg(not(unix))]
#[path = "spool/no_file.rs"]
mod file;
#[cfg(target_os = "linux")]
mod file_system;
#[cfg(unix)]
mod orphans;
#[cfg(unix)]
mod survey;

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{SendError, sync_channel},
    },
    time::{Duration, Instant},
};

use hkm_core::{
    buffer::Buffer,
    clock::{Clock, UnixMillis},
    resolution::{Resolution, WindowStart},
    spool::{Catalogue, Spool},
    warning::{WarningKind, Warnings},
};

use crate::{clock::ProcessClock, own_thread};
use file::OwnFile;
#[cfg(not(unix))]
use file::{self as orphans, self as survey};

/// The name of the thread that looks for files of other processes. Linux keeps at most 15 characters.
const THREAD_NAME: &str = "hkm-spool";

/// How long the first record waits for the file.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long a person waits for what is in the directory.
const PATIENCE_OF_SURVEY: Duration = Duration::from_secs(20);

/// How often other files are looked for.
const LOOK_INTERVAL: Duration = Duration::from_mins(1);

/// The time until more of them is adopted, if there was room for a part only. It doubles while there is none, up to that interval.
const ROOM_INTERVAL: Duration = Duration::from_millis(100);

/// Above this time, and while CloudWatch accepts nothing, there will be no room soon.
const FAILURE_INTERVAL: Duration = Duration::from_secs(1);

/// Does on another thread what may never end, and waits for it. What comes later is passed to `undo`.
fn within<Made: Send + 'static>(
    patience: Duration,
    attempt: impl FnOnce() -> io::Result<Made> + Send + 'static,
    undo: impl FnOnce(Made) + Send + 'static,
) -> io::Result<Made> {
    let (made, receive) = sync_channel(1);
    own_thread::spawn(THREAD_NAME, move || {
        if let Err(SendError(Ok(late))) = made.send(attempt()) {
            undo(late);
        }
    })?;
    receive.recv_timeout(patience).map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

/// Where records are kept.
#[derive(Clone, Debug)]
pub struct Settings {
    pub directory: PathBuf,
    /// The maximum size of a file, in bytes.
    pub max_bytes: usize,
}

/// What became of the files of the directory.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// The files of other processes whose records are in this one now.
    pub adopted_files: u64,
    /// The files that could not be read as a whole.
    pub set_aside: u64,
    /// The records of other processes that were dropped, because too much was left.
    pub dropped: u64,
}

/// What was adopted when files were looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// All that there was.
    All,
    /// A part, because there was no room for more.
    Part,
    /// Nothing, because there was no room.
    NoRoom,
    /// A part, because this process may adopt nothing now: it ends, its file is gone, or another one adopts.
    Stopped,
}

/// The file of this process.
pub struct Keeper {
    settings: Settings,
    own: OwnFile,
    tally: Mutex<Tally>,
    /// The file is removed. Locked while something is adopted.
    is_closed: Mutex<bool>,
    began: Instant,
    /// The milliseconds from then until the process began to end. Zero: it did not.
    ended_after: AtomicU64,
}

impl Keeper {
    /// Makes the file of this process. If it cannot, warns. The directory may be one that does not answer, so this is done on
    /// another thread, and the caller does not wait for long.
    pub fn open(
        settings: &Settings,
        environment: &str,
        resolution: Resolution,
        warnings: &Warnings,
        now: UnixMillis,
    ) -> Option<(Self, (Spool, Catalogue))> {
        let (own, environment) = (settings.clone(), environment.to_owned());
        let opened = within(
            PATIENCE,
            move || Self::make(own, &environment, resolution),
            |(keeper, _)| keeper.own.remove(),
        );
        if let Err(why) = &opened {
            warnings.warn(WarningKind::Spool("own"), now, || {
                let directory = settings.directory.display();
                format!("Records are not kept in {directory}, and are lost if the process is killed: {why}")
            });
        }
        opened.ok()
    }

    fn make(
        settings: Settings,
        environment: &str,
        resolution: Resolution,
    ) -> io::Result<(Self, (Spool, Catalogue))> {
        let settings = Settings { directory: std::path::absolute(settings.directory)?, ..settings };
        let (own, memory) = OwnFile::create(&settings)?;
        let spool = Spool::new(&memory, own.id(), environment, resolution)
            .ok_or_else(|| io::ErrorKind::StorageFull.into())
            .and_then(|spool| own.publish().map(|()| spool));
        if spool.is_err() {
            own.discard();
        }
        let keeper = Self {
            settings,
            own,
            tally: Mutex::default(),
            is_closed: Mutex::new(false),
            began: Instant::now(),
            ended_after: AtomicU64::new(0),
        };
        Ok((keeper, spool?))
    }

    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.settings.directory
    }

    #[must_use]
    pub fn tally(&self) -> Tally {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Removes the file of this process, if `is_settled` says that nothing of it is needed, and nothing is adopted just now. Nothing
    /// is adopted later.
    pub fn close(&self, is_settled: impl FnOnce() -> bool) {
        let Ok(mut is_closed) = self.is_closed.try_lock() else { return };
        if is_settled() {
            *is_closed = true;
            self.own.remove();
        }
    }

    /// Lets nothing be adopted for a while: the process ends. If it does not, it looks again later. Can be called by a signal handler.
    pub fn end_adoption(&self) {
        self.ended_after.store(self.millis().max(1), Ordering::Release);
    }

    #[cfg(unix)]
    fn is_ending(&self) -> bool {
        let after = self.ended_after.load(Ordering::Acquire);
        after > 0 && self.millis() < after + LOOK_INTERVAL.as_secs() * 1_000
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Returns whether the next process finds the file of this one.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.own.is_there()
    }

    /// Returns the path of the file of this process.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.own.path()
    }

    /// Keeps the file of this process from being closed as long as what is returned exists. Returns `None` if it is closed.
    #[cfg(unix)]
    fn while_open(&self) -> Option<std::sync::MutexGuard<'_, bool>> {
        let is_closed = self.is_closed.lock().unwrap_or_else(PoisonError::into_inner);
        (!*is_closed && !self.is_ending() && self.is_there()).then_some(is_closed)
    }
}

/// A file of the directory.
#[derive(Clone, Debug)]
pub struct Found {
    pub name: String,
    pub bytes: u64,
    pub written_at: WindowStart,
    pub state: State,
}

/// What a file of the directory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// A process uses it.
    Used,
    /// Its process is gone.
    Left { records: u64 },
    /// It cannot be adopted.
    Unreadable(&'static str),
    /// It could not be read, and was set aside.
    Aside,
}

/// What a person is told of a directory.
pub struct Survey {
    /// Why a process can keep no file there, or finds none of others.
    pub problem: Option<io::Error>,
    pub files: Vec<Found>,
}

/// Makes a file as a process does and removes it, and lists the files of the directory. Changes none of them.
#[must_use]
pub fn survey(settings: &Settings) -> Survey {
    let own = settings.clone();
    let made = within(
        PATIENCE,
        move || Keeper::make(own, "", Resolution::Minute).map(|(keeper, _)| keeper.own.remove()),
        |()| {},
    );
    let directory = settings.directory.clone();
    let (files, unlisted) = match within(PATIENCE_OF_SURVEY, move || survey::survey(&directory), |_| {}) {
        Ok(files) => (files, None),
        Err(error) => (Vec::new(), Some(error)),
    };
    Survey { problem: made.err().or(unlisted), files }
}

/// What looks for files of other processes.
pub struct Adopter {
    pub keeper: Arc<Keeper>,
    pub buffer: Arc<Buffer>,
    pub warnings: Arc<Warnings>,
    pub clock: Arc<ProcessClock>,
    /// The first dimension of this process.
    pub environment: String,
    /// Wakes the flusher.
    pub wake: Box<dyn Fn() + Send>,
}

impl Adopter {
    /// Looks for files now, and again and again, on a thread of its own. If the system starts none, no file is adopted.
    pub fn start(self) {
        let (warnings, clock) = (Arc::clone(&self.warnings), Arc::clone(&self.clock));
        let started = own_thread::spawn(THREAD_NAME, move || {
            let mut pause = ROOM_INTERVAL;
            loop {
                // A defect must not end the thread: other files would wait for the next process.
                let look = catch_unwind(AssertUnwindSafe(|| self.look())).unwrap_or(Look::Stopped);
                pause = if look == Look::NoRoom { (2 * pause).min(LOOK_INTERVAL) } else { ROOM_INTERVAL };
                // As long as CloudWatch accepts records, there will be room. One request that fails proves nothing yet.
                let is_stuck = pause == LOOK_INTERVAL || (pause > FAILURE_INTERVAL && self.is_failing());
                if look == Look::All || (look == Look::NoRoom && is_stuck) {
                    orphans::remove_excess(&self);
                }
                let is_over = matches!(look, Look::All | Look::Stopped);
                std::thread::sleep(if is_over { LOOK_INTERVAL } else { pause });
            }
        });
        if let Err(error) = started {
            warnings.warn(WarningKind::Spool("thread"), clock.now(), || {
                format!("Records of processes that were killed are not looked for: {error}")
            });
        }
    }

    fn look(&self) -> Look {
        self.keeper.own.touch();
        let look = orphans::adopt_all(self);
        if self.buffer.is_spool_full() {
            let Settings { directory, max_bytes } = &self.keeper.settings;
            self.warn("full", || {
                format!(
                    "Some records were not kept in {}, and would be lost if the process were killed: more waits, or there are more \
                     series, than the disk or spoolMaxBytes ({max_bytes}) has room for",
                    directory.display()
                )
            });
        }
        (self.wake)();
        look
    }

    fn is_failing(&self) -> bool {
        self.buffer.snapshot().counts.is_failing()
    }

    #[cfg(unix)]
    fn tally(&self) -> std::sync::MutexGuard<'_, Tally> {
        self.keeper.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn warn(&self, about: &'static str, text: impl FnOnce() -> String) {
        self.warnings.warn(WarningKind::Spool(about), self.clock.now(), text);
    }
}
