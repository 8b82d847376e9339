//! A model of CloudWatch: what one account and region answer to a request, and when.
//!
//! A token bucket holds the quota. A request that finds a token is applied; one that does not is refused with CloudWatch's code
//! for throttling, and takes no token. In an outage nothing is applied. Answers take a time with a long tail, and some are lost.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use hkm_core::{
    outcome::{Fault, FaultKind, Outcome, classify},
    request::Request,
    sink::Sink,
};
use tokio::time::sleep;

use crate::clock::SimulatedClock;

/// PutMetricData requests a second of an account and region. Source: CloudWatch service quotas.
pub const QUOTA: f64 = 500.0;

/// After this time without an answer, a request has failed; see `sink` of the package.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the network and the service are like at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    /// Requests a second that are left to the fleet.
    pub quota: f64,
    /// No request is applied.
    pub is_out: bool,
    /// The share of the answers that are lost.
    pub lost_answers: f64,
}

impl Weather {
    pub const FAIR: Self = Self { quota: QUOTA, is_out: false, lost_answers: 0.0 };
}

/// What happened in one second.
#[derive(Clone, Copy, Debug, Default)]
pub struct Second {
    pub requests: u32,
    pub refused: u32,
    /// Requests that were not applied because of an outage.
    pub failed: u32,
}

/// What the model counted.
#[derive(Debug, Default)]
pub struct Counted {
    pub seconds: Vec<Second>,
    /// Records applied, copies included.
    pub applied: u64,
    /// Those among them whose answers were lost.
    pub untold: u64,
    /// Those among them whose process ended before the answer.
    pub orphaned: u64,
    /// How many records were applied at each age, in seconds.
    pub ages: Vec<u64>,
    /// When the last record arrived that was made before the last change was over, if that was after it. In milliseconds.
    pub drained: Option<u64>,
}

/// One account and region.
pub struct CloudWatch {
    clock: Arc<SimulatedClock>,
    weather: Box<dyn Fn(Duration) -> Weather>,
    /// When the last change is over, in milliseconds.
    changed: Option<u64>,
    bucket: RefCell<Bucket>,
    pub counted: RefCell<Counted>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: u64,
}

impl CloudWatch {
    /// `weather` is given the time since the start. The bucket is full, and holds the quota of one second, or
    /// one request. `changed` is when the
    /// last change is over.
    pub fn new(
        clock: Arc<SimulatedClock>,
        weather: impl Fn(Duration) -> Weather + 'static,
        changed: Option<Duration>,
    ) -> Self {
        let changed = changed.map(|changed| u64::try_from(changed.as_millis()).unwrap_or(u64::MAX));
        let bucket = RefCell::new(Bucket { tokens: weather(Duration::ZERO).quota.max(1.0), filled: 0 });
        Self { clock, weather: Box::new(weather), changed, bucket, counted: RefCell::default() }
    }

    /// Returns what the model answers to a request that arrives now, and after what time.
    fn judge(&self, request: &Request) -> (Outcome, Duration) {
        let now = self.clock.elapsed();
        let weather = (self.weather)(Duration::from_millis(now));
        let counted = &mut *self.counted.borrow_mut();
        let second = usize::try_from(now / 1_000).unwrap_or(usize::MAX);
        if counted.seconds.len() <= second {
            counted.seconds.resize(second + 1, Second::default());
        }
        let here = &mut counted.seconds[second];
        here.requests += 1;
        if weather.is_out {
            here.failed += 1;
            return outage();
        }
        if !self.bucket.borrow_mut().take(now, weather.quota) {
            here.refused += 1;
            return (classify(400, "Throttling", "Rate exceeded"), latency());
        }
        let records = request.points().records;
        counted.applied += records;
        for sample in request.datums.iter().flat_map(|datum| &datum.samples) {
            #[expect(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "values are times")]
            let made = sample.value as u64;
            let age = usize::try_from(now.saturating_sub(made) / 1_000).unwrap_or(usize::MAX);
            if counted.ages.len() <= age {
                counted.ages.resize(age + 1, 0);
            }
            counted.ages[age] += sample.count;
            if self.changed.is_some_and(|changed| made < changed && changed <= now) {
                counted.drained = Some(now);
            }
        }
        if fastrand::f64() < weather.lost_answers {
            counted.untold += records;
            return (unanswered(), PATIENCE);
        }
        (Outcome::Applied, latency())
    }
}

