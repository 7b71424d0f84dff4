//! Each token has a line: name, role, hash of the secret, when it was made, when it expires.
//!
//! ```text
//! holdfast tokens 1
//! # name role sha256-of-the-secret made expires
//! box-office booking ba7816bf...15ad 2026-11-21T10:00:00Z -
//! ```
//!
//! The first line tells the format, so that an empty file is not taken for one without tokens. Empty lines and lines
//! that start with `#` have no meaning; people may keep notes there, which stay when the file is changed.

use std::fmt;
use std::time::SystemTime;

use holdfast_net::{Role, TokenHash};

const FIRST_LINE: &str = "holdfast tokens 1";
const COLUMNS: &str = "# name role sha256-of-the-secret made expires";
const NEVER: &str = "-";
/// Tokens of a file: a login compares with every one of them.
const TOKENS_MAX: usize = 1_000;
/// As long as any name on the wire.
const NAME_BYTES_MAX: usize = holdfast_engine::NAME_BYTES_MAX;
/// The rule for names of tokens, in words.
pub(crate) const NAME_RULE: &str =
    "1 to 64 bytes of printable ASCII without space, not starting with #, and not \"default\"";

/// A token as it is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) hash: TokenHash,
    pub(crate) made: SystemTime,
    /// When it expires; `None`: never.
    pub(crate) expires: Option<SystemTime>,
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, role, hash, made, expires } = self;
        let expires = expires.map_or_else(|| NEVER.to_owned(), rfc3339);
        write!(f, "{name} {role} {hash} {} {expires}", rfc3339(*made))
    }
}

/// A point in time as the file has it, in whole seconds.
pub(crate) fn rfc3339(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}

/// Whether a token may have this name. Not `default`, which client libraries send for any user.
pub(crate) fn is_name(name: &str) -> bool {
    let fits = (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic());
    fits && !name.starts_with('#') && name != "default"
}

/// The tokens in the text of a file, in its order.
///
/// # Errors
/// The first line that is wrong, and why.
pub(super) fn parse(text: &str) -> Result<Vec<Entry>, String> {
    let mut lines = (1..).zip(text.lines());
    if lines.next().is_none_or(|(_, first)| first.trim_end() != FIRST_LINE) {
        return Err(format!("line 1: it must be {FIRST_LINE:?}"));
    }
    let mut entries: Vec<Entry> = Vec::new();
    for (number, line) in lines {
        let Some(entry) = entry(line).map_err(|why| format!("line {number}: {why}"))? else { continue };
        if entries.iter().any(|other| other.name == entry.name) {
            return Err(format!("line {number}: there is a token {} above", entry.name));
        }
        if let Some(other) = entries.iter().find(|other| other.hash == entry.hash) {
            return Err(format!("line {number}: {} has the secret of {}", entry.name, other.name));
        }
        if entries.len() == TOKENS_MAX {
            return Err(format!("line {number}: more than {TOKENS_MAX} tokens"));
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// The token of a line; `None` for a line without meaning.
fn entry(line: &str) -> Result<Option<Entry>, String> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let [name, role, hash, made, expires] = words[..] else {
        return Err(format!("{} words where there must be five: name role hash made expires", words.len()));
    };
    if !is_name(name) {
        return Err(format!("{name:?} is no name of a token: {NAME_RULE}"));
    }
    let time = |text: &str| {
        humantime::parse_rfc3339(text).map_err(|_| {
            format!("{text:?} is no time: write 2026-11-21T10:00:00Z, or - for an end that never comes")
        })
    };
    Ok(Some(Entry {
        name: name.to_owned(),
        role: role.parse()?,
        hash: hash.parse().map_err(|error: holdfast_net::HashError| error.to_string())?,
        made: time(made)?,
        expires: if expires == NEVER { None } else { Some(time(expires)?) },
    }))
}

/// The text of the file with this token added.
pub(crate) fn with(text: &str, entry: &Entry) -> String {
    let mut text = if text.is_empty() { format!("{FIRST_LINE}\n{COLUMNS}\n") } else { text.to_owned() };
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text + &format!("{entry}\n")
}

/// The text of the file without the token of this name; `None` if there is none.
pub(crate) fn without(text: &str, name: &str) -> Option<String> {
    let is_it = |line: &&str| matches!(entry(line), Ok(Some(entry)) if entry.name == name);
    text.lines().find(is_it)?;
    Some(text.lines().filter(|line| !is_it(line)).map(|line| format!("{line}\n")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn made(name: &str, secret: &str, expires: Option<u64>) -> Entry {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let hash = TokenHash::of(secret.as_bytes());
        Entry {
            name: name.to_owned(),
            role: Role::Booking,
            hash,
            made: at(1_700_000_000),
            expires: expires.map(at),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let (one, two) = (made("one", "1", None), made("two", "2", Some(1_800_000_000)));
        let text = with(&with("", &one), &two);
        assert_eq!(parse(&text).unwrap(), [one.clone(), two.clone()]);
        assert!(text.contains("\ntwo booking d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35 2023-11-14T22:13:20Z 2027-01-15T08:00:00Z\n"), "{text}");
        let noted = text.replace("two ", "\n# a note\n  two ");
        let cut = without(noted.trim_end(), "one").unwrap();
        assert_eq!(parse(&cut).unwrap(), [two]);
        assert!(cut.contains("# a note\n") && cut.contains(COLUMNS));
        assert_eq!(without(&cut, "one"), None);
    }

    #[test]
    fn each_wrong_line_is_named() {
        let good = made("one", "1", None).to_string();
        let other = made("two", "2", None).to_string();
        for (lines, expected) in [
            (String::new(), ""),
            (good.replace(" booking", " boss"), "line 2: \"boss\" is no role: reader, booking or operator"),
            (good.replace(" booking", ""), "line 2: 4 words where there must be five"),
            (format!("{good} x"), "line 2: 6 words"),
            (good.replace("one", "default"), "line 2: \"default\" is no name of a token"),
            (good.replace("one", "ö"), "line 2: \"ö\" is no name of a token"),
            (good.replace("2023-11-14T", "2023-11-14 T"), "line 2: 6 words"),
            (good.replace("2023-11-14T22:13:20Z", "yesterday"), "line 2: \"yesterday\" is no time"),
            (good.replace("6b86", "6b8"), "line 2: the hash of a token is 64 hexadecimal digits"),
            (format!("{good}\n\n{good}"), "line 4: there is a token one above"),
            (format!("{good}\n{}", good.replace("one", "two")), "line 3: two has the secret of one"),
            (format!("{good}\n{other}"), ""),
        ] {
            let told = parse(&format!("{FIRST_LINE}\n{lines}")).err().unwrap_or_default();
            assert!(told.starts_with(expected) && told.is_empty() == expected.is_empty(), "{lines}: {told}");
        }
        for text in ["", "\n", "holdfast tokens 2\n", &good] {
            assert_eq!(parse(text).unwrap_err(), "line 1: it must be \"holdfast tokens 1\"", "{text}");
        }
    }
}
