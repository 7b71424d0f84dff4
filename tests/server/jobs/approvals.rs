//! Acts that one token alone may not do: two people, what each of them is told, and what is left of it after a kill.

use super::*;
use crate::support::access::new_token;
use crate::support::{eventually, run, told};

/// A server with tokens on which some acts need an approval.
struct Office {
    directory: TempDir,
    server: Server,
    secrets: Vec<(&'static str, String)>,
    flags: Vec<String>,
}

impl Office {
    /// Two operators and two approvers.
    fn open(required: &str, more: &[&str]) -> Self {
        let directory = TempDir::new();
        let tokens = directory.join("tokens");
        let people = [("ann", "operator"), ("bea", "operator"), ("pia", "approver"), ("quy", "approver")];
        let secrets = people.map(|(name, role)| (name, new_token(&tokens, role, name, &[]))).to_vec();
        let mut flags = vec!["--tokens".to_owned(), tokens.display().to_string()];
        flags.push(format!("--approval-required={required}"));
        flags.extend(more.iter().map(|&flag| flag.to_owned()));
        let server = Self::start(&directory, &flags);
        let mut ann = server.client_with(&secrets[0].1);
        ann.create("gala", HALL);
        for (key, holder, seats) in [("h1", "bob", "A-1-1 A-1-2 A-1-3"), ("h2", "cy", "B-1-1")] {
            ann.ask(&format!("HOLD gala {key} {holder} 600000 SEATS {seats}"));
        }
        assert!(ann.ask("CONFIRM gala o1 large 2").starts_with('*'));
        assert!(ann.ask("CONFIRM gala o2 small 3").starts_with('*'));
        Self { directory, server, secrets, flags }
    }

    fn start(directory: &TempDir, flags: &[String]) -> Server {
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        Server::with(&directory.join("data"), &flags)
    }

    fn client(&self, name: &str) -> Client {
        let (_, secret) = self.secrets.iter().find(|(of, _)| *of == name).unwrap();
        self.server.client_with(secret)
    }

