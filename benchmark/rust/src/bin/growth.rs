//! What the native side costs as series become many, and as an outage goes on. Time is simulated; heap bytes are
//! those that the allocator was asked for and has not got back.
//!
//! `cargo run --release -p hkm-benchmark --bin growth` prints each row as a line of JSON as it
//! comes, and at last one line that holds them all: `{"series": [row, …], "outage": [row, …]}`.
//!
//! A row of `series`: so many sets of labels of one counter, each resolved once, then 21 rings of 16,384 records
//! at random, within one window, with nothing sent meanwhile and room for all.
//!
//! | field | |
//! | --- | --- |
//! | `labelSets` | distinct sets of labels |
//! | `maxSeries` | the guard: 10,000 by default, or raised out of the way |
//! | `series` | those sets and, where the guard held, one that the rest were folded into |
//! | `nsPerResolve` | nanoseconds to turn a set of labels into a series for the first time |
//! | `nsPerRecord` | nanoseconds to drain a record from the ring, every series being in the window already; the median of 21 rings |
//! | `allocationsPerRecord` | calls of the allocator meanwhile |
//! | `tableBytesPerSeries` | heap bytes of the table of series, a series; they stay |
//! | `windowBytesPerSeries` | heap bytes of a window in which every series has a record, a series; they are freed when it is sent |
//!
//! A row of `outage`: 90 counters and 10 durations record 100 times a second, and every 30 seconds, which is how long
//! the flusher waits on average between attempts in a long outage, all that waits is taken, refused and given back.
//!
//! | field | |
//! | --- | --- |
//! | `hours` | how long it lasts; 0 is its first minute |
//! | `recorded` | records |
//! | `datumsWaiting`, `pointsWaiting` | what is kept, in datums (10,000 at most, the default) and in records |
//! | `dropped` | records dropped, by reason |
//! | `heapBytes` | all that the buffer holds: the ring, the table of series, the windows |
//! | `peakHeapBytes` | the most there is while what was taken is being given back, which holds both |
//! | `nsPerRecord` | nanoseconds to drain a record from the ring, over the whole outage |
//! | `microsPerAttempt` | microseconds to take and give back at the last attempt |

#![expect(clippy::expect_used, reason = "a benchmark without memory has no result")]

use std::{alloc::System, sync::Arc, time::Instant};

use hkm_benchmark::load::{COUNTER, DURATION, Metric, ROOMY, define, labels, resolve};
use hkm_core::{
    buffer::{Buffer, Limits},
    clock::ManualClock,
    request::Request,
    resolution::Resolution,
    ring::{Producer, SLOTS},
    stats::DropReason,
};
use serde_json::{Map, Value, json};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The limits that a user who sets none has.
const DEFAULT: Limits = Limits {
    max_buffered_datums: 100_000,
    max_buffered_bytes: 64_000_000,
    max_series: 10_000,
    resolution: Resolution::Minute,
};

/// Rings full of records that are timed.
const ROUNDS: usize = 21;

const COUNTERS: u32 = 90;
const DURATIONS: u32 = 10;
const RECORDS_PER_SECOND: u32 = 100;
const SECONDS_BETWEEN_ATTEMPTS: u32 = 30;
/// Distinct durations, in whole milliseconds.
const VALUES: u32 = 1_000;

fn main() {
    let show = |row: Value| {
        println!("{row}");
        row
    };
    let mut series = Vec::new();
    for max_series in [ROOMY.max_series, DEFAULT.max_series] {
        for label_sets in [10, 100, 1_000, 10_000, 100_000] {
            series.push(show(with_series(label_sets, max_series)));
        }
    }
    let outage: Vec<_> = [0, 1, 6, 24].map(|hours| show(with_outage(hours))).into();
    println!("{}", json!({ "series": series, "outage": outage }));
}

