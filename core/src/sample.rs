//! The unit in which values are aggregated and sent.

use serde::{Deserialize, Serialize};

/// A value and the number of records that have it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    pub value: f64,
    pub count: u64,
}

/// The smallest magnitude of a value other than zero: 2^-360.
///
/// CloudWatch refuses smaller ones. Source: `PutMetricData`, "values that are either too small or too large", in the
/// documentation of several SDKs.
pub const MIN_MAGNITUDE: f64 = f64::from_bits((1_023 - 360) << (f64::MANTISSA_DIGITS - 1));

/// The largest magnitude of a value: 2^360. Source: `MetricDatum`, `Value`.
pub const MAX_MAGNITUDE: f64 = f64::from_bits((1_023 + 360) << (f64::MANTISSA_DIGITS - 1));
