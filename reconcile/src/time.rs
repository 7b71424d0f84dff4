//! Times as providers write them, each with a zone: its own, that of a column, or that of the profile.

use std::time::UNIX_EPOCH;

use holdfast_engine::At;

/// A zone is so many minutes ahead of UTC: `Z`, `+09:00`, `-0330`.
pub(crate) fn zone(text: &str) -> Option<i64> {
    if matches!(text, "Z" | "z" | "UTC" | "GMT") {
        return Some(0);
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = text[1..].chars().filter(|letter| *letter != ':').collect();
    let is_whole = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let (hours, minutes) = digits.split_at_checked(2).filter(|_| is_whole)?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 15 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

/// A time: `2026-11-01`, `20261101`, `2026-11-01 18:30:00`, `2026-11-01T18:30:00.5+09:00`. A day is its beginning. `minutes` is the zone of
/// one that says none.
pub(crate) fn time(text: &str, minutes: i64) -> Option<At> {
    let days = "2026-11-01".len();
    let (local, minutes) = match text.get(days..).and_then(|clock| clock.find(['Z', 'z', '+', '-'])) {
        Some(at) => (&text[..days + at], zone(&text[days + at..])?),
        None => (text, minutes),
    };
    let whole = match local.len() {
        8 if local.is_ascii() => format!("{}-{}-{}T00:00:00", &local[..4], &local[4..6], &local[6..]),
        10 => format!("{local}T00:00:00"),
        _ => local.to_owned(),
    };
    let there = humantime::parse_rfc3339_weak(&whole).ok()?;
    let there = i64::try_from(there.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()?;
    u64::try_from(there - minutes * 60_000).ok().map(At)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_the_same_instant_in_every_zone() {
        let at = Some(At(1_793_525_400_000));
        for (text, minutes) in [
            ("2026-11-01T09:30:00Z", 540),
            ("2026-11-01T18:30:00+09:00", 0),
            ("2026-11-01T05:30:00-0400", 0),
            ("2026-11-01 09:30:00", 0),
            ("2026-11-01 18:30:00", 540),
            ("2026-11-01T18:30:00.000", 540),
        ] {
            assert_eq!(time(text, minutes), at, "{text}");
        }
        assert_eq!(time("2026-11-01", 540), time("2026-10-31T15:00:00Z", 0));
        assert_eq!(time("20261101", 0), time("2026-11-01", 0));
        for text in
            ["", "yesterday", "2026-13-01", "2026-11-01T25:00:00Z", "2026-11-01T18:30:00+9", "1793525400"]
        {
            assert_eq!(time(text, 0), None, "{text}");
        }
        assert_eq!((zone("+09:00"), zone("-0330"), zone("UTC")), (Some(540), Some(-210), Some(0)));
        assert_eq!((zone("CET"), zone("+9"), zone("+15:00")), (None, None, None));
    }
}
