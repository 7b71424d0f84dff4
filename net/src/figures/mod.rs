//! The figures of the front end: what they are at one moment, and the rows that `INFO` and metrics are made from.

mod front;
mod rows;

pub use front::{Front, FrontFigures};
pub use rows::FRONT;
