//! Runs seeds, one after the other, and prints what occurred as JSON.
//!
//! simulate '{"seed": 7, "trace": true}'            one seed
//! simulate '{"from": 1, "seconds": 60}'            seeds for a time
//! simulate '{"from": 1, "count": 100}'             a number of seeds
//!
//! Exits with 1 at the first seed that breaks a rule.

use std::{
    process::ExitCode,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use hkm_fleet::simulate::{Run, journal::Tally, run};
use serde::{Deserialize, Serialize};

/// A run that takes longer hangs.
const MAX_REAL_TIME: Duration = Duration::from_mins(2);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    seed: Option<u64>,
    #[serde(default)]
    from: u64,
    seconds: Option<f64>,
    count: Option<u64>,
    #[serde(default)]
    trace: bool,
}

#[derive(Default, Serialize)]
struct Summary {
    runs: u64,
    simulated_hours: f64,
    real_seconds: f64,
    failed_seed: Option<u64>,
    occurred: Tally,
}

impl Summary {
    fn add(&mut self, run: &Run) {
        self.runs += 1;
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of hours")]
        let hours = run.lasted as f64 / 3_600_000.0;
        self.simulated_hours += hours;
        for (&what, &times) in &run.tally {
            let all = self.occurred.entry(what).or_default();
            *all = if what.starts_with("most ") { times.max(*all) } else { *all + times };
        }
    }
}

fn main() -> ExitCode {
    let argument = std::env::args().nth(1).unwrap_or_default();
    let Ok(arguments) = serde_json::from_str::<Arguments>(&argument) else {
        eprintln!("usage: simulate '{{\"seed\": N}}' or '{{\"from\": N, \"seconds\": S}}'");
        return ExitCode::FAILURE;
    };
    let began = Instant::now();
    let seeds = match arguments {
        Arguments { seed: Some(seed), .. } => seed..=seed,
        Arguments { from, count: Some(count), .. } => from..=from.saturating_add(count).saturating_sub(1),
        Arguments { from, .. } => from..=u64::MAX,
    };
    let limit = arguments.seconds.filter(|_| arguments.seed.is_none());
    let mut summary = Summary::default();
    guard_against_hangs();
    for seed in seeds {
        if limit.is_some_and(|limit| began.elapsed().as_secs_f64() >= limit) {
            break;
        }
        SEED.store(seed, Ordering::Relaxed);
        let Ok(run) = run(seed, arguments.trace) else { return ExitCode::FAILURE };
        STARTED.fetch_add(1, Ordering::Relaxed);
        summary.add(&run);
        if arguments.trace {
            run.events.iter().for_each(|event| eprintln!("{event}"));
        }
        if run.broken.is_some() {
            report(seed, &run);
            summary.failed_seed = Some(seed);
            break;
        }
    }
    summary.real_seconds = began.elapsed().as_secs_f64();
    println!("{}", serde_json::to_string(&summary).unwrap_or_default());
    ExitCode::from(u8::from(summary.failed_seed.is_some()))
}

fn report(seed: u64, run: &Run) {
    let Some(broken) = &run.broken else { return };
    eprintln!("seed {seed}, step {}, {} ms: {}", broken.step, broken.at, broken.rule);
    eprintln!("  {}", broken.detail);
    eprintln!("  settings: {}", serde_json::to_string(&run.settings).unwrap_or_default());
    eprintln!("  replay: npm run simulate -- --seed {seed} --trace");
}

static SEED: AtomicU64 = AtomicU64::new(0);
static STARTED: AtomicU64 = AtomicU64::new(0);

/// Ends the command if a run hangs: a loop that never waits cannot be stopped from its own thread.
fn guard_against_hangs() {
    std::thread::spawn(|| {
        loop {
            let before = STARTED.load(Ordering::Relaxed);
            std::thread::sleep(MAX_REAL_TIME);
            if STARTED.load(Ordering::Relaxed) == before {
                eprintln!("seed {} hangs", SEED.load(Ordering::Relaxed));
                std::process::exit(1);
            }
        }
    });
}
