//! `holdfast offline`: how to go on selling by hand while there is no server, and how that comes back into it.
//!
//! `standing` is what an event is at one version, `tables` and `page` write it down. `form` reads what was filled in, `check` looks
//! whether it can be, `enter` does it.

mod check;
mod enter;
mod form;
mod page;
mod standing;
mod tables;
mod words;

use std::fs;
use std::path::Path;

use holdfast_engine::Code;

use super::data::print;
use crate::exit::Failure;
use crate::flags::{OfflineCommand, SheetArgs};
use standing::Standing;

pub(crate) fn run(command: &OfflineCommand) -> Result<(), Failure> {
    match command {
        OfflineCommand::Sheet(args) => sheet(args),
        OfflineCommand::Enter(args) => enter::run(args),
    }
}

fn sheet(args: &SheetArgs) -> Result<(), Failure> {
    let standing = match &args.data {
        Some(path) => Standing::of_copy(path, &args.event)?,
        None => Standing::of_server(&args.server, &args.event)?,
    };
    let mut files = Vec::new();
    if !args.html {
        files.push(("seats.csv", tables::seats(&standing)));
        files.push(("orders.csv", tables::orders(&standing)));
        files.push(("form.csv", form::empty()));
    }
    if !args.csv {
        files.push(("sheet.html", page::page(&standing, args.lang)));
    }
    fs::create_dir_all(&args.out).map_err(|error| unusable(&args.out, &error))?;
    for (name, text) in files {
        let path = args.out.join(format!("{}-{name}", file_name(&args.event)));
        fs::write(&path, text).map_err(|error| unusable(&path, &error))?;
        print(&format!("{}\n", path.display()));
    }
    if !standing.is_at_one_version {
        print(&format!("{}\n", words::of(args.lang).moved));
    }
    Ok(())
}

/// The name of an event may have what no file name should.
fn file_name(event: &str) -> String {
    event
        .chars()
        .map(|one| if one.is_ascii_alphanumeric() || "-_".contains(one) { one } else { '_' })
        .collect()
}

fn unusable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(Code::BAD_USAGE, format!("{}: {error}", path.display()))
}
