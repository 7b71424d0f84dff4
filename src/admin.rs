//! The admin port as the settings ask for it.

use std::net::TcpListener;
use std::sync::Arc;

use holdfast_admin::{Admin, Config, Running, Stage};
use holdfast_engine::Code;
use holdfast_net::Protection;

use crate::exit::Failure;
use crate::figures::Pages;
use crate::settings::Settings;

/// Opens the port, with the tokens and the certificate of the other one; `None` if there is to be none. What it is told of the server
/// comes through the stage; `policies` has the catalogue.
pub(crate) fn open(
    settings: &Settings,
    protection: &Protection,
    stage: &Arc<Stage>,
    policies: fn(&str) -> Option<&'static str>,
) -> Result<Option<Running>, Failure> {
    let Some(address) = settings.admin.listen.0 else { return Ok(None) };
    let refused = |error: &dyn std::fmt::Display| {
        let message = format!("admin.listen: cannot listen on {address}: {error}");
        Failure::usage(Code::ADMIN_CANNOT_LISTEN, message)
    };
    let names = settings.admin.hosts.iter().flat_map(|names| names.split(','));
    let config = Config {
        hosts: names.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect(),
        // At most a thousand, as the settings are checked.
        in_flight_max: usize::try_from(settings.admin.inflight.0).unwrap_or(usize::MAX),
        live_after: settings.admin.live_after.0,
        writes: settings.admin.writes,
        session_idle: settings.admin.session_idle.0,
        session_max: settings.admin.session_max.0,
        policies,
    };
    let metrics = Arc::new(Pages::new(settings));
    let listener = TcpListener::bind(address).map_err(|error| refused(&error))?;
    let running = Admin::start(listener, &config, protection.clone(), Arc::clone(stage), metrics)
        .map_err(|error| refused(&error))?;
    let tls = protection.tls.is_some();
    tracing::info!(address = %running.local_addr(), tls, "the admin port is open");
    if !address.ip().to_canonical().is_loopback() && (protection.access.tokens().is_none() || !tls) {
        tracing::warn!(
            %address,
            "insecure.listen_anywhere: the admin port may be reached from other machines without tokens or without TLS"
        );
    }
    Ok(Some(running))
}
