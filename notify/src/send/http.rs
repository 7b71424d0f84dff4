//! A message by HTTP: one request, no redirects, and nothing is believed of the answer but its status.

use std::sync::Arc;
use std::time::Duration;

use holdfast_engine::Millis;
use ureq::http::{Response, StatusCode, Uri, header};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};
use ureq::{Agent, Body};

use crate::limits;
use crate::outbox::Answer;

pub(super) struct Http {
    agent: Agent,
    uri: Uri,
}

impl Http {
    pub(super) fn new(uri: &Uri, roots: Option<&[u8]>, patience: Duration) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(patience))
            .max_response_header_size(limits::ANSWER_HEADER_BYTES_MAX)
            .max_idle_connections(1)
            .user_agent(concat!("holdfast/", env!("CARGO_PKG_VERSION")));
        let is_encrypted = uri.scheme_str() == Some("https");
        let config = if is_encrypted { config.tls_config(tls(roots)) } else { config };
        Self { agent: config.build().new_agent(), uri: uri.clone() }
    }

    pub(super) fn send(&self, headers: &[(&str, String)], body: &str) -> Answer {
        let mut request = self.agent.post(&self.uri).header(header::CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        match request.send(body) {
            Ok(response) => said(response),
            // The address may be a secret, and is not in any of these.
            Err(error) => Answer::Later(told(&error), None),
        }
    }
}

/// Why there is no answer.
fn told(error: &ureq::Error) -> String {
    match error {
        ureq::Error::BadUri(_) => "the address cannot be used".to_owned(),
        ureq::Error::Timeout(at) => format!("it does not answer in time ({at})"),
        error => error.to_string(),
    }
}

fn said(mut response: Response<Body>) -> Answer {
    let status = response.status();
    let after = response.headers().get(header::RETRY_AFTER);
    // A date is what nobody sends here.
    let after = after.and_then(|after| after.to_str().ok()?.trim().parse::<u64>().ok());
    let after = after.map(|seconds| Millis(seconds.saturating_mul(1_000)));
    // Read to its end, so that the connection can be used again.
    let read = response.body_mut().with_config().limit(limits::ANSWER_BYTES_MAX).read_to_vec();
    let why = format!("it answers {status}");
    match status {
        // An answer that breaks off may be that of somebody who did not take it to its end: to send it twice is no harm.
        _ if status.is_success() && read.is_ok() => Answer::Taken,
        _ if status.is_success() => Answer::Later("its answer breaks off".to_owned(), after),
        _ if status.is_redirection() => Answer::Refused(format!("{why}: redirects are not followed")),
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
            Answer::Later(why, after)
        }
        _ if status.is_server_error() => Answer::Later(why, after),
        _ => Answer::Refused(why),
    }
}

/// The authorities that are believed: those of this machine, as they are when the channel is made, and those of the settings.
fn tls(roots: Option<&[u8]>) -> TlsConfig {
    let found = rustls_native_certs::load_native_certs();
    let of_machine = found.certs.iter().map(|one| Certificate::from_der(one).to_owned());
    let of_settings = roots.into_iter().flat_map(parse_pem).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    });
    TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::from(of_machine.chain(of_settings)))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build()
}
