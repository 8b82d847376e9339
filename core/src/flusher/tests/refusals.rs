//! Tests of refusals: the search for culprits, and refusals of everything.

use super::*;
use crate::{request::Request, strategies::cases};

fn rejected() -> Outcome {
    Outcome::Rejected(fault(FaultKind::Invalid))
}

fn too_large() -> Outcome {
    Outcome::TooLarge(fault(FaultKind::Invalid))
}

/// Records one value for each of a number of series.
fn record_series(bed: &Bed, series: u32) {
    for tool in 0..series {
        bed.record(bed.resolve(&tool.to_string()), 1.0);
    }
}

/// Answers with a refusal if a request has a sample that is poison.
fn refuse_if(bed: &Bed, is_poison: impl Fn(SeriesId, f64) -> bool + 'static) {
    bed.sink.judge(move |request: &Request| {
        let mut samples = request
            .datums
            .iter()
            .flat_map(|datum| datum.samples.iter().map(|sample| (datum.id, sample.value)));
        if samples.any(|(id, value)| is_poison(id, value)) { rejected() } else { Outcome::Applied }
    });
}

#[test]
fn of_a_hundred_values_of_a_datum_only_the_refused_one_is_dropped() {
    simulated(|bed| async move {
        let series = bed.resolve("tool");
        for value in 0..101_u32 {
            bed.record(series, f64::from(value));
        }
        refuse_if(&bed, |_, value| value.to_bits() == 63.0_f64.to_bits());
        bed.flush(INTERVAL).await.unwrap();
        let counts = bed.snapshot().counts;
        assert_eq!(
            (counts.applied, counts.dropped(DropReason::Rejected)),
            (Points::records(100), Points::records(1))
        );
        assert!(bed.sink.requests.borrow().len() < 20);
    });
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn exactly_the_refused_values_are_dropped_if_anything_is_accepted(
        records in prop::collection::vec((0..300_u32, 0..400_u32), 2..1_500),
        poison in prop::collection::btree_set((0..300_u32, 0..400_u32), 0..20),
    ) {
        simulated(|bed| async move {
            let series: Vec<_> = (0..300).map(|tool: u32| bed.resolve(&tool.to_string())).collect();
            for &(tool, value) in &records {
                bed.record(series[tool as usize], f64::from(value));
            }
            let bad: std::collections::BTreeSet<_> =
                poison.iter().map(|&(tool, value)| (series[tool as usize], f64::from(value).to_bits())).collect();
            let expected = records.iter().filter(|record| poison.contains(record)).count() as u64;
            refuse_if(&bed, move |id, value| bad.contains(&(id.0, value.to_bits())));
            bed.flush(millis(600_000)).await.unwrap();
            let counts = bed.snapshot().counts;
            let all = records.len() as u64;
            if expected == all {
                assert_eq!(counts.dropped_total(), Points::records(0), "nothing was accepted");
            } else {
                assert_eq!(counts.dropped(DropReason::Rejected), Points::records(expected));
                assert_eq!(counts.applied, Points::records(all - expected));
            }
        });
    }
}

#[test]
fn if_everything_is_refused_all_is_kept_and_few_requests_are_made() {
    simulated(|bed| async move {
        record_series(&bed, 5_000);
        bed.sink.judge(|_| rejected());
        bed.flush(millis(1)).await.unwrap();
        sleep(millis(40)).await;
        let requests = bed.sink.requests.borrow().len();
        // Those that were in flight when the search ended have been counted too.
        assert!(requests <= 32 + MAX_CONCURRENT_REQUESTS, "{requests}");
        let snapshot = bed.snapshot();
        assert_eq!(
            (snapshot.buffered, snapshot.counts.dropped_total()),
            (Points::records(5_000), Points::records(0))
        );
        let warnings = bed.warnings.take();
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].contains("CloudWatch refuses everything that is sent"), "{warnings:?}");

        sleep(millis(600_000)).await;
        let later = bed.sink.requests.borrow().len() - requests;
        assert!(later < 40, "{later} requests in ten minutes of backoff");
        bed.sink.judge(|_| Outcome::Applied);
        bed.flush(INTERVAL).await.unwrap();
        assert_eq!(bed.snapshot().counts.applied, Points::records(5_000));
    });
}

