//! What `holdfast checklist` is told.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Deserialize;

use super::{Language, ServerArgs};

/// How often a list is gone through.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum List {
    /// What is looked at each day.
    Daily,
    /// What is looked at each month: that, and more.
    Monthly,
}

/// Which list, and what is at hand to go through it.
#[derive(Debug, Args)]
pub(crate) struct ChecklistArgs {
    /// Which list.
    #[arg(value_enum)]
    pub(crate) list: List,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// The data directory, for what INFO cannot tell: measures of 30 days, and the audit against the log. [default: that is not known]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The rules that Prometheus reads. [default: whether it has all alerts is not known]
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Option<PathBuf>,
    /// The language of the texts.
    #[arg(long, value_enum, default_value_t = Language::En, value_name = "LANGUAGE")]
    pub(crate) lang: Language,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

impl List {
    /// Its name, as it is written.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Monthly => "monthly",
        }
    }
}
