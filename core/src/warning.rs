//! Warnings on their way to the user's logger.
//!
//! A kind of warning is queued at most once a minute, with the number of those held back. A kind that is about the
//! application's code is queued once a process. The queue is fetched by one of the threads that listen: the first one,
//! in the order of their ids, that still exists. When it ends, the next one is notified.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rustc_hash::FxHashMap;

use crate::{clock::UnixMillis, outcome::FaultKind};

/// The least time between two warnings of a kind.
pub const WARNING_INTERVAL_MS: i64 = 60_000;

/// What a warning is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WarningKind {
    Delivery(FaultKind),
    BufferFull,
    Overflow,
    Redacted,
    CertificateBundle,
    NoCertificates,
    Proxy,
    Internal,
}

impl WarningKind {
    /// Whether it is told once a process: it is about labels, and each record of theirs would tell it again.
    const fn is_queued_once(self) -> bool {
        matches!(self, Self::Overflow | Self::Redacted)
    }
}

/// Identifies a thread that fetches warnings. The lowest one is notified first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListenerId(pub u32);

/// Notifies a thread that warnings wait to be fetched. Returns whether the thread still exists.
pub type Notify = Box<dyn Fn() -> bool + Send + Sync>;

/// Warnings that wait to be fetched, and the threads that fetch them.
#[derive(Default)]
pub struct Warnings {
    state: Mutex<State>,
    /// In the order of their ids. Locked for as long as a thread is notified, and never together with `state`.
    listeners: Mutex<Vec<(ListenerId, Notify)>>,
}

#[derive(Default)]
struct State {
    by_kind: FxHashMap<WarningKind, Last>,
    waiting: Vec<String>,
}

struct Last {
    at: UnixMillis,
    held_back: u64,
}

impl Warnings {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn listeners(&self) -> MutexGuard<'_, Vec<(ListenerId, Notify)>> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a thread that fetches warnings, or replaces how it is notified.
    pub fn listen(&self, id: ListenerId, notify: Notify) {
        let mut listeners = self.listeners();
        let place = listeners.partition_point(|(other, _)| *other < id);
        let replaced = match listeners.get_mut(place) {
            Some((known, replaced)) if *known == id => Some(std::mem::replace(replaced, notify)),
            _ => {
                listeners.insert(place, (id, notify));
                None
            }
        };
        // Dropping it calls into the runtime, so the lock ends first.
        drop(listeners);
        drop(replaced);
        self.notify();
    }

    /// Removes a thread that ends. What it was notified of and has not fetched is for the next one.
    pub fn unlisten(&self, id: ListenerId) {
        let mut listeners = self.listeners();
        let place = listeners.iter().position(|(known, _)| *known == id);
        let removed = place.map(|place| listeners.remove(place));
        drop(listeners);
        drop(removed);
        self.notify();
    }

    /// Queues a warning, unless one of its kind was queued in the last minute, or ever. Returns whether it did.
    pub fn warn(&self, kind: WarningKind, now: UnixMillis, message: impl FnOnce() -> String) -> bool {
        // Generic code is compiled once for each caller, so there is little of it.
        let Some(held_back) = self.admit(kind, now) else { return false };
        self.queue(message(), held_back);
        true
    }

    /// Returns how many warnings of a kind were held back since the last one, or `None` if this one is held back too.
    fn admit(&self, kind: WarningKind, now: UnixMillis) -> Option<u64> {
        let mut state = self.state();
        if let Some(last) = state.by_kind.get_mut(&kind) {
            let elapsed = now.0 - last.at.0;
            // A clock that was set back must not silence a kind for good.
            if kind.is_queued_once() || (0..WARNING_INTERVAL_MS).contains(&elapsed) {
                last.held_back += 1;
                return None;
            }
        }
        let last = state.by_kind.insert(kind, Last { at: now, held_back: 0 });
        Some(last.map_or(0, |last| last.held_back))
    }

    fn queue(&self, message: String, held_back: u64) {
        let message = match held_back {
            0 => message,
            held_back => format!("{message} ({held_back} more like this were held back)"),
        };
        self.state().waiting.push(message);
        self.notify();
    }

