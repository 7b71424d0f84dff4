//! Who somebody is that does not come with a secret for each command: a part of the process that has looked at it once,
//! and speaks for him since.

use std::net::IpAddr;
use std::time::Duration;

use super::{Access, Act, Credentials, Grant, Login, LoginError, Right, Role};
use crate::limits;

/// What a secret has proved, and what it is worth until its token is revoked, narrowed or over.
#[derive(Clone, Debug)]
pub struct Pass(Option<Login>);

/// Why there is no pass.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WrongSecret {
    /// How long the answer is to be kept back: the more often it was wrong, the longer.
    pub delay: Duration,
}

impl Pass {
    /// The name of the token; `None` where everybody may do everything.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.0.as_ref().map(|login| login.name.as_str())
    }

    /// The role of the token; where everybody may do everything, the greatest.
    #[must_use]
    pub fn role(&self) -> Role {
        self.0.as_ref().map_or(Role::Operator, |login| login.role)
    }

    /// Does it allow this?
    #[must_use]
    pub fn has(&self, right: Right) -> bool {
        self.grant().rights.has(Some(right))
    }

    fn grant(&self) -> Grant {
        self.0.as_ref().map_or(Grant::EVERYTHING, |login| login.grant.clone())
    }

    pub(crate) fn into_login(self) -> Option<Login> {
        self.0
    }
}

impl Access {
    /// The pass of everybody; `None` where a secret is needed.
    #[must_use]
    pub fn pass_of_everybody(&self) -> Option<Pass> {
        self.guarded.is_none().then_some(Pass(None))
    }

    /// The pass for a secret that was sent from this address. It leaves the traces that a login does. Where there is nothing to
    /// log in to, no secret is right.
    ///
    /// # Errors
    /// If no token that is not over has this secret.
    pub fn pass(&self, secret: &[u8], from: IpAddr) -> Result<Pass, WrongSecret> {
        match self.log_in(Credentials { user: None, secret }) {
            Ok(login) => {
                self.note(Act::Login, (&login.name, Some(from), ""));
                Ok(Pass(Some(login)))
            }
            Err(LoginError::NotConfigured) => Err(WrongSecret { delay: Duration::ZERO }),
            Err(LoginError::Wrong) => {
                Err(WrongSecret { delay: self.failed(from, None, limits::LOGIN_DELAY) })
            }
        }
    }

    /// The pass with what its token allows now; `None` if that is gone or over.
    #[must_use]
    pub fn pass_now(&self, pass: &Pass) -> Option<Pass> {
        match &pass.0 {
            None => self.pass_of_everybody(),
            Some(login) if self.stands(login) => Some(pass.clone()),
            Some(login) => self.renew(login).map(|login| Pass(Some(login))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Token, TokenHash, Tokens};
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn token(role: Role) -> Token {
        Token::new("a".to_owned(), role, TokenHash::of(b"secret"))
    }

    #[test]
    fn a_pass_is_worth_what_its_token_is_worth() {
        let access = Access::guarded(Tokens::new(vec![token(Role::Operator)]));
        assert!(access.pass_of_everybody().is_none());
        let pass = access.pass(b"secret", HERE).unwrap();
        assert_eq!((pass.name(), pass.role(), pass.has(Right::Operate)), (Some("a"), Role::Operator, true));
        access.replace(Tokens::new(vec![token(Role::Reader)]));
        let pass = access.pass_now(&pass).unwrap();
        assert_eq!((pass.role(), pass.has(Right::Operate), pass.has(Right::Read)), (Role::Reader, false, true));
        access.replace(Tokens::default());
        assert!(access.pass_now(&pass).is_none());
    }

    #[test]
    fn wrong_secrets_cost_more_and_more_and_leave_a_trace() {
        let access = Access::guarded(Tokens::new(vec![token(Role::Reader)]));
        let delays: Vec<_> = (0..3).map(|_| access.pass(b"wrong", HERE).unwrap_err().delay).collect();
        assert!(delays.is_sorted_by(|one, next| one < next), "{delays:?}");
        let mut text = String::new();
        access.write_trace(&mut text);
        assert!(text.contains("login_failed_0:token=,addr=127.0.0.1,what=,times=3,"), "{text}");
    }

    #[test]
    fn where_everything_is_open_there_is_one_pass_and_no_secret() {
        let access = Access::open();
        let pass = access.pass_of_everybody().unwrap();
        assert_eq!((pass.name(), pass.role()), (None, Role::Operator));
        assert!(access.pass_now(&pass).is_some());
        assert!(access.pass(b"secret", HERE).is_err());
    }
}
