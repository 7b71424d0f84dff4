//! What the front end tells of the rest of the server: sections of `INFO`, and the settings for `CONFIG GET`.

use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Instant;

use holdfast_engine::Engine;
use holdfast_net::InfoSource;
use holdfast_net::cluster::Guide;

use crate::figures::{Place, RUNNING, Running};
use crate::settings::{Count, Settings, Size};

/// Makes the sections from the table of figures. `port` is the real one, also if port 0 was asked for. The engine is held
/// weakly, as it must be free to end.
pub(crate) fn source(
    engine: &Arc<Engine>,
    settings: &Settings,
    port: u16,
    cluster: Option<Arc<dyn Guide>>,
) -> InfoSource {
    let engine: Weak<Engine> = Arc::downgrade(engine);
    let place =
        Place { started: Instant::now(), port, data: settings.data.display().to_string(), cluster: None };
    Arc::new(move |asked| {
        let Some(engine) = engine.upgrade() else { return String::new() };
        let all = matches!(asked, "default" | "all" | "everything");
        let cluster = cluster.as_ref().map(|cluster| cluster.view());
        let (running, mut text) =
            (Running::look(engine, Some(Place { cluster, ..place.clone() })), String::new());
        for section in RUNNING.iter().filter(|section| all || section.is_called(asked)) {
            section.write_info(&running, &mut text);
        }
        text
    })
}

/// What is in force, for `CONFIG GET`: the settings, with what was left to the machine, and the parameters of Redis that are
/// among them under another name.
pub(crate) fn settings(
    settings: &Settings,
    address: SocketAddr,
    connections: usize,
    memory: u64,
) -> Vec<(String, String)> {
    let mut settings = settings.clone();
    settings.listen = address;
    settings.threads = Count(settings.threads() as u64);
    settings.connections.max = Count(connections as u64);
    settings.memory.max = Some(Size(memory)).filter(|_| memory > 0);
    let timeout = holdfast_net::limits::IDLE_TIMEOUT.as_secs();
    let port = |encrypted: bool| if encrypted == settings.tls.cert.is_some() { address.port() } else { 0 };
    let of_redis = [
        ("bind", address.ip().to_string()),
        ("port", port(false).to_string()),
        ("tls-port", port(true).to_string()),
        ("dir", settings.data.display().to_string()),
        ("timeout", timeout.to_string()),
        ("maxclients", connections.to_string()),
        ("maxmemory", memory.to_string()),
        // Microseconds, as Redis has it.
        ("slowlog-log-slower-than", settings.slowlog.over.0.as_micros().to_string()),
        ("slowlog-max-len", settings.slowlog.entries.0.to_string()),
    ];
    let all = settings.written().into_iter().chain(of_redis);
    all.map(|(name, value)| (name.to_owned(), value)).collect()
}
