//! Random sales and what a provider says of them, with faults of each class put in: the report names exactly those, and what was put in
//! right is matched. The lines stand in any order, in one file or two.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is a failure, and its place says which")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use holdfast_engine::{Code, PaymentStatus};
use holdfast_reconcile::{Class, Finding, Payment, Report, mismatches, plans, refunds};
use quickcheck::{Arbitrary, Gen, quickcheck};

use support::{amount, name, payment, run, shipped, terms};

/// What is put in for one payment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Put {
    Paid,
    PaidInParts,
    Refunded,
    RefundedInParts,
    RefundedByAmount,
    Failed,
    FailedAndBack,
    TwiceAndBack,
    DisputeWon,
    Waits,
    NoSeat,
    Unknown,
    Twice,
    Unpaid,
    OtherAmount,
    OtherCurrency,
    Owed,
    RefundLost,
    RefundBounced,
    Unrecorded,
    Unexpected,
    Disputed,
    Cancelled,
    CancelledInPart,
    Repeated,
}

const ALL: [Put; 25] = [
    Put::Paid,
    Put::PaidInParts,
    Put::Refunded,
    Put::RefundedInParts,
    Put::RefundedByAmount,
    Put::Failed,
    Put::FailedAndBack,
    Put::TwiceAndBack,
    Put::DisputeWon,
    Put::Waits,
    Put::NoSeat,
    Put::Unknown,
    Put::Twice,
    Put::Unpaid,
    Put::OtherAmount,
    Put::OtherCurrency,
    Put::Owed,
    Put::RefundLost,
    Put::RefundBounced,
    Put::Unrecorded,
    Put::Unexpected,
    Put::Disputed,
    Put::Cancelled,
    Put::CancelledInPart,
    Put::Repeated,
];

/// A payment, what was put in, how much it is, and how its lines are mixed.
#[derive(Clone, Debug)]
struct One(Put, u64, u64);

impl Arbitrary for One {
    fn arbitrary(g: &mut Gen) -> Self {
        Self(*g.choose(&ALL).unwrap(), 2 + u64::arbitrary(g) % 1_000_000, u64::arbitrary(g))
    }
}

/// What is expected of the report, and of the lines.
#[derive(Default)]
struct Scene {
    payments: Vec<Payment>,
    lines: Vec<(u64, String)>,
    /// Class and payment of each finding; of unknown lines, their name.
    expected: Vec<(Class, String)>,
    /// What is to be paid back, in minor units.
    owed: BTreeMap<String, u64>,
    commands: BTreeSet<String>,
}

impl Scene {
    fn line(&mut self, (mix, key, id): (u64, &str, &str), kind: &str, minor: u64, code: &str) {
        let amount =
            if code == "EUR" { format!("{}.{:02}", minor / 100, minor % 100) } else { minor.to_string() };
        self.lines
            .push((mix, format!("{id},gala:{key},{kind},{amount},{code},2026-11-29T12:00:30Z,ch-{id}")));
    }

