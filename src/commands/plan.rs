//! `holdfast plan`: the description of an event, judged by the code of EVENT CREATE.

use std::fs::File;
use std::io::{self, Read as _, Write};
use std::path::Path;

use holdfast_engine::{At, Code, EventSpec, Layout};

use crate::exit::Failure;
use crate::flags::PlanCommand;

/// Largest description read, bytes: as large as a command with one may be.
const BYTES_MAX: u64 = holdfast_net::limits::FRAME_BYTES_MAP as u64;

pub(crate) fn run(command: &PlanCommand) -> Result<(), Failure> {
    let PlanCommand::Check { file } = command;
    let layout =
        read(file).map_err(|wrong| Failure::usage(Code::BAD_MAP, format!("{}: {wrong}", file.display())))?;
    // A reader that has seen enough (`| head`) is no fault.
    let _ = tell(&mut io::stdout().lock(), &layout);
    Ok(())
}

fn read(path: &Path) -> Result<Layout, String> {
    let mut json = Vec::new();
    let file = File::open(path).map_err(|error| error.to_string())?;
    file.take(BYTES_MAX + 1).read_to_end(&mut json).map_err(|error| error.to_string())?;
    if json.len() as u64 > BYTES_MAX {
        return Err(format!("it is larger than {BYTES_MAX} bytes, which no command may be"));
    }
    let spec: EventSpec = serde_json::from_slice(&json).map_err(|error| error.to_string())?;
    let layout = Layout::build(&spec)?;
    // Whether a time has come by then, only the server knows.
    spec.is_fit_for_a_new_event(&json, At(0))?;
    Ok(layout)
}

fn tell(out: &mut impl Write, layout: &Layout) -> io::Result<()> {
    let mut seats_of = vec![0_u64; layout.categories().len()];
    let mut places_of = seats_of.clone();
    for seat in 0..layout.seats() {
        seats_of[usize::from(layout.category_of(seat))] += 1;
    }
    for area in layout.areas() {
        places_of[usize::from(area.category)] += u64::from(area.capacity);
    }
    writeln!(out, "sections    {}", layout.sections().len())?;
    writeln!(out, "rows        {}", layout.rows().len())?;
    writeln!(out, "seats       {}", layout.seats())?;
    writeln!(out, "accessible  {}", layout.accessible().len())?;
    writeln!(out, "companions  {}", layout.companions().len())?;
    writeln!(out, "groups      {}", layout.groups().len())?;
    writeln!(out, "areas       {}", layout.areas().len())?;
    for (at, name) in layout.categories().iter().enumerate() {
        writeln!(out, "category {name}: {} seats, {} places", seats_of[at], places_of[at])?;
    }
    Ok(())
}
