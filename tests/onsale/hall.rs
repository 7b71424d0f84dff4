//! The hall as the feed shows it, and the best seats in it, found by trying every block.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::support::reply::Value;

const SECTIONS: [&str; 4] = ["A", "B", "C", "D"];
/// In each section.
const ROWS: usize = 125;
/// In each row; fewer than a word has bits.
const ROW: u32 = 40;
pub(crate) const SEATS: usize = SECTIONS.len() * ROWS * ROW as usize;

/// Lone seats are avoided.
pub(crate) fn json() -> String {
    let section = |name: &str| {
        format!(r#"{{"name":"{name}","category":"{name}","rows":{{"from":1,"to":{ROWS},"seats":{ROW}}}}}"#)
    };
    let sections = SECTIONS.map(section).join(",");
    let limits = r#"{"orphans":"avoid","max_seats_per_holder":100000}"#;
    format!(r#"{{"sections":[{sections}],"limits":{limits}}}"#)
}

/// Row and place.
type At = (usize, u32);

fn at(label: &str) -> At {
    let words: Vec<&str> = label.split('-').collect();
    let section = SECTIONS.iter().position(|name| *name == words[0]).unwrap();
    let (row, seat): (usize, u32) = (words[1].parse().unwrap(), words[2].parse().unwrap());
    (section * ROWS + row - 1, seat - 1)
}

fn seats(fields: &Value) -> Vec<At> {
    fields.texts("seats").iter().map(|label| at(label)).collect()
}

/// The free seats that have no free neighbour.
const fn lone(row: u64) -> u64 {
    row & !(row << 1) & !(row >> 1)
}

#[derive(Debug)]
pub(crate) struct Hall {
    /// Bits of the free seats.
    free: Vec<u64>,
    sold: Vec<u64>,
    holds: BTreeMap<u64, Vec<At>>,
    payments: BTreeMap<String, Vec<At>>,
}

impl Hall {
    pub(crate) fn new() -> Self {
        let rows = SECTIONS.len() * ROWS;
        let all = (1 << ROW) - 1;
        Self { free: vec![all; rows], sold: vec![0; rows], holds: BTreeMap::new(), payments: BTreeMap::new() }
    }

    pub(crate) fn sold(&self) -> usize {
        self.sold.iter().map(|row| row.count_ones() as usize).sum()
    }

    /// Everything here was chosen, and every part of it is one block.
    pub(crate) fn happen(&mut self, kind: &str, fields: &Value) {
        match kind {
            "created" => {}
            "held" => {
                let seats = seats(fields);
                let best = self.best(seats.len() as u32);
                assert_eq!(seats, best, "there was a better choice: {fields:?}");
                self.take(&seats);
                self.holds.insert(fields.integer("hold"), seats);
            }
            "expired" => {
                let seats = self.holds.remove(&fields.integer("hold")).unwrap();
                self.give(&seats);
            }
            "paying" => {
                let Some(Value::List(holds)) = fields.get("holds") else { panic!("{fields:?}") };
                let [Value::Integer(hold)] = holds[..] else { panic!("{fields:?}") };
                let seats = self.holds.remove(&(hold as u64)).unwrap();
                self.payments.insert(payment(fields), seats);
            }
            "payment_failed" | "payment_lapsed" => {
                let seats = self.payments[&payment(fields)].clone();
                self.give(&seats);
            }
            "payment_succeeded" => {
                let seats = self.payments[&payment(fields)].clone();
                if fields.integer("late") == 1 {
                    self.take(&seats);
                }
                for (row, seat) in seats {
                    let bit = 1 << seat;
                    assert!(self.sold[row] & bit == 0 && self.free[row] & bit == 0, "sold twice: {fields:?}");
                    self.sold[row] |= bit;
                }
            }
            "refund_due" => {
                let seats = &self.payments[&payment(fields)];
                let are_free = seats.iter().all(|&(row, seat)| self.free[row] >> seat & 1 == 1);
                assert!(!are_free, "the seats were there: {fields:?}");
            }
            "payment_refunded" => {}
            other => panic!("nobody did this: {other} {fields:?}"),
        }
    }

    fn take(&mut self, seats: &[At]) {
        for &(row, seat) in seats {
            assert!(self.free[row] >> seat & 1 == 1, "row {row} seat {seat} is not free");
            self.free[row] &= !(1 << seat);
        }
    }

    fn give(&mut self, seats: &[At]) {
        for &(row, seat) in seats {
            assert!(self.free[row] >> seat & 1 == 0, "row {row} seat {seat} is free already");
            self.free[row] |= 1 << seat;
        }
    }

    /// The block of so many seats that leaves the fewest new lone seats, of these the nearest to the middle of the
    /// first row, of these the one furthest to the front.
    fn best(&self, count: u32) -> Vec<At> {
        let mut best = None;
        for (row, &free) in self.free.iter().enumerate() {
            for first in 0..=ROW - count {
                let block = ((1_u64 << count) - 1) << first;
                if free & block != block {
                    continue;
                }
                let lone = (lone(free & !block) & !lone(free)).count_ones();
                let distance = 4 * row as u32 + (2 * first + count).abs_diff(ROW);
                best = best.max(Some(Reverse((lone, distance, row, first))));
            }
        }
        let Some(Reverse((_, _, row, first))) = best else { return Vec::new() };
        (first..first + count).map(|seat| (row, seat)).collect()
    }
}

fn payment(fields: &Value) -> String {
    fields.get("payment").unwrap().text().to_owned()
}
