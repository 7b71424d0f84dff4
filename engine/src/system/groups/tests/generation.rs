//! What a generation is given, and where it ends.

use super::care::{by, retry, terms};
use super::*;

/// A group `mail` that is given versions 3 to 5 once more.
fn generate(books: &mut Books) {
    let place = GroupPlace { last: entry(2), behind: entry(2) };
    let opening = Opening { stream: gala(), name: "mail".into(), place, terms: terms(2, 100), by: by() };
    let generation =
        Generation { of: "old".into(), number: 7, from: entry(2), until: entry(5), only: Some("o-1".into()) };
    let change = books.groups().generate(opening, generation, BOUNDS).unwrap();
    books.happens(change, 2);
}

#[test]
fn a_generation_ends_behind_its_last_entry_and_then_needs_no_log() {
    let mut books = Books::new();
    books.create("old", EntryId::FIRST).unwrap();
    generate(&mut books);
    let again = (books.group().generation().unwrap().clone(), BOUNDS);
    let opening = Opening {
        stream: gala(),
        name: "mail".into(),
        place: books.group().place(),
        terms: terms(2, 100),
        by: by(),
    };
    assert_eq!(books.groups().generate(opening, again.0, again.1).unwrap_err().code, Code::GROUP_EXISTS);
    assert_eq!((books.group().progress(), books.group().first_needed()), ((0, 3), 3));
    assert_eq!(books.give("ann", (2, false), 10_000), 2);
    assert_eq!((books.group().progress(), books.group().first_needed()), ((0, 3), 3));
    assert_eq!(books.ack(&[entry(3), entry(4)], 10_100), 2);
    assert_eq!(books.group().progress(), (2, 3));
    assert!(books.group().gives(false, BOUNDS) && !books.group().is_at_its_end());
    assert_eq!(books.give("ann", (1, false), 10_200), 1);
    assert!(books.group().is_at_its_end() && !books.group().gives(true, BOUNDS));
    assert_eq!((books.group().progress(), books.group().first_needed()), ((2, 3), 5));
    // What it was given comes back until it is done, as with any group.
    assert_eq!(retry(&mut books, "ben", 12_000), [5]);
    assert_eq!(books.ack(&[entry(5)], 12_100), 1);
    assert_eq!((books.group().progress(), books.group().first_needed()), ((3, 3), u64::MAX));
    let old = books.groups().named((&gala(), "old")).unwrap();
    assert_eq!((old.place().behind, old.generation()), (EntryId::FIRST, None));
}

#[test]
fn a_generation_that_is_stopped_gives_nothing_until_it_goes_on() {
    let mut books = Books::new();
    generate(&mut books);
    books.give("ann", (1, false), 10_000);
    let stops = books.group().pause(by()).unwrap();
    books.happens(stops, 10_100);
    assert_eq!((books.give("ann", (1, false), 10_200), retry(&mut books, "ben", 60_000)), (0, vec![]));
    // What is out can be done all the same.
    assert_eq!(books.ack(&[entry(3)], 60_100), 1);
    let goes_on = books.group().resume(by()).unwrap();
    books.happens(goes_on, 60_200);
    assert_eq!((books.give("ann", (1, false), 60_300), books.group().progress()), (1, (1, 3)));
}
