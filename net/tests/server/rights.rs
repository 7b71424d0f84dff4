//! What a token allows, event by event and right by right, and what is taken away from those who wait when it allows
//! less. No tick comes to anybody's help here.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use holdfast_net::{Access, Config, Protection, Role, Token, TokenHash, Tokens};

use super::support::{Client, FOR_EVER, HALL, TestServer, ask, eventually, patient, value};

fn token(name: &str, role: Role) -> Token {
    Token::new(name.to_owned(), role, TokenHash::of(name.as_bytes()))
}

fn tokens() -> Vec<Token> {
    let rights = |text: &str| text.parse().unwrap();
    vec![
        token("boss", Role::Operator),
        token("page", Role::Viewer),
        token("watch", Role::Reader),
        token("gauge", Role::Monitor),
        Token { rights: rights("sell"), ..token("shop", Role::Booking) },
        Token { rights: rights("money"), ..token("provider", Role::Booking) },
        Token { rights: rights("give-back"), ..token("desk", Role::Booking) },
        Token { events: "gala-*".parse().unwrap(), ..token("gala", Role::Operator) },
    ]
}

struct Guarded {
    access: Arc<Access>,
    server: TestServer,
}

impl Guarded {
    fn start(tokens: Vec<Token>) -> Self {
        Self::with(tokens, Config { tick: FOR_EVER, login_delay: Duration::from_millis(1), ..patient() })
    }

    fn with(tokens: Vec<Token>, config: Config) -> Self {
        let access = Arc::new(Access::guarded(Tokens::new(tokens)));
        let server = TestServer::protected(config, Protection { access: Arc::clone(&access), tls: None });
        Self { access, server }
    }

    fn client(&self, name: &str) -> Client {
        let mut client = self.server.client();
        client.line(&format!("AUTH {name}"), "+OK|");
        client
    }

    fn create(&self, event: &str) -> Client {
        let mut boss = self.client("boss");
        boss.command(&["EVENT", "CREATE", event, "k", HALL]);
        assert!(value(&mut boss).contains("open"));
        boss
    }

    /// Puts others in the place of the token of this name.
    fn replace(&self, name: &str, with: Option<Token>) {
        let others = tokens().into_iter().filter(|token| token.name != name);
        self.access.replace(Tokens::new(others.chain(with).collect()));
    }
}

#[test]
fn a_monitor_sees_figures_and_no_sale() {
    let guarded = Guarded::start(tokens());
    let mut boss = guarded.create("ev");
    ask(&mut boss, "HOLD ev h bob 0 SEATS A-1-1");
    let mut gauge = guarded.client("gauge");
    for section in ["INFO", "INFO net", "INFO everything"] {
        let told = ask(&mut gauge, section);
        assert!(told.contains("commands_shed:") && !told.contains("bob"), "{section}: {told}");
    }
    for hidden in ["INFO trace", "INFO budgets"] {
        assert!(!ask(&mut gauge, hidden).contains("# "), "{hidden}");
    }
    assert!(
        !ask(&mut guarded.client("page"), "INFO net").contains("commands_shed:"),
        "a viewer hears no figures"
    );
    for line in [
        "MAP ev",
        "COUNT ev",
        "PICTURE ev",
        "SEAT ev A-1-1",
        "EVENT LIST",
        "EVENT INFO ev",
        "EVENT PLAN ev",
        "FEED ev 2",
        "FEEDS 0",
        "SUBSCRIBE map:ev",
        "MULTI",
        "GET HOLD ev 2",
        "LIST HOLDS ev",
        "ASK ev h",
        "DBSIZE",
        "CONFIG GET save",
        "CLIENT LIST",
        "HOLD ev x bob 0 SEATS A-1-3",
        "EVENT PAUSE ev p olga why",
    ] {
        let reply = ask(&mut gauge, line);
        let denied =
            reply.starts_with("-DENIED HF-INP-062 ") && reply.ends_with("; the token gauge has monitor|");
        assert!(denied, "{line}: {reply}");
    }
    assert_eq!(ask(&mut gauge, "PING"), "+PONG|");
}

