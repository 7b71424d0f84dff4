//! The header of a segment: its first block.

use super::FORMAT_VERSION;
use super::fields::{Fields, put};
use crate::limits::BLOCK_BYTES;
use crate::lsn::Lsn;

const MAGIC: [u8; 8] = *b"holdfWAL";
const MAGIC_OFFSET: usize = 0;
const VERSION_OFFSET: usize = MAGIC_OFFSET + 8;
const KIND_OFFSET: usize = VERSION_OFFSET + 4;
const NUMBER_OFFSET: usize = KIND_OFFSET + 4;
const NONCE_OFFSET: usize = NUMBER_OFFSET + 8;
const BYTES_OFFSET: usize = NONCE_OFFSET + 8;
const BASE_SEQUENCE_OFFSET: usize = BYTES_OFFSET + 8;
const BASE_LSN_OFFSET: usize = BASE_SEQUENCE_OFFSET + 8;
const BASE_CHAIN_OFFSET: usize = BASE_LSN_OFFSET + 8;
const OLDEST_OFFSET: usize = BASE_CHAIN_OFFSET + 8;
const CRC_OFFSET: usize = OLDEST_OFFSET + 8;
const SEGMENT_HEADER_BYTES: usize = CRC_OFFSET + 4;

const _: () = assert!(SEGMENT_HEADER_BYTES <= crate::limits::SECTOR_BYTES);

/// Why a segment exists, and with that what its base means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// Made ready ahead of time. The base is what was durable *then*: a witness. The first group says where the segment
    /// starts.
    Ahead,
    /// Made when the log was started. The log goes on in it right after the base: whatever an older segment holds after
    /// the base is void.
    Start,
    /// As `Start`, made by an operator who accepted a loss: the LSN may jump, the chain may not.
    AfterLoss,
    /// No segment of the log any more, but what is left of some for readers. The base is the newest record before them.
    Thinned,
}

/// What a segment says of itself, in its first block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct SegmentHeader {
    pub(crate) kind: Kind,
    /// The segment's own number: the same as in its name.
    pub(crate) number: u64,
    /// Random; repeated in every group, so that nothing but this segment's writer can make one.
    pub(crate) nonce: u64,
    /// Length of the file.
    pub(crate) bytes: u64,
    /// Sequence of the last group before, as `kind` says.
    pub(crate) base_sequence: u64,
    /// Newest record up to that group.
    pub(crate) base_lsn: Lsn,
    /// That group's link in the chain.
    pub(crate) base_chain: u64,
    /// The oldest segment that was kept when this one was made. An older segment on the disk was removed, and a crash
    /// undid its removal.
    pub(crate) oldest: u64,
}

/// Why the first block of a segment is no header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum HeaderFault {
    /// Too short, no magic, a wrong checksum, or an unknown kind.
    Invalid,
    /// Intact, and of a version that this crate does not know.
    OtherVersion(u32),
}

impl SegmentHeader {
    /// The first block of the segment.
    pub(crate) fn encode(&self) -> [u8; BLOCK_BYTES] {
        let kind: u32 = match self.kind {
            Kind::Ahead => 1,
            Kind::Start => 2,
            Kind::AfterLoss => 3,
            Kind::Thinned => 4,
        };
        let mut block = [0; BLOCK_BYTES];
        put(&mut block, MAGIC_OFFSET, &MAGIC);
        put(&mut block, VERSION_OFFSET, &u32::from(FORMAT_VERSION).to_le_bytes());
        put(&mut block, KIND_OFFSET, &kind.to_le_bytes());
        put(&mut block, NUMBER_OFFSET, &self.number.to_le_bytes());
        put(&mut block, NONCE_OFFSET, &self.nonce.to_le_bytes());
        put(&mut block, BYTES_OFFSET, &self.bytes.to_le_bytes());
        put(&mut block, BASE_SEQUENCE_OFFSET, &self.base_sequence.to_le_bytes());
        put(&mut block, BASE_LSN_OFFSET, &self.base_lsn.0.to_le_bytes());
        put(&mut block, BASE_CHAIN_OFFSET, &self.base_chain.to_le_bytes());
        put(&mut block, OLDEST_OFFSET, &self.oldest.to_le_bytes());
        let crc = crc32fast::hash(&block[..CRC_OFFSET]);
        put(&mut block, CRC_OFFSET, &crc.to_le_bytes());
        block
    }

    /// The header at the front of `bytes`. Magic, version and checksum keep their places in all versions to come,
    /// so that another version is told apart from rot.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, HeaderFault> {
        Self::decode_fields(bytes).ok_or(HeaderFault::Invalid)?
    }

    fn decode_fields(bytes: &[u8]) -> Option<Result<Self, HeaderFault>> {
        let (checked, rest) = bytes.split_at_checked(CRC_OFFSET)?;
        if Fields(rest).u32()? != crc32fast::hash(checked) {
            return None;
        }
        let mut fields = Fields(checked);
        if fields.bytes()? != MAGIC {
            return None;
        }
        let version = fields.u32()?;
        if version != u32::from(FORMAT_VERSION) {
            return Some(Err(HeaderFault::OtherVersion(version)));
        }
        let kind = match fields.u32()? {
            1 => Kind::Ahead,
            2 => Kind::Start,
            3 => Kind::AfterLoss,
            4 => Kind::Thinned,
            _ => return None,
        };
        Some(Ok(Self {
            kind,
            number: fields.u64()?,
            nonce: fields.u64()?,
            bytes: fields.u64()?,
            base_sequence: fields.u64()?,
            base_lsn: Lsn(fields.u64()?),
            base_chain: fields.u64()?,
            oldest: fields.u64()?,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> SegmentHeader {
        SegmentHeader {
            kind: Kind::Start,
            number: 7,
            nonce: 0x0123_4567_89ab_cdef,
            bytes: 65_536,
            base_sequence: 40,
            base_lsn: Lsn(1000),
            base_chain: 0xfeed,
            oldest: 3,
        }
    }

    #[test]
    fn what_was_encoded_is_decoded() {
        for kind in [Kind::Ahead, Kind::Start, Kind::AfterLoss, Kind::Thinned] {
            let header = SegmentHeader { kind, ..header() };
            assert_eq!(SegmentHeader::decode(&header.encode()), Ok(header));
        }
    }

    #[test]
    fn every_flipped_bit_and_every_short_header_is_noticed() {
        let block = header().encode();
        for bit in 0..SEGMENT_HEADER_BYTES * 8 {
            let mut broken = block;
            broken[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(SegmentHeader::decode(&broken), Err(HeaderFault::Invalid), "bit {bit}");
        }
        for len in 0..SEGMENT_HEADER_BYTES {
            assert_eq!(SegmentHeader::decode(&block[..len]), Err(HeaderFault::Invalid), "{len} bytes");
        }
    }

    #[test]
    fn another_version_is_told_apart_from_rot() {
        let mut block = header().encode();
        put(&mut block, VERSION_OFFSET, &9_u32.to_le_bytes());
        let crc = crc32fast::hash(&block[..CRC_OFFSET]);
        put(&mut block, CRC_OFFSET, &crc.to_le_bytes());
        assert_eq!(SegmentHeader::decode(&block), Err(HeaderFault::OtherVersion(9)));
    }
}
