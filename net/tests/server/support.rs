//! A server on a free port over a log in memory, and a client that sees bytes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use actix_rt::{System, SystemRunner};
use holdfast_engine::{
    CheckpointPolicy, Config as EngineConfig, Engine, GroupBounds, Millis, PaymentPolicy, Policy, State,
};
use holdfast_load::resp;
pub(crate) use holdfast_load::resp::frame as wire;
use holdfast_net::cluster::Guide;
use holdfast_net::inside::Inside;
use holdfast_net::{Config, Protection, Running, Server, Sources, Spans, Stats};
use holdfast_testkit::MemoryStorage;
use holdfast_wal::Options;

/// Nothing takes this long, on the slowest machine either: it is for tests that fail.
pub(crate) const PATIENCE: Duration = Duration::from_secs(600);
/// Longer than any test: for what must not come to an end, or would depend on how busy the machine is.
pub(crate) const FOR_EVER: Duration = Duration::from_secs(24 * 3_600);

/// Settings under which nobody is cut off or refused because something took long.
pub(crate) fn patient() -> Config {
    Config {
        patience: FOR_EVER,
        write_timeout: FOR_EVER,
        frame_timeout: FOR_EVER,
        silent_timeout: FOR_EVER,
        idle_timeout: FOR_EVER,
        login_timeout: FOR_EVER,
        ..Config::default()
    }
}

pub(crate) struct TestServer {
    system: SystemRunner,
    engine: Option<Engine>,
    running: Option<Running>,
    pub(crate) address: SocketAddr,
    pub(crate) stats: Arc<Stats>,
    /// What its log is on.
    pub(crate) disk: MemoryStorage,
    failed: Arc<AtomicBool>,
}

impl TestServer {
    pub(crate) fn start() -> Self {
        Self::with(patient())
    }

    pub(crate) fn with(config: Config) -> Self {
        Self::protected(config, Protection::default())
    }

    pub(crate) fn protected(config: Config, protection: Protection) -> Self {
        Self::told((config, protection), Arc::default())
    }

    /// One that tells of traced commands there.
    pub(crate) fn told((config, protection): (Config, Protection), spans: Arc<Spans>) -> Self {
        Self::over(MemoryStorage::new(), (config, protection), (spans, None))
    }

    /// A node of this cluster, on this disk.
    pub(crate) fn of_cluster(disk: MemoryStorage, cluster: Arc<dyn Guide>) -> Self {
        Self::over(disk, (patient(), Protection::default()), (Arc::default(), Some(cluster)))
    }

    /// One that goes on with what this disk has.
    pub(crate) fn on(disk: MemoryStorage) -> Self {
        Self::over(disk, (patient(), Protection::default()), (Arc::default(), None))
    }

    fn over(
        disk: MemoryStorage,
        (config, protection): (Config, Protection),
        (spans, cluster): (Arc<Spans>, Option<Arc<dyn Guide>>),
    ) -> Self {
        let system = System::new();
        let failed = Arc::<AtomicBool>::default();
        let fails = Arc::clone(&failed);
        let storage: Arc<dyn holdfast_wal::Storage> = Arc::new(disk.clone());
        let settings = EngineConfig {
            all_or_nothing: false,
            memory: None,
            payments: PaymentPolicy::default(),
            groups: GroupBounds::default(),
            threads: 2,
            policy: Policy {
                retention: Millis(86_400_000),
                refusals_max: 1_000_000,
                recovery_grace: Millis(0),
                record_retention: Millis(u64::MAX),
            },
            checkpoint: CheckpointPolicy::default(),
            // A busy machine is no slow disk.
            log: Options { segment_bytes: 1024 * 1024, slow_sync: Duration::MAX, ..Options::default() },
            clock_ahead: Millis(u64::MAX),
        };
        let (engine, running) = system.block_on(async {
            let fails = Box::new(move |_: &_| fails.store(true, Ordering::SeqCst));
            let engine = Engine::open(&storage, &settings, [7; 32], fails).unwrap();
            holdfast_net::add_jobs(engine.jobs(), engine.router());
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let known = |section: &str| matches!(section, "default" | "all" | "server");
            let info = move |section: &str| {
                if known(section) {
                    "# Server\r\nholdfast_version:test\r\n".to_owned()
                } else {
                    String::new()
                }
            };
            let router = engine.router().clone();
            let arbiters = engine.arbiters();
            let settings = vec![("wal.segment".to_owned(), "8MiB".to_owned())];
            let sources = Sources { info: Arc::new(info), settings, spans, cluster };
            let running = Server::start(listener, router, &arbiters, config, protection, sources).unwrap();
            (engine, running)
        });
        let (address, stats) = (running.local_addr(), running.stats());
        Self { system, engine: Some(engine), running: Some(running), address, stats, disk, failed }
    }

