//! What groups with terms give again, put aside and try anew, and when they stop.

use super::*;
use crate::system::By;

/// A group whose first try takes a second.
pub(super) fn open(books: &mut Books, terms: Terms) {
    let place = GroupPlace { last: EntryId::FIRST, behind: EntryId::FIRST };
    let opening = Opening { stream: gala(), name: "mail".into(), place, terms, by: by() };
    let change = books.groups().open(opening, BOUNDS).unwrap();
    books.happens(change, 2);
}

pub(super) fn terms(deliveries: u32, pause_percent: u32) -> Terms {
    let (first, max) = (Millis(1_000), Millis(8_000));
    Terms { deliveries, first, max, pause_percent, ..Terms::default() }
}

pub(super) fn by() -> By {
    By { key: "".into(), operator: "ops".into(), token: None, reason: "why not".into() }
}

/// The versions that are due, and whether they are over.
pub(super) fn due(books: &Books, at: u64) -> Vec<(u64, bool)> {
    let due = books.group().due(100, (At(at), BOUNDS));
    due.into_iter().map(|due| (due.id.sequence, due.is_over)).collect()
}

/// Whoever asks at this time is given what is due; what is over is put aside. Returns the versions that were given.
pub(super) fn retry(books: &mut Books, consumer: &str, at: u64) -> Vec<u64> {
    let number = books.join(consumer, at);
    let due = books.group().due(100, (At(at), BOUNDS));
    let (over, rest): (Vec<_>, Vec<_>) = due.into_iter().partition(|due| due.is_over);
    let death = |due: &DueEntry| Death {
        place: due.id.sequence,
        cause: DeathCause::Deliveries,
        record: Some(vec![due.id.sequence as u8].into()),
    };
    let change =
        (!over.is_empty()).then(|| books.group().die(over.iter().map(death).collect(), (At(at), BOUNDS)));
    if let Some(change) = change.flatten() {
        books.happens(change, at);
    }
    let ids: Vec<_> = rest.iter().map(|due| due.id).collect();
    match books.group().retry(number, &ids, (At(at), BOUNDS)) {
        Retried::Again(ids, change) => {
            books.happens(change, at);
            ids.iter().map(|id| id.sequence).collect()
        }
        Retried::Stops(change) => {
            books.happens(change, at);
            Vec::new()
        }
        Retried::Nothing => Vec::new(),
    }
}

pub(super) fn dead(books: &Books) -> Vec<(u64, u32, u32)> {
    let letters = books.group().dead_after(EntryId::FIRST);
    letters.map(|(id, letter)| (id.sequence, letter.deliveries, letter.redrives)).collect()
}

#[test]
fn what_is_not_acknowledged_comes_back_later_each_time_and_is_put_aside_in_the_end() {
    let mut books = Books::new();
    open(&mut books, terms(3, 100));
    books.give("ann", (2, false), 10_000);
    assert_eq!(due(&books, 10_999), [], "the first try takes a second at the least");
    assert_eq!(due(&books, 11_250).len(), 2, "and a quarter more at the most");
    let next = books.group().due_at().unwrap();
    assert!((11_000..=11_250).contains(&next.0), "{next:?}");
    assert_eq!(books.ack(&[entry(2)], 11_300), 1);
    assert_eq!(retry(&mut books, "ben", 11_300), [1]);
    assert_eq!(books.pending(), [(entry(1), "ben".to_owned(), 11_300, 2)]);
    assert_eq!(due(&books, 13_299), [], "the second takes two");
    assert_eq!(retry(&mut books, "ann", 14_000), [1]);
    assert_eq!(due(&books, 17_999), []);
    assert_eq!(due(&books, 19_000), [(1, true)], "three tries are all");
    assert_eq!(retry(&mut books, "ann", 19_000), [0; 0]);
    assert_eq!((books.pending(), dead(&books)), (vec![], vec![(1, 3, 0)]));
    let letter = books.group().letter(entry(1)).unwrap();
    assert_eq!(
        (&*letter.consumer, letter.died_at, letter.record.as_deref()),
        ("ann", At(19_000), Some(&[1_u8][..]))
    );
    let tally = books.group().care().unwrap().tally();
    assert_eq!((tally.again, tally.died), (2, 1));
    assert_eq!(books.group().due_at(), None);
}

