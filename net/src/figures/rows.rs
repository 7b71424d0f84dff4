//! The rows of the front end's figures: its sections of `INFO`, and its metrics.

use holdfast_figures::{
    Figure, Section, Unit::Bytes, Unit::Micros, Unit::Number, Value, counter, gauge, histogram, told,
};

use super::FrontFigures;

type Row = Figure<FrontFigures>;

/// The sections of the front end, in the order of `INFO`.
pub static FRONT: [&Section<FrontFigures>; 6] = [&CLIENTS, &STATS, &NET, &ACCESS, &TRACING, &REPLIES];

/// A value that is always known.
macro_rules! of {
    (|$front:ident| $value:expr) => {
        |$front: &FrontFigures| Some(Value::from($value))
    };
    ($counter:ident) => {
        |front: &FrontFigures| Some(Value::from(front.counters.$counter))
    };
}

static CLIENTS: Section<FrontFigures> = Section {
    title: "Clients",
    rows: &[
        gauge("holdfast_connections", Number, "Connections at this moment", of!(connected_clients))
            .info("connected_clients"),
        gauge(
            "holdfast_connections_blocked",
            Number,
            "Connections at this moment that wait with a FEED",
            of!(blocked_clients),
        )
        .info("blocked_clients"),
        gauge(
            "holdfast_connections_max",
            Number,
            "How many connections there may be",
            of!(|front| front.connections_max),
        )
        .info("maxclients"),
        gauge(
            "holdfast_connections_waiting_bytes",
            Bytes,
            "Bytes that wait for clients at this moment",
            of!(|front| front.waiting),
        )
        .info("client_waiting_bytes"),
        gauge(
            "holdfast_connections_waiting_max_bytes",
            Bytes,
            "How many bytes may wait for clients",
            of!(|front| front.waiting_max),
        )
        .info("client_waiting_max"),
    ],
};

/// Under the names of Redis, whose tools read them; as metrics they stand further below.
static STATS: Section<FrontFigures> = Section {
    title: "Stats",
    rows: &[
        told("total_connections_received", of!(connections_accepted)),
        told("total_commands_processed", of!(commands)),
        told("instantaneous_ops_per_sec", of!(|front| front.rate)),
        told("total_net_input_bytes", of!(input_bytes)),
        told("total_net_output_bytes", of!(output_bytes)),
        told("rejected_connections", of!(connections_refused)),
        // Nothing ever is.
        told("evicted_keys", of!(|_front| 0_u64)),
    ],
};

const fn closed(reason: &'static str, read: fn(&FrontFigures) -> Option<Value>) -> Row {
    let help = "Connections that the server has closed, or whose client had gone, by reason";
    counter("holdfast_connections_closed_total", Number, help, read).label("reason", reason)
}

const fn turned_away(class: &'static str, read: fn(&FrontFigures) -> Option<Value>) -> Row {
    let help = "Commands that the front end has refused, by class";
    counter("holdfast_commands_refused_total", Number, help, read).label("class", class)
}

const fn login(outcome: &'static str, read: fn(&FrontFigures) -> Option<Value>) -> Row {
    counter("holdfast_logins_total", Number, "Logins by outcome", read).label("outcome", outcome)
}

const fn handshake(outcome: &'static str, read: fn(&FrontFigures) -> Option<Value>) -> Row {
    let help = "TLS handshakes by outcome";
    counter("holdfast_tls_handshakes_total", Number, help, read).label("outcome", outcome)
}

static NET: Section<FrontFigures> = Section {
    title: "Net",
    rows: &[
        counter(
            "holdfast_connections_accepted_total",
            Number,
            "Connections that were accepted",
            of!(connections_accepted),
        )
        .info("connections_accepted"),
        counter(
            "holdfast_connections_refused_total",
            Number,
            "Connections that were refused, as there were too many",
            of!(connections_refused),
        )
        .info("connections_refused"),
        closed("displaced", of!(connections_displaced)).info("connections_displaced"),
        counter(
            "holdfast_accept_failures_total",
            Number,
            "Connections that could not be accepted: descriptors or memory ran out",
            of!(accept_failures),
        )
        .info("accept_failures"),
        counter("holdfast_commands_total", Number, "Commands that were read, bad ones too", of!(commands))
            .info("commands"),
        turned_away("invalid", of!(commands_invalid)).info("commands_invalid"),
        turned_away("shed", of!(commands_shed)).info("commands_shed"),
        turned_away("moved", of!(commands_moved)).info("commands_moved"),
        counter(
            "holdfast_paced_total",
            Number,
            "How often a connection was not read for a while because of the budget of its token",
            of!(paced),
        )
        .info("paced"),
        counter(
            "holdfast_acts_refused_total",
            Number,
            "Acts of operators that were refused because their token has had those of an hour",
            of!(acts_refused),
        )
        .info("acts_refused"),
        login("succeeded", of!(logins)).info("logins"),
        login("failed", of!(logins_failed)).info("logins_failed"),
        closed("no_login", of!(logins_late)).info("logins_late"),
        turned_away("unauthenticated", of!(commands_unauthenticated)).info("commands_unauthenticated"),
        turned_away("denied", of!(commands_denied)).info("commands_denied"),
        handshake("succeeded", of!(tls_handshakes)).info("tls_handshakes"),
        handshake("failed", of!(tls_failures)).info("tls_failures"),
        closed("protocol", of!(protocol_errors)).info("protocol_errors"),
        closed("slow_command", of!(slow_commands)).info("slow_commands"),
        closed("slow_reader", of!(slow_readers)).info("slow_readers"),
        closed("outweighed", of!(connections_outweighed)).info("connections_outweighed"),
        closed("client_gone", of!(clients_gone)).info("clients_gone"),
        closed("idle", of!(idle_closed)).info("idle_closed"),
        counter(
            "holdfast_backpressure_total",
            Number,
            "How often a connection was not read because too much of it was in flight or unread",
            of!(backpressure),
        )
        .info("backpressure"),
        counter(
            "holdfast_received_bytes_total",
            Bytes,
            "Bytes that were read from clients",
            of!(input_bytes),
        )
        .info("input_bytes"),
        counter("holdfast_sent_bytes_total", Bytes, "Bytes that were written to clients", of!(output_bytes))
            .info("output_bytes"),
    ],
};

