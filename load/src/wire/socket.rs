//! Connects to a server, in the clear or by TLS, and logs in.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::resp::{Scan, frame};
use super::shown::shown;

/// How long a server may take to accept a connection, and to make an event of a million seats.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// Where the server is, and what a client needs to get in.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// As it was given.
    pub(crate) server: String,
    pub(crate) address: SocketAddr,
    token: Option<String>,
    tls: Option<Trust>,
    /// How long an answer may take.
    patience: Duration,
}

/// How the server has to prove that it is the right one.
#[derive(Clone, Debug)]
struct Trust {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl Target {
    /// `server` is HOST:PORT; `ca` is a file of certificates, one of which must have signed that of the server.
    ///
    /// # Errors
    /// What is wrong with the address or the file, or that everybody on the way could read the token.
    pub(crate) fn new(server: &str, token: Option<String>, ca: Option<&Path>) -> Result<Self, String> {
        let address = resolved(server)?;
        let tls = ca.map(|path| trust(server, path)).transpose()?;
        if token.is_some() && tls.is_none() && !address.ip().to_canonical().is_loopback() {
            return Err(format!(
                "{server} is another machine, and the token would cross the network in the clear: --tls-ca, or a tunnel \
                 that ends on this machine"
            ));
        }
        Ok(Self { server: server.to_owned(), address, token, tls, patience: ANSWER_TIMEOUT })
    }

    /// The same, for who waits no longer than this for an answer.
    pub(crate) fn within(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Connects and logs in.
    ///
    /// # Errors
    /// If the server is not there or refuses the login, in words for the person who started the run.
    pub(crate) fn connect(&self) -> Result<Socket<TcpStream>, String> {
        let server = &self.server;
        let stream = TcpStream::connect_timeout(&self.address, CONNECT_TIMEOUT).map_err(|error| {
            format!(
                "the server is not there: {server}: {error}; start one with `holdfast serve --listen {server}`"
            )
        })?;
        let timeout = Some(self.patience);
        stream
            .set_nodelay(true)
            .and_then(|()| stream.set_read_timeout(timeout))
            .and_then(|()| stream.set_write_timeout(timeout))
            .map_err(|error| format!("{server}: {error}"))?;
        let mut socket = match &self.tls {
            None => Socket::Plain(stream),
            Some(trust) => encrypted(stream, trust).map_err(|why| format!("no TLS with {server}: {why}"))?,
        };
        if let Some(token) = &self.token {
            let answer = socket.ask(&["AUTH", token]).map_err(|why| format!("AUTH to {server}: {why}"))?;
            if answer != b"+OK\r\n" {
                return Err(format!("the token was answered `{}` by {server}", shown(&answer)));
            }
        }
        Ok(socket)
    }
}

fn resolved(server: &str) -> Result<SocketAddr, String> {
    match server.to_socket_addrs().map(|mut found| found.next()) {
        Ok(Some(address)) => Ok(address),
        Ok(None) => Err(format!("--address {server}: there is no such host")),
        Err(error) => Err(format!("--address {server}: {error}; it is written HOST:PORT")),
    }
}

fn trust(server: &str, path: &Path) -> Result<Trust, String> {
    let bad = |why: &str| format!("--tls-ca {}: {why}", path.display());
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| bad(&error.to_string()))? {
        let certificate = certificate.map_err(|error| bad(&error.to_string()))?;
        roots.add(certificate).map_err(|error| bad(&error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(bad("there is no certificate in it"));
    }
    let host = server.rsplit_once(':').map_or(server, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let name = ServerName::try_from(host).map_err(|error| bad(&format!("{server}: {error}")))?;
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| bad(&error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Trust { config: Arc::new(config), name })
}

fn encrypted(stream: TcpStream, trust: &Trust) -> Result<Socket<TcpStream>, String> {
    let session = ClientConnection::new(Arc::clone(&trust.config), trust.name.clone());
    let mut session = session.map_err(|error| error.to_string())?;
    let mut stream = stream;
    while session.is_handshaking() {
        session.complete_io(&mut stream).map_err(|error| error.to_string())?;
    }
    Ok(Socket::Encrypted(Box::new(StreamOwned::new(session, stream))))
}

/// A connection, encrypted or not.
#[derive(Debug)]
pub(crate) enum Socket<S: Read + Write> {
    Plain(S),
    Encrypted(Box<StreamOwned<ClientConnection, S>>),
}

impl<S: Read + Write> Socket<S> {
    /// Whether more bytes may be ready after a read that brought less than it had room for.
    pub(crate) const fn reads_in_pieces(&self) -> bool {
        matches!(self, Self::Encrypted(_))
    }

    pub(crate) const fn stream(&mut self) -> &mut S {
        match self {
            Self::Plain(stream) => stream,
            Self::Encrypted(session) => &mut session.sock,
        }
    }
}

impl Socket<TcpStream> {
    /// Sends a command and returns the bytes of its answer.
    pub(crate) fn ask(&mut self, words: &[&str]) -> Result<Vec<u8>, String> {
        let sent = self.write_all(&frame(words)).and_then(|()| self.flush());
        sent.map_err(|error| format!("the server went away: {error}"))?;
        let (mut input, mut scan) = (Vec::new(), Scan::new());
        let mut room = [0; 16 * 1024];
        loop {
            match self.read(&mut room) {
                Ok(0) => return Err("the server closed the connection".to_owned()),
                Ok(count) => input.extend_from_slice(&room[..count]),
                Err(error) => return Err(format!("no answer: {error}")),
            }
            match scan.end(&input) {
                Ok(None) => {}
                Ok(Some(_)) => return Ok(input),
                Err(_) => return Err(format!("answered `{}`, which is not RESP", shown(&input))),
            }
        }
    }

    /// The same connection, for an event loop.
    pub(crate) fn nonblocking(self) -> io::Result<Socket<mio::net::TcpStream>> {
        let moved = |stream: TcpStream| {
            stream.set_nonblocking(true)?;
            io::Result::Ok(mio::net::TcpStream::from_std(stream))
        };
        Ok(match self {
            Self::Plain(stream) => Socket::Plain(moved(stream)?),
            Self::Encrypted(session) => {
                let (session, stream) = session.into_parts();
                Socket::Encrypted(Box::new(StreamOwned::new(session, moved(stream)?)))
            }
        })
    }
}

impl<S: Read + Write> Read for Socket<S> {
    #[inline]
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(room),
            Self::Encrypted(session) => session.read(room),
        }
    }
}

impl<S: Read + Write> Write for Socket<S> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            Self::Encrypted(session) => session.write(bytes),
        }
    }

    #[inline]
    fn flush(&mut self) -> io::Result<()> {
        match self {
            // A plain socket keeps nothing back.
            Self::Plain(_) => Ok(()),
            Self::Encrypted(session) => session.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_token_crosses_a_network_in_the_clear() {
        let target =
            |address: &str, token: Option<&str>| Target::new(address, token.map(str::to_owned), None);
        for near in ["127.0.0.1:1", "[::1]:1", "[::ffff:127.0.0.1]:1"] {
            assert!(target(near, Some("t")).is_ok(), "{near}");
        }
        for far in ["192.0.2.1:1", "[2001:db8::1]:1", "[::ffff:192.0.2.1]:1", "0.0.0.0:1"] {
            assert!(target(far, Some("t")).unwrap_err().contains("in the clear"), "{far}");
            assert!(target(far, None).is_ok(), "{far}");
        }
    }
}
