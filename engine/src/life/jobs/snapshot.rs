//! A snapshot of all events, now.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use crate::catalogue::Code;
use crate::fault::Fault;
use crate::jobs::{Job, JobRun, Plan, Unfinished, no_arguments};
use crate::life::background::{Made, Task};
use crate::system::Outcome;

/// Asks the background thread for a snapshot.
pub(crate) struct Snapshot {
    tasks: Sender<Task>,
}

impl Snapshot {
    pub(crate) const fn new(tasks: Sender<Task>) -> Self {
        Self { tasks }
    }
}

impl Job for Snapshot {
    fn name(&self) -> &'static str {
        "snapshot"
    }

    fn usage(&self) -> &'static str {
        ""
    }

    fn summary(&self) -> &'static str {
        "makes a snapshot of all events, so that the next start reads less log"
    }

    fn plan(&self, arguments: &[Box<str>]) -> Result<Plan, Fault> {
        no_arguments(self.name(), arguments)?;
        Ok(Plan { steps: vec!["a snapshot of what has changed since the last one".to_owned()], items: 0 })
    }

    fn run(&self, run: &mut JobRun<'_>) -> Result<Outcome, Unfinished> {
        let (done, made) = channel::<Made>();
        let ends = || Fault::new(Code::JOB_FAILED, "the process ends");
        self.tasks.send(Task::Checkpoint(Some(done))).map_err(|_| ends())?;
        let made = loop {
            match made.recv_timeout(Duration::from_millis(100)) {
                Ok(made) => break made,
                // What has begun is finished, and does no harm: nobody has to wait for it.
                Err(RecvTimeoutError::Timeout) => run.step(0, 0, "")?,
                Err(RecvTimeoutError::Disconnected) => return Err(ends().into()),
            }
        };
        let mut outcome = Outcome::default();
        match made {
            Ok(None) => outcome.figure("events", 0),
            Ok(Some(report)) => {
                outcome.figure("lsn", report.lsn.0);
                outcome.figure("events", report.written as u64);
                outcome.figure("unchanged", report.carried_over as u64);
                outcome.figure("bytes", report.bytes);
                outcome.figure("segments_released", report.segments_released);
                report.alarms.iter().for_each(|alarm| outcome.finding(alarm));
                for (event, why) in &report.behind {
                    outcome.finding(&format!("no snapshot of event {} could be made: {why}", event.0));
                }
            }
            Err((code, message)) => return Err(Fault::new(code, message).into()),
        }
        outcome.unless_found(Code::JOB_FOUND)
    }
}