    fn put(&mut self, number: usize, One(put, minor, mix): &One) {
        let (minor, of) = (*minor, format!("p{number}"));
        let success = |minor| payment(&of, PaymentStatus::Success, Some(amount(minor, "EUR")));
        let due = |refundable| Payment {
            refundable,
            ..payment(&of, PaymentStatus::RefundDue, Some(amount(minor, "EUR")))
        };
        let id = |part: &str| format!("{of}-{part}");
        let half = minor / 2;
        let capture = |scene: &mut Self, part: &str, minor| {
            scene.line((mix.rotate_left(part.len() as u32), &of, &id(part)), "capture", minor, "EUR");
        };
        let back = |scene: &mut Self, part: &str, kind: &str, minor| {
            scene.line((mix.rotate_left(7 + part.len() as u32), &of, &id(part)), kind, minor, "EUR");
        };
        let mut expect = None;
        let payment = match put {
            Put::Paid | Put::Repeated | Put::DisputeWon | Put::Disputed | Put::Unexpected => {
                capture(self, "c", minor);
                match put {
                    Put::Repeated => {
                        let (mix, line) = self.lines.last().unwrap().clone();
                        self.lines.push((mix.wrapping_mul(31), line));
                        self.expected.push((Class::LineRepeated, id("c")));
                    }
                    Put::DisputeWon => {
                        back(self, "b", "chargeback", minor);
                        self.line((*mix, &of, &id("w")), "chargeback_reversed", minor, "EUR");
                    }
                    Put::Disputed => {
                        back(self, "b", "chargeback", minor);
                        expect = Some(Class::Chargeback);
                    }
                    Put::Unexpected => {
                        back(self, "r", "refund", half);
                        expect = Some(Class::RefundUnexpected);
                    }
                    _ => {}
                }
                success(minor)
            }
            Put::PaidInParts => {
                capture(self, "c", half);
                capture(self, "cc", minor - half);
                self.line((*mix, &of, &id("f")), "fee", 3, "EUR");
                success(minor)
            }
            Put::Refunded | Put::RefundedByAmount => {
                capture(self, "c", minor);
                back(self, "r", "refund", minor);
                let told =
                    if *put == Put::Refunded { format!("ch-{}", id("r")) } else { "by hand".to_owned() };
                let refunds = vec![(told.into(), minor)];
                Payment { refunds, ..payment(&of, PaymentStatus::Refunded, Some(amount(minor, "EUR"))) }
            }
            Put::RefundedInParts => {
                capture(self, "c", minor);
                back(self, "r", "refund", half);
                back(self, "rr", "refund", minor - half);
                let refunds = vec![(id("rr").into(), minor - half), (id("r").into(), half)];
                Payment { refunds, seats: 0, ..success(minor) }
            }
            Put::RefundBounced => {
                capture(self, "c", minor);
                back(self, "r", "refund", minor);
                back(self, "rx", "refund_reversed", minor);
                expect = Some(Class::RefundMissing);
                let refunds = vec![(id("r").into(), minor)];
                Payment { refunds, ..payment(&of, PaymentStatus::Refunded, Some(amount(minor, "EUR"))) }
            }
            Put::RefundLost => {
                capture(self, "c", minor);
                expect = Some(Class::RefundMissing);
                let refunds = vec![(id("r").into(), minor)];
                Payment { refunds, ..payment(&of, PaymentStatus::Refunded, Some(amount(minor, "EUR"))) }
            }
            Put::Failed => payment(&of, PaymentStatus::Failed, None),
            Put::FailedAndBack => {
                capture(self, "c", minor);
                back(self, "r", "refund", minor);
                payment(&of, PaymentStatus::Failed, None)
            }
            Put::NoSeat => {
                capture(self, "c", minor);
                expect = Some(Class::PaidNoSeat);
                self.commands.insert(format!(
                    "PAYMENT SUCCEED gala * {of} AMOUNT {minor} EUR REFERENCE ch-{}",
                    id("c")
                ));
                payment(&of, PaymentStatus::Failed, None)
            }
            Put::Waits => {
                capture(self, "c", minor);
                expect = Some(Class::Timing);
                let deadline = holdfast_engine::At(terms().as_of.0 + 1);
                Payment { deadline, ..payment(&of, PaymentStatus::Pending, None) }
            }
            Put::Unknown => {
                self.line((*mix, "nobody", &id("c")), "capture", minor, "EUR");
                self.expected.push((Class::PaidUnknown, id("c")));
                payment(&of, PaymentStatus::Failed, None)
            }
            Put::Twice | Put::TwiceAndBack => {
                capture(self, "c", minor);
                capture(self, "cc", minor + 1);
                match put {
                    Put::Twice => {
                        expect = Some(Class::PaidTwice);
                        self.owed.insert(of.clone(), minor + 1);
                    }
                    _ => back(self, "r", "refund", minor + 1),
                }
                success(minor)
            }
            Put::Unpaid => {
                expect = Some(Class::SeatUnpaid);
                success(minor)
            }
            Put::OtherAmount => {
                capture(self, "c", minor);
                expect = Some(Class::AmountDiffers);
                success(minor + 1)
            }
            Put::OtherCurrency => {
                self.line((*mix, &of, &id("c")), "capture", minor, "KRW");
                expect = Some(Class::CurrencyDiffers);
                success(minor)
            }
            Put::Owed => {
                capture(self, "c", minor);
                expect = Some(Class::RefundMissing);
                self.owed.insert(of.clone(), minor);
                due(minor)
            }
            Put::Unrecorded => {
                capture(self, "c", minor);
                back(self, "r", "refund", minor);
                expect = Some(Class::RefundUnrecorded);
                self.commands.insert(format!("PAYMENT REFUNDED gala * {of} {} AMOUNT {minor} EUR", id("r")));
                due(minor)
            }
            Put::Cancelled | Put::CancelledInPart => {
                capture(self, "c", minor);
                let owed = if *put == Put::Cancelled { minor } else { half };
                expect = Some(Class::CancelledUnrefunded);
                self.owed.insert(of.clone(), owed);
                Payment { refundable: owed, seats: u32::from(*put != Put::Cancelled), ..success(minor) }
            }
        };
        self.expected.extend(expect.map(|class| (class, of.clone())));
        self.payments.push(payment);
    }

