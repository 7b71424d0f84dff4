//! The pages of metrics: what they tell, in which form, of whom, and that Prometheus' own tool likes them.

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::{Command, Stdio};

use super::http::{Early, Response, get, request};
use super::support::reply::Value;
use super::support::{Client, HALL, Server, TempDir, eventually, wire};

/// The value of a series, as it stands on the page of this path.
fn value(admin: SocketAddr, path: &str, series: &str) -> Option<f64> {
    let page = get(admin, path);
    assert_eq!(page.status, 200, "{path}: {}", page.body);
    let line = page.body.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.map(|value| value.parse().unwrap())
}

fn metric(admin: SocketAddr, series: &str) -> f64 {
    value(admin, "/metrics", series).unwrap_or_else(|| panic!("{series}: {}", get(admin, "/metrics").body))
}

/// `promtool check metrics`, which has to be there.
fn assert_prometheus_likes(page: &Response) {
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool is there (Debian: apt-get install prometheus)");
    promtool.stdin.take().unwrap().write_all(page.body.as_bytes()).unwrap();
    let output = promtool.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success() && said.concat().is_empty(), "{said:?}\n{}", page.body);
}

/// A hold, an order, a payment that failed, and one whose order was taken back: 50 EUR are owed.
fn sell(client: &mut Client, event: &str) {
    client.create(event, HALL);
    let hold = |client: &mut Client, key: &str, seat: &str| {
        Value::of(&client.bytes(&format!("HOLD {event} {key} customer-7 600000 SEATS {seat}")))
            .integer("hold")
    };
    hold(client, "h1", "A-1-1");
    let sold = hold(client, "h2", "A-1-2");
    assert!(client.ask(&format!("CONFIRM {event} c1 order-1 {sold}")).contains("order-1"));
    let failed = hold(client, "h3", "A-1-3");
    client.ask(&format!("PAYMENT TRY {event} t1 pay-1 600000 {failed}"));
    assert!(client.ask(&format!("PAYMENT FAIL {event} f1 pay-1 declined")).contains("FAILED"));
    let paid = hold(client, "h4", "A-1-4");
    client.ask(&format!("PAYMENT TRY {event} t2 pay-2 600000 {paid} AMOUNT 5000 EUR"));
    assert!(client.ask(&format!("PAYMENT SUCCEED {event} s2 pay-2 AMOUNT 5000 EUR")).contains("SUCCESS"));
    assert!(client.ask(&format!("CANCEL {event} x2 pay-2 ill")).contains("cancelled"));
}

#[test]
fn a_sale_shows_in_the_sums_and_nobody_shows_by_name() {
    let directory = TempDir::new();
    let server = Early::start(directory.path(), &["--metrics-events", "gala, none"]);
    let mut client = Client::connect(server.ready());
    eventually("ready", || get(server.admin, "/readyz").status == 200);
    sell(&mut client, "gala");
    sell(&mut client, "ball");
    assert!(client.ask("HOLD gala h9 customer-8 600000 SEATS A-1-1").starts_with("-TAKEN HF-BIZ-001"));
    assert!(
        client.ask("HOLD gala h9 customer-8 600000 SEATS A-1-1").starts_with("-TAKEN HF-BIZ-001"),
        "the same key"
    );
    assert!(client.ask("FLY").starts_with("-INVALID HF-INP-007"));

    let page = get(server.admin, "/metrics");
    assert_eq!(page.status, 200);
    assert!(page.head.contains("text/plain; version=0.0.4; charset=utf-8"), "{}", page.head);
    assert_prometheus_likes(&page);
    for word in ["customer", "order-1", "pay-2", "127.0.0.1", "ball"] {
        assert!(!page.body.contains(word), "{word} is on the page");
    }
    for (series, expected) in [
        ("holdfast_mode{mode=\"normal\"}", 1.0),
        ("holdfast_mode{mode=\"recovering\"}", 0.0),
        ("holdfast_events", 2.0),
        ("holdfast_holds_live", 2.0),
        ("holdfast_orders", 2.0),
        ("holdfast_payments{state=\"success\"}", 2.0),
        ("holdfast_payments{state=\"failed\"}", 2.0),
        ("holdfast_payments{state=\"pending\"}", 0.0),
        ("holdfast_payment_outcomes_total{outcome=\"success\"}", 2.0),
        ("holdfast_payment_outcomes_total{outcome=\"failed\"}", 2.0),
        ("holdfast_refunds_due", 2.0),
        ("holdfast_changes_total{change=\"created\"}", 2.0),
        ("holdfast_changes_total{change=\"held\"}", 8.0),
        ("holdfast_changes_total{change=\"refused\"}", 1.0),
        ("holdfast_refusals_total{kind=\"TAKEN\",code=\"HF-BIZ-001\"}", 2.0),
        ("holdfast_refusals_total{kind=\"INVALID\",code=\"HF-INP-007\"}", 1.0),
        ("holdfast_refusals_total{kind=\"GONE\",code=\"HF-BIZ-010\"}", 0.0),
        ("holdfast_repeats_total", 1.0),
        // Those of an event that is there, or was to be: a word that is no command has no place among them.
        ("holdfast_command_seconds_count{command=\"hold\"}", 10.0),
        ("holdfast_command_seconds_bucket{command=\"payment|try\",le=\"+Inf\"}", 4.0),
        ("holdfast_commands_refused_total{class=\"invalid\"}", 1.0),
        ("holdfast_connections", 1.0),
        ("holdfast_events_uncounted", 0.0),
        ("holdfast_event_known{event=\"gala\"}", 1.0),
        ("holdfast_event_known{event=\"none\"}", 0.0),
        ("holdfast_event_status{event=\"gala\",status=\"open\"}", 1.0),
        ("holdfast_event_seats{event=\"gala\",status=\"sold\"}", 1.0),
        ("holdfast_event_holds_live{event=\"gala\"}", 1.0),
        ("holdfast_event_refunds_due{event=\"gala\"}", 1.0),
    ] {
        assert_eq!(metric(server.admin, series), expected, "{series}");
    }
    for (series, info) in [
        ("holdfast_wal_records_total", "log_records"),
        ("holdfast_wal_sync_seconds_count", "log_groups"),
        ("holdfast_commands_total", "commands"),
    ] {
        let (section, told) =
            (if info == "commands" { "net" } else { "persistence" }, metric(server.admin, series));
        let info: f64 = client.info(section, info).parse().unwrap();
        assert!(told > 0.0 && info >= told, "{series}: {told} and {info}");
    }
    for series in ["process_resident_memory_bytes", "process_open_fds", "process_start_time_seconds"] {
        assert!(metric(server.admin, series) > 0.0, "{series}");
    }
}

