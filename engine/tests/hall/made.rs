//! Halls at random, and what each seat of them is to be.

use std::collections::BTreeMap;

use holdfast_engine::{
    AreaSpec, EventSpec, Focus, Millis, RowRange, RowSpec, RowsSpec, SaleLimits, SeatsPart, SeatsSpec,
    SectionSpec, Text,
};
use quickcheck::{Arbitrary, Gen};

/// A seat as a map shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Seen {
    pub(crate) label: String,
    pub(crate) category: String,
    pub(crate) accessible: bool,
    /// The accessible seat for whose companion it is kept.
    pub(crate) kept_for: Option<String>,
    pub(crate) group: Option<Vec<String>>,
    pub(crate) id: Option<String>,
    /// The first seat between its aisles, and how many there are.
    pub(crate) bench: (String, u32),
    /// Of its row, in half seats from its first one: what is nearest to the middle of the stage.
    pub(crate) middle: i64,
    pub(crate) depth: u32,
}

/// A description, and its seats in their order.
#[derive(Clone, Debug)]
pub(crate) struct Hall {
    pub(crate) spec: EventSpec,
    pub(crate) seats: Vec<Seen>,
}

/// What a list of seats may have, and the labels of it: none stands in two of them. Text is kept in normal form C.
const PARTS: [(&str, &[&str]); 17] = [
    ("1-9/2", &["1", "3", "5", "7", "9"]),
    ("10-2/2", &["10", "8", "6", "4", "2"]),
    ("001-006", &["001", "002", "003", "004", "005", "006"]),
    ("A-F", &["A", "B", "C", "D", "E", "F"]),
    ("f-b/2", &["f", "d", "b"]),
    ("20-23", &["20", "21", "22", "23"]),
    ("33-31", &["33", "32", "31"]),
    ("4294967295-4294967294", &["4294967295", "4294967294"]),
    ("77-77", &["77"]),
    ("VIP-1", &["VIP-1"]),
    ("\u{1100}\u{1161}", &["가"]),
    ("u\u{308}", &["ü"]),
    ("Sitz ½ [x]", &["Sitz ½ [x]"]),
    ("7-A", &["7-A"]),
    ("-", &["-"]),
    ("<&\">", &["<&\">"]),
    ("0", &["0"]),
];
/// In the place of the second one, whose `10` it has.
const PADDED: (&str, &[&str]) = ("08-11", &["08", "09", "10", "11"]);
/// The names of rows: as they are given, and as they are kept.
const ROWS: [(&str, &str); 8] = [
    ("1", "1"),
    ("A", "A"),
    ("\u{1102}\u{1161}열", "나열"),
    ("1-2", "1-2"),
    ("Ra\u{308}ng (2)", "Räng (2)"),
    ("00", "00"),
    ("x y", "x y"),
    ("–", "–"),
];
const SECTIONS: [&str; 6] = ["A", "A-1", "1층 R석", "Süd – <b>", "Loge \"I\"", "9"];
const CATEGORIES: [&str; 4] = ["VIP", "Kategorie I", "R석", "A"];

