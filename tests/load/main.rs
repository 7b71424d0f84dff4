//! The load-test harness against the real server, and against servers that break their promises.
//!
//! Checked: every scenario passes its own check on a good server; a server that sells a seat twice, forgets an
//! answer, miscounts, answers something else or goes away is told by exit code and in words; latency counts from the
//! moment when a command was to be sent; a seed repeats its commands.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is a failure, and its place says which")]

mod fake;
#[path = "../support/mod.rs"]
mod support;

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;

use fake::Flaw;
use support::access::{Certificate, new_token};
use support::{HALL, Server, TempDir, program, run, told};

/// Runs the harness: exit code, standard output, standard error, report.
fn load(address: SocketAddr, line: &str) -> (i32, String, String, Value) {
    let directory = TempDir::new();
    let json = directory.join("report.json");
    let (address, path) = (address.to_string(), json.display().to_string());
    let given = line.split(' ');
    let fixed = ["--address", &address, "--json", &path, "--quiet"];
    let (code, out, err) = told(&run(["load"].into_iter().chain(given).chain(fixed)));
    let report = std::fs::read(&json).map_or(Value::Null, |bytes| serde_json::from_slice(&bytes).unwrap());
    (code, out, err, report)
}

/// A run that must be fine.
fn fine(address: SocketAddr, line: &str) -> Value {
    let (code, out, err, report) = load(address, line);
    assert_eq!(code, 0, "{line}\n{out}\n{err}");
    assert_eq!(err, "", "{line}");
    assert_eq!(report["check"], "passed", "{line}\n{out}");
    report
}

fn kind<'a>(report: &'a Value, name: &str) -> &'a Value {
    let kinds = report["kinds"].as_array().unwrap();
    kinds.iter().find(|kind| kind["kind"] == name).unwrap_or_else(|| panic!("no {name} in {report}"))
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn every_scenario_passes_its_check_on_a_good_server() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    let address = server.address;

    let report = fine(address, "hold --commands 5000 --seed 1 --events 3");
    assert_eq!(number(&kind(&report, "HOLD")["accepted"]), 5_000);
    assert_eq!(number(&report["repeated"]), 5_000);

    let report = fine(address, "flow --commands 4000 --seed 2 --ttl 200ms --threads 2");
    let sent: u64 =
        ["HOLD", "CONFIRM", "RELEASE"].map(|name| number(&kind(&report, name)["count"])).iter().sum();
    assert!(sent.abs_diff(4_000) < 150, "{sent}");

    let report = fine(address, "flow --payments --commands 4000 --seed 12 --ttl 200ms --threads 2");
    let kinds = ["HOLD", "PAYMENT-TRY", "PAYMENT-SUCCEED", "RELEASE"];
    let [holds, tried, paid, released] = kinds.map(|name| number(&kind(&report, name)["accepted"]));
    assert_eq!(tried, paid, "whoever tries pays");
    assert!((holds + tried + paid + released).abs_diff(4_000) < 200 && paid > 900, "{paid} of {holds}");

    let report = fine(address, "contend --commands 6000 --seed 3 --check-repeats 1000");
    assert_eq!(number(&kind(&report, "HOLD")["accepted"]), 300, "one of twenty");
    assert_eq!(number(&report["refusals"]["TAKEN"]), 5_700);
    assert_eq!(number(&report["repeated"]), 1_000);

    let report = fine(address, "best --commands 3000 --seed 7 --events 2");
    assert_eq!(number(&kind(&report, "BEST")["accepted"]), 3_000);
    let report = fine(address, "best --commands 3000 --seed 8 --seats 6000");
    assert!(number(&report["refusals"]["TAKEN"]) > 1_000, "more parties than seats");

    let report = fine(address, "read --commands 3000 --seed 4 --rate 5000 --read-rate 500");
    assert_eq!(number(&report["answers"]), 3_000, "what goes on beside is not counted");
    assert!(number(&kind(&report, "MAP")["accepted"]) > 50);
    assert!(number(&kind(&report, "COUNT")["accepted"]) > 50);

    let report = fine(address, "expire --commands 3000 --events 2 --seed 5 --ttl 1s --rate 300");
    assert!(report["all_free_after_s"].is_f64(), "all of them came free");
    assert!(number(&kind(&report, "HOLD-before")["accepted"]) > 100);

    let report = fine(address, "flow --rate 2000 --duration 1s --ramp 500ms --burst 5 --seed 6 --ttl 300ms");
    assert!(number(&kind(&report, "HOLD")["count"]) > 1_000);
}

/// Half of the labels are sent in another normal form; every answer has to have them in the one in which they are kept.
#[test]
fn every_scenario_passes_its_check_with_labels_that_are_hard_to_read() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    for line in [
        "hold --commands 5000 --seed 1 --events 2",
        "flow --payments --commands 2000 --seed 2 --ttl 200ms",
        "contend --commands 3000 --seed 3",
        "best --commands 1000 --seed 4",
        "read --commands 1000 --seed 5 --rate 5000 --read-rate 500",
        "expire --commands 1000 --seed 6 --ttl 1s --rate 300",
    ] {
        fine(server.address, &format!("{line} --labels odd"));
    }
    let mut client = server.client();
    let seat = client.ask("SEAT load-1-0000 #498");
    assert!(seat.contains("1층 R석 (가-나) – Süd-0열 [좌]-휠체어-1"), "{seat}");
}

