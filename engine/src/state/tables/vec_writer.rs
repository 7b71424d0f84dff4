//! Encoding into a vector, for packed answers here and for records and snapshots outside.

/// Lets bincode append to a vector.
pub(crate) struct VecWriter<'a>(pub(crate) &'a mut Vec<u8>);

impl bincode::enc::write::Writer for VecWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), bincode::error::EncodeError> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}
