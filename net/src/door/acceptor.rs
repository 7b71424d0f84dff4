//! The accept loop, and the way of a connection through the door.

use std::cell::{Cell, RefCell};
use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::rc::Rc;
use std::sync::Arc;
use std::thread;

use actix_rt::ArbiterHandle;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{JoinSet, LocalSet, spawn_local};
use tokio::time::{Instant, timeout_at};

use super::greeting::{Stranger, dismiss, displaced};
use super::strangers::Strangers;
use crate::connection::arrival::{Arrival, Unattached, serve};
use crate::connection::peer::{self, Peer};
use crate::connection::stream::linger;
use crate::error::StartError;
use crate::limits;
use crate::places::Place;
use crate::resp::encode::{Encoder, Protocol};
use crate::shared::Shared;
use crate::shutdown::{Phase, Watch};
use crate::stats::Stats;
use crate::tls::{Encrypted, Tls, is_handshake};

/// What the door leads to.
pub(crate) struct House {
    pub(crate) shared: Arc<Shared>,
    /// The threads of the engine, which connections are given to in turn.
    pub(crate) arbiters: Vec<ArbiterHandle>,
    /// `None`: connections are not encrypted.
    pub(crate) tls: Option<Arc<Tls>>,
    pub(crate) watch: Watch,
}

/// Opens the door, on a thread of its own. It closes when the watch says so.
pub(crate) fn open(listener: StdListener, house: House) -> Result<(), StartError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(StartError::Thread)?;
    let listener = {
        let _within = runtime.enter();
        TcpListener::from_std(listener).map_err(StartError::Listener)?
    };
    let thread = thread::Builder::new().name("holdfast-accept".to_owned());
    let work = move || {
        // On Linux it is the priority of this thread alone. Where it cannot be lowered, the rest holds all the same.
        #[cfg(target_os = "linux")]
        let _ = rustix::process::nice(limits::DOOR_NICENESS);
        runtime.block_on(LocalSet::new().run_until(Rc::new(Acceptor::of(house)).run(listener)));
    };
    thread.spawn(work).map(drop).map_err(StartError::Thread)
}

struct Acceptor {
    house: House,
    next_thread: Cell<usize>,
    strangers: RefCell<Strangers<Waiting>>,
    /// The conversations with them.
    greetings: RefCell<JoinSet<()>>,
    /// Refused connections that are being told so.
    lingering: Rc<Cell<usize>>,
}

/// What belongs to a connection before its login.
struct Waiting {
    place: Place,
    /// Tells the connection that it has to go.
    go: oneshot::Sender<()>,
}

impl Acceptor {
    fn of(house: House) -> Self {
        let strangers = RefCell::new(Strangers::of(house.shared.places.most()));
        Self {
            house,
            next_thread: Cell::new(0),
            strangers,
            greetings: RefCell::default(),
            lingering: Rc::default(),
        }
    }

    async fn run(self: Rc<Self>, listener: TcpListener) {
        let (mut finish, mut cut) = (self.house.watch.clone(), self.house.watch.clone());
        tokio::select! {
            biased;
            () = finish.reached(Phase::Finish) => {}
            () = self.accept(&listener) => {}
        }
        drop(listener);
        let mut greetings = self.greetings.take();
        tokio::select! {
            biased;
            () = cut.reached(Phase::Cut) => {}
            () = async { while greetings.join_next().await.is_some() {} } => {}
        }
    }

