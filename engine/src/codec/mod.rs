//! What is on a disk for ever: records and snapshots of events as bytes and back, and the hashes by which keys and
//! commands are remembered. The log and the snapshot store never look inside. Each format has its golden test.

mod brief;
mod fingerprint;
mod identity;
mod image;
mod place;
mod record;
mod secret;
mod system;
mod touched;

pub(crate) use fingerprint::{canonical, canonical_creation};
pub use identity::hex;
pub(crate) use identity::{Decoded, IDENTITY_FORMAT, IdentityFault, decode_identity, encode_identity, unhex};
pub use image::{ImageError, read_event, write_event};
pub use place::{Fronted, decode_place, encode_place};
pub use record::{Framed, RecordError, at_of, decode_record, encode_record, event_of, version_of};
pub(crate) use record::{Topic, encode_birth, encode_creation, is_by_hand, topic_of};
pub use secret::Secret;
pub use system::{FramedSystem, decode_system, encode_system, read_system, write_system};
