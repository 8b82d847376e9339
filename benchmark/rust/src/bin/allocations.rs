//! Prints, for each case, how often the allocator is asked for memory: name, allocations and reallocations, and
//! records or datums, on one line each.

use std::alloc::System;

use hkm_benchmark::cases::CASES;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    for case in CASES {
        let mut calls = 0;
        let units = case.ready().run(|work| {
            let region = Region::new(ALLOCATOR);
            work();
            let change = region.change();
            calls = change.allocations + change.reallocations;
        });
        println!("{}\t{calls}\t{units}", case.name);
    }
}
