//! What groups give out, take back and refuse, compared with the plainest list of pending entries.

mod care;
mod generation;
mod returned;
mod serial;

use std::collections::BTreeMap;

use quickcheck::{Arbitrary, Gen, quickcheck};

use super::*;
use crate::catalogue::Code;
use crate::limits;
use crate::numbers::{EntryId, Millis};
use crate::system::{PIECE, System, SystemChange, SystemRecord};

/// The system event with groups in it.
struct Books(System);

const BOUNDS: GroupBounds = GroupBounds { groups: 3, pending: 12, dead: 4 };

impl Books {
    fn new() -> Self {
        let change = SystemChange::Started { build: "1".into(), format: 5, last_known_at: At(0) };
        Self(System::begin(&SystemRecord { at: At(1), version: 1, change }).unwrap())
    }

    fn groups(&self) -> &Groups {
        self.0.groups()
    }

    fn group(&self) -> &Group {
        self.groups().named((&gala(), "mail")).unwrap()
    }

    fn happens(&mut self, change: GroupChange, at: u64) {
        let version = self.0.version() + 1;
        let before = self.0.digest();
        self.0.apply(&SystemRecord { at: At(at), version, change: SystemChange::Group(change) });
        self.0.check().unwrap();
        assert_ne!(before, self.0.digest(), "each record leads to another digest");
        let again = System::from_pieces(self.0.pieces()).unwrap();
        assert_eq!((&again, again.digest()), (&self.0, self.0.digest()), "all of it is in its pieces");
    }

    fn create(&mut self, name: &str, behind: EntryId) -> Result<(), Code> {
        let place = GroupPlace { last: behind, behind };
        let change =
            self.groups().create((gala(), name), place, Some("box"), BOUNDS).map_err(|fault| fault.code)?;
        self.happens(change, 2);
        Ok(())
    }

    /// The number of a consumer, which is made if it is not there.
    fn join(&mut self, name: &str, at: u64) -> u32 {
        if let Some(change) = self.group().join(name).unwrap() {
            self.happens(change, at);
        }
        self.group().consumer(name).unwrap()
    }

    /// Gives a consumer what comes next of a stream that has all versions; returns how many.
    fn give(&mut self, consumer: &str, (count, noack): (u64, bool), at: u64) -> usize {
        let number = self.join(consumer, at);
        let behind = self.group().place().behind;
        let ids: Vec<_> = (behind.sequence + 1..=behind.sequence + count).map(entry).collect();
        match self.group().deliver((number, noack), behind, &ids, BOUNDS) {
            Delivered::Some(count, change) => {
                self.happens(change, at);
                count
            }
            Delivered::Part(..) | Delivered::Elsewhere | Delivered::Full => 0,
        }
    }

    fn ack(&mut self, ids: &[EntryId], at: u64) -> u64 {
        let (change, count) = self.group().ack(ids);
        change.into_iter().for_each(|change| self.happens(change, at));
        count
    }

    fn claim(&mut self, consumer: &str, claim: &Claim, ids: &[EntryId], at: u64) -> Vec<EntryId> {
        let number = self.join(consumer, at);
        let claimed = self.group().claim(number, claim, (ids, &[]), (At(at), BOUNDS));
        claimed.change.into_iter().for_each(|change| self.happens(change, at));
        claimed.ids
    }

    /// All that is not acknowledged: id, consumer, when, how often.
    fn pending(&self) -> Vec<(EntryId, String, u64, u32)> {
        let group = self.group();
        let all = group.pending_between((EntryId::FIRST, EntryId::LAST), None);
        all.map(|(id, pending)| {
            let name = group.name_of(pending.consumer).to_owned();
            (id, name, pending.delivered_at.0, pending.deliveries)
        })
        .collect()
    }
}

fn gala() -> GroupStream {
    GroupStream::Event("gala".into())
}

/// Three changes of each millisecond.
fn entry(version: u64) -> EntryId {
    EntryId { time: 1_000 + version / 3, sequence: version }
}

const fn claim(min_idle: u64) -> Claim {
    Claim { min_idle: Millis(min_idle), given: None, deliveries: None, ids_alone: false, force: false }
}

