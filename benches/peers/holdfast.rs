//! The server that this is all about.

use std::io;

use crate::harness::drive::connect;
use crate::harness::process::{Directory, NO_SNAPSHOTS, Server};
use crate::harness::resp::{Resp, answer, ask};
use crate::harness::sale::{MILLION, TTL_MS, create, some_holds, some_pings};
use crate::promises::{self, expect};
use crate::run::Run;
use crate::table::{CLOSED, SHAPES, Subject};

const PINGS_CEILING: u32 = 3_000_000;

/// Measures it; returns its version.
pub(crate) fn measure(run: &mut Run<'_>) -> io::Result<Option<String>> {
    let directory = Directory::fresh("peers-holdfast")?;
    let server = Server::holdfast(&directory, NO_SNAPSHOTS)?;
    create(server.address, "check")?;
    promises::check(|asked| {
        let seats: Vec<_> = asked.seats.iter().map(|seat| format!("#{seat:06}")).collect();
        let mut words = vec!["HOLD", "check", asked.key, asked.holder, TTL_MS, "SEATS"];
        words.extend(seats.iter().map(String::as_str));
        answer(server.address, &words)
    })?;
    for shape in SHAPES {
        let event = format!("e-{}", shape.word()).replace('/', "-");
        create(server.address, &event)?;
        let load = some_holds(&event, run.enough(shape, MILLION).min(MILLION));
        let groups = server.info("persistence", "log_groups")?;
        let sockets = connect(server.address, shape.connections)?;
        let replies = run.measure(shape, Subject::Hold, sockets, Resp, &load)?;
        let counts = ask(server.address, &["COUNT", &event])?;
        expect(counts.contains(&format!("held\r\n:{replies}\r\n")), "every answer is a hold", counts)?;
        let groups = server.info("persistence", "log_groups")? - groups;
        expect(groups > 0, "holds are written in groups that are synced", groups)?;
    }
    measure_pings(run, &server, Subject::Ping)?;
    server.stop()?;
    directory.remove()?;
    Ok(Some(format!("holdfast {}", env!("CARGO_PKG_VERSION"))))
}

/// The same sockets, and no work.
pub(crate) fn measure_pings(run: &mut Run<'_>, server: &Server, subject: Subject) -> io::Result<()> {
    for shape in CLOSED {
        let load = some_pings(run.enough(shape, PINGS_CEILING));
        run.measure(shape, subject, connect(server.address, shape.connections)?, Resp, &load)?;
    }
    Ok(())
}
