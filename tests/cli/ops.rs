//! `holdfast ops render`, and what it has made: rules, routes and a dashboard that the real tools take.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::support::{TempDir, run, told};

const OPS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/ops");
const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs");
const MADE: [&str; 4] = [
    "prometheus/rules.yml",
    "prometheus/rules.test.yml",
    "alertmanager/alertmanager.yml",
    "grafana/holdfast.json",
];

fn made(name: &str) -> PathBuf {
    Path::new(OPS).join(name)
}

fn source() -> toml::Table {
    fs::read_to_string(made("alerts.toml")).unwrap().parse().unwrap()
}

fn alerts(source: &toml::Table) -> &[toml::Value] {
    source["alert"].as_array().unwrap()
}

/// Runs a tool of Prometheus, which has to be there.
fn tool(name: &str, package: &str, arguments: &[&str]) -> String {
    let output = Command::new(name).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{name}: {error}; install Debian's {package}"));
    let (code, out, err) = told(&output);
    assert_eq!(code, 0, "{name} {arguments:?}:\n{out}\n{err}");
    out
}

#[test]
fn what_is_there_was_made_from_the_source() {
    let directory = TempDir::new();
    let to = directory.path().to_str().unwrap();
    let (code, out, err) = told(&run(["ops", "render", "--to", to]));
    assert_eq!((code, err.as_str(), out.lines().count()), (0, "", MADE.len()), "{out}");
    for name in MADE {
        let (new, old) = (fs::read_to_string(directory.path().join(name)), fs::read_to_string(made(name)));
        assert!(new.unwrap() == old.unwrap(), "{name}: run `cargo run -- ops render`");
    }
}

#[test]
fn a_copy_that_was_changed_is_rendered_and_a_wrong_one_refused() {
    let directory = TempDir::new();
    let (to, from) = (directory.path().join("out"), directory.path().join("mine.toml"));
    let words = |from: &Path| {
        let (from, to) = (from.to_str().unwrap().to_owned(), to.to_str().unwrap().to_owned());
        ["ops", "render", "--from", &from, "--to", &to, "--docs", "https://docs.example/"].map(str::to_owned)
    };
    let text = fs::read_to_string(made("alerts.toml")).unwrap();
    fs::write(&from, text.replacen("up{job=\"holdfast\"} == 0", "up{job=\"seats\"} == 0", 1)).unwrap();
    assert_eq!(told(&run(words(&from))).0, 0);
    let rules = fs::read_to_string(to.join("prometheus/rules.yml")).unwrap();
    assert!(rules.contains("seats") && rules.contains("https://docs.example/runbooks/down.md"), "{rules}");
    fs::write(&from, text.replacen("severity = \"critical\"", "severity = \"loud\"", 1)).unwrap();
    let (code, _, err) = told(&run(words(&from)));
    assert!(code == 2 && err.contains("HF-INP-051") && err.contains("loud"), "{err}");
    let (code, _, err) = told(&run(words(&directory.path().join("none.toml"))));
    assert!(code == 2 && err.contains("none.toml"), "{err}");
}

#[test]
fn prometheus_takes_the_rules_and_each_fires_and_is_quiet() {
    let rules = made("prometheus/rules.yml");
    tool("promtool", "prometheus", &["check", "rules", rules.to_str().unwrap()]);
    let tests = made("prometheus/rules.test.yml");
    tool("promtool", "prometheus", &["test", "rules", tests.to_str().unwrap()]);
    let (source, text) = (source(), fs::read_to_string(tests).unwrap());
    for alert in alerts(&source) {
        let name = alert["name"].as_str().unwrap();
        for what in ["fires", "is quiet"] {
            assert!(text.contains(&format!("- name: {name} {what}\n")), "{name} {what}");
        }
    }
    assert!(alerts(&source).len() >= 20);
}

#[test]
fn alertmanager_sends_each_severity_and_tier_to_its_channel() {
    let config = made("alertmanager/alertmanager.yml");
    let config = config.to_str().unwrap();
    tool("amtool", "prometheus-alertmanager", &["check-config", config]);
    for (severity, tier, receiver) in [
        ("critical", "1", "critical"),
        ("critical", "2", "critical-30m"),
        ("critical", "3", "critical-1h"),
        ("warning", "1", "warning"),
        ("info", "1", "info"),
    ] {
        let file = format!("--config.file={config}");
        let verify = format!("--verify.receivers={receiver}");
        let labels = [format!("severity={severity}"), format!("tier={tier}")];
        let words = ["config", "routes", "test", &file, &verify, &labels[0], &labels[1]];
        tool("amtool", "prometheus-alertmanager", &words);
    }
}

/// The names of metrics of ours in an expression.
fn metrics(expr: &str) -> impl Iterator<Item = &str> {
    let words = expr.split(|char: char| !char.is_ascii_alphanumeric() && char != '_');
    words.filter(|word| word.starts_with("holdfast_") || word.starts_with("process_"))
}

#[test]
fn each_metric_is_there_and_each_alert_has_a_runbook() {
    let known = fs::read_to_string(format!("{DOCS}/metrics.md")).unwrap();
    let source = source();
    let of_alerts = alerts(&source).iter().map(|alert| alert["expr"].as_str().unwrap());
    let panels = source["row"].as_array().unwrap().iter().flat_map(|row| row["panel"].as_array().unwrap());
    let curves = panels.flat_map(|panel| panel["curves"].as_array().unwrap());
    let of_panels = curves.map(|curve| curve[0].as_str().unwrap());
    for expr in of_alerts.chain(of_panels) {
        for metric in metrics(expr) {
            let metric = metric.strip_suffix("_bucket").unwrap_or(metric);
            assert!(known.contains(&format!("| `{metric}` |")), "{metric} is no metric: {expr}");
        }
    }
    for alert in alerts(&source) {
        let page = format!("{DOCS}/runbooks/{}.md", alert["runbook"].as_str().unwrap());
        let page = fs::read_to_string(&page).unwrap_or_else(|error| panic!("{page}: {error}"));
        let steps =
            page.lines().filter(|line| line.split_once(". ").is_some_and(|(n, _)| n.parse::<u8>().is_ok()));
        let steps = steps.count();
        assert!((3..=7).contains(&steps), "{}: {steps} steps", alert["runbook"]);
    }
}

#[test]
fn the_dashboard_fits_its_grid() {
    let dashboard: Value =
        serde_json::from_str(&fs::read_to_string(made("grafana/holdfast.json")).unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let mut ids: Vec<u64> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), panels.len(), "each id once");
    let place = |panel: &Value, side: &str| panel["gridPos"][side].as_u64().unwrap();
    let mut taken = std::collections::BTreeSet::new();
    for panel in panels {
        let (x, y, width, height) =
            (place(panel, "x"), place(panel, "y"), place(panel, "w"), place(panel, "h"));
        assert!(x + width <= 24, "{}", panel["title"]);
        for cell in (x..x + width).flat_map(|x| (y..y + height).map(move |y| (x, y))) {
            assert!(taken.insert(cell), "{} lies on another", panel["title"]);
        }
        let targets = panel["targets"].as_array().into_iter().flatten();
        for target in targets {
            assert_eq!(target["datasource"]["uid"], "${datasource}", "{}", panel["title"]);
        }
    }
}
