//! Records and snapshots of events as bytes, and back. The log and the snapshot store never look inside.

mod image;
mod record;

pub(crate) use image::name_of;
pub use image::{ImageError, read_event, write_event};
pub use record::{EventId, Framed, RecordError, decode_record, encode_record, event_of, version_of};
