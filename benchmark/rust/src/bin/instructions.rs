//! Runs one case once, for callgrind to count the instructions of [`measured`].
//!
//! Without arguments it prints the cases, a name and a unit on each line; with a name, how many units were run.

use std::process::ExitCode;

use hkm_benchmark::cases::{self, CASES};

fn main() -> ExitCode {
    let Some(name) = std::env::args().nth(1) else {
        for case in CASES {
            println!("{}\t{}", case.name, case.step.unit());
        }
        return ExitCode::SUCCESS;
    };
    let Some(case) = cases::named(&name) else {
        eprintln!("There is no case {name:?}.");
        return ExitCode::FAILURE;
    };
    println!("{}", case.ready().run(measured));
    ExitCode::SUCCESS
}

#[inline(never)]
fn measured(work: &mut dyn FnMut()) {
    work();
}
