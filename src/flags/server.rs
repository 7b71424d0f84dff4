//! The command line of what asks a running server.

use std::path::PathBuf;

use clap::Args;

use crate::exit::Failure;

/// Which server to look at, and how.
#[derive(Debug, Args)]
pub(crate) struct ServerArgs {
    /// The server, HOST:PORT.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7411")]
    pub(crate) address: String,
    #[command(flatten)]
    pub(crate) pass: PassArgs,
}

/// How a server lets us in.
#[derive(Clone, Debug, Args)]
pub(crate) struct PassArgs {
    /// A file with the secret of a token, for a server that asks for one.
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// The secret itself; the environment is the place for it, as every user of the machine sees a command line.
    #[arg(long, value_name = "SECRET", env = "HOLDFAST_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// Connect with TLS, and trust what a certificate of this file (PEM) has signed.
    #[arg(long, value_name = "FILE", env = "HOLDFAST_TLS_CA")]
    pub(crate) tls_ca: Option<PathBuf>,
}

impl PassArgs {
    /// The secret, if there is one.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) fn secret(&self) -> Result<Option<String>, Failure> {
        let Some(path) = &self.token_file else { return Ok(self.token.clone()) };
        let read = std::fs::read_to_string(path);
        let text = read.map_err(|error| Failure::unreachable(format!("{}: {error}", path.display())))?;
        Ok(Some(text.trim().to_owned()))
    }
}
