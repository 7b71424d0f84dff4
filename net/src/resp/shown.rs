//! Replies as values, for whoever is in this process.

use holdfast_engine::{About, Code, Fault, View};

use super::encode::{Encoder, Protocol};
use super::response::write_view;
use super::value::{Reader, Value};

/// What a client would be told of this.
///
/// # Errors
/// A defect, if it cannot be told.
pub(crate) fn shown(view: &View, about: &About) -> Result<Value, Fault> {
    let mut reader = Reader::default();
    write_view(&mut Encoder::new(reader.room(), Protocol::Resp3), view, about, false);
    let defect = |_| Fault::new(Code::DEFECT, "the answer is too large to be shown, or cannot be read");
    reader.next().map_err(defect)?.ok_or_else(|| Fault::new(Code::DEFECT, "there is no answer"))
}
