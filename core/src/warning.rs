//! Warnings on their way to the user's logger: at most one a minute and kind, with the number held back; one in all
//! where what is wrong is in the application's code and stays so.

use std::sync::{Mutex, PoisonError};

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
    const fn is_told_once(self) -> bool {
        matches!(self, Self::Overflow | Self::Redacted)
    }
}

/// Warnings that wait to be fetched.
pub struct Warnings {
    state: Mutex<State>,
    /// Tells the user's thread that something waits.
    notify: Box<dyn Fn() + Send + Sync>,
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
    #[must_use]
    pub fn new(notify: Box<dyn Fn() + Send + Sync>) -> Self {
        Self { state: Mutex::default(), notify }
    }

    /// Queues a warning, unless one of its kind was queued in the last minute, or ever. Tells whether it did.
    pub fn warn(&self, kind: WarningKind, now: UnixMillis, message: impl FnOnce() -> String) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = state.by_kind.get_mut(&kind) {
            let elapsed = now.0 - last.at.0;
            // A clock that was set back must not silence a kind for ever.
            if kind.is_told_once() || (0..WARNING_INTERVAL_MS).contains(&elapsed) {
                last.held_back += 1;
                return false;
            }
        }
        let last = state.by_kind.insert(kind, Last { at: now, held_back: 0 });
        let message = match last.map_or(0, |last| last.held_back) {
            0 => message(),
            held_back => format!("{} ({held_back} more like this were held back)", message()),
        };
        state.waiting.push(message);
        drop(state);
        (self.notify)();
        true
    }

    /// Takes what waits, oldest first.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner).waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_warning_a_minute_and_kind_with_the_number_held_back() {
        let warnings = Warnings::new(Box::new(|| ()));
        for now in [0, 1, 59_999, 60_000, 60_001] {
            warnings.warn(WarningKind::BufferFull, UnixMillis(now), || format!("full at {now}"));
        }
        warnings.warn(WarningKind::Internal, UnixMillis(2), || "internal".to_owned());
        let expected = ["full at 0", "full at 60000 (2 more like this were held back)", "internal"];
        assert_eq!(warnings.take(), expected);
        assert!(warnings.take().is_empty());
    }

    #[test]
    fn what_is_wrong_with_labels_is_told_once() {
        for kind in [WarningKind::Overflow, WarningKind::Redacted] {
            let warnings = Warnings::new(Box::new(|| ()));
            for now in [0, 60_000, 1_000_000_000] {
                warnings.warn(kind, UnixMillis(now), || now.to_string());
            }
            assert_eq!(warnings.take(), ["0"]);
        }
    }

    #[test]
    fn a_clock_set_back_silences_nothing() {
        let warnings = Warnings::new(Box::new(|| ()));
        for now in [1_000_000, 500] {
            warnings.warn(WarningKind::Internal, UnixMillis(now), || now.to_string());
        }
        assert_eq!(warnings.take(), ["1000000", "500"]);
    }
}