    /// The lines in two files, in the order of their mixing.
    fn files(&mut self) -> [String; 2] {
        self.lines.sort();
        let head = "id,key,type,amount,currency,at,reference\n".to_owned();
        let mut files = [head.clone(), head];
        for (mix, line) in &self.lines {
            files[(mix % 2) as usize] += &format!("{line}\r\n");
        }
        files
    }
}

fn shown(finding: &Finding) -> (Class, String) {
    let of =
        finding.payment.as_ref().map_or_else(|| finding.id.to_string(), |(_, payment)| payment.to_string());
    (finding.class, of)
}

fn report(scene: &mut Scene) -> Report {
    let files = scene.files();
    let files: Vec<_> = ["a.csv", "b.csv"].into_iter().zip(files.iter().map(String::as_bytes)).collect();
    run(&shipped("csv"), &scene.payments, &files, terms()).unwrap()
}

fn names_exactly(all: &[One]) {
    let mut scene = Scene::default();
    all.iter().enumerate().for_each(|(number, one)| scene.put(number, one));
    let report = report(&mut scene);
    let mut found: Vec<_> = report.findings.iter().map(shown).collect();
    found.sort();
    scene.expected.sort();
    assert_eq!(found, scene.expected);
    let back: BTreeMap<_, _> =
        report.refunds.iter().map(|refund| (refund.payment.1.to_string(), refund.amount.minor)).collect();
    assert_eq!((back, report.refunds.len()), (scene.owed.clone(), scene.owed.len()));
    let keys: BTreeSet<_> = report.refunds.iter().map(|refund| &refund.key).collect();
    assert_eq!(keys.len(), report.refunds.len(), "a key stands twice");
    let commands: BTreeSet<_> =
        report.findings.iter().filter_map(|finding| finding.command.clone()).collect();
    assert_eq!(commands, scene.commands);
    assert_eq!(report.lines, scene.lines.len() as u64);
    assert_eq!(plans(&report).concat().lines().count(), scene.commands.len());
    let rows = |table: Vec<u8>| csv_rows(&table);
    assert_eq!(rows(mismatches(&report).unwrap()), report.findings.len());
    assert_eq!(rows(refunds(&report).unwrap()), report.refunds.len());
}

fn csv_rows(table: &[u8]) -> usize {
    csv::Reader::from_reader(table).records().collect::<Result<Vec<_>, _>>().unwrap().len()
}

quickcheck! {
    fn a_report_names_exactly_what_was_put_in(all: Vec<One>) -> bool {
        names_exactly(&all);
        true
    }
}

#[test]
fn each_class_is_put_in_once() {
    let all: Vec<_> = ALL.into_iter().map(|put| One(put, 12_345, 99)).collect();
    names_exactly(&all);
    let mut scene = Scene::default();
    all.iter().enumerate().for_each(|(number, one)| scene.put(number, one));
    let classes: BTreeSet<_> = scene.expected.iter().map(|(class, _)| *class).collect();
    let with_codes = Class::ALL.into_iter().filter(|class| class.code().is_some() || *class == Class::Timing);
    assert_eq!(classes, with_codes.collect(), "a class that no test puts in");
    // The same files once more: the same keys for the same money, so that a provider pays nothing twice.
    let (one, other) = (report(&mut scene), report(&mut scene));
    assert_eq!(one.refunds, other.refunds);
    assert_eq!(one.text(), other.text());
}