#[test]
fn a_viewer_sees_seats_and_nobody_on_them() {
    let guarded = Guarded::start(tokens());
    let mut boss = guarded.create("ev");
    ask(&mut boss, "HOLD ev h bob 0 SEATS A-1-1 NOTE secret");
    ask(&mut boss, "HOLD ev h2 bob 0 SEATS A-1-2");
    ask(&mut boss, "CONFIRM ev c order-7 3 NOTE secret");
    let mut page = guarded.client("page");
    assert!(ask(&mut page, "MAP ev A").contains("hs.."));
    assert!(!ask(&mut page, "COUNT ev").starts_with('-'));
    assert!(!ask(&mut page, "EVENT INFO ev").starts_with('-'));
    assert_eq!(ask(&mut page, "EVENT LIST"), "*2|:0|*2|ev|open|");
    // Asked in one go with the boss's own, on another connection: each gets what it may see.
    let held = "*18|seat|A-1-1|ordinal|:0|category|VIP|accessible|:1|status|held|hold|:2|order|$-1|holder|";
    assert_eq!(ask(&mut page, "SEAT ev A-1-1"), format!("{held}$-1|expires_at|:T|"));
    assert_eq!(ask(&mut boss, "SEAT ev A-1-1"), format!("{held}bob|expires_at|:T|"));
    let sold = ask(&mut page, "SEAT ev A-1-2");
    assert!(sold.contains("status|sold|hold|$-1|order|$-1|holder|$-1|"), "{sold}");
    for line in [
        "GET HOLD ev 2",
        "GET ORDER ev order-7",
        "GET PAYMENT ev p",
        "PAYMENT LIST ev",
        "LIST HOLDS ev",
        "LIST ORDERS ev HOLDER bob",
        "ASK ev h",
        "CONFIG GET save",
        "HOLD ev x bob 0 SEATS A-1-3",
        "EVENT PAUSE ev p olga why",
    ] {
        let reply = ask(&mut page, line);
        assert!(
            reply.starts_with("-DENIED HF-INP-062 ") && reply.ends_with("; the token page has viewer|"),
            "{reply}"
        );
    }
    let pages = ["FEED ev 2", "FEED ev 2 COUNT 9"].map(|line| ask(&mut page, line));
    let expected = "*3|*4|:2|:T|held|*6|hold|:2|expires_at|:T|seats|*1|A-1-1|\
        *4|:3|:T|held|*6|hold|:3|expires_at|:T|seats|*1|A-1-2|*4|:4|:T|sold|*4|holds|*1|:3|seats|*1|A-1-2|";
    assert_eq!(pages, [expected; 2]);
    assert!(ask(&mut guarded.client("watch"), "FEED ev 2").contains("holder|bob|"));
    let all = ask(&mut page, "FEEDS 0");
    assert!(all.contains("|held|*6|hold|:2|expires_at|:T|") && !all.contains("bob"), "{all}");
    assert!(!all.contains("secret"), "{all}");
    let all = ask(&mut guarded.client("watch"), "FEEDS 0");
    assert!(all.contains("holder|bob|") && all.matches("note|secret|").count() == 2, "{all}");
    assert!(ask(&mut page, "PICTURE ev").contains("|seats|hs........|areas|"));
    assert!(ask(&mut page, "PICTURE ev SINCE 3").contains("|seats|*1|*2|:1|s|areas|*0|"));
    // What client libraries ask before they begin is answered, and tells nothing.
    let info = ask(&mut page, "INFO everything");
    assert!(info.contains("loading:0") && !info.contains("commands") && !info.contains("test"), "{info}");
    assert!(ask(&mut boss, "INFO everything").contains("commands:"));
}

