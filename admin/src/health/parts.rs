//! What is wrong with each part, by the figures of the engine.

use holdfast_engine::{Code, EngineStats, Mode};

use crate::stage::{Phase, Stage};

/// How a part is, from well to badly.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Status {
    /// Nothing is wrong.
    Up,
    /// Something is refused, or a fault has been made up for.
    Degraded,
    /// The part does not do what it is for.
    Down,
}

impl Status {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Degraded => "degraded",
            Self::Down => "down",
        }
    }
}

/// How a part is, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Finding {
    pub(super) status: Status,
    pub(super) code: Option<Code>,
    pub(super) message: String,
}

const UP: Finding = Finding { status: Status::Up, code: None, message: String::new() };

fn finding(status: Status, code: Code, message: impl Into<String>) -> Finding {
    Finding { status, code: Some(code), message: message.into() }
}

/// All parts that there are now. While the events are brought back, there is nothing else.
pub(super) fn all(stage: &Stage) -> Vec<(&'static str, Finding)> {
    let running = stage.look(|handles| (handles.engine.stats(), handles.engine.mode()));
    let Some((stats, mode)) = running else { return vec![("recovery", under_way(stage))] };
    vec![
        ("log", log(&stats, mode)),
        ("disk", disk(mode, &stats)),
        ("memory", memory(mode, &stats)),
        ("snapshots", snapshots(&stats)),
        ("recovery", recovery(&stats)),
        ("events", events(&stats)),
    ]
}

/// Before the engine is there, and after it was let go of.
fn under_way(stage: &Stage) -> Finding {
    let message = match stage.phase() {
        Phase::Stopping => "the server stops".to_owned(),
        Phase::Recovering | Phase::Running => {
            let (records, of) = stage.progress().records();
            format!("the events are brought back: {records} of {of} records")
        }
    };
    Finding { status: Status::Down, code: None, message }
}

fn log(stats: &EngineStats, mode: Mode) -> Finding {
    if stats.pressure.failed {
        return finding(Status::Down, Code::LOG_FAILED, "a write or sync of the log failed");
    }
    if stats.pressure.no_segment {
        let message = "the log cannot be continued: nothing can be written; the server's log says why";
        return finding(Status::Down, Code::NO_SEGMENT, message);
    }
    if mode == Mode::LogBehind {
        let message = format!("{} bytes wait for the disk", stats.pressure.pending_bytes);
        return finding(Status::Degraded, Code::TRY_LATER, message);
    }
    UP
}

fn disk(mode: Mode, stats: &EngineStats) -> Finding {
    let (pressure, free) = (&stats.pressure, stats.log.free_bytes);
    if pressure.out_of_space || mode == Mode::DiskFull {
        let message = format!("the disk is full ({free} bytes are free): nothing can be written");
        finding(Status::Down, Code::DISK_LOW, message)
    } else if pressure.stalled {
        finding(Status::Down, Code::DISK_SLOW, "the disk does not answer: nothing can be written")
    } else if pressure.low_space {
        let message = format!("{free} bytes are free, less than wal.reserve: no new holds");
        finding(Status::Degraded, Code::DISK_LOW, message)
    } else if pressure.slow {
        let message = format!("the last sync took {} microseconds: no new holds", pressure.sync_us);
        finding(Status::Degraded, Code::DISK_SLOW, message)
    } else {
        UP
    }
}

fn memory(mode: Mode, stats: &EngineStats) -> Finding {
    let (used, max) = (stats.memory.used, stats.memory.max);
    match mode {
        Mode::MemoryFull => {
            let message = format!("{used} of {max} bytes are used: nothing can be written");
            finding(Status::Down, Code::MEMORY_LOW, message)
        }
        Mode::MemoryLow => {
            let message =
                format!("{used} of {max} bytes are used, or the next snapshot would not fit: no new holds");
            finding(Status::Degraded, Code::MEMORY_LOW, message)
        }
        _ => UP,
    }
}

fn snapshots(stats: &EngineStats) -> Finding {
    if stats.checkpoint_failing {
        let message = "no snapshot could be made; the log keeps everything; the server's log says why";
        return finding(Status::Degraded, Code::SNAPSHOTS_DAMAGED, message);
    }
    if stats.behind > 0 {
        let message =
            format!("of {} events no snapshot could be made; the log is kept for them", stats.behind);
        return finding(Status::Degraded, Code::SNAPSHOTS_DAMAGED, message);
    }
    UP
}

fn recovery(stats: &EngineStats) -> Finding {
    if let Some(alarm) = stats.recovery.alarms.first() {
        return finding(Status::Degraded, Code::SNAPSHOTS_DAMAGED, alarm.clone());
    }
    if !stats.system.in_service {
        let message = "the books of the process are out of service; sales go on";
        return finding(Status::Degraded, Code::SYSTEM_EVENT_OUT, message);
    }
    UP
}

fn events(stats: &EngineStats) -> Finding {
    if stats.out_of_service > 0 {
        let message = format!("{} of {} events are out of service", stats.out_of_service, stats.events);
        return finding(Status::Degraded, Code::OUT_OF_SERVICE, message);
    }
    UP
}
