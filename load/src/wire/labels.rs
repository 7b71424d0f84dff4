//! What the seats of a run's events are called: plainly, or as halls call them that are hard to read.

use std::io::Write as _;

use clap::ValueEnum;

use super::limits;

/// Seats of a row in the events of a run: with it a label is an ordinal.
pub(crate) const ROW_SEATS: u32 = 1_000;

/// How seats are called, and asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Labels {
    /// `S-12-345`, asked for by their ordinals.
    Plain,
    /// Hangul, spaces, brackets, dashes, leading zeros, asked for by their labels in both normal forms of Unicode.
    Odd,
}

/// A text in the form in which it is kept, and taken apart: the same to who reads it.
type Forms = [&'static str; 2];

/// The section of odd labels.
const SECTION: Forms = [
    "1층 R석 (가-나) – Süd",
    "1\u{110e}\u{1173}\u{11bc} R\u{1109}\u{1165}\u{11a8} (\u{1100}\u{1161}-\u{1102}\u{1161}) – Su\u{308}d",
];
/// What stands around the number of a row, by turns.
const ROWS: [[Forms; 2]; 4] = [
    [["", ""], ["열 [좌]", "\u{110b}\u{1167}\u{11af} [\u{110c}\u{116a}]"]],
    [["00", "00"], ["", ""]],
    [["Reihe-", "Reihe-"], ["-b", "-b"]],
    [["Ränge ", "Ra\u{308}nge "], [" <{&}>", " <{&}>"]],
];
/// Two seats of each row that have words for numbers, and which they are: those before them have leading zeros.
const WORDS: [Forms; 2] = [
    ["휠체어-1", "\u{1112}\u{1171}\u{11af}\u{110e}\u{1166}\u{110b}\u{1165}-1"],
    ["Loge (2) ½", "Loge (2) ½"],
];
const FIRST_WORD: u32 = 498;
const BEHIND_WORDS: u32 = FIRST_WORD + WORDS.len() as u32;

const _: () = assert!(BEHIND_WORDS < ROW_SEATS && limits::SEATS_MAX / ROW_SEATS <= 9_999);

/// Appends the odd label of a seat; `apart` says in which form.
pub(crate) fn write_odd(out: &mut Vec<u8>, seat: u32, apart: bool) {
    let form = usize::from(apart);
    let (row, number) = (seat / ROW_SEATS, seat % ROW_SEATS);
    let [before, behind] = ROWS[row as usize % ROWS.len()];
    // Writing to a vector cannot fail.
    let _ = write!(out, "{}-{}{row}{}-", SECTION[form], before[form], behind[form]);
    let _ = match number.checked_sub(FIRST_WORD).and_then(|word| WORDS.get(word as usize)) {
        Some(word) => write!(out, "{}", word[form]),
        None if number < FIRST_WORD => write!(out, "{:03}", number + 1),
        None => write!(out, "{number}"),
    };
}

/// The seat of an odd label, if it is written as a server has to write it.
pub(crate) fn odd_seat(label: &[u8]) -> Option<u32> {
    let rest = std::str::from_utf8(label).ok()?.strip_prefix(SECTION[0])?.strip_prefix('-')?;
    let rows = (0..).zip(ROWS).filter_map(|(turn, [before, behind])| {
        let (row, seat) = split_number(rest.strip_prefix(before[0])?)?;
        let seat = seat.strip_prefix(behind[0])?.strip_prefix('-')?;
        (row % ROWS.len() as u32 == turn).then_some((row, seat))
    });
    let number = |seat: &str| {
        let word = (FIRST_WORD..).zip(WORDS).find(|(_, word)| word[0] == seat).map(|(number, _)| number);
        word.or_else(|| {
            let number = seat.parse::<u32>().ok()?;
            if number < BEHIND_WORDS { number.checked_sub(1) } else { Some(number) }
        })
    };
    let seats = rows.filter_map(|(row, seat)| row.checked_mul(ROW_SEATS)?.checked_add(number(seat)?));
    let mut seats = seats.filter(|&seat| {
        let mut written = Vec::with_capacity(label.len());
        write_odd(&mut written, seat, false);
        written == label
    });
    seats.next()
}

fn split_number(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    Some((number.parse().ok()?, rest))
}

/// The sections of an event with this many seats of one category.
pub(crate) fn sections(labels: Labels, seats: u32) -> String {
    let (rows, each) = if seats <= ROW_SEATS { (1, seats) } else { (seats / ROW_SEATS, ROW_SEATS) };
    debug_assert_eq!(rows * each, seats);
    if labels == Labels::Plain {
        return format!(r#"[{{"name":"S","category":"C","rows":{{"from":1,"to":{rows},"seats":{each}}}}}]"#);
    }
    let mut list = vec![format!("\"001-{:03}\"", each.min(FIRST_WORD))];
    list.extend(
        WORDS.iter().take(each.saturating_sub(FIRST_WORD) as usize).map(|[word, _]| format!("{word:?}")),
    );
    if each > BEHIND_WORDS {
        list.push(format!("\"{BEHIND_WORDS}-{}\"", each - 1));
    }
    let list = list.join(",");
    let row = |row: u32| {
        let [before, behind] = ROWS[row as usize % ROWS.len()];
        format!(r#"{{"name":"{}{row}{}","seats":[{list}]}}"#, before[0], behind[0])
    };
    let rows: Vec<String> = (0..rows).map(row).collect();
    format!(r#"[{{"name":"{}","category":"등급 – C","rows":[{}]}}]"#, SECTION[0], rows.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn odd(seat: u32, apart: bool) -> String {
        let mut label = Vec::new();
        write_odd(&mut label, seat, apart);
        String::from_utf8(label).unwrap()
    }

    #[test]
    fn odd_labels_are_seats_again() {
        for (seat, label) in [
            (0, "0열 [좌]-001"),
            (497, "0열 [좌]-498"),
            (498, "0열 [좌]-휠체어-1"),
            (1_499, "001-Loge (2) ½"),
            (2_500, "Reihe-2-b-500"),
            (999_999, "Ränge 999 <{&}>-999"),
        ] {
            assert_eq!(odd(seat, false), format!("1층 R석 (가-나) – Süd-{label}"));
        }
        for seat in (0..1_000_000).step_by(37) {
            assert_eq!(odd_seat(odd(seat, false).as_bytes()), Some(seat));
            let apart = odd(seat, true);
            assert!(apart != odd(seat, false) && odd_seat(apart.as_bytes()).is_none(), "{apart}");
        }
        for wrong in [
            "0열 [좌]-1",
            "0열 [좌]-499",
            "1열 [좌]-001",
            "00001-001",
            "001-0500",
            "Reihe-2-b-휠체어",
            "",
            "001-",
        ] {
            assert_eq!(odd_seat(format!("1층 R석 (가-나) – Süd-{wrong}").as_bytes()), None, "{wrong}");
        }
        assert_eq!(odd_seat(b"S-1-1"), None);
    }

    #[test]
    fn a_hall_of_odd_labels_fits_a_command() {
        assert!(sections(Labels::Odd, limits::SEATS_MAX).len() < 200_000);
        assert_eq!(
            sections(Labels::Odd, 499),
            r#"[{"name":"1층 R석 (가-나) – Süd","category":"등급 – C","rows":[{"name":"0열 [좌]","seats":["001-498","휠체어-1"]}]}]"#
        );
    }
}
