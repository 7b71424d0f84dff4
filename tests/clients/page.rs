//! The programs of docs/clients.md, taken from the page and run, all of them at the same time: on a server in the clear, and
//! on one that lets in by tokens and TLS only. In the middle of all of them both servers are killed and started again.
//!
//! Each shows the same, whatever its library does by itself. The one in Rust is part of this program; the page shows its file.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use crate::booking;
use crate::libraries::{Library, Runs};
use crate::support::access::{Certificate, TlsClient, new_token};
use crate::support::reply::masked;
use crate::support::scripts::here;
use crate::support::{PATIENCE, Server, TempDir, wire};

/// What every program shows.
const SHOWN: [&str; 7] = [
    "held 2: A-1-1 A-1-2",
    "refused: TAKEN HF-BIZ-001 A-1-2 held",
    "pipeline: 3 4 TAKEN",
    "transaction: 1 order-1",
    "messages: held held held released sold",
    "restart",
    "the same answer",
];

/// Holds last for an hour: however slow a machine is, none ends under a program.
const MAP: &str = concat!(
    r#"{"sections":[{"name":"A","category":"VIP","rows":[{"name":"1","seats":6}]}],"#,
    r#""limits":{"default_ttl":3600000,"max_ttl":3600000}}"#
);

fn page() -> String {
    fs::read_to_string(here("docs/clients.md")).unwrap()
}

/// The first program of a section of the page in this language.
fn program(page: &str, section: &str, language: &str) -> String {
    let found = page.split("\n## ").find(|text| text.split('\n').next() == Some(section));
    let found = found.unwrap_or_else(|| panic!("docs/clients.md has no section {section}"));
    let program =
        found.split_once(&format!("\n```{language}\n")).and_then(|(_, rest)| rest.split_once("\n```\n"));
    program.unwrap_or_else(|| panic!("section {section} has no program in {language}")).0.to_owned() + "\n"
}

/// A server with a port of its own, which it has again after a restart. Not one of those that the system gives to connections
/// that go out, as a client that connects to it meanwhile could get it for itself.
struct House {
    server: Server,
    data: PathBuf,
    flags: Vec<String>,
    /// The words behind address and event: the token and the authority, if it wants them.
    words: Vec<String>,
    certificate: Option<Certificate>,
    operator: Option<String>,
}

impl House {
    fn open(directory: &Path, protected: bool) -> Self {
        // Others on this machine who look for one begin elsewhere.
        let from = 20_000 + u16::try_from(std::process::id() % 9_000).unwrap();
        let mut ports = from..from + 1_000;
        let port = ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap();
        let mut flags = vec!["--listen".to_owned(), format!("127.0.0.1:{port}")];
        let (mut words, mut certificate, mut operator) = (Vec::new(), None, None);
        if protected {
            let (made, tokens) = (Certificate::new(directory), directory.join("tokens"));
            operator = Some(new_token(&tokens, "operator", "olga", &[]));
            words = vec![new_token(&tokens, "booking", "shop", &[]), made.ca.display().to_string()];
            flags.extend(made.flags().map(str::to_owned));
            flags.extend(["--tokens".to_owned(), tokens.display().to_string()]);
            certificate = Some(made);
        }
        let data = directory.join("data");
        let server = Self::start(&data, &flags);
        Self { server, data, flags, words, certificate, operator }
    }

    fn start(data: &Path, flags: &[String]) -> Server {
        Server::with(data, &flags.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn restart(&mut self) {
        self.server.kill();
        self.server = Self::start(&self.data, &self.flags);
    }

    /// Asks as an operator.
    fn ask(&self, words: &[&str]) -> String {
        let frame = wire(words);
        match (&self.certificate, &self.operator) {
            (Some(certificate), Some(secret)) => {
                let mut client = TlsClient::connect(self.server.address, &certificate.ca).unwrap();
                assert_eq!(client.ask(&format!("AUTH {secret}")), "+OK|");
                client.send(frame);
                masked(&client.raw())
            }
            _ => {
                let mut client = self.server.client();
                client.send(frame);
                client.reply()
            }
        }
    }
}

/// A program that runs.
struct Running {
    name: String,
    event: String,
    lines: Receiver<String>,
    shown: Vec<String>,
    /// Lets it go on behind the restart.
    goes_on: Option<Sender<()>>,
    /// What it says besides, and how it ended.
    end: thread::JoinHandle<String>,
}

impl Running {
    fn process(name: String, event: String, mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child: Child = command.spawn().unwrap_or_else(|error| panic!("{name}: {error}"));
        let (mut input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut errors = child.stderr.take().unwrap();
        let (says, lines) = channel();
        let (goes_on, go) = channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let _ = says.send(line);
            }
        });
        thread::spawn(move || {
            if go.recv().is_ok() {
                let _ = input.write_all(b"\n");
            }
        });
        let end = thread::spawn(move || {
            let mut told = String::new();
            let _ = errors.read_to_string(&mut told);
            format!("{}: {told}", child.wait().unwrap())
        });
        Self { name, event, lines, shown: Vec::new(), goes_on: Some(goes_on), end }
    }

