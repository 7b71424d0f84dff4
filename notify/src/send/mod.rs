//! Sends one message, once, and says what became of it.

mod http;
mod mail;

use std::time::Duration;

use crate::body;
use crate::channel::{Channel, Target};
use crate::outbox::{Answer, Due};
use crate::texts;

use http::Http;
use mail::Post;

/// A channel that is ready to send. It keeps a connection, if the other side does.
pub(crate) struct Sender {
    channel: Channel,
    server: String,
    way: Way,
}

enum Way {
    Http(Http),
    Post(Box<Post>),
}

impl Sender {
    /// A try takes at most about so long.
    pub(crate) fn new(channel: Channel, server: &str, patience: Duration) -> Self {
        let way = match &channel.target {
            Target::Webhook(webhook) => {
                Way::Http(Http::new(&webhook.uri, webhook.roots.as_deref(), patience))
            }
            Target::Slack(slack) => Way::Http(Http::new(&slack.uri, slack.roots.as_deref(), patience)),
            Target::Mail(mail) => Way::Post(Box::new(Post::new(mail.clone(), server, patience))),
        };
        Self { channel, server: server.to_owned(), way }
    }

    /// Sends it. `seconds` is the time of the try, in Unix seconds.
    pub(crate) fn send(&self, due: &Due, seconds: u64) -> Answer {
        let words = texts::words(&due.message, self.channel.lang, &self.server);
        match (&self.way, &self.channel.target) {
            (Way::Http(http), Target::Webhook(webhook)) => {
                let whose = (self.server.as_str(), self.channel.name.as_str());
                let body = body::webhook(&due.id, &due.message, &words, whose);
                let signature = body::signature(&webhook.key, &due.id, seconds, &body);
                let headers = [
                    (body::ID, due.id.to_string()),
                    (body::TIMESTAMP, seconds.to_string()),
                    (body::SIGNATURE, signature),
                ];
                http.send(&headers, &body)
            }
            (Way::Http(http), _) => http.send(&[(body::ID, due.id.to_string())], &body::slack(&words)),
            (Way::Post(post), _) => post.send(&due.id, &words),
        }
    }
}
