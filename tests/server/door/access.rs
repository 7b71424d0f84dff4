//! Who may do what: logins, roles, what a wrong token costs, and tokens that come and go while the server runs.

use std::fs;
use std::path::PathBuf;

use crate::support::access::new_token;
use crate::support::{Client, HALL, Server, TempDir, eventually, wire, wire_of};

const NO_LOGIN: &str = "-NOAUTH HF-INP-060 ";
const WRONG: &str = "-NOAUTH HF-INP-061 no valid token has this secret, or it is not the token of this user|";

struct Guarded {
    directory: TempDir,
    tokens: PathBuf,
    server: Server,
    reader: String,
    booking: String,
    operator: String,
}

impl Guarded {
    fn start() -> Self {
        let directory = TempDir::new();
        let tokens = directory.join("tokens");
        let [reader, booking, operator] =
            ["reader", "booking", "operator"].map(|role| new_token(&tokens, role, &format!("a-{role}"), &[]));
        let flags = ["--tokens", tokens.to_str().unwrap()];
        let server = Server::with(&directory.join("data"), &flags);
        Self { directory, tokens, server, reader, booking, operator }
    }

    /// A client with this token.
    fn client(&self, secret: &str) -> Client {
        self.server.client_with(secret)
    }

    fn reload(&self, told: &str) {
        let before = self.server.log().matches(told).count();
        self.server.signal("HUP");
        eventually(told, || self.server.log().matches(told).count() > before);
    }
}

#[test]
fn nothing_without_a_login_but_what_leads_to_one() {
    let guarded = Guarded::start();
    let mut client = guarded.server.client();
    for line in [
        "HOLD hall k bob 0 SEATS A-1-1",
        "CONFIRM hall k o 2",
        "EVENT CREATE hall k {}",
        "EVENT PAUSE hall k olga why",
        "EVENT LIST",
        "MAP hall",
        "ASK hall k",
        "INFO",
        "CONFIG GET save",
    ] {
        let reply = client.ask(line);
        assert!(reply.starts_with(NO_LOGIN) && reply.ends_with(": send AUTH first|"), "{line}: {reply}");
    }
    assert_eq!(
        client.ask("EVENT PAUSE hall k olga why"),
        "-NOAUTH HF-INP-060 EVENT PAUSE needs a token with the role operator: send AUTH first|"
    );
    let mut client = guarded.server.client();
    for line in
        ["ECHO x", "SELECT 0", "CLIENT ID", "CLIENT SETNAME n", "COMMAND COUNT", "COMMAND DOCS", "RESET"]
    {
        let reply = client.ask(line);
        assert!(
            reply.starts_with(NO_LOGIN) && reply.ends_with(" needs a token: send AUTH first|"),
            "{line}: {reply}"
        );
    }
    for line in ["PING", "HELLO 3", "QUIT"] {
        assert!(!client.ask(line).starts_with('-'), "{line}");
    }
    assert_eq!(client.rest(), "");
    let mut client = guarded.client(&guarded.reader);
    assert_eq!(client.info("net", "commands_unauthenticated"), "17");
    assert_eq!(client.info("access", "authentication"), "1");
    assert_eq!(client.info("access", "tokens"), "3");
    assert_eq!(client.info("access", "tls"), "0");
}

