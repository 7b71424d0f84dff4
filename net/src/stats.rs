//! What the front end counts. Connections add to it once a turn, not once a command.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! stats {
    ($($(#[doc = $doc:literal])+ $name:ident,)*) => {
        /// Counters of a server, since it started. Read them at any time; they are never reset.
        #[derive(Default, Debug)]
        pub struct Stats {
            $($(#[doc = $doc])+ pub $name: AtomicU64,)*
        }

        impl Stats {
            /// Every counter with its name, in a fixed order.
            #[must_use]
            pub fn all(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name.load(Ordering::Relaxed)),)*]
            }
        }
    };
}

stats! {
    /// Connections at this moment.
    connected_clients,
    /// Connections accepted.
    connections_accepted,
    /// Connections refused because there were as many as there may be.
    connections_refused,
    /// Failures to accept: descriptors or memory ran out.
    accept_failures,
    /// Commands read, bad ones included.
    commands,
    /// Commands refused by their form.
    commands_invalid,
    /// Commands refused with `BUSY` because their connection, or thread, was behind for too long.
    commands_shed,
    /// Logins that succeeded.
    logins,
    /// Logins that failed.
    logins_failed,
    /// Commands refused because nobody was logged in on their connection.
    commands_unauthenticated,
    /// Commands refused because the role of their connection does not allow them.
    commands_denied,
    /// TLS handshakes that succeeded.
    tls_handshakes,
    /// TLS handshakes that failed or did not come to an end in time.
    tls_failures,
    /// Connections ended because their bytes were not the protocol, or over one of its limits.
    protocol_errors,
    /// Connections ended because a command did not arrive in time.
    slow_commands,
    /// Connections ended because their client left replies unread.
    slow_readers,
    /// Connections ended because their client had gone before it could be answered.
    clients_gone,
    /// Connections ended because nothing came from them.
    idle_closed,
    /// Times that a connection was not read because its client was ahead: too much in flight, or unread.
    backpressure,
    /// Bytes read.
    input_bytes,
    /// Bytes written.
    output_bytes,
}

impl Stats {
    pub(crate) fn add(counter: &AtomicU64, count: u64) {
        if count > 0 {
            counter.fetch_add(count, Ordering::Relaxed);
        }
    }

    /// The section `# Clients` of `INFO`.
    pub(crate) fn write_clients(&self, connections_max: usize, out: &mut String) {
        let connected = self.connected_clients.load(Ordering::Relaxed);
        // Writing to a String cannot fail.
        let _ = write!(out, "# Clients\r\nconnected_clients:{connected}\r\nmaxclients:{connections_max}\r\n");
    }

    /// The section `# Net` of `INFO`.
    pub(crate) fn write_net(&self, out: &mut String) {
        out.push_str("# Net\r\n");
        for (name, value) in self.all() {
            if name != "connected_clients" {
                let _ = write!(out, "{name}:{value}\r\n");
            }
        }
    }
}
