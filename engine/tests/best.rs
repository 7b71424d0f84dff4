//! `BEST` and `orphans` in halls that are larger than those of the stories, against the same oracle, which tries
//! everything.
//!
//! Rows begin and end anywhere in the words of the index; some are longer than several words, some are single seats. Half of
//! the halls have aisles, groups, companions, sections abreast and rows of several categories.
//! Holds and releases come in between, so that bounds of rows are too high, right and raised again. The choice, or
//! the reason why there is none, is that of the oracle; the index agrees with the seats all the time.

use holdfast_engine::{
    Account, At, Best, Change, Created, Event, HoldId, Key, Millis, Name, Places, Record, Refusal, Scope,
    Seats, TableSeed, Write, decide,
};
use holdfast_oracle::{Bench, Chair, Stranded, TooFew, Wish, Within, choose, stranded};
use quickcheck::{Arbitrary, Gen, QuickCheck, TestResult};

/// Seats of each row, section by section; which are accessible; what is done.
#[derive(Clone, Debug)]
struct Night {
    sections: Vec<Vec<u8>>,
    accessible: Vec<u16>,
    special: Special,
    orphans: u8,
    steps: Vec<Step>,
}

/// What only some halls have; nothing in the others.
#[derive(Clone, Debug, Default)]
struct Special {
    /// Seats with an aisle to the right.
    aisles: Vec<u16>,
    /// First seats of groups, and how many they are.
    groups: Vec<(u16, u8)>,
    /// Accessible seats, by their place among them, with companions to the left or to the right.
    companions: Vec<(u8, bool)>,
    /// Seats from one on, so many, of the other category.
    priced: Vec<(u16, u8)>,
    /// For each section, front and focus.
    abreast: Vec<(u8, u8)>,
}

#[derive(Clone, Debug)]
enum Step {
    /// Seats from one on, so many.
    Take(u16, u8),
    /// Every seat but those that a number leaves free: a hall that is sold in pieces.
    Fill(u64),
    /// One of the live holds.
    Release(u8),
    /// Of one of the live holds some seats for others, from one on, so many: beside them or anywhere.
    Change {
        which: u8,
        drops: u8,
        from: u16,
        count: u8,
    },
    Best {
        count: u8,
        scope: u8,
        scattered: bool,
        accessible: u8,
    },
}

fn below(g: &mut Gen, most: u64) -> u64 {
    u64::arbitrary(g).rotate_left(17).wrapping_mul(0x9E37_79B9_7F4A_7C15) % most
}

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Self {
        match below(g, 20) {
            16..=19 => Self::Change {
                which: u8::arbitrary(g),
                drops: u8::arbitrary(g),
                from: u16::arbitrary(g),
                count: below(g, 5) as u8,
            },
            0..=3 => Self::Take(u16::arbitrary(g), 1 + below(g, 6) as u8),
            4 => Self::Fill(u64::arbitrary(g)),
            5 | 6 => Self::Release(u8::arbitrary(g)),
            _ => Self::Best {
                count: if below(g, 8) == 0 { 1 + below(g, 100) as u8 } else { 1 + below(g, 6) as u8 },
                scope: below(g, 6) as u8,
                scattered: below(g, 2) == 0,
                accessible: if below(g, 4) == 0 { 1 + below(g, 3) as u8 } else { 0 },
            },
        }
    }
}

impl Arbitrary for Special {
    fn arbitrary(g: &mut Gen) -> Self {
        let some = |g: &mut Gen, most| below(g, most) * below(g, 2);
        Self {
            aisles: (0..some(g, 12)).map(|_| u16::arbitrary(g)).collect(),
            groups: (0..some(g, 12)).map(|_| (u16::arbitrary(g), 2 + below(g, 4) as u8)).collect(),
            companions: (0..some(g, 12)).map(|_| (u8::arbitrary(g), bool::arbitrary(g))).collect(),
            priced: (0..some(g, 8)).map(|_| (u16::arbitrary(g), 1 + below(g, 20) as u8)).collect(),
            abreast: (0..some(g, 6)).map(|_| (below(g, 8) as u8, below(g, 3) as u8)).collect(),
        }
    }
}

