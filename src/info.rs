//! What the front end tells of the rest of the server: sections of `INFO`, and the settings for `CONFIG GET`.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Instant;

use holdfast_engine::{At, Engine, EngineStats, Millis, System, SystemStats};
use holdfast_net::InfoSource;

use crate::settings::{Count, Settings, Size};

/// Makes the sections from the engine's figures. `port` is the real one, also if port 0 was asked for. The engine is held
/// weakly, as it must be free to end.
pub(crate) fn source(engine: &Arc<Engine>, settings: &Settings, port: u16) -> InfoSource {
    let engine: Weak<Engine> = Arc::downgrade(engine);
    let started = Instant::now();
    let data = settings.data.display().to_string();
    Arc::new(move |section| {
        let Some(stats) = engine.upgrade().map(|engine| engine.stats()) else { return String::new() };
        let all = matches!(section, "default" | "all" | "everything");
        let mut text = String::new();
        if all || section == "server" {
            server(&mut text, &stats, started, port, &data);
        }
        if all || section == "persistence" {
            persistence(&mut text, &stats);
        }
        if all || section == "memory" {
            memory(&mut text, &stats);
        }
        if all || section == "feed" {
            feed(&mut text, &stats);
        }
        if all || section == "cpu" {
            cpu(&mut text);
        }
        if all || section == "recovery" {
            recovery(&mut text, &stats);
        }
        if all || section == "system" {
            system(&mut text, &stats.system);
        }
        if all || section == "replication" {
            replication(&mut text, &stats);
        }
        if all || section == "keyspace" {
            keyspace(&mut text, &stats);
        }
        text
    })
}

// Writing to a String cannot fail.
macro_rules! lines {
    ($text:expr, $title:literal, $($key:literal => $value:expr,)*) => {{
        if !$text.is_empty() {
            $text.push_str("\r\n");
        }
        let _ = write!($text, concat!("# ", $title, "\r\n"));
        $(let _ = write!($text, concat!($key, ":{}\r\n"), $value);)*
    }};
}

fn server(text: &mut String, stats: &EngineStats, started: Instant, port: u16, data: &str) {
    lines!(text, "Server",
        // Client libraries read this name to learn what server they talk to.
        "redis_version" => "7.0.0",
        "redis_mode" => "standalone",
        "os" => format_args!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        "arch_bits" => usize::BITS,
        "server_name" => "holdfast",
        "holdfast_version" => env!("CARGO_PKG_VERSION"),
        "process_id" => std::process::id(),
        "tcp_port" => port,
        "uptime_in_seconds" => started.elapsed().as_secs(),
        "uptime_in_days" => started.elapsed().as_secs() / (24 * 60 * 60),
        "threads" => stats.threads,
        "data_directory" => data,
        "data_directory_id" => &stats.directory_id,
        "events" => stats.events,
        "events_at_rest" => stats.at_rest,
        "events_out_of_service" => stats.out_of_service,
    );
}

fn persistence(text: &mut String, stats: &EngineStats) {
    let checkpoint = stats.checkpoint.as_ref();
    lines!(text, "Persistence",
        "loading" => 0,
        // Exporters of Redis know the log by this name.
        "aof_enabled" => 1,
        "rdb_changes_since_last_save" => checkpoint.map_or(stats.appended, |report| stats.appended.saturating_sub(report.lsn.0)),
        "lsn_appended" => stats.appended,
        "lsn_durable" => stats.durable,
        "log_records" => stats.log.records,
        "log_bytes" => stats.log.bytes,
        "log_written_bytes" => stats.log.written_bytes,
        "log_groups" => stats.log.groups,
        "log_segments" => stats.log.segments,
        "log_segments_failed" => stats.log.segments_failed,
        "log_disk_bytes" => stats.log.disk_bytes,
        "log_pending_bytes" => stats.pressure.pending_bytes,
        "sync_us_last" => stats.log.sync_us_last,
        "sync_us_max" => stats.log.sync_us_max,
        "sync_us_mean" => stats.log.sync_us_total.checked_div(stats.log.syncs).unwrap_or(0),
        "sync_us_probe" => stats.probe.map_or(0, |probe| probe.median.as_micros()),
        "disk_volatile" => u8::from(stats.probe.is_some_and(holdfast_engine::SyncProbe::looks_volatile)),
        "disk_free_bytes" => stats.log.free_bytes,
        "disk_low" => u8::from(stats.pressure.low_space),
        "disk_full" => u8::from(stats.pressure.out_of_space),
        "log_cannot_go_on" => u8::from(stats.pressure.no_segment),
        "disk_slow" => u8::from(stats.pressure.slow),
        "disk_stalled" => u8::from(stats.pressure.stalled),
        "snapshot_lsn" => checkpoint.map_or(0, |report| report.lsn.0),
        "snapshot_took_ms" => checkpoint.map_or(0, |report| report.took.as_millis() as u64),
        "snapshot_bytes" => checkpoint.map_or(0, |report| report.bytes),
        "snapshot_failures" => stats.checkpoint_failures,
        "snapshot_events_behind" => stats.behind,
    );
}