#[test]
fn pictures_and_percentiles_are_written() {
    let (data, files) = (TempDir::new(), TempDir::new());
    let server = Server::start(data.path());
    let (svg, hgrm) = (files.join("latency.svg"), files.join("percentiles"));
    let line = format!("hold --commands 2000 --svg {} --hgrm {}", svg.display(), hgrm.display());
    fine(server.address, &line);
    let svg = std::fs::read_to_string(svg).unwrap();
    assert!(svg.starts_with("<svg") && svg.contains("99.9 %") && svg.contains("HOLD"), "{svg}");
    let hgrm = std::fs::read_to_string(hgrm.join("HOLD.hgrm")).unwrap();
    assert!(hgrm.trim_start().starts_with("Value     Percentile TotalCount 1/(1-Percentile)"), "{hgrm}");
    assert!(hgrm.contains("Total count    =         2000]"), "{hgrm}");
}

#[test]
fn a_seed_is_for_one_run_on_one_server() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    fine(server.address, "hold --commands 500 --seed 9");
    let (code, _, err, _) = load(server.address, "hold --commands 500 --seed 9");
    assert_eq!(code, 1);
    assert!(err.contains("has seen seed 9 already") && err.contains("--seed"), "{err}");
}

#[test]
fn a_good_fake_passes() {
    fine(fake::start(Flaw::Nothing), "contend --commands 2000 --connections 20");
}

#[test]
fn a_seat_sold_twice_fails_the_check() {
    let address = fake::start(Flaw::SellsTwice);
    let (code, out, err, report) = load(address, "contend --commands 400 --connections 20 --seed 1");
    assert_eq!((code, &report["check"]), (1, &Value::from("failed")), "{out}\n{err}");
    assert!(out.contains("was held twice: by `HOLD load-1-0000 h"), "{out}");
    assert!(err.contains("the check found") && err.contains("faults"), "{err}");
    let (code, out, _, report) =
        load(fake::start(Flaw::SellsTwice), "contend --commands 400 --connections 20 --check off");
    assert_eq!((code, &report["check"]), (0, &Value::from("off")), "{out}");
}

#[test]
fn a_forgotten_answer_and_a_wrong_count_fail_the_check() {
    let (code, out, ..) = load(fake::start(Flaw::ForgetsKeys), "hold --commands 400");
    assert_eq!(code, 1);
    assert!(out.contains("which was accepted with version") && out.contains("when it was repeated"), "{out}");
    let (code, out, ..) = load(fake::start(Flaw::Miscounts), "hold --commands 400 --connections 10");
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("FAULT: `COUNT load-"), "{out}");
}

#[test]
fn what_is_no_answer_names_command_and_answer() {
    let (code, out, err, _) = load(fake::start(Flaw::AnswersAnother), "hold --commands 400 --seed 3");
    assert_eq!(code, 1);
    assert!(
        out.contains("WRONG: `HOLD load-3-0000 h00") && out.contains("answered `*2 $4 hold :7`"),
        "{out}"
    );
    assert!(err.contains("1 answers were not what they should be"), "{err}");
}

#[test]
fn a_server_that_is_not_there_and_one_that_goes_away() {
    // No server is given this port, unlike one that was free a moment ago.
    let nobody = SocketAddr::from(([127, 0, 0, 1], 1));
    let (code, out, err, _) = load(nobody, "hold --commands 10");
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.contains("the server is not there") && err.contains("holdfast serve --listen"), "{err}");
    let (code, out, err, _) = load(fake::start(Flaw::Vanishes), "hold --commands 4000 --connections 5");
    assert_eq!(code, 1);
    assert!(
        err.contains("the server went away") && err.contains("wait for theirs, the first `HOLD"),
        "{err}"
    );
    assert!(out.contains("check: not made"), "{out}");
}

#[test]
fn bad_usage_is_told() {
    for line in ["load", "load nonsense", "load hold --pipeline 0", "load hold --rate 5 --pipeline 5"] {
        let (code, _, err) = told(&run(line.split(' ')));
        assert_eq!(code, 2, "{line}: {err}");
    }
}

/// While a server stalls, an open loop goes on: everything that was due meanwhile is late by what it had to wait. A
/// generator that only measured what it had sent would see one slow command.
#[test]
fn latency_counts_from_the_intended_moment() {
    let stall = Duration::from_millis(500);
    let line = "hold --commands 1000 --rate 1000 --arrivals even --connections 4 --check off";
    let (code, out, err, report) = load(fake::start(Flaw::Stalls(stall)), line);
    assert_eq!(code, 0, "{out}\n{err}");
    let latency = &kind(&report, "HOLD")["latency"];
    let at = |name: &str| latency[name].as_f64().unwrap() / 1e3;
    // Half of the commands were due in the stall, evenly: a tenth of all waited for over 400 ms.
    assert!(at("p90_us") > 380.0 && at("max_us") > 480.0, "{out}");
    assert!(at("p50_us") < at("p90_us"), "{out}");
}

