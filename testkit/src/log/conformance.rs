//! What every log has to do when nothing is wrong with it: written once, for the log in memory and for those of real servers.

use bytes::Bytes;
use holdfast_replica::{Event, MESSAGE_BYTES_MAX, Position, ReplicatedLog};

/// So often time is let pass before something that does not come is a failure.
const PASSES_MAX: usize = 12_000;

/// One log as several nodes reach it. One message stands in it.
pub trait Ports {
    /// How a node reaches it.
    type Log: ReplicatedLog;
    /// The port of a node: 0 or 1.
    fn port(&mut self, node: usize) -> &mut Self::Log;
    /// A little time passes: until something is heard, or about ten milliseconds.
    fn pass(&mut self);
}

struct Listener<P> {
    ports: P,
    heard: [Vec<Event>; 2],
}

impl<P: Ports> Listener<P> {
    fn listen(&mut self) {
        for node in 0..2 {
            while let Some(event) = self.ports.port(node).next() {
                self.heard[node].push(event);
            }
        }
    }

    /// Waits until a node hears this, and forgets that it did.
    fn hears(&mut self, node: usize, what: impl Fn(&Event) -> bool) -> Event {
        for _ in 0..PASSES_MAX {
            self.listen();
            if let Some(at) = self.heard[node].iter().position(&what) {
                return self.heard[node].remove(at);
            }
            self.ports.pass();
        }
        panic!("node {node} has heard only {:?}", self.heard[node].iter().map(brief).collect::<Vec<_>>());
    }

    fn is_acked(&mut self, node: usize, asked: u64, at: u64) {
        let answer = self.answer(node, asked);
        assert_eq!(answer, Event::Acked { asked, at: Position(at) });
    }

    fn answer(&mut self, node: usize, asked: u64) -> Event {
        self.hears(node, |event| {
            matches!(event, Event::Acked { asked: of, .. } | Event::Unsure { asked: of } if *of == asked)
        })
    }

    fn reads(&mut self, node: usize, at: u64) -> Option<Bytes> {
        self.ports.port(node).read(Position(at));
        match self.hears(node, |event| matches!(event, Event::Read { at: of, .. } if of.0 == at)) {
            Event::Read { found, .. } => found,
            _ => unreachable!("it is a read"),
        }
    }

    fn sees(&mut self, node: usize, at: u64, message: &Bytes) {
        let seen = self.hears(node, |event| matches!(event, Event::Seen { at: of, .. } if of.0 == at));
        let Event::Seen { bytes, .. } = &seen else { unreachable!("it is seen") };
        assert!(bytes == message, "something else is seen at {at}");
    }

    fn append(&mut self, node: usize, asked: u64, after: u64, message: &Bytes) {
        self.ports.port(node).append(asked, Position(after), message.clone());
    }
}

/// Without the bytes of messages, which may be megabytes.
fn brief(event: &Event) -> String {
    match event {
        Event::Seen { at, bytes } => format!("seen {} bytes at {at}", bytes.len()),
        Event::Read { at, found } => format!("read {:?} bytes at {at}", found.as_ref().map(Bytes::len)),
        other => format!("{other:?}"),
    }
}

/// Tries a log in which one message stands. Returns how many do at the end.
///
/// # Panics
/// If it does not do what it has to.
pub fn conforms(ports: impl Ports) -> u64 {
    let mut log = Listener { ports, heard: [Vec::new(), Vec::new()] };
    let [one, two, three, four] = ["one", "two", "three", "four"].map(Bytes::from);

    assert!(log.reads(0, 1).is_some(), "the first message stands");
    assert_eq!(log.reads(1, 2), None, "nothing stands behind it");
    log.append(0, 1, 1, &one);
    log.is_acked(0, 1, 2);
    for node in [0, 1] {
        log.sees(node, 2, &one);
        assert_eq!(log.reads(node, 2).as_ref(), Some(&one));
    }

    // A window: each goes behind the one before it, of which nothing is known yet.
    for (asked, message) in [(2, &two), (3, &three), (4, &four)] {
        log.append(1, asked, asked, message);
    }
    for asked in 2..=4 {
        log.is_acked(1, asked, asked + 1);
    }
    assert_eq!(log.reads(0, 4).as_ref(), Some(&three));

    // Nowhere else than behind the position that was named: not before the end, not behind it, and not twice.
    for (asked, after) in [(5, 2), (6, 9), (7, 4), (8, 0)] {
        log.append(0, asked, after, &four);
        assert_eq!(log.answer(0, asked), Event::Unsure { asked });
    }
    assert_eq!(log.reads(0, 6), None);

    // Two write to the same place: one of them does.
    let rivals = [Bytes::from("mine"), Bytes::from("yours")];
    for node in [0, 1] {
        log.append(node, 20, 5, &rivals[node]);
    }
    let answers = [0, 1].map(|node| log.answer(node, 20));
    let won: Vec<usize> =
        (0..2).filter(|node| matches!(answers[*node], Event::Acked { at: Position(6), .. })).collect();
    assert_eq!(won.len(), 1, "{answers:?}");
    assert_eq!(log.reads(1 - won[0], 6).as_ref(), Some(&rivals[won[0]]));
    assert_eq!(log.reads(0, 7), None);

    // The shortest and the longest message.
    let longest = Bytes::from((0..MESSAGE_BYTES_MAX).map(|at| (at % 251) as u8).collect::<Vec<_>>());
    for (asked, message) in [(30, Bytes::new()), (31, longest)] {
        log.append(0, asked, asked - 24, &message);
        log.is_acked(0, asked, asked - 23);
        log.sees(1, asked - 23, &message);
        assert!(log.reads(1, asked - 23).is_some_and(|read| read == message));
    }
    assert_eq!(log.reads(0, 9), None);
    8
}

#[cfg(test)]
mod tests {
    use super::super::{MemoryLog, MemoryPort};
    use super::*;

    struct Memory {
        log: MemoryLog,
        ports: [MemoryPort; 2],
        now: u64,
    }

    impl Ports for Memory {
        type Log = MemoryPort;

        fn port(&mut self, node: usize) -> &mut MemoryPort {
            &mut self.ports[node]
        }

        fn pass(&mut self) {
            self.now += 10;
            self.log.advance(self.now);
        }
    }

    #[test]
    fn the_log_in_memory_does_what_a_log_has_to() {
        let log = MemoryLog::new(7, 2, Bytes::from("first"));
        // What is sent in an order arrives in it, as on one connection.
        log.faults(|faults| faults.usual_ms = 1);
        let ports = [0, 1].map(|node| log.port(node));
        let count = conforms(Memory { log: log.clone(), ports, now: 0 });
        assert_eq!(log.len() as u64, count);
    }
}
