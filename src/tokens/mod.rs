//! The file of tokens: what stands in it (`format`) and how it is read and changed (`file`).

mod file;
mod format;

pub(crate) use file::{change, load, read};
pub(crate) use format::{Entry, NAME_RULE, is_name, rfc3339, with, without};
