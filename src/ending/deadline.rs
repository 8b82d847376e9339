//! The deadline of the end of the process. The first wait sets it, and all later waits share it.
//!
//! A process can go on after such a wait: an application can emit `exit` itself, or add a listener for the signal
//! meanwhile. A deadline that passed more than `shutdownTimeoutMs` ago is therefore replaced by a new one.
//!
//! No function allocates memory or takes a lock, so a signal handler can call them all.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use once_cell::sync::OnceCell;

/// The moment that deadlines are counted from. Set before a handler can run.
static START: OnceCell<Instant> = OnceCell::new();

/// The deadline, in milliseconds since `START`. Zero: there is none.
static ENDS_BY: AtomicU64 = AtomicU64::new(0);

/// The deadline that a further signal has set. Zero: no such signal has come.
static CUT_AT: AtomicU64 = AtomicU64::new(0);

/// Returns the milliseconds since the first call, at least 1.
pub fn now() -> u64 {
    // `Instant::now` calls `clock_gettime`, which POSIX lists as async-signal-safe.
    let elapsed = START.get_or_init(Instant::now).elapsed().as_millis();
    u64::try_from(elapsed).unwrap_or(u64::MAX).saturating_add(1)
}

/// Returns the time to the deadline. If there is no deadline, sets it to `within` from now.
#[must_use]
pub fn remaining(within: Duration) -> Duration {
    remaining_at(&ENDS_BY, now(), within)
}

/// Sets the deadline to `within` from now, if there is none.
#[cfg(unix)]
pub fn begin(within: Duration) {
    let _ = remaining(within);
}

/// Sets the deadline to now. One that has passed stays.
pub fn expire() {
    expire_at(&ENDS_BY, now());
}

/// Sets the deadline to now, because a further signal asks the process to end at once.
#[cfg(unix)]
pub fn cut_short() {
    cut_short_at(&ENDS_BY, &CUT_AT, now());
}

/// Returns whether [`cut_short`] has set the deadline. One that comes after it, because the process went on, is a new one.
#[must_use]
pub fn is_cut_short() -> bool {
    was_cut(&ENDS_BY, &CUT_AT)
}

/// Removes the deadline, because the process goes on.
pub fn cancel() {
    ENDS_BY.store(0, Ordering::Release);
}

fn remaining_at(ends_by: &AtomicU64, now: u64, within: Duration) -> Duration {
    let within = millis(within);
    let known = ends_by.load(Ordering::Acquire);
    if known != 0 && now <= known.saturating_add(within) {
        return Duration::from_millis(known.saturating_sub(now));
    }
    let begun = now.saturating_add(within);
    match ends_by.compare_exchange(known, begun, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => Duration::from_millis(within),
        Err(other) => Duration::from_millis(other.saturating_sub(now)),
    }
}

fn expire_at(ends_by: &AtomicU64, now: u64) {
    let is_ahead = |known| (known == 0 || known > now).then_some(now);
    let _ = ends_by.fetch_update(Ordering::AcqRel, Ordering::Acquire, is_ahead);
}

#[cfg(unix)]
fn cut_short_at(ends_by: &AtomicU64, cut_at: &AtomicU64, now: u64) {
    cut_at.store(now, Ordering::Release);
    ends_by.store(now, Ordering::Release);
}

fn was_cut(ends_by: &AtomicU64, cut_at: &AtomicU64) -> bool {
    let ends_by = ends_by.load(Ordering::Acquire);
    ends_by != 0 && ends_by == cut_at.load(Ordering::Acquire)
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_way_to_end_sets_the_deadline_of_all() {
        let ends_by = AtomicU64::new(0);
        let remaining = |now, within| remaining_at(&ends_by, now, Duration::from_millis(within)).as_millis();
        assert_eq!(remaining(1_000, 2_000), 2_000);
        assert_eq!(remaining(1_500, 2_000), 1_500);
        assert_eq!(remaining(1_500, 60_000), 1_500, "also for a wait that asks for more time");
        assert_eq!(remaining(3_000, 2_000), 0);
        assert_eq!(remaining(5_000, 2_000), 0, "still the same ending");
        assert_eq!(remaining(5_001, 2_000), 2_000, "the process went on, and ends later");
    }

    #[test]
    #[cfg(unix)]
    fn an_ending_that_was_cut_short_is_told_from_the_next_one() {
        let (ends_by, cut_at) = (AtomicU64::new(0), AtomicU64::new(0));
        assert!(!was_cut(&ends_by, &cut_at));
        let within = Duration::from_secs(2);
        let _ = remaining_at(&ends_by, 1_000, within);
        assert!(!was_cut(&ends_by, &cut_at));
        cut_short_at(&ends_by, &cut_at, 1_600);
        assert!(was_cut(&ends_by, &cut_at));
        expire_at(&ends_by, 1_700);
        assert!(was_cut(&ends_by, &cut_at), "what has passed cannot expire again");
        assert_eq!(remaining_at(&ends_by, 9_000, within), within, "the process went on");
        assert!(!was_cut(&ends_by, &cut_at));
        expire_at(&ends_by, 9_500);
        assert_eq!(remaining_at(&ends_by, 9_500, within), Duration::ZERO);
        assert!(!was_cut(&ends_by, &cut_at));
    }

    #[test]
    fn an_ending_without_time_does_not_wait() {
        let ends_by = AtomicU64::new(0);
        assert_eq!(remaining_at(&ends_by, 1, Duration::ZERO), Duration::ZERO);
    }
}
