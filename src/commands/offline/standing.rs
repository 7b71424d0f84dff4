//! An event as it stands: every seat with its status, orders and holds, from a running server or from a directory.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use holdfast_engine::{At, Code, Event, Fault, Identity, Layout, Moment, past_of_copy};
use holdfast_net::inside::{Look, Value};
use holdfast_wal::Storage;

use crate::commands::told::{Server, must, text_of};
use crate::commands::{data, plan};
use crate::exit::Failure;
use crate::flags::ServerArgs;

/// So often it is looked again when the event has moved on meanwhile.
const TRIES: u32 = 5;
/// Holds or orders that are read at a time.
const PAGE: &str = "1000";

/// What the event is.
pub(super) struct Standing {
    pub(super) event: String,
    pub(super) status: String,
    pub(super) version: u64,
    /// When it was read.
    pub(super) at: At,
    /// Whether nothing changed while it was read.
    pub(super) is_at_one_version: bool,
    pub(super) layout: Layout,
    /// The character that `MAP` has for each seat, in the order of the ordinals.
    pub(super) seats: Vec<char>,
    pub(super) areas: Vec<Area>,
    /// Those that something is left of, by their names.
    pub(super) orders: Vec<Taken>,
    pub(super) holds: Vec<Taken>,
    /// Who has which seat: an index into `orders`, or behind them into `holds`.
    owners: BTreeMap<u32, usize>,
}

/// A standing area.
pub(super) struct Area {
    pub(super) name: String,
    pub(super) category: String,
    pub(super) capacity: u64,
    pub(super) free: u64,
    /// Held and in payment.
    pub(super) held: u64,
    pub(super) sold: u64,
    pub(super) blocked: u64,
}

/// An order or a hold.
pub(super) struct Taken {
    pub(super) name: String,
    pub(super) holder: String,
    pub(super) seats: Vec<String>,
    /// Areas with how many places.
    pub(super) places: Vec<(String, String)>,
    /// Since when it is sold, or until when it is held.
    pub(super) at: Option<At>,
    pub(super) note: String,
}

/// Whoever answers what a client asks.
trait Answers {
    fn answer(&mut self, words: &[&str]) -> Result<Value, Failure>;
}

impl Answers for Server {
    fn answer(&mut self, words: &[&str]) -> Result<Value, Failure> {
        must(self.value(words)?)
    }
}

/// An event that was brought back from a directory.
struct Copy {
    event: Event,
    branch: u64,
}

impl Answers for Copy {
    fn answer(&mut self, words: &[&str]) -> Result<Value, Failure> {
        let usage = |Fault { code, message }: Fault| Failure::usage(code, message);
        Look::of_copy(words).map_err(usage)?.at(&self.event, self.branch).map_err(usage)
    }
}

impl Standing {
    /// # Errors
    /// The server cannot be reached, does not let us look, or there is no such event.
    pub(super) fn of_server(args: &ServerArgs, event: &str) -> Result<Self, Failure> {
        let mut server = Server::connect(args)?;
        let mut standing = Self::read(&mut server, event)?;
        for _ in 1..TRIES {
            if standing.is_at_one_version {
                break;
            }
            standing = Self::read(&mut server, event)?;
        }
        Ok(standing)
    }

    /// # Errors
    /// The directory cannot be read, or has no such event.
    pub(super) fn of_copy(path: &Path, event: &str) -> Result<Self, Failure> {
        let storage: Arc<dyn Storage> = Arc::new(data::open_to_look(path)?);
        let refused = |Fault { code, message }: Fault| Failure::refused(code, message);
        let identity = Identity::of_copy(&storage)
            .map_err(|error| Failure::refused(Code::NOT_A_DATA_DIRECTORY, error.to_string()))?;
        let newest = Moment::Version(u64::MAX);
        let was = past_of_copy(&storage, &identity.secret, event, newest).map_err(refused)?;
        Self::read(&mut Copy { event: was, branch: identity.branch.number }, event)
    }

