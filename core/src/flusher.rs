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
//! is outstanding. If records are merged back, the flush waits for the next pass instead, until its deadline.
//!
//! A pass starts once in a flush interval, at once when half of the maximum of datums wait, and on demand. Records of a
//! series merge while they wait, so a pass that starts as late as possible sends the fewest datums.
//!
//! While records wait, the loop wakes once a second and at each boundary of windows. It then drains, so that each record
//! is added to its own window. While parked, the loop does not wake. Sending never delays draining.

mod backoff;
mod command;
mod pass;
mod settle;

use std::{
    collections::{BTreeMap, VecDeque},
    panic::AssertUnwindSafe,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use futures_util::{
    FutureExt,
    stream::{FuturesUnordered, StreamExt},
};
use tokio::{
    sync::mpsc::UnboundedReceiver,
    time::{Instant, sleep_until},
};

use crate::{
    buffer::Buffer,
    clock::Clock,
    outcome::{Fault, FaultKind, Outcome},
    request::{Request, pack},
    sink::Sink,
    warning::{WarningKind, Warnings},
};

use backoff::Backoff;
pub use command::{Command, Done};
use pass::Pass;

/// The maximum time between two drains while records wait.
const DRAIN_INTERVAL: Duration = Duration::from_secs(1);

/// The maximum number of requests in flight. More would empty a full buffer sooner, but all processes share the
/// account's quota of 500 requests a second.
const MAX_CONCURRENT_REQUESTS: usize = 4;

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

/// The state of the loop.
#[derive(Default)]
pub struct Progress {
    pass: Pass,
    outstanding: BTreeMap<Pass, usize>,
    queue: VecDeque<(Pass, Request)>,
    in_flight: FuturesUnordered<Attempt>,
    flushes: Vec<PendingFlush>,
    next_flush: Option<Instant>,
    next_drain: Option<Instant>,
    backoff: Backoff,
    buffer_full_points: u64,
}

type Attempt = Pin<Box<dyn Future<Output = (Pass, Request, Outcome)>>>;

struct PendingFlush {
    pass: Pass,
    deadline: Instant,
    /// Notifies the waiter when it is dropped.
    _done: Done,
}

impl<S: Sink + 'static> Flusher<S> {
    /// Runs until all senders of commands are dropped.
    pub async fn run(mut self) {
        loop {
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
            tokio::select! {
                biased;
                command = self.commands.recv() => match command {
                    Some(command) => self.obey(command),
                    None => return,
                },
                Some((pass, request, outcome)) = self.progress.in_flight.next() => {
                    self.settle(pass, request, outcome);
                }
                () = sleep_until(wake_at) => self.tick(),
            }
        }
    }

    fn is_idle(&self) -> bool {
        self.progress.outstanding.is_empty() && self.progress.flushes.is_empty()
    }

    /// Returns when the loop has to run next, without a command or an answer.
    fn wake_at(&mut self) -> Instant {
        let now = Instant::now();
        let next_flush = *self.progress.next_flush.get_or_insert_with(|| now + jittered(self.flush_interval));
        let until_boundary = Duration::from_millis(self.buffer.until_next_window());
        let next_drain =
            *self.progress.next_drain.get_or_insert_with(|| now + until_boundary.min(DRAIN_INTERVAL));
        let deadlines = self.progress.flushes.iter().map(|flush| flush.deadline);
        let next_pass = self.progress.queue.is_empty().then_some(next_flush.max(now));
        deadlines.chain(next_pass).chain([next_drain]).min().unwrap_or(next_drain)
    }

    fn tick(&mut self) {
        let now = Instant::now();
        self.progress.next_drain = None;
        let waiting = self.buffer.drain();
        let is_due = self.progress.next_flush.is_some_and(|at| at <= now);
        let is_backing_off = self.progress.backoff.lasts_at(now);
        let is_wanted = is_due || (waiting.is_half_full && !is_backing_off);
        if is_wanted && self.progress.queue.is_empty() {
            self.begin_pass();
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Wake => {
                self.buffer.drain();
            }
            Command::Flush { within, done } => {
                self.sink.hurry();
                let now = Instant::now();
                let pass = if self.progress.queue.is_empty() {
                    self.begin_pass();
                    self.progress.pass
                } else {
                    self.progress.next_flush = Some(now);
                    self.progress.pass.next()
                };
                self.progress.flushes.push(PendingFlush { pass, deadline: now + within, _done: done });
            }
        }
    }

    /// Takes all records that wait, and starts to send them.
    fn begin_pass(&mut self) {
        self.progress.next_flush = None;
        self.progress.pass = self.progress.pass.next();
        let pass = self.progress.pass;
        let requests = pack(self.buffer.take(), &self.environment);
        if !requests.is_empty() {
            self.progress.outstanding.insert(pass, requests.len());
        }
        self.progress.queue.extend(requests.into_iter().map(|request| (pass, request)));
        self.warn_about_dropped_windows();
        self.send();
    }

    fn send(&mut self) {
        while self.progress.in_flight.len() < MAX_CONCURRENT_REQUESTS {
            let Some((pass, request)) = self.progress.queue.pop_front() else { return };
            let sink = Rc::clone(&self.sink);
            self.progress.in_flight.push(Box::pin(async move {
                let put = AssertUnwindSafe(sink.put(&request)).catch_unwind().await;
                let outcome = put.unwrap_or_else(|_| {
                    Outcome::Unknown(Fault::new(FaultKind::Internal, "Panic", "the sender panicked"))
                });
                (pass, request, outcome)
            }));
        }
    }

    /// Marks a request of a pass as no longer outstanding.
    fn finish(&mut self, pass: Pass) {
        if let Some(count) = self.progress.outstanding.get_mut(&pass) {
            *count -= 1;
            if *count == 0 {
                self.progress.outstanding.remove(&pass);
            }
        }
    }

    /// Ends the flushes that are done or past their deadline.
    fn end_flushes(&mut self) {
        let oldest = self.progress.outstanding.keys().next().copied();
        let (now, pass) = (Instant::now(), self.progress.pass);
        self.progress.flushes.retain(|flush| {
            let is_settled = flush.pass <= pass && oldest.is_none_or(|oldest| oldest > flush.pass);
            !is_settled && flush.deadline > now
        });
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
