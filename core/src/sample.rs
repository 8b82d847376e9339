//! The unit in which values are aggregated and sent.

/// A value and the number of records that have it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    pub value: f64,
    pub count: u64,
}