    fn read(from: &mut impl Answers, event: &str) -> Result<Self, Failure> {
        let info = from.answer(&["EVENT", "INFO", event])?;
        let described = text_of(&from.answer(&["EVENT", "PLAN", event])?);
        let layout = plan::judged(described.as_bytes()).map_err(Failure::unreachable)?;
        let map = from.answer(&["MAP", event])?;
        let (orders, holds) = (listed(from, "ORDERS", event)?, listed(from, "HOLDS", event)?);
        let after = from.answer(&["EVENT", "INFO", event])?;
        let version = number(&info, "version");
        let mut standing = Self {
            event: event.to_owned(),
            status: text(&info, "status"),
            version,
            at: data::now(),
            is_at_one_version: number(&after, "version") == version,
            seats: statuses(&map),
            areas: info.field("areas").map(Value::list).unwrap_or_default().iter().map(area).collect(),
            layout,
            orders,
            holds,
            owners: BTreeMap::new(),
        };
        for (at, taken) in standing.orders.iter().chain(&standing.holds).enumerate() {
            let seats = taken.seats.iter().filter_map(|seat| standing.layout.seat(seat.as_bytes()));
            standing.owners.extend(seats.map(|seat| (seat, at)));
        }
        Ok(standing)
    }

    /// Who has this seat, if somebody has.
    pub(super) fn owner(&self, seat: u32) -> Option<&Taken> {
        let at = *self.owners.get(&seat)?;
        self.orders.get(at).or_else(|| self.holds.get(at.checked_sub(self.orders.len())?))
    }
}

/// The character of each seat: rows come in the order of the ordinals, areas behind them without a row.
fn statuses(map: &Value) -> Vec<char> {
    let rows = map.list().iter().filter_map(|row| match row.list() {
        [_, row, seats] if !text_of(row).is_empty() => Some(text_of(seats)),
        _ => None,
    });
    rows.flat_map(|seats| seats.chars().collect::<Vec<_>>()).collect()
}

fn area(value: &Value) -> Area {
    Area {
        name: text(value, "name"),
        category: text(value, "category"),
        capacity: number(value, "capacity"),
        free: number(value, "free"),
        held: number(value, "held") + number(value, "paying"),
        sold: number(value, "sold"),
        blocked: number(value, "blocked"),
    }
}

/// All pages of them, but for those of which nothing is left.
fn listed(from: &mut impl Answers, what: &str, event: &str) -> Result<Vec<Taken>, Failure> {
    let (mut all, mut cursor) = (Vec::new(), "0".to_owned());
    loop {
        let page = from.answer(&["LIST", what, event, &cursor, "COUNT", PAGE])?;
        let [next, things] = page.list() else { break };
        all.extend(things.list().iter().filter(|thing| text(thing, "status") != "cancelled").map(taken));
        cursor = text_of(next);
        if cursor == "0" {
            break;
        }
    }
    all.sort_by(|a: &Taken, b| a.name.cmp(&b.name));
    Ok(all)
}

fn taken(value: &Value) -> Taken {
    let list = |name| value.field(name).map(Value::list).unwrap_or_default();
    let time = |name| value.field(name).and_then(Value::number).and_then(|at| u64::try_from(at).ok()).map(At);
    let name = value.field("order").or_else(|| value.field("hold")).map(text_of).unwrap_or_default();
    Taken {
        name,
        holder: text(value, "holder"),
        seats: list("seats").iter().map(text_of).collect(),
        places: list("areas")
            .chunks(2)
            .map(|pair| (text_of(&pair[0]), pair.get(1).map(text_of).unwrap_or_default()))
            .collect(),
        at: time("sold_at").or_else(|| time("expires_at")),
        note: text(value, "note"),
    }
}

pub(super) fn text(value: &Value, field: &str) -> String {
    value.field(field).map(text_of).unwrap_or_default()
}

pub(super) fn number(value: &Value, field: &str) -> u64 {
    value.field(field).and_then(Value::number).and_then(|number| u64::try_from(number).ok()).unwrap_or(0)
}