#[test]
fn a_group_is_made_once_moved_and_ended() {
    let mut books = Books::new();
    assert_eq!(books.0.pieces().len(), 1, "nothing is kept of what is not used");
    books.create("mail", EntryId::FIRST).unwrap();
    assert_eq!(books.create("mail", entry(4)), Err(Code::GROUP_EXISTS));
    books.create("b", entry(1)).unwrap();
    books.create("a", entry(2)).unwrap();
    assert_eq!(books.create("more", EntryId::FIRST), Err(Code::TOO_MANY_GROUPS));
    assert_eq!(books.groups().of(&gala()).map(Group::name).collect::<Vec<_>>(), ["a", "b", "mail"]);
    assert_eq!(books.groups().of(&GroupStream::All).count(), 0);
    let place = GroupPlace { last: entry(7), behind: entry(9) };
    let id = books.group().id();
    let set = books.groups().set((gala(), "mail"), place, None).unwrap();
    assert!(books.groups().wakes(&set, BOUNDS));
    books.happens(set, 3);
    assert_eq!(books.group().place(), place);
    let ended = books.groups().destroy((gala(), "mail"), None).unwrap();
    books.happens(ended, 4);
    assert_eq!(books.groups().destroy((gala(), "mail"), None), None);
    assert_eq!(
        books.groups().set((gala(), "mail"), place, None).map_err(|fault| fault.code),
        Err(Code::NO_GROUP)
    );
    assert_eq!(
        books.groups().still(id, (&gala(), "mail")).map(drop).map_err(|fault| fault.code),
        Err(Code::NO_GROUP)
    );
    // Another one of the name is another group: whoever waited for the first is not given what is of this.
    books.create("mail", EntryId::FIRST).unwrap();
    assert!(books.groups().still(id, (&gala(), "mail")).is_err() && books.group().id() > id);
}

#[test]
fn of_two_that_read_the_same_the_first_is_given_it() {
    let mut books = Books::new();
    books.create("mail", EntryId::FIRST).unwrap();
    let (ann, ben) = (books.join("ann", 3), books.join("ben", 3));
    let behind = books.group().place().behind;
    let ids = [entry(1), entry(2)];
    let Delivered::Some(2, change) = books.group().deliver((ann, false), behind, &ids, BOUNDS) else {
        panic!("it is given")
    };
    books.happens(change, 4);
    assert_eq!(books.group().deliver((ben, false), behind, &ids, BOUNDS), Delivered::Elsewhere);
    assert_eq!(books.group().place().last, entry(2));
    assert_eq!(books.give("ben", (1, false), 5), 1);
    let has: Vec<_> = books.group().consumers_by_name().map(|(_, one)| (one.name(), one.pending())).collect();
    assert_eq!(has, [("ann", 2), ("ben", 1)]);
    // Who acknowledges nothing has nothing.
    assert_eq!(books.give("ben", (5, true), 6), 5);
    assert_eq!((books.group().place().last, books.group().pending_count()), (entry(8), 3));
    // A consumer that goes takes along what it has.
    let (left, count) = books.group().leave("ann").unwrap();
    books.happens(left, 7);
    assert_eq!((count, books.pending()), (2, vec![(entry(3), "ben".to_owned(), 5, 1)]));
    assert!(books.group().leave("ann").is_none());
    assert!(books.join("ann", 8) > ben, "a number is given once");
}

