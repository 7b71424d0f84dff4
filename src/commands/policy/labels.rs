//! The words around the texts of a policy, in each language.

use super::source::{Impact, Panel, Rollout};
use crate::flags::Language;

pub(super) struct Labels {
    pub(super) title: &'static str,
    pub(super) made: &'static str,
    /// A link to the page in the other language.
    pub(super) other: &'static str,
    pub(super) intro: &'static str,
    pub(super) assumptions: &'static str,
    pub(super) failures: &'static str,
    /// The head of the table of failures.
    pub(super) failure_head: [&'static str; 6],
    pub(super) surfaces: &'static str,
    pub(super) view: &'static str,
    pub(super) intent: &'static str,
    pub(super) scope: &'static str,
    pub(super) invariants: &'static str,
    pub(super) failure: &'static str,
    pub(super) trigger: &'static str,
    pub(super) signals: &'static str,
    pub(super) enforced: &'static str,
    pub(super) codes: &'static str,
    pub(super) commands: &'static str,
    pub(super) settings: &'static str,
    pub(super) code: &'static str,
    pub(super) idempotency: &'static str,
    pub(super) retry: &'static str,
    pub(super) reconcile: &'static str,
    pub(super) compensate: &'static str,
    pub(super) priority: &'static str,
    pub(super) figures: &'static str,
    pub(super) alerts: &'static str,
    pub(super) runbook: &'static str,
    pub(super) symptoms: &'static str,
    pub(super) tests: &'static str,
    pub(super) bites: &'static str,
    pub(super) rollout: &'static str,
    pub(super) uncertain: &'static str,
    pub(super) ledgers: &'static str,
    pub(super) ledger_head: [&'static str; 5],
    pub(super) invariant_head: [&'static str; 4],
    pub(super) order: &'static str,
    /// The head of the table of risks.
    pub(super) risk_head: [&'static str; 6],
    pub(super) questions: &'static str,
    pub(super) exceptions: &'static str,
    pub(super) exception_head: [&'static str; 2],
}

const ENGLISH: Labels = Labels {
    title: "Policies",
    made: "Made by `holdfast policy render` from `policy/`: change that, not this.",
    other: "[한국어](ko/policies.md)",
    intro: "What must hold when others fail, are late, or come twice; where that is enforced; what shows that it \
            does not hold, and how it is put right. Tests hold each link against the code: every code, command, \
            setting, function, test, figure, alert and runbook that is named here is there, every alert has a \
            policy, and every code has a policy or a reason for having none. `.ci/breaks` takes the teeth of \
            policies one after the other on a copy, and expects the named test to fail. `holdfast policy show \
            HoldfastRefundOverdue` shows the policy of an alert.",
    assumptions: "Assumptions",
    failures: "What fails most",
    failure_head: ["what", "users", "those who run it", "hurts", "shown by", "policies"],
    surfaces: "Surfaces",
    view: "View",
    intent: "Intent",
    scope: "Scope",
    invariants: "Always holds",
    failure: "What goes wrong",
    trigger: "Trigger",
    signals: "Needs to know",
    enforced: "Enforced by",
    codes: "codes",
    commands: "commands",
    settings: "settings",
    code: "code",
    idempotency: "Idempotency",
    retry: "Retry, pause, circuit",
    reconcile: "Reconciliation",
    compensate: "Compensation",
    priority: "Exceptions and priority",
    figures: "Figures",
    alerts: "Alerts",
    runbook: "Runbook",
    symptoms: "Symptoms",
    tests: "Tested by",
    bites: "Breaks with",
    rollout: "In force by",
    uncertain: "Uncertain",
    ledgers: "Ledgers and what always holds in them",
    ledger_head: ["ledger", "is", "always holds", "broken, if this shows it", "repair"],
    invariant_head: ["", "always holds", "looked after by", "tested by"],
    order: "Priority and order",
    risk_head: ["policy", "in force by", "impact", "likelihood", "hard to see", "product"],
    questions: "Questions to be answered first",
    exceptions: "Codes without a policy",
    exception_head: ["codes", "why"],
};

const KOREAN: Labels = Labels {
    title: "정책",
    made: "`holdfast policy render`가 `policy/`에서 만듭니다. 이 문서가 아니라 그쪽을 고치세요.",
    other: "[English](../policies.md)",
    intro: "다른 것이 실패하거나, 늦거나, 두 번 올 때 무엇이 지켜져야 하고, 어디서 집행되며, 지켜지지 않음을 무엇이 \
            보여 주고, 어떻게 바로잡는지입니다. 테스트가 모든 연결을 코드와 대조합니다. 여기 적힌 코드, 명령, 설정, \
            함수, 테스트, 수치, 알림, 런북은 모두 있으며, 모든 알림에는 정책이 있고, 모든 코드에는 정책이나 없는 이유가 \
            있습니다. `.ci/breaks`는 사본에서 정책의 집행을 하나씩 망가뜨리고 지정된 테스트가 실패하는지 봅니다. \
            `holdfast policy show HoldfastRefundOverdue --lang ko`는 알림의 정책을 보여 줍니다. 런북은 영어입니다.",
    assumptions: "가정",
    failures: "주요 실패 유형",
    failure_head: ["유형", "사용자 영향", "운영 영향", "해치는 것", "탐지 신호", "정책"],
    surfaces: "표면",
    view: "관점",
    intent: "목적",
    scope: "적용 범위",
    invariants: "불변식",
    failure: "실패",
    trigger: "발동 조건",
    signals: "필요한 신호",
    enforced: "집행 위치",
    codes: "코드",
    commands: "명령",
    settings: "설정",
    code: "함수",
    idempotency: "멱등성과 중복",
    retry: "재시도·백오프·차단",
    reconcile: "조정",
    compensate: "보상과 복구",
    priority: "예외와 우선순위",
    figures: "지표",
    alerts: "알림",
    runbook: "런북",
    symptoms: "징후",
    tests: "테스트",
    bites: "망가뜨려 보기",
    rollout: "도입",
    uncertain: "불확실",
    ledgers: "원장과 불변식",
    ledger_head: ["원장", "내용", "불변식", "깨짐을 보이는 지표", "복구"],
    invariant_head: ["", "항상 성립", "확인하는 함수", "테스트"],
    order: "우선순위와 도입 순서",
    risk_head: ["정책", "도입", "영향", "확률", "탐지 어려움", "곱"],
    questions: "먼저 답할 질문",
    exceptions: "정책이 없는 코드",
    exception_head: ["코드", "이유"],
};

impl Labels {
    pub(super) const fn of(language: Language) -> &'static Self {
        match language {
            Language::En => &ENGLISH,
            Language::Ko => &KOREAN,
        }
    }
}

impl Panel {
    pub(super) const ALL: [Self; 2] = [Self::Reliability, Self::Operations];

    pub(super) const fn word(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Reliability, Language::En) => "Reliability",
            (Self::Operations, Language::En) => "Operations",
            (Self::Reliability, Language::Ko) => "신뢰성",
            (Self::Operations, Language::Ko) => "운영",
        }
    }
}

impl Rollout {
    pub(super) const ALL: [Self; 3] = [Self::Week1, Self::Month1, Self::Quarter1];

    pub(super) const fn word(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Week1, Language::En) => "week 1",
            (Self::Month1, Language::En) => "month 1",
            (Self::Quarter1, Language::En) => "month 3",
            (Self::Week1, Language::Ko) => "1주",
            (Self::Month1, Language::Ko) => "1개월",
            (Self::Quarter1, Language::Ko) => "3개월",
        }
    }
}

impl Impact {
    pub(super) const fn word(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Integrity, Language::En) => "integrity",
            (Self::Availability, Language::En) => "availability",
            (Self::Consistency, Language::En) => "consistency",
            (Self::Integrity, Language::Ko) => "무결성",
            (Self::Availability, Language::Ko) => "가용성",
            (Self::Consistency, Language::Ko) => "정합성",
        }
    }
}
