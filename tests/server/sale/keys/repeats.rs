//! A client that asks for it is told that a reply is a repeat.

use crate::hall::hall;
use crate::support::Client;

const ON: &str = "CLIENT REPEATS ON";

/// What a repeat says, in the version of the protocol that begins maps so.
fn repeated(first: &str, map: char) -> String {
    let (count, fields) = first[1..].split_once('|').unwrap();
    let more = if map == '%' { 1 } else { 2 };
    format!("{map}{}|{fields}$8|repeated|:1|", count.parse::<u32>().unwrap() + more)
}

/// One of each form of answer.
const WRITES: [&str; 7] = [
    "HOLD hall w1 bob 0 SEATS A-1-1 AREA FLOOR 1",
    "HOLD hall w2 bob 0 SEATS A-1-2",
    "RELEASE hall w3 2",
    "PAYMENT TRY hall w4 p1 0 3 AMOUNT 700 EUR",
    "PAYMENT SUCCEED hall w5 p1",
    "CANCEL hall w6 p1 ill",
    "BLOCK hall w7 olga broken SEATS B-1-1",
];

fn all_repeat(client: &mut Client, map: char) {
    client.ask("CLIENT REPEATS OFF");
    let first: Vec<String> = WRITES.iter().map(|line| client.ask(line)).collect();
    assert!(first.iter().all(|reply| reply.starts_with(map)), "{first:?}");
    assert_eq!(client.ask(ON), "+OK|");
    for (line, first) in WRITES.iter().zip(&first) {
        assert_eq!(client.ask(line), repeated(first, map), "{line}");
    }
    assert_eq!(client.ask("client repeats off"), "+OK|");
    for (line, first) in WRITES.iter().zip(&first) {
        assert_eq!(client.ask(line), *first, "{line}: nobody asks any more");
    }
}

#[test]
fn every_form_of_answer_says_that_it_is_a_repeat_in_both_versions() {
    let (_directory, server, mut client) = hall();
    assert_eq!(client.ask(ON), "+OK|");
    let first = client.ask(WRITES[0]);
    assert!(first.starts_with('*') && !first.contains("repeated"), "the first answer is none: {first}");
    all_repeat(&mut client, '*');
    client.ask("HELLO 3");
    all_repeat(&mut client, '%');
    // It is the connection's, and nobody else's.
    let other = server.client().ask(WRITES[1]);
    assert!(!other.contains("repeated"), "{other}");
}

#[test]
fn refusals_and_recorded_answers_stay_as_they_are() {
    let (_directory, _server, mut client) = hall();
    client.ask(ON);
    let first = client.ask(WRITES[0]);
    let taken = client.ask("HOLD hall n1 cy 0 SEATS A-1-1");
    assert!(taken.starts_with("-TAKEN "), "{taken}");
    assert_eq!(client.ask("HOLD hall n1 cy 0 SEATS A-1-1"), taken, "an error is a line without fields");
    assert_eq!(client.ask("ASK hall w1"), first, "ASK tells what was answered");
    // A report under another key is no repeat, but says that it was so already.
    client.ask("PAYMENT TRY hall t1 p1 0 2");
    client.ask("PAYMENT SUCCEED hall s1 p1");
    let again = client.ask("PAYMENT SUCCEED hall s2 p1");
    assert!(again.contains("|already|:1|") && !again.contains("repeated"), "{again}");
}

#[test]
fn a_transaction_that_comes_again_is_repeats_and_what_is_new() {
    let (_directory, _server, mut client) = hall();
    client.ask(ON);
    let first = client.ask(WRITES[0]);
    for line in ["MULTI", WRITES[0], WRITES[1], "EXEC"] {
        client.send(crate::support::wire_of(line));
    }
    let replies: Vec<String> = (0..4).map(|_| client.reply()).collect();
    assert!(replies[3].starts_with(&format!("*2|{}*", repeated(&first, '*'))), "{replies:?}");
    assert_eq!(replies[3].matches("repeated").count(), 1, "the second is new");
    assert!(client.ask("MULTI").starts_with("+OK"));
    assert!(client.ask(ON).starts_with("-INVALID HF-INP-"), "no part of a transaction");
}

#[test]
fn a_reset_takes_it_back_and_words_are_checked() {
    let (_directory, _server, mut client) = hall();
    let first = client.ask(WRITES[0]);
    client.ask(ON);
    assert_eq!(client.ask("HELLO 2").split('|').next(), Some("*14"), "a greeting leaves it");
    assert_eq!(client.ask(WRITES[0]), repeated(&first, '*'));
    assert_eq!(client.ask("RESET"), "+RESET|");
    assert_eq!(client.ask(WRITES[0]), first);
    for bad in ["CLIENT REPEATS", "CLIENT REPEATS maybe", "CLIENT REPEATS ON ON"] {
        assert!(client.ask(bad).starts_with("-INVALID HF-INP-001 "), "{bad}");
    }
}
