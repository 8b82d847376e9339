//! How much a process sends while requests fail, and how much waits.

use std::collections::VecDeque;

use hkm_core::{outcome::Outcome, request::Request};

use super::journal::Journal;

const MINUTE_MS: u64 = 60_000;

/// The failed requests of a minute in which nothing was accepted and no flush waited: for each namespace and request in flight,
/// the attempts of a backoff that begins at half a second.
const MAX_FAILURES: usize = 120;

/// The refused requests of such a minute: searches of up to 128 refusals, in each namespace.
const MAX_REFUSALS: usize = 600;

/// The same with flushes, which may start ten passes a second.
const MAX_FAILURES_OF_FLUSHES: usize = 3_000;

/// How much a process sends and holds.
#[derive(Debug)]
pub struct Pressure {
    flush_interval_ms: u64,
    failures: VecDeque<u64>,
    refusals: VecDeque<u64>,
    /// When a flush waited last.
    flushed_at: Option<u64>,
    largest_pass: usize,
    /// The highest number of records and of roll-ups of them that were not accepted.
    pub most_waiting: u64,
    most_series_of_record: u64,
}

impl Pressure {
    pub const fn new(flush_interval_ms: u64) -> Self {
        Self {
            flush_interval_ms,
            failures: VecDeque::new(),
            refusals: VecDeque::new(),
            flushed_at: None,
            largest_pass: 0,
            most_waiting: 0,
            most_series_of_record: 1,
        }
    }

    /// Enters a record that is sent under a number of series.
    pub fn record(&mut self, series: usize, recorded: u64, accepted: u64) {
        self.most_series_of_record = self.most_series_of_record.max(series as u64);
        self.most_waiting = self.most_waiting.max((recorded - accepted) * self.most_series_of_record);
    }

    pub const fn flush(&mut self, now: u64) {
        self.flushed_at = Some(now);
    }

    /// Enters an answer, and checks that failures are not repeated too often.
    pub fn answer(
        &mut self,
        journal: &Journal,
        now: u64,
        outcome: &Outcome,
        request: &Request,
        is_flushing: bool,
    ) {
        self.largest_pass = self.largest_pass.max(request.datums.len());
        if is_flushing {
            self.flushed_at = Some(now);
        }
        if matches!(outcome, Outcome::Applied) {
            self.failures.clear();
            self.refusals.clear();
            return;
        }
        let is_refused = matches!(outcome, Outcome::Rejected(_) | Outcome::TooLarge(_));
        let all = if is_refused { &mut self.refusals } else { &mut self.failures };
        all.push_back(now);
        while all.front().is_some_and(|at| at + MINUTE_MS < now) {
            all.pop_front();
        }
        let failures = all.len();
        let has_flushed = self.flushed_at.is_some_and(|at| at + MINUTE_MS >= now);
        let interval =
            usize::try_from(MINUTE_MS / self.flush_interval_ms.min(MINUTE_MS)).unwrap_or(usize::MAX);
        let most = match (has_flushed, is_refused) {
            (true, _) => MAX_FAILURES_OF_FLUSHES,
            (false, true) => MAX_REFUSALS,
            (false, false) => MAX_FAILURES + interval,
        };
        journal.count_most(
            if has_flushed { "most failures in a minute, with flushes" } else { "most failures in a minute" },
            failures as u64,
        );
        journal.check("failures are not repeated at once", failures <= most, || {
            format!("{failures} requests failed within a minute, {outcome:?}")
        });
    }
}