#[test]
fn what_somebody_has_taken_over_meanwhile_is_not_put_aside() {
    let mut books = Books::new();
    open(&mut books, terms(1, 100));
    books.give("ann", (2, false), 10_000);
    let over = due(&books, 12_000);
    assert_eq!(over, [(1, true), (2, true)]);
    assert_eq!(books.claim("ben", &claim(0), &[entry(1)], 12_001), [entry(1)]);
    let deaths =
        over.iter().map(|(place, _)| Death { place: *place, cause: DeathCause::Deliveries, record: None });
    let change = books.group().die(deaths.collect(), (At(12_002), BOUNDS)).unwrap();
    books.happens(change, 12_002);
    assert_eq!((books.pending().len(), dead(&books)), (1, vec![(2, 1, 0)]), "ben has a try of it");
}

#[test]
fn what_others_have_tried_meanwhile_is_not_tried_more_often_than_the_terms_say() {
    let mut books = Books::new();
    open(&mut books, terms(2, 100));
    let ben = books.join("ben", 10_000);
    books.give("ann", (2, false), 10_000);
    assert_eq!(due(&books, 12_000), [(1, false), (2, false)], "somebody looks, and is slow");
    let Retried::Again(ids, change) = books.group().retry(ben, &[entry(1)], (At(12_000), BOUNDS)) else {
        panic!("it is due");
    };
    books.happens(change, 12_000);
    assert_eq!(ids, [entry(1)]);
    let looked = [entry(1), entry(2)];
    let Retried::Again(ids, change) = books.group().retry(ben, &looked, (At(20_000), BOUNDS)) else {
        panic!("one is due");
    };
    assert_eq!(ids, [entry(2)], "the other has had both tries");
    // Now both have, and there is room for one dead letter. Which one gets it is for the next look to say.
    books.happens(change, 20_000);
    let bounds = GroupBounds { dead: 1, ..BOUNDS };
    assert_eq!(books.group().retry(ben, &looked, (At(40_000), bounds)), Retried::Nothing);
    let is_over = |due: DueEntry| (due.id.sequence, due.is_over);
    let due: Vec<_> = books.group().due(100, (At(40_000), bounds)).into_iter().map(is_over).collect();
    assert_eq!(due, [(1, true), (2, false)]);
}

#[test]
fn what_the_log_has_no_more_takes_the_room_among_dead_letters_first() {
    let mut books = Books::new();
    open(&mut books, terms(1, 100));
    books.give("ann", (3, false), 10_000);
    let cause = |place| if place == 3 { DeathCause::Gone } else { DeathCause::Deliveries };
    let deaths = (1..=3).map(|place| Death { place, cause: cause(place), record: None }).collect();
    let bounds = GroupBounds { dead: 2, ..BOUNDS };
    let change = books.group().die(deaths, (At(20_000), bounds)).unwrap();
    books.happens(change, 20_000);
    assert_eq!(dead(&books), [(1, 1, 0), (3, 1, 0)], "the other is tried on");
}

#[test]
fn what_the_log_has_no_more_is_never_lost_and_takes_the_room_of_what_may_be_pending() {
    let mut books = Books::new();
    open(&mut books, terms(1, 100));
    let bounds = GroupBounds { pending: 3, dead: 1, ..BOUNDS };
    books.give("ann", (3, false), 10_000);
    let death = |place| Death { place, cause: DeathCause::Gone, record: None };
    let change = books.group().die((1..=3).map(death).collect(), (At(20_000), bounds)).unwrap();
    assert!(books.groups().wakes(&change, bounds));
    books.happens(change, 20_000);
    assert_eq!(
        (dead(&books).len(), books.pending().len()),
        (3, 0),
        "none is passed over, and none is due again"
    );
    assert_eq!((books.group().room(bounds), books.group().due_at()), (1, None));
    assert_eq!(books.group().redrives(&WhichDead::All, bounds).no_room, 2);
    books.give("ann", (1, false), 20_001);
    assert!(!books.group().gives(false, bounds), "two letters too many and one entry are three");
    let dropped = books.group().drop_dead(&[entry(1)], by()).unwrap();
    assert!(books.groups().wakes(&dropped, bounds), "who waits for room is told");
    books.happens(dropped, 20_002);
    assert!(books.group().gives(false, bounds));
}

