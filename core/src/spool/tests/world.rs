//! What processes record, what CloudWatch has of it, and what it may have twice.

use std::{collections::BTreeMap, sync::Arc};

use super::memory::{TestMemory, layout};
use crate::{
    buffer::{Adoption, Buffer, Limits},
    clock::ManualClock,
    definition::{Definition, DimensionSet, MetricId},
    mapped::fuse,
    request::{Request, pack},
    resolution::{Resolution, WindowStart},
    ring::{Producer, Published},
    sample::Sample,
    series::SeriesId,
    spool::{ADOPTED, Catalogue, Memory, Remains, Spool, remains::read_as, was_adopting},
    stats::DropReason,
    strategies::metric,
    window::{Part, Piece},
};

pub const ENVIRONMENT: &str = "test";

/// Records by metric, dimensions and value.
#[derive(Clone, Debug, Default)]
pub struct Records(BTreeMap<(String, u64), u64>);

impl Records {
    pub fn add(&mut self, series: &str, value: f64, count: u64) {
        *self.0.entry((series.to_owned(), value.to_bits())).or_default() += count;
    }

    pub fn remove(&mut self, series: &str, value: f64, count: u64) {
        *self.0.get_mut(&(series.to_owned(), value.to_bits())).unwrap() -= count;
    }

    pub fn of(request: &Request) -> Self {
        let mut records = Self::default();
        for datum in &request.datums {
            let dimensions: Vec<_> =
                datum.series.dimensions(ENVIRONMENT).map(|(name, value)| format!("{name}={value}")).collect();
            let series = format!("{} {}", datum.series.metric.definition.name, dimensions.join(" "));
            datum.samples.iter().for_each(|sample| records.add(&series, sample.value, sample.count));
        }
        records
    }

    pub fn add_all(&mut self, other: &Self) {
        for ((series, bits), count) in &other.0 {
            self.add(series, f64::from_bits(*bits), *count);
        }
    }

    pub fn remove_all(&mut self, other: &Self) {
        for ((series, bits), count) in &other.0 {
            self.remove(series, f64::from_bits(*bits), *count);
        }
    }

    /// Returns the first series of which there are more than in the sum of others.
    pub fn exceeds(&self, others: &[&Self]) -> Option<String> {
        self.0.iter().find_map(|(key, count)| {
            let most: u64 = others.iter().map(|other| other.0.get(key).copied().unwrap_or(0)).sum();
            (*count > most).then(|| format!("{count} of {key:?}, and not at most {most}"))
        })
    }

    /// Returns how many more there are than in the sum of others.
    pub fn excess(&self, others: &[&Self]) -> u64 {
        let more = |(key, count): (&_, &u64)| {
            count.saturating_sub(others.iter().map(|other| other.0.get(key).copied().unwrap_or(0)).sum())
        };
        self.0.iter().map(more).sum()
    }

    /// Returns the values, and how many records have each of them.
    pub fn samples(&self) -> impl Iterator<Item = (f64, u64)> {
        self.0.iter().map(|((_, bits), count)| (f64::from_bits(*bits), *count))
    }

    /// Returns how many there are, without those of roll-ups.
    pub fn total(&self) -> u64 {
        let is_own = |series: &str| series.contains("Plan") || series.starts_with("Ticks");
        self.0.iter().filter(|((series, _), _)| is_own(series)).map(|(_, count)| count).sum()
    }
}

/// A metric with roll-ups, and one whose windows are seconds.
pub fn definitions() -> [Definition; 2] {
    [
        Definition {
            rollups: [DimensionSet::of([0]), DimensionSet::of([])].into(),
            ..metric("Orders", ["Region", "Plan"])
        },
        Definition { resolution: Some(Resolution::Second), ..metric("Ticks", ["Region"]) },
    ]
}

/// The labels of a record.
pub type Labels = (bool, u8, u8);

