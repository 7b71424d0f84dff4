//! Reads a seating plan of pretix: zones of rows of seats, each with its position. Zones become sections.

use std::collections::BTreeSet;

use holdfast_engine::Text;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_ignored::Path;

use super::hall::{Hall, Place, Point, Seat, named, seat_label};
use super::notes::Notes;
use crate::flags::ImportArgs;

#[derive(Deserialize)]
#[serde(expecting = "a plan, {\"zones\"}")]
struct Plan {
    zones: Vec<Zone>,
    #[serde(default)]
    categories: Vec<Category>,
}

#[derive(Deserialize)]
#[serde(expecting = "a category, {\"name\"}")]
struct Category {
    name: Option<Text>,
}

#[derive(Deserialize)]
#[serde(expecting = "a zone, {\"rows\"}")]
struct Zone {
    name: Option<Text>,
    zone_id: Option<Text>,
    #[serde(default)]
    position: Position,
    rows: Vec<ZoneRow>,
    /// Looked into for nothing but their number.
    #[serde(default, rename = "areas")]
    _areas: Vec<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(expecting = "a row, {\"seats\"}")]
struct ZoneRow {
    row_number: Option<Text>,
    uuid: Option<Text>,
    #[serde(default)]
    position: Position,
    seats: Vec<ZoneSeat>,
}

#[derive(Deserialize)]
#[serde(expecting = "a seat, {\"seat_number\"}")]
struct ZoneSeat {
    seat_number: Option<Text>,
    seat_guid: Option<Text>,
    category: Option<Text>,
    position: Option<Position>,
}

/// From the position of what it is part of.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(expecting = "a position, {\"x\", \"y\"}")]
struct Position {
    x: f64,
    y: f64,
}

/// What is known to have no place in a description, by its place in the plan.
const KNOWN: [(&str, &str); 11] = [
    ("categories.color", "colours of categories"),
    ("name", "names of plans"),
    ("size", "sizes of plans"),
    ("zones.areas", "drawn shapes and texts (a standing area is added by hand, with its capacity)"),
    ("zones.rows.row_label", "texts for rows that tickets show instead of their names"),
    ("zones.rows.row_number_position", "places of row numbers in the drawing"),
    ("zones.rows.seat_label", "texts for seats that tickets show instead of their labels"),
    ("zones.rows.seats.radius", "sizes of seats"),
    ("zones.rows.seats.start_direction", "directions in which seats are booked"),
    ("zones.rows.seats.uuid", "uuids of seats (their seat_guid is kept)"),
    ("zones.uuid", "uuids of zones (their zone_id is kept)"),
];

