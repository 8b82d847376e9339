//! Nanoseconds a record or a datum of each case: `cargo bench -p hkm-benchmark`.

use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use hkm_benchmark::cases::CASES;

fn time(criterion: &mut Criterion) {
    for case in CASES {
        let mut ready = case.ready();
        criterion.bench_function(&format!("{}, a {}", case.name, case.step.unit()), |bencher| {
            // An iteration is one record or datum; they come by the thousand.
            bencher.iter_custom(|iterations| {
                let (mut spent, mut units) = (Duration::ZERO, 0);
                while units < iterations {
                    units += ready.run(|work| {
                        let started = Instant::now();
                        work();
                        spent += started.elapsed();
                    }) as u64;
                }
                #[expect(clippy::cast_precision_loss, reason = "so many are never run")]
                let share = iterations as f64 / units as f64;
                spent.mul_f64(share)
            });
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(2));
    targets = time
}
criterion_main!(benches);
