//! What a connection asks of pictures: what has changed after a version.

use std::future::Future;
use std::sync::Arc;

use crate::catalogue::Code;
use crate::exchange::reply::About;
use crate::fault::Fault;
use crate::feed::Delta;
use crate::front::router::Router;
use crate::limits;
use crate::numbers::Account;
use crate::state::{Name, NameRef, PictureView, Read, View};

/// A picture, or what has become of one.
#[derive(Debug)]
pub enum Picture {
    /// What has changed.
    Delta(Delta),
    /// All of it.
    Whole(Box<PictureView>),
}

impl Router {
    /// What has changed in the picture of an event after a version, for a token of this account; or all of the picture, where the
    /// log does not tell or that takes less.
    ///
    /// # Errors
    /// A fault: no such event, a version that it has not reached, or the log cannot be read.
    pub fn picture_since(
        &self,
        event: NameRef<'_>,
        account: Account,
        version: u64,
    ) -> impl Future<Output = Result<(Arc<About>, Picture), Fault>> + 'static {
        let (router, event) = (self.clone(), event.to_name());
        async move {
            let entry = router.here(&event).await?;
            if version > 0 {
                let seats = entry.shown().newest().layout.seats() as usize / limits::PICTURE_SEAT_BYTES;
                let seats = seats.max(limits::PICTURE_SEATS_MIN);
                let delta = router.hub().read_since(account, entry.id(), version, seats).await?;
                let about = entry.shown().newest();
                if let Some(delta) = delta.filter(|delta| about.plan_version <= delta.version()) {
                    return Ok((about, Picture::Delta(delta)));
                }
            }
            let view = whole(&router, &event, account).await?;
            if version > view.version {
                let message = format!("version {version} is not there yet: the newest is {}", view.version);
                return Err(Fault::new(Code::BAD_NUMBER, message));
            }
            Ok((entry.shown().newest(), Picture::Whole(view)))
        }
    }
}

async fn whole(router: &Router, event: &Name, account: Account) -> Result<Box<PictureView>, Fault> {
    match router.look(event.borrowed(), account, &Read::Picture).await? {
        View::Picture(view) => Ok(view),
        _ => Err(Fault::new(Code::DEFECT, "a picture was asked for, and not told")),
    }
}
