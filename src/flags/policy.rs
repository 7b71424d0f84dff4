//! What `holdfast policy` is told.

use std::path::PathBuf;

use clap::{Subcommand, value_parser};

use super::Language;

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// List the policies, each on a line.
    List {
        /// Only those about this surface, from 1 to 12.
        #[arg(long, value_name = "N", value_parser = value_parser!(u8).range(1..=12))]
        surface: Option<u8>,
        /// The language of the texts.
        #[arg(long, value_enum, default_value_t = Language::En, value_name = "LANGUAGE")]
        lang: Language,
    },
    /// Show all of the policies that are about something.
    Show {
        /// A policy (P-05), an invariant (I-MONEY), a code (HF-BIZ-046), an alert (HoldfastRefundOverdue) or a figure.
        word: String,
        /// The language of the texts.
        #[arg(long, value_enum, default_value_t = Language::En, value_name = "LANGUAGE")]
        lang: Language,
    },
    /// Write the pages that show all of it: policies.md and ko/policies.md.
    Render {
        /// The folder of the documents.
        #[arg(long, value_name = "DIR", default_value = "./docs")]
        to: PathBuf,
    },
}
