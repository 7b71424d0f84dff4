//! The thread of the admin port: its start and its end.

use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use holdfast_net::Protection;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::sync::watch;

use crate::connections;
use crate::metrics::Metrics;
use crate::shared::{Config, Shared};
use crate::stage::Stage;
use crate::watcher;

/// Opens the admin port.
#[derive(Debug)]
pub struct Admin;

/// Why the admin port could not be opened.
#[derive(Debug, Error)]
pub enum StartError {
    /// The listener cannot be used.
    #[error("the listening socket cannot be used: {0}")]
    Listener(#[source] std::io::Error),
    /// There is no runtime or no thread for it.
    #[error("the thread could not be started: {0}")]
    Thread(#[source] std::io::Error),
}

/// The admin port, while it is open. Dropped, it closes by itself; [`Running::stop`] waits for that.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    thread: JoinHandle<()>,
}

impl Admin {
    /// Serves the listener on a thread of its own. What there is to tell of the server comes through `stage`, now and later;
    /// `metrics` writes its figures.
    ///
    /// # Errors
    /// If the listener cannot be used, or the operating system gives no thread.
    pub fn start(
        listener: StdListener,
        config: &Config,
        protection: Protection,
        stage: Arc<Stage>,
        metrics: Arc<dyn Metrics>,
    ) -> Result<Running, StartError> {
        listener.set_nonblocking(true).map_err(StartError::Listener)?;
        let address = listener.local_addr().map_err(StartError::Listener)?;
        let runtime = Builder::new_current_thread().enable_all().build().map_err(StartError::Thread)?;
        let listener = {
            let _guard = runtime.enter();
            TcpListener::from_std(listener).map_err(StartError::Listener)?
        };
        let (stop, stopped) = watch::channel(false);
        let shared = Arc::new(Shared::new(config, protection, (stage, metrics), stopped.clone()));
        let work = move || {
            runtime.block_on(async {
                tokio::spawn(watcher::watch(Arc::clone(&shared)));
                connections::serve(listener, shared, stopped).await;
            });
        };
        let thread =
            thread::Builder::new().name("admin".to_owned()).spawn(work).map_err(StartError::Thread)?;
        Ok(Running { address, stop, thread })
    }
}

impl Running {
    /// The address that it listens on, with the real port.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Accepts nothing more, lets requests finish for at most [`CLOSING_MAX`](crate::limits::CLOSING_MAX), and ends the thread.
    pub fn stop(self) {
        self.stop.send_replace(true);
        // A panic there was reported there.
        let _ = self.thread.join();
    }
}
