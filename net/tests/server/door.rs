//! What a client may do before its login, how long, and how many at once; and what it keeps of that afterwards.

use std::sync::Arc;
use std::time::Duration;

use holdfast_net::{Access, Config, Protection, Role, Token, TokenHash, Tokens, limits};

use super::support::{Client, TestServer, ask, eventually, patient, wire};

/// With a token for each role, whose secret is its word.
fn guarded(config: Config) -> TestServer {
    let of = |role: Role| Token::new(role.word().to_owned(), role, TokenHash::of(role.word().as_bytes()));
    let tokens = [Role::Reader, Role::Booking, Role::Operator].map(of).to_vec();
    let access = Arc::new(Access::guarded(Tokens::new(tokens)));
    TestServer::protected(config, Protection { access, tls: None })
}

fn logged_in(server: &TestServer, role: Role) -> Client {
    let mut client = server.client();
    client.line(&format!("AUTH {}", role.word()), "+OK|");
    client
}

#[test]
fn before_the_login_there_is_hardly_anything() {
    let server = guarded(patient());
    let mut client = server.client();
    client.line("PING", "+PONG|");
    assert!(ask(&mut client, "HELLO 3").starts_with("%7|server|holdfast|"));
    for (line, name) in [
        ("PING loud", "PING"),
        ("ECHO x", "ECHO"),
        ("COMMAND DOCS", "COMMAND DOCS"),
        ("CLIENT ID", "CLIENT ID"),
        ("RESET", "RESET"),
    ] {
        client.line(line, &format!("-NOAUTH HF-INP-060 {name} needs a token: send AUTH first|"));
    }
    client.line("MAP ev", "-NOAUTH HF-INP-060 MAP needs a token with the role viewer: send AUTH first|");
    client.line("HOLD", "-NOAUTH HF-INP-060 HOLD needs a token with the role booking: send AUTH first|");
    client.line("AUTH reader", "+OK|");
    client.line("ECHO x", "$1|x|");
    assert_eq!(server.stats.commands_unauthenticated(), 7);
    eventually("as many are counted as were sent", || server.stats.commands() == 11);
    server.client().line("QUIT", "+OK|");
}

#[test]
fn what_is_refused_too_often_is_closed_and_so_is_what_never_logs_in() {
    let server = guarded(patient());
    let mut client = server.client();
    client.send("NONSENSE\r\n".repeat(limits::LOGIN_REFUSALS_MAX as usize + 1));
    let told = client.read_to_end();
    assert_eq!(told.matches("-INVALID").count(), limits::LOGIN_REFUSALS_MAX as usize, "{told}");
    let mut client = server.client();
    client.send("PING\r\n".repeat(limits::LOGIN_COMMANDS_MAX as usize + 1));
    assert_eq!(client.read_to_end(), "+PONG|".repeat(limits::LOGIN_COMMANDS_MAX as usize));
    let mut client = server.client();
    client.send(format!("*2\r\n$4\r\nAUTH\r\n${}\r\n", limits::LOGIN_FRAME_BYTES));
    assert_eq!(client.read_to_end(), "-PROTO HF-INP-031 a command of more than 16384 bytes|");
    eventually("all have gone", || server.stats.connected_clients() == 0);
}

#[test]
fn what_comes_right_behind_the_login_is_served() {
    let server = guarded(patient());
    let mut client = server.client();
    let name = "n".repeat(60);
    let many = 1_500;
    let mut bytes = wire(&["HELLO", "3", "AUTH", "default", "operator", "SETNAME", &name]);
    for number in 0..many {
        bytes.extend(wire(&["ECHO", &number.to_string()]));
    }
    client.send(bytes);
    assert!(super::support::value(&mut client).starts_with("%7|"));
    for number in 0..many {
        assert_eq!(super::support::value(&mut client), format!("{number}|"));
    }
    client.line("CLIENT GETNAME", &format!("$60|{name}|"));
}

#[test]
fn only_operators_send_large_commands() {
    let server = guarded(patient());
    let large = "x".repeat(limits::FRAME_BYTES_SALE);
    let mut operator = logged_in(&server, Role::Operator);
    operator.command(&["ECHO", &large]);
    operator.expect(&format!("${}|{large}|", large.len()));
    let mut booking = logged_in(&server, Role::Booking);
    booking.send(format!("*2\r\n$4\r\nECHO\r\n${}\r\n", large.len()));
    assert_eq!(booking.read_to_end(), "-PROTO HF-INP-031 a command of more than 65536 bytes|");
}

#[test]
fn the_oldest_goes_where_too_many_wait_for_their_login() {
    // A quarter of the places is for those, and a quarter of that for one address.
    let server = guarded(Config { connections_max: 64, ..patient() });
    let mut waiting: Vec<Client> = (0..4)
        .map(|_| {
            let mut client = server.client();
            client.line("PING", "+PONG|");
            client
        })
        .collect();
    let others: Vec<Client> = (0..4).map(|_| server.client()).collect();
    for client in &mut waiting {
        assert_eq!(
            client.read_to_end(),
            "-BUSY HF-SYS-002 too many connections wait for their login, and this was the oldest; retry after 1000 ms|"
        );
    }
    logged_in(&server, Role::Reader).line("PING", "+PONG|");
    assert_eq!(server.stats.connections_displaced(), 5);
    drop(others);
}

#[test]
fn operators_find_a_place_where_everybody_else_is_refused() {
    let server = guarded(Config { connections_max: 17, ..patient() });
    let readers: Vec<Client> = (0..16).map(|_| logged_in(&server, Role::Reader)).collect();
    let mut late = server.client();
    late.send("AUTH booking\r\n");
    let told = "-BUSY HF-SYS-002 there are 17 connections, as many as there may be; retry after 1000 ms|";
    assert_eq!(late.read_to_end(), told);
    let operator = logged_in(&server, Role::Operator);
    assert_eq!(server.client().read_to_end(), told, "and none is left for anybody");
    drop((readers, operator));
    eventually("all have gone", || server.stats.connected_clients() == 0);
    logged_in(&server, Role::Booking).line("PING", "+PONG|");
}

#[test]
fn who_does_not_log_in_in_time_is_closed_whatever_it_sends() {
    let moment = Duration::from_millis(20);
    let server = guarded(Config { login_timeout: moment, tick: moment, ..patient() });
    let late = "-NOAUTH HF-INP-060 no login within 20 ms: send AUTH first, right after connecting|";
    assert_eq!(server.client().read_to_end(), late);
    let mut half = server.client();
    half.send("*2\r\n$4\r\nAU");
    assert_eq!(half.read_to_end(), late);
    // Who logs in is at home, and who logs out is back at the door.
    let mut client = loop {
        let mut client = server.client();
        client.send("AUTH reader\r\n");
        let told = client.read_line();
        if told == "+OK" {
            break client;
        }
        assert!(late.starts_with(&told), "the machine was too slow: {told}");
    };
    for _ in 0..20 {
        client.line("PING", "+PONG|");
        std::thread::sleep(moment / 4);
    }
    client.send("RESET\r\n");
    assert_eq!(client.read_to_end(), format!("+RESET|{late}"));
    assert!(server.stats.logins_late() >= 3);
}
