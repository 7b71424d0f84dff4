//! How a node of a cluster is: the replicated log as its servers are seen, and this node's own copy of it.

use holdfast_engine::{ClusterMeasures, ClusterRole, ClusterStats, Code, LogSeen, Mode};

use super::parts::{Finding, Status, UP, degraded, finding};
use crate::limits;

/// Both parts of a node; off a cluster there is none.
pub(super) fn of_node(node: Option<&ClusterStats>, mode: Mode) -> Vec<(&'static str, Finding)> {
    node.map_or_else(Vec::new, |node| vec![("quorum", quorum(&node.measured, mode)), ("copy", copy(node))])
}

fn quorum(node: &ClusterMeasures, mode: Mode) -> Finding {
    if mode == Mode::QuorumAway || node.log_silent_ms.is_some_and(|since| since > limits::LOG_SILENT_MS) {
        let message = "the replicated log does not answer: nothing can be written";
        return finding(Status::Down, Code::QUORUM_AWAY, message);
    }
    if mode == Mode::QuorumSlow {
        let message = "the replicated log has taken nothing for a moment: no new holds";
        return finding(Status::Degraded, Code::QUORUM_AWAY, message);
    }
    node.log.as_ref().map_or(UP, log)
}

fn log(log: &LogSeen) -> Finding {
    let rotten: Vec<_> = log.rotten().map(|copy| copy.server.to_string()).collect();
    if !rotten.is_empty() {
        let message =
            format!("{} of {} copies of the replicated log lack messages", rotten.len(), log.copies);
        return Finding { names: rotten, ..finding(Status::Degraded, Code::COPY_ROTTEN, message) };
    }
    if log.copies_current < log.copies {
        let message =
            format!("{} of {} copies of the replicated log are current", log.copies_current, log.copies);
        let behind = log.servers.iter().filter(|copy| copy.is_offline || !copy.is_current);
        let remedy = "See which server it is with holdfast cluster status, and start it: docs/runbooks/cluster-log.md.";
        return Finding {
            names: behind.map(|copy| copy.server.to_string()).collect(),
            ..degraded(message, remedy)
        };
    }
    let used = log.used_percent();
    if used >= limits::LOG_FULL_PERCENT {
        return finding(
            Status::Degraded,
            Code::LOG_FULL,
            format!("the replicated log has used {used} % of its bytes"),
        );
    }
    UP
}

fn copy(ClusterStats { node: shown, measured: node }: &ClusterStats) -> Finding {
    if node.no_owner_ms > limits::NO_OWNER_MS {
        let message = format!(
            "nobody has owned the replicated log for {} s, as far as this node knows",
            node.no_owner_ms / 1_000
        );
        return finding(Status::Down, Code::NO_OWNER, message);
    }
    let age = shown.age.map_or(0, |age| age.0);
    if shown.role == ClusterRole::Follower && age > limits::NO_OWNER_MS {
        let message = format!("this node has not known the end of the replicated log for {} s", age / 1_000);
        return finding(Status::Degraded, Code::STALE, message);
    }
    if node.lag_ms > limits::LAG_MS {
        let message = format!(
            "{} messages of the replicated log wait to be read, for {} s",
            node.lag,
            node.lag_ms / 1_000
        );
        let remedy = "Look at the disk and the processor of this machine: docs/runbooks/cluster.md.";
        return degraded(message, remedy);
    }
    if node.clock_skew_ms > limits::SKEW_MS {
        let message = format!("the clocks of this node and of the owner differ by {} ms", node.clock_skew_ms);
        return degraded(
            message,
            "Correct the clocks of the machines: a takeover moves deadlines by as much.",
        );
    }
    UP
}

#[cfg(test)]
mod tests {
    use holdfast_engine::{ClusterFigures, LogCopy, Millis};

    use super::*;

    fn well() -> ClusterStats {
        let server = |server: &str| LogCopy {
            server: server.into(),
            is_current: true,
            missing: Some(0),
            ..LogCopy::default()
        };
        let log = LogSeen {
            copies: 3,
            copies_current: 3,
            bytes: 10,
            bytes_max: 100,
            servers: ["a", "b", "c"].map(server).into(),
            ..LogSeen::default()
        };
        let node = ClusterFigures { role: ClusterRole::Follower, ..ClusterFigures::default() };
        let measured = ClusterMeasures { log: Some(log), ..ClusterMeasures::default() };
        ClusterStats { node, measured }
    }

    /// The two parts, of a node that is well but for this.
    fn with(mode: Mode, change: impl FnOnce(&mut ClusterStats)) -> [(Status, Option<Code>); 2] {
        let mut node = well();
        change(&mut node);
        let found: Vec<_> =
            of_node(Some(&node), mode).into_iter().map(|(_, found)| (found.status, found.code)).collect();
        found.try_into().unwrap()
    }

    const WELL: (Status, Option<Code>) = (Status::Up, None);
    const TOLD: (Status, Option<Code>) = (Status::Degraded, None);

    #[test]
    fn off_a_cluster_there_are_no_parts_and_a_node_that_is_well_says_so() {
        assert!(of_node(None, Mode::QuorumAway).is_empty());
        assert_eq!(with(Mode::Normal, |_| {}), [WELL, WELL]);
        assert_eq!(
            with(Mode::Normal, |node| node.measured.log = None),
            [WELL, WELL],
            "it was not looked at yet"
        );
    }

    #[test]
    fn what_is_wrong_with_the_log_is_told_the_worst_first() {
        let away = (Status::Down, Some(Code::QUORUM_AWAY));
        assert_eq!(with(Mode::QuorumAway, |_| {}), [away, WELL]);
        assert_eq!(
            with(Mode::Normal, |node| node.measured.log_silent_ms = Some(limits::LOG_SILENT_MS + 1)),
            [away, WELL]
        );
        assert_eq!(with(Mode::QuorumSlow, |_| {}), [(Status::Degraded, Some(Code::QUORUM_AWAY)), WELL]);
        let log = |change: fn(&mut LogSeen)| {
            with(Mode::Normal, |node| change(node.measured.log.as_mut().unwrap()))[0]
        };
        assert_eq!(log(|log| log.copies_current = 2), TOLD);
        assert_eq!(log(|log| log.bytes = 80), (Status::Degraded, Some(Code::LOG_FULL)));
        let rotten = |log: &mut LogSeen| {
            log.servers[1].missing = Some(3);
            log.copies_current = 2;
        };
        assert_eq!(log(rotten), (Status::Degraded, Some(Code::COPY_ROTTEN)));
    }

    #[test]
    fn a_copy_that_is_late_and_an_owner_that_is_missing_are_told() {
        let copy = |change: fn(&mut ClusterStats)| with(Mode::Normal, change)[1];
        assert_eq!(
            copy(|node| node.measured.no_owner_ms = limits::NO_OWNER_MS + 1),
            (Status::Down, Some(Code::NO_OWNER))
        );
        assert_eq!(
            copy(|node| node.node.age = Some(Millis(limits::NO_OWNER_MS + 1))),
            (Status::Degraded, Some(Code::STALE))
        );
        assert_eq!(copy(|node| node.measured.lag_ms = limits::LAG_MS + 1), TOLD);
        assert_eq!(copy(|node| node.measured.clock_skew_ms = limits::SKEW_MS + 1), TOLD);
    }
}
