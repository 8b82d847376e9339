//! The handling of outcomes: what happens to the records of a request that was answered.

use std::{collections::VecDeque, sync::Arc};

use tokio::time::Instant;

use super::{
    Flusher, MAX_CONCURRENT_REQUESTS, Pacing,
    backoff::{Backoff, Urgency},
    lane::LaneId,
    pace::{LEAST_LEFT, draw_retry_of_flush, most_attempts},
    pass::Pass,
    progress::{Part, Sent},
    search::{Conclusion, Verdict},
};
use crate::{
    outcome::{Fault, FaultKind, Outcome},
    request::{MAX_DATUMS_PER_REQUEST, Request},
    sink::Sink,
    stats::DropReason,
};

const KEPT: &str = "they are kept and sent again";

impl<S: Sink + 'static, P: Pacing> Flusher<S, P> {
    /// Handles the outcome of a request, and sends the next ones. The records move before the fault is noted, so a reader
    /// of the statistics who sees the fault also sees what became of them.
    pub(super) fn settle(&mut self, Sent { lane, pass, search, request }: Sent, outcome: Outcome) {
        self.progress.lanes[lane].in_flight -= 1;
        match search {
            Some(search) => self.settle_records(Part { lane, pass, search }, request, outcome),
            None => self.settle_probe(lane, pass, outcome),
        }
        self.warn_about_dropped_windows();
        self.send();
    }

    fn settle_records(&mut self, part: Part, request: Request, outcome: Outcome) {
        let Part { lane, pass, search } = part;
        let is_control = request.datums.is_empty();
        if !matches!(outcome, Outcome::Applied | Outcome::Unknown(_)) {
            self.buffer.refused(&request);
        }
        match outcome {
            Outcome::Applied if is_control => self.progress.lanes[lane].searches.note_control(search, None),
            Outcome::TooLarge(fault) | Outcome::Rejected(fault) if is_control => {
                self.progress.lanes[lane].searches.note_control(search, Some(&fault));
            }
            Outcome::Applied => self.applied(part, &request),
            Outcome::NotApplied(fault) => {
                self.buffer.count(|counts| counts.retries += 1);
                if fault.kind.is_of_namespace() {
                    self.not_applied(part, &request, fault.kind);
                } else {
                    self.none_applied(part, &request, fault.kind);
                }
                self.note(lane, &fault, KEPT);
            }
            Outcome::Unknown(fault) => {
                let now = Instant::now();
                let is_unsure = request.is_unsure();
                let is_resumed = self.progress.lanes[lane].doubt(pass, fault.kind, now, is_unsure);
                if is_resumed {
                    let datums = request.datums.len().min(self.progress.most_datums);
                    self.progress.most_datums = (datums / 2).max(1);
                }
                // The content may be the cause, so the next pass begins after it.
                self.progress.lanes[lane].go_on_at(pass, request.place_after(), is_unsure);
                self.buffer.count(|counts| counts.retries += 1);
                self.hold(part, &request, true);
                self.retreat(part, Urgency::CautiousFlush);
                self.note(lane, &fault, "they are sent again, and may count twice");
            }
            Outcome::TooLarge(fault) => self.refused(part, request, &fault, true),
            Outcome::Rejected(fault) => self.refused(part, request, &fault, false),
        }
        self.conclude(part);
        self.finish(lane, pass);
    }

    fn applied(&mut self, Part { lane, search, .. }: Part, request: &Request) {
        self.buffer.applied(request);
        let now = Instant::now();
        self.progress.accepted_at = Some(now);
        self.progress.backoff = Backoff::default();
        let go_on = self.after_trial(now);
        let lane = &mut self.progress.lanes[lane];
        if lane.accept(now, go_on, request.is_unsure()) {
            // The others go on from there.
            self.progress.next_send = None;
        }
        lane.searches.accept(search);
        if request.datums.len() >= self.progress.most_datums {
            self.progress.most_datums = (2 * self.progress.most_datums).min(MAX_DATUMS_PER_REQUEST);
        }
    }

    /// Handles a failure that concerns one namespace.
    fn not_applied(&mut self, part: Part, request: &Request, kind: FaultKind) {
        let lane = &mut self.progress.lanes[part.lane];
        if kind == FaultKind::Denied {
            lane.deny(Instant::now());
        }
        lane.go_on_at(part.pass, request.first_place(), request.is_unsure());
        self.hold(part, request, false);
        self.retreat(part, Urgency::Flush);
    }

    /// Handles a failure that concerns all namespaces: merges all queued requests back, which would most likely fail too.
    fn none_applied(&mut self, part: Part, request: &Request, kind: FaultKind) {
        let Part { lane, pass, search } = part;
        if self.progress.backoff.is_first_in(pass) {
            self.progress.lanes.set_turn(lane);
        }
        self.progress.lanes[lane].go_on_at(pass, request.first_place(), request.is_unsure());
        self.merge_back(pass, request);
        self.progress.lanes[lane].searches.fail(search);
        self.merge_suspects_back(part);
        let queued: Vec<_> = self.progress.queue.iter().filter_map(Sent::part).collect();
        for &part in &queued {
            self.merge_suspects_back(part);
        }
        self.abandon_queued(|_| true, |flusher, part, request| flusher.merge_back(part.pass, request));
        self.back_off_all(pass, kind, 1 + queued.len() + self.progress.in_flight.len());
        if kind == FaultKind::NoInstanceRole {
            self.progress.flushes.give_up(Instant::now());
        }
    }

    /// Handles the answer to a request without records. If there is one, and it tells the outcome, records are sent next.
    fn settle_probe(&mut self, id: LaneId, pass: Pass, outcome: Outcome) {
        let now = Instant::now();
        let urgency = self.urgency(Urgency::Flush);
        let go_on = self.after_trial(now);
        let is_urgent = !self.progress.flushes.is_empty();
        let lane = &mut self.progress.lanes[id];
        lane.is_probing = false;
        match outcome {
            Outcome::Applied | Outcome::Rejected(_) | Outcome::TooLarge(_) => {
                lane.ease(now, go_on, is_urgent);
            }
            Outcome::NotApplied(fault) => {
                if !fault.kind.is_before_sending() {
                    lane.ease(now, go_on, is_urgent);
                }
                if fault.kind.is_of_namespace() {
                    lane.back_off(pass, now, urgency);
                } else {
                    self.back_off_all(pass, fault.kind, 1);
                }
                self.note(id, &fault, KEPT);
            }
            Outcome::Unknown(fault) => {
                self.back_off(id, pass, Urgency::CautiousFlush);
                self.note(id, &fault, KEPT);
            }
        }
    }

    /// Handles a refused request: searches for the culprits, or gives up.
    fn refused(&mut self, part: Part, request: Request, fault: &Fault, is_too_large: bool) {
        let Part { lane, pass, search } = part;
        let parts = request.halve();
        let searches = &mut self.progress.lanes[lane].searches;
        let verdict = searches.refuse(search, parts.is_err(), is_too_large);
        if verdict == Verdict::Culprit
            && let Err(culprit) = &parts
        {
            self.buffer.drop_request(culprit, DropReason::Rejected);
            return self.note_culprit(lane, fault, culprit);
        }
        self.buffer.count(|counts| counts.retries += 1);
        match (verdict, parts) {
            (Verdict::Halve, Ok((first, second))) => {
                searches.add(search, 2);
                self.queue_first(part, [second, first]);
            }
            (Verdict::SetAside, Err(single)) => {
                searches.set_aside(search, single, fault.clone());
                self.note_fault(lane, fault);
            }
            (verdict, halves) => {
                let halves = halves.map_or_else(|single| vec![single], |(first, second)| vec![first, second]);
                let example = halves.first().map(ToString::to_string).unwrap_or_default();
                if let Some(last) = halves.last() {
                    self.progress.lanes[lane].go_on_at(pass, last.place_after(), last.is_unsure());
                }
                for half in &halves {
                    self.hold(part, half, false);
                }
                if verdict == Verdict::AllRefused {
                    self.all_refused(part, fault, &example);
                } else {
                    self.progress.lanes[lane].searches.stop(search);
                    self.abandon_queued(|sent| sent.part() == Some(part), Self::hold_again);
                    self.back_off(lane, pass, Urgency::CautiousFlush);
                    // The values that were set aside may still be dropped.
                    self.note_fault(lane, fault);
                }
            }
        }
    }

    /// Returns when records are sent after a trial. After an outage, all processes of an account try at the same time.
    fn after_trial(&self, now: Instant) -> Instant {
        if self.progress.flushes.is_empty() {
            now + self.pace.interval().mul_f64(fastrand::f64())
        } else {
            now
        }
    }

    fn queue_first(&mut self, part: Part, requests: impl IntoIterator<Item = Request>) {
        let Part { lane, pass, search } = part;
        for request in requests {
            self.progress.queue.push_front(Sent { lane, pass, search: Some(search), request });
        }
    }

    /// Continues with the values that were set aside, when the rest of their request is settled.
    fn conclude(&mut self, part: Part) {
        let lane = &mut self.progress.lanes[part.lane];
        match lane.searches.settle(part.search) {
            None => {}
            Some(Conclusion::Control(namespace)) => self.queue_first(part, [Request::empty(namespace)]),
            Some(Conclusion::Confirm(suspects)) => self.queue_first(part, suspects),
            Some(Conclusion::Keep(suspects, fault)) => {
                if let Some(last) = suspects.last() {
                    lane.go_on_at(part.pass, last.place_after(), last.is_unsure());
                }
                for suspect in &suspects {
                    self.hold(part, suspect, false);
                }
                if let Some(fault) = fault {
                    let example = suspects.first().map(ToString::to_string).unwrap_or_default();
                    self.all_refused(part, &fault, &example);
                }
            }
        }
    }

    /// Backs off: nothing of a request was accepted.
    fn all_refused(&mut self, part: Part, fault: &Fault, example: &str) {
        let lane = &mut self.progress.lanes[part.lane];
        lane.searches.set_unanimous();
        let namespace = Arc::clone(&lane.namespace);
        self.retreat(part, Urgency::CautiousFlush);
        let fate = format!(
            "they are kept and sent again: CloudWatch refuses everything that is sent to {namespace}, at last {example}"
        );
        self.note(part.lane, fault, &fate);
    }

    /// Backs off, and holds up all queued requests of the namespace, which would most likely fail too. `urgency` is that of the
    /// next attempt if a flush waits.
    fn retreat(&mut self, part: Part, urgency: Urgency) {
        let Part { lane, pass, search } = part;
        self.progress.lanes[lane].searches.fail(search);
        self.hold_suspects(part);
        let parts = self.progress.queue.iter().filter_map(Sent::part);
        let queued: Vec<_> = parts.filter(|part| part.lane == lane).collect();
        for part in queued {
            self.hold_suspects(part);
        }
        self.abandon_queued(|sent| sent.lane == lane, Self::hold_again);
        self.back_off(lane, pass, urgency);
    }

    /// Takes requests out of the queue, and lets `keep` keep their records.
    fn abandon_queued(
        &mut self,
        is_abandoned: impl Fn(&Sent) -> bool,
        keep: impl Fn(&mut Self, Part, &Request),
    ) {
        let queue = std::mem::take(&mut self.progress.queue);
        let (abandoned, kept): (VecDeque<_>, _) = queue.into_iter().partition(is_abandoned);
        self.progress.queue = kept;
        for sent in abandoned {
            if let Some(part) = sent.part() {
                keep(self, part, &sent.request);
                self.conclude(part);
            } else {
                self.progress.lanes[sent.lane].is_probing = false;
            }
            self.finish(sent.lane, sent.pass);
        }
    }

    /// Drops the records of a queued request that became too old while it waited its turn. Returns whether that settles it.
    pub(super) fn drop_too_old(&mut self, sent: &mut Sent) -> bool {
        let is_settled = self.buffer.drop_too_old(&mut sent.request);
        if is_settled && let Some(part) = sent.part() {
            self.conclude(part);
            self.finish(part.lane, part.pass);
        }
        is_settled
    }

    /// Merges the values back that were set aside in a search.
    fn merge_suspects_back(&mut self, part: Part) {
        for suspect in self.progress.lanes[part.lane].searches.give_up(part.search) {
            self.merge_back(part.pass, &suspect);
        }
    }

    /// Holds up the values that were set aside in a search.
    fn hold_suspects(&mut self, part: Part) {
        for suspect in self.progress.lanes[part.lane].searches.give_up(part.search) {
            self.hold_again(part, &suspect);
        }
    }

    /// Begins a backoff of one namespace.
    fn back_off(&mut self, lane: LaneId, pass: Pass, urgency: Urgency) {
        let urgency = self.urgency(urgency);
        self.progress.lanes[lane].back_off(pass, Instant::now(), urgency);
    }

    /// Begins a backoff of all namespaces. `requests` were not accepted.
    fn back_off_all(&mut self, pass: Pass, kind: FaultKind, requests: usize) {
        if kind == FaultKind::Throttled {
            return self.slow_down(pass, requests);
        }
        let urgency = self.urgency(Urgency::Flush);
        self.progress.next_flush = Some(self.progress.backoff.begin(pass, Instant::now(), urgency));
    }

    /// Lets the next pass wait, because the account exceeds its quota. It is attempted the sooner, the more `requests` it has.
    fn slow_down(&mut self, pass: Pass, requests: usize) {
        let now = Instant::now();
        if self.progress.backoff.is_first_in(pass) {
            self.progress.most_in_flight = (self.progress.most_in_flight / 2).max(1);
            self.progress.adapted_in = pass;
            self.pace.throttle(now);
            self.note_interval();
        } else if self.progress.backoff.lasts_at(now) {
            // The first answer to requests that were sent together stands for all.
            return;
        }
        let requests = u32::try_from(requests).unwrap_or(u32::MAX);
        let deadline = self.progress.flushes.next_deadline_after(now + LEAST_LEFT);
        let wait = deadline.map_or_else(
            || self.pace.draw() / requests.min(most_attempts(self.pace.interval())),
            |deadline| draw_retry_of_flush(deadline - now, requests),
        );
        self.progress.backoff.begin_until(pass, now + wait);
        self.progress.next_flush = Some(now + wait);
    }

    /// Returns `urgency` if a flush waits.
    const fn urgency(&self, urgency: Urgency) -> Urgency {
        if self.progress.flushes.is_empty() { Urgency::None } else { urgency }
    }

    /// Moves the records of a request back to their windows. A flush that waits for them waits for the next pass.
    fn merge_back(&mut self, pass: Pass, request: &Request) {
        self.buffer.give_back(request);
        self.wait_for_next_pass(pass);
    }

    /// Moves the records of a request back, until those of its namespace are due.
    fn hold(&mut self, part: Part, request: &Request, may_be_applied: bool) {
        self.buffer.hold(request, may_be_applied);
        self.progress.lanes[part.lane].hold(may_be_applied || request.is_unsure());
        self.leave_out_or_wait(part.lane, part.pass);
    }

    fn hold_again(&mut self, part: Part, request: &Request) {
        self.hold(part, request, false);
    }

    /// Removes a pass whose requests are all settled. After a pass without a failure, one more request can be in flight, and
    /// the next pass begins with the oldest records.
    fn finish(&mut self, id: LaneId, pass: Pass) {
        let lane = &mut self.progress.lanes[id];
        if lane.searches.finish(pass) == Some(true) {
            lane.begin_with_oldest();
            if self.progress.adapted_in < pass {
                self.progress.adapted_in = pass;
                self.pace.accept(Instant::now());
                self.note_interval();
                let more = self.progress.most_in_flight + 1;
                self.progress.most_in_flight = more.min(MAX_CONCURRENT_REQUESTS);
            }
        }
    }
}
