//! Traced commands and their spans: what a collector gets, and what a sale notices of a bad one, which is nothing.

mod collector;
mod own;

use std::process::Command;

use collector::{Collector, Deaf, attribute};
use holdfast_otlp::Span;
use holdfast_testkit::hex;

use crate::support::access::Certificate;
use crate::support::{Client, HALL, Server, TempDir, eventually, program, run, told};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn server(directory: &TempDir, url: &str, more: &[&str]) -> Server {
    Server::with(&directory.join("data"), &[&["--trace-otlp", url, "--slowlog-over", "1h"], more].concat())
}

fn with(environment: &[(&str, &str)], directory: &TempDir, flags: &[&str]) -> Server {
    let mut command: Command = program();
    command.envs(environment.iter().copied());
    Server::spawn(command, &directory.join("data"), flags)
        .unwrap_or_else(|(_, log)| panic!("does not start: {log}"))
}

/// Sells a place, traced.
fn hold(client: &mut Client, key: &str) -> String {
    client.ask(&format!("TRACED {PARENT} STATE shop=7 HOLD hall {key} ann-secret 60000 AREA FLOOR 1"))
}

fn figure(client: &mut Client, name: &str) -> u64 {
    client.info("tracing", name).parse().unwrap()
}

#[test]
fn a_collector_gets_the_spans_of_a_command_and_of_its_steps() {
    let (directory, collector) = (TempDir::new(), Collector::start(&[]));
    let server = server(&directory, &collector.url(), &["--trace-service", "seats"]);
    let mut client = server.client();
    client.create("hall", HALL);
    assert!(hold(&mut client, "k-1").contains("hold"));
    let sent = collector.next();
    assert!(sent.head.starts_with("post /v1/traces http/1.1\r\n"), "{}", sent.head);
    assert!(sent.head.contains("\r\ncontent-type: application/x-protobuf\r\n"), "{}", sent.head);
    assert!(!String::from_utf8_lossy(&sent.body).contains("ann-secret"), "no holder is told");
    let request = sent.decoded();
    let resource = request.resource_spans[0].resource.as_ref().unwrap();
    let of_resource = Span { attributes: resource.attributes.clone(), ..Span::default() };
    assert_eq!(attribute(&of_resource, "service.name").as_deref(), Some("seats"));
    let spans = sent.spans();
    let named = |name: &str| {
        spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("no {name}: {spans:#?}"))
    };
    let (root, release) = (named("HOLD"), named("release"));
    assert_eq!(
        (hex(&root.trace_id), hex(&root.parent_span_id)),
        (TRACE.to_owned(), "b7ad6b7169203331".to_owned())
    );
    assert_eq!((root.kind, root.trace_state.as_str()), (2, "shop=7"));
    for (name, value) in [
        ("db.system.name", "holdfast"),
        ("db.operation.name", "HOLD"),
        ("holdfast.event", "hall"),
        ("holdfast.version", "2"),
        ("holdfast.outcome", "accepted"),
    ] {
        assert_eq!(attribute(root, name).as_deref(), Some(value), "{name}");
    }
    // Each step begins where the one before it ends, and all of them are within the whole.
    let chain = ["decode", "queue", "judge", "release", "write"].map(named);
    assert!(chain.iter().all(|span| span.parent_span_id == root.span_id && hex(&span.trace_id) == TRACE));
    assert!(chain.windows(2).all(|pair| pair[0].end_time_unix_nano == pair[1].start_time_unix_nano));
    assert_eq!(chain[0].start_time_unix_nano, root.start_time_unix_nano);
    assert_eq!(chain[4].end_time_unix_nano, root.end_time_unix_nano);
    // The reply waits for the sync, and the sync is within that.
    let (append, sync) = (named("append"), named("sync"));
    assert!([append, sync].iter().all(|span| span.parent_span_id == release.span_id));
    assert_eq!(append.start_time_unix_nano, release.start_time_unix_nano);
    assert_eq!(append.end_time_unix_nano, sync.start_time_unix_nano);
    assert!(sync.end_time_unix_nano <= release.end_time_unix_nano);
    assert!(spans.iter().all(|span| span.start_time_unix_nano <= span.end_time_unix_nano));
    assert_eq!(spans.len(), 8);
}

