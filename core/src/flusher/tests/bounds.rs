//! Hours without CloudWatch: what is kept, what is dropped, and what is told.

use super::*;
use crate::request::MAX_DATUMS_PER_REQUEST;

const HOURS: i64 = 3;
const MINUTES: i64 = HOURS * 60;
const SERIES: u32 = 20;

/// Room for half an hour of every series.
const CAP: usize = 30 * SERIES as usize;

/// Hours of records while every request is answered alike, then a CloudWatch that works again.
fn outage(answer: fn() -> (Outcome, Duration)) {
    with_limits(Limits { max_buffered_datums: CAP, ..LIMITS }, |bed| async move {
        for _ in 0..20 * MINUTES {
            let (outcome, after) = answer();
            bed.answer(outcome, after);
        }
        let series: Vec<_> = (0..SERIES).map(|tool| bed.resolve(&tool.to_string())).collect();
        let mut warnings: Vec<(i64, String)> = Vec::new();
        let mut recorded = 0;
        for minute in 0..MINUTES {
            for &series in &series {
                bed.record(series, 1.0);
                recorded += 1;
            }
            if minute % 60 == 59 {
                let began = Instant::now();
                bed.flush(millis(10_000)).await.unwrap();
                assert_eq!(began.elapsed(), millis(10_000));
                sleep(millis(50_000)).await;
            } else {
                sleep(millis(60_000)).await;
            }
            warnings.extend(bed.warnings.take().into_iter().map(|warning| (minute, warning)));

            let Snapshot { counts, buffered, .. } = bed.snapshot();
            assert_eq!(counts.recorded, Points(recorded));
            // A point is a datum here. What was taken to be sent is on its way back.
            assert!(bed.buffer.drain().datums <= CAP);
            assert!(buffered.0 + counts.in_flight.0 <= 2 * CAP as u64);
            assert_eq!(counts.dropped_total(), counts.dropped(DropReason::BufferFull));
        }
        let before = bed.snapshot();
        assert!(before.counts.dropped_total() > Points(0));
        assert_eq!(bed.applied_points(), 0);
        let told = told_once_a_minute(&warnings);
        let untold = before.counts.dropped_total().0 - told;
        assert!(
            untold <= 2 * u64::from(SERIES),
            "{untold} records more than the last minutes' were not told"
        );

        bed.sink.script.borrow_mut().clear();
        bed.flush(millis(60_000)).await.unwrap();
        let after = bed.snapshot();
        let dropped = after.counts.dropped(DropReason::BufferFull).0;
        assert_eq!(after.counts.applied.0, recorded - dropped);
        assert_eq!(bed.applied_points(), recorded - dropped);
        assert_eq!((after.buffered, after.counts.in_flight), (Points(0), Points(0)));

        let windows: Vec<i64> = bed.applied().into_keys().map(|(window, _)| window).collect();
        let (oldest, newest) = (windows[0], windows[windows.len() - 1]);
        assert_eq!(newest, START / 1_000 + (MINUTES - 1) * 60);
        // The newest minutes, each of them with every series.
        let expected = (0..=(newest - oldest) / 60).map(|minute| oldest + minute * 60);
        assert_eq!(windows, expected.flat_map(|window| [window; SERIES as usize]).collect::<Vec<_>>());
        assert!(windows.len() > CAP / 2, "{} of {CAP} are left", windows.len());
    });
}

/// Warnings about what was dropped tell how many, and how many warnings there were none of. Gives the number of
/// records that they tell of in all.
fn told_once_a_minute(warnings: &[(i64, String)]) -> u64 {
    let drops: Vec<_> = warnings.iter().filter(|(_, text)| text.contains("maxBufferedDatums")).collect();
    assert!(!drops.is_empty(), "{warnings:?}");
    assert!(drops.windows(2).all(|pair| pair[0].0 < pair[1].0), "one a minute at most");
    assert!(drops.iter().all(|(_, text)| !text.starts_with("0 records were dropped")));
    for kind in ["Throttled", "Unanswered", "Denied", "Unreachable"] {
        let told: Vec<_> = warnings.iter().filter(|(_, text)| text.contains(kind)).collect();
        assert!(told.windows(2).all(|pair| pair[0].0 < pair[1].0), "{told:?}");
    }
    let numbers = drops.iter().map(|(_, text)| text.split_once(' ').unwrap().0);
    numbers.map(|number| number.parse::<u64>().unwrap()).sum()
}

