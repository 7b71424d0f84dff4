//! `holdfast plan`: the description of an event, judged by the code of EVENT CREATE, drawn, and made from plans of others.

mod check;
mod import;
mod picture;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use holdfast_engine::{At, Code, EventSpec, Layout};
use holdfast_net::limits::MAP_BYTES_MAX;

use crate::exit::Failure;
use crate::flags::PlanCommand;

pub(crate) fn run(command: &PlanCommand) -> Result<(), Failure> {
    match command {
        PlanCommand::Check { file, svg } => check::run(file, svg.as_deref()),
        PlanCommand::Import(args) => import::run(args),
    }
}

/// The map of a description, if EVENT CREATE would take it.
pub(crate) fn judged(json: &[u8]) -> Result<Layout, String> {
    if json.len() > MAP_BYTES_MAX {
        return Err(format!("it is larger than {MAP_BYTES_MAX} bytes, which no command may be"));
    }
    let spec: EventSpec = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    let layout = Layout::build(&spec)?;
    // Whether a time has come by then, only the server knows.
    spec.is_fit_for_a_new_event(json, At(0))?;
    Ok(layout)
}

/// A whole file, if it has no more bytes than this.
fn read(path: &Path, most: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| error.to_string())?;
    file.take(most as u64 + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() > most { Err(format!("it is larger than {most} bytes")) } else { Ok(bytes) }
}

/// What is wrong with a plan, told with its file.
fn wrong(path: &Path) -> impl Fn(String) -> Failure {
    move |wrong| Failure::usage(Code::BAD_MAP, format!("{}: {wrong}", path.display()))
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(Code::BAD_USAGE, format!("cannot write {}: {error}", path.display()))
}
