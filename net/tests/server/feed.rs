//! Feeds over real sockets: pages, waiting, messages, and what becomes of those who do not keep up.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Client, HALL, PATIENCE, TestServer, ask, eventually, value, wire};

fn on_sale(server: &TestServer) -> Client {
    let mut client = server.client();
    client.command(&["EVENT", "CREATE", "ev", "k0", HALL]);
    client.expect("*6|$5|event|$2|ev|$6|status|$4|open|$7|version|:1|");
    client
}

/// A message's payload without its times.
fn masked(text: &str) -> String {
    let mut masked = String::new();
    let mut digits = String::new();
    for character in text.chars().chain(['\0']) {
        if character.is_ascii_digit() {
            digits.push(character);
            continue;
        }
        masked.push_str(if digits.len() == 13 { "T" } else { &digits });
        digits.clear();
        if character != '\0' {
            masked.push(character);
        }
    }
    masked
}

const CREATED: &str = "*4|:1|:T|created|%5|event|ev|status|open|seat_count|:10|limits|%9|default_ttl|:300000|\
    max_ttl|:1800000|max_extends|:3|max_hold_total|:7200000|max_seats_per_hold|:1000|max_seats_per_holder|:1000|max_payment_retries|:3|\
    paid_ahead|:900000|orphans|avoid|areas|*2|FLOOR|:20|";

#[test]
fn a_page_has_what_happened_in_order_and_only_that() {
    let server = TestServer::start();
    let mut client = on_sale(&server);
    for line in [
        "HOLD ev k1 ann 60000 SEATS A-1-1 #1 AREA FLOOR 2",
        "EXTEND ev k2 2 70000",
        "RELEASE ev k3 2 SEATS A-1-2",
        "HOLD ev k4 bob 60000 SEATS A-1-1",
        "HOLD ev k5 bob 60000 SEATS B-1-1",
        "RELEASE ev k6 5",
        "CONFIRM ev k7 o1 2",
        "EVENT PAUSE ev k8 olga \"a \\\"b\\\"\"",
        "EVENT RESUME ev k9 olga go",
        "HOLD ev k10 cid 1 SEATS B-1-1",
    ] {
        ask(&mut client, line);
    }
    ask(&mut client, "HELLO 3");
    eventually("the hold expires", || ask(&mut client, "GET HOLD ev 10") == "_|");
    ask(&mut client, "EVENT CLOSE ev k11 olga done");
    let rest = "*4|:3|:T|extended|%2|hold|:2|expires_at|:T|\
         *4|:4|:T|released|%2|hold|:2|seats|*1|A-1-2|\
         *4|:5|:T|held|%4|hold|:5|holder|bob|expires_at|:T|seats|*1|B-1-1|\
         *4|:6|:T|released|%3|hold|:5|seats|*1|B-1-1|all|:1|\
         *4|:7|:T|sold|%4|order|o1|holds|*1|:2|seats|*1|A-1-1|areas|*2|FLOOR|:2|\
         *4|:8|:T|paused|%2|operator|olga|reason|a \"b\"|\
         *4|:9|:T|resumed|%2|operator|olga|reason|go|\
         *4|:10|:T|held|%4|hold|:10|holder|cid|expires_at|:T|seats|*1|B-1-1|\
         *4|:11|:T|expired|%2|hold|:10|seats|*1|B-1-1|\
         *4|:12|:T|closed|%2|operator|olga|reason|done|";
    let held = "*4|:2|:T|held|%5|hold|:2|holder|ann|expires_at|:T|seats|*2|A-1-1|A-1-2|areas|*2|FLOOR|:2|";
    assert_eq!(ask(&mut client, "FEED ev 0"), format!("*12|{CREATED}{held}{rest}"));
    assert_eq!(ask(&mut client, "FEED ev 1 COUNT 2"), format!("*2|{CREATED}{held}"));
    assert_eq!(ask(&mut client, "FEED ev 3 COUNT 1000000"), format!("*10|{rest}"));
    assert_eq!(ask(&mut client, "FEED ev 13"), "*0|");
    assert_eq!(ask(&mut client, "FEED ev 13 BLOCK 1"), "*0|");
    let beyond = "-TRIMMED HF-INP-042 version 14 is beyond the end, as the newest is 12: it is branch 1, which has its own records from 1 on|";
    assert_eq!(ask(&mut client, "FEED ev 14 BLOCK 1"), beyond);
    assert_eq!(ask(&mut client, "FEED nope 1"), "-NOEVENT HF-INP-020 there is no event nope|");
    ask(&mut client, "HELLO 2");
    let second = held.replace('%', "*").replace("*5|hold", "*10|hold");
    assert_eq!(ask(&mut client, "FEED ev 2 COUNT 1"), format!("*1|{second}"));
}

