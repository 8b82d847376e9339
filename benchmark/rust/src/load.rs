//! Records for a buffer, the same in every run.

use std::sync::Arc;

use hkm_core::{
    buffer::{Buffer, Limits},
    clock::ManualClock,
    definition::{Definition, DimensionSet, Kind, MAX_DIMENSIONS, MetricId, Unit},
    resolution::Resolution,
    ring::{Producer, Published, SLOTS},
    series::Resolved,
};

/// A metric that is recorded.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    name: &'static str,
    unit: Unit,
    dimensions: &'static [&'static str],
    /// The positions of the dimensions of each roll-up.
    rollups: &'static [&'static [usize]],
}

pub const COUNTER: Metric = Metric::new("Used", Unit::COUNT, &["Provider", "Tool", "Key"]);
pub const PRICE: Metric = Metric::new("CostCharged", Unit::NONE, &["Provider", "Tool"]);
pub const DURATION: Metric = Metric::new("QueueWaitDuration", Unit::MILLISECONDS, &["Provider", "Reason"]);

/// A counter that is also stored by provider, and in total.
pub const ROLLED_UP: Metric = Metric { rollups: &[&[0], &[]], ..COUNTER };

/// A counter with as many dimensions as CloudWatch accepts. The first one is the environment.
pub const WIDE: Metric = Metric::new("Wide", Unit::COUNT, &WIDE_DIMENSIONS);
const WIDE_DIMENSIONS: [&str; MAX_DIMENSIONS - 1] = [
    "D01", "D02", "D03", "D04", "D05", "D06", "D07", "D08", "D09", "D10", "D11", "D12", "D13", "D14", "D15",
    "D16", "D17", "D18", "D19", "D20", "D21", "D22", "D23", "D24", "D25", "D26", "D27", "D28", "D29",
];

impl Metric {
    const fn new(name: &'static str, unit: Unit, dimensions: &'static [&'static str]) -> Self {
        Self { name, unit, dimensions, rollups: &[] }
    }

    fn definition(self) -> Definition {
        Definition {
            namespace: "Sim/HostedKey".into(),
            name: self.name.into(),
            kind: Kind::Counter,
            unit: self.unit,
            has_environment: true,
            constants: Box::default(),
            dimensions: self.dimensions.iter().map(|&name| name.into()).collect(),
            guarded: DimensionSet::of(self.dimensions.iter().position(|&name| name == "Key")),
            rollups: self.rollups.iter().map(|set| DimensionSet::of(set.iter().copied())).collect(),
            resolution: None,
            max_series: None,
        }
    }
}

/// Which records there are.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub metric: Metric,
    pub series: u32,
    /// Distinct values a series.
    pub values: u32,
    /// What they are multiples of.
    pub step: f64,
}

impl Shape {
    #[must_use]
    pub const fn counters(series: u32) -> Self {
        Self { metric: COUNTER, series, values: 1, step: 1.0 }
    }

    /// Counters with roll-ups.
    #[must_use]
    pub const fn rolled_up(series: u32) -> Self {
        Self { metric: ROLLED_UP, ..Self::counters(series) }
    }

    /// Counters of 30 dimensions.
    #[must_use]
    pub const fn wide(series: u32) -> Self {
        Self { metric: WIDE, ..Self::counters(series) }
    }

    /// Prices in dollars, which fill an `f64` to its last bit.
    #[must_use]
    pub const fn prices(series: u32, values: u32) -> Self {
        Self { metric: PRICE, series, values, step: 0.000_137 }
    }

    /// Whole milliseconds.
    #[must_use]
    pub const fn durations(series: u32, values: u32) -> Self {
        Self { metric: DURATION, series, values, step: 1.0 }
    }

    fn value(self, number: u32) -> f64 {
        f64::from(number + 1) * self.step
    }
}

/// Nothing of a load is dropped for want of room, unless a limit is lowered.
pub const ROOMY: Limits = Limits {
    max_buffered_datums: 1_000_000,
    max_buffered_bytes: 4_000_000_000,
    max_series: 1_000_000,
    resolution: Resolution::Minute,
};

/// Defines a metric in a buffer.
///
/// # Panics
/// Panics if the buffer has too many metrics.
#[expect(clippy::expect_used, reason = "a benchmark has few metrics")]
#[must_use]
pub fn define(buffer: &Buffer, metric: Metric) -> MetricId {
    buffer.define(metric.definition()).expect("there are few metrics").id
}

/// Returns the labels of the series of a number, as short and as many as those of real calls.
#[must_use]
pub fn labels(metric: Metric, number: u32) -> Vec<String> {
    let label = |name: &&str| match *name {
        "Provider" => format!("provider_{}", number % 10),
        "Key" => format!("PROVIDER_API_KEY_{}", number % 3),
        _ => format!("tool_{number}"),
    };
    metric.dimensions.iter().map(label).collect()
}

/// Resolves the labels of a defined metric.
///
/// # Panics
/// Panics if the metric was not defined.
#[expect(clippy::expect_used, reason = "a benchmark defines its metrics")]
#[must_use]
pub fn resolve(buffer: &Buffer, metric: MetricId, labels: &[String]) -> Resolved {
    let labels: Vec<_> = labels.iter().map(|label| Some(label.as_str())).collect();
    buffer.resolve(metric, &labels).expect("the metric was defined")
}

/// A buffer with room for every load.
#[must_use]
pub fn roomy() -> Buffer {
    Buffer::new(ROOMY, Arc::new(ManualClock::at(0)))
}

/// A buffer whose series are known, and the ring that writes to it.
pub struct Load {
    pub buffer: Buffer,
    producer: Producer,
    pub shape: Shape,
    ids: Vec<u32>,
    random: fastrand::Rng,
}

impl Load {
    /// # Panics
    /// Panics if there is no memory for a ring.
    #[expect(clippy::expect_used, reason = "a benchmark without memory has no result")]
    #[must_use]
    pub fn new(shape: Shape) -> Self {
        let buffer = roomy();
        let metric = define(&buffer, shape.metric);
        let id = |number| resolve(&buffer, metric, &labels(shape.metric, number)).id.0;
        let ids = (0..shape.series).map(id).collect();
        let producer = Producer::new(buffer.open_ring().expect("there is memory").1);
        Self { buffer, producer, shape, ids, random: fastrand::Rng::with_seed(1) }
    }

    /// Records every value of every series once, and drains them.
    pub fn record_all(&mut self) {
        for &id in &self.ids {
            for value in 0..self.shape.values {
                let value = self.shape.value(value);
                if self.producer.publish(id, value) == Published::Full {
                    self.buffer.drain();
                    self.producer.publish(id, value);
                }
            }
        }
        self.buffer.drain();
    }

    /// Fills the ring with records of any series and any value.
    pub fn fill_ring(&mut self) {
        for _ in 0..SLOTS {
            let id = self.ids[self.random.usize(..self.ids.len())];
            self.producer.publish(id, self.shape.value(self.random.u32(..self.shape.values)));
        }
    }
}
