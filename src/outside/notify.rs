//! Messages for people outside as the settings ask for them: channels with their secrets, read at the start and again at SIGHUP.

use std::path::Path;
use std::sync::Arc;

use holdfast_engine::{Code, Engine, Millis, NoticeKind, Severity};
use holdfast_notify::{
    BadChannel, Channel, Encryption, Lang, Mail, Notifier, Policy, Slack, Target, Webhook,
};
use zeroize::Zeroizing;

use crate::exit::Failure;
use crate::exposure;
use crate::settings::{ChannelSetting, Settings};

/// The longest file of a secret or of certificates that is read, bytes.
const FILE_BYTES_MAX: usize = 1024 * 1024;
/// A backup is too old when it is so many times as old as backups are to be.
const BACKUP_AGES: u64 = 2;

/// Who tells people outside, if the settings have a channel.
pub(crate) struct Notifying(Option<Notifier>);

impl Notifying {
    /// Starts to tell from where each channel was left.
    pub(crate) fn start(
        engine: &Arc<Engine>,
        channels: Vec<Channel>,
        settings: &Settings,
    ) -> Result<Self, Failure> {
        let notify = &settings.notify;
        let policy = Policy {
            server: notify.server.clone(),
            digest: Millis(notify.digest.as_millis()),
            retry: Millis(notify.retry.as_millis()),
            give_up: Millis(notify.give_up.as_millis()),
            patience: notify.timeout.0,
            backup_age: Millis(
                settings
                    .backup
                    .to
                    .as_ref()
                    .map_or(0, |_| settings.backup.every.as_millis().saturating_mul(BACKUP_AGES)),
            ),
        };
        if channels.is_empty() && engine.router().notices().known().channels().next().is_none() {
            return Ok(Self(None));
        }
        let count = channels.len();
        let notifier = Notifier::start(engine, channels, policy).map_err(|error| {
            Failure::fault(Code::DEFECT, format!("no thread to tell people outside: {error}"))
        })?;
        tracing::info!(channels = count, "people outside are told of what happens");
        Ok(Self(Some(notifier)))
    }

    /// Reads secrets and certificates again. If one cannot be used, a log line says so, and all of them stay as they were.
    pub(crate) fn reload(&self, settings: &Settings) {
        let Some(notifier) = &self.0 else { return };
        match channels(settings) {
            Ok(channels) => {
                tracing::info!(channels = channels.len(), "the secrets of channels were read again");
                notifier.replace(channels);
            }
            Err(failure) => tracing::error!("the secrets of channels stay as they were: {failure}"),
        }
    }

    /// Notes how far it is, and ends.
    pub(crate) fn end(self) {
        self.0.into_iter().for_each(Notifier::end);
    }
}

/// The channels that the settings have, with their secrets.
pub(crate) fn channels(settings: &Settings) -> Result<Vec<Channel>, Failure> {
    let all = &settings.notify.channel.0;
    let most = holdfast_engine::limits::CHANNELS_MAX;
    if all.len() > most {
        let message = format!("notify.channel: {} channels are too many: at most {most}", all.len());
        return Err(Failure::usage(Code::BAD_CONFIGURATION, message));
    }
    let mut made = Vec::new();
    for (at, setting) in all.iter().enumerate() {
        let of = |BadChannel { field, why }| {
            let name = &setting.name;
            let message = format!("notify.channel {} {name:?}: {field}: {why}", at + 1);
            Failure::usage(Code::BAD_CONFIGURATION, message)
        };
        let channel = channel(setting).map_err(of)?;
        if made.iter().any(|other: &Channel| other.name == channel.name) {
            return Err(of(bad("name", "another channel has it as well")));
        }
        made.push(channel);
    }
    Ok(made)
}

fn bad(field: &'static str, why: impl Into<String>) -> BadChannel {
    BadChannel { field, why: why.into() }
}

