//! Plays scenarios of a fleet. `npm run fleet` starts this.
//!
//! ```text
//! fleet '{"scenarios": ["1,000 processes"], "strategy": "stretch", "intervalMs": 30000, "seed": 1}'
//! ```
//!
//! Prints the figures of each scenario as one line of JSON. Without an argument, it prints what it can play.

use std::process::ExitCode;

use hkm_fleet::{
    alone::{self, Alone},
    pacing::Strategy,
    run::{Settings, play},
    scenario::{ALL, Scenario},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Order {
    #[serde(default)]
    scenarios: Vec<String>,
    /// Processes on their own.
    #[serde(default)]
    alone: Vec<String>,
    #[serde(flatten)]
    settings: Settings,
}

fn main() -> ExitCode {
    let Some(order) = std::env::args().nth(1) else {
        let scenarios = ALL.map(|scenario| {
            let Scenario { name, lasts, .. } = scenario;
            json!({ "name": name, "processes": scenario.processes(), "seconds": lasts.as_secs() })
        });
        let alone = alone::ALL.map(|alone| {
            let Alone { name, series, records, lasts, .. } = alone;
            json!({ "name": name, "records": u32::from(series) * u32::from(records), "seconds": lasts.as_secs() })
        });
        println!("{}", json!({ "scenarios": scenarios, "strategies": Strategy::NAMES, "alone": alone }));
        return ExitCode::SUCCESS;
    };
    match obey(&order) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("fleet: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn obey(order: &str) -> Result<(), String> {
    let order: Order = serde_json::from_str(order).map_err(|error| format!("the argument: {error}"))?;
    let Settings { strategy, interval_ms, .. } = &order.settings;
    if !Strategy::NAMES.contains(&&**strategy) {
        return Err(format!("strategy: there is no {strategy}"));
    }
    if *interval_ms == 0 {
        return Err("intervalMs: must not be 0".to_owned());
    }
    let missing = |kind: &str, name: &String| format!("{kind}: there is no {name}");
    let find =
        |name| ALL.iter().find(|scenario| scenario.name == name).ok_or_else(|| missing("scenarios", name));
    let scenarios: Vec<&Scenario> = order.scenarios.iter().map(find).collect::<Result<_, _>>()?;
    let find =
        |name| alone::ALL.iter().find(|alone| alone.name == name).ok_or_else(|| missing("alone", name));
    let alone: Vec<&Alone> = order.alone.iter().map(find).collect::<Result<_, _>>()?;
    for scenario in scenarios {
        tell(&play(scenario, &order.settings))?;
    }
    for alone in alone {
        tell(&alone::play(alone, &order.settings))?;
    }
    Ok(())
}

fn tell(figures: &std::io::Result<impl Serialize>) -> Result<(), String> {
    let figures = figures.as_ref().map_err(ToString::to_string)?;
    println!("{}", serde_json::to_string(figures).map_err(|error| error.to_string())?);
    Ok(())
}
