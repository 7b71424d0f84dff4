//! Who may do what: tokens, the role that each token gives, and what a wrong one costs.
//!
//! A connection keeps the role of its token, so that a command costs one comparison. The tokens can be replaced while the
//! server runs: before it takes commands, a connection looks whether that has happened. When its token is gone or has
//! expired, the connection loses its role.

use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

mod role;
mod throttle;
mod token;

pub use role::Role;
pub(crate) use throttle::network;
pub use token::{HashError, Token, TokenHash, Tokens};

use crate::limits;
use throttle::Throttle;

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
    throttle: Throttle,
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
#[derive(Debug)]
pub(crate) struct Login {
    pub(crate) name: String,
    pub(crate) role: Role,
    hash: TokenHash,
    expires: Option<Instant>,
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
        let guarded =
            Guarded { tokens: RwLock::new(tokens), generation: AtomicU64::new(0), throttle: Throttle::new() };
        Self { guarded: Some(guarded) }
    }

    /// Replaces the tokens. Connections whose token is not among the new ones lose their role before their next command.
    /// Without effect if every client may do everything.
    pub fn replace(&self, tokens: Tokens) {
        if let Some(guarded) = &self.guarded {
            let mut held = guarded.tokens.write().unwrap_or_else(PoisonError::into_inner);
            *held = tokens;
            guarded.generation.fetch_add(1, Ordering::Release);
        }
    }

    /// The number of tokens; `None` if every client may do everything.
    #[must_use]
    pub fn tokens(&self) -> Option<usize> {
        self.guarded.as_ref().map(|guarded| guarded.read().len())
    }

    /// What a connection may do before it logs in.
    pub(crate) const fn anonymous(&self) -> Option<Role> {
        match self.guarded {
            Some(_) => None,
            None => Some(Role::Operator),
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
        let generation = self.guarded.as_ref().map(|guarded| guarded.generation.load(Ordering::Acquire));
        generation == Some(login.generation) && !is_over(login.expires)
    }

    /// The login with the role that its token gives now; `None` if the token is gone or has expired.
    pub(crate) fn renew(&self, login: &Login) -> Option<Login> {
        self.guarded.as_ref()?.login(login.hash).filter(|now| now.name == login.name)
    }

    /// A login from this address failed. Returns how long its reply is to be kept back, and the number of failures in
    /// a row. `first` is the delay of the first failure.
    pub(crate) fn failed(&self, address: IpAddr, first: Duration) -> (Duration, u32) {
        let failures =
            self.guarded.as_ref().map_or(1, |guarded| guarded.throttle.failed(address, Instant::now()));
        (throttle::delay(first, failures), failures)
    }
}

impl Guarded {
    fn read(&self) -> RwLockReadGuard<'_, Tokens> {
        self.tokens.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn login(&self, hash: TokenHash) -> Option<Login> {
        let tokens = self.read();
        let token = tokens.find(&hash).filter(|token| !is_over(token.expires))?;
        Some(Login {
            name: token.name.clone(),
            role: token.role,
            hash,
            expires: token.expires,
            generation: self.generation.load(Ordering::Acquire),
        })
    }
}

fn is_over(expires: Option<Instant>) -> bool {
    expires.is_some_and(|expires| Instant::now() >= expires)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(name: &str, role: Role, expires: Option<Instant>) -> Token {
        Token { name: name.to_owned(), role, hash: TokenHash::of(name.as_bytes()), expires }
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
        assert_eq!(access.anonymous(), None);
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
        assert_eq!((access.anonymous(), access.tokens()), (Some(Role::Operator), None));
        assert_eq!(access.log_in(with(None, "a")).unwrap_err(), LoginError::NotConfigured);
        access.replace(Tokens::new(vec![token("a", Role::Reader, None)]));
        assert_eq!(access.anonymous(), Some(Role::Operator));
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
    fn a_token_ends_with_its_time() {
        let now = Instant::now();
        let soon = now + Duration::from_millis(30);
        let tokens = vec![token("over", Role::Reader, Some(now)), token("soon", Role::Reader, Some(soon))];
        let access = Access::guarded(Tokens::new(tokens));
        assert_eq!(access.log_in(with(None, "over")).unwrap_err(), LoginError::Wrong);
        let login = access.log_in(with(None, "soon"));
        if let Ok(login) = login {
            std::thread::sleep(Duration::from_millis(40));
            assert!(!access.stands(&login));
            assert!(access.renew(&login).is_none());
        }
    }
}
