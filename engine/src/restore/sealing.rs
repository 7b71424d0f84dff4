//! Has what is in the log stand where it never changes.

use std::thread;
use std::time::{Duration, Instant};

use holdfast_wal::Log;

use crate::restore::checkpoint::CheckpointError;

/// How long a task waits for a segment to be sealed before it gives up: the committer needs a few syncs for it.
const SEALING_MAX: Duration = Duration::from_secs(30);

/// Asks for the running segment to be sealed and waits until everything that is appended by now is in sealed segments.
pub(crate) fn seal(log: &Log) -> Result<(), CheckpointError> {
    let upto = log.appended();
    let started = Instant::now();
    if log.sealed_upto() < upto {
        log.seal_segment();
    }
    while log.sealed_upto() < upto {
        if log.pressure().failed || started.elapsed() > SEALING_MAX {
            return Err(CheckpointError::NotSealed);
        }
        thread::sleep(Duration::from_millis(2));
    }
    Ok(())
}
