//! What a datum holds.

/// A value and how often it was recorded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    pub value: f64,
    pub count: u64,
}
