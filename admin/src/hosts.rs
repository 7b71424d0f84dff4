//! The names that a request may call the server by.
//!
//! A page of somebody else can make a browser ask this port, and by a name that it has changed to the address of this machine
//! it could even read the answers. So a name is only good that is known to be ours, for reads as well. The address at which a connection has
//! arrived is always good: a browser that was given it asks as itself, not as a page of that name.

use std::net::{IpAddr, SocketAddr};

/// The names that are good beside the address at which a connection has arrived.
#[derive(Debug)]
pub(crate) struct Hosts(Vec<String>);

impl Hosts {
    pub(crate) fn new(more: &[String]) -> Self {
        Self(std::iter::once("localhost".to_owned()).chain(more.iter().map(|name| plain(name))).collect())
    }

    /// May a request on a connection that has arrived here name this host, as it stands in `Host`?
    pub(crate) fn know(&self, host: &str, at: SocketAddr) -> bool {
        let Some(name) = without_port(host) else { return false };
        let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        if let Ok(address) = bare.parse::<IpAddr>() {
            let (address, at) = (address.to_canonical(), at.ip().to_canonical());
            if address == at || (address.is_loopback() && at.is_loopback()) {
                return true;
            }
        }
        let name = plain(name);
        self.0.contains(&name)
    }
}

/// Small letters, without the dot of the root.
fn plain(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

/// The name or address before the port, if there is one; `None` if it is neither.
fn without_port(host: &str) -> Option<&str> {
    let end = match host.strip_prefix('[') {
        Some(rest) => rest.find(']')? + 2,
        None => host.find(':').unwrap_or(host.len()),
    };
    let (name, port) = host.split_at(end);
    let is_port = |port: &str| port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    (!name.is_empty() && (port.is_empty() || is_port(port))).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_ours() {
        let hosts = Hosts::new(&["Sale.Example".to_owned(), "10.0.0.9".to_owned()]);
        let home: SocketAddr = "127.0.0.1:7412".parse().unwrap();
        let away: SocketAddr = "192.0.2.7:7412".parse().unwrap();
        for good in [
            "localhost",
            "LOCALHOST:7412",
            "localhost.",
            "127.0.0.1:7412",
            "[::1]:7412",
            "sale.example",
            "sale.example.:1",
            "10.0.0.9:80",
        ] {
            assert!(hosts.know(good, home), "{good}");
        }
        for bad in [
            "",
            ":7412",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "127.0.0.1:x",
            "192.0.2.7",
            "[::1",
            "localhost:7412:1",
            "localhost@evil",
            "sale.example/",
        ] {
            assert!(!hosts.know(bad, home), "{bad}");
        }
        for (host, good) in
            [("192.0.2.7:7412", true), ("192.0.2.8:7412", false), ("127.0.0.1", false), ("localhost", true)]
        {
            assert_eq!(hosts.know(host, away), good, "{host}");
        }
    }
}
