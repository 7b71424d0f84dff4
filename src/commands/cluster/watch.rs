//! Looks at the servers of the replicated log again and again while a node runs: what they say of the log and of each copy.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use holdfast_engine::{ClusterView, Code, LogCopy, LogSeen};
use holdfast_jetstream::{CopySeen, Desk, Peer, StreamState};

use super::{monitors, way};
use crate::exit::Failure;
use crate::settings::Cluster;

/// Between two looks.
const EVERY: Duration = Duration::from_secs(10);

/// Looks on a thread of its own until the node is at its end. Nobody waits for it, as a look takes seconds where nobody answers.
pub(crate) fn watch(settings: &Cluster, node: ClusterView) -> Result<(), Failure> {
    let settings = settings.clone();
    let work = move || {
        let (mut desk, mut rotten) = (None::<Desk>, BTreeMap::new());
        while node.over().is_none() {
            let seen = look(&settings, &mut desk);
            if let Some(seen) = &seen {
                tell_rotten(seen, &mut rotten);
            }
            node.log_is(seen);
            match &desk {
                Some(desk) => desk.wait(EVERY),
                None => thread::sleep(EVERY),
            }
        }
    };
    let thread = thread::Builder::new().name("log-watch".to_owned()).spawn(work);
    thread.map(drop).map_err(|error| Failure::fault(Code::DEFECT, error.to_string()))
}

/// What the servers say; `None` if they say nothing, and then they are connected to anew at the next look.
fn look(settings: &Cluster, desk: &mut Option<Desk>) -> Option<LogSeen> {
    if desk.is_none() {
        let (access, name) = way(settings).ok()?;
        *desk = Desk::open(access, name).ok();
    }
    let at = desk.as_ref()?;
    match at.look() {
        Ok(Some(state)) => {
            let copies: Vec<_> = at.copies(monitors(settings)).into_iter().filter_map(Result::ok).collect();
            Some(seen(&at.name().stream(), state, &copies))
        }
        Ok(None) | Err(_) => {
            *desk = None;
            None
        }
    }
}

fn seen(stream: &str, state: StreamState, copies: &[CopySeen]) -> LogSeen {
    let missing = |server: &str| copies.iter().find(|copy| copy.server == server).map(CopySeen::missing);
    let copies_current = state.copies_current() as u64;
    let copy = |(name, peer): (&str, Option<&Peer>)| LogCopy {
        server: name.into(),
        is_current: peer.is_none_or(|peer| peer.is_current),
        is_offline: peer.is_some_and(|peer| peer.is_offline),
        lag: peer.map_or(0, |peer| peer.lag),
        missing: missing(name),
    };
    LogSeen {
        stream: stream.into(),
        first: state.first.0,
        last: state.last.0,
        bytes: state.bytes,
        bytes_max: state.bytes_max.unwrap_or(0),
        copies: state.copies as u64,
        copies_current,
        servers: state.servers().map(copy).collect(),
        leader: state.leader.map(Into::into),
    }
}

/// Says of each copy once that it lacks messages, and how many.
fn tell_rotten(seen: &LogSeen, told: &mut BTreeMap<Box<str>, u64>) {
    let rotten: BTreeMap<_, _> =
        seen.rotten().map(|copy| (copy.server.clone(), copy.missing.unwrap_or(0))).collect();
    for (server, missing) in rotten.iter().filter(|(server, missing)| told.get(*server) != Some(missing)) {
        tracing::error!(
            code = %Code::COPY_ROTTEN,
            server = &**server,
            missing,
            "a copy of the replicated log lacks messages"
        );
    }
    *told = rotten;
}

#[cfg(test)]
mod tests {
    use holdfast_replica::Position;

    use super::*;

    #[test]
    fn each_copy_has_what_its_own_server_counts() {
        let peer = |name: &str, is_current: bool| Peer {
            name: name.to_owned(),
            is_current,
            is_offline: false,
            lag: u64::from(!is_current),
        };
        let state = StreamState {
            first: Position(1),
            last: Position(9),
            messages: 9,
            bytes: 90,
            bytes_max: Some(100),
            leader: Some("n1".to_owned()),
            replicas: vec![peer("n0", true), peer("n2", false)],
            copies: 3,
            metadata: Vec::new(),
        };
        let copy = |server: &str, messages| CopySeen {
            server: server.to_owned(),
            first: Position(1),
            last: Position(9),
            messages,
        };
        let seen = seen("HF_c_0", state, &[copy("n0", 7), copy("n1", 9)]);
        let missing: Vec<_> = seen.servers.iter().map(|copy| (&*copy.server, copy.missing)).collect();
        assert_eq!(missing, [("n1", Some(0)), ("n0", Some(2)), ("n2", None)]);
        assert_eq!((seen.copies_current, seen.used_percent(), seen.rotten().count()), (2, 90, 1));
    }
}
