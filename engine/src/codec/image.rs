//! An event as the chunks of a snapshot: the head first, then pieces of columns.

use bincode::Decode;
use bincode::config::{Config, Configuration, Fixint, Limit, LittleEndian};

use crate::limits;
use crate::state::{Column, Event, Head, OldHead, PIECE_BYTES, Restoring, TableSeed, VecWriter};

/// The bytes that decoding one chunk, or the head, may allocate: columns come in pieces of a few megabytes, and the head has
/// the description of the event.
const CHUNK_BYTES_MAX: usize = limits::RECORD_DECODED_BYTES_MAX;
const FORMAT: Configuration<LittleEndian, Fixint, Limit<CHUNK_BYTES_MAX>> =
    bincode::config::standard().with_fixed_int_encoding().with_limit::<CHUNK_BYTES_MAX>();

/// What a head begins with that is not told in the old words: their first byte is the length of a name, which is never 0.
const NEW_HEAD: [u8; 2] = [0, 2];

/// What a head begins with that goes on in further chunks: behind it stands how many chunks it is in all, as one byte.
const LONG_HEAD: [u8; 2] = [0, 3];
const PIECES_MAX: usize = limits::RECORD_DECODED_BYTES_MAX.div_ceil(limits::HEAD_PIECE_BYTES);
const _: () = assert!(PIECES_MAX <= u8::MAX as usize);
const _: () = assert!(limits::HEAD_PIECE_BYTES + 3 <= holdfast_snapshots::CHUNK_BYTES_MAX);

/// The largest row: an order of as many holds as a command names, each with a place in every area.
const ROW_BYTES_MAX: usize = limits::ITEMS_PER_COMMAND_MAX * limits::AREAS_MAX * 10 + 1024;
const _: () = assert!(PIECE_BYTES + ROW_BYTES_MAX <= holdfast_snapshots::CHUNK_BYTES_MAX);

/// Why the chunks of a snapshot are no event.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// There are no chunks.
    #[error("the snapshot is empty")]
    Empty,
    /// A chunk cannot be decoded.
    #[error("chunk {index} of the snapshot cannot be read: {source}")]
    Chunk {
        /// The number of the chunk, from 0.
        index: usize,
        /// What the decoder says.
        source: bincode::error::DecodeError,
    },
    /// Together the chunks are no state that an event can be in.
    #[error("the snapshot does not fit together: {0}")]
    State(String),
}

/// Gives the event to `take`, chunk by chunk.
///
/// # Errors
/// What `take` says; no further chunk is given then.
pub fn write_event<E>(event: &Event, mut take: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
    let mut chunk = Vec::new();
    let head = event.head();
    let written = match head.in_old_words() {
        Some(old) => bincode::encode_into_writer(&old, VecWriter(&mut chunk), FORMAT),
        None => {
            chunk.extend_from_slice(&NEW_HEAD);
            bincode::encode_into_writer(&head, VecWriter(&mut chunk), FORMAT)
        }
    };
    written.expect("a vector takes every head");
    if chunk.len() <= limits::HEAD_PIECE_BYTES {
        take(&chunk)?;
    } else {
        let pieces = chunk.chunks(limits::HEAD_PIECE_BYTES);
        let count = u8::try_from(pieces.len()).expect("a description has its largest length");
        let mut first = [&LONG_HEAD[..], &[count]].concat();
        for piece in pieces {
            first.extend_from_slice(piece);
            take(&first)?;
            first.clear();
        }
    }
    event.columns(|column| {
        chunk.clear();
        bincode::encode_into_writer(&column, VecWriter(&mut chunk), FORMAT)
            .expect("a vector takes every column");
        take(&chunk)
    })
}

/// Puts the event together from its chunks and checks it.
///
/// # Errors
/// If the chunks are not what [`write_event`] gave.
pub fn read_event<'a>(
    chunks: impl IntoIterator<Item = &'a [u8]>,
    seed: TableSeed,
) -> Result<Event, ImageError> {
    let mut chunks = chunks.into_iter().enumerate();
    let head = decode_head(chunks.by_ref().map(|(_, chunk)| chunk))?;
    let mut restoring = Restoring::new(head, seed);
    for (index, chunk) in chunks {
        let column: Column = decode(index, chunk, FORMAT)?;
        restoring.add(column);
    }
    restoring.finish().map_err(ImageError::State)
}

/// Takes the chunks of the head.
fn decode_head<'a>(mut chunks: impl Iterator<Item = &'a [u8]>) -> Result<Head, ImageError> {
    let first = chunks.next().ok_or(ImageError::Empty)?;
    let Some((&count, piece)) = first.strip_prefix(&LONG_HEAD).and_then(<[u8]>::split_first) else {
        return decode_whole_head(first);
    };
    let more: Vec<&[u8]> = chunks.take(usize::from(count).min(PIECES_MAX).saturating_sub(1)).collect();
    decode_whole_head(&[&[piece], &more[..]].concat().concat())
}

fn decode_whole_head(bytes: &[u8]) -> Result<Head, ImageError> {
    match bytes.strip_prefix(&NEW_HEAD) {
        Some(head) => decode(0, head, FORMAT),
        None => decode(0, bytes, FORMAT).map(|head: OldHead| head.into()),
    }
}

/// Reads what is all of a chunk.
pub(super) fn decode<T: Decode<()>>(
    index: usize,
    chunk: &[u8],
    format: impl Config,
) -> Result<T, ImageError> {
    let (value, read) =
        bincode::decode_from_slice(chunk, format).map_err(|source| ImageError::Chunk { index, source })?;
    if read != chunk.len() {
        let source = bincode::error::DecodeError::Other("bytes behind the end");
        return Err(ImageError::Chunk { index, source });
    }
    Ok(value)
}