impl Arbitrary for Night {
    fn arbitrary(g: &mut Gen) -> Self {
        let row = |g: &mut Gen| match below(g, 6) {
            0 => 1 + below(g, 3) as u8,
            1 => 60 + below(g, 140) as u8,
            _ => 5 + below(g, 30) as u8,
        };
        let section = |g: &mut Gen| (0..=below(g, 8)).map(|_| row(g)).collect();
        Self {
            sections: (0..=below(g, 4)).map(|_| section(g)).collect(),
            accessible: (0..below(g, 12)).map(|_| u16::arbitrary(g)).collect(),
            special: if below(g, 2) == 0 { Special::arbitrary(g) } else { Special::default() },
            orphans: below(g, 3) as u8,
            steps: (0..below(g, 40)).map(|_| Step::arbitrary(g)).collect(),
        }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let night = self.clone();
        let steps = self.steps.clone();
        let fewer = (0..steps.len()).rev().map(move |at| {
            let mut steps = steps.clone();
            steps.remove(at);
            Self { steps, ..night.clone() }
        });
        Box::new(fewer)
    }
}

struct House {
    event: Event,
    hall: Vec<Bench>,
    firsts: Vec<usize>,
    sections: usize,
    avoids: bool,
    refuses: bool,
    holds: Vec<(u64, Vec<usize>)>,
    keys: u64,
}

/// A row while it is described.
struct Described {
    section: usize,
    first: usize,
    chairs: Vec<Chair>,
    aisles: Vec<usize>,
}

impl Night {
    /// Rows with what is special in them, in one list; groups have numbers from 1 on.
    fn rows(&self) -> Vec<Described> {
        let all: usize = self.sections.iter().flatten().map(|seats| usize::from(*seats)).sum();
        let accessible: Vec<usize> = self.accessible.iter().map(|&seat| usize::from(seat) % all).collect();
        let (mut rows, mut first) = (Vec::new(), 0);
        for (section, lengths) in self.sections.iter().enumerate() {
            for &length in lengths {
                let chair = |at: usize| Chair {
                    free: true,
                    accessible: accessible.contains(&(first + at)),
                    category: section % 2,
                    ..Chair::default()
                };
                let chairs: Vec<Chair> = (0..usize::from(length)).map(chair).collect();
                let next = first + chairs.len();
                rows.push(Described { section, first, chairs, aisles: Vec::new() });
                first = next;
            }
        }
        let mut number = 0;
        let mut mark = |seat: u16, mark: &mut dyn FnMut(&mut Described, usize, usize)| {
            let seat = usize::from(seat) % all;
            let row = rows.iter_mut().rfind(|row| row.first <= seat).expect("a row");
            number += 1;
            mark(row, seat - row.first, number);
        };
        for &seat in &self.special.aisles {
            mark(seat, &mut |row, at, _| {
                if at + 1 < row.chairs.len() && !row.aisles.contains(&at) {
                    row.aisles.push(at);
                }
            });
        }
        for &(seat, count) in &self.special.groups {
            mark(seat, &mut |row, at, number| {
                let group = at..at + usize::from(count);
                let apart = row.aisles.iter().any(|aisle| group.contains(aisle) && aisle + 1 < group.end);
                if let Some(chairs) = row.chairs.get_mut(group).filter(|_| !apart)
                    && chairs.iter().all(|chair| chair.group.is_none())
                {
                    chairs.iter_mut().for_each(|chair| chair.group = Some(number));
                }
            });
        }
        for &(which, left) in &self.special.companions {
            let Some(&seat) = self.accessible.get(usize::from(which) % self.accessible.len().max(1)) else {
                continue;
            };
            mark(seat, &mut |row, at, _| {
                let beside = if left { at.checked_sub(1) } else { Some(at + 1) };
                let of = row.first + at;
                if let Some(chair) = beside.and_then(|beside| row.chairs.get_mut(beside))
                    && !chair.accessible
                    && chair.kept_for.is_none()
                {
                    // The ordinal, until it is known where that is.
                    chair.kept_for = Some((of, 0));
                }
            });
        }
        for &(seat, count) in &self.special.priced {
            mark(seat, &mut |row, at, _| {
                let end = (at + usize::from(count)).min(row.chairs.len());
                row.chairs[at..end].iter_mut().for_each(|chair| chair.category = 1 - row.section % 2);
            });
        }
        rows
    }
}

impl Described {
    /// The places in the row, from 1 on, of the seats that are so, as a list of labels.
    fn labels(&self, is_so: impl Fn(usize, &Chair) -> bool) -> String {
        let places = self.chairs.iter().enumerate().filter(|(at, chair)| is_so(*at, chair));
        let labels: Vec<String> = places.map(|(at, _)| format!("\"{}\"", at + 1)).collect();
        format!("[{}]", labels.join(","))
    }

