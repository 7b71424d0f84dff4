//! One line a token: name, role, hash of the secret, when it was made, when it ends, the events that it is for, and which
//! rights of its role it has.
//!
//! ```text
//! holdfast tokens 2
//! # name role sha256-of-the-secret made expires events rights
//! box-office booking ba7816bf...15ad 2026-11-21T10:00:00Z - gala-*,opera sell,money
//! partner booking 6b86b273...5b4b 2026-11-21T10:00:00Z - * - commands=200,holds=2000
//! wall-display viewer 5feceb66...fbc9 2026-11-21T10:00:00Z 2026-12-21T10:00:00Z
//! ```
//!
//! The last two may be left out: all events, and all of the role (`-`). Behind them a token may have a budget, which no
//! version before budgets reads; nor does one before `monitor` read that role. Such a program refuses the file and keeps the tokens
//! that it has. The first line tells the format, so that a file
//! cut to nothing is not one without tokens. Version 1 had neither these two nor the role `viewer`; it is read for ever,
//! and stays until a token needs more. Empty lines and what starts with `#` say nothing; people may keep notes there, and
//! they stay when the file is changed.

use std::fmt;
use std::time::SystemTime;

use holdfast_net::{Budget, Events, Rights, Role, TokenHash};

const FIRST_LINE: &str = "holdfast tokens 2";
const FIRST_LINE_OF_1: &str = "holdfast tokens 1";
const COLUMNS: &str = "# name role sha256-of-the-secret made expires events rights";
/// An end that never comes; all rights of the role.
const NONE: &str = "-";
/// A login compares with every token, always.
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
    /// Which it is for.
    pub(crate) events: Events,
    /// What of its role, if not all.
    pub(crate) rights: Option<Rights>,
    /// What it may use.
    pub(crate) budget: Budget,
}