#[test]
fn a_dead_letter_is_tried_again_until_it_is_done_dropped_or_quarantined() {
    let mut books = Books::new();
    open(&mut books, terms(1, 100));
    books.give("ann", (3, false), 10_000);
    let mut at = 20_000;
    retry(&mut books, "ann", at);
    assert_eq!(dead(&books), [(1, 1, 0), (2, 1, 0), (3, 1, 0)]);
    let redrive = |books: &mut Books, which: &WhichDead, at| {
        let chosen = books.group().redrives(which, BOUNDS);
        let change = books.group().redrive(&chosen.ids, by());
        change.into_iter().for_each(|change| books.happens(change, at));
        (chosen.ids.len(), chosen.quarantined)
    };
    for times in 1..=3 {
        assert_eq!(redrive(&mut books, &WhichDead::All, at), (3, 0));
        assert_eq!(redrive(&mut books, &WhichDead::All, at), (0, 0), "it is out");
        assert_eq!(dead(&books), []);
        assert_eq!(books.group().copy_of(entry(2)), Some(&[2_u8][..]), "what it says stays until it is done");
        at += 100_000;
        assert_eq!(retry(&mut books, "ben", at), [1, 2, 3]);
        at += 100_000;
        assert_eq!(retry(&mut books, "ben", at), [0; 0]);
        assert_eq!(dead(&books), [(1, 1, times), (2, 1, times), (3, 1, times)]);
    }
    assert_eq!(redrive(&mut books, &WhichDead::All, at), (0, 3), "it was tried often enough");
    assert_eq!(redrive(&mut books, &WhichDead::Ids(vec![entry(2), entry(2), entry(9)]), at), (1, 0));
    assert_eq!(retry(&mut books, "ben", at), [2]);
    assert_eq!(books.ack(&[entry(2)], at), 1);
    assert_eq!(dead(&books), [(1, 1, 3), (3, 1, 3)], "what is done is no dead letter");
    let chosen = books.group().chosen(&WhichDead::Ids(vec![entry(3)]));
    let dropped = books.group().drop_dead(&chosen.ids, by()).unwrap();
    books.happens(dropped, at);
    assert_eq!(dead(&books), [(1, 1, 3)]);
    // A group that is moved back gives out what is put aside: it is not both.
    let place = GroupPlace { last: EntryId::FIRST, behind: EntryId::FIRST };
    let set = books.groups().set((gala(), "mail"), place, None).unwrap();
    books.happens(set, at);
    assert_eq!(books.give("ann", (1, false), at), 1);
    assert_eq!(dead(&books), []);
}

#[test]
fn the_dead_are_bounded_and_nothing_is_lost_by_it() {
    let mut books = Books::new();
    open(&mut books, terms(1, 100));
    books.give("ann", (6, false), 10_000);
    assert_eq!(retry(&mut books, "ben", 20_000).len(), 2, "for two there is no room: they are tried on");
    assert_eq!((dead(&books).len(), books.group().pending_count()), (4, 2));
    assert_eq!(retry(&mut books, "ben", 90_000).len(), 2);
}

#[test]
fn a_mass_of_failures_stops_the_group_and_one_success_has_it_go_on() {
    let bounds = GroupBounds { pending: 100, dead: 100, ..BOUNDS };
    let mut books = Books::new();
    open(&mut books, terms(10, 50));
    let ann = books.join("ann", 3);
    let ids: Vec<_> = (1..=30).map(entry).collect();
    let Delivered::Some(30, change) = books.group().deliver((ann, false), EntryId::FIRST, &ids, bounds)
    else {
        panic!("there is room")
    };
    books.happens(change, 10_000);
    books.ack(&ids[..5], 10_100);
    assert_eq!(retry(&mut books, "ann", 20_000), [0; 0], "25 of 30 failed");
    let cause = |books: &Books| books.group().care().unwrap().paused().map(|paused| paused.cause.clone());
    assert_eq!(cause(&books), Some(PauseCause::Failures(25, 30)));
    assert!(!books.group().gives(false, bounds) && dead(&books).is_empty());
    let full = books.group().deliver((ann, false), entry(30), &[entry(31)], bounds);
    assert_eq!(full, Delivered::Full);
    // One is tried at a time, ten seconds apart.
    assert_eq!(due(&books, 29_999), []);
    let probe = retry(&mut books, "ann", 30_000);
    assert_eq!((probe.len(), due(&books, 39_999).len()), (1, 0));
    assert_eq!(books.ack(&[entry(6 + u64::from(probe[0] == 6))], 31_000), 1);
    assert!(cause(&books).is_some(), "it was given out before: it says nothing of now");
    let (acked, _) = books.group().ack(&[entry(probe[0])]);
    assert!(books.groups().wakes(acked.as_ref().unwrap(), bounds), "those who wait are told");
    books.happens(acked.unwrap(), 32_000);
    assert_eq!(cause(&books), None);
    assert_eq!(due(&books, 40_000).len(), 23);
    // What an operator has stopped goes on by nothing but an operator.
    let paused = books.group().pause(by()).unwrap();
    books.happens(paused, 41_000);
    assert!(books.group().pause(by()).is_none() && books.group().due_at().is_none());
    assert_eq!(due(&books, 90_000), []);
    books.ack(&ids, 91_000);
    let resumed = books.group().resume(by()).unwrap();
    books.happens(resumed, 92_000);
    assert!(books.group().gives(false, bounds) && books.group().resume(by()).is_none());
}

