//! Queues warnings for the logger of a JavaScript thread.
//!
//! A kind of warning is queued at most once a minute, with the number of those that were held back. A kind about labels,
//! the clock, the machine or a setting is queued once in the life of the process, or once for each of a few metrics. The threads
//! that fetch warnings are called listeners. Of those that still exist, the one with the lowest id is notified. When it ends, the
//! next one is notified.
//!
//! Near the end of the process, warnings about delivery can be held back: see [`Warnings::hold_delivery`]. No warning is
//! given to a logger here; a listener takes them.

use std::{
    mem::discriminant,
    sync::{Mutex, MutexGuard, PoisonError},
};

use rustc_hash::FxHashMap;

use crate::{clock::UnixMillis, definition::MetricId, outcome::FaultKind};

/// The minimum time between two warnings of a kind.
pub const WARNING_INTERVAL_MS: i64 = 60_000;

/// The maximum number of metrics that a kind of warning is about. If the process has too many series, each of its metrics can have
/// labels that are folded.
pub const MAX_METRICS_TOLD: usize = 10;

/// The subject of a warning. Each kind has its own limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WarningKind {
    /// `None`: of all namespaces.
    Delivery(FaultKind, Option<NamespaceId>),
    /// A value was refused, and is dropped.
    Rejected(NamespaceId),
    BufferFull,
    /// Labels of a metric are folded.
    Overflow(MetricId),
    /// Labels of a metric that are folded have too many combinations of roll-ups.
    Combinations(MetricId),
    /// Labels of a metric look like secrets.
    Redacted(MetricId),
    /// A metric has the namespace and the name of another one.
    Redefined(MetricId),
    /// There are too many metrics.
    Metrics,
    Certificates,
    Proxy,
    Names,
    Clock,
    Region,
    /// Something of the files in which records are kept.
    Spool(&'static str),
    /// A variable or a key of a profile holds a value that is not used.
    Setting(&'static str),
    Internal,
}

/// A namespace, among those whose warnings have a limit of their own. All beyond [`MAX_NAMESPACES`] share the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NamespaceId(u8);

/// The maximum number of namespaces that do not hold each other's warnings back.
const MAX_NAMESPACES: u8 = 16;

impl NamespaceId {
    #[must_use]
    pub fn new(number: usize) -> Self {
        Self(u8::try_from(number).unwrap_or(u8::MAX).min(MAX_NAMESPACES))
    }
}

impl WarningKind {
    /// Returns whether the kind is queued once in the life of the process. It is about labels, settings, the system's clock or
    /// the machine, and each record with these labels or each request would repeat the warning.
    const fn is_queued_once(self) -> bool {
        matches!(
            self,
            Self::Overflow(_)
                | Self::Combinations(_)
                | Self::Redacted(_)
                | Self::Redefined(_)
                | Self::Metrics
                | Self::Clock
                | Self::Region
                | Self::Setting(_)
                | Self::Spool(_)
                | Self::Delivery(FaultKind::NoInstanceRole, _)
        )
    }

    /// Returns whether the warning is about one of many metrics.
    const fn is_about_metric(self) -> bool {
        matches!(self, Self::Overflow(_) | Self::Combinations(_) | Self::Redacted(_) | Self::Redefined(_))
    }
}

/// Identifies a listener. The one with the lowest id is notified first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListenerId(pub u32);

/// Notifies a listener that warnings wait. Returns whether its thread still exists.
pub type Notify = Box<dyn Fn() -> bool + Send + Sync>;

/// The queue of warnings, and its listeners.
#[derive(Default)]
pub struct Warnings {
    state: Mutex<State>,
    /// In the order of their ids. Locked while a listener is notified, and never together with `state`.
    listeners: Mutex<Vec<(ListenerId, Notify)>>,
}

#[derive(Default)]
struct State {
    by_kind: FxHashMap<WarningKind, Last>,
    waiting: Vec<(WarningKind, String)>,
    /// Whether warnings about delivery are neither taken nor notified of.
    is_delivery_held: bool,
}

impl State {
    const fn is_takeable(&self, kind: WarningKind) -> bool {
        !(self.is_delivery_held && matches!(kind, WarningKind::Delivery(..)))
    }
}

struct Last {
    at: UnixMillis,
    held_back: u64,
}

/// A warning that is queued.
struct Admitted {
    /// The number of those of its kind that were held back since the last one.
    held_back: u64,
    /// The same about further metrics is held back.
    is_last: bool,
}

impl Warnings {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn listeners(&self) -> MutexGuard<'_, Vec<(ListenerId, Notify)>> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a listener, or replaces the function that notifies it. Notifies a listener if warnings wait.
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
        // Dropping the function calls into the runtime, so the lock is released first.
        drop(listeners);
        drop(replaced);
        self.notify();
    }

    /// Removes a listener whose thread ends. If it has not fetched all warnings, the next listener is notified.
    pub fn unlisten(&self, id: ListenerId) {
        let mut listeners = self.listeners();
        let place = listeners.iter().position(|(known, _)| *known == id);
        let removed = place.map(|place| listeners.remove(place));
        drop(listeners);
        drop(removed);
        self.notify();
    }

    /// Queues a warning and returns `true`, unless the limit of its kind holds it back.
    pub fn warn(&self, kind: WarningKind, now: UnixMillis, message: impl FnOnce() -> String) -> bool {
        // This generic function is compiled once for each caller, so it is short.
        let Some(admitted) = self.admit(kind, now) else { return false };
        self.queue(kind, message(), &admitted);
        true
    }

    /// Returns `None` if a warning is held back.
    fn admit(&self, kind: WarningKind, now: UnixMillis) -> Option<Admitted> {
        let mut state = self.state();
        if let Some(last) = state.by_kind.get_mut(&kind) {
            let elapsed = now.0 - last.at.0;
            // If the clock was set back, the warning is queued. Otherwise none would follow for a long time.
            if kind.is_queued_once() || (0..WARNING_INTERVAL_MS).contains(&elapsed) {
                last.held_back += 1;
                return None;
            }
        }
        let is_alike =
            |other: &&WarningKind| kind.is_about_metric() && discriminant(*other) == discriminant(&kind);
        let metrics_told = state.by_kind.keys().filter(is_alike).count();
        if metrics_told >= MAX_METRICS_TOLD {
            return None;
        }
        let last = state.by_kind.insert(kind, Last { at: now, held_back: 0 });
        Some(Admitted {
            held_back: last.map_or(0, |last| last.held_back),
            is_last: metrics_told + 1 == MAX_METRICS_TOLD,
        })
    }

    fn queue(&self, kind: WarningKind, message: String, admitted: &Admitted) {
        let message = match admitted {
            Admitted { is_last: true, .. } => {
                format!("{message} (no more warnings of this kind about other metrics)")
            }
            Admitted { held_back: 0, .. } => message,
            Admitted { held_back, .. } => format!("{message} ({held_back} more like this were held back)"),
        };
        self.state().waiting.push((kind, message));
        self.notify();
    }

    /// Takes all warnings that wait and are not held back by [`Self::hold_delivery`], oldest first.
    pub fn take(&self) -> Vec<String> {
        self.take_with_kinds().into_iter().map(|(_, message)| message).collect()
    }

    /// As [`Self::take`], with the kind of each warning.
    pub fn take_with_kinds(&self) -> Vec<(WarningKind, String)> {
        let mut state = self.state();
        let (taken, held) =
            std::mem::take(&mut state.waiting).into_iter().partition(|(kind, _)| state.is_takeable(*kind));
        state.waiting = held;
        taken
    }

    /// Holds the warnings about delivery back, or releases them. Near the end of the process, such a warning may say that
    /// records are sent again although they are lost.
    pub fn hold_delivery(&self, is_held: bool) {
        self.state().is_delivery_held = is_held;
        self.notify();
    }

    /// Drops the warnings about delivery that wait.
    pub fn drop_delivery(&self) {
        self.state().waiting.retain(|(kind, _)| !matches!(kind, WarningKind::Delivery(..)));
    }

    /// If warnings wait, notifies the first listener whose thread exists, and removes those before it.
    fn notify(&self) {
        let state = self.state();
        if !state.waiting.iter().any(|(kind, _)| state.is_takeable(*kind)) {
            return;
        }
        drop(state);
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
    fn each_kind_is_queued_once_a_minute_with_the_number_held_back() {
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
    fn a_warning_about_labels_the_clock_or_a_setting_is_queued_once() {
        let [overflow, redacted] = [WarningKind::Overflow(MetricId(0)), WarningKind::Redacted(MetricId(0))];
        let kinds = [overflow, redacted, WarningKind::Clock, WarningKind::Setting("a")];
        for kind in kinds {
            let warnings = Warnings::default();
            for now in [0, 60_000, 1_000_000_000] {
                warnings.warn(kind, UnixMillis(now), || now.to_string());
            }
            assert_eq!(warnings.take(), ["0"]);
        }
    }

    #[test]
    fn a_warning_about_metrics_names_a_few_of_them_each_once() {
        let warnings = Warnings::default();
        for metric in (0..100).chain(0..100) {
            warnings.warn(WarningKind::Overflow(MetricId(metric)), UnixMillis(0), || metric.to_string());
        }
        warnings.warn(WarningKind::Combinations(MetricId(99)), UnixMillis(0), || "combinations".to_owned());
        let mut expected: Vec<_> = (0..MAX_METRICS_TOLD).map(|metric| metric.to_string()).collect();
        expected[MAX_METRICS_TOLD - 1].push_str(" (no more warnings of this kind about other metrics)");
        expected.push("combinations".to_owned());
        assert_eq!(warnings.take(), expected);
    }

    #[test]
    fn warnings_about_delivery_can_be_held_back_and_released_or_dropped() {
        let warnings = Warnings::default();
        let (notified, notify) = listener(true);
        warnings.listen(ListenerId(0), notify);
        warnings.hold_delivery(true);
        let warn = |kind| assert!(warnings.warn(kind, UnixMillis(0), || format!("{kind:?}")));
        warn(WarningKind::Delivery(FaultKind::Denied, None));
        assert_eq!(notified.load(Ordering::SeqCst), 0);
        warn(WarningKind::Proxy);
        assert_eq!(notified.load(Ordering::SeqCst), 1);
        assert_eq!(warnings.take(), ["Proxy"]);
        warnings.hold_delivery(false);
        assert_eq!(notified.load(Ordering::SeqCst), 2);
        assert_eq!(warnings.take(), ["Delivery(Denied, None)"]);

        warn(WarningKind::Delivery(FaultKind::Throttled, None));
        warn(WarningKind::BufferFull);
        warnings.drop_delivery();
        assert_eq!(warnings.take(), ["BufferFull"]);
    }

    #[test]
    fn a_clock_that_was_set_back_holds_no_warning_back() {
        let warnings = Warnings::default();
        for now in [1_000_000, 500] {
            warnings.warn(WarningKind::Internal, UnixMillis(now), || now.to_string());
        }
        assert_eq!(warnings.take(), ["1000000", "500"]);
    }

    /// Returns a listener and the number of its notifications. `exists` is what it returns.
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
    fn the_first_listener_that_exists_is_notified() {
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
    fn if_a_listener_ends_before_it_fetches_the_next_one_is_notified() {
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
    fn a_warning_without_a_listener_waits_for_the_next_one() {
        let warnings = Warnings::default();
        warn(&warnings);
        let (notified, notify) = listener(true);
        warnings.listen(ListenerId(1), notify);
        assert_eq!(notified.load(Ordering::SeqCst), 1);
        assert_eq!(warnings.take(), ["internal"]);
    }
}