    /// Kills the server and starts it again.
    fn kill(mut self) -> Self {
        self.server.kill();
        self.server = Self::start(&self.directory, &self.flags);
        self
    }
}

/// The execution that waits, as the refusal names it.
fn waits(reply: &str, act: &str) -> String {
    assert!(
        reply.starts_with("-APPROVAL HF-BAT-020 ") && reply.contains(&format!("as {act} needs it")),
        "{reply}"
    );
    reply.split(' ').nth(2).unwrap().to_owned()
}

fn of(client: &mut Client, execution: &str) -> Value {
    Value::of(&client.bytes(&format!("JOB GET {execution}")))
}

fn word(client: &mut Client, execution: &str) -> (String, String) {
    let told = of(client, execution);
    (told.get("approval").unwrap().text().to_owned(), jobs::state(&told).to_owned())
}

fn ends(client: &mut Client, execution: &str, state: &str) -> Value {
    eventually("the execution ends", || jobs::state(&of(client, execution)) == state);
    of(client, execution)
}

fn refused(client: &mut Client, line: &str, expected: &str) {
    let told = client.ask(line);
    assert!(told.starts_with(&format!("-{expected}")), "{line}: {told}");
}

#[test]
fn an_act_is_done_when_another_token_has_approved_what_it_would_touch() {
    let office = Office::open("force.cancel>2,event.close", &[]);
    let (mut ann, mut pia) = (office.client("ann"), office.client("pia"));
    assert!(ann.ask("FORCE CANCEL gala f1 ann twice small").starts_with('*'), "it is not more than two");
    let line = "FORCE CANCEL gala f2 ann twice large";
    let execution = waits(&ann.ask(line), "force.cancel>2");
    assert_eq!(waits(&ann.ask(line), "force.cancel>2"), execution, "the same key is the same execution");
    refused(&mut ann, "FORCE CANCEL gala f2 ann thrice large", "KEYREUSED HF-INP-010");
    refused(&mut office.client("bea"), "FORCE CANCEL gala b1 bea twice large", "STATE HF-BAT-011");
    let told = of(&mut pia, &execution);
    assert_eq!((jobs::state(&told), told.get("approval").unwrap().text()), ("READY", "WAITING"));
    let needs = told.get("needs").unwrap();
    assert_eq!(
        needs.texts("steps"),
        ["1: FORCE CANCEL gala * * * large: the order of bob with 3 seats, sold"]
    );
    assert_eq!((ann.info("system", "approvals_waiting"), needs.integer("items")), ("1".to_owned(), 1));
    // The token that asked, and tokens that may not.
    refused(&mut ann, &format!("JOB APPROVE {execution} a1 ann fine"), "DENIED HF-INP-062");
    refused(&mut pia, &format!("JOB STOP {execution} a1 pia no"), "DENIED HF-INP-062");
    refused(&mut ann, &format!("JOB BREAKGLASS {execution} g1 ann now"), "DENIED HF-BAT-024");
    let approve = format!("JOB APPROVE {execution} a1 pia fine");
    let first = pia.bytes(&approve);
    assert_eq!(pia.bytes(&approve), first, "once");
    refused(&mut office.client("quy"), &format!("JOB APPROVE {execution} a1 quy fine"), "STATE HF-BAT-021");
    let done = ends(&mut pia, &execution, "SUCCESS");
    assert_eq!(done.get("approval").unwrap().text(), "APPROVED");
    let acts: Vec<_> = done
        .get("acts")
        .unwrap()
        .list()
        .iter()
        .map(|act| ["act", "operator", "token"].map(|field| act.get(field).unwrap().text().to_owned()))
        .collect();
    assert_eq!(acts, [["RUN", "ann", "ann"], ["APPROVE", "pia", "pia"]]);
    let feed = String::from_utf8(ann.bytes("FEED gala 1 COUNT 100")).unwrap();
    assert!(feed.contains(&format!("twice ({execution}, approved by pia)")), "{feed}");
    assert_eq!(
        waits(&ann.ask(line), "force.cancel>2"),
        execution,
        "whoever repeats it learns of it for ever"
    );
    let office = office.kill();
    let mut ann = office.client("ann");
    assert_eq!(waits(&ann.ask(line), "force.cancel>2"), execution);
    assert_eq!(word(&mut ann, &execution), ("APPROVED".to_owned(), "SUCCESS".to_owned()));
}

#[test]
fn what_waits_is_there_after_a_kill_and_ends_when_nobody_wants_it() {
    let office =
        Office::open("event.close,event.archive,force.release,limits.raise", &["--approval-ttl=30m"]);
    let mut ann = office.client("ann");
    let close = waits(&ann.ask("EVENT CLOSE gala c1 ann over"), "event.close");
    refused(&mut ann, "EVENT SCHEDULE gala c2 ann over CLOSES 9999999999999", "APPROVAL HF-BAT-020");
    assert!(ann.ask("EVENT SCHEDULE gala c3 ann over OPENS NOW").starts_with("-STATE"), "that ends nothing");
    assert!(ann.ask("EVENT PAUSE gala p1 ann odd").starts_with('*'), "a pause never needs one");
    ann.send(wire(&["EVENT", "LIMITS", "gala", "l1", "ann", "less", r#"{"max_extends":1}"#]));
    assert!(ann.reply().starts_with('*'), "less is not more");
    ann.send(wire(&["EVENT", "LIMITS", "gala", "l2", "ann", "more", r#"{"max_extends":5}"#]));
    let raise = waits(&ann.reply(), "limits.raise");
    let needs = of(&mut ann, &raise);
    assert!(needs.get("needs").unwrap().texts("steps")[0].ends_with("max_extends 1 becomes 5"), "{needs:?}");
    ann.send(wire(&["EVENT", "LIMITS", "gala", "l3", "ann"]));
    assert!(ann.reply().starts_with("-INVALID HF-INP-001 missing reason"));
    assert_eq!(ann.ask("MULTI"), "+OK|");
    assert!(ann.ask("EVENT CLOSE gala c4 ann over").starts_with("-INVALID HF-INP-070"), "not within another");
    ann.ask("DISCARD");

    let office = office.kill();
    let (mut ann, mut pia) = (office.client("ann"), office.client("pia"));
    assert_eq!(word(&mut ann, &close), ("WAITING".to_owned(), "READY".to_owned()));
    pia.ask(&format!("JOB REJECT {raise} r1 pia never"));
    assert_eq!(word(&mut pia, &raise), ("REJECTED".to_owned(), "STOPPED".to_owned()));
    // What it would touch is another thing by now: the event was paused.
    refused(&mut pia, &format!("JOB APPROVE {close} a1 pia fine"), "STATE HF-BAT-023");
    ann.ask(&format!("JOB STOP {close} s1 ann stale"));
    ends(&mut ann, &close, "STOPPED");
    assert_eq!(word(&mut ann, &close).0, "WITHDRAWN");
    assert_eq!(waits(&ann.ask("EVENT CLOSE gala c1 ann over"), "event.close"), close);
    let again = waits(&ann.ask("EVENT CLOSE gala c5 ann over"), "event.close");
    pia.ask(&format!("JOB APPROVE {again} a2 pia fine"));
    ends(&mut pia, &again, "SUCCESS");
    assert!(ann.ask("EVENT INFO gala").contains("|status|$6|closed|"));
}

#[test]
fn whoever_asked_can_go_on_alone_where_the_settings_allow_it_and_everybody_sees_it() {
    let office = Office::open("event.close", &["--approval-break-glass"]);
    let (mut ann, mut pia) = (office.client("ann"), office.client("pia"));
    let close = waits(&ann.ask("EVENT CLOSE gala c1 ann fire"), "event.close");
    refused(&mut office.client("bea"), &format!("JOB BREAKGLASS {close} g1 bea fire"), "DENIED HF-BAT-022");
    refused(&mut pia, &format!("JOB BREAKGLASS {close} g1 pia fire"), "DENIED HF-INP-062");
    assert_eq!(ann.info("system", "glass_broken_at"), "0");
    ann.ask(&format!("JOB BREAKGLASS {close} g1 ann fire"));
    ends(&mut ann, &close, "SUCCESS");
    assert_eq!(word(&mut pia, &close).0, "BROKEN_GLASS");
    let office = office.kill();
    let mut ann = office.client("ann");
    assert_eq!(ann.info("system", "glass_broken"), "1");
    assert_ne!(ann.info("system", "glass_broken_at"), "0", "it is remembered");
}

#[test]
fn an_approval_that_nobody_gives_in_time_is_over() {
    let office = Office::open("event.close", &["--approval-ttl=1s"]);
    let (mut ann, mut pia) = (office.client("ann"), office.client("pia"));
    let close = waits(&ann.ask("EVENT CLOSE gala c1 ann over"), "event.close");
    ends(&mut ann, &close, "STOPPED");
    assert_eq!(word(&mut ann, &close).0, "EXPIRED");
    refused(&mut pia, &format!("JOB APPROVE {close} a1 pia fine"), "STATE HF-BAT-021");
    assert!(ann.ask("EVENT INFO gala").contains("|status|$4|open|"));
}

#[test]
fn without_tokens_there_are_no_two() {
    let directory = TempDir::new();
    let data = directory.join("data").display().to_string();
    let serve = |acts: &str| {
        let act = format!("--approval-required={acts}");
        told(&run(["serve", "--data", &data, "--listen", "127.0.0.1:0", "--admin-listen", "off", &act]))
    };
    let (code, _, err) = serve("event.close");
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("approval.required needs access.tokens"), "{err}");
    let (code, _, err) = serve("event.pause");
    assert!(code == 2 && err.contains("is no act that can need an approval"), "{err}");
}
