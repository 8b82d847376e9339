//! What happens in a step of a run.

use std::{rc::Rc, time::Duration};

use fastrand::Rng;
use hkm_core::stats::DropReason;
use serde::Serialize;
use tokio::{task::spawn_local, time::sleep};

use super::{
    process::Process,
    rules,
    run::World,
    settings::{any_magnitude, pick},
    weather::Episode,
};

/// An id that no table assigns: its index is beyond the maximum of series.
const UNASSIGNED: u32 = (1 << 26) - 2;

/// A kind of step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Action {
    Record,
    Burst,
    /// Records at a rate, for a time.
    Load,
    /// Records that are refused, lost or without a series.
    Spoil,
    Flush,
    /// Many flushes at once.
    Flushes,
    /// Flushes one after the other, without a pause.
    FlushLoop,
    OpenThread,
    CloseThread,
    /// The time of day is set.
    Jump,
    Stall,
    Trouble,
    Recover,
    Kill,
    /// A final flush, and the end.
    End,
    /// A command without a reason.
    Wake,
}

impl Action {
    const ALL: [(Self, u8); 16] = [
        (Self::Record, 20),
        (Self::Burst, 6),
        (Self::Load, 6),
        (Self::Spoil, 2),
        (Self::Flush, 8),
        (Self::Flushes, 2),
        (Self::FlushLoop, 1),
        (Self::OpenThread, 4),
        (Self::CloseThread, 2),
        (Self::Jump, 2),
        (Self::Stall, 2),
        (Self::Trouble, 12),
        (Self::Recover, 3),
        (Self::Kill, 1),
        (Self::End, 1),
        (Self::Wake, 1),
    ];

    /// Draws how often each kind occurs. Some do not occur at all.
    pub fn draw(rng: &mut Rng) -> Vec<Self> {
        let mut all = vec![Self::Record; 5];
        for (action, weight) in Self::ALL {
            let times = if rng.u8(..4) == 0 { 0 } else { rng.u8(1..=weight) };
            all.extend((0..times).map(|_| action));
        }
        all
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Record => "steps: record",
            Self::Burst => "steps: burst",
            Self::Load => "steps: load",
            Self::Spoil => "steps: bad records",
            Self::Flush => "steps: flush",
            Self::Flushes => "steps: many flushes",
            Self::FlushLoop => "steps: flushes in a loop",
            Self::OpenThread => "steps: thread begins",
            Self::CloseThread => "steps: thread ends",
            Self::Jump => "steps: time of day jumps",
            Self::Stall => "steps: flusher stalls",
            Self::Trouble => "steps: trouble",
            Self::Recover => "steps: recovery",
            Self::Kill => "steps: kill",
            Self::End => "steps: final flush and end",
            Self::Wake => "steps: wake",
        }
    }

    /// Does the step.
    pub async fn perform(self, world: &World, rng: &mut Rng) {
        let index = rng.usize(..world.settings.processes.len());
        let process = world.process(index);
        world.journal.note(format_args!("process {}: {self:?}", process.number));
        world.journal.count(self.name(), 1);
        match self {
            Self::Record => record(&process, rng, 1..6),
            // Some are more than a ring holds.
            Self::Burst if rng.u8(..15) == 0 => record(&process, rng, 16_500..18_000),
            Self::Burst => {
                let most = *pick(rng, &[100, 600, 3_000]);
                record(&process, rng, 50..most);
            }
            Self::Load => load(process, rng),
            Self::Spoil => spoil(&process, rng),
            Self::Flush => drop(process.flush(draw_timeout(rng))),
            Self::Flushes => (0..rng.u32(2..40)).for_each(|_| drop(process.flush(draw_timeout(rng)))),
            Self::FlushLoop => flush_in_a_loop(process, rng),
            Self::OpenThread => process.open_thread(),
            Self::CloseThread => process.close_thread(rng),
            Self::Jump => process.jump(draw_jump(rng)),
            Self::Stall => process.stall(draw_millis(rng, 10.0, 300_000.0)),
            Self::Trouble => {
                if !world.settings.troubles.is_empty() {
                    let trouble = *pick(rng, &world.settings.troubles);
                    let episode = Episode::draw(rng, trouble, world.settings.processes.len());
                    world.journal.note(format_args!("{}", episode.describe()));
                    world.cloud.begin(episode);
                }
            }
            Self::Recover => world.cloud.recover(),
            Self::Kill => kill(world, index, &process).await,
            Self::End => {
                let _ = process.flush(draw_timeout(rng)).await;
                stop(world, index, &process).await;
            }
            Self::Wake => process.wake(),
        }
    }
}

