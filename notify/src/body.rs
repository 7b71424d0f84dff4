//! What is sent: JSON for programs and for Slack, and the signature by which a receiver knows who sent it.
//!
//! Names of headers, what is signed and how are those of Standard Webhooks (version 1), so that any library for that checks it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use holdfast_engine::NoticeMessage as Message;
use ring::hmac;
use serde_json::{Value, json};

use crate::texts::{Words, runbook, time};

/// The name of the message: the same whenever it is sent.
pub(crate) const ID: &str = "webhook-id";
/// When this try began, in Unix seconds.
pub(crate) const TIMESTAMP: &str = "webhook-timestamp";
/// `v1,` and the signature.
pub(crate) const SIGNATURE: &str = "webhook-signature";

/// A message for programs.
pub(crate) fn webhook(id: &str, message: &Message, words: &Words, (server, channel): (&str, &str)) -> String {
    let (first, who) = (&message.first, message.first.who.as_ref());
    let data = json!({
        "id": id,
        "server": server,
        "channel": channel,
        "severity": first.severity.word(),
        "title": words.title,
        "text": words.text,
        "about": first.about,
        "says": first.says,
        "code": first.code,
        "operator": who.map(|who| &who.operator),
        "token": who.and_then(|who| who.token.as_ref()),
        "reason": who.map(|who| &who.reason),
        "remedy": words.todo,
        "runbook": runbook(first),
        "count": message.count,
        "others": message.others,
        "last_at": time(message.last_at),
        "lsn": first.lsn,
        "last_lsn": message.last_lsn,
    });
    json!({ "type": first.kind.word(), "timestamp": time(first.at), "data": data }).to_string()
}

/// A message for Slack, in which three characters mean something.
pub(crate) fn slack(words: &Words) -> String {
    let text = words.text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    Value::from_iter([("text", text)]).to_string()
}

/// The signature of a try.
pub(crate) fn signature(key: &hmac::Key, id: &str, seconds: u64, body: &str) -> String {
    let tag = hmac::sign(key, format!("{id}.{seconds}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(tag.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::Webhook;

    /// The example of the specification.
    #[test]
    fn it_is_signed_as_standard_webhooks_have_it() {
        let webhook =
            Webhook::new("https://ops.example", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", None).unwrap();
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let signed = signature(&webhook.key, id, 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn slack_reads_no_markup_out_of_a_reason() {
        let words =
            Words { title: String::new(), text: "a <!channel> & \"b\"".to_owned(), todo: String::new() };
        assert_eq!(slack(&words), r#"{"text":"a &lt;!channel&gt; &amp; \"b\""}"#);
    }
}
