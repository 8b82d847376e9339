//! The loop of the background thread: when to drain, when to send, and what to do with each outcome.
//!
//! ```text
//!            parked  <---------------- nothing waits ---------------+
//!              | a record or a flush                                |
//!              v                                                    |
//!   +-> tick: drain the rings -- due? --> pass: take, pack, queue --+--> in flight (at most 4)
//!   |                                                                     |
//!   +------ merge back, back off <-- not applied, unknown -- outcome <----+
//! ```
//!
//! A *pass* takes all records that wait and sends them. It starts when all requests of the previous pass are in flight
//! or done. Until then, records stay in their windows, where they merge and count towards the maximum.
//!
//! Passes are numbered. A flush on demand starts a pass, and is done when no request of this pass or of an earlier one
//! is outstanding. If records are merged back, the flush waits for the next pass instead, until its deadline. The next pass
//! goes on where the failed one stopped; see [`pass`].
//!
//! What is known about failures belongs to a namespace: if CloudWatch denies one, or fails for it, its records alone are held
//! up in the buffer; see [`lane`]. The account's quota and the connection are those of the process.
//!
//! A request that is refused is divided until the cause is found; see [`search`]. After a few unknown outcomes in a row, no
//! records are sent until one outcome is known; see [`doubt`]. After either, the next pass sends one record, and the others
//! when it was accepted. This too is so for each namespace.
//!
//! A pass starts once in a flush interval, at once when half of the maximum of datums wait, and on demand. Records of a
//! series merge while they wait, so a pass that starts as late as possible sends the fewest datums.
//!
//! While records wait, the loop wakes at the start of each second, where windows end. It then drains, so that each record is
//! added to its own window. While parked, the loop does not wake. Sending never delays draining.

mod backoff;
mod command;
mod doubt;
mod faults;
mod flushes;
mod lane;
pub mod pace;
mod pass;
mod progress;
mod search;
mod settle;

use std::{panic::AssertUnwindSafe, rc::Rc, sync::Arc, time::Duration};

use futures_util::{FutureExt, stream::StreamExt};
use tokio::{
    sync::mpsc::UnboundedReceiver,
    time::{Instant, sleep_until},
};

use crate::{
    buffer::{Buffer, Waiting},
    clock::Clock,
    outcome::{Fault, FaultKind, Outcome},
    request::{Datum, Request, pack},
    sink::Sink,
    warning::{WarningKind, Warnings},
};

pub use command::{Command, Done};
use lane::LaneId;
pub use pace::{Pace, Pacing};
use pass::Pass;
pub use progress::Progress;
use progress::Sent;

/// The maximum time between two drains while records wait.
const DRAIN_INTERVAL: Duration = Duration::from_secs(1);

/// The maximum time between two runs of the loop while a flush waits; see [`Buffer::beats`].
const BEAT_INTERVAL: Duration = Duration::from_millis(200);

/// The maximum number of requests in flight. More would empty a full buffer sooner, but all processes share the
/// account's quota of 500 requests a second. After a throttled pass, fewer are in flight.
const MAX_CONCURRENT_REQUESTS: usize = 4;

/// The minimum time between two passes that flushes on demand start during a backoff.
const FLUSH_SPACING: Duration = Duration::from_millis(100);

/// The flusher and what it works with. It stays on one thread.
pub struct Flusher<S, P = Pace> {
    pub buffer: Arc<Buffer>,
    pub warnings: Arc<Warnings>,
    pub clock: Arc<dyn Clock>,
    pub commands: UnboundedReceiver<Command>,
    pub sink: Rc<S>,
    /// The time between passes while records wait.
    pub pace: P,
    /// The value of the first dimension, which counts towards the size of a request.
    pub environment: String,
    pub progress: Progress,
}

