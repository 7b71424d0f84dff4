//! A disk that stalls under a sale: Prometheus sees it, Alertmanager tells whoever is on call, and tells them when it is over. And what the
//! dashboard asks that Prometheus has an answer.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use serde_json::Value;

use crate::programs::{Program, alertmanager, asked, prometheus, rendered};
use crate::receiver::Receiver;
use crate::support::http::admin_of;
use crate::support::scripts::here;
use crate::support::strace::{has_strace, held_up, let_go};
use crate::support::{Client, Server, TempDir, eventually};

const TEST: &str = "a_disk_that_stalls_reaches_whoever_is_on_call_and_so_does_its_end";
const HALL: &str = concat!(
    r#"{"sections":[{"name":"A","category":"VIP","rows":[{"name":"1","seats":1}]}],"#,
    r#""areas":[{"name":"F","category":"G","capacity":1000000}],"limits":{"max_seats_per_holder":1000000}}"#
);
const DOCS: &str = "https://docs.example/";
/// The alert of a disk that stalls.
const ALERT: &str = "HoldfastDiskStalled";
/// From so many syncs of a thread on none ends: more than a start takes, and fewer than the sale.
const STALLS: &str = "fdatasync:delay_enter=3600000000:when=60+";

/// A sale that goes on, whatever the server says, until it is dropped.
struct Sale {
    over: Arc<AtomicBool>,
    buyer: Option<JoinHandle<()>>,
}

impl Sale {
    fn begin(server: &Server) -> Self {
        let (mut client, over) = (server.client(), Arc::new(AtomicBool::new(false)));
        client.create("gala", HALL);
        let is_over = Arc::clone(&over);
        let buyer = thread::spawn(move || {
            let mut number = 0;
            while !is_over.load(Ordering::Relaxed) {
                number += 1;
                buy(&mut client, number);
            }
        });
        Self { over, buyer: Some(buyer) }
    }

    fn end(mut self) {
        self.over.store(true, Ordering::Relaxed);
        self.buyer.take().unwrap().join().unwrap();
    }
}

/// One sale with a payment, a hold that runs out at once, and one that is refused because the seat is taken. What the server cannot do at the moment is nobody's fault.
fn buy(client: &mut Client, number: u32) {
    client.ask(&format!("HOLD gala s{number} eve 0 SEATS A-1-1"));
    client.ask(&format!("HOLD gala e{number} tom 1 AREA F 1"));
    let held = client.ask(&format!("HOLD gala h{number} bob 0 AREA F 1"));
    let Some(hold) = held.strip_prefix("*12|$4|hold|:").and_then(|rest| rest.split('|').next()) else {
        return;
    };
    client.ask(&format!("PAYMENT TRY gala t{number} p{number} 600000 {hold}"));
    client.ask(&format!("PAYMENT SUCCEED gala y{number} p{number}"));
}

/// A configuration of Prometheus with the rendered rules, which looks once a second.
fn configuration(directory: &Path, ops: &Path, admin: SocketAddr, alertmanager: &Program) -> Program {
    let rules = ops.join("prometheus/rules.yml");
    let text = format!(
        "global: {{ scrape_interval: 1s, evaluation_interval: 1s }}\n\
         rule_files: ['{}']\n\
         alerting: {{ alertmanagers: [{{ static_configs: [{{ targets: ['{}'] }}] }}] }}\n\
         scrape_configs: [{{ job_name: holdfast, static_configs: [{{ targets: ['{admin}'] }}] }}]\n",
        rules.display(),
        alertmanager.address
    );
    let file = directory.join("prometheus.yml");
    fs::write(&file, text).unwrap();
    prometheus(&file, &directory.join("prometheus"))
}

/// Whoever is on call has all that they need.
fn tells_what_to_do((path, alert): &(String, Value), admin: SocketAddr) {
    let source: toml::Table = fs::read_to_string(here("ops/alerts.toml")).unwrap().parse().unwrap();
    let written = source["alert"].as_array().unwrap().iter().find(|one| one["name"].as_str() == Some(ALERT));
    let written = written.unwrap();
    for name in ["summary", "summary_ko", "action", "action_ko"] {
        let text = written[name].as_str().unwrap().replace("{{ $labels.instance }}", &admin.to_string());
        assert_eq!(alert["annotations"][name].as_str(), Some(&text[..]), "{alert}");
    }
    let page = format!("runbooks/{}.md", written["runbook"].as_str().unwrap());
    assert_eq!(alert["annotations"]["runbook_url"].as_str(), Some(&format!("{DOCS}{page}")[..]));
    assert!(here("docs").join(page).exists());
    let severity = written["severity"].as_str().unwrap();
    assert_eq!((alert["labels"]["severity"].as_str(), path.as_str()), (Some(severity), "/critical"));
}

