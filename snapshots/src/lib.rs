//! holdfast snapshots.
