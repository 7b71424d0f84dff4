//! Where messages go to, and what of it may be shown.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use holdfast_engine::{ChannelShown, NoticeKind, Severity};
use lettre::Address;
use ring::hmac;
use thiserror::Error;
use ureq::http::Uri;
use zeroize::Zeroizing;

use crate::limits;
use crate::outbox::Filter;

/// A way to people outside, as the settings have it.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Its name: letters, digits, `-` and `_`, the first one a letter.
    pub name: String,
    /// The least severity that it is told of.
    pub severity: Severity,
    /// The kinds that it is told of; empty for all.
    pub kinds: Vec<NoticeKind>,
    /// The language of what people read.
    pub lang: Lang,
    /// Where messages go to.
    pub target: Target,
}

/// A language of messages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lang {
    /// English.
    En,
    /// Korean.
    Ko,
}

/// Where messages go to.
#[derive(Clone, Debug)]
pub enum Target {
    /// To a program, signed.
    Webhook(Webhook),
    /// To a channel of Slack, or of whoever takes the same.
    Slack(Slack),
    /// To people, by mail.
    Mail(Mail),
}

/// A program that takes messages by HTTP.
#[derive(Clone)]
pub struct Webhook {
    pub(crate) uri: Uri,
    pub(crate) key: hmac::Key,
    pub(crate) roots: Option<Vec<u8>>,
}

/// An incoming webhook of Slack. All of its address is a secret.
#[derive(Clone)]
pub struct Slack {
    pub(crate) uri: Uri,
    pub(crate) roots: Option<Vec<u8>>,
}

/// A mail server, and who gets mail by it.
#[derive(Clone)]
pub struct Mail {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) encryption: Encryption,
    pub(crate) login: Option<(String, Zeroizing<String>)>,
    pub(crate) from: Address,
    pub(crate) to: Vec<Address>,
    pub(crate) roots: Option<Vec<u8>>,
}

/// How mail is kept from others on its way to the mail server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encryption {
    /// The connection begins in the clear and must turn to TLS: port 587.
    StartTls,
    /// The connection is TLS from the start: port 465.
    Implicit,
    /// Not at all: only to a mail server on the same machine.
    None,
}

/// What is wrong with a channel. No secret is in it.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("{field}: {why}")]
pub struct BadChannel {
    /// The field of the settings that is at fault.
    pub field: &'static str,
    /// What is wrong with it, and what it may be.
    pub why: String,
}

fn bad(field: &'static str, why: impl Into<String>) -> BadChannel {
    BadChannel { field, why: why.into() }
}

impl Webhook {
    /// The program at this address. What is sent to it is signed with the secret, as base64 with or without `whsec_` before it;
    /// `roots` are the authorities that are believed beside those of the machine, as PEM.
    ///
    /// # Errors
    /// What is wrong with the address or the secret.
    pub fn new(url: &str, secret: &str, roots: Option<Vec<u8>>) -> Result<Self, BadChannel> {
        let uri = address(url, "url")?;
        let text = secret.trim();
        let bytes = STANDARD.decode(text.strip_prefix("whsec_").unwrap_or(text)).map(Zeroizing::new);
        let bytes =
            bytes.ok().filter(|bytes| limits::SECRET_BYTES.contains(&bytes.len())).ok_or_else(|| {
                bad(
                    "secret",
                    "it must be whsec_ and 24 to 64 bytes as base64: openssl rand -base64 32 makes some",
                )
            })?;
        Ok(Self { uri, key: hmac::Key::new(hmac::HMAC_SHA256, &bytes), roots: certificates(roots)? })
    }
}

impl Slack {
    /// The incoming webhook at this address.
    ///
    /// # Errors
    /// What is wrong with the address, which is a secret and is not told.
    pub fn new(url: &str, roots: Option<Vec<u8>>) -> Result<Self, BadChannel> {
        let uri = address(url.trim(), "url")
            .map_err(|_| bad("url", "it is not an address as https://host/path"))?;
        Ok(Self { uri, roots: certificates(roots)? })
    }
}