#[test]
fn a_refusal_of_everything_that_ends_during_the_search_drops_nothing() {
    for accepted_after in 1..40 {
        simulated(|bed| async move {
            record_series(&bed, 600);
            let refused = Cell::new(0);
            bed.sink.judge(move |_| {
                refused.set(refused.get() + 1);
                if refused.get() > accepted_after { Outcome::Applied } else { rejected() }
            });
            bed.flush(millis(600_000)).await.unwrap();
            let counts = bed.snapshot().counts;
            assert_eq!(counts.applied, Points::records(600), "after {accepted_after} refusals");
        });
    }
}

#[test]
fn a_single_value_that_is_refused_is_kept_until_something_else_is_accepted() {
    simulated(|bed| async move {
        let [good, bad] = ["good", "bad"].map(|tool| bed.resolve(tool));
        bed.record(bad, 1.0);
        refuse_if(&bed, move |id, _| id.0 == bad);
        bed.flush(millis(20_000)).await.unwrap();
        assert_eq!(bed.snapshot().buffered, Points::records(1));
        bed.record(good, 1.0);
        bed.flush(millis(20_000)).await.unwrap();
        let counts = bed.snapshot().counts;
        assert_eq!(
            (counts.applied, counts.dropped(DropReason::Rejected)),
            (Points::records(1), Points::records(1))
        );
    });
}

#[test]
fn if_everything_is_too_large_all_is_kept_and_few_requests_are_made() {
    simulated(|bed| async move {
        record_series(&bed, 1_000);
        bed.sink.judge(|_| too_large());
        bed.flush(millis(1)).await.unwrap();
        sleep(millis(40)).await;
        let requests = bed.sink.requests.borrow().len();
        assert!(requests <= 32 + MAX_CONCURRENT_REQUESTS, "{requests}");
        assert_eq!(bed.snapshot().buffered, Points::records(1_000));
        bed.sink.judge(|request| if request.datums.len() > 7 { too_large() } else { Outcome::Applied });
        bed.flush(millis(60_000)).await.unwrap();
        assert_eq!(bed.snapshot().counts.applied, Points::records(1_000));
    });
}

#[test]
fn while_many_are_refused_the_others_are_delivered() {
    simulated(|bed| async move {
        record_series(&bed, 4_000);
        refuse_if(&bed, |id, _| id.0.is_multiple_of(3));
        bed.flush(millis(600_000)).await.unwrap();
        let counts = bed.snapshot().counts;
        assert_eq!(counts.applied.records + counts.dropped(DropReason::Rejected).records, 4_000);
        assert_eq!(counts.applied, Points::records(2_666));
    });
}

#[test]
fn a_refusal_of_everything_that_begins_during_the_search_drops_nothing() {
    for accepted in 1..30 {
        simulated(|bed| async move {
            record_series(&bed, 100);
            let (answered, is_over) = (Cell::new(0), Rc::new(Cell::new(false)));
            let ended = Rc::clone(&is_over);
            bed.sink.judge(move |_| {
                answered.set(answered.get() + 1);
                // The first request is refused, so that a search begins.
                let is_refused = answered.get() == 1 || answered.get() > 1 + accepted;
                if is_refused && !ended.get() { rejected() } else { Outcome::Applied }
            });
            bed.flush(millis(20_000)).await.unwrap();
            is_over.set(true);
            bed.flush(millis(60_000)).await.unwrap();
            assert_eq!(
                bed.snapshot().counts.applied,
                Points::records(100),
                "after {accepted} accepted requests"
            );
        });
    }
}

#[test]
fn a_poison_value_that_is_sent_first_and_alone_does_not_hold_up_the_others() {
    simulated(|bed| async move {
        let [bad, good] = ["bad", "good"].map(|tool| bed.resolve(tool));
        bed.record(bad, 1.0);
        refuse_if(&bed, move |id, _| id.0 == bad);
        bed.flush(millis(100)).await.unwrap();
        for _ in 0..60 {
            (0..100).for_each(|_| bed.record(good, 1.0));
            sleep(millis(1_000)).await;
        }
        bed.flush(millis(60_000)).await.unwrap();
        let counts = bed.snapshot().counts;
        assert_eq!(
            (counts.applied, counts.dropped(DropReason::Rejected)),
            (Points::records(6_000), Points::records(1))
        );
    });
}

#[test]
fn a_value_that_is_refused_for_good_does_not_hold_up_the_others_of_its_datum() {
    simulated(|bed| async move {
        let series = bed.resolve("tool");
        (0..20_u32).for_each(|value| bed.record(series, f64::from(value)));
        bed.sink.judge(|_| rejected());
        sleep(2 * INTERVAL).await;
        assert_eq!(bed.applied_points(), 0);
        refuse_if(&bed, |_, value| value.to_bits() == 0.0_f64.to_bits());
        sleep(Duration::from_mins(30)).await;
        assert_eq!(bed.applied_points(), 19);
    });
}