#[test]
fn messages_are_without_names_for_viewers_and_with_them_for_readers() {
    let guarded = Guarded::start(tokens());
    let mut boss = guarded.create("ev");
    let (mut page, mut watch) = (guarded.client("page"), guarded.client("watch"));
    for client in [&mut page, &mut watch] {
        client.line("SUBSCRIBE feed:ev", "*3|$9|subscribe|$7|feed:ev|:1|");
    }
    ask(&mut boss, "HOLD ev h bob 0 SEATS A-1-1 NOTE secret");
    let (bare, named) = (value(&mut page), value(&mut watch));
    assert!(bare.contains(r#""kind":"held","hold":2,"expires_at""#) && !bare.contains("bob"), "{bare}");
    assert!(!bare.contains("secret") && named.contains(r#""note":"secret""#), "{bare} {named}");
    assert!(named.contains(r#""kind":"held","hold":2,"holder":"bob""#), "{named}");
}

/// Who is connected is for operators; those for some events see themselves. What is in force is for those who see figures.
#[test]
fn the_server_is_shown_to_those_who_run_it() {
    let guarded = Guarded::start(tokens());
    let mut boss = guarded.create("ev");
    let names = ["page", "watch", "shop", "gala"];
    let [mut page, mut watch, mut shop, mut gala] = names.map(|name| guarded.client(name));
    for (client, role) in [(&mut page, "viewer"), (&mut watch, "reader"), (&mut shop, "booking")] {
        let denied =
            format!("-DENIED HF-INP-062 CLIENT LIST needs the role operator; the token .* has {role}|");
        let (before, behind) = denied.split_once(".*").unwrap();
        for line in ["CLIENT LIST", "client list ID 1"] {
            let reply = ask(client, line);
            assert!(reply.starts_with(before) && reply.ends_with(behind), "{reply}");
        }
        let own = ask(client, "CLIENT INFO");
        assert!(own.starts_with("id=") && own.contains(" cmd=client|info user="), "{own}");
    }
    let users = |list: String| -> Vec<String> {
        let user = |line: &str| line.split_once(" user=").unwrap().1.split(' ').next().unwrap().to_owned();
        list.lines().filter(|line| line.starts_with("id=")).map(user).collect()
    };
    assert_eq!(users(ask(&mut boss, "CLIENT LIST")), ["boss", "page", "watch", "shop", "gala"]);
    assert_eq!(users(ask(&mut gala, "CLIENT LIST")), ["gala"]);
    assert_eq!(users(ask(&mut gala, "CLIENT LIST ID 1 5")), ["gala"]);
    assert_eq!(ask(&mut shop, "RESET"), "+RESET|");
    guarded.replace("watch", None);
    assert!(ask(&mut watch, "MAP ev").starts_with("-NOAUTH "));
    assert_eq!(users(ask(&mut boss, "CLIENT LIST")), ["boss", "page", "", "", "gala"]);

    assert!(
        ask(&mut page, "CONFIG GET *").starts_with("-DENIED HF-INP-062 CONFIG GET needs the role reader")
    );
    assert_eq!(ask(&mut boss, "CONFIG GET wal.* SAVE"), "*4|save||wal.segment|8MiB|");
    assert_eq!(ask(&mut gala, "CONFIG GET wal.* SAVE"), "*2|save||");
    assert!(ask(&mut gala, "CONFIG GET *").starts_with("*14|save||appendonly|yes|"));
}

#[test]
fn a_booking_token_has_the_rights_that_it_was_given() {
    let guarded = Guarded::start(tokens());
    guarded.create("ev");
    let [mut shop, mut provider, mut desk] = ["shop", "provider", "desk"].map(|name| guarded.client(name));
    let denied = |command: &str, right: &str, token: &str| {
        format!(
            "-DENIED HF-INP-062 {command} needs the right {right}, which the token {token} does not have|"
        )
    };
    let hold = "HOLD ev h bob 0 SEATS A-1-1";
    assert_eq!(ask(&mut provider, hold), denied("HOLD", "sell", "provider"));
    assert_eq!(ask(&mut desk, hold), denied("HOLD", "sell", "desk"));
    assert!(ask(&mut shop, hold).contains("hold|:2|"), "and the denied key was free");
    assert_eq!(ask(&mut provider, "PAYMENT TRY ev t p 60000 2"), denied("PAYMENT TRY", "sell", "provider"));
    assert!(ask(&mut shop, "PAYMENT TRY ev t p 60000 2").contains("PENDING"));
    for (line, command) in [
        ("PAYMENT SUCCEED ev s p", "PAYMENT SUCCEED"),
        ("PAYMENT FAIL ev s p why", "PAYMENT FAIL"),
        ("PAYMENT REFUNDED ev s p r", "PAYMENT REFUNDED"),
    ] {
        assert_eq!(ask(&mut shop, line), denied(command, "money", "shop"));
        assert_eq!(ask(&mut desk, line), denied(command, "money", "desk"));
    }
    assert!(ask(&mut provider, "PAYMENT SUCCEED ev s p").contains("SUCCESS"));
    assert_eq!(ask(&mut shop, "CANCEL ev c p why"), denied("CANCEL", "give-back", "shop"));
    assert_eq!(ask(&mut provider, "CANCEL ev c p why"), denied("CANCEL", "give-back", "provider"));
    assert!(ask(&mut desk, "CANCEL ev c p why").contains("cancelled"));
    let reply = ask(&mut desk, "EVENT CLOSE ev e olga why");
    assert_eq!(reply, "-DENIED HF-INP-062 EVENT CLOSE needs the role operator; the token desk has booking|");
    [shop, provider, desk]
        .iter_mut()
        .for_each(|client| assert!(!ask(client, "GET PAYMENT ev p").starts_with('-')));
}

#[test]
fn a_token_for_some_events_knows_no_others() {
    let guarded = Guarded::start(tokens());
    guarded.create("opera");
    let mut gala = guarded.client("gala");
    gala.command(&["EVENT", "CREATE", "gala-1", "k", HALL]);
    assert!(value(&mut gala).contains("open"));
    assert!(ask(&mut gala, "HOLD gala-1 h bob 0 SEATS A-1-1").contains("hold|:2|"));
    gala.command(&["EVENT", "CREATE", "opera-2", "k", HALL]);
    assert_eq!(value(&mut gala), "-DENIED HF-INP-062 the token gala is not for the event opera-2|");
    // The same for one that is there and for one that is not: nobody learns which.
    for event in ["opera", "nowhere"] {
        for line in [
            "HOLD EV h bob 0 SEATS A-1-1",
            "SEAT EV nonsense",
            "MAP EV",
            "GET ORDER EV o",
            "FEED EV 1",
            "FEED EV 1 BLOCK 60000",
            "SUBSCRIBE feed:gala-1 feed:EV",
            "SUBSCRIBE map:EV",
            "PICTURE EV",
            "PICTURE EV SINCE 1",
            "EVENT INFO EV",
            "EVENT CLOSE EV k olga why",
        ] {
            let reply = ask(&mut gala, &line.replace("EV", event).replace(&format!("{event}ENT"), "EVENT"));
            assert_eq!(
                reply,
                format!("-DENIED HF-INP-062 the token gala is not for the event {event}|"),
                "{line}"
            );
        }
    }
    assert_eq!(ask(&mut gala, "EVENT LIST"), "*2|:0|*2|gala-1|open|");
    let all = ask(&mut gala, "FEEDS 0");
    assert!(all.starts_with("*2|*6|:") && all.contains("|gala-1|:2|") && !all.contains("opera"), "{all}");
    // A page that is all of others is empty, and says that there is more.
    assert_eq!(ask(&mut gala, "EVENT LIST 0 COUNT 1"), "*2|:1|*0|");
    let info = ask(&mut gala, "INFO all");
    assert!(!info.contains("connected_clients"), "figures of the others' business: {info}");
    assert_eq!(ask(&mut guarded.client("boss"), "EVENT LIST"), "*2|:0|*4|opera|open|gala-1|open|");
}

/// Waits until the read is under way: nobody else sees that it is, so it is asked for by what it counts.
fn waits(guarded: &Guarded, name: &str, line: &str) -> Client {
    let mut client = guarded.client(name);
    let before = guarded.server.stats.commands();
    client.send(format!("{line}\r\n"));
    eventually("it is taken", || guarded.server.stats.commands() > before);
    client
}

#[test]
fn who_waits_loses_it_at_once_when_the_token_is_revoked() {
    let guarded = Guarded::start(tokens());
    guarded.create("ev");
    let mut waiting = waits(&guarded, "watch", "FEED ev 2 BLOCK 86400000");
    let mut other = waits(&guarded, "page", "FEED ev 2 BLOCK 86400000");
    let page = ask(&mut guarded.client("watch"), "FEEDS 0");
    let last = page.rsplit("*6|:").next().and_then(|change| change.split('|').next());
    let next = last.and_then(|lsn| lsn.parse::<u64>().ok()).unwrap() + 1;
    let mut for_all = waits(&guarded, "watch", &format!("FEEDS {next} BLOCK 86400000"));
    let mut listening = guarded.client("watch");
    listening.line("SUBSCRIBE feed:ev", "*3|$9|subscribe|$7|feed:ev|:1|");
    guarded.replace("watch", None);
    let gone = "-NOAUTH HF-INP-060 the token was revoked or has ended: send AUTH with another|";
    waiting.expect(gone);
    for_all.expect(gone);
    assert_eq!(listening.read_to_end(), "", "nothing can be said in the place of a message");
    waiting.line("PING", "+PONG|");
    assert!(ask(&mut waiting, "MAP ev").starts_with("-NOAUTH HF-INP-060 "));
    // Somebody else's token is no reason to stop.
    ask(&mut guarded.client("boss"), "HOLD ev h bob 0 SEATS A-1-1");
    // No wait is longer than a minute, which this may take on a slow machine: then it is asked for once more.
    let mut told = value(&mut other);
    if told == "*0|" {
        told = ask(&mut other, "FEED ev 2 BLOCK 86400000");
    }
    assert!(told.contains("held"), "{told}");
}

#[test]
fn who_waits_loses_it_at_once_when_the_token_is_narrowed() {
    let guarded = Guarded::start(tokens());
    guarded.create("gala-1");
    let narrowed = [
        Token { events: "opera".parse().unwrap(), ..token("gala", Role::Operator) },
        token("gala", Role::Viewer),
    ];
    for narrow in narrowed {
        let mut waiting = waits(&guarded, "gala", "FEED gala-1 2 BLOCK 86400000");
        let mut listening = guarded.client("gala");
        listening.line("SUBSCRIBE feed:gala-1", "*3|$9|subscribe|$11|feed:gala-1|:1|");
        guarded.replace("gala", Some(narrow));
        waiting.expect("-DENIED HF-INP-062 the token gala does not allow this any longer|");
        assert_eq!(listening.read_to_end(), "");
        guarded.replace("gala", tokens().pop());
    }
    // Widened, or narrowed elsewhere: it goes on.
    let mut waiting = waits(&guarded, "gala", "FEED gala-1 2 BLOCK 86400000");
    let mut listening = guarded.client("gala");
    listening.line("SUBSCRIBE feed:gala-1", "*3|$9|subscribe|$11|feed:gala-1|:1|");
    guarded.replace("gala", Some(token("gala", Role::Reader)));
    assert!(ask(&mut guarded.client("gala"), "HOLD gala-1 h bob 0 SEATS A-1-1").starts_with("-DENIED "));
    ask(&mut guarded.client("boss"), "HOLD gala-1 h bob 0 SEATS A-1-1");
    assert!(value(&mut waiting).contains("held"));
    assert!(value(&mut listening).contains("held"));
}

#[test]
fn who_waits_loses_it_when_the_token_ends() {
    // However late the machine is: the login comes first, as the token's end is set after it.
    let guarded = Guarded::start(tokens());
    guarded.create("ev");
    let mut waiting = waits(&guarded, "watch", "FEED ev 2 BLOCK 86400000");
    let mut listening = guarded.client("watch");
    listening.line("SUBSCRIBE feed:ev", "*3|$9|subscribe|$7|feed:ev|:1|");
    #[expect(clippy::disallowed_methods, reason = "the end of a token is a time on the wall")]
    let soon = SystemTime::now() + Duration::from_millis(50);
    guarded.replace("watch", Some(Token { expires: Some(soon), ..token("watch", Role::Reader) }));
    waiting.expect("-NOAUTH HF-INP-060 the token was revoked or has ended: send AUTH with another|");
    assert_eq!(listening.read_to_end(), "");
}

#[test]
fn a_login_as_less_ends_what_was_listened_to_as_more() {
    let guarded = Guarded::start(tokens());
    guarded.create("ev");
    let mut client = guarded.server.client();
    assert!(ask(&mut client, "HELLO 3 AUTH default watch").starts_with('%'));
    assert!(ask(&mut client, "SUBSCRIBE feed:ev").contains("subscribe"));
    assert!(ask(&mut client, "AUTH boss").contains("OK"), "more is no reason");
    client.line("AUTH page", "+OK|");
    assert_eq!(client.read_to_end(), "");
}

#[test]
fn what_came_to_the_door_is_traced_for_operators_alone() {
    let guarded = Guarded::start(tokens());
    let mut page = guarded.client("page");
    for _ in 0..300 {
        assert!(ask(&mut page, "GET HOLD ev 1").starts_with("-DENIED "));
    }
    guarded
        .server
        .client()
        .line("MAP ev", "-NOAUTH HF-INP-060 MAP needs a token with the role viewer: send AUTH first|");
    let mut wrong = guarded.server.client();
    assert!(ask(&mut wrong, "AUTH page hft_0123").starts_with("-NOAUTH HF-INP-061 "));
    guarded.access.replace(Tokens::new(tokens()));
    let mut boss = guarded.client("boss");
    let trace = ask(&mut boss, "INFO trace").replace('\n', "|");
    for expected in [
        "login_total:2\r|login_0:token=boss,addr=127.0.0.1,what=,times=1,at=",
        "login_failed_0:token=page,addr=127.0.0.1,what=,times=1,at=",
        "denied_total:301\r|denied_0:token=,addr=127.0.0.1,what=MAP,times=1,at=",
        "denied_1:token=page,addr=127.0.0.1,what=GET HOLD,times=300,at=",
        "reload_0:token=,addr=,what=8 tokens,times=1,at=",
    ] {
        assert!(trace.contains(expected), "{expected} in {trace}");
    }
    assert!(!trace.contains("hft_"));
    assert!(!ask(&mut boss, "INFO everything").contains("addr="));
    for other in ["watch", "gala", "page"] {
        assert!(!ask(&mut guarded.client(other), "INFO trace").contains("addr="), "{other}");
    }
}

#[test]
fn the_record_of_an_operators_act_names_the_token_and_displays_do_not_hear_it() {
    let guarded = Guarded::start(tokens());
    let mut boss = guarded.create("gala-1");
    ask(&mut boss, "BLOCK gala-1 b1 olga why SEATS A-1-1");
    ask(&mut boss, "EVENT PAUSE gala-1 b2 olga why");
    ask(&mut boss, "EVENT RESUME gala-1 b3 olga why");
    let mut shop = guarded.client("shop");
    ask(&mut shop, "HOLD gala-1 h1 ann 0 SEATS A-1-2");
    let feed = ask(&mut boss, "FEED gala-1 1");
    let of_boss = feed.matches("|token|boss|").count();
    assert_eq!(of_boss, 4, "created, blocked, paused and resumed, and not held: {feed}");
    let mut page = guarded.client("page");
    assert!(!ask(&mut page, "FEED gala-1 1").contains("boss"));
}

#[test]
fn where_operators_are_tokens_nobody_names_another() {
    let config = Config { operators_are_tokens: true, login_delay: Duration::from_millis(1), ..patient() };
    let guarded = Guarded::with(tokens(), config);
    let mut boss = guarded.create("gala-1");
    let refused = "-DENIED HF-INP-066 the operator olga is not the token, which is boss|";
    for command in [
        "BLOCK gala-1 k1 olga why SEATS A-1-1",
        "UNBLOCK gala-1 k1 olga why SEATS A-1-1",
        "EVENT PAUSE gala-1 k1 olga why",
        "EVENT LIMITS gala-1 k1 olga why '{\"max_extends\":1}'",
        "EVENT CHANGE gala-1 k1 olga why '{\"capacity\":{\"F\":1}}'",
        "FORCE RELEASE gala-1 k1 olga why 7",
        "FORCE CANCEL gala-1 k1 olga why o",
    ] {
        boss.line(command, refused);
    }
    assert!(ask(&mut boss, "BLOCK gala-1 k1 boss why SEATS A-1-1").contains("|seats|:1|"), "the key is free");
    boss.line("MULTI", "+OK|");
    boss.line("EVENT PAUSE gala-1 k2 olga why", refused);
    assert!(ask(&mut boss, "EXEC").starts_with("-EXECABORT "));
}
