//! The handling of outcomes: what happens to the records of a request that was answered.

use tokio::time::Instant;

use super::{
    Flusher,
    backoff::{Backoff, Urgency},
    pass::Pass,
};
use crate::{
    outcome::{Fault, FaultKind, Outcome},
    request::Request,
    sink::Sink,
    stats::DropReason,
    warning::WarningKind,
};

impl<S: Sink + 'static> Flusher<S> {
    /// Handles the outcome of a request, and sends the next ones. The records move before the fault is noted, so a reader
    /// of the statistics who sees the fault also sees what became of them.
    pub(super) fn settle(&mut self, pass: Pass, request: Request, outcome: Outcome) {
        match outcome {
            Outcome::Applied => {
                self.buffer.applied(request.points());
                self.progress.backoff = Backoff::default();
            }
            Outcome::NotApplied(fault) => {
                self.retreat(pass, &request, Urgency::Flush);
                self.note(&fault, "they are kept and sent again");
            }
            Outcome::Unknown(fault) => {
                let points = request.points();
                self.buffer.count(|counts| counts.possibly_duplicated.0 += points.0);
                self.retreat(pass, &request, Urgency::CautiousFlush);
                self.note(&fault, "they are sent again, and may count twice");
            }
            Outcome::TooLarge(fault) => match request.halve() {
                Ok(halves) => self.requeue(pass, halves),
                Err(single) => {
                    self.retreat(pass, &single, Urgency::Flush);
                    self.note(&fault, "they are kept and sent again");
                }
            },
            Outcome::Rejected(fault) => match request.halve() {
                Ok(halves) => self.requeue(pass, halves),
                Err(culprit) => {
                    self.buffer.give_up(culprit.points(), DropReason::Rejected);
                    self.note(&fault, "they are dropped");
                }
            },
        }
        self.finish(pass);
        self.send();
    }

    /// Puts the halves of a request at the front of the queue.
    fn requeue(&mut self, pass: Pass, (first, second): (Request, Request)) {
        *self.progress.outstanding.entry(pass).or_default() += 2;
        self.progress.queue.push_front((pass, second));
        self.progress.queue.push_front((pass, first));
        self.buffer.count(|counts| counts.retries += 1);
    }

    /// Merges a request back, and all queued ones, which would most likely fail too. `urgency` is that of the next attempt
    /// if a flush waits.
    fn retreat(&mut self, pass: Pass, request: &Request, urgency: Urgency) {
        self.buffer.count(|counts| counts.retries += 1);
        self.merge_back(pass, request);
        for (queued_pass, queued) in std::mem::take(&mut self.progress.queue) {
            self.merge_back(queued_pass, &queued);
            self.finish(queued_pass);
        }
        let urgency = if self.progress.flushes.is_empty() { Urgency::None } else { urgency };
        self.progress.next_flush = Some(self.progress.backoff.begin(pass, Instant::now(), urgency));
    }

    fn merge_back(&mut self, pass: Pass, request: &Request) {
        self.buffer.give_back(&request.datums);
        let next = self.progress.pass.next();
        for flush in self.progress.flushes.iter_mut().filter(|flush| flush.pass >= pass) {
            flush.pass = next;
        }
    }

    /// Records a fault, and warns about it.
    fn note(&self, fault: &Fault, fate: &str) {
        self.buffer.note_fault(fault);
        self.buffer.count(|counts| counts.throttled += u64::from(fault.kind == FaultKind::Throttled));
        self.warnings.warn(WarningKind::Delivery(fault.kind), self.clock.now(), || {
            format!("Metrics were not delivered, {fate}. {}. {fault}", fault.kind.advice())
        });
    }
}
