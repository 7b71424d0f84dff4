//! The figures of single events, for those who look at them from outside. No event is brought back for them, and none stays in
//! memory because of them.

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::front::directory::Figures;
use crate::front::router::Router;
use crate::state::{EventFigures, NameRef};

/// The figures of an event, or the way to them. It keeps nothing of the engine.
#[derive(Debug)]
pub struct Telling(Way);

#[derive(Debug)]
enum Way {
    Known(Option<Box<EventFigures>>),
    Asked(oneshot::Receiver<EventFigures>),
}

impl Telling {
    /// The figures; `None` if there is no event of that name, if it cannot be used or is not created yet, or if nobody knows
    /// them: its actor did not answer within `patience`, or it is at rest since an older version. To be called on a runtime of
    /// tokio that has time.
    pub async fn told(self, patience: Duration) -> Option<EventFigures> {
        match self.0 {
            Way::Known(figures) => figures.map(|figures| *figures),
            Way::Asked(answer) => timeout(patience, answer).await.ok()?.ok(),
        }
    }
}

impl Router {
    /// Asks for the figures of the event of this name, and waits for nothing. May be called on any thread.
    #[must_use]
    pub fn figures(&self, event: NameRef<'_>) -> Telling {
        Telling(match self.directory().figures(event) {
            Figures::Here(entry) => entry.figures().map_or(Way::Known(None), Way::Asked),
            Figures::Resting(figures) => Way::Known(figures.map(Box::new)),
            Figures::None => Way::Known(None),
        })
    }
}
