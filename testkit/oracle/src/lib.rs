//! The rules of one sale in the plainest form: what every command has to be answered, and what every read has to show.
//!
//! Tests hold the engine against it. It is written from the rules; no code of the engine's state is used but the words in
//! which it asks and answers. Whatever it says it finds by walking through lists, and its choice of seats by trying
//! everything.

mod best;
mod model;
mod seating;
mod venue;

pub use best::{At, Bench, Chair, Stranded, TooFew, Wish, choose, stranded};
pub use model::{Due, Expected, KeyId, Model, Payment};
pub use venue::Venue;
