//! `holdfast plan import`: the description of an event, made from a plan of another system.
//!
//! [`pretix`] and [`table`] read a hall as it is told, [`order`] finds rows, aisles and blocks abreast by where the seats are,
//! [`describe`] says it in few words. What comes out is judged as `plan check` does, and compared with the hall seat by seat.

mod compact;
mod describe;
mod hall;
mod notes;
mod order;
mod pretix;
mod table;
mod written;

use std::fs;
use std::io::{self, Write as _};

use holdfast_engine::Layout;

use self::hall::Hall;
use self::notes::Notes;
use crate::commands::data::print;
use crate::exit::Failure;
use crate::flags::{ImportArgs, PlanFormat};

/// Largest plan read, bytes: a million seats of 256 bytes each. What it takes in memory is a few times as much.
const PLAN_BYTES_MAX: usize = 256 * 1024 * 1024;

pub(super) fn run(args: &ImportArgs) -> Result<(), Failure> {
    let mut notes = Notes::default();
    let json = made(args, &mut notes).map_err(super::wrong(&args.file))?;
    match &args.out {
        None => print(&json),
        Some(path) => fs::write(path, json).map_err(|error| super::cannot_write(path, &error))?,
    }
    // If standard error is closed, nobody is left to tell.
    let _ = write!(io::stderr().lock(), "{notes}");
    Ok(())
}

fn made(args: &ImportArgs, notes: &mut Notes) -> Result<String, String> {
    let bytes = super::read(&args.file, PLAN_BYTES_MAX)?;
    let mut hall = match args.from {
        PlanFormat::Pretix => pretix::read(&bytes, args, notes)?,
        PlanFormat::Csv => table::read(&bytes, args, notes)?,
    };
    drop(bytes);
    order::arrange(&mut hall, args, notes);
    let json = written::json(&describe::spec(&hall))?;
    let layout = super::judged(json.as_bytes()).map_err(|wrong| {
        let hint = if args.no_ids { "" } else { "; --no-ids makes it smaller" };
        format!("what comes out is no description of an event: {wrong}{hint}")
    })?;
    is_same(&hall, &layout)?;
    Ok(json)
}

/// Says the first seat that is called otherwise in the map than in the plan.
fn is_same(hall: &Hall, layout: &Layout) -> Result<(), String> {
    let mut ordinals = 0..layout.seats();
    for (section, row, seat) in hall.seats() {
        let label = format!("{}-{}-{}", section.name, row.name, seat.label);
        let came = ordinals.next().map(|ordinal| layout.label(ordinal));
        if came.as_ref() != Some(&label) {
            return Err(format!("{}: the seat {label} would come out as {came:?}", seat.place));
        }
    }
    Ok(())
}
