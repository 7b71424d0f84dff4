//! Accepting connections, and serving each: a handshake if there is TLS, then one request after the other.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::limits;
use crate::patience::Patient;
use crate::routes::routes;
use crate::shared::{Asks, Caller, Shared};

/// One connection, as those see it who need its place.
#[derive(Default)]
struct Guest {
    asks: Asks,
    leave: Notify,
}

/// The connections that there are, in the order in which they came.
#[derive(Default)]
struct Places {
    next: u64,
    guests: BTreeMap<u64, Arc<Guest>>,
}

impl Places {
    /// A place for one more. If all are taken, the oldest guest has to leave that asks for nothing, or is a stranger; `None` if there is none.
    fn take(&mut self) -> Option<(u64, Arc<Guest>)> {
        if self.guests.len() >= limits::CONNECTIONS_MAX {
            let idle = self.guests.iter().find(|(_, guest)| !guest.asks.is_on());
            let number = idle.map(|(number, _)| *number)?;
            self.guests.remove(&number)?.leave.notify_one();
        }
        self.next += 1;
        let guest = Arc::<Guest>::default();
        self.guests.insert(self.next, Arc::clone(&guest));
        Some((self.next, guest))
    }
}

/// Serves the listener until `stop` says so, and then those who are there for a moment.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>, mut stop: watch::Receiver<bool>) {
    let places = Arc::new(Mutex::new(Places::default()));
    let router = routes(&shared);
    let mut served = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = stopped(&mut stop) => break,
            Some(_) = served.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, from)) = accepted else {
            tokio::time::sleep(limits::ACCEPT_PAUSE).await;
            continue;
        };
        let Some((number, guest)) = places.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            continue;
        };
        let (shared, router, stop, places) =
            (Arc::clone(&shared), router.clone(), stop.clone(), Arc::clone(&places));
        served.spawn(async move {
            tokio::select! {
                () = guest.leave.notified() => {}
                () = connection(stream, from, &shared, router, (&guest, stop)) => {}
            }
            places.lock().unwrap_or_else(PoisonError::into_inner).guests.remove(&number);
        });
    }
    drop(listener);
    let all = async { while served.join_next().await.is_some() {} };
    // Those who are not done by then are cut off with the runtime.
    let _ = tokio::time::timeout(limits::CLOSING_MAX, all).await;
}

/// Until the port closes; that its owner is gone counts as well.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn connection(
    stream: TcpStream,
    from: SocketAddr,
    shared: &Shared,
    router: Router,
    life: (&Guest, watch::Receiver<bool>),
) {
    let Ok(at) = stream.local_addr() else { return };
    // What is written is written whole: nothing is gained by waiting for more.
    let _ = stream.set_nodelay(true);
    let caller = Caller { from: from.ip(), port: from.port(), at };
    match &shared.protection.tls {
        None => requests(stream, caller, router, life).await,
        Some(tls) => {
            let handshake = tokio::time::timeout(limits::HANDSHAKE_TIMEOUT, tls.accept(stream));
            if let Ok(Ok(stream)) = handshake.await {
                requests(stream, caller, router, life).await;
            }
        }
    }
}

async fn requests(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    caller: Caller,
    router: Router,
    (guest, mut stop): (&Guest, watch::Receiver<bool>),
) {
    let router = TowerToHyperService::new(router);
    let service = service_fn(|mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(caller);
        request.extensions_mut().insert(guest.asks.clone());
        let answer = router.call(request);
        async {
            let answer = answer.await;
            // A stream is asked for as long as it lasts.
            let goes_on = answer.as_ref().is_ok_and(is_stream);
            guest.asks.set(goes_on);
            answer
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits::HEAD_TIMEOUT)
        .max_header_size(limits::HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(Patient::new(stream, limits::WRITE_TIMEOUT)), service);
    tokio::pin!(connection);
    // That a client goes away, or sends what is no HTTP, is nothing to tell of.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

/// Is it one that has no end of its own?
fn is_stream<B>(response: &hyper::Response<B>) -> bool {
    let kind = response.headers().get(hyper::header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}
