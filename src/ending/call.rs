//! Calls of JavaScript into this package.
//!
//! A call takes locks that a flush needs, so the signal handler never holds a thread during a call, except in a crash. If a
//! signal arrives during a call, the thread is held when the call returns.

use std::ops::Deref;
#[cfg(unix)]
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

#[cfg(unix)]
use super::handler;
#[cfg(unix)]
use crate::own_thread::current;
use crate::recorder::{self, Recorder};

/// A place for a thread that is in a call.
#[cfg(unix)]
struct Place {
    /// The thread, by [`current`]. `FREE` or `LEAVING` if there is none.
    thread: AtomicUsize,
    /// The thread received a signal during the call.
    is_interrupted: AtomicBool,
}

#[cfg(unix)]
const FREE: usize = 0;

/// The value of a place whose thread is no longer in the call, and looks whether it was interrupted.
#[cfg(unix)]
const LEAVING: usize = 1;

/// The threads that are in a call. If there is no free place, the handler may hold a thread during its call. If the flush
/// then cannot begin, the handler lets the thread go.
#[cfg(unix)]
static PLACES: [Place; 16] =
    [const { Place { thread: AtomicUsize::new(FREE), is_interrupted: AtomicBool::new(false) } }; 16];

/// The recorder of the process, during a call.
pub struct Call {
    recorder: &'static Recorder,
    #[cfg(unix)]
    place: Option<&'static Place>,
}

impl Call {
    /// Begins a call. `None` if metrics are not on.
    #[must_use]
    pub fn begin() -> Option<Self> {
        Some(Self {
            recorder: recorder::current()?,
            #[cfg(unix)]
            place: enter(current()),
        })
    }

    /// Returns the recorder, which can be used after the call too.
    #[must_use]
    pub const fn recorder(&self) -> &'static Recorder {
        self.recorder
    }
}

impl Deref for Call {
    type Target = Recorder;

    fn deref(&self) -> &Recorder {
        self.recorder
    }
}

#[cfg(unix)]
fn enter(own: usize) -> Option<&'static Place> {
    let take = |place: &&Place| {
        place.thread.compare_exchange(FREE, own, Ordering::AcqRel, Ordering::Acquire).is_ok()
    };
    PLACES.iter().find(take)
}

#[cfg(unix)]
impl Drop for Call {
    fn drop(&mut self) {
        let Some(place) = self.place else { return };
        // From here on, the handler holds this thread at once.
        place.thread.store(LEAVING, Ordering::Release);
        let is_interrupted = place.is_interrupted.swap(false, Ordering::AcqRel);
        place.thread.store(FREE, Ordering::Release);
        if is_interrupted {
            handler::hold_after_call();
        }
    }
}

/// Whether a thread that has received a signal is in a call.
#[cfg(unix)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupted {
    /// It is not.
    NoCall,
    /// It is, and will be held when the call returns.
    Now,
    /// The same, because of an earlier signal.
    Before,
}

/// Requests that the calling thread is held when its call returns, if it is in a call. Called by the handler.
#[cfg(unix)]
pub fn interrupt() -> Interrupted {
    let own = current();
    let place = PLACES.iter().find(|place| place.thread.load(Ordering::Acquire) == own);
    match place.map(|place| place.is_interrupted.swap(true, Ordering::AcqRel)) {
        None => Interrupted::NoCall,
        Some(false) => Interrupted::Now,
        Some(true) => Interrupted::Before,
    }
}
