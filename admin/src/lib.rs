//! The admin port: HTTP for whoever runs the server.
//!
//! It has a thread and a runtime of its own, and is open before the events are brought back. What it needs of the server comes to it
//! through the [`Stage`]: nothing while the server recovers, the engine while it runs. No rule of a sale is in it, and whatever
//! somebody does to this port costs sales no more than the time of its one thread.
//!
//! A further family of routes is a module with a function `routes`, whose router `routes` merges in behind the right that it needs.

mod api;
mod connections;
mod console;
mod health;
mod hosts;
pub mod limits;
mod metrics;
mod patience;
mod refusal;
mod routes;
mod server;
mod sessions;
mod shared;
mod stage;
mod visitor;
mod watcher;

pub use api::{ROUTES, Route, json_of};
pub use metrics::{Metrics, Scrape};
pub use server::{Admin, Running, StartError};
pub use shared::Config;
pub use stage::{Backups, Handles, Reconciled, Stage};
