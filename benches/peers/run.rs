//! One server's turn in one round.

use std::io;
use std::net::TcpStream;
use std::time::Duration;

use crate::harness::drive::{Wire, drive};
use crate::harness::load::Load;
use crate::harness::shape::{Pace, Shape};
use crate::table::{Subject, Table};

pub(crate) struct Run<'a> {
    /// What one shape takes at most.
    pub(crate) most: Duration,
    pub(crate) table: &'a mut Table,
}

impl Run<'_> {
    /// As many requests as can be answered in that shape, by a server that answers no more than `ceiling` a second.
    pub(crate) fn enough(&self, shape: Shape, ceiling: u32) -> u32 {
        /// One at a time takes longer than this on any network.
        const ROUND_TRIPS: u32 = 60_000;
        let rate = match shape.pace {
            Pace::Open { rate } => rate + rate / 5,
            Pace::Closed { pipeline: 1 } if shape.connections == 1 => ROUND_TRIPS,
            Pace::Closed { .. } => ceiling,
        };
        u32::try_from(u64::from(rate.min(ceiling)) * self.most.as_secs()).unwrap_or(u32::MAX)
    }

    /// Measures one shape and enters it; returns how many replies there were.
    ///
    /// # Errors
    /// Also if a reply was not what was asked for.
    pub(crate) fn measure(
        &mut self,
        shape: Shape,
        subject: Subject,
        sockets: Vec<TcpStream>,
        wire: impl Wire,
        load: &Load,
    ) -> io::Result<u64> {
        let outcome = drive(sockets, wire, shape.pace, load, self.most)
            .map_err(|error| io::Error::new(error.kind(), format!("{shape}: {error}")))?;
        if let Some(error) = &outcome.first_error {
            let what =
                format!("{shape}: {} of {} replies bad, first: {error}", outcome.errors, outcome.replies);
            return Err(io::Error::other(what));
        }
        self.table.figures(shape, subject).add_outcome(&outcome);
        Ok(outcome.replies)
    }
}
