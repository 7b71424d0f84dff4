//! Texts of people, which are bounded.

/// As much of a text for operators as fits.
pub(crate) fn within(text: &str, bytes: usize) -> Box<str> {
    text[..text.floor_char_boundary(bytes)].into()
}