#[test]
fn who_waits_is_woken_by_the_change_and_holds_up_nobody() {
    let server = TestServer::start();
    let mut seller = on_sale(&server);
    let mut reader = server.client();
    // What is behind a waiting command waits as well, and comes in order.
    reader.send("FEED ev 2 BLOCK 60000\r\nHOLD ev k2 ann 60000 SEATS A-1-2\r\nFEED ev 3 BLOCK 60000\r\n");
    let mut many: Vec<Client> = (0..20).map(|_| server.client()).collect();
    for client in &mut many {
        client.send("FEED ev 2 COUNT 1 BLOCK 60000\r\n");
    }
    assert!(ask(&mut seller, "SEAT ev A-1-2").contains("free"), "nothing behind a waiting FEED has begun");
    ask(&mut seller, "HOLD ev k1 ann 60000 SEATS A-1-1");
    assert!(value(&mut reader).starts_with("*1|*4|:2|:T|held|"));
    assert!(value(&mut reader).starts_with("*10|hold|:3|"));
    assert!(value(&mut reader).starts_with("*1|*4|:3|:T|held|"));
    for client in &mut many {
        assert!(value(client).starts_with("*1|*4|:2|:T|held|"));
    }
    let began = Instant::now();
    assert_eq!(ask(&mut reader, "FEED ev 4 BLOCK 50"), "*0|");
    assert!(began.elapsed() >= Duration::from_millis(50));
}

#[test]
fn who_leaves_while_waiting_is_let_go_and_a_stop_waits_for_nobody() {
    let mut server = TestServer::start();
    let _seller = on_sale(&server);
    let mut half = server.client();
    half.send("FEED ev 2 BLOCK 60000\r\nPING\r\n");
    half.0.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(half.read_to_end(), "*0|+PONG|");
    let mut gone = server.client();
    gone.send("FEED ev 2 BLOCK 60000\r\n");
    drop(gone);
    let connected = || server.stats.connected_clients();
    eventually("both have gone", || connected() == 1);
    let mut waiting = server.client();
    waiting.send("PING\r\nFEED ev 2 BLOCK 60000\r\n");
    waiting.expect("+PONG|");
    assert!(server.stop(Duration::from_secs(50)), "it would have waited for longer than that");
    assert_eq!(waiting.read_to_end(), "*0|");
}

