//! Who is let in, by which way, and what becomes of those who behave badly.

mod abuse;
mod access;
mod encryption;