#[test]
fn refusals_repeats_reads_and_commands_of_the_server_have_spans() {
    let (directory, collector) = (TempDir::new(), Collector::start(&[]));
    let server = server(&directory, &collector.url(), &[]);
    let mut client = server.client();
    client.create("hall", HALL);
    let commands = [
        "HOLD hall k-1 ann 60000 SEATS A-1-1",
        "HOLD hall k-2 bob 60000 SEATS A-1-1",
        "HOLD hall k-1 ann 60000 SEATS A-1-1",
        "GET HOLD hall 2",
        "CONFIRM hall k-3 order-1 99",
        "INFO clients",
    ];
    for command in commands {
        client.ask(&format!("TRACED {PARENT} {command}"));
    }
    let spans = collector.spans("INFO", 1);
    let roots: Vec<_> = spans.iter().filter(|span| span.kind == 2).collect();
    let told = roots.iter().map(|span| {
        let of = |name: &str| attribute(span, name).unwrap_or_default();
        format!("{} {} {} {}", span.name, of("holdfast.outcome"), of("holdfast.code"), of("holdfast.version"))
    });
    let told: Vec<_> = told.map(|line| line.trim_end().to_owned()).collect();
    let expected = [
        "HOLD accepted  2",
        "HOLD refused HF-BIZ-001",
        "HOLD repeated  2",
        "GET HOLD accepted",
        "CONFIRM refused HF-BIZ-010",
        "INFO accepted",
    ];
    assert_eq!(told, expected);
    assert!(roots.iter().all(|span| span.status.is_none()), "a refusal is an answer");
}

/// What came as part of a trace has it in the log, and `wal inspect` shows it; with and without a collector.
#[test]
fn the_log_has_the_trace() {
    let directory = TempDir::new();
    let mut server = Server::start(&directory.join("data"));
    let mut client = server.client();
    client.create("hall", HALL);
    hold(&mut client, "k-1");
    client.ask("HOLD hall k-2 ann 60000 AREA FLOOR 1");
    assert_eq!(figure(&mut client, "trace_queued"), 0);
    drop(client);
    server.stop();
    let (code, out, err) =
        told(&run(["wal", "inspect", "--records", "--data", directory.join("data").to_str().unwrap()]));
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let traced: Vec<_> = out.lines().filter(|line| line.contains(" traceparent ")).collect();
    assert_eq!(traced.len(), 1, "{out}");
    assert!(
        traced[0].contains("Held") && traced[0].ends_with(&format!(" traceparent {PARENT}")),
        "{}",
        traced[0]
    );
}

#[test]
fn a_collector_that_takes_nothing_for_now_is_asked_again() {
    let answers = [
        "429 Too Many Requests\r\nRetry-After: 0\r\nContent-Length: 0",
        "503 Service Unavailable\r\nRetry-After: 0\r\nContent-Length: 4\r\n\r\nbusy",
    ];
    let (directory, collector) = (TempDir::new(), Collector::start(&answers[..1]));
    let server = server(&directory, &collector.url(), &[]);
    let mut client = server.client();
    client.create("hall", HALL);
    hold(&mut client, "k-1");
    let (first, second) = (collector.next(), collector.next());
    assert!(first.body == second.body && collector.has_said_all());
    eventually("it is sent", || figure(&mut client, "trace_sent") == 1);
    assert_eq!(["trace_failures", "trace_dropped_collector"].map(|name| figure(&mut client, name)), [1, 0]);
    assert!(server.log().contains("the collector takes no spans"), "{}", server.log());
    eventually("the log says so", || server.log().contains("the collector takes spans again"));
}

#[test]
fn what_a_collector_will_never_take_is_dropped_and_counted() {
    let answer = "400 Bad Request\r\nContent-Length: 0";
    let (directory, collector) = (TempDir::new(), Collector::start(&[answer]));
    let server = server(&directory, &collector.url(), &[]);
    let mut client = server.client();
    client.create("hall", HALL);
    hold(&mut client, "k-1");
    collector.next();
    eventually("it is dropped", || figure(&mut client, "trace_dropped_collector") == 1);
    hold(&mut client, "k-2");
    let spans = collector.next().spans();
    assert_eq!(
        attribute(spans.last().unwrap(), "holdfast.version").as_deref(),
        Some("3"),
        "what came first is not sent again"
    );
}

