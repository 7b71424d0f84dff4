//! Labels in few words: `1-20` instead of twenty of them.

use holdfast_engine::{SeatsPart, SeatsSpec, Text};

/// A label that may be part of a range.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Member {
    sort: Sort,
    value: i64,
    digits: usize,
    /// It has leading zeros.
    padded: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Number,
    Capital,
    Small,
}

impl Member {
    fn of(label: &str) -> Option<Self> {
        let digits = label.len();
        if label.bytes().all(|byte| byte.is_ascii_digit()) {
            let value = label.parse::<u32>().ok().filter(|_| digits <= 10)?;
            let padded = digits > 1 && label.starts_with('0');
            return Some(Self { sort: Sort::Number, value: i64::from(value), digits, padded });
        }
        let &[letter] = label.as_bytes() else { return None };
        let sort = match letter {
            b'A'..=b'Z' => Sort::Capital,
            b'a'..=b'z' => Sort::Small,
            _ => return None,
        };
        Some(Self { sort, value: i64::from(letter), digits, padded: false })
    }
}

/// How many of the labels from the first on are one step apart, and the step.
fn run(labels: &[&str]) -> (usize, i64) {
    let mut members = labels.iter().map_while(|label| Member::of(label));
    let Some((first, second)) = members.next().zip(members.next()) else { return (1, 0) };
    let step = second.value - first.value;
    let (mut count, mut last, mut padded) = (1, first, first.padded);
    for next in std::iter::once(second).chain(members) {
        // All numbers of a range with leading zeros have as many digits.
        let fits = !(padded || next.padded) || next.digits == first.digits && last.digits == first.digits;
        if step == 0 || next.sort != first.sort || next.value - last.value != step || !fits {
            break;
        }
        (count, last, padded) = (count + 1, next, padded || next.padded);
    }
    (count, step)
}

/// The same labels as ranges, and those by themselves that are part of none.
pub(super) fn ranges(labels: &[&str]) -> Vec<Text> {
    let mut ranges = Vec::new();
    let mut rest = labels;
    while let Some((&first, others)) = rest.split_first() {
        let (count, step) = run(rest);
        let is_range = count > 2 || count == 2 && step.abs() == 1;
        let (range, left) = match (is_range, rest.split_at(count)) {
            (true, ([.., last], left)) if step.abs() == 1 => (format!("{first}-{last}"), left),
            (true, ([.., last], left)) => (format!("{first}-{last}/{}", step.abs()), left),
            _ => (first.to_owned(), others),
        };
        ranges.push(range.into());
        rest = left;
    }
    ranges
}

/// The seats of a row by their labels and ids.
pub(super) fn seats(all: &[(&str, Option<&Text>)]) -> SeatsSpec {
    let mut parts = Vec::new();
    for same in all.chunk_by(|(_, one), (_, other)| one == other) {
        let labels: Vec<&str> = same.iter().map(|(label, _)| *label).collect();
        let id = same.first().and_then(|(_, id)| *id);
        parts.extend(ranges(&labels).into_iter().map(|seats| SeatsPart { seats, id: id.cloned() }));
    }
    match &parts[..] {
        [SeatsPart { seats, id: None }]
            if **seats == *format!("1-{}", all.len()) || all.len() == 1 && **seats == *"1" =>
        {
            SeatsSpec::Count(all.len() as u32)
        }
        _ => SeatsSpec::List(parts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(labels: &str) -> String {
        let labels: Vec<&str> = labels.split(' ').collect();
        ranges(&labels).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn labels_become_ranges() {
        let cases = [
            ("1 2 3 4", "1-4"),
            ("4 3 2 1", "4-1"),
            ("1 3 5 7 8 6 4 2", "1-7/2 8-2/2"),
            ("1 2", "1-2"),
            ("1 3", "1 3"),
            ("1 3 4 5", "1 3-5"),
            ("8 9 10 11", "8-11"),
            ("08 09 10 11", "08-11"),
            ("11 10 09 08", "11-08"),
            ("098 099 100", "098-100"),
            ("98 99 100", "98-100"),
            ("99 100 0101", "99-100 0101"),
            ("10 09 8", "10-09 8"),
            ("101 100 099 98", "101-099 98"),
            ("A B C", "A-C"),
            ("c b a", "c-a"),
            ("Z a", "Z a"),
            ("A C E", "A-E/2"),
            ("A 1 2 B", "A 1-2 B"),
            ("1 1 1", "1 1 1"),
            ("0 1 2", "0-2"),
            ("00 01", "00-01"),
            ("99999999999 2", "99999999999 2"),
            ("4294967294 4294967295 4294967296", "4294967294-4294967295 4294967296"),
            ("가 나 VIP-1 1a", "가 나 VIP-1 1a"),
            ("7", "7"),
        ];
        for (labels, expected) in cases {
            assert_eq!(said(labels), expected, "{labels}");
        }
    }

    #[test]
    fn seats_that_count_from_one_are_a_number() {
        let id = Text::from("x");
        let of = |labels: &[(&'static str, Option<&Text>)]| serde_json::to_string(&seats(labels)).unwrap();
        assert_eq!(of(&[("1", None), ("2", None)]), "2");
        assert_eq!(of(&[("1", None)]), "1");
        assert_eq!(of(&[("2", None)]), r#"["2"]"#);
        assert_eq!(
            of(&[("1", Some(&id)), ("2", Some(&id)), ("3", None)]),
            r#"[{"seats":"1-2","id":"x"},"3"]"#
        );
    }
}