#[test]
fn nothing_is_proposed_of_what_was() {
    let mut scene = Scene::default();
    for (number, put) in ALL.into_iter().enumerate() {
        scene.put(number, &One(put, 12_345, 99));
    }
    let files = scene.files();
    let files: Vec<_> = ["a.csv", "b.csv"].into_iter().zip(files.iter().map(String::as_bytes)).collect();
    let past = holdfast_reconcile::Terms { is_now: false, ..terms() };
    let report = run(&shipped("csv"), &scene.payments, &files, past).unwrap();
    assert!(report.refunds.is_empty() && plans(&report).is_empty());
    assert_eq!(report.findings.len(), scene.expected.len());
}

#[test]
fn a_key_does_not_change_with_the_sum_but_with_what_went_back() {
    let key = |refundable, refunds: Vec<(Box<str>, u64)>| {
        let paid = Some(amount(1_000, "EUR"));
        let back: u64 = refunds.iter().map(|(_, minor)| minor).sum();
        let owed = Payment { refundable, refunds, ..payment("p", PaymentStatus::Success, paid) };
        let file = format!(
            "id,key,type,amount,currency,at\nc,gala:p,capture,10,EUR,2026-11-29\n{}",
            if back > 0 {
                format!("r,gala:p,refund,{}.00,EUR,2026-11-29\n", back / 100)
            } else {
                String::new()
            }
        );
        let report = run(&shipped("csv"), &[owed], &[("a.csv", file.as_bytes())], terms()).unwrap();
        report.refunds.into_iter().map(|refund| refund.key).next()
    };
    assert_eq!(key(300, vec![]), key(500, vec![]));
    let after = key(300, vec![("r".into(), 200)]);
    assert!(after.is_some() && after != key(300, vec![]));
}

#[test]
fn files_of_one_period_leave_the_others_alone() {
    let old = Payment {
        begun: holdfast_engine::At(support::NOON.0 - 40 * 86_400_000),
        refunds: vec![("re-1".into(), 400)],
        refundable: 100,
        ..payment("old", PaymentStatus::Success, Some(amount(1_000, "EUR")))
    };
    let unpaid = payment("new", PaymentStatus::Success, Some(amount(700, "EUR")));
    let period = holdfast_reconcile::Terms {
        from: Some(holdfast_engine::At(support::NOON.0 - 86_400_000)),
        to: Some(holdfast_engine::At(support::NOON.0 + 86_400_000)),
        ..terms()
    };
    // A refund that settles a month later, and a line of the day before the period.
    let file = "id,key,type,amount,currency,at\nre-1,gala:old,refund,4.00,EUR,2026-11-29\nc,gala:old,capture,10.00,EUR,2026-10-20\n";
    let report =
        run(&shipped("csv"), &[old.clone(), unpaid.clone()], &[("a.csv", file.as_bytes())], period.clone())
            .unwrap();
    let found: Vec<_> = report.findings.iter().map(shown).collect();
    assert_eq!(found, [(Class::CancelledUnrefunded, "old".into()), (Class::SeatUnpaid, "new".into())]);
    assert_eq!(report.there.of(amount(1, "EUR").currency, Class::Outside).minor, 1_000);
    // The refund of another month is told, and nobody is accused.
    let report = run(&shipped("csv"), &[old], &[("a.csv", &file.as_bytes()[..31])], period.clone()).unwrap();
    assert_eq!(report.refunds_elsewhere.values().sum::<u64>(), 400);
    assert_eq!(report.count(Class::RefundMissing), 0);
    // Soon after the end of the period the provider may not have it yet.
    let late = holdfast_reconcile::Terms { to: Some(holdfast_engine::At(support::NOON.0 + 1)), ..period };
    let report =
        run(&shipped("csv"), std::slice::from_ref(&unpaid), &[("a.csv", &file.as_bytes()[..31])], late)
            .unwrap();
    assert_eq!(report.findings.iter().map(shown).collect::<Vec<_>>(), [(Class::Timing, "new".into())]);
    // And that of another provider is in other files.
    let other = Payment { provider: Some(name("toss")), ..unpaid };
    let stripe = holdfast_reconcile::Terms { provider: Some(name("stripe")), ..terms() };
    let report = run(&shipped("csv"), &[other], &[("a.csv", &file.as_bytes()[..31])], stripe).unwrap();
    assert!(report.findings.is_empty());
}