    /// The one in Rust.
    fn here(name: String, event: String, address: SocketAddr) -> Self {
        let (says, lines) = channel();
        let (goes_on, go) = channel::<()>();
        let of = event.clone();
        let end = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let url = format!("redis://{address}/?protocol=resp3");
            let say = |line: String| drop(says.send(line));
            let restart = async || {
                say("restart".to_owned());
                let _ = go.recv();
            };
            let booked = runtime.block_on(booking::book(&url, &of, say, restart));
            format!("exit status: 0: {booked:?}").replace(": Ok(())", ": ")
        });
        Self { name, event, lines, shown: Vec::new(), goes_on: Some(goes_on), end }
    }

    /// Takes what it shows, up to this line or its end.
    fn up_to(&mut self, last: &str) {
        while self.shown.last().is_none_or(|line| line != last) {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => self.shown.push(line),
                Err(_) => break,
            }
        }
    }

    /// Waits for its end; what is wrong with it, if anything is.
    fn finish(mut self) -> Option<String> {
        self.up_to(SHOWN[SHOWN.len() - 1]);
        let told = self.end.join().unwrap();
        let well = self.shown == SHOWN && told.starts_with("exit status: 0: ");
        (!well).then(|| format!("{} showed {:#?}\nand ended with {told}", self.name, self.shown))
    }
}

/// Starts a library's program on a server; `None` if there is no program for such a server.
fn start(library: &Library, script: &Path, house: &House, protected: bool) -> Option<Running> {
    if protected && !library.encrypts {
        return None;
    }
    let event = library.event.to_owned();
    assert!(house.ask(&["EVENT", "CREATE", &event, "c", MAP]).contains("|open|"));
    let name = format!("{} {}", library.section, if protected { "over TLS" } else { "in the clear" });
    let address = house.server.address;
    let Some(mut command) = library.command(script) else { return Some(Running::here(name, event, address)) };
    command.args([address.ip().to_string(), address.port().to_string(), event.clone()]).args(&house.words);
    Some(Running::process(name, event, command))
}

#[test]
fn the_programs_of_the_page() {
    let (page, directory) = (page(), TempDir::new());
    let libraries = Library::installed("the_programs_of_the_page");
    let mut houses = [false, true].map(|protected| {
        let below = directory.join(if protected { "protected" } else { "open" });
        fs::create_dir_all(&below).unwrap();
        House::open(&below, protected)
    });
    symlink(here("tests/clients/node_modules"), directory.join("node_modules")).unwrap();
    let mut running: Vec<(usize, Running)> = Vec::new();
    for library in &libraries {
        let text = program(&page, library.section, library.language);
        let ending = if library.language == "js" { "mjs" } else { library.language };
        let script = directory.join(format!("{}.{ending}", library.event));
        fs::write(&script, &text).unwrap();
        if matches!(library.runs, Runs::Here) {
            assert_eq!(text, fs::read_to_string(here("tests/clients/booking.rs")).unwrap());
        }
        library.build(&script);
        for (at, house) in houses.iter().enumerate() {
            running.extend(start(library, &script, house, at == 1).map(|program| (at, program)));
        }
    }
    running.iter_mut().for_each(|(_, program)| program.up_to("restart"));
    houses.iter_mut().for_each(House::restart);
    for (_, program) in &mut running {
        let _ = program.goes_on.take().map(|go| go.send(()));
    }
    let mut wrong = Vec::new();
    for (at, program) in running {
        let event = program.event.clone();
        wrong.extend(program.finish());
        let count = houses[at].ask(&["COUNT", &event]);
        if count != "*10|$4|free|:3|$4|held|:1|$6|paying|:0|$4|sold|:2|$7|blocked|:0|" {
            wrong.push(format!("{event} has {count}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// The page says which versions were tried: those that the tests install.
#[test]
fn the_page_names_the_versions_that_are_tried() {
    let page = page();
    let table = page.split("\n## ").next().unwrap();
    let mut tried: Vec<(String, String)> = Vec::new();
    for file in ["tests/clients/requirements.txt", "tests/clients/requirements-old.txt"] {
        let text = fs::read_to_string(here(file)).unwrap();
        let pins = text.lines().filter_map(|line| line.split_once("=="));
        tried.extend(pins.map(|(name, version)| (name.replace("redis", "redis-py"), version.to_owned())));
    }
    let packages: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(here("tests/clients/package.json")).unwrap()).unwrap();
    for (name, version) in packages["dependencies"].as_object().unwrap() {
        let name = if name == "redis" { "node-redis" } else { name };
        tried.push((name.to_owned(), version.as_str().unwrap().to_owned()));
    }
    let manifest: toml::Table = fs::read_to_string(here("Cargo.toml")).unwrap().parse().unwrap();
    let version = manifest["dev-dependencies"]["redis"]["version"].as_str().unwrap();
    tried.push(("redis crate".to_owned(), version.to_owned()));
    assert!(tried.len() >= 6, "{tried:?}");
    for (name, version) in tried {
        let named = table.lines().any(|line| line.contains(&name) && line.contains(&version));
        assert!(named, "the table at the head of docs/clients.md does not name {name} {version}");
    }
}
