//! The best free seats: what `BEST` chooses, and which picks by hand strand a lone seat.
//!
//! Pure questions to an [`Index`] of the free seats: nothing here takes a seat. What was chosen is held by the change
//! that [`super::decide`] makes of it, in the same decision, so that a rush never herds onto the same seats. The rules
//! as users know them are in docs/best-seats.md.
//!
//! What is called a row here is a bench of the layout: what of a row is side by side, between its aisles.
//!
//! `index` knows what is free, `view` what is left while one command chooses, `score` what is better than what,
//! `search` finds the best blocks, `scatter` many whole runs, `choose` and `orphans` ask them.

mod choose;
mod index;
mod orphans;
mod scatter;
mod score;
mod search;
mod view;

pub(in crate::state) use choose::choose;
pub(in crate::state) use index::Index;
pub(in crate::state) use orphans::stranded;
