//! Before the first command: the events of the run, and its connections.

use std::net::TcpStream;

use crate::plan::Plan;
use crate::wire::command::{LONG_TTL, Wire};
use crate::wire::control::{Control, field};
use crate::wire::reply::ROW_SEATS;
use crate::wire::socket::Socket;

/// The description of an event with this many seats, of one category, whose limits refuse nothing.
pub(crate) fn description(seats: u32) -> String {
    let (rows, each) = if seats <= ROW_SEATS { (1, seats) } else { (seats / ROW_SEATS, ROW_SEATS) };
    debug_assert_eq!(rows * each, seats);
    format!(
        r#"{{"sections":[{{"name":"S","category":"C","rows":{{"from":1,"to":{rows},"seats":{each}}}}}],"limits":{{"default_ttl":{LONG_TTL},"max_ttl":{LONG_TTL},"max_seats_per_holder":{}}}}}"#,
        u32::MAX
    )
}

/// Creates the events. It is an error if the server has seen this seed before: its commands would get their first
/// answers again, which is no measurement and no test.
pub(crate) fn events(plan: &Plan, wire: &Wire) -> Result<(), String> {
    let mut control = Control::connect(&plan.target)?;
    for (index, seats) in (0..).zip(&plan.events) {
        let name = wire.event(index);
        let answer = control.ask(&["EVENT", "CREATE", &name, "create", &description(*seats)])?;
        let known = answer.starts_with(b"-EXISTS") || answer.starts_with(b"-KEYREUSED");
        if answer.starts_with(b"-") && !known {
            let answer = String::from_utf8_lossy(&answer);
            return Err(format!("`EVENT CREATE {name}` was answered `{}`", answer.trim_end()));
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
