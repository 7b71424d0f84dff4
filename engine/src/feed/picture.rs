//! What becomes of the picture of an event from one version to another: which seats and areas are another, and what they are
//! then. Statuses are absolute, so the last change of a seat is all that is kept of it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;

use super::fields::FeedRecord;
use super::json::push_json;
use crate::limits;
use crate::numbers::At;
use crate::state::{Change, Counts, Layout, Ordinal, SeatStatus};

pub(super) mod live;

/// The changes between two versions, as far as a picture shows them.
#[derive(Clone, Debug)]
pub struct Delta {
    /// The version that it begins at: what that one changed is not in it.
    from: u64,
    version: u64,
    at: At,
    /// What each seat is, and the version that made it so.
    seats: BTreeMap<Ordinal, (SeatStatus, u64)>,
    areas: BTreeMap<u16, (Counts, u64)>,
    /// The newest version of which it cannot be told what it has changed.
    gap: Option<u64>,
    /// The newest version that has changed the map.
    plan: Option<u64>,
}

impl Delta {
    /// Nothing yet; the next change is the one after this version, which was made at that time.
    #[must_use]
    pub const fn after(version: u64, at: At) -> Self {
        Self {
            from: version,
            version,
            at,
            seats: BTreeMap::new(),
            areas: BTreeMap::new(),
            gap: None,
            plan: None,
        }
    }

    /// The version that it begins at.
    pub(super) const fn from(&self) -> u64 {
        self.from
    }

    /// The version that it leads to.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// When that was made, Unix milliseconds.
    #[must_use]
    pub const fn at(&self) -> At {
        self.at
    }

