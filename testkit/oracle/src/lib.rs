//! The rules of one sale in the plainest form: what every command has to be answered, and what every read has to show.
//!
//! Tests compare the engine with it. It is written from the rules, and uses nothing of the engine but the types of
//! commands and answers. It finds its answers by walking through lists, and chooses seats by trying everything.

mod best;
mod model;
mod plan;
mod seating;
mod venue;

pub use best::{At, Bench, Chair, Stranded, TooFew, Wish, Within, choose, stranded};
pub use model::{ACCOUNTS, Due, Expected, KeyId, Model, Money, Payment, account_of, names_holds, takes_note};
pub use venue::Venue;