#[test]
fn a_seed_repeats_its_commands() {
    let heard = |line: &str| {
        let (address, heard) = fake::recording(Flaw::Nothing);
        let (code, out, err, _) = load(address, &format!("{line} --check off"));
        assert_eq!(code, 0, "{line}\n{out}\n{err}");
        heard()
    };
    for line in ["contend --commands 1000 --threads 2", "hold --commands 1000 --rate 10000 --connections 3"] {
        let first = heard(&format!("{line} --seed 11"));
        assert_eq!(
            first.len(),
            1_003,
            "all that was asked for, the event, and whether there are others: {line}"
        );
        assert_eq!(first, heard(&format!("{line} --seed 11")), "{line}");
        assert_ne!(first, heard(&format!("{line} --seed 12")), "{line}");
    }
}

/// What follows an answer is decided before it comes: the same buyers buy the same seats.
#[test]
fn a_seed_repeats_its_buyers() {
    let sold = |seed: &str| {
        let data = TempDir::new();
        let server = Server::start(data.path());
        fine(server.address, &format!("flow --commands 1000 --ttl 100ms --seed {seed}"));
        server.client().ask(&format!("MAP load-{seed}-0000"))
    };
    assert_eq!(sold("12"), sold("12"));
}

/// A server that asks for a token and for TLS is loaded like any other, and says no to who has neither.
#[test]
fn a_protected_server() {
    let directory = TempDir::new();
    let certificate = Certificate::new(directory.path());
    let tokens = directory.join("tokens");
    let operator = new_token(&tokens, "operator", "load", &[]);
    let mut flags = certificate.flags().to_vec();
    flags.extend(["--tokens", tokens.to_str().unwrap()]);
    let server = Server::with(&directory.join("data"), &flags);
    let ca = certificate.ca.to_str().unwrap();

    let line = format!("hold --commands 20000 --seed 1 --events 2 --token {operator} --tls-ca {ca}");
    let report = fine(server.address, &line);
    assert_eq!(number(&kind(&report, "HOLD")["accepted"]), 20_000);
    let line = format!("flow --rate 2000 --duration 1s --seed 2 --ttl 300ms --threads 2 --tls-ca {ca}");
    let address = server.address.to_string();
    let mut command = program();
    command.args(["load", "--address", &address, "--quiet"]).args(line.split(' '));
    let (code, out, err) = told(&command.env("HOLDFAST_TOKEN", &operator).output().unwrap());
    assert_eq!((code, err.as_str()), (0, ""), "{out}");

    let (code, _, err, _) = load(server.address, &format!("hold --commands 10 --tls-ca {ca}"));
    assert_eq!(code, 1);
    assert!(err.contains("EVENT CREATE") && err.contains("NOAUTH HF-INP-060"), "{err}");
    let (code, _, err, _) = load(server.address, &format!("hold --commands 10 --token wrong --tls-ca {ca}"));
    assert_eq!(code, 1);
    assert!(err.contains("the token was answered `-NOAUTH HF-INP-061"), "{err}");
    let (code, _, err, _) = load(server.address, &format!("hold --commands 10 --token {operator}"));
    assert_eq!(code, 1);
    assert!(err.contains("this port speaks TLS only"), "{err}");
    let other = TempDir::new();
    let stranger = Certificate::new(other.path());
    let line = format!("hold --commands 10 --token {operator} --tls-ca {}", stranger.ca.display());
    let (code, _, err, _) = load(server.address, &line);
    assert_eq!(code, 1);
    assert!(err.contains("no TLS with 127.0.0.1"), "{err}");
}

/// A sale would notice it: that is to be said by name.
#[test]
fn a_server_that_is_not_there_to_be_loaded_is_left_alone() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    fine(server.address, "hold --commands 100 --seed 1");
    fine(server.address, "hold --commands 100 --seed 2");
    let mut client = server.client();
    client.create("gala", HALL);
    let (code, _, err, _) = load(server.address, "hold --commands 100 --seed 3");
    assert!(code == 1 && err.contains("has an event gala that no run made: --on-a-real-server"), "{err}");
    assert!(!client.ask("EVENT LIST").contains("load-3-"), "nothing was made");
    fine(server.address, "hold --commands 100 --seed 3 --on-a-real-server");
    // Another machine, which is not even asked.
    let far: SocketAddr = "192.0.2.1:7411".parse().unwrap();
    let (code, _, err, _) = load(far, "hold --commands 100");
    assert!(code == 1 && err.contains("192.0.2.1:7411 is another machine: --on-a-real-server"), "{err}");
    let (code, _, err, _) = load(far, "hold --commands 100 --on-a-real-server --token hft_x");
    assert!(code == 2 && err.contains("the token would cross the network in the clear"), "{err}");
    assert!(!err.contains("hft_x"));
}
