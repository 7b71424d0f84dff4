//! What a connection knows of its client, and the replies to connection commands.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use holdfast_engine::{Account, At, Code, Fault, Name};

use crate::access::{Access, Act, Credentials, Grant, Login, LoginError, Noted, Pace, Right, Rights};
use crate::admission::overload::Standing;
use crate::cluster::{self, Routing, View};
use crate::latency::Client;
use crate::limits;
use crate::places::roster::{Counts, Listed, State};
use crate::resp::decode::{Arguments, FrameLimits};
use crate::resp::encode::{Encoder, Protocol, field, number};
use crate::resp::response::Voice;
use crate::shared::Shared;
use crate::stats::Stats;
use crate::verbs::{self, ClientInfo, ClusterAsk, Figures, Library, Local, Verb, number};

/// Ends when a login may no longer stand.
#[derive(Default)]
struct Vigil(Option<Pin<Box<dyn Future<Output = ()> + Send>>>);

impl fmt::Debug for Vigil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Vigil").field(&self.0.is_some()).finish()
    }
}

/// The client at the other end.
#[derive(Debug)]
pub(crate) struct Peer {
    /// Its place on the list of connections, with what the client said of itself.
    listed: Listed,
    login: Option<Login>,
    /// Whose budget its writes count for.
    account: Account,
    /// There while the client waits for something that needs the login.
    vigil: Vigil,
    failed_logins: u32,
    /// What it may do.
    pub(crate) grant: Grant,
    /// What it speaks.
    pub(crate) protocol: Protocol,
    /// Whether it is told that a reply is a repeat.
    repeats: bool,
    /// Where its commands go on a node of a cluster.
    routing: Routing,
}

/// What a connection does after a reply.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum After {
    /// It takes the next command.
    Next,
    /// It closes, when all replies are written.
    Close,
}

/// A command that was refused before it got to the engine.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) fault: Fault,
    /// How long the reply is kept back, as that to a failed login is.
    pub(crate) delay: Duration,
    /// Whether logins have failed so often on this connection that it is closed.
    pub(crate) last: bool,
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self { fault, delay: Duration::ZERO, last: false }
    }
}

impl Peer {
    /// `grant` is what it may do before it logs in.
    pub(crate) const fn new(listed: Listed, grant: Grant) -> Self {
        Self {
            listed,
            login: None,
            account: Account::NOBODY,
            vigil: Vigil(None),
            failed_logins: 0,
            grant,
            protocol: Protocol::Resp2,
            repeats: false,
            routing: Routing::Moves,
        }
    }

    /// One that is logged in already, if there is a login, speaks version 3 of the protocol, and has this name.
    pub(crate) fn inside(listed: Listed, name: &[u8], login: Option<Login>, shared: &Shared) -> Self {
        let user = login.as_ref().map(|login| login.name.clone());
        {
            let mut told = listed.told();
            told.name = name.to_vec();
            told.user = user.clone().unwrap_or_default();
            told.resp = Protocol::Resp3.number();
        }
        let grant = login.as_ref().map_or_else(|| shared.access.anonymous(), |login| login.grant.clone());
        Self {
            login,
            account: user.map_or(Account::NOBODY, |user| shared.router.account(&user)),
            protocol: Protocol::Resp3,
            routing: Routing::Stays,
            ..Self::new(listed, grant)
        }
    }

    /// The connection's number.
    pub(crate) fn id(&self) -> u64 {
        self.listed.id()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.listed.address()
    }

    /// Where it is, and what it calls itself.
    pub(crate) fn client(&self) -> Client {
        Client { address: self.address(), name: self.listed.name() }
    }

    /// A command of it was read.
    pub(crate) fn saw(&self, verb: &Verb) {
        self.listed.saw(verb.words());
    }

    /// A turn of its connection is over.
    #[inline]
    pub(crate) fn note(&self, state: State, counts: &Counts) {
        self.listed.note(state, counts);
    }

    /// Whose budget its writes count for: that of the token that it logged in with last.
    pub(crate) const fn account(&self) -> Account {
        self.account
    }

    /// The name of the token that it logged in with last.
    pub(crate) fn token(&self) -> Option<&str> {
        Some(&self.login.as_ref()?.name)
    }

    /// How fast the connections of its token may go together; `None`: as fast as they can.
    pub(crate) fn pace(&self) -> Option<&Arc<Pace>> {
        self.login.as_ref()?.pace.as_ref()
    }

    /// Whether it may do anything.
    pub(crate) fn is_let_in(&self) -> bool {
        self.grant.rights != Rights::NONE
    }

    /// Whether it can neither sell nor step in.
    #[inline]
    pub(crate) const fn only_looks(&self) -> bool {
        !self.grant.rights.sells()
    }

