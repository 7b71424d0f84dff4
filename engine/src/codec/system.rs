//! The records and snapshots of the system event as bytes.
//!
//! A record has the header of every record, with event 0 and a format number of its own, and a body by bincode with
//! variable-length integers. A snapshot has a chunk for each piece.

use bincode::config::{Configuration, Limit, LittleEndian, Varint};

use super::image::ImageError;
use super::record::{self, RecordError};
use crate::limits;
use crate::numbers::{At, EventId};
use crate::state::VecWriter;
use crate::system::{PIECE, Piece, System, SystemChange, SystemRecord};

const FORMAT: u8 = 1;

const BODY: Configuration<LittleEndian, Varint, Limit<{ limits::SYSTEM_DECODED_BYTES_MAX }>> =
    bincode::config::standard().with_limit::<{ limits::SYSTEM_DECODED_BYTES_MAX }>();

/// A record of the system event as it came out of the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FramedSystem {
    /// The digest that the system event had after it.
    pub digest: u64,
    /// The record.
    pub record: SystemRecord,
}

/// Appends a record.
///
/// # Panics
/// Never: a vector takes every change.
pub fn encode_system(digest: u64, record: &SystemRecord, out: &mut Vec<u8>) {
    let mut header = [0_u8; record::HEADER];
    header[record::EVENT..record::FORMAT_AT].copy_from_slice(&EventId::SYSTEM.0.to_le_bytes());
    header[record::FORMAT_AT] = FORMAT;
    header[record::AT..record::VERSION].copy_from_slice(&record.at.0.to_le_bytes());
    header[record::VERSION..record::DIGEST].copy_from_slice(&record.version.to_le_bytes());
    header[record::DIGEST..].copy_from_slice(&digest.to_le_bytes());
    out.extend_from_slice(&header);
    bincode::encode_into_writer(&record.change, VecWriter(out), BODY).expect("a vector takes every change");
}

/// Reads a record of the system event.
///
/// # Errors
/// If the bytes are not exactly one of a known format.
pub fn decode_system(bytes: &[u8]) -> Result<FramedSystem, RecordError> {
    let too_short = RecordError::TooShort(bytes.len());
    let (header, body) = bytes.split_first_chunk::<{ record::HEADER }>().ok_or(too_short)?;
    if header[record::FORMAT_AT] != FORMAT {
        return Err(RecordError::Format(header[record::FORMAT_AT]));
    }
    let is_known = header[record::FLAGS..record::AT].iter().all(|byte| *byte == 0);
    if !is_known || record::event_of(header) != Some(EventId::SYSTEM) {
        return Err(RecordError::Header);
    }
    let (change, read): (SystemChange, usize) = bincode::decode_from_slice(body, BODY)?;
    if read != body.len() {
        return Err(RecordError::Trailing(body.len() - read));
    }
    let (at, version) = (At(record::word(header, record::AT)), record::word(header, record::VERSION));
    let digest = record::word(header, record::DIGEST);
    Ok(FramedSystem { digest, record: SystemRecord { at, version, change } })
}

/// Gives the system event to `take`, chunk by chunk.
///
/// # Errors
/// What `take` says; no further chunk is given then.
///
/// # Panics
/// Never: a vector takes every piece.
pub fn write_system<E>(system: &System, mut take: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
    system.pieces().iter().try_for_each(|piece| {
        take(&bincode::encode_to_vec(piece, PIECE).expect("a vector takes every piece"))
    })
}

/// Puts the system event together from its chunks and checks it.
///
/// # Errors
/// If the chunks are not what [`write_system`] gave.
pub fn read_system<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Result<System, ImageError> {
    let piece = |(index, chunk): (usize, &[u8])| {
        let (piece, read): (Piece, usize) =
            bincode::decode_from_slice(chunk, PIECE).map_err(|source| ImageError::Chunk { index, source })?;
        let source = bincode::error::DecodeError::Other("bytes behind the end");
        if read == chunk.len() { Ok(piece) } else { Err(ImageError::Chunk { index, source }) }
    };
    let pieces: Vec<Piece> = chunks.into_iter().enumerate().map(piece).collect::<Result<_, _>>()?;
    if pieces.is_empty() {
        return Err(ImageError::Empty);
    }
    System::from_pieces(pieces).map_err(ImageError::State)
}
