//! Closing a connection so that its last reply arrives.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::limits;

/// Closes the sending side, then drops what still comes, for a moment: see [`limits::LINGER`].
pub(crate) async fn linger(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    let drop_the_rest = async {
        stream.shutdown().await?;
        let mut sink = [0; 4096];
        while stream.read(&mut sink).await? > 0 {
            tokio::task::yield_now().await;
        }
        io::Result::Ok(())
    };
    // However it ends, the socket is closed next.
    let _ = tokio::time::timeout(limits::LINGER, drop_the_rest).await;
}