    /// Whether its commands are refused before those of others.
    pub(crate) const fn standing(&self) -> Standing {
        match &self.login {
            Some(_) if self.only_looks() => Standing::Looks,
            Some(_) if self.grant.rights.has(Some(Right::Operate)) => Standing::Operates,
            _ => Standing::Sells,
        }
    }

    /// How large its commands may be. Whoever has logged out, or lost the token, is back at the door.
    pub(crate) fn frame_limits(&self) -> FrameLimits {
        match self.is_let_in() {
            true if self.grant.rights.has(Some(Right::Operate)) => FrameLimits::LARGEST,
            true => FrameLimits::SALE,
            false => FrameLimits::LOGIN,
        }
    }

    /// Where its commands go on a node of a cluster.
    pub(crate) const fn routing(&self) -> Routing {
        self.routing
    }

    /// How replies are written for it.
    #[inline]
    pub(crate) const fn voice(&self) -> Voice {
        Voice { protocol: self.protocol, bare: self.grant.is_bare(), repeats: self.repeats }
    }

    /// Looks whether the login still stands, and what it is worth now if the tokens have changed. True if it is worth
    /// something else.
    #[inline]
    pub(crate) fn refresh(&mut self, access: &Access) -> bool {
        self.login.as_ref().is_some_and(|login| !access.stands(login)) && self.renew(access)
    }

    #[cold]
    fn renew(&mut self, access: &Access) -> bool {
        self.login = self.login.take().and_then(|login| access.renew(&login));
        self.vigil = Vigil(None);
        let now = self.login.as_ref().map_or_else(|| access.anonymous(), |login| login.grant.clone());
        self.listed.told().user = self.login.as_ref().map(|login| login.name.clone()).unwrap_or_default();
        let before = std::mem::replace(&mut self.grant, now);
        before != self.grant
    }

    /// Waits until the login may no longer stand: it is looked at anew then.
    pub(crate) fn poll_shaken(&mut self, context: &mut Context<'_>, access: &Access) -> Poll<()> {
        let Some(login) = &self.login else { return Poll::Pending };
        let vigil = self.vigil.0.get_or_insert_with(|| Box::pin(access.shaken(login)));
        let shaken = vigil.as_mut().poll(context);
        if shaken.is_ready() {
            self.vigil = Vigil(None);
        }
        shaken
    }

    /// Why something that was waited for is taken away.
    pub(crate) fn withdrawn(&self) -> Fault {
        match &self.login {
            None => {
                Fault::new(Code::NOT_LOGGED_IN, "the token was revoked or has ended: send AUTH with another")
            }
            Some(Login { name, .. }) => {
                Fault::new(Code::ROLE_DENIED, format!("the token {name} does not allow this any longer"))
            }
        }
    }

    /// Logs the client in. After a failure it keeps the login that it had.
    pub(crate) fn log_in(&mut self, credentials: Credentials<'_>, shared: &Shared) -> Result<(), Refused> {
        match shared.access.log_in(credentials) {
            Ok(login) => {
                Stats::add(&shared.stats.here().logins, 1);
                let address = Some(self.address().ip());
                shared.access.note(Act::Login, Noted { token: &login.name, address, ..Noted::default() });
                self.listed.told().user.clone_from(&login.name);
                self.grant = login.grant.clone();
                self.account = shared.router.account(&login.name);
                self.vigil = Vigil(None);
                self.login = Some(login);
                Ok(())
            }
            Err(LoginError::NotConfigured) => {
                let message = "this server has no authentication configured: connect without AUTH";
                Err(Fault::new(Code::SYNTAX, message).into())
            }
            Err(LoginError::Wrong) => Err(self.wrong_login(credentials.user, shared)),
        }
    }

    fn wrong_login(&mut self, user: Option<&[u8]>, shared: &Shared) -> Refused {
        Stats::add(&shared.stats.here().logins_failed, 1);
        self.failed_logins += 1;
        let from = (self.address().ip(), self.listed.line());
        let delay = shared.access.failed((from.0, &from.1), user, shared.config.login_delay);
        let message = "no valid token has this secret, or it is not the token of this user";
        Refused {
            fault: Fault::new(Code::LOGIN_FAILED, message),
            delay,
            last: self.failed_logins >= limits::FAILED_LOGINS_MAX,
        }
    }