impl Mail {
    /// Mail by this server, as `host` or `host:port`, from one address to others.
    ///
    /// # Errors
    /// What is wrong with which of them.
    pub fn new(
        server: &str,
        encryption: Encryption,
        login: Option<(String, Zeroizing<String>)>,
        (from, to): (&str, &[String]),
        roots: Option<Vec<u8>>,
    ) -> Result<Self, BadChannel> {
        let (host, port) = match server.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| bad("server", "its port is no number"))?),
            None if encryption == Encryption::Implicit => (server, 465),
            None => (server, 587),
        };
        if host.is_empty() || host.contains(['/', '@', ' ']) {
            return Err(bad("server", format!("{server:?} is no mail server: write smtp.example.com:587")));
        }
        if encryption == Encryption::None && !["localhost", "127.0.0.1", "[::1]"].contains(&host) {
            return Err(bad(
                "tls",
                "none is only for a mail server on the same machine: write starttls or implicit",
            ));
        }
        if to.is_empty() || to.len() > limits::RECIPIENTS_MAX {
            return Err(bad(
                "to",
                format!("it names {} addresses: 1 to {}", to.len(), limits::RECIPIENTS_MAX),
            ));
        }
        let of = |field, text: &str| {
            text.parse::<Address>().map_err(|_| bad(field, format!("{text:?} is no address of mail")))
        };
        let to = to.iter().map(|to| of("to", to)).collect::<Result<_, _>>()?;
        let (host, from, roots) = (host.to_owned(), of("from", from)?, certificates(roots)?);
        Ok(Self { host, port, encryption, login, from, to, roots })
    }
}

impl Channel {
    /// Checks what is not checked by the parts.
    ///
    /// # Errors
    /// If the name is none.
    pub fn check(&self) -> Result<(), BadChannel> {
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
        let begins = self.name.starts_with(|letter: char| letter.is_ascii_alphabetic());
        if !begins || !self.name.chars().all(is_plain) || self.name.len() > limits::NAME_CHARS_MAX {
            let why = format!(
                "{:?} must be 1 to {} letters, digits, - and _, and begin with a letter",
                self.name,
                limits::NAME_CHARS_MAX
            );
            return Err(bad("name", why));
        }
        Ok(())
    }

    pub(crate) fn filter(&self) -> Filter {
        Filter { severity: self.severity, kinds: self.kinds.clone() }
    }

    /// What operators may see of it.
    pub(crate) fn shown(&self) -> ChannelShown {
        ChannelShown {
            name: self.name.as_str().into(),
            kind: self.target.kind(),
            to: self.target.shown().into(),
            severity: self.severity.word(),
            kinds: self.kinds.iter().map(|kind| kind.word()).collect(),
            lang: self.lang.word(),
            ..ChannelShown::default()
        }
    }
}

impl Target {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Webhook(_) => "webhook",
            Self::Slack(_) => "slack",
            Self::Mail(_) => "mail",
        }
    }

    /// Paths and queries of addresses may be secrets.
    fn shown(&self) -> String {
        let of = |uri: &Uri| {
            format!(
                "{}://{}",
                uri.scheme_str().unwrap_or_default(),
                uri.authority().map_or("", |at| at.as_str())
            )
        };
        match self {
            Self::Webhook(Webhook { uri, .. }) | Self::Slack(Slack { uri, .. }) => of(uri),
            Self::Mail(mail) => mail.to.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        }
    }
}

impl Lang {
    /// Both.
    pub const ALL: [Self; 2] = [Self::En, Self::Ko];

    /// The word of settings.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ko => "ko",
        }
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("host", &self.uri.host()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Slack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slack").field("host", &self.uri.host()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail").field("host", &self.host).field("to", &self.to).finish_non_exhaustive()
    }
}