#[test]
fn a_subscriber_is_told_and_knows_few_commands_in_version_2() {
    let server = TestServer::start();
    let mut seller = on_sale(&server);
    let mut client = server.client();
    assert_eq!(ask(&mut client, "SUBSCRIBE feed:nope"), "-NOEVENT HF-INP-020 there is no event nope|");
    assert_eq!(
        ask(&mut client, "SUBSCRIBE feed:ev feed:nope"),
        "-NOEVENT HF-INP-020 there is no event nope|"
    );
    assert_eq!(ask(&mut client, "SUBSCRIBE feed:ev feed:ev"), "*3|subscribe|feed:ev|:1|");
    assert_eq!(value(&mut client), "*3|subscribe|feed:ev|:1|");
    assert_eq!(ask(&mut client, "PING"), "*2|pong||");
    assert_eq!(ask(&mut client, "PING x"), "*2|pong|x|");
    let refused = "-INVALID HF-INP-041 subscribed: only (S)SUBSCRIBE, (S)UNSUBSCRIBE, PING, QUIT and RESET; \
        use another connection, or HELLO 3|";
    for line in ["FEED ev 1", "MAP ev", "HELLO 3", "INFO"] {
        assert_eq!(ask(&mut client, line), refused);
    }
    ask(&mut seller, "HOLD ev k1 ann 60000 SEATS A-1-1 AREA FLOOR 3");
    ask(&mut seller, "EVENT PAUSE ev k2 olga \"caf\u{e9} \\\"x\\\"\"");
    let told = masked(&value(&mut client));
    let held = r#"{"version":2,"at":T,"kind":"held","hold":2,"holder":"ann","expires_at":T,"seats":["A-1-1"],"areas":["FLOOR",3]}"#;
    assert_eq!(told, format!("*3|message|feed:ev|{held}|"));
    let paused = "{\"version\":3,\"at\":T,\"kind\":\"paused\",\"operator\":\"olga\",\"reason\":\"caf\u{e9} \\\"x\\\"\"}";
    assert_eq!(masked(&value(&mut client)), format!("*3|message|feed:ev|{paused}|"));
    assert_eq!(ask(&mut client, "PUNSUBSCRIBE"), "*3|punsubscribe|$-1|:1|");
    assert_eq!(ask(&mut client, "UNSUBSCRIBE other"), "*3|unsubscribe|other|:1|");
    assert_eq!(ask(&mut client, "UNSUBSCRIBE feed:ev"), "*3|unsubscribe|feed:ev|:0|");
    assert_eq!(ask(&mut client, "UNSUBSCRIBE"), "*3|unsubscribe|$-1|:0|");
    assert_eq!(ask(&mut client, "PING"), "+PONG|");
    assert_eq!(ask(&mut client, "SUBSCRIBE feed:ev"), "*3|subscribe|feed:ev|:1|");
    assert_eq!(ask(&mut client, "RESET"), "+RESET|");
    ask(&mut seller, "EVENT RESUME ev k3 olga go");
    assert!(ask(&mut client, "EVENT INFO ev").contains("version|:4|"));
}

#[test]
fn in_version_3_messages_come_between_replies() {
    let server = TestServer::start();
    let mut seller = on_sale(&server);
    seller.command(&["EVENT", "CREATE", "other", "k0", HALL]);
    value(&mut seller);
    let mut client = server.client();
    ask(&mut client, "HELLO 3");
    assert_eq!(ask(&mut client, "SUBSCRIBE feed:ev feed:other"), ">3|subscribe|feed:ev|:1|");
    assert_eq!(value(&mut client), ">3|subscribe|feed:other|:2|");
    // The own change: as reply and as message, in whichever order.
    let mut both = [ask(&mut client, "HOLD ev k1 ann 60000 SEATS A-1-1"), value(&mut client)];
    both.sort();
    assert!(both[0].starts_with("%5|hold|:2|") && both[1].starts_with(">3|message|feed:ev|{\"version\":2,"));
    ask(&mut seller, "HOLD other k1 ann 60000 SEATS A-1-1");
    assert!(value(&mut client).starts_with(">3|message|feed:other|{\"version\":2,"));
    assert_eq!(ask(&mut client, "UNSUBSCRIBE"), ">3|unsubscribe|feed:ev|:1|");
    assert_eq!(value(&mut client), ">3|unsubscribe|feed:other|:0|");
    assert!(ask(&mut client, "FEED other 2").starts_with("*1|*4|:2|"));
}

