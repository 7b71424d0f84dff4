//! `[[notify.channel]]`: ways to people outside. They are in the file alone: no flag, no variable and no command sets where messages
//! go to. Secrets stand in files or variables that are named there, and never in the settings.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// One of them, as it is written; what goes together is looked at when it is made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChannelSetting {
    /// What it is called.
    pub(crate) name: String,
    /// `mail`, `webhook` or `slack`.
    pub(crate) kind: String,
    /// The least severity that it is told of; `info` if none is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) severity: Option<String>,
    /// The kinds that it is told of, each as `job.failed` or `job`; all if none are given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) events: Option<Vec<String>>,
    /// `en` or `ko`; `en` if none is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lang: Option<String>,
    /// The address of a webhook; that of Slack is a secret, and stands elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url_file: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url_env: Option<String>,
    /// What a webhook is signed with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) secret_file: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) secret_env: Option<String>,
    /// A mail server, as `smtp.example.com:587`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) server: Option<String>,
    /// `starttls`, `implicit` or `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tls: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) password_file: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) password_env: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<Vec<String>>,
    /// Certificates of authorities that are believed beside those of the machine, as PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ca: Option<PathBuf>,
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Channels(pub(crate) Vec<ChannelSetting>);

impl Channels {
    /// What stands for them in lists: their names.
    pub(super) fn text(&self) -> String {
        if self.0.is_empty() {
            return "none".to_owned();
        }
        self.0.iter().map(|channel| channel.name.as_str()).collect::<Vec<_>>().join(",")
    }
}
