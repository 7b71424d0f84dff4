//! Reads messages. The bytes may come from anybody: nothing is believed before the link has proved it whole, and nothing panics.

use bytes::Bytes;
use holdfast_wal::{Lsn, holds_exactly};
use thiserror::Error;

use super::bodies::{Beat, Genesis, Handover, Taken};
use super::fields::Fields;
use super::layout::{
    AT_OFFSET, HEADER_BYTES, KIND_BEAT, KIND_EPOCH, KIND_GENESIS, KIND_GROUP, KIND_HANDOVER, KIND_OFFSET,
    LINK_OFFSET, MAGIC, MESSAGE_BYTES_MAX, MESSAGE_VERSION, VERSION_OFFSET,
};
use super::{Body, Header, Identity, Message};
use crate::link::Link;
use crate::numbers::Epoch;

/// Why bytes are no message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum Malformed {
    /// They are shorter than a header, or longer than any message.
    #[error("{0} bytes are no message")]
    Size(usize),
    /// They begin with something else.
    #[error("it does not begin as a message does")]
    Magic,
    /// Their link is not theirs: they are not what was written.
    #[error("its bytes do not have its link: they are not what was written")]
    Link,
    /// They are whole, and of a version that this build cannot read. This is no verdict: somebody else can read them.
    #[error("it is of version {0}, and this build reads {MESSAGE_VERSION}")]
    Version(u16),
    /// There is no such kind of message.
    #[error("there is no kind {0} of messages")]
    Kind(u8),
    /// The payload is not as long as the header says, or a byte that has to be zero is not.
    #[error("its header and its length do not fit")]
    Header,
    /// The payload is not as many records as the header says.
    #[error("its payload is not as many records as it says")]
    Records,
    /// The payload is not what its kind has.
    #[error("its payload is not what its kind has")]
    Payload,
}

/// Reads a message. A group's records stay where they are: nothing is copied.
///
/// # Errors
/// If the bytes are no message of this version. The link is compared before anything else is believed, so [`Malformed::Version`] is said
/// only of what somebody has written so.
pub fn decode(bytes: &Bytes) -> Result<Message, Malformed> {
    if !(HEADER_BYTES..=MESSAGE_BYTES_MAX).contains(&bytes.len()) {
        return Err(Malformed::Size(bytes.len()));
    }
    let (header, payload) = bytes.split_at(HEADER_BYTES);
    let (told, link) = header.split_at(LINK_OFFSET);
    if !told.starts_with(&MAGIC) {
        return Err(Malformed::Magic);
    }
    let own = Link::of(&[told, payload]);
    if own.0 != link {
        return Err(Malformed::Link);
    }
    let mut fields = Fields(&told[VERSION_OFFSET..KIND_OFFSET]);
    let version = fields.u16().ok_or(Malformed::Header)?;
    if version != MESSAGE_VERSION {
        return Err(Malformed::Version(version));
    }
    let (kind, header, length) = read_header(&told[KIND_OFFSET..]).ok_or(Malformed::Header)?;
    if length as usize != payload.len() {
        return Err(Malformed::Header);
    }
    let records_fit = match kind {
        KIND_GROUP => header.records > 0 && holds_exactly(payload, header.records),
        _ => header.records == 0,
    };
    if !records_fit {
        return Err(Malformed::Records);
    }
    let body = match kind {
        KIND_GENESIS => Genesis::decode(payload).map(Body::Genesis),
        KIND_GROUP => Some(Body::Group(bytes.slice(HEADER_BYTES..))),
        KIND_EPOCH => Taken::decode(payload).map(Body::Epoch),
        KIND_BEAT => Beat::decode(payload).map(Body::Beat),
        KIND_HANDOVER => Handover::decode(payload).map(Body::Handover),
        other => return Err(Malformed::Kind(other)),
    };
    Ok(Message { header, body: body.ok_or(Malformed::Payload)?, link: own })
}

/// What tells bytes from all others: the link of a message, and of anything else the SHA-256 of all of it.
#[must_use]
pub fn fingerprint(bytes: &Bytes) -> Link {
    decode(bytes).map_or_else(|_| Link::of(&[bytes]), |message| message.link)
}

/// When a message was written, as it says of itself, Unix milliseconds. Nothing of it is checked; `None` if it ends before that.
#[must_use]
pub fn written_at(bytes: &[u8]) -> Option<u64> {
    Fields(bytes.get(AT_OFFSET..)?).u64()
}

fn read_header(told: &[u8]) -> Option<(u8, Header, u32)> {
    let mut fields = Fields(told);
    let (kind, reserved) = (fields.u8()?, fields.u8()?);
    let identity = Identity { cluster: fields.bytes()?, shard: fields.u32()? };
    let level = fields.u32()?;
    let (epoch, first) = (Epoch(fields.u64()?), Lsn(fields.u64()?));
    let (records, length) = (fields.u32()?, fields.u32()?);
    let (unix_ms, before) = (fields.u64()?, fields.link()?);
    // The LSN behind the last record has to be a number too.
    let fits = reserved == 0 && fields.is_empty() && first.0.checked_add(records.into()).is_some();
    fits.then_some((kind, Header { identity, level, epoch, first, records, unix_ms, before }, length))
}
