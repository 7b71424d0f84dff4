//! The codes of reconciliation, in Korean.

use super::Korean;
use crate::catalogue::Code;

/// In the order of the catalogue.
pub(super) const TEXTS: &[Korean] = &[
    Korean {
        code: Code::UNREADABLE_LINE,
        title: "결제사 파일의 줄을 읽을 수 없음",
        cause: "줄이 잘렸거나 UTF-8이 아니거나, 금액·통화·시각·종류·부호가 프로필에 맞지 않습니다. 이 줄 없이는 합계가 온전해 보일 뿐이므로 아무것도 대조하지 않았습니다.",
        remedy: "메시지에 파일과 줄이 있습니다. 결제사에서 파일을 다시 받으십시오. 결제사가 원래 그렇게 만든다면 프로필을 고치십시오.",
    },
    Korean {
        code: Code::WRONG_COLUMNS,
        title: "결제사 파일에 프로필의 열이 없음",
        cause: "프로필이 가리키는 열이나 필드가 없거나 두 번 있거나 파일이 비었습니다. 다른 보고서이거나 다른 결제사의 파일입니다. 아무것도 대조하지 않았습니다.",
        remedy: "--profile에 이 보고서의 프로필을 주거나 직접 쓰십시오. 열은 docs/reconciliation.md에 있습니다.",
    },
    Korean {
        code: Code::LINE_CONTRADICTS,
        title: "이름이 같은 두 줄의 내용이 다름",
        cause: "결제사는 돈의 움직임마다 고유한 이름을 줍니다. 파일에 같은 이름이 다른 금액, 키, 종류, 시각으로 두 번 있습니다. 아무것도 대조하지 않았습니다.",
        remedy: "어느 줄이 맞는지 결제사에 물으십시오. 서로 다른 움직임이라면 프로필의 columns.id에 열을 더 넣으십시오.",
    },
    Korean {
        code: Code::KEY_AMBIGUOUS,
        title: "두 결제의 키가 같음",
        cause: "결제사의 줄을 찾는 키는 이벤트, 결제, 참조로 만드는데 두 결제의 키가 같습니다. 아무것도 대조하지 않았습니다.",
        remedy: "--key에 모든 결제를 구별하는, 가맹점 참조를 만든 방식 그대로의 틀을 주십시오.",
    },
    Korean {
        code: Code::BAD_PROFILE,
        title: "프로필을 쓸 수 없음",
        cause: "프로필이 TOML이 아니거나, 빠진 것이 있거나, 모르는 이름이나 값이 있습니다.",
        remedy: "메시지가 가리키는 것을 고치십시오. 프로필의 내용은 docs/reconciliation.md에 있습니다.",
    },
    Korean {
        code: Code::SUMS_OPEN,
        title: "대조의 합계가 맞지 않음",
        cause: "읽은 것과 판정한 것이 통화별로 같지 않습니다. holdfast의 결함이며 이 실행의 어떤 것도 믿을 수 없습니다.",
        remedy: "파일과 디렉터리를 그대로 두고 메시지를 알려 주십시오.",
    },
    Korean {
        code: Code::PAID_NO_SEAT,
        title: "좌석 없는 돈",
        cause: "여기서는 실패했거나 기한이 지난 결제의 돈을 결제사가 받았습니다. 결제 보고가 오지 않았거나 늦었습니다.",
        remedy: "계획에 있는 대로 PAYMENT SUCCEED를 보내십시오. 같은 좌석이 비어 있으면 팔리고, 아니면 갚을 돈이 됩니다. 순서는 docs/runbooks/reconcile.md에 있습니다.",
    },
    Korean {
        code: Code::PAID_UNKNOWN,
        title: "여기서 모르는 결제의 돈",
        cause: "가맹점 참조가 여기의 어떤 결제와도 맞지 않거나 참조가 없는 줄이 결제사에 있습니다. 같은 계정의 다른 상점, 잊힌 결제, 틀린 키 틀이 원인입니다.",
        remedy: "결제사에서 그 줄을 찾아보십시오. 여기서 아무것도 팔지 않았다면 손으로 환불하십시오.",
    },
    Korean {
        code: Code::PAID_TWICE,
        title: "한 결제를 두 번 받음",
        cause: "결제사가 한 결제의 돈을 두 번 이상 받았습니다.",
        remedy: "첫 번째를 뺀 나머지를 refunds.csv의 키로 환불하십시오.",
    },
    Korean {
        code: Code::SEAT_UNPAID,
        title: "여기서는 결제되었고 결제사에는 없음",
        cause: "여기서는 성공한 결제인데 reconcile.grace가 지나도 결제사에 받은 기록이 없습니다. 실수나 부정으로 보고했거나 파일이 빠졌습니다.",
        remedy: "그 기간의 파일이 모두 있는지 보십시오. 그다음 결제사에 묻고, 돈이 없으면 FORCE CANCEL로 좌석을 되찾으십시오.",
    },
    Korean {
        code: Code::AMOUNT_DIFFERS,
        title: "결제사의 금액이 다름",
        cause: "양쪽에 돈이 있으나 금액이 같지 않습니다.",
        remedy: "상점이 요청한 금액과 결제사의 줄을 비교하고 차액을 손으로 정리하십시오.",
    },
    Korean {
        code: Code::CURRENCY_DIFFERS,
        title: "결제사의 통화가 다름",
        cause: "양쪽에 돈이 있으나 통화가 다릅니다.",
        remedy: "상점이 어느 통화로 요청했는지 보고 차이를 손으로 정리하십시오.",
    },
    Korean {
        code: Code::REFUND_MISSING,
        title: "갚을 돈이 환불되지 않음",
        cause: "갚아야 하거나 여기서 환불했다고 한 결제인데 결제사에 환불이 없거나 환불이 되돌아왔습니다.",
        remedy: "refunds.csv의 키로 환불한 뒤 PAYMENT REFUNDED로 알리십시오. 여기서 알렸는데 거기에 없는 환불은 먼저 사람이 보아야 합니다.",
    },
    Korean {
        code: Code::REFUND_UNRECORDED,
        title: "환불되었으나 여기서는 아직 갚을 돈",
        cause: "결제사가 이미 환불한 것이 여기의 환불 목록에 남아 있습니다.",
        remedy: "계획에 있는 대로 PAYMENT REFUNDED를 보내십시오. 다시 환불하지 마십시오.",
    },
    Korean {
        code: Code::REFUND_UNEXPECTED,
        title: "갚을 것이 없는데 환불됨",
        cause: "갚을 것이 없는 결제를 결제사가 환불했습니다. 대개 결제사 콘솔에서 손으로 했고 좌석은 아직 팔린 상태입니다.",
        remedy: "누가 했는지 물으십시오. 구매자가 좌석을 포기했다면 FORCE CANCEL로 취소하십시오.",
    },
    Korean {
        code: Code::CHARGEBACK,
        title: "구매자의 은행이 돈을 되가져감",
        cause: "구매자가 결제에 이의를 제기했고 결제사가 돈을 돌려주었습니다.",
        remedy: "이의에 답하거나 FORCE CANCEL로 좌석을 취소하십시오. 따로 환불하지 마십시오.",
    },
    Korean {
        code: Code::CANCELLED_UNREFUNDED,
        title: "좌석은 돌려받았고 돈은 돌려주지 않음",
        cause: "결제된 주문의 일부나 전부가 취소되었는데 환불할 돈이 환불되지 않았습니다.",
        remedy: "refunds.csv의 키로 환불한 뒤 PAYMENT REFUNDED로 알리십시오.",
    },
    Korean {
        code: Code::LINE_REPEATED,
        title: "파일에 같은 줄이 두 번 있음",
        cause: "결제사의 같은 줄을 앞에서 읽었습니다. 두 파일이 겹치거나 한 파일을 두 번 주었습니다. 한 번만 셉니다.",
        remedy: "파일이 겹친 것이라면 할 일이 없습니다. 아니면 파일마다 한 번씩만 주십시오.",
    },
];
