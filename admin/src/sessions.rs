//! Sessions of browsers: a secret of their own in the place of a token's, so that no page ever has that.
//!
//! A session is what a token proved when it began, looked at anew with each request: it ends with its token, after a time
//! without a request, after a time in any case, and with the process. Of the secret only the hash is kept.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use holdfast_net::{Access, Pass, TokenHash};

use crate::limits;

/// All sessions.
#[derive(Debug)]
pub(crate) struct Sessions {
    idle_max: Duration,
    age_max: Duration,
    all: Mutex<Vec<Session>>,
}

#[derive(Debug)]
struct Session {
    hash: TokenHash,
    pass: Pass,
    began: Instant,
    seen: Instant,
}

impl Sessions {
    /// Sessions that end after so long without a request, and after so long in any case.
    pub(crate) fn new(idle_max: Duration, age_max: Duration) -> Self {
        Self { idle_max, age_max, all: Mutex::default() }
    }

    /// How long a session may last.
    pub(crate) const fn age_max(&self) -> Duration {
        self.age_max
    }

    /// Begins a session with these fresh random bits; its secret is the answer. If there are too many, of this token or in all, the
    /// one ends that was not used for longest.
    pub(crate) fn begin(&self, bits: &[u8; 32], pass: Pass, now: Instant) -> String {
        // 256 bits in, 256 bits out: as hard to guess, and written as it can stand in a cookie.
        let secret = TokenHash::of(bits).to_string();
        let mut all = self.living(now);
        let of_token = |session: &Session| session.pass.name() == pass.name();
        if all.iter().filter(|session| of_token(session)).count() >= limits::SESSIONS_OF_TOKEN_MAX {
            end_longest_unused(&mut all, of_token);
        }
        if all.len() >= limits::SESSIONS_MAX {
            end_longest_unused(&mut all, |_| true);
        }
        all.push(Session { hash: TokenHash::of(secret.as_bytes()), pass, began: now, seen: now });
        secret
    }

    /// What the session with this secret may do now; `None` if there is none, or its token is gone. The request counts as a use.
    pub(crate) fn find(&self, secret: &[u8], access: &Access, now: Instant) -> Option<Pass> {
        let hash = TokenHash::of(secret);
        let mut all = self.living(now);
        let at = all.iter().position(|session| session.hash == hash)?;
        let Some(pass) = all[at].pass.renewed(access) else {
            all.swap_remove(at);
            return None;
        };
        all[at].seen = now;
        all[at].pass = pass.clone();
        Some(pass)
    }

    /// Is there such a session still? To ask is no use of it.
    pub(crate) fn is_there(&self, secret: &[u8], now: Instant) -> bool {
        let hash = TokenHash::of(secret);
        self.living(now).iter().any(|session| session.hash == hash)
    }

    /// Ends the session with this secret, if there is one.
    pub(crate) fn end(&self, secret: &[u8]) {
        let hash = TokenHash::of(secret);
        self.lock().retain(|session| session.hash != hash);
    }

    /// All of them, without those that are over.
    fn living(&self, now: Instant) -> MutexGuard<'_, Vec<Session>> {
        let mut all = self.lock();
        all.retain(|session| {
            now.saturating_duration_since(session.seen) < self.idle_max
                && now.saturating_duration_since(session.began) < self.age_max
        });
        all
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Session>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn end_longest_unused(all: &mut Vec<Session>, of: impl Fn(&Session) -> bool) {
    let those = all.iter().enumerate().filter(|(_, session)| of(session));
    if let Some((at, _)) = those.min_by_key(|(_, session)| session.seen) {
        all.swap_remove(at);
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use holdfast_net::{Right, Role, Token, Tokens};

    use super::*;

    const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn tokens(role: Role) -> Tokens {
        let token = |name: &str| Token::new(name.to_owned(), role, TokenHash::of(name.as_bytes()));
        Tokens::new(vec![token("ann"), token("bob")])
    }

    fn pass(access: &Access, name: &str) -> Pass {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(access.admit(HOME, Some(name.as_bytes()))).unwrap()
    }

    fn bits(number: usize) -> [u8; 32] {
        let mut bits = [0; 32];
        bits[..8].copy_from_slice(&number.to_le_bytes());
        bits
    }

    #[test]
    fn a_session_ends_unused_or_old() {
        let access = Access::guarded(tokens(Role::Reader));
        let (idle, age, start) = (Duration::from_secs(30), Duration::from_secs(100), Instant::now());
        let sessions = Sessions::new(idle, age);
        let secret = sessions.begin(&bits(1), pass(&access, "ann"), start);
        let at = |seconds| start + Duration::from_secs(seconds);
        assert!(sessions.find(b"another", &access, at(0)).is_none());
        for seconds in [29, 58, 87] {
            let found = sessions.find(secret.as_bytes(), &access, at(seconds)).unwrap();
            assert_eq!(found.name(), Some("ann"), "{seconds}");
        }
        assert!(sessions.is_there(secret.as_bytes(), at(99)));
        assert!(sessions.find(secret.as_bytes(), &access, at(100)).is_none(), "used, and old");
        let secret = sessions.begin(&bits(2), pass(&access, "ann"), at(200));
        assert!(sessions.is_there(secret.as_bytes(), at(229)));
        assert!(
            sessions.find(secret.as_bytes(), &access, at(230)).is_none(),
            "that it was looked for is no use"
        );
        let secret = sessions.begin(&bits(3), pass(&access, "ann"), at(300));
        sessions.end(secret.as_bytes());
        assert!(!sessions.is_there(secret.as_bytes(), at(300)));
    }

    #[test]
    fn a_session_is_worth_what_its_token_is_worth() {
        let (access, now) = (Access::guarded(tokens(Role::Operator)), Instant::now());
        let sessions = Sessions::new(Duration::MAX, Duration::MAX);
        let secret = sessions.begin(&bits(1), pass(&access, "ann"), now);
        assert!(sessions.find(secret.as_bytes(), &access, now).unwrap().may(Right::Operate));
        access.replace(tokens(Role::Reader));
        assert!(!sessions.find(secret.as_bytes(), &access, now).unwrap().may(Right::Operate));
        access.replace(Tokens::default());
        assert!(sessions.find(secret.as_bytes(), &access, now).is_none());
        access.replace(tokens(Role::Reader));
        assert!(sessions.find(secret.as_bytes(), &access, now).is_none(), "over is over");
    }

    #[test]
    fn there_are_so_many_of_a_token_and_in_all() {
        let (access, start) = (Access::guarded(tokens(Role::Reader)), Instant::now());
        let sessions = Sessions::new(Duration::MAX, Duration::MAX);
        let at = |number: usize| start + Duration::from_millis(number as u64);
        let bob = sessions.begin(&bits(1_000_000), pass(&access, "bob"), start);
        let ann = pass(&access, "ann");
        let most = limits::SESSIONS_OF_TOKEN_MAX;
        let secrets: Vec<_> =
            (0..=most).map(|number| sessions.begin(&bits(number), ann.clone(), at(number))).collect();
        let lives = |secret: &String| sessions.is_there(secret.as_bytes(), at(most));
        assert!(!lives(&secrets[0]) && secrets[1..].iter().all(lives), "the one that was unused for longest");
        assert!(lives(&bob), "and none of somebody else");
    }
}