/// Everything outside of the processes.
#[derive(Default)]
pub struct World {
    /// What was certainly recorded, and in addition what was being recorded when a process died.
    pub recorded: Records,
    pub perhaps_recorded: Records,
    pub received: Records,
    /// What CloudWatch has, and may get once more.
    pub doubtful: Records,
    /// How many copies of records there may be, by the statistics of all processes.
    pub possible_copies: u64,
    /// What was or may have been dropped.
    pub dropped: Records,
    /// The files of dead processes, and the numbers of those.
    pub left: Vec<Vec<u64>>,
    files: u64,
}

impl World {
    /// Lets files say which of their records are in the file of another process that was killed while it adopted them.
    fn tell_adopted(&mut self) {
        for index in 0..self.left.len() {
            let Some(file) = was_adopting(self.left[index].as_slice()) else { continue };
            let remains = Life::read(&self.left[index]);
            if let Some(end) = remains.and_then(|remains| remains.adopted.get(&file).copied()) {
                self.tell(file, end);
            }
        }
    }

    /// Lets a file say how many of its pieces were adopted.
    fn tell(&mut self, file: u64, end: u64) {
        let is_it = |image: &&mut Vec<u64>| Life::read(image).is_some_and(|other| other.file == file);
        if let Some(image) = self.left.iter_mut().find(is_it) {
            image[ADOPTED] = image[ADOPTED].max(end);
        }
    }
}

/// Makes the file of a process.
pub fn spool(memory: &Arc<TestMemory>, id: u64) -> (Spool, Catalogue) {
    let memory: Arc<dyn Memory> = Arc::<TestMemory>::clone(memory);
    Spool::with_layout(&memory, layout(), id, ENVIRONMENT, Resolution::Minute).unwrap()
}

/// A process.
pub struct Life {
    pub buffer: Buffer,
    pub memory: Arc<TestMemory>,
    pub clock: Arc<ManualClock>,
    metrics: [MetricId; 2],
    pub threads: Vec<(crate::buffer::RingId, Producer)>,
    /// Requests that were not sent yet, and those on the wire, of which CloudWatch has some.
    pub queue: Vec<Request>,
    pub wire: Vec<(Request, bool)>,
}

impl Life {
    pub fn begin(world: &mut World, most: usize) -> Self {
        let memory = TestMemory::take();
        world.files += 1;
        let spool = spool(&memory, world.files);
        Self::with_spool(memory, spool, most)
    }

    pub fn with_spool(memory: Arc<TestMemory>, spool: (Spool, Catalogue), most: usize) -> Self {
        let limits = Limits {
            max_buffered_datums: most,
            max_buffered_bytes: 64_000_000,
            max_series: 1_000,
            resolution: Resolution::Minute,
        };
        let clock = Arc::new(ManualClock::at(1_000_000_000));
        let buffer = Buffer::with_spool(limits, Arc::<ManualClock>::clone(&clock), Some(spool));
        let metrics = definitions().map(|definition| buffer.define(definition).unwrap().id);
        Self { buffer, memory, clock, metrics, threads: Vec::new(), queue: Vec::new(), wire: Vec::new() }
    }

    /// Returns the id of labels, and the series under which their records are stored.
    pub fn resolve(&self, (is_ticks, region, plan): Labels) -> (SeriesId, Vec<String>) {
        let (region, plan) = (format!("r{region}"), format!("p{plan}"));
        if is_ticks {
            let id = self.buffer.resolve(self.metrics[1], &[Some(&region)]).unwrap().id;
            return (id, vec![format!("Ticks Environment={ENVIRONMENT} Region={region}")]);
        }
        let id = self.buffer.resolve(self.metrics[0], &[Some(&region), Some(&plan)]).unwrap().id;
        let orders = |rest: String| format!("Orders Environment={ENVIRONMENT}{rest}");
        let all = [format!(" Region={region} Plan={plan}"), format!(" Region={region}"), String::new()];
        (id, all.map(orders).into())
    }

