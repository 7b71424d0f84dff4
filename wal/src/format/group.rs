//! The header of a group: what one write and one sync put into the log.

use super::FORMAT_VERSION;
use super::fields::{Fields, put};
use crate::limits::BLOCK_BYTES;
use crate::lsn::Lsn;

const MAGIC: [u8; 4] = *b"hfGR";
const MAGIC_OFFSET: usize = 0;
const VERSION_OFFSET: usize = MAGIC_OFFSET + 4;
const FLAGS_OFFSET: usize = VERSION_OFFSET + 2;
const NONCE_OFFSET: usize = FLAGS_OFFSET + 2;
const SEGMENT_OFFSET: usize = NONCE_OFFSET + 8;
const OFFSET_OFFSET: usize = SEGMENT_OFFSET + 8;
const SEQUENCE_OFFSET: usize = OFFSET_OFFSET + 8;
const FIRST_OFFSET: usize = SEQUENCE_OFFSET + 8;
const DURABLE_OFFSET: usize = FIRST_OFFSET + 8;
const COUNT_OFFSET: usize = DURABLE_OFFSET + 8;
const LENGTH_OFFSET: usize = COUNT_OFFSET + 4;
const BEFORE_OFFSET: usize = LENGTH_OFFSET + 4;
const HEADER_CRC_OFFSET: usize = BEFORE_OFFSET + 8;
const FRAME_CRC_OFFSET: usize = HEADER_CRC_OFFSET + 4;

/// Length of a group's header; its records follow at once.
pub(crate) const GROUP_HEADER_BYTES: usize = FRAME_CRC_OFFSET + 4;

/// Written when nothing happened for a while, to prove that the group before was durable. No records.
pub(crate) const FLAG_IDLE: u16 = 1;
/// The last group of a clean stop. No records.
pub(crate) const FLAG_SEAL: u16 = 2;
/// The first group of a segment that was made ready ahead. No records.
pub(crate) const FLAG_OPEN: u16 = 4;
/// A group of a thinned segment: some of its records are left out, and each of the others says its LSN.
pub(crate) const FLAG_THINNED: u16 = 8;

const FLAGS_KNOWN: u16 = FLAG_IDLE | FLAG_SEAL | FLAG_OPEN | FLAG_THINNED;

// A header must arrive whole or not at all, so it is shorter than a sector; what is left of the sector holds records.
const _: () = assert!(GROUP_HEADER_BYTES < crate::limits::SECTOR_BYTES);

/// A group's link: both its checksums. Each header repeats the link of the group before, so a link stands for the whole
/// chain up to its group.
pub(crate) type Chain = u64;

/// What a group says of itself, in front of its records.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct GroupHeader {
    pub(crate) flags: u16,
    pub(crate) nonce: u64,
    pub(crate) segment: u64,
    pub(crate) offset: u64,
    pub(crate) sequence: u64,
    /// The first record's LSN; for an empty group, that of the next one to be written.
    pub(crate) first: Lsn,
    /// Sequence of the newest group that was durable when this one was written; in a thinned segment, the LSN of the
    /// newest record that the group stands for.
    pub(crate) durable_upto: u64,
    pub(crate) count: u32,
    /// Length of the records, without header and padding.
    pub(crate) length: u32,
    /// Link of the group before.
    pub(crate) before: Chain,
}

/// Length of header and records, padded to whole blocks.
pub(crate) const fn frame_bytes(payload: usize) -> usize {
    (GROUP_HEADER_BYTES + payload).next_multiple_of(BLOCK_BYTES)
}

impl GroupHeader {
    /// Fills in the header at the front of `frame`, which holds room for the header and the records, and no padding yet.
    pub(crate) fn encode(&self, frame: &mut [u8]) -> Chain {
        assert_eq!(
            frame.len(),
            GROUP_HEADER_BYTES + self.length as usize,
            "the length is that of the records"
        );
        put(frame, MAGIC_OFFSET, &MAGIC);
        put(frame, VERSION_OFFSET, &FORMAT_VERSION.to_le_bytes());
        put(frame, FLAGS_OFFSET, &self.flags.to_le_bytes());
        put(frame, NONCE_OFFSET, &self.nonce.to_le_bytes());
        put(frame, SEGMENT_OFFSET, &self.segment.to_le_bytes());
        put(frame, OFFSET_OFFSET, &self.offset.to_le_bytes());
        put(frame, SEQUENCE_OFFSET, &self.sequence.to_le_bytes());
        put(frame, FIRST_OFFSET, &self.first.0.to_le_bytes());
        put(frame, DURABLE_OFFSET, &self.durable_upto.to_le_bytes());
        put(frame, COUNT_OFFSET, &self.count.to_le_bytes());
        put(frame, LENGTH_OFFSET, &self.length.to_le_bytes());
        put(frame, BEFORE_OFFSET, &self.before.to_le_bytes());
        let header_crc = crc32fast::hash(&frame[..HEADER_CRC_OFFSET]);
        put(frame, HEADER_CRC_OFFSET, &header_crc.to_le_bytes());
        let frame_crc = frame_crc(&frame[..FRAME_CRC_OFFSET], &frame[GROUP_HEADER_BYTES..]);
        put(frame, FRAME_CRC_OFFSET, &frame_crc.to_le_bytes());
        chain(header_crc, frame_crc)
    }

