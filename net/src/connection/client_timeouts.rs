//! Whether a client still does its part, judged by what happened between two ticks. No clock is read per command.

use crate::connection::stream::OtherSide;
use crate::limits;
use crate::shared::Config;

/// Why a connection is cut off or closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cut {
    /// The client leaves replies unread.
    SlowReader,
    /// A command was begun and does not arrive.
    SlowCommand,
    /// The client has gone, and its requests are not answered yet.
    Gone,
    /// No command comes, and no reply or message goes.
    Idle,
    /// It has logged out, or its token is gone, and it does not log in again.
    NoLogin,
}

/// How a connection stands at a tick.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    /// The socket does not take all of the replies.
    pub(crate) unwritten: bool,
    /// The beginning of a command is there, and the connection waits for more of it.
    pub(crate) half_a_command: bool,
    /// Requests are not answered yet.
    pub(crate) waiting: bool,
    /// What the client has of the connection; looked at only while requests are not answered yet.
    pub(crate) other_side: OtherSide,
    /// Its client may do something here.
    pub(crate) logged_in: bool,
}

#[derive(Debug)]
pub(crate) struct ClientTimeouts {
    // The timeouts, in ticks.
    write: u32,
    frame: u32,
    silent: u32,
    idle: u32,
    login: u32,
    // Since the last tick.
    commands: u64,
    written: usize,
    // Since half a command is there, or since as much of it came.
    received: usize,
    // For how many ticks in a row something has been so.
    stalled: u32,
    halved: u32,
    unheard: u32,
    quiet: u32,
    outside: u32,
    spoke: bool,
    cut: bool,
}

impl ClientTimeouts {
    pub(crate) fn new(config: &Config) -> Self {
        let ticks = |time: std::time::Duration| {
            let ticks = time.as_nanos().div_ceil(config.tick.as_nanos().max(1));
            u32::try_from(ticks).unwrap_or(u32::MAX).max(1)
        };
        Self {
            write: ticks(config.write_timeout),
            frame: ticks(config.frame_timeout),
            silent: ticks(config.silent_timeout),
            idle: ticks(config.idle_timeout),
            login: ticks(config.login_timeout),
            commands: 0,
            written: 0,
            received: 0,
            stalled: 0,
            halved: 0,
            unheard: 0,
            quiet: 0,
            outside: 0,
            spoke: false,
            cut: false,
        }
    }

    pub(crate) const fn took(&mut self, commands: u64, bytes: usize) {
        self.commands += commands;
        self.received += bytes;
    }

    pub(crate) const fn wrote(&mut self, bytes: usize) {
        self.written += bytes;
    }

    /// Whether the connection is to be cut off at once, with what it has not written.
    pub(crate) const fn is_cut(&self) -> bool {
        self.cut
    }

