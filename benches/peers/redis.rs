//! Redis, with every group of commands synced before its answers: as a lock, and as a script that means what `HOLD`
//! means.

use std::io;

use crate::harness::drive::connect;
use crate::harness::load::Load;
use crate::harness::process::{Directory, Server};
use crate::harness::resp::{Resp, answer, ask};
use crate::harness::sale::{MILLION, TTL_MS, scattered, some_sets};
use crate::holdfast::measure_pings;
use crate::promises::{self, expect};
use crate::run::Run;
use crate::table::{CLOSED, SHAPES, Subject};

const SCRIPT: &str = include_str!("redis/hold.lua");
const SCRIPT_CEILING: u32 = 200_000;

/// Measures the lock and the bare path; returns the version, `None` if it is not installed.
pub(crate) fn measure_sets(run: &mut Run<'_>) -> io::Result<Option<String>> {
    with_server(|server| {
        let set = || answer(server.address, &["SET", "check", "somebody", "NX", "PX", TTL_MS]);
        let granted = set()?;
        expect(granted == "+OK\r\n", "a free seat is locked", granted)?;
        let refused = set()?;
        expect(refused == "$-1\r\n", "a seat is locked once", refused)?;
        for shape in SHAPES {
            let load = some_sets(&shape.word(), run.enough(shape, MILLION).min(MILLION));
            let before = keys(server)?;
            let sockets = connect(server.address, shape.connections)?;
            let replies = run.measure(shape, Subject::RedisSet, sockets, Resp, &load)?;
            let made = keys(server)? - before;
            expect(made == replies, "every answer is a lock", format_args!("{made} of {replies}"))?;
        }
        measure_pings(run, server, Subject::RedisPing)
    })
}

/// Measures the script; returns the version, `None` if it is not installed.
pub(crate) fn measure_script(run: &mut Run<'_>) -> io::Result<Option<String>> {
    with_server(|server| {
        let reply = ask(server.address, &["SCRIPT", "LOAD", SCRIPT])?;
        let script = reply.lines().nth(1).unwrap_or_default();
        promises::check(|asked| {
            let seats: Vec<_> = asked.seats.iter().map(|seat| format!("seat:{seat:06}")).collect();
            let (key, count) = (format!("key:{}", asked.key), (1 + seats.len()).to_string());
            let mut words = vec!["EVALSHA", script, &count, &key];
            words.extend(seats.iter().map(String::as_str));
            words.extend([asked.holder, TTL_MS]);
            answer(server.address, &words)
        })?;
        let mut holds = promises::HOLDS;
        for shape in CLOSED {
            let prefix = shape.word();
            let load = Load::commands(run.enough(shape, SCRIPT_CEILING), |number, words| {
                words.word("EVALSHA").word(script).word("2").word(format!("key:{prefix}:{number:08}"));
                words.word(format!("seat:{prefix}:{:06}", scattered(number)));
                words.word(format!("holder-{number:08}")).word(TTL_MS);
            });
            let sockets = connect(server.address, shape.connections)?;
            holds += run.measure(shape, Subject::RedisScript, sockets, Resp, &load)?;
            let made = ask(server.address, &["GET", "version"])?;
            let made = made.lines().nth(1).unwrap_or_default();
            expect(made == holds.to_string(), "every answer is a hold", format_args!("{made} of {holds}"))?;
        }
        Ok(())
    })
}

fn with_server(measure: impl FnOnce(&Server) -> io::Result<()>) -> io::Result<Option<String>> {
    let directory = Directory::fresh("peers-redis")?;
    let Some(server) = Server::redis(&directory)? else {
        directory.remove()?;
        return Ok(None);
    };
    for (setting, wanted) in [("appendonly", "yes"), ("appendfsync", "always"), ("save", "")] {
        let told = ask(server.address, &["CONFIG", "GET", setting])?;
        let value = told.lines().nth(4).unwrap_or_default();
        expect(value == wanted, &format!("{setting} is {wanted:?}"), value)?;
    }
    let version = format!("Redis {}", server.info_text("server", "redis_version")?);
    measure(&server)?;
    let status = server.info_text("persistence", "aof_last_write_status")?;
    expect(status == "ok", "the log was written", status)?;
    let bytes = server.info("persistence", "aof_current_size")?;
    expect(bytes > 0, "the log has grown", bytes)?;
    server.stop()?;
    directory.remove()?;
    Ok(Some(version))
}

fn keys(server: &Server) -> io::Result<u64> {
    let reply = ask(server.address, &["DBSIZE"])?;
    let number = reply.trim_end().strip_prefix(':').and_then(|number| number.parse().ok());
    number.ok_or_else(|| io::Error::other(format!("DBSIZE: {reply}")))
}
