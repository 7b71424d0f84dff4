//! `NOTE text`, the last option of what makes something.

use super::line;

#[test]
fn a_note_stands_outside_of_all_else() {
    let hold = r#"Hold { holder: "h", ttl: 0, seats: ([0]), best: [], places: ([]) }"#;
    let confirm = r#"Confirm { order: "o", holds: ([1]) }"#;
    let longest = "n".repeat(256);
    let cases = [
        ("HOLD ev k h 0 SEATS A-1-1 NOTE x".to_owned(), format!(r#"Noted("x", {hold})"#)),
        (
            "hold ev k h 0 seats A-1-1 note booth~7,~second~queue".to_owned(),
            format!(r#"Noted("booth 7, second queue", {hold})"#),
        ),
        (format!("HOLD ev k h 0 SEATS A-1-1 NOTE {longest}"), format!(r#"Noted("{longest}", {hold})"#)),
        ("HOLD ev k h 0 SEATS A-1-1 NOTE NOTE".to_owned(), format!(r#"Noted("NOTE", {hold})"#)),
        (
            "HOLD ev k h 0 AREA f 1 BEST 1 IN IN NOTE 가나".to_owned(),
            r#"Noted("가나", Hold { holder: "h", ttl: 0, seats: ([]), best: [Best { count: 1, scope: Section(1), scattered: false, accessible: 0 }], places: ([(2, 1)]) })"#
                .to_owned(),
        ),
        ("CONFIRM ev k o 1 NOTE 12".to_owned(), format!(r#"Noted("12", {confirm})"#)),
        ("CONFIRM ev k o 1 NOTE x HOLDER h".to_owned(), format!(r#"Noted("x", OfHolder("h", {confirm}))"#)),
        ("CONFIRM ev k o 1 HOLDER h NOTE x".to_owned(), format!(r#"Noted("x", OfHolder("h", {confirm}))"#)),
        (
            "PAYMENT TRY ev k p 9 1 NOTE x PROVIDER s HOLDER h".to_owned(),
            r#"Noted("x", OfHolder("h", Payment { payment: "p", action: Try { deadline_in: 9, holds: ([1]), charge: Charge { amount: None, provider: Some("s") } } }))"#
                .to_owned(),
        ),
    ];
    for (command, write) in cases {
        assert_eq!(line(&command), Ok(format!(r#""ev" Write {{ key: "k", write: {write} }}"#)), "{command}");
    }
}

#[test]
fn a_note_that_is_none_is_refused() {
    let no_text = "is not 1 to 256 bytes of printable UTF-8 text";
    let many = "n".repeat(257);
    let cases = [
        ("HOLD ev k h 0 SEATS A-1-1 NOTE".to_owned(), "HF-INP-001 missing note: HOLD".to_owned()),
        ("HOLD ev k h 0 SEATS A-1-1 NOTE _".to_owned(), format!("HF-INP-001 note \"\" {no_text}: HOLD")),
        ("HOLD ev k h 0 SEATS A-1-1 NOTE ~~".to_owned(), format!("HF-INP-001 note \"  \" {no_text}: HOLD")),
        (
            format!("HOLD ev k h 0 SEATS A-1-1 NOTE {many}"),
            format!("HF-INP-001 note \"{}\"... {no_text}: HOLD", "n".repeat(64)),
        ),
        (
            "CONFIRM ev k o 1 NOTE a\u{7}b".to_owned(),
            format!("HF-INP-001 note \"a\\u{{7}}b\" {no_text}: CONFIRM"),
        ),
        (
            "PAYMENT TRY ev k p 9 1 NOTE a\u{202e}b".to_owned(),
            format!("HF-INP-001 note \"a\\u{{202e}}b\" {no_text}: PAYMENT TRY"),
        ),
        (
            "HOLD ev k h 0 SEATS A-1-1 NOTE a NOTE b".to_owned(),
            "HF-INP-001 \"NOTE\" is one argument too many: HOLD".to_owned(),
        ),
        (
            "HOLD ev k h 0 AREA f 1 NOTE a SEATS A-1-1".to_owned(),
            "HF-INP-001 \"SEATS\" is one argument too many: HOLD".to_owned(),
        ),
        ("HOLD ev k h 0 SEATS NOTE a".to_owned(), "HF-INP-001 missing a seat behind SEATS: HOLD".to_owned()),
        (
            "CONFIRM ev k o 1 NOTE a HOLDER h NOTE b".to_owned(),
            "HF-INP-001 \"NOTE\" stands twice: CONFIRM".to_owned(),
        ),
        ("CONFIRM ev k o NOTE a".to_owned(), "HF-INP-003 hold \"NOTE\" is not a decimal number".to_owned()),
        (
            "CONFIRM ev k o 1 NOTE a 2".to_owned(),
            "HF-INP-001 \"2\" is not HOLDER or NOTE: CONFIRM".to_owned(),
        ),
        (
            "PAYMENT TRY ev k p 9 1 NOTE a note b".to_owned(),
            "HF-INP-001 \"note\" stands twice: PAYMENT TRY".to_owned(),
        ),
        ("EXTEND ev k 1 0 NOTE a".to_owned(), "HF-INP-001 \"NOTE\" is not HOLDER: EXTEND".to_owned()),
        (
            "RELEASE ev k 1 NOTE a".to_owned(),
            "HF-INP-001 \"NOTE\" is not SEATS, AREA or HOLDER: RELEASE".to_owned(),
        ),
        (
            "CHANGE ev k 1 DROP A-1-1 NOTE a".to_owned(),
            "HF-INP-001 \"NOTE\" is not DROP, ADD or HOLDER: CHANGE".to_owned(),
        ),
        (
            "CANCEL ev k o why NOTE a".to_owned(),
            "HF-INP-001 \"NOTE\" is neither SEATS, AREA nor REFUND: CANCEL".to_owned(),
        ),
        (
            "PAYMENT SUCCEED ev k p NOTE a".to_owned(),
            "HF-INP-001 \"NOTE\" is not AMOUNT or REFERENCE: PAYMENT SUCCEED".to_owned(),
        ),
    ];
    for (command, message) in cases {
        let refused = line(&command).expect_err(&command);
        assert!(refused.starts_with(&message), "{command}: {refused}");
    }
}
