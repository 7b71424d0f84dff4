//! The form that was filled in: one sale on each line. A file in which anything is not as it should be is refused whole, with the line.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;

use ring::digest::{SHA256, digest};

use super::tables::MARK;

/// The columns, in their order.
const COLUMNS: [&str; 4] = ["seats", "time", "amount", "who"];
/// Bytes and lines of a form.
const BYTES_MAX: u64 = 8 * 1024 * 1024;
const LINES_MAX: usize = 20_000;
/// Bytes of a note of the protocol.
const NOTE_BYTES_MAX: usize = 256;

/// A sale.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Line {
    /// Where it stands in the file, from 1.
    pub(super) number: u64,
    /// Labels of seats, and areas with how many places: `FLOOR*3`.
    pub(super) wanted: Vec<String>,
    /// What is kept beside the order.
    pub(super) note: String,
    /// The name of its order, which is made of all that stands in it: the same line has the same name wherever it stands.
    pub(super) order: String,
}

/// A form with nothing in it.
pub(super) fn empty() -> String {
    format!("{MARK}{}\r\n", COLUMNS.join(","))
}

/// Reads a form for this event.
///
/// # Errors
/// What is wrong, with the line.
pub(super) fn read(path: &Path, event: &str) -> Result<Vec<Line>, String> {
    let shown = path.display();
    let size = std::fs::metadata(path).map_err(|error| format!("{shown}: {error}"))?.len();
    if size > BYTES_MAX {
        return Err(format!("{shown}: it has {size} bytes, and may have {BYTES_MAX}"));
    }
    let bytes = std::fs::read(path).map_err(|error| format!("{shown}: {error}"))?;
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
        format!("{shown}, line {line}: it is not UTF-8: save it as \"CSV UTF-8\"")
    })?;
    lines(text.strip_prefix(MARK).unwrap_or(text), event).map_err(|why| format!("{shown}{why}"))
}

fn lines(text: &str, event: &str) -> Result<Vec<Line>, String> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let found: Vec<_> =
        reader.headers().map_err(|error| format!(": {error}"))?.iter().map(str::to_lowercase).collect();
    if found != COLUMNS {
        let expected = COLUMNS.join(",");
        return Err(format!(", line 1: the columns are {expected}, and not {}", found.join(",")));
    }
    let (mut lines, mut repeats) = (Vec::new(), HashMap::<String, u32>::new());
    let mut place = Place { text, byte: 0, line: 1 };
    for record in reader.records() {
        let record = record.map_err(|error| match error.kind() {
            csv::ErrorKind::UnequalLengths { pos: Some(at), expected_len, len } => {
                let number = place.line_of(at.byte());
                format!(", line {number}: it has {len} columns, and not {expected_len}")
            }
            _ => format!(": {error}"),
        })?;
        let number = record.position().map_or(0, |at| place.line_of(at.byte()));
        if record.iter().all(str::is_empty) {
            continue;
        }
        if lines.len() == LINES_MAX {
            return Err(format!(", line {number}: a form has at most {LINES_MAX} sales"));
        }
        let cells: [&str; 4] = std::array::from_fn(|at| record.get(at).unwrap_or_default());
        let line = line(number, cells, event, &mut repeats);
        lines.push(line.map_err(|why| format!(", line {number}: {why}"))?);
    }
    if lines.is_empty() { Err(": there is no sale in it".to_owned()) } else { Ok(lines) }
}

/// A place in a text that moves on, and its line.
struct Place<'a> {
    text: &'a str,
    byte: usize,
    line: u64,
}

impl Place<'_> {
    /// The line on which something begins at this byte or behind line ends that follow it: the reader takes those to what comes next.
    fn line_of(&mut self, byte: u64) -> u64 {
        let bytes = self.text.as_bytes();
        let byte = usize::try_from(byte).unwrap_or(usize::MAX).min(bytes.len());
        let ends = bytes[byte..].iter().take_while(|one| b"\r\n".contains(one)).count();
        let between = bytes.get(self.byte..byte + ends).unwrap_or_default();
        self.line += between.iter().filter(|one| **one == b'\n').count() as u64;
        self.byte = byte + ends;
        self.line
    }
}

