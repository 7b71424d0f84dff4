//! Commands of operators about jobs and their executions: `JOB ...`.

use holdfast_engine::limits::{JOB_ARGUMENT_BYTES_MAX, JOB_ARGUMENTS_BYTES_MAX, JOB_ARGUMENTS_MAX};
use holdfast_engine::{
    At, By, Code, ExecutionId, ExecutionName as Named, Fault, Find, JobAsk, Name, ResultsPage, State, Task,
};

use crate::access::Right;
use crate::limits;

use crate::verbs::words::{Folded, Words, number, quoted};
use crate::verbs::{Front, OperatorAsk, Verb, front};

const READER: Option<Right> = Some(Right::Read);
const OPERATOR: Option<Right> = Some(Right::Operate);
const APPROVER: Option<Right> = Some(Right::Approve);

pub(in crate::verbs) static VERBS: &[Verb] = &[
    front(
        ("JOB", "LIST"),
        2,
        READER,
        "JOB LIST",
        "which jobs there are, and what became of each last",
        |words| end(words, JobAsk::List),
    )
    .weighs(limits::WEIGHT_LIST),
    front(
        ("JOB", "PLAN"),
        -3,
        OPERATOR,
        "JOB PLAN job [argument ...]",
        "what a job would do; nothing is done",
        |mut words| {
            let task = task(&mut words)?;
            end(words, JobAsk::Plan(task))
        },
    )
    .weighs(limits::WEIGHT_LIST),
    front(
        ("JOB", "RUN"),
        -6,
        OPERATOR,
        "JOB RUN job key operator reason [PLAN plan] [argument ...]",
        "has a job done, beside the sales",
        run,
    ),
    front(
        ("JOB", "RESUME"),
        6,
        OPERATOR,
        "JOB RESUME execution key operator reason",
        "goes on with an execution that failed or was stopped, as another one",
        |words| act(words, JobAsk::Resume),
    ),
    front(
        ("JOB", "STOP"),
        6,
        OPERATOR,
        "JOB STOP execution key operator reason",
        "has an execution end before it is done",
        |words| act(words, JobAsk::Stop),
    ),
    front(
        ("JOB", "ACTIVATE"),
        6,
        OPERATOR,
        "JOB ACTIVATE execution key operator reason",
        "makes the result of an execution the one that counts",
        |words| act(words, JobAsk::Activate),
    ),
    front(
        ("JOB", "APPROVE"),
        6,
        APPROVER,
        "JOB APPROVE execution key operator reason",
        "consents to an execution that another token has asked for, if it would still touch what it did",
        |words| act(words, JobAsk::Approve),
    ),
    front(
        ("JOB", "REJECT"),
        6,
        APPROVER,
        "JOB REJECT execution key operator reason",
        "ends an execution that waits for an approval",
        |words| act(words, JobAsk::Reject),
    ),
    front(
        ("JOB", "BREAKGLASS"),
        6,
        OPERATOR,
        "JOB BREAKGLASS execution key operator reason",
        "goes on without an approval, where approval.break_glass allows it: everybody is told",
        |words| act(words, JobAsk::BreakGlass),
    ),
    front(("JOB", "GET"), 3, READER, "JOB GET execution", "all about an execution", |mut words| {
        let named = named(&mut words)?;
        end(words, JobAsk::Get(named))
    })
    .weighs(limits::WEIGHT_LIST),
    front(
        ("JOB", "RESULTS"),
        -3,
        READER,
        "JOB RESULTS execution [CURSOR n] [COUNT n] [INACTIVE]",
        "what became of each item of an execution, line by line",
        results,
    )
    .weighs(limits::WEIGHT_MAP),
    front(
        ("JOB", "FIND"),
        -2,
        READER,
        "JOB FIND [JOB job] [STATE state] [FROM at] [TO at] [CURSOR n] [COUNT n]",
        "executions, the newest first",
        find,
    )
    .weighs(limits::WEIGHT_MAP),
];

fn end<'a>(words: Words<'a>, ask: JobAsk) -> Result<Front<'a>, Fault> {
    words.end().map(|()| Front::Operator(OperatorAsk::Job(Box::new(ask))))
}

/// A job, and all that is left as its arguments.
fn task(words: &mut Words<'_>) -> Result<Task, Fault> {
    let job = words.kept_name("job")?;
    task_of(&job, words)
}

