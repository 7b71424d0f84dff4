//! Commands about the audit: `AUDIT ...`.

use holdfast_engine::{At, AuditAsk, AuditFind, Fault};

use crate::access::Right;
use crate::limits;
use crate::verbs::words::{Folded, Words, quoted};
use crate::verbs::{Front, OperatorAsk, Verb, front};

const READER: Option<Right> = Some(Right::Read);

pub(in crate::verbs) static VERBS: &[Verb] = &[
    front(
        ("AUDIT", "HEAD"),
        2,
        READER,
        "AUDIT HEAD",
        "where the audit stands, and whether it is whole",
        |words| end(words, AuditAsk::Head),
    )
    .weighs(limits::WEIGHT_LIST),
    front(
        ("AUDIT", "SHOW"),
        -2,
        READER,
        "AUDIT SHOW [FROM at] [TO at] [OPERATOR name] [EVENT ev] [ACT act] [CURSOR n] [COUNT n]",
        "who did what, the newest first",
        show,
    )
    .weighs(limits::WEIGHT_MAP),
];

fn end<'a>(words: Words<'a>, ask: AuditAsk) -> Result<Front<'a>, Fault> {
    words.end().map(|()| Front::Operator(OperatorAsk::Audit(Box::new(ask))))
}

fn show(mut words: Words<'_>) -> Result<Front<'_>, Fault> {
    let time = |words: &mut Words<'_>| {
        words.number("time", 0, holdfast_engine::limits::TIME_MAX).map(|at| Some(At(at)))
    };
    let mut find = AuditFind { count: limits::LIST_COUNT_DEFAULT, ..AuditFind::default() };
    while let Some(word) = words.next() {
        match Folded::new(word).bytes() {
            b"FROM" => find.from = time(&mut words)?,
            b"TO" => find.to = time(&mut words)?,
            // The schedule of jobs and the breaker of payments are operators whose names begin with a sign that no name has.
            b"OPERATOR" => find.operator = Some(words.text("operator")?.into()),
            b"EVENT" => find.event = Some(words.kept_name("event")?.as_str().into()),
            b"ACT" => find.act = Some(words.text("act")?.into()),
            b"CURSOR" => find.cursor = words.number("cursor", 0, u64::MAX)?,
            b"COUNT" => {
                let count = words.number("COUNT", 1, limits::LIST_COUNT_MAX)?;
                find.count = u32::try_from(count).unwrap_or(limits::LIST_COUNT_DEFAULT);
            }
            _ => return Err(words.fault(&format!("{} is not a word of AUDIT SHOW", quoted(word)))),
        }
    }
    end(words, AuditAsk::Show(find))
}
