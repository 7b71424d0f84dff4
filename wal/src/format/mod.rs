//! The bytes of the log: segment header and group header. No IO; `FORMAT.md` draws the same bytes.
//!
//! Everything is little-endian. Both headers carry a checksum of their own, so that a header can be believed
//! without the rest; a group's second checksum covers its header and its payload.

mod fields;
mod group;
mod segment;

pub(crate) use group::{
    Chain, FLAG_IDLE, FLAG_OPEN, FLAG_SEAL, FLAG_THINNED, GROUP_HEADER_BYTES, GroupHeader, frame_bytes,
    frame_crc_fits,
};
pub(crate) use segment::{HeaderFault, Kind, SegmentHeader};

/// The version that this crate writes, and the only one that it reads.
pub const FORMAT_VERSION: u16 = 1;
