//! Calls of JavaScript into this package.
//!
//! A call takes locks that a flush needs, so the signal handler never holds a thread during a call, except in a crash. If a
//! signal arrives during a call, the thread is held when the call returns.

use std::ops::Deref;
#[cfg(unix)]
use std::sync::atomic::{AtomicUsize, Ordering};

#[cfg(unix)]
use super::handler;
#[cfg(unix)]
use crate::own_thread::current;
use crate::recorder::{self, Recorder};

/// The threads that are in a call, by `pthread_self`. Zero: free. If there is no free place, the handler may hold a thread
/// during its call. If the flush then cannot begin, the handler lets the thread go.
#[cfg(unix)]
static CALLING: [AtomicUsize; 16] = [const { AtomicUsize::new(0) }; 16];

/// The thread that received a signal during a call. Zero: none.
#[cfg(unix)]
static INTERRUPTED: AtomicUsize = AtomicUsize::new(0);

/// The recorder of the process, during a call.
pub struct Call {
    recorder: &'static Recorder,
    /// The place in `CALLING`.
    #[cfg(unix)]
    place: Option<&'static AtomicUsize>,
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
fn enter(own: usize) -> Option<&'static AtomicUsize> {
    CALLING.iter().find(|place| place.compare_exchange(0, own, Ordering::AcqRel, Ordering::Acquire).is_ok())
}

#[cfg(unix)]
impl Drop for Call {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            place.store(0, Ordering::Release);
        }
        if INTERRUPTED.load(Ordering::Acquire) == current() {
            INTERRUPTED.store(0, Ordering::Release);
            handler::hold_after_call();
        }
    }
}

/// Returns whether the calling thread is in a call. Called by the handler.
#[cfg(unix)]
pub fn is_calling() -> bool {
    let own = current();
    CALLING.iter().any(|thread| thread.load(Ordering::Acquire) == own)
}

/// Requests that the calling thread is held when its call returns. Returns `false` if this was requested before. Called
/// by the handler.
#[cfg(unix)]
pub fn interrupt() -> bool {
    let own = current();
    INTERRUPTED.swap(own, Ordering::AcqRel) != own
}