    async fn accept(self: &Rc<Self>, listener: &TcpListener) {
        let mut backoff = limits::ACCEPT_BACKOFF_MIN;
        let mut in_turn = 0;
        loop {
            match listener.accept().await {
                Ok((stream, address)) => {
                    backoff = limits::ACCEPT_BACKOFF_MIN;
                    self.take_in(stream, address);
                }
                // The client has gone again before it was accepted.
                Err(error) if is_of_the_client(&error) => {}
                Err(error) => {
                    Stats::add(&self.house.shared.stats.here().accept_failures, 1);
                    tracing::warn!(%error, wait = ?backoff, "cannot accept connections");
                    tokio::time::sleep(backoff).await;
                    backoff = (2 * backoff).min(limits::ACCEPT_BACKOFF_MAX);
                }
            }
            while self.greetings.borrow_mut().try_join_next().is_some() {}
            in_turn += 1;
            if in_turn == limits::ACCEPTS_PER_TURN {
                in_turn = 0;
                tokio::task::yield_now().await;
            }
        }
    }

    fn take_in(self: &Rc<Self>, stream: TcpStream, address: SocketAddr) {
        let shared = &self.house.shared;
        Stats::add(&shared.stats.here().connections_accepted, 1);
        let Some(place) = self.place() else {
            Stats::add(&shared.stats.here().connections_refused, 1);
            self.refuse(stream);
            return;
        };
        // Replies are written in batches already; waiting for more would only delay them.
        let _ = stream.set_nodelay(true);
        let peer = Peer::new(shared.roster.enter(address), shared.access.anonymous());
        if self.house.tls.is_none() && peer.is_let_in() {
            self.hand_over(stream, peer, Vec::new(), place);
            return;
        }
        let (go, goes) = oneshot::channel();
        let mut strangers = self.strangers.borrow_mut();
        let (number, displaced) = strangers.arrive(address.ip(), Waiting { place, go });
        drop(self.displace(displaced));
        self.greetings.borrow_mut().spawn_local(Rc::clone(self).welcome(stream, peer, number, goes));
    }

    /// One that is free, or that of the oldest connection before its login.
    fn place(&self) -> Option<Place> {
        let shared = &self.house.shared;
        Place::take(&shared.places, &shared.stats)
            .or_else(|| self.displace(self.strangers.borrow_mut().displace()))
    }

    /// Tells a connection that it has to go; gives its place.
    fn displace(&self, waiting: Option<Waiting>) -> Option<Place> {
        let Waiting { place, go } = waiting?;
        Stats::add(&self.house.shared.stats.here().connections_displaced, 1);
        // Unless it has just gone by itself.
        let _ = go.send(());
        Some(place)
    }

    /// From the first byte to the login, or to the end.
    async fn welcome(
        self: Rc<Self>,
        stream: TcpStream,
        peer: Peer,
        number: u64,
        mut goes: oneshot::Receiver<()>,
    ) {
        let until = Instant::now() + self.house.shared.config.login_timeout;
        match &self.house.tls {
            None => self.greet(stream, peer, number, until, goes).await,
            Some(tls) => {
                let encrypted = tokio::select! {
                    biased;
                    Ok(()) = &mut goes => None,
                    encrypted = self.shake_hands(stream, tls, until, &peer) => encrypted,
                };
                match encrypted {
                    None => {}
                    Some(stream) if peer.is_let_in() => self.let_in(stream, peer, Vec::new(), number),
                    Some(stream) => self.greet(stream, peer, number, until, goes).await,
                }
            }
        }
        self.strangers.borrow_mut().leave(number);
    }

    /// A client that does not speak TLS is told so in its own protocol; one that takes too long is dropped.
    async fn shake_hands(
        &self,
        mut stream: TcpStream,
        tls: &Tls,
        until: Instant,
        peer: &Peer,
    ) -> Option<Encrypted> {
        let mut watch = self.house.watch.clone();
        let handshake = async {
            let mut first = [0];
            if stream.peek(&mut first).await? > 0 && !is_handshake(first[0]) {
                let _ = stream.try_write(&peer::not_encrypted());
                linger(&mut stream).await;
                return Err(io::Error::other("it does not start with a TLS handshake"));
            }
            tls.handshake(stream).await
        };
        let shaken = tokio::select! {
            biased;
            () = watch.reached(Phase::Finish) => return None,
            shaken = timeout_at(until, handshake) => shaken,
        };
        let stats = self.house.shared.stats.here();
        let failed = match shaken {
            Ok(Ok(encrypted)) => {
                Stats::add(&stats.tls_handshakes, 1);
                return Some(encrypted);
            }
            Ok(Err(error)) => error,
            Err(elapsed) => elapsed.into(),
        };
        Stats::add(&stats.tls_failures, 1);
        tracing::debug!(error = %failed, address = %peer.address(), "no TLS with a new connection");
        None
    }

