//! Notes: what a shop keeps beside a hold, an order or a payment. They decide nothing.

mod apply;
mod check;
mod table;

pub(in crate::state) use table::Notes;
