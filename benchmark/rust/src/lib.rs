//! Loads to measure the core with, from a record in a ring to a request ready to be sent.

pub mod cases;
pub mod load;
