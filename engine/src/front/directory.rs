//! Which events there are, and how to reach the actor of each.
//!
//! Names are unique for ever and no place of the list ever goes. An event at rest has a name, a status and a number here,
//! and no actor; the first who asks for it has it brought back, and all who ask wait for that. An event that could not be
//! brought back at the start has no place, and its name stays taken.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use holdfast_wal::Lsn;
use parking_lot::RwLock;
use tokio::sync::oneshot;

use crate::actor::Entry;
use crate::catalogue::Code;
use crate::fault::Fault;
use crate::limits;
use crate::numbers::EventId;
use crate::restore::note::{Note, PackedFigures};
use crate::restore::recovery::Lost;
use crate::state::{EventFigures, EventStatus, Name, NameRef, Standing, TableSeed};

mod learning;
mod names;

use names::Names;

/// All events, by name and in the order of their creation.
pub(crate) struct Directory {
    events: RwLock<Events>,
    /// Names of the events that could not be brought back.
    lost: BTreeSet<Name>,
    /// The number of events that could not be brought back and whose name is unknown.
    unnamed: usize,
    /// How many events in memory wait to be rebuilt: their actors count.
    broken: Arc<AtomicUsize>,
}

struct Events {
    names: Names,
    /// Ascending by number.
    in_order: Vec<Slot>,
    next_id: EventId,
    /// Those at rest.
    at_rest: usize,
    /// Those of them whose snapshots could not be read.
    unread: usize,
    /// Those at rest that are being brought back, each with those who wait for it.
    called: BTreeMap<EventId, Vec<oneshot::Sender<()>>>,
}

enum Slot {
    Here(Arc<Entry>),
    Resting(Rest),
}

/// An event at rest. It has no memory of its own, see [`names`].
struct Rest {
    id: EventId,
    status: EventStatus,
    rests_on: Lsn,
    /// Unknown if its snapshot is of an older version.
    figures: Option<PackedFigures>,
    /// Its snapshot could not be read; it is tried again.
    is_out: bool,
}

/// What is known of the figures of an event.
pub(crate) enum Figures {
    /// It is in memory: its actor knows.
    Here(Arc<Entry>),
    /// It is at rest.
    Resting(Option<EventFigures>),
    /// There is none of that name, or none that can be used.
    None,
}

/// What there is under a name.
pub(crate) enum Found {
    Here(Arc<Entry>),
    /// It is being brought back; `call` is its number if nobody has called for it before.
    Resting {
        waking: Waking,
        call: Option<EventId>,
    },
    /// There is none, or none that can be used.
    Fault(Fault),
}

/// Done when an event that was at rest is back, or cannot be brought back.
#[derive(Debug)]
pub struct Waking(oneshot::Receiver<()>);

impl Waking {
    /// Waits for it, on a thread that may.
    pub(crate) fn wait(self) {
        // Whoever cannot be brought back is not told of.
        let _ = self.0.blocking_recv();
    }
}

impl Future for Waking {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.0).poll(context).map(drop)
    }
}

/// A page of the list of events: `next` is the cursor of the page after it, 0 at the end.
pub(crate) struct Page {
    pub(crate) next: u64,
    pub(crate) events: Vec<(Name, EventStatus)>,
    pub(crate) rests_on: Lsn,
}

impl Slot {
    fn id(&self) -> EventId {
        match self {
            Self::Here(entry) => entry.id(),
            Self::Resting(rest) => rest.id,
        }
    }

    /// The status and what it rests on; `None` while the event is being created.
    fn listed(&self) -> Option<(EventStatus, Lsn)> {
        match self {
            Self::Here(entry) => entry.listed(),
            Self::Resting(rest) => Some((rest.status, rest.rests_on)),
        }
    }
}

impl Directory {
    /// A directory without events but those that are `lost`. Its first event will have the number `next_id` at least.
    pub(crate) fn new(seed: TableSeed, next_id: EventId, lost: &[Lost]) -> Self {
        let next_id = lost.iter().map(|lost| lost.id.next()).max().unwrap_or_default().max(next_id);
        let unnamed = lost.iter().filter(|lost| lost.name.is_none()).count();
        let lost = lost.iter().filter_map(|lost| lost.name.clone()).collect();
        let (names, in_order, called) = (Names::new(seed), Vec::new(), BTreeMap::new());
        let events = Events { names, in_order, next_id, at_rest: 0, unread: 0, called };
        Self { events: RwLock::new(events), lost, unnamed, broken: Arc::default() }
    }