impl Entry {
    /// Can a file of version 1 say it?
    fn fits_1(&self) -> bool {
        let is_new = matches!(self.role, Role::Monitor | Role::Viewer | Role::Approver);
        !is_new && !self.events.are_some() && self.rights.is_none() && !self.budget.is_any()
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, role, hash, made, expires, events, rights, budget } = self;
        let expires = expires.map_or_else(|| NONE.to_owned(), rfc3339);
        write!(f, "{name} {role} {hash} {} {expires}", rfc3339(*made))?;
        if !events.are_some() && rights.is_none() && !budget.is_any() {
            return Ok(());
        }
        let rights = rights.map_or_else(|| NONE.to_owned(), |rights| rights.to_string());
        write!(f, " {events} {rights}")?;
        if budget.is_any() { write!(f, " {budget}") } else { Ok(()) }
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
    let first = lines.next().map(|(_, first)| first.trim_end());
    if !matches!(first, Some(FIRST_LINE | FIRST_LINE_OF_1)) {
        return Err(format!("line 1: it must be {FIRST_LINE:?}"));
    }
    let is_1 = first == Some(FIRST_LINE_OF_1);
    let mut entries: Vec<Entry> = Vec::new();
    for (number, line) in lines {
        let Some(entry) = entry(line).map_err(|why| format!("line {number}: {why}"))? else { continue };
        if entries.iter().any(|other| other.name == entry.name) {
            return Err(format!("line {number}: there is a token {} above", entry.name));
        }
        if let Some(other) = entries.iter().find(|other| other.hash == entry.hash) {
            return Err(format!("line {number}: {} has the secret of {}", entry.name, other.name));
        }
        if is_1 && !entry.fits_1() {
            return Err(format!(
                "line {number}: monitor, viewer, events, rights and budgets need {FIRST_LINE:?} as the first line"
            ));
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
    let ([name, role, hash, made, expires], more) = match words[..] {
        [name, role, hash, made, expires] => ([name, role, hash, made, expires], None),
        [name, role, hash, made, expires, events, rights] => {
            ([name, role, hash, made, expires], Some((events, rights, None)))
        }
        [name, role, hash, made, expires, events, rights, budget] => {
            ([name, role, hash, made, expires], Some((events, rights, Some(budget))))
        }
        _ => {
            let columns = "name role hash made expires [events rights [budget]]";
            return Err(format!("{} words where there must be five, seven or eight: {columns}", words.len()));
        }
    };
    if !is_name(name) {
        return Err(format!("{name:?} is no name of a token: {NAME_RULE}"));
    }
    let time = |text: &str| {
        humantime::parse_rfc3339(text).map_err(|_| {
            format!("{text:?} is no time: write 2026-11-21T10:00:00Z, or - for an end that never comes")
        })
    };
    let role = role.parse()?;
    let (events, rights, budget) = more.unwrap_or(("*", NONE, None));
    let rights = if rights == NONE { None } else { Some(rights.parse()?) };
    if rights.is_some() && role != Role::Booking {
        return Err(format!("only a booking token has rights of its own, {role} has -"));
    }
    Ok(Some(Entry {
        name: name.to_owned(),
        role,
        hash: hash.parse().map_err(|error: holdfast_net::HashError| error.to_string())?,
        made: time(made)?,
        expires: if expires == NONE { None } else { Some(time(expires)?) },
        events: events.parse()?,
        rights,
        budget: budget.map_or(Ok(Budget::NONE), str::parse)?,
    }))
}

/// The text of the file with this token added.
pub(crate) fn with(text: &str, entry: &Entry) -> String {
    let mut text = if text.is_empty() { format!("{FIRST_LINE}\n{COLUMNS}\n") } else { text.to_owned() };
    if !entry.fits_1()
        && let Some(rest) = text.strip_prefix(FIRST_LINE_OF_1)
    {
        text = format!("{FIRST_LINE}{rest}");
    }
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

/// What somebody may have taken for a secret, or for the hash of one.
const GUESSED: [&str; 16] = [
    "", "abc", "admin", "changeme", "default", "foobared", "hft_", "holdfast", "letmein", "password",
    "qwerty", "root", "secret", "test", "token", "123456",
];
/// Of 16 digits, in 64 that are of a hash: less is less likely than any accident.
const DISTINCT_DIGITS_MIN: usize = 8;

/// Lines that are right by their form, and still let in whoever guesses, or nobody: those that were written by hand from
/// an example, or from a secret that a person thought of.
pub(super) fn doubts(text: &str) -> Vec<String> {
    let entries = (1..).zip(text.lines()).filter_map(|(number, line)| Some((number, entry(line).ok()??)));
    let doubt = |(number, entry): (usize, Entry)| {
        let Entry { name, role, hash, .. } = &entry;
        let digits: std::collections::BTreeSet<_> = hash.to_string().into_bytes().into_iter().collect();
        if digits.len() < DISTINCT_DIGITS_MIN {
            return Some(format!("line {number}: the hash of {name} is made up: nobody can log in with it"));
        }
        let words = GUESSED.into_iter().chain([name.as_str(), role.word()]);
        // `echo` and here-documents end in one.
        let is_it = |word: &str| {
            ["", "\n"].iter().any(|end| TokenHash::of(format!("{word}{end}").as_bytes()) == *hash)
        };
        words.into_iter().find(|word| is_it(word)).map(|word| {
            format!("line {number}: the secret of {name} is {word:?}, which anybody can guess: make one with `holdfast token new`")
        })
    };
    entries.filter_map(doubt).collect()
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
            events: Events::ALL,
            rights: None,
            budget: Budget::NONE,
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
            (
                good.replace(" booking", " boss"),
                "line 2: \"boss\" is no role: monitor, viewer, reader, approver, booking or operator",
            ),
            (good.replace(" booking", ""), "line 2: 4 words where there must be five, seven or eight"),
            (format!("{good} x"), "line 2: 6 words"),
            (good.replace("one", "default"), "line 2: \"default\" is no name of a token"),
            (good.replace("one", "ö"), "line 2: \"ö\" is no name of a token"),
            (good.replace("2023-11-14T", "2023-11-14 T"), "line 2: 6 words"),
            (good.replace("2023-11-14T22:13:20Z", "yesterday"), "line 2: \"yesterday\" is no time"),
            (good.replace("6b86", "6b8"), "line 2: the hash of a token is 64 hexadecimal digits"),
            (format!("{good}\n\n{good}"), "line 4: there is a token one above"),
            (format!("{good}\n{}", good.replace("one", "two")), "line 3: two has the secret of one"),
            (format!("{good}\n{other}"), ""),
            (format!("{good} * -"), ""),
            (format!("{good} gala-* sell"), ""),
            (format!("{good} * - commands=10,keys=5"), ""),
            (format!("{good} * - commands=0"), "line 2: \"commands=0\": a number from 1 to 1000000000"),
            (format!("{good} * - seats=3"), "line 2: \"seats\" is no budget"),
            (format!("{good} * - keys=5 x"), "line 2: 9 words"),
            (format!("{good} gala-*, -"), "line 2: \"\" is no pattern of events"),
            (
                format!("{good} * all"),
                "line 2: \"all\" is no right of booking: sell, give-back, money, consume",
            ),
            (
                format!("{} * sell", good.replace("booking", "reader")),
                "line 2: only a booking token has rights",
            ),
        ] {
            let told = parse(&format!("{FIRST_LINE}\n{lines}")).err().unwrap_or_default();
            assert!(told.starts_with(expected) && told.is_empty() == expected.is_empty(), "{lines}: {told}");
        }
        for text in ["", "\n", "holdfast tokens 3\n", &good] {
            assert_eq!(parse(text).unwrap_err(), "line 1: it must be \"holdfast tokens 2\"", "{text}");
        }
        for newer in [good.replace("booking", "viewer"), format!("{good} gala -"), format!("{good} * sell")] {
            let told = parse(&format!("{FIRST_LINE_OF_1}\n{newer}")).unwrap_err();
            assert_eq!(
                told,
                "line 2: monitor, viewer, events, rights and budgets need \"holdfast tokens 2\" as the first line"
            );
        }
    }

    /// Files as they were written once. They stay as they are.
    #[test]
    fn golden_files_are_read_and_written_for_ever() {
        let (old, new) = (include_str!("golden/version-1"), include_str!("golden/version-2"));
        let entries = parse(old).unwrap();
        let told: Vec<_> =
            entries.iter().map(|entry| (entry.name.as_str(), entry.role, entry.expires)).collect();
        let end = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        assert_eq!(
            told,
            [
                ("olga", Role::Operator, None),
                ("box-office", Role::Booking, None),
                ("wall", Role::Reader, Some(end))
            ]
        );
        assert!(entries.iter().all(Entry::fits_1));
        let entries = parse(new).unwrap();
        let told: Vec<_> = entries
            .iter()
            .map(|entry| {
                (entry.name.as_str(), entry.events.to_string(), entry.rights.map(|rights| rights.to_string()))
            })
            .collect();
        let some = |text: &str| Some(text.to_owned());
        let expected = [
            ("olga", "*".to_owned(), None),
            ("box-office", "gala-*,opera".to_owned(), some("sell")),
            ("provider", "*".to_owned(), some("money")),
            ("wall", "gala-?".to_owned(), None),
            ("page", "*".to_owned(), None),
        ];
        assert_eq!(told, expected);
        let written = entries.iter().fold(String::new(), |text, entry| with(&text, entry));
        assert_eq!(written, new);
        let with_budgets = include_str!("golden/version-2-budgets");
        let entries = parse(with_budgets).unwrap();
        let told: Vec<_> = entries.iter().map(|entry| entry.budget.to_string()).collect();
        assert_eq!(told, ["", "commands=2000,writes=1000,holds=20000,keys=5000000", "holds=500"]);
        let written = entries.iter().fold(String::new(), |text, entry| with(&text, entry));
        assert_eq!(written, with_budgets);
        let with_monitor = include_str!("golden/version-2-monitor");
        let entries = parse(with_monitor).unwrap();
        let told: Vec<_> = entries.iter().map(|entry| (entry.name.as_str(), entry.role)).collect();
        assert_eq!(told, [("olga", Role::Operator), ("prometheus", Role::Monitor)]);
        let written = entries.iter().fold(String::new(), |text, entry| with(&text, entry));
        assert_eq!(written, with_monitor);
        // A token that version 1 can say leaves it what it is; another makes it version 2, and nothing else is touched.
        let fits = with(old, &made("more", "5", None));
        assert!(fits.starts_with("holdfast tokens 1\n") && parse(&fits).unwrap().len() == 4);
        let viewer = Entry { role: Role::Viewer, ..made("page", "6", None) };
        let both = with(old, &viewer);
        assert_eq!(
            both.strip_prefix("holdfast tokens 2"),
            Some(format!("{}{viewer}\n", old.strip_prefix("holdfast tokens 1").unwrap()).as_str())
        );
        assert_eq!(parse(&both).unwrap().len(), 4);
    }

    #[test]
    fn what_was_made_up_by_hand_is_doubted() {
        let line = |name: &str, hash: &str| format!("{name} booking {hash} 2023-11-14T22:13:20Z -\n");
        let hash = |secret: &str| TokenHash::of(secret.as_bytes()).to_string();
        let text = [
            "holdfast tokens 1\n".to_owned(),
            line("one", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            line("two", &"0".repeat(64)),
            line("good", &hash("hft_5a0e6c")),
            line("three", &hash("password\n")),
            line("four", &hash("four")),
            line("five", &"deadbeef".repeat(8)),
        ];
        let told = doubts(&text.concat());
        let starts = [
            "line 2: the secret of one is \"abc\", which anybody can guess",
            "line 3: the hash of two is made up",
            "line 5: the secret of three is \"password\"",
            "line 6: the secret of four is \"four\"",
            "line 7: the hash of five is made up",
        ];
        assert_eq!(told.len(), starts.len(), "{told:?}");
        for (told, start) in told.iter().zip(starts) {
            assert!(told.starts_with(start), "{told}");
        }
    }
}