fn record(process: &Process, rng: &mut Rng, counts: std::ops::Range<u32>) {
    let metric = rng.usize(..process.settings.metrics.len());
    for _ in 0..rng.u32(counts) {
        process.record(rng, metric);
    }
}

fn load(process: Rc<Process>, rng: &mut Rng) {
    let mut rng = rng.fork();
    let pause = any_magnitude(&mut rng, 5.0, 20_000.0);
    spawn_local(async move {
        for _ in 0..rng.u32(1..300) {
            sleep(Duration::from_secs_f64(pause * 2.0 * rng.f64() / 1_000.0)).await;
            if !process.is_busy() {
                return;
            }
            let metric = rng.usize(..process.settings.metrics.len());
            process.record(&mut rng, metric);
        }
    });
}

fn spoil(process: &Process, rng: &mut Rng) {
    match rng.u8(..3) {
        0 => {
            let (index, reason) = *pick(rng, &[(0, DropReason::InvalidValue), (1, DropReason::InvalidLabel)]);
            let ledger = &mut *process.ledger.lock();
            ledger.recorded += 1;
            ledger.refused[index] += 1;
            process.buffer.refuse(reason);
        }
        1 => {
            if process.lose(rng) {
                let ledger = &mut *process.ledger.lock();
                ledger.recorded += 1;
                ledger.unresolved += 1;
            }
        }
        _ => {
            {
                let ledger = &mut *process.ledger.lock();
                ledger.recorded += 1;
                ledger.unresolved += 1;
                ledger.pressure.record(1, ledger.recorded, ledger.accepted.records);
            }
            process.write(rng, UNASSIGNED, 1.0);
        }
    }
}

fn flush_in_a_loop(process: Rc<Process>, rng: &mut Rng) {
    let mut rng = rng.fork();
    spawn_local(async move {
        for _ in 0..rng.u32(2..60) {
            if !process.is_busy() {
                return;
            }
            if rng.bool() {
                record(&process, &mut rng, 1..3);
            }
            let _ = process.flush(draw_timeout(&mut rng)).await;
        }
    });
}

async fn kill(world: &World, index: usize, process: &Process) {
    let in_flight = !process.ledger.lock().in_flight.is_zero();
    world.journal.count("processes killed with requests in flight", u64::from(in_flight));
    process.kill();
    ended(world, index, process).await;
}

/// Lets the flusher end, because no thread is left.
pub async fn stop(world: &World, index: usize, process: &Process) {
    process.ledger.lock().flushes.kill();
    process.stop();
    let runs_at = process.ledger.lock().time_line.runs_at(world.journal.now());
    sleep(Duration::from_millis(runs_at.saturating_sub(world.journal.now()))).await;
    ended(world, index, process).await;
}

/// Checks what a process leaves behind, and starts the next one in its place.
async fn ended(world: &World, index: usize, process: &Process) {
    sleep(Duration::from_millis(3)).await;
    let journal = &world.journal;
    journal.check("a flusher ends with its process", process.has_ended(), || {
        format!("process {}", process.number)
    });
    let waiting = process.ledger.lock().flushes.len();
    journal.check("each flush ends with the flusher", waiting == 0, || format!("{waiting} flushes wait"));
    rules::check(process);
    rules::check_statistics(process);
    world.retire(process);
    world.restart(index);
}

/// Draws the timeout of a flush.
fn draw_timeout(rng: &mut Rng) -> u64 {
    if rng.u8(..10) == 0 { 0 } else { draw_millis(rng, 1.0, 60_000.0) }
}

/// Draws by how much the time of day jumps: mostly by seconds to hours, sometimes by weeks.
fn draw_jump(rng: &mut Rng) -> i64 {
    const DAY_MS: f64 = 86_400_000.0;
    let (least, most) = if rng.u8(..4) == 0 { (DAY_MS, 60.0 * DAY_MS) } else { (1.0, DAY_MS / 24.0) };
    let millis = i64::try_from(draw_millis(rng, least, most)).unwrap_or_default();
    if rng.bool() { millis } else { -millis }
}

pub fn draw_millis(rng: &mut Rng, least: f64, most: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "milliseconds of weeks")]
    let millis = any_magnitude(rng, least, most) as u64;
    millis
}
