//! The flushes on demand that a process waits for.

use std::collections::BTreeMap;

use hkm_core::outcome::FaultKind;

use super::{journal::Journal, time_line::TimeLine};

/// A timer is at most this late, in milliseconds.
const LATENESS: u64 = 2;

#[derive(Clone, Copy, Debug)]
pub struct PendingFlush {
    began: u64,
    deadline: u64,
    /// Records with lower numbers were made before it.
    pub records: u64,
}

impl PendingFlush {
    /// Returns when it ends at the latest. Its time begins when the flusher receives it; its caller keeps a time of its own.
    fn latest(&self, time_line: &TimeLine) -> u64 {
        let received = time_line.runs_at(self.began);
        time_line.runs_at(received + self.deadline - self.began) + LATENESS
    }
}

/// The flushes on demand that a process waits for.
#[derive(Debug, Default)]
pub struct PendingFlushes {
    pending: BTreeMap<u64, PendingFlush>,
    next: u64,
    denied: bool,
    no_role_at: Option<u64>,
    /// The process was killed.
    is_over: bool,
}

impl PendingFlushes {
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    pub fn len(&self) -> usize {
        self.pending.len()
    }

    /// Enters a flush. Returns its number.
    pub fn begin(&mut self, began: u64, within: u64, records: u64) -> u64 {
        self.next += 1;
        self.pending.insert(self.next, PendingFlush { began, deadline: began + within, records });
        self.next
    }

    /// Enters faults after which a flush may end before its deadline.
    pub fn note_fault(&mut self, kind: FaultKind, now: u64) {
        self.denied |= kind == FaultKind::Denied;
        if kind == FaultKind::NoInstanceRole {
            self.no_role_at = Some(now);
        }
    }

    /// Enters the end of a flush, and checks its time. Returns the flush.
    pub fn end(
        &mut self,
        journal: &Journal,
        time_line: &TimeLine,
        number: u64,
        is_settled: bool,
    ) -> Option<PendingFlush> {
        let now = journal.now();
        let Some(flush) = self.pending.remove(&number) else {
            journal.report("a flush ends once", || format!("flush {number}"));
            return None;
        };
        let PendingFlush { began, deadline, .. } = flush;
        journal.note(format_args!("flush {number} ends: {is_settled}"));
        journal.check("a flush ends by its deadline", now <= flush.latest(time_line), || {
            format!("flush {number} of {began} ms to {deadline} ms ended at {now} ms")
        });
        if is_settled {
            journal.count("flushes that settled all", 1);
        } else if self.is_over {
            journal.count("flushes that were killed", 1);
        } else if now < deadline {
            journal.count("flushes that ended early without all", 1);
            let has_reason = self.denied || self.no_role_at.is_some_and(|at| at >= began);
            journal.check("a flush does not give up without a reason", has_reason, || {
                format!("flush {number} of {began} ms to {deadline} ms ended at {now} ms")
            });
        } else {
            journal.count("flushes that ended at their deadline", 1);
        }
        Some(flush)
    }

    /// Enters that the process was killed.
    pub const fn kill(&mut self) {
        self.is_over = true;
    }

    /// Checks that none is overdue.
    pub fn check(&self, journal: &Journal, time_line: &TimeLine) {
        let now = journal.now();
        for (number, flush) in &self.pending {
            journal.check("a flush ends by its deadline", now <= flush.latest(time_line), || {
                format!("flush {number}, {flush:?}, waits at {now} ms")
            });
        }
    }
}