#[test]
fn what_is_not_acknowledged_is_bounded() {
    let mut books = Books::new();
    books.create("mail", EntryId::FIRST).unwrap();
    assert_eq!(books.give("ann", (10, false), 3), 10);
    assert_eq!(books.give("ann", (10, false), 4), 2, "as many as there is room for");
    assert_eq!(books.give("ann", (10, false), 5), 0);
    let (change, _) = books.group().ack(&[entry(5)]);
    let change = change.unwrap();
    assert!(books.groups().wakes(&change, BOUNDS), "those who wait are told that there is room");
    books.happens(change, 6);
    assert!(!books.groups().wakes(&GroupChange::Acked(books.group().id(), Ranges::of([6])), BOUNDS));
    assert_eq!(books.give("ann", (10, false), 7), 1);
    for number in books.group().consumers().count()..limits::GROUP_CONSUMERS_MAX {
        let change = books.group().join(&format!("c{number}")).unwrap().unwrap();
        let version = books.0.version() + 1;
        books.0.apply(&SystemRecord { at: At(8), version, change: SystemChange::Group(change) });
    }
    books.0.check().unwrap();
    assert_eq!(books.group().join("more").map_err(|fault| fault.code), Err(Code::TOO_MANY_GROUPS));
    for piece in books.0.pieces() {
        let bytes = bincode::encode_to_vec(&piece, PIECE).unwrap().len();
        assert!(bytes < limits::SYSTEM_DECODED_BYTES_MAX / 4, "{bytes}");
    }
}

#[test]
fn an_id_is_of_an_entry_only_if_all_of_it_is() {
    let mut books = Books::new();
    books.create("mail", EntryId::FIRST).unwrap();
    books.give("ann", (3, false), 3);
    let EntryId { time, sequence } = entry(2);
    // Of another branch, of no branch, from the future.
    for wrong in [(time + 1, sequence), (time, sequence + 5), (0, sequence), (time, 0), (u64::MAX, u64::MAX)]
    {
        let wrong = EntryId { time: wrong.0, sequence: wrong.1 };
        assert_eq!(books.ack(&[wrong], 4), 0, "{wrong}");
        assert!(books.claim("ben", &claim(0), &[wrong], 4).is_empty(), "{wrong}");
    }
    assert_eq!(books.ack(&[entry(2), entry(2), entry(1)], 5), 2, "each counts once, in any order");
    assert_eq!(books.ack(&[entry(2)], 6), 0, "a second time it counts for nothing");
    // In the stream of all events the record is all there is of an id.
    let place = GroupPlace { last: EntryId::FIRST, behind: EntryId::FIRST };
    let change = books.groups().create((GroupStream::All, "all"), place, None, BOUNDS).unwrap();
    books.happens(change, 7);
    let all = |books: &Books| books.groups().find(&GroupStream::All, "all").unwrap().clone();
    let joined = all(&books).join("ann").unwrap().unwrap();
    books.happens(joined, 8);
    let id = |time| EntryId { time, sequence: 0 };
    let ids = [id(5), id(6), id(90)];
    let Delivered::Some(3, change) = all(&books).deliver((0, false), EntryId::FIRST, &ids, BOUNDS) else {
        panic!("it is given")
    };
    books.happens(change, 9);
    assert_eq!(all(&books).ends(), Some([id(5), id(90)]));
    assert_eq!(all(&books).ack(&[EntryId { time: 5, sequence: 1 }, id(7)]).1, 0);
    assert_eq!(all(&books).ack(&[id(90)]).1, 1);
}

#[test]
fn a_batch_is_a_small_record() {
    let mut books = Books::new();
    let wide = GroupBounds { groups: 9, pending: 1_000, dead: 4 };
    books.create("mail", EntryId::FIRST).unwrap();
    let ann = books.join("ann", 3);
    let ids: Vec<_> = (1..=100).map(entry).collect();
    let Delivered::Some(100, given) = books.group().deliver((ann, false), EntryId::FIRST, &ids, wide) else {
        panic!("it is given")
    };
    let bytes = |change: &GroupChange| {
        bincode::encode_to_vec(SystemChange::Group(change.clone()), bincode::config::standard())
            .unwrap()
            .len()
    };
    // Thirty-four milliseconds are in it.
    assert!(bytes(&given) < 100, "{} bytes", bytes(&given));
    books.happens(given, 4);
    let (acked, 100) = books.group().ack(&ids) else { panic!("all of them") };
    assert!(bytes(&acked.unwrap()) < 20);
}

