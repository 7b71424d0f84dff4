//! The codes of a shard whose log several machines have.

/// Adds them behind the codes that it is given.
macro_rules! with_cluster {
    ($($before:tt)*) => {
        catalogue! {
            $($before)*

    QUORUM_AWAY = "HF-SYS-030", Some(Kind::Degraded), "the replicated log does not answer",
        "This node owns the shard, and no majority of the log's servers has taken anything for more than a second. New holds are refused first, everything that writes after three seconds. What was judged waits, and is answered when the log is back.",
        "Send the command again, with the same key. Look whether the log's servers run and reach each other; the server recovers by itself.";
    LOG_UNSAFE = "HF-SYS-036", None, "the servers of the log are not safe",
        "The servers that are to keep the replicated log, or the stream in them, are set up so that messages can be lost, hidden or forgotten although they were acknowledged. Nothing was written.",
        "Correct each line of the message: docs/cluster.md has a configuration that passes. Servers take a changed one at their next start: restart them one at a time, when all copies are current.";
    FENCED = "HF-SYS-037", None, "another node owns the shard",
        "This node owned the shard and was not heard of in time, so another one has taken over; or it could not be sure any more that the log has what it wrote. What it had judged and the log does not have was acknowledged to nobody, and is thrown away.",
        "Nothing: start the process again, and it follows. If it happens often, look for a machine that stands still or a slow network.";
    LOGS_DIFFER = "HF-DQ-011", None, "the replicated log and this directory are of two histories",
        "What this node has kept does not stand in the replicated log, and something else does: the log was shortened and written anew, or the directory is of another cluster. The node writes nothing.",
        "Keep the directory as it is: it may have what the log lacks. Compare the nodes before you remove anything.";
        }
    };
}
