//! A picture that is kept by what the records tell, and is at each version what the event shows.

use std::collections::BTreeMap;

use holdfast_engine::{Counts, Delta, Event, FeedRecord, Framed, PictureView, Read, View};

/// The picture of an event, and what has changed since an earlier one.
pub(crate) struct Picturing {
    letters: Vec<u8>,
    areas: BTreeMap<u16, Counts>,
    /// From some version on.
    delta: Delta,
    /// The picture at that version.
    since: PictureView,
}

impl Picturing {
    pub(crate) fn new(event: &Event) -> Self {
        let now = picture(event);
        let (letters, areas) = (now.letters.clone(), now.areas.iter().copied().collect());
        Self { letters, areas, delta: Delta::after(now.version, now.at), since: now }
    }

    /// The event is as after this record.
    pub(crate) fn take(
        &mut self,
        event: &Event,
        Framed { record, touched, .. }: &Framed,
    ) -> Result<(), String> {
        if !record.change.makes_version() {
            return if touched.is_none() { Ok(()) } else { Err(format!("{record:?} touches {touched:?}")) };
        }
        let (version, at, change, touched) =
            (record.version, record.at, record.change.clone(), touched.clone());
        let record = FeedRecord { version, at, origin: None, change, touched, bytes: 0 };
        let mut delta = Delta::after(version - 1, at);
        delta.take(&record);
        self.delta.take(&record);
        if !delta.is_whole() {
            // The map is another.
            *self = Self::new(event);
            return Ok(());
        }
        draw(&delta, &mut self.letters, &mut self.areas);
        let now = picture(event);
        let areas = |areas: &BTreeMap<u16, Counts>| {
            areas.iter().map(|(&area, &counts)| (area, counts)).collect::<Vec<_>>()
        };
        if now.letters != self.letters || now.areas != areas(&self.areas) {
            return Err(format!(
                "{record:?} leads to {now:?}, and not to {:?}, {:?}",
                self.letters, self.areas
            ));
        }
        // Many changes at once come to the same, and each of them says no more than it has to.
        let (mut letters, mut since) =
            (self.since.letters.clone(), self.since.areas.iter().copied().collect());
        draw(&self.delta, &mut letters, &mut since);
        if (&letters, areas(&since), self.delta.version()) != (&now.letters, now.areas, now.version) {
            return Err(format!("{:?} does not lead from {:?} to {:?}", self.delta, self.since, now.letters));
        }
        if version % 7 == 0 {
            *self = Self::new(event);
        }
        Ok(())
    }
}

fn draw(delta: &Delta, letters: &mut [u8], areas: &mut BTreeMap<u16, Counts>) {
    delta.seats().for_each(|(seat, status)| letters[seat as usize] = status.letter());
    areas.extend(delta.areas());
}

fn picture(event: &Event) -> PictureView {
    match event.view(&Read::Picture) {
        Ok(View::Picture(picture)) => *picture,
        other => panic!("{other:?}"),
    }
}