fn with_series(label_sets: u32, max_series: usize) -> Value {
    let buffer = Buffer::new(Limits { max_series, ..ROOMY }, Arc::new(ManualClock::at(0)));
    let mut producer = Producer::new(buffer.open_ring().expect("there is memory").1);
    let mut ids = Vec::with_capacity(label_sets as usize);

    let empty = heap_bytes();
    let started = Instant::now();
    ids.extend((0..label_sets).map(series_of(&buffer, COUNTER)));
    let resolving = started.elapsed();
    let table = heap_bytes() - empty;

    for full in ids.chunks(SLOTS as usize) {
        for &id in full {
            producer.publish(id, 1.0);
        }
        buffer.drain();
    }
    let window = heap_bytes() - empty - table;

    let mut random = fastrand::Rng::with_seed(1);
    let mut nanos = Vec::with_capacity(ROUNDS);
    let before = allocator_calls();
    for _ in 0..ROUNDS {
        for _ in 0..SLOTS {
            producer.publish(ids[random.usize(..ids.len())], 1.0);
        }
        let started = Instant::now();
        buffer.drain();
        nanos.push(started.elapsed().as_nanos());
    }
    let calls = allocator_calls() - before;
    nanos.sort_unstable();
    let series = buffer.snapshot().series.all;
    json!({
        "labelSets": label_sets,
        "maxSeries": max_series,
        "series": series,
        "nsPerResolve": ratio(resolving.as_nanos(), u64::from(label_sets)),
        "nsPerRecord": ratio(nanos[ROUNDS / 2], u64::from(SLOTS)),
        "allocationsPerRecord": ratio(calls as u128, ROUNDS as u64 * u64::from(SLOTS)),
        "tableBytesPerSeries": ratio(table as u128, series as u64),
        "windowBytesPerSeries": ratio(window as u128, series as u64),
    })
}

fn with_outage(hours: u32) -> Value {
    let empty = heap_bytes();
    let clock = Arc::new(ManualClock::at(0));
    let buffer = Buffer::new(DEFAULT, Arc::clone(&clock) as _);
    let mut producer = Producer::new(buffer.open_ring().expect("there is memory").1);
    let counters = (0..COUNTERS).map(series_of(&buffer, COUNTER)).map(|id| (id, 1));
    let durations = (0..DURATIONS).map(series_of(&buffer, DURATION)).map(|id| (id, VALUES));
    let series: Vec<_> = counters.chain(durations).collect();

    let mut random = fastrand::Rng::with_seed(1);
    let seconds = (hours * 3_600).max(60);
    let (mut draining, mut attempt, mut peak) = (0, 0, 0);
    for second in 1..=seconds {
        for _ in 0..RECORDS_PER_SECOND {
            let (id, values) = series[random.usize(..series.len())];
            producer.publish(id, f64::from(1 + random.u32(..values)));
        }
        clock.set(i64::from(second) * 1_000);
        if second % 5 != 0 {
            continue;
        }
        let started = Instant::now();
        buffer.drain();
        draining += started.elapsed().as_nanos();
        if second % SECONDS_BETWEEN_ATTEMPTS == 0 {
            let started = Instant::now();
            let taken = buffer.take(true);
            buffer.give_back(&Request { namespace: "Sim/HostedKey".into(), datums: taken });
            attempt = started.elapsed().as_nanos();
            peak = peak.max(heap_bytes() - empty);
        }
    }

    let waiting = buffer.drain();
    let heap = heap_bytes() - empty;
    let snapshot = buffer.snapshot();
    assert!(snapshot.is_balanced(), "every record is somewhere");
    let counts = snapshot.counts;
    let dropped: Map<_, _> = DropReason::ALL
        .into_iter()
        .map(|reason| (reason.name().to_owned(), json!(counts.dropped(reason).records)))
        .collect();
    json!({
        "hours": hours,
        "recorded": counts.recorded.records,
        "datumsWaiting": waiting.size.datums,
        "pointsWaiting": waiting.points.records,
        "dropped": dropped,
        "heapBytes": heap,
        "peakHeapBytes": peak,
        "nsPerRecord": ratio(draining, counts.recorded.records),
        "microsPerAttempt": attempt / 1_000,
    })
}

/// Returns the series of a metric, by their numbers.
fn series_of(buffer: &Buffer, metric: Metric) -> impl Fn(u32) -> u32 {
    let id = define(buffer, metric);
    move |number| resolve(buffer, id, &labels(metric, number)).id.0
}

fn heap_bytes() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

fn allocator_calls() -> usize {
    let stats = ALLOCATOR.stats();
    stats.allocations + stats.reallocations
}

/// Rounded to a tenth.
#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn ratio(total: u128, count: u64) -> f64 {
    (total as f64 * 10.0 / count as f64).round() / 10.0
}
