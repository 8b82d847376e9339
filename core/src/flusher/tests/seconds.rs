//! Records of metrics whose windows are seconds.

use super::*;
use crate::definition::Definition;

/// Milliseconds, around the starts of seconds.
const MOMENTS: [u16; 6] = [2_250, 2_990, 3_010, 3_200, 3_990, 4_010];

#[test]
fn the_first_records_of_a_metric_of_seconds_get_their_second_while_others_are_recorded() {
    with_limits(LIMITS, |bed| async move {
        sleep(millis(300)).await;
        bed.record(bed.resolve("a"), 1.0);
        sleep(millis(1_950)).await;
        let definition = Definition { resolution: Some(Resolution::Second), ..metric("Fast", []) };
        let fast = bed.buffer.define(definition).unwrap().id;
        let id = bed.buffer.resolve(fast, &[]).unwrap().id;
        for moment in MOMENTS {
            let elapsed = bed.clock.began.elapsed();
            sleep(millis(moment.into()).checked_sub(elapsed).unwrap()).await;
            bed.record(id.0, f64::from(moment));
        }
        bed.flush(INTERVAL).await.unwrap();
        let applied = bed.applied();
        for moment in MOMENTS {
            let second = START / 1_000 + i64::from(moment / 1_000);
            let values = applied.get(&(second, id.0));
            assert!(
                values.is_some_and(|values| values.contains_key(&f64::from(moment).to_bits())),
                "{moment}"
            );
        }
    });
}

#[test]
fn a_thread_that_the_system_starts_late_gives_records_the_second_in_which_they_were_made() {
    with_limits(LIMITS, |bed| async move {
        let definition = Definition { resolution: Some(Resolution::Second), ..metric("Fast", []) };
        let fast = bed.buffer.define(definition).unwrap().id;
        let id = bed.buffer.resolve(fast, &[]).unwrap().id;
        bed.record(id.0, 1.0);
        // The flusher has not run yet.
        bed.clock.offset.store(1_200, Ordering::Relaxed);
        sleep(millis(300)).await;
        bed.record(id.0, 2.0);
        bed.flush(INTERVAL).await.unwrap();
        let applied = bed.applied();
        for (second, value) in [(0, 1.0_f64), (1, 2.0)] {
            let values = applied.get(&(START / 1_000 + second, id.0));
            assert!(values.is_some_and(|values| values.contains_key(&value.to_bits())), "{applied:?}");
        }
    });
}