    /// Whether there is an event of this name.
    pub(crate) fn has(&self, name: NameRef<'_>) -> bool {
        self.events.read().names.place(name).is_some()
    }

    /// The event of this name. If it is at rest, it has to be brought back from now on.
    pub(crate) fn find(&self, name: NameRef<'_>) -> Found {
        match self.events.read().slot(name) {
            Some(Slot::Here(entry)) => return Found::Here(Arc::clone(entry)),
            Some(Slot::Resting(_)) => {}
            None => return Found::Fault(self.absent(name)),
        }
        let mut events = self.events.write();
        let Events { names, in_order, called, .. } = &mut *events;
        match names.place(name).map(|place| &in_order[place]) {
            Some(Slot::Here(entry)) => Found::Here(Arc::clone(entry)),
            Some(Slot::Resting(rest)) if rest.is_out => Found::Fault(out_of_service(&name.to_name())),
            Some(Slot::Resting(rest)) => {
                let id = rest.id;
                let (done, waking) = oneshot::channel();
                let is_called = called.contains_key(&id);
                let waiting = called.entry(id).or_default();
                // Of those who have gone, none is kept.
                waiting.retain(|waiting| !waiting.is_closed());
                waiting.push(done);
                Found::Resting { waking: Waking(waking), call: (!is_called).then_some(id) }
            }
            None => Found::Fault(self.absent(name)),
        }
    }

    /// The number of the event of this name.
    pub(crate) fn id_of(&self, name: NameRef<'_>) -> Option<EventId> {
        self.events.read().slot(name).map(Slot::id)
    }

    /// The name of the event of that number.
    pub(crate) fn name_of(&self, id: EventId) -> Option<Name> {
        let events = self.events.read();
        events.place(id).map(|place| events.names.name(place))
    }

    /// The event of that number, if it is in memory.
    pub(crate) fn numbered(&self, id: EventId) -> Option<Arc<Entry>> {
        let events = self.events.read();
        match &events.in_order[events.place(id)?] {
            Slot::Here(entry) => Some(Arc::clone(entry)),
            Slot::Resting(_) => None,
        }
    }

    /// Where the figures of the event of this name are. It is not brought back for them.
    pub(crate) fn figures(&self, name: NameRef<'_>) -> Figures {
        match self.events.read().slot(name) {
            Some(Slot::Here(entry)) => Figures::Here(Arc::clone(entry)),
            Some(Slot::Resting(rest)) => {
                Figures::Resting(rest.figures.as_ref().and_then(|packed| packed.figures(rest.status)))
            }
            None => Figures::None,
        }
    }

    /// How the event stands that is at rest; `None` if that is not known.
    pub(crate) fn standing_at_rest(&self, id: EventId) -> Option<Standing> {
        let events = self.events.read();
        match &events.in_order[events.place(id)?] {
            Slot::Here(_) => None,
            Slot::Resting(rest) => rest.figures.as_ref().map(PackedFigures::standing),
        }
    }

    /// For the actors of events that go out of service, and come back.
    pub(crate) const fn broken(&self) -> &Arc<AtomicUsize> {
        &self.broken
    }

    /// The event, which has these figures, leaves memory, if nobody is on the way to it.
    pub(crate) fn park(&self, entry: &Entry, rests_on: Lsn, figures: &EventFigures) -> bool {
        let mut events = self.events.write();
        let id = entry.id();
        let Some(at) = events.place(id) else { return false };
        // An actor may want to rest before the thread that brought it back has made its entry known: one that left before that would
        // be found for ever, and nobody could reach it.
        if !matches!(&events.in_order[at], Slot::Here(here) if std::ptr::eq(&**here, entry)) {
            return false;
        }
        // Under the lock: whoever is too late for the entry finds the event at rest.
        let Some((status, _)) = entry.listed().filter(|_| entry.park()) else { return false };
        let figures = Some(PackedFigures::of(&figures.seats, &figures.standing));
        events.in_order[at] = Slot::Resting(Rest { id, status, rests_on, figures, is_out: false });
        events.at_rest += 1;
        true
    }

    /// An event that was at rest is back.
    pub(crate) fn is_back(&self, entry: Arc<Entry>) {
        let mut events = self.events.write();
        let Some(at) = events.place(entry.id()) else { return };
        if let Slot::Resting(rest) = &events.in_order[at] {
            let was_unread = rest.is_out;
            events.called.remove(&entry.id());
            events.in_order[at] = Slot::Here(entry);
            events.at_rest -= 1;
            events.unread -= usize::from(was_unread);
        }
    }

