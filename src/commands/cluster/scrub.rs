//! `holdfast cluster scrub`: each copy of a log, as its own server counts it. Whoever leads is not asked, and stays.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use holdfast_jetstream::{CopySeen, Desk, DeskError, Peer, StreamState, Unsafe};
use serde_json::{Value, json};

use super::super::data;
use super::{failed, monitors, open};
use crate::exit::Failure;
use crate::flags::LookAtArgs;

/// So often the copies are looked at before something is wrong with them, with a pause in between.
const LOOKS: usize = 3;
const PAUSE: Duration = Duration::from_secs(1);

/// What is known of one copy.
struct Copy {
    /// What its server counts; `None` if its monitor does not say.
    seen: Option<CopySeen>,
    /// Why it is not to be relied on, as whoever leads sees it.
    trouble: Option<String>,
}

pub(super) fn run(args: &LookAtArgs) -> Result<(), Failure> {
    let (desk, settings) = open(&args.log)?;
    let stream = desk.name().stream();
    let mut looks = 1;
    let (copies, silent, wrong) = loop {
        let (copies, silent) = look(&desk, monitors(&settings))?;
        let wrong = wrong(&copies, &silent);
        if wrong.is_empty() || looks == LOOKS {
            break (copies, silent, wrong);
        }
        // A copy is behind by a message for a moment whenever one is written.
        desk.wait(PAUSE);
        looks += 1;
    };
    data::print(&if args.json { json(&stream, &copies, &silent) } else { shown(&stream, &copies, &silent) });
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Failure::found_wrong(format!("stream {stream}: {}", wrong.join(", "))))
}

fn look(desk: &Desk, monitors: &[String]) -> Result<(BTreeMap<String, Copy>, Vec<Unsafe>), Failure> {
    let state = desk.state().map_err(failed)?;
    let state = state.ok_or_else(|| failed(DeskError::NoStream(desk.name().stream())))?;
    let (mut seen, mut silent) = (Vec::new(), Vec::new());
    for copy in desk.copies(monitors) {
        match copy {
            Ok(copy) => seen.push(copy),
            Err(why) => silent.push(why),
        }
    }
    Ok((copies(&state, seen), silent))
}

/// All copies by the names of their servers: those that whoever leads names, and those that were found.
fn copies(state: &StreamState, seen: Vec<CopySeen>) -> BTreeMap<String, Copy> {
    let trouble = |peer: &Peer| match (peer.is_offline, peer.is_current) {
        (true, _) => Some("cannot be reached".to_owned()),
        (false, false) => Some(format!("behind by {}", peer.lag)),
        (false, true) => None,
    };
    let named = state.servers();
    let named =
        named.map(|(name, peer)| (name.to_owned(), Copy { seen: None, trouble: peer.and_then(trouble) }));
    let mut all: BTreeMap<_, _> = named.collect();
    for copy in seen {
        let strange = Copy { seen: None, trouble: Some("no copy that whoever leads knows of".to_owned()) };
        let server = copy.server.clone();
        all.entry(server).or_insert(strange).seen = Some(copy);
    }
    all
}

fn wrong(copies: &BTreeMap<String, Copy>, silent: &[Unsafe]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (server, copy) in copies {
        match &copy.seen {
            Some(seen) if seen.missing() > 0 => {
                wrong.push(format!("the copy of {server} lacks {} messages", seen.missing()));
            }
            None => wrong.push(format!("the copy of {server} was not seen")),
            Some(_) => {}
        }
        if let Some(trouble) = &copy.trouble {
            wrong.push(format!("{server}: {trouble}"));
        }
    }
    wrong.extend(silent.iter().map(Unsafe::to_string));
    wrong
}

fn shown(stream: &str, copies: &BTreeMap<String, Copy>, silent: &[Unsafe]) -> String {
    let mut text = format!("stream {stream}\n");
    // Writing to a String cannot fail.
    for (server, copy) in copies {
        let counted = match &copy.seen {
            None => "not seen".to_owned(),
            Some(seen @ CopySeen { first, last, messages, .. }) => {
                let missing = seen.missing();
                let lacks = if missing > 0 { format!(", LACKS {missing}") } else { String::new() };
                format!("{first} to {last}, {messages} messages{lacks}")
            }
        };
        let trouble = copy.trouble.as_ref().map_or_else(String::new, |trouble| format!(", {trouble}"));
        let _ = writeln!(text, "copy {server:<12} {counted}{trouble}");
    }
    for why in silent {
        let _ = writeln!(text, "NOT SEEN {why}");
    }
    text
}

fn json(stream: &str, copies: &BTreeMap<String, Copy>, silent: &[Unsafe]) -> String {
    let copy = |(server, Copy { seen, trouble }): (&String, &Copy)| {
        let counted = seen.as_ref().map(|seen| {
            let CopySeen { first, last, messages, .. } = seen;
            json!({"first": first.0, "last": last.0, "messages": messages, "missing": seen.missing()})
        });
        json!({"server": server, "counted": counted, "trouble": trouble})
    };
    let not_seen: Vec<_> = silent.iter().map(Unsafe::to_string).collect();
    let all: Vec<Value> = copies.iter().map(copy).collect();
    json!({"stream": stream, "copies": all, "not_seen": not_seen}).to_string() + "\n"
}

#[cfg(test)]
mod tests {
    use holdfast_replica::Position;

    use super::*;

    #[test]
    fn each_copy_is_named_with_what_is_wrong_with_it() {
        let peer = |name: &str, is_offline: bool| Peer {
            name: name.to_owned(),
            is_current: !is_offline,
            is_offline,
            lag: 0,
        };
        let state = StreamState {
            first: Position(3),
            last: Position(9),
            messages: 7,
            bytes: 0,
            bytes_max: None,
            leader: Some("n1".to_owned()),
            replicas: vec![peer("n0", false), peer("n2", true)],
            copies: 3,
            metadata: Vec::new(),
        };
        let copy = |server: &str, messages| CopySeen {
            server: server.to_owned(),
            first: Position(3),
            last: Position(9),
            messages,
        };
        let whole = copies(&state, vec![copy("n0", 7), copy("n1", 7), copy("n2", 7)]);
        assert_eq!(wrong(&whole, &[]), ["n2: cannot be reached"]);
        let bad = copies(&state, vec![copy("n0", 4), copy("n1", 7), copy("x", 7)]);
        let silent = [Unsafe::Unwatched];
        let said = wrong(&bad, &silent).join("; ");
        for part in ["of n0 lacks 3", "of n2 was not seen", "x: no copy", "nats_monitor names no server"] {
            assert!(said.contains(part), "{part}: {said}");
        }
        let text = shown("HF_c_0", &bad, &silent);
        assert!(text.contains("copy n0           3 to 9, 4 messages, LACKS 3\n"), "{text}");
        let told: Value = serde_json::from_str(&json("HF_c_0", &bad, &silent)).unwrap();
        assert_eq!(
            (&told["copies"][0]["counted"]["missing"], &told["copies"][2]["counted"]),
            (&json!(3), &Value::Null)
        );
    }
}
