//! Prometheus and Alertmanager, which have to be there, with the files of `ops/`.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::recipes::Running;
use crate::support::scripts::here;
use crate::support::{eventually, has_program, http, run, told};

/// A program that runs, once it is ready.
pub(crate) struct Program {
    running: Running,
    pub(crate) address: SocketAddr,
}

impl Program {
    fn start(name: &str, arguments: &[String]) -> Self {
        assert!(has_program(name, "--version"), "{name} is missing: apt-get install {name}");
        let mut running = Running::start(Command::new(name).args(arguments));
        let mut address = None;
        eventually(name, || {
            let said = running.complaints();
            assert!(!running.has_ended(), "{name} has ended: {said}");
            let line = said.lines().find(|line| line.contains(r#"msg="Listening on""#));
            address = line.and_then(|line| line.split("address=").nth(1)?.split(' ').next()?.parse().ok());
            address.is_some()
        });
        let address = address.unwrap();
        eventually("it is ready", || http::get(address, "/-/ready").status == 200);
        Self { running, address }
    }

    /// What it says that it could not do.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let said = self.running.complaints();
        said.lines().filter(|line| line.contains("level=error")).map(str::to_owned).collect()
    }
}

pub(crate) fn alertmanager(config: &Path, data: &Path) -> Program {
    let words = [
        format!("--config.file={}", config.display()),
        format!("--storage.path={}", data.display()),
        "--web.listen-address=127.0.0.1:0".to_owned(),
        "--cluster.listen-address=".to_owned(),
    ];
    Program::start("prometheus-alertmanager", &words)
}

pub(crate) fn prometheus(config: &Path, data: &Path) -> Program {
    let words = [
        format!("--config.file={}", config.display()),
        format!("--storage.tsdb.path={}", data.display()),
        "--web.listen-address=127.0.0.1:0".to_owned(),
    ];
    Program::start("prometheus", &words)
}

/// What a page of the API of Prometheus says. Questions have their signs percent-encoded, all but letters and digits.
pub(crate) fn asked(prometheus: &Program, path: &str, query: Option<&str>) -> Value {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    let query = query.map(|query| format!("?query={}", query.bytes().map(encode).collect::<String>()));
    let (address, query) = (prometheus.address, query.unwrap_or_default());
    // The older version: its answers come in one piece.
    let answer = http::send(address, format!("GET {path}{query} HTTP/1.0\r\nHost: {address}\r\n\r\n"));
    let body = answer.json();
    assert_eq!((answer.status, body["status"].as_str()), (200, Some("success")), "{query}: {body}");
    body["data"].clone()
}

/// What `holdfast ops render` makes for these channels, with every time shortened, so that nobody waits for minutes. Nothing else is changed.
pub(crate) fn rendered(to: &Path, channels: SocketAddr, docs: &str) -> PathBuf {
    let source = fs::read_to_string(here("ops/alerts.toml")).unwrap();
    let (from, ops) = (to.join("mine.toml"), to.join("ops"));
    fs::write(&from, source.replace("http://127.0.0.1:9094", &format!("http://{channels}"))).unwrap();
    let words = ["ops", "render", "--from", from.to_str().unwrap(), "--to", ops.to_str().unwrap()];
    let (code, _, err) = told(&run(words.iter().chain(&["--docs", docs])));
    assert_eq!((code, err.as_str()), (0, ""));
    hurry(&ops.join("prometheus/rules.yml"), &RULES);
    hurry(&ops.join("alertmanager/alertmanager.yml"), &ROUTES);
    ops
}

/// Alerts that wait for minutes do not.
pub(crate) const RULES: [(&str, &str); 3] =
    [("for: 1m", "for: 0s"), ("for: 2m", "for: 0s"), ("keep_firing_for: 2m", "keep_firing_for: 0s")];
/// Nor does Alertmanager.
pub(crate) const ROUTES: [(&str, &str); 2] =
    [("group_wait: 10s", "group_wait: 1s"), ("group_interval: 1m", "group_interval: 1s")];

/// Puts lines in the place of others, each of which is there.
pub(crate) fn hurry(file: &Path, lines: &[(&str, &str)]) {
    let text = fs::read_to_string(file).unwrap();
    for (line, _) in lines {
        assert!(text.lines().any(|one| one.trim() == *line), "{line} in {}", file.display());
    }
    let changed = text.lines().map(|one| {
        let found = lines.iter().find(|(line, _)| one.trim() == *line);
        found.map_or_else(|| one.to_owned(), |(line, instead)| one.replace(line, instead))
    });
    fs::write(file, changed.collect::<Vec<_>>().join("\n") + "\n").unwrap();
}
