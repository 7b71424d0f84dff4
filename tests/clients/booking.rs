//! A booking with the `redis` crate: async, on one connection that many tasks may share.

use std::collections::HashMap;
use std::time::Duration;

use redis::{
    AsyncConnectionConfig, Client, FromRedisValue, PushInfo, PushKind, RedisResult, Value, cmd, pipe,
};

type Fields = HashMap<String, Value>;

fn field<T: FromRedisValue>(reply: &Fields, name: &str) -> RedisResult<T> {
    Ok(redis::from_redis_value_ref(&reply[name])?)
}

/// `url` is `redis://127.0.0.1:7411/?protocol=resp3`.
pub(crate) async fn book(
    url: &str,
    event: &str,
    say: impl Fn(String),
    restart: impl AsyncFnOnce(),
) -> RedisResult<()> {
    let client = Client::open(url)?;
    let (messages, mut heard) = tokio::sync::mpsc::unbounded_channel::<PushInfo>();
    // Half a second for a reply and a second for a connection, if nothing is said: a busy disk may take longer.
    let config = AsyncConnectionConfig::new()
        .set_response_timeout(Some(Duration::from_secs(60)))
        .set_connection_timeout(Some(Duration::from_secs(60)))
        .set_push_sender(messages);
    let mut shop = client.get_multiplexed_async_connection_with_config(&config).await?;

    // With RESP3 messages come on the same connection. What happens from the confirmation on comes.
    shop.subscribe(format!("feed:{event}")).await?;

    // Hold two seats. The key (alice-1) is made once for each intention, and sent again when no reply came.
    let wanted = [event, "alice-1", "alice", "0", "SEATS", "A-1-1", "A-1-2"];
    let hold: Fields = cmd("HOLD").arg(&wanted).query_async(&mut shop).await?;
    let number: u64 = field(&hold, "hold")?;
    say(format!("held {number}: {}", field::<Vec<String>>(&hold, "seats")?.join(" ")));

    // A refusal is an error. Decide by its code(), which is KIND; show the rest to people.
    let taken = [event, "bob-1", "bob", "0", "SEATS", "A-1-2"];
    if let Err(refusal) = cmd("HOLD").arg(&taken).query_async::<Value>(&mut shop).await {
        say(format!("refused: {} {}", refusal.code().unwrap_or("?"), refusal.detail().unwrap_or("?")));
    }

    // A pipeline: each command is judged by itself, and a refusal stands in its place.
    let mut pipeline = pipe();
    for (number, seat) in ["A-1-3", "A-1-4", "A-1-1"].into_iter().enumerate() {
        let key = format!("carol-{number}");
        pipeline.cmd("HOLD").arg(event).arg(key).arg(&["carol", "0", "SEATS", seat]);
    }
    let replies: Vec<RedisResult<Fields>> = pipeline.ignore_errors().query_async(&mut shop).await?;
    let told = replies.iter().map(|reply| match reply {
        Ok(hold) => field::<u64>(hold, "hold").map(|number| number.to_string()),
        Err(refusal) => Ok(refusal.code().unwrap_or("?").to_owned()),
    });
    say(format!("pipeline: {}", told.collect::<RedisResult<Vec<_>>>()?.join(" ")));

    // A transaction: one event, nothing of others in between.
    let mut transaction = pipe();
    transaction.atomic();
    transaction.cmd("RELEASE").arg(&[event, "carol-4", "3"]);
    transaction.cmd("CONFIRM").arg(&[event, "alice-2", "order-1"]).arg(number);
    let (released, order): (Fields, Fields) = transaction.query_async(&mut shop).await?;
    let (released, order) = (field::<u64>(&released, "released")?, field::<String>(&order, "order")?);
    say(format!("transaction: {released} {order}"));

    let mut kinds = Vec::new();
    while kinds.len() < 5
        && let Some(push) = heard.recv().await
    {
        if push.kind == PushKind::Message {
            let change: String = redis::from_redis_value_ref(&push.data[1])?;
            let change: serde_json::Value = serde_json::from_str(&change).unwrap_or_default();
            kinds.push(change["kind"].as_str().unwrap_or("?").to_owned());
        }
    }
    say(format!("messages: {}", kinds.join(" ")));

    // A connection that was lost stays lost: make another, and send what was not answered again, with its key.
    restart().await;
    let again: Fields = loop {
        match cmd("HOLD").arg(&wanted).query_async(&mut shop).await {
            Err(lost) if lost.is_unrecoverable_error() => {
                shop = client.get_multiplexed_async_connection_with_config(&config).await?;
            }
            answer => break answer?,
        }
    };
    say(if again == hold { "the same answer".to_owned() } else { format!("another answer: {again:?}") });
    Ok(())
}