#[test]
fn pieces_that_do_not_fit_are_refused() {
    let mut books = Books::new();
    books.create("mail", EntryId::FIRST).unwrap();
    books.give("ann", (3, false), 3);
    books.create("more", EntryId::FIRST).unwrap();
    let pieces = books.0.pieces();
    let [system, head, consumer, pending, more] = &pieces[..] else { panic!("{pieces:?}") };
    for wrong in [
        vec![system, consumer],
        vec![system, head, pending],
        vec![system, head, head],
        vec![system, head, consumer, consumer],
        vec![system, head, consumer, pending, pending],
        vec![system, more, head],
        vec![system, head, consumer, more, pending],
    ] {
        assert!(System::from_pieces(wrong.iter().map(|piece| (*piece).clone())).is_err(), "{wrong:?}");
    }
}

/// Something that is done with a group.
#[derive(Clone, Debug)]
enum Step {
    Give(u8, u8, bool),
    Ack(Vec<u8>),
    Claim(u8, Vec<u8>, Claim),
    AutoClaim(u8, u8, u8, u8),
    Again(u8, u8),
    Leave(u8),
    Set(u8),
}

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Self {
        let versions = |g: &mut Gen| -> Vec<u8> {
            let count = usize::arbitrary(g) % 5;
            (0..count).map(|_| u8::arbitrary(g) % 30).collect()
        };
        match u8::arbitrary(g) % 11 {
            0..4 => Self::Give(u8::arbitrary(g), 1 + u8::arbitrary(g) % 5, u8::arbitrary(g) % 8 == 0),
            4..6 => Self::Ack(versions(g)),
            6 | 7 => {
                let given = match u8::arbitrary(g) % 3 {
                    0 => None,
                    1 => Some(Given::Ago(Millis(u8::arbitrary(g).into()))),
                    _ => Some(Given::At(At(u16::arbitrary(g).into()))),
                };
                let claim = Claim {
                    min_idle: Millis(u64::from(u8::arbitrary(g) % 40)),
                    given,
                    deliveries: Option::<u8>::arbitrary(g).map(u32::from),
                    ids_alone: bool::arbitrary(g),
                    force: bool::arbitrary(g),
                };
                Self::Claim(u8::arbitrary(g), versions(g), claim)
            }
            8 => {
                let [from, count, idle] = [30, 4, 40].map(|most| u8::arbitrary(g) % most);
                Self::AutoClaim(u8::arbitrary(g), from, 2 + count, idle)
            }
            9 => Self::Again(u8::arbitrary(g), u8::arbitrary(g) % 4),
            _ if bool::arbitrary(g) => Self::Leave(u8::arbitrary(g)),
            _ => Self::Set(u8::arbitrary(g) % 30),
        }
    }
}

/// The list of pending entries as Redis describes it, and nothing beside it: id -> consumer, when, how often.
#[derive(Default)]
struct Naive {
    behind: u64,
    list: BTreeMap<EntryId, (String, u64, u32)>,
}

fn consumer(number: u8) -> String {
    ["ann", "ben", "cat"][usize::from(number % 3)].to_owned()
}

impl Naive {
    fn give(&mut self, name: &str, (count, noack): (u64, bool), at: u64) {
        let room = (BOUNDS.pending - self.list.len().min(BOUNDS.pending)) as u64;
        let count = if noack { count } else { count.min(room) };
        for version in self.behind + 1..=self.behind + count {
            if !noack {
                self.list.insert(entry(version), (name.to_owned(), at, 1));
            }
        }
        self.behind += count;
    }

    fn claim(&mut self, name: &str, claim: &Claim, ids: &[EntryId], at: u64) {
        let mut done = Vec::new();
        let room = BOUNDS.pending.saturating_sub(self.list.len());
        let mut made = 0;
        for id in ids {
            let had = self.list.get(id).cloned();
            let is_free = match &had {
                Some((_, given, _)) => at - given >= claim.min_idle.0,
                None => claim.force && made < room,
            };
            if !is_free || done.contains(id) {
                continue;
            }
            done.push(*id);
            made += usize::from(had.is_none());
            let before = had.map_or(1, |(_, _, deliveries)| deliveries);
            let deliveries = match claim.deliveries {
                Some(times) => times,
                None if claim.ids_alone => before,
                None => before + 1,
            };
            let given = match claim.given {
                None => at,
                Some(Given::Ago(ago)) => at.saturating_sub(ago.0),
                Some(Given::At(given)) => given.0.min(at),
            };
            self.list.insert(*id, (name.to_owned(), given, deliveries));
        }
    }
}

