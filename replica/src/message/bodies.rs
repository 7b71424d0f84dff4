//! What messages without records say.

use holdfast_wal::Lsn;

use super::fields::Fields;
use super::layout::NAME_BYTES_MAX;
use crate::numbers::Position;

/// The beginning of a log. Its header has the rest: the LSN that comes first, and the link that a log before this one ended with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Genesis {
    /// The id of the data directories of the shard.
    pub directory: [u8; 16],
    /// The secret under which they keep keys: whoever may read the log may know it.
    pub secret: [u8; 16],
    /// The first and the last hash slot of the shard, both included.
    pub slots: (u16, u16),
}

/// A node has taken over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Taken {
    /// Its name.
    pub owner: Box<str>,
    /// Where clients reach it.
    pub address: Box<str>,
    /// The names of those who may take over after it, in the order in which they try.
    pub candidates: Vec<Box<str>>,
}

/// The owner is there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Beat {
    /// How far its own disk has the log.
    pub durable: Lsn,
    /// Messages below this position are not needed any more.
    pub floor: Position,
    /// Where clients reach it.
    pub address: Box<str>,
}

/// The owner has stopped writing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Handover {
    /// Who is to take over; empty if anybody may.
    pub to: Box<str>,
}

impl Genesis {
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.directory);
        out.extend_from_slice(&self.secret);
        out.extend_from_slice(&self.slots.0.to_le_bytes());
        out.extend_from_slice(&self.slots.1.to_le_bytes());
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(bytes);
        let (directory, secret) = (fields.bytes()?, fields.bytes()?);
        let slots = (fields.u16()?, fields.u16()?);
        (fields.is_empty() && slots.0 <= slots.1).then_some(Self { directory, secret, slots })
    }
}

impl Taken {
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        put_text(&self.owner, out);
        put_text(&self.address, out);
        let count = u8::try_from(self.candidates.len()).expect("a shard has a few nodes");
        out.push(count);
        self.candidates.iter().for_each(|name| put_text(name, out));
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(bytes);
        let (owner, address) = (fields.text()?.into(), fields.text()?.into());
        let count = fields.u8()?;
        let candidates = (0..count).map(|_| fields.text().map(Into::into)).collect::<Option<_>>()?;
        fields.is_empty().then_some(Self { owner, address, candidates })
    }
}

impl Beat {
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.durable.0.to_le_bytes());
        out.extend_from_slice(&self.floor.0.to_le_bytes());
        put_text(&self.address, out);
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(bytes);
        let (durable, floor) = (Lsn(fields.u64()?), Position(fields.u64()?));
        let address = fields.text()?.into();
        fields.is_empty().then_some(Self { durable, floor, address })
    }
}

impl Handover {
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        put_text(&self.to, out);
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(bytes);
        let to = fields.text()?.into();
        fields.is_empty().then_some(Self { to })
    }
}

fn put_text(text: &str, out: &mut Vec<u8>) {
    let length = u8::try_from(text.len());
    out.push(length.unwrap_or_else(|_| panic!("a name has at most {NAME_BYTES_MAX} bytes")));
    out.extend_from_slice(text.as_bytes());
}
