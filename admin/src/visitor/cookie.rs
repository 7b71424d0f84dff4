//! The cookie of a session.

use axum::http::{HeaderMap, header};

/// The name of the cookie: browsers give a cookie to every port of a machine, so the port stands in it. With TLS the browser
/// sees to it that no other host has set it.
pub(crate) fn name(port: u16, encrypted: bool) -> String {
    if encrypted { format!("__Host-holdfast-{port}") } else { format!("holdfast-{port}") }
}

/// The value of the cookie of this name.
pub(crate) fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "a=b; holdfast-74=no;holdfast-7412=yes".parse().unwrap());
        headers.append(header::COOKIE, "holdfast-7413=other; holdfast-7412=late".parse().unwrap());
        assert_eq!(value(&headers, "holdfast-7412"), Some("yes"));
        assert_eq!(value(&headers, "holdfast-7413"), Some("other"));
        assert_eq!(value(&headers, "holdfast"), None);
    }
}
