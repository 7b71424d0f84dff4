//! TLS: the certificate in force, the handshake, and handing an encrypted socket to its thread.
//!
//! A handshake is up to a millisecond of public-key arithmetic. It is done on the thread that accepts connections, so
//! that a flood of handshakes costs the threads of the engine nothing; then the connection goes to its thread.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll};

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// The certificate of a server and its key. They can be replaced while it runs.
#[derive(Debug)]
pub struct Tls(RwLock<Arc<ServerConfig>>);

/// Why a certificate or key cannot be used.
#[derive(Debug, Error)]
pub enum TlsError {
    /// The file of the certificate holds none.
    #[error("there is no certificate in it: it must hold -----BEGIN CERTIFICATE-----")]
    NoCertificate,
    /// The file of the certificate is not PEM.
    #[error("the certificate is not PEM: {0}")]
    Certificate(pem::Error),
    /// The file of the key holds none.
    #[error("there is no private key in it: it must hold -----BEGIN PRIVATE KEY-----, not encrypted")]
    NoKey,
    /// The file of the key is not PEM.
    #[error("the key is not PEM: {0}")]
    Key(pem::Error),
    /// The key belongs to another certificate, or the algorithm of one of them is not supported.
    #[error("the certificate cannot be used with the key: {0}")]
    Unusable(rustls::Error),
}

impl Tls {
    /// Takes a chain of certificates, the server's own first, and its private key; both as PEM.
    ///
    /// # Errors
    /// What is wrong with the certificates or the key.
    pub fn new(certificates: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        config(certificates, key).map(|config| Self(RwLock::new(Arc::new(config))))
    }

    /// Replaces the certificate for the connections to come.
    ///
    /// # Errors
    /// As [`Self::new`]; then the old certificate stays in force.
    pub fn replace(&self, certificates: &[u8], key: &[u8]) -> Result<(), TlsError> {
        let config = Arc::new(config(certificates, key)?);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }

    /// Does the handshake with a new client.
    pub(crate) async fn handshake(&self, stream: TcpStream) -> io::Result<Encrypted> {
        let config = Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner));
        TlsAcceptor::from(config).accept(Socket(Some(stream))).await
    }
}

/// Whether a connection that starts with this byte speaks TLS: every handshake starts with it, and no command does.
pub(crate) const fn is_handshake(first: u8) -> bool {
    first == 0x16
}

fn config(certificates: &[u8], key: &[u8]) -> Result<ServerConfig, TlsError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificates).collect();
    let chain = chain.map_err(TlsError::Certificate)?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate);
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| match error {
        pem::Error::NoItemsFound => TlsError::NoKey,
        error => TlsError::Key(error),
    })?;
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Unusable)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(TlsError::Unusable)
}

/// A socket that can be taken out from under its encryption and put back on another thread, as a socket belongs to
/// the event loop that it is registered with.
#[derive(Debug)]
pub(crate) struct Socket(Option<TcpStream>);

/// An encrypted connection on its thread.
pub(crate) type Encrypted = TlsStream<Socket>;

/// An encrypted connection on its way to its thread.
pub(crate) struct Detached {
    session: Encrypted,
    socket: std::net::TcpStream,
}

impl Detached {
    pub(crate) fn new(mut session: Encrypted) -> io::Result<Self> {
        let socket = session.get_mut().0.0.take().ok_or(io::ErrorKind::NotConnected)?.into_std()?;
        Ok(Self { session, socket })
    }

    /// Registers the socket with the event loop of this thread.
    pub(crate) fn attach(mut self) -> io::Result<Encrypted> {
        self.session.get_mut().0.0 = Some(TcpStream::from_std(self.socket)?);
        Ok(self.session)
    }
}

impl Socket {
    /// The socket under the encryption, while it is there.
    pub(crate) const fn stream(&self) -> Option<&TcpStream> {
        self.0.as_ref()
    }

    fn there(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        self.0.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.get_mut().there()?.poll_read(context, room)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.get_mut().there()?.poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().there()?.poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().there()?.poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().there()?.poll_shutdown(context)
    }
}
