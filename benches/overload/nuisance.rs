//! Clients that nobody wants to have beside them.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread::{self, JoinHandle};

/// What it says, over and over.
const COMMAND: &[u8] = b"*1\r\n$4\r\nPING\r\n";
const REPLY: usize = "+PONG\r\n".len();
const AT_ONCE: usize = 4_096;

/// A client at work, on threads of its own.
pub(crate) struct Nuisance {
    stream: TcpStream,
    writing: JoinHandle<()>,
    reading: Option<JoinHandle<usize>>,
}

impl Nuisance {
    /// One that sends as fast as it can, and reads.
    pub(crate) fn floods(server: SocketAddr) -> io::Result<Self> {
        let mut nuisance = Self::never_reads(server)?;
        let mut stream = nuisance.stream.try_clone()?;
        nuisance.reading = Some(thread::spawn(move || {
            let mut bytes = vec![0; 256 * 1024];
            let mut all = 0;
            while let Ok(count @ 1..) = stream.read(&mut bytes) {
                all += count;
            }
            all / REPLY
        }));
        Ok(nuisance)
    }

    /// One that sends as long as anybody takes it, and does not read.
    pub(crate) fn never_reads(server: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(server)?;
        let mut writer = stream.try_clone()?;
        // Ends when the connection does.
        let writing = thread::spawn(move || while writer.write_all(&COMMAND.repeat(AT_ONCE)).is_ok() {});
        Ok(Self { stream, writing, reading: None })
    }

    /// How many replies it has read.
    pub(crate) fn end(self) -> usize {
        // It may have been cut off already.
        let _ = self.stream.shutdown(Shutdown::Both);
        let _ = self.writing.join();
        self.reading.and_then(|reading| reading.join().ok()).unwrap_or_default()
    }
}
