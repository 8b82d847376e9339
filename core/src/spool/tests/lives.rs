//! Several processes, one after the other. Each is killed after any number of stores, and the next one adopts what it left.

use proptest::prelude::*;

use super::{
    memory::layout,
    world::{Labels, Life, World},
};
use crate::{
    mapped::fuse,
    spool::{
        LONG,
        layout::Header,
        log::{Entries, Place},
    },
    stats::DropReason,
    strategies::cases,
};

#[derive(Clone, Debug)]
pub enum Step {
    Open,
    Close(usize),
    Record { thread: usize, labels: Labels, value: u8, count: u32 },
    RecordWithoutRing { labels: Labels, value: u8 },
    Drain,
    Sleep,
    Tick(i64),
    Take { with_held: bool, most: usize },
    Send { which: usize, arrives: bool },
    Answer { which: usize, is_lost: bool, refusal: u8 },
    GiveBack { which: usize, are_held: bool },
    Adopt { can_tell: bool },
}

pub fn step() -> impl Strategy<Value = Step> {
    let labels = || (prop::bool::weighted(0.3), 0..3_u8, 0..2_u8);
    let count = prop_oneof![6 => 1..20_u32, 2 => 100..1_500_u32, 1 => Just(17_000)];
    prop_oneof![
        2 => Just(Step::Open),
        1 => any::<usize>().prop_map(Step::Close),
        12 => (any::<usize>(), labels(), 0..5_u8, count)
            .prop_map(|(thread, labels, value, count)| Step::Record { thread, labels, value, count }),
        3 => (labels(), 0..5_u8).prop_map(|(labels, value)| Step::RecordWithoutRing { labels, value }),
        6 => Just(Step::Drain),
        2 => Just(Step::Sleep),
        4 => (0..100_000_i64).prop_map(Step::Tick),
        8 => (prop::bool::weighted(0.6), 1..4_usize).prop_map(|(with_held, most)| Step::Take { with_held, most }),
        16 => (any::<usize>(), any::<bool>()).prop_map(|(which, arrives)| Step::Send { which, arrives }),
        16 => (any::<usize>(), prop::bool::weighted(0.2), any::<u8>())
            .prop_map(|(which, is_lost, refusal)| Step::Answer { which, is_lost, refusal }),
        4 => (any::<usize>(), any::<bool>()).prop_map(|(which, are_held)| Step::GiveBack { which, are_held }),
        2 => prop::bool::weighted(0.7).prop_map(|can_tell| Step::Adopt { can_tell }),
    ]
}

pub fn play(life: &mut Life, world: &mut World, now: &mut i64, step: &Step) {
    match *step {
        Step::Open => {
            if life.threads.len() < 3 {
                life.open_thread();
            }
        }
        Step::Close(which) => {
            if !life.threads.is_empty() {
                life.threads.swap_remove(which % life.threads.len());
                // Now its ring is free for another thread.
                life.buffer.drain();
            }
        }
        Step::Record { thread, labels, value, count } => {
            life.record(world, thread, labels, value.into(), count);
        }
        Step::RecordWithoutRing { labels, value } => life.record_without_ring(world, labels, value.into()),
        Step::Drain => drop(life.buffer.drain()),
        Step::Sleep => {
            let _ = life.buffer.park();
            life.buffer.unpark();
        }
        Step::Tick(by) => {
            *now += by;
            life.clock.set(*now);
        }
        Step::Take { with_held, most } => life.take(with_held, most),
        Step::Send { which, arrives } => life.send(world, which, arrives),
        Step::Answer { which, is_lost, refusal } => life.answer(world, which, is_lost, refusal),
        Step::GiveBack { which, are_held } => life.give_back(which, are_held),
        Step::Adopt { can_tell } => life.adopt(world, can_tell),
    }
}

/// The most datums that may wait. There is always room for the own ones of a process.
fn most() -> impl Strategy<Value = usize> {
    prop_oneof![Just(200), Just(100_000)]
}

/// How many stores a process does before it is killed.
fn stores() -> impl Strategy<Value = u64> {
    prop_oneof![0..300_u64, 300..3_000_u64, 3_000..40_000_u64]
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn a_full_disk_costs_the_living_process_no_record(
        steps in prop::collection::vec(step(), 1..120),
        words in 20_000..60_000_usize,
    ) {
        fuse::set(u64::MAX);
        let mut world = World::default();
        let mut now = 1_000_000_000;
        let mut life = Life::begin(&mut world, 100_000);
        life.memory.set_room(words);
        for step in &steps {
            play(&mut life, &mut world, &mut now, step);
        }
        life.flush(&mut world);
        prop_assert!(life.buffer.snapshot().is_balanced());
        let World { recorded, received, doubtful, dropped, .. } = &world;
        prop_assert_eq!(recorded.exceeds(&[received, dropped]), None, "lost");
        prop_assert_eq!(received.exceeds(&[recorded, doubtful]), None, "copied");
        life.end(&mut world);
    }

    #[test]
    fn each_record_arrives_once_or_as_often_as_requests_of_unknown_outcome_allow(
        lives in prop::collection::vec((prop::collection::vec(step(), 1..120), stores(), most()), 1..5),
        last in prop::collection::vec(step(), 1..40),
    ) {
        let mut world = World::default();
        let mut now = 1_000_000_000;
        for (steps, stores, most) in lives {
            let mut life = Life::begin(&mut world, most);
            fuse::set(stores);
            for step in &steps {
                play(&mut life, &mut world, &mut now, step);
                if Life::is_dead() {
                    break;
                }
            }
            life.end(&mut world);
        }
        let mut life = Life::begin(&mut world, 100_000);
        for step in &last {
            play(&mut life, &mut world, &mut now, step);
        }
        while !world.left.is_empty() {
            life.adopt(&mut world, true);
            life.flush(&mut world);
        }
        life.flush(&mut world);
        prop_assert!(life.buffer.snapshot().is_balanced());
        life.end(&mut world);
        let World { recorded, perhaps_recorded, received, doubtful, dropped, possible_copies, .. } = &world;
        prop_assert_eq!(recorded.exceeds(&[received, dropped]), None, "lost");
        prop_assert_eq!(received.exceeds(&[recorded, perhaps_recorded, doubtful]), None, "copied");
        let copies = received.excess(&[recorded, perhaps_recorded]);
        prop_assert!(copies <= *possible_copies, "{copies} copies, {possible_copies} possible");
    }
}