    /// The header at the front of `bytes` and the link that it claims; `None` if its own checksum, magic, version or
    /// flags are wrong.
    pub(crate) fn decode(bytes: &[u8]) -> Option<(Self, Chain)> {
        let (checked, rest) = bytes.split_at_checked(HEADER_CRC_OFFSET)?;
        let mut fields = Fields(checked);
        // The magic comes first, as recovery tries to decode every empty block of a segment.
        if fields.bytes()? != MAGIC {
            return None;
        }
        let mut crcs = Fields(rest);
        let header_crc = crcs.u32()?;
        if header_crc != crc32fast::hash(checked) || fields.u16()? != FORMAT_VERSION {
            return None;
        }
        let flags = fields.u16()?;
        if flags & !FLAGS_KNOWN != 0 {
            return None;
        }
        let header = Self {
            flags,
            nonce: fields.u64()?,
            segment: fields.u64()?,
            offset: fields.u64()?,
            sequence: fields.u64()?,
            first: Lsn(fields.u64()?),
            durable_upto: fields.u64()?,
            count: fields.u32()?,
            length: fields.u32()?,
            before: fields.u64()?,
        };
        Some((header, chain(header_crc, crcs.u32()?)))
    }

    /// Length of header and records.
    pub(crate) const fn frame_len(&self) -> usize {
        GROUP_HEADER_BYTES + self.length as usize
    }

    /// Whether it is a group of a thinned segment.
    pub(crate) const fn is_thinned(&self) -> bool {
        self.flags & FLAG_THINNED != 0
    }

    /// The newest record up to the end of this group.
    pub(crate) fn last(&self) -> Lsn {
        if self.is_thinned() {
            return Lsn(self.durable_upto);
        }
        Lsn(self.first.0.saturating_sub(1).saturating_add(u64::from(self.count)))
    }
}

/// Whether the checksum of a whole frame, without padding, is right.
pub(crate) fn frame_crc_fits(frame: &[u8]) -> bool {
    let Some((header, records)) = frame.split_at_checked(GROUP_HEADER_BYTES) else { return false };
    let Some((checked, stored)) = header.split_at_checked(FRAME_CRC_OFFSET) else { return false };
    Fields(stored).u32() == Some(frame_crc(checked, records))
}

fn frame_crc(header: &[u8], records: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(header);
    hasher.update(records);
    hasher.finalize()
}

fn chain(header_crc: u32, frame_crc: u32) -> Chain {
    u64::from(header_crc) << 32 | u64::from(frame_crc)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(length: u32) -> GroupHeader {
        GroupHeader {
            flags: FLAG_IDLE,
            nonce: 11,
            segment: 3,
            offset: 8192,
            sequence: 77,
            first: Lsn(500),
            durable_upto: 76,
            count: 2,
            length,
            before: 0xabcd_ef01_2345_6789,
        }
    }

    #[test]
    fn what_was_encoded_is_decoded() {
        let mut frame = vec![5; GROUP_HEADER_BYTES + 100];
        let link = header(100).encode(&mut frame);
        assert_eq!(GroupHeader::decode(&frame), Some((header(100), link)));
        assert!(frame_crc_fits(&frame));
        assert_eq!(header(100).last(), Lsn(501));
    }

    #[test]
    fn every_flipped_bit_of_a_frame_is_noticed() {
        let mut frame = vec![5; GROUP_HEADER_BYTES + 20];
        header(20).encode(&mut frame);
        for bit in 0..frame.len() * 8 {
            let mut broken = frame.clone();
            broken[bit / 8] ^= 1 << (bit % 8);
            assert!(!frame_crc_fits(&broken), "bit {bit}");
            if bit / 8 < HEADER_CRC_OFFSET + 4 {
                assert_eq!(GroupHeader::decode(&broken), None, "bit {bit}");
            }
        }
    }

    #[test]
    fn a_frame_fills_whole_blocks() {
        assert_eq!(frame_bytes(0), BLOCK_BYTES);
        assert_eq!(frame_bytes(BLOCK_BYTES - GROUP_HEADER_BYTES), BLOCK_BYTES);
        assert_eq!(frame_bytes(BLOCK_BYTES - GROUP_HEADER_BYTES + 1), 2 * BLOCK_BYTES);
    }
}
