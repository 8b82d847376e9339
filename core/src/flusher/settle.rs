//! The handling of outcomes: what happens to the records of a request that was answered.

use std::collections::VecDeque;

use tokio::time::Instant;

use super::{
    Flusher, MAX_CONCURRENT_REQUESTS,
    backoff::{Backoff, Urgency},
    pass::Pass,
    progress::Sent,
    search::{Conclusion, SearchId, Verdict},
};
use crate::{
    outcome::{Fault, FaultKind, Outcome},
    request::{MAX_DATUMS_PER_REQUEST, Request},
    sink::Sink,
    stats::DropReason,
    warning::WarningKind,
};

const KEPT: &str = "they are kept and sent again";

impl<S: Sink + 'static> Flusher<S> {
    /// Handles the outcome of a request, and sends the next ones. The records move before the fault is noted, so a reader
    /// of the statistics who sees the fault also sees what became of them.
    pub(super) fn settle(&mut self, Sent { pass, search, request }: Sent, outcome: Outcome) {
        match search {
            Some(search) => self.settle_records(pass, search, request, outcome),
            None => self.settle_probe(pass, outcome),
        }
        self.warn_about_dropped_windows();
        self.send();
    }

    fn settle_records(&mut self, pass: Pass, search: SearchId, request: Request, outcome: Outcome) {
        let is_control = request.datums.is_empty();
        match outcome {
            Outcome::Applied if is_control => self.progress.searches.note_control(search, None),
            Outcome::TooLarge(fault) | Outcome::Rejected(fault) if is_control => {
                self.progress.searches.note_control(search, Some(&fault));
            }
            Outcome::Applied => {
                self.buffer.applied(&request);
                if request.datums.len() >= self.progress.most_datums {
                    self.progress.most_datums = (2 * self.progress.most_datums).min(MAX_DATUMS_PER_REQUEST);
                }
                if self.progress.searches.is_unanimous() || self.progress.doubt.is_eased() {
                    // One record was sent. The others follow at once.
                    self.progress.next_flush = Some(Instant::now());
                }
                self.progress.searches.accept(search);
                self.progress.denied.clear(&request.namespace);
                self.progress.backoff = Backoff::default();
                self.progress.doubt.clear();
            }
            Outcome::NotApplied(fault)
                if fault.kind == FaultKind::Denied && self.progress.denied.is_partial() =>
            {
                self.denied(pass, search, &request);
                self.note(&fault, KEPT);
            }
            Outcome::NotApplied(fault) => {
                if fault.kind == FaultKind::Throttled && self.progress.backoff.is_first_in(pass) {
                    self.progress.most_in_flight = (self.progress.most_in_flight / 2).max(1);
                }
                self.progress.cursor.set(pass, request.first_place());
                self.buffer.count(|counts| counts.retries += 1);
                self.merge_back(pass, &request, false);
                self.retreat(pass, search, Urgency::Flush);
                if fault.kind == FaultKind::NoInstanceRole {
                    self.progress.flushes.give_up(Instant::now());
                }
                self.note(&fault, KEPT);
            }
            Outcome::Unknown(fault) => {
                let is_resumed = self.progress.doubt.add(pass, fault.kind, Instant::now());
                if is_resumed {
                    let datums = request.datums.len().min(self.progress.most_datums);
                    self.progress.most_datums = (datums / 2).max(1);
                }
                // The content may be the cause, so the next pass begins after it.
                self.progress.cursor.set(pass, request.place_after());
                self.buffer.count(|counts| counts.retries += 1);
                self.merge_back(pass, &request, true);
                self.retreat(pass, search, Urgency::CautiousFlush);
                self.note(&fault, "they are sent again, and may count twice");
            }
            Outcome::TooLarge(fault) => self.refused(pass, search, request, &fault, true),
            Outcome::Rejected(fault) => self.refused(pass, search, request, &fault, false),
        }
        self.conclude(search);
        self.finish(pass);
    }

    /// Handles a request whose namespace is denied: keeps its records and those of queued requests of the same namespace.
    fn denied(&mut self, pass: Pass, search: SearchId, request: &Request) {
        let urgency = if self.progress.flushes.is_empty() { Urgency::None } else { Urgency::Flush };
        self.progress.denied.add(&request.namespace, pass, Instant::now(), urgency);
        self.buffer.count(|counts| counts.retries += 1);
        self.merge_back(pass, request, false);
        self.progress.searches.fail(search);
        self.merge_suspects_back(pass, search);
        self.abandon_queued(|sent| sent.request.namespace == request.namespace);
        if !self.progress.flushes.is_empty() {
            let until = self.progress.denied.until(&request.namespace, Instant::now());
            self.progress.next_flush = self.progress.next_flush.into_iter().chain(until).min();
        }
    }

    /// Handles the answer to a request without records. Unless the outcome is unknown again, records are sent next.
    fn settle_probe(&mut self, pass: Pass, outcome: Outcome) {
        self.progress.is_probing = false;
        let now = Instant::now();
        let (fault, urgency) = match outcome {
            Outcome::Applied | Outcome::Rejected(_) | Outcome::TooLarge(_) => {
                self.progress.next_flush = Some(self.progress.doubt.ease(now));
                return;
            }
            Outcome::NotApplied(fault) => {
                self.progress.doubt.ease(now);
                (fault, Urgency::Flush)
            }
            Outcome::Unknown(fault) => (fault, Urgency::CautiousFlush),
        };
        self.back_off(pass, urgency);
        self.note(&fault, KEPT);
    }

    /// Handles a refused request: searches for the culprits, or gives up.
    fn refused(&mut self, pass: Pass, search: SearchId, request: Request, fault: &Fault, is_too_large: bool) {
        let parts = request.halve();
        let verdict = self.progress.searches.refuse(search, parts.is_err(), is_too_large);
        if verdict == Verdict::Culprit
            && let Err(culprit) = &parts
        {
            self.buffer.give_up(culprit.points(), DropReason::Rejected);
            return self.note(fault, &format!("they are dropped: CloudWatch refuses {culprit}"));
        }
        self.buffer.count(|counts| counts.retries += 1);
        match (verdict, parts) {
            (Verdict::Halve, Ok((first, second))) => {
                self.progress.searches.add(search, 2);
                self.queue_first(pass, search, [second, first]);
            }
            (Verdict::SetAside, Err(single)) => {
                self.progress.searches.set_aside(search, single, fault.clone());
                self.buffer.note_fault(fault);
            }
            (verdict, parts) => {
                let parts = parts.map_or_else(|single| vec![single], |(first, second)| vec![first, second]);
                self.progress.cursor.set(pass, parts.last().and_then(Request::place_after));
                for part in &parts {
                    self.merge_back(pass, part, false);
                }
                if verdict == Verdict::AllRefused {
                    self.all_refused(pass, search, fault);
                } else {
                    self.progress.searches.stop(search);
                    self.abandon_queued(|sent| sent.search == Some(search));
                    self.back_off(pass, Urgency::CautiousFlush);
                    // The values that were set aside may still be dropped.
                    self.buffer.note_fault(fault);
                }
            }
        }
    }

    fn queue_first(&mut self, pass: Pass, search: SearchId, requests: impl IntoIterator<Item = Request>) {
        for request in requests {
            self.progress.queue.push_front(Sent { pass, search: Some(search), request });
        }
    }

    /// Continues with the values that were set aside, when the rest of their request is settled.
    fn conclude(&mut self, search: SearchId) {
        match self.progress.searches.settle(search) {
            None => {}
            Some((pass, Conclusion::Control(namespace))) => {
                self.queue_first(pass, search, [Request::empty(namespace)]);
            }
            Some((pass, Conclusion::Confirm(suspects))) => self.queue_first(pass, search, suspects),
            Some((pass, Conclusion::Keep(suspects, fault))) => {
                self.progress.cursor.set(pass, suspects.last().and_then(Request::place_after));
                for suspect in &suspects {
                    self.merge_back(pass, suspect, false);
                }
                if let Some(fault) = fault {
                    self.all_refused(pass, search, &fault);
                }
            }
        }
    }

    /// Backs off: nothing of a request was accepted.
    fn all_refused(&mut self, pass: Pass, search: SearchId, fault: &Fault) {
        self.progress.searches.set_unanimous(true);
        self.retreat(pass, search, Urgency::CautiousFlush);
        self.note(
            fault,
            "they are kept and sent again: CloudWatch refuses everything that is sent, not single metrics",
        );
    }

    /// Backs off, and merges all queued requests back, which would most likely fail too. `urgency` is that of the next
    /// attempt if a flush waits.
    fn retreat(&mut self, pass: Pass, search: SearchId, urgency: Urgency) {
        self.progress.searches.fail(search);
        self.merge_suspects_back(pass, search);
        let queued: Vec<_> = self.progress.queue.iter().map(|sent| (sent.pass, sent.search)).collect();
        for (pass, search) in queued {
            if let Some(search) = search {
                self.merge_suspects_back(pass, search);
            }
        }
        self.abandon_queued(|_| true);
        self.back_off(pass, urgency);
    }

    /// Merges queued requests back.
    fn abandon_queued(&mut self, is_abandoned: impl Fn(&Sent) -> bool) {
        let queue = std::mem::take(&mut self.progress.queue);
        let (abandoned, kept): (VecDeque<_>, _) = queue.into_iter().partition(is_abandoned);
        self.progress.queue = kept;
        for Sent { pass, search, request } in abandoned {
            self.merge_back(pass, &request, false);
            match search {
                Some(search) => self.conclude(search),
                None => self.progress.is_probing = false,
            }
            self.finish(pass);
        }
    }

    /// Merges the values back that were set aside in a search.
    fn merge_suspects_back(&mut self, pass: Pass, search: SearchId) {
        for suspect in self.progress.searches.give_up(search) {
            self.merge_back(pass, &suspect, false);
        }
    }

    fn back_off(&mut self, pass: Pass, urgency: Urgency) {
        let urgency = if self.progress.flushes.is_empty() { Urgency::None } else { urgency };
        self.progress.next_flush = Some(self.progress.backoff.begin(pass, Instant::now(), urgency));
    }

    /// Moves the records of a request back to their windows. A flush that waits for them waits for the next pass.
    pub(super) fn merge_back(&mut self, pass: Pass, request: &Request, may_be_applied: bool) {
        self.buffer.give_back(request, may_be_applied);
        self.wait_for_next_pass(pass);
    }

    /// Removes a pass whose requests are all settled. After a pass without a failure, one more request can be in flight, and
    /// the next pass begins with the oldest records.
    fn finish(&mut self, pass: Pass) {
        if self.progress.searches.finish(pass) == Some(true) {
            let more = self.progress.most_in_flight + 1;
            self.progress.most_in_flight = more.min(MAX_CONCURRENT_REQUESTS);
            self.progress.cursor.reset();
        }
    }

    /// Stores a fault for the statistics, and warns about it.
    fn note(&self, fault: &Fault, fate: &str) {
        self.buffer.note_fault(fault);
        self.buffer.count(|counts| counts.throttled += u64::from(fault.kind == FaultKind::Throttled));
        self.warnings.warn(WarningKind::Delivery(fault.kind), self.clock.now(), || {
            format!("Metrics were not delivered, {fate}. {}. {fault}", fault.kind.advice())
        });
    }
}
