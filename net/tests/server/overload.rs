//! More than can be served: what is refused, what is not, and that it ends.

use std::sync::atomic::Ordering;
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

#[test]
fn what_begins_is_refused_and_what_goes_on_is_not() {
    // Without any patience everybody is late.
    let server = TestServer::with(Config { patience: Duration::ZERO, ..Config::default() });
    let mut client = on_sale(&server, "one");
    on_sale(&server, "two");
    let kept = (0..10_000).find_map(|try_again| {
        let reply = ask(&mut client, &format!("HOLD one first{try_again} ann 600000 SEATS A-1-1"));
        (reply != BUSY).then_some((try_again, reply))
    });
    let (tries, kept) = kept.expect("not all are refused");
    assert!(tries > 0 && kept.contains("hold|:2|"), "{tries} tries: {kept}");

    // Two new commands a round: as many are refused as are served.
    let rounds = 8_192;
    let mut bytes = Vec::new();
    for round in 0..rounds {
        let event = if round % 3 == 0 { "two" } else { "one" };
        bytes.extend(wire(&["HOLD", event, &format!("h{round}"), "bob", "600000", "SEATS", "A-1-1"]));
        bytes.extend(wire(&["EXTEND", "one", &format!("e{round}"), "2", "600000"]));
        bytes.extend(wire(&["MAP", event]));
        bytes.extend(wire(&["COUNT", "two"]));
        bytes.extend(wire(&["ECHO", &round.to_string()]));
    }
    let before = server.stats.commands_shed.load(Ordering::Relaxed);
    let mut writer = Client::over(client.0.try_clone().unwrap());
    let sender = thread::spawn(move || writer.send(bytes));
    let mut refused = Vec::new();
    let mut busy = 0;
    for round in 0..rounds {
        let hold = value(&mut client);
        assert!(hold == BUSY || hold.starts_with("-TAKEN") || hold.contains("hold|"), "{round}: {hold}");
        if hold == BUSY {
            refused.push(round);
        }
        let extended = value(&mut client);
        // It may have been extended as often as it may be, which is an answer too.
        assert!(extended.contains("hold|:2|") || extended.starts_with("-LIMIT"), "{round}: {extended}");
        let map = value(&mut client);
        assert!(map == BUSY || map.starts_with('*'), "{round}: {map}");
        busy += u64::from(hold == BUSY) + u64::from(map == BUSY);
        assert!(value(&mut client).contains("free|"));
        assert_eq!(value(&mut client), format!("{round}|"));
    }
    sender.join().unwrap();
    assert_eq!(busy, rounds, "of {} new commands", 2 * rounds);
    assert_eq!(server.stats.commands_shed.load(Ordering::Relaxed), before + busy);

    // Nothing was judged: the same key may ask for something else.
    let again = loop {
        let reply = ask(&mut client, &format!("HOLD one h{} bob 600000 SEATS B-1-1", refused[0]));
        if reply != BUSY {
            break reply;
        }
    };
    assert!(again.contains("B-1-1"), "{again}");
}

#[test]
fn who_is_far_behind_hears_it_and_is_served_again_later() {
    let server = TestServer::with(Config { patience: Duration::from_millis(5), ..Config::default() });
    let mut client = on_sale(&server, "one");
    let deadline = Instant::now() + PATIENCE;
    let mut round = 0;
    while server.stats.commands_shed.load(Ordering::Relaxed) == 0 {
        assert!(Instant::now() < deadline, "nothing was ever refused");
        let commands: Vec<u8> = (0..20_000)
            .flat_map(|number| {
                let key = format!("a-rather-long-name-for-a-key-{round}-{number}");
                wire(&["HOLD", "one", &key, "bob", "600000", "SEATS", "A-1-2"])
            })
            .collect();
        let mut writer = Client::over(client.0.try_clone().unwrap());
        let sender = thread::spawn(move || writer.send(commands));
        for _ in 0..20_000 {
            let reply = value(&mut client);
            assert!(reply == BUSY || reply.starts_with("-TAKEN") || reply.contains("hold|:2|"), "{reply}");
        }
        sender.join().unwrap();
        round += 1;
    }
    let mut served = 0;
    while served < 3 {
        assert!(Instant::now() < deadline, "it is over, and still refused");
        let reply = ask(&mut client, &format!("HOLD one later{served} bob 600000 SEATS A-1-2"));
        served = if reply == BUSY { 0 } else { served + 1 };
        thread::sleep(Duration::from_millis(5));
    }
}
