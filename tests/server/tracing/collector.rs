//! A collector of traces: takes requests as OTLP over HTTP sends them, and answers what it is told to.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use holdfast_otlp::{ExportTraceServiceRequest, Span, Value};
use prost::Message as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::support::PATIENCE;
use crate::support::access::Certificate;

/// A request as it came.
pub(crate) struct Sent {
    /// Its first line and its headers, in small letters.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Sent {
    pub(crate) fn decoded(&self) -> ExportTraceServiceRequest {
        ExportTraceServiceRequest::decode(&self.body[..]).unwrap()
    }

    pub(crate) fn spans(&self) -> Vec<Span> {
        let all = self.decoded().resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
        all.flat_map(|scope| scope.spans).collect()
    }
}

/// An attribute of a span, as text.
pub(crate) fn attribute(span: &Span, name: &str) -> Option<String> {
    let found = span.attributes.iter().find(|attribute| attribute.key == name)?;
    match found.value.as_ref()?.value.as_ref()? {
        Value::Text(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
    }
}

/// Threads that live as long as the test.
pub(crate) struct Collector {
    address: SocketAddr,
    scheme: &'static str,
    sent: Receiver<Sent>,
    answers: Arc<Mutex<VecDeque<&'static str>>>,
}

const TAKEN: &str = "200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0";

impl Collector {
    /// Answers these in turn, and from then on that it takes all.
    pub(crate) fn start(answers: &[&'static str]) -> Self {
        Self::with(answers, None)
    }

    /// Over TLS.
    pub(crate) fn encrypted(certificate: &Certificate) -> Self {
        let read = |path: &Path| {
            CertificateDer::pem_file_iter(path).unwrap().collect::<Result<Vec<_>, _>>().unwrap()
        };
        let key = PrivateKeyDer::from_pem_file(&certificate.key).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config =
            ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_no_client_auth().with_single_cert(read(&certificate.cert), key).unwrap();
        Self::with(&[], Some(Arc::new(config)))
    }

    fn with(answers: &[&'static str], tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, answers) =
            (listener.local_addr().unwrap(), Arc::new(Mutex::new(answers.iter().copied().collect())));
        let ((sender, sent), scheme) = (channel(), if tls.is_some() { "https" } else { "http" });
        let told = Arc::clone(&answers);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (sender, told, tls) = (sender.clone(), Arc::clone(&told), tls.clone());
                thread::spawn(move || match tls {
                    None => serve(&mut BufReader::new(stream), &sender, &told),
                    Some(config) => {
                        let stream = StreamOwned::new(ServerConnection::new(config).unwrap(), stream);
                        serve(&mut BufReader::new(stream), &sender, &told);
                    }
                });
            }
        });
        Self { address, scheme, sent, answers }
    }

    pub(crate) fn url(&self) -> String {
        format!("{}://localhost:{}", self.scheme, self.address.port())
    }

    pub(crate) fn next(&self) -> Sent {
        self.sent.recv_timeout(PATIENCE).unwrap()
    }

    /// Spans of so many requests that were taken, at least as many as named.
    pub(crate) fn spans(&self, named: &str, count: usize) -> Vec<Span> {
        let mut spans = Vec::new();
        while spans.iter().filter(|span: &&Span| span.name == named).count() < count {
            spans.extend(self.next().spans());
        }
        spans
    }

    /// Whether all answers were given.
    pub(crate) fn has_said_all(&self) -> bool {
        self.answers.lock().unwrap().is_empty()
    }
}

/// Reads requests until the other side has gone.
fn serve<S: Read + Write>(
    stream: &mut BufReader<S>,
    sender: &Sender<Sent>,
    answers: &Mutex<VecDeque<&'static str>>,
) {
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if stream.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        let head = head.to_ascii_lowercase();
        let length =
            head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse().unwrap();
        let mut body = vec![0; length];
        stream.read_exact(&mut body).unwrap();
        let answer = answers.lock().unwrap().pop_front();
        if sender.send(Sent { head, body }).is_err() {
            return;
        }
        let answer = answer.unwrap_or(TAKEN);
        if stream.get_mut().write_all(format!("HTTP/1.1 {answer}\r\n\r\n").as_bytes()).is_err() {
            return;
        }
    }
}

/// An address where nobody listens, and one where whoever connects is never answered.
pub(crate) struct Deaf(TcpListener, Vec<TcpStream>);

impl Deaf {
    pub(crate) fn start() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").unwrap(), Vec::new())
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.0.local_addr().unwrap())
    }

    /// Waits until somebody has connected.
    pub(crate) fn hears(&mut self) {
        let (stream, _) = self.0.accept().unwrap();
        self.1.push(stream);
    }
}
