//! Whether the lines of a form can be entered, by how the event stands now. It only asks.

use std::collections::HashMap;

use holdfast_net::inside::Value;

use super::form::Line;
use super::standing::{number, text};
use crate::commands::told::{Server, must};
use crate::exit::Failure;

/// What is to become of a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    /// It can be entered: these seats, these places.
    Fits(Vec<String>, Vec<(String, u64)>),
    /// Its order is there.
    WasThere,
    /// Why it cannot be.
    Conflict(String),
}

/// What is asked for all lines of a form.
pub(super) struct Check<'a> {
    pub(super) server: &'a mut Server,
    pub(super) event: &'a str,
    /// Free places of each area, without those of lines before.
    places: HashMap<String, u64>,
    /// The line that has each seat, by the ordinal.
    lines: HashMap<u64, u64>,
}

impl<'a> Check<'a> {
    /// # Errors
    /// There is no such event, it takes no sales now, or the server does not answer.
    pub(super) fn new(server: &'a mut Server, event: &'a str) -> Result<Self, Failure> {
        let info = must(server.value(&["EVENT", "INFO", event])?)?;
        let status = text(&info, "status");
        if status != "open" {
            return Err(Failure::found_wrong(format!(
                "the sale of {event} is {status}: nothing can be entered while it is"
            )));
        }
        let areas = info.field("areas").map(Value::list).unwrap_or_default();
        let places = areas.iter().map(|area| (text(area, "name"), number(area, "free"))).collect();
        Ok(Self { server, event, places, lines: HashMap::new() })
    }

    /// # Errors
    /// The server does not answer.
    pub(super) fn line(&mut self, line: &Line) -> Result<Fate, Failure> {
        if matches!(must(self.server.value(&["GET", "ORDER", self.event, &line.order])?)?, Value::Map(_)) {
            return Ok(Fate::WasThere);
        }
        let (mut seats, mut places, mut conflicts) = (Vec::new(), Vec::new(), Vec::new());
        for wanted in &line.wanted {
            match self.one(wanted, line)? {
                Ok(Wanted::Seat) => seats.push(wanted.clone()),
                Ok(Wanted::Places(area, count)) => places.push((area, count)),
                Err(why) => conflicts.push(why),
            }
        }
        Ok(if conflicts.is_empty() {
            Fate::Fits(seats, places)
        } else {
            Fate::Conflict(conflicts.join("; "))
        })
    }

    /// A seat, or places of an area; or why it is neither or not free.
    fn one(&mut self, wanted: &str, line: &Line) -> Result<Result<Wanted, String>, Failure> {
        let seat = self.server.value(&["SEAT", self.event, wanted])?;
        if let Value::Map(_) = &seat {
            return Ok(self.seat(wanted, &seat, line));
        }
        let area =
            wanted.rsplit_once('*').and_then(|(area, count)| Some((area.trim(), count.trim().parse().ok()?)));
        Ok(match area {
            Some((area, count)) if count > 0 => self.area(area, count),
            _ => Err(match seat {
                Value::Refused(line) => String::from_utf8_lossy(&line).into_owned(),
                _ => format!("{wanted} is no seat"),
            }),
        })
    }

    fn seat(&mut self, label: &str, seat: &Value, line: &Line) -> Result<Wanted, String> {
        if let Some(other) = self.lines.insert(number(seat, "ordinal"), line.number) {
            return Err(format!("{label} stands in line {other} as well"));
        }
        // A run that was cut off may have held it for this very line.
        let (status, holder) = (text(seat, "status"), text(seat, "holder"));
        if status == "free" || (status == "held" && holder == line.order) {
            return Ok(Wanted::Seat);
        }
        let of = |name: &str| Some(text(seat, name)).filter(|text| !text.is_empty());
        let order = of("order").map(|order| format!(", order {order}")).unwrap_or_default();
        let hold = of("hold").map(|hold| format!(", hold {hold}")).unwrap_or_default();
        let holder = of("holder").map(|holder| format!(", {holder}")).unwrap_or_default();
        Err(format!("{label} is {status}{order}{hold}{holder}"))
    }

    fn area(&mut self, area: &str, count: u64) -> Result<Wanted, String> {
        let Some(free) = self.places.get_mut(area) else { return Err(format!("there is no area {area}")) };
        if *free < count {
            return Err(format!("{area} has {free} places left, and {count} are wanted"));
        }
        *free -= count;
        Ok(Wanted::Places(area.to_owned(), count))
    }
}

enum Wanted {
    Seat,
    Places(String, u64),
}
