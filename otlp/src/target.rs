//! Where spans are sent.

use percent_encoding::percent_decode_str;
use thiserror::Error;
use ureq::http::{HeaderName, HeaderValue, Uri};

/// The path of spans, which stands behind the address of a collector.
const PATH: &str = "/v1/traces";

/// A collector, and what is sent to it beside spans.
#[derive(Clone, Debug)]
pub struct Target {
    pub(crate) uri: Uri,
    /// Values may be secrets.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) service: String,
}

/// Why spans cannot be sent there.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum BadTarget {
    /// It is no address.
    #[error("{0:?} is not the address of a collector, as http://127.0.0.1:4318")]
    Address(String),
    /// A secret would be shown wherever the address is.
    #[error(
        "the address of the collector has a user or a password in it: put them into OTEL_EXPORTER_OTLP_HEADERS"
    )]
    Secret,
    /// What comes from the environment is no list of headers. It may be a secret, and is not told.
    #[error("OTEL_EXPORTER_OTLP_HEADERS is not a list of name=value with commas between them: entry {0}")]
    Header(usize),
}

impl Target {
    /// The collector at this address; `headers` is a list of `name=value` with commas between them, percent-encoded, as
    /// `OTEL_EXPORTER_OTLP_HEADERS` has it. Spans are those of `service`.
    ///
    /// # Errors
    /// What is wrong with the address or the headers.
    pub fn new(address: &str, headers: &str, service: &str) -> Result<Self, BadTarget> {
        let bad = || BadTarget::Address(address.to_owned());
        if address.split('/').nth(2).is_some_and(|authority| authority.contains('@')) {
            return Err(BadTarget::Secret);
        }
        let base = address.trim_end_matches('/');
        let whole = if base.ends_with(PATH) { base.to_owned() } else { format!("{base}{PATH}") };
        let uri: Uri = whole.parse().map_err(|_| bad())?;
        let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
        if !is_http || uri.host().is_none_or(str::is_empty) || uri.query().is_some() {
            return Err(bad());
        }
        let entries = headers.split(',').enumerate().filter(|(_, entry)| !entry.trim().is_empty());
        let headers = entries.map(|(at, entry)| header(entry).ok_or(BadTarget::Header(at + 1)));
        Ok(Self { uri, headers: headers.collect::<Result<_, _>>()?, service: service.to_owned() })
    }

    /// Whether what is sent is encrypted.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.uri.scheme_str() == Some("https")
    }
}

fn header(entry: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = entry.split_once('=')?;
    let mut value = HeaderValue::from_bytes(&percent_decode_str(value.trim()).collect::<Vec<_>>()).ok()?;
    value.set_sensitive(true);
    Some((name.trim().parse().ok()?, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(address: &str) -> Result<String, BadTarget> {
        Target::new(address, "", "holdfast").map(|target| target.uri.to_string())
    }

    #[test]
    fn spans_go_to_their_path() {
        for (address, expected) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
            ("http://127.0.0.1:4318/", "http://127.0.0.1:4318/v1/traces"),
            ("http://[::1]:4318/v1/traces", "http://[::1]:4318/v1/traces"),
            ("https://otel.example/ingest/otlp", "https://otel.example/ingest/otlp/v1/traces"),
        ] {
            assert_eq!(uri(address).as_deref(), Ok(expected));
        }
        for bad in
            ["", "localhost:4318", "grpc://a:4317", "http://", "http://a b", "ftp://a", "http://a/?x=1"]
        {
            assert_eq!(uri(bad), Err(BadTarget::Address(bad.to_owned())));
        }
        for secret in ["http://me:secret@a:4318", "https://token@a"] {
            assert_eq!(uri(secret), Err(BadTarget::Secret));
        }
    }

    #[test]
    fn headers_are_read_and_not_shown() {
        let target = |headers: &str| Target::new("http://a", headers, "s");
        let read = target("authorization=Bearer%20x%3D1, x-tenant = shop,").unwrap();
        let told: Vec<_> =
            read.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        assert_eq!(told, [("authorization", &b"Bearer x=1"[..]), ("x-tenant", b"shop")]);
        assert!(!format!("{read:?}").contains("Bearer"), "{read:?}");
        for (bad, at) in [("x", 1), ("a=b,c", 2), ("a b=c", 1), ("a=%0a", 1)] {
            assert_eq!(target(bad).err(), Some(BadTarget::Header(at)), "{bad}");
        }
    }
}
