//! PostgreSQL, with a function that means what `HOLD` means.

use std::io;
use std::net::TcpStream;

mod server;
mod wire;

use crate::harness::load::Load;
use crate::harness::process::Directory;
use crate::harness::sale::{MILLION, TTL_MS, scattered};
use crate::harness::shape::Shape;
use crate::promises::{self, expect};
use crate::run::Run;
use crate::table::{CLOSED, Subject};
use server::{Server, USER, programs};
use wire::{Postgres, Session, call};

const SCHEMA: &str = include_str!("postgres/hold.sql");
const CEILING: u32 = 40_000;

/// Measures it; returns its version, `None` if it is not installed.
pub(crate) fn measure(run: &mut Run<'_>) -> io::Result<Option<String>> {
    let Some(programs) = programs() else { return Ok(None) };
    let directory = Directory::fresh("peers-postgres")?;
    let server = Server::start(&programs, &directory)?;
    let mut session = Session::open(server.address, USER)?;
    for (setting, wanted) in [("fsync", "on"), ("synchronous_commit", "on"), ("full_page_writes", "on")] {
        let value = one(&mut session, &format!("show {setting}"))?;
        expect(value == wanted, &format!("{setting} is {wanted}"), value)?;
    }
    session.query(SCHEMA)?;
    let mut checked = Session::open(server.address, USER)?.prepared()?;
    promises::check(|asked| {
        let seats: Vec<_> = asked.seats.iter().map(u32::to_string).collect();
        let seats = format!("{{{}}}", seats.join(","));
        let (key, holder) = (asked.key.as_bytes(), asked.holder.as_bytes());
        Ok(match checked.call([key, holder, TTL_MS.as_bytes(), seats.as_bytes()]) {
            Ok(rows) => rows.concat(),
            Err(error) => error.to_string(),
        })
    })?;
    let (mut seats, mut holds) = (0, promises::HOLDS);
    for shape in CLOSED {
        let count = run.enough(shape, CEILING);
        let load = some_calls(&shape.word(), seats, count);
        seats += count;
        expect(seats < MILLION, "there are seats enough: take fewer --seconds", seats)?;
        let pool = pool(&server, shape)?;
        let syncs = syncs(&mut session)?;
        holds += run.measure(shape, Subject::Postgres, pool, Postgres, &load)?;
        let made = one(&mut session, "select count(*) from holds")?;
        expect(made == holds.to_string(), "every answer is a hold", format_args!("{made} of {holds}"))?;
        let syncs = self::syncs(&mut session)?.saturating_sub(syncs);
        expect(syncs > 0, "its log is synced", syncs)?;
    }
    let version = one(&mut session, "show server_version")?;
    server.stop()?;
    directory.remove()?;
    let version = version.split(' ').next().unwrap_or_default();
    Ok(Some(format!("PostgreSQL {version}")))
}

/// Calls for single seats, each with a new key, holder and seat.
fn some_calls(prefix: &str, first_seat: u32, count: u32) -> Load {
    Load::framed(count, |number, bytes| {
        let key = format!("{prefix}-{number:08}");
        let holder = format!("holder-{number:08}");
        let seat = format!("{{{:06}}}", scattered(first_seat + number));
        call(bytes, [key.as_bytes(), holder.as_bytes(), TTL_MS.as_bytes(), seat.as_bytes()]);
    })
}

/// Connections as a pool keeps them: open, with the statement prepared and called before.
fn pool(server: &Server, shape: Shape) -> io::Result<Vec<TcpStream>> {
    let warm = |_| {
        let mut session = Session::open(server.address, USER)?.prepared()?;
        session.call([b"check-3", b"another", TTL_MS.as_bytes(), b"{999996}"])?;
        Ok(session.into_socket())
    };
    (0..shape.connections).map(warm).collect()
}

/// Syncs of the log so far.
fn syncs(session: &mut Session) -> io::Result<u64> {
    // Sessions tell their figures after a while, or when they end; this one has none of its own.
    let number = one(session, "select wal_sync from pg_stat_wal")?;
    number.parse().map_err(|_| io::Error::other(format!("wal_sync is {number}")))
}

fn one(session: &mut Session, sql: &str) -> io::Result<String> {
    let rows = session.query(sql)?;
    rows.into_iter().next().ok_or_else(|| io::Error::other(format!("{sql}: no row")))
}