/// An address of HTTP without anything that would be a secret in plain sight.
fn address(url: &str, field: &'static str) -> Result<Uri, BadChannel> {
    let is_user = url.split('/').nth(2).is_some_and(|authority| authority.contains('@'));
    if is_user {
        return Err(bad(field, "it has a user or a password in it: that is no way to keep a secret"));
    }
    let uri: Option<Uri> = url.parse().ok();
    let uri = uri.filter(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
    });
    let uri = uri.ok_or_else(|| bad(field, "it is not an address as https://host/path"))?;
    let is_near = uri.host().is_some_and(|host| ["localhost", "127.0.0.1", "[::1]"].contains(&host));
    if uri.scheme_str() == Some("http") && !is_near {
        return Err(bad(field, "http is only for a receiver on the same machine: write https"));
    }
    Ok(uri)
}

/// Certificates as PEM, of which there is at least one.
fn certificates(pem: Option<Vec<u8>>) -> Result<Option<Vec<u8>>, BadChannel> {
    let is_one = |pem: &Vec<u8>| {
        let found = ureq::tls::parse_pem(pem).filter_map(Result::ok);
        found.filter(|item| matches!(item, ureq::tls::PemItem::Certificate(_))).count() > 0
    };
    match pem {
        Some(pem) if !is_one(&pem) => Err(bad("ca", "there is no certificate as PEM in it")),
        pem => Ok(pem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[test]
    fn what_cannot_work_is_refused_by_field_and_no_secret_is_told() {
        let webhook = |url: &str, secret: &str| Webhook::new(url, secret, None).err();
        assert_eq!(webhook("https://ops.example/hook?x=1", SECRET), None);
        assert_eq!(webhook("http://127.0.0.1:9000", &SECRET[6..]), None);
        for (url, secret, field) in [
            ("http://ops.example/", SECRET, "url"),
            ("ops.example", SECRET, "url"),
            ("https://me:hunter2@ops.example", SECRET, "url"),
            ("https://ops.example", "whsec_c2hvcnQ=", "secret"),
            ("https://ops.example", "not base64, and long enough to be one", "secret"),
        ] {
            let found = webhook(url, secret).unwrap();
            assert_eq!(found.field, field, "{url}");
            assert!(!found.to_string().contains("hunter2") && !found.to_string().contains("not base64"));
        }
        let mail = |server: &str, how, to: &[&str]| {
            let to: Vec<_> = to.iter().map(|to| (*to).to_owned()).collect();
            Mail::new(server, how, None, ("seats@example.com", &to), None).map(|mail| (mail.host, mail.port))
        };
        let ok = |server: &str, how| mail(server, how, &["ops@example.com"]).unwrap();
        assert_eq!(ok("smtp.example.com", Encryption::StartTls), ("smtp.example.com".to_owned(), 587));
        assert_eq!(ok("smtp.example.com", Encryption::Implicit).1, 465);
        assert_eq!(ok("localhost:25", Encryption::None).1, 25);
        for (server, how, to, field) in [
            ("smtp.example.com:no", Encryption::StartTls, &["a@b.example"][..], "server"),
            ("", Encryption::StartTls, &["a@b.example"], "server"),
            ("smtp.example.com:25", Encryption::None, &["a@b.example"], "tls"),
            ("smtp.example.com", Encryption::StartTls, &[], "to"),
            ("smtp.example.com", Encryption::StartTls, &["nobody"], "to"),
        ] {
            assert_eq!(mail(server, how, to).unwrap_err().field, field, "{server}");
        }
        let ca = Webhook::new("https://ops.example", SECRET, Some(b"none".to_vec()));
        assert_eq!(ca.unwrap_err().field, "ca");
    }

    #[test]
    fn nothing_that_may_be_a_secret_is_shown() {
        let slack = Slack::new("https://hooks.slack.example/services/T0/B0/secret", None).unwrap();
        let target = Target::Slack(slack);
        assert_eq!(target.shown(), "https://hooks.slack.example");
        assert!(!format!("{target:?}").contains("secret"));
        assert!(!Slack::new("hooks/secret", None).unwrap_err().to_string().contains("hooks/"));
        let login = Some(("seats".to_owned(), Zeroizing::new("secret".to_owned())));
        let to = ["ops@example.com".to_owned()];
        let mail = Mail::new("smtp.example", Encryption::StartTls, login, ("a@b.example", &to), None);
        assert!(!format!("{:?}", mail.unwrap()).contains("secret"));
    }
}
