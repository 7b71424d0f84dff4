//! The names of the files: one for each month of UTC.

use std::io;
use std::time::{Duration, UNIX_EPOCH};

use holdfast_wal::Storage;

/// The directory of the files, in the data directory.
pub const DIR: &str = "audit";

const EXTENSION: &str = ".ndjson";
/// The calendar of the library ends with the year 9999.
const AT_MAX: u64 = 253_402_300_799_000;

/// The month of a time in Unix milliseconds, as `2026-11`: months sort as times do.
pub(crate) fn month_of(at: u64) -> String {
    let at = UNIX_EPOCH + Duration::from_millis(at.min(AT_MAX));
    let mut text = humantime::format_rfc3339_seconds(at).to_string();
    text.truncate(7);
    text
}

pub(crate) fn path_of(month: &str) -> String {
    format!("{DIR}/{month}{EXTENSION}")
}

/// The month of a file of this name; `None` if it is none of the audit.
pub(crate) fn month_in(name: &str) -> Option<&str> {
    let month = name.strip_suffix(EXTENSION)?;
    let (year, number) = month.split_once('-')?;
    let digits = |text: &str, many| text.len() == many && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits(year, 4) && digits(number, 2)).then_some(month)
}

/// The paths of the files in the data directory, the oldest first. Files of other names are none of the audit.
///
/// # Errors
/// If the directory cannot be listed.
pub fn files(storage: &dyn Storage) -> io::Result<Vec<String>> {
    let names = storage.list(DIR)?;
    Ok(names.iter().filter(|name| month_in(name).is_some()).map(|name| format!("{DIR}/{name}")).collect())
}
