//! What is noted, refused, repeated and kept.

use super::*;
use crate::catalogue::Code;
use crate::system::{PIECE, System, SystemChange, SystemRecord};

/// The system event with notes on it.
struct Books(System);

impl Books {
    fn new() -> Self {
        let change = SystemChange::Started { build: "1".into(), format: 5, last_known_at: At(0) };
        Self(System::begin(&SystemRecord { at: At(1), version: 1, change }).unwrap())
    }

    /// The version of the record that came of it; 0 if none did.
    fn ask(&mut self, asking: NoticeAsking, at: u64) -> Result<u64, Code> {
        let change = match self.0.notices().judge(asking, At(at)).map_err(|fault| fault.code)? {
            NoticeJudged::Change(change) => change,
            NoticeJudged::Repeated(version, _) => return Ok(version),
            NoticeJudged::Nothing => return Ok(0),
        };
        let version = self.0.version() + 1;
        let before = self.0.digest();
        self.0.apply(&SystemRecord { at: At(at), version, change: SystemChange::Notice(change) });
        self.0.check().unwrap();
        assert_ne!(before, self.0.digest(), "each record leads to another digest");
        let again = System::from_pieces(self.0.pieces()).unwrap();
        assert_eq!((&again, again.digest()), (&self.0, self.0.digest()), "all of it is in its pieces");
        Ok(version)
    }

    fn dies(&mut self, channel: &str, at: u64) -> u64 {
        let place = Place { upto: at, ..Place::default() };
        self.ask(NoticeAsking::Died(Box::new(letter(channel)), place), at).unwrap()
    }
}

fn notice(about: &str) -> Notice {
    let who = Who { operator: "olga".into(), token: Some("box".into()), reason: "why".into() };
    Notice {
        kind: NoticeKind::JobFailed,
        severity: Severity::Warning,
        lsn: 7,
        at: At(9),
        about: about.into(),
        says: "it broke".into(),
        code: Some("HF-BAT-002".into()),
        who: Some(who),
    }
}

fn letter(channel: &str) -> Letter {
    Letter {
        number: 0,
        channel: channel.into(),
        id: "id-1".into(),
        message: Message::of(notice("thing-1")),
        tries: 4,
        why: "it answers 500".into(),
        died_at: At(0),
        is_redriven: false,
    }
}

fn by(key: &str) -> By {
    By { key: key.into(), operator: "olga".into(), token: None, reason: "why".into() }
}

fn told(channel: &str, upto: u64) -> NoticeAsking {
    let ahead = vec![Ahead { kind: NoticeKind::JobFailed, upto: upto + 9, until: At(upto + 99) }];
    NoticeAsking::Told(channel.into(), Place { upto, ahead, taken: upto })
}

#[test]
fn places_are_kept_for_each_channel_until_it_is_gone() {
    let mut books = Books::new();
    assert_eq!(books.0.pieces().len(), 1, "nothing is kept of what is not used");
    assert_eq!(books.ask(told("ops", 1), 10), Ok(2));
    assert_eq!(books.ask(told("ops", 1), 10), Ok(0), "it is no news");
    for number in 1..limits::CHANNELS_MAX {
        books.ask(told(&format!("c{number}"), 1), 10).unwrap();
    }
    assert_eq!(books.ask(told("more", 1), 10), Err(Code::DEFECT));
    assert_eq!(books.ask(told("ops", 5), 10).map(|version| version > 0), Ok(true));
    assert_eq!(books.0.notices().place("ops").unwrap().upto, 5);
    let letter = books.dies("ops", 11);
    books.ask(NoticeAsking::Closed("ops".into()), 12).unwrap();
    assert_eq!(books.ask(NoticeAsking::Closed("ops".into()), 12), Ok(0));
    assert_eq!(books.0.notices().place("ops"), None);
    assert!(books.0.notices().letters().any(|kept| kept.number == letter), "its dead letters stay");
}

