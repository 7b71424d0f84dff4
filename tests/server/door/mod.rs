//! Which clients are let in, by which way, and what becomes of clients that behave badly.

mod abuse;
mod access;
mod budgets;
mod encryption;
