//! A set of sectors, kept as ranges: writes are long runs, and a zeroed segment is one range and not 131,072 sectors.

use std::collections::BTreeMap;
use std::ops::Range;

/// Sector numbers, as disjoint ranges that do not touch: start to end, the end not included.
#[derive(Clone, Debug, Default)]
pub(super) struct Sectors {
    ranges: BTreeMap<u64, u64>,
}

impl Sectors {
    pub(super) fn insert(&mut self, sectors: Range<u64>) {
        if sectors.is_empty() {
            return;
        }
        let Range { mut start, mut end } = sectors;
        if let Some((&before, &until)) = self.ranges.range(..=start).next_back()
            && until >= start
        {
            start = before;
            end = end.max(until);
        }
        while let Some((&next, &until)) = self.ranges.range(start..=end).next() {
            end = end.max(until);
            self.ranges.remove(&next);
        }
        self.ranges.insert(start, end);
    }

    pub(super) fn remove(&mut self, sectors: Range<u64>) {
        if sectors.is_empty() {
            return;
        }
        let Range { start, end } = sectors;
        if let Some((&before, &until)) = self.ranges.range(..start).next_back()
            && until > start
        {
            self.ranges.insert(before, start);
            if until > end {
                self.ranges.insert(end, until);
            }
        }
        while let Some((&next, &until)) = self.ranges.range(start..end).next() {
            self.ranges.remove(&next);
            if until > end {
                self.ranges.insert(end, until);
            }
        }
    }

    pub(super) fn clear(&mut self) {
        self.ranges.clear();
    }

    pub(super) fn ranges(&self) -> impl Iterator<Item = Range<u64>> + '_ {
        self.ranges.iter().map(|(&start, &end)| start..end)
    }

    pub(super) fn count(&self) -> u64 {
        self.ranges().map(|range| range.end - range.start).sum()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use quickcheck::quickcheck;

    use super::Sectors;

    quickcheck! {
        fn ranges_are_the_set_of_their_sectors(steps: Vec<(bool, u8, u8)>) -> bool {
            let mut ranges = Sectors::default();
            let mut set = BTreeSet::new();
            for (insert, start, len) in steps {
                let sectors = u64::from(start % 64)..u64::from(start % 64) + u64::from(len % 16);
                if insert {
                    ranges.insert(sectors.clone());
                    set.extend(sectors);
                } else {
                    ranges.remove(sectors.clone());
                    set.retain(|sector| !sectors.contains(sector));
                }
            }
            let apart = ranges.ranges().zip(ranges.ranges().skip(1)).all(|(left, right)| left.end < right.start);
            apart && ranges.count() == set.len() as u64 && ranges.ranges().flatten().eq(set)
        }
    }
}
