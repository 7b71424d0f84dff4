//! Spans of traced commands as the settings ask for them: made, sent, and ended with the server.

use std::sync::Arc;

use holdfast_engine::{Code, Router};
use holdfast_net::Spans;

use crate::exit::Failure;
use crate::settings::{Share, Trace};

/// Where OpenTelemetry has everybody look for a collector that no setting names.
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
/// And what is sent to it beside spans, secrets among it.
#[cfg(feature = "otlp")]
const HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";

/// Where traced commands are told to, and who sends their spans.
pub(crate) struct Spanning {
    /// What the front end tells.
    pub(crate) spans: Arc<Spans>,
    #[cfg(feature = "otlp")]
    sender: Option<holdfast_otlp::Sender>,
}

/// The collector that the settings name, or the environment.
fn address(trace: &Trace) -> Option<String> {
    let named = trace.otlp.clone().or_else(|| std::env::var(ENDPOINT).ok());
    named.filter(|address| !address.is_empty())
}

/// Spans are sent nowhere: then no command has a trace of its own.
fn nowhere(trace: &Trace) -> Result<Arc<Spans>, Failure> {
    match trace.ratio {
        Share(0) => Ok(Arc::default()),
        ratio => {
            let why = format!(
                "trace.ratio is {}, and there is no collector to send spans to: set trace.otlp, or leave it 0",
                ratio.text()
            );
            Err(Failure::usage(Code::BAD_CONFIGURATION, why))
        }
    }
}

fn bad(why: impl std::fmt::Display) -> Failure {
    Failure::usage(Code::BAD_CONFIGURATION, format!("trace.otlp: {why}"))
}

impl Spanning {
    /// Starts the thread that sends spans, if they are to be sent anywhere.
    #[cfg(feature = "otlp")]
    pub(crate) fn start(trace: &Trace, router: &Router) -> Result<Self, Failure> {
        let Some(address) = address(trace) else {
            return Ok(Self { spans: nowhere(trace)?, sender: None });
        };
        let headers = std::env::var(HEADERS).unwrap_or_default();
        let target = holdfast_otlp::Target::new(&address, &headers, &trace.service).map_err(bad)?;
        let (spans, queue) = Spans::on(trace.max_per_second.0);
        let defect = |error: String| Failure::fault(Code::DEFECT, error);
        let seed = getrandom::u64().map_err(|error| defect(error.to_string()))?;
        let spans = Arc::new(spans.drawing(trace.ratio.0, seed));
        let earlier = holdfast_net::earlier(router.clone());
        let sender = holdfast_otlp::Sender::start(target, Arc::clone(&spans), queue, earlier);
        let sender = sender.map_err(|error| defect(error.to_string()))?;
        tracing::info!(collector = address, "spans of traced commands are sent");
        Ok(Self { spans, sender: Some(sender) })
    }

    /// Refuses to send spans: the program was built without it.
    #[cfg(not(feature = "otlp"))]
    pub(crate) fn start(trace: &Trace, _: &Router) -> Result<Self, Failure> {
        match address(trace) {
            None => Ok(Self { spans: nowhere(trace)? }),
            Some(_) => {
                Err(bad("this program was built without the feature otlp: leave it out, or build it with it"))
            }
        }
    }

    /// No command is served any longer: what is still to be sent is sent, and what no collector takes is lost.
    pub(crate) fn end(self) {
        #[cfg(feature = "otlp")]
        self.sender.into_iter().for_each(holdfast_otlp::Sender::end);
    }
}
