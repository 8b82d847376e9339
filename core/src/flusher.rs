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
//! If CloudWatch denies one of several namespaces, the records of this namespace wait alone; see [`denied`].
//!
//! A request that is refused is divided until the cause is found; see [`search`]. After a few unknown outcomes in a row, no
//! records are sent until one outcome is known; see [`doubt`]. After either, the next pass sends one record, and the others
//! when it was accepted.
//!
//! A pass starts once in a flush interval, at once when half of the maximum of datums wait, and on demand. Records of a
//! series merge while they wait, so a pass that starts as late as possible sends the fewest datums.
//!
//! While records wait, the loop wakes at the start of each second, where windows end. It then drains, so that each record is
//! added to its own window. While parked, the loop does not wake. Sending never delays draining.

mod backoff;
mod command;
mod denied;
mod doubt;
mod flushes;
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
    request::{Request, pack},
    sink::Sink,
    warning::{WarningKind, Warnings},
};

pub use command::{Command, Done};
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

/// The share by which flush intervals vary, so that processes that started together do not send together.
const INTERVAL_JITTER: f64 = 0.1;

/// The flusher and what it works with. It stays on one thread.
pub struct Flusher<S> {
    pub buffer: Arc<Buffer>,
    pub warnings: Arc<Warnings>,
    pub clock: Arc<dyn Clock>,
    pub commands: UnboundedReceiver<Command>,
    pub sink: Rc<S>,
    /// The mean time between passes while records wait.
    pub flush_interval: Duration,
    /// The value of the first dimension, which counts towards the size of a request.
    pub environment: String,
    pub progress: Progress,
}

