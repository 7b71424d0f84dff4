//! Open files of the process: as many as the system allows, and so few connections that the rest never runs short.
//!
//! A server that has no descriptor left cannot make the next segment of its log, and selling ends. So connections have
//! what is left after a reserve, and not the other way round.

use holdfast_engine::Code;
use rustix::process::{Resource, getrlimit, setrlimit};

use crate::exit::Failure;

/// Descriptors that no connection gets: for 64 refused connections that are being told so, and twice for what the log, its
/// next segment, a snapshot, the readers of feeds, a reload of tokens and certificate, and a look from outside have open.
const RESERVE: u64 = 64 + 2 * 32;

/// Fewer connections than this are no server.
const CONNECTIONS_MIN: u64 = 16;

/// Raises the limit of this process to the highest that it may set by itself. Services and login shells start with 1,024,
/// though the system mostly allows far more.
pub(crate) fn raise_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // As it was, if it cannot be: the number of connections goes by what is there.
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "the limit of open files cannot be raised");
    }
}

/// How many connections there may be, of those that are wanted. Asked when everything but the connections is open.
pub(crate) fn connections(wanted: u64) -> Result<u64, Failure> {
    let Some(limit) = getrlimit(Resource::Nofile).current else { return Ok(wanted) };
    let most = limit.saturating_sub(open_files() + RESERVE);
    if most < CONNECTIONS_MIN.min(wanted) {
        let needed = limit - most + CONNECTIONS_MIN;
        return Err(Failure::usage(
            Code::CANNOT_LISTEN,
            format!(
                "the process may open {limit} files, and needs {needed} at least: raise LimitNOFILE, or ulimit -n"
            ),
        ));
    }
    if most < wanted {
        tracing::warn!(
            limit,
            connections = most,
            "connections.max is {wanted}, but the process may not open so many files: raise LimitNOFILE, or ulimit -n"
        );
    }
    Ok(most.min(wanted))
}

fn open_files() -> u64 {
    // Where there is no such list, the reserve has to do.
    std::fs::read_dir("/dev/fd").map_or(0, |files| files.count() as u64)
}
