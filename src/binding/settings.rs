//! The options and the environment that JavaScript passes to `start`, and their conversion to the settings of the recorder.

use std::{collections::HashMap, time::Duration};

use hkm_core::{buffer::Limits, window::Resolution};
use napi::{Error, Result, Status};
use napi_derive::napi;

use crate::{
    environment::{Enabled, Environment},
    recorder,
};

/// The options and the environment, checked by JavaScript.
#[napi(object)]
pub struct StartOptions {
    /// `auto`, `true` or `false`.
    pub enabled: String,
    /// The name of each variable, followed by its value.
    pub variables: Vec<String>,
    pub environment: Option<String>,
    pub region: Option<String>,
    pub endpoint: Option<String>,
    pub flush_interval_ms: f64,
    pub shutdown_timeout_ms: f64,
    pub max_buffered_datums: f64,
    pub max_series: f64,
    /// Whether signals that would end the process are delayed until the records are sent.
    pub signals: bool,
    /// Whether a window lasts a second. Otherwise, it lasts a minute.
    pub is_high_resolution: bool,
}

/// Converts the options.
///
/// # Errors
/// Returns which option is out of range.
pub fn settings(options: StartOptions) -> Result<recorder::Settings> {
    let invalid = |name: &str| Error::new(Status::InvalidArg, format!("{name} is out of range"));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was checked")]
    let count = |value: f64, name| {
        ((1.0..=f64::from(u32::MAX)).contains(&value)).then_some(value as usize).ok_or_else(|| invalid(name))
    };
    Ok(recorder::Settings {
        enabled: match options.enabled.as_str() {
            "auto" => Enabled::Auto,
            "true" => Enabled::Always,
            "false" => Enabled::Never,
            _ => return Err(invalid("enabled")),
        },
        environment: Environment::new(pairs(options.variables)),
        deployment: options.environment,
        region: options.region,
        endpoint: options.endpoint,
        flush_interval: millis(options.flush_interval_ms)?,
        shutdown_timeout: millis(options.shutdown_timeout_ms)?,
        handles_signals: options.signals,
        limits: Limits {
            max_buffered_datums: count(options.max_buffered_datums, "maxBufferedDatums")?,
            max_series: count(options.max_series, "maxSeries")?,
            resolution: if options.is_high_resolution { Resolution::Second } else { Resolution::Minute },
        },
    })
}

fn pairs(flat: Vec<String>) -> HashMap<String, String> {
    let mut flat = flat.into_iter();
    std::iter::from_fn(|| flat.next().zip(flat.next())).collect()
}

/// Converts milliseconds.
///
/// # Errors
/// Returns an error if the number is negative or not finite.
pub fn millis(millis: f64) -> Result<Duration> {
    Duration::try_from_secs_f64(millis / 1_000.0)
        .map_err(|error| Error::new(Status::InvalidArg, format!("{millis} ms: {error}")))
}
