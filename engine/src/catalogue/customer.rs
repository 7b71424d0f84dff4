//! What a customer may read of a refusal.
//!
//! The message of a reply is for developers and operators: it names keys, limits and states. These texts name nothing
//! of the kind, promise nothing about money that the refusal does not prove, and say what to do next. A front end shows
//! them as they are, or writes better ones of its own.

use super::{Code, Entry, Kind};

/// A text for customers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CustomerText {
    /// In English.
    pub english: &'static str,
    /// In Korean.
    pub korean: &'static str,
}

const fn told(english: &'static str, korean: &'static str) -> CustomerText {
    CustomerText { english, korean }
}

/// Nothing that the customer did is at fault, and nothing that is said here would help.
const OURS: CustomerText = told(
    "Something went wrong on our side. Please reload the page and try again.",
    "저희 쪽에 문제가 생겼습니다. 페이지를 새로 고친 뒤 다시 시도해 주세요.",
);
const DISTURBED: CustomerText = told(
    "Booking is disturbed at the moment. Seats that you have stay yours until their time is over. Please try again in a few minutes.",
    "지금 예매가 원활하지 않습니다. 이미 잡은 좌석은 시간이 끝날 때까지 그대로입니다. 몇 분 뒤에 다시 시도해 주세요.",
);
const CROWDED: CustomerText = told(
    "Many people are booking right now. Please wait a moment and try again.",
    "지금 예매하는 분이 많습니다. 잠시 기다린 뒤 다시 시도해 주세요.",
);
const TIME_OVER: CustomerText = told(
    "Your time for these seats is over. Please choose your seats again.",
    "좌석을 잡아 둔 시간이 끝났습니다. 좌석을 다시 골라 주세요.",
);
const NO_MORE_TIME: CustomerText = told(
    "The time for these seats cannot be extended any more. Please finish your booking.",
    "좌석 시간을 더 늘릴 수 없습니다. 예매를 마쳐 주세요.",
);
const NO_SUCH_BOOKING: CustomerText = told(
    "We cannot find this booking, or it was cancelled already.",
    "예매를 찾을 수 없거나 이미 취소되었습니다.",
);
const PAYMENT_RUNNING: CustomerText = told(
    "Your payment is being processed. Please do not pay again; look at your bookings in a few minutes.",
    "결제가 처리되고 있습니다. 다시 결제하지 말고 몇 분 뒤 예매 내역을 확인해 주세요.",
);
const PAYMENT_UNCLEAR: CustomerText = told(
    "We are checking your payment. Please do not pay again, and contact us if your booking does not appear.",
    "결제를 확인하고 있습니다. 다시 결제하지 마시고, 예매 내역에 나타나지 않으면 문의해 주세요.",
);

/// What is told for a kind, where the code says nothing more.
const fn of_kind(kind: Kind) -> CustomerText {
    match kind {
        Kind::Taken => told(
            "Somebody else was quicker: these seats are not free any more. Please choose other seats.",
            "다른 분이 먼저 선택한 좌석입니다. 다른 좌석을 골라 주세요.",
        ),
        Kind::Orphan => told(
            "Your choice would leave a single seat free. Please choose the seats beside it.",
            "한 자리만 남게 되는 선택입니다. 바로 옆 좌석으로 골라 주세요.",
        ),
        Kind::Gone => TIME_OVER,
        Kind::Limit => told(
            "This is more than can be booked for this event.",
            "이 상품에서 예매할 수 있는 한도를 넘었습니다.",
        ),
        Kind::Closed => told("This event is not on sale now.", "지금은 판매하지 않는 상품입니다."),
        Kind::State => told(
            "This is not possible now. Please reload the page to see your booking as it is.",
            "지금은 할 수 없습니다. 페이지를 새로 고쳐 예매 상태를 확인해 주세요.",
        ),
        Kind::Exists => told(
            "This booking was made already. Please look at your bookings.",
            "이미 처리된 예매입니다. 예매 내역을 확인해 주세요.",
        ),
        Kind::Early => PAYMENT_RUNNING,
        Kind::NoEvent => told("We cannot find this event.", "상품을 찾을 수 없습니다."),
        Kind::NoSeat => told(
            "The seat map has changed. Please reload the page and choose your seats again.",
            "좌석 배치도가 바뀌었습니다. 페이지를 새로 고친 뒤 좌석을 다시 골라 주세요.",
        ),
        Kind::Busy => CROWDED,
        Kind::Degraded => DISTURBED,
        Kind::KeyReused
        | Kind::Trimmed
        | Kind::Invalid
        | Kind::Denied
        | Kind::NoAuth
        | Kind::Proto
        | Kind::CrossSlot
        | Kind::ExecAbort
        | Kind::Approval
        | Kind::NoGroup
        | Kind::BusyGroup => OURS,
        Kind::ClusterDown | Kind::ReadOnly | Kind::MasterDown => DISTURBED,
        Kind::Timeout => OURS,
    }
}

