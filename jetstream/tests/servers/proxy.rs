//! Between a client and a server: answers can be swallowed, so that what was asked for is done and nobody hears of it.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// A way to one server. Its threads end with the process.
pub(crate) struct Proxy {
    address: SocketAddr,
    swallows: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Proxy {
    /// To this server, `nats://host:port`.
    pub(crate) fn to(url: &str) -> Self {
        let target = url.strip_prefix("nats://").unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (swallows, open) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let (flag, connections) = (Arc::clone(&swallows), Arc::clone(&open));
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                // The server may be dead at the moment: the client is told so.
                let Ok(server) = TcpStream::connect(&target) else { continue };
                let both = [client.try_clone().unwrap(), server.try_clone().unwrap()];
                connections.lock().unwrap().extend(both);
                let ways = [
                    (client.try_clone().unwrap(), server.try_clone().unwrap(), None),
                    (server, client, Some(Arc::clone(&flag))),
                ];
                for (from, to, swallows) in ways {
                    thread::spawn(move || copy(from, to, swallows.as_deref()));
                }
            }
        });
        Self { address, swallows, open }
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://{}", self.address)
    }

    /// From now on, nothing that the server says gets through.
    pub(crate) fn swallow(&self) {
        self.swallows.store(true, Ordering::SeqCst);
    }

    /// Everything gets through again, on new connections: the old ones have lost what was in between.
    pub(crate) fn heal(&self) {
        for stream in self.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
        self.swallows.store(false, Ordering::SeqCst);
    }
}

fn copy(mut from: TcpStream, mut to: TcpStream, swallows: Option<&AtomicBool>) {
    let mut buffer = [0; 65_536];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        let is_swallowed = swallows.is_some_and(|flag| flag.load(Ordering::SeqCst));
        if !is_swallowed && to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}
