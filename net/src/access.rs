//! Who may do what: tokens, the role that each token gives, and what a wrong one costs.
//!
//! A connection keeps the role of its token, so that a command costs one comparison. The tokens can be replaced while the
//! server runs: before it takes commands, a connection looks whether that has happened. When its token is gone or has
//! expired, the connection loses its role.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant, SystemTime};

use holdfast_engine::AuditNotes;
use tokio::sync::watch;

mod budget;
mod grant;
mod pace;
mod pass;
mod role;
mod throttle;
mod token;
mod trace;

pub use budget::Budget;
pub use grant::{Events, Right, Rights};
pub(crate) use grant::{Grant, matches};
pub(crate) use pace::Pace;
pub use pass::{NoPass, Pass};
pub use role::Role;
pub(crate) use throttle::network;
pub(crate) use token::holds_a_secret;
pub use token::{HashError, SECRET_PREFIX, Token, TokenHash, Tokens};
pub(crate) use trace::{Act, Noted};

use crate::limits;
use crate::resp::encode::Encoder;
use throttle::Throttle;
use trace::Trace;

/// Tells the time on the wall.
type WallClock = fn() -> SystemTime;

/// The user that client libraries send if they are given a password only.
const ANY_USER: &[u8] = b"default";

/// Who may do what on a server.
#[derive(Debug)]
pub struct Access {
    /// `None`: every client may do everything, and there is nothing to log in to.
    guarded: Option<Guarded>,
}

#[derive(Debug)]
struct Guarded {
    tokens: RwLock<Tokens>,
    /// Grows by one when the tokens are replaced, under their lock: a thread that reads both under the lock reads a pair.
    generation: AtomicU64,
    /// Others were to come, and could not be used.
    is_stale: AtomicBool,
    /// Wakes those who wait with a login.
    replaced: watch::Sender<()>,
    throttle: Throttle,
    /// By the name of the token, as it was first logged in with: what was paid outlives a reload.
    paces: Mutex<BTreeMap<String, Arc<Pace>>>,
    trace: Trace,
    /// Told of whom is turned away, and of tokens that are read again.
    audit: OnceLock<Arc<AuditNotes>>,
    clock: WallClock,
}

/// What a client logs in with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Credentials<'a> {
    pub(crate) user: Option<&'a [u8]>,
    pub(crate) secret: &'a [u8],
}

impl fmt::Debug for Credentials<'_> {
    /// Leaves the secret out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("user", &self.user.map(String::from_utf8_lossy))
            .finish_non_exhaustive()
    }
}

/// A successful login.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) grant: Grant,
    /// Only if its budget has a bound for it.
    pub(crate) pace: Option<Arc<Pace>>,
    hash: TokenHash,
    expires: Option<SystemTime>,
    generation: u64,
}

/// A login that failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LoginError {
    /// There is nothing to log in to.
    NotConfigured,
    /// No token has this secret, or the token belongs to another user, or it has expired.
    Wrong,
}

impl Access {
    /// Every client may do everything.
    #[must_use]
    pub const fn open() -> Self {
        Self { guarded: None }
    }

    /// A client with one of these tokens may do what the token's role allows; other clients may do nothing.
    #[must_use]
    pub fn guarded(tokens: Tokens) -> Self {
        Self::by_the_clock(tokens, wall_clock)
    }

    fn by_the_clock(tokens: Tokens, clock: WallClock) -> Self {
        let guarded = Guarded {
            tokens: RwLock::new(tokens),
            generation: AtomicU64::new(0),
            is_stale: AtomicBool::new(false),
            replaced: watch::Sender::new(()),
            throttle: Throttle::default(),
            paces: Mutex::default(),
            trace: Trace::default(),
            audit: OnceLock::new(),
            clock,
        };
        Self { guarded: Some(guarded) }
    }