    /// Why the command is not carried out, and leaves a trace of that. `elsewhere` is the event, if the token is not for it.
    #[cold]
    pub(crate) fn denied(&self, verb: &Verb, elsewhere: Option<&Name>, shared: &Shared) -> Fault {
        let (name, stats) = (verb.title(), shared.stats.here());
        let token = self.login.as_ref().map_or("", |login| login.name.as_str());
        let (client, event) = (self.listed.line(), elsewhere.map_or("", Name::as_str));
        let address = Some(self.address().ip());
        shared.access.note(Act::Denied, Noted { token, address, what: &name, event, client: &client });
        let needed = verb.needs.map_or("no", |right| right.role().word());
        let Some(Login { name: token, role, .. }) = &self.login else {
            Stats::add(&stats.commands_unauthenticated, 1);
            let message = match verb.needs {
                Some(_) => format!("{name} needs a token with the role {needed}: send AUTH first"),
                None => format!("{name} needs a token: send AUTH first"),
            };
            return Fault::new(Code::NOT_LOGGED_IN, message);
        };
        Stats::add(&stats.commands_denied, 1);
        let message = match (elsewhere, verb.needs.and_then(Right::word)) {
            (Some(event), _) => format!("the token {token} is not for the event {event}"),
            // Its role would do, and its token is narrower.
            (None, Some(right)) if role.rights().has(verb.needs) => {
                format!("{name} needs the right {right}, which the token {token} does not have")
            }
            _ => format!("{name} needs the role {needed}; the token {token} has {role}"),
        };
        Fault::new(Code::ROLE_DENIED, message)
    }

    /// Carries out the command and writes the reply. A login in it was done before. `among_messages` is set if the client
    /// cannot tell messages of its subscriptions from replies.
    pub(crate) fn answer(
        &mut self,
        local: Local<'_>,
        shared: &Shared,
        among_messages: bool,
        out: &mut Vec<u8>,
    ) -> After {
        self.change(&local, shared);
        let encoder = &mut Encoder::new(out, self.protocol);
        match local {
            // As in Redis, the answer then has the form of a message.
            Local::Ping(message) if among_messages => {
                encoder.array(2);
                encoder.bulk(b"pong");
                encoder.bulk(message.unwrap_or_default());
            }
            Local::Ping(None) => encoder.simple("PONG"),
            Local::Ping(Some(message)) | Local::Echo(message) => encoder.bulk(message),
            Local::Hello { .. } => self.write_hello(encoder, shared.view().as_ref()),
            Local::Reset => encoder.simple("RESET"),
            Local::Accepted | Local::Auth(_) | Local::Repeats(_) | Local::SetName(_) | Local::SetInfo(..) => {
                encoder.simple("OK");
            }
            Local::Client(ClientInfo::Id) => encoder.integer(self.id()),
            Local::Client(ClientInfo::Name) => match &self.listed.told().name {
                name if name.is_empty() => encoder.null(),
                name => encoder.bulk(name),
            },
            Local::Client(ClientInfo::Line) => encoder.bulk(self.listed.line().as_bytes()),
            Local::ClientList(ids) => encoder.bulk(self.list(ids, shared).as_bytes()),
            Local::CommandCount => encoder.integer(verbs::count()),
            Local::CommandList => verbs::write_list(encoder),
            Local::CommandKeys(keys) => {
                encoder.array(keys.len());
                keys.into_iter().for_each(|key| encoder.bulk(key));
            }
            Local::CommandInfo(names) => verbs::write_info(encoder, names),
            Local::CommandDocs(names) => verbs::write_docs(encoder, names),
            Local::Info(sections) => encoder.bulk(shared.info(sections, &self.grant).as_bytes()),
            Local::Cluster(ask) => {
                let known = (shared.router.durable().0, shared.front.tls.is_some());
                cluster::write(&ask, shared.view().as_ref(), known, encoder);
            }
            Local::Role => cluster::write_role(shared.view().as_ref(), shared.router.durable().0, encoder),
            Local::Time => write_time(encoder, shared.router.now()),
            Local::Size => {
                let shown = |event: &[u8]| self.grant.events.admit(event);
                encoder.integer(shared.router.events(shown) as u64);
            }
            Local::Figures(figures) => self.write_figures(figures, shared, encoder),
            Local::ConfigGet(patterns) => self.write_settings(encoder, patterns, shared),
            Local::Quit => {
                encoder.simple("OK");
                return After::Close;
            }
        }
        After::Next
    }

    /// What a command changes about the connection.
    fn change(&mut self, local: &Local<'_>, shared: &Shared) {
        match local {
            Local::Hello { protocol, name, .. } => {
                self.protocol = protocol.unwrap_or(self.protocol);
                let mut told = self.listed.told();
                told.resp = self.protocol.number();
                if let Some(name) = name {
                    told.name = name.to_vec();
                }
            }
            Local::Reset => {
                self.protocol = Protocol::Resp2;
                self.repeats = false;
                self.routes(Routing::Moves);
                self.login = None;
                self.account = Account::NOBODY;
                self.vigil = Vigil(None);
                self.grant = shared.access.anonymous();
                let mut told = self.listed.told();
                told.resp = self.protocol.number();
                told.name.clear();
                told.user.clear();
            }
            Local::Repeats(on) => self.repeats = *on,
            Local::Cluster(ClusterAsk::ReadOnly) => self.routes(Routing::Reads),
            Local::Cluster(ClusterAsk::ReadWrite) => self.routes(Routing::Moves),
            Local::SetName(name) => self.listed.told().name = name.to_vec(),
            Local::SetInfo(Library::Name, value) => self.listed.told().lib_name = value.to_vec(),
            Local::SetInfo(Library::Version, value) => self.listed.told().lib_ver = value.to_vec(),
            _ => {}
        }
    }

