//! Korean.

use holdfast_engine::NoticeKind;

use super::{Labels, Language};

pub(super) static LANGUAGE: Language = Language {
    severities: ["정보", "주의", "심각"],
    kind,
    more: |count| format!(" 외 {count}건"),
    mode,
    labels: Labels {
        says: "내용",
        who: "담당자",
        token: "토큰",
        why: "사유",
        code: "코드",
        todo: "조치",
        when: "시각",
        last: "마지막",
        others: "그 밖에",
        runbook: "런북",
    },
};

const fn kind(kind: NoticeKind) -> (&'static str, &'static str) {
    match kind {
        NoticeKind::JobFailed => (
            "작업 실행 실패: {}",
            "JOB GET으로 이유를 읽고 원인을 없앤 뒤 JOB RESUME 하거나 JOB RUN으로 다시 실행하세요.",
        ),
        NoticeKind::DamageFound => (
            "이상 발견: {}",
            "데이터 디렉터리를 그대로 두고 JOB GET으로 발견 내용을 읽은 뒤 백업을 만드세요.",
        ),
        NoticeKind::JobReplayed => {
            ("재실행 요청: {}", "할 일은 없습니다. 결과는 JOB GET에서 볼 수 있습니다.")
        }
        NoticeKind::JobStopped => (
            "작업 실행 수동 중지: {}",
            "중지한 사람에게 확인하세요. JOB RESUME으로 멈춘 곳부터 이어서 실행합니다.",
        ),
        NoticeKind::JobResumed => {
            ("작업 실행 재개: {}", "할 일은 없습니다. 진행 상황은 JOB GET에서 볼 수 있습니다.")
        }
        NoticeKind::EventPaused => (
            "판매 일시 중지: {}",
            "중지한 사람에게 확인하세요. EVENT RESUME으로 다시 판매합니다. 진행 중인 선점과 결제는 그대로 끝납니다.",
        ),
        NoticeKind::EventResumed => {
            ("판매 재개: {}", "할 일은 없습니다. 상태는 EVENT INFO에서 볼 수 있습니다.")
        }
        NoticeKind::EventClosed => (
            "판매 종료: {}",
            "예정에 없던 일이면 종료한 사람에게 확인하세요. 종료한 판매는 다시 열 수 없습니다.",
        ),
        NoticeKind::EventOut => (
            "서비스 중단: {}",
            "데이터 디렉터리를 그대로 두고 서버 로그를 읽으세요. 다른 행사는 계속 판매됩니다.",
        ),
        NoticeKind::ModeSet => {
            ("서버 상태 변경: {}", "INFO와 /health가 원인을 알려 줍니다. 조치 순서는 런북에 있습니다.")
        }
        NoticeKind::Crashed => (
            "비정상 종료 후 다시 시작함: {}",
            "승인된 판매는 잃지 않았습니다. 프로세스가 왜 끝났는지 장비의 로그에서 찾으세요.",
        ),
        NoticeKind::BackupStale => (
            "최신 백업이 너무 오래됨: {}",
            "JOB RUN backup으로 지금 백업을 만들고, 만들어지지 않은 이유를 찾으세요.",
        ),
        NoticeKind::ApprovalAsked => {
            ("승인 대기: {}", "JOB GET으로 무엇을 하는지 확인한 뒤 JOB APPROVE 또는 JOB REJECT 하세요.")
        }
        NoticeKind::ApprovalGiven => {
            ("승인 결정: {}", "할 일은 없습니다. 누가 결정했는지는 JOB GET에서 볼 수 있습니다.")
        }
        NoticeKind::GlassBroken => (
            "승인 없이 긴급 실행됨: {}",
            "실행한 사람에게 기다릴 수 없었던 이유를 묻고, JOB GET으로 결과를 확인하세요.",
        ),
        NoticeKind::Missed => (
            "알리지 못한 기록이 있음: {}",
            "그 시간의 JOB FIND와 감사 기록을 확인하세요. 로그를 읽기 전에 지워졌습니다.",
        ),
        NoticeKind::Test => {
            ("알림 채널 시험: {}", "할 일은 없습니다. 이 글이 보이면 채널이 동작하는 것입니다.")
        }
    }
}

fn mode(word: &str) -> &'static str {
    match word {
        "normal" => "이제 거절하는 것이 없습니다",
        "overload" => "처리할 수 있는 것보다 많이 들어와 새 작업 일부를 거절합니다",
        "disk_slow" => "디스크가 느려 새 선점을 받지 않습니다",
        "quorum_slow" => "복제 로그가 느려 새 선점을 받지 않습니다",
        "disk_low" => "디스크 공간이 부족해 새 선점을 받지 않습니다",
        "memory_low" => "메모리가 부족해 새 선점을 받지 않습니다",
        "memory_full" => "메모리를 다 써서 모든 쓰기를 거절합니다",
        "log_behind" => "디스크를 기다리는 것이 너무 많아 모든 쓰기를 거절합니다",
        "quorum_away" => "복제 로그가 응답하지 않아 모든 쓰기를 거절합니다",
        "disk_stalled" => "디스크가 응답하지 않아 모든 쓰기를 거절합니다",
        "no_segment" => "로그를 이어 쓸 수 없어 모든 쓰기를 거절합니다",
        "disk_full" => "디스크가 가득 차 모든 쓰기를 거절합니다",
        _ => "",
    }
}
