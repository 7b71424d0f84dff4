//! `holdfast cluster init`: the log of a shard begins.

use std::fmt::Write as _;

use holdfast_engine::{At, hex};
use holdfast_jetstream::Made;
use holdfast_replica::{Body, Epoch, Genesis, Header, Identity, Link, Message, decode, seal};
use holdfast_wal::Lsn;

use super::super::data;
use super::{failed, monitors, open, refused};
use crate::exit::Failure;
use crate::flags::BeginArgs;

pub(super) fn run(args: &BeginArgs) -> Result<(), Failure> {
    let (desk, settings) = open(&args.log)?;
    let reasons = desk.check(monitors(&settings)).map_err(failed)?;
    if !reasons.is_empty() {
        return Err(refused(&reasons));
    }
    let At(unix_ms) = data::now();
    let identity = Identity { cluster: data::random()?, shard: desk.name().shard() };
    let header = Header {
        identity,
        level: 0,
        epoch: Epoch(0),
        first: Lsn(1),
        records: 0,
        unix_ms,
        before: Link::default(),
    };
    let genesis = Genesis { directory: data::random()?, secret: data::random()?, slots: args.slots };
    let notes = [
        ("holdfast.format", "1".to_owned()),
        ("holdfast.operator", args.operator.clone()),
        ("holdfast.reason", args.reason.clone()),
        ("holdfast.slots", format!("{}-{}", args.slots.0, args.slots.1)),
    ];
    let copies = usize::try_from(settings.copies.0).expect("copies are few");
    let stream = desk.create(copies, settings.log_bytes.0, &notes).map_err(failed)?;
    let begun = desk.begin(&seal(&header, &Body::Genesis(genesis))).map_err(failed)?;
    // A stream that somebody else has made meanwhile is judged as well.
    let reasons = desk.check(monitors(&settings)).map_err(failed)?;
    if !reasons.is_empty() {
        return Err(refused(&reasons));
    }
    let message = decode(&begun.bytes).map_err(|error| {
        Failure::found_wrong(format!(
            "stream {} begins with what is no message: {error}",
            desk.name().stream()
        ))
    })?;
    data::print(&told(&desk.name().stream(), stream, begun.made, &message));
    Ok(())
}

fn told(stream: &str, made: Made, begun: Made, message: &Message) -> String {
    let mut text = String::new();
    let was = |made| if made == Made::Now { "made" } else { "there before" };
    // Writing to a String cannot fail.
    let _ = writeln!(text, "stream {stream}: {}", was(made));
    let Header { identity, unix_ms, first, .. } = message.header;
    let _ = writeln!(text, "beginning: {}, at {}", was(begun), data::utc(At(unix_ms)));
    let _ = writeln!(text, "cluster {} shard {}, first lsn {first}", hex(&identity.cluster), identity.shard);
    if let Body::Genesis(Genesis { slots, .. }) = &message.body {
        let _ = writeln!(text, "slots {}-{}", slots.0, slots.1);
    }
    text
}
