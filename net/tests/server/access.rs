//! What wrong tokens cost their connection, and nobody else.

use std::sync::Arc;
use std::time::Duration;

use holdfast_net::{Access, Config, Protection, Role, Token, TokenHash, Tokens, limits};

use super::support::{FOR_EVER, PATIENCE, TestServer, patient};

const WRONG: &str = "-NOAUTH HF-INP-061 no valid token has this secret, or it is not the token of this user|";

fn guarded(login_delay: Duration) -> TestServer {
    let hash = TokenHash::of(b"right");
    let token = Token::new("r".to_owned(), Role::Reader, hash);
    let access = Arc::new(Access::guarded(Tokens::new(vec![token])));
    TestServer::protected(Config { login_delay, ..patient() }, Protection { access, tls: None })
}

#[test]
fn after_so_many_wrong_tokens_a_connection_is_closed() {
    let server = guarded(Duration::from_millis(1));
    let mut client = server.client();
    for _ in 0..limits::FAILED_LOGINS_MAX {
        client.send("AUTH wrong\r\n");
    }
    client.send("AUTH right\r\n");
    assert_eq!(client.read_to_end(), WRONG.repeat(limits::FAILED_LOGINS_MAX as usize));
    assert_eq!(server.stats.logins_failed(), u64::from(limits::FAILED_LOGINS_MAX));
    assert_eq!(server.stats.logins(), 0, "it was not even looked at");
    server.client().line("AUTH right", "+OK|");
}

#[test]
fn those_that_wait_hold_up_no_stop() {
    let mut server = guarded(FOR_EVER);
    let mut waiting = server.client();
    waiting.send("PING\r\nAUTH wrong\r\nAUTH right\r\n");
    waiting.expect("+PONG|");
    server.client().line("AUTH right", "+OK|");
    assert!(server.stop(PATIENCE));
    assert!(waiting.read_to_end().starts_with(WRONG));
}

#[test]
fn a_subscriber_whose_token_is_revoked_hears_nothing_more() {
    let hash = TokenHash::of(b"right");
    let token = Token::new("o".to_owned(), Role::Operator, hash);
    let access = Arc::new(Access::guarded(Tokens::new(vec![token])));
    let config = Config { tick: Duration::from_millis(10), ..patient() };
    let server = TestServer::protected(config, Protection { access: Arc::clone(&access), tls: None });
    let mut client = server.client();
    client.line("AUTH right", "+OK|");
    client.command(&[
        "EVENT",
        "CREATE",
        "ev",
        "k",
        r#"{"areas":[{"name":"F","category":"C","capacity":9}]}"#,
    ]);
    client.send("SUBSCRIBE feed:ev\r\n");
    client.expect("*6|$5|event|$2|ev|$6|status|$4|open|$7|version|:1|*3|$9|subscribe|$7|feed:ev|:1|");
    access.replace(Tokens::new(Vec::new()));
    assert_eq!(client.read_to_end(), "");
}
