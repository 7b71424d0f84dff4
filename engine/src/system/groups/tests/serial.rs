//! Groups that keep the order of what is about the same, compared with the rule itself.

use std::collections::BTreeSet;

use super::care::{by, open, retry, terms};
use super::*;

/// What an entry is about: of seven holds one or two, and now and then nothing.
fn about(version: u64) -> Subjects {
    let holds: &[u64] = match version % 10 {
        0 => &[],
        few @ 1..=6 => &[few % 3],
        7 => &[0, 1],
        8 => &[1, 4],
        _ => &[4],
    };
    holds.iter().map(|hold| Subject::hold("gala", *hold)).collect()
}

fn pending(books: &Books) -> Vec<u64> {
    books.pending().iter().map(|(id, ..)| id.sequence).collect()
}

/// Nothing earlier about the same is pending.
fn is_in_order(books: &Books, version: u64) -> bool {
    let mine = about(version);
    pending(books)
        .iter()
        .all(|one| *one >= version || !about(*one).iter().any(|subject| mine.contains(subject)))
}

/// Gives a consumer what comes next; returns what it is told.
fn give(books: &mut Books, consumer: &str, count: u64, at: u64) -> Vec<u64> {
    let number = books.join(consumer, at);
    let behind = books.group().place().behind;
    let next = behind.sequence + 1..=behind.sequence + count;
    let entries: Vec<_> = next.map(|version| (entry(version), about(version))).collect();
    match books.group().deliver_in_order(number, behind, &entries, BOUNDS) {
        Delivered::Part(ids, change) => {
            books.happens(change, at);
            ids.iter().map(|id| id.sequence).collect()
        }
        _ => Vec::new(),
    }
}

fn serial() -> Books {
    let mut books = Books::new();
    open(&mut books, Terms { serial: true, ..terms(3, 100) });
    books
}

#[test]
fn what_comes_later_about_the_same_waits_and_nothing_else_does() {
    let mut books = serial();
    // 1, 4: hold 1; 2, 5: hold 2; 3, 6: hold 0; 7: holds 0 and 1.
    assert_eq!(give(&mut books, "ann", 7, 10_000), [1, 2, 3]);
    assert_eq!((books.group().held_back(), books.group().pending_count()), (4, 7));
    assert_eq!(retry(&mut books, "ben", 10_001), [0; 0], "they wait for what ann has");
    let (done, _) = books.group().ack(&[entry(1)]);
    let done = done.unwrap();
    assert!(books.groups().wakes(&done, BOUNDS), "who waits for an entry is told");
    books.happens(done, 10_002);
    assert_eq!(retry(&mut books, "ben", 10_002), [4]);
    assert_eq!(books.group().care().unwrap().tally().again, 0, "it was not given out before");
    assert!(books.claim("cem", &claim(0), &[entry(7), entry(5)], 10_003).is_empty(), "nor by a claim");
    assert_eq!(books.ack(&[entry(3), entry(4)], 10_004), 2);
    assert_eq!(retry(&mut books, "ben", 10_004), [6], "7 waits for 6 as well");
    assert_eq!(books.ack(&[entry(6)], 10_005), 1);
    assert_eq!(retry(&mut books, "ben", 10_005), [7]);
    // What is put aside lets go on what is behind it; tried again, it comes first.
    let (mut at, mut came) = (20_000, Vec::new());
    while books.group().dead_after(EntryId::FIRST).next().is_none() {
        at += 20_000;
        came = retry(&mut books, "ben", at);
    }
    assert_eq!(dead(&books), [2, 7]);
    assert_eq!(came, [0; 0]);
    let redrive = books.group().redrive(&[entry(2)], by()).unwrap();
    books.happens(redrive, at);
    assert_eq!(retry(&mut books, "ben", at), [2], "5 has not been out yet");
    for option in ["NOACK", "FORCE"] {
        assert_eq!(books.group().allows(option).map_err(|fault| fault.code), Err(Code::SYNTAX));
    }
}

fn dead(books: &Books) -> Vec<u64> {
    books.group().dead_after(EntryId::FIRST).map(|(id, _)| id.sequence).collect()
}

quickcheck! {
    fn nothing_is_given_out_before_what_is_earlier_about_the_same(steps: Vec<(u8, u8)>) -> bool {
        let (mut books, mut at, mut seen) = (serial(), 10_000, BTreeSet::new());
        for (step, what) in steps {
            at += u64::from(what) * 40;
            let consumer = ["ann", "ben"][usize::from(what % 2)];
            match step % 8 {
                0..3 => {
                    let told = give(&mut books, consumer, 1 + u64::from(what % 6), at);
                    assert!(told.iter().all(|version| is_in_order(&books, *version) && seen.insert(*version)));
                }
                3 | 4 => {
                    let told = retry(&mut books, consumer, at);
                    assert!(told.iter().all(|version| is_in_order(&books, *version)), "{told:?}");
                }
                5 => {
                    let ids: Vec<_> = pending(&books).into_iter().skip(usize::from(what % 3)).take(2).map(entry).collect();
                    books.ack(&ids, at);
                }
                6 => {
                    let chosen = books.group().redrives(&WhichDead::All, BOUNDS);
                    let change = books.group().redrive(&chosen.ids, by());
                    change.into_iter().for_each(|change| books.happens(change, at));
                }
                _ => {
                    let ids: Vec<_> = pending(&books).into_iter().map(entry).collect();
                    let before = books.pending();
                    let told = books.claim(consumer, &claim(u64::from(what)), &ids, at);
                    assert!(told.iter().all(|id| is_in_order(&books, id.sequence)), "{before:?}: {told:?}");
                }
            }
            // Those that wait are those that are not the first about something.
            let waits = pending(&books).iter().filter(|version| !is_in_order(&books, **version)).count();
            assert_eq!(books.group().held_back(), waits);
        }
        // Whatever came before, all of it is done in the end.
        while books.group().pending_count() > 0 && at < 4_000_000 {
            at += 20_000;
            let told = retry(&mut books, "ann", at);
            let ids: Vec<_> = told.into_iter().map(entry).collect();
            books.ack(&ids, at);
        }
        books.group().pending_count() == 0
    }
}
