//! What the admin port tells of the providers of payments, whatever they are called.

use super::http::{admin_of, get};
use super::support::{Client, Server, TempDir, eventually};

const HALL: &str =
    r#"{"sections": [{"name": "A", "category": "C", "rows": {"from": 1, "to": 4, "seats": 100}}]}"#;

/// A payment of a seat that fails.
fn fails(client: &mut Client, number: u32, provider: &str) {
    let (row, seat) = (number / 100 + 1, number % 100 + 1);
    let held = client.ask(&format!("HOLD gala h-{number} b-{number} 600000 SEATS A-{row}-{seat}"));
    let hold = held.split("|:").nth(1).unwrap_or_else(|| panic!("{held}")).split('|').next().unwrap();
    let tried =
        client.ask(&format!("PAYMENT TRY gala t-{number} p-{number} 600000 {hold} PROVIDER {provider}"));
    assert!(tried.contains("|PENDING|"), "{tried}");
    assert!(client.ask(&format!("PAYMENT FAIL gala f-{number} p-{number} timeout")).contains("|FAILED|"));
}

#[test]
fn a_disturbed_provider_is_degraded_and_its_name_is_escaped() {
    let directory = TempDir::new();
    let flags = ["--admin-listen", "127.0.0.1:0", "--payments-volume", "4", "--payments-action", "stop-new"];
    let flags = [&flags[..], &["--payments-probe-after", "24h", "--payments-window", "1h"]].concat();
    let server = Server::with(directory.path(), &flags);
    let (admin, mut client) = (admin_of(&server), server.client());
    client.create("gala", HALL);
    assert_eq!(get(admin, "/health/payments").json()["status"], "up");
    let hostile = r#"a"b\c}{,=<img/src=x>"#;
    for number in 0..4 {
        fails(&mut client, number, hostile);
    }
    let health = || get(admin, "/health/payments").json();
    eventually("it is degraded", || health()["names"] == serde_json::json!(["gala"]));
    let told = health();
    assert_eq!(told["status"], "degraded", "{told}");
    let message = told["message"].as_str().unwrap();
    assert!(message.contains(&format!("{hostile}, 4 of 4 failed or ran out within 3600 s")), "{told}");
    assert!(told["remedy"].as_str().unwrap().contains("docs/runbooks/payments.md"), "{told}");
    let page = get(admin, "/metrics").body;
    let open = r#"holdfast_payment_breaker{provider="a\"b\\c}{,=<img/src=x>",state="open"} 1"#;
    assert!(page.lines().any(|line| line == open), "{page}");
    let failed =
        r#"holdfast_payment_provider_outcomes_total{provider="a\"b\\c}{,=<img/src=x>",outcome="failed"} 4"#;
    assert!(page.lines().any(|line| line == failed), "{page}");
}

#[test]
fn more_providers_than_are_told_apart_are_one() {
    let directory = TempDir::new();
    let server = Server::with(directory.path(), &["--admin-listen", "127.0.0.1:0"]);
    let (admin, mut client) = (admin_of(&server), server.client());
    client.create("gala", HALL);
    for number in 0..70 {
        fails(&mut client, number, &format!("provider-{number}"));
    }
    let other = r#"holdfast_payment_provider_outcomes_total{provider="other providers",outcome="failed"} 6"#;
    eventually("all are counted", || get(admin, "/metrics").body.lines().any(|line| line == other));
    let page = get(admin, "/metrics").body;
    let named = page
        .lines()
        .filter(|line| line.starts_with("holdfast_payment_breaker{") && line.contains("\"open\""));
    assert_eq!(named.count(), 65);
}
