//! How long the machines are patient.

/// Times, milliseconds. How safe the log is depends on none of them: they decide how soon somebody takes over, and how often somebody does
/// without need.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Timing {
    /// An owner that wrote nothing for so long writes a beat.
    pub beat: u64,
    /// Nothing valid for so long: somebody else takes over. At least four beats.
    pub silence: u64,
    /// And the log has answered for so long: a log that is away deposes nobody.
    pub available: u64,
    /// Each candidate waits so much longer than the one before it in the list.
    pub stagger: u64,
    /// A log that was not heard of for two beats is looked at so often.
    pub look: u64,
    /// An answer that did not come for so long does not come.
    pub answer: u64,
    /// The pause before the log is asked again.
    pub again: u64,
    /// Whoever a log was handed to has so long to take it.
    pub handover: u64,
    /// A node looks so often whether the log still has what it has read.
    pub compare: u64,
    /// How many messages may be on their way at once.
    pub window: usize,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            beat: 500,
            silence: 3_000,
            available: 1_000,
            stagger: 300,
            look: 150,
            answer: 1_000,
            again: 50,
            handover: 1_000,
            compare: 10_000,
            window: 4,
        }
    }
}

impl Timing {
    /// What is wrong with these times, if anything is.
    #[must_use]
    pub const fn fault(&self) -> Option<&'static str> {
        if self.beat == 0 || self.look == 0 || self.answer == 0 || self.again == 0 || self.window == 0 {
            Some("beat, look, answer, again and window are at least 1")
        } else if self.silence < 4 * self.beat {
            Some("silence is at least four beats: one that is late must depose nobody")
        } else if self.available < 2 * self.look {
            Some("available is at least two looks: one answer does not show that the log is back")
        } else {
            None
        }
    }
}
