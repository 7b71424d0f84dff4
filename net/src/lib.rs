//! holdfast net.
#![allow(dead_code)]
mod decode;
mod encode;
mod error;
pub mod limits;
mod request;
mod response;
