//! The probe's own `/metrics`, for Prometheus on the probe's machine.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use holdfast_engine::Code;
use holdfast_figures::Form;

use super::super::data::print;
use super::sums::Shared;
use crate::exit::Failure;

/// Serves the page on a thread of its own, until the process ends. Says on standard output where.
///
/// # Errors
/// The address cannot be listened on.
pub(super) fn serve(address: SocketAddr, sums: &Shared) -> Result<(), Failure> {
    let unusable =
        |error: std::io::Error| Failure::usage(Code::CANNOT_LISTEN, format!("--listen {address}: {error}"));
    let listener = TcpListener::bind(address).map_err(unusable)?;
    listener.set_nonblocking(true).map_err(unusable)?;
    print(&format!("figures on http://{}/metrics\n", listener.local_addr().map_err(unusable)?));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(unusable)?;
    let sums = Arc::clone(sums);
    let page = move || {
        let page = sums.lock().page();
        async move { ([(CONTENT_TYPE, Form::Text.content_type())], page) }
    };
    let serve = move || {
        runtime.block_on(async {
            // A page that cannot be served is no reason to stop probing; the scrape fails, and says so.
            if let Ok(listener) = tokio::net::TcpListener::from_std(listener) {
                let _ = axum::serve(listener, Router::new().route("/metrics", get(page))).await;
            }
        });
    };
    thread::Builder::new().name("page".to_owned()).spawn(serve).map_err(unusable)?;
    Ok(())
}
