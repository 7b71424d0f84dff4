//! The process's own log, on standard error.

use tracing_subscriber::EnvFilter;

use crate::exit::Failure;
use crate::settings::{Trace, TraceForm};
use holdfast_engine::Code;

/// What anybody can make a library say by what they send is no line of our log, unless it is asked for: of TLS, one at each
/// connection whose client names the server by its address, or speaks out of turn. `tls_failures` counts what fails.
const QUIET: &str = "rustls=error";

/// Starts logging. Nothing else ever writes to standard error while the server runs.
pub(crate) fn start(trace: &Trace) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(format!("{QUIET},{}", trace.filter))
        .map_err(|error| Failure::usage(Code::BAD_CONFIGURATION, format!("trace.filter: {error}")))?;
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match trace.form {
        TraceForm::Human => subscriber.with_ansi(false).try_init(),
        TraceForm::Json => subscriber.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| {
        Failure::usage(Code::BAD_CONFIGURATION, format!("the log cannot be started: {error}"))
    })
}
