//! The windows that a record may be in.
//!
//! A drain adds records to the second of the drain before it, and there is one where each second begins. A record is therefore in the
//! window of its own second, unless the flusher's thread stalls: then in one of the time from the drain before it until the flusher
//! notices it. If the time of day jumps meanwhile, the window may be on either side, and the next drain is up to a second late.

use hkm_core::resolution::{Resolution, WindowStart};

use crate::clock::START;

/// The maximum time between two drains while records wait, and a millisecond for the timer.
const DRAIN_MS: u64 = 1_001;

/// A drain at the start of a second is at most this late, in milliseconds.
const LATENESS: u64 = 2;

/// The time of day of one process, and when its flusher stalled.
#[derive(Debug)]
pub struct TimeLine {
    /// When each offset of the time of day began.
    eras: Vec<(u64, i64)>,
    stalls: Vec<(u64, u64)>,
}

impl TimeLine {
    pub fn new() -> Self {
        Self { eras: vec![(0, 0)], stalls: Vec::new() }
    }

    /// Enters that the time of day jumps.
    pub fn jump(&mut self, now: u64, millis: i64) {
        let offset = self.eras.last().map_or(0, |&(_, offset)| offset);
        self.eras.push((now, offset + millis));
    }

    /// Enters that the flusher stalls.
    pub fn stall(&mut self, now: u64, until: u64) {
        self.stalls.push((now, until));
    }

    /// Returns when the flusher can run, if it has to at a time.
    pub fn runs_at(&self, at: u64) -> u64 {
        let mut runs = at;
        while let Some(&(_, to)) = self.stalls.iter().find(|&&(from, to)| from <= runs && runs < to) {
            runs = to;
        }
        runs
    }

    /// Returns the start of the window in which a record is that was made `at`. Returns `None` if there may be several.
    pub fn window(&self, at: u64, resolution: Resolution) -> Option<i64> {
        let mut ranges = self.ranges(at);
        let ((from, to), None) = (ranges.next()?, ranges.next()) else { return None };
        let window = |at: i64| WindowStart(at.div_euclid(1_000)).within(resolution).0;
        (window(from) == window(to)).then(|| window(from))
    }

    /// Returns the lowest time of day since a time, in milliseconds.
    pub fn lowest_since(&self, since: u64, now: u64) -> i64 {
        self.ranges_between(since, now).map(|(from, _)| from).min().unwrap_or(i64::MIN)
    }

    /// Returns the difference between the highest and the lowest offset, in milliseconds.
    pub fn spread(&self) -> i64 {
        let offsets = || self.eras.iter().map(|&(_, offset)| offset);
        offsets().max().unwrap_or(0) - offsets().min().unwrap_or(0)
    }

    /// Returns the moments at which the window of a record was decided.
    fn decided(&self, at: u64) -> (u64, u64) {
        let has_jumped = self.eras.iter().skip(1).any(|&(began, _)| (began..=began + DRAIN_MS).contains(&at));
        let mut first = at.saturating_sub(if has_jumped { DRAIN_MS } else { LATENESS });
        // The drain before was late as well.
        while let Some(&(from, _)) =
            self.stalls.iter().find(|&&(from, to)| from <= at && first <= to && from < first + DRAIN_MS)
        {
            let earlier = from.saturating_sub(DRAIN_MS);
            if earlier >= first {
                break;
            }
            first = earlier;
        }
        (first, self.runs_at(at) + LATENESS)
    }

    /// Returns the ranges of the time of day in which a record made `at` may be, in milliseconds.
    pub fn ranges(&self, at: u64) -> impl Iterator<Item = (i64, i64)> {
        let (first, last) = self.decided(at);
        self.ranges_between(first, last)
    }

    fn ranges_between(&self, first: u64, last: u64) -> impl Iterator<Item = (i64, i64)> {
        let ends = self.eras.iter().skip(1).map(|&(began, _)| began).chain([u64::MAX]);
        self.eras.iter().zip(ends).filter_map(move |(&(began, offset), ended)| {
            let (from, to) = (began.max(first), ended.min(last));
            let of_day = |at: u64| START + offset + i64::try_from(at).unwrap_or(i64::MAX / 2);
            (from <= to).then(|| (of_day(from), of_day(to)))
        })
    }

    /// Returns whether a record that was made `at` may be in a window.
    pub fn allows(&self, at: u64, window: i64, resolution: Resolution) -> bool {
        let (begins, ends) = (window * 1_000, (window + resolution.seconds()) * 1_000);
        self.ranges(at).any(|(from, to)| begins <= to && from < ends)
    }

    pub fn describe(&self) -> String {
        format!("{self:?}")
    }
}