    /// Takes what waits, oldest first.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.state().waiting)
    }

    /// Notifies the first thread that exists, if something waits, and removes those before it.
    fn notify(&self) {
        if self.state().waiting.is_empty() {
            return;
        }
        let mut listeners = self.listeners();
        let gone = listeners.iter().position(|(_, notify)| notify()).unwrap_or(listeners.len());
        let gone: Vec<_> = listeners.drain(..gone).collect();
        drop(listeners);
        drop(gone);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    };

    #[test]
    fn one_warning_a_minute_and_kind_with_the_number_held_back() {
        let warnings = Warnings::default();
        for now in [0, 1, 59_999, 60_000, 60_001] {
            warnings.warn(WarningKind::BufferFull, UnixMillis(now), || format!("full at {now}"));
        }
        warnings.warn(WarningKind::Internal, UnixMillis(2), || "internal".to_owned());
        let expected = ["full at 0", "full at 60000 (2 more like this were held back)", "internal"];
        assert_eq!(warnings.take(), expected);
        assert!(warnings.take().is_empty());
    }

    #[test]
    fn what_is_wrong_with_labels_is_queued_once() {
        for kind in [WarningKind::Overflow, WarningKind::Redacted] {
            let warnings = Warnings::default();
            for now in [0, 60_000, 1_000_000_000] {
                warnings.warn(kind, UnixMillis(now), || now.to_string());
            }
            assert_eq!(warnings.take(), ["0"]);
        }
    }

    #[test]
    fn a_clock_set_back_silences_nothing() {
        let warnings = Warnings::default();
        for now in [1_000_000, 500] {
            warnings.warn(WarningKind::Internal, UnixMillis(now), || now.to_string());
        }
        assert_eq!(warnings.take(), ["1000000", "500"]);
    }

    /// A listener that counts how often it was notified, and tells whether it exists.
    fn listener(exists: bool) -> (Arc<AtomicU32>, Notify) {
        let notified = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&notified);
        let notify = Box::new(move || {
            count.fetch_add(1, Ordering::SeqCst);
            exists
        });
        (notified, notify)
    }

    fn warn(warnings: &Warnings) {
        assert!(warnings.warn(WarningKind::Internal, UnixMillis(0), || "internal".to_owned()));
    }

    #[test]
    fn the_first_thread_that_exists_is_notified() {
        let warnings = Warnings::default();
        let [(first, notify_first), (second, notify_second), (third, notify_third)] =
            [false, true, true].map(listener);
        warnings.listen(ListenerId(3), notify_third);
        warnings.listen(ListenerId(2), notify_second);
        warnings.listen(ListenerId(1), notify_first);
        warn(&warnings);
        assert_eq!([&first, &second, &third].map(|count| count.load(Ordering::SeqCst)), [1, 1, 0]);
        warnings.take();
        assert!(warnings.warn(WarningKind::BufferFull, UnixMillis(0), String::new));
        assert_eq!(
            [&first, &second, &third].map(|count| count.load(Ordering::SeqCst)),
            [1, 2, 0],
            "one is gone"
        );
    }

    #[test]
    fn what_a_thread_has_not_fetched_at_its_end_is_for_the_next_one() {
        let warnings = Warnings::default();
        let [(_, notify_first), (second, notify_second)] = [true, true].map(listener);
        warnings.listen(ListenerId(1), notify_first);
        warnings.listen(ListenerId(2), notify_second);
        warn(&warnings);
        warnings.unlisten(ListenerId(1));
        assert_eq!(second.load(Ordering::SeqCst), 1);
        warnings.take();
        warnings.unlisten(ListenerId(1));
        assert_eq!(second.load(Ordering::SeqCst), 1, "nothing waits");
    }

    #[test]
    fn what_waits_while_no_thread_listens_is_for_the_next_one_that_starts() {
        let warnings = Warnings::default();
        warn(&warnings);
        let (notified, notify) = listener(true);
        warnings.listen(ListenerId(1), notify);
        assert_eq!(notified.load(Ordering::SeqCst), 1);
        assert_eq!(warnings.take(), ["internal"]);
    }
}