/// One that is not there, and one that never answers: the sale goes on, and so does the end of the server.
#[test]
fn a_collector_that_is_gone_or_hangs_costs_nobody_anything() {
    let nobody = Deaf::start().url();
    let mut deaf = Deaf::start();
    for (url, hangs) in [(nobody, false), (deaf.url(), true)] {
        let directory = TempDir::new();
        let mut server = server(&directory, &url, &[]);
        let mut client = server.client();
        client.create("hall", HALL);
        hold(&mut client, "k-1");
        if hangs {
            deaf.hears();
        } else {
            eventually("it has failed", || figure(&mut client, "trace_failures") > 0);
        }
        for number in 0..500 {
            let key = format!("k-2-{number}");
            assert!(client.ask(&format!("TRACED {PARENT} HOLD hall {key} ann 1000 AREA FLOOR 1")).len() > 5);
        }
        assert_eq!(figure(&mut client, "trace_sent"), 0);
        drop(client);
        assert_eq!(server.stop().0, Some(0), "{}", server.log());
    }
}

#[test]
fn spans_that_wait_are_sent_at_the_end() {
    let (directory, collector) = (TempDir::new(), Collector::start(&[]));
    let mut server = server(&directory, &collector.url(), &[]);
    let mut client = server.client();
    client.create("hall", HALL);
    hold(&mut client, "k-1");
    drop(client);
    assert_eq!(server.stop().0, Some(0));
    assert_eq!(collector.spans("HOLD", 1).len(), 8);
}

#[test]
fn the_environment_names_a_collector_and_what_it_is_sent() {
    let (directory, collector) = (TempDir::new(), Collector::start(&[]));
    let url = collector.url();
    let environment = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20s3cret,x-tenant=shop"),
    ];
    let server = with(&environment, &directory, &[]);
    let mut client = server.client();
    client.create("hall", HALL);
    hold(&mut client, "k-1");
    let sent = collector.next();
    assert!(sent.head.contains("\r\nauthorization: bearer s3cret\r\n"), "{}", sent.head);
    assert!(sent.head.contains("\r\nx-tenant: shop\r\n"), "{}", sent.head);
    assert!(!server.log().contains("s3cret"), "{}", server.log());
    let other = Collector::start(&[]);
    let directory = TempDir::new();
    let server = with(&environment, &directory, &["--trace-otlp", &other.url()]);
    let mut client = server.client();
    client.create("hall", HALL);
    hold(&mut client, "k-1");
    assert_eq!(other.spans("HOLD", 1).len(), 8, "a setting goes before the environment");
}

#[test]
fn a_collector_is_believed_by_the_authorities_of_the_machine() {
    let directory = TempDir::new();
    let certificate = Certificate::new(directory.path());
    let collector = Collector::encrypted(&certificate);
    let (url, ca) = (collector.url(), certificate.ca.display().to_string());
    let trusts = with(&[("SSL_CERT_FILE", &ca)], &directory, &["--trace-otlp", &url]);
    let mut client = trusts.client();
    client.create("hall", HALL);
    hold(&mut client, "k-1");
    assert_eq!(collector.spans("HOLD", 1).len(), 8);
    drop((client, trusts));
    let other = TempDir::new();
    let stranger = Certificate::new(other.path()).ca.display().to_string();
    let doubts = with(&[("SSL_CERT_FILE", &stranger)], &other, &["--trace-otlp", &url]);
    let mut client = doubts.client();
    client.create("hall", HALL);
    hold(&mut client, "k-1");
    eventually("it has failed", || figure(&mut client, "trace_failures") > 0);
    assert_eq!(figure(&mut client, "trace_sent"), 0);
}

#[test]
fn what_is_no_collector_is_refused_at_the_start() {
    let directory = TempDir::new();
    let data = directory.join("data");
    for (url, why) in [
        ("127.0.0.1:4318", "trace.otlp: \"127.0.0.1:4318\" is not the address of a collector"),
        ("grpc://127.0.0.1:4317", "is not the address of a collector"),
        ("http://me:s3cret@127.0.0.1:4318", "has a user or a password in it"),
    ] {
        let (code, _, err) = told(&run([
            "serve",
            "--data",
            data.to_str().unwrap(),
            "--listen",
            "127.0.0.1:0",
            "--admin-listen",
            "off",
            "--trace-otlp",
            url,
        ]));
        assert!(code == 2 && err.contains("HF-INP-050") && err.contains(why), "{url}: {code} {err}");
        assert!(!err.contains("s3cret"), "{err}");
    }
}
