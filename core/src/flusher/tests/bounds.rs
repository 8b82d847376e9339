//! Long outages: which records are kept, which are dropped, and which warnings there are.

use super::*;
use crate::request::MAX_DATUMS_PER_REQUEST;

const HOURS: i64 = 3;
const MINUTES: i64 = HOURS * 60;
const SERIES: u32 = 20;

/// Enough for half an hour of every series.
const CAP: usize = 30 * SERIES as usize;

/// Records for hours while all requests get the same answer, then lets CloudWatch recover.
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
            assert_eq!(counts.recorded, Points::records(recorded));
            // Each datum has one record here. Records that were taken to be sent are merged back.
            assert!(bed.buffer.drain().size.datums <= CAP);
            assert!(buffered.records + counts.in_flight.records <= 2 * CAP as u64);
            assert_eq!(counts.dropped_total(), counts.dropped(DropReason::BufferFull));
        }
        let before = bed.snapshot();
        assert!(before.counts.dropped_total().records > 0);
        assert_eq!(bed.applied_points(), 0);
        let reported = reported_once_a_minute(&warnings);
        let unreported = before.counts.dropped_total().records - reported;
        assert!(unreported <= 2 * u64::from(SERIES), "{unreported} are more than in the last two minutes");

        bed.sink.script.borrow_mut().clear();
        bed.flush(millis(60_000)).await.unwrap();
        let after = bed.snapshot();
        let dropped = after.counts.dropped(DropReason::BufferFull).records;
        assert_eq!(after.counts.applied.records, recorded - dropped);
        assert_eq!(bed.applied_points(), recorded - dropped);
        assert_eq!((after.buffered, after.counts.in_flight), (Points::records(0), Points::records(0)));

        let windows: Vec<i64> = bed.applied().into_keys().map(|(window, _)| window).collect();
        let (oldest, newest) = (windows[0], windows[windows.len() - 1]);
        assert_eq!(newest, START / 1_000 + (MINUTES - 1) * 60);
        // The newest minutes are left, each with every series.
        let expected = (0..=(newest - oldest) / 60).map(|minute| oldest + minute * 60);
        assert_eq!(windows, expected.flat_map(|window| [window; SERIES as usize]).collect::<Vec<_>>());
        assert!(windows.len() > CAP / 2, "{} of {CAP} are left", windows.len());
    });
}

/// Checks that warnings come at most once a minute and kind. Returns the number of dropped records that they report.
fn reported_once_a_minute(warnings: &[(i64, String)]) -> u64 {
    let drops: Vec<_> = warnings.iter().filter(|(_, text)| text.contains("maxBufferedDatums")).collect();
    assert!(!drops.is_empty(), "{warnings:?}");
    assert!(drops.windows(2).all(|pair| pair[0].0 < pair[1].0), "one a minute at most");
    assert!(drops.iter().all(|(_, text)| !text.starts_with("0 records were dropped")));
    for kind in ["Throttled", "Unanswered", "Denied", "Unreachable"] {
        let of_kind: Vec<_> = warnings.iter().filter(|(_, text)| text.contains(kind)).collect();
        assert!(of_kind.windows(2).all(|pair| pair[0].0 < pair[1].0), "{of_kind:?}");
    }
    let numbers = drops.iter().map(|(_, text)| text.split_once(' ').unwrap().0);
    numbers.map(|number| number.parse::<u64>().unwrap()).sum()
}

#[test]
fn hours_of_refusals_fill_at_most_the_buffer_and_the_newest_minutes_arrive_afterwards() {
    outage(|| (throttled(), millis(20)));
    outage(|| (Outcome::NotApplied(fault(FaultKind::Denied)), millis(1)));
    outage(|| (Outcome::NotApplied(fault(FaultKind::Unreachable)), Duration::ZERO));
}

#[test]
fn hours_without_answers_fill_at_most_the_buffer_and_the_newest_minutes_arrive_afterwards() {
    outage(|| (Outcome::Unknown(fault(FaultKind::Unanswered)), millis(5_000)));
}

#[test]
fn a_slow_cloudwatch_fills_at_most_the_buffer_and_the_requests_in_flight() {
    const SLOW_CAP: usize = 2_000;
    let limits = Limits {
        max_buffered_datums: SLOW_CAP,
        max_buffered_bytes: 64_000_000,
        max_series: SLOW_CAP,
        resolution: Resolution::Second,
    };
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
            // Each datum has one record here. A pass is at most the buffer, and starts when the previous one is in flight.
            // A slow CloudWatch is a healthy one, so each series may have one datum more.
            let buffer = 2 * SLOW_CAP + 1;
            let most = 2 * buffer + MAX_CONCURRENT_REQUESTS * MAX_DATUMS_PER_REQUEST;
            assert!(buffered.records + counts.in_flight.records <= most as u64, "{second} s: {counts:?}");
        }
        assert!(bed.snapshot().counts.dropped(DropReason::BufferFull).records > 0);
        assert!(bed.warnings.take().iter().any(|warning| warning.contains("maxBufferedDatums")));
    });
}

#[test]
fn a_warning_reports_how_many_of_its_kind_were_held_back_in_the_last_minute() {
    simulated(|bed| async move {
        let series = bed.resolve("tool");
        bed.record(series, 1.0);
        for _ in 0..1_000 {
            bed.answer(unreachable(), Duration::ZERO);
        }
        let began = Instant::now();
        let advice = FaultKind::Unreachable.advice();
        let plain = format!(
            "Metrics were not delivered; they are kept and sent again. {advice}. Unreachable: on purpose"
        );
        let (mut warned, mut held_back, mut before) = (0, 0, 0);
        while began.elapsed() < millis(1_800_000) {
            sleep(millis(10)).await;
            let attempts = bed.sink.requests.borrow().len();
            if let [warning] = &bed.warnings.take()[..] {
                warned += 1;
                let told = warning.strip_prefix(&plain).unwrap();
                if !told.is_empty() {
                    let number = told
                        .strip_prefix(" (")
                        .and_then(|told| told.split_once(" more like this were held back)"));
                    let (number, rest) = number.unwrap();
                    assert_eq!(rest, "");
                    held_back += number.parse::<usize>().unwrap();
                }
                // Another attempt may have followed at once.
                assert!((before + 1..=attempts).contains(&(warned + held_back)), "{warning}");
            }
            before = attempts;
        }
        assert!(warned > 10);
    });
}

#[test]
fn flushes_do_not_accumulate_when_cloudwatch_is_slower() {
    const SERIES: usize = 6_000;
    let limits = Limits {
        max_buffered_datums: SERIES,
        max_buffered_bytes: 64_000_000,
        max_series: SERIES,
        resolution: Resolution::Second,
    };
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
            let most = 2 * (2 * SERIES + 1);
            assert!(buffered.records + counts.in_flight.records <= most as u64, "{second} s: {counts:?}");
        }
        assert!(bed.snapshot().counts.dropped(DropReason::BufferFull).records > 0);
    });
}
