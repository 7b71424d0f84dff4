//! Where the fields of a message are. Each offset follows from the one before.

use crate::link::Link;

/// The version of the messages that are written.
pub const MESSAGE_VERSION: u16 = 1;

/// The length of a message's header; the payload follows at once.
pub const HEADER_BYTES: usize = LINK_OFFSET + Link::BYTES;

/// The longest message, header included, bytes: a group aims at 64 KiB, and a single batch of commands stays below this.
pub const MESSAGE_BYTES_MAX: usize = 4 << 20;

/// The longest name of a node, and the longest address, bytes: their length is one byte on the wire.
pub const NAME_BYTES_MAX: usize = u8::MAX as usize;

pub(super) const MAGIC: [u8; 4] = *b"hfRL";

pub(super) const KIND_GENESIS: u8 = 1;
pub(super) const KIND_GROUP: u8 = 2;
pub(super) const KIND_EPOCH: u8 = 3;
pub(super) const KIND_BEAT: u8 = 4;
pub(super) const KIND_HANDOVER: u8 = 5;

pub(super) const VERSION_OFFSET: usize = 4;
pub(super) const KIND_OFFSET: usize = VERSION_OFFSET + 2;
const RESERVED_OFFSET: usize = KIND_OFFSET + 1;
const CLUSTER_OFFSET: usize = RESERVED_OFFSET + 1;
const SHARD_OFFSET: usize = CLUSTER_OFFSET + 16;
const LEVEL_OFFSET: usize = SHARD_OFFSET + 4;
const EPOCH_OFFSET: usize = LEVEL_OFFSET + 4;
const FIRST_OFFSET: usize = EPOCH_OFFSET + 8;
const RECORDS_OFFSET: usize = FIRST_OFFSET + 8;
const LENGTH_OFFSET: usize = RECORDS_OFFSET + 4;
pub(super) const AT_OFFSET: usize = LENGTH_OFFSET + 4;
const BEFORE_OFFSET: usize = AT_OFFSET + 8;
/// The link is of everything but itself: what is before this offset, and the payload. It keeps this place in all versions.
pub(super) const LINK_OFFSET: usize = BEFORE_OFFSET + Link::BYTES;

// FORMAT.md draws it so.
const _: () = assert!(LINK_OFFSET == 96 && HEADER_BYTES == 128);
