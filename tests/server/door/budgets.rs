//! What a token may have at a time, on the real server: over restarts, and changed while it runs.

use std::fs;
use std::path::PathBuf;

use crate::support::access::new_token;
use crate::support::{HALL, Server, TempDir, eventually, run, told, wire};

struct Shop {
    directory: TempDir,
    tokens: PathBuf,
    partner: String,
    booking: String,
    operator: String,
}

impl Shop {
    fn new() -> Self {
        let directory = TempDir::new();
        let tokens = directory.join("tokens");
        let operator = new_token(&tokens, "operator", "olga", &[]);
        let booking = new_token(&tokens, "booking", "web", &[]);
        let partner = new_token(&tokens, "booking", "partner", &["--budget", "keys=5,holds=2"]);
        Self { directory, tokens, partner, booking, operator }
    }

    fn serve(&self) -> Server {
        self.serve_with(&[])
    }

    fn serve_with(&self, flags: &[&str]) -> Server {
        let flags = [&["--tokens", self.tokens.to_str().unwrap()], flags].concat();
        Server::with(&self.directory.join("data"), &flags)
    }
}

fn is_hold(reply: &str) -> bool {
    reply.starts_with("*10|$4|hold|")
}

#[test]
fn a_token_has_no_more_than_its_budget_over_restarts_and_more_when_the_file_says_so() {
    const USED_UP: &str = "-BUSY HF-SYS-028 the token has used up its 2 live holds, retry after 1000 ms|";
    let shop = Shop::new();
    let server = shop.serve();
    let mut operator = server.client_with(&shop.operator);
    operator.send(wire(&["EVENT", "CREATE", "e", "k", HALL]));
    assert!(operator.reply().starts_with("*6|$5|event|"));
    operator.send(wire(&["EVENT", "CREATE", "f", "k", HALL]));
    assert!(operator.reply().starts_with("*6|$5|event|"));
    let mut partner = server.client_with(&shop.partner);
    assert!(is_hold(&partner.ask("HOLD e h1 ann 0 SEATS A-1-1")));
    assert!(is_hold(&partner.ask("HOLD f h2 ann 0 SEATS A-1-1")));
    assert_eq!(partner.ask("HOLD e h3 ann 0 SEATS A-1-2"), USED_UP);
    assert!(is_hold(&partner.ask("HOLD e h1 ann 0 SEATS A-1-1")), "a repeat has its answer");
    drop((server, partner, operator));

    let server = shop.serve();
    let mut partner = server.client_with(&shop.partner);
    assert_eq!(partner.ask("HOLD e h3 ann 0 SEATS A-1-2"), USED_UP, "what it had is still its own");
    assert!(is_hold(&server.client_with(&shop.booking).ask("HOLD e w1 bob 0 SEATS A-1-3")), "others go on");
    let mut operator = server.client_with(&shop.operator);
    assert_eq!(
        operator.info("budgets", "budget_0"),
        "token=partner,holds=2,keys=2,refused=1,budget=holds=2,keys=5"
    );
    let told = server.client_with(&shop.booking).ask("INFO all budgets");
    assert!(!told.contains("partner"), "who has what is for operators");

    let text = fs::read_to_string(&shop.tokens).unwrap();
    fs::write(&shop.tokens, text.replace("holds=2,keys=5", "holds=3,keys=5")).unwrap();
    server.signal("HUP");
    eventually("a higher budget", || is_hold(&partner.ask("HOLD e h3 ann 0 SEATS A-1-2")));
    // What is given back is there again.
    assert!(partner.ask("RELEASE e r1 2").starts_with("*"));
    assert!(is_hold(&partner.ask("HOLD e h4 ann 0 SEATS A-1-1")));
    assert_eq!(
        partner.ask("HOLD e h5 ann 0 SEATS A-1-4"),
        "-BUSY HF-SYS-028 the token has used up its 3 live holds, retry after 1000 ms|"
    );
    // Its keys are used up as well: a command that would be refused is not remembered.
    assert_eq!(
        partner.ask("RELEASE e r2 99"),
        "-BUSY HF-SYS-028 the token has used up its 5 remembered keys, retry after 1000 ms|"
    );
    assert_eq!(partner.ask("ASK e r2"), "*-1|".replace("*-1", "$-1"));
}