/// Codes of which more can be told than of their kind.
const OF_CODES: &[(Code, CustomerText)] = &[
    (
        Code::PLACES_TAKEN,
        told(
            "There are not so many places left here. Please choose fewer places or another area.",
            "남은 자리가 모자랍니다. 수를 줄이거나 다른 구역을 골라 주세요.",
        ),
    ),
    (
        Code::NOT_ENOUGH_SEATS,
        told(
            "So many seats are not left side by side. Please choose fewer seats or another section.",
            "나란히 붙은 좌석이 그만큼 남아 있지 않습니다. 수를 줄이거나 다른 구역을 골라 주세요.",
        ),
    ),
    (Code::ORDER_GONE, NO_SUCH_BOOKING),
    (Code::NOT_IN_ORDER, NO_SUCH_BOOKING),
    (Code::PAYMENT_GONE, PAYMENT_UNCLEAR),
    (
        Code::SEATS_PER_HOLD,
        told(
            "You have chosen more seats than can be booked at once.",
            "한 번에 예매할 수 있는 좌석 수를 넘었습니다.",
        ),
    ),
    (
        Code::SEATS_PER_HOLDER,
        told(
            "You have chosen more seats than one person can book for this event.",
            "한 분이 예매할 수 있는 좌석 수를 넘었습니다.",
        ),
    ),
    (Code::EXTENDS, NO_MORE_TIME),
    (Code::TTL_OVER_MAX, NO_MORE_TIME),
    (Code::HOLD_TOTAL, NO_MORE_TIME),
    (
        Code::PAYMENT_RETRIES,
        told(
            "The payment cannot be tried again. If money was taken, your booking appears within a few minutes.",
            "결제를 더 시도할 수 없습니다. 결제되었다면 몇 분 안에 예매 내역에 나타납니다.",
        ),
    ),
    (
        Code::EVENT_PAUSED,
        told(
            "The sale takes a short break. Seats that you have stay yours until their time is over.",
            "판매를 잠시 멈췄습니다. 이미 잡은 좌석은 시간이 끝날 때까지 그대로입니다.",
        ),
    ),
    (Code::EVENT_NOT_OPEN, told("The sale has not started yet.", "아직 판매를 시작하지 않았습니다.")),
    (Code::EVENT_CLOSED, told("The sale of this event is over.", "판매가 끝난 상품입니다.")),
    (
        Code::PART_OF_GROUP,
        told(
            "This seat is sold only together with the seats beside it. Please choose all of them.",
            "옆 좌석과 함께만 판매하는 좌석입니다. 모두 함께 골라 주세요.",
        ),
    ),
    (Code::HOLD_IN_PAYMENT, PAYMENT_RUNNING),
    (Code::PAYMENT_STATE, PAYMENT_UNCLEAR),
    (Code::REFUND_SUM, PAYMENT_UNCLEAR),
    (Code::NO_AMOUNT, PAYMENT_UNCLEAR),
    (Code::STILL_TAKEN, OURS),
    (Code::NO_EXECUTION, OURS),
    (Code::NO_CHANNEL, OURS),
    (Code::NO_LETTER, OURS),
    (Code::TOO_MANY_GROUPS, OURS),
    (Code::GROUP_IS_PLAIN, OURS),
    (Code::NO_RESULTS, OURS),
    (Code::NOT_AWAITED, OURS),
    (Code::APPROVAL_STALE, OURS),
    (Code::ARCHIVE_EARLY, OURS),
    (Code::EVENT_EXISTS, OURS),
];

impl Entry {
    /// What a customer may read; `None` for codes that no reply carries, as no customer meets them.
    #[must_use]
    pub fn told(&self) -> Option<CustomerText> {
        let kind = self.kind?;
        let own = OF_CODES.iter().find(|(code, _)| *code == self.code);
        Some(own.map_or_else(|| of_kind(kind), |(_, told)| *told))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::catalogue::CATALOGUE;

    /// What only people who run or build a shop understand.
    const JARGON: [&str; 9] =
        ["key", "token", "hold", "command", "server", "HF-", "operator", "GET ", "EVENT "];

    #[test]
    fn a_customer_reads_plain_words_in_both_languages() {
        for entry in CATALOGUE {
            let Some(told) = entry.told() else {
                assert!(entry.kind.is_none(), "{}", entry.code);
                continue;
            };
            assert!(!JARGON.iter().any(|word| told.english.contains(word)), "{}: {told:?}", entry.code);
            assert!(!told.korean.contains("HF-") && told.korean.contains(['니', '요']), "{}", entry.code);
        }
    }

    #[test]
    fn the_codes_with_words_of_their_own_are_codes_of_replies() {
        let codes: BTreeSet<_> = OF_CODES.iter().map(|(code, _)| code.text()).collect();
        assert_eq!(codes.len(), OF_CODES.len(), "no code stands twice");
        for (code, _) in OF_CODES {
            assert!(CATALOGUE[code.place()].kind.is_some(), "{code}: no customer meets it");
        }
    }
}
