//! How the servers are reached: addresses, credentials, TLS, and how patient the connection is.

use std::path::PathBuf;
use std::time::Duration;

use async_nats::{Client, ConnectOptions, ServerAddr};

use crate::error::OpenError;

/// A server that does not answer a ping is given up after two of these.
const PING: Duration = Duration::from_secs(1);
/// How long a try to connect may take.
const CONNECT: Duration = Duration::from_millis(500);
/// The pause between tries, but for the first, which comes at once. The client's own pauses grow to seconds.
const AGAIN: Duration = Duration::from_millis(50);
/// Messages of the tail that may wait for the port; what does not fit is read by its position.
const TAIL_MESSAGES_MAX: usize = 1_024;
/// Questions that may wait for the connection.
const ASKED_MAX: usize = 1_024;

/// How the servers are reached.
#[derive(Clone, Default)]
pub struct Access {
    /// Addresses: `nats://host:4222`, `tls://host:4222`. A name and a password may stand in them. Others of the same cluster are learnt from those.
    pub urls: Vec<String>,
    /// The text of a file: credentials as `nsc` makes them, or one line, `name:password`.
    pub credentials: Option<String>,
    /// Certificates; without one, TLS is used if the server wants it, with the certificates that the machine trusts.
    pub tls: Option<Tls>,
}

/// Certificates for the connection, as files of PEM.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Tls {
    /// Servers are trusted that one of these has signed.
    pub ca: Option<PathBuf>,
    /// What this node shows, and its private key.
    pub client: Option<(PathBuf, PathBuf)>,
}

/// How a connection begins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum First {
    /// It is there, or the try has failed.
    Now,
    /// It comes when it can.
    Whenever,
}

impl Access {
    /// The addresses as they may be shown: without what stands before an `@`.
    pub(crate) fn shown(&self) -> String {
        let hide = |url: &String| match (url.split_once("://"), url.rsplit_once('@')) {
            (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
            (None, Some((_, host))) => host.to_owned(),
            _ => url.clone(),
        };
        self.urls.iter().map(hide).collect::<Vec<_>>().join(", ")
    }

    fn addresses(&self) -> Result<Vec<ServerAddr>, OpenError> {
        let bad = |url: &str, why: String| OpenError::Address { url: url.to_owned(), why };
        if self.urls.is_empty() {
            return Err(bad("", "there is none".to_owned()));
        }
        let parsed = self.urls.iter().map(|url| {
            url.parse().map_err(|error: std::io::Error| {
                let hidden = Self { urls: vec![url.clone()], ..Self::default() }.shown();
                bad(&hidden, error.to_string())
            })
        });
        parsed.collect()
    }

    /// Connects, under this name, which the servers show.
    pub(crate) async fn connect(&self, name: &str, first: First) -> Result<Client, ConnectError> {
        let addresses = self.addresses()?;
        let mut options = ConnectOptions::new()
            .name(name)
            .ping_interval(PING)
            .connection_timeout(CONNECT)
            .request_timeout(Some(Duration::from_secs(5)))
            .max_reconnects(None)
            .reconnect_delay_callback(|attempts| if attempts <= 1 { Duration::ZERO } else { AGAIN })
            .subscription_capacity(TAIL_MESSAGES_MAX)
            .client_capacity(ASKED_MAX)
            .event_callback(told);
        if let Some(text) = &self.credentials {
            options = let_in(options, text)?;
        }
        if let Some(Tls { ca, client }) = &self.tls {
            options = options.require_tls(true);
            if let Some(ca) = ca {
                options = options.add_root_certificates(ca.clone());
            }
            if let Some((cert, key)) = client {
                options = options.add_client_certificate(cert.clone(), key.clone());
            }
        }
        if first == First::Whenever {
            options = options.retry_on_initial_connect();
        }
        Ok(options.connect(addresses).await?)
    }
}

/// Credentials of `nsc` have a signed part and a key; anything else is a name and a password.
fn let_in(options: ConnectOptions, text: &str) -> Result<ConnectOptions, OpenError> {
    if text.contains("-----BEGIN") {
        return options.credentials(text).map_err(|error| OpenError::Credentials(error.to_string()));
    }
    match text.trim_end().split_once(':') {
        Some((name, password)) if !name.is_empty() && !password.contains('\n') => {
            Ok(options.user_and_password(name.to_owned(), password.to_owned()))
        }
        _ => Err(OpenError::Credentials(
            "they are neither what nsc makes nor one line name:password".to_owned(),
        )),
    }
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    #[error(transparent)]
    SetUp(#[from] OpenError),
    #[error(transparent)]
    Refused(#[from] async_nats::ConnectError),
}

/// Operators see when the servers come and go.
async fn told(event: async_nats::Event) {
    use async_nats::Event;
    match event {
        Event::Connected => tracing::info!("connected to the servers of the log"),
        Event::Disconnected => tracing::warn!("no connection to the servers of the log"),
        Event::SlowConsumer(_) => tracing::debug!("messages of the log's tail were left out"),
        other => tracing::warn!("the servers of the log: {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(urls: &[&str]) -> Access {
        Access { urls: urls.iter().map(|url| (*url).to_owned()).collect(), ..Access::default() }
    }

    #[test]
    fn what_is_shown_of_an_address_has_no_secret() {
        let access = at(&["nats://me:secret@one:4222", "token@two", "tls://three:4222"]);
        assert_eq!(access.shown(), "nats://one:4222, two, tls://three:4222");
        let error = at(&["nats://me:secret@one:port"]).addresses().unwrap_err().to_string();
        assert!(!error.contains("secret") && error.contains("one:port"), "{error}");
        assert!(at(&[]).addresses().is_err());
    }
}
