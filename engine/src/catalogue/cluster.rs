//! The codes of a shard whose log several machines have.

/// Adds them behind the codes that it is given.
macro_rules! with_cluster {
    ($($before:tt)*) => {
        catalogue! {
            $($before)*

    QUORUM_AWAY = "HF-SYS-030", Some(Kind::Degraded), "the replicated log does not answer",
        "This node owns the shard, and no majority of the log's servers has taken anything for more than a second. New holds are refused first, everything that writes after three seconds. What was judged waits, and is answered when the log is back.",
        "Send the command again, with the same key. Look whether the log's servers run and reach each other; the server recovers by itself.";
    NO_OWNER = "HF-SYS-031", Some(Kind::ClusterDown), "no node is known to own the shard",
        "This node follows, and it does not know who owns the shard: the owner has handed it over, or has not been heard of. Another node takes over within seconds, as soon as the replicated log answers.",
        "Send the command again a moment later, with the same key. If it lasts, look whether the log's servers run, and whether a node is whole: holdfast cluster status.";
    FOLLOWS = "HF-SYS-032", Some(Kind::ReadOnly), "this node follows",
        "Another node owns the shard and sells; this one only reads what the replicated log says. Nothing was judged, and the key is not bound.",
        "Send the command to the node that the message names, with the same key. Cluster clients of Redis do that by themselves.";
    STALE = "HF-SYS-033", Some(Kind::MasterDown), "what this node shows may be too old",
        "This node has not known the end of the replicated log for longer than cluster.max_staleness: it is cut off from the log, or is catching up. It answers no reads until it is current.",
        "Ask another node. If it lasts, look whether this node reaches the servers of the log.";
    NOT_REACHED = "HF-SYS-034", Some(Kind::Timeout), "the event has not come to this version",
        "WAITVERSION has waited for as long as it says, and this node does not show the version yet.",
        "Wait again, or read from the owner. If a node that follows is always late, look at its lag.";
    LOG_FULL = "HF-SYS-035", Some(Kind::Degraded), "the replicated log is full, or almost",
        "The stream of the log has as many bytes or messages as it may have, or nearly. When it has all of them, its servers take nothing more: everything that writes is refused, and what was judged before waits until there is room.",
        "A client sends the command again, with the same key. An operator makes room: see that the owner makes snapshots, and shorten cluster.log_keep. Else give the stream more bytes with the nats program, if the disks of all three servers have room.";
    LOG_UNSAFE = "HF-SYS-036", None, "the servers of the log are not safe",
        "The servers that are to keep the replicated log, or the stream in them, are set up so that messages can be lost, hidden or forgotten although they were acknowledged. Nothing was written.",
        "Correct each line of the message: docs/cluster.md has a configuration that passes. Servers take a changed one at their next start: restart them one at a time, when all copies are current.";
    FENCED = "HF-SYS-037", None, "another node owns the shard",
        "This node owned the shard and was not heard of in time, so another one has taken over; or it could not be sure any more that the log has what it wrote. What it had judged and the log does not have was acknowledged to nobody, and is thrown away.",
        "Nothing: start the process again, and it follows. If it happens often, look for a machine that stands still or a slow network.";
    LOG_TRIMMED = "HF-SYS-038", None, "the replicated log does not reach back to this node",
        "This node was away for longer than cluster.log_keep, or its directory is empty: the log has forgotten what it needs next. Nothing was changed.",
        "Set its data directory aside, have the node that sells make a backup (JOB RUN backup), and copy that into an empty one: holdfast cluster reseed. Then start this node: it goes on from there.";
    LOG_SHORTER = "HF-DQ-010", None, "the replicated log may lack what a node has",
        "A node did not find in the log what it has kept of it: the log has forgotten its end, or whoever answered was behind. The node looks for each message, and writes there again what is missing: the same bytes at the same place in the chain.",
        "Look whether the node follows or owns again: holdfast status. If it happened without a server of the log being restarted, look at the disks of the three servers.";
    LOGS_DIFFER = "HF-DQ-011", None, "the replicated log and this directory are of two histories",
        "What this node has kept does not stand in the replicated log, and something else does: the log was shortened and written anew, or the directory is of another cluster. The node writes nothing.",
        "Keep the directory as it is: it may have what the log lacks. Compare the nodes before you remove anything.";
    COPY_ROTTEN = "HF-DQ-012", None, "a copy of the replicated log lacks messages",
        "A server of the log has fewer messages than stand between the first and the last of its copy, or its copy has nothing or something else where the others have what the node has kept. Nothing is ever deleted inside, so its disk has lost some. If that server leads one day, it hides them.",
        "See that the other copies are current. Then stop that one server, empty its store, start it, and wait until its copy is current: docs/runbooks/cluster.md.";
    VOID_MESSAGES = "HF-DQ-013", None, "messages of the replicated log do not count",
        "A message stands in the log and does not follow the one before it by the rule: of an owner that was deposed while it wrote, written twice, or written by a stranger. Every node passes over it. Nothing that was acknowledged is among them.",
        "One or two after a takeover are as it should be. If they go on, see who may publish on the subject of the log: only the account of holdfast should.";
        }
    };
}