#[test]
fn sharded_subscriptions_have_words_and_counts_of_their_own() {
    let server = TestServer::start();
    let mut seller = on_sale(&server);
    let (mut two, mut three) = (server.client(), server.client());
    ask(&mut three, "HELLO 3");
    assert_eq!(ask(&mut two, "SSUBSCRIBE feed:nope"), "-NOEVENT HF-INP-020 there is no event nope|");
    assert_eq!(ask(&mut two, "SUNSUBSCRIBE"), "*3|sunsubscribe|$-1|:0|");
    for (client, head) in [(&mut two, "*3"), (&mut three, ">3")] {
        assert_eq!(ask(client, "SSUBSCRIBE feed:ev map:ev"), format!("{head}|ssubscribe|feed:ev|:1|"));
        assert_eq!(value(client), format!("{head}|ssubscribe|map:ev|:2|"));
        assert_eq!(
            ask(client, "SUBSCRIBE feed:ev"),
            format!("{head}|subscribe|feed:ev|:1|"),
            "its own count"
        );
        assert!(ask(client, "PUNSUBSCRIBE").ends_with("|:1|"), "patterns are among the plain ones");
        assert_eq!(ask(client, "SUNSUBSCRIBE map:ev"), format!("{head}|sunsubscribe|map:ev|:1|"));
    }
    assert!(ask(&mut two, "MAP ev").starts_with("-INVALID HF-INP-041 subscribed: only (S)SUBSCRIBE, "));
    assert!(ask(&mut three, "CLIENT INFO").contains(" sub=2 "));
    ask(&mut seller, "HOLD ev k1 ann 60000 SEATS A-1-1");
    for (client, head) in [(&mut two, "*3"), (&mut three, ">3")] {
        // Each subscription keeps its own order; which of the two comes first is not promised.
        let mut told = [value(client), value(client)];
        told.sort();
        for (word, told) in ["message", "smessage"].into_iter().zip(told) {
            assert!(told.starts_with(&format!("{head}|{word}|feed:ev|{{\"version\":2,")), "{told}");
        }
        // Each ends what it began, and nothing of the other.
        assert_eq!(ask(client, "UNSUBSCRIBE"), format!("{head}|unsubscribe|feed:ev|:0|"));
    }
    ask(&mut seller, "EVENT PAUSE ev k2 olga rest");
    for (client, head) in [(&mut two, "*3"), (&mut three, ">3")] {
        assert!(value(client).starts_with(&format!("{head}|smessage|feed:ev|{{\"version\":3,")));
        assert_eq!(ask(client, "SUNSUBSCRIBE"), format!("{head}|sunsubscribe|feed:ev|:0|"));
        assert_eq!(ask(client, "PING"), "+PONG|");
    }
    assert_eq!(ask(&mut two, "SSUBSCRIBE feed:ev"), "*3|ssubscribe|feed:ev|:1|");
    assert_eq!(ask(&mut two, "RESET"), "+RESET|");
    assert!(ask(&mut two, "COUNT ev").contains("free"));
}

#[test]
fn subscribing_and_then_reading_misses_nothing() {
    let server = TestServer::start();
    let mut seller = on_sale(&server);
    let (enough, seen) = (AtomicBool::new(false), AtomicU64::new(0));
    let (enough, seen) = (&enough, &seen);
    thread::scope(|scope| {
        // The seller goes on until all have read: who waits for a message always gets one. It does not run away, so
        // that nobody is cut off who is only slow.
        let selling = scope.spawn(|| {
            for hold in (2..).step_by(2) {
                let far_ahead = || hold > seen.load(Ordering::Relaxed) + 500;
                eventually("it is read", || !far_ahead() || enough.load(Ordering::Relaxed));
                let kept = ask(&mut seller, &format!("HOLD ev h{hold} ann 60000 SEATS A-1-1"));
                let freed = ask(&mut seller, &format!("RELEASE ev r{hold} {hold}"));
                assert!(kept.contains("version") && freed.contains("version"), "{kept}, then {freed}");
                if enough.load(Ordering::Relaxed) {
                    break;
                }
            }
        });
        let reading = scope.spawn(|| {
            for _ in 0..3 {
                subscribe_then_read(server.address, seen);
            }
        });
        let read = reading.join();
        enough.store(true, Ordering::Relaxed);
        selling.join().unwrap();
        read.unwrap();
    });
}

