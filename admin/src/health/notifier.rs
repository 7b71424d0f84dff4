//! How the channels are by which people outside are told.

use holdfast_engine::{Code, NoticeStats};

use super::parts::{Finding, Status, UP, finding};

/// So many tries in a row that failed are no accident any more.
const FAILURES_SHOWN: u64 = 3;

pub(super) fn of_channels(notices: &NoticeStats) -> Finding {
    let failing = notices.channels.iter().filter(|channel| channel.failures >= FAILURES_SHOWN);
    let failing: Vec<_> = failing.map(|channel| channel.name.to_string()).collect();
    let mut said = Vec::new();
    if !failing.is_empty() {
        said.push(format!("channels that take no messages: {}", failing.join(", ")));
    }
    if notices.dead > 0 {
        said.push(format!("messages that were given up: {}", notices.dead));
    }
    if said.is_empty() {
        return UP;
    }
    finding(Status::Degraded, Code::CHANNEL_FAILS, said.join("; "))
}

#[cfg(test)]
mod tests {
    use holdfast_engine::ChannelShown;

    use super::*;

    #[test]
    fn a_channel_that_goes_on_failing_and_dead_letters_are_told() {
        let channel =
            |name: &str, failures| ChannelShown { name: name.into(), failures, ..ChannelShown::default() };
        let channels = vec![channel("ops", FAILURES_SHOWN - 1), channel("mail", 0)];
        let mut notices = NoticeStats { channels, ..NoticeStats::default() };
        assert_eq!(of_channels(&notices), UP);
        notices.channels[1].failures = FAILURES_SHOWN;
        assert_eq!(of_channels(&notices).message, "channels that take no messages: mail");
        notices.dead = 2;
        let found = of_channels(&notices);
        assert_eq!((found.status, found.code), (Status::Degraded, Some(Code::CHANNEL_FAILS)));
        assert_eq!(found.message, "channels that take no messages: mail; messages that were given up: 2");
    }
}
