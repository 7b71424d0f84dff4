//! `holdfast plan check`: says what is in a description, or what is wrong with it, and draws it.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use holdfast_engine::Layout;
use holdfast_net::limits::MAP_BYTES_MAX;

use super::picture::{self, Drawn};
use crate::exit::Failure;

/// Where the picture goes for standard output.
const STDOUT: &str = "-";

pub(super) fn run(file: &Path, svg: Option<&Path>) -> Result<(), Failure> {
    let json = super::read(file, MAP_BYTES_MAX).map_err(super::wrong(file))?;
    let layout = super::judged(&json).map_err(super::wrong(file))?;
    drop(json);
    let drawn = svg.map_or(Ok(None), |path| draw(&layout, path))?;
    // A reader that has seen enough (`| head`) is no fault.
    let _ = if svg.is_some_and(|path| path.as_os_str() == STDOUT) {
        tell(&mut io::stderr().lock(), &layout, drawn)
    } else {
        tell(&mut io::stdout().lock(), &layout, drawn)
    };
    Ok(())
}

/// Draws it; `None` if nobody took the picture.
fn draw(layout: &Layout, path: &Path) -> Result<Option<Drawn>, Failure> {
    let to_stdout = path.as_os_str() == STDOUT;
    let drawn = if to_stdout {
        picture::draw(layout, &mut BufWriter::new(io::stdout().lock()))
    } else {
        File::create(path).and_then(|file| picture::draw(layout, &mut BufWriter::new(file)))
    };
    match drawn {
        Err(error) if to_stdout && error.kind() == io::ErrorKind::BrokenPipe => Ok(None),
        Err(error) => Err(super::cannot_write(path, &error)),
        Ok(drawn) => Ok(Some(drawn)),
    }
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
