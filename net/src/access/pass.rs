//! What somebody may do who comes through another door than that of RESP, with a token or without.

use std::net::IpAddr;

use super::{Access, Act, Credentials, Login, Noted, Right, Role};
use crate::limits;

/// What somebody may do who came with a token, or without one where everybody may do everything. It is as of the moment in which
/// it was given: [`Pass::stands`] says whether it still counts.
#[derive(Clone, Debug)]
pub struct Pass {
    login: Option<Login>,
}

/// Nobody is let in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoPass {
    /// A token is needed, and none was shown.
    NotLoggedIn,
    /// No token has this secret, or it has expired.
    Wrong,
}

impl Access {
    /// Lets somebody in from this address who shows this secret, or none. A wrong one is answered late, later each time, as at the door of
    /// RESP; where everybody may do everything, no secret is looked at.
    ///
    /// # Errors
    /// If a token is needed, and none or a wrong one was shown.
    pub async fn admit(&self, address: IpAddr, secret: Option<&[u8]>) -> Result<Pass, NoPass> {
        if self.tokens().is_none() {
            return Ok(Pass { login: None });
        }
        let secret = secret.ok_or(NoPass::NotLoggedIn)?;
        if let Ok(login) = self.log_in(Credentials { user: None, secret }) {
            return Ok(Pass { login: Some(login) });
        }
        tokio::time::sleep(self.failed((address, &client(address)), None, limits::LOGIN_DELAY)).await;
        Err(NoPass::Wrong)
    }

    /// Notes that somebody has logged in from this address, for more than one request.
    pub fn logged_in(&self, pass: &Pass, address: IpAddr) {
        let token = pass.name().unwrap_or_default();
        self.note(Act::Login, Noted { token, address: Some(address), ..Noted::default() });
    }

    /// Notes that somebody reads a file of this backup from this address: it has all that the server knows.
    pub fn backup_read(&self, pass: &Pass, address: IpAddr, backup: &str) {
        let token = pass.name().unwrap_or_default();
        self.note(Act::Backup, Noted { token, address: Some(address), what: backup, ..Noted::default() });
    }

    /// Notes that a pass does not allow what was asked for from this address.
    pub fn denied(&self, pass: &Pass, address: IpAddr, what: &str) {
        let token = pass.name().unwrap_or_default();
        let client = &client(address);
        self.note(Act::Denied, Noted { token, address: Some(address), what, client, ..Noted::default() });
    }
}

/// What stands for the line of `CLIENT LIST`, where somebody has none: client libraries insist on its numbers.
fn client(address: IpAddr) -> String {
    const REST: &str = "name= age=0 idle=0 flags=N db=0 sub=0 psub=0 multi=-1 qbuf=0 qbuf-free=0 argv-mem=0 obl=0 oll=0 omem=0 tot-mem=0 cmd=NULL";
    format!("id=0 addr={address} {REST}")
}

impl Pass {
    /// The name of the token; `None` where there are none.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.login.as_ref().map(|login| login.name.as_str())
    }

    /// The role of the token; that of an operator where there are none.
    #[must_use]
    pub fn role(&self) -> Role {
        self.login.as_ref().map_or(Role::Operator, |login| login.role)
    }

    /// Does it have this right?
    #[must_use]
    pub fn may(&self, right: Right) -> bool {
        self.login.as_ref().is_none_or(|login| login.grant.rights.has(Some(right)))
    }

    /// Is it for every event?
    #[must_use]
    pub fn is_for_all_events(&self) -> bool {
        self.login.as_ref().is_none_or(|login| !login.grant.events.are_some())
    }

    /// Does it certainly still count: was no token replaced since, and is its time not over?
    #[must_use]
    pub fn stands(&self, access: &Access) -> bool {
        self.login.as_ref().is_none_or(|login| access.stands(login))
    }

    /// The pass with what its token allows now; `None` if that was revoked, or its time is over.
    #[must_use]
    pub fn renewed(&self, access: &Access) -> Option<Self> {
        match &self.login {
            Some(login) if !access.stands(login) => {
                access.renew(login).map(|login| Self { login: Some(login) })
            }
            _ => Some(self.clone()),
        }
    }

    pub(crate) fn into_login(self) -> Option<Login> {
        self.login
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Token, TokenHash, Tokens};
    use super::*;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[tokio::test]
    async fn a_pass_is_worth_what_its_token_is() {
        let token = |role| Tokens::new(vec![Token::new("ann".to_owned(), role, TokenHash::of(b"s"))]);
        let access = Access::guarded(token(Role::Reader));
        let pass = access.admit(HOME, Some(b"s")).await.unwrap();
        assert_eq!((pass.name(), pass.role()), (Some("ann"), Role::Reader));
        assert!(pass.may(Right::Read) && !pass.may(Right::Operate) && pass.stands(&access));
        assert!(pass.is_for_all_events());
        assert_eq!(access.admit(HOME, None).await.unwrap_err(), NoPass::NotLoggedIn);
        assert_eq!(access.admit(HOME, Some(b"t")).await.unwrap_err(), NoPass::Wrong);
        access.replace(token(Role::Operator));
        assert!(!pass.stands(&access));
        let pass = pass.renewed(&access).unwrap();
        assert!(pass.stands(&access) && pass.may(Right::Operate));
        access.replace(Tokens::default());
        assert!(pass.renewed(&access).is_none());
    }

    #[tokio::test]
    async fn what_is_open_needs_no_token() {
        let pass = Access::open().admit(HOME, Some(b"whatever")).await.unwrap();
        assert_eq!((pass.name(), pass.role()), (None, Role::Operator));
        assert!(pass.may(Right::Operate) && pass.stands(&Access::open()));
    }
}
