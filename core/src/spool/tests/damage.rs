//! Files that are cut off, in which bits are flipped, or that are of others.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{
    lives::{play, step},
    memory::{TestMemory, layout},
    world::{Life, Records, World, spool},
};
use crate::{
    mapped::fuse,
    resolution::WindowStart,
    ring::HEAD,
    sample::{MAX_MAGNITUDE, MIN_MAGNITUDE, Sample},
    series::SeriesId,
    spool::{
        ADOPTED, Damage, MAX_COUNT, Remains,
        event::{Event, Lot},
        layout::{HEADER, Header},
        remains::read_as,
    },
    strategies::cases,
    window::{Dropped, Part, Piece},
};

/// Lets a process do something, kills it, and returns what it recorded and its file.
fn file(steps: &[super::lives::Step], stores: u64) -> (World, Vec<u64>) {
    let mut world = World::default();
    let mut now = 1_000_000_000;
    let mut life = Life::begin(&mut world, 100_000);
    fuse::set(stores);
    for step in steps {
        play(&mut life, &mut world, &mut now, step);
    }
    life.end(&mut world);
    let image = world.left.pop().unwrap();
    (world, image)
}

fn read(image: &[u64]) -> Result<Option<Remains>, Damage> {
    read_as(image, |_| Some(layout()), WindowStart(1_000_000))
}

/// Lets another process adopt and deliver what is left of a file. Returns what arrived.
fn deliver(image: &[u64]) -> Records {
    let mut world = World::default();
    if let Ok(Some(mut remains)) = read(image) {
        let mut image = image.to_vec();
        let mut life = Life::begin(&mut world, 100_000);
        while !life.adopt_one(&mut image, &remains, true) {
            life.flush(&mut world);
            remains = read(&image).unwrap().unwrap();
        }
        life.flush(&mut world);
        assert!(life.buffer.snapshot().is_balanced());
        life.end(&mut world);
    }
    world.received
}

fn series() -> impl Strategy<Value = SeriesId> {
    prop_oneof![9 => 0..8_u32, 1 => any::<u32>()].prop_map(SeriesId)
}

fn window() -> impl Strategy<Value = WindowStart> {
    prop_oneof![(0..40_i64).prop_map(|minute| 60 * minute + 999_960), any::<i64>()].prop_map(WindowStart)
}

fn samples() -> impl Strategy<Value = Vec<Sample>> {
    let value = prop_oneof![Just(1.0), Just(2.0), prop::num::f64::ANY];
    let count = prop_oneof![1..5_u64, Just(MAX_COUNT), any::<u64>()];
    prop::collection::vec((value, count).prop_map(|(value, count)| Sample { value, count }), 0..5)
}

fn lots() -> impl Strategy<Value = Vec<Lot>> {
    let lot = (window(), series(), any::<bool>(), samples());
    let lot = lot.prop_map(|(window, series, is_unsure, samples)| Lot { window, series, is_unsure, samples });
    prop::collection::vec(lot, 0..4)
}

fn part() -> impl Strategy<Value = Part> {
    prop::sample::select(vec![Part::New, Part::GivenBack, Part::Unsure])
}

fn pieces() -> impl Strategy<Value = Vec<Piece>> {
    let piece = (window(), series(), part(), samples());
    let piece = piece.prop_map(|(window, series, part, samples)| Piece { window, series, part, samples });
    prop::collection::vec(piece, 0..4)
}

fn dropped() -> impl Strategy<Value = Vec<Dropped>> {
    let dropped = (window(), series(), part());
    prop::collection::vec(dropped.prop_map(|(window, series, part)| Dropped { window, series, part }), 0..4)
}

/// An entry of a program that keeps no rule.
fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        any::<bool>().prop_map(|with_held| Event::Cut { with_held }),
        lots().prop_map(Event::Taken),
        lots().prop_map(Event::Sending),
        lots().prop_map(Event::Refused),
        lots().prop_map(Event::Applied),
        lots().prop_map(Event::Dropped),
        (lots(), any::<bool>(), any::<bool>())
            .prop_map(|(lots, are_held, may_be_applied)| Event::GivenBack { lots, are_held, may_be_applied }),
        (dropped(), dropped()).prop_map(|(waiting, held)| Event::Shed { waiting, held }),
        (any::<u64>(), any::<u64>(), pieces()).prop_map(|(file, end, pieces)| Event::Adopted {
            file,
            end,
            pieces
        }),
    ]
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn whatever_a_file_says_only_records_that_can_be_made_are_delivered(
        events in prop::collection::vec(event(), 1..20),
        already_adopted in prop_oneof![3 => Just(0), 1 => any::<u64>()],
    ) {
        fuse::set(u64::MAX);
        let memory = TestMemory::take();
        let (mut writer, catalogue) = spool(&memory, 1);
        for event in &events {
            writer.append_event(event);
        }
        let life = Life::with_spool(memory, (writer, catalogue), 100_000);
        for labels in [(false, 0, 0), (false, 1, 0), (true, 0, 0)] {
            life.resolve(labels);
        }
        let mut image = life.memory.image();
        life.end(&mut World::default());
        image[ADOPTED] = already_adopted;
        for (value, count) in deliver(&image).samples() {
            prop_assert!(value == 0.0 || (MIN_MAGNITUDE..=MAX_MAGNITUDE).contains(&value.abs()), "{value}");
            prop_assert!(count <= 100 * MAX_COUNT, "{count}");
        }
    }
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn nothing_is_invented_from_a_file_with_flipped_bits(
        steps in prop::collection::vec(step(), 1..60),
        stores in prop_oneof![0..60_000_u64, Just(u64::MAX)],
        flips in prop::collection::vec((prop_oneof![0..8_usize, 0..5_000_usize, any::<usize>()], 0..64_u32), 1..4),
    ) {
        let (world, mut image) = file(&steps, stores);
        for (word, bit) in flips {
            let words = image.len();
            image[word % words] ^= 1 << bit;
        }
        let arrived = deliver(&image);
        // A bit of a ring changes a value or the name of a series; there is never more than was recorded.
        prop_assert!(arrived.total() <= world.recorded.total() + world.perhaps_recorded.total());
    }

    #[test]
    fn nothing_is_invented_from_a_file_that_was_cut_off(
        steps in prop::collection::vec(step(), 1..60),
        cut in any::<usize>(),
    ) {
        let (world, image) = file(&steps, u64::MAX);
        let cut = cut % image.len();
        let mut zeros = image.clone();
        zeros[cut..].fill(0);
        // In a ring, a value that is missing is zero.
        prop_assert!(deliver(&zeros).total() <= world.recorded.total());
        prop_assert_eq!(deliver(&image[..cut]).exceeds(&[&world.recorded]), None);
    }
}

