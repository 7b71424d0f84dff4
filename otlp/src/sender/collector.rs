//! One attempt to give spans to a collector.

use std::sync::Arc;
use std::time::Duration;

use prost::Message;
use ureq::http::{Response, StatusCode, header};
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Body};

use crate::limits;
use crate::message::{ExportTraceServiceRequest, KeyValue, Resource, ResourceSpans, Scope, ScopeSpans, Span};
use crate::target::Target;

/// A collector, and the connection to it.
#[derive(Debug)]
pub(super) struct Collector {
    agent: Agent,
    target: Target,
}

/// What a collector says to spans.
#[derive(Debug)]
pub(super) enum Answer {
    /// It has them.
    Taken,
    /// It will never take them, for this reason.
    Refused(String),
    /// It may take them later, for this reason; in so long, if it says so.
    Later(String, Option<Duration>),
}

impl Collector {
    pub(super) fn new(target: Target) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(limits::ATTEMPT_MAX))
            .max_response_header_size(limits::ANSWER_HEADER_BYTES_MAX)
            .max_idle_connections(1)
            .user_agent(concat!("holdfast/", env!("CARGO_PKG_VERSION")));
        let config = if target.is_encrypted() { config.tls_config(tls()) } else { config };
        Self { agent: config.build().new_agent(), target }
    }

    /// The body of a request with these spans.
    pub(super) fn body(&self, spans: Vec<Span>) -> Vec<u8> {
        let version = env!("CARGO_PKG_VERSION");
        let scope = Scope { name: "holdfast".to_owned(), version: version.to_owned() };
        let attributes = vec![
            KeyValue::text("service.name", &self.target.service),
            KeyValue::text("service.version", version),
        ];
        let resource_spans = vec![ResourceSpans {
            resource: Some(Resource { attributes }),
            scope_spans: vec![ScopeSpans { scope: Some(scope), spans }],
        }];
        ExportTraceServiceRequest { resource_spans }.encode_to_vec()
    }

    pub(super) fn send(&self, body: &[u8]) -> Answer {
        let mut request =
            self.agent.post(&self.target.uri).header(header::CONTENT_TYPE, "application/x-protobuf");
        for (name, value) in &self.target.headers {
            request = request.header(name, value);
        }
        match request.send(body) {
            Ok(response) => said(response),
            Err(error) => Answer::Later(error.to_string(), None),
        }
    }
}

/// The certificates that this machine trusts, read when the process starts.
fn tls() -> TlsConfig {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        tracing::warn!(
            "no certificates of authorities are found on this machine: the collector will not be believed"
        );
    }
    let roots = found.certs.iter().map(|one| Certificate::from_der(one).to_owned());
    TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::from(roots))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build()
}

fn said(mut response: Response<Body>) -> Answer {
    let status = response.status();
    let after = response.headers().get(header::RETRY_AFTER);
    // A date is what nobody sends here.
    let after = after.and_then(|after| after.to_str().ok()?.trim().parse().ok()).map(Duration::from_secs);
    // Read to its end, so that the connection can be used again. Spans of which a collector took only some are not sent again.
    let _ = response.body_mut().with_config().limit(limits::ANSWER_BYTES_MAX).read_to_vec();
    let why = || format!("it answers {status}");
    match status {
        _ if status.is_success() => Answer::Taken,
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => Answer::Later(why(), after),
        _ => Answer::Refused(why()),
    }
}