    /// Puts other tokens in the place of those that were. Connections whose token is not among them, or allows less now,
    /// lose their rights before their next command, and at once what they wait for. Without effect where everybody may do
    /// everything.
    pub fn replace(&self, tokens: Tokens) {
        if let Some(guarded) = &self.guarded {
            let what = format!("{} tokens", tokens.len());
            let mut held = guarded.tokens.write().unwrap_or_else(PoisonError::into_inner);
            *held = tokens;
            guarded.generation.fetch_add(1, Ordering::Release);
            drop(held);
            guarded.is_stale.store(false, Ordering::Relaxed);
            guarded.replaced.send_replace(());
            self.note(Act::Reload, Noted { what: &what, ..Noted::default() });
        }
    }

    /// The tokens were to be replaced, and those that were to come cannot be used.
    pub fn keep(&self) {
        if let Some(guarded) = &self.guarded {
            guarded.is_stale.store(true, Ordering::Relaxed);
        }
        self.note(Act::Reload, Noted { what: "refused", ..Noted::default() });
    }

    /// Whether tokens were to be replaced by others that could not be used, and no better ones came since.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.guarded.as_ref().is_some_and(|guarded| guarded.is_stale.load(Ordering::Relaxed))
    }

    /// The names of the tokens that are good now and will not be after this time.
    #[must_use]
    pub fn ending(&self, within: Duration) -> Vec<String> {
        self.guarded.as_ref().map_or_else(Vec::new, |guarded| {
            let now = (guarded.clock)();
            guarded.read().ending(now, now + within)
        })
    }

    /// The names and budgets of the tokens that have one.
    #[must_use]
    pub fn budgets(&self) -> Vec<(String, Budget)> {
        self.guarded.as_ref().map_or_else(Vec::new, |guarded| guarded.read().budgets())
    }

    /// How many tokens there are; `None` where everybody may do everything.
    #[must_use]
    pub fn tokens(&self) -> Option<usize> {
        self.guarded.as_ref().map(|guarded| guarded.read().len())
    }

    /// What a connection may do before it logs in.
    pub(crate) const fn anonymous(&self) -> Grant {
        match self.guarded {
            Some(_) => Grant::NOTHING,
            None => Grant::EVERYTHING,
        }
    }

    pub(crate) fn log_in(&self, credentials: Credentials<'_>) -> Result<Login, LoginError> {
        let guarded = self.guarded.as_ref().ok_or(LoginError::NotConfigured)?;
        if credentials.secret.len() > limits::SECRET_BYTES_MAX {
            return Err(LoginError::Wrong);
        }
        let hash = TokenHash::of(credentials.secret);
        let login = guarded.login(hash).ok_or(LoginError::Wrong)?;
        match credentials.user {
            Some(user) if user != ANY_USER && user != login.name.as_bytes() => Err(LoginError::Wrong),
            _ => Ok(login),
        }
    }

    /// Whether the login is certainly still valid: no token was replaced since, and it has not expired. Asked before
    /// commands are taken.
    #[inline]
    pub(crate) fn stands(&self, login: &Login) -> bool {
        self.guarded.as_ref().is_some_and(|guarded| guarded.stands(login))
    }

    /// Is completed when the login may no longer stand: the tokens were replaced after this call, or its time is over. A
    /// wall clock that is set forward meanwhile is noticed at the next tick of the connection.
    pub(crate) fn shaken(&self, login: &Login) -> impl Future<Output = ()> + use<> {
        let guarded = self.guarded.as_ref();
        let mut replaced = guarded.map(|guarded| guarded.replaced.subscribe());
        // Looked at behind the subscription, so that no replacement falls between the two.
        let stands = self.stands(login);
        let left = guarded.zip(login.expires).map(|(guarded, expires)| guarded.left(expires));
        async move {
            if !stands {
                return;
            }
            let replaced = async {
                // The tokens end with the server: that is no reason to look.
                if let Some(replaced) = &mut replaced
                    && replaced.changed().await.is_err()
                {
                    std::future::pending::<()>().await;
                }
            };
            let over = async {
                match left {
                    Some(left) => tokio::time::sleep(left).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! { () = replaced => {}, () = over => {} }
        }
    }

    /// The login with the role that its token gives now; `None` if the token is gone or has expired.
    pub(crate) fn renew(&self, login: &Login) -> Option<Login> {
        self.guarded.as_ref()?.login(login.hash).filter(|now| now.name == login.name)
    }

    /// A login from this address failed, under the name of this user: how long its reply is to be kept back. `first` is
    /// how long the first one is; `client` is the line of its connection.
    pub(crate) fn failed(
        &self,
        (address, client): (IpAddr, &str),
        user: Option<&[u8]>,
        first: Duration,
    ) -> Duration {
        let Some(guarded) = &self.guarded else { return first };
        let token = user.and_then(|user| guarded.read().name(user)).unwrap_or_default();
        self.note(Act::Failed, Noted { token: &token, address: Some(address), client, ..Noted::default() });
        throttle::delay(first, guarded.throttle.failed(address, Instant::now()))
    }

    /// Tells the audit from now on of whom is turned away, and of tokens that are read again.
    pub fn tell(&self, audit: &Arc<AuditNotes>) {
        if let Some(guarded) = &self.guarded {
            // It is told once a process; another time would change nothing.
            let _ = guarded.audit.set(Arc::clone(audit));
        }
    }

    /// Leaves a trace.
    pub(crate) fn note(&self, act: Act, what: Noted<'_>) {
        if let Some(audit) = self.guarded.as_ref().and_then(|guarded| guarded.audit.get()) {
            trace::tell_audit(audit, act, what);
        }
        if let Some(guarded) = &self.guarded
            && let Some(before) = guarded.trace.note(act, what, ((guarded.clock)(), Instant::now()))
        {
            trace::tell(act, what, before);
        }
    }

    /// `ACL LOG`: who was turned away, at most so many, the newest first. Nobody is where everybody may do everything.
    pub(crate) fn write_turned_away(&self, most: usize, encoder: &mut Encoder<'_>) {
        match &self.guarded {
            Some(guarded) => guarded.trace.write_turned_away(most, (guarded.clock)(), encoder),
            None => encoder.array(0),
        }
    }

    /// `ACL LOG RESET`: those so far were seen.
    pub(crate) fn forget_turned_away(&self) {
        if let Some(guarded) = &self.guarded {
            guarded.trace.forget();
        }
    }

    /// The trace as a section of `INFO`.
    pub(crate) fn write_trace(&self, text: &mut String) {
        if let Some(guarded) = &self.guarded {
            guarded.trace.write(text);
        }
    }
}

impl Guarded {
    fn read(&self) -> RwLockReadGuard<'_, Tokens> {
        self.tokens.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn login(&self, hash: TokenHash) -> Option<Login> {
        let tokens = self.read();
        let token = tokens.find(&hash).filter(|token| !self.is_over(token.expires))?;
        Some(Login {
            name: token.name.clone(),
            role: token.role,
            grant: Grant { rights: token.rights, events: token.events.clone() },
            pace: self.pace(token),
            hash,
            expires: token.expires,
            generation: self.generation.load(Ordering::Acquire),
        })
    }

    /// The pace of a token whose budget bounds it. Asked for under the lock of the tokens, so an old budget never
    /// comes behind a new one.
    fn pace(&self, token: &Token) -> Option<Arc<Pace>> {
        let mut paces = self.paces.lock().unwrap_or_else(PoisonError::into_inner);
        if !token.budget.is_paced() {
            paces.remove(&token.name);
            return None;
        }
        let new = || Arc::new(Pace::new(token.budget, Instant::now()));
        let pace = paces.entry(token.name.clone()).or_insert_with(new);
        if pace.budget != token.budget {
            *pace = new();
        }
        Some(Arc::clone(pace))
    }

    fn stands(&self, login: &Login) -> bool {
        self.generation.load(Ordering::Acquire) == login.generation && !self.is_over(login.expires)
    }

    /// How long it is until then; what is further away than a connection can be idle is looked at again.
    fn left(&self, expires: SystemTime) -> Duration {
        expires.duration_since((self.clock)()).unwrap_or_default().min(limits::IDLE_TIMEOUT)
    }

    fn is_over(&self, expires: Option<SystemTime>) -> bool {
        expires.is_some_and(|expires| (self.clock)() >= expires)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the end of a token is a time on the wall, and an act is dated by it"
)]
fn wall_clock() -> SystemTime {
    SystemTime::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(name: &str, role: Role, expires: Option<SystemTime>) -> Token {
        Token { expires, ..Token::new(name.to_owned(), role, TokenHash::of(name.as_bytes())) }
    }

    fn with(user: Option<&'static str>, secret: &'static str) -> Credentials<'static> {
        Credentials { user: user.map(str::as_bytes), secret: secret.as_bytes() }
    }

    #[test]
    fn a_token_logs_in_under_its_own_name_the_default_one_or_none() {
        let access = Access::guarded(Tokens::new(vec![
            token("a", Role::Reader, None),
            token("b", Role::Booking, None),
        ]));
        assert_eq!(access.anonymous(), Grant::NOTHING);
        for user in [None, Some("b"), Some("default")] {
            assert_eq!(access.log_in(with(user, "b")).unwrap().role, Role::Booking, "{user:?}");
        }
        for (user, secret) in [(Some("a"), "b"), (Some(""), "b"), (None, "c"), (None, ""), (Some("b"), "")] {
            assert_eq!(
                access.log_in(with(user, secret)).unwrap_err(),
                LoginError::Wrong,
                "{user:?} {secret}"
            );
        }
    }

    #[test]
    fn what_is_open_has_no_login() {
        let access = Access::open();
        assert_eq!((access.anonymous(), access.tokens()), (Grant::EVERYTHING, None));
        assert_eq!(access.log_in(with(None, "a")).unwrap_err(), LoginError::NotConfigured);
        access.replace(Tokens::new(vec![token("a", Role::Reader, None)]));
        assert_eq!(access.anonymous(), Grant::EVERYTHING);
    }

    #[test]
    fn a_login_stands_as_long_as_its_token() {
        let access = Access::guarded(Tokens::new(vec![token("a", Role::Reader, None)]));
        let login = access.log_in(with(None, "a")).unwrap();
        assert!(access.stands(&login));
        access.replace(Tokens::new(vec![token("a", Role::Operator, None)]));
        assert!(!access.stands(&login));
        let login = access.renew(&login).unwrap();
        assert!(access.stands(&login));
        assert_eq!(login.role, Role::Operator, "the role that the token has now");
        access
            .replace(Tokens::new(vec![Token { name: "other".to_owned(), ..token("a", Role::Reader, None) }]));
        assert!(access.renew(&login).is_none(), "the same secret under another name is another token");
        access.replace(Tokens::default());
        assert!(access.renew(&login).is_none());
    }

    #[test]
    fn a_token_ends_when_the_clock_on_the_wall_says_so() {
        static SECONDS: AtomicU64 = AtomicU64::new(100);
        fn at(seconds: u64) -> SystemTime {
            SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
        }
        let tokens =
            vec![token("over", Role::Reader, Some(at(100))), token("soon", Role::Reader, Some(at(101)))];
        let access = Access::by_the_clock(Tokens::new(tokens), || at(SECONDS.load(Ordering::Relaxed)));
        assert_eq!(access.log_in(with(None, "over")).unwrap_err(), LoginError::Wrong);
        let login = access.log_in(with(None, "soon")).unwrap();
        assert!(access.stands(&login));
        // The machine slept, or somebody corrected the clock: no time has passed for the process.
        SECONDS.store(101, Ordering::Relaxed);
        assert!(!access.stands(&login));
        assert!(access.renew(&login).is_none());
    }

    #[test]
    fn a_failed_login_is_traced_by_the_name_of_a_token_and_never_by_what_may_be_a_secret() {
        let access = Access::guarded(Tokens::new(vec![token("a", Role::Reader, None)]));
        for user in [None, Some(&b"a"[..]), Some(b"hft_0123"), Some(b"x\r\nevil:1")] {
            access.failed((IpAddr::from([192, 0, 2, 1]), ""), user, Duration::ZERO);
        }
        let mut text = String::new();
        access.write_trace(&mut text);
        assert!(text.contains("login_failed_0:token=,addr=192.0.2.1,what=,times=3,"), "{text}");
        assert!(text.contains("login_failed_1:token=a,addr=192.0.2.1,what=,times=1,"), "{text}");
        assert!(!text.contains("hft_") && !text.contains("evil"), "{text}");
    }
}
