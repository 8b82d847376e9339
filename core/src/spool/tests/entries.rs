//! The log alone, with a buffer of few words.

use std::{collections::VecDeque, sync::Arc};

use proptest::prelude::*;

use super::memory::TestMemory;
use crate::{
    mapped::fuse,
    spool::{
        Memory,
        layout::Header,
        log::{Entries, Log, Place},
    },
    strategies::cases,
};

#[derive(Clone, Debug)]
enum Step {
    Append(usize),
    /// Forgets all before one of the entries.
    Forget(usize),
    ForgetAll,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        10 => prop_oneof![1..100_usize, 1..700_usize].prop_map(Step::Append),
        4 => any::<usize>().prop_map(Step::Forget),
        1 => Just(Step::ForgetAll),
    ]
}

/// Reads the log as another process does.
fn reader(memory: &TestMemory, words: usize) -> (Vec<Vec<u8>>, bool) {
    let image = memory.beginning(1_000 + words);
    let start = Place::of(image[Header::LOG_START]);
    let mut entries = Entries::new(image.as_slice(), 1_000..1_000 + words, start);
    let all = entries.by_ref().collect();
    (all, entries.place().is_before(Place::of(image[Header::LOG_END])))
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn a_reader_finds_what_was_not_forgotten_whenever_the_writer_is_killed(
        steps in prop::collection::vec(step(), 1..200),
        words in 100..300_usize,
        stores in prop_oneof![0..3_000_u64, Just(u64::MAX)],
    ) {
        let memory = TestMemory::take();
        let file: Arc<dyn Memory> = Arc::<TestMemory>::clone(&memory);
        let mut log = Log::new(&file, 1_000..1_000 + words, Header::LOG_START, Header::LOG_END).unwrap();
        fuse::set(stores);
        let mut kept: VecDeque<(Place, Vec<u8>)> = VecDeque::new();
        let contents = |kept: &VecDeque<(Place, Vec<u8>)>| kept.iter().map(|(_, content)| content.clone()).collect::<Vec<_>>();
        for (number, step) in steps.iter().enumerate() {
            let before = contents(&kept);
            match step {
                Step::Append(bytes) => {
                    let content = vec![u8::try_from(number).unwrap(); *bytes];
                    log.encode(|encoded| encoded.extend_from_slice(&content));
                    match log.append() {
                        Some(place) => kept.push_back((place, content)),
                        None => {
                            // At least a quarter of an empty log has room.
                            prop_assert!(!kept.is_empty() || bytes.div_ceil(8) + 8 > words / 2);
                        }
                    }
                }
                Step::Forget(which) => {
                    if !kept.is_empty() {
                        let index = which % kept.len();
                        log.forget_before(kept[index].0);
                        kept.drain(..index);
                    }
                }
                Step::ForgetAll => {
                    log.forget_all();
                    kept.clear();
                }
            }
            let (found, is_torn) = reader(&memory, words);
            prop_assert!(!is_torn);
            let after = contents(&kept);
            if fuse::is_burnt() {
                prop_assert!(found == before || found == after);
                break;
            }
            prop_assert_eq!(&found, &after);
            prop_assert_eq!(log.entries().collect::<Vec<_>>(), found);
        }
        fuse::set(u64::MAX);
        memory.give_back();
    }
}
