//! Consumer groups with the typed interfaces of client libraries.

use std::path::Path;

use redis::streams::{
    StreamAutoClaimOptions, StreamAutoClaimReply, StreamClaimReply, StreamInfoConsumersReply,
    StreamInfoGroupsReply, StreamPendingCountReply, StreamPendingReply, StreamRangeReply, StreamReadOptions,
    StreamReadReply,
};
use redis::{Commands as _, RedisError};

use super::run;
use crate::support::scripts::{VENV, node_modules, python, python_with};
use crate::support::{HALL, Server, TempDir};
use crate::{ask, connect};

#[test]
fn with_redis_py() {
    if let Some(python) = python("groups_with_redis_py", VENV) {
        run(&python, "tests/clients/streams/redis_py_groups.py", "redis-py: all as expected");
    }
}

#[test]
fn with_valkey_glide() {
    if let Some(python) = python_with("groups_with_valkey_glide", VENV, "glide") {
        run(&python, "tests/clients/streams/valkey_glide_groups.py", "valkey-glide: all as expected");
    }
}

#[test]
fn with_ioredis_and_node_redis() {
    if node_modules("groups_with_ioredis_and_node_redis").is_some() {
        let expected = "ioredis and node-redis: all as expected";
        run(Path::new("node"), "tests/clients/streams/node_groups.mjs", expected);
    }
}

/// What a read gave of the one stream that it names.
fn ids_of(read: Option<StreamReadReply>) -> Vec<String> {
    let keys = read.map(|read| read.keys).unwrap_or_default();
    keys.into_iter().flat_map(|key| key.ids).map(|entry| entry.id).collect()
}

#[test]
fn with_the_redis_crate() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    for protocol in ["resp2", "resp3"] {
        let mut connection = connect(&server, protocol);
        server.client().create(protocol, HALL);
        let stream = format!("feed:{protocol}");
        let _: redis::Value = ask(&mut connection, &format!("HOLD {protocol} k1 ann 0 SEATS A-1-1")).unwrap();
        let _: redis::Value = ask(&mut connection, &format!("HOLD {protocol} k2 ann 0 SEATS A-1-2")).unwrap();
        let range: StreamRangeReply = connection.xrange_all(&stream).unwrap();
        let all: Vec<String> = range.ids.into_iter().map(|entry| entry.id).collect();
        assert_eq!(all.len(), 3);

        let _: () = connection.xgroup_create_mkstream(&stream, "mail", "0").unwrap();
        let twice: Result<(), RedisError> = connection.xgroup_create(&stream, "mail", "0");
        assert_eq!(twice.unwrap_err().code(), Some("BUSYGROUP"));
        let options = StreamReadOptions::default().group("mail", "ann");
        let first = connection.xread_options(&[&stream], &[">"], &options.count(2)).unwrap();
        assert_eq!(ids_of(first), all[..2]);
        let options = StreamReadOptions::default().group("mail", "ann");
        assert_eq!(ids_of(connection.xread_options(&[&stream], &["0"], &options).unwrap()), all[..2]);
        let pending: StreamPendingReply = connection.xpending(&stream, "mail").unwrap();
        let StreamPendingReply::Data(told) = pending else { panic!("{pending:?}") };
        assert_eq!((told.count, &told.start_id, &told.end_id), (2, &all[0], &all[1]));
        let rows: StreamPendingCountReply = connection.xpending_count(&stream, "mail", "-", "+", 9).unwrap();
        assert_eq!((rows.ids[1].consumer.as_str(), rows.ids[1].times_delivered), ("ann", 2));
        let acked: u64 = connection.xack(&stream, "mail", &[&all[0], &all[0]]).unwrap();
        assert_eq!(acked, 1);
        let claimed: StreamClaimReply = connection.xclaim(&stream, "mail", "cat", 0, &[&all[1]]).unwrap();
        assert_eq!(claimed.ids[0].get::<u64>("version"), Some(2));
        let options = StreamAutoClaimOptions::default().count(5);
        let auto: StreamAutoClaimReply =
            connection.xautoclaim_options(&stream, "mail", "dan", 0, "0-0", options).unwrap();
        assert_eq!(
            (auto.next_stream_id.as_str(), &auto.claimed[0].id, auto.claimed.len()),
            ("0-0", &all[1], 1)
        );
        let groups: StreamInfoGroupsReply = connection.xinfo_groups(&stream).unwrap();
        let group = &groups.groups[0];
        assert_eq!((group.name.as_str(), group.consumers, group.pending), ("mail", 3, 1));
        assert_eq!((&group.last_delivered_id, group.entries_read, group.lag), (&all[1], Some(2), Some(1)));
        let consumers: StreamInfoConsumersReply = connection.xinfo_consumers(&stream, "mail").unwrap();
        let told: Vec<_> = consumers.consumers.iter().map(|one| (one.name.as_str(), one.pending)).collect();
        assert_eq!(told, [("ann", 0), ("cat", 0), ("dan", 1)]);
        let options = StreamReadOptions::default().group("mail", "eve").noack();
        assert_eq!(ids_of(connection.xread_options(&[&stream], &[">"], &options).unwrap()), all[2..]);
        assert!(ids_of(connection.xread_options(&[&stream], &[">"], &options).unwrap()).is_empty());
        let _: () = connection.xgroup_setid(&stream, "mail", "$").unwrap();
        assert!(connection.xgroup_destroy::<_, _, bool>(&stream, "mail").unwrap());
    }
}