    /// The seats that are another, and what they are; in the order of ordinals.
    pub fn seats(&self) -> impl ExactSizeIterator<Item = (Ordinal, SeatStatus)> + '_ {
        self.seats.iter().map(|(&seat, &(status, _))| (seat, status))
    }

    /// The areas that are another, and their places by status; by index.
    pub fn areas(&self) -> impl ExactSizeIterator<Item = (u16, Counts)> + '_ {
        self.areas.iter().map(|(&area, &(counts, _))| (area, counts))
    }

    /// Is all that has changed in it? If not, the whole picture is to be asked for.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.gap.is_none()
    }

    /// Takes the next change.
    ///
    /// # Panics
    /// If it is another: a feed has no gaps.
    pub fn take(&mut self, record: &FeedRecord) {
        assert_eq!(record.version, self.version + 1, "a feed has no gaps");
        (self.version, self.at) = (record.version, record.at);
        if matches!(record.change, Change::Created(_) | Change::OldCreated(_) | Change::PlanChanged { .. }) {
            self.plan = Some(self.version);
        } else if self.fold(record) {
            return;
        }
        self.gap = Some(self.version);
        self.seats.clear();
        self.areas.clear();
    }

    /// False if the record does not tell what it has changed: it is one of an older version of holdfast.
    fn fold(&mut self, FeedRecord { change, touched, .. }: &FeedRecord) -> bool {
        use SeatStatus::{Blocked, Free, Held, Sold};
        let moves_places = match change {
            Change::Held { seats, places, .. } => {
                self.all(seats, Held);
                !places.is_empty()
            }
            Change::Changed { drop, add, .. } => {
                self.all(drop, Free);
                self.all(add, Held);
                false
            }
            Change::HoldChanged { drop, add, .. } | Change::Exchanged { drop, add, .. } => {
                let status = if matches!(change, Change::Exchanged { .. }) { Sold } else { Held };
                self.all(&drop.seats, Free);
                self.all(&add.seats, status);
                !drop.places.is_empty() || !add.places.is_empty()
            }
            Change::SeatsReleased { seats, .. }
            | Change::SeatsCancelled { seats, .. }
            | Change::Unblocked { seats, .. } => {
                self.all(seats, Free);
                false
            }
            Change::PartReleased { part, .. } | Change::Returned { part: Some(part), .. } => {
                self.all(&part.seats, Free);
                !part.places.is_empty()
            }
            Change::Blocked { seats, .. } => {
                self.all(seats, Blocked);
                false
            }
            Change::PartBlocked { ranges, places, .. } | Change::PartUnblocked { ranges, places, .. } => {
                let status = if matches!(change, Change::PartBlocked { .. }) { Blocked } else { Free };
                for &(first, count) in ranges {
                    (first..first + count).for_each(|seat| self.seat(seat, status));
                }
                !places.is_empty()
            }
            _ => false,
        };
        let Some(touched) = touched.as_deref() else { return change.names_its_seats() && !moves_places };
        touched.seats().for_each(|seat| self.seat(seat, touched.status));
        for (&(area, _), &counts) in touched.areas.iter().zip(&touched.counts) {
            self.areas.insert(area, (counts, self.version));
        }
        !moves_places || !touched.areas.is_empty()
    }

    fn all(&mut self, seats: &[Ordinal], status: SeatStatus) {
        seats.iter().for_each(|&seat| self.seat(seat, status));
    }

    fn seat(&mut self, seat: Ordinal, status: SeatStatus) {
        self.seats.insert(seat, (status, self.version));
    }

    /// The message to those who have heard of everything up to this version, which is not before that at which it begins, as JSON:
    /// `{"from":, "version":, "at":, "seats": {ordinal: status}, "areas": {name: [capacity, free, held, paying, sold]}}`, or
    /// without seats and areas and with `"ask":"PICTURE"` if it cannot be told what has changed, or would take more than the
    /// whole picture. If the map has become another, with `plan_version`. `None` if they have heard of all of it.
    pub(super) fn message(&self, from: u64, layout: &Layout) -> Option<Arc<[u8]>> {
        if from >= self.version {
            return None;
        }
        let mut out = Vec::with_capacity(64 + 12 * self.seats.len());
        let (version, at) = (self.version, self.at);
        // Writing to a vector cannot fail, here and below.
        let _ = write!(out, r#"{{"from":{from},"version":{version},"at":{at}"#);
        let (front, whole) = (out.len(), layout.seats() as usize);
        if let Some(plan) = self.plan.filter(|plan| *plan > from) {
            let _ = write!(out, r#","plan_version":{plan}"#);
        }
        if self.gap.is_some_and(|gap| gap > from) {
            out.extend_from_slice(ASK);
        } else {
            self.push_changes(from, layout, &mut out);
        }
        if out.len() > whole.max(limits::MAP_MESSAGE_BYTES_MAX) {
            out.truncate(front);
            out.extend_from_slice(ASK);
        }
        Some(out.into())
    }

    fn push_changes(&self, from: u64, layout: &Layout, out: &mut Vec<u8>) {
        out.extend_from_slice(br#","seats":{"#);
        let seats = self.seats.iter().filter(|(_, (_, version))| *version > from);
        for (at, (seat, (status, _))) in seats.enumerate() {
            let comma = if at > 0 { "," } else { "" };
            let _ = write!(out, r#"{comma}"{seat}":"{}""#, char::from(status.letter()));
        }
        out.extend_from_slice(br#"},"areas":{"#);
        let areas = self.areas.iter().filter(|(_, (_, version))| *version > from);
        for (at, (area, (counts, _))) in areas.enumerate() {
            if at > 0 {
                out.push(b',');
            }
            push_json(out, layout.areas().get(usize::from(*area)).map_or("", |area| area.name.as_str()));
            let [free, held, paying, sold] = SeatStatus::OF_PLACES.map(|status| counts.of(status));
            let _ = write!(out, ":[{},{free},{held},{paying},{sold}]", counts.total());
        }
        out.extend_from_slice(b"}}");
    }
}

/// The end of a message that tells nothing.
const ASK: &[u8] = br#","ask":"PICTURE"}"#;
