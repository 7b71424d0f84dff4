//! The records and snapshots of the system event as bytes.
//!
//! A record has the header of every record, with event 0 and a format number of its own, and a body by bincode with
//! variable-length integers. A snapshot has a chunk for each piece.

use bincode::config::{Configuration, Limit, LittleEndian, Varint};

use super::image::{ImageError, decode};
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
    let SystemRecord { at, version, change } = record;
    out.extend_from_slice(&record::header(EventId::SYSTEM, (FORMAT, 0), *at, *version, digest));
    bincode::encode_into_writer(change, VecWriter(out), BODY).expect("a vector takes every change");
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
    let change: SystemChange = record::decode_body(body, BODY)?;
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
    let pieces = chunks.into_iter().enumerate().map(|(index, chunk)| decode(index, chunk, PIECE));
    let pieces: Vec<Piece> = pieces.collect::<Result<_, _>>()?;
    if pieces.is_empty() {
        return Err(ImageError::Empty);
    }
    System::from_pieces(pieces).map_err(ImageError::State)
}
