//! Reads a table of seats: a header line, and a line for each seat.

use std::collections::BTreeMap;

use csv::{ErrorKind, ReaderBuilder, StringRecord};

use super::hall::{Hall, Place, Point, Seat, named, seat_label};
use super::notes::Notes;
use crate::flags::ImportArgs;

/// What a column may be, in the order of [`Columns`].
const COLUMNS: [&str; 8] = ["section", "row", "seat", "category", "accessible", "x", "y", "id"];
/// How many of them a table must have.
const NEEDED: usize = 3;
/// What stands between the fields of a line: the one of these that is most often in the header.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// The place of each column in a line.
type Columns = [Option<usize>; COLUMNS.len()];

/// One line, by its columns.
struct Line<'a> {
    columns: &'a Columns,
    record: &'a StringRecord,
}

impl<'a> Line<'a> {
    /// A field that is there and not empty.
    fn get(&self, column: usize) -> Option<&'a str> {
        let field = self.record.get(self.columns[column]?)?.trim();
        Some(field).filter(|field| !field.is_empty())
    }

    fn must(&self, column: usize) -> Result<&'a str, String> {
        self.get(column).ok_or_else(|| format!("it has no {}", COLUMNS[column]))
    }

    /// A coordinate: tables of some countries have a comma in it.
    fn number(&self, column: usize) -> Result<Option<f64>, String> {
        let Some(text) = self.get(column) else { return Ok(None) };
        let number = text.replace(',', ".").parse::<f64>().ok().filter(|number| number.is_finite());
        number.map(Some).ok_or_else(|| format!("{} is {text:?}, which is no number", COLUMNS[column]))
    }

    fn yes(&self, column: usize) -> Result<bool, String> {
        match self.get(column).map(str::to_lowercase).as_deref() {
            None | Some("0" | "no" | "false") => Ok(false),
            Some("1" | "yes" | "true" | "x") => Ok(true),
            Some(other) => Err(format!(
                "{} is {other:?}: it is yes, true, 1, x, or no, false, 0 or empty",
                COLUMNS[column]
            )),
        }
    }
}

pub(super) fn read(bytes: &[u8], args: &ImportArgs, notes: &mut Notes) -> Result<Hall, String> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err("it is UTF-16: save it as UTF-8".to_owned());
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let header = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |separator: &u8| header.iter().filter(|byte| *byte == separator).count();
    // A comma, where others are there as often.
    let separator = SEPARATORS.into_iter().rev().max_by_key(count).unwrap_or(b',');
    let mut table = ReaderBuilder::new().delimiter(separator).from_reader(bytes);
    let columns = columns(table.headers().map_err(|error| told(&error))?, notes)?;
    let mut hall = Hall::default();
    let mut sections = BTreeMap::new();
    let mut record = StringRecord::new();
    while table.read_record(&mut record).map_err(|error| told(&error))? {
        // Spreadsheets end with lines of nothing but separators.
        if record.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        let line = record.position().map_or(0, csv::Position::line);
        let read =
            take(&mut hall, &mut sections, &Line { columns: &columns, record: &record }, line, args, notes);
        read.map_err(|wrong| format!("line {line}: {wrong}"))?;
    }
    hall.checked()
}

fn take(
    hall: &mut Hall,
    sections: &mut BTreeMap<String, usize>,
    line: &Line<'_>,
    number: u64,
    args: &ImportArgs,
    notes: &mut Notes,
) -> Result<(), String> {
    let given = line.must(0)?;
    let section = match sections.get(given) {
        Some(&known) => known,
        None => {
            let name = named("section", given, notes)?;
            let same = hall.sections.iter().position(|section| section.name == name);
            let section = same.unwrap_or_else(|| hall.section(name, None));
            sections.insert(given.to_owned(), section);
            section
        }
    };
    let row = named("row", line.must(1)?, notes)?;
    let label = seat_label(line.must(2)?, notes)?;
    notes.chosen(format!("seats without a category: {}", args.category), u64::from(line.get(3).is_none()));
    let category = named("category", line.get(3).unwrap_or(&args.category), notes)?;
    let category = hall.category(&category)?;
    let accessible = line.yes(4)?;
    let at = Point::new(line.number(5)?, line.number(6)?, args.stage);
    let id = line.get(7).filter(|_| !args.no_ids).map(Into::into);
    hall.count_seat()?;
    let seat = Seat { label, category, accessible, id, at, aisle: false, place: Place::Line(number) };
    hall.row(section, &row).seats.push(seat);
    Ok(())
}

fn columns(header: &StringRecord, notes: &mut Notes) -> Result<Columns, String> {
    let mut columns = [None; COLUMNS.len()];
    for (at, name) in header.iter().enumerate() {
        let name = name.trim().to_lowercase();
        match COLUMNS.iter().position(|column| *column == name) {
            Some(column) if columns[column].is_some() => {
                return Err(format!("line 1: two columns are called {name}"));
            }
            Some(column) => columns[column] = Some(at),
            None if name.is_empty() => {}
            None => notes.not_kept(format!("columns {name:?}"), 1),
        }
    }
    match (0..NEEDED).find(|&column| columns[column].is_none()) {
        Some(lacking) => Err(format!(
            "line 1: the header has no column {}: it is section,row,seat and, where there are such columns, {}; separated by commas, semicolons or tabs",
            COLUMNS[lacking],
            COLUMNS[NEEDED..].join(",")
        )),
        None => Ok(columns),
    }
}

fn told(error: &csv::Error) -> String {
    let line = error.position().map_or(1, csv::Position::line);
    match error.kind() {
        ErrorKind::Utf8 { .. } => format!("line {line}: it is not UTF-8: save the table as UTF-8"),
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("line {line}: it has {len} fields, and the header has {expected_len}")
        }
        _ => error.to_string(),
    }
}
