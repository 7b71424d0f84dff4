//! What a server's monitor says of it.

use std::time::Duration;

use holdfast_replica::Position;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::check::{ServerFacts, Unsafe};
use crate::stream::lacks;

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

/// The part of `/jsz` that counts.
#[derive(Deserialize)]
struct Jsz {
    #[serde(default)]
    account_details: Vec<Account>,
}

#[derive(Deserialize)]
struct Account {
    #[serde(default)]
    stream_detail: Vec<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    name: String,
    state: State,
}

#[derive(Deserialize)]
struct State {
    messages: u64,
    first_seq: u64,
    last_seq: u64,
}

/// What a server itself says of its copy of a log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CopySeen {
    /// The name of the server.
    pub server: String,
    /// The position of the oldest message that it has; behind the last if it has none.
    pub first: Position,
    /// The position of the newest.
    pub last: Position,
    /// How many it has.
    pub messages: u64,
}

impl CopySeen {
    /// How many messages it lacks between the first and the last that it has.
    #[must_use]
    pub const fn missing(&self) -> u64 {
        lacks((self.first, self.last), self.messages)
    }
}

/// Asks the monitor at this address, `http://host:8222`, how its server is set up.
pub(crate) fn look(url: &str) -> Result<ServerFacts, Unsafe> {
    Ok(facts(get(url, "varz")?))
}

/// Asks it for its server's copy of a stream; `None` if that has none.
pub(crate) fn copy(url: &str, stream: &str) -> Result<Option<CopySeen>, Unsafe> {
    let Varz { server_name, .. } = get(url, "varz")?;
    Ok(counted(server_name, stream, get(url, "jsz?streams=1")?))
}

fn counted(server: String, stream: &str, jsz: Jsz) -> Option<CopySeen> {
    let mut streams = jsz.account_details.into_iter().flat_map(|account| account.stream_detail);
    let State { messages, first_seq, last_seq } = streams.find(|one| one.name == stream)?.state;
    Some(CopySeen { server, first: Position(first_seq), last: Position(last_seq), messages })
}

fn get<T: DeserializeOwned>(url: &str, what: &str) -> Result<T, Unsafe> {
    let silent = |why: String| Unsafe::Silent { url: url.to_owned(), why };
    let agent = ureq::Agent::new_with_config(
        ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).max_redirects(0).build(),
    );
    let mut response = agent
        .get(format!("{}/{what}", url.trim_end_matches('/')))
        .call()
        .map_err(|error| silent(error.to_string()))?;
    let bytes = response.body_mut().with_config().limit(BYTES_MAX).read_to_vec();
    let bytes = bytes.map_err(|error| silent(error.to_string()))?;
    serde_json::from_slice(&bytes)
        .map_err(|error| silent(format!("it is no answer of a NATS server: {error}")))
}

fn facts(Varz { server_name, version, max_payload, jetstream }: Varz) -> ServerFacts {
    // One server of the cluster does not name itself among the others: the leader among its replicas, the rest by its leader.
    let peers = jetstream.meta.map_or_else(Vec::new, |Meta { leader, replicas }| {
        leader.into_iter().chain(replicas.into_iter().map(|replica| replica.name)).collect()
    });
    ServerFacts {
        name: server_name,
        version,
        payload_bytes_max: max_payload,
        syncs: jetstream.config.map(|config| config.sync_always),
        peers: peers.into_iter().filter(|name: &String| !name.is_empty()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<ServerFacts, serde_json::Error> {
        serde_json::from_slice(bytes).map(facts)
    }

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

    #[test]
    fn a_copy_that_lacks_messages_inside_is_told_from_one_that_was_trimmed() {
        let said = br#"{"streams":2,"account_details":[{"name":"other"},{"name":"hf","stream_detail":[
            {"name":"HF_x_0","state":{"messages":1,"bytes":9,"first_seq":1,"last_seq":1}},
            {"name":"HF_c_0","state":{"messages":6,"bytes":9,"first_seq":11,"last_seq":20}}]}]}"#;
        let jsz = || serde_json::from_slice::<Jsz>(said).unwrap();
        let copy = counted("n1".to_owned(), "HF_c_0", jsz()).unwrap();
        assert_eq!((copy.first, copy.last, copy.missing()), (Position(11), Position(20), 4));
        assert_eq!(counted("n1".to_owned(), "HF_x_0", jsz()).unwrap().missing(), 0);
        assert_eq!(counted("n1".to_owned(), "HF_y_0", jsz()), None);
        assert_eq!(
            CopySeen { first: Position(1), last: Position(0), messages: 0, ..copy }.missing(),
            0,
            "an empty one"
        );
    }
}
