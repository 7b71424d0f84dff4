//! The command line of `serve`: a flag for each row of the table of settings, without defaults and unchecked.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgMatches, Args, Command};
use figment::value::{Dict, Map, Value};
use figment::{Error, Metadata, Profile, Provider};

use super::row::Row;
use super::table::rows;

/// What a server is started with.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(super) settings: Given,
    /// A TOML file with settings. [default: holdfast.toml, if it is there]
    #[arg(long, value_name = "FILE", env = "HOLDFAST_CONFIG")]
    pub(super) config: Option<PathBuf>,
    /// Start this once, however far the clock is ahead of the newest record: it was compared with another one.
    #[arg(long)]
    pub(crate) accept_clock: bool,
    /// Print the settings in force, as a TOML file, and exit.
    #[arg(long)]
    pub(crate) print_config: bool,
}

/// The settings that were given, by name.
#[derive(Clone, Debug)]
pub(crate) struct Given(Vec<(&'static str, Value)>);

/// What a command on the replicated log is started with: the settings of the table `cluster`, from the same places.
#[derive(Debug, Args)]
pub(crate) struct ClusterArgs {
    #[command(flatten)]
    pub(super) settings: OfCluster,
    /// A TOML file with settings. [default: holdfast.toml, if it is there]
    #[arg(long, value_name = "FILE", env = "HOLDFAST_CONFIG")]
    pub(super) config: Option<PathBuf>,
}

/// The settings of the table `cluster` that were given.
#[derive(Clone, Debug)]
pub(crate) struct OfCluster(pub(super) Given);

/// The rows that have flags, and whose names begin so.
fn flagged(prefix: &str) -> impl Iterator<Item = Row> {
    rows().into_iter().filter(move |row| !row.is_in_file_alone() && row.name.starts_with(prefix))
}

impl Args for OfCluster {
    fn augment_args(command: Command) -> Command {
        with_flags(command, "cluster.")
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for OfCluster {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self(given(matches, "cluster.")))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn with_flags(command: Command, prefix: &str) -> Command {
    flagged(prefix).fold(command, |command, row| {
        let flag = row.name.replace(['.', '_'], "-");
        let more = if row.range.is_empty() { String::new() } else { format!("; {}", row.range) };
        let help = format!("{} [default: {}{more}]", row.help, row.default);
        let mut arg = Arg::new(row.name).long(flag).value_name(row.word).help(help);
        if row.is_switch() {
            let values = PossibleValuesParser::new(["true", "false"]);
            arg = arg.num_args(0..=1).default_missing_value("true").value_parser(values);
        }
        if row.name == "access.tokens" {
            arg = arg.visible_alias("tokens");
        }
        command.arg(arg)
    })
}

fn given(matches: &ArgMatches, prefix: &str) -> Given {
    let given = |row: Row| {
        let text = matches.get_one::<String>(row.name)?;
        let switch = text.parse::<bool>().ok().filter(|_| row.is_switch());
        Some((row.name, switch.map_or_else(|| Value::from(text.as_str()), Value::from)))
    };
    Given(flagged(prefix).filter_map(given).collect())
}

impl Args for Given {
    fn augment_args(command: Command) -> Command {
        with_flags(command, "")
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for Given {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(given(matches, ""))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Provider for Given {
    fn metadata(&self) -> Metadata {
        Metadata::named("command line")
    }

    /// Dotted names become tables.
    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        let mut nested = Dict::new();
        for (name, value) in &self.0 {
            match name.split_once('.') {
                None => drop(nested.insert((*name).to_owned(), value.clone())),
                Some((table, name)) => {
                    let table = nested.entry(table.to_owned()).or_insert_with(|| Value::from(Dict::new()));
                    if let Value::Dict(_, table) = table {
                        table.insert(name.to_owned(), value.clone());
                    }
                }
            }
        }
        Ok(Map::from([(Profile::Default, nested)]))
    }
}
