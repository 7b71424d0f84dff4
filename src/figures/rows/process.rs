//! Rows that there are before the events are back, too: what the process is, takes and does.

use holdfast_engine::Condition;
use holdfast_figures::{Section, Unit::Bytes, Unit::Number, Unit::Seconds, Value, counter, gauge, told};

use crate::figures::proc::{self, Process};
use crate::figures::running::Running;

/// What is known of the process at one moment.
pub(in crate::figures) struct Alive {
    pub(in crate::figures) process: Option<Process>,
    /// What it does or refuses, in one word.
    pub(in crate::figures) mode: &'static str,
    /// Records that the recovery has dealt out, and how many there are; `None` once the events are back.
    pub(in crate::figures) recovering: Option<(u64, u64)>,
}

/// Every word that the mode can be.
pub(in crate::figures) fn modes() -> impl Iterator<Item = &'static str> {
    Condition::all().map(Condition::word)
}

macro_rules! of_process {
    (|$process:ident| $value:expr) => {
        |alive: &Alive| {
            let $process = alive.process?;
            Some(Value::from($value))
        }
    };
}

pub(in crate::figures) static PROCESS: Section<Alive> = Section {
    title: "Process",
    rows: &[
        gauge("holdfast_build_info", Number, "1, with the version of holdfast", |_| None)
            .labels(&["version"], |_, samples| samples.add(&[env!("CARGO_PKG_VERSION")], 1_u64)),
        gauge(
            "holdfast_mode",
            Number,
            "1 for what the server does or refuses now, 0 for everything else that it could be",
            |_| None,
        )
        .labels(&["mode"], |alive, samples| {
            modes().for_each(|mode| samples.add(&[mode], mode == alive.mode));
        }),
        gauge(
            "holdfast_recovering_records",
            Number,
            "Records that the start has to replay, while it does: those that were dealt out, and all of them",
            |_| None,
        )
        .labels(&["of"], |alive, samples| {
            if let Some((done, all)) = alive.recovering {
                samples.add(&["done"], done);
                samples.add(&["all"], all);
            }
        }),
        counter(
            "process_cpu_seconds_total",
            Seconds,
            "Processor time of the process",
            of_process!(|process| process.user_seconds + process.system_seconds),
        ),
        gauge(
            "process_resident_memory_bytes",
            Bytes,
            "Memory of the process that is resident",
            of_process!(|process| process.resident_bytes),
        ),
        gauge(
            "process_virtual_memory_bytes",
            Bytes,
            "Virtual memory of the process",
            of_process!(|process| process.virtual_bytes),
        ),
        gauge(
            "process_open_fds",
            Number,
            "Open descriptors of the process",
            of_process!(|process| process.descriptors?),
        ),
        gauge(
            "process_max_fds",
            Number,
            "How many descriptors the process may open",
            of_process!(|process| process.descriptors_max?),
        ),
        gauge("process_threads", Number, "Threads of the process", of_process!(|process| process.threads)),
        gauge(
            "process_start_time_seconds",
            Seconds,
            "When the process began, Unix time",
            of_process!(|process| process.started_at?),
        ),
    ],
};

/// Where the system does not tell, there is no section.
pub(super) static CPU: Section<Running> = Section {
    title: "CPU",
    rows: &[
        told("used_cpu_sys", |_: &Running| Some(proc::times()?.system_seconds.into())),
        told("used_cpu_user", |_: &Running| Some(proc::times()?.user_seconds.into())),
    ],
};
