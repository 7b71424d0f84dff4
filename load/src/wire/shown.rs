//! The bytes of a server in messages to people.

/// Bytes of an answer as they may stand in a message: on one line, and with what moves the cursor, turns the direction of
/// the text, or cannot be seen as `\u{...}`. A server may be anybody's.
pub(crate) fn shown(bytes: &[u8]) -> String {
    const SHOWN_MAX: usize = 300;
    let cut = if bytes.len() > SHOWN_MAX { " ..." } else { "" };
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(SHOWN_MAX)]).replace("\r\n", " ");
    let text = text.trim_end_matches(' ');
    // Quotes are as they look.
    let text = text.escape_debug().to_string().replace("\\\"", "\"").replace("\\'", "'");
    format!("{text}{cut}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_server_says_moves_the_cursor() {
        assert_eq!(shown(b"-ERR it's \"no\"\r\n+\xec\xa2\x8c\r\n"), "-ERR it's \"no\" +좌");
        let evil = "-ERR \u{1b}[2K\u{7}\r\u{202e}ok\u{200b}\u{2028}\r\n";
        assert_eq!(shown(evil.as_bytes()), r"-ERR \u{1b}[2K\u{7}\r\u{202e}ok\u{200b}\u{2028}");
        assert!(shown(&[b'x'; 301]).ends_with("xx ..."));
    }
}
