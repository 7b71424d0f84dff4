//! `holdfast wal`: what the log holds, whether it is whole, and the one way to accept that it is not.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use holdfast_engine::{
    Code, EventId, Fronted, Snapshots, decode_place, decode_record, decode_system, event_of,
};
use holdfast_snapshots::Store;
use holdfast_wal::{Loss, Lsn, OpenError, Recovered, RepairError, Seen, SeenGroup, Storage, Tail};

use super::data::{self, print};
use crate::exit::Failure;
use crate::flags::WalCommand;

pub(crate) fn run(command: WalCommand) -> Result<(), Failure> {
    match command {
        WalCommand::Inspect { data, records, from } => inspect(&data.data, records, Lsn(from)),
        WalCommand::Verify { data } => verify(&data.data),
        WalCommand::Repair { data, accept_loss_from, operator, reason } => {
            repair(&data.data, &accept_loss_from, &operator, &reason)
        }
    }
}

fn inspect(path: &Path, records: bool, from: Lsn) -> Result<(), Failure> {
    let (disk, _lock) = data::open_existing(path)?;
    let mut faults = 0;
    holdfast_wal::inspect(&disk, &mut |seen| {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = match seen {
            Seen::Segment { path, bytes, made, base } => {
                writeln!(text, "{path}: {bytes} bytes, made {made}, when lsn {base} was durable")
            }
            Seen::Group(group) if group.last < from => Ok(()),
            Seen::Group(group) => show_group(&mut text, &group, records.then_some(from)),
            Seen::Fault { offset, reason, .. } => {
                faults += 1;
                writeln!(text, "  byte {offset:<10} FAULT: {reason}")
            }
            Seen::Unused { offset, .. } => writeln!(text, "  byte {offset:<10} unused from here on"),
            _ => Ok(()),
        };
        print(&text);
    })
    .map_err(|error| refused(&error))?;
    if faults > 0 {
        return Err(Failure::found_wrong(format!(
            "{faults} places hold no valid group; `holdfast wal verify` says whether that is a torn tail or damage"
        )));
    }
    Ok(())
}

fn show_group(text: &mut String, group: &SeenGroup<'_>, records: Option<Lsn>) -> std::fmt::Result {
    write!(text, "  byte {:<10} group {:<8} ", group.offset, group.sequence)?;
    if group.count == 0 {
        return writeln!(text, "{}", group.purpose);
    }
    let SeenGroup { first, last, bytes, purpose, .. } = group;
    let purpose =
        if purpose.is_empty() { String::new() } else { format!(", {purpose} to {} records", group.count) };
    writeln!(text, "lsn {first} to {last}, {bytes} bytes{purpose}")?;
    let Some(from) = records else { return Ok(()) };
    for (lsn, bytes) in group.records().filter(|(lsn, _)| *lsn >= from) {
        if event_of(bytes) == Some(EventId::SYSTEM) {
            show_system(text, lsn, bytes)?;
            continue;
        }
        if let Some(Fronted { place, between }) = decode_place(bytes) {
            let (messages, at) = (between.len(), place.position);
            writeln!(
                text,
                "    lsn {lsn} position {at} epoch {} messages before it {messages}",
                place.epoch
            )?;
            continue;
        }
        match decode_record(bytes) {
            Ok(framed) => {
                let record = &framed.record;
                write!(
                    text,
                    "    lsn {lsn} event {} at {} version {} ",
                    framed.event, record.at, record.version
                )?;
                write!(text, "digest {:016x} {:?}", framed.digest, record.change)?;
                if let Some(touched) = &framed.touched {
                    write!(text, " {touched:?}")?;
                }
                if let Some(trace) = record.origin.as_ref().and_then(|origin| origin.trace) {
                    write!(text, " traceparent {trace}")?;
                }
                text.push('\n');
            }
            Err(error) => writeln!(text, "    lsn {lsn} FAULT: {error}")?,
        }
    }
    Ok(())
}

fn show_system(text: &mut String, lsn: Lsn, bytes: &[u8]) -> std::fmt::Result {
    match decode_system(bytes) {
        Ok(framed) => {
            let record = &framed.record;
            write!(text, "    lsn {lsn} system at {} version {} ", record.at, record.version)?;
            writeln!(text, "digest {:016x} {:?}", framed.digest, record.change)
        }
        Err(error) => writeln!(text, "    lsn {lsn} FAULT of the system event: {error}"),
    }
}

fn is_readable(bytes: &[u8]) -> bool {
    match event_of(bytes) {
        Some(EventId::SYSTEM) => decode_system(bytes).is_ok(),
        _ => decode_place(bytes).is_some() || decode_record(bytes).is_ok(),
    }
}