#[test]
fn of_a_consumer_that_goes_nothing_is_lost_and_an_old_one_acknowledges_nothing() {
    let mut books = Books::new();
    open(&mut books, terms(5, 100));
    books.give("ann", (2, false), 10_000);
    assert_eq!(books.group().ack_own("ben", (entry(1), 1)), None);
    assert_eq!(books.group().ack_own("ann", (entry(1), 2)), None);
    let (left, _) = books.group().leave("ann").unwrap();
    assert!(books.groups().wakes(&left, BOUNDS));
    books.happens(left, 10_500);
    assert_eq!(due(&books, 10_500).len(), 2, "whoever asks is given it at once");
    assert_eq!(retry(&mut books, "ben", 10_500).len(), 2);
    assert_eq!(books.group().ack_own("ann", (entry(1), 1)), None, "another one has it");
    let own = books.group().ack_own("ben", (entry(1), 2)).unwrap();
    books.happens(own, 10_600);
    assert_eq!(books.group().pending_count(), 1);
    // What is not of its kinds is passed over.
    assert_eq!(books.group().skip(entry(1), entry(9)), None);
    let skip = books.group().skip(entry(2), entry(9)).unwrap();
    books.happens(skip, 10_700);
    assert_eq!(books.group().place().behind, entry(9));
    let closed = books.group().close(by());
    books.happens(closed, 10_800);
    assert!(books.groups().iter().next().is_none());
}

quickcheck! {
    /// Whatever is asked in whatever order, each entry that came is done, dropped, pending or put aside, and never two of them.
    fn no_entry_is_lost_or_twice(steps: Vec<(u8, u8)>) -> bool {
        let mut books = Books::new();
        open(&mut books, terms(2, 60));
        let (mut at, mut done, mut gone, mut came) = (10_000, BTreeMap::new(), 0, 0);
        for (what, which) in steps.into_iter().take(60) {
            at += 400 * u64::from(which);
            let one = entry(u64::from(which) % (came + 1));
            match what % 8 {
                0 | 1 => came += books.give("ann", (u64::from(which) % 5 + 1, false), at) as u64,
                2 | 3 => drop(retry(&mut books, "ben", at)),
                4 => {
                    if books.ack(&[one], at) == 1 {
                        assert!(done.insert(one, ()).is_none(), "{one} was done twice");
                    }
                }
                5 => {
                    let chosen = books.group().redrives(&WhichDead::All, BOUNDS);
                    let change = books.group().redrive(&chosen.ids, by());
                    change.into_iter().for_each(|change| books.happens(change, at));
                }
                6 => {
                    let chosen = books.group().chosen(&WhichDead::Ids(vec![one]));
                    let change = books.group().drop_dead(&chosen.ids, by());
                    gone += u64::from(change.is_some());
                    change.into_iter().for_each(|change| books.happens(change, at));
                }
                _ => {
                    let left = books.group().leave(if which % 2 == 0 { "ann" } else { "ben" });
                    left.into_iter().for_each(|(change, _)| books.happens(change, at));
                }
            }
        }
        let kept = books.group().pending_count() + dead(&books).len() + done.len();
        kept as u64 + gone == came
    }
}
