//! What a connection asks of what was.

use std::future::Future;
use std::sync::Arc;

use crate::catalogue::Code;
use crate::exchange::reply::About;
use crate::exchange::request::Labels;
use crate::fault::Fault;
use crate::front::feeds::version;
use crate::front::router::Router;
use crate::numbers::Account;
use crate::restore::past::{AsOf, GoesOn, Moment, TakeEvent, Upto};
use crate::state::{Event, NameRef, Read, View};

/// Reads a look at an event, with the labels that its map had.
pub type LookingBack = Box<dyn FnOnce(Labels<'_>) -> Result<Read, Fault> + Send>;

impl Router {
    /// An event as it was at a moment that is over; a copy, which nobody else has. It is rebuilt beside the running one, one at a time:
    /// to be called on a thread that nothing waits for.
    ///
    /// # Errors
    /// A fault: no such event, the moment has not come or is not kept any more, another one is being rebuilt.
    pub fn event_as_of(&self, event: NameRef<'_>, moment: Moment) -> Result<Event, Fault> {
        let none = || Fault::new(Code::NO_EVENT, format!("there is no event {}", event.to_name()));
        let id = self.directory().id_of(event).ok_or_else(none)?;
        let is_to_come = |what: &str| Fault::new(Code::BAD_NUMBER, format!("{moment} is not over yet{what}"));
        if matches!(moment, Moment::Time(at) if at >= self.now()) {
            return Err(is_to_come(""));
        }
        let then = self.past().brought_back(id, moment)?;
        match moment {
            Moment::Version(version) if version > then.version() => {
                Err(is_to_come(&format!(": the newest version is {}", then.version())))
            }
            _ => Ok(then),
        }
    }

    /// Brings back every event, or the one of this name, as all of them were at one record, beside the running ones, and shows them to `take`.
    /// To be called on a thread that nothing waits for.
    ///
    /// # Errors
    /// As of [`events_of_copy`](crate::events_of_copy).
    pub fn events_as_of(
        &self,
        which: (Option<&str>, Upto),
        goes_on: GoesOn<'_>,
        take: TakeEvent<'_>,
    ) -> Result<AsOf, Fault> {
        self.seal().map_err(|error| Fault::new(Code::JOB_FAILED, error.to_string()))?;
        self.past().events(which, goes_on, take)
    }

    /// What a reader of this account would have been told of an event at a moment that is over. It is rebuilt beside the running event,
    /// on a thread that sells nothing, one at a time.
    ///
    /// # Errors
    /// A fault: no such event, the moment has not come or is not kept any more, another one is being rebuilt.
    pub fn as_of(
        &self,
        event: NameRef<'_>,
        account: Account,
        moment: Moment,
        looking: LookingBack,
    ) -> impl Future<Output = Result<(Arc<About>, View), Fault>> + 'static {
        let (router, event) = (self.clone(), event.to_name());
        async move {
            let entry = router.here(&event).await?;
            let newest = version(&router, event.borrowed(), account).await?;
            // What happens in this very millisecond may not have happened yet.
            let is_to_come = match moment {
                Moment::Version(version) => version > newest,
                Moment::Time(at) => at >= router.now(),
            };
            if is_to_come {
                let message = format!("{moment} is not over yet: the newest version is {newest}");
                return Err(Fault::new(Code::BAD_NUMBER, message));
            }
            let (past, id) = (Arc::clone(router.past()), entry.id());
            let branch = router.branch().number;
            let work = move || {
                let then = past.state(id, moment)?;
                let then = then.lock();
                let read = looking(Labels::of(then.layout()))?;
                let (layout, plan_version) = (Arc::clone(then.layout()), then.plan_version());
                let about = About { name: event, layout, plan_version, branch };
                Ok((Arc::new(about), then.view(&read)?))
            };
            let defect = |_| Fault::new(Code::DEFECT, "bringing back what was ran into a defect");
            tokio::task::spawn_blocking(work).await.map_err(defect)?
        }
    }
}
