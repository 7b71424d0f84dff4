//! What a connection may do in one turn of its thread.

use crate::connection::peer::Peer;
use crate::limits;

/// What a turn may still do.
pub(super) struct Budget {
    /// Commands, by their weights.
    pub(super) commands: usize,
    /// Reads from the socket.
    pub(super) reads: usize,
}

impl Budget {
    /// Of a connection that may only look, little.
    pub(super) const fn of(peer: &Peer) -> Self {
        let commands = if peer.only_looks() { limits::LOOKS_PER_TURN } else { limits::COMMANDS_PER_TURN };
        Self { commands, reads: limits::READS_PER_TURN }
    }

    /// Whether the turn is over.
    pub(super) const fn spent(&self) -> bool {
        self.commands == 0 || self.reads == 0
    }
}