#[test]
fn a_foreign_a_newer_and_an_empty_file_are_told_apart() {
    let (_, image) = file(&[], u64::MAX);
    assert!(matches!(read(&image), Ok(Some(_))));
    assert!(matches!(read(&vec![0; image.len()]), Ok(None)));
    assert!(matches!(read(&[]), Ok(None)));
    let mut foreign = image.clone();
    foreign[0] = 7;
    assert!(matches!(read(&foreign), Err(Damage::Foreign)));
    let mut torn = image.clone();
    torn[2] ^= 1;
    assert!(matches!(read(&torn), Err(Damage::Torn)));
    let mut newer = image;
    newer[1] = 2;
    assert!(matches!(read(&newer), Err(Damage::OtherVersion | Damage::Torn)));
}

#[test]
fn damage_that_would_hide_records_is_noticed() {
    let mut world = World::default();
    let mut life = Life::begin(&mut world, 100_000);
    life.record(&mut world, 0, (false, 1, 1), 1.0, 3);
    life.buffer.drain();
    life.record(&mut world, 0, (true, 1, 1), 2.0, 3);
    life.end(&mut world);
    let image = world.left.pop().unwrap();
    assert!(!read(&image).unwrap().unwrap().is_torn);
    let damages: [fn(&mut [u64]); 4] = [
        |image| image[ADOPTED] = 1_000,
        |image| image.swap(Header::LOG_START, Header::LOG_END),
        |image| image[layout().rings[0].header.start + HEAD / 2] ^= 1 << (20 + 32 * (HEAD % 2)),
        |image| image[layout().rings[0].note] |= 1 << 40,
    ];
    for (index, damage) in damages.into_iter().enumerate() {
        let mut copy = image.clone();
        damage(&mut copy);
        assert!(read(&copy).unwrap().unwrap().is_torn, "the damage {index}");
    }
    let mut adopted = image;
    adopted[ADOPTED] = 1_000;
    assert_eq!(deliver(&adopted).total(), 6);
}

#[test]
fn series_of_which_nothing_is_left_are_not_taken_over() {
    let mut world = World::default();
    let mut life = Life::begin(&mut world, 100_000);
    for region in 0..10 {
        life.record(&mut world, 0, (true, region, 0), 1.0, 1);
        life.record(&mut world, 0, (false, region, 0), 1.0, 1);
    }
    life.flush(&mut world);
    life.record(&mut world, 0, (true, 7, 0), 1.0, 1);
    life.end(&mut world);
    let mut image = world.left.pop().unwrap();
    let remains = read(&image).unwrap().unwrap();
    assert_eq!(remains.series.iter().filter(|row| !row.id.is_rollup()).count(), 20);
    let life = Life::begin(&mut world, 100_000);
    assert!(life.adopt_one(&mut image, &remains, true));
    assert_eq!(life.buffer.snapshot().series.all, 1);
    life.end(&mut world);
}

#[test]
fn nothing_is_invented_from_a_file_that_is_cut_off_at_any_of_its_words() {
    let mut world = World::default();
    let mut life = Life::begin(&mut world, 100_000);
    let value = |region: u8| f64::from(region) + 1.0;
    for region in 0..10 {
        life.record(&mut world, 0, (true, region, 0), value(region), 3);
        life.record(&mut world, 0, (false, region, 0), value(region), 3);
        life.buffer.drain();
    }
    life.take(false, 4);
    life.send(&mut world, 0, true);
    life.send(&mut world, 0, false);
    life.record(&mut world, 0, (true, 1, 0), value(1), 5);
    life.buffer.drain();
    life.record(&mut world, 0, (false, 2, 0), value(2), 7);
    life.end(&mut world);
    let image = world.left.pop().unwrap();
    let mut recorded = BTreeMap::<u64, u64>::new();
    for (value, count) in world.recorded.samples() {
        *recorded.entry(value.to_bits()).or_default() += count;
    }
    for cut in 0..=image.len() {
        let remains = match read(&image[..cut]) {
            Ok(Some(remains)) => remains,
            // Too short to tell what it was.
            Ok(None) if cut < 4 => continue,
            Err(Damage::Torn) if cut < HEADER => continue,
            other => panic!("cut off at {cut}: {other:?}"),
        };
        assert_eq!(remains.is_torn, cut < image.len(), "cut off at {cut}");
        let mut left = recorded.clone();
        for Sample { value, count } in remains.pieces.into_iter().flat_map(|piece| piece.samples) {
            let left = left.get_mut(&value.to_bits()).unwrap();
            *left = left.checked_sub(count).unwrap_or_else(|| panic!("cut off at {cut}: too often {value}"));
        }
    }
}