fn verify(path: &Path) -> Result<(), Failure> {
    let (disk, _lock) = data::open_existing(path)?;
    let storage: Arc<dyn Storage> = Arc::new(disk);
    let (mut groups, mut records, mut unreadable) = (0_u64, 0_u64, 0_u64);
    let mut faults: Vec<(String, u64, String)> = Vec::new();
    let mut given_up = 0;
    holdfast_wal::inspect(&*storage, &mut |seen| match seen {
        Seen::Group(group) => {
            groups += 1;
            records += u64::from(group.count);
            unreadable += group.records().filter(|(_, bytes)| !is_readable(bytes)).count() as u64;
        }
        // The faults that an operator has accepted stand before the segment that says so. Recovery, below, reads what
        // is still of use there.
        Seen::Segment { made: holdfast_wal::MADE_AFTER_LOSS, .. } => {
            given_up += std::mem::take(&mut faults).len();
        }
        Seen::Fault { path, offset, reason } => faults.push((path.to_owned(), offset, reason)),
        _ => {}
    })
    .map_err(|error| refused(&error))?;
    let snapshots = found_snapshots(&storage)?;
    let verdict = Recovered::scan(&storage, Lsn(1), snapshots.witness());
    let mut text = String::new();
    let torn = describe(&mut text, &verdict);
    faults.retain(|(_, offset, _)| torn != Some(*offset));
    for (path, offset, reason) in &faults {
        let _ = writeln!(text, "fault: {path} byte {offset}: {reason}");
    }
    if given_up > 0 {
        let _ = writeln!(text, "{given_up} faults in what was given up: see {}", holdfast_wal::LOSSES_FILE);
    }
    let _ = writeln!(text, "{groups} groups, {records} records checked, {unreadable} records cannot be read");
    print(&text);
    match verdict {
        Err(error) => Err(refused(&error)),
        Ok(_) if !faults.is_empty() || unreadable > 0 => {
            Err(Failure::found_wrong(format!("{} faults found in the log", faults.len() as u64 + unreadable)))
        }
        Ok(_) => Ok(()),
    }
}

/// Says how the log ends; returns where a torn tail starts, which is no damage.
fn describe(text: &mut String, verdict: &Result<Recovered, OpenError>) -> Option<u64> {
    let recovered = verdict.as_ref().ok()?;
    let last = recovered.last_lsn();
    let mut torn = None;
    let _ = match recovered.tail() {
        Tail::Sealed => writeln!(text, "the log was closed in order and ends with lsn {last}"),
        Tail::Cut { segment, offset, bytes, reason, .. } => {
            torn = Some(*offset);
            writeln!(
                text,
                "the log ends with lsn {last}; {bytes} bytes from byte {offset} of segment {segment} are a torn tail that \
                 nobody was told of ({reason}), cut off at the next start"
            )
        }
        _ => writeln!(text, "the log was not closed, is whole, and ends with lsn {last}"),
    };
    torn
}

fn repair(path: &Path, place: &str, operator: &str, reason: &str) -> Result<(), Failure> {
    let bad = || {
        Failure::usage(
            Code::BAD_USAGE,
            format!("--accept-loss-from {place:?}: write SEGMENT:OFFSET, two numbers"),
        )
    };
    let (segment, offset) = place.split_once(':').ok_or_else(bad)?;
    let (segment, offset) = (segment.parse().map_err(|_| bad())?, offset.parse().map_err(|_| bad())?);
    if operator.trim().is_empty() || reason.trim().is_empty() {
        return Err(Failure::usage(
            Code::BAD_USAGE,
            "--operator and --reason say who accepts the loss and why",
        ));
    }
    let (disk, _lock) = data::open_existing(path)?;
    let storage: Arc<dyn Storage> = Arc::new(disk);
    let known = found_snapshots(&storage)?.witness().map_or(Lsn::ZERO, |witness| witness.durable);
    let note = format!("accepted by {operator} at {}: {reason}", data::utc(data::now()));
    let repaired = holdfast_wal::accept_loss_from(&storage, &Loss { segment, offset, note }, known).map_err(
        |error| match error {
            RepairError::Log(error) => refused(&error),
            other => Failure::usage(Code::BAD_USAGE, other.to_string()),
        },
    )?;
    let mut text = format!("the log ends with lsn {}; what stood behind is given up\n", repaired.last);
    for aside in &repaired.set_aside {
        let _ = writeln!(text, "set aside: {aside}");
    }
    let _ = writeln!(text, "written down in {}", holdfast_wal::LOSSES_FILE);
    print(&text);
    Ok(())
}

fn found_snapshots(storage: &Arc<dyn Storage>) -> Result<Snapshots, Failure> {
    Snapshots::find(&Store::attach(Arc::clone(storage)))
        .map_err(|error| Failure::refused(Code::SNAPSHOTS_DAMAGED, error.to_string()))
}

fn refused(error: &OpenError) -> Failure {
    Failure::refused(data::log_code(error), error.to_string())
}
