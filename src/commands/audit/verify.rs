//! Whether the files are what was written: by their chain, by what was noted of them elsewhere, and by the acts in the log.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use holdfast_audit::{Anchor, DIR, Entry, Head, Line, Verdict};
use holdfast_engine::At;
use holdfast_wal::Storage;

use super::log::Logged;
use super::{damaged, directory_id, storage, unreadable};
use crate::commands::data;
use crate::exit::Failure;

/// What is compared with the log.
#[derive(Default)]
struct Lines {
    /// Lines that tell of records, with their numbers.
    told: BTreeMap<u64, (u64, Entry)>,
    /// Acts up to this record were before the audit.
    begun: u64,
    /// What the audit says of itself.
    own: Vec<String>,
}

pub(super) fn run(path: &Path, against: &[Head]) -> Result<(), Failure> {
    let mut anchors: Vec<_> = of_backup(path).into_iter().collect();
    anchors.extend(against.iter().map(|head| Anchor { head: *head, source: "--against".to_owned() }));
    let (verdict, text) = verified(&storage(path)?, anchors, &mut || ())?;
    data::print(&text);
    if verdict.is_damaged() { Err(damaged(&verdict)) } else { Ok(()) }
}

/// Compares the files with their chain, with what the log and the newest snapshot have noted of them and with these anchors, and with
/// the acts in the log; and tells it. `rests` is called now and then.
///
/// # Errors
/// They cannot be read.
pub(super) fn verified(
    storage: &Arc<dyn Storage>,
    more: Vec<Anchor>,
    rests: &mut dyn FnMut(),
) -> Result<(Verdict, String), Failure> {
    // The log first: what is written meanwhile is in the files alone, and that is no fault.
    let mut logged = Logged::read(storage, rests)?;
    let mut anchors = std::mem::take(&mut logged.anchors);
    anchors.extend(more);
    let (mut lines, first) = (Lines::default(), logged.acts.keys().next().copied().unwrap_or(u64::MAX));
    let mut verdict =
        holdfast_audit::verify(&**storage, directory_id(storage).as_deref(), &anchors, &mut |line| {
            rests();
            lines.see(line, first.min(logged.newest_stretch().map_or(u64::MAX, |(first, _)| first)));
        })
        .map_err(|error| unreadable(&error))?;
    let mut text = String::new();
    told_of_files(&verdict, &mut text);
    lines.own.iter().for_each(|own| text.push_str(own));
    compare(&logged, lines, &mut verdict, &mut text);
    for fault in &verdict.faults {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "fault: {fault}");
    }
    let _ = writeln!(text, "head {}", verdict.head());
    text.push_str(if verdict.is_damaged() { "DAMAGED\n" } else { "whole\n" });
    Ok((verdict, text))
}

impl Lines {
    /// Takes in a line, if the log has records from `first` on with which it could be compared.
    fn see(&mut self, line: &Line, first: u64) {
        let entry = &line.entry;
        match &*entry.act {
            "audit.begin" => self.begun = entry.lsn,
            // The numbers of records that were lost are given again.
            "audit.log-lost" => drop(self.told.split_off(&(entry.lsn + 1))),
            _ => {}
        }
        if entry.act.starts_with("audit.") {
            let target = entry.target.as_deref().unwrap_or_default();
            self.own.push(format!(
                "line {}, {}: {}: {target}\n",
                line.seq,
                data::utc(At(entry.at)),
                entry.act
            ));
        } else if entry.lsn >= first {
            self.told.insert(entry.lsn, (line.seq, entry.clone()));
        }
    }
}

/// What the manifest of a backup says, if the directory is one.
fn of_backup(path: &Path) -> Option<Anchor> {
    let manifest =
        std::fs::read(path.with_file_name(format!("{}.json", path.file_name()?.to_str()?))).ok()?;
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).ok()?;
    let head = manifest.get("audit_head")?.as_str()?.parse().ok()?;
    Some(Anchor { head, source: "the manifest of the backup".to_owned() })
}

fn told_of_files(verdict: &Verdict, text: &mut String) {
    let Verdict { files, lines, last, anchored, torn, .. } = verdict;
    let _ = write!(text, "{DIR}/: {files} files, {lines} lines");
    let Some(last) = last else {
        text.push_str(": there is nothing to verify\n");
        return;
    };
    let _ = writeln!(text, "; the last is of {}", data::utc(At(last.at)));
    let (seq, upto) = (last.head.seq, anchored.as_ref().map_or(0, |anchor| anchor.head.seq));
    if let Some(Anchor { head, source }) = anchored {
        let _ = writeln!(text, "lines up to {} are anchored: {source} has noted them", head.seq);
    }
    if upto < seq {
        let _ = writeln!(
            text,
            "lines {} to {seq} are not anchored: that none is missing behind them is not proved",
            upto + 1
        );
    }
    if let Some(torn) = torn {
        let _ = writeln!(
            text,
            "{}: the last {} bytes are no whole line: a server is writing it, or was killed; the next start cuts it off",
            torn.path, torn.bytes
        );
    }
}

/// Compares lines and acts. A line without an act is a fault as well as an act without a line.
fn compare(logged: &Logged, lines: Lines, verdict: &mut Verdict, text: &mut String) {
    let audited = verdict.last.as_ref().map_or(0, |last| last.lsn).max(logged.upto);
    let (mut same, mut waiting, mut told) = (0_u64, 0_u64, lines.told);
    for (lsn, act) in logged.acts.range(lines.begun + 1..) {
        match told.remove(lsn) {
            Some((_, line)) if is_same(&line, act) => same += 1,
            Some((seq, _)) => {
                verdict.fault(DIR, 0, format!("line {seq} tells of record {lsn} what the log does not say"));
            }
            None if *lsn > audited => waiting += 1,
            None => {
                let what = format!("the act {} of record {lsn} of the log is in no line", act.act);
                verdict.fault(DIR, 0, what);
            }
        }
    }
    for (lsn, (seq, _)) in told.iter().filter(|(lsn, _)| logged.has(**lsn)) {
        verdict.fault(DIR, 0, format!("line {seq} tells of record {lsn}, which is no act in the log"));
    }
    let _ = match logged.newest_stretch() {
        Some((first, last)) => writeln!(
            text,
            "the log from record {first} to {last}: {same} acts are in the files as they are there, {waiting} are not yet"
        ),
        None => writeln!(text, "there is no log to compare with"),
    };
}

/// The name of an event stands in its first record alone.
fn is_same(line: &Entry, act: &Entry) -> bool {
    let event = act.event.clone().or_else(|| line.event.clone());
    *line == Entry { event, ..act.clone() }
}