#[test]
fn keys_that_tell_no_payments_apart_are_refused() {
    let profile = shipped("csv").with_key("{payment}").unwrap();
    let one = payment("p", PaymentStatus::Failed, None);
    let other = Payment { event: name("matinee"), ..one.clone() };
    let fault = run(&profile, &[one, other], &[], terms()).unwrap_err();
    assert_eq!(fault.code, Code::KEY_AMBIGUOUS, "{fault:?}");
}

/// Where something else is odd about a payment, nothing of it is proposed to be paid back: the money may have gone back already.
#[test]
fn nothing_is_paid_back_twice() {
    let owed = |refundable| Payment {
        refundable,
        ..payment("p", PaymentStatus::Success, Some(amount(9_000, "EUR")))
    };
    let head = "id,key,type,amount,currency,at\nc,gala:p,capture,90.00,EUR,2026-11-29\n";
    for (refundable, line, classes) in [
        // More went back than was owed.
        (
            4_000,
            "r,gala:p,refund,50.00,EUR,2026-11-29\n",
            vec![Class::AmountDiffers, Class::CancelledUnrefunded],
        ),
        (
            4_000,
            "r,gala:p,refund,40,JPY,2026-11-29\n",
            vec![Class::CurrencyDiffers, Class::CancelledUnrefunded],
        ),
        (
            4_000,
            "r,gala:p,chargeback,90,EUR,2026-11-29\n",
            vec![Class::Chargeback, Class::CancelledUnrefunded],
        ),
        // A second capture, of which a part went back, or that a bank has taken back.
        (
            0,
            "d,gala:p,capture,90,EUR,2026-11-29\nr,gala:p,refund,50,EUR,2026-11-29\n",
            vec![Class::RefundUnexpected, Class::PaidTwice],
        ),
        (
            0,
            "d,gala:p,capture,90,EUR,2026-11-29\nr,gala:p,chargeback,90,EUR,2026-11-29\n",
            vec![Class::Chargeback, Class::PaidTwice],
        ),
        // What is paid back in part is owed in part.
        (
            4_000,
            "r,gala:p,refund,10.00,EUR,2026-11-29\n",
            vec![Class::RefundUnrecorded, Class::CancelledUnrefunded],
        ),
    ] {
        let file = format!("{head}{line}");
        let report =
            run(&shipped("csv"), &[owed(refundable)], &[("a.csv", file.as_bytes())], terms()).unwrap();
        let found: Vec<_> = report.findings.iter().map(|finding| finding.class).collect();
        assert_eq!(found, classes, "{line}");
        let back: Vec<_> = report.refunds.iter().map(|refund| refund.amount.minor).collect();
        let expected = if classes[0] == Class::RefundUnrecorded { vec![3_000] } else { vec![] };
        assert_eq!(back, expected, "{line}");
    }
    // A debt whose money is nowhere is none to be paid back.
    let file = head.lines().next().unwrap().to_owned() + "\n";
    let report = run(&shipped("csv"), &[owed(4_000)], &[("a.csv", file.as_bytes())], terms()).unwrap();
    assert_eq!(report.findings.iter().map(|finding| finding.class).collect::<Vec<_>>(), [Class::SeatUnpaid]);
    assert!(report.refunds.is_empty());
}

#[test]
fn what_is_later_than_the_books_accuses_nobody() {
    let file = "id,key,type,amount,currency,at\n\
        c,gala:f,capture,90.00,EUR,2026-11-29\nu,gala:new,capture,90.00,EUR,2026-11-29\n\
        o,gala:d,capture,90.00,EUR,2026-11-20\nr,gala:d,refund,90.00,EUR,2026-11-29\n";
    let due =
        Payment { refundable: 9_000, ..payment("d", PaymentStatus::RefundDue, Some(amount(9_000, "EUR"))) };
    let payments = [payment("f", PaymentStatus::Failed, None), due];
    let early =
        holdfast_reconcile::Terms { as_of: holdfast_engine::At(support::NOON.0 - 3 * 86_400_000), ..terms() };
    let report = run(&shipped("csv"), &payments, &[("a.csv", file.as_bytes())], early).unwrap();
    let found: Vec<_> = report.findings.iter().map(|finding| finding.class).collect();
    assert_eq!(found, [Class::Timing; 3], "{:?}", report.findings);
    assert!(report.refunds.is_empty() && plans(&report).is_empty());
}
