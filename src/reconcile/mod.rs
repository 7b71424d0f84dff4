//! Reconciliation: files of payment providers, read from the disk, against the payments of a data directory. The command and the job do the same.

mod asked;
mod job;
mod standing;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use holdfast_admin::Reconciled;
use holdfast_engine::{
    AsOf, At, Code, Engine, EngineStats, Fault, GoesOn, Identity, Millis, Name, Router, TakeEvent, Upto,
    events_of_copy,
};
use holdfast_reconcile::{Books, Profile, Reconciliation, Report, Terms, read};
use holdfast_wal::{Lsn, Storage};

use crate::settings::Settings;

pub(crate) use standing::Standing;

/// A profile of somebody's own has no more bytes than this.
const PROFILE_BYTES_MAX: u64 = 64 * 1024;

/// What is asked of a reconciliation, as people write it.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Asked {
    /// A profile that is shipped, or a file that has one.
    pub(crate) profile: String,
    pub(crate) key: Option<String>,
    pub(crate) event: Option<String>,
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
    pub(crate) as_of: Option<String>,
    pub(crate) provider: Option<String>,
    /// Also orders that were sold without a payment.
    pub(crate) orders: bool,
    pub(crate) files: Vec<String>,
}

/// What is asked, as it was understood.
#[derive(Debug)]
struct Understood {
    profile: Profile,
    upto: Upto,
    from: Option<At>,
    to: Option<At>,
    provider: Option<Name>,
}

/// Where payments are brought back from.
#[derive(Clone, Copy)]
pub(crate) enum Payments<'a> {
    /// A data directory, or a copy of one.
    Of(&'a Arc<dyn Storage>),
    /// What a server runs on.
    Here(&'a Router),
}

impl Payments<'_> {
    /// Shows the events to `take`, as all of them were at one record.
    fn show(
        self,
        which: (Option<&str>, Upto),
        goes_on: GoesOn<'_>,
        take: TakeEvent<'_>,
    ) -> Result<AsOf, Fault> {
        match self {
            Self::Of(storage) => {
                let identity = Identity::of_copy(storage)
                    .map_err(|error| Fault::new(Code::NOT_A_DATA_DIRECTORY, error.to_string()))?;
                events_of_copy(storage, &identity.secret, which, goes_on, take)
            }
            Self::Here(router) => router.events_as_of(which, goes_on, take),
        }
    }
}

/// Told now and then how far it is, in lines; ends the run if it says so.
pub(crate) type Step<'a> = &'a mut dyn FnMut(u64) -> Result<(), Fault>;

/// So many lines are read between two words about how far it is: a few milliseconds.
const STEP_LINES: u64 = 1_000;

fn bad(why: impl Into<String>) -> Fault {
    Fault::new(Code::BAD_USAGE, why)
}

