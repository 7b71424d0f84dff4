//! What `holdfast offline` is told.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Language, ServerArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum OfflineCommand {
    /// Write down how an event stands, to sell on without the server: seats, orders, a page to print, and a form for what is sold.
    Sheet(SheetArgs),
    /// Enter what was sold by hand. Without --go it says what it would do, and does nothing.
    ///
    /// Each line is sold as one order, under keys that are made from the line: the same file may be entered again and again. What cannot
    /// be sold any more is listed, never forced.
    #[command(
        after_help = "Exit codes: 0 all lines are entered, or could be; 1 some lines cannot be: standard output says which; 2 the file, the\nusage or the server is wrong."
    )]
    Enter(EnterArgs),
}

/// Which event, and where to.
#[derive(Debug, Args)]
pub(crate) struct SheetArgs {
    /// The event.
    pub(crate) event: String,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// Read a data directory or a backup instead of asking a server.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The folder of the files; it is made if it is not there.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Only the tables and the form, as CSV. [default: all]
    #[arg(long, conflicts_with = "html")]
    pub(crate) csv: bool,
    /// Only the page to print.
    #[arg(long)]
    pub(crate) html: bool,
    /// The language of the page.
    #[arg(long, value_enum, default_value_t = Language::En, value_name = "LANGUAGE")]
    pub(crate) lang: Language,
}

/// Which file, and into which event.
#[derive(Debug, Args)]
pub(crate) struct EnterArgs {
    /// The form that was filled in: CSV with the columns seats, time, amount, who.
    pub(crate) file: PathBuf,
    /// The event.
    #[arg(long, value_name = "EVENT")]
    pub(crate) event: String,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// Do it.
    #[arg(long)]
    pub(crate) go: bool,
    /// The language of the texts.
    #[arg(long, value_enum, default_value_t = Language::En, value_name = "LANGUAGE")]
    pub(crate) lang: Language,
}