fn line(
    number: u64,
    cells: [&str; 4],
    event: &str,
    repeats: &mut HashMap<String, u32>,
) -> Result<Line, String> {
    let [seats, time, amount, who] = cells;
    if cells.iter().any(|cell| cell.chars().any(char::is_control)) {
        return Err("a cell has a line end or a control character in it".to_owned());
    }
    let wanted: Vec<_> =
        seats.split(';').map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect();
    if wanted.is_empty() {
        return Err("seats is empty: write A-1-1; A-1-2, and FLOOR*3 for places".to_owned());
    }
    if !is_time(time) {
        return Err(format!("time is {time:?}: write 2026-11-29 19:30"));
    }
    if !is_amount(amount) {
        return Err(format!("amount is {amount:?}: write 55000 KRW or 12.50"));
    }
    if who.is_empty() {
        return Err("who is empty: who sold it".to_owned());
    }
    let note = format!("by hand {time}, {amount}, {who}");
    if note.len() > NOTE_BYTES_MAX {
        return Err(format!(
            "time, amount and who are too long: they have {} bytes too many",
            note.len() - NOTE_BYTES_MAX
        ));
    }
    // Two tickets for the same area, bought by two people in the same minute, are two sales.
    let whole = [event, &wanted.join(";"), time, amount, who].join("\n");
    let repeat = repeats.entry(whole.clone()).or_default();
    *repeat += 1;
    let hash = digest(&SHA256, format!("{whole}\n{repeat}").as_bytes());
    let order = hash.as_ref().iter().take(8).fold("hand-".to_owned(), |mut name, byte| {
        // Writing to a String cannot fail.
        let _ = write!(name, "{byte:02x}");
        name
    });
    Ok(Line { number, wanted, note, order })
}

/// A day and a time of it, with or without seconds.
fn is_time(text: &str) -> bool {
    let whole = if text.len() == "2026-11-29 19:30".len() { format!("{text}:00") } else { text.to_owned() };
    humantime::parse_rfc3339_weak(&whole).is_ok()
}

/// Digits with at most one point, and a currency if there is one.
fn is_amount(text: &str) -> bool {
    let (number, currency) = text.split_once(' ').unwrap_or((text, "KRW"));
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let is_number = |text: &str| !text.is_empty() && text.chars().all(|one| one.is_ascii_digit());
    is_number(whole)
        && is_number(part)
        && currency.len() == 3
        && currency.chars().all(|one| one.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Vec<Line>, String> {
        lines(text, "gala")
    }

    #[test]
    fn a_line_has_the_same_order_wherever_it_stands_and_two_that_are_alike_have_two() {
        let a = "A-1-1; A-1-2,2026-11-29 19:30,55000 KRW,mina";
        let b = "FLOOR*3,2026-11-29T19:31:07,12.50,\"Jo, desk 2\"";
        let first = read_text(&format!("seats,time,amount,who\n{a}\n{b}\n")).unwrap();
        let other = read_text(&format!("Seats,Time,Amount,Who\r\n{b}\r\n,,,\r\n\r\n{b}\r\n{a}\r\n")).unwrap();
        assert_eq!(first[0].wanted, ["A-1-1", "A-1-2"]);
        assert_eq!(first[1].note, "by hand 2026-11-29T19:31:07, 12.50, Jo, desk 2");
        let orders = |lines: &[Line]| lines.iter().map(|line| line.order.clone()).collect::<Vec<_>>();
        let (first, numbers) = (orders(&first), other.iter().map(|line| line.number).collect::<Vec<_>>());
        let other = orders(&other);
        assert_eq!((&first[0], &first[1]), (&other[2], &other[0]));
        assert!(other[1] != other[0] && other[1].len() == "hand-".len() + 16);
        assert_eq!(numbers, [2, 5, 6]);
        let elsewhere = lines(&format!("seats,time,amount,who\n{a}\n"), "ball").unwrap();
        assert_ne!(elsewhere[0].order, first[0]);
    }

    #[test]
    fn a_form_that_is_not_as_it_should_be_is_refused_with_the_line() {
        let good = "A-1-1,2026-11-29 19:30,1,x";
        for (text, said) in [
            ("seat,time,amount,who\n", "line 1: the columns are seats,time,amount,who, and not seat,"),
            ("seats;time;amount;who\n", "line 1: the columns are"),
            ("seats,time,amount,who\n", "there is no sale in it"),
            (
                &format!("seats,time,amount,who\n{good}\nA-1-2,2026-11-29 19:30,1\n"),
                "line 3: it has 3 columns, and not 4",
            ),
            (&format!("seats,time,amount,who\n{good}\n;,2026-11-29 19:30,1,x\n"), "line 3: seats is empty"),
            ("seats,time,amount,who\nA-1-1,19:30,1,x\n", "line 2: time is"),
            ("seats,time,amount,who\nA-1-1,2026-13-29 19:30,1,x\n", "line 2: time is"),
            ("seats,time,amount,who\nA-1-1,2026-11-29 19:30,-5,x\n", "line 2: amount is"),
            ("seats,time,amount,who\nA-1-1,2026-11-29 19:30,5 won,x\n", "line 2: amount is"),
            ("seats,time,amount,who\nA-1-1,2026-11-29 19:30,5,\n", "line 2: who is empty"),
            ("seats,time,amount,who\nA-1-1,2026-11-29 19:30,5,\"a\nb\"\n", "line 2: a cell has a line end"),
        ] {
            let why = read_text(text).unwrap_err();
            assert!(why.contains(said), "{text}: {why}");
        }
        let long = format!("seats,time,amount,who\nA-1-1,2026-11-29 19:30,5,{}\n", "가".repeat(90));
        assert!(read_text(&long).unwrap_err().contains("bytes too many"));
    }
}
