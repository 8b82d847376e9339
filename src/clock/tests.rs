//! Tests the time line, its correction and what is believed, with clocks that are set.

use super::*;
use std::sync::Arc;

#[derive(Debug, Default)]
struct Clocks {
    wall: AtomicI64,
    steady: AtomicI64,
}

impl Source for Arc<Clocks> {
    fn wall(&self) -> i64 {
        self.wall.load(Ordering::SeqCst)
    }

    fn steady(&self) -> i64 {
        self.steady.load(Ordering::SeqCst)
    }
}

/// An arbitrary time, in Unix milliseconds.
const NOW: i64 = 1_700_000_000_000;
const HOUR: i64 = 3_600_000;

struct Bed {
    clocks: Arc<Clocks>,
    clock: ProcessClock<Arc<Clocks>>,
}

impl Bed {
    /// Makes a clock that begins at a time of the system's clock.
    fn at(wall: i64) -> Self {
        let clocks = Arc::new(Clocks { wall: wall.into(), steady: 77.into() });
        Self { clock: ProcessClock::new(Arc::clone(&clocks)), clocks }
    }

    fn pass(&self, millis: i64) {
        self.clocks.wall.fetch_add(millis, Ordering::SeqCst);
        self.clocks.steady.fetch_add(millis, Ordering::SeqCst);
    }

    /// Sets the system's clock.
    fn set(&self, wall: i64) {
        self.clocks.wall.store(wall, Ordering::SeqCst);
    }

    /// Observes an answer that comes at once.
    fn observe(&self, date: i64) {
        self.clock.observe(UnixMillis(date), self.clock.now());
    }
}

#[test]
fn the_time_line_advances_steadily_and_is_not_set() {
    let bed = Bed::at(NOW);
    bed.pass(5_000);
    assert_eq!(bed.clock.now(), UnixMillis(NOW + 5_000));
    bed.set(NOW + 9 * HOUR);
    assert_eq!(bed.clock.now(), UnixMillis(NOW + 5_000));
    assert_eq!(bed.clock.corrected(), UnixMillis(NOW + 9 * HOUR));
}

#[test]
fn a_clock_within_a_minute_is_believed() {
    for date in [NOW, NOW - 60_000, NOW + 60_000] {
        let bed = Bed::at(NOW);
        bed.observe(date);
        assert_eq!((bed.clock.offset(), bed.clock.correction()), (0, 0), "{date}");
    }
}

#[test]
fn a_clock_that_differs_by_more_is_corrected_in_both_directions() {
    for offset in [3 * HOUR, -3 * HOUR, 15 * 24 * HOUR, -60_001] {
        let bed = Bed::at(NOW);
        bed.observe(NOW + offset);
        assert_eq!((bed.clock.offset(), bed.clock.correction()), (offset, offset));
        bed.pass(HOUR);
        assert_eq!(bed.clock.corrected(), UnixMillis(NOW + offset + HOUR));
    }
}

#[test]
fn a_measurement_is_kept_while_others_confirm_it() {
    let bed = Bed::at(NOW);
    for (date, offset) in
        [(HOUR, HOUR), (HOUR + 1_999, HOUR), (HOUR - 1_999, HOUR), (HOUR + 2_000, HOUR + 2_000)]
    {
        bed.observe(NOW + date);
        assert_eq!(bed.clock.offset(), offset);
    }
}

#[test]
fn a_system_clock_that_is_set_right_is_believed_again() {
    let bed = Bed::at(NOW - 3 * HOUR);
    bed.observe(NOW);
    assert_eq!(bed.clock.offset(), 3 * HOUR);
    bed.set(NOW);
    assert_eq!(bed.clock.corrected(), UnixMillis(NOW), "before the next answer");
    bed.observe(NOW);
    assert_eq!(bed.clock.offset(), 0);
    assert_eq!(bed.clock.corrected(), UnixMillis(NOW));
}

#[test]
fn a_system_clock_that_is_set_wrong_is_corrected_by_the_next_answer() {
    let bed = Bed::at(NOW);
    bed.observe(NOW);
    bed.set(NOW + HOUR);
    bed.observe(NOW);
    assert_eq!(bed.clock.offset(), -HOUR);
    assert_eq!(bed.clock.corrected(), UnixMillis(NOW));
}

#[test]
fn an_answer_that_took_long_tells_no_time() {
    let bed = Bed::at(NOW);
    let sent = bed.clock.now();
    bed.pass(HOUR);
    bed.clock.observe(UnixMillis(NOW), sent);
    assert_eq!(bed.clock.offset(), 0);
}

#[test]
fn a_difference_is_described_by_its_size_and_direction() {
    for (offset, expected) in [
        (60_001, "about 1 minute behind CloudWatch's"),
        (-90 * 60_000, "about 90 minutes ahead of CloudWatch's"),
        (-3 * HOUR, "about 3 hours ahead of CloudWatch's"),
        (15 * 24 * HOUR, "about 15 days behind CloudWatch's"),
    ] {
        assert_eq!(describe(offset), expected);
    }
}

#[test]
fn the_clocks_of_this_system_advance_together() {
    let (wall, steady) = (Native.wall(), Native.steady());
    assert!(wall > NOW);
    assert!(Native.steady() >= steady);
}

#[test]
fn a_difference_of_milliseconds_between_two_readings_changes_no_correction() {
    let bed = Bed::at(NOW);
    for (wall, correction) in [(1, 0), (-1, 0), (500, 500), (501, 500), (499, 500), (0, 0)] {
        bed.set(NOW + wall);
        assert_eq!(bed.clock.correction(), correction, "{wall}");
    }
}

#[test]
fn a_date_that_no_clock_shows_is_ignored() {
    let bed = Bed::at(NOW);
    for date in [0, -1, i64::MAX / 2, 253_402_300_799_000] {
        bed.observe(date);
        assert_eq!(bed.clock.correction(), 0, "{date}");
    }
}

#[test]
fn a_measurement_with_which_a_signature_is_refused_is_not_used_until_the_systems_clock_fails_too() {
    let bed = Bed::at(NOW);
    bed.observe(NOW + 3 * HOUR);
    assert_eq!(bed.clock.correction(), 3 * HOUR);
    bed.clock.distrust();
    bed.observe(NOW + 3 * HOUR + 1_000);
    assert_eq!(bed.clock.correction(), 0);
    bed.observe(NOW - 3 * HOUR);
    assert_eq!(bed.clock.correction(), -3 * HOUR, "another one is used");
    bed.observe(NOW);
    bed.clock.distrust();
    bed.observe(NOW + 3 * HOUR);
    assert_eq!(bed.clock.correction(), 3 * HOUR);
}
