//! The options and the environment that JavaScript passes to `start`, and their conversion to the settings of the recorder.

use std::{collections::HashMap, time::Duration};

use hkm_core::{buffer::Limits, resolution::Resolution};
use napi::{Error, Result, Status};

use crate::{
    environment::{Enabled, Environment},
    recorder,
    sink::credentials::role::Role,
    spool,
};

/// Converts the options, the variables that they are combined with, and the environment of a `credential_process`. All are
/// lists of names and values. JavaScript has checked the options.
///
/// # Errors
/// Returns which option is missing, or is out of range.
pub fn settings(
    options: Vec<String>,
    variables: Vec<String>,
    process_environment: Vec<String>,
) -> Result<recorder::Settings> {
    let mut options = Options(pairs(options).collect());
    Ok(recorder::Settings {
        enabled: match options.required("enabled")?.as_str() {
            "auto" => Enabled::Auto,
            "true" => Enabled::Always,
            "false" => Enabled::Never,
            _ => return Err(invalid("enabled")),
        },
        environment: Environment::new(pairs(variables).collect()),
        process_environment: pairs(process_environment).collect(),
        deployment: options.take("environment"),
        region: options.take("region"),
        endpoint: options.take("endpoint"),
        role: options.role(),
        flush_interval: millis(options.number("flushIntervalMs")?)?,
        shutdown_timeout: millis(options.number("shutdownTimeoutMs")?)?,
        handles_signals: options.required("signals")? == "true",
        has_recommended_rollups: options.required("rollups")? == "true",
        limits: Limits {
            max_buffered_datums: options.count("maxBufferedDatums")?,
            max_buffered_bytes: options.count("maxBufferedBytes")?,
            max_series: options.count("maxSeries")?,
            resolution: match options.required("storageResolution")?.as_str() {
                "60" => Resolution::Minute,
                "1" => Resolution::Second,
                _ => return Err(invalid("storageResolution")),
            },
        },
        spool: {
            let max_bytes = options.count("spoolMaxBytes")?;
            options
                .take("spoolDirectory")
                .map(|directory| spool::Settings { directory: directory.into(), max_bytes })
        },
    })
}

/// The options that JavaScript passed: values as text, by their names.
struct Options(HashMap<String, String>);

impl Options {
    fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    fn role(&mut self) -> Option<Role> {
        let [external_id, session_name] = ["roleExternalId", "roleSessionName"].map(|name| self.take(name));
        self.take("roleArn").map(|arn| Role { arn, external_id, session_name })
    }

    fn required(&mut self, name: &str) -> Result<String> {
        self.take(name).ok_or_else(|| invalid(name))
    }

    fn number(&mut self, name: &str) -> Result<f64> {
        self.required(name)?.parse().map_err(|_| invalid(name))
    }

    fn count(&mut self, name: &str) -> Result<usize> {
        let value: u32 = self.required(name)?.parse().map_err(|_| invalid(name))?;
        if value == 0 {
            return Err(invalid(name));
        }
        usize::try_from(value).map_err(|_| invalid(name))
    }
}

fn invalid(name: &str) -> Error {
    Error::new(Status::InvalidArg, format!("{name} is missing or out of range"))
}

fn pairs(flat: Vec<String>) -> impl Iterator<Item = (String, String)> {
    let mut flat = flat.into_iter();
    std::iter::from_fn(move || flat.next().zip(flat.next()))
}

/// Converts milliseconds.
///
/// # Errors
/// Returns an error if the number is negative or not finite.
pub fn millis(millis: f64) -> Result<Duration> {
    Duration::try_from_secs_f64(millis / 1_000.0)
        .map_err(|error| Error::new(Status::InvalidArg, format!("{millis} ms: {error}")))
}
