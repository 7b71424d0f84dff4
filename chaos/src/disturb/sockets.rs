//! Bad neighbours on the network: a flood of connections, consumers that do not read, and a collector that is no use.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use holdfast_load::resp::frame;

const CONNECT: Duration = Duration::from_secs(1);

/// Connections that say nothing.
pub(crate) struct Flood(
    #[expect(dead_code, reason = "they are open for as long as this is there")] Vec<TcpStream>,
);

impl Flood {
    /// Opens so many. Returns how many the server took, and how many it refused.
    pub(crate) fn open(address: SocketAddr, count: u32) -> (Self, usize, usize) {
        let (mut open, mut refused) = (Vec::new(), 0);
        for _ in 0..count {
            match TcpStream::connect_timeout(&address, CONNECT) {
                Ok(stream) => open.push(stream),
                Err(_) => refused += 1,
            }
        }
        // Who is one too many is told so, and the connection ends.
        thread::sleep(Duration::from_millis(100));
        let taken: Vec<TcpStream> = open.into_iter().filter(|stream| !has_ended(stream)).collect();
        let count = taken.len();
        (Self(taken), count, refused)
    }
}

fn has_ended(stream: &TcpStream) -> bool {
    let _ = stream.set_nonblocking(true);
    let mut stream = stream;
    loop {
        match stream.read(&mut [0; 512]) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => return error.kind() != ErrorKind::WouldBlock,
        }
    }
}

/// Consumers that ask for much and read nothing.
pub(crate) struct Stalled(
    #[expect(dead_code, reason = "they are open for as long as this is there")] Vec<TcpStream>,
);

/// Maps that one consumer asks for.
const MAPS: usize = 400;

impl Stalled {
    /// Opens so many. The first subscribes to what happens, the others ask for maps.
    ///
    /// # Errors
    /// If the server does not take a connection.
    pub(crate) fn open(address: SocketAddr, event: &str, count: u32) -> Result<Self, String> {
        let mut open = Vec::new();
        for number in 0..count {
            let stream = TcpStream::connect_timeout(&address, CONNECT);
            let mut stream = stream.map_err(|error| format!("a consumer gets no connection: {error}"))?;
            let _ = stream.set_write_timeout(Some(CONNECT));
            let asked = match number {
                0 => frame(&["SUBSCRIBE", &format!("feed:{event}")]),
                _ => frame(&["MAP", event]).repeat(MAPS),
            };
            // A server that takes no more of them has cut the consumer off, or lets it wait.
            let _ = stream.write_all(&asked);
            open.push(stream);
        }
        Ok(Self(open))
    }
}

/// What runs on a thread until it is dropped.
struct Running {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    fn start(work: impl FnOnce(&AtomicBool) + Send + 'static) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let of_thread = Arc::clone(&over);
        Self { over, thread: Some(thread::spawn(move || work(&of_thread))) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A collector of traces that takes connections and never answers. With the value it is gone.
pub(crate) struct Collector {
    address: SocketAddr,
    _running: Running,
}

impl Collector {
    /// # Errors
    /// If there is no port for it.
    pub(crate) fn listen() -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("no collector: {error}");
        let listener = TcpListener::bind("127.0.0.1:0").map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let running = Running::start(move |over| {
            let mut taken = Vec::new();
            while !over.load(Ordering::Relaxed) {
                taken.extend(listener.accept().ok());
                thread::sleep(Duration::from_millis(10));
            }
        });
        Ok(Self { address, _running: running })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// Somebody whose commands are traced.
pub(crate) struct Traced(#[expect(dead_code, reason = "it goes on for as long as this is there")] Running);

impl Traced {
    /// Asks for the counts of this event, so often a second, each time as part of another trace.
    pub(crate) fn start(address: SocketAddr, event: String, per_second: u32) -> Self {
        let pause = Duration::from_secs(1) / per_second.max(1);
        Self(Running::start(move |over| {
            let Ok(mut stream) = TcpStream::connect_timeout(&address, CONNECT) else { return };
            let _ = stream.set_read_timeout(Some(CONNECT));
            let mut number = 0_u64;
            while !over.load(Ordering::Relaxed) {
                number += 1;
                let trace = format!("00-{number:032x}-{number:016x}-01");
                let sent = stream.write_all(&frame(&["TRACED", &trace, "COUNT", &event]));
                if sent.is_err() || stream.read(&mut [0; 4096]).is_err() {
                    return;
                }
                thread::sleep(pause);
            }
        }))
    }
}
