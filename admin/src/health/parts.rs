//! What is wrong with each part, by the figures of the engine.

use holdfast_engine::{At, AuditStats, Code, EngineStats, Mode, explain};

use super::time;
use crate::limits;
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
    /// What to do, where the catalogue has no code for it.
    pub(super) remedy: Option<&'static str>,
    /// What only operators are told.
    pub(super) names: Vec<String>,
}

pub(super) const UP: Finding =
    Finding { status: Status::Up, code: None, message: String::new(), remedy: None, names: Vec::new() };

pub(super) fn finding(status: Status, code: Code, message: impl Into<String>) -> Finding {
    let remedy = explain(code.text()).map(|entry| entry.remedy);
    Finding { status, code: Some(code), message: message.into(), remedy, ..UP }
}

/// A part that is degraded in a way for which the catalogue has no code.
pub(super) fn degraded(message: impl Into<String>, remedy: &'static str) -> Finding {
    Finding { status: Status::Degraded, message: message.into(), remedy: Some(remedy), ..UP }
}

/// How the engine is, at one look.
pub(super) struct Looked {
    pub(super) stats: EngineStats,
    pub(super) mode: Mode,
    is_overloaded: bool,
    /// The time that the log goes by.
    now: At,
}

impl Looked {
    /// What there is to see; `None` while there is no engine.
    pub(super) fn at(stage: &Stage) -> Option<Self> {
        stage.look(|handles| {
            let engine = &handles.engine;
            let (mode, is_overloaded, now) = (engine.mode(), engine.is_overloaded(), engine.router().now());
            Self { stats: engine.stats(), mode, is_overloaded, now }
        })
    }
}

/// The parts of the engine. While the events are brought back, there is nothing else.
pub(super) fn of_engine(stage: &Stage, looked: Option<&Looked>) -> Vec<(&'static str, Finding)> {
    let Some(Looked { stats, mode, is_overloaded, now }) = looked else {
        return vec![("recovery", under_way(stage))];
    };
    let mode = *mode;
    vec![
        ("log", log(stats, mode)),
        ("disk", disk(mode, stats)),
        ("memory", memory(mode, stats)),
        ("load", load(*is_overloaded)),
        ("clock", clock(*now, time::now())),
        ("snapshots", snapshots(stats)),
        ("recovery", recovery(stats)),
        ("events", events(stats)),
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
    Finding { status: Status::Down, message, ..UP }
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

fn load(is_overloaded: bool) -> Finding {
    if is_overloaded {
        return finding(
            Status::Degraded,
            Code::TRY_LATER,
            "a part of the commands is refused: more comes than can be served",
        );
    }
    UP
}

/// The clock of the log goes on by itself from the start, and never backwards: later corrections of the clock on the wall pass it by.
fn clock(log: At, wall: u64) -> Finding {
    let differs = log.0.abs_diff(wall);
    if u128::from(differs) <= limits::CLOCK_DIFFERS_MAX.as_millis() {
        return UP;
    }
    let (seconds, which) = (differs / 1_000, if wall < log.0 { "behind" } else { "ahead of" });
    let message = format!(
        "the clock of this machine is {seconds} s {which} the time that the log goes by, and deadlines with it"
    );
    degraded(
        message,
        "Correct the clock of the machine. If it is right, start the server again: the log takes its time at the start, and never goes back.",
    )
}

fn snapshots(stats: &EngineStats) -> Finding {
    if stats.checkpoint_failing {
        let (code, why) = stats
            .checkpoint_failed
            .as_ref()
            .map_or((Code::SNAPSHOTS_DAMAGED, ""), |(code, why)| (*code, why));
        let message = format!("no snapshot could be made; the log keeps everything: {why}");
        return finding(Status::Degraded, code, message);
    }
    if stats.behind > 0 {
        let message =
            format!("of {} events no snapshot could be made; the log is kept for them", stats.behind);
        return finding(Status::Degraded, Code::SNAPSHOTS_DAMAGED, message);
    }
    UP
}

/// What lags is in the log still, so that a moment is nothing to tell.
pub(super) fn audit(stats: &AuditStats) -> Finding {
    match stats.trouble() {
        Some((code, message)) => finding(Status::Degraded, code, message),
        None if u128::from(stats.lag.0) > limits::AUDIT_LAG_MAX.as_millis() => {
            let message = format!("acts of the last {} s are not in the audit yet", stats.lag.0 / 1_000);
            finding(Status::Degraded, Code::AUDIT_BEHIND, message)
        }
        None => UP,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_differs_by_more_than_a_correction_is_told() {
        let log = At(1_800_000_000_000);
        let most = u64::try_from(limits::CLOCK_DIFFERS_MAX.as_millis()).unwrap();
        for wall in [log.0, log.0 + most, log.0 - most] {
            assert_eq!(clock(log, wall), UP, "{wall}");
        }
        let told = |wall| clock(log, wall).message;
        assert!(told(log.0 - most - 1).contains("is 60 s behind the time"), "{}", told(log.0 - most - 1));
        assert!(told(log.0 + 7_200_000).contains("is 7200 s ahead of the time"));
    }
}