/// Prometheus takes every rule as it is.
fn all_rules_are_well(prometheus: &Program) {
    let rules = || {
        let groups = asked(prometheus, "/api/v1/rules", None)["groups"].clone();
        let groups = groups.as_array().unwrap().iter();
        groups.flat_map(|group| group["rules"].as_array().unwrap().clone()).collect::<Vec<_>>()
    };
    eventually("each rule was tried", || rules().iter().all(|rule| rule["health"] != "unknown"));
    let rules = rules();
    assert!(rules.len() >= 20, "{}", rules.len());
    for rule in rules {
        assert_eq!(rule["health"], "ok", "{rule}");
    }
}

const METRICS: &str = include_str!("../../docs/metrics.md");

/// The expressions of the dashboard, for all servers.
fn dashboard(ops: &Path) -> Vec<String> {
    let text = fs::read_to_string(ops.join("grafana/holdfast.json")).unwrap();
    let dashboard: Value = serde_json::from_str(&text).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.filter_map(|panel| panel["targets"].as_array()).flatten();
    targets.map(|target| target["expr"].as_str().unwrap().replace("$instance", ".*")).collect()
}

/// Is there a number in the answer?
fn has_data(prometheus: &Program, expression: &str) -> bool {
    let found = asked(prometheus, "/api/v1/query", Some(expression));
    let found = found["result"].as_array().unwrap();
    found.iter().any(|series| series["value"][1].as_str().unwrap().parse::<f64>().unwrap().is_finite())
}

#[test]
fn a_disk_that_stalls_reaches_whoever_is_on_call_and_so_does_its_end() {
    if !has_strace(TEST) {
        return;
    }
    let directory = TempDir::new();
    let receiver = Receiver::new();
    let ops = rendered(directory.path(), receiver.address, DOCS);
    let alertmanager = alertmanager(&ops.join("alertmanager/alertmanager.yml"), &directory.join("alerts"));
    let flags = ["--admin-listen", "127.0.0.1:0", "--wal-slow", "500ms"];
    let mut server = held_up(&directory.join("data"), STALLS, &flags);
    let admin = admin_of(&server);
    let prometheus = configuration(directory.path(), &ops, admin, &alertmanager);
    eventually("it is watched", || has_data(&prometheus, r#"holdfast_mode{mode="normal"} == 1"#));
    assert_eq!(receiver.newest(ALERT, "firing"), None);

    // Two connections: a lone one would wait for its own sync.
    let (_other, sale) = (server.client(), Sale::begin(&server));
    eventually("the alert arrives", || receiver.newest(ALERT, "firing").is_some());
    tells_what_to_do(&receiver.newest(ALERT, "firing").unwrap(), admin);
    assert_eq!(receiver.newest(ALERT, "resolved"), None);
    let_go(&server);
    eventually("its end arrives", || receiver.newest(ALERT, "resolved").is_some());
    tells_what_to_do(&receiver.newest(ALERT, "resolved").unwrap(), admin);

    all_rules_are_well(&prometheus);
    let expressions = dashboard(&ops);
    assert!(expressions.len() >= 20, "{}", expressions.len());
    // This server is no node of a cluster, and tells nothing of one. That there is such a figure, the page of metrics says.
    let (of_cluster, own): (Vec<_>, Vec<_>) =
        expressions.into_iter().partition(|expression| expression.contains("holdfast_cluster_"));
    for expression in own {
        eventually(&expression, || has_data(&prometheus, &expression));
    }
    let named = of_cluster
        .iter()
        .flat_map(|expression| expression.split(|c: char| c != '_' && !c.is_ascii_lowercase()));
    for name in named.filter(|word| word.starts_with("holdfast_")) {
        assert!(METRICS.contains(&format!("`{}`", name.trim_end_matches("_bucket"))), "{name}");
    }
    sale.end();
    let failed = [alertmanager.complaints(), prometheus.complaints()].concat();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    let (code, log) = server.stop();
    assert_eq!(code, Some(0), "{log}");
}
