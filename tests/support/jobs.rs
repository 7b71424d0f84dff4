//! Jobs of a server, from when they are asked for to their end.

use super::reply::Value;
use super::{Client, eventually};

/// Has a job done and waits for its end; what `JOB GET` says of it then.
pub fn done(client: &mut Client, line: &str) -> Value {
    let asked = Value::of(&client.bytes(line));
    let execution = asked.get("execution").unwrap_or_else(|| panic!("{line}: {asked:?}")).text().to_owned();
    let mut ended = None;
    eventually("the execution ends", || {
        let told = Value::of(&client.bytes(&format!("JOB GET {execution}")));
        let has_ended = !["READY", "RUNNING"].contains(&state(&told));
        ended = Some(told);
        has_ended
    });
    ended.unwrap()
}

/// The state of an execution.
pub fn state(told: &Value) -> &str {
    told.get("state").unwrap().text()
}
