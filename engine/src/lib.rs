//! holdfast engine.
