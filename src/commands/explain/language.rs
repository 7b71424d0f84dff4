//! The catalogue in the language that was asked for.

use holdfast_engine::{CustomerText, Entry, Kind, MEANINGS, class_in_korean};

use crate::flags::Language;

/// The words around the texts.
pub(super) struct Labels {
    pub(super) kinds: &'static str,
    pub(super) classes: &'static str,
    pub(super) bound: &'static str,
    pub(super) free: &'static str,
    pub(super) key: &'static str,
    pub(super) remedy: &'static str,
    pub(super) codes: &'static str,
    pub(super) replies: &'static str,
    pub(super) by_process: &'static str,
    pub(super) cause: &'static str,
    pub(super) customer: &'static str,
    pub(super) examples: [&'static str; 4],
}

const ENGLISH: Labels = Labels {
    kinds: "A refusal is `-KIND CODE message`. Programs decide by KIND.\n\nKinds:",
    classes: "Classes of codes:",
    bound: "bound: the same key gets this refusal again, also when it would be possible by then",
    free: "free: the same key may be sent again",
    key: "key:     ",
    remedy: "remedy:  ",
    codes: "codes:",
    replies: "replies: ",
    by_process: "given by the process itself, not in replies",
    cause: "cause:   ",
    customer: "a customer may read: ",
    examples: ["one kind, with its codes", "the codes of one class", "one code", "all codes"],
};

const KOREAN: Labels = Labels {
    kinds: "거절은 `-KIND CODE 메시지`입니다. 프로그램은 KIND로 판단합니다.\n\nKIND:",
    classes: "코드의 부류:",
    bound: "묶임: 그때는 가능하더라도 같은 키는 이 거절을 다시 받습니다",
    free: "자유: 같은 키를 다시 보낼 수 있습니다",
    key: "키:     ",
    remedy: "조치:   ",
    codes: "코드:",
    replies: "응답:   ",
    by_process: "응답이 아니라 프로세스 자신이 내는 코드",
    cause: "원인:   ",
    customer: "고객에게 보여도 되는 말: ",
    examples: ["한 KIND와 그 코드", "한 부류의 코드", "한 코드", "모든 코드"],
};

impl Language {
    pub(super) const fn labels(self) -> &'static Labels {
        match self {
            Self::En => &ENGLISH,
            Self::Ko => &KOREAN,
        }
    }

    /// Title, cause and remedy.
    pub(super) fn entry(self, entry: &Entry) -> [&'static str; 3] {
        match self {
            Self::En => [entry.title, entry.cause, entry.remedy],
            Self::Ko => {
                let korean = entry.korean();
                [korean.title, korean.cause, korean.remedy]
            }
        }
    }

    /// What has happened, and what the application does.
    pub(super) fn kind(self, kind: Kind) -> (&'static str, &'static str) {
        match self {
            Self::En => {
                let meaning = MEANINGS.iter().find(|meaning| meaning.kind == kind);
                meaning.map_or(("", ""), |meaning| (meaning.what, meaning.remedy))
            }
            Self::Ko => kind.korean(),
        }
    }

    /// The same of [`MOVED`](holdfast_engine::MOVED).
    pub(super) const fn moved(self) -> (&'static str, &'static str) {
        match self {
            Self::En => (
                "Another node sells: `-MOVED slot host:port` names it. It is no refusal, and has no code.",
                "Send the same command with the same key to that node. A cluster client of Redis does it by itself.",
            ),
            Self::Ko => (
                "다른 노드가 판매합니다. `-MOVED slot host:port`에 그 노드가 있습니다. 거절이 아니며 코드가 없습니다.",
                "같은 명령을 같은 키로 그 노드에 보내십시오. Redis 클러스터 클라이언트는 스스로 그렇게 합니다.",
            ),
        }
    }

    /// What the codes of a class are about.
    pub(super) fn class(self, class: &'static str, english: &'static str) -> &'static str {
        match self {
            Self::En => english,
            Self::Ko => class_in_korean(class).unwrap_or(english),
        }
    }

    pub(super) const fn told(self, told: CustomerText) -> &'static str {
        match self {
            Self::En => told.english,
            Self::Ko => told.korean,
        }
    }
}
