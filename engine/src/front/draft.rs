//! The description of an event, read and judged before anything is asked of the event.
//!
//! That takes about a second for a million seats with a label each. So a large one is read on a thread of its own, one after
//! the other, and those who sell on the thread of its connection do not wait for it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::actor::Birth;
use crate::catalogue::Code;
use crate::codec::canonical_creation;
use crate::fault::Fault;
use crate::front::router::Router;
use crate::limits;
use crate::state::{Created, EventSpec, Layout, Name};

/// A description that is one, and the map that it describes.
#[derive(Debug)]
pub struct Draft {
    pub(super) birth: Birth,
    /// By which a repeat of the command is known.
    pub(super) fingerprint: [u8; 8],
    /// What keeps a new event from having it, if anything does: events that are there may be older than that rule.
    pub(super) unfit: Option<Fault>,
}

/// A description that is being read.
pub type Drafting = Pin<Box<dyn Future<Output = Result<Draft, Fault>>>>;

impl Draft {
    /// Reads the JSON of the description of this event.
    pub(super) fn of(name: Name, json: &[u8], router: &Router) -> Result<Self, Fault> {
        let spec: EventSpec = serde_json::from_slice(json).map_err(|error| bad(&error))?;
        let layout = Arc::new(Layout::build(&spec).map_err(|error| bad(&error))?);
        let mut canonical = Vec::new();
        canonical_creation(json, &mut canonical);
        let fingerprint = router.secret().fingerprint(&canonical);
        let fits = spec.is_fit_for_a_new_event(json, router.now());
        let birth = Birth::new(Created { name, spec }, layout);
        let unfit = fits.and_then(|()| fits_the_log(birth.bytes(), router)).err().map(|error| bad(&error));
        Ok(Self { birth, fingerprint, unfit })
    }

    /// Reads it elsewhere.
    pub(super) fn elsewhere(name: Name, json: Vec<u8>, router: Router) -> Drafting {
        Box::pin(async move {
            // Closed by nobody. It stays with the work, which goes on when nobody waits for it any more.
            let turn = Arc::clone(router.drafts()).acquire_owned().await;
            let work = tokio::task::spawn_blocking(move || {
                let draft = Self::of(name, &json, &router);
                drop((turn, json));
                draft
            });
            let defect = |_| Fault::new(Code::DEFECT, "reading the description ran into a defect");
            work.await.map_err(defect).and_then(|draft| draft)
        })
    }
}

fn bad(error: &dyn std::fmt::Display) -> Fault {
    Fault::new(Code::BAD_MAP, format!("the description of the event: {error}"))
}

/// The record that creates the event has to fit a segment of the log.
fn fits_the_log(bytes: usize, router: &Router) -> Result<(), String> {
    let segment = router.journal().batch_bytes_max().saturating_sub(limits::RECORD_BESIDE_BYTES);
    let most = segment.min(limits::DESCRIPTION_BYTES_MAX);
    if bytes > most {
        let message =
            format!("it takes {bytes} bytes of the log, where a segment (wal.segment) has room for {most}");
        return Err(message);
    }
    Ok(())
}
