//! The commands of a sale, and what holds for all of them: one key one answer, replies in order.

mod best;
mod changing;
mod halls;
mod keys;
mod lists;
mod money;
mod order;
mod parts;
mod paying;
mod schedule;
mod selling;