#[test]
fn a_search_is_not_slowed_down_while_the_account_is_throttled() {
    simulated(|bed| async move {
        for _ in 0..5 {
            bed.answer(throttled(), Duration::ZERO);
        }
        bed.record(bed.resolve("tool"), 1.0);
        while bed.sink.requests.borrow().len() < 5 {
            sleep(millis(100)).await;
        }
        record_series(&bed, 900);
        let culprit = bed.resolve("700");
        refuse_if(&bed, move |id, _| id.0 == culprit);
        let attempts = bed.sink.requests.borrow().len();
        while bed.sink.requests.borrow().len() == attempts {
            sleep(millis(100)).await;
        }
        let began = Instant::now();
        while bed.snapshot().counts.dropped(DropReason::Rejected).is_zero() {
            sleep(millis(100)).await;
        }
        assert!(began.elapsed() < millis(1_000), "{:?}", began.elapsed());
        assert_eq!(bed.applied_points(), 900);
    });
}

#[test]
fn one_accepted_record_is_evidence_against_several_culprits_that_are_sent_one_by_one() {
    simulated(|bed| async move {
        // Their outcome is unknown, so each pass sends one of them.
        (0..6).for_each(|tool: u32| bed.record(bed.resolve(&tool.to_string()), -1.0));
        bed.sink.judge(|_| Outcome::Unknown(fault(FaultKind::Unavailable)));
        sleep(Duration::from_mins(10)).await;
        refuse_if(&bed, |_, value| value < 0.0);
        sleep(Duration::from_hours(1)).await;
        assert_eq!(bed.snapshot().counts.dropped(DropReason::Rejected), Points::default(), "no evidence");
        bed.record(bed.resolve("good"), 1.0);
        sleep(Duration::from_mins(30)).await;
        let counts = bed.snapshot().counts;
        assert_eq!(
            (counts.applied, counts.dropped(DropReason::Rejected)),
            (Points::records(1), Points::records(6))
        );
    });
}

#[test]
fn after_a_refusal_of_everything_culprits_are_dropped_although_a_pass_has_nothing_else() {
    simulated(|bed| async move {
        (0..60).for_each(|tool: u32| bed.record(bed.resolve(&tool.to_string()), -1.0));
        bed.sink.judge(|_| rejected());
        sleep(2 * INTERVAL).await;
        refuse_if(&bed, |_, value| value < 0.0);
        bed.record(bed.resolve("good"), 1.0);
        sleep(Duration::from_hours(5)).await;
        let counts = bed.snapshot().counts;
        assert_eq!(counts.applied, Points::records(1));
        let Points { records, .. } = counts.dropped(DropReason::Rejected);
        assert!((10..=32).contains(&records), "{records} of 60, on the evidence of one");
    });
}

/// CloudWatch may have some of the records. It refuses everything for a while, and then all but one.
fn a_good_record_gets_its_turn(sent_before: std::ops::Range<usize>, new: std::ops::Range<usize>) {
    const GOOD: usize = 10;
    simulated(|bed| async move {
        let series: Vec<_> = (0..12_u32).map(|tool| bed.resolve(&tool.to_string())).collect();
        let record = |which: std::ops::Range<usize>| {
            which.for_each(|index| bed.record(series[index], if index == GOOD { 1.0 } else { -1.0 }));
        };
        let is_first = Cell::new(true);
        bed.sink.judge(move |_| {
            if is_first.replace(false) { Outcome::Unknown(fault(FaultKind::Unavailable)) } else { rejected() }
        });
        record(sent_before);
        while bed.sink.requests.borrow().is_empty() {
            sleep(millis(100)).await;
        }
        record(new);
        sleep(Duration::from_mins(10)).await;
        assert_eq!(bed.applied_points(), 0);
        assert_eq!(bed.answered(|outcome| matches!(outcome, Outcome::Unknown(_))), 1);
        refuse_if(&bed, |_, value| value < 0.0);
        sleep(Duration::from_hours(1)).await;
        assert_eq!(bed.applied_points(), 1);
    });
}

#[test]
fn a_trial_of_records_sent_before_does_not_lead_those_of_new_ones_past_the_good_one() {
    a_good_record_gets_its_turn(11..12, 0..11);
}

#[test]
fn a_trial_of_new_records_does_not_lead_those_of_ones_sent_before_past_the_good_one() {
    a_good_record_gets_its_turn(0..11, 11..12);
}
