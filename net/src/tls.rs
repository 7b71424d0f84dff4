//! TLS: the certificate in force, the handshake, and handing an encrypted socket to its thread.
//!
//! A handshake is up to a millisecond of public-key arithmetic. It is done on the thread that accepts connections, so
//! that a flood of handshakes costs the threads of the engine nothing; then the connection goes to its thread.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime, pem};
use rustls::server::WebPkiClientVerifier;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{InconsistentKeys, RootCertStore, ServerConfig};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use webpki::{EndEntityCert, KeyUsage};
use zeroize::Zeroize as _;

use crate::limits;

/// The certificate of a server and its key. They can be replaced while it runs.
#[derive(Debug)]
pub struct Tls {
    in_force: RwLock<InForce>,
    /// Others were to come, and could not be used.
    is_stale: AtomicBool,
}

/// The certificate in force.
#[derive(Debug)]
struct InForce {
    config: Arc<ServerConfig>,
    /// The server's own.
    own: CertificateDer<'static>,
}

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
    /// The file of those who sign certificates of clients holds none, or one that cannot be used.
    #[error("it cannot be used to tell clients by: {0}")]
    ClientCa(String),
}

/// What a server shows, and what it wants to be shown: contents of files, PEM.
#[derive(Clone, Copy)]
pub struct Pem<'a> {
    /// The chain of certificates, the server's own first.
    pub certificates: &'a [u8],
    /// Its private key.
    pub key: &'a [u8],
    /// Certificates, one of which must have signed that of each client; `None`: clients need none.
    pub client_ca: Option<&'a [u8]>,
}

impl Tls {
    /// Takes certificates and key.
    ///
    /// # Errors
    /// What is wrong with the certificates or the key.
    pub fn new(pem: Pem<'_>) -> Result<Self, TlsError> {
        let in_force = RwLock::new(in_force(pem)?);
        Ok(Self { in_force, is_stale: AtomicBool::new(false) })
    }

    /// Puts others in the place of those that were, for the connections to come.
    ///
    /// # Errors
    /// As [`Self::new`]; then the old certificate stays in force.
    pub fn replace(&self, pem: Pem<'_>) -> Result<(), TlsError> {
        let in_force = in_force(pem)?;
        *self.in_force.write().unwrap_or_else(PoisonError::into_inner) = in_force;
        self.is_stale.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// Others were to come, and cannot be used: those in force stay.
    pub fn keep(&self) {
        self.is_stale.store(true, Ordering::Relaxed);
    }

    /// Whether others were to come that could not be used, and no better ones came since.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.is_stale.load(Ordering::Relaxed)
    }

    /// Why clients would not accept the certificate in force at this time, as [`Self::out_of_date`].
    #[must_use]
    pub fn is_out_of_date(&self, at: SystemTime) -> Option<String> {
        dates(&self.in_force.read().unwrap_or_else(PoisonError::into_inner).own, at)
    }

    /// Whether clients would not accept the certificate in force within [`limits::RENEW_BEFORE`] from `now` on.
    #[must_use]
    pub fn ends_soon(&self, now: SystemTime) -> bool {
        self.is_out_of_date(now).or_else(|| self.is_out_of_date(now + limits::RENEW_BEFORE)).is_some()
    }

    /// Why clients would not accept the first of these certificates (PEM) at this time, going by its dates alone; `None`
    /// if they are right.
    #[must_use]
    pub fn out_of_date(certificates: &[u8], at: SystemTime) -> Option<String> {
        dates(&CertificateDer::pem_slice_iter(certificates).next()?.ok()?, at)
    }

    /// Does the handshake with a client whose socket stays on this thread, under the certificate in force.
    ///
    /// # Errors
    /// If the client does not speak TLS, or goes away.
    pub async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        TlsAcceptor::from(self.in_force()).accept(stream).await
    }

    /// Does the handshake with a new client.
    pub(crate) async fn handshake(&self, stream: TcpStream) -> io::Result<Encrypted> {
        TlsAcceptor::from(self.in_force()).accept(Socket(Some(stream))).await
    }

    fn in_force(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.in_force.read().unwrap_or_else(PoisonError::into_inner).config)
    }
}

/// Why clients would not accept this certificate at this time, going by its dates alone.
fn dates(certificate: &CertificateDer<'_>, at: SystemTime) -> Option<String> {
    let certificate = EndEntityCert::try_from(certificate).ok()?;
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    // The dates are looked at first; that nobody is trusted here ends it behind them.
    let time = UnixTime::since_unix_epoch(since);
    let usage = KeyUsage::server_auth();
    let ago = |earlier: UnixTime, later: UnixTime| {
        Duration::from_secs(later.as_secs().saturating_sub(earlier.as_secs())).as_secs() / (24 * 60 * 60)
    };
    match certificate.verify_for_usage(&[], &[], &[], time, usage, None, None).err()? {
        webpki::Error::CertExpired { time, not_after } => {
            Some(format!("the certificate ended {} days before", ago(not_after, time)))
        }
        webpki::Error::CertNotValidYet { time, not_before } => {
            Some(format!("the certificate begins {} days later", ago(time, not_before)))
        }
        _ => None,
    }
}

/// Whether a connection that starts with this byte speaks TLS: every handshake starts with it, and no command does.
pub(crate) const fn is_handshake(first: u8) -> bool {
    first == 0x16
}

fn in_force(pem: Pem<'_>) -> Result<InForce, TlsError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.certificates).collect();
    let chain = chain.map_err(TlsError::Certificate)?;
    let own = chain.first().ok_or(TlsError::NoCertificate)?.clone();
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Unusable)?;
    let builder = match pem.client_ca {
        None => builder.with_no_client_auth(),
        Some(signers) => {
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots(signers)?), provider);
            builder.with_client_cert_verifier(
                verifier.build().map_err(|error| TlsError::ClientCa(error.to_string()))?,
            )
        }
    };
    let key = Arc::new(SingleCertAndKey::from(certified(chain, pem.key)?));
    Ok(InForce { config: Arc::new(builder.with_cert_resolver(key)), own })
}

/// A chain with its key, of which no copy is left but that which signs.
fn certified(chain: Vec<CertificateDer<'static>>, key: &[u8]) -> Result<CertifiedKey, TlsError> {
    let mut key = PrivateKeyDer::from_pem_slice(key).map_err(|error| match error {
        pem::Error::NoItemsFound => TlsError::NoKey,
        error => TlsError::Key(error),
    })?;
    let signing = ring::sign::any_supported_type(&key);
    key.zeroize();
    let certified = CertifiedKey::new(chain, signing.map_err(TlsError::Unusable)?);
    match certified.keys_match() {
        // Not every sort of key tells what belongs to it.
        Ok(()) | Err(rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(certified),
        Err(error) => Err(TlsError::Unusable(error)),
    }
}

/// Those who sign certificates of clients.
fn roots(signers: &[u8]) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for signer in CertificateDer::pem_slice_iter(signers) {
        let added = signer
            .map_err(|error| error.to_string())
            .and_then(|signer| roots.add(signer).map_err(|error| error.to_string()));
        added.map_err(TlsError::ClientCa)?;
    }
    Ok(roots)
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
