//! A clock that can be set: a library between the server and its clock, as the clock of the machine is everybody's.

use std::fs::{self, File};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::process::Command;

const SOURCE: &str = include_str!("clock.c");

pub(crate) struct Clock {
    /// Eight bytes: how far ahead the clock is, in seconds. The server has them mapped.
    file: File,
    ahead: i64,
    env: Vec<(String, String)>,
}

impl Clock {
    /// Makes the clock, in this directory.
    ///
    /// # Errors
    /// If the compiler does not make it.
    pub(crate) fn make(directory: &Path) -> Result<Self, String> {
        let failed = |what: &str, error: &dyn std::fmt::Display| {
            format!("no clock of its own for the server: {what}: {error}")
        };
        let (source, library, offset) =
            (directory.join("clock.c"), directory.join("clock.so"), directory.join("clock"));
        fs::write(&source, SOURCE).map_err(|error| failed("clock.c", &error))?;
        let made =
            Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(&source).output();
        let made = made.map_err(|error| failed("cc", &error))?;
        if !made.status.success() {
            return Err(failed("cc", &String::from_utf8_lossy(&made.stderr).trim()));
        }
        fs::write(&offset, 0_i64.to_ne_bytes()).map_err(|error| failed("clock", &error))?;
        let file = File::options().write(true).open(&offset).map_err(|error| failed("clock", &error))?;
        let env = [("LD_PRELOAD", &library), ("CHAOS_CLOCK", &offset)]
            .map(|(name, path)| (name.to_owned(), path.display().to_string()));
        Ok(Self { file, ahead: 0, env: env.to_vec() })
    }

    /// What a program needs in its environment to have it.
    pub(crate) fn env(&self) -> Vec<(String, String)> {
        self.env.clone()
    }

    /// Lets it jump by so many seconds.
    ///
    /// # Errors
    /// If its file cannot be written.
    pub(crate) fn step(&mut self, seconds: i64) -> Result<(), String> {
        self.ahead += seconds;
        let written =
            self.file.seek(SeekFrom::Start(0)).and_then(|_| self.file.write_all(&self.ahead.to_ne_bytes()));
        written.map_err(|error| format!("the clock cannot be set: {error}"))
    }

    /// The clock of the machine again.
    ///
    /// # Errors
    /// If its file cannot be written.
    pub(crate) fn set_right(&mut self) -> Result<(), String> {
        self.step(-self.ahead)
    }
}