#[test]
fn a_dead_letter_waits_for_somebody_who_sends_it_again_or_gives_it_up() {
    let mut books = Books::new();
    let (first, second, other) = (books.dies("ops", 5), books.dies("ops", 6), books.dies("mail", 7));
    let state = |books: &Books| -> Vec<_> {
        books.0.notices().letters().map(|letter| (letter.number, letter.is_redriven)).collect()
    };
    assert_eq!(state(&books), [(first, false), (second, false), (other, false)]);
    let act = books.ask(NoticeAsking::Redrive(Which::Of("ops".into()), by("k1")), 8).unwrap();
    assert_eq!(books.ask(NoticeAsking::Redrive(Which::Of("ops".into()), by("k1")), 9), Ok(act), "a repeat");
    assert_eq!(state(&books), [(first, true), (second, true), (other, false)]);
    books.ask(NoticeAsking::Taken(first), 10).unwrap();
    books.ask(NoticeAsking::DiedAgain(second, 9, "still".into()), 11).unwrap();
    assert_eq!(state(&books), [(second, false), (other, false)]);
    assert_eq!(books.ask(NoticeAsking::Taken(first), 12), Err(Code::NO_LETTER));
    books.ask(NoticeAsking::Drop(Which::One(second), by("k2")), 13).unwrap();
    assert_eq!(state(&books), [(other, false)]);
    for asking in [
        NoticeAsking::Redrive(Which::One(second), by("k3")),
        NoticeAsking::Drop(Which::Of("ops".into()), by("k3")),
        NoticeAsking::DiedAgain(first, 1, "".into()),
    ] {
        assert_eq!(books.ask(asking, 14), Err(Code::NO_LETTER));
    }
    let reused = NoticeAsking::Drop(Which::One(other), by("k1"));
    assert_eq!(books.ask(reused, 15), Err(Code::KEY_REUSED));
    assert_eq!(books.ask(NoticeAsking::Test("ops".into(), by("k4")), 16), Ok(books.0.version()));
}

#[test]
fn what_is_seen_is_told_once_a_day() {
    let mut books = Books::new();
    let raise = |about: &str| {
        let (kind, severity) = (NoticeKind::BackupStale, Severity::Critical);
        NoticeAsking::Raise(Raised { kind, severity, about: about.into(), says: "old".into(), code: None })
    };
    assert_eq!(books.ask(raise("a"), 1_000), Ok(2));
    assert_eq!(books.ask(raise("a"), 1_000 + limits::RAISED_APART.0 - 1), Ok(0));
    assert_eq!(books.ask(raise("b"), 2_000), Ok(3));
    assert_eq!(books.ask(raise("a"), 1_000 + limits::RAISED_APART.0), Ok(4));
}

#[test]
fn what_it_remembers_is_bounded_and_what_is_forgotten_is_counted() {
    let mut books = Books::new();
    let first = books.dies("ops", 5);
    for number in 0..limits::DEAD_LETTERS_KEPT as u64 {
        books.dies("ops", 6 + number);
    }
    let notices = books.0.notices();
    assert_eq!((notices.letters().count(), notices.forgotten()), (limits::DEAD_LETTERS_KEPT, 1));
    assert!(notices.letters().all(|letter| letter.number > first));
    for number in 0..limits::NOTICE_ACTS_KEPT + 5 {
        books.ask(NoticeAsking::Test("ops".into(), by(&format!("k{number}"))), 900).unwrap();
    }
    assert_eq!(books.0.notices().acts().count(), limits::NOTICE_ACTS_KEPT);
    for number in 0..limits::RAISED_KEPT as u64 + 5 {
        let (kind, severity) = (NoticeKind::EventOut, Severity::Critical);
        let about = format!("{number} events").into();
        let raised = Raised { kind, severity, about, says: "".into(), code: None };
        books.ask(NoticeAsking::Raise(raised), 1_000 + number).unwrap();
    }
    for piece in books.0.pieces() {
        let bytes = bincode::encode_to_vec(&piece, PIECE).unwrap().len();
        assert!(bytes < limits::SYSTEM_DECODED_BYTES_MAX / 4, "{bytes}");
    }
}

#[test]
fn pieces_that_do_not_fit_are_refused() {
    let mut books = Books::new();
    books.ask(told("ops", 1), 10).unwrap();
    books.dies("ops", 11);
    books.dies("ops", 12);
    let pieces = books.0.pieces();
    let [system, head, one, two] = &pieces[..] else { panic!("{pieces:?}") };
    for wrong in [[system, head, head, one], [system, head, two, one], [system, head, one, one]] {
        assert!(System::from_pieces(wrong.into_iter().cloned()).is_err());
    }
}
