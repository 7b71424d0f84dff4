//! Whether a request comes from a page of ours. A browser adds the cookie of a session to whatever another page makes it ask,
//! and it sends what is asked of a port of this machine.

use axum::http::{HeaderMap, header};

/// What the browser says of the page that asks: ours, nobody's, or somebody else's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Origin {
    /// It says so.
    Ours,
    /// The user has typed the address, or no browser asks.
    Unsaid,
    /// It says so.
    Foreign,
}

impl Origin {
    /// Of a request that has arrived under a name that is ours.
    pub(crate) fn of(headers: &HeaderMap, encrypted: bool) -> Self {
        if let Some(site) = headers.get("sec-fetch-site") {
            return match site.as_bytes() {
                b"same-origin" => Self::Ours,
                b"none" => Self::Unsaid,
                _ => Self::Foreign,
            };
        }
        let Some(origin) = headers.get(header::ORIGIN) else { return Self::Unsaid };
        let scheme: &[u8] = if encrypted { b"https://" } else { b"http://" };
        let host = headers.get(header::HOST).map_or(&b""[..], |host| host.as_bytes());
        let named = origin.as_bytes().strip_prefix(scheme);
        if named.is_some_and(|named| named.eq_ignore_ascii_case(host)) { Self::Ours } else { Self::Foreign }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_is_told_by_the_browser() {
        for (headers, encrypted, expected) in [
            (&[][..], false, Origin::Unsaid),
            (&[("sec-fetch-site", "same-origin")], false, Origin::Ours),
            (&[("sec-fetch-site", "same-origin"), ("origin", "http://evil")], false, Origin::Ours),
            (&[("sec-fetch-site", "none")], false, Origin::Unsaid),
            (&[("sec-fetch-site", "same-site"), ("origin", "http://here:7412")], false, Origin::Foreign),
            (&[("sec-fetch-site", "cross-site")], false, Origin::Foreign),
            (&[("origin", "http://here:7412")], false, Origin::Ours),
            (&[("origin", "http://HERE:7412")], false, Origin::Ours),
            (&[("origin", "https://here:7412")], false, Origin::Foreign),
            (&[("origin", "https://here:7412")], true, Origin::Ours),
            (&[("origin", "http://here:7413")], false, Origin::Foreign),
            (&[("origin", "http://here")], false, Origin::Foreign),
            (&[("origin", "null")], false, Origin::Foreign),
        ] {
            let mut map = HeaderMap::new();
            map.insert("host", "here:7412".parse().unwrap());
            headers.iter().for_each(|(name, value)| {
                map.insert(*name, value.parse().unwrap());
            });
            assert_eq!(Origin::of(&map, encrypted), expected, "{headers:?} {encrypted}");
        }
    }
}
