//! `holdfast explain`: the catalogue of codes, for people.

use std::io::Write as _;

use holdfast_engine::{CATALOGUE, Code, Entry, explain};

use crate::exit::Failure;

pub(crate) fn run(code: Option<&str>) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let written = match code {
        None => CATALOGUE.iter().try_for_each(|entry| {
            let kind = entry.kind.map_or("-", |kind| kind.word());
            writeln!(out, "{}  {kind:<10} {}", entry.code, entry.title)
        }),
        Some(code) => {
            let Some(entry) = explain(code) else {
                let message = format!("there is no code {code:?}; `holdfast explain` lists all");
                return Err(Failure::usage(Code::BAD_USAGE, message));
            };
            tell(&mut out, entry)
        }
    };
    // A reader that has seen enough (`| head`) is no fault.
    let _ = written;
    Ok(())
}

fn tell(out: &mut impl std::io::Write, entry: &Entry) -> std::io::Result<()> {
    writeln!(out, "{}: {}", entry.code, entry.title)?;
    match entry.kind {
        Some(kind) => writeln!(out, "  replies: -{} {} ...", kind.word(), entry.code)?,
        None => writeln!(out, "  given by the process itself, not in replies")?,
    }
    writeln!(out, "  cause:   {}", entry.cause)?;
    writeln!(out, "  remedy:  {}", entry.remedy)
}
