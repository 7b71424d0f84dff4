//! Two histories that no owner can tell apart before it answers: in one the log keeps its promise; in the other it forgets what a majority had, and
//! gives the place to somebody else. Whoever answers for what was acknowledged hears the same in both.

use bytes::Bytes;
use holdfast_replica::{Event, Position, ReplicatedLog as _};
use holdfast_testkit::MemoryLog;

/// What the owner hears while it writes two messages, what stands at the place of the first at the end, and what it hears when it reads that once more.
fn written(compares: bool, forgets: bool) -> (Vec<Event>, Option<Bytes>, Vec<Event>) {
    let log = MemoryLog::new(7, 2, Bytes::from_static(b"genesis"));
    // The tail may leave messages out.
    log.faults(|faults| (faults.compares, faults.unseen) = (compares, 100));
    let (mut owner, mut other) = (log.port(0), log.port(1));
    let mut heard = Vec::new();
    owner.append(1, Position(1), Bytes::from_static(b"first"));
    log.advance(100);
    heard.extend(std::iter::from_fn(|| owner.next()));
    if forgets {
        log.forget(1);
        other.append(1, Position(1), Bytes::from_static(b"of another one"));
        log.advance(200);
    }
    owner.append(2, Position(2), Bytes::from_static(b"second"));
    log.advance(300);
    heard.extend(std::iter::from_fn(|| owner.next()));
    owner.read(Position(2));
    log.advance(400);
    (heard, log.at(Position(2)), std::iter::from_fn(|| owner.next()).collect())
}

#[test]
fn a_log_that_forgets_and_gives_the_place_away_sounds_like_one_that_does_not() {
    for compares in [true, false] {
        let (whole, stands, read) = written(compares, false);
        let (broken, others, reread) = written(compares, true);
        assert_eq!(
            whole,
            [Event::Acked { asked: 1, at: Position(2) }, Event::Acked { asked: 2, at: Position(3) }]
        );
        assert_eq!(whole, broken, "at the predicted positions, both");
        assert_ne!(stands, others, "the first message is gone, so the second counts for nobody");
        // Only to read it once more tells, and that is true for the moment in which it is read.
        assert_ne!(read, reread);
    }
}