/// Reconciles. `open` finds a file by its name; nothing but it and the payments is read, and nothing is written.
///
/// # Errors
/// What is wrong with what was asked, the first line that cannot be read, or why the payments cannot be brought back.
pub(crate) fn reconcile(
    payments: Payments<'_>,
    (asked, grace): (&Asked, Millis<u64>),
    open: &dyn Fn(&str) -> Result<File, Fault>,
    step: Step<'_>,
) -> Result<(AsOf, Report), Fault> {
    let Understood { profile, upto, from, to, provider } = understood(asked, open)?;
    // What cannot be opened is told before anything takes long.
    let files = asked.files.iter().map(|name| open(name)).collect::<Result<Vec<_>, _>>()?;
    let mut books = Books::new(&profile, asked.orders);
    let only = asked.event.as_deref();
    let (goes_on, take) = (&mut || step(0), &mut |event: &_, goes_on: GoesOn<'_>| books.take(event, goes_on));
    let as_of = payments.show((only, upto), goes_on, take)?;
    let terms = Terms {
        from,
        to,
        as_of: as_of.at,
        grace,
        provider,
        is_part: only.is_some(),
        is_now: as_of.is_newest,
    };
    let mut run = Reconciliation::new(books, terms);
    let mut lines = 0;
    for (number, (name, file)) in (0..).zip(asked.files.iter().zip(files)) {
        run.file(name);
        read(&profile, holdfast_reconcile::File { name, number }, file, &mut |line| {
            lines += 1;
            if lines % STEP_LINES == 0 {
                step(lines)?;
            }
            run.take(line)
        })?;
    }
    step(lines)?;
    Ok((as_of, run.finish(&mut || step(lines))?))
}

fn understood(asked: &Asked, open: &dyn Fn(&str) -> Result<File, Fault>) -> Result<Understood, Fault> {
    let mut profile = match Profile::shipped(&asked.profile) {
        Some(profile) => profile?,
        None => Profile::parse(&own_profile(&asked.profile, open)?)?,
    };
    if let Some(key) = &asked.key {
        profile = profile.with_key(key)?;
    }
    if asked.files.is_empty() {
        return Err(bad("there is no file to reconcile with"));
    }
    if asked.files.len() > usize::from(u16::MAX) {
        return Err(bad("there are more files than 65535"));
    }
    let time = |text: &String| {
        let no_time = || bad(format!("{text}: it is no time; write 2026-11-01 or 2026-11-01T18:30:00+09:00"));
        profile.instant(text).ok_or_else(no_time)
    };
    let (from, to) = (asked.from.as_ref().map(time).transpose()?, asked.to.as_ref().map(time).transpose()?);
    if from.is_some_and(|from| to.is_some_and(|to| to <= from)) {
        return Err(bad("the period ends before it begins"));
    }
    let upto = match &asked.as_of {
        None => Upto::Newest,
        Some(text) => match text.parse() {
            Ok(lsn) => Upto::Record(Lsn(lsn)),
            Err(_) => Upto::Time(time(text)?),
        },
    };
    let name =
        |text: &String| Name::new(text.as_bytes()).ok_or_else(|| bad(format!("{text}: it is no name")));
    let provider = asked.provider.as_ref().map(name).transpose()?;
    Ok(Understood { profile, upto, from, to, provider })
}

fn own_profile(name: &str, open: &dyn Fn(&str) -> Result<File, Fault>) -> Result<String, Fault> {
    use std::io::Read as _;
    let shipped = holdfast_reconcile::SHIPPED.map(|(name, _)| name).join(", ");
    if Path::new(name).extension().is_none_or(|end| end != "toml") {
        return Err(bad(format!(
            "there is no profile {name}: there are {shipped}, or a file that ends with .toml"
        )));
    }
    let mut text = String::new();
    let read = open(name)?.take(PROFILE_BYTES_MAX).read_to_string(&mut text);
    read.map_err(|error| Fault::new(Code::BAD_PROFILE, format!("{name}: {error}")))?;
    Ok(text)
}

/// Opens a file by its path.
///
/// # Errors
/// If it cannot be opened, or is none.
pub(crate) fn open(path: &Path) -> Result<File, Fault> {
    let failed = |error: &dyn std::fmt::Display| bad(format!("cannot read {}: {error}", path.display()));
    let file = File::open(path).map_err(|error| failed(&error))?;
    let is_file = file.metadata().map_err(|error| failed(&error))?.is_file();
    if is_file { Ok(file) } else { Err(failed(&"it is no file")) }
}

/// What the admin port tells of it.
pub(crate) fn told(engine: &Engine, stats: &EngineStats) -> Reconciled {
    let standing = Standing::of_engine(engine, stats.system.system.as_ref());
    Reconciled { open: standing.open(), awaited_since: standing.awaited_since }
}

/// The job, for a running server.
pub(crate) fn add_job(engine: &Engine, settings: &Settings) {
    let grace = Millis(settings.reconcile.grace.as_millis());
    let files = settings.reconcile.files.clone();
    engine.jobs().add(Arc::new(job::Reconcile { router: engine.router().clone(), files, grace }));
}
