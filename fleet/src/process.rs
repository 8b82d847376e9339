//! One process of a fleet: a buffer, its flusher, and what records to it.

use std::{rc::Rc, sync::Arc, time::Duration};

use hkm_core::{
    buffer::{Buffer, Limits},
    clock::Clock,
    definition::{Definition, DimensionSet, Kind, Unit},
    flusher::{Command, Done, Flusher, Pacing, Progress},
    resolution::Resolution,
    series::MarkedId,
    sink::Sink,
    stats::Snapshot,
    warning::Warnings,
    window::Size,
};
use tokio::{
    sync::{mpsc::UnboundedSender, oneshot},
    task::{AbortHandle, spawn_local},
};

use crate::clock::SimulatedClock;

/// The defaults of the package.
pub const LIMITS: Limits = Limits {
    max_buffered_datums: 100_000,
    max_buffered_bytes: 64_000_000,
    max_series: 10_000,
    resolution: Resolution::Minute,
};

/// A process that records.
pub struct Process {
    buffer: Arc<Buffer>,
    commands: UnboundedSender<Command>,
    running: AbortHandle,
    series: Vec<MarkedId>,
}

impl Process {
    /// Starts the flusher of a process that has a number of series.
    pub fn start<S: Sink + 'static, P: Pacing + 'static>(
        clock: &Arc<SimulatedClock>,
        sink: Rc<S>,
        pace: P,
        limits: Limits,
        series: usize,
    ) -> Self {
        let clock: Arc<dyn Clock> = Arc::clone(clock) as _;
        let buffer = Arc::new(Buffer::new(limits, Arc::clone(&clock)));
        let (commands, received) = tokio::sync::mpsc::unbounded_channel();
        let flusher = Flusher {
            buffer: Arc::clone(&buffer),
            warnings: Arc::new(Warnings::default()),
            clock,
            commands: received,
            sink,
            pace,
            environment: "production".to_owned(),
            progress: Progress::default(),
        };
        let series = resolve(&buffer, series);
        let running = spawn_local(flusher.run()).abort_handle();
        Self { buffer, commands, running, series }
    }

    /// Makes one record, whose value is a time in milliseconds.
    pub fn record(&self, now: u64) {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of hours")]
        let value = now as f64;
        let series = self.series[fastrand::usize(..self.series.len())];
        if self.buffer.record(series, value) {
            let _ = self.commands.send(Command::Wake);
        }
    }

    /// Makes records of each series. Without distinct values, they are small whole numbers.
    pub fn record_all(&self, records: u16, are_distinct: bool) {
        for &series in &self.series {
            for number in 0..records {
                // Latencies from a millisecond to a minute.
                let value = if are_distinct { 60_000_f64.powf(fastrand::f64()) } else { f64::from(number) };
                if self.buffer.record(series, value) {
                    let _ = self.commands.send(Command::Wake);
                }
            }
        }
    }

    /// Returns what waits.
    #[must_use]
    pub fn holds(&self) -> Size {
        self.buffer.drain().size
    }

    /// Flushes. Returns whether all is settled within that time.
    pub async fn flush(&self, within: Duration) -> bool {
        let (told, waiting) = oneshot::channel();
        let done = Done::new(move |is_settled| told.send(is_settled).unwrap_or_default());
        let _ = self.commands.send(Command::Flush { within, done });
        waiting.await.unwrap_or_default()
    }

    /// Ends the process as SIGKILL does, and returns its books.
    #[must_use]
    pub fn kill(&self) -> Snapshot {
        self.running.abort();
        self.buffer.snapshot()
    }

    /// Returns whether records wait or are in flight.
    #[must_use]
    pub fn waits(&self) -> bool {
        let snapshot = self.buffer.snapshot();
        !(snapshot.buffered + snapshot.counts.in_flight).is_zero()
    }
}

fn resolve(buffer: &Buffer, series: usize) -> Vec<MarkedId> {
    let definition = Definition {
        namespace: "Fleet".into(),
        name: "Latency".into(),
        kind: Kind::Distribution,
        unit: Unit::NONE,
        has_environment: true,
        constants: Box::default(),
        dimensions: Box::from(["Route".into()]),
        guarded: DimensionSet::default(),
        rollups: Box::default(),
        resolution: None,
        max_series: None,
    };
    let Some(metric) = buffer.define(definition) else { return Vec::new() };
    (0..series)
        .filter_map(|number| buffer.resolve(metric.id, &[Some(&format!("route-{number}"))]))
        .map(hkm_core::series::Resolved::marked_id)
        .collect()
}
