//! One process with many series: what it holds while CloudWatch takes little or nothing, whether all series get their turn, and
//! how long the return takes.

use std::{cell::RefCell, rc::Rc, sync::Arc, time::Duration};

use hkm_core::{
    buffer::Limits, flusher::Pace, outcome::Outcome, request::Request, sink::Sink, stats::DropReason,
};
use serde::Serialize;
use tokio::{
    runtime::Builder,
    task::LocalSet,
    time::{Instant, sleep, sleep_until},
};

use crate::{
    clock::SimulatedClock,
    cloudwatch::{CloudWatch, Connection, Weather},
    process::{LIMITS, Process},
    run::Settings,
};

const SECOND: Duration = Duration::from_secs(1);

/// How long the process may take to deliver what is left.
const PATIENCE: Duration = Duration::from_hours(1);

/// What a process goes through. It records while CloudWatch takes less than it should, and then no more.
#[derive(Clone, Copy, Debug)]
pub struct Alone {
    pub name: &'static str,
    pub series: u16,
    /// The records of each series a second.
    pub records: u16,
    /// Whether each of them has a value of its own. Otherwise those of a second have the same.
    pub are_distinct: bool,
    /// What CloudWatch is like, for [`Alone::lasts`].
    pub trouble: Weather,
    pub lasts: Duration,
    pub limits: Limits,
}

/// All of them.
pub const ALL: [Alone; 2] = [
    Alone {
        name: "10,000 series, one request a second for 10 minutes",
        series: 10_000,
        records: 1,
        are_distinct: false,
        trouble: Weather { quota: 1.0, ..Weather::FAIR },
        lasts: Duration::from_mins(10),
        limits: LIMITS,
    },
    Alone {
        name: "10,000 series of 1,500 values a minute, an outage of 10 minutes",
        series: 10_000,
        records: 25,
        are_distinct: true,
        trouble: Weather { is_out: true, ..Weather::FAIR },
        lasts: Duration::from_mins(10),
        limits: LIMITS,
    },
];

/// What is told of one of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    pub scenario: &'static str,
    pub seed: u64,
    pub recorded: u64,
    pub dropped: u64,
    pub possible_copies: u64,
    /// The datums of a series that were accepted before the trouble was over: the fewest and the most.
    pub turns_least: u32,
    pub turns_most: u32,
    /// What waited when it was over.
    pub held_datums: usize,
    pub held_bytes: usize,
    /// The requests until then.
    pub requests: u32,
    /// Seconds until all was delivered after that. `None` if it was not.
    pub drained: Option<u64>,
}

/// Counts the datums of each series that CloudWatch has.
struct Turns {
    way: Connection,
    by_series: RefCell<Vec<u32>>,
}

impl Sink for Turns {
    async fn put(&self, request: &Request) -> Outcome {
        let outcome = self.way.put(request).await;
        if outcome == Outcome::Applied {
            let turns = &mut *self.by_series.borrow_mut();
            for place in request.datums.iter().filter_map(|datum| usize::try_from(datum.id.0).ok()) {
                if turns.len() <= place {
                    turns.resize(place + 1, 0);
                }
                turns[place] += 1;
            }
        }
        outcome
    }
}

/// Plays one of them. The strategy is that of the package.
///
/// # Errors
///
/// If the runtime cannot be made.
pub fn play(alone: &Alone, settings: &Settings) -> std::io::Result<Figures> {
    fastrand::seed(settings.seed);
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build()?;
    Ok(LocalSet::new().block_on(&runtime, run(alone, settings)))
}

async fn run(alone: &Alone, settings: &Settings) -> Figures {
    let clock = Arc::new(SimulatedClock::start());
    let Alone { trouble, lasts, .. } = *alone;
    let weather = move |at| if at < lasts { trouble } else { Weather::FAIR };
    let cloudwatch = Rc::new(CloudWatch::new(Arc::clone(&clock), weather, None));
    let way = Connection::new(&cloudwatch, false);
    let sink = Rc::new(Turns { way, by_series: RefCell::default() });
    let pace = Pace::new(Duration::from_millis(u64::from(settings.interval_ms)));
    let process = Process::start(&clock, Rc::clone(&sink), pace, alone.limits, usize::from(alone.series));

    let ends_at = Instant::now() + lasts;
    let mut next = Instant::now();
    while next < ends_at {
        sleep_until(next).await;
        process.record_all(alone.records, alone.are_distinct);
        next += SECOND;
    }
    sleep_until(ends_at).await;
    let held = process.holds();
    let requests = cloudwatch.counted.borrow().seconds.iter().map(|second| second.requests).sum();
    let turns = sink.by_series.borrow().clone();
    while process.waits() && ends_at.elapsed() < PATIENCE {
        sleep(SECOND).await;
    }
    let counts = process.kill().counts;
    // Series without a turn may have no place.
    let all = turns.len() >= usize::from(alone.series);
    Figures {
        scenario: alone.name,
        seed: settings.seed,
        recorded: counts.recorded.records,
        dropped: counts.dropped(DropReason::BufferFull).records,
        possible_copies: counts.possibly_duplicated.records,
        turns_least: if all { turns.iter().copied().min().unwrap_or_default() } else { 0 },
        turns_most: turns.iter().copied().max().unwrap_or_default(),
        held_datums: held.datums,
        held_bytes: held.bytes,
        requests,
        drained: (counts.applied == counts.recorded - counts.dropped_total())
            .then(|| ends_at.elapsed().as_secs()),
    }
}
