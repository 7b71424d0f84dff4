//! More than can be served: what is refused, what is not, and that it ends.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use holdfast_net::Config;

use crate::support::{Client, HALL, PATIENCE, TestServer, ask, value, wire};

const BUSY: &str = "-BUSY HF-SYS-001 overloaded, retry after 100 ms|";

fn on_sale(server: &TestServer, event: &str) -> Client {
    let mut client = server.client();
    client.command(&["EVENT", "CREATE", event, "k0", HALL]);
    assert!(value(&mut client).contains("open"));
    client
}

fn impatient(patience: Duration) -> TestServer {
    TestServer::with(Config { patience, ..Config::default() })
}

/// Repeats a round of commands, sent ahead of its replies, until it is told to stop. The rounds are numbered.
struct Flood {
    client: Client,
    round: u64,
}

impl Flood {
    /// Sends so many rounds at once and looks at the replies to each.
    fn go(
        &mut self,
        rounds: u64,
        round_of: impl Fn(u64) -> Vec<u8> + Send + 'static,
        mut replies: impl FnMut(u64, &mut Client),
    ) {
        let mut writer = Client::over(self.client.0.try_clone().unwrap());
        let numbers = self.round..self.round + rounds;
        self.round = numbers.end;
        let sender = thread::spawn({
            let numbers = numbers.clone();
            move || writer.send(numbers.flat_map(round_of).collect::<Vec<u8>>())
        });
        numbers.for_each(|number| replies(number, &mut self.client));
        sender.join().unwrap();
    }
}

fn holds(event: &'static str) -> impl Fn(u64) -> Vec<u8> {
    move |number| {
        wire(&[
            "HOLD",
            event,
            &format!("a-rather-long-name-for-a-key-{number}"),
            "bob",
            "600000",
            "SEATS",
            "A-1-2",
        ])
    }
}

fn is_a_reply_to_a_hold(reply: &str) -> bool {
    reply == BUSY || reply.starts_with("-TAKEN") || reply.contains("hold|:")
}

#[test]
fn what_begins_is_refused_and_what_goes_on_is_not() {
    // Without any patience, whoever shares a thread is late. Of three connections two share one.
    let server = impatient(Duration::ZERO);
    on_sale(&server, "one");
    let clients = [on_sale(&server, "two"), server.client(), server.client()];
    // The first command of a connection may be refused as well.
    let mut holder = server.client();
    let kept = (0..10_000).find_map(|try_again| {
        let reply = ask(&mut holder, &format!("HOLD one first{try_again} ann 600000 SEATS A-1-1"));
        (reply != BUSY).then_some(reply)
    });
    assert!(kept.is_some_and(|kept| kept.contains("hold|:2|")), "not all are refused");

    let round_of = |round: u64| {
        let event = if round.is_multiple_of(3) { "two" } else { "one" };
        let mut bytes = wire(&["HOLD", event, &format!("h{round}"), "bob", "600000", "SEATS", "A-1-1"]);
        bytes.extend(wire(&["EXTEND", "one", &format!("e{round}"), "2", "600000"]));
        bytes.extend(wire(&["MAP", event]));
        bytes.extend(wire(&["COUNT", "two"]));
        bytes.extend(wire(&["ECHO", &round.to_string()]));
        bytes
    };
    let (deadline, enough) = (Instant::now() + PATIENCE, AtomicBool::new(false));
    let counted: Vec<(Vec<u64>, u64, u64)> = thread::scope(|scope| {
        let talk = |(number, client): (usize, Client)| {
            let enough = &enough;
            move || {
                let mut flood = Flood { client, round: 1_000_000_000 * number as u64 };
                let (mut refused, mut served, mut busy) = (Vec::new(), 0, 0);
                while !enough.load(Ordering::Relaxed) {
                    assert!(Instant::now() < deadline, "{busy} refused, {served} served");
                    flood.go(1_000, round_of, |round, client| {
                        let hold = value(client);
                        assert!(is_a_reply_to_a_hold(&hold), "{round}: {hold}");
                        if hold == BUSY {
                            refused.push(round);
                        }
                        served += u64::from(hold != BUSY);
                        let extended = value(client);
                        // It may have been extended as often as it may be, which is an answer too.
                        let extends = extended.contains("hold|:2|") || extended.starts_with("-LIMIT");
                        assert!(extends, "{round}: {extended}");
                        let map = value(client);
                        assert!(map == BUSY || map.starts_with('*'), "{round}: {map}");
                        busy += u64::from(hold == BUSY) + u64::from(map == BUSY);
                        assert!(value(client).contains("free|"));
                        assert_eq!(value(client), format!("{round}|"));
                    });
                    if !refused.is_empty() && served > 0 {
                        enough.store(true, Ordering::Relaxed);
                    }
                }
                (refused, served, busy)
            }
        };
        let talking: Vec<_> =
            clients.into_iter().enumerate().map(talk).map(|talk| scope.spawn(talk)).collect();
        talking.into_iter().map(|talk| talk.join().unwrap()).collect()
    });
    let busy: u64 = counted.iter().map(|(_, _, busy)| busy).sum();
    assert!(server.stats.commands_shed() >= busy);

    // Nothing was judged: the same key may ask for something else.
    let refused = counted.iter().find_map(|(refused, ..)| refused.first()).unwrap();
    let again = (0..100_000).find_map(|_| {
        let reply = ask(&mut holder, &format!("HOLD one h{refused} bob 600000 SEATS B-1-1"));
        (reply != BUSY).then_some(reply)
    });
    assert!(again.is_some_and(|again| again.contains("B-1-1")));
}

#[test]
fn a_client_that_only_pipelines_is_not_refused_whatever_the_patience() {
    let server = impatient(Duration::ZERO);
    let mut flood = Flood { client: on_sale(&server, "one"), round: 0 };
    // The other connections are there and say nothing.
    let _others: Vec<Client> = (0..8).map(|_| server.client()).collect();
    flood.go(50_000, holds("one"), |round, client| {
        let reply = value(client);
        assert!(reply != BUSY && is_a_reply_to_a_hold(&reply), "{round}: {reply}");
    });
    assert_eq!(server.stats.commands_shed(), 0);
}

#[test]
fn those_who_are_far_behind_hear_it_and_are_served_again_later() {
    let server = impatient(Duration::from_millis(5));
    // Three connections on two threads: two of them share one.
    let clients = [on_sale(&server, "one"), server.client(), server.client()];
    let deadline = Instant::now() + PATIENCE;
    let mut calm: Vec<Client> = thread::scope(|scope| {
        let talk = |(number, client): (usize, Client)| {
            let shed = || server.stats.commands_shed();
            move || {
                let mut flood = Flood { client, round: 1_000_000_000 * number as u64 };
                while shed() == 0 {
                    assert!(Instant::now() < deadline, "nothing was ever refused");
                    flood.go(20_000, holds("one"), |round, client| {
                        let reply = value(client);
                        assert!(is_a_reply_to_a_hold(&reply), "{round}: {reply}");
                    });
                }
                flood.client
            }
        };
        let talking: Vec<_> =
            clients.into_iter().enumerate().map(talk).map(|talk| scope.spawn(talk)).collect();
        talking.into_iter().map(|talk| talk.join().unwrap()).collect()
    });
    let client = &mut calm[0];
    let mut served = 0;
    while served < 3 {
        assert!(Instant::now() < deadline, "it is over, and still refused");
        let reply = ask(client, &format!("HOLD one later{served} bob 600000 SEATS A-1-2"));
        served = if reply == BUSY { 0 } else { served + 1 };
        thread::sleep(Duration::from_millis(5));
    }
}
