//! What the process tells becomes a fact, or is nothing new.

use super::change::{Branch, Mode, SystemChange, Why};
use super::state::System;
use super::texts::within;
use crate::limits;
use crate::numbers::{At, Millis};

/// What the process tells of itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Told {
    /// It has the directory: as [`SystemChange::Started`].
    Start {
        /// The version of the program.
        build: Box<str>,
        /// The format of the directory that it writes.
        format: u32,
        /// When somebody was alive last before it.
        last_known_at: At,
    },
    /// It takes connections: as [`SystemChange::Ready`].
    Ready {
        /// Events that it has.
        events: u32,
        /// Since its start was told.
        took: Millis<u64>,
    },
    /// It is in this mode since then.
    Mode(Mode, At),
    /// It is alive.
    Alive,
    /// It ends in order.
    Stop(Why),
    /// The directory was restored, and all sales are paused: as [`SystemChange::Branched`].
    Branch(Branch),
}

/// What is to happen because of what was told at `now`; `None` if it is nothing new, or comes at the wrong time.
/// Before the first start nothing but a start is to happen. Changes nothing.
#[must_use]
pub fn decide_system(system: Option<&System>, told: Told, now: At) -> Option<SystemChange> {
    // Of a run that goes on.
    let running = system.filter(|system| system.run.stopped.is_none());
    match told {
        Told::Start { build, format, last_known_at } => Some(SystemChange::Started {
            build: within(&build, limits::BUILD_BYTES_MAX),
            format,
            last_known_at,
        }),
        Told::Ready { events, took } => {
            running?.run.ready_at.is_none().then_some(SystemChange::Ready { events, took })
        }
        Told::Mode(mode, since) => {
            let run = &running?.run;
            let is_new = mode != run.mode;
            let is_due = run.mode_told_at == At(0) || now.since(run.mode_told_at) >= limits::MODES_APART;
            (is_new && is_due).then_some(SystemChange::ModeSet { mode, since })
        }
        Told::Alive => (now.since(running?.last_at) >= limits::HEARTBEAT).then_some(SystemChange::Heartbeat),
        Told::Branch(branch) => (running?.branch != branch).then_some(SystemChange::Branched(branch)),
        Told::Stop(why) => running.map(|_| SystemChange::Stopped { why }),
    }
}