/// By the times of the records, and of this process alone: what a start replays has ended before.
#[test]
fn how_long_things_took_is_told_as_they_end() {
    let directory = TempDir::new();
    let ends = |admin: SocketAddr, end: &str, what: &str| {
        metric(admin, &format!("holdfast_hold_seconds_{what}{{end=\"{end}\"}}"))
    };
    let mut server = Early::start(directory.path(), &[]);
    let mut client = Client::connect(server.ready());
    sell(&mut client, "gala");
    assert!(client.ask("HOLD gala brief customer-9 200 SEATS B-1-1").starts_with('*'));
    eventually("a hold runs out", || ends(server.admin, "expired", "count") == 1.0);
    assert!(ends(server.admin, "expired", "sum") >= 0.2);
    assert_eq!((ends(server.admin, "sold", "count"), ends(server.admin, "released", "count")), (2.0, 1.0));
    for name in ["holdfast_payment_seconds", "holdfast_expiry_delay_seconds"] {
        assert_eq!(metric(server.admin, &format!("{name}_count")), 1.0, "{name}");
        assert_eq!(metric(server.admin, &format!("{name}_bucket{{le=\"+Inf\"}}")), 1.0, "{name}");
    }
    server.stop();
    let server = Early::start(directory.path(), &[]);
    let mut client = Client::connect(server.ready());
    assert!(client.ask("RELEASE gala last 2").starts_with('*'));
    let counts = ["sold", "released", "expired"].map(|end| ends(server.admin, end, "count"));
    assert_eq!(counts, [0.0, 1.0, 0.0]);
}

#[test]
fn a_scraper_that_asks_for_open_metrics_gets_it() {
    let directory = TempDir::new();
    let server = Early::start(directory.path(), &[]);
    server.ready();
    // As Prometheus 2.42 asks.
    let accept = "Accept: application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
    let page = request(server.admin, "GET", "/metrics", &[accept]);
    assert!(page.head.contains("application/openmetrics-text; version=1.0.0"), "{}", page.head);
    assert!(page.body.contains("# TYPE holdfast_commands counter\n"), "{}", page.body);
    assert!(page.body.ends_with("# EOF\n"), "{}", page.body);
    let plain =
        request(server.admin, "GET", "/metrics", &["Accept: text/plain;version=0.0.4;q=0.5,*/*;q=0.1"]);
    assert!(plain.head.contains("text/plain; version=0.0.4"), "{}", plain.head);
    assert_prometheus_likes(&plain);
}

#[test]
fn a_server_that_recovers_tells_how_far_it_is() {
    let directory = TempDir::new();
    let mut server = Server::start(directory.path());
    server.client().create("hall", HALL);
    server.stop();

    let (server, held) = Early::held(directory.path());
    let page = get(server.admin, "/metrics");
    assert_prometheus_likes(&page);
    assert_eq!(metric(server.admin, "holdfast_mode{mode=\"recovering\"}"), 1.0);
    assert_eq!(metric(server.admin, "holdfast_recovering_records{of=\"done\"}"), 0.0);
    assert!(!page.body.contains("holdfast_events"), "nothing is known of them yet");
    let single = get(server.admin, "/metrics/events?name=hall");
    assert_eq!((single.status, single.code().as_str()), (503, "HF-SYS-001"));
    server.go_on(held);
    server.ready();
    eventually("the events", || value(server.admin, "/metrics", "holdfast_events") == Some(1.0));
    assert_eq!(value(server.admin, "/metrics", "holdfast_recovering_records{of=\"done\"}"), None);
}