    pub(crate) fn tick(&mut self, seen: Seen) -> Option<Cut> {
        let commands = std::mem::take(&mut self.commands);
        let written = std::mem::take(&mut self.written);
        self.spoke |= commands > 0;
        let count = |so_far: u32, goes_on: bool| if goes_on { so_far.saturating_add(1) } else { 0 };
        self.stalled = count(self.stalled, seen.unwritten && written < limits::PROGRESS_BYTES_MIN);
        let is_long = self.received >= limits::FRAME_BYTES_MAX;
        self.halved = count(self.halved, seen.half_a_command && commands == 0 && !is_long);
        if self.halved == 0 {
            self.received = 0;
        }
        // A client that has closed its side may still read: it has as long for that as for taking a reply.
        self.unheard = count(self.unheard, seen.other_side == OtherSide::Closed && written == 0);
        // Messages to a subscriber count against idleness as commands from it do.
        let quiet = commands == 0 && written == 0 && !seen.half_a_command && !seen.waiting && !seen.unwritten;
        self.quiet = count(self.quiet, quiet);
        self.outside = count(self.outside, !seen.logged_in);
        if self.stalled >= self.write {
            self.cut = true;
            return Some(Cut::SlowReader);
        }
        if seen.other_side == OtherSide::Broken || self.unheard >= self.write {
            self.cut = true;
            return Some(Cut::Gone);
        }
        if self.outside >= self.login {
            return Some(Cut::NoLogin);
        }
        if self.halved >= self.frame {
            return Some(Cut::SlowCommand);
        }
        let most = if self.spoke { self.idle } else { self.silent };
        (self.quiet >= most).then_some(Cut::Idle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const IDLE: Seen = Seen {
        unwritten: false,
        half_a_command: false,
        waiting: false,
        other_side: OtherSide::Open,
        logged_in: true,
    };

    fn timeouts() -> ClientTimeouts {
        let seconds = Duration::from_secs;
        ClientTimeouts::new(&Config {
            connections_max: 1,
            tick: seconds(1),
            write_timeout: seconds(2),
            frame_timeout: seconds(3),
            silent_timeout: seconds(4),
            idle_timeout: seconds(5),
            login_timeout: seconds(4),
            ..Config::default()
        })
    }

    /// The tick at which it is cut, if within ten.
    fn cut_at(
        it: &mut ClientTimeouts,
        seen: Seen,
        each: impl Fn(&mut ClientTimeouts),
    ) -> Option<(usize, Cut)> {
        (1..=10).find_map(|tick| {
            each(it);
            it.tick(seen).map(|cut| (tick, cut))
        })
    }

    #[test]
    fn each_patience_has_its_end() {
        let nothing = |_: &mut ClientTimeouts| {};
        assert_eq!(cut_at(&mut timeouts(), IDLE, nothing), Some((4, Cut::Idle)), "never spoke");
        let mut spoke = timeouts();
        spoke.took(1, 9);
        assert_eq!(cut_at(&mut spoke, IDLE, nothing), Some((6, Cut::Idle)), "spoke once");
        let half = Seen { half_a_command: true, ..IDLE };
        assert_eq!(cut_at(&mut timeouts(), half, nothing), Some((3, Cut::SlowCommand)));
        let outside = Seen { logged_in: false, ..IDLE };
        let busy = |timeouts: &mut ClientTimeouts| timeouts.took(1, 9);
        assert_eq!(cut_at(&mut timeouts(), outside, busy), Some((4, Cut::NoLogin)), "whatever it sends");
        let unread = Seen { unwritten: true, ..IDLE };
        assert_eq!(cut_at(&mut timeouts(), unread, nothing), Some((2, Cut::SlowReader)));
        assert_eq!(
            cut_at(&mut timeouts(), unread, |it| it.wrote(1)),
            Some((2, Cut::SlowReader)),
            "drop by drop"
        );
    }

    #[test]
    fn a_client_that_has_gone_keeps_no_place() {
        let closed = Seen { waiting: true, other_side: OtherSide::Closed, ..IDLE };
        assert_eq!(cut_at(&mut timeouts(), closed, |_| {}), Some((2, Cut::Gone)));
        assert_eq!(cut_at(&mut timeouts(), closed, |it| it.wrote(1)), None, "it may still read");
        let broken = Seen { other_side: OtherSide::Broken, ..closed };
        assert_eq!(cut_at(&mut timeouts(), broken, |it| it.wrote(1)), Some((1, Cut::Gone)));
    }

    #[test]
    fn who_does_its_part_is_left_alone() {
        let waiting = Seen { waiting: true, ..IDLE };
        assert_eq!(cut_at(&mut timeouts(), waiting, |_| {}), None, "the engine is slow, not the client");
        assert_eq!(cut_at(&mut timeouts(), IDLE, |it| it.took(1, 9)), None);
        let half = Seen { half_a_command: true, ..IDLE };
        assert_eq!(cut_at(&mut timeouts(), half, |it| it.took(1, 9)), None, "another half each time");
        let slowly = |it: &mut ClientTimeouts| it.took(0, limits::FRAME_BYTES_MAX / 2);
        assert_eq!(cut_at(&mut timeouts(), half, slowly), None, "a long one has its time for each part");
        let unread = Seen { unwritten: true, ..IDLE };
        assert_eq!(cut_at(&mut timeouts(), unread, |it| it.wrote(limits::PROGRESS_BYTES_MIN)), None);
    }
}