fn channel(setting: &ChannelSetting) -> Result<Channel, BadChannel> {
    let target = match setting.kind.as_str() {
        "webhook" => webhook(setting)?,
        "slack" => slack(setting)?,
        "mail" => mail(setting)?,
        other => return Err(bad("kind", format!("{other:?} is none of mail, webhook and slack"))),
    };
    let severity =
        one_of("severity", setting.severity.as_deref(), Severity::Info, &Severity::ALL, Severity::word)?;
    let lang = one_of("lang", setting.lang.as_deref(), Lang::En, &Lang::ALL, Lang::word)?;
    let kinds = kinds(setting.events.as_deref().unwrap_or_default())?;
    let channel = Channel { name: setting.name.clone(), severity, kinds, lang, target };
    channel.check().map(|()| channel)
}

fn one_of<T: Copy>(
    field: &'static str,
    given: Option<&str>,
    default: T,
    all: &[T],
    word: fn(T) -> &'static str,
) -> Result<T, BadChannel> {
    let Some(given) = given else { return Ok(default) };
    all.iter().copied().find(|one| word(*one) == given).ok_or_else(|| {
        let words: Vec<_> = all.iter().map(|one| word(*one)).collect();
        bad(field, format!("{given:?} is none of {}", words.join(", ")))
    })
}

/// `job.failed` is one kind, `job` are all that begin with it and a dot.
fn kinds(events: &[String]) -> Result<Vec<NoticeKind>, BadChannel> {
    let mut found = Vec::new();
    for event in events {
        let before = found.len();
        let is_meant = |kind: &NoticeKind| {
            kind.word() == event
                || kind.word().strip_prefix(event.as_str()).is_some_and(|rest| rest.starts_with('.'))
        };
        found.extend(NoticeKind::ALL.into_iter().filter(is_meant));
        if found.len() == before {
            let words = NoticeKind::ALL.map(NoticeKind::word).join(", ");
            return Err(bad(
                "events",
                format!("{event:?} is none of {words}, nor what stands before a dot there"),
            ));
        }
    }
    Ok(found)
}

fn webhook(setting: &ChannelSetting) -> Result<Target, BadChannel> {
    only(setting, &["url", "url_file", "url_env", "secret_file", "secret_env", "ca"])?;
    let url = match &setting.url {
        Some(url) if setting.url_file.is_none() && setting.url_env.is_none() => Zeroizing::new(url.clone()),
        Some(_) => return Err(bad("url", "url, url_file and url_env are three ways to say one thing")),
        None => secret(("url", setting.url_file.as_deref(), setting.url_env.as_deref()))?,
    };
    let key = secret(("secret", setting.secret_file.as_deref(), setting.secret_env.as_deref()))?;
    Webhook::new(url.trim(), &key, roots(setting)?).map(Target::Webhook)
}

fn slack(setting: &ChannelSetting) -> Result<Target, BadChannel> {
    only(setting, &["url_file", "url_env", "ca"])?;
    let url = secret(("url", setting.url_file.as_deref(), setting.url_env.as_deref()))?;
    Slack::new(&url, roots(setting)?).map(Target::Slack)
}

fn mail(setting: &ChannelSetting) -> Result<Target, BadChannel> {
    only(setting, &["server", "tls", "user", "password_file", "password_env", "from", "to", "ca"])?;
    let ways =
        [("starttls", Encryption::StartTls), ("implicit", Encryption::Implicit), ("none", Encryption::None)];
    let tls = setting.tls.as_deref().unwrap_or("starttls");
    let encryption = ways.iter().find(|(word, _)| *word == tls).map(|(_, way)| *way);
    let encryption =
        encryption.ok_or_else(|| bad("tls", format!("{tls:?} is none of starttls, implicit and none")))?;
    let has_password = setting.password_file.is_some() || setting.password_env.is_some();
    let login = match &setting.user {
        Some(user) => {
            let of = ("password", setting.password_file.as_deref(), setting.password_env.as_deref());
            Some((user.clone(), secret(of)?))
        }
        None if has_password => return Err(bad("user", "a password is there, and no user")),
        None => None,
    };
    let text =
        |field, text: &Option<String>| text.clone().ok_or_else(|| bad(field, "a channel of mail needs it"));
    let (server, from) = (text("server", &setting.server)?, text("from", &setting.from)?);
    let to = setting.to.as_deref().unwrap_or_default();
    Mail::new(&server, encryption, login, (&from, to), roots(setting)?).map(Target::Mail)
}