fn task_of(job: &Name, words: &mut Words<'_>) -> Result<Task, Fault> {
    let mut arguments: Vec<Box<str>> = Vec::new();
    while words.peek().is_some() {
        arguments.push(words.text_of("argument", JOB_ARGUMENT_BYTES_MAX)?.into());
    }
    let task = Task { job: job.as_str().into(), arguments: arguments.into() };
    let (count, bytes) = (task.arguments.len(), task.bytes());
    if count > JOB_ARGUMENTS_MAX || bytes > JOB_ARGUMENTS_BYTES_MAX {
        return Err(words.fault(&format!(
            "{count} arguments of {bytes} bytes are too much: at most {JOB_ARGUMENTS_MAX}, and {JOB_ARGUMENTS_BYTES_MAX} bytes"
        )));
    }
    Ok(task)
}

/// Who acts, under which key and why. The token is added by the session.
pub(super) fn by(words: &mut Words<'_>) -> Result<By, Fault> {
    let key = words.key()?;
    let audit = words.audit()?;
    let key = String::from_utf8_lossy(key.bytes()).into_owned();
    Ok(By { key: key.into(), operator: audit.operator.as_str().into(), token: None, reason: audit.reason })
}

fn run(mut words: Words<'_>) -> Result<Front<'_>, Fault> {
    let job = words.kept_name("job")?;
    let by = by(&mut words)?;
    let plan = if words.takes("PLAN") { Some(plan(&mut words)?) } else { None };
    let task = task_of(&job, &mut words)?;
    end(words, JobAsk::Run(task, plan, by))
}

fn plan(words: &mut Words<'_>) -> Result<u64, Fault> {
    let word = words.word("plan")?;
    let text = std::str::from_utf8(word).ok().filter(|text| text.len() == 16);
    text.and_then(|text| u64::from_str_radix(text, 16).ok()).ok_or_else(|| {
        words.fault(&format!("{} is no plan: JOB PLAN answers one, of 16 hexadecimal digits", quoted(word)))
    })
}

fn act<'a>(mut words: Words<'a>, ask: fn(Named, By) -> JobAsk) -> Result<Front<'a>, Fault> {
    let (named, by) = (named(&mut words)?, by(&mut words)?);
    end(words, ask(named, by))
}

/// An execution: its job and its number, or its number alone.
fn named(words: &mut Words<'_>) -> Result<Named, Fault> {
    let name = words.kept_name("execution")?;
    let (job, id) = match name.as_str().rsplit_once('-') {
        Some((job, id)) => (Some(Box::from(job)), id),
        None => (None, name.as_str()),
    };
    let id = number(id.as_bytes()).map(ExecutionId);
    let none = || Fault::new(Code::NO_EXECUTION, format!("{name} is no execution: a job, -, and a number"));
    id.map(|id| Named(job, id)).ok_or_else(none)
}

fn results(mut words: Words<'_>) -> Result<Front<'_>, Fault> {
    let named = named(&mut words)?;
    let mut page = ResultsPage { cursor: 0, count: limits::LIST_COUNT_DEFAULT, inactive: false };
    while let Some(word) = words.next() {
        match Folded::new(word).bytes() {
            b"CURSOR" => page.cursor = words.number("cursor", 0, u64::MAX)?,
            b"COUNT" => {
                let count = words.number("COUNT", 1, limits::LIST_COUNT_MAX)?;
                page.count = u32::try_from(count).unwrap_or(limits::LIST_COUNT_DEFAULT);
            }
            b"INACTIVE" => page.inactive = true,
            _ => return Err(words.fault(&format!("{} is not a word of JOB RESULTS", quoted(word)))),
        }
    }
    end(words, JobAsk::Results(named, page))
}

fn find(mut words: Words<'_>) -> Result<Front<'_>, Fault> {
    let time = |words: &mut Words<'_>| {
        words.number("time", 0, holdfast_engine::limits::TIME_MAX).map(|at| Some(At(at)))
    };
    let mut find = Find { count: limits::LIST_COUNT_DEFAULT, ..Find::default() };
    while let Some(word) = words.next() {
        match Folded::new(word).bytes() {
            b"JOB" => find.job = Some(words.kept_name("job")?.as_str().into()),
            b"STATE" => {
                let word = words.word("state")?;
                let known =
                    State::WORDS.into_iter().find(|state| word.eq_ignore_ascii_case(state.as_bytes()));
                let none =
                    || words.fault(&format!("{} is none of {}", quoted(word), State::WORDS.join(", ")));
                find.state = Some(known.ok_or_else(none)?);
            }
            b"FROM" => find.from = time(&mut words)?,
            b"TO" => find.to = time(&mut words)?,
            b"CURSOR" => find.cursor = words.number("cursor", 0, u64::MAX)?,
            b"COUNT" => {
                let count = words.number("COUNT", 1, limits::LIST_COUNT_MAX)?;
                find.count = u32::try_from(count).unwrap_or(limits::LIST_COUNT_DEFAULT);
            }
            _ => return Err(words.fault(&format!("{} is not a word of JOB FIND", quoted(word)))),
        }
    }
    end(words, JobAsk::Find(find))
}
