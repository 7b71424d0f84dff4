//! The thread that looks at the memory, more often the less is left.

use std::io;
use std::sync::Arc;

use holdfast_wal::Log;

use crate::catalogue::Code;
use crate::journal::memory::MemoryGauge;
use crate::life::watch::Watch;
use crate::pulse::Watched;

/// It does nothing but look: a small stack is enough, as stacks count against some limits.
const STACK_BYTES: usize = 128 * 1024;

/// The thread; there is none if the memory has no limit, or the system does not tell what is used.
pub(crate) struct MemoryWatch {
    running: Option<Watch>,
}

impl MemoryWatch {
    /// Looks at the memory once, and then again and again on the thread.
    pub(crate) fn start(gauge: Arc<MemoryGauge>, log: Log) -> io::Result<Self> {
        let Some(first) = gauge.look(log.appended()) else { return Ok(Self { running: None }) };
        let (mut again, mut was_short) = (first, false);
        let look = move || {
            again = gauge.look(log.appended()).unwrap_or(again);
            let (is_short, _) = gauge.is_short();
            if is_short != was_short {
                was_short = is_short;
                tell(&gauge, is_short);
            }
            again
        };
        Ok(Self { running: Some(Watch::start("memory", STACK_BYTES, first, look)?) })
    }

    pub(crate) fn watched(&self) -> Option<&Watched> {
        self.running.as_ref().map(Watch::watched)
    }

    pub(crate) fn stop(&mut self) {
        if let Some(watch) = self.running.take() {
            watch.stop();
        }
    }
}

fn tell(gauge: &MemoryGauge, is_short: bool) {
    let figures = gauge.stats();
    let (used, needs, max) = (figures.used, figures.snapshot_needs, figures.max);
    if is_short {
        tracing::warn!(
            code = %Code::MEMORY_LOW,
            used,
            needs,
            max,
            "memory is almost used up, with what the next snapshot needs: new holds are refused"
        );
    } else {
        tracing::info!(used, needs, max, "there is memory for new holds again");
    }
}