    /// An event at rest cannot be brought back for now: it is out of service, and those who wait are told.
    pub(crate) fn is_out(&self, id: EventId) {
        let mut events = self.events.write();
        let Some(at) = events.place(id) else { return };
        if let Slot::Resting(rest) = &mut events.in_order[at]
            && !std::mem::replace(&mut rest.is_out, true)
        {
            events.unread += 1;
            events.called.remove(&id);
        }
    }

    /// Why a name without an entry may be that of an event all the same: of one that could not be brought back. If
    /// the name of such an event is unknown, it may be any.
    pub(crate) fn withheld(&self, name: NameRef<'_>) -> Option<Fault> {
        if self.lost.contains(&name.to_name()) {
            return Some(out_of_service(&name.to_name()));
        }
        let message = "an event is out of service whose name is not known, so that no other name can be looked up or made";
        (self.unnamed > 0).then(|| Fault::new(Code::OUT_OF_SERVICE, message))
    }

    /// The fault of a command for an event that is not there.
    pub(crate) fn absent(&self, name: NameRef<'_>) -> Fault {
        let unknown = || Fault::new(Code::NO_EVENT, format!("there is no event {}", name.to_name()));
        self.withheld(name).unwrap_or_else(unknown)
    }

    /// How many events are out of service.
    pub(crate) fn out_of_service(&self) -> usize {
        let unread = self.events.read().unread;
        self.lost.len() + self.unnamed + unread + self.broken.load(Ordering::Relaxed)
    }

    /// The numbers of all events that were created; `None` if one of them is out of service.
    pub(crate) fn created(&self) -> Option<Vec<EventId>> {
        if self.out_of_service() > 0 {
            return None;
        }
        let events = self.events.read();
        let created = events.in_order.iter().filter(|slot| slot.listed().is_some());
        Some(created.map(Slot::id).collect())
    }

    /// How many events are at rest.
    pub(crate) fn at_rest(&self) -> usize {
        self.events.read().at_rest
    }

    pub(crate) fn len(&self) -> usize {
        self.events.read().in_order.len()
    }

    /// How many events there are of those that are `shown`.
    pub(crate) fn count(&self, shown: impl Fn(&[u8]) -> bool) -> usize {
        let events = self.events.read();
        let listed = (0..).zip(&events.in_order).filter(|(_, slot)| slot.listed().is_some());
        listed.filter(|(place, _)| shown(events.names.bytes(*place))).count()
    }

    /// Adds an event that recovery brought back; they come by their numbers.
    pub(crate) fn add(&self, entry: Arc<Entry>) {
        let name = entry.name().clone();
        self.events.write().insert(name.borrowed(), Slot::Here(entry));
    }

    /// Adds an event that recovery left at rest; they come by their numbers.
    pub(crate) fn add_resting(&self, id: EventId, note: Note, rests_on: Lsn) {
        let Note { name, status, figures, .. } = note;
        let rest = Rest { id, status, rests_on, figures, is_out: false };
        self.events.write().insert(name.borrowed(), Slot::Resting(rest));
    }

    /// Makes the entry of this name with `make`, which is given the event's number, unless there is one. It is made under
    /// the lock, so that a name gets one actor only, and the actor's first message comes from its maker.
    ///
    /// # Errors
    /// [`TooMany`] if there are [`limits::EVENTS_MAX`] events.
    pub(crate) fn find_or_make(
        &self,
        name: NameRef<'_>,
        make: impl FnOnce(EventId) -> Arc<Entry>,
    ) -> Result<(), TooMany> {
        let mut events = self.events.write();
        if events.names.place(name).is_some() {
            return Ok(());
        }
        if events.in_order.len() >= limits::EVENTS_MAX {
            return Err(TooMany);
        }
        let entry = make(events.next_id);
        events.insert(name, Slot::Here(entry));
        Ok(())
    }

    /// Events in the order of their creation, from the place `cursor` on.
    pub(crate) fn page(&self, cursor: u64, count: usize) -> Page {
        let events = self.events.read();
        let start = usize::try_from(cursor).unwrap_or(usize::MAX).min(events.in_order.len());
        let end = start.saturating_add(count).min(events.in_order.len());
        let mut page = Page { next: 0, events: Vec::new(), rests_on: Lsn::ZERO };
        for (place, slot) in (start..end).zip(&events.in_order[start..end]) {
            // Not created yet: the command that creates it is still on its way to the actor.
            let Some((status, lsn)) = slot.listed() else { continue };
            page.rests_on = page.rests_on.max(lsn);
            page.events.push((events.names.name(place), status));
        }
        if end < events.in_order.len() {
            page.next = end as u64;
        }
        page
    }
}

