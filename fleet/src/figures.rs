//! What is told of a scenario.

use std::time::Duration;

use serde::Serialize;

use crate::{
    cloudwatch::{Counted, Second},
    run::{Books, Settings},
    scenario::{SETTLES, Scenario},
};

/// The price of a request, in dollars. Source: CloudWatch's prices in us-east-1, $0.01 for 1,000.
const REQUEST_DOLLARS: f64 = 0.000_01;

/// 30 days.
const SECONDS_A_MONTH: f64 = 30.0 * 24.0 * 3_600.0;

/// The figures of a scenario. Requests are those after the first minute.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    pub scenario: &'static str,
    pub strategy: String,
    pub interval_ms: u32,
    pub seed: u64,
    pub recorded: u64,
    /// Records that never arrived, by what the processes say.
    pub lost: u64,
    /// Records that arrived, copies included.
    pub arrived: u64,
    /// Records that arrived once more.
    pub copies: u64,
    /// Records of which the processes say that they may have arrived once more.
    pub possible_copies: u64,
    /// Requests a second.
    pub mean: f64,
    pub p99: u32,
    pub peak: u32,
    /// The share of the requests that was throttled.
    pub refused: f64,
    /// Requests as a share of the quota, since the fleet should have settled after the last change.
    pub of_quota: f64,
    /// The highest of these requests a second, in means. `None` if there are none.
    pub peak_in_means: Option<f64>,
    /// Seconds from the end of the last change to the arrival of the last record made before.
    pub drained: Option<u64>,
    /// Seconds from the record to its arrival.
    pub age_p50: u64,
    pub age_p99: u64,
    /// The last flushes of processes that ended, the share of them that settled all records, and the share for which the
    /// quota has requests.
    pub flushes: u64,
    pub flushes_done: Option<f64>,
    pub flushes_possible: Option<f64>,
    /// The seconds whose records a process had not delivered when the scenario ended. SIGKILL would have taken them.
    pub undelivered_mean: Option<f64>,
    pub undelivered_most: Option<f64>,
    /// Dollars a month for the requests that were accepted, of the whole fleet.
    pub bill: f64,
    pub quota_a_second: Vec<f64>,
    pub requests_a_second: Vec<u32>,
    pub refused_a_second: Vec<u32>,
}

impl Figures {
    pub(crate) fn of(scenario: &Scenario, settings: &Settings, books: &Books, counted: &Counted) -> Self {
        let all = between(counted, SETTLES, scenario.lasts);
        let settled = between(counted, scenario.settled(), scenario.lasts);
        let mut sorted: Vec<_> = all.iter().map(|second| second.requests).collect();
        sorted.sort_unstable();
        let accepted = mean(all, |second| second.requests - second.refused - second.failed);
        let undelivered = books.undelivered.iter().max().map(|&most| {
            let sum = books.undelivered.iter().sum();
            (ratio(sum, 1_000 * books.undelivered.len() as u64), ratio(most, 1_000))
        });
        let mean_settled = mean(settled, |second| second.requests);
        let peak_settled = settled.iter().map(|second| second.requests).max().unwrap_or_default();
        let known = books.applied + counted.orphaned;
        let seconds = 0..scenario.lasts.as_secs();
        let (scale, many) = (scenario.scale, u64::from(scenario.scale));
        Self {
            scenario: scenario.name,
            strategy: settings.strategy.clone(),
            interval_ms: settings.interval_ms,
            seed: settings.seed,
            recorded: many * books.recorded,
            lost: many * books.recorded.saturating_sub(known),
            arrived: many * counted.applied,
            copies: many * counted.applied.saturating_sub(known),
            possible_copies: many * books.possibly_duplicated,
            mean: f64::from(scale) * mean(all, |second| second.requests),
            p99: scale * quantile(&sorted, 0.99),
            peak: scale * sorted.last().copied().unwrap_or_default(),
            refused: share(all, |second| second.refused),
            of_quota: mean_settled / (scenario.weather)(scenario.settled()).quota,
            peak_in_means: (mean_settled > 0.0).then(|| f64::from(peak_settled) / mean_settled),
            drained: scenario
                .changed
                .zip(counted.drained)
                .map(|(changed, at)| at / 1_000 - changed.as_secs()),
            age_p50: age(counted, 0.5),
            age_p99: age(counted, 0.99),
            flushes: many * books.flushes,
            flushes_done: scenario.flushes_possible().map(|_| ratio(books.flushes_done, books.flushes)),
            flushes_possible: scenario.flushes_possible(),
            undelivered_mean: undelivered.map(|(mean, _)| mean),
            undelivered_most: undelivered.map(|(_, most)| most),
            bill: f64::from(scale) * accepted * SECONDS_A_MONTH * REQUEST_DOLLARS,
            quota_a_second: seconds
                .map(|at| f64::from(scale) * (scenario.weather)(Duration::from_secs(at)).quota)
                .collect(),
            requests_a_second: counted.seconds.iter().map(|second| scale * second.requests).collect(),
            refused_a_second: counted.seconds.iter().map(|second| scale * second.refused).collect(),
        }
    }
}

fn between(counted: &Counted, from: Duration, to: Duration) -> &[Second] {
    let [from, to] = [from, to].map(|at| usize::try_from(at.as_secs()).unwrap_or(usize::MAX));
    let last = to.min(counted.seconds.len());
    &counted.seconds[from.min(last)..last]
}

fn mean(seconds: &[Second], of: impl Fn(&Second) -> u32) -> f64 {
    ratio(seconds.iter().map(|second| u64::from(of(second))).sum(), seconds.len() as u64)
}

/// Returns the share of the requests.
fn share(seconds: &[Second], of: impl Fn(&Second) -> u32) -> f64 {
    let sum = |of: &dyn Fn(&Second) -> u32| seconds.iter().map(|second| u64::from(of(second))).sum();
    ratio(sum(&of), sum(&|second| second.requests))
}

fn ratio(part: u64, whole: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "numbers of records, requests or seconds")]
    let [part, whole] = [part, whole.max(1)].map(|number| number as f64);
    part / whole
}

/// Returns the lowest number that is not below a share of a sorted list.
fn quantile(sorted: &[u32], share: f64) -> u32 {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "seconds of hours"
    )]
    let index = ((sorted.len() as f64 * share).ceil() as usize).saturating_sub(1);
    sorted.get(index).copied().unwrap_or_default()
}

/// Returns the age, in seconds, below which a share of the records arrived.
fn age(counted: &Counted, share: f64) -> u64 {
    let total: u64 = counted.ages.iter().sum();
    let mut sum = 0;
    for (age, count) in (0..).zip(&counted.ages) {
        sum += count;
        if ratio(sum, total) >= share {
            return age;
        }
    }
    0
}
