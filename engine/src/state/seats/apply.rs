//! Moves places of areas.

use super::table::area_term;
use crate::state::{Event, Places, SeatStatus};

impl Event {
    pub(in crate::state) fn move_places(&mut self, places: &Places, from: SeatStatus, to: SeatStatus) {
        for &(area, count) in places {
            let counts = &mut self.areas[area as usize];
            self.sum.subtract(area_term(area, counts));
            counts.shift(count, from, to);
            self.sum.add(area_term(area, counts));
            self.touched.area((area, count), counts);
        }
    }
}