static ACCESS: Section<FrontFigures> = Section {
    title: "Access",
    rows: &[
        gauge(
            "holdfast_authentication",
            Number,
            "1 if clients log in with tokens",
            of!(|front| front.tokens.is_some()),
        )
        .info("authentication"),
        gauge("holdfast_tokens", Number, "How many tokens there are", of!(|front| front.tokens.unwrap_or(0)))
            .info("tokens"),
        gauge(
            "holdfast_tokens_ending",
            Number,
            "Those of them that end within 14 days",
            of!(|front| front.tokens_ending),
        )
        .info("tokens_ending"),
        gauge("holdfast_tls", Number, "1 if clients speak TLS", of!(|front| front.encrypted)).info("tls"),
        gauge(
            "holdfast_tls_certificate_ends",
            Number,
            "1 if the certificate in force is out of date, or will be within 14 days",
            of!(|front| front.certificate_ends),
        )
        .info("tls_certificate_ends"),
    ],
};

const fn untraced(reason: &'static str, read: fn(&FrontFigures) -> Option<Value>) -> Row {
    let help = "Traced commands of which no spans were sent, by reason: more than trace.max_per_second, no room in the queue, no collector took them";
    counter("holdfast_trace_dropped_total", Number, help, read).label("reason", reason)
}

/// Spans of commands, apart from what is logged.
static TRACING: Section<FrontFigures> = Section {
    title: "Tracing",
    rows: &[
        counter(
            "holdfast_trace_queued_total",
            Number,
            "Traced commands that were put into the queue of the thread that sends spans",
            of!(|front| front.traced.queued),
        )
        .info("trace_queued"),
        counter(
            "holdfast_trace_sent_total",
            Number,
            "Traced commands whose spans a collector took",
            of!(|front| front.traced.sent),
        )
        .info("trace_sent"),
        untraced("rate", of!(|front| front.traced.over_rate)).info("trace_dropped_rate"),
        untraced("queue", of!(|front| front.traced.queue_full)).info("trace_dropped_queue"),
        untraced("collector", of!(|front| front.traced.not_taken)).info("trace_dropped_collector"),
        counter(
            "holdfast_trace_failures_total",
            Number,
            "Attempts to send spans to a collector that failed",
            of!(|front| front.traced.failures),
        )
        .info("trace_failures"),
    ],
};

/// For metrics alone.
static REPLIES: Section<FrontFigures> = Section {
    title: "Replies",
    rows: &[
        counter(
            "holdfast_refusals_total",
            Number,
            "Replies that were refusals, by the kind and the code of the catalogue",
            |_| None,
        )
        .labels(&["kind", "code"], |front, samples| {
            front.refusals().for_each(|(kind, code, count)| samples.add(&[kind, code], count));
        }),
        counter(
            "holdfast_repeats_total",
            Number,
            "Replies that repeated the answer to an earlier command of the same key",
            of!(|front| front.repeats),
        ),
        histogram(
            "holdfast_command_seconds",
            Micros,
            "How long commands took, from their last byte read to their last byte written: those that came since the start",
            &["command"],
            |front: &FrontFigures, samples| {
                front.latencies().for_each(|(command, took)| samples.add(&[&command], took));
            },
        ),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Counters;

    /// Whoever adds a counter gives it a row.
    #[test]
    fn every_counter_has_a_line() {
        let lines: Vec<_> = [&CLIENTS, &NET].into_iter().flat_map(Section::lines).collect();
        let missing: Vec<_> = Counters::NAMES.iter().filter(|name| !lines.contains(name)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