#[test]
fn hours_of_refusals_cost_at_most_the_buffer_and_then_the_newest_minutes_arrive() {
    outage(|| (throttled(), millis(20)));
    outage(|| (Outcome::NotApplied(fault(FaultKind::Denied)), millis(1)));
    outage(|| (Outcome::NotApplied(fault(FaultKind::Unreachable)), Duration::ZERO));
}

#[test]
fn hours_of_silence_cost_at_most_the_buffer_and_then_the_newest_minutes_arrive() {
    outage(|| (Outcome::Unknown(fault(FaultKind::Unanswered)), millis(5_000)));
}

#[test]
fn a_slow_cloudwatch_costs_no_more_than_the_buffer_and_what_is_on_its_way() {
    const SLOW_CAP: usize = 2_000;
    let limits = Limits { max_buffered_datums: SLOW_CAP, resolution: Resolution::Second, ..LIMITS };
    with_limits(limits, |bed| async move {
        for _ in 0..1_000 {
            bed.answer(Outcome::Applied, millis(4_900));
        }
        let series: Vec<_> = (0..SLOW_CAP).map(|tool| bed.resolve(&tool.to_string())).collect();
        for second in 0..120 {
            for &series in &series {
                bed.record(series, 1.0);
            }
            sleep(millis(1_000)).await;
            let Snapshot { counts, buffered, .. } = bed.snapshot();
            // A point is a datum here. A pass is at most the buffer, and begun when the one before is in the air.
            let most = 2 * SLOW_CAP + MAX_CONCURRENT_REQUESTS * MAX_DATUMS_PER_REQUEST;
            assert!(buffered.0 + counts.in_flight.0 <= most as u64, "{second} s: {counts:?}");
        }
        assert!(bed.snapshot().counts.dropped(DropReason::BufferFull) > Points(0));
        assert!(bed.warnings.take().iter().any(|warning| warning.contains("maxBufferedDatums")));
    });
}

#[test]
fn a_warning_tells_how_many_of_its_kind_were_held_back_in_the_last_minute() {
    simulated(|bed| async move {
        let series = bed.resolve("tool");
        bed.record(series, 1.0);
        for _ in 0..1_000 {
            bed.answer(throttled(), Duration::ZERO);
        }
        let began = Instant::now();
        let mut told = 0;
        let mut attempts = 0;
        while began.elapsed() < millis(1_800_000) {
            sleep(millis(10)).await;
            let [warning] = &bed.warnings.take()[..] else { continue };
            let now = bed.sink.requests.borrow().len();
            let held_back = now - attempts - 1;
            attempts = now;
            told += 1;
            let expected = if held_back == 0 {
                String::new()
            } else {
                format!(" ({held_back} more like this were held back)")
            };
            let plain = "Metrics were not delivered, they are kept and sent again. CloudWatch throttles this account: ask \
                         for a higher PutMetricData quota. Throttled: on purpose";
            assert_eq!(*warning, format!("{plain}{expected}"));
        }
        assert!(told > 10);
    });
}

#[test]
fn flushes_that_a_slow_cloudwatch_cannot_follow_do_not_pile_up() {
    const SERIES: usize = 6_000;
    let limits = Limits { max_buffered_datums: SERIES, resolution: Resolution::Second, ..LIMITS };
    with_limits(limits, |bed| async move {
        for _ in 0..1_000 {
            bed.answer(Outcome::Applied, millis(60_000));
        }
        let series: Vec<_> = (0..SERIES).map(|tool| bed.resolve(&tool.to_string())).collect();
        for second in 0..30 {
            for &series in &series {
                bed.record(series, 1.0);
            }
            let _unawaited = bed.flush(millis(10_000));
            sleep(millis(1_000)).await;
            let Snapshot { counts, buffered, .. } = bed.snapshot();
            assert!(buffered.0 + counts.in_flight.0 <= 2 * SERIES as u64, "{second} s: {counts:?}");
        }
        assert!(bed.snapshot().counts.dropped(DropReason::BufferFull) > Points(0));
    });
}
