//! `holdfast cluster status`: one look at a log, as its servers see it.

use std::fmt::Write as _;

use bytesize::ByteSize;
use holdfast_jetstream::{DeskError, Peer, StreamState, Unsafe};
use serde_json::{Value, json};

use super::super::data;
use super::{failed, monitors, open};
use crate::exit::Failure;
use crate::flags::LookAtArgs;

pub(super) fn run(args: &LookAtArgs) -> Result<(), Failure> {
    let (desk, settings) = open(&args.log)?;
    let reasons = desk.check(monitors(&settings)).map_err(failed)?;
    let state = desk.state().map_err(failed)?;
    let stream = desk.name().stream();
    let state = state.ok_or_else(|| failed(DeskError::NoStream(stream.clone())))?;
    data::print(&if args.json {
        json(&stream, &state, &reasons).to_string() + "\n"
    } else {
        shown(&stream, &state, &reasons)
    });
    let mut wrong = Vec::new();
    if state.copies_current() < state.copies {
        wrong.push(format!("{} of {} copies are current", state.copies_current(), state.copies));
    }
    if state.missing() > 0 {
        wrong.push(format!("{} messages are missing", state.missing()));
    }
    if !reasons.is_empty() {
        wrong.push(format!("{} reasons not to trust it", reasons.len()));
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Failure::found_wrong(format!("stream {stream}: {}", wrong.join(", "))))
}

fn shown(stream: &str, state: &StreamState, reasons: &[Unsafe]) -> String {
    let mut text = String::new();
    let bound =
        state.bytes_max.map_or_else(|| "without a bound".to_owned(), |max| format!("of {}", ByteSize(max)));
    // Writing to a String cannot fail.
    let _ = writeln!(text, "stream      {stream}");
    let _ = writeln!(text, "positions   {} to {}, {} messages", state.first, state.last, state.messages);
    let _ = writeln!(text, "bytes       {} {bound}", ByteSize(state.bytes));
    let leader = state.leader.as_deref().unwrap_or("nobody");
    let _ = writeln!(text, "copies      {} of {} are current", state.copies_current(), state.copies);
    let _ = writeln!(text, "leader      {leader}");
    for peer in &state.replicas {
        let _ = writeln!(text, "replica     {}: {}", peer.name, how(peer));
    }
    for (name, note) in &state.metadata {
        if let Some(name) = name.strip_prefix("holdfast.") {
            let _ = writeln!(text, "{name:<11} {note}");
        }
    }
    for reason in reasons {
        let _ = writeln!(text, "UNSAFE      {reason}");
    }
    text
}

fn how(peer: &Peer) -> String {
    match peer {
        Peer { is_offline: true, .. } => "cannot be reached".to_owned(),
        Peer { is_current: true, .. } => "current".to_owned(),
        Peer { lag, .. } => format!("behind by {lag}"),
    }
}

fn json(stream: &str, state: &StreamState, reasons: &[Unsafe]) -> Value {
    let replica = |peer: &Peer| {
        json!({
            "name": peer.name, "current": peer.is_current, "offline": peer.is_offline, "lag": peer.lag,
        })
    };
    json!({
        "stream": stream,
        "first": state.first.0,
        "last": state.last.0,
        "messages": state.messages,
        "missing": state.missing(),
        "bytes": state.bytes,
        "bytes_max": state.bytes_max,
        "copies": state.copies,
        "copies_current": state.copies_current(),
        "leader": state.leader,
        "replicas": state.replicas.iter().map(replica).collect::<Vec<_>>(),
        "unsafe": reasons.iter().map(Unsafe::to_string).collect::<Vec<_>>(),
    })
}