/// Subscribes, reads the feed up to its end, and 20 messages more: together they are all versions, each once.
fn subscribe_then_read(address: SocketAddr, seen: &AtomicU64) {
    const PUSHED: &str = ">3|message|feed:ev|{\"version\":";
    let version = |text: &str| -> u64 {
        let version = text.split([',', '|']).next().unwrap().parse().unwrap();
        seen.fetch_max(version, Ordering::Relaxed);
        version
    };
    let mut client = Client::connect(address);
    ask(&mut client, "HELLO 3");
    assert!(ask(&mut client, "SUBSCRIBE feed:ev").starts_with(">3|subscribe|"));
    let mut pushed: Vec<u64> = Vec::new();
    let mut read: Vec<u64> = Vec::new();
    loop {
        client.send(format!("FEED ev {} COUNT 50\r\n", read.len() + 1));
        let page = loop {
            let told = value(&mut client);
            match told.strip_prefix(PUSHED) {
                Some(message) => pushed.push(version(message)),
                None => break told,
            }
        };
        if page == "*0|" {
            break;
        }
        read.extend(page.split("*4|:").skip(1).map(version));
    }
    let upto = read.len() as u64;
    assert!(read.into_iter().eq(1..=upto), "a gap in the first {upto}");
    while pushed.last().is_none_or(|last| *last < upto + 20) {
        pushed.push(version(value(&mut client).strip_prefix(PUSHED).unwrap()));
    }
    let fresh: Vec<u64> = pushed.into_iter().filter(|version| *version > upto).collect();
    assert!(fresh.iter().copied().eq(upto + 1..=upto + fresh.len() as u64), "{upto}, then {fresh:?}");
}

#[test]
fn a_subscriber_that_does_not_read_is_cut_off_and_others_are_not() {
    let server = TestServer::start();
    let mut seller = on_sale(&server);
    let mut idle = server.client();
    assert!(ask(&mut idle, "SUBSCRIBE feed:ev").starts_with("*3|subscribe|"));
    let mut keen = server.client();
    assert!(ask(&mut keen, "SUBSCRIBE feed:ev").starts_with("*3|subscribe|"));
    let read = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&read);
    let reading = thread::spawn(move || {
        while !value(&mut keen).contains("\"kind\":\"closed\"") {
            count.fetch_add(1, Ordering::Relaxed);
        }
    });
    let connected = || server.stats.connected_clients();
    let mut round: u32 = 0;
    let deadline = Instant::now() + PATIENCE;
    let mut rest = Vec::new();
    while connected() == 3 {
        assert!(Instant::now() < deadline, "never cut off after {round} changes");
        let mut batch = Vec::new();
        for _ in 0..500 {
            let (key, hold) = (format!("x{round}"), (2 + round - round % 2).to_string());
            let seats = ["SEATS", "A-1-1", "A-1-2", "A-1-3", "A-1-4", "B-1-1", "B-1-2", "B-1-3", "B-2-1"];
            let mut words =
                vec!["HOLD", "ev", &key, "a-holder-with-a-rather-long-name-to-fill-things-up", "60000"];
            words.extend(seats);
            if round % 2 == 1 {
                words = vec!["RELEASE", "ev", &key, &hold];
            }
            batch.extend(wire(&words));
            round += 1;
        }
        seller.send(&batch);
        for _ in 0..500 {
            let reply = value(&mut seller);
            assert!(reply.contains("version"), "{reply}");
        }
        // Who reads, but slowly, is not left behind.
        let all = u64::from(round);
        eventually("it is read", || read.load(Ordering::Relaxed) == all || reading.is_finished());
    }
    ask(&mut seller, "EVENT CLOSE ev kz olga done");
    reading.join().unwrap();
    assert_eq!(read.load(Ordering::Relaxed), u64::from(round), "who reads gets everything");
    // What was sent before may still be read, then the connection is over.
    let _ = idle.0.read_to_end(&mut rest);
    assert!(rest.len() < 16 << 20);
    let _ = idle.0.write_all(b"PING\r\n");
}

const MORE: &str = r#"{"capacity":{"FLOOR":30}}"#;

