//! Who else has a say in how far the log is let go of.

use std::fmt;
use std::sync::Arc;

use holdfast_wal::Lsn;

/// Asked how far log may be let go of that no snapshot needs, of what stands up to a record. It may wait a little.
#[derive(Clone)]
pub(crate) struct LettingGo(Arc<dyn Fn(Lsn) -> Lsn + Send + Sync>);

impl LettingGo {
    pub(crate) fn by(may: impl Fn(Lsn) -> Lsn + Send + Sync + 'static) -> Self {
        Self(Arc::new(may))
    }

    pub(crate) fn upto(&self, upto: Lsn) -> Lsn {
        self.0(upto)
    }
}

impl Default for LettingGo {
    /// Nobody has.
    fn default() -> Self {
        Self::by(|upto| upto)
    }
}

impl fmt::Debug for LettingGo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LettingGo")
    }
}
