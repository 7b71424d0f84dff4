//! The pages of metrics, for the admin port.

use std::sync::Arc;

use holdfast_admin::{Metrics, Scrape};
use holdfast_engine::{At, EventFigures, Name};
use holdfast_figures::{Form, Page};
use holdfast_net::FRONT;

use super::proc;
use super::rows::{Alive, EVENTS, GROUPS, Named, PROCESS, RUNNING};
use super::running::Running;
use crate::settings::Settings;

/// Writes the pages. The events that the settings name stand on that of the server.
pub(crate) struct Pages {
    watched: Vec<Name>,
}

impl Pages {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self { watched: settings.metrics.events.iter().flat_map(|names| names.0.clone()).collect() }
    }
}

impl Metrics for Pages {
    fn watched(&self) -> &[Name] {
        &self.watched
    }

    fn server(&self, scrape: &Scrape<'_>, events: Vec<(Name, Option<EventFigures>)>, form: Form) -> String {
        let Scrape { handles, mode, recovering } = *scrape;
        let alive = Alive { process: proc::look(), mode, recovering };
        let mut page = Page::default().with(&[&PROCESS], &alive);
        if let Some(handles) = handles {
            let running = Running::look(Arc::clone(&handles.engine), None);
            let now = running.stats.now;
            page = page
                .with(&RUNNING, &running)
                .with(&[&GROUPS], &running)
                .with(&FRONT, &handles.front.figures());
            if !events.is_empty() {
                page = page.with(&[&EVENTS], &Named { events, now });
            }
        }
        page.write(form)
    }

    fn events(&self, now: At, events: Vec<(Name, Option<EventFigures>)>, form: Form) -> String {
        Page::default().with(&[&EVENTS], &Named { events, now }).write(form)
    }
}