pub(super) fn read(bytes: &[u8], args: &ImportArgs, notes: &mut Notes) -> Result<Hall, String> {
    let json =
        &mut serde_json::Deserializer::from_slice(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    let plan: Plan = serde_ignored::deserialize(&mut *json, |path| {
        let path = fields(&path);
        let known = KNOWN.into_iter().find(|(known, _)| *known == path);
        notes.not_kept(known.map_or(path, |(_, told)| told.to_owned()), 1);
    })
    .and_then(|plan| json.end().map(|()| plan))
    .map_err(|error| format!("it is no seating plan of pretix: {error}"))?;
    let mut hall = Hall::default();
    let mut names = BTreeSet::new();
    for (at, zone) in plan.zones.into_iter().enumerate() {
        let place = |wrong: String| format!("zone {}: {wrong}", at + 1);
        let name = zone_name(&zone, at, &mut names, notes).map_err(place)?;
        let section = hall.section(name, zone.zone_id.filter(|_| !args.no_ids));
        for (row_at, row) in zone.rows.into_iter().enumerate() {
            let place = |wrong: String| place(format!("row {}: {wrong}", row_at + 1));
            take_row(&mut hall, (section, zone.position), row, (at, row_at), args, notes).map_err(place)?;
        }
    }
    let unused = plan.categories.iter().filter_map(|category| category.name.as_ref());
    let unused = unused.filter(|name| !hall.categories.contains(name)).count();
    notes.not_kept("categories that no seat has", unused as u64);
    hall.checked()
}

/// The fields on the way to what was not asked for, without the places in lists.
fn fields(path: &Path<'_>) -> String {
    match path {
        Path::Root => String::new(),
        Path::Map { parent, key } => {
            let before = fields(parent);
            if before.is_empty() { key.clone() } else { format!("{before}.{key}") }
        }
        Path::Seq { parent, .. }
        | Path::Some { parent }
        | Path::NewtypeStruct { parent }
        | Path::NewtypeVariant { parent } => fields(parent),
    }
}

/// The name of a zone, once: sections of an event differ in their names.
fn zone_name(zone: &Zone, at: usize, names: &mut BTreeSet<Text>, notes: &mut Notes) -> Result<Text, String> {
    let given = [&zone.name, &zone.zone_id].into_iter().flatten().find(|name| !name.trim().is_empty());
    notes.chosen("zones without a name: the number of each is its name", u64::from(given.is_none()));
    let first = match given {
        Some(given) => named("name", given, notes)?,
        None => (at + 1).to_string().into(),
    };
    if names.insert(first.clone()) {
        return Ok(first);
    }
    notes.chosen("zones with the name of another one: a number behind it", 1);
    let mut others = (2..).map(|number| Text::from(format!("{first} ({number})")));
    // There are fewer names than numbers.
    let name = others.find(|name| names.insert(name.clone())).unwrap_or(first);
    named("name", &name, notes)
}

fn take_row(
    hall: &mut Hall,
    (section, of_zone): (usize, Position),
    row: ZoneRow,
    (zone_at, row_at): (usize, usize),
    args: &ImportArgs,
    notes: &mut Notes,
) -> Result<(), String> {
    let given = row.row_number.filter(|name| !name.trim().is_empty());
    notes.chosen(
        "rows without a name: the number of each in its zone is its name",
        u64::from(given.is_none()),
    );
    let name = match given {
        Some(given) => named("row", &given, notes)?,
        None => (row_at + 1).to_string().into(),
    };
    let id = row.uuid.filter(|_| !args.no_ids);
    let kept = hall.row(section, &name);
    if kept.seats.is_empty() {
        kept.id = id;
    } else if kept.id != id {
        kept.id = None;
        notes.not_kept("uuids of rows whose seats come in several rows of one name: they are one row", 1);
    }
    for (seat_at, seat) in row.seats.into_iter().enumerate() {
        let place = Place::Seat { zone: zone_at + 1, row: row_at + 1, seat: seat_at + 1 };
        let lacks = |what: &str| format!("seat {} has no {what}", seat_at + 1);
        let wrong = |wrong: String| format!("seat {}: {wrong}", seat_at + 1);
        let at = seat.position.ok_or_else(|| lacks("position"))?;
        let (x, y) = (of_zone.x + row.position.x + at.x, of_zone.y + row.position.y + at.y);
        let number = seat.seat_number.ok_or_else(|| lacks("seat_number"))?;
        let label = seat_label(&number, notes).map_err(wrong)?;
        let category = seat.category.filter(|name| !name.trim().is_empty());
        notes.chosen(format!("seats without a category: {}", args.category), u64::from(category.is_none()));
        let category =
            named("category", category.as_deref().unwrap_or(&args.category), notes).map_err(wrong)?;
        let category = hall.category(&category)?;
        hall.count_seat()?;
        let id = seat.seat_guid.filter(|id| !args.no_ids && !id.is_empty());
        let at = Point::new(Some(x), Some(y), args.stage);
        hall.row(section, &name).seats.push(Seat {
            label,
            category,
            accessible: false,
            id,
            at,
            aisle: false,
            place,
        });
    }
    Ok(())
}
