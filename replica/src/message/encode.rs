//! Writes messages.

use bytes::Bytes;
use holdfast_wal::holds_exactly;

use super::layout::{
    HEADER_BYTES, KIND_BEAT, KIND_EPOCH, KIND_GENESIS, KIND_GROUP, KIND_HANDOVER, LINK_OFFSET, MAGIC,
    MESSAGE_BYTES_MAX, MESSAGE_VERSION,
};
use super::{Body, Header};
use crate::link::Link;

/// The bytes of a message, with its link.
///
/// # Panics
/// If it cannot be a message: records that are not as many as the header says, a name of more than 255 bytes, more than
/// [`MESSAGE_BYTES_MAX`] in all. Whoever writes knows that before.
#[must_use]
pub fn seal(header: &Header, body: &Body) -> Bytes {
    let mut out = Vec::with_capacity(HEADER_BYTES + 64);
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&MESSAGE_VERSION.to_le_bytes());
    out.push(kind(body));
    out.push(0);
    out.extend_from_slice(&header.identity.cluster);
    out.extend_from_slice(&header.identity.shard.to_le_bytes());
    out.extend_from_slice(&header.level.to_le_bytes());
    out.extend_from_slice(&header.epoch.0.to_le_bytes());
    out.extend_from_slice(&header.first.0.to_le_bytes());
    out.extend_from_slice(&header.records.to_le_bytes());
    let length_offset = out.len();
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&header.unix_ms.to_le_bytes());
    out.extend_from_slice(&header.before.0);
    assert_eq!(out.len(), LINK_OFFSET, "the header is as FORMAT.md draws it");
    out.extend_from_slice(&[0; Link::BYTES]);
    match body {
        Body::Genesis(genesis) => genesis.encode(&mut out),
        Body::Group(framed) => out.extend_from_slice(framed),
        Body::Epoch(taken) => taken.encode(&mut out),
        Body::Beat(beat) => beat.encode(&mut out),
        Body::Handover(handover) => handover.encode(&mut out),
    }
    let payload = &out[HEADER_BYTES..];
    let fits = match body {
        Body::Group(_) => header.records > 0 && holds_exactly(payload, header.records),
        _ => header.records == 0,
    };
    assert!(fits, "a message has the records that its header counts");
    assert!(out.len() <= MESSAGE_BYTES_MAX, "a message of {} bytes", out.len());
    let length = (out.len() - HEADER_BYTES) as u32;
    out[length_offset..length_offset + 4].copy_from_slice(&length.to_le_bytes());
    let link = Link::of(&[&out[..LINK_OFFSET], &out[HEADER_BYTES..]]);
    out[LINK_OFFSET..HEADER_BYTES].copy_from_slice(&link.0);
    out.into()
}

const fn kind(body: &Body) -> u8 {
    match body {
        Body::Genesis(_) => KIND_GENESIS,
        Body::Group(_) => KIND_GROUP,
        Body::Epoch(_) => KIND_EPOCH,
        Body::Beat(_) => KIND_BEAT,
        Body::Handover(_) => KIND_HANDOVER,
    }
}