impl Bucket {
    fn take(&mut self, now: u64, quota: f64) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of hours")]
        let seconds = (now - self.filled) as f64 / 1_000.0;
        self.tokens = seconds.mul_add(quota, self.tokens).min(quota.max(1.0));
        self.filled = now;
        let has_token = self.tokens >= 1.0;
        if has_token {
            self.tokens -= 1.0;
        }
        has_token
    }
}

/// Half of the time nothing is reached; else the service says that it fails, which leaves open whether it applied anything.
fn outage() -> (Outcome, Duration) {
    if fastrand::bool() {
        (Outcome::NotApplied(unreachable()), Duration::from_secs(1))
    } else {
        (classify(503, "ServiceUnavailable", "try again"), latency())
    }
}

fn unreachable() -> Fault {
    Fault::new(FaultKind::Unreachable, "ConnectionError", "cannot connect")
}

fn unanswered() -> Outcome {
    Outcome::Unknown(Fault::new(FaultKind::Unanswered, "TimeoutError", "no answer came in time"))
}

/// A request takes 5 to 20 milliseconds to arrive.
fn half_way() -> Duration {
    Duration::from_millis(fastrand::u64(5..=20))
}

/// Most answers take 15 to 40 milliseconds, one in a hundred up to a second.
fn latency() -> Duration {
    let tail = if fastrand::u32(..100) == 0 { fastrand::u64(..960) } else { 0 };
    Duration::from_millis(fastrand::u64(15..=40) + tail)
}

/// The way of one process to CloudWatch.
pub struct Connection {
    cloudwatch: Rc<CloudWatch>,
    /// A refusal looks like a connection that failed: the core then backs off with full jitter, as it once did when it was
    /// throttled.
    backs_off: bool,
    /// When the last request was sent that was applied, in milliseconds. Records made before have arrived.
    pub delivered_at: Cell<u64>,
}

impl Connection {
    #[must_use]
    pub fn new(cloudwatch: &Rc<CloudWatch>, backs_off: bool) -> Self {
        let delivered_at = Cell::new(cloudwatch.clock.elapsed());
        Self { cloudwatch: Rc::clone(cloudwatch), backs_off, delivered_at }
    }
}

impl Sink for Connection {
    async fn put(&self, request: &Request) -> Outcome {
        let sent_at = self.cloudwatch.clock.elapsed();
        // Also lets requests of the same millisecond arrive in a random order.
        sleep(half_way()).await;
        let (mut outcome, after) = self.cloudwatch.judge(request);
        if self.backs_off
            && matches!(&outcome, Outcome::NotApplied(fault) if fault.kind == FaultKind::Throttled)
        {
            outcome = Outcome::NotApplied(unreachable());
        }
        let mut orphan = Orphan { cloudwatch: &self.cloudwatch, records: 0 };
        if outcome == Outcome::Applied {
            self.delivered_at.set(sent_at);
            orphan.records = request.points().records;
        }
        sleep(after).await;
        orphan.records = 0;
        outcome
    }
}

/// Counts records that were applied, if their process ends before the answer.
struct Orphan<'cloudwatch> {
    cloudwatch: &'cloudwatch CloudWatch,
    records: u64,
}

impl Drop for Orphan<'_> {
    fn drop(&mut self) {
        self.cloudwatch.counted.borrow_mut().orphaned += self.records;
    }
}
