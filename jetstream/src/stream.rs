//! The stream of a log: how it has to be, and what of one that stands there is otherwise.

use std::collections::HashMap;
use std::time::Duration;

use async_nats::jetstream::stream::{
    Compression, Config, DiscardPolicy, PersistenceMode, Republish, RetentionPolicy, StorageType,
};
use holdfast_replica::{MESSAGE_BYTES_MAX, Position};

use crate::check::{SERVERS_MIN, Unsafe};
use crate::name::LogName;

/// What the bytes of a message may come to, headers of the server included.
const MESSAGE_BYTES: i32 = MESSAGE_BYTES_MAX as i32 + 1_024;

/// The stream as `holdfast cluster init` makes it.
pub(crate) fn wanted(
    name: &LogName,
    replicas: usize,
    bytes_max: u64,
    metadata: HashMap<String, String>,
) -> Config {
    Config {
        name: name.stream(),
        subjects: vec![name.subject()],
        description: Some("the log of a shard of holdfast: nothing else writes or deletes here".to_owned()),
        retention: RetentionPolicy::Limits,
        // A full log refuses, and forgets nothing.
        discard: DiscardPolicy::New,
        storage: StorageType::File,
        num_replicas: replicas,
        max_bytes: i64::try_from(bytes_max).unwrap_or(i64::MAX),
        max_messages: -1,
        max_messages_per_subject: -1,
        max_age: Duration::ZERO,
        max_message_size: MESSAGE_BYTES,
        max_consumers: -1,
        deny_delete: true,
        // Trimming is a purge up to a position.
        deny_purge: false,
        allow_rollup: false,
        // Only whoever leads answers reads: a replica does not know what it lacks.
        allow_direct: false,
        compression: Some(Compression::None),
        republish: Some(Republish { source: name.subject(), destination: name.tail(), headers_only: false }),
        metadata,
        ..Config::default()
    }
}

/// What of a stream would lose, hide or reorder what stands in it.
pub(crate) fn faults(name: &LogName, config: &Config) -> Vec<Unsafe> {
    let wanted = wanted(name, SERVERS_MIN, 0, HashMap::new());
    let mut found = Vec::new();
    let mut must = |is_so: bool, field: &'static str, is: String, must: String| {
        if !is_so {
            found.push(Unsafe::Stream { stream: name.stream(), field, is, must });
        }
    };
    let replicas = config.num_replicas;
    must(replicas >= SERVERS_MIN, "num_replicas", replicas.to_string(), format!("at least {SERVERS_MIN}"));
    let same =
        |is: &dyn std::fmt::Debug, must: &dyn std::fmt::Debug| (format!("{is:?}"), format!("{must:?}"));
    macro_rules! fields {
        ($($field:ident as $shown:literal),* $(,)?) => {
            $({
                let (is, wants) = same(&config.$field, &wanted.$field);
                must(is == wants, $shown, is, wants);
            })*
        };
    }
    fields! {
        subjects as "subjects",
        retention as "retention",
        discard as "discard",
        storage as "storage",
        max_messages as "max_msgs",
        max_messages_per_subject as "max_msgs_per_subject",
        max_age as "max_age",
        deny_delete as "deny_delete",
        deny_purge as "deny_purge",
        allow_rollup as "allow_rollup_hdrs",
        allow_direct as "allow_direct",
        no_ack as "no_ack",
        sealed as "sealed",
        republish as "republish",
        allow_message_ttl as "allow_msg_ttl",
        allow_atomic_publish as "allow_atomic",
        allow_batch_publish as "allow_batched",
        allow_message_counter as "allow_msg_counter",
        allow_message_schedules as "allow_msg_schedules",
    }
    let size = config.max_message_size;
    must(
        size <= 0 || size >= MESSAGE_BYTES,
        "max_msg_size",
        size.to_string(),
        format!("at least {MESSAGE_BYTES}"),
    );
    let persists = config.persist_mode != Some(PersistenceMode::Async);
    must(persists, "persist_mode", "async".to_owned(), "default".to_owned());
    let is_own = config.mirror.is_none() && config.sources.as_ref().is_none_or(Vec::is_empty);
    must(is_own, "mirror, sources", "another stream".to_owned(), "none".to_owned());
    let is_kept = config.subject_transform.is_none();
    must(is_kept, "subject_transform", "one".to_owned(), "none".to_owned());
    found
}

/// How many of the messages from the first to the last are not among so many. Nothing is deleted inside a log, so that is damage.
pub(crate) const fn lacks((first, last): (Position, Position), messages: u64) -> u64 {
    (last.0 + 1).saturating_sub(first.0).saturating_sub(messages)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Change = fn(&mut Config);

    fn name() -> LogName {
        LogName::new("c", 0).unwrap()
    }

    #[test]
    fn what_is_made_is_safe() {
        let made = wanted(&name(), 3, 1 << 30, HashMap::new());
        assert_eq!(faults(&name(), &made), []);
        let five = Config { num_replicas: 5, ..made };
        assert_eq!(faults(&name(), &five), []);
    }

    #[test]
    fn each_field_that_endangers_what_stands_there_is_named() {
        let made = wanted(&name(), 3, 1 << 30, HashMap::new());
        let cases: [(&str, Change); 16] = [
            ("num_replicas", |config| config.num_replicas = 1),
            ("subjects", |config| config.subjects.push("more".to_owned())),
            ("retention", |config| config.retention = RetentionPolicy::WorkQueue),
            ("discard", |config| config.discard = DiscardPolicy::Old),
            ("storage", |config| config.storage = StorageType::Memory),
            ("max_msgs", |config| config.max_messages = 5),
            ("max_msgs_per_subject", |config| config.max_messages_per_subject = 1),
            ("max_age", |config| config.max_age = Duration::from_secs(86_400)),
            ("deny_delete", |config| config.deny_delete = false),
            ("allow_rollup_hdrs", |config| config.allow_rollup = true),
            ("allow_direct", |config| config.allow_direct = true),
            ("no_ack", |config| config.no_ack = true),
            ("republish", |config| config.republish = None),
            ("allow_msg_ttl", |config| config.allow_message_ttl = true),
            ("max_msg_size", |config| config.max_message_size = 65_536),
            ("persist_mode", |config| config.persist_mode = Some(PersistenceMode::Async)),
        ];
        for (field, change) in cases {
            let mut config = made.clone();
            change(&mut config);
            let found = faults(&name(), &config);
            let [Unsafe::Stream { field: named, .. }] = &found[..] else { panic!("{field}: {found:?}") };
            assert_eq!(*named, field);
        }
    }
}