#[test]
fn a_picture_says_what_every_seat_is_and_what_has_changed_since() {
    let server = TestServer::start();
    let mut client = on_sale(&server);
    let picture = |version: u64, seats: &str, floor: &str| {
        format!(
            "*12|version|:{version}|at|:T|plan_version|:1|branch|:1|seats|{seats}|areas|*1|*6|FLOOR|:20|{floor}|"
        )
    };
    let mut look = |line: &str| masked(&ask(&mut client, line));
    assert_eq!(look("PICTURE ev"), picture(1, "..........", ":20|:0|:0|:0"));
    assert!(look("HOLD ev k1 ann 60000 SEATS A-1-1 B-1-1 AREA FLOOR 3").starts_with("*12|hold|:2|"));
    assert!(look("CONFIRM ev k2 o1 2").starts_with("*10|order|o1|"));
    assert!(look("EXTEND ev k3 2 0").starts_with("-GONE "));
    let since = look("PICTURE ev SINCE 1");
    assert_eq!(since, picture(3, "*2|*2|:0|s|*2|:4|s", ":17|:0|:0|:3"));
    assert_eq!(look("PICTURE ev since 2"), since, "statuses are absolute");
    let nothing = "*12|version|:3|at|:T|plan_version|:1|branch|:1|seats|*0|areas|*0|";
    assert_eq!(look("PICTURE ev SINCE 3"), nothing);
    assert_eq!(look("PICTURE ev SINCE 0"), picture(3, "s...s.....", ":17|:0|:0|:3"), "the whole");
    let early = "-INVALID HF-INP-003 version 4 is not there yet: the newest is 3|";
    assert_eq!(look("PICTURE ev SINCE 4"), early);
    client.command(&["EVENT", "CHANGE", "ev", "k4", "olga", "more", MORE]);
    assert!(value(&mut client).starts_with("*6|event|ev|"));
    let mut look = |line: &str| masked(&ask(&mut client, line));
    let other = picture(4, "s...s.....", ":27|:0|:0|:3").replace("plan_version|:1", "plan_version|:4");
    assert_eq!(look("PICTURE ev SINCE 3"), other.replace(":20|:27", ":30|:27"), "the map is another");
    assert_eq!(
        look("PICTURE ev SINCE 4"),
        nothing.replace(":3|", ":4|").replace("_version|:1|", "_version|:4|")
    );
    for (line, refusal) in [
        ("PICTURE", "-INVALID HF-INP-001 "),
        ("PICTURE nope", "-NOEVENT HF-INP-020 "),
        ("PICTURE nope SINCE 1", "-NOEVENT HF-INP-020 "),
        ("PICTURE ev THEN 1", "-INVALID HF-INP-001 \"THEN\" is not SINCE"),
        ("PICTURE ev SINCE", "-INVALID HF-INP-001 "),
        ("PICTURE ev SINCE x", "-INVALID HF-INP-003 "),
        ("PICTURE ev SINCE 1 2", "-INVALID HF-INP-001 "),
    ] {
        let told = look(line);
        assert!(told.starts_with(refusal), "{line}: {told}");
    }
    look("HELLO 3");
    assert!(look("PICTURE ev SINCE 4").starts_with("%6|version|:4|at|:T|"));
}