/// There are as many events as there may be.
pub(crate) struct TooMany;

fn out_of_service(name: &Name) -> Fault {
    let message = format!("event {name} could not be brought back and is out of service; the others go on");
    Fault::new(Code::OUT_OF_SERVICE, message)
}

impl Events {
    fn insert(&mut self, name: NameRef<'_>, slot: Slot) {
        assert!(self.in_order.last().is_none_or(|last| last.id() < slot.id()), "numbers rise");
        self.next_id = self.next_id.max(slot.id().next());
        self.at_rest += usize::from(matches!(slot, Slot::Resting(_)));
        self.names.add(name);
        self.in_order.push(slot);
    }

    fn slot(&self, name: NameRef<'_>) -> Option<&Slot> {
        self.in_order.get(self.names.place(name)?)
    }

    fn place(&self, id: EventId) -> Option<usize> {
        self.in_order.binary_search_by_key(&id, Slot::id).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{Counts, Layout, Standing};
    use crate::system::Branch;

    fn lost(id: EventId, name: Option<&str>) -> Lost {
        let name = name.map(|name| Name::new(name.as_bytes()).unwrap());
        Lost { id, name, code: Code::SNAPSHOTS_DAMAGED, reason: String::new() }
    }

    fn said(directory: &Directory, name: &str) -> (Option<Code>, Code) {
        let name = NameRef::new(name.as_bytes()).unwrap();
        (directory.withheld(name).map(|fault| fault.code), directory.absent(name).code)
    }

    #[test]
    fn the_name_of_a_lost_event_stays_taken_and_so_does_every_name_if_it_is_unknown() {
        let out = (Some(Code::OUT_OF_SERVICE), Code::OUT_OF_SERVICE);
        let directory = Directory::new(TableSeed(1), EventId(3), &[lost(EventId(7), Some("gala"))]);
        assert_eq!(said(&directory, "gala"), out);
        assert_eq!(said(&directory, "ball"), (None, Code::NO_EVENT));
        assert_eq!(directory.events.read().next_id, EventId(8), "no other event gets its number");
        let directory = Directory::new(
            TableSeed(1),
            EventId(3),
            &[lost(EventId(2), None), lost(EventId(1), Some("gala"))],
        );
        assert_eq!((said(&directory, "gala"), said(&directory, "ball")), (out, out));
        assert_eq!((directory.out_of_service(), directory.events.read().next_id), (2, EventId(3)));
    }

    /// The thread that brings an event back starts its actor before it makes the entry known, and may be held up in between for longer
    /// than the actor is patient.
    #[test]
    fn an_event_that_nobody_can_find_yet_does_not_leave_memory() {
        let json =
            r#"{"sections": [{"name": "A", "category": "C", "rows": {"from": 1, "to": 1, "seats": 9}}]}"#;
        let layout = Arc::new(Layout::build(&serde_json::from_str(json).unwrap()).unwrap());
        let name = Name::new(b"gala").unwrap();
        let entry = || {
            let entry = Entry::new(EventId(1), name.clone(), (Arc::clone(&layout), 1), Branch::FIRST);
            entry.list(EventStatus::Open, Lsn(5));
            Arc::new(entry)
        };
        let (status, seats, standing) = (EventStatus::Open, Counts::default(), Standing::default());
        let figures = EventFigures { status, seats, standing };
        let parks = |directory: &Directory, entry: &Entry| directory.park(entry, Lsn(5), &figures);

        let directory = Directory::new(TableSeed(1), EventId(1), &[]);
        let (first, second) = (entry(), entry());
        assert!(!parks(&directory, &first), "it is not there at all");
        directory.add(Arc::clone(&first));
        assert!(parks(&directory, &first) && directory.at_rest() == 1);
        assert!(!parks(&directory, &second), "it is on its way back");
        directory.is_back(Arc::clone(&second));
        assert_eq!(directory.at_rest(), 0);
        assert!(matches!(directory.find(name.borrowed()), Found::Here(entry) if entry.pin()));
        second.unpin();
        assert!(parks(&directory, &second) && directory.at_rest() == 1);
    }
}
