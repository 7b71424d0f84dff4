//! Records and snapshots of events as bytes, and back. The log and the snapshot store never look inside.

mod image;
mod record;

pub use image::{ImageError, read_event, write_event};
pub use record::{EventId, Framed, RecordError, decode_record, encode_record, event_of};

/// Lets bincode append to a vector.
struct Append<'a>(&'a mut Vec<u8>);

impl bincode::enc::write::Writer for Append<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), bincode::error::EncodeError> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}