    /// Whether the disk took something no more.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::SeqCst)
    }

    /// How many executions are in each state, as it is in memory: it may not be durable yet.
    pub(crate) fn executions(&self) -> [u64; State::WORDS.len()] {
        self.engine.as_ref().unwrap().stats().system.executions
    }

    pub(crate) fn client(&self) -> Client {
        Client::connect(self.address)
    }

    pub(crate) fn inside(&self) -> Inside {
        self.running.as_ref().unwrap().inside()
    }

    /// Stops the server; the answer is whether everything ended.
    pub(crate) fn stop(&mut self, grace: Duration) -> bool {
        let running = self.running.take().unwrap();
        self.system.block_on(running.stop(grace))
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            self.system.block_on(running.stop(Duration::from_millis(50)));
        }
        if let Some(engine) = self.engine.take() {
            let _ = engine.stop();
        }
    }
}

/// A connection, and what was read of it ahead: whoever reads from the first himself has read nothing by the second.
pub(crate) struct Client(pub(crate) TcpStream, BufReader<TcpStream>);

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self::over(stream)
    }

    pub(crate) fn over(stream: TcpStream) -> Self {
        let reader = BufReader::new(stream.try_clone().unwrap());
        Self(stream, reader)
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).unwrap();
    }

    /// Sends a command as an array.
    pub(crate) fn command(&mut self, words: &[&str]) {
        self.send(wire(words));
    }

    /// Reads just as many bytes as expected, and compares. `|` stands for a line end.
    pub(crate) fn expect(&mut self, expected: &str) {
        let expected = expected.replace('|', "\r\n");
        let mut bytes = vec![0; expected.len()];
        let mut filled = 0;
        while filled < bytes.len() {
            match self.1.read(&mut bytes[filled..]) {
                Ok(count) if count > 0 => filled += count,
                end => panic!(
                    "{:?}, then {end:?}; expected {expected:?}",
                    String::from_utf8_lossy(&bytes[..filled])
                ),
            }
        }
        assert_eq!(String::from_utf8_lossy(&bytes), expected);
    }

    /// Sends a line and expects exactly this reply.
    pub(crate) fn line(&mut self, line: &str, expected: &str) {
        self.send(format!("{line}\r\n"));
        self.expect(expected);
    }

    /// Reads up to the end of a line.
    pub(crate) fn read_line(&mut self) -> String {
        let mut line = Vec::new();
        self.1.read_until(b'\n', &mut line).unwrap();
        assert!(line.ends_with(b"\r\n"), "closed after {:?}", String::from_utf8_lossy(&line));
        String::from_utf8(line).unwrap().trim_end().to_owned()
    }

    /// Reads the last field of a reply, the time at which it was decided, Unix milliseconds.
    pub(crate) fn read_at(&mut self) -> u64 {
        self.expect("$2|at|:");
        self.read_line().parse().unwrap()
    }

    /// Reads to the end of the connection.
    pub(crate) fn read_to_end(&mut self) -> String {
        let mut bytes = Vec::new();
        match self.1.read_to_end(&mut bytes) {
            Ok(_) => String::from_utf8_lossy(&bytes).replace("\r\n", "|"),
            Err(error) => panic!("{error} after {:?}", String::from_utf8_lossy(&bytes)),
        }
    }
}

/// One reply, line by line without the lengths of bulk strings, with times masked: a number of 13 digits is `T`.
pub(crate) fn value(client: &mut Client) -> String {
    let reply = resp::read(&mut client.1).unwrap();
    let (mut shown, mut rest) = (String::new(), std::str::from_utf8(&reply).unwrap());
    while let Some((line, behind)) = rest.split_once("\r\n") {
        rest = behind;
        match line.strip_prefix('$').and_then(|length| length.parse().ok()) {
            Some(length) => {
                shown.push_str(&rest[..length]);
                rest = rest[length..].strip_prefix("\r\n").expect("a bulk string ends");
            }
            None if line.starts_with(':') && line.len() == 14 => shown.push_str(":T"),
            None => shown.push_str(line),
        }
        shown.push('|');
    }
    shown
}

pub(crate) fn ask(client: &mut Client, line: &str) -> String {
    client.send(format!("{line}\r\n"));
    value(client)
}

/// Waits until it is so.
pub(crate) fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what} never came true");
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) const HALL: &str = concat!(
    r#"{"sections":[{"name":"A","category":"VIP","rows":[{"name":"1","seats":4,"accessible":["1"]}]},"#,
    r#"{"name":"B","category":"STD","rows":{"from":1,"to":2,"seats":3}}],"#,
    r#""areas":[{"name":"FLOOR","category":"GA","capacity":20}],"limits":{"max_seats_per_hold":1000,"max_seats_per_holder":1000}}"#
);