#[test]
fn each_way_to_log_in() {
    let guarded = Guarded::start();
    let secret = &guarded.booking;
    for line in [
        format!("AUTH {secret}"),
        format!("auth default {secret}"),
        format!("AUTH a-booking {secret}"),
        format!("HELLO 2 AUTH default {secret}"),
        format!("HELLO 3 AUTH a-booking {secret} SETNAME n"),
        format!("HELLO 3 SETNAME n AUTH a-booking {secret}"),
    ] {
        let mut client = guarded.server.client();
        assert!(!client.ask(&line).starts_with('-'), "{line}");
        assert!(client.ask("CLIENT INFO").contains(" user=a-booking "), "{line}");
        assert!(client.ask("COUNT nowhere").starts_with("-NOEVENT "), "{line}");
        assert_eq!(client.ask("RESET"), "+RESET|");
        assert!(client.ask("COUNT nowhere").starts_with(NO_LOGIN), "{line}");
    }
    // In one go with what needs it, and a second login in the place of the first.
    let mut client = guarded.server.client();
    let (operator, reader) = (&guarded.operator, &guarded.reader);
    client.send([wire_of(&format!("AUTH {operator}")), wire(&["EVENT", "CREATE", "e", "k", HALL])].concat());
    client.send([wire_of("HOLD e h bob 0 SEATS A-1-1"), wire_of(&format!("AUTH {reader}"))].concat());
    client.send(wire_of("HOLD e h2 bob 0 SEATS A-1-2"));
    assert_eq!(client.reply(), "+OK|");
    assert!(client.reply().starts_with("*6|$5|event|"));
    assert!(client.reply().starts_with("*10|$4|hold|"));
    assert_eq!(client.reply(), "+OK|");
    assert_eq!(
        client.reply(),
        "-DENIED HF-INP-062 HOLD needs the role booking; the token a-reader has reader|"
    );
}

#[test]
fn a_role_does_what_it_may_and_a_denial_binds_nothing() {
    let guarded = Guarded::start();
    let mut operator = guarded.client(&guarded.operator);
    operator.create("hall", HALL);
    let mut booking = guarded.client(&guarded.booking);
    let mut reader = guarded.client(&guarded.reader);

    let hold = "HOLD hall k bob 0 SEATS A-1-1";
    let denied = |command: &str, needs: &str, token: &str| {
        format!("-DENIED HF-INP-062 {command} needs the role {needs}; the token a-{token} has {token}|")
    };
    for (line, command) in [
        (hold, "HOLD"),
        ("EXTEND hall k 2 0", "EXTEND"),
        ("RELEASE hall k 2", "RELEASE"),
        ("CONFIRM hall k o 2", "CONFIRM"),
    ] {
        assert_eq!(reader.ask(line), denied(command, "booking", "reader"));
    }
    let pause = "EVENT PAUSE hall p olga why";
    assert_eq!(reader.ask(pause), denied("EVENT PAUSE", "operator", "reader"));
    assert_eq!(booking.ask(pause), denied("EVENT PAUSE", "operator", "booking"));
    booking.send(wire(&["EVENT", "CREATE", "other", "c", HALL]));
    assert_eq!(booking.reply(), denied("EVENT CREATE", "operator", "booking"));

    // Neither key was used, and nothing was done: version 2 is the hold.
    assert_eq!(reader.ask("ASK hall k"), "$-1|");
    assert!(booking.ask(hold).starts_with("*10|$4|hold|:2|"));
    assert!(booking.ask("MAP hall A").contains("h....."), "booking may read");
    assert_eq!(operator.ask(pause), "*6|$5|event|$4|hall|$6|status|$6|paused|$7|version|:3|");
    assert!(operator.ask("RELEASE hall r 2").contains("released"), "an operator may sell");
    for line in [
        "EVENT LIST",
        "EVENT INFO hall",
        "MAP hall",
        "COUNT hall",
        "SEAT hall #0",
        "GET HOLD hall 2",
        "GET ORDER hall o",
        "INFO",
    ] {
        assert!(!reader.ask(line).starts_with('-'), "{line}");
    }
    assert_eq!(reader.info("net", "commands_denied"), "7");
}

