//! What a fleet goes through.

use std::time::Duration;

use crate::cloudwatch::{QUOTA, Weather};

/// Which processes there are, and when.
#[derive(Clone, Copy, Debug)]
pub enum Population {
    /// Processes that started long ago, at different times.
    Steady(u32),
    /// The same, all of which are restarted within `restarts`, after `after`. Each has `ends` to end.
    Deploy { processes: u32, after: Duration, restarts: Duration, ends: Duration },
    /// Jobs that live for a time, and then have `ends` to end.
    Jobs { per_second: u32, lives: Duration, ends: Duration },
}

/// A fleet, and what CloudWatch is like meanwhile.
#[derive(Clone, Copy)]
pub struct Scenario {
    pub name: &'static str,
    pub population: Population,
    /// It stands for so many times as many processes and requests, which would take so many times as long to play.
    pub scale: u32,
    /// How long records are made, or jobs started.
    pub lasts: Duration,
    /// What the network and the service are like at a time since the start.
    pub weather: fn(Duration) -> Weather,
    /// When the last change is over.
    pub changed: Option<Duration>,
}

/// The time in which a fleet settles, after the start or after a change.
pub const SETTLES: Duration = minutes(1);

const FAIR: fn(Duration) -> Weather = |_| Weather::FAIR;

/// An outage of ten minutes.
const OUTAGE_BEGINS: Duration = Duration::from_secs(90);
const OUTAGE_ENDS: Duration = Duration::from_secs(690);

const QUOTA_FALLS: Duration = minutes(2);

const RESTART_BEGINS: Duration = Duration::from_secs(90);
const RESTARTS: Duration = Duration::from_secs(10);

/// All scenarios.
pub const ALL: [Scenario; 9] = [
    steady("1,000 processes", 1_000, 4),
    steady("10,000 processes", 10_000, 4),
    Scenario {
        weather: |_| Weather { quota: QUOTA / 6.0, ..Weather::FAIR },
        scale: 6,
        ..steady("30,000 processes", 5_000, 10)
    },
    deploy("10,000 restarted in 10 s, 2 s to end", Duration::from_secs(2)),
    deploy("10,000 restarted in 10 s, 15 s to end", Duration::from_secs(15)),
    Scenario {
        weather: |at| {
            let is_out = at >= OUTAGE_BEGINS && at < OUTAGE_ENDS;
            Weather { is_out, quota: QUOTA / 2.0, ..Weather::FAIR }
        },
        changed: Some(OUTAGE_ENDS),
        ..half_of(steady("10,000, an outage of 10 minutes", 10_000, 16))
    },
    Scenario {
        name: "500 jobs a second of 20 s, 2 s to end",
        population: Population::Jobs {
            per_second: 500,
            lives: Duration::from_secs(20),
            ends: Duration::from_secs(2),
        },
        scale: 1,
        lasts: minutes(3),
        weather: FAIR,
        changed: None,
    },
    Scenario {
        weather: |_| Weather { quota: QUOTA / 4.0, ..Weather::FAIR },
        ..half_of(steady("10,000, half of the quota is left", 10_000, 8))
    },
    Scenario {
        weather: |at| {
            let quota = if at < QUOTA_FALLS { QUOTA / 2.0 } else { QUOTA / 8.0 };
            Weather { quota, ..Weather::FAIR }
        },
        changed: Some(QUOTA_FALLS),
        ..half_of(steady("10,000, the quota falls to a quarter", 10_000, 10))
    },
];

impl Scenario {
    /// Returns how many processes are played at the same time.
    #[must_use]
    pub const fn processes(&self) -> u32 {
        match self.population {
            Population::Steady(processes) | Population::Deploy { processes, .. } => processes,
            #[expect(clippy::cast_possible_truncation, reason = "jobs live for less than a century")]
            Population::Jobs { per_second, lives, .. } => per_second * lives.as_secs() as u32,
        }
    }

    /// Returns when the fleet should have settled after the last change.
    #[must_use]
    pub fn settled(&self) -> Duration {
        self.changed.unwrap_or_default() + SETTLES
    }

    /// Returns the share of the last flushes, one of each process that ends, for which the quota has requests. `None` if no
    /// process ends before the scenario does.
    #[must_use]
    pub fn flushes_possible(&self) -> Option<f64> {
        let (flushes, from, time) = match self.population {
            Population::Steady(_) => return None,
            Population::Deploy { processes, after, restarts, ends } => {
                (f64::from(processes), after, restarts + ends)
            }
            Population::Jobs { per_second, lives, ends } => {
                (f64::from(per_second) * self.lasts.as_secs_f64(), lives, self.lasts + ends)
            }
        };
        let quota = (self.weather)(from).quota;
        // The bucket holds the quota of one second.
        Some((quota.mul_add(time.as_secs_f64(), quota) / flushes).min(1.0))
    }
}

const fn steady(name: &'static str, processes: u32, lasts: u64) -> Scenario {
    Scenario {
        name,
        population: Population::Steady(processes),
        scale: 1,
        lasts: minutes(lasts),
        weather: FAIR,
        changed: None,
    }
}

/// Plays half of the processes, for which the weather has half of the quota.
const fn half_of(scenario: Scenario) -> Scenario {
    let Population::Steady(processes) = scenario.population else { return scenario };
    Scenario { population: Population::Steady(processes / 2), scale: 2, ..scenario }
}

const fn deploy(name: &'static str, ends: Duration) -> Scenario {
    let population =
        Population::Deploy { processes: 10_000, after: RESTART_BEGINS, restarts: RESTARTS, ends };
    let changed = RESTART_BEGINS.checked_add(RESTARTS);
    Scenario { name, population, scale: 1, lasts: minutes(4), weather: FAIR, changed }
}

const fn minutes(minutes: u64) -> Duration {
    Duration::from_mins(minutes)
}
