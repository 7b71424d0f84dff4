//! The cluster client of the `redis` crate as it comes.

use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::{RedisResult, Value, cmd};
use tokio::runtime::{Builder, Runtime};

type Fields = HashMap<String, Value>;

/// A client that has sold and goes on.
pub(super) struct Selling {
    runtime: Runtime,
    shop: ClusterConnection,
    event: String,
    hold: Option<Fields>,
}

/// What is a refusal, and passes: the log does not answer, or this node does not know enough of it.
const PASSES: [&str; 4] = ["CLUSTERDOWN", "MASTERDOWN", "DEGRADED", "BUSY"];

/// Until there is an answer: the same words, with the same key. A refusal has a code of ours.
async fn patiently<T, F: Future<Output = RedisResult<T>>>(ask: impl Fn() -> F) -> T {
    loop {
        match ask().await {
            Ok(reply) => return reply,
            Err(error) => {
                let is_refused = error.detail().is_some_and(|detail| detail.starts_with("HF-"));
                let passes = error.code().is_some_and(|code| PASSES.contains(&code));
                assert!(!is_refused || passes, "{error}");
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

impl Selling {
    pub(super) fn start(at: &[SocketAddr], event: &str) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let urls = at.iter().map(|at| format!("redis://{at}/?protocol=resp3"));
        let client = ClusterClient::new(urls).unwrap();
        let shop = runtime.block_on(patiently(|| client.get_async_connection()));
        Self { runtime, shop, event: event.to_owned(), hold: None }
    }

    fn ask(&self, words: &[&str]) -> Fields {
        let asked = || async {
            let mut command = cmd(words[0]);
            command.arg(&words[1..]);
            command.query_async::<Fields>(&mut self.shop.clone()).await
        };
        self.runtime.block_on(patiently(asked))
    }

    fn hold(&self) -> Fields {
        self.ask(&["HOLD", &self.event, "k1", "ann", "600000", "SEATS", "A-1-1"])
    }

    pub(super) fn has_held(&mut self) {
        let hold = self.hold();
        // The crate takes the second word for the event, so this one may be sent to another node first.
        assert!(self.ask(&["EVENT", "INFO", &self.event]).contains_key("held"));
        self.hold = Some(hold);
    }

    pub(super) fn goes_on(&mut self) {
        let again = self.hold();
        assert_eq!(Some(&again), self.hold.as_ref(), "one key has one answer, whoever gives it");
        let Value::Int(hold) = again["hold"] else { panic!("{again:?}") };
        let order = self.ask(&["CONFIRM", &self.event, "k2", "order-1", &hold.to_string()]);
        assert!(order.contains_key("order"), "{order:?}");
    }
}
