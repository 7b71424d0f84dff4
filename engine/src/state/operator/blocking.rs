//! Judges which seats and places are kept from being sold: `BLOCK`, `UNBLOCK`.

use std::ops::Range;

use crate::catalogue::Code;
use crate::fault::Fault;
use crate::state::{
    Audit, Change, Event, No, Ordinal, Places, Refusal, Row, SeatStatus, Spot, Spots, repeated,
};

/// Seats that follow each other, by the first and how many.
type Ranges = Box<[(Ordinal, u32)]>;

impl Event {
    pub(in crate::state) fn judge_block(&self, spots: &Spots, audit: Audit) -> Result<Change, No> {
        let (ranges, places) = self.judge_spots("BLOCK", spots, SeatStatus::Free)?;
        Ok(match spots.only_seats() {
            Some(seats) => Change::Blocked { seats, audit },
            None => Change::PartBlocked { ranges, places, audit },
        })
    }

    pub(in crate::state) fn judge_unblock(&self, spots: &Spots, audit: Audit) -> Result<Change, No> {
        let (ranges, places) = self.judge_spots("UNBLOCK", spots, SeatStatus::Blocked)?;
        Ok(match spots.only_seats() {
            Some(seats) => Change::Unblocked { seats, audit },
            None => Change::PartUnblocked { ranges, places, audit },
        })
    }

    /// What was named and is `as_asked`: all of it, unless the operator takes what there is.
    fn judge_spots(
        &self,
        command: &str,
        spots: &Spots,
        as_asked: SeatStatus,
    ) -> Result<(Ranges, Places), No> {
        self.not_closed()?;
        if spots.named.is_empty() {
            return Err(No::Fault(Fault::new(Code::SYNTAX, format!("{command} names nothing"))));
        }
        let mut seats: Vec<Range<Ordinal>> =
            spots.named.iter().flat_map(|spot| self.seats_of(spot)).collect();
        let mut places = Places::default();
        places.extend(spots.named.iter().filter_map(|spot| match spot {
            Spot::Area(area, count) => Some((*area, *count)),
            _ => None,
        }));
        let in_order = seats.clone();
        seats.sort_unstable_by_key(|range| range.start);
        if let Some(pair) = seats.windows(2).find(|pair| pair[1].start < pair[0].end) {
            let seat = self.layout.label(pair[1].start);
            return Err(repeated(format!("seat \"{seat}\" is named twice")));
        }
        self.no_area_twice(&places)?;
        if !spots.lenient {
            self.all_are(in_order.into_iter().flatten(), as_asked)?;
        }
        for (area, wanted) in places.iter_mut() {
            let has = self.areas[*area as usize].of(as_asked);
            match (*wanted > has, spots.lenient, as_asked) {
                (false, ..) => {}
                (true, true, _) => *wanted = has,
                (true, false, SeatStatus::Blocked) => {
                    return Err(Refusal::PlacesNotBlocked { area: *area, has, wanted: *wanted }.into());
                }
                (true, false, _) => {
                    return Err(Refusal::PlacesTaken { area: *area, free: has, wanted: *wanted }.into());
                }
            }
        }
        places.retain(|(_, count)| *count > 0);
        let as_asked = seats.into_iter().flatten().filter(|&seat| self.seats.status(seat) == as_asked);
        Ok((joined(as_asked), places))
    }

    fn seats_of(&self, spot: &Spot) -> Vec<Range<Ordinal>> {
        let section = |index: &u16| &self.layout.sections()[usize::from(*index)];
        match spot {
            Spot::Area(..) => Vec::new(),
            Spot::Seat(seat) => std::iter::once(*seat..*seat + 1).collect(),
            Spot::Section(index) => self.layout.seats_of(section(index)).collect(),
            Spot::Row(index, name, between) => {
                let (first, last) = between.unwrap_or((0, Ordinal::MAX - 1));
                let here = self.layout.rows_of(section(index)).filter(|row| row.name == *name);
                let within = here.map(Row::ordinals).map(|seats| {
                    let start = seats.start.max(first.min(last));
                    start..seats.end.min(first.max(last) + 1).max(start)
                });
                within.filter(|seats| !seats.is_empty()).collect()
            }
        }
    }
}

/// Seats in ascending order as ranges.
fn joined(seats: impl Iterator<Item = Ordinal>) -> Ranges {
    let mut ranges = Vec::<(Ordinal, u32)>::new();
    for seat in seats {
        match ranges.last_mut() {
            Some((first, count)) if *first + *count == seat => *count += 1,
            _ => ranges.push((seat, 1)),
        }
    }
    ranges.into()
}
