//! What consumers give back, and groups that an operator has go on from another place.

use super::care::{by, dead, due, open, retry, terms};
use super::*;

impl Books {
    /// Returns how many were given back.
    fn give_back(&mut self, versions: &[u64], how: Return, at: u64) -> u64 {
        let ids: Vec<_> = versions.iter().map(|version| entry(*version)).collect();
        let (change, count) = self.group().give_back(&ids, how);
        assert_eq!(change.is_some(), count > 0);
        if let Some(change) = change {
            assert!(self.groups().wakes(&change, BOUNDS), "whoever waits is told");
            self.happens(change, at);
        }
        count
    }

    fn moves(&mut self, to: EntryId, at: u64) {
        let change = self.group().moves_to(GroupPlace { last: to, behind: to }, by());
        assert!(self.groups().wakes(&change, BOUNDS), "whoever waits is told");
        self.happens(change, at);
    }
}

#[test]
fn what_is_given_back_is_due_as_its_word_says() {
    let mut books = Books::new();
    open(&mut books, terms(3, 100));
    books.give("ann", (3, false), 10_000);
    assert_eq!(books.give_back(&[1], Return::Silent, 10_100), 1);
    assert_eq!(books.give_back(&[2], Return::Fail, 10_200), 1);
    assert_eq!(books.give_back(&[3], Return::Fatal, 10_300), 1);
    let nobody = |version: u64, at: u64, tries: u32| (entry(version), String::new(), at, tries);
    let pending = books.pending();
    let later = pending[1].2;
    assert!((11_200..=11_450).contains(&later), "it waits as if it had failed then: {later}");
    assert_eq!(pending, [nobody(1, 10_100, 0), nobody(2, later, 1), nobody(3, 10_300, 3)]);
    assert_eq!(due(&books, 10_300), [(1, false), (3, true)]);
    assert_eq!(books.give_back(&[1, 2, 3], Return::Fatal, 10_400), 0, "nobody has them");
    let wrong = EntryId { time: 1, ..entry(4) };
    assert_eq!(books.group().give_back(&[entry(9), wrong], Return::Fail), (None, 0));
    assert_eq!(retry(&mut books, "ben", 10_500), [1]);
    assert_eq!(dead(&books), [(3, 3, 0)], "it has had all its tries");
    assert_eq!(books.pending()[0], (entry(1), "ben".to_owned(), 10_500, 1), "that try did not count");
    assert_eq!(retry(&mut books, "ben", later), [2]);
}

#[test]
fn in_a_group_without_terms_it_waits_for_whoever_takes_it_over() {
    let mut books = Books::new();
    books.create("mail", EntryId::FIRST).unwrap();
    books.give("ann", (3, false), 10_000);
    for (version, how) in [(1, Return::Silent), (2, Return::Fail), (3, Return::Fatal)] {
        assert_eq!(books.give_back(&[version], how, 10_100), 1);
    }
    let tries = |books: &Books| books.pending().iter().map(|(.., tries)| *tries).collect::<Vec<_>>();
    assert!(books.pending().iter().all(|(_, who, at, _)| who.is_empty() && *at == 0));
    assert_eq!(tries(&books), [0, 1, u32::MAX]);
    assert_eq!(books.group().stops_now(At(10_200)), None, "no terms say that it stops");
    let all: Vec<_> = (1..=3).map(entry).collect();
    assert_eq!(books.claim("ben", &claim(10_000), &all, 10_200), all, "however long that is");
    assert_eq!(tries(&books), [1, 2, u32::MAX], "it is never as if nobody had tried");
}

/// A worker that ends says nothing of the provider, and one that cannot do a single entry neither.
#[test]
fn only_what_failed_stops_a_group() {
    for (how, stops) in [(Return::Silent, false), (Return::Fail, true), (Return::Fatal, false)] {
        let mut books = Books::new();
        open(&mut books, terms(10, 50));
        books.give("ann", (12, false), 10_000);
        let all: Vec<_> = (1..=12).collect();
        assert_eq!(books.give_back(&all, how, 10_100), 12);
        assert_eq!(books.group().stops_now(At(10_100)), None, "twelve are too few to tell");
        retry(&mut books, "ann", 12_000);
        let count = books.give_back(&all, how, 12_100);
        assert_eq!(count, if how == Return::Fatal { 8 } else { 12 }, "four are dead, as many as may be");
        let change = books.group().stops_now(At(12_100));
        assert_eq!(change.is_some(), stops, "{how:?}");
        if let Some(change) = change {
            books.happens(change, 12_100);
            let cause = books.group().care().unwrap().paused().map(|paused| paused.cause.clone());
            assert_eq!(cause, Some(PauseCause::Failures(24, 24)));
            assert_eq!(books.group().stops_now(At(12_200)), None, "it has stopped");
        }
    }
}

#[test]
fn a_move_changes_the_place_and_nothing_else() {
    let mut books = Books::new();
    open(&mut books, terms(3, 100));
    books.give("ann", (4, false), 10_000);
    let pending = books.pending();
    books.moves(entry(9), 10_100);
    let place = GroupPlace { last: entry(9), behind: entry(9) };
    assert_eq!((books.group().place(), books.pending()), (place, pending), "what is out stays out");
    let ann = books.group().consumer("ann").unwrap();
    let before = books.group().deliver((ann, false), entry(4), &[entry(5)], BOUNDS);
    assert_eq!(before, Delivered::Elsewhere, "what was read at the place of before is not given out");
    assert_eq!(books.ack(&[entry(1), entry(4)], 10_200), 2);
    assert_eq!(books.give("ann", (1, false), 10_300), 1);
    // Back: what was done comes again, and what is out still goes to whoever is given it now.
    books.moves(entry(2), 10_400);
    assert_eq!(books.give("ben", (2, false), 10_500), 2);
    let told: Vec<_> = books.pending().into_iter().map(|(id, who, ..)| (id.sequence, who)).collect();
    let has = |version: u64, who: &str| (version, who.to_owned());
    assert_eq!(told, [has(2, "ann"), has(3, "ben"), has(4, "ben"), has(10, "ann")]);
    assert_eq!(books.ack(&[entry(3), entry(4)], 10_600), 2, "each is done once");
    // A group that has stopped may be moved too, and stays as it is.
    let paused = books.group().pause(by()).unwrap();
    books.happens(paused, 10_700);
    books.moves(entry(20), 10_800);
    assert!(books.group().is_paused() && !books.group().gives(false, BOUNDS));
}
