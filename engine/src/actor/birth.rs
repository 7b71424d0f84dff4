//! What an event begins with. It is made before the event's thread is asked for anything, as a large description takes long.

use std::sync::Arc;

use crate::codec::encode_birth;
use crate::state::{Created, Layout};

/// What an event is made of that is not in the log yet. The first command that its actor gets creates it.
#[derive(Debug)]
pub struct Birth {
    pub(super) created: Created,
    pub(super) layout: Arc<Layout>,
    /// The body of its first record.
    pub(super) body: Vec<u8>,
}

impl Birth {
    /// Of its name and description, and the map that was built to check that.
    #[must_use]
    pub fn new(created: Created, layout: Arc<Layout>) -> Self {
        let (body, created) = encode_birth(created);
        Self { created, layout, body }
    }

    /// Its map.
    #[must_use]
    pub const fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// Bytes of log that its record takes, without what stands before the body.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.body.len()
    }
}
