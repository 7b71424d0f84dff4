//! holdfast net.
