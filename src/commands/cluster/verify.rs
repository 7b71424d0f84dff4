//! `holdfast cluster verify`: all of a log, read as a node reads it.

use std::fmt::Write as _;

use bytes::Bytes;
use holdfast_engine::{At, hex};
use holdfast_jetstream::DeskError;
use holdfast_replica::{Body, Chain, Header, Message, Position, Verdict, Void, decode};
use serde_json::{Value, json};

use super::super::data;
use super::{failed, open};
use crate::exit::Failure;
use crate::flags::LookAtArgs;

/// So many messages that do not count are shown; all are counted.
const SHOWN_MAX: usize = 20;

/// A turn of an owner.
struct Turn {
    epoch: u64,
    at: Position,
    owner: String,
    since: At,
    groups: u64,
    records: u64,
    beats: u64,
}

/// What was read.
struct Reading {
    chain: Chain,
    turns: Vec<Turn>,
    voids: u64,
    /// Those that are no message of anybody: rotten, or written by a stranger.
    malformed: u64,
    shown: Vec<(Position, String)>,
    /// Why a node must not go on, and where.
    halt: Option<(Position, String)>,
}

pub(super) fn run(args: &LookAtArgs) -> Result<(), Failure> {
    let (desk, _) = open(&args.log)?;
    let stream = desk.name().stream();
    let state = desk.state().map_err(failed)?;
    let state = state.ok_or_else(|| failed(DeskError::NoStream(stream.clone())))?;
    let nothing =
        || Failure::found_wrong(format!("stream {stream} has no messages: holdfast cluster init begins it"));
    let first = desk.read(state.first).map_err(failed)?.ok_or_else(nothing)?;
    let mut reading = Reading::begin(&stream, state.first, &first)?;
    desk.read_all(state.first.next(), state.last, |at, bytes| reading.read(at, &bytes)).map_err(failed)?;
    data::print(&if args.json { reading.json(&stream).to_string() + "\n" } else { reading.shown(&stream) });
    match &reading.halt {
        Some((at, why)) => {
            Err(Failure::found_wrong(format!("stream {stream}: no node goes on at {at}: {why}")))
        }
        None if reading.malformed > 0 => {
            Err(Failure::found_wrong(format!("stream {stream}: {} are no messages", reading.malformed)))
        }
        None => Ok(()),
    }
}

impl Reading {
    fn begin(stream: &str, at: Position, bytes: &Bytes) -> Result<Self, Failure> {
        let wrong =
            |why: String| Failure::found_wrong(format!("stream {stream} cannot be read from {at}: {why}"));
        let Message { header: Header { identity, .. }, body, .. } =
            decode(bytes).map_err(|error| wrong(error.to_string()))?;
        if !matches!(body, Body::Genesis(_)) {
            return Err(wrong("it was trimmed, and what counts follows from its beginning".to_owned()));
        }
        let (chain, _) =
            Chain::begin(identity, u32::MAX, at, bytes).map_err(|error| wrong(error.to_string()))?;
        Ok(Self { chain, turns: Vec::new(), voids: 0, malformed: 0, shown: Vec::new(), halt: None })
    }

    fn read(&mut self, at: Position, bytes: &Bytes) {
        if self.halt.is_some() {
            return;
        }
        match self.chain.pass(at, bytes) {
            Verdict::Valid(message) => self.counts(at, &message),
            Verdict::Void(why) => {
                self.voids += 1;
                self.malformed += u64::from(matches!(why, Void::Malformed(_)));
                if self.shown.len() < SHOWN_MAX {
                    self.shown.push((at, why.to_string()));
                }
            }
            Verdict::Halt(why) => self.halt = Some((at, why.to_string())),
        }
    }

    fn counts(&mut self, at: Position, message: &Message) {
        let Header { epoch, unix_ms, records, .. } = message.header;
        match (&message.body, self.turns.last_mut()) {
            (Body::Epoch(taken), _) => self.turns.push(Turn {
                epoch: epoch.0,
                at,
                owner: taken.owner.to_string(),
                since: At(unix_ms),
                groups: 0,
                records: 0,
                beats: 0,
            }),
            (Body::Group(_), Some(turn)) => {
                turn.groups += 1;
                turn.records += u64::from(records);
            }
            (Body::Beat(_), Some(turn)) => turn.beats += 1,
            _ => {}
        }
    }

    fn shown(&self, stream: &str) -> String {
        let mut text = String::new();
        let Self { chain, turns, voids, shown, halt, .. } = self;
        // Writing to a String cannot fail.
        let _ = writeln!(text, "stream {stream}, read to position {}", chain.position());
        for Turn { epoch, at, owner, since, groups, records, beats } in turns {
            let since = data::utc(*since);
            let _ = writeln!(
                text,
                "epoch {epoch} at {at}, since {since}: {owner}, {groups} groups, {records} records, {beats} beats"
            );
        }
        let _ = writeln!(text, "next lsn {}, last link {}", chain.next(), hex(&chain.link().0));
        if chain.is_closed() {
            text.push_str("the newest epoch was handed over\n");
        }
        let _ = writeln!(text, "{voids} messages do not count");
        for (at, why) in shown {
            let _ = writeln!(text, "  at {at}: {why}");
        }
        if let Some((at, why)) = halt {
            let _ = writeln!(text, "HALT at {at}: {why}");
        }
        text
    }

    fn json(&self, stream: &str) -> Value {
        let turn = |turn: &Turn| {
            json!({
                "epoch": turn.epoch, "at": turn.at.0, "owner": turn.owner, "since": turn.since.0,
                "groups": turn.groups, "records": turn.records, "beats": turn.beats,
            })
        };
        let place = |(at, why): &(Position, String)| json!({"at": at.0, "why": why});
        json!({
            "stream": stream,
            "position": self.chain.position().0,
            "epochs": self.turns.iter().map(turn).collect::<Vec<_>>(),
            "next_lsn": self.chain.next().0,
            "link": hex(&self.chain.link().0),
            "handed_over": self.chain.is_closed(),
            "void": self.voids,
            "malformed": self.malformed,
            "shown": self.shown.iter().map(place).collect::<Vec<_>>(),
            "halt": self.halt.as_ref().map(place),
        })
    }
}
