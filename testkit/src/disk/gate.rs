//! A disk that hangs: operations of a kind wait until a test lets them go on.

use std::collections::BTreeMap;

use parking_lot::{Condvar, Mutex};

use super::Operation;

/// The kinds that hang, and how many wait of each.
#[derive(Debug, Default)]
pub(super) struct Gate {
    hanging: Mutex<BTreeMap<Operation, usize>>,
    changed: Condvar,
}

impl Gate {
    pub(super) fn shut(&self, operation: Operation) {
        self.hanging.lock().entry(operation).or_default();
    }

    pub(super) fn open(&self, operation: Operation) {
        self.hanging.lock().remove(&operation);
        self.changed.notify_all();
    }

    /// Waits until operations of the kind go on.
    pub(super) fn pass(&self, operation: Operation) {
        let mut hanging = self.hanging.lock();
        if let Some(waiting) = hanging.get_mut(&operation) {
            *waiting += 1;
            self.changed.notify_all();
        }
        while hanging.contains_key(&operation) {
            self.changed.wait(&mut hanging);
        }
    }

    /// Whether an operation of the kind hangs.
    pub(super) fn holds_one(&self, operation: Operation) -> bool {
        self.hanging.lock().get(&operation).is_some_and(|waiting| *waiting > 0)
    }

    /// Waits until an operation of the kind hangs.
    pub(super) fn wait_for_one(&self, operation: Operation) {
        let mut hanging = self.hanging.lock();
        while hanging.get(&operation).is_none_or(|waiting| *waiting == 0) {
            self.changed.wait(&mut hanging);
        }
    }
}
