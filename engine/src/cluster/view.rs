//! What a node shows of itself to other threads.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::meter::Meter;
use super::outcome::Standing;

/// Written by the thread that drives the node.
#[derive(Debug)]
pub(super) struct View {
    standing: Mutex<Standing>,
    changed: Condvar,
    is_stopping: AtomicBool,
    pub(super) meter: Meter,
}

impl View {
    pub(super) fn new(node: &str) -> Self {
        Self {
            standing: Mutex::new(Standing::Joining),
            changed: Condvar::new(),
            is_stopping: AtomicBool::new(false),
            meter: Meter::new(node),
        }
    }

    pub(super) fn shows(&self, standing: Standing) {
        let mut shown = self.standing.lock();
        if *shown != standing {
            *shown = standing;
            self.changed.notify_all();
        }
    }

    pub(super) fn standing(&self) -> Standing {
        self.standing.lock().clone()
    }

    pub(super) fn wait(&self, patience: Duration, is_it: impl Fn(&Standing) -> bool) -> Option<Standing> {
        let until = Instant::now() + patience;
        let mut standing = self.standing.lock();
        while !is_it(&standing) {
            if self.changed.wait_until(&mut standing, until).timed_out() {
                return None;
            }
        }
        Some(standing.clone())
    }

    pub(super) fn stop(&self) {
        self.is_stopping.store(true, Ordering::Release);
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Acquire)
    }
}
