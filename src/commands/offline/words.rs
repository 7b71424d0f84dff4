//! The words of the page and of the lines, in each language.

use crate::flags::Language;

/// Words around what is the event's.
pub(super) struct Words {
    pub(super) title: &'static str,
    pub(super) section: &'static str,
    pub(super) row: &'static str,
    pub(super) statuses: [&'static str; 4],
    pub(super) free_seats: &'static str,
    pub(super) orders: &'static str,
    pub(super) order: &'static str,
    pub(super) holder: &'static str,
    pub(super) seats: &'static str,
    pub(super) note: &'static str,
    pub(super) form: &'static str,
    pub(super) rule: &'static str,
    pub(super) moved: &'static str,
    /// A line that can be entered, was entered, and was before.
    pub(super) fits: &'static str,
    pub(super) entered: &'static str,
    pub(super) was_there: &'static str,
    pub(super) conflict: &'static str,
    pub(super) line: &'static str,
    pub(super) not_sent: &'static str,
}

pub(super) const fn of(language: Language) -> &'static Words {
    match language {
        Language::En => &ENGLISH,
        Language::Ko => &KOREAN,
    }
}

const ENGLISH: Words = Words {
    title: "Sale by hand",
    section: "section",
    row: "row",
    statuses: ["free", "held", "sold", "blocked"],
    free_seats: "Free seats: cross out what you sell",
    orders: "Orders",
    order: "order",
    holder: "holder",
    seats: "seats",
    note: "note",
    form: "Sold by hand: one line for each sale",
    rule: "Sell only what is free here, and each seat at one desk. Write down seats, time, amount and who sold.",
    moved: "note: the event went on while it was read: seats and orders are of neighbouring versions. Pause the sale, and make the sheet again.",
    fits: "can be entered",
    entered: "entered",
    was_there: "was entered before",
    conflict: "CONFLICT",
    line: "line",
    not_sent: "Nothing was sent: --go enters them.",
};

const KOREAN: Words = Words {
    title: "수기 판매",
    section: "구역",
    row: "열",
    statuses: ["판매 가능", "선점", "판매됨", "차단"],
    free_seats: "판매 가능한 좌석: 판 좌석은 지우세요",
    orders: "주문",
    order: "주문",
    holder: "소유자",
    seats: "좌석",
    note: "메모",
    form: "수기 판매 기록: 판매마다 한 줄",
    rule: "여기서 판매 가능한 좌석만, 좌석마다 한 창구에서만 파세요. 좌석, 시각, 금액, 판매자를 적으세요.",
    moved: "알림: 읽는 동안 이벤트가 바뀌어 좌석과 주문의 버전이 조금 다릅니다. 판매를 멈추고 다시 만드세요.",
    fits: "입력할 수 있음",
    entered: "입력함",
    was_there: "이미 입력되어 있음",
    conflict: "충돌",
    line: "줄",
    not_sent: "아무것도 보내지 않았습니다. --go로 입력합니다.",
};
