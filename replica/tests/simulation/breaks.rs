//! Deliberate breaks. None is in the product: each changes what a node hears of the log, or what its driver makes of what it says, so that
//! the node does what a node without that check would do.

use std::collections::BTreeMap;

use bytes::Bytes;
use holdfast_replica::{Chain, Event, Position, decode, seal};

/// What is broken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Break {
    /// An acknowledgement counts at whatever position: the node hears the one that it has predicted.
    Position,
    /// It does not matter what a message was written behind: each names what its reader has read last.
    Link,
    /// A position where a message was to stand, and nothing was found, has nothing for good: the message goes to the next.
    NotFound,
    /// Its own disk alone is enough for an answer.
    LocalDisk,
    /// A node that another one has deposed answers what it had judged.
    Fence,
    /// A log that has forgotten its end is the same log: the node hears what it has heard first of each position, whatever stands there now.
    Forgotten,
}

impl Break {
    pub(crate) const ALL: [Self; 6] =
        [Self::Position, Self::Link, Self::NotFound, Self::LocalDisk, Self::Fence, Self::Forgotten];

    /// Whether it is what it breaks that was noticed.
    pub(crate) fn is_noticed_by(self, why: &str) -> bool {
        let by: &[&str] = match self {
            Self::Position | Self::NotFound => &["lost:", "elsewhere:", "kept:", "owners:"],
            Self::Link => &["halted:", "kept:", "lost:"],
            Self::LocalDisk | Self::Fence => &["lost:", "elsewhere:"],
            Self::Forgotten => &["silent:", "kept:"],
        };
        by.iter().any(|word| why.starts_with(word))
    }

    /// What a broken node hears. `asked` is where it has asked for each message to stand.
    pub(crate) fn hears(self, chain: &Chain, asked: &BTreeMap<u64, Position>, event: Event) -> Option<Event> {
        let is_wanted =
            |at| at == chain.position().next() && asked.values().any(|predicted| *predicted == at);
        match (self, event) {
            (Self::Position, Event::Acked { asked: number, at }) => {
                let at = asked.get(&number).copied().unwrap_or(at);
                Some(Event::Acked { asked: number, at })
            }
            (Self::NotFound, Event::Read { at, found: None }) if is_wanted(at) => {
                Some(Event::Read { at, found: Some(Bytes::from_static(b"nothing")) })
            }
            // One that was written behind something else is believed to be next; what comes later is heard of when it is next.
            (Self::Link, Event::Seen { at, .. }) if at > chain.position().next() => None,
            (Self::Link, Event::Seen { at, bytes }) => {
                Some(Event::Seen { at, bytes: relinked(chain, at, bytes) })
            }
            (Self::Link, Event::Read { at, found: Some(bytes) }) => {
                Some(Event::Read { at, found: Some(relinked(chain, at, bytes)) })
            }
            (_, event) => Some(event),
        }
    }
}

fn relinked(chain: &Chain, at: Position, bytes: Bytes) -> Bytes {
    let Ok(mut message) = decode(&bytes) else { return bytes };
    if at != chain.position().next() || message.header.before == chain.link() {
        return bytes;
    }
    message.header.before = chain.link();
    seal(&message.header, &message.body)
}
