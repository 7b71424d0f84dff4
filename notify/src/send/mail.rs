//! A message by mail: one connection to the mail server for it.

use std::error::Error as _;
use std::time::Duration;

use lettre::Transport as _;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::{Error, SmtpTransport};

use crate::channel::{Encryption, Mail};
use crate::outbox::Answer;
use crate::texts::Words;

pub(super) struct Post {
    mail: Mail,
    server: String,
    /// `None` with why, if TLS cannot be set up.
    transport: Result<SmtpTransport, String>,
}

impl Post {
    pub(super) fn new(mail: Mail, server: &str, patience: Duration) -> Self {
        let transport = transport(&mail, patience).map_err(|error| told(&error));
        Self { mail, server: server.to_owned(), transport }
    }

    pub(super) fn send(&self, id: &str, words: &Words) -> Answer {
        let transport = match &self.transport {
            Ok(transport) => transport,
            Err(why) => return Answer::Refused(why.clone()),
        };
        let message = match self.message(id, words) {
            Ok(message) => message,
            Err(error) => return Answer::Refused(error.to_string()),
        };
        match transport.send(&message) {
            Ok(_) => Answer::Taken,
            Err(error) if error.is_permanent() => Answer::Refused(told(&error)),
            Err(error) => Answer::Later(told(&error), None),
        }
    }

    fn message(&self, id: &str, words: &Words) -> Result<Message, lettre::error::Error> {
        let of_machine =
            |name, value: &str| HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned());
        let from = Mailbox::new(Some(format!("holdfast {}", self.server)), self.mail.from.clone());
        let builder = self
            .mail
            .to
            .iter()
            .fold(Message::builder(), |builder, to| builder.to(Mailbox::new(None, to.clone())));
        builder
            .from(from)
            .subject(&words.title)
            // The same for each try: whoever keeps mail can tell a repeat.
            .message_id(Some(format!("<{id}@{}>", self.mail.from.domain())))
            .raw_header(of_machine("Auto-Submitted", "auto-generated"))
            .raw_header(of_machine("X-Holdfast-Id", id))
            .header(ContentType::TEXT_PLAIN)
            .body(words.text.clone())
    }
}

fn transport(mail: &Mail, patience: Duration) -> Result<SmtpTransport, Error> {
    let tls = match mail.encryption {
        Encryption::StartTls => Tls::Required(parameters(mail)?),
        Encryption::Implicit => Tls::Wrapper(parameters(mail)?),
        Encryption::None => Tls::None,
    };
    let host = mail.host.trim_matches(['[', ']']);
    let builder = SmtpTransport::builder_dangerous(host).port(mail.port).tls(tls).timeout(Some(patience));
    let login = mail.login.as_ref();
    let builder = login.into_iter().fold(builder, |builder, (user, password)| {
        builder.credentials(Credentials::new(user.clone(), password.to_string()))
    });
    Ok(builder.build())
}

fn parameters(mail: &Mail) -> Result<TlsParameters, Error> {
    let builder = TlsParameters::builder(mail.host.trim_matches(['[', ']']).to_owned());
    let builder = match &mail.roots {
        Some(pem) => builder.add_root_certificate(Certificate::from_pem(pem)?),
        None => builder,
    };
    builder.build_rustls()
}

/// With what is behind it: what the mail server said.
fn told(error: &Error) -> String {
    let behind = error.source().map(ToString::to_string).filter(|source| !source.is_empty());
    behind.map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}
