//! An HTTP client that sends bytes and sees bytes, and a server whose admin port is known before it is ready.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

use super::support::{PATIENCE, eventually, program};

/// A response.
pub struct Response {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Response {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The code of the catalogue that a refusal has.
    pub fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Sends these bytes and reads until the server closes.
pub fn send(address: SocketAddr, bytes: impl AsRef<[u8]>) -> Response {
    let mut stream = connect(address);
    // A server that refuses early may close before it has read everything.
    let _ = stream.write_all(bytes.as_ref());
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    parse(&answer)
}

pub fn parse(answer: &[u8]) -> Response {
    let text = String::from_utf8_lossy(answer).into_owned();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return Response { status: 0, head: text, body: String::new() };
    };
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Response { status, head: head.to_owned(), body: body.to_owned() }
}

/// A request with these headers beside `Host` and `Connection`.
pub fn request(address: SocketAddr, method: &str, path: &str, headers: &[&str]) -> Response {
    let more: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    send(address, format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{more}\r\n"))
}

pub fn get(address: SocketAddr, path: &str) -> Response {
    request(address, "GET", path, &[])
}

/// A server as a process, from its first moment on.
pub struct Early {
    child: Child,
    said: Arc<Mutex<String>>,
    pub admin: SocketAddr,
}

impl Early {
    /// Starts it, and waits for its admin port and for nothing else.
    pub fn start(data: &Path, flags: &[&str]) -> Self {
        let mut command = program();
        command.arg("serve").arg("--data").arg(data).args(["--listen", "127.0.0.1:0"]);
        if !flags.contains(&"--admin-listen") {
            command.args(["--admin-listen", "127.0.0.1:0"]);
        }
        command.args(["--wal-segment", "8MiB", "--wal-reserve", "16MiB", "--wal-slow", "60s"]).args(flags);
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let said = Arc::<Mutex<String>>::default();
        let outputs: [Box<dyn Read + Send>; 2] =
            [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        for output in outputs {
            let said = Arc::clone(&said);
            thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    *said.lock().unwrap() += &(line + "\n");
                }
            });
        }
        let mut admin = None;
        eventually("the admin port", || {
            assert!(child.try_wait().unwrap().is_none(), "it ended: {}", said.lock().unwrap());
            let said = said.lock().unwrap();
            let line = said.lines().find(|line| line.contains("the admin port is open"));
            admin = line.and_then(|line| line.split("address=").nth(1)?.split(' ').next()?.parse().ok());
            admin.is_some()
        });
        Self { child, said, admin: admin.unwrap() }
    }

    /// Waits until it takes connections: where.
    pub fn ready(&self) -> SocketAddr {
        let mut address = None;
        eventually("the line that says that it is ready", || {
            let said = self.said.lock().unwrap();
            let line = said.lines().find_map(|line| line.strip_prefix("holdfast ready on "));
            address = line.and_then(|address| address.parse().ok());
            address.is_some()
        });
        address.unwrap()
    }

    pub fn pid(&self) -> i32 {
        self.child.id() as i32
    }

    /// Ends it by SIGTERM: its exit code, and what it has said.
    pub fn stop(&mut self) -> (Option<i32>, String) {
        let pid = rustix::process::Pid::from_raw(self.pid()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        let code = self.child.wait().unwrap().code();
        (code, self.said.lock().unwrap().clone())
    }
}

impl Drop for Early {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
