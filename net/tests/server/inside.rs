//! Connections from inside the process: the same commands, rights, limits and answers as over a socket.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use holdfast_net::inside::{Client as Inner, Inside, Lost, NoConnection, Value};
use holdfast_net::{Access, Pass, Protection, Role, Token, TokenHash, Tokens, limits};

use super::support::{Client, HALL, PATIENCE, TestServer, eventually, patient, value};

const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A thread that does not belong to the server.
struct Outside {
    runtime: tokio::runtime::Runtime,
    inside: Inside,
    access: Arc<Access>,
}

fn tokens() -> Vec<Token> {
    let token = |name: &str, role| Token::new(name.to_owned(), role, TokenHash::of(name.as_bytes()));
    vec![
        token("boss", Role::Operator),
        token("page", Role::Viewer),
        Token { events: "gala-*".parse().unwrap(), ..token("gala", Role::Operator) },
    ]
}

impl Outside {
    fn of(server: &TestServer, access: &Arc<Access>) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { runtime, inside: server.inside(), access: Arc::clone(access) }
    }

    fn pass(&self, token: Option<&str>) -> Pass {
        let secret = token.map(str::as_bytes);
        self.runtime.block_on(self.access.admit(HOME, secret)).unwrap()
    }

    fn connect(&self, token: Option<&str>) -> Inner {
        self.inside.connect(self.pass(token), SocketAddr::from((HOME, 4711))).unwrap()
    }

    fn ask(&self, client: &mut Inner, words: &[&str]) -> Result<Value, Lost> {
        self.runtime.block_on(client.ask(words))
    }

    fn refused(&self, client: &mut Inner, words: &[&str]) -> String {
        match self.ask(client, words).unwrap() {
            Value::Refused(line) => String::from_utf8(line).unwrap(),
            reply => panic!("{words:?}: {reply:?}"),
        }
    }
}

fn open() -> (TestServer, Outside) {
    let server = TestServer::start();
    let outside = Outside::of(&server, &Arc::new(Access::open()));
    (server, outside)
}

fn guarded() -> (TestServer, Outside) {
    let access = Arc::new(Access::guarded(Tokens::new(tokens())));
    let server = TestServer::protected(patient(), Protection { access: Arc::clone(&access), tls: None });
    let outside = Outside::of(&server, &access);
    (server, outside)
}

fn text(text: &str) -> Value {
    Value::Text(text.as_bytes().to_vec())
}

#[test]
fn a_write_and_its_repeat_through_the_other_door_give_one_answer() {
    let (server, outside) = open();
    let mut inner = outside.connect(None);
    let created = outside.ask(&mut inner, &["EVENT", "CREATE", "ev", "k", HALL]).unwrap();
    assert_eq!(created.field("status"), Some(&text("open")));
    let hold = ["HOLD", "ev", "h", "bob", "60000", "SEATS", "A-1-1", "A-1-2", "AREA", "FLOOR", "3"];
    let held = outside.ask(&mut inner, &hold).unwrap();
    assert_eq!(held.field("hold").and_then(Value::number), Some(2));
    assert_eq!(held.field("areas"), Some(&Value::List(vec![text("FLOOR"), Value::Number(3)])));
    let mut again = server.client();
    again.command(&hold);
    let again = value(&mut again);
    assert!(again.contains("hold|:2|") && again.contains("|A-1-1|A-1-2|"), "{again}");
    assert_eq!(outside.ask(&mut inner, &hold).unwrap(), held);
    assert!(
        outside.refused(&mut inner, &["HOLD", "ev", "i", "bob", "0", "SEATS", "A-1-1"]).starts_with("TAKEN ")
    );
    assert!(outside.refused(&mut inner, &["NONSENSE"]).starts_with("INVALID HF-INP-007 "));
}

#[test]
fn it_stands_on_the_list_with_the_address_of_its_client_and_leaves_it() {
    let (server, outside) = guarded();
    let mut inner = outside.connect(Some("boss"));
    let list = outside.ask(&mut inner, &["CLIENT", "LIST"]).unwrap();
    let list = String::from_utf8(list.text().unwrap().to_vec()).unwrap();
    for part in ["addr=127.0.0.1:4711 name=admin ", " cmd=client|list user=boss resp=3 "] {
        assert!(list.contains(part), "{list}");
    }
    assert_eq!(server.stats.connected_clients(), 1);
    drop(inner);
    eventually("it has left", || server.stats.connected_clients() == 0);
}

#[test]
fn it_may_do_what_its_token_may_and_no_longer_than_that() {
    let (_server, outside) = guarded();
    let mut boss = outside.connect(Some("boss"));
    outside.ask(&mut boss, &["EVENT", "CREATE", "ev", "k", HALL]).unwrap();
    let mut page = outside.connect(Some("page"));
    assert!(outside.ask(&mut page, &["COUNT", "ev"]).unwrap().field("free").is_some());
    let denied = outside.refused(&mut page, &["HOLD", "ev", "h", "bob", "0", "SEATS", "A-1-1"]);
    assert!(denied.starts_with("DENIED HF-INP-062 "), "{denied}");
    let mut gala = outside.connect(Some("gala"));
    assert!(
        outside
            .refused(&mut gala, &["COUNT", "ev"])
            .starts_with("DENIED HF-INP-062 the token gala is not for")
    );
    // Narrowed: from the next command on.
    let narrowed = tokens().into_iter().map(|token| match token.name.as_str() {
        "boss" => Token::new("boss".to_owned(), Role::Reader, token.hash),
        _ => token,
    });
    outside.access.replace(Tokens::new(narrowed.collect()));
    assert!(outside.refused(&mut boss, &["EVENT", "PAUSE", "ev", "p", "ann", "why"]).starts_with("DENIED "));
    assert!(outside.ask(&mut boss, &["EVENT", "INFO", "ev"]).unwrap().field("status").is_some());
    // Revoked: at once, also for who comes with a pass of before.
    let pass = outside.pass(Some("page"));
    outside.access.replace(Tokens::default());
    assert!(outside.refused(&mut boss, &["EVENT", "INFO", "ev"]).starts_with("NOAUTH HF-INP-060 "));
    let mut late = outside.inside.connect(pass, SocketAddr::from((HOME, 1))).unwrap();
    assert!(outside.refused(&mut late, &["COUNT", "ev"]).starts_with("NOAUTH HF-INP-060 "));
}

