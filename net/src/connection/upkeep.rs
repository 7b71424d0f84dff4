//! What a connection does after each turn, and at each tick.

use std::task::Context;

use super::client_timeouts::{Cut, Seen};
use super::stream::{OtherSide, Stream};
use super::{Connection, Tally, peer};
use crate::error::ProtocolError;
use crate::places::roster::{Counts, State};
use crate::stats::Stats;

impl<S: Stream> Connection<S> {
    /// After a turn: gives back the buffers that are not needed while waiting, and adds to the counters.
    pub(super) fn settle(&mut self, context: &Context<'_>) {
        if self.starved || self.in_flight.described() > 0 {
            self.input.release();
            self.decoder.shrink();
        }
        self.output.release();
        self.memory.note(self.waits_for_client(), context.waker());
        if self.brake.is_on() || self.in_flight.must_wait() || self.in_flight.is_unread(&self.output) {
            self.overload.forget();
        }
        self.blocked.set(self.in_flight.is_alone());
        self.note();
        let Tally { commands, writes, invalid, shed, input, output, verb, .. } =
            std::mem::take(&mut self.tally);
        if let Some(verb) = verb {
            self.peer.saw(verb);
        }
        if commands > 0 {
            self.pay(commands, writes, context);
        }
        self.timeouts.took(commands, usize::try_from(input).unwrap_or(usize::MAX));
        let stats = self.shared.stats.here();
        Stats::add(&stats.commands, commands);
        Stats::add(&stats.commands_invalid, invalid);
        Stats::add(&stats.commands_shed, shed);
        if shed > 0 {
            self.shared.router.refused_in_a_rush(shed);
        }
        Stats::add(&stats.input_bytes, input);
        Stats::add(&stats.output_bytes, output);
        if self.is_full() {
            Stats::add(&stats.backpressure, 1);
        }
    }

    /// What is so after the turn, for those who look at the list of connections.
    #[inline]
    fn note(&self) {
        let state = match (self.in_flight.is_alone(), self.feeds.count()) {
            (true, _) => State::Waits,
            (false, 0) => State::Commands,
            (false, _) => State::Listens,
        };
        let counts = Counts {
            subscriptions: self.feeds.count(),
            queued: self.transaction.queued(),
            input: self.input.kept(),
            transaction: self.transaction.kept(),
            output: self.output.kept() + self.in_flight.kept_bytes(),
        };
        self.peer.note(state, &counts);
    }

    /// Pays for the commands of the turn if the token has a pace, and waits as long as that takes.
    #[inline]
    fn pay(&mut self, commands: u64, writes: u64, context: &Context<'_>) {
        if let Some(pace) = self.peer.pace()
            && self.brake.pay(pace, commands, writes)
        {
            Stats::add(&self.shared.stats.here().paced, 1);
            // The next turn waits for it.
            context.waker().wake_by_ref();
        }
    }

    /// Goes on if its time has come. The server waits for nobody when it stops.
    #[inline]
    pub(super) fn wait_its_turn(&mut self, context: &mut Context<'_>) {
        if self.stopping {
            self.brake.release();
        } else if self.brake.is_on() {
            self.brake.poll(self.peer.pace(), context);
        }
    }

    /// How many bytes are kept until the client does something: takes replies, or sends the rest of a command. Of what the server
    /// has to do itself, only a description is counted, which is far more than anything else.
    #[inline]
    fn waits_for_client(&self) -> usize {
        let transaction = self.transaction.kept() + self.in_flight.described();
        if !self.output.is_empty() {
            return self.output.kept() + self.in_flight.kept_bytes() + self.input.kept() + transaction;
        }
        let is_idle = self.starved || self.in_flight.described() > 0;
        if is_idle { self.input.kept() + transaction } else { transaction }
    }

    /// A tick: looks whether the client still does its part.
    pub(super) fn tick(&mut self) {
        self.renew();
        let waiting = !self.in_flight.is_empty() || self.brake.is_on();
        let seen = Seen {
            unwritten: !self.output.is_empty() || !self.flushed,
            half_a_command: self.starved && !self.input.is_empty() && !self.brake.is_on(),
            waiting,
            other_side: if waiting { self.stream.other_side() } else { OtherSide::Open },
            logged_in: self.peer.is_let_in(),
        };
        let stats = self.shared.stats.here();
        match self.timeouts.tick(seen) {
            None => {}
            Some(Cut::SlowReader) => Stats::add(&stats.slow_readers, 1),
            Some(Cut::Gone) => Stats::add(&stats.clients_gone, 1),
            Some(Cut::Idle) => {
                Stats::add(&stats.idle_closed, 1);
                self.closing = true;
            }
            Some(Cut::SlowCommand | Cut::NoLogin) if self.closing => {}
            Some(Cut::NoLogin) => {
                Stats::add(&stats.logins_late, 1);
                self.closing = true;
                self.say(&peer::no_login(self.shared.config.login_timeout));
            }
            Some(Cut::SlowCommand) => {
                Stats::add(&stats.slow_commands, 1);
                self.refuse(ProtocolError::TooSlow);
            }
        }
    }
}
