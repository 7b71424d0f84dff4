//! The bytes of a server in messages to people.

/// Bytes of an answer as they may stand in a message.
pub(crate) fn shown(bytes: &[u8]) -> String {
    const SHOWN_MAX: usize = 300;
    let cut = if bytes.len() > SHOWN_MAX { " ..." } else { "" };
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(SHOWN_MAX)]);
    format!("{}{cut}", text.trim_end().replace("\r\n", " "))
}
