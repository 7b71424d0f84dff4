//! Vectors of runs that are over, for the next ones of their thread.
//!
//! When connections take turns between many events, each event has a run of its own in each round, and each run needs
//! vectors for its commands, its parts and its replies. From the allocator they cost more than a hold does.

use std::cell::RefCell;
use std::thread::LocalKey;

use crate::limits::{SPARE_PLACES_MAX, SPARE_VECTORS_MAX};

/// Empty vectors with memory.
pub(crate) type Spare<T> = RefCell<Vec<Vec<T>>>;

/// An empty vector: a spare one, if there is one.
pub(crate) fn take<T>(spare: &'static LocalKey<Spare<T>>) -> Vec<T> {
    // A thread that is ending has none any more.
    spare.try_with(|spare| spare.borrow_mut().pop()).ok().flatten().unwrap_or_default()
}

/// Keeps the vector for the next run, unless it is that of a long one, or there are enough. What is in it is dropped.
pub(crate) fn give<T>(spare: &'static LocalKey<Spare<T>>, mut vector: Vec<T>) {
    vector.clear();
    if (1..=SPARE_PLACES_MAX).contains(&vector.capacity()) {
        let _ = spare.try_with(|spare| {
            let mut spare = spare.borrow_mut();
            if spare.len() < SPARE_VECTORS_MAX {
                spare.push(vector);
            }
        });
    }
}

/// An empty vector for what comes after so many: a spare one, unless these were too many for one.
pub(crate) fn after<T>(count: usize, spare: &'static LocalKey<Spare<T>>) -> Vec<T> {
    if count > SPARE_PLACES_MAX { Vec::with_capacity(count) } else { take(spare) }
}

#[cfg(test)]
mod tests {
    use super::*;

    thread_local! {
        static SPARE: Spare<u8> = const { RefCell::new(Vec::new()) };
    }

    #[test]
    fn vectors_go_round_but_those_of_long_runs() {
        let mut vector = Vec::with_capacity(SPARE_PLACES_MAX);
        vector.push(7);
        let place = vector.as_ptr();
        give(&SPARE, vector);
        let again = after(1, &SPARE);
        assert!(again.is_empty() && again.as_ptr() == place);
        give(&SPARE, Vec::with_capacity(SPARE_PLACES_MAX + 1));
        give(&SPARE, Vec::new());
        assert_eq!(take(&SPARE).capacity(), 0, "neither was kept");
        assert_eq!(after(SPARE_PLACES_MAX + 1, &SPARE).capacity(), SPARE_PLACES_MAX + 1);
        (0..2 * SPARE_VECTORS_MAX).for_each(|_| give(&SPARE, Vec::with_capacity(1)));
        assert_eq!(SPARE.take().len(), SPARE_VECTORS_MAX);
    }
}
