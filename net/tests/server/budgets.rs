//! A token that goes faster than it may waits for itself, and nobody else does.

use std::sync::Arc;
use std::time::Duration;

use holdfast_net::{Access, Budget, Config, Protection, Role, Token, TokenHash, Tokens, limits};

use super::support::{Client, TestServer, eventually, patient};

/// So many that they come due after any test: one a second.
const MANY: usize = 3 * limits::COMMANDS_PER_TURN;

fn token(name: &str, budget: &str) -> Token {
    let token = Token::new(name.to_owned(), Role::Booking, TokenHash::of(name.as_bytes()));
    Token { budget: if budget.is_empty() { Budget::NONE } else { budget.parse().unwrap() }, ..token }
}

fn server(slow: &str) -> (Arc<Access>, TestServer) {
    let access = Arc::new(Access::guarded(Tokens::new(vec![token("slow", slow), token("free", "")])));
    let config = Config { tick: Duration::from_millis(10), ..patient() };
    let server = TestServer::protected(config, Protection { access: Arc::clone(&access), tls: None });
    (access, server)
}

fn client(server: &TestServer, name: &str) -> Client {
    let mut client = server.client();
    client.line(&format!("AUTH {name}"), "+OK|");
    client
}

#[test]
fn over_its_rate_a_token_waits_and_no_other_does() {
    let (access, server) = server("commands=1");
    let mut slow = client(&server, "slow");
    slow.send("PING\r\n".repeat(MANY));
    eventually("the token has to wait", || server.stats.paced() > 0);
    // Those who come later wait behind it.
    let mut second = client(&server, "slow");
    second.send("PING\r\n");
    let mut free = client(&server, "free");
    for _ in 0..200 {
        free.line("PING", "+PONG|");
    }
    let logins = 3;
    let taken = usize::try_from(server.stats.commands()).unwrap() - 200 - logins;
    assert!(taken <= 2 * limits::COMMANDS_PER_TURN, "{taken} of {MANY} were taken");
    // A token without a bound waits for nothing any more.
    access.replace(Tokens::new(vec![token("slow", ""), token("free", "")]));
    slow.expect(&"+PONG|".repeat(MANY));
    second.expect("+PONG|");
}

#[test]
fn a_token_may_read_while_it_writes_too_fast() {
    let (access, server) = server("writes=1");
    let mut reads = client(&server, "slow");
    for _ in 0..1_000 {
        reads.line("PING", "+PONG|");
    }
    assert_eq!(server.stats.paced(), 0);
    let mut writes = client(&server, "slow");
    let release = "RELEASE nowhere k 2\r\n";
    writes.send(release.repeat(MANY));
    eventually("the token has to wait", || server.stats.paced() > 0);
    access.replace(Tokens::new(vec![token("slow", "commands=1000000"), token("free", "")]));
    for _ in 0..MANY {
        assert!(writes.read_line().starts_with("-NOEVENT "));
    }
}

#[test]
fn a_client_that_waits_holds_up_no_stop() {
    let (_, mut server) = server("commands=1");
    let mut slow = client(&server, "slow");
    slow.send("PING\r\n".repeat(MANY));
    eventually("the token has to wait", || server.stats.paced() > 0);
    assert!(server.stop(super::support::PATIENCE));
    assert!(slow.read_to_end().starts_with("+PONG|"));
}
