//! What a server's monitor says of it.

use std::time::Duration;

use serde::Deserialize;

use crate::check::{ServerFacts, Unsafe};

/// How long a monitor may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// More than any of them says.
const BYTES_MAX: u64 = 4 << 20;

/// The part of `/varz` that counts.
#[derive(Deserialize)]
struct Varz {
    server_name: String,
    version: String,
    max_payload: u64,
    #[serde(default)]
    jetstream: Streams,
}

#[derive(Deserialize, Default)]
struct Streams {
    config: Option<Config>,
    meta: Option<Meta>,
}

#[derive(Deserialize)]
struct Config {
    /// It is left out where it is false.
    #[serde(default)]
    sync_always: bool,
}

#[derive(Deserialize, Default)]
struct Meta {
    #[serde(default)]
    leader: Option<String>,
    #[serde(default)]
    replicas: Vec<Replica>,
}

#[derive(Deserialize)]
struct Replica {
    name: String,
}

/// Asks the monitor at this address, `http://host:8222`.
pub(crate) fn look(url: &str) -> Result<ServerFacts, Unsafe> {
    let silent = |why: String| Unsafe::Silent { url: url.to_owned(), why };
    let agent = ureq::Agent::new_with_config(
        ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).max_redirects(0).build(),
    );
    let mut response = agent
        .get(format!("{}/varz", url.trim_end_matches('/')))
        .call()
        .map_err(|error| silent(error.to_string()))?;
    let bytes = response.body_mut().with_config().limit(BYTES_MAX).read_to_vec();
    let bytes = bytes.map_err(|error| silent(error.to_string()))?;
    read(&bytes).map_err(|error| silent(format!("it is no answer of a NATS server: {error}")))
}

fn read(bytes: &[u8]) -> Result<ServerFacts, serde_json::Error> {
    let Varz { server_name, version, max_payload, jetstream } = serde_json::from_slice(bytes)?;
    // One server of the cluster does not name itself among the others: the leader among its replicas, the rest by its leader.
    let peers = jetstream.meta.map_or_else(Vec::new, |Meta { leader, replicas }| {
        leader.into_iter().chain(replicas.into_iter().map(|replica| replica.name)).collect()
    });
    Ok(ServerFacts {
        name: server_name,
        version,
        payload_bytes_max: max_payload,
        syncs: jetstream.config.map(|config| config.sync_always),
        peers: peers.into_iter().filter(|name: &String| !name.is_empty()).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_is_read_and_what_is_left_out_is_no() {
        let whole = r#"{"server_name":"n1","version":"2.15.1","max_payload":8388608,"jetstream":{"config":{"sync_always":true},
            "meta":{"leader":"n2","replicas":[{"name":"n1"},{"name":"n3"}]}},"more":1}"#;
        let facts = read(whole.as_bytes()).unwrap();
        assert_eq!((facts.syncs, facts.peers), (Some(true), ["n2", "n1", "n3"].map(str::to_owned).into()));
        let lazy = r#"{"server_name":"n1","version":"2.15.1","max_payload":1,"jetstream":{"config":{}}}"#;
        assert_eq!(read(lazy.as_bytes()).unwrap().syncs, Some(false));
        let none = r#"{"server_name":"n1","version":"2.15.1","max_payload":1,"jetstream":{}}"#;
        assert_eq!(read(none.as_bytes()).unwrap().syncs, None);
        assert!(read(b"<html>").is_err() && read(b"{}").is_err());
    }
}
