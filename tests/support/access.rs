//! Tokens made by the program itself, certificates made for the test, and a client that speaks TLS.

use std::fs;
use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::{PATIENCE, reply, run, told, wire_of};

/// `holdfast token new`: the secret.
pub fn new_token(file: &Path, role: &str, name: &str, more: &[&str]) -> String {
    let file = file.display().to_string();
    let arguments = ["token", "new", "--file", &file, "--role", role, "--name", name];
    let (code, out, err) = told(&run(arguments.iter().chain(more)));
    assert_eq!((code, err.as_str()), (0, ""));
    let secret = out.strip_suffix('\n').unwrap().to_owned();
    assert!(secret.starts_with("hft_") && secret.len() == 68, "{secret}");
    secret
}

/// A certificate for this machine, its key, and the authority that signed it, as files.
pub struct Certificate {
    pub ca: PathBuf,
    pub cert: PathBuf,
    pub key: PathBuf,
}

impl Certificate {
    /// Makes new ones, in place of those that are there.
    pub fn new(directory: &Path) -> Self {
        let made = Self {
            ca: directory.join("ca.pem"),
            cert: directory.join("server.pem"),
            key: directory.join("server.key"),
        };
        made.make(|_| {});
        made
    }

    /// Makes others in their place, which hold from one day to another.
    pub fn renew(&self, (from, to): ((i32, u8, u8), (i32, u8, u8))) {
        let day = |(year, month, day)| rcgen::date_time_ymd(year, month, day);
        self.make(|params| (params.not_before, params.not_after) = (day(from), day(to)));
    }

    fn make(&self, change: impl FnOnce(&mut CertificateParams)) {
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.distinguished_name.push(rcgen::DnType::CommonName, "an authority for tests");
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let mut params = CertificateParams::new(names).unwrap();
        change(&mut params);
        let cert = params.signed_by(&key, &authority).unwrap();
        fs::write(&self.ca, authority.pem()).unwrap();
        fs::write(&self.cert, cert.pem()).unwrap();
        fs::write(&self.key, key.serialize_pem()).unwrap();
    }

    /// Flags for a server that has it.
    pub fn flags(&self) -> [&str; 4] {
        ["--tls-cert", self.cert.to_str().unwrap(), "--tls-key", self.key.to_str().unwrap()]
    }
}

/// A connection with TLS, byte for byte.
pub struct TlsClient(pub BufReader<StreamOwned<ClientConnection, TcpStream>>);

impl TlsClient {
    /// Goes through the handshake.
    pub fn connect(address: SocketAddr, ca: &Path) -> Result<Self, std::io::Error> {
        Self::connect_as(address, ca, None)
    }

    /// Goes through the handshake, and shows this certificate in it.
    pub fn connect_as(
        address: SocketAddr,
        ca: &Path,
        own: Option<&Certificate>,
    ) -> Result<Self, std::io::Error> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(ca).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let config = match own {
            None => config.with_no_client_auth(),
            Some(own) => {
                let cert = CertificateDer::from_pem_file(&own.cert).unwrap();
                let key = PrivateKeyDer::from_pem_file(&own.key).unwrap();
                config.with_client_auth_cert(vec![cert], key).unwrap()
            }
        };
        let name = ServerName::from(address.ip());
        let mut session = ClientConnection::new(Arc::new(config), name).unwrap();
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        while session.is_handshaking() {
            session.complete_io(&mut stream)?;
        }
        Ok(Self(BufReader::new(StreamOwned::new(session, stream))))
    }

    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let stream = self.0.get_mut();
        stream.write_all(bytes.as_ref()).unwrap();
        stream.flush().unwrap();
    }

    /// The answer to a line; the reason if the connection does not live that long.
    pub fn try_ask(&mut self, line: &str) -> Result<String, String> {
        let stream = self.0.get_mut();
        stream.write_all(&wire_of(line)).and_then(|()| stream.flush()).map_err(|error| error.to_string())?;
        reply::read_raw(&mut self.0).map(|raw| reply::masked(&raw)).map_err(|error| error.to_string())
    }

    pub fn raw(&mut self) -> Vec<u8> {
        reply::read_raw(&mut self.0).unwrap_or_else(|error| panic!("no reply: {error}"))
    }

    pub fn ask(&mut self, line: &str) -> String {
        self.send(wire_of(line));
        reply::masked(&self.raw())
    }
}