impl<S: Sink + 'static> Flusher<S> {
    /// Runs until all senders of commands are dropped.
    pub async fn run(mut self) {
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
        self.progress.searches.is_empty()
            && self.progress.in_flight.is_empty()
            && self.progress.flushes.is_empty()
    }

    /// Returns when the loop has to run next, without a command or an answer.
    fn wake_at(&mut self) -> Instant {
        let now = Instant::now();
        let next_flush = *self.progress.next_flush.get_or_insert_with(|| now + jittered(self.flush_interval));
        let until_boundary = Duration::from_millis(self.buffer.until_next_second());
        let next_drain =
            *self.progress.next_drain.get_or_insert_with(|| now + until_boundary.min(DRAIN_INTERVAL));
        let next_pass = self.progress.queue.is_empty().then_some(next_flush.max(now));
        let next_deadline = self.progress.flushes.next_deadline();
        next_deadline
            .map(|deadline| deadline.min(now + BEAT_INTERVAL))
            .into_iter()
            .chain(next_pass)
            .chain([next_drain])
            .min()
            .unwrap_or(next_drain)
    }

    fn tick(&mut self) {
        self.progress.next_drain = None;
        let waiting = self.buffer.drain();
        self.warn_about_dropped_windows();
        let is_due = self.progress.next_flush.is_some_and(|at| at <= Instant::now());
        self.begin_pass_if(is_due, waiting);
    }

    fn begin_pass_if(&mut self, is_due: bool, waiting: Waiting) {
        let is_backing_off = self.progress.backoff.lasts_at(Instant::now());
        let is_held_up = is_backing_off || !self.progress.denied.is_empty();
        let is_wanted = is_due || (waiting.is_half_full && !is_held_up);
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
                self.progress.denied.hurry(earliest);
                let pass = if self.progress.queue.is_empty() && earliest <= now {
                    self.begin_pass()
                } else {
                    let next = self.progress.next_flush.map_or(earliest, |next| next.min(earliest));
                    self.progress.next_flush = Some(next);
                    self.progress.pass.next()
                };
                self.progress.flushes.add(pass, now + within, done);
            }
        }
    }

    /// Returns when a flush on demand may start a pass: at once, but during a backoff not right after another pass. Flushes
    /// in a loop would otherwise send requests without a pause.
    fn earliest_pass(&self, now: Instant) -> Instant {
        match self.progress.last_pass_at {
            Some(last) if self.progress.backoff.lasts_at(now) || !self.progress.denied.is_empty() => {
                now.max(last + FLUSH_SPACING)
            }
            _ => now,
        }
    }

    /// Starts a pass: takes all records that wait, and starts to send them. Returns the pass that settles them, which is a
    /// later one if no records are sent now.
    fn begin_pass(&mut self) -> Pass {
        self.progress.next_flush = None;
        self.progress.last_pass_at = Some(Instant::now());
        if self.progress.doubt.holds_at(Instant::now()) {
            self.probe();
            return self.progress.pass.next();
        }
        self.progress.pass = self.progress.pass.next();
        let pass = self.progress.pass;
        let mut datums = self.buffer.take();
        self.progress.cursor.rotate(&mut datums);
        let most = self.progress.most_datums;
        let packed = pack(datums, &self.environment);
        let mut requests: Vec<_> = packed.into_iter().flat_map(|request| request.divide(most)).collect();
        let is_whole = self.keep_denied(&mut requests);
        let is_cautious = self.progress.searches.is_unanimous() || self.progress.doubt.is_eased();
        let is_partial = is_cautious && self.keep_one_record(&mut requests);
        for request in requests {
            self.progress.namespace = Some(Arc::clone(&request.namespace));
            let search = Some(self.progress.searches.begin(pass));
            self.progress.queue.push_back(Sent { pass, search, request });
        }
        self.send();
        if is_partial || !is_whole { pass.next() } else { pass }
    }

    /// Moves the records of namespaces that are denied back to the windows. Returns whether there were none.
    fn keep_denied(&mut self, requests: &mut Vec<Request>) -> bool {
        let now = Instant::now();
        for request in &*requests {
            self.progress.denied.note(&request.namespace);
        }
        let mut earliest: Option<Instant> = None;
        for request in
            requests.extract_if(.., |request| self.progress.denied.until(&request.namespace, now).is_some())
        {
            let until = self.progress.denied.until(&request.namespace, now);
            earliest = earliest.into_iter().chain(until).min();
            self.buffer.give_back(&request, false);
        }
        let Some(earliest) = earliest else { return true };
        self.wait_for_next_pass(self.progress.pass);
        if !self.progress.flushes.is_empty() {
            self.progress.next_flush = Some(earliest);
        }
        false
    }

    /// Moves all but one record back to the windows. Returns whether there were others.
    fn keep_one_record(&mut self, requests: &mut Vec<Request>) -> bool {
        let Some(one) = requests.first_mut().and_then(Request::take_record) else { return false };
        let others = std::mem::replace(requests, vec![one]);
        for request in &others {
            self.merge_back(self.progress.pass, request, false);
        }
        others.iter().any(|request| !request.datums.is_empty())
    }

    /// Sends a request without records, unless one is in flight.
    fn probe(&mut self) {
        self.buffer.drain();
        if self.progress.is_probing {
            return;
        }
        let Some(namespace) = self.progress.namespace.clone() else { return };
        self.progress.is_probing = true;
        self.progress.pass = self.progress.pass.next();
        let pass = self.progress.pass;
        self.wait_for_next_pass(pass);
        self.progress.queue.push_back(Sent { pass, search: None, request: Request::empty(namespace) });
        self.send();
    }

    fn send(&mut self) {
        while let Some(first) = self.progress.queue.front() {
            let is_unsure = self.progress.searches.is_unsure_of(first.pass);
            let most = if is_unsure { 1 } else { self.progress.most_in_flight };
            if self.progress.in_flight.len() >= most {
                return;
            }
            let Some(sent) = self.progress.queue.pop_front() else { return };
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

    /// Lets flushes wait for the next pass, because a pass does not settle all their records.
    fn wait_for_next_pass(&mut self, pass: Pass) {
        self.progress.flushes.postpone(pass, self.progress.pass.next());
    }

    /// Ends the flushes that are done or past their deadline.
    fn end_flushes(&mut self) {
        let oldest = self.progress.searches.oldest_pass();
        self.progress.flushes.end(Instant::now(), self.progress.pass, oldest);
    }

    fn warn_about_dropped_windows(&mut self) {
        let total = self.buffer.buffer_full_points();
        let dropped = total - self.progress.buffer_full_points;
        if dropped == 0 {
            return;
        }
        let is_queued = self.warnings.warn(WarningKind::BufferFull, self.clock.now(), || {
            format!(
                "{dropped} records were dropped, the oldest first: more than maxBufferedDatums waited. \
                 See the other warnings for why they could not be delivered"
            )
        });
        // The next warning reports the records of those that are held back.
        if is_queued {
            self.progress.buffer_full_points = total;
        }
    }
}

fn jittered(interval: Duration) -> Duration {
    interval.mul_f64(fastrand::f64().mul_add(2.0 * INTERVAL_JITTER, 1.0 - INTERVAL_JITTER))
}

#[cfg(test)]
mod tests;
