//! Kills processes between any two stores, and damages what they leave.

mod damage;
mod entries;
mod lives;
mod memory;
mod world;