#[test]
fn series_that_had_no_room_on_a_disk_are_kept_once_there_is_room() {
    fuse::set(u64::MAX);
    let mut world = World::default();
    let life = Life::begin(&mut world, 100_000);
    life.memory.set_room(0);
    let mut labels = (0..=u8::MAX).map(|region| (false, region, 0));
    while life.buffer.is_spool_whole() {
        life.record_without_ring(&mut world, labels.next().unwrap(), 1.0);
    }
    life.memory.set_room(usize::MAX);
    life.record_without_ring(&mut world, labels.next().unwrap(), 1.0);
    assert!(life.buffer.is_spool_whole());
    life.end(&mut world);
    let mut next = Life::begin(&mut world, 100_000);
    next.adopt(&mut world, true);
    next.flush(&mut world);
    next.end(&mut world);
    assert_eq!(world.recorded.exceeds(&[&world.received]), None);
}

#[test]
fn the_series_of_others_leave_half_of_a_file_to_those_of_its_own_process() {
    fuse::set(u64::MAX);
    let mut world = World::default();
    let record = |life: &Life, world: &mut World, plan: u8, series: u8| {
        (0..series).for_each(|region| life.record_without_ring(world, (false, region, plan), 1.0));
    };
    for plan in 0..8 {
        let life = Life::begin(&mut world, 100_000);
        record(&life, &mut world, plan, 200);
        life.end(&mut world);
    }
    let mut adopter = Life::begin(&mut world, 100_000);
    adopter.adopt(&mut world, true);
    assert!((1..8).contains(&world.left.len()), "{} files left", world.left.len());
    record(&adopter, &mut world, 8, 200);
    assert!(adopter.buffer.is_spool_whole());
    adopter.flush(&mut world);
    adopter.end(&mut world);
    for _ in 0..8 {
        let mut next = Life::begin(&mut world, 100_000);
        next.adopt(&mut world, true);
        next.flush(&mut world);
        next.end(&mut world);
    }
    assert_eq!(world.recorded.exceeds(&[&world.received]), None);
}

/// Records `rounds` times a value of each of 250 series, and drains. Returns the most words that the log had.
fn most_words_of_log(life: &mut Life, world: &mut World, rounds: u32, value: impl Fn(u32) -> f64) -> usize {
    let mut most = 0;
    for round in 0..rounds {
        for region in 0..250 {
            life.record(world, 0, (true, region, 0), value(round), 1);
        }
        life.buffer.drain();
        let image = life.memory.beginning(layout().log.end);
        let entries = Entries::new(image.as_slice(), layout().log, Place::of(image[Header::LOG_START]));
        most = most.max(entries.map(|content| content.len() / 8).sum());
    }
    most
}

#[test]
fn a_long_log_is_begun_anew_also_after_an_outage_that_left_much_in_it() {
    fuse::set(u64::MAX);
    let mut world = World::default();
    let mut life = Life::begin(&mut world, 100_000);
    // A value for each record: to begin anew makes the log hardly shorter.
    let most = most_words_of_log(&mut life, &mut world, 70, f64::from);
    assert!(most > 2 * LONG, "{most}");
    life.flush(&mut world);
    life.buffer.drain();
    let most = most_words_of_log(&mut life, &mut world, 140, |_| 1.0);
    assert!((LONG / 2..LONG + LONG / 4).contains(&most), "{most}");
    life.end(&mut world);
}

#[test]
fn what_is_in_flight_finds_its_room_when_it_comes_back_after_more_was_adopted() {
    fuse::set(u64::MAX);
    let mut world = World::default();
    let life = Life::begin(&mut world, 100_000);
    (0..250).for_each(|region| life.record_without_ring(&mut world, (true, region, 0), 1.0));
    life.end(&mut world);
    let mut adopter = Life::begin(&mut world, 200);
    for _ in 0..3 {
        adopter.adopt(&mut world, true);
        adopter.take(true, 1_000);
    }
    (0..30).for_each(|region| adopter.record_without_ring(&mut world, (false, region, 7), 2.0));
    while !adopter.queue.is_empty() {
        adopter.give_back(0, true);
    }
    let counts = adopter.buffer.snapshot().counts;
    assert!(counts.adopted.records > 0);
    assert!(counts.dropped(DropReason::BufferFull).is_zero());
    adopter.end(&mut world);
}