#[test]
fn a_live_map_tells_what_seats_and_areas_have_become() {
    let server = TestServer::start();
    let mut seller = on_sale(&server);
    let mut client = server.client();
    assert_eq!(ask(&mut client, "SUBSCRIBE map:nope"), "-NOEVENT HF-INP-020 there is no event nope|");
    assert!(ask(&mut client, "SUBSCRIBE plan:ev").starts_with("-INVALID HF-INP-002 "));
    ask(&mut seller, "HOLD ev k1 ann 60000 SEATS A-1-1 AREA FLOOR 3");
    assert_eq!(ask(&mut client, "SUBSCRIBE map:ev feed:ev map:ev"), "*3|subscribe|map:ev|:1|");
    assert_eq!(
        [value(&mut client), value(&mut client)],
        ["*3|subscribe|feed:ev|:2|", "*3|subscribe|map:ev|:2|"]
    );
    assert_eq!(ask(&mut client, "UNSUBSCRIBE feed:ev"), "*3|unsubscribe|feed:ev|:1|");
    ask(&mut seller, "CONFIRM ev k2 o1 2");
    let message = |text: &str| format!("*3|message|map:ev|{text}|");
    let sold = r#"{"from":2,"version":3,"at":T,"seats":{"0":"s"},"areas":{"FLOOR":[20,17,0,0,3]}}"#;
    assert_eq!(masked(&value(&mut client)), message(sold), "of a hold from before it");
    for number in 0..200 {
        ask(&mut seller, &format!("HOLD ev h{number} bob 60000 SEATS B-1-1"));
        ask(&mut seller, &format!("RELEASE ev r{number} {}", 4 + 2 * number));
    }
    let (mut version, mut messages) = (3, 0);
    while version < 403 {
        let text = masked(&value(&mut client));
        let rest =
            text.strip_prefix(&message(&format!("{{\"from\":{version},")).trim_end_matches('|').to_owned());
        let rest = rest.unwrap_or_else(|| panic!("a gap after {version}: {text}"));
        let number: String =
            rest.trim_start_matches("\"version\":").chars().take_while(char::is_ascii_digit).collect();
        version = number.parse().unwrap();
        assert!(rest.contains(r#""seats":{"4":"#), "{text}");
        messages += 1;
    }
    assert!(messages < 400, "they come together");
    seller.command(&["EVENT", "CHANGE", "ev", "k4", "olga", "more", MORE]);
    assert!(value(&mut seller).starts_with("*6|event|ev|"));
    let other = r#"{"from":403,"version":404,"at":T,"plan_version":404,"ask":"PICTURE"}"#;
    assert_eq!(masked(&value(&mut client)), message(other));
    assert_eq!(ask(&mut client, "UNSUBSCRIBE"), "*3|unsubscribe|map:ev|:0|");
    assert_eq!(ask(&mut client, "PING"), "+PONG|");
}

#[test]
fn all_feeds_are_read_in_the_order_of_the_log() {
    let server = TestServer::start();
    let mut seller = on_sale(&server);
    seller.command(&["EVENT", "CREATE", "other", "k0", HALL]);
    value(&mut seller);
    ask(&mut seller, "HOLD other k1 ann 60000 SEATS A-1-1");
    ask(&mut seller, "HOLD other k2 bob 60000 SEATS A-1-1");
    ask(&mut seller, "HOLD ev k1 ann 60000 SEATS A-1-2");
    let mut reader = server.client();
    let entries = |text: &str| {
        let mut entries = Vec::new();
        for entry in text.split("*6|:").skip(1) {
            let words: Vec<&str> = entry.split('|').collect();
            let number = |word: &str| word.trim_start_matches(':').parse::<u64>().unwrap();
            entries.push((number(words[0]), words[1].to_owned(), number(words[2]), words[4].to_owned()));
        }
        entries
    };
    let all = entries(&ask(&mut reader, "FEEDS 0"));
    let words: Vec<_> = all.iter().map(|(_, event, version, kind)| (&**event, *version, &**kind)).collect();
    let expected = [("ev", 1, "created"), ("other", 1, "created"), ("other", 2, "held"), ("ev", 2, "held")];
    assert_eq!(words, expected, "nothing of the system event, nor what was refused");
    assert!(all.is_sorted_by(|one, next| one.0 < next.0));
    assert_eq!(entries(&ask(&mut reader, &format!("FEEDS {} COUNT 1", all[1].0 + 1))), all[2..3]);
    let last = all[3].0;
    assert_eq!(ask(&mut reader, &format!("FEEDS {}", last + 1)), "*0|");
    assert_eq!(ask(&mut reader, &format!("FEEDS {} BLOCK 20", last + 1)), "*0|");
    reader.send(format!("FEEDS {} BLOCK 60000\r\nPING\r\n", last + 1));
    // What is refused ends no wait.
    ask(&mut seller, "HOLD ev k2 bob 60000 SEATS A-1-2");
    ask(&mut seller, "RELEASE ev k3 2");
    let told = value(&mut reader);
    assert!(
        told.contains("|ev|:3|") && told.contains("|released|") && told.contains("|seats|*1|A-1-2|"),
        "{told}"
    );
    assert_eq!(value(&mut reader), "+PONG|");
    for (line, refusal) in [
        ("FEEDS", "-INVALID HF-INP-001 "),
        ("FEEDS ev", "-INVALID HF-INP-003 "),
        ("FEEDS 1 COUNT 0", "-INVALID HF-INP-003 "),
        ("FEEDS 1 WAIT 3", "-INVALID HF-INP-001 "),
    ] {
        let told = ask(&mut reader, line);
        assert!(told.starts_with(refusal), "{line}: {told}");
    }
}