fn memory(text: &mut String, stats: &EngineStats) {
    let memory = &stats.memory;
    let known = memory.events
        + memory.snapshot
        + memory.reusable
        + stats.pressure.pending_bytes as u64
        + stats.feed.tail_bytes as u64;
    lines!(text, "Memory",
        "used_memory" => memory.used,
        "used_memory_rss" => memory.resident,
        "used_memory_peak" => memory.peak,
        "maxmemory" => memory.max,
        "maxmemory_policy" => "noeviction",
        "used_memory_events" => memory.events,
        "used_memory_log" => stats.pressure.pending_bytes,
        "used_memory_feeds" => stats.feed.tail_bytes,
        "used_memory_snapshot" => memory.snapshot,
        "used_memory_reusable" => memory.reusable,
        // Connections, the program itself, and what the allocator keeps.
        "used_memory_other" => memory.used.saturating_sub(known),
        "snapshot_needs_memory" => memory.snapshot_needs,
    );
}

fn feed(text: &mut String, stats: &EngineStats) {
    let feed = &stats.feed;
    lines!(text, "Feed",
        "feed_events_followed" => feed.tails,
        "feed_memory_bytes" => feed.tail_bytes,
        "feed_changes_followed" => feed.followed,
        "feed_messages" => feed.messages,
        "feed_subscribers_cut" => feed.subscribers_cut,
        "feed_log_reads" => feed.log_reads,
        "feed_log_read_changes" => feed.log_read_records,
        "feed_trimmed" => feed.trimmed,
        "feed_indexed_bytes" => feed.indexed_bytes,
        "feed_index_entries" => feed.index_entries,
        "feed_log_first_lsn" => feed.log_first,
        "feed_history_bytes" => stats.log.past_bytes,
        "feed_history_segments" => stats.log.past_segments,
        "feed_history_thinned" => stats.log.past_thinned,
    );
}

/// Client libraries and checks look here for whether the server may be written to.
fn replication(text: &mut String, stats: &EngineStats) {
    lines!(text, "Replication",
        "role" => "master",
        "connected_slaves" => 0,
        "master_repl_offset" => stats.durable,
    );
}

/// The tools of Redis count keys: here, events.
fn keyspace(text: &mut String, stats: &EngineStats) {
    lines!(text, "Keyspace",
        "db0" => format_args!("keys={},expires=0,avg_ttl=0", stats.events),
    );
}

/// Where the system does not tell, there is no section.
fn cpu(text: &mut String) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let Some([user, system]) = processor_seconds(&stat) else { return };
    lines!(text, "CPU",
        "used_cpu_sys" => format_args!("{system:.6}"),
        "used_cpu_user" => format_args!("{user:.6}"),
    );
}

/// Seconds of the processor in user mode and in the system, of a line of `/proc/self/stat`. The name of the program, in
/// brackets, may have spaces.
fn processor_seconds(stat: &str) -> Option<[f64; 2]> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let ticks = rustix::param::clock_ticks_per_second() as f64;
    let mut next = || Some(fields.next()?.parse::<u64>().ok()? as f64 / ticks);
    Some([next()?, next()?])
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

fn recovery(text: &mut String, stats: &EngineStats) {
    let recovery = &stats.recovery;
    lines!(text, "Recovery",
        "recovered_events" => recovery.events,
        "recovered_from_snapshot" => recovery.from_snapshot,
        "recovered_records" => recovery.records,
        "recovered_upto_lsn" => recovery.last_lsn.0,
        "recovery_took_ms" => recovery.took.as_millis() as u64,
        "recovery_alarms" => recovery.alarms.len(),
    );
}

/// What the system event knows of this process and of those before it; durations in milliseconds, times in Unix
/// milliseconds.
fn system(text: &mut String, stats: &SystemStats) {
    let of = |read: fn(&System) -> u64| stats.system.as_ref().map_or(0, read);
    let known = stats.system.as_ref();
    let outage = stats.last_outage();
    let clean = known.and_then(|system| system.run().after_stop);
    lines!(text, "System",
        "system_in_service" => u8::from(stats.in_service),
        "system_records" => of(System::version),
        "system_last_record_at" => of(|system| system.last_at().0),
        "last_start_at" => of(|system| system.run().started_at.0),
        "last_ready_at" => of(|system| system.run().ready_at.map_or(0, |At(at)| at)),
        "last_start_build" => known.map_or("", |system| &system.run().build),
        "last_stop_clean" => match clean {
            Some(true) => "yes",
            Some(false) => "no",
            None => "unknown",
        },
        "mode" => stats.condition.word(),
        "mode_since" => stats.condition_since.0,
        "last_outage_ms" => outage.map_or(0, |outage| outage.length().0),
        "last_outage_planned" => u8::from(outage.is_some_and(|outage| outage.planned)),
        "known_since" => of(|system| system.sums().since.0),
        "starts" => of(|system| system.sums().starts),
        "starts_without_a_stop" => of(|system| system.sums().incidents),
        "up_ms" => of(|system| system.sums().up.0),
        "down_planned_ms" => of(|system| system.sums().down_planned.0),
        "down_unplanned_ms" => of(|system| system.sums().down_unplanned.0),
        "degraded_ms" => of(|system| system.sums().in_mode.values().map(|Millis(ms)| ms).sum()),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_stat_is_read() {
        let ticks = rustix::param::clock_ticks_per_second();
        let line =
            format!("7 (hold) fast) S 1 7 7 0 -1 4194560 100 0 0 0 {} {} 0 0 20 0", 2 * ticks, 3 * ticks);
        assert_eq!(processor_seconds(&line), Some([2.0, 3.0]));
        for bad in ["", "7 (holdfast", "7 (holdfast) S 1", "7 (h) S 1 7 7 0 -1 4194560 100 0 0 0 x 1"] {
            assert_eq!(processor_seconds(bad), None, "{bad}");
        }
    }
}