#[test]
fn events_are_told_of_when_they_are_named_whatever_they_are_called() {
    let directory = TempDir::new();
    let server = Early::start(directory.path(), &[]);
    let mut client = Client::connect(server.ready());
    eventually("ready", || get(server.admin, "/readyz").status == 200);
    for name in ["<img/src=x>", "a\"b\\c"] {
        client.send(wire(&["EVENT", "CREATE", name, "k", HALL]));
        assert!(client.reply().starts_with("*6|"), "{name}");
    }
    let path = "/metrics/events?name=%3Cimg%2Fsrc%3Dx%3E&name=a%22b%5Cc&name=nobody&name=nobody";
    let page = get(server.admin, path);
    assert_prometheus_likes(&page);
    for (series, expected) in [
        ("holdfast_event_seats{event=\"<img/src=x>\",status=\"free\"}", 36.0),
        ("holdfast_event_seats{event=\"a\\\"b\\\\c\",status=\"free\"}", 36.0),
        ("holdfast_event_known{event=\"nobody\"}", 0.0),
    ] {
        assert_eq!(value(server.admin, path, series), Some(expected), "{series}: {}", page.body);
    }
    assert!(!page.body.contains("holdfast_mode"), "nothing else stands there");
    let many = "name=e&".repeat(201);
    for bad in ["", "?name=", "?name=a%20b", "?event=gala", &format!("?{}", many.trim_end_matches('&'))] {
        let refused = get(server.admin, &format!("/metrics/events{bad}"));
        assert_eq!(refused.status, 400, "{bad}: {}", refused.body);
    }
}

/// Sums know events that nobody has asked for since the start, and looking at them brings none back.
#[test]
fn events_at_rest_count_and_stay_at_rest() {
    let flags = ["--events-park-after", "300ms", "--snapshot-every", "1s", "--recovery-grace", "0s"];
    let directory = TempDir::new();
    let mut server = Early::start(directory.path(), &flags);
    let mut client = Client::connect(server.ready());
    eventually("ready", || get(server.admin, "/readyz").status == 200);
    sell(&mut client, "gala");
    client.create("empty", HALL);
    eventually("one at rest", || metric(server.admin, "holdfast_events_at_rest") == 1.0);
    let hold = metric(server.admin, "holdfast_holds_live");
    assert_eq!(hold, 1.0, "a live hold keeps its event in memory");
    assert!(client.ask("EVENT CLOSE gala e1 olga over").contains("closed"));
    assert!(client.ask("FORCE RELEASE gala e2 olga over 2").contains("released"));
    eventually("both at rest", || metric(server.admin, "holdfast_events_at_rest") == 2.0);
    let check = |admin: SocketAddr| {
        let path = "/metrics/events?name=gala&name=empty";
        for _ in 0..3 {
            for (series, expected) in [
                ("holdfast_holds_live", 0.0),
                ("holdfast_orders", 1.0),
                ("holdfast_payments{state=\"success\"}", 1.0),
                ("holdfast_refunds_due", 1.0),
                ("holdfast_events_uncounted", 0.0),
            ] {
                assert_eq!(metric(admin, series), expected, "{series}");
            }
            for (series, expected) in [
                ("holdfast_event_seats{event=\"gala\",status=\"sold\"}", 1.0),
                ("holdfast_event_status{event=\"gala\",status=\"closed\"}", 1.0),
                ("holdfast_event_refunds_due{event=\"gala\"}", 1.0),
                ("holdfast_event_seats{event=\"empty\",status=\"free\"}", 36.0),
            ] {
                assert_eq!(value(admin, path, series), Some(expected), "{series}");
            }
        }
        assert_eq!(metric(admin, "holdfast_events_at_rest"), 2.0, "nobody has brought one back");
    };
    check(server.admin);
    drop(client);
    assert_eq!(server.stop().0, Some(0));

    let server = Early::start(directory.path(), &flags);
    let mut client = Client::connect(server.ready());
    eventually("ready", || get(server.admin, "/readyz").status == 200);
    eventually("both at rest", || metric(server.admin, "holdfast_events_at_rest") == 2.0);
    check(server.admin);
    // Once it is back it counts as before, and what happens to it counts.
    assert!(client.ask("PAYMENT REFUNDED gala r1 pay-2 ref-1").contains("SUCCESS"));
    assert_eq!(metric(server.admin, "holdfast_refunds_due"), 0.0);
    assert_eq!(metric(server.admin, "holdfast_orders"), 1.0);
    assert_eq!(metric(server.admin, "holdfast_refund_due_oldest_seconds"), 0.0);
}
