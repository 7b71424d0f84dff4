//! Rows of CSV.

use std::io::Read;

use csv::{ErrorKind, ReaderBuilder, StringRecord, Terminator};
use holdfast_engine::Fault;

use super::guard::{Guard, LINE_BYTES_MAX};
use super::{File, TakeRow, unreadable, wrong_columns};
use crate::profile::Profile;

/// Takes the rows of a file one after the other.
pub(super) fn rows(
    profile: &Profile,
    file: File<'_>,
    bytes: impl Read,
    take: TakeRow<'_>,
) -> Result<(), Fault> {
    let (guarded, left) = Guard::new(bytes);
    let mut builder = ReaderBuilder::new();
    // Lines end with LF alone, so that they are counted right: the CR before it is trimmed with the field.
    builder.delimiter(profile.delimiter as u8).has_headers(false).terminator(Terminator::Any(b'\n'));
    let mut reader = builder.from_reader(guarded);
    let mut record = StringRecord::new();
    let wanted = profile.wanted();
    let mut places: Option<Vec<Option<usize>>> = None;
    loop {
        // Behind a line that cannot be read the reader knows where it is; before the first it says line 1.
        let before = reader.position().line();
        if !reader.read_record(&mut record).map_err(|error| told(file, before, &error))? {
            break;
        }
        left.set(LINE_BYTES_MAX);
        let line = record.position().map_or(before, csv::Position::line);
        match &places {
            None => {
                let found = header(profile, &wanted, &record);
                places = Some(found.map_err(|why| wrong_columns(file, line, &why))?);
            }
            Some(places) => {
                let field = |at: &Option<usize>| at.and_then(|at| record.get(at)).map(str::to_owned);
                take(line, &places.iter().map(field).collect::<Vec<_>>())?;
            }
        }
    }
    match places {
        Some(_) => Ok(()),
        None => Err(wrong_columns(file, 1, &"the file is empty: it has no line of names")),
    }
}

/// Where each wanted column is.
fn header(profile: &Profile, wanted: &[&str], names: &StringRecord) -> Result<Vec<Option<usize>>, String> {
    if names.iter().any(|name| name.trim().contains('\r')) {
        return Err("its lines end with CR alone: let them end with LF or CR LF".to_owned());
    }
    let at = |wanted: &str| names.iter().position(|name| name.trim() == wanted);
    let missing = profile.needed().into_iter().find(|names| names.iter().all(|name| at(name).is_none()));
    if let Some(missing) = missing {
        let has: Vec<&str> = names.iter().collect();
        return Err(format!("there is no column {}; there are {}", missing.join(" or "), has.join(", ")));
    }
    let twice = wanted.iter().find(|wanted| names.iter().filter(|name| name.trim() == **wanted).count() > 1);
    match twice {
        Some(twice) => Err(format!("the column {twice} stands twice")),
        None => Ok(wanted.iter().map(|wanted| at(wanted)).collect()),
    }
}

fn told(file: File<'_>, before: u64, error: &csv::Error) -> Fault {
    let line = error.position().map_or(before, csv::Position::line);
    match error.kind() {
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            unreadable(file, line, &format_args!("it has {len} fields, and the first line {expected_len}"))
        }
        ErrorKind::Utf8 { .. } => unreadable(file, line, &"it is not UTF-8"),
        _ => unreadable(file, line, error),
    }
}
