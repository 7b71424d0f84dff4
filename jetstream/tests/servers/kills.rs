//! Servers are killed, frozen and cut off while a node writes: what it has kept stands where it was agreed upon.

use std::time::Instant;

use bytes::Bytes;
use holdfast_jetstream::{Desk, JetStream};
use holdfast_replica::{Body, Chain, Position, ReplicatedLog as _, Verdict};
use holdfast_testkit::{NatsServers, NatsSettings};

use crate::driver::Driver;
use crate::proxy::Proxy;
use crate::{IDENTITY, access, begun, genesis, name};

/// Groups that are agreed upon in all.
const GROUPS: usize = 2_000;
const GROUP_BYTES: usize = 4_096;

#[test]
fn what_was_agreed_upon_stands_where_it_was_whatever_happens_to_the_servers() {
    let Some(mut servers) = NatsServers::start("servers are killed", NatsSettings::default()) else { return };
    let desk = begun(&servers);
    let proxy = Proxy::to(&servers.urls()[0]);
    // The way through the proxy is the first one; the others are learnt from the server behind it.
    let mut driver = Driver::start(access(vec![proxy.url()]), GROUP_BYTES);
    let began = Instant::now();
    let said = |what: &str, driver: &Driver| {
        println!(
            "{:>6} ms: {what}, {} groups, {} unsure",
            began.elapsed().as_millis(),
            driver.groups,
            driver.unsure
        );
    };
    driver.keeps(300);
    said("writing", &driver);

    swallowed_answers_are_found_in_the_log(&proxy, &mut driver);
    said("answers were swallowed", &driver);
    a_rival_writes_in_between(&servers, &mut driver);
    said("a rival has written in between", &driver);

    let leader = leader(&servers, &desk);
    servers.kill(leader);
    driver.keeps(300);
    servers.run(leader);
    servers.wait_until_ready();
    said("the leader was killed", &driver);

    let leader = self::leader(&servers, &desk);
    servers.freeze(leader);
    driver.keeps(300);
    servers.thaw(leader);
    driver.keeps(100);
    said("the leader was frozen", &driver);

    (0..3).for_each(|server| servers.kill(server));
    (0..3).for_each(|server| servers.run(server));
    driver.until(|driver| driver.groups >= GROUPS);
    driver.settle();
    said("all were killed at once", &driver);

    let desk = Desk::open(access(servers.urls()), name()).unwrap();
    all_that_was_kept_stands(&desk, &driver);
}

/// Servers have the messages, and nobody hears of it.
fn swallowed_answers_are_found_in_the_log(proxy: &Proxy, driver: &mut Driver) {
    let before = driver.unsure;
    proxy.swallow();
    driver.until(|driver| driver.unsure > before);
    proxy.heal();
    driver.keeps(100);
}

/// Somebody writes what is no message, at the very place at which the owner's next one is to stand. Whoever wins, nothing is lost.
fn a_rival_writes_in_between(servers: &NatsServers, driver: &mut Driver) {
    let mut rival = JetStream::open(access(servers.urls()), name(), "rival", || {}).unwrap();
    let mut asked = 0;
    while driver.passed < 5 {
        for ahead in 0..4 {
            asked += 1;
            rival.append(asked, Position(driver.position().0 + ahead), Bytes::from("no message"));
        }
        while rival.next().is_some() {}
        driver.keeps(1);
    }
    driver.keeps(50);
}

fn leader(servers: &NatsServers, desk: &Desk) -> usize {
    let leader = (0..600).find_map(|_| desk.state().unwrap().unwrap().leader);
    servers.index(&leader.unwrap())
}

/// Reads all of the log by the rule, and compares.
fn all_that_was_kept_stands(desk: &Desk, driver: &Driver) {
    let state = desk.state().unwrap().unwrap();
    assert_eq!((state.first, state.missing()), (Position(1), 0));
    let (mut chain, _) = Chain::begin(IDENTITY, 1, Position(1), &genesis()).unwrap();
    let (mut valid, mut voids) = (Vec::new(), 0);
    desk.read_all(Position(2), state.last, |at, bytes| match chain.pass(at, &bytes) {
        Verdict::Valid(message) if message.body.is_chained() => {
            valid.push((at, bytes, matches!(message.body, Body::Group(_))));
        }
        Verdict::Valid(_) => {}
        Verdict::Void(_) => voids += 1,
        Verdict::Halt(why) => panic!("at {at}: {why}"),
    })
    .unwrap();
    for (at, bytes) in &driver.kept {
        let stands = valid.iter().any(|(position, message, _)| position == at && message == bytes);
        assert!(stands, "what was kept does not stand at {at}");
    }
    let groups = valid.iter().filter(|(_, _, is_group)| *is_group).count();
    println!("{groups} groups and {voids} void messages stand; {} restarts", driver.restarts);
    assert!(driver.groups >= GROUPS && voids >= 5, "{voids} void messages");
    assert_eq!(driver.kept.len(), valid.len(), "nothing stands that the only node has not kept");
}
