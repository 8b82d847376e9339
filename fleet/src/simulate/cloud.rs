//! CloudWatch as the processes of a run see it, and their way to it.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use fastrand::Rng;
use hkm_core::{
    outcome::{Outcome, classify},
    request::{Datum, Request},
    sink::Sink,
};
use tokio::time::{Instant, sleep};

use super::{
    journal::Journal,
    ledger::SharedLedger,
    watch::ON_PURPOSE,
    weather::{Answer, Episode, Trouble, latency, throttled},
};

/// How the labels of a series begin that CloudWatch refuses.
pub const REFUSED_LABEL: &str = "bad";

/// The fraction of the values that CloudWatch refuses, all of which are negative. No other negative value has a fraction.
pub const REFUSED_FRACTION: f64 = 0.5;

/// More requests of a process are not in flight. Source: the documentation of the flusher.
const MAX_IN_FLIGHT: usize = 4;

/// One account.
pub struct Cloud {
    journal: Journal,
    rng: RefCell<Rng>,
    episodes: RefCell<Vec<Episode>>,
    /// Requests a second.
    quota: Cell<Option<f64>>,
    tokens: Cell<f64>,
    filled: Cell<Instant>,
    accepts_empty: bool,
}

impl Cloud {
    pub fn new(journal: Journal, mut rng: Rng, quota: Option<f64>) -> Self {
        Self {
            journal,
            accepts_empty: rng.u8(..4) == 0,
            rng: RefCell::new(rng),
            episodes: RefCell::default(),
            quota: Cell::new(quota),
            tokens: Cell::new(1.0),
            filled: Cell::new(Instant::now()),
        }
    }

    pub fn begin(&self, episode: Episode) {
        self.episodes.borrow_mut().push(episode);
    }

    /// Ends all episodes.
    pub fn recover(&self) {
        self.episodes.borrow_mut().clear();
    }

    /// Ends everything that goes wrong, for good.
    pub fn recover_for_good(&self) {
        self.recover();
        self.quota.set(None);
    }

    /// Lets CloudWatch accept so many requests a second.
    pub fn limit(&self, quota: f64) {
        self.quota.set(Some(quota));
    }

    fn judge(&self, process: usize, request: &Request) -> Answer {
        let rng = &mut *self.rng.borrow_mut();
        let now = Instant::now();
        let mut episodes = self.episodes.borrow_mut();
        episodes.retain(|episode| now < episode.until);
        let mut slow = None;
        for episode in episodes.iter() {
            if let Some(answer) = episode.judge(rng, process, request) {
                self.journal.count(episode.trouble.name(), 1);
                if episode.trouble == Trouble::Slow {
                    slow = Some(answer.after);
                } else {
                    return answer;
                }
            }
        }
        let after = slow.unwrap_or_else(|| latency(rng));
        if !self.has_quota(now) {
            self.journal.count("trouble: quota used up", 1);
            return throttled(after);
        }
        if request.datums.is_empty() && !self.accepts_empty {
            return Answer::refused(classify(400, "MissingRequiredParameter", "no datums"), after);
        }
        if request.datums.iter().any(is_refused) {
            self.journal.count("trouble: bad datum", 1);
            return Answer::refused(classify(400, "InvalidParameterValue", "a datum is invalid"), after);
        }
        Answer::accepted(after)
    }

    fn has_quota(&self, now: Instant) -> bool {
        let Some(quota) = self.quota.get() else { return true };
        let since = now - self.filled.replace(now);
        let tokens = since.as_secs_f64().mul_add(quota, self.tokens.get()).min(quota.max(1.0));
        let has_token = tokens >= 1.0;
        self.tokens.set(if has_token { tokens - 1.0 } else { tokens });
        has_token
    }

    /// Draws the time that a request takes to arrive.
    fn way_there(&self) -> Duration {
        Duration::from_millis(self.rng.borrow_mut().u64(..=20))
    }
}

/// Returns whether CloudWatch refuses a datum for its content.
pub fn is_refused(datum: &Datum) -> bool {
    datum.series.named_labels().any(|(_, label)| is_refused_label(label))
        || datum.samples.iter().any(|sample| is_refused_value(sample.value))
}

pub fn is_refused_label(label: &str) -> bool {
    label.starts_with(REFUSED_LABEL)
}

pub fn is_refused_value(value: f64) -> bool {
    value.fract().to_bits() == (-REFUSED_FRACTION).to_bits()
}

/// The way of one process to CloudWatch.
pub struct Way {
    pub cloud: Rc<Cloud>,
    pub process: usize,
    pub journal: Journal,
    pub ledger: SharedLedger,
    pub in_flight: Cell<usize>,
}

impl Sink for Way {
    async fn put(&self, request: &Request) -> Outcome {
        let attempt = Attempt::begin(self, request);
        sleep(self.cloud.way_there()).await;
        let answer = self.cloud.judge(self.process, request);
        if answer.is_applied {
            self.ledger.lock().apply(request);
        }
        sleep(answer.after).await;
        attempt.end(&answer.outcome);
        if answer.panics {
            std::panic::panic_any(ON_PURPOSE);
        }
        answer.outcome
    }
}

/// A request in flight. If its process is killed, it is dropped.
struct Attempt<'way> {
    way: &'way Way,
    request: &'way Request,
    is_answered: bool,
}

impl<'way> Attempt<'way> {
    fn begin(way: &'way Way, request: &'way Request) -> Self {
        let Request { namespace, datums } = request;
        let (process, points) = (way.process, request.points());
        let first = datums.first().map(|datum| (datum.window.0, datum.id.0, &datum.samples));
        way.journal.note(format_args!(
            "process {process} sends {} datums of {namespace}, {} records and {} of roll-ups{}, at first {first:?}",
            datums.len(),
            points.records,
            points.rollups,
            if request.is_unsure() { ", sent before" } else { "" },
        ));
        let in_flight = way.in_flight.get() + 1;
        way.in_flight.set(in_flight);
        way.journal.check("at most four requests are in flight", in_flight <= MAX_IN_FLIGHT, || {
            format!("{in_flight} requests of process {process}")
        });
        way.journal.count_most("most requests in flight", in_flight as u64);
        way.ledger.lock().send(request);
        Self { way, request, is_answered: false }
    }

    fn end(mut self, outcome: &Outcome) {
        self.is_answered = true;
        let process = self.way.process;
        self.way.journal.note(format_args!("process {process} is answered {}", describe(outcome)));
        self.way.ledger.lock().answer(self.request, outcome);
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        self.way.in_flight.set(self.way.in_flight.get() - 1);
        if !self.is_answered {
            self.way.journal.count("requests whose process ended before the answer", 1);
        }
    }
}

fn describe(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Applied => "applied".to_owned(),
        Outcome::NotApplied(fault) => format!("not applied: {:?}", fault.kind),
        Outcome::TooLarge(_) => "too large".to_owned(),
        Outcome::Unknown(fault) => format!("unknown: {:?}", fault.kind),
        Outcome::Rejected(fault) => format!("refused: {}", fault.message),
    }
}