    pub fn is_dead() -> bool {
        fuse::is_burnt()
    }

    pub fn open_thread(&mut self) {
        let (id, ring) = self.buffer.open_ring().unwrap();
        self.threads.push((id, Producer::new(ring)));
    }

    pub fn record(&mut self, world: &mut World, thread: usize, labels: Labels, value: f64, count: u32) {
        let (id, series) = self.resolve(labels);
        if self.threads.is_empty() {
            self.open_thread();
        }
        let thread = thread % self.threads.len();
        for _ in 0..count {
            if Self::is_dead() {
                return;
            }
            let (ring, producer) = &mut self.threads[thread];
            if producer.publish(id.0, value) == Published::Full {
                self.buffer.drain_ring(*ring);
                continue;
            }
            for series in &series {
                world.recorded.add(series, value, 1);
            }
        }
    }

    pub fn record_without_ring(&self, world: &mut World, labels: Labels, value: f64) {
        let (id, series) = self.resolve(labels);
        if Self::is_dead() {
            return;
        }
        let _ = self.buffer.record(crate::series::MarkedId(id.0), value);
        let records = if Self::is_dead() { &mut world.perhaps_recorded } else { &mut world.recorded };
        for series in &series {
            records.add(series, value, 1);
        }
    }

    pub fn take(&mut self, with_held: bool, most: usize) {
        let requests = pack(self.buffer.take(with_held), ENVIRONMENT);
        // As the flusher does: what CloudWatch may have is sent apart.
        for request in requests {
            let (unsure, sure): (Vec<_>, Vec<_>) =
                request.datums.into_iter().partition(|datum| datum.is_unsure);
            for datums in [sure, unsure] {
                if !datums.is_empty() {
                    let request = Request { datums, namespace: Arc::clone(&request.namespace) };
                    self.queue.extend(request.divide(most));
                }
            }
        }
    }

    pub fn send(&mut self, world: &mut World, which: usize, arrives: bool) {
        if self.queue.is_empty() {
            return;
        }
        let request = self.queue.swap_remove(which % self.queue.len());
        self.buffer.sending(&request);
        if Self::is_dead() {
            return;
        }
        if arrives {
            let records = Records::of(&request);
            world.received.add_all(&records);
            world.doubtful.add_all(&records);
        }
        self.wire.push((request, arrives));
    }

    /// Gives a request back that was not sent.
    pub fn give_back(&mut self, which: usize, are_held: bool) {
        if self.queue.is_empty() {
            return;
        }
        let request = self.queue.swap_remove(which % self.queue.len());
        if are_held {
            self.buffer.hold(&request, false);
        } else {
            self.buffer.give_back(&request);
        }
    }

    /// Lets CloudWatch answer a request. `is_lost`: nobody gets the answer.
    pub fn answer(&mut self, world: &mut World, which: usize, is_lost: bool, refusal: u8) {
        if self.wire.is_empty() {
            return;
        }
        let (mut request, has_arrived) = self.wire.swap_remove(which % self.wire.len());
        let records = Records::of(&request);
        if !has_arrived && !is_lost {
            self.buffer.refused(&request);
        }
        match (has_arrived, is_lost) {
            (_, true) => self.buffer.hold(&request, true),
            (true, false) => {
                self.buffer.applied(&request);
                if !Self::is_dead() && !request.is_unsure() {
                    world.doubtful.remove_all(&records);
                }
            }
            (false, false) => match refusal % 5 {
                0 => self.buffer.hold(&request, false),
                1 => self.buffer.give_back(&request),
                2 => {
                    self.buffer.drop_request(&request, DropReason::Rejected);
                    world.dropped.add_all(&records);
                }
                3 => match request.halve() {
                    Ok(halves) => self.queue.extend(<[Request; 2]>::from(halves)),
                    Err(single) => self.buffer.give_back(&single),
                },
                _ => {
                    self.queue.extend(request.take_record());
                    if !request.datums.is_empty() {
                        self.buffer.hold(&request, false);
                    }
                }
            },
        }
    }

