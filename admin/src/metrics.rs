//! What the admin port asks of whoever writes the pages of metrics.

use holdfast_engine::{At, EventFigures, Name};
use holdfast_figures::Form;

use crate::stage::Handles;

/// Writes the pages of metrics. It is asked on the thread of the admin port, so it must be quick and wait for nothing.
pub trait Metrics: Send + Sync {
    /// The events whose figures stand on the page of the server.
    fn watched(&self) -> &[Name];

    /// The page of the server, with the figures of these events.
    fn server(&self, scrape: &Scrape<'_>, events: Vec<(Name, Option<EventFigures>)>, form: Form) -> String;

    /// The page of these events alone.
    fn events(&self, now: At, events: Vec<(Name, Option<EventFigures>)>, form: Form) -> String;
}

/// How the server is, for a page.
#[derive(Clone, Copy)]
pub struct Scrape<'a> {
    /// What there is of it, while it runs.
    pub handles: Option<&'a Handles>,
    /// What it does or refuses, in one word.
    pub mode: &'static str,
    /// Records that the recovery has dealt out, and how many there are; `None` when it is over.
    pub recovering: Option<(u64, u64)>,
}