#[test]
fn a_wrong_token_waits_and_costs_no_other_one_its_turn() {
    let guarded = Guarded::start();
    let mut wrong = guarded.server.client();
    for line in ["AUTH nothing", "HELLO 3 AUTH default nothing"] {
        wrong.send(wire_of(line));
        wrong.send(wire_of("PING"));
    }
    let long = "x".repeat(10_000);
    wrong.send(wire_of(&format!("AUTH {long}")));
    // Meanwhile a right one is let in at once, from the same address, and served.
    let mut other = guarded.client(&guarded.reader);
    assert_eq!(other.ask("EVENT LIST"), "*2|:0|*0|");
    for _ in 0..2 {
        assert_eq!(wrong.reply(), WRONG);
        assert_eq!(wrong.reply(), "+PONG|", "in its place, behind the late reply");
    }
    assert_eq!(wrong.reply(), WRONG);
    assert!(wrong.ask("EVENT LIST").starts_with(NO_LOGIN));
    // The token of another user is a wrong one; a failure takes nothing away.
    other.send(wire_of(&format!("AUTH a-booking {}", guarded.reader)));
    assert_eq!(other.reply(), WRONG);
    assert_eq!(other.ask("EVENT LIST"), "*2|:0|*0|");
    assert_eq!(other.info("net", "logins_failed"), "4");
    assert_eq!(other.info("net", "logins"), "1");
    assert!(guarded.server.log().contains("a login failed: HF-INP-061"), "{}", guarded.server.log());
    assert!(!guarded.server.log().contains("nothing"), "no secret in the log");
    // A stop is not held up by those that wait.
    let mut server = guarded.server;
    other.send(wire_of("AUTH nothing"));
    eventually("it fails", || server.client().ask("PING") == "+PONG|");
    assert_eq!(server.stop().0, Some(0));
}

#[test]
fn tokens_come_and_go_while_the_server_runs() {
    let guarded = Guarded::start();
    let file = guarded.tokens.to_str().unwrap();
    let mut reader = guarded.client(&guarded.reader);
    let mut booking = guarded.client(&guarded.booking);
    let (code, _, err) =
        crate::support::told(&crate::support::run(["token", "revoke", "a-reader", "--file", file]));
    assert_eq!((code, err.as_str()), (0, ""));
    let new = new_token(&guarded.tokens, "operator", "new", &[]);
    assert_eq!(reader.ask("EVENT LIST"), "*2|:0|*0|", "not before it was read");
    guarded.reload("the tokens were read again");
    assert!(reader.ask("EVENT LIST").starts_with(NO_LOGIN), "revoked");
    assert_eq!(reader.ask("PING"), "+PONG|", "the connection itself stays");
    assert_eq!(booking.ask("EVENT LIST"), "*2|:0|*0|", "the others keep what they have");
    let mut operator = guarded.client(&new);
    assert!(operator.ask("CLIENT INFO").contains(" user=new "));

    // A broken file is refused loudly, and changes nothing; neither does one that is gone.
    let good = fs::read_to_string(&guarded.tokens).unwrap();
    for (broken, why) in [
        (good.replace("operator", "boss"), "\"boss\" is no role"),
        (String::new(), "line 1: it must be \"holdfast tokens 2\""),
    ] {
        fs::write(&guarded.tokens, broken).unwrap();
        guarded.reload("the tokens stay as they were: HF-INP-063: ");
        assert!(guarded.server.log().contains(why), "{}", guarded.server.log());
        assert_eq!(booking.ask("EVENT LIST"), "*2|:0|*0|");
        guarded.client(&new);
    }
    fs::remove_file(&guarded.tokens).unwrap();
    guarded.reload("the tokens stay as they were: HF-INP-063: ");
    guarded.client(&new);
    // A token that is given another role has it at once, without a new login.
    let other_role = good.replace("a-booking booking", "a-booking reader");
    assert_ne!(good, other_role);
    fs::write(&guarded.tokens, other_role).unwrap();
    guarded.reload("the tokens were read again");
    assert!(booking.ask("HOLD hall k bob 0 SEATS A-1-1").starts_with("-DENIED HF-INP-062 "));
    assert_eq!(booking.ask("EVENT LIST"), "*2|:0|*0|");
}

#[test]
fn a_token_that_has_ended_is_worth_nothing() {
    let guarded = Guarded::start();
    let short = new_token(&guarded.tokens, "reader", "short", &["--expires", "2s"]);
    guarded.reload("the tokens were read again");
    // The machine may be slow: it is let in, or its time is over already.
    let mut client = guarded.server.client();
    client.ask(&format!("AUTH {short}"));
    eventually("its end", || client.ask("EVENT LIST").starts_with(NO_LOGIN));
    assert_eq!(client.ask(&format!("AUTH {short}")), WRONG);
    drop(guarded.directory);
}
