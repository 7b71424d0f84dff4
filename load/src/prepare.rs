//! Before the first command: the events of the run, and its connections.

use std::net::TcpStream;

use crate::plan::Plan;
use crate::wire::command::{EVENT_PREFIX, LONG_TTL, Wire};
use crate::wire::control::{Control, field};
use crate::wire::labels::{Labels, sections};
use crate::wire::shown::shown;
use crate::wire::socket::Socket;

/// The description of an event with this many seats, of one category, whose limits refuse nothing.
pub(crate) fn description(labels: Labels, seats: u32) -> String {
    let sections = sections(labels, seats);
    format!(
        r#"{{"sections":{sections},"limits":{{"default_ttl":{LONG_TTL},"max_ttl":{LONG_TTL},"max_seats_per_holder":{}}}}}"#,
        u32::MAX
    )
}

/// Looks whether the server is there to be loaded: it is on this machine, and has no events but those of runs. Anything
/// else is to be said by name, as a sale would notice it.
///
/// # Errors
/// What speaks against it.
pub(crate) fn is_spare(plan: &Plan) -> Result<(), String> {
    let server = &plan.target.server;
    if plan.on_a_real_server {
        return Ok(());
    }
    let say = "--on-a-real-server says that it may be loaded";
    if !plan.target.address.ip().to_canonical().is_loopback() {
        return Err(format!("{server} is another machine: {say}"));
    }
    let mut control = Control::connect(&plan.target)?;
    let mut cursor = 0_u64;
    loop {
        let page = control.ask(&["EVENT", "LIST", &cursor.to_string(), "COUNT", "1000"])?;
        // One that does not let us look says why when an event is to be made.
        let Some((next, events)) = listed(&page) else { return Ok(()) };
        if let Some(event) = events.iter().find(|event| !event.starts_with(EVENT_PREFIX.as_bytes())) {
            return Err(format!("{server} has an event {} that no run made: {say}", shown(event)));
        }
        if next == 0 {
            return Ok(());
        }
        cursor = next;
    }
}

/// The cursor and the names of an answer to `EVENT LIST`.
fn listed(answer: &[u8]) -> Option<(u64, Vec<&[u8]>)> {
    fn line(rest: &mut &'_ [u8], sort: u8) -> Option<u64> {
        let end = rest.iter().position(|byte| *byte == b'\r')?;
        let number = std::str::from_utf8(rest.get(1..end)?).ok()?.parse().ok()?;
        let is_it = rest.first() == Some(&sort);
        *rest = rest.get(end + 2..)?;
        is_it.then_some(number)
    }
    let rest = &mut &*answer;
    line(rest, b'*').filter(|parts| *parts == 2)?;
    let (next, words) = (line(rest, b':')?, line(rest, b'*')?);
    let mut names = Vec::new();
    for at in 0..words {
        let length = usize::try_from(line(rest, b'$')?).ok()?;
        let word = rest.get(..length)?;
        *rest = rest.get(length + 2..)?;
        if at % 2 == 0 {
            names.push(word);
        }
    }
    Some((next, names))
}

/// Makes the events. Says so if the server has seen this seed: a repeated command gets its first answer again, which
/// is no measurement, and no test.
pub(crate) fn events(plan: &Plan, wire: &Wire) -> Result<(), String> {
    let mut control = Control::connect(&plan.target)?;
    for (index, seats) in (0..).zip(&plan.events) {
        let name = wire.event(index);
        let answer = control.ask(&["EVENT", "CREATE", &name, "create", &description(plan.labels, *seats)])?;
        let known = answer.starts_with(b"-EXISTS") || answer.starts_with(b"-KEYREUSED");
        if answer.starts_with(b"-") && !known {
            return Err(format!("`EVENT CREATE {name}` was answered `{}`", shown(&answer)));
        }
        let info = control.must(&["EVENT", "INFO", &name])?;
        match field(&info, "version") {
            Some(1) if !known => {}
            Some(_) => {
                return Err(format!(
                    "the server has seen seed {} already: its event {name} has a history; take another --seed, or \
                     an empty server to repeat the run",
                    plan.seed
                ));
            }
            None => return Err(format!("`EVENT INFO {name}` tells no version: is this a holdfast server?")),
        }
    }
    Ok(())
}

/// The sockets of every thread: its share of each lane.
pub(crate) fn sockets(plan: &Plan) -> Result<Vec<Vec<Vec<Socket<TcpStream>>>>, String> {
    let mut threads: Vec<Vec<Vec<Socket<TcpStream>>>> = (0..plan.threads).map(|_| Vec::new()).collect();
    for lane in &plan.lanes {
        for thread in &mut threads {
            thread.push(Vec::new());
        }
        for number in 0..lane.connections {
            let socket = plan.target.connect()?;
            let thread = if lane.side { 0 } else { number % plan.threads };
            if let Some(mine) = threads.get_mut(thread).and_then(|lanes| lanes.last_mut()) {
                mine.push(socket);
            }
        }
    }
    Ok(threads)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_events_is_read_by_its_lengths() {
        let answer = b"*2\r\n:7\r\n*4\r\n$6\r\nload-1\r\n$4\r\nopen\r\n$3\r\n$2x\r\n$6\r\nclosed\r\n";
        assert_eq!(listed(answer), Some((7, vec![&b"load-1"[..], b"$2x"])));
        assert_eq!(listed(b"*2\r\n:0\r\n*0\r\n"), Some((0, Vec::new())));
        for other in
            [&b"-NOAUTH x\r\n"[..], b"*2\r\n:0\r\n", b"*2\r\n:0\r\n*2\r\n$99\r\nab\r\n", b"$5\r\nhello\r\n"]
        {
            assert_eq!(listed(other), None);
        }
    }
}