    /// What is in this process stays here.
    fn routes(&mut self, routing: Routing) {
        if self.routing != Routing::Stays {
            self.routing = routing;
        }
    }

    fn write_hello(&self, encoder: &mut Encoder<'_>, cluster: Option<&View>) {
        encoder.map(7);
        encoder.field(field!("server"));
        encoder.bulk(b"holdfast");
        encoder.field(field!("version"));
        encoder.bulk(env!("CARGO_PKG_VERSION").as_bytes());
        encoder.number(number!("proto"), self.protocol.number());
        encoder.number(number!("id"), self.id());
        encoder.field(field!("mode"));
        encoder.bulk(if cluster.is_some() { b"cluster" } else { b"standalone" });
        encoder.field(field!("role"));
        encoder.bulk(if cluster.is_none_or(View::is_owner) { b"master" } else { b"replica" });
        encoder.field(field!("modules"));
        encoder.array(0);
    }

    /// The lines of `CLIENT LIST`. A token for some events sees its own connections.
    fn list(&self, ids: Option<Arguments<'_>>, shared: &Shared) -> String {
        let own = self.login.as_ref().filter(|login| login.grant.events.are_some());
        let ids = ids.map(|ids| ids.filter_map(number));
        shared.roster.lines(ids, own.map(|login| login.name.as_str()))
    }

    fn write_figures(&self, figures: Figures<'_>, shared: &Shared, encoder: &mut Encoder<'_>) {
        // Figures tell how a business is doing, and traces name people's machines.
        let sees_all = !self.grant.events.are_some();
        match figures {
            Figures::SlowLog(most) => shared.slow.write(most, &self.grant, encoder),
            Figures::SlowLogLength => encoder.integer(shared.slow.count(&self.grant) as u64),
            Figures::SlowLogReset => {
                shared.slow.reset(&self.grant);
                encoder.simple("OK");
            }
            Figures::SlowLogHelp => {
                let help = verbs::help();
                encoder.array(help.len());
                help.for_each(|line| encoder.simple(line));
            }
            Figures::Histogram(_) if !sees_all => encoder.map(0),
            Figures::Histogram(names) => shared.stats.latencies.write(encoder, &names),
            Figures::Spikes => encoder.array(0),
            Figures::SpikesReset => encoder.integer(0),
            Figures::TurnedAway(_) if !sees_all => encoder.array(0),
            Figures::TurnedAway(most) => shared.access.write_turned_away(most, encoder),
            Figures::TurnedAwayReset => {
                if sees_all {
                    shared.access.forget_turned_away();
                }
                encoder.simple("OK");
            }
            Figures::Who => encoder.bulk(self.token().unwrap_or("default").as_bytes()),
        }
    }

    fn write_settings(&self, encoder: &mut Encoder<'_>, patterns: Arguments<'_>, shared: &Shared) {
        let patterns: Vec<_> = patterns.map(<[u8]>::to_ascii_lowercase).collect();
        let found = shared.settings(&patterns, &self.grant);
        encoder.map(found.len());
        for (name, value) in found {
            encoder.bulk(name.as_bytes());
            encoder.bulk(value.as_bytes());
        }
    }
}

/// Seconds and microseconds, as text.
fn write_time(encoder: &mut Encoder<'_>, now: At) {
    encoder.array(2);
    encoder.bulk((now.0 / 1_000).to_string().as_bytes());
    encoder.bulk((now.0 % 1_000 * 1_000).to_string().as_bytes());
}

/// The reply to a client without TLS on a server that requires it, before the connection is closed.
pub(crate) fn not_encrypted() -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    let message = "this port speaks TLS only: connect with TLS (redis-cli --tls)";
    Encoder::new(&mut out, Protocol::Resp2).error(&Fault::new(Code::MALFORMED, message));
    out
}

/// Why a connection is closed that has come when every place was taken.
pub(crate) fn no_place(places: usize) -> Fault {
    let message = format!("there are {places} connections, as many as there may be; retry after 1000 ms");
    Fault::new(Code::TOO_MANY_CONNECTIONS, message)
}

/// Why a connection is closed on which nobody has logged in for so long.
pub(crate) fn no_login(most: Duration) -> Fault {
    let message = format!("no login within {} ms: send AUTH first, right after connecting", most.as_millis());
    Fault::new(Code::NOT_LOGGED_IN, message)
}