fn below(g: &mut Gen, most: u64) -> usize {
    let mixed = (u64::arbitrary(g) ^ u64::arbitrary(g).rotate_left(32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((mixed >> 32) % most.max(1)) as usize
}

fn one_in(g: &mut Gen, most: u64) -> bool {
    below(g, most) == 0
}

fn pick<T: Copy>(g: &mut Gen, values: &[T]) -> T {
    values[below(g, values.len() as u64)]
}

fn shuffle<T>(g: &mut Gen, values: &mut [T]) {
    for at in (1..values.len()).rev() {
        values.swap(at, below(g, at as u64 + 1));
    }
}

/// Of a row, or of a part of one: what its description says, and what comes of it, with places in it for seats.
#[derive(Clone, Default)]
struct Part {
    spec: RowSpec,
    labels: Vec<String>,
    ids: Vec<Option<String>>,
    categories: Vec<Option<&'static str>>,
    accessible: Vec<bool>,
    kept_for: Vec<Option<usize>>,
    groups: Vec<Option<(usize, usize)>>,
    /// For each seat, where its bench begins and ends.
    benches: Vec<(usize, usize)>,
}

/// Labels in a list, those that count up as ranges now and then.
fn list(g: &mut Gen, labels: &[&String]) -> Vec<Text> {
    let number = |label: &str| label.parse::<u64>().ok().filter(|number| number.to_string() == label);
    let mut texts: Vec<(String, String)> = Vec::new();
    for label in labels {
        let follows = texts
            .last()
            .and_then(|(_, last)| number(last))
            .is_some_and(|last| number(label) == Some(last + 1));
        match texts.last_mut() {
            Some((_, last)) if follows && !one_in(g, 3) => (*last).clone_from(label),
            _ => texts.push(((*label).clone(), (*label).clone())),
        }
    }
    let text =
        |(first, last): (String, String)| if first == last { first } else { format!("{first}-{last}") };
    texts.into_iter().map(text).map(Text::from).collect()
}

impl Part {
    /// The seats that come of these parts of a list.
    fn of_parts(g: &mut Gen, parts: &[(&'static str, &'static [&'static str])]) -> Self {
        let mut part = Self::default();
        let mut list = Vec::new();
        for (text, labels) in parts {
            let id = one_in(g, 4).then(|| format!("id {}", below(g, 3)));
            part.labels.extend(labels.iter().map(|label| (*label).to_owned()));
            part.ids.extend(labels.iter().map(|_| id.clone()));
            list.push(SeatsPart { seats: (*text).into(), id: id.map(Text::from) });
        }
        part.spec.seats = Some(SeatsSpec::List(list));
        part
    }

    fn of_numbers(g: &mut Gen) -> Self {
        let (from, count) = (if one_in(g, 2) { 1 } else { below(g, 5) as u32 }, 1 + below(g, 9) as u32);
        let labels: Vec<String> = (from..from + count).map(|number| number.to_string()).collect();
        let ids = vec![None; labels.len()];
        let spec = if from == 1 {
            RowSpec { seats: Some(count.into()), ..RowSpec::default() }
        } else {
            RowSpec { from: Some(from), to: Some(from + count - 1), ..RowSpec::default() }
        };
        Self { spec, labels, ids, ..Self::default() }
    }

    /// Makes some of its seats special.
    fn decorate(&mut self, g: &mut Gen) {
        let count = self.labels.len();
        let mut begin = 0;
        for end in 1..=count {
            if end < count && !one_in(g, 5) {
                continue;
            }
            self.benches.extend((begin..end).map(|_| (begin, end)));
            self.group(g, begin, end);
            if end < count {
                self.spec.aisles.push((*self.labels[end - 1]).into());
            }
            begin = end;
        }
        self.accessible = (0..count).map(|_| one_in(g, 6)).collect();
        let accessible: Vec<&String> =
            self.labels.iter().zip(&self.accessible).filter(|(_, is)| **is).map(|(label, _)| label).collect();
        self.spec.accessible = list(g, &accessible);
        self.kept_for = vec![None; count];
        for of in (0..count).filter(|&seat| self.accessible[seat]) {
            let near = [of.wrapping_sub(1), of + 1, below(g, count as u64)];
            let free: Vec<usize> =
                near.into_iter().filter(|&seat| seat < count && !self.accessible[seat]).collect();
            let Some(&seat) = free.iter().find(|&&seat| self.kept_for[seat].is_none() && !one_in(g, 3))
            else {
                continue;
            };
            self.kept_for[seat] = Some(of);
            self.spec.companions.0.push(((*self.labels[of]).into(), vec![(*self.labels[seat]).into()]));
        }
        self.categories = (0..count).map(|_| one_in(g, 5).then(|| pick(g, &CATEGORIES[..3]))).collect();
        for category in &CATEGORIES[..3] {
            let seats = self.labels.iter().zip(&self.categories).filter(|(_, of)| **of == Some(*category));
            let seats: Vec<&String> = seats.map(|(label, _)| label).collect();
            if !seats.is_empty() {
                let seats = list(g, &seats);
                self.spec.categories.0.push(((*category).into(), seats));
            }
        }
    }

    /// Groups within a bench.
    fn group(&mut self, g: &mut Gen, begin: usize, end: usize) {
        let mut at = begin;
        while at < end {
            let size = 2 + below(g, 3);
            if at + size <= end && one_in(g, 4) {
                let labels: Vec<&String> = self.labels[at..at + size].iter().collect();
                let labels = list(g, &labels);
                self.spec.groups.push(labels);
                self.groups.extend((0..size).map(|_| Some((at, at + size))));
                at += size;
            } else {
                self.groups.push(None);
                at += 1;
            }
        }
    }
}

/// The section that is being made, and how far it has come.
struct Within<'a> {
    name: &'a str,
    category: &'static str,
    id: Option<String>,
    focus: Focus,
}

impl Within<'_> {
    /// The seats of a row, or of a part of one.
    fn seen(&self, row: &str, part: &Part, depth: u32) -> Vec<Seen> {
        let label = |seat: usize| format!("{}-{row}-{}", self.name, part.labels[seat]);
        let count = part.labels.len();
        let seat = |seat: usize| {
            let (begin, end) = part.benches[seat];
            let of_row = part.spec.category.as_deref().unwrap_or(self.category);
            let id_of_row = part.spec.id.as_deref().map(str::to_owned).or_else(|| self.id.clone());
            Seen {
                label: label(seat),
                category: part.categories[seat].unwrap_or(of_row).to_owned(),
                accessible: part.accessible[seat],
                kept_for: part.kept_for[seat].map(label),
                group: part.groups[seat].map(|(begin, end)| (begin..end).map(label).collect()),
                id: part.ids[seat].clone().or(id_of_row),
                bench: (label(begin), (end - begin) as u32),
                middle: match self.focus {
                    Focus::Left => 0,
                    Focus::Middle => count as i64,
                    Focus::Right => 2 * count as i64,
                },
                depth,
            }
        };
        (0..count).map(seat).collect()
    }
}

/// The parts of a row of one name.
fn row(g: &mut Gen) -> Vec<Part> {
    if one_in(g, 3) {
        return vec![Part::of_numbers(g)];
    }
    let mut parts = PARTS.to_vec();
    if one_in(g, 2) {
        parts[1] = PADDED;
    }
    shuffle(g, &mut parts);
    let most = 1 + below(g, g.size() as u64 / 2);
    parts.truncate(most);
    let size = 1 + below(g, parts.len() as u64);
    parts.chunks(size).map(|parts| Part::of_parts(g, parts)).collect()
}

fn rows(g: &mut Gen, within: &Within<'_>, first: u32) -> (RowsSpec, Vec<Seen>, u32) {
    if one_in(g, 3) {
        let (from, count) = (below(g, 4) as u32, 1 + below(g, 4) as u32);
        let mut part = row(g).swap_remove(0);
        if let (Some(from), Some(to)) = (part.spec.from.take(), part.spec.to.take()) {
            part.spec.seats = Some([&*format!("{from}-{to}")].into());
        }
        part.decorate(g);
        let all =
            (0..count).flat_map(|at| within.seen(&(from + at).to_string(), &part, first + at)).collect();
        let RowSpec { seats, categories, accessible, companions, aisles, groups, .. } = part.spec;
        let seats = seats.expect("a row has seats");
        let range = RowRange {
            from,
            to: from + count - 1,
            seats,
            categories,
            accessible,
            companions,
            aisles,
            groups,
        };
        return (RowsSpec::Range(range), all, count);
    }
    let mut names = ROWS;
    shuffle(g, &mut names);
    let mut parts: Vec<(&str, Part)> = Vec::new();
    for (given, kept) in names.into_iter().take(1 + below(g, g.size() as u64 / 3)) {
        for mut part in row(g) {
            part.spec.name = given.into();
            part.spec.category = one_in(g, 4).then(|| pick(g, &CATEGORIES).into());
            part.spec.id = one_in(g, 4).then(|| Text::from(format!("row {}", below(g, 3))));
            part.decorate(g);
            parts.push((kept, part));
        }
    }
    shuffle(g, &mut parts);
    let mut depths: BTreeMap<&str, u32> = BTreeMap::new();
    let mut all = Vec::new();
    for (name, part) in &parts {
        let next = first + depths.len() as u32;
        let depth = *depths.entry(name).or_insert(next);
        all.extend(within.seen(name, part, depth));
    }
    (RowsSpec::Each(parts.into_iter().map(|(_, part)| part.spec).collect()), all, depths.len() as u32)
}

impl Arbitrary for Hall {
    fn arbitrary(g: &mut Gen) -> Self {
        let mut names = SECTIONS;
        shuffle(g, &mut names);
        let (mut sections, mut seats, mut behind) = (Vec::new(), Vec::new(), 0);
        for name in names.into_iter().take(1 + below(g, g.size() as u64 / 3)) {
            let front = one_in(g, 3).then(|| 1 + below(g, 6) as u32);
            let focus = pick(g, &[Focus::Left, Focus::Middle, Focus::Middle, Focus::Right]);
            let id = one_in(g, 4).then(|| format!("section {}", below(g, 3)));
            let within = Within { name, category: pick(g, &CATEGORIES), id, focus };
            let first = front.map_or(behind, |front| front - 1);
            let (rows, seen, count) = rows(g, &within, first);
            behind = behind.max(first + count);
            seats.extend(seen);
            let id = within.id.map(Text::from);
            sections.push(SectionSpec {
                name: name.into(),
                category: within.category.into(),
                rows,
                front,
                focus,
                id,
                more: false,
            });
        }
        let count = below(g, 3);
        let area = |at| AreaSpec {
            name: format!("Fläche {at}").into(),
            category: pick(g, &CATEGORIES).into(),
            capacity: 1 + below(g, 9) as u32,
        };
        let areas = (0..count).map(area).collect();
        let limits = SaleLimits { default_ttl: Millis(1 + seats.len() as u32), ..SaleLimits::default() };
        let spec = EventSpec { sections, areas, limits, open: one_in(g, 2), ..EventSpec::default() };
        Self { spec, seats }
    }
}
