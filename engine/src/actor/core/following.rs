//! An event of a node that follows: it judges nothing, and takes in what another node has logged.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

use holdfast_wal::Lsn;

use super::EventCore;
use crate::actor::terms::{State, out_of_service};
use crate::catalogue::Code;
use crate::exchange::reply::Replies;
use crate::fault::Fault;
use crate::journal::admission::Trouble;
use crate::numbers::At;
use crate::restore::replay::{Replay, ReplayError};
use crate::state::{Command, Event, Read, Reply};

/// Records of one event that are durable, in the order of the log.
#[derive(Debug, Default)]
pub(crate) struct Records {
    bytes: Vec<u8>,
    /// Each with where it ends.
    ends: Vec<(Lsn, usize)>,
}

impl Records {
    pub(crate) fn push(&mut self, lsn: Lsn, record: &[u8]) {
        self.bytes.extend_from_slice(record);
        self.ends.push((lsn, self.bytes.len()));
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Lsn, &[u8])> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|(_, end)| *end));
        self.ends.iter().zip(starts).map(|((lsn, end), start)| (*lsn, &self.bytes[start..*end]))
    }
}

impl EventCore {
    /// Makes happen what another node has logged. What is in the state already is passed over.
    ///
    /// # Errors
    /// If a record cannot be read, does not fit, or leads to another state than it did there: the event is out of service then.
    pub(crate) fn take_in(&mut self, records: &Records) -> Result<(), ReplayError> {
        if self.event().is_none() {
            return Ok(());
        }
        let State::Alive(event) = mem::replace(&mut self.state, State::OutOfService) else { return Ok(()) };
        let plan_version = event.plan_version();
        let mut replay = Replay::from_snapshot(self.id, *event, self.last_lsn, self.seed);
        records.iter().try_for_each(|(lsn, bytes)| replay.record(lsn, bytes))?;
        if let Some((event, upto)) = replay.finish() {
            self.last_lsn = upto;
            // Whenever this node takes over, nobody could be heard since.
            self.stopped_at = self.policy.grace_counts_from(&event);
            let is_new_plan = event.plan_version() != plan_version;
            self.state = State::Alive(Box::new(event));
            if is_new_plan {
                self.show();
            }
        }
        self.tell();
        self.count();
        Ok(())
    }

    /// Answers those who look, and refuses all others.
    #[cold]
    pub(super) fn show_only(&self, commands: &[Command], now: At) -> Replies {
        let (mut replies, mut unjudged) = (Vec::with_capacity(commands.len()), Vec::new());
        for command in commands {
            let refused = match (command, self.event()) {
                (Command::Read(read), Some(event)) => {
                    replies.push(self.seen(event, read, now));
                    continue;
                }
                (_, Some(_)) => Trouble::Follows.fault(),
                (_, None) => out_of_service(),
            };
            unjudged.push(replies.len() as u32);
            replies.push(Reply::Fault(refused));
        }
        let rests_on = if unjudged.len() < replies.len() { self.last_lsn } else { Lsn::ZERO };
        Replies::judged(replies, rests_on, unjudged)
    }

    /// What a look shows. A panic in it costs this look alone.
    fn seen(&self, event: &Event, read: &Read, now: At) -> Reply {
        let looked = catch_unwind(AssertUnwindSafe(|| view(event, read, now)));
        looked.unwrap_or_else(|_| {
            let event = self.id.0;
            tracing::error!(code = %Code::DEFECT, event, "a look at an event was refused because it panicked");
            Reply::Fault(Fault::new(Code::DEFECT, "looking at the event ran into a defect"))
        })
    }
}

pub(super) fn view(event: &Event, read: &Read, now: At) -> Reply {
    event.view_at(read, now).map_or_else(Reply::Fault, Reply::View)
}