#[test]
fn an_operator_does_no_more_in_an_hour_than_the_token_may() {
    const USED_UP: &str = "-BUSY HF-SYS-028 the token has used up its acts of an hour, retry after 60000 ms|";
    let shop = Shop::new();
    let night = new_token(&shop.tokens, "operator", "night", &["--budget", "acts=3"]);
    let server = shop.serve();
    let mut operator = server.client_with(&shop.operator);
    operator.send(wire(&["EVENT", "CREATE", "e", "k", HALL]));
    assert!(operator.reply().starts_with("*6|$5|event|"));
    let mut client = server.client_with(&night);
    for act in ["EVENT PAUSE e p1 night why", "EVENT RESUME e r1 night why", "JOB RUN snapshot s1 night why"]
    {
        assert!(client.ask(act).starts_with('*'), "{act}");
    }
    let mut other = server.client_with(&night);
    for act in
        ["EVENT PAUSE e p2 night why", "JOB RUN snapshot s2 night why", "GROUP DESTROY feed:e g night why"]
    {
        assert_eq!(other.ask(act), USED_UP, "{act}");
    }
    assert!(other.ask("MULTI").starts_with("+OK"));
    assert_eq!(other.ask("EVENT PAUSE e p2 night why"), USED_UP);
    assert!(other.ask("DISCARD").starts_with("+OK"));
    // It reads and sells on, and others are operators still.
    assert!(is_hold(&client.ask("HOLD e h1 ann 0 SEATS A-1-1")) && client.ask("JOB LIST").starts_with('*'));
    assert!(operator.ask("EVENT PAUSE e p3 olga why").starts_with('*'));
    assert_eq!(operator.info("net", "acts_refused"), "4");
    let text = fs::read_to_string(&shop.tokens).unwrap();
    fs::write(&shop.tokens, text.replace("acts=3", "acts=30")).unwrap();
    server.signal("HUP");
    eventually("a larger budget", || client.ask("EVENT RESUME e r2 night why").starts_with('*'));
}

#[test]
fn an_act_about_an_event_at_rest_is_one_act() {
    let shop = Shop::new();
    let night = new_token(&shop.tokens, "operator", "night", &["--budget", "acts=2"]);
    let server = shop.serve_with(&["--events-park-after", "300ms", "--snapshot-every", "1s"]);
    let mut operator = server.client_with(&shop.operator);
    operator.create("e", HALL);
    eventually("an event at rest", || operator.info("server", "events_at_rest") == "1");
    let mut client = server.client_with(&night);
    assert!(client.ask("EVENT PAUSE e p1 night why").starts_with('*'));
    assert!(client.ask("JOB RUN snapshot s1 night why").starts_with('*'), "one is left");
    assert!(client.ask("JOB RUN snapshot s2 night why").contains("HF-SYS-028"));
}

#[test]
fn a_budget_is_made_and_listed_and_bad_ones_are_refused() {
    let shop = Shop::new();
    let file = shop.tokens.display().to_string();
    let (code, out, _) = told(&run(["token", "list", "--file", &file]));
    assert!(code == 0 && out.contains("  budget holds=2,keys=5\n"), "{out}");
    for (budget, why) in [("holds=0", "a number from 1 to"), ("seats=1", "\"seats\" is no budget")] {
        let arguments =
            ["token", "new", "--file", &file, "--role", "booking", "--name", "x", "--budget", budget];
        let (code, _, err) = told(&run(arguments));
        assert!(code == 2 && err.contains(why), "{err}");
    }
}