quickcheck! {
    /// Whatever is done in whatever order, the group has what the naive list has, and so it is after each record in pieces and digests.
    fn a_group_is_the_naive_list(steps: Vec<Step>) -> bool {
        let (mut books, mut naive) = (Books::new(), Naive::default());
        books.create("mail", EntryId::FIRST).unwrap();
        for (at, step) in (100_u64..).step_by(7).zip(steps) {
            happens(&mut books, &mut naive, step, at);
            let expected: Vec<_> = naive.list.iter().map(|(id, (name, given, count))| (*id, name.clone(), *given, *count)).collect();
            assert_eq!(books.pending(), expected);
            assert_eq!(books.group().place().behind.sequence, naive.behind);
            for name in ["ann", "ben", "cat"] {
                let of = expected.iter().filter(|(_, has, ..)| has == name).map(|(id, ..)| *id);
                let Some(number) = books.group().consumer(name) else { continue };
                let own = books.group().pending_between((entry(4), EntryId::LAST), Some(number)).map(|(id, _)| id);
                assert!(own.eq(of.filter(|id| *id >= entry(4))));
            }
        }
        true
    }
}

fn happens(books: &mut Books, naive: &mut Naive, step: Step, at: u64) {
    let ids =
        |versions: Vec<u8>| -> Vec<_> { versions.into_iter().map(|version| entry(version.into())).collect() };
    match step {
        Step::Give(who, count, noack) => {
            books.give(&consumer(who), (count.into(), noack), at);
            naive.give(&consumer(who), (count.into(), noack), at);
        }
        Step::Ack(versions) => {
            let ids = ids(versions);
            let before = naive.list.len();
            naive.list.retain(|id, _| !ids.contains(id));
            assert_eq!(books.ack(&ids, at) as usize, before - naive.list.len());
        }
        Step::Claim(who, versions, claim) => {
            let ids = ids(versions);
            books.claim(&consumer(who), &claim, &ids, at);
            naive.claim(&consumer(who), &claim, &ids, at);
        }
        Step::AutoClaim(who, from, count, idle) => {
            let (from, claim) = (entry(from.into()), claim(idle.into()));
            let (ids, next) = books.group().free_from(from, &claim, (count.into(), At(at)));
            let mut left = naive.list.iter().filter(|(id, _)| **id >= from);
            let free: Vec<_> = left
                .clone()
                .filter(|(_, (_, given, _))| at - given >= claim.min_idle.0)
                .map(|(id, _)| *id)
                .take(count.into())
                .collect();
            assert_eq!(ids, free);
            let last = ids.last().copied();
            let expected =
                left.find(|(id, _)| ids.len() == usize::from(count) && last.is_some_and(|last| **id > last));
            assert_eq!(next, expected.map(|(id, _)| *id));
            books.claim(&consumer(who), &claim, &ids, at);
            naive.claim(&consumer(who), &claim, &ids, at);
        }
        Step::Again(who, count) => {
            let Some(number) = books.group().consumer(&consumer(who)) else { return };
            let own = books.group().pending_between((EntryId::FIRST, EntryId::LAST), Some(number));
            let ids: Vec<_> = own.map(|(id, _)| id).take(count.into()).collect();
            let again = books.group().again(number, &ids);
            again.into_iter().for_each(|change| books.happens(change, at));
            for id in ids {
                let row = naive.list.get_mut(&id).unwrap();
                assert_eq!(row.0, consumer(who));
                (row.1, row.2) = (at, row.2 + 1);
            }
        }
        Step::Leave(who) => {
            let left = books.group().leave(&consumer(who));
            left.into_iter().for_each(|(change, _)| books.happens(change, at));
            naive.list.retain(|_, (name, ..)| *name != consumer(who));
        }
        Step::Set(version) => {
            let id = entry(version.into());
            let place = GroupPlace { last: id, behind: id };
            // Another place is another digest; the same is none.
            if books.group().place() != place {
                let change = books.groups().set((gala(), "mail"), place, None).unwrap();
                books.happens(change, at);
            }
            naive.behind = version.into();
        }
    }
}