    fn json(&self, name: usize) -> String {
        let (section, first) = (self.section, self.first);
        let other = 1 - section % 2;
        let mut groups: Vec<_> = self.chairs.iter().filter_map(|chair| chair.group).collect();
        groups.dedup();
        let groups: Vec<String> =
            groups.iter().map(|group| self.labels(|_, chair| chair.group == Some(*group))).collect();
        let mut kept: Vec<_> = self.chairs.iter().filter_map(|chair| chair.kept_for).collect();
        kept.sort_unstable();
        kept.dedup();
        let kept: Vec<String> = kept
            .iter()
            .map(|of| {
                let label = of.0 - first + 1;
                format!("\"{label}\":{}", self.labels(|_, chair| chair.kept_for == Some(*of)))
            })
            .collect();
        format!(
            r#"{{"name":"{name}","seats":{},"accessible":{},"companions":{{{}}},"aisles":{},"groups":[{}],"categories":{{"C{other}":{}}}}}"#,
            self.chairs.len(),
            self.labels(|_, chair| chair.accessible),
            kept.join(","),
            self.labels(|at, _| self.aisles.contains(&at)),
            groups.join(","),
            self.labels(|_, chair| chair.category == other),
        )
    }
}

impl House {
    fn new(night: &Night) -> Self {
        let rows = night.rows();
        let (mut hall, mut firsts) = (Vec::<Bench>::new(), Vec::new());
        let (mut sections, mut behind) = (Vec::new(), 0);
        for section in 0..night.sections.len() {
            let (front, focus) = match night.special.abreast.get(section) {
                Some(&(0 | 7, focus)) => (None, focus),
                Some(&(front, focus)) => (Some(i64::from(front)), focus),
                None => (None, 1),
            };
            let mut depth = front.map_or(behind, |front| front - 1);
            let mut described = Vec::new();
            for (name, row) in rows.iter().filter(|row| row.section == section).enumerate() {
                described.push(row.json(name));
                let middle = row.chairs.len() as i64 * i64::from(focus);
                for (at, chair) in row.chairs.iter().enumerate() {
                    if at == 0 || row.aisles.contains(&(at - 1)) {
                        firsts.push(row.first + at);
                        let middle = middle - 2 * at as i64;
                        hall.push(Bench { section, depth, middle, chairs: Vec::new() });
                    }
                    hall.last_mut().expect("a bench").chairs.push(*chair);
                }
                depth += 1;
                behind = behind.max(depth);
            }
            let (rows, category) = (described.join(","), section % 2);
            let front = front.map_or(String::new(), |front| format!(r#""front":{front},"#));
            let focus = ["left", "middle", "right"][usize::from(focus)];
            sections.push(format!(
                r#"{{"name":"S{section}","category":"C{category}",{front}"focus":"{focus}","rows":[{rows}]}}"#
            ));
        }
        let place = |ordinal: usize| {
            let bench = firsts.partition_point(|first| *first <= ordinal) - 1;
            (bench, ordinal - firsts[bench])
        };
        for chair in hall.iter_mut().flat_map(|bench| &mut bench.chairs) {
            chair.kept_for = chair.kept_for.map(|(ordinal, _)| place(ordinal));
        }
        let (orphans, described) =
            (["allow", "avoid", "refuse"][usize::from(night.orphans)], sections.join(","));
        let json = format!(
            r#"{{"sections":[{described}],"limits":{{"max_seats_per_hold":1000,"max_seats_per_holder":10000,"orphans":"{orphans}"}}}}"#
        );
        let spec = serde_json::from_str(&json).expect("a description");
        let created = Created { name: Name::new(b"ev").expect("a name"), spec };
        let event = Event::create(&created, At(0), TableSeed(0)).expect("a map");
        // The first category is that of the first section, and the other one comes with it.
        Self {
            event,
            hall,
            firsts,
            sections: night.sections.len(),
            avoids: night.orphans > 0,
            refuses: night.orphans == 2,
            holds: Vec::new(),
            keys: 0,
        }
    }

    /// Does it name a part of a group?
    fn is_partial(&self, seats: &[usize]) -> bool {
        seats.iter().any(|&seat| {
            let (bench, at) = self.at(seat);
            let group = self.hall[bench].chairs[at].group;
            let all = self.hall[bench].chairs.iter().enumerate().filter(|(_, chair)| chair.group == group);
            group.is_some()
                && all.map(|(at, _)| self.ordinal((bench, at))).any(|other| !seats.contains(&other))
        })
    }

    fn at(&self, ordinal: usize) -> (usize, usize) {
        let row = self.firsts.partition_point(|first| *first <= ordinal) - 1;
        (row, ordinal - self.firsts[row])
    }

    fn ordinal(&self, (row, at): (usize, usize)) -> usize {
        self.firsts[row] + at
    }

    fn chair(&mut self, ordinal: usize) -> &mut Chair {
        let (row, at) = self.at(ordinal);
        &mut self.hall[row].chairs[at]
    }

    fn seats(&self) -> usize {
        self.event.layout().seats() as usize
    }

    fn write(&mut self, write: &Write) -> Result<Change, String> {
        self.keys += 1;
        let mut hash = [0; 16];
        hash[..8].copy_from_slice(&self.keys.to_le_bytes());
        let key = Key { hash, fingerprint: [0; 8], account: Account::NOBODY };
        let Ok(change) = decide(&self.event, &key, write.clone(), At(0)) else {
            return Err(format!("{write:?} is a fault"));
        };
        let version = self.event.version() + u64::from(change.makes_version());
        self.event.apply(&Record::new(At(0), version, Some(key), change.clone()));
        self.event.check()?;
        Ok(change)
    }

    fn hold(&mut self, seats: &[usize], best: Option<Best>) -> Result<Change, String> {
        let holder = Name::new(b"holder").expect("a name");
        let seats: Seats = seats.iter().map(|&seat| seat as u32).collect();
        let best = best.into_iter().collect();
        self.write(&Write::Hold { holder, ttl: Millis(0), seats, best, places: Places::default() })
    }

    fn step(&mut self, step: &Step) -> Result<(), String> {
        match *step {
            Step::Take(first, count) => {
                let first = usize::from(first) % self.seats();
                let last = (first + usize::from(count)).min(self.seats());
                let seats: Vec<usize> = (first..last).filter(|&seat| self.chair(seat).free).collect();
                self.take(&seats)
            }
            Step::Fill(pattern) => {
                let free: Vec<usize> = (0..self.seats()).filter(|&seat| self.chair(seat).free).collect();
                let stays = |seat: usize| pattern.rotate_left(seat as u32 * 7) % 5 == 0;
                for seats in free.chunks(997) {
                    let seats: Vec<usize> = seats.iter().copied().filter(|&seat| !stays(seat)).collect();
                    self.take(&seats)?;
                }
                Ok(())
            }
            Step::Release(which) => {
                if self.holds.is_empty() {
                    return Ok(());
                }
                let (hold, seats) = self.holds.swap_remove(usize::from(which) % self.holds.len());
                for seat in seats {
                    self.chair(seat).free = true;
                }
                self.write(&Write::Release { hold: HoldId(hold), part: None }).map(|_| ())
            }
            Step::Change { which, drops, from, count } => self.change(which, drops, from, count),
            Step::Best { count, scope, scattered, accessible } => {
                self.best(u32::from(count), usize::from(scope), scattered, accessible)
            }
        }
    }

    fn take(&mut self, seats: &[usize]) -> Result<(), String> {
        if seats.is_empty() {
            return Ok(());
        }
        let expected = self.stranded(&self.hall, seats);
        let change = self.hold(seats, None)?;
        if self.is_partial(seats) {
            return is_refused_in_part(&change);
        }
        if self.is_accepted(&change, expected)? {
            self.held(seats);
        }
        Ok(())
    }

    fn change(&mut self, which: u8, drops: u8, from: u16, count: u8) -> Result<(), String> {
        if self.holds.is_empty() {
            return Ok(());
        }
        let which = usize::from(which) % self.holds.len();
        let (hold, mut seats) = self.holds[which].clone();
        let (leave, stay): (Vec<_>, Vec<_>) =
            seats.iter().enumerate().partition(|(at, _)| drops >> (at % 8) & 1 == 1);
        let drop: Vec<usize> = leave.into_iter().map(|(_, &seat)| seat).collect();
        let near = drop.first().map_or(0, |seat| seat.saturating_sub(4));
        let from = if from.is_multiple_of(4) { usize::from(from) } else { near + usize::from(from) / 4 % 9 };
        let add: Vec<usize> = (from..from + usize::from(count))
            .map(|seat| seat % self.seats())
            .filter(|seat| !seats.contains(seat))
            .collect();
        let add: Vec<usize> = add.into_iter().filter(|&seat| self.chair(seat).free).collect();
        if has_twice(&add) || (add.is_empty() && (drop.is_empty() || stay.is_empty())) {
            return Ok(());
        }
        let mut hall = self.hall.clone();
        for &seat in &drop {
            let (row, at) = self.at(seat);
            hall[row].chairs[at].free = true;
        }
        let expected = self.stranded(&hall, &add);
        let list = |seats: &[usize]| seats.iter().map(|&seat| seat as u32).collect::<Seats>();
        let part = |seats: &[usize]| Box::new(list(seats).into());
        let change = self.write(&Write::Change { hold: HoldId(hold), drop: part(&drop), add: part(&add) })?;
        if self.is_partial(&drop) || self.is_partial(&add) {
            return is_refused_in_part(&change);
        }
        if self.is_accepted(&change, expected)? {
            self.hall = hall;
            for &seat in &add {
                self.chair(seat).free = false;
            }
            seats.retain(|seat| !drop.contains(seat));
            seats.extend(add);
            self.holds[which].1 = seats;
        }
        Ok(())
    }

    fn stranded(&self, hall: &[Bench], seats: &[usize]) -> Option<Stranded> {
        let picks: Vec<_> = seats.iter().map(|&seat| self.at(seat)).collect();
        stranded(hall, &picks).filter(|_| self.refuses)
    }

    /// Is it accepted, or refused with good reason?
    fn is_accepted(&self, change: &Change, expected: Option<Stranded>) -> Result<bool, String> {
        match (change, expected) {
            (Change::Held { .. } | Change::HoldChanged { .. }, None) => Ok(true),
            (
                Change::Refused(Refusal::Orphan { lone, count, picks }),
                Some(Stranded { lone: other, instead }),
            ) => {
                let firsts: Vec<usize> = instead.iter().map(|block| self.ordinal(block[0])).collect();
                let found: Vec<usize> = picks.iter().map(|first| *first as usize).collect();
                let same = *lone as usize == self.ordinal(other)
                    && *count as usize == instead[0].len()
                    && found == firsts;
                if !same {
                    return Err(format!("{lone} alone, {picks:?}; the oracle says {other:?}, {instead:?}"));
                }
                Ok(false)
            }
            (change, expected) => Err(format!("{change:?}, the oracle says {expected:?}")),
        }
    }

    fn held(&mut self, seats: &[usize]) {
        for &seat in seats {
            self.chair(seat).free = false;
        }
        self.holds.push((self.event.version(), seats.to_vec()));
    }

    fn best(&mut self, count: u32, scope: usize, scattered: bool, accessible: u8) -> Result<(), String> {
        let index = scope / 2 % self.sections;
        let (scope, within) = match scope {
            0 | 1 => (Scope::Everywhere, Within::Everywhere),
            2 | 3 => (Scope::Section(index as u16), Within::Section(index)),
            _ => (Scope::Category((index % 2) as u16), Within::Category(index % 2)),
        };
        let accessible = accessible.min(count.min(255) as u8);
        let wish = Wish { count: count as usize, within, scattered, accessible: accessible.into() };
        let expected = choose(&mut self.hall, &wish, self.avoids);
        match (self.hold(&[], Some(Best { count, scope, scattered, accessible }))?, expected) {
            (Change::Held { seats, .. }, Ok(chosen)) => {
                let chosen: Vec<usize> = chosen.iter().map(|&seat| self.ordinal(seat)).collect();
                let found: Vec<usize> = seats.iter().map(|seat| *seat as usize).collect();
                if found != chosen {
                    return Err(format!("{found:?} chosen, the oracle says {chosen:?}"));
                }
                self.held(&chosen);
                Ok(())
            }
            (Change::Refused(Refusal::NotEnough { free, together, .. }), Err(few))
                if few == (TooFew { free: free as usize, together: together as usize }) =>
            {
                Ok(())
            }
            (change, expected) => Err(format!("{change:?}, the oracle says {expected:?}")),
        }
    }
}

fn is_refused_in_part(change: &Change) -> Result<(), String> {
    match change {
        Change::Refused(Refusal::PartOfGroup { .. }) => Ok(()),
        other => Err(format!("{other:?}, and a group would be divided")),
    }
}

fn has_twice(seats: &[usize]) -> bool {
    seats.iter().enumerate().any(|(at, seat)| seats[..at].contains(seat))
}

#[test]
fn what_is_chosen_is_the_best() {
    #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives values")]
    fn property(night: Night) -> TestResult {
        let mut house = House::new(&night);
        for (index, step) in night.steps.iter().enumerate() {
            if let Err(what) = house.step(step) {
                return TestResult::error(format!("step {index}, {step:?}: {what}"));
            }
        }
        TestResult::passed()
    }
    QuickCheck::new().tests(3_000).quickcheck(property as fn(Night) -> TestResult);
}