/// Refuses what a channel of this kind does not have: somebody may have meant another one.
fn only(setting: &ChannelSetting, known: &[&str]) -> Result<(), BadChannel> {
    let given = [
        ("url", setting.url.is_some()),
        ("url_file", setting.url_file.is_some()),
        ("url_env", setting.url_env.is_some()),
        ("secret_file", setting.secret_file.is_some()),
        ("secret_env", setting.secret_env.is_some()),
        ("server", setting.server.is_some()),
        ("tls", setting.tls.is_some()),
        ("user", setting.user.is_some()),
        ("password_file", setting.password_file.is_some()),
        ("password_env", setting.password_env.is_some()),
        ("from", setting.from.is_some()),
        ("to", setting.to.is_some()),
        ("ca", setting.ca.is_some()),
    ];
    match given.into_iter().find(|(field, is_given)| *is_given && !known.contains(field)) {
        Some((field, _)) => {
            Err(bad(field, format!("a channel of {} has none: it has {}", setting.kind, known.join(", "))))
        }
        None => Ok(()),
    }
}

/// A secret out of a file or of a variable; neither it nor a part of it is ever told.
fn secret(
    (what, file, env): (&'static str, Option<&Path>, Option<&str>),
) -> Result<Zeroizing<String>, BadChannel> {
    let (of_file, of_env) = match what {
        "url" => ("url_file", "url_env"),
        "password" => ("password_file", "password_env"),
        _ => ("secret_file", "secret_env"),
    };
    match (file, env) {
        (Some(file), None) => {
            let bytes = Zeroizing::new(read(of_file, file)?);
            exposure::warn("a secret of a channel", file, true);
            let text = std::str::from_utf8(&bytes)
                .map_err(|_| bad(of_file, format!("{}: it is no text", file.display())))?;
            Ok(Zeroizing::new(text.trim().to_owned()))
        }
        // Variables that begin so are settings, and shown.
        (None, Some(name)) if name.starts_with("HOLDFAST_") => {
            Err(bad(of_env, format!("{name} would be a setting: let it begin otherwise")))
        }
        (None, Some(name)) => match std::env::var(name) {
            Ok(text) if !text.trim().is_empty() => Ok(Zeroizing::new(text.trim().to_owned())),
            _ => Err(bad(of_env, format!("there is no variable {name}, or nothing is in it"))),
        },
        (None, None) => Err(bad(of_file, format!("it is needed: a file with it, or {of_env}, a variable"))),
        (Some(_), Some(_)) => {
            Err(bad(of_env, format!("{of_file} and {of_env} are two ways to say one thing")))
        }
    }
}

fn roots(setting: &ChannelSetting) -> Result<Option<Vec<u8>>, BadChannel> {
    let Some(file) = &setting.ca else { return Ok(None) };
    exposure::warn("the authorities of a channel", file, false);
    read("ca", file).map(Some)
}

fn read(field: &'static str, file: &Path) -> Result<Vec<u8>, BadChannel> {
    let told = |why: String| bad(field, format!("{}: {why}", file.display()));
    let bytes = std::fs::read(file).map_err(|error| told(error.to_string()))?;
    match bytes.len() {
        0 => Err(told("it is empty".to_owned())),
        1..=FILE_BYTES_MAX => Ok(bytes),
        _ => Err(told("it is too long".to_owned())),
    }
}
