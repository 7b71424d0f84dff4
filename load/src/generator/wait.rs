//! Waiting for sockets by the clock.

use std::io;
use std::time::Duration;

use mio::{Events, Poll};
use rustix::event::{PollFd, PollFlags, Timespec};

/// Waits until a socket is ready, for `nap` (less than a second) at the longest. mio waits whole milliseconds, which
/// is too coarse for an open loop: with `exactly` the wait is on mio's own descriptor, to the nanosecond.
///
/// # Errors
/// What the system says. An interrupted wait is a short one and no error.
pub fn wait(poll: &mut Poll, events: &mut Events, nap: Duration, exactly: bool) -> io::Result<()> {
    if exactly && !nap.is_zero() {
        let time = Timespec { tv_sec: 0, tv_nsec: i64::from(nap.subsec_nanos()) };
        let mut descriptors = [PollFd::new(poll.registry(), PollFlags::IN)];
        let _ = rustix::event::poll(&mut descriptors, Some(&time));
    }
    match poll.poll(events, Some(if exactly { Duration::ZERO } else { nap })) {
        Err(error) if error.kind() != io::ErrorKind::Interrupted => Err(error),
        _ => Ok(()),
    }
}

/// Makes waits of this thread exact. Linux lengthens them by up to 50 us to save power, and an open loop would be
/// late by that.
pub fn precise_naps() {
    #[cfg(target_os = "linux")]
    {
        // A kernel that does not do it makes the lag larger, and the lag is reported.
        let _ = rustix::thread::set_current_timer_slack(std::num::NonZeroU64::new(1));
    }
}
