//! Files of each provider, as they make them: what is read of them, and that a file that is wrong is refused as a whole, with the line.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is a failure, and its place says which")]

mod support;

use holdfast_engine::{Amount, At, Code, Fault, PaymentStatus};
use holdfast_reconcile::{Class, File, Flow, Line, Payment, Profile, read};

use support::{amount, payment, run, shipped, terms};

const STRIPE: &[u8] = include_bytes!("samples/stripe.csv");
const ADYEN: &[u8] = include_bytes!("samples/adyen.csv");
const TOSS: &[u8] = include_bytes!("samples/toss.ndjson");
const TOSS_PAY: &[u8] = include_bytes!("samples/toss-pay.ndjson");
const CSV: &[u8] = include_bytes!("samples/csv.csv");
const NDJSON: &[u8] = include_bytes!("samples/ndjson.ndjson");

fn lines(profile: &Profile, bytes: &[u8]) -> Result<Vec<Line>, Fault> {
    let mut all = Vec::new();
    read(profile, File { name: "file", number: 0 }, bytes, &mut |line| {
        all.push(line);
        Ok(())
    })?;
    Ok(all)
}

/// Line, what it is, how much, name and reference.
type Short<'a> = (u64, Flow, i64, &'a str, &'a str, &'a str);

fn is_read_as(profile: &str, bytes: &[u8], expected: &[Short<'_>]) {
    let lines = lines(&shipped(profile), bytes).unwrap();
    let short: Vec<Short<'_>> = lines
        .iter()
        .map(|line| {
            let reference = line.reference.as_deref().unwrap_or("");
            (line.place.line, line.flow, line.minor, line.currency.code(), &*line.id, reference)
        })
        .collect();
    assert_eq!(short, expected, "{profile}");
}

#[test]
fn each_profile_reads_its_sample() {
    use Flow::{Capture, Chargeback, ChargebackReversed, Other, Refund};
    is_read_as(
        "stripe",
        STRIPE,
        &[
            (2, Capture, 12_000, "EUR", "txn_1QA", "ch_1QA"),
            (3, Capture, 8_000, "EUR", "txn_1QB", "ch_1QB"),
            (4, Refund, -4_000, "EUR", "txn_1QC", "re_1QC"),
            (5, Capture, 15_000, "JPY", "txn_1QD", "ch_1QD"),
            (6, Chargeback, -12_000, "EUR", "txn_1QE", "ch_1QA"),
            (7, Other, -10_566, "EUR", "txn_1QF", ""),
        ],
    );
    is_read_as(
        "adyen",
        ADYEN,
        &[
            (2, Capture, 12_000, "EUR", "8816000000000001/8816000000000011/Settled", "8816000000000011"),
            (3, Capture, 8_000, "EUR", "8816000000000002/8816000000000012/Settled", "8816000000000012"),
            (4, Refund, -4_000, "EUR", "8816000000000002/8816000000000022/Refunded", "8816000000000022"),
            (5, Capture, 12_005, "KWD", "8816000000000003/8816000000000013/Settled", "8816000000000013"),
            (
                6,
                Chargeback,
                -12_000,
                "EUR",
                "8816000000000001/8816000000000031/Chargeback",
                "8816000000000031",
            ),
            (
                7,
                ChargebackReversed,
                12_000,
                "EUR",
                "8816000000000001/8816000000000032/ChargebackReversed",
                "8816000000000032",
            ),
            (8, Other, 0, "EUR", "/Transaction Fees November/Fee", "Transaction Fees November"),
            (9, Other, 0, "EUR", "/TX7, batch 7/MerchantPayout", "TX7, batch 7"),
        ],
    );
    is_read_as(
        "toss",
        TOSS,
        &[
            (1, Capture, 120_000, "KRW", "T01", "pk-1"),
            (2, Capture, 80_000, "KRW", "T02", "pk-2"),
            (4, Refund, -40_000, "KRW", "T03", "pk-2"),
            (5, Capture, 1_050, "USD", "T04", "pk-3"),
        ],
    );
    is_read_as(
        "toss-pay",
        TOSS_PAY,
        &[
            (1, Capture, 120_000, "KRW", "tp-1", "tk-1"),
            (2, Capture, 80_000, "KRW", "tp-2", "tk-2"),
            (3, Refund, -40_000, "KRW", "tp-3", "tk-2"),
        ],
    );
    for (profile, bytes, first) in [("csv", CSV, 2), ("ndjson", NDJSON, 1)] {
        is_read_as(
            profile,
            bytes,
            &[
                (first, Capture, 12_000, "EUR", "1", "pay-1"),
                (first + 1, Capture, 8_000, "EUR", "2", ""),
                (first + 2, Refund, -4_000, "EUR", "3", "re,1"),
                (first + 3, Capture, 12_005, "KWD", "4", ""),
                (first + 4, Other, -120, "EUR", "5", ""),
            ],
        );
    }
}

#[test]
fn each_sample_is_matched_exactly() {
    let paid = |of: &str, money: Amount| payment(of, PaymentStatus::Success, Some(money));
    let samples = [
        ("stripe", STRIPE, amount(15_000, "JPY"), 100, "EUR", vec![Class::Chargeback]),
        ("adyen", ADYEN, amount(12_005, "KWD"), 100, "EUR", vec![]),
        ("toss", TOSS, amount(1_050, "USD"), 1_000, "KRW", vec![]),
        ("toss-pay", TOSS_PAY, amount(0, "KRW"), 1_000, "KRW", vec![]),
        ("csv", CSV, amount(12_005, "KWD"), 100, "EUR", vec![]),
        ("ndjson", NDJSON, amount(12_005, "KWD"), 100, "EUR", vec![]),
    ];
    for (profile, bytes, third, unit, code, expected) in samples {
        let second =
            Payment { refunds: vec![("told".into(), 40 * unit)], ..paid("order-2", amount(80 * unit, code)) };
        let payments = [paid("order-1", amount(120 * unit, code)), second, paid("order-3", third)];
        let report = run(&shipped(profile), &payments, &[(profile, bytes)], terms()).unwrap();
        let found: Vec<_> = report.findings.iter().map(|finding| finding.class).collect();
        assert_eq!(found, expected, "{profile}: {:?}", report.findings);
        // The whole file once more: nothing is counted twice.
        let twice =
            run(&shipped(profile), &payments, &[(profile, bytes), ("again", bytes)], terms()).unwrap();
        let lines = lines(&shipped(profile), bytes).unwrap();
        let movements = lines.iter().filter(|line| line.flow != Flow::Other).count();
        assert_eq!(twice.count(Class::LineRepeated), movements as u64, "{profile}");
    }
}

#[test]
fn the_end_of_a_month_is_that_of_the_zone_that_the_line_is_in() {
    let at = |profile: &str, bytes, line: usize| lines(&shipped(profile), bytes).unwrap()[line].at;
    let december = |minutes: u64| At(1_796_083_200_000 - minutes * 60_000);
    assert!(at("toss", TOSS, 0) > december(9 * 60) && at("toss", TOSS, 0) < december(0));
    assert!(at("adyen", ADYEN, 2) > december(60) && at("adyen", ADYEN, 2) < december(0));
    assert!(at("adyen", ADYEN, 0) < december(60));
    assert_eq!(shipped("toss").instant("2026-12-01"), Some(december(9 * 60)));
    assert_eq!(shipped("stripe").instant("2026-12-01"), Some(december(0)));
}

/// A run of a file in which one thing was changed.
fn refusal(profile: &str, bytes: &[u8], (from, to): (&str, &str)) -> Fault {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let changed = text.replacen(from, to, 1);
    assert_ne!(changed, text, "{profile}: {from}");
    run(&shipped(profile), &[], &[("november", changed.as_bytes())], terms()).unwrap_err()
}

#[test]
fn a_line_that_cannot_be_read_refuses_all_of_it_and_is_named() {
    for (profile, bytes, line, change) in [
        ("csv", CSV, 4, ("3,gala:order-2,refund,40.00", "3,gala:order-2,refund,40.001")),
        ("csv", CSV, 3, ("+80,", "8O,")),
        ("csv", CSV, 3, ("+80,EUR", "\"1,080\",EUR")),
        ("csv", CSV, 3, ("+80,EUR", "-80,EUR")),
        ("csv", CSV, 3, ("+80,EUR", "80,EUR,,")),
        ("csv", CSV, 3, ("+80,EUR", "80")),
        // XXX is the code of ISO 4217 for no currency.
        ("csv", CSV, 3, ("+80,EUR", "80,XXX")),
        ("csv", CSV, 3, ("capture,+80", "captured,+80")),
        ("csv", CSV, 5, ("20261129", "29.11.2026")),
        ("csv", CSV, 5, ("4,gala:order-3", ",gala:order-3")),
        ("csv", CSV, 5, ("12.005,KWD", "12.005,KRW")),
        ("csv", CSV, 2, ("pay-1", "\u{1}")),
        ("stripe", STRIPE, 4, ("\"-40.00\"", "\"40.00\"")),
        ("stripe", STRIPE, 5, ("\"15000\"", "\"15000.5\"")),
        ("stripe", STRIPE, 6, ("\"dispute\"", "\"quarrel\"")),
        ("adyen", ADYEN, 4, ("EUR,40.00,,1", "EUR,40.00,40.00,1")),
        ("adyen", ADYEN, 2, (",CET,Settled", ",LMT,Settled")),
        ("toss", TOSS, 4, ("\"amount\":-40000", "\"amount\":-40000.5")),
        ("toss", TOSS, 4, ("\"amount\":-40000", "\"amount\":[-40000]")),
        ("toss", TOSS, 5, ("\"amount\":10.5", "\"amount\":12345678901234.56")),
        ("toss", TOSS, 5, ("\"amount\":10.5", "\"amount\":10.5,\"amount\":11")),
        ("toss", TOSS, 2, ("\"payOutAmount\":78200}", "\"payOut")),
        ("ndjson", NDJSON, 3, ("-4000", "-4000.5")),
    ] {
        let fault = refusal(profile, bytes, change);
        assert_eq!(fault.code, Code::UNREADABLE_LINE, "{change:?}: {}", fault.message);
        assert!(fault.message.starts_with(&format!("november:{line}: ")), "{change:?}: {}", fault.message);
    }
    let cut = run(
        &shipped("csv"),
        &[],
        &[("november", &[CSV, b"6,\xff,fee,1,EUR,2026-11-29,\n"].concat())],
        terms(),
    );
    assert!(cut.unwrap_err().message.starts_with("november:7: "));
}

#[test]
fn a_file_of_another_report_is_refused() {
    for (profile, bytes, change) in [
        ("csv", CSV, ("id,key", "id,event")),
        ("csv", CSV, ("id,key,type", "id,key,key")),
        ("adyen", ADYEN, ("Modification Reference", "Reference")),
        ("toss", TOSS, ("\"transactionKey\":\"T04\",", "")),
    ] {
        let fault = refusal(profile, bytes, change);
        assert_eq!(fault.code, Code::WRONG_COLUMNS, "{change:?}: {}", fault.message);
    }
    for empty in [&b""[..], b"\xef\xbb\xbf"] {
        let fault = run(&shipped("csv"), &[], &[("november", empty)], terms()).unwrap_err();
        assert_eq!(fault.code, Code::WRONG_COLUMNS, "{}", fault.message);
    }
    let stripe = run(&shipped("stripe"), &[], &[("november", ADYEN)], terms()).unwrap_err();
    assert_eq!(stripe.code, Code::WRONG_COLUMNS);
}

#[test]
fn one_name_for_two_things_refuses_all_of_it() {
    let fault = refusal("csv", CSV, ("2,gala:order-2,capture", "1,gala:order-2,capture"));
    assert_eq!(fault.code, Code::LINE_CONTRADICTS);
    assert!(fault.message.starts_with("november:3: "), "{}", fault.message);
}

#[test]
fn a_quotation_mark_that_is_never_closed_does_not_fill_the_memory() {
    let line = "7,gala:order-1,fee,1.00,EUR,2026-11-29,\"x\n";
    let bytes = [CSV, line.as_bytes(), "1,2,3\n".repeat(400_000).as_bytes()].concat();
    let fault = run(&shipped("csv"), &[], &[("november", &bytes)], terms()).unwrap_err();
    assert!(fault.code == Code::UNREADABLE_LINE && fault.message.contains("quotation mark"), "{fault:?}");
    let long = format!("{{\"id\":\"{}\"", "x".repeat(2_000_000));
    let fault = run(&shipped("ndjson"), &[], &[("november", long.as_bytes())], terms()).unwrap_err();
    assert!(fault.code == Code::UNREADABLE_LINE && fault.message.starts_with("november:1: "), "{fault:?}");
}
