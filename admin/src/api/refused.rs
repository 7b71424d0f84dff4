//! Refusals of the protocol as statuses of HTTP. What was refused, and why, is the same as at the other door.

use axum::http::StatusCode;
use holdfast_engine::{Code, Kind, explain};
use holdfast_net::inside::{Lost, NoConnection};

use crate::refusal::Refusal;

/// The status of a refusal of this kind.
pub(crate) fn status(kind: Kind, code: Code) -> StatusCode {
    match kind {
        Kind::Taken
        | Kind::Orphan
        | Kind::Gone
        | Kind::Limit
        | Kind::Closed
        | Kind::State
        | Kind::Exists
        | Kind::Early
        | Kind::KeyReused
        | Kind::CrossSlot
        | Kind::ExecAbort
        | Kind::BusyGroup
        | Kind::Approval => StatusCode::CONFLICT,
        Kind::NoGroup | Kind::NoEvent | Kind::NoSeat => StatusCode::NOT_FOUND,
        Kind::Trimmed => StatusCode::GONE,
        Kind::Invalid => StatusCode::BAD_REQUEST,
        Kind::Denied => StatusCode::FORBIDDEN,
        Kind::NoAuth => StatusCode::UNAUTHORIZED,
        Kind::Busy if code == Code::BUDGET => StatusCode::TOO_MANY_REQUESTS,
        Kind::Timeout => StatusCode::GATEWAY_TIMEOUT,
        Kind::ReadOnly => StatusCode::MISDIRECTED_REQUEST,
        Kind::Busy | Kind::ClusterDown | Kind::MasterDown => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Proto => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::Degraded => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// A refusal as it stands in a reply: `KIND CODE message`.
pub(crate) fn told(line: &[u8]) -> Refusal {
    let line = String::from_utf8_lossy(line);
    let mut parts = line.splitn(3, ' ');
    let (_, code, message) =
        (parts.next(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    match explain(code).and_then(|entry| Some((entry.kind?, entry.code))) {
        Some((kind, code)) => {
            let refusal = Refusal::new(status(kind, code), kind.word(), Some(code), message);
            let is_soon = matches!(kind, Kind::Busy | Kind::ClusterDown | Kind::MasterDown);
            if is_soon { refusal.retry_after(seconds(message)) } else { refusal }
        }
        None => defect(),
    }
}

/// The time that the message names, in whole seconds; one if it names none.
fn seconds(message: &str) -> u32 {
    let named = message.rsplit_once("retry after ").and_then(|(_, time)| time.strip_suffix(" ms"));
    named.and_then(|time| time.parse::<u32>().ok()).map_or(1, |ms| ms.div_ceil(1_000).max(1))
}

/// The headers name no place in a trace.
pub(crate) fn bad_trace(message: String) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, Code::BAD_TRACE.kind().word(), Some(Code::BAD_TRACE), message)
}

/// There is no connection to the server within.
pub(crate) fn unconnected(why: NoConnection) -> Refusal {
    match why {
        NoConnection::Stopping => stopping(),
        NoConnection::Full => Refusal::busy(why.to_string()),
    }
}

/// The server does not answer commands: it stops.
pub(crate) fn stopping() -> Refusal {
    let message = "the server is stopping: send the command again, with the same key";
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, Kind::Busy.word(), Some(Code::SHUTTING_DOWN), message)
        .retry_after(1)
}

/// The server does not answer commands yet: it brings its events back.
pub(crate) fn recovering() -> Refusal {
    Refusal::busy("the server brings its events back: /readyz tells how far it is").retry_after(1)
}

/// The connection has ended before the reply.
pub(crate) fn lost(why: Lost) -> Refusal {
    match why {
        Lost::Closed => stopping(),
        Lost::Behind => Refusal::busy(why.to_string()),
        Lost::TooLarge => {
            let message = format!("{why}: ask for less at once");
            Refusal::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                Kind::Proto.word(),
                Some(Code::TOO_LARGE),
                message,
            )
        }
        Lost::Unreadable => defect(),
    }
}

/// The reply did not come in time.
pub(crate) fn late() -> Refusal {
    let message =
        "there was no answer in time; a write may have been carried out: send it again, with the same key";
    Refusal::busy(message).retry_after(1)
}

pub(crate) fn defect() -> Refusal {
    let message = "the reply cannot be read";
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, Kind::Degraded.word(), Some(Code::DEFECT), message)
}

/// The request cannot be used.
pub(crate) fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, Kind::Invalid.word(), Some(Code::SYNTAX), message)
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse as _;
    use holdfast_engine::CATALOGUE;

    use super::*;

    #[test]
    fn each_refusal_of_the_catalogue_has_its_status() {
        let of = |line: &str| {
            let response = told(line.as_bytes()).into_response();
            let after = response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
            (response.status().as_u16(), after)
        };
        for (line, status, after) in [
            ("TAKEN HF-BIZ-001 A-1-1 held", 409, None),
            ("KEYREUSED HF-INP-010 x", 409, None),
            ("NOEVENT HF-INP-020 x", 404, None),
            ("TRIMMED HF-INP-040 version 1 is not kept", 410, None),
            ("INVALID HF-INP-001 x", 400, None),
            ("NOAUTH HF-INP-060 x", 401, None),
            ("DENIED HF-INP-062 x", 403, None),
            ("BUSY HF-SYS-001 overloaded, retry after 100 ms", 503, Some("1")),
            ("BUSY HF-SYS-003 the server is stopping; retry after 2500 ms", 503, Some("3")),
            ("BUSY HF-SYS-028 the token has used up holds, retry after 1000 ms", 429, Some("1")),
            ("DEGRADED HF-SYS-010 x", 500, None),
            ("NONSENSE", 500, None),
            ("", 500, None),
        ] {
            assert_eq!(of(line), (status, after.map(str::to_owned)), "{line}");
        }
        for entry in CATALOGUE {
            if let Some(kind) = entry.kind {
                let (status, after) = of(&format!("{} {} x", kind.word(), entry.code));
                assert!((400..=504).contains(&status), "{}", entry.code);
                assert_eq!(after.is_some(), matches!(status, 429 | 503), "{}", entry.code);
            }
        }
    }
}
