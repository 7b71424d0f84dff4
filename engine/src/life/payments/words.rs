//! The words with which sales are paused and resumed: they stand in the log, and the next process reads them there.

use crate::breaker::{Tally, Who};
use crate::numbers::{At, EventId, Millis};
use crate::state::Name;

/// The operator that the server names for what it does about payments. Clients may not use it.
pub const BREAKER: &str = "$breaker";

/// Why a sale is paused again that was resumed.
pub(super) const WANTED: &str = "an operator wanted it paused when it was about to be resumed";

const BEFORE: &str = "payments of ";
const BEHIND: &str = " are disturbed: ";

/// Why a sale is paused.
pub(super) fn disturbed(who: &Who, why: Tally, window: Millis<u64>) -> Box<str> {
    let (failures, counted, window) = (why.failures(), why.counted(), window.0);
    let who = who.text();
    format!("{BEFORE}{who}{BEHIND}{failures} of {counted} failed or ran out within {window} ms").into()
}

/// Why it goes on.
pub(super) fn tried_again(who: &Who) -> Box<str> {
    format!("{BEFORE}{} are tried again", who.text()).into()
}

/// Whose payments are named as the reason of a pause.
pub(super) fn whose(reason: &str) -> Option<Who> {
    let (who, _) = reason.strip_prefix(BEFORE)?.split_once(BEHIND)?;
    Who::of_text(who)
}

/// The key of a step: repeated, it does nothing. Of one event, steps differ by the provider or the time of its disturbance.
pub(super) fn key(step: &str, who: &Who, event: EventId, since: At) -> String {
    // A key has no space. A name is not empty.
    let who = match who {
        Who::Nobody => "",
        Who::Other => "/",
        Who::Named(name) => name.as_str(),
    };
    format!("{BREAKER}/{step}/{who}/{}/{}", event.0, since.0)
}

/// The operator.
pub(super) fn operator() -> Option<Name> {
    Name::new(BREAKER.as_bytes())
}

/// Is it the server itself?
pub(super) fn is_breaker(operator: &Name) -> bool {
    operator.as_str() == BREAKER
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::KEY_BYTES_MAX;

    #[test]
    fn a_reason_names_its_provider_and_fits_whatever_that_is_called() {
        let longest = "x".repeat(64);
        let named = ["stripe", "are", "<img/src=x>", "disturbed:", "\"\\", &longest];
        let named = named.into_iter().map(|name| Who::Named(Name::new(name.as_bytes()).unwrap()));
        for who in named.chain([Who::Nobody, Who::Other]) {
            let reason = disturbed(&who, Tally::default(), Millis(u64::MAX));
            assert_eq!(whose(&reason), Some(who.clone()));
            assert!(reason.len() <= 256, "{reason}");
            assert_eq!(whose(&tried_again(&who)), None);
            let key = key("resume", &who, EventId(u32::MAX), At(u64::MAX));
            assert!(key.len() <= KEY_BYTES_MAX && !key.contains(' '), "{key}");
        }
        assert_eq!(whose("the stage is wet"), None);
    }
}
