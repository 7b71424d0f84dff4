//! The command `holdfast`: parse, dispatch, exit code. What each command does stands in `commands/`.

mod admin;
mod backup;
mod commands;
mod descriptors;
mod exit;
mod exposure;
mod figures;
mod flags;
mod info;
mod memory;
mod outside;
mod protection;
mod reconcile;
mod settings;
mod telemetry;
mod tokens;

use std::process::ExitCode;

use clap::Parser;

use crate::flags::{Cli, Command};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        Command::Serve(args) => commands::serve::run(&args),
        Command::Wal { command } => commands::wal::run(command),
        Command::Snapshot { command } => commands::snapshot::run(command),
        Command::Audit { command } => commands::audit::run(&command),
        Command::Backup { command } => commands::backup::run(&command),
        Command::Cluster { command } => commands::cluster::run(&command),
        Command::Look(args) => commands::look::run(&args),
        Command::Reconcile(args) => commands::reconcile::run(&args),
        Command::Token { command } => commands::token::run(command),
        Command::Plan { command } => commands::plan::run(&command),
        Command::Status(args) => commands::status::run(&args),
        Command::Top(args) => commands::top::run(&args),
        Command::Probe(args) => commands::probe::run(&args),
        Command::Checklist(args) => commands::checklist::run(&args),
        Command::Kpi(args) => commands::kpi::run(&args),
        Command::Offline { command } => commands::offline::run(&command),
        Command::Ops { command } => commands::ops::run(&command),
        Command::Policy { command } => commands::policy::run(&command),
        Command::Chaos { command } => commands::chaos::run(&command),
        Command::Load(args) => commands::load::run(&args),
        Command::Explain { word, lang, json } => commands::explain::run(word.as_deref(), lang, json),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