    async fn greet<S: Unattached>(
        &self,
        mut stream: S,
        mut peer: Peer,
        number: u64,
        until: Instant,
        goes: oneshot::Receiver<()>,
    ) {
        let shared = &self.house.shared;
        let stranger =
            Stranger { stream: &mut stream, peer: &mut peer, shared, watch: self.house.watch.clone() };
        let keeps_place = |is_operator| self.keeps_place(number, is_operator);
        let greeted = tokio::select! {
            biased;
            Ok(()) = goes => Err(displaced()),
            greeted = timeout_at(until, stranger.greet(keeps_place)) => greeted.map_err(|_| {
                Stats::add(&shared.stats.here().logins_late, 1);
                peer::no_login(shared.config.login_timeout)
            }),
        };
        match greeted {
            Ok(Some(rest)) => self.let_in(stream, peer, rest, number),
            Ok(None) => {}
            Err(fault) => dismiss(&mut stream, &peer, &fault).await,
        }
    }

    fn keeps_place(&self, number: u64, is_operator: bool) -> bool {
        let mut strangers = self.strangers.borrow_mut();
        strangers.get_mut(number).is_some_and(|waiting| waiting.place.keep_as(is_operator))
    }

    /// To a thread of the engine, with what was read already.
    fn let_in(&self, stream: impl Unattached, peer: Peer, rest: Vec<u8>, number: u64) {
        if let Some(Waiting { place, .. }) = self.strangers.borrow_mut().leave(number) {
            self.hand_over(stream, peer, rest, place);
        }
    }

    fn hand_over(&self, stream: impl Unattached, peer: Peer, rest: Vec<u8>, place: Place) {
        let address = peer.address();
        // The socket moves to the event loop of its thread.
        let socket = match stream.detach() {
            Ok(socket) => socket,
            Err(error) => return tracing::debug!(%error, %address, "a new connection cannot be used"),
        };
        let turn = self.next_thread.get();
        self.next_thread.set(turn.wrapping_add(1));
        let arbiters = &self.house.arbiters;
        let arrival = Arrival { socket, peer, rest, place };
        let (watch, shared) = (self.house.watch.clone(), Arc::clone(&self.house.shared));
        let start = move || {
            actix_rt::spawn(serve(arrival, watch, shared));
        };
        if !arbiters.get(turn % arbiters.len()).is_some_and(|arbiter| arbiter.spawn_fn(start)) {
            tracing::warn!(%address, "the thread for a new connection has ended");
        }
    }

    /// Says why, gives the client a moment to read it, and closes. In a flood the moment is saved.
    fn refuse(&self, mut stream: TcpStream) {
        if self.house.tls.is_none() {
            let mut message = Vec::new();
            let fault = peer::no_place(self.house.shared.places.most());
            Encoder::new(&mut message, Protocol::Resp2).error(&fault);
            // A new socket's send buffer has room for a line; if not, the client will see the close.
            let _ = stream.try_write(&message);
        }
        if self.lingering.get() >= limits::REFUSALS_LINGERING_MAX {
            return;
        }
        self.lingering.set(self.lingering.get() + 1);
        let lingering = Rc::clone(&self.lingering);
        spawn_local(async move {
            linger(&mut stream).await;
            lingering.set(lingering.get() - 1);
        });
    }
}

fn is_of_the_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    )
}
