//! One line as bytes and back.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::hash::Hash;

/// The format of the files that is written: the first line of each file names it.
pub const FORMAT: u32 = 1;

/// What a line tells.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Entry {
    /// When it happened, Unix milliseconds.
    pub at: u64,
    /// The record of the log that it is told by. No two acts have the same.
    pub lsn: u64,
    /// The name of the event that it is about, if it is about one and its name is known.
    pub event: Option<Box<str>>,
    /// The number of that event.
    pub event_id: Option<u32>,
    /// The version of the event from then on; of an act about the process, the number of the record among its own.
    pub version: Option<u64>,
    /// The name of the token with which it came, where tokens are used.
    pub token: Option<Box<str>>,
    /// The name that was given.
    pub operator: Option<Box<str>>,
    /// What was done, as `event.pause`.
    pub act: Box<str>,
    /// To what.
    pub target: Option<Box<str>>,
    /// The reason that was given.
    pub reason: Option<Box<str>>,
    /// What was so before, where the act says so.
    pub before: Option<Value>,
    /// What is so since, where the act says so.
    pub after: Option<Value>,
    /// The execution that it is about, or that did it.
    pub execution: Option<Box<str>>,
}

/// A line of a file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Line {
    /// Its number, from 1 without a gap.
    pub seq: u64,
    /// The number of the first line that was written and synced together with it.
    pub batch: u64,
    /// What it tells.
    #[serde(flatten)]
    pub entry: Entry,
    /// Its hash.
    pub hash: Hash,
}

/// The first line of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Title {
    pub(crate) directory: Box<str>,
    pub(crate) month: Box<str>,
    /// The number of the line that comes.
    pub(crate) seq: u64,
}

/// A line of either kind, with the hashes that bind it.
pub(crate) struct Bound<T> {
    pub(crate) told: T,
    pub(crate) prev: Hash,
    pub(crate) hash: Hash,
}

#[derive(Serialize, Deserialize)]
struct TitleText<'a> {
    holdfast: &'a str,
    format: u32,
    directory: Box<str>,
    month: Box<str>,
    seq: u64,
    prev: String,
}

#[derive(Serialize)]
struct LineText<'a> {
    seq: u64,
    batch: u64,
    #[serde(flatten)]
    entry: &'a Entry,
    prev: String,
}

#[derive(Deserialize)]
struct LineRead {
    seq: u64,
    batch: u64,
    #[serde(flatten)]
    entry: Entry,
}

const WHAT: &str = "audit";
/// Acts of these names are the audit's own: what it could not tell. They stand at a record that another line may tell of.
pub(crate) const OWN: &str = "audit.";
/// Between what is hashed and the hash, and behind it.
const BEFORE_HASH: &[u8] = b",\"hash\":\"";
const BEHIND_HASH: &[u8] = b"\"}";
/// What is hashed ends with the hash of the line before.
const BEFORE_PREV: &[u8] = b",\"prev\":\"";

/// Appends the first line of a file. Returns its hash.
pub(crate) fn put_title(title: &Title, prev: Hash, out: &mut Vec<u8>) -> Hash {
    let Title { directory, month, seq } = title.clone();
    put(
        &TitleText { holdfast: WHAT, format: FORMAT, directory, month, seq, prev: prev.to_string() },
        prev,
        out,
    )
}

/// Appends a line. Returns its hash.
pub(crate) fn put_line((seq, batch): (u64, u64), entry: &Entry, prev: Hash, out: &mut Vec<u8>) -> Hash {
    put(&LineText { seq, batch, entry, prev: prev.to_string() }, prev, out)
}

/// # Panics
/// Never: the texts are JSON.
fn put(text: &impl Serialize, prev: Hash, out: &mut Vec<u8>) -> Hash {
    let mut text = serde_json::to_string(text).expect("a line is JSON");
    // What closes it stands behind the hash.
    text.pop();
    let hash = Hash::of(prev, text.as_bytes());
    // Writing to a String cannot fail.
    let _ = writeln!(text, ",\"hash\":\"{hash}\"}}");
    out.extend_from_slice(text.as_bytes());
    hash
}

/// Reads the first line of a file, without the end of the line.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn read_title(bytes: &[u8]) -> Result<Bound<Title>, String> {
    let (prev, hash) = bound(bytes)?;
    let text: TitleText<'_> = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if text.holdfast != WHAT {
        return Err("it is no file of the audit".to_owned());
    }
    if text.format != FORMAT {
        return Err(format!("its format is {}, and this version of holdfast knows {FORMAT}", text.format));
    }
    let TitleText { directory, month, seq, .. } = text;
    Ok(Bound { told: Title { directory, month, seq }, prev, hash })
}

/// Reads a line, without the end of the line.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn read_line(bytes: &[u8]) -> Result<Bound<Line>, String> {
    let (prev, hash) = bound(bytes)?;
    let LineRead { seq, batch, entry } = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    Ok(Bound { told: Line { seq, batch, entry, hash }, prev, hash })
}

/// The hash of the line before and that of the line, if the line is what was written behind that one.
fn bound(bytes: &[u8]) -> Result<(Hash, Hash), String> {
    let (body, hash) =
        quoted_at_the_end(bytes, BEHIND_HASH, BEFORE_HASH).ok_or("it does not end with its hash")?;
    let (_, prev) =
        quoted_at_the_end(body, b"\"", BEFORE_PREV).ok_or("it does not name the hash of the line before")?;
    if Hash::of(prev, body) == hash { Ok((prev, hash)) } else { Err("its hash is another one".to_owned()) }
}

/// What stands before a hash and its name at the end of these bytes, and the hash.
fn quoted_at_the_end<'a>(bytes: &'a [u8], behind: &[u8], before: &[u8]) -> Option<(&'a [u8], Hash)> {
    let rest = bytes.strip_suffix(behind)?;
    let (rest, hash) = rest.split_at_checked(rest.len().checked_sub(64)?)?;
    Some((rest.strip_suffix(before)?, Hash::read(hash)?))
}
