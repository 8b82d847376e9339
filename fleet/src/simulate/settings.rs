//! What a seed chooses before a run begins.

use fastrand::Rng;
use serde::Serialize;

use super::{step::Action, weather::Trouble};

/// The namespaces that all processes share.
pub const NAMESPACES: [&str; 3] = ["Shop", "Search", "Jobs"];

/// The names of the dimensions of each metric. The first one has many values.
pub const DIMENSIONS: [&str; 2] = ["Route", "Plan"];

/// Which values a metric records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Values {
    /// 1, as a counter does.
    One,
    /// A few numbers.
    Few,
    /// Each value once, so that it can be traced.
    Traced,
    /// So many that they are rounded.
    Many,
}

/// A metric of a process.
#[derive(Clone, Debug, Serialize)]
pub struct MetricSettings {
    pub namespace: usize,
    pub values: Values,
    /// The number of values of the first dimension.
    pub routes: u32,
    /// The length of these values. At a thousand of the longest, a request is limited by its size.
    pub route_length: usize,
    /// Sets of dimensions, as bits.
    pub rollups: Vec<u8>,
    /// `None`: the resolution of the process.
    pub is_in_seconds: Option<bool>,
    pub max_series: Option<u32>,
    /// The share of the values that CloudWatch refuses.
    pub refused: f64,
}

/// A process.
#[derive(Clone, Debug, Serialize)]
pub struct ProcessSettings {
    pub flush_interval_ms: u64,
    pub max_buffered_datums: usize,
    pub max_buffered_bytes: usize,
    pub max_series: usize,
    pub is_in_seconds: bool,
    /// The maximum number of records of a metric that are traced.
    pub traced: u32,
    pub metrics: Vec<MetricSettings>,
}

/// A run.
#[derive(Clone, Debug, Serialize)]
pub struct Settings {
    pub seed: u64,
    pub steps: u32,
    /// The mean pause between two steps.
    pub tempo_ms: u64,
    /// Requests a second of the account.
    pub quota: Option<f64>,
    /// How often the statistics are read: after one in so many steps.
    pub reads: u32,
    pub troubles: Vec<Trouble>,
    /// What is done in a step, each as often as it is listed.
    pub actions: Vec<Action>,
    pub processes: Vec<ProcessSettings>,
}

impl Settings {
    /// Draws the settings of a seed.
    #[must_use]
    pub fn draw(seed: u64, rng: &mut Rng) -> Self {
        let count = if rng.u8(..4) == 0 { rng.u32(3..=8) } else { rng.u32(1..=2) };
        let troubles: Vec<_> = if rng.u8(..12) == 0 {
            Vec::new()
        } else {
            // Few kinds of trouble at a time reach states that many together prevent.
            let share = rng.f64();
            Trouble::ALL.into_iter().filter(|_| rng.f64() < share).collect()
        };
        Self {
            seed,
            steps: rng.u32(40..400) / count.isqrt(),
            tempo_ms: *pick(rng, &[200, 1_000, 5_000, 20_000]),
            quota: (rng.u8(..6) == 0).then(|| rng.f64().mul_add(3.0, 0.05)),
            reads: *pick(rng, &[1, 4, 50]),
            troubles,
            actions: Action::draw(rng),
            processes: (0..count).map(|_| ProcessSettings::draw(rng)).collect(),
        }
    }
}

/// Bytes that are enough for all that a process records.
pub const ROOM: usize = 1_000_000_000;

impl ProcessSettings {
    fn draw(rng: &mut Rng) -> Self {
        let metrics = rng.usize(1..=4);
        let mut metrics: Vec<_> = (0..metrics).map(|_| MetricSettings::draw(rng)).collect();
        let traced = *pick(rng, &[60, 120, 400, 1_200]);
        // Where too much waits, series with more values than fit in a datum are rounded, and cannot be traced. Where memory
        // lacks, so are those with fewer.
        let (max_buffered_datums, max_buffered_bytes) = if traced > 120 {
            (1_000_000, ROOM)
        } else {
            (*pick(rng, &[1, 7, 40, 300, 2_000, 10_000]), *pick(rng, &[1_000, 100_000, ROOM, ROOM, ROOM]))
        };
        if max_buffered_bytes < ROOM {
            for metric in metrics.iter_mut().filter(|metric| metric.values == Values::Traced) {
                metric.values = Values::Many;
            }
        }
        Self {
            flush_interval_ms: *pick(rng, &[1_000, 5_000, 30_000, 60_000, 300_000]),
            max_buffered_datums,
            max_buffered_bytes,
            max_series: *pick(rng, &[1, 5, 50, 1_000, 10_000]),
            is_in_seconds: rng.u8(..4) == 0,
            traced,
            metrics,
        }
    }
}

impl MetricSettings {
    fn draw(rng: &mut Rng) -> Self {
        let rollups = if rng.bool() { rng.usize(1..=3) } else { 0 };
        Self {
            namespace: rng.usize(..NAMESPACES.len()),
            values: *pick(
                rng,
                &[Values::One, Values::Few, Values::Traced, Values::Traced, Values::Traced, Values::Many],
            ),
            routes: *pick(rng, &[1, 3, 10, 100, 3_000]),
            route_length: *pick(rng, &[1, 1, 1, 1, 1_000]),
            rollups: (0..rollups).map(|_| rng.u8(..4)).collect(),
            is_in_seconds: (rng.u8(..4) == 0).then(|| rng.bool()),
            max_series: (rng.u8(..6) == 0).then(|| rng.u32(1..20)),
            refused: if rng.u8(..4) == 0 { 0.2 * rng.f64() } else { 0.0 },
        }
    }
}

/// Returns the name of a metric of a process.
#[must_use]
pub fn metric_name(index: usize) -> String {
    format!("Metric{index}")
}

/// Draws one of several.
pub fn pick<'all, T>(rng: &mut Rng, all: &'all [T]) -> &'all T {
    &all[rng.usize(..all.len())]
}

/// Draws a number of a range, of which each order of magnitude is as likely as the others.
pub fn any_magnitude(rng: &mut Rng, least: f64, most: f64) -> f64 {
    least * (most / least).powf(rng.f64())
}
