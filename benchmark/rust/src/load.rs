//! Records for a buffer, the same in every run.

use std::sync::Arc;

use hkm_core::{
    buffer::{Buffer, Limits},
    clock::ManualClock,
    definition::{Definition, DimensionSet, Unit},
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
}

pub const COUNTER: Metric =
    Metric { name: "Used", unit: Unit::COUNT, dimensions: &["Provider", "Tool", "Key"] };
pub const PRICE: Metric = Metric { name: "CostCharged", unit: Unit::NONE, dimensions: &["Provider", "Tool"] };
pub const DURATION: Metric =
    Metric { name: "QueueWaitDuration", unit: Unit::MILLISECONDS, dimensions: &["Provider", "Reason"] };

impl Metric {
    fn definition(self) -> Definition {
        Definition {
            namespace: "Sim/HostedKey".into(),
            name: self.name.into(),
            unit: self.unit,
            has_environment: true,
            constants: Box::default(),
            dimensions: self.dimensions.iter().map(|&name| name.into()).collect(),
            guarded: DimensionSet::of(self.dimensions.iter().position(|&name| name == "Key")),
            rollups: Box::default(),
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
pub const ROOMY: Limits =
    Limits { max_buffered_datums: 1_000_000, max_series: 1_000_000, resolution: Resolution::Minute };

/// Resolves the labels of the series of a number, as short and as many as those of real calls.
///
/// # Panics
/// Panics if the buffer has too many metrics.
#[expect(clippy::expect_used, reason = "a benchmark has few metrics")]
pub fn resolve(buffer: &Buffer, metric: Metric, number: u32) -> Resolved {
    let id = buffer.define(metric.definition()).expect("there are few metrics").id;
    let provider = format!("provider_{}", number % 10);
    let tool = format!("tool_{number}");
    let key = format!("PROVIDER_API_KEY_{}", number % 3);
    let labels = metric.dimensions.iter().map(|name| match *name {
        "Provider" => Some(provider.as_str()),
        "Key" => Some(key.as_str()),
        _ => Some(tool.as_str()),
    });
    buffer.resolve(id, &labels.collect::<Vec<_>>()).expect("the metric was defined")
}

/// A buffer whose series are known, and the ring that writes to it.
pub struct Load {
    pub buffer: Buffer,
    producer: Producer,
    shape: Shape,
    ids: Vec<u32>,
    random: fastrand::Rng,
}

impl Load {
    /// # Panics
    /// Panics if there is no memory for a ring.
    #[expect(clippy::expect_used, reason = "a benchmark without memory has no result")]
    #[must_use]
    pub fn new(shape: Shape) -> Self {
        let buffer = Buffer::new(ROOMY, Arc::new(ManualClock::at(0)));
        let ids = (0..shape.series).map(|number| resolve(&buffer, shape.metric, number).id.0).collect();
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