#[test]
fn a_subscriber_hears_each_change_and_nothing_after_its_token_is_gone() {
    let (server, outside) = guarded();
    let mut boss = outside.connect(Some("boss"));
    outside.ask(&mut boss, &["EVENT", "CREATE", "ev", "k", HALL]).unwrap();
    let mut page = outside.connect(Some("page"));
    let nowhere = outside.runtime.block_on(page.subscribe(b"feed:nowhere")).unwrap();
    assert!(nowhere.unwrap_err().starts_with(b"NOEVENT HF-INP-020 "));
    assert_eq!(outside.runtime.block_on(page.subscribe(b"feed:ev")), Ok(Ok(())));
    for key in ["a", "b"] {
        outside.ask(&mut boss, &["HOLD", "ev", key, "bob", "0", "AREA", "FLOOR", "1"]).unwrap();
    }
    // A reply between messages is told from them.
    assert_eq!(outside.ask(&mut page, &["PING"]), Ok(text("PONG")));
    assert_eq!(outside.runtime.block_on(page.ping()), Ok(()));
    assert!(outside.ask(&mut page, &["COUNT", "ev"]).unwrap().field("held").is_some());
    for version in [2, 3] {
        let message = outside.runtime.block_on(page.message()).unwrap();
        let message = String::from_utf8(message).unwrap();
        assert!(message.starts_with(&format!("{{\"version\":{version},")), "{message}");
        assert!(message.contains("\"held\"") && !message.contains("bob"), "{message}");
    }
    outside.access.replace(Tokens::default());
    assert_eq!(outside.runtime.block_on(page.message()), Err(Lost::Closed));
    eventually("its connection is gone", || server.stats.connected_clients() == 1);
}

#[test]
fn who_does_not_read_is_cut_off() {
    let (server, outside) = open();
    let mut slow = outside.connect(None);
    outside.ask(&mut slow, &["EVENT", "CREATE", "ev", "k", HALL]).unwrap();
    assert_eq!(outside.runtime.block_on(slow.subscribe(b"feed:ev")), Ok(Ok(())));
    let mut client = server.client();
    let mut key = 0;
    // One message is more than 250 bytes: what may wait for it in all places is sent several times.
    eventually("it is cut off", || {
        let note = "x".repeat(200);
        for _ in 0..500 {
            key += 1;
            client.command(&[
                "HOLD",
                "ev",
                &format!("h{key}"),
                "bob",
                "0",
                "AREA",
                "FLOOR",
                "1",
                "NOTE",
                &note,
            ]);
            client.command(&["RELEASE", "ev", &format!("r{key}"), &(2 * key).to_string()]);
        }
        for _ in 0..500 {
            let (held, released) = (value(&mut client), value(&mut client));
            assert!(held.contains("hold|") && released.contains("released|"), "{held} {released}");
        }
        server.stats.connected_clients() == 1
    });
    let end = loop {
        match outside.runtime.block_on(slow.message()) {
            Ok(_) => {}
            Err(end) => break end,
        }
    };
    assert_eq!(end, Lost::Closed);
}

#[test]
fn there_are_so_many_beside_those_of_the_network() {
    let access = Arc::new(Access::open());
    let server = TestServer::with(holdfast_net::Config { connections_max: 1, ..patient() });
    let outside = Outside::of(&server, &access);
    let mut crowd = Client::connect(server.address);
    crowd.line("PING", "+PONG|");
    let mut all: Vec<_> = (0..limits::INSIDE_MAX).map(|_| outside.connect(None)).collect();
    assert_eq!(outside.ask(&mut all[0], &["PING"]), Ok(text("PONG")));
    let from = SocketAddr::from((HOME, 1));
    assert_eq!(outside.inside.connect(outside.pass(None), from).unwrap_err(), NoConnection::Full);
    all.clear();
    eventually("places are free again", || outside.inside.connect(outside.pass(None), from).is_ok());
}

#[test]
fn it_holds_up_no_stop_and_there_are_none_after_it() {
    let (mut server, outside) = open();
    let mut waiting = outside.connect(None);
    outside.ask(&mut waiting, &["EVENT", "CREATE", "ev", "k", HALL]).unwrap();
    let mut listening = outside.connect(None);
    assert_eq!(outside.runtime.block_on(listening.subscribe(b"feed:ev")), Ok(Ok(())));
    assert!(server.stop(PATIENCE));
    assert_eq!(outside.runtime.block_on(listening.message()), Err(Lost::Closed));
    assert_eq!(outside.ask(&mut waiting, &["PING"]), Err(Lost::Closed));
    let from = SocketAddr::from((HOME, 1));
    assert_eq!(outside.inside.connect(outside.pass(None), from).unwrap_err(), NoConnection::Stopping);
}