impl<S: Sink + 'static, P: Pacing> Flusher<S, P> {
    /// Runs until all senders of commands are dropped.
    pub async fn run(mut self) {
        // The system may have started the thread long after the first records.
        self.buffer.drain();
        loop {
            self.buffer.beat();
            self.end_flushes();
            if self.is_idle() && self.buffer.park() {
                let command = self.commands.recv().await;
                self.buffer.unpark();
                (self.progress.next_flush, self.progress.next_drain) = (None, None);
                match command {
                    Some(command) => self.obey(command),
                    None => return,
                }
                continue;
            }
            let wake_at = self.wake_at();
            // Commands come last: a thread may send them without end.
            tokio::select! {
                biased;
                Some((sent, outcome)) = self.progress.in_flight.next() => self.settle(sent, outcome),
                () = sleep_until(wake_at) => self.tick(),
                command = self.commands.recv() => match command {
                    Some(command) => self.obey(command),
                    None => return,
                },
            }
        }
    }

    fn is_idle(&self) -> bool {
        self.progress.lanes.are_settled()
            && self.progress.in_flight.is_empty()
            && self.progress.flushes.is_empty()
    }

    /// Returns when the loop has to run next, without a command or an answer.
    fn wake_at(&mut self) -> Instant {
        let now = Instant::now();
        if self.progress.next_flush.is_none() {
            // Records that come now and then do not wait from the first of them, but since the last pass.
            let [after, anew] = [self.pace.draw(), self.pace.draw()];
            let next = self.progress.last_pass_at.map(|last| last + after).filter(|at| *at > now);
            self.progress.next_flush = Some(next.unwrap_or(now + anew));
        }
        let until_boundary = Duration::from_millis(self.buffer.until_next_second());
        let next_drain =
            *self.progress.next_drain.get_or_insert_with(|| now + until_boundary.min(DRAIN_INTERVAL));
        let next_pass = self.next_pass_at(now).filter(|_| self.progress.queue.is_empty());
        let next_send = self.progress.next_send.filter(|at| *at > now && !self.progress.queue.is_empty());
        let next_deadline = self.progress.flushes.next_deadline();
        next_deadline
            .map(|deadline| deadline.min(now + BEAT_INTERVAL))
            .into_iter()
            .chain(next_pass.map(|at| at.max(now)))
            .chain(next_send)
            .chain([next_drain])
            .min()
            .unwrap_or(next_drain)
    }

    /// Returns when the next pass is due: in time, or because records that are held up are due.
    fn next_pass_at(&self, now: Instant) -> Option<Instant> {
        let held = self.progress.lanes.due_at(now);
        // A backoff of all namespaces ends with `next_flush`.
        let held = held.filter(|_| !self.progress.backoff.lasts_at(now));
        self.progress.next_flush.into_iter().chain(held).min()
    }

    fn tick(&mut self) {
        self.progress.next_drain = None;
        let waiting = self.buffer.drain();
        self.buffer.prepare_spool();
        self.warn_about_dropped_windows();
        let now = Instant::now();
        let is_due = self.next_pass_at(now).is_some_and(|at| at <= now);
        self.begin_pass_if(is_due, waiting);
        self.send();
    }

    fn begin_pass_if(&mut self, is_due: bool, waiting: Waiting) {
        self.progress.is_half_full = waiting.is_half_full;
        let is_backing_off = self.progress.backoff.lasts_at(Instant::now());
        let is_wanted = is_due || (waiting.is_half_full && !is_backing_off);
        if is_wanted && self.progress.queue.is_empty() {
            self.begin_pass();
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Wake => {
                let waiting = self.buffer.drain();
                self.begin_pass_if(false, waiting);
            }
            Command::Flush { within, done } => {
                self.sink.hurry();
                let now = Instant::now();
                let earliest = self.earliest_pass(now);
                self.progress.lanes.hurry(now, earliest);
                let pass = if self.progress.queue.is_empty() && earliest <= now {
                    self.begin_pass()
                } else {
                    let next = self.progress.next_flush.map_or(earliest, |next| next.min(earliest));
                    self.progress.next_flush = Some(next);
                    self.progress.pass.next()
                };
                self.progress.flushes.add(pass, now + within, done);
                // Also what waited its turn.
                self.send();
            }
        }
    }

    /// Returns when a flush on demand may start a pass: at once, but during a backoff not right after another pass. Flushes
    /// in a loop would otherwise send requests without a pause.
    fn earliest_pass(&self, now: Instant) -> Instant {
        match self.progress.last_pass_at {
            Some(last) if self.progress.backoff.lasts_at(now) || self.progress.lanes.are_any_held() => {
                now.max(last + FLUSH_SPACING)
            }
            _ => now,
        }
    }

    /// Starts a pass: takes all records that wait, and starts to send them. Returns the pass that settles them, which is a
    /// later one if records are held up.
    fn begin_pass(&mut self) -> Pass {
        let now = Instant::now();
        self.progress.next_flush = None;
        self.progress.last_pass_at = Some(now);
        self.progress.pass = self.progress.pass.next();
        let pass = self.progress.pass;
        let is_any_due = self.progress.lanes.due_at(now).is_some_and(|at| at <= now);
        let datums = self.buffer.take(is_any_due);
        if is_any_due {
            self.progress.lanes.release();
        }
        let mut by_lane = self.by_lane(datums);
        self.progress.lanes.order(&mut by_lane);
        let rows: Vec<_> = by_lane.into_iter().map(|(lane, datums)| self.admit(pass, lane, datums)).collect();
        // Namespaces take turns: one with many requests does not delay the others.
        let mut rows: Vec<_> = rows.into_iter().map(Vec::into_iter).collect();
        while rows.iter().any(|row| row.len() > 0) {
            self.progress.queue.extend(rows.iter_mut().filter_map(Iterator::next));
        }
        self.progress.requests_of_pass = u32::try_from(self.progress.queue.len()).unwrap_or(u32::MAX);
        self.send();
        let holding: Vec<_> = self.progress.lanes.holding().collect();
        for &lane in &holding {
            self.leave_out_or_wait(lane, pass);
        }
        if holding.is_empty() { pass } else { pass.next() }
    }

    /// Divides datums by their namespaces, and keeps their order.
    fn by_lane(&mut self, datums: Vec<Datum>) -> Vec<(LaneId, Vec<Datum>)> {
        let mut all: Vec<(LaneId, Vec<Datum>)> = Vec::new();
        let mut last = 0;
        for datum in datums {
            let namespace = &datum.series.metric.definition.namespace;
            // Most datums have the namespace of the one before.
            let is_last = all.get(last).is_some_and(|&(lane, _)| {
                let known = &self.progress.lanes[lane].namespace;
                Arc::ptr_eq(known, namespace) || known == namespace
            });
            if !is_last {
                let lane = self.progress.lanes.of(namespace);
                last = all.iter().position(|(known, _)| *known == lane).unwrap_or(all.len());
                if last == all.len() {
                    all.push((lane, Vec::new()));
                }
            }
            all[last].1.push(datum);
        }
        all
    }

    /// Makes requests of the records of a namespace, and holds up those that may not be sent now.
    fn admit(&mut self, pass: Pass, id: LaneId, datums: Vec<Datum>) -> Vec<Sent> {
        let most = self.progress.most_datums;
        let lane = &mut self.progress.lanes[id];
        let (unsure, new): (Vec<_>, Vec<_>) = datums.into_iter().partition(|datum| datum.is_unsure);
        let [new, unsure] = [(new, false), (unsure, true)].map(|(mut datums, are_unsure)| {
            lane.rotate(&mut datums, are_unsure);
            let packed = pack(datums, &self.environment);
            packed.into_iter().flat_map(|request| request.divide(most)).collect()
        });
        let (sent, held, is_probe_due) = lane.admit(Instant::now(), new, unsure);
        for request in held {
            lane.hold(request.is_unsure());
            self.buffer.hold(&request, false);
        }
        let probe = is_probe_due.then(|| {
            lane.is_probing = true;
            Sent { lane: id, pass, search: None, request: Request::empty(Arc::clone(&lane.namespace)) }
        });
        let mut with_search =
            |request| Sent { lane: id, pass, search: Some(lane.searches.begin(pass)), request };
        let sent: Vec<_> = sent.into_iter().map(&mut with_search).collect();
        sent.into_iter().chain(probe).collect()
    }

    /// Sends requests from the queue: as many as may be in flight or, while the account is throttled, one after the other over
    /// the interval, unless a flush waits or so much that records might be dropped. A search goes on at once.
    fn send(&mut self) {
        let is_urgent = self.progress.is_half_full || !self.progress.flushes.is_empty();
        let is_paced = self.pace.is_stretched() && !is_urgent;
        while self.progress.in_flight.len() < self.progress.most_in_flight {
            let lanes = &self.progress.lanes;
            let is_of_search =
                |sent: &Sent| sent.search.is_some_and(|id| lanes[sent.lane].searches.is_underway(id));
            let must_wait = is_paced && self.progress.next_send.is_some_and(|at| Instant::now() < at);
            // In a search, the requests of a namespace are sent one after the other.
            let can_be_sent = |sent: &Sent| {
                (lanes[sent.lane].in_flight == 0 || !lanes[sent.lane].searches.is_unsure_of(sent.pass))
                    && (!must_wait || is_of_search(sent))
            };
            let Some(next) = self.progress.queue.iter().position(can_be_sent) else { return };
            if !is_of_search(&self.progress.queue[next]) {
                let requests = self.progress.requests_of_pass.max(1);
                self.progress.next_send = Some(Instant::now() + self.pace.draw() / requests);
            }
            let Some(mut sent) = self.progress.queue.remove(next) else { return };
            if self.drop_too_old(&mut sent) {
                continue;
            }
            self.progress.lanes[sent.lane].in_flight += 1;
            self.buffer.sending(&sent.request);
            let sink = Rc::clone(&self.sink);
            self.progress.in_flight.push(Box::pin(async move {
                let put = AssertUnwindSafe(sink.put(&sent.request)).catch_unwind().await;
                let outcome = put.unwrap_or_else(|_| {
                    Outcome::Unknown(Fault::new(FaultKind::Internal, "Panic", "the sender panicked"))
                });
                (sent, outcome)
            }));
        }
    }

    /// Lets flushes wait for the next pass, because records are held up, unless their namespace is denied for long.
    fn leave_out_or_wait(&mut self, lane: LaneId, pass: Pass) {
        let lane = &self.progress.lanes[lane];
        if lane.is_denied_for_long(Instant::now(), self.progress.accepted_at) {
            self.progress.flushes.leave_out(pass);
        } else {
            self.wait_for_next_pass(pass);
        }
    }

    /// Lets flushes wait for the next pass, because a pass does not settle all their records.
    fn wait_for_next_pass(&mut self, pass: Pass) {
        self.progress.flushes.postpone(pass, self.progress.pass.next());
    }

    /// Ends the flushes that are done or past their deadline.
    fn end_flushes(&mut self) {
        let oldest = self.progress.lanes.oldest_pass();
        self.progress.flushes.end(Instant::now(), self.progress.pass, oldest);
    }

    /// Stores the time between passes for the statistics.
    fn note_interval(&self) {
        self.buffer.count(|counts| counts.flush_interval = self.pace.interval());
    }

    fn warn_about_dropped_windows(&mut self) {
        let total = self.buffer.buffer_full_points();
        let dropped = total - self.progress.buffer_full_points;
        if dropped == 0 {
            return;
        }
        let is_queued = self.warnings.warn(WarningKind::BufferFull, self.clock.now(), || {
            format!(
                "{dropped} records were dropped, the oldest first: more than maxBufferedDatums or \
                 maxBufferedBytes waited. See the other warnings for why they could not be delivered"
            )
        });
        // The next warning reports the records of those that are held back.
        if is_queued {
            self.progress.buffer_full_points = total;
        }
    }
}

#[cfg(test)]
mod tests;
