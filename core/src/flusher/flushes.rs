//! The flushes on demand that are not done. There may be many, so they are looked through only if one of them can end.

use tokio::time::Instant;

use super::{command::Done, pass::Pass};

struct Flush {
    /// The pass that sends the records which were made before the flush.
    pass: Pass,
    deadline: Instant,
    /// It does not wait for some of its records.
    is_partial: bool,
    done: Done,
}

/// The flushes that are not done.
#[derive(Default)]
pub struct Flushes {
    all: Vec<Flush>,
    /// The earliest of all deadlines, or an earlier time.
    next_deadline: Option<Instant>,
    /// The first of all passes, or an earlier one.
    first_pass: Pass,
}

impl Flushes {
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    #[must_use]
    pub const fn next_deadline(&self) -> Option<Instant> {
        self.next_deadline
    }

    /// Returns the earliest deadline after a time.
    #[must_use]
    pub fn next_deadline_after(&self, at: Instant) -> Option<Instant> {
        self.all.iter().map(|flush| flush.deadline).filter(|&deadline| deadline > at).min()
    }

    /// Adds a flush. `pass` sends its records.
    pub fn add(&mut self, pass: Pass, deadline: Instant, done: Done) {
        self.first_pass = if self.is_empty() { pass } else { self.first_pass.min(pass) };
        self.next_deadline = Some(self.next_deadline.map_or(deadline, |next| next.min(deadline)));
        self.all.push(Flush { pass, deadline, is_partial: false, done });
    }

    /// Lets the flushes of a pass and of later ones wait for `next`, because some of their records are sent again.
    pub fn postpone(&mut self, pass: Pass, next: Pass) {
        for flush in self.all.iter_mut().filter(|flush| flush.pass >= pass) {
            flush.pass = next;
        }
    }

    /// Lets the flushes of a pass and of later ones end without some of their records, because waiting for these is of no
    /// use.
    pub fn leave_out(&mut self, pass: Pass) {
        for flush in self.all.iter_mut().filter(|flush| flush.pass >= pass) {
            flush.is_partial = true;
        }
    }

    /// Makes the next call of [`Self::end`] end the flushes that wait, because waiting longer is of no use.
    pub fn give_up(&mut self, now: Instant) {
        for flush in &mut self.all {
            flush.deadline = flush.deadline.min(now);
        }
        self.next_deadline = self.next_deadline.map(|deadline| deadline.min(now));
    }

    /// Ends the flushes whose pass is settled and those past their deadline. `begun` is the pass that began last, and
    /// `oldest` the first one that is not settled.
    pub fn end(&mut self, now: Instant, begun: Pass, oldest: Option<Pass>) {
        let is_settled = |pass: Pass| pass <= begun && oldest.is_none_or(|oldest| oldest > pass);
        let can_end = is_settled(self.first_pass) || self.next_deadline.is_some_and(|at| at <= now);
        if self.is_empty() || !can_end {
            return;
        }
        let has_ended = |flush: &mut Flush| is_settled(flush.pass) || flush.deadline <= now;
        for Flush { pass, is_partial, done, .. } in self.all.extract_if(.., has_ended) {
            done.tell(is_settled(pass) && !is_partial);
        }
        self.next_deadline = self.all.iter().map(|flush| flush.deadline).min();
        self.first_pass = self.all.iter().map(|flush| flush.pass).min().unwrap_or_default();
    }
}