    pub fn read(image: &[u64]) -> Option<Remains> {
        read_as(image, |_| Some(layout()), WindowStart(1_000_000)).unwrap()
    }

    /// Adopts what dead processes left, as far as it has room. `can_tell`: files can be written to.
    pub fn adopt(&self, world: &mut World, can_tell: bool) {
        world.tell_adopted();
        if let Some((file, end)) = self.buffer.adopting() {
            if !can_tell {
                return;
            }
            world.tell(file, end);
            self.buffer.note_adopted();
        }
        let mut index = 0;
        while let Some(image) = world.left.get_mut(index) {
            if !self.buffer.can_adopt() {
                return;
            }
            let is_done = Self::read(image).is_none_or(|remains| {
                assert!(!remains.is_torn, "a killed process leaves a file that can be read");
                self.adopt_one(image, &remains, can_tell)
            });
            if Self::is_dead() {
                return;
            }
            if is_done {
                world.left.swap_remove(index);
            } else {
                index += 1;
            }
        }
    }

    /// Returns whether nothing is left of a file.
    pub fn adopt_one(&self, image: &mut [u64], remains: &Remains, can_tell: bool) -> bool {
        let mut begin = remains.already_adopted;
        if begin >= remains.pieces.len() as u64 {
            return true;
        }
        loop {
            let Ok(ids) = self.buffer.identify(remains, ENVIRONMENT, begin) else { return false };
            match self.buffer.adopt(remains, &ids, begin) {
                Adoption::Adopted { end } => {
                    if Self::is_dead() || !can_tell {
                        return false;
                    }
                    image[ADOPTED] = end;
                    self.buffer.note_adopted();
                    begin = end;
                }
                Adoption::NoRoom => return false,
            }
            if begin >= remains.pieces.len() as u64 {
                return true;
            }
        }
    }

    /// Ends the process, and leaves its file.
    pub fn end(self, world: &mut World) {
        let counted = self.buffer.snapshot().counts.possibly_duplicated;
        // Those that it sent again just now, it has not counted yet.
        let uncounted = self.wire.iter().map(|(request, _)| request.unsure_points());
        let copies = counted + uncounted.sum();
        world.possible_copies += copies.records + copies.rollups;
        fuse::set(u64::MAX);
        let image = self.memory.image();
        if self.buffer.is_spool_whole() {
            self.assert_marked(&image);
        }
        world.left.push(image);
        drop((self.buffer, self.threads));
        self.memory.give_back();
    }

    /// Asserts that a file says of all records on the wire that they may be applied.
    fn assert_marked(&self, image: &[u64]) {
        let mut marked = BTreeMap::<_, u64>::new();
        for Piece { window, series, part, samples } in
            Self::read(image).into_iter().flat_map(|remains| remains.pieces)
        {
            for Sample { value, count } in samples.into_iter().filter(|_| part == Part::Unsure) {
                *marked.entry((window, series, value.to_bits())).or_default() += count;
            }
        }
        for datum in self.wire.iter().flat_map(|(request, _)| &request.datums) {
            for Sample { value, count } in &datum.samples {
                let left = marked.get(&(datum.window, datum.id, value.to_bits())).copied().unwrap_or(0);
                assert!(left >= *count, "{left} of {count} are marked: {datum:?}");
                marked.insert((datum.window, datum.id, value.to_bits()), left - count);
            }
        }
    }

    /// Lets CloudWatch accept everything that waits.
    pub fn flush(&mut self, world: &mut World) {
        loop {
            while !self.wire.is_empty() {
                self.answer(world, 0, false, 1);
            }
            while !self.queue.is_empty() {
                self.send(world, 0, true);
            }
            if self.wire.is_empty() {
                self.take(true, 1_000);
                if self.queue.is_empty() {
                    return;
                }
            }
        }
    }
}
