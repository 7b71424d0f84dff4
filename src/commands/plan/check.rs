//! `holdfast plan check`: says what is in a description, or what is wrong with it, and draws it.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use holdfast_engine::{Code, Layout};
use holdfast_net::limits::MAP_BYTES_MAX;

use super::picture::{self, Drawn};
use crate::exit::Failure;

pub(super) fn run(file: &Path, svg: Option<&Path>) -> Result<(), Failure> {
    let json = super::read(file, MAP_BYTES_MAX).map_err(super::wrong(file))?;
    let layout = super::judged(&json).map_err(super::wrong(file))?;
    drop(json);
    let to_stdout = svg.is_some_and(|path| path.as_os_str() == "-");
    let drawn = svg.map(|path| {
        let drawn = if to_stdout {
            picture::draw(&layout, &mut BufWriter::new(io::stdout().lock()))
        } else {
            File::create(path).and_then(|file| picture::draw(&layout, &mut BufWriter::new(file)))
        };
        drawn.or_else(|error| match error.kind() {
            // A reader that has seen enough (`| head`) is no fault.
            io::ErrorKind::BrokenPipe if to_stdout => Ok(Drawn::Seats),
            _ => Err(Failure::usage(Code::BAD_USAGE, format!("cannot write {}: {error}", path.display()))),
        })
    });
    let drawn = drawn.transpose()?;
    // Nor here.
    let _ = if to_stdout {
        tell(&mut io::stderr().lock(), &layout, drawn)
    } else {
        tell(&mut io::stdout().lock(), &layout, drawn)
    };
    Ok(())
}

fn tell(out: &mut impl Write, layout: &Layout, drawn: Option<Drawn>) -> io::Result<()> {
    let (seats_of, places_of) = picture::of_categories(layout);
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
    drawn.map_or(Ok(()), |drawn| writeln!(out, "drawn       {drawn}"))
}
