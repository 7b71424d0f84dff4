//! Who asks: the token of a request or the session of a browser, and whether it may ask for this.

pub(crate) mod cookie;
pub(crate) mod origin;
pub(crate) mod sessions;

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use holdfast_engine::Code;
use holdfast_net::{NoPass, Pass, Right};

use self::origin::Origin;
use crate::refusal::Refusal;
use crate::shared::{Caller, Shared};

/// Somebody who is known.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    pub(crate) pass: Pass,
    pub(crate) caller: Caller,
    /// The secret of the session, if it is one that makes him known.
    pub(crate) session: Option<String>,
}

/// Somebody who may be known or not.
#[derive(Debug)]
pub(crate) struct Came {
    pub(crate) caller: Caller,
    pub(crate) visitor: Option<Visitor>,
}

impl FromRequestParts<Arc<Shared>> for Came {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Refusal> {
        let caller = parts.extensions.get::<Caller>().copied().ok_or_else(Refusal::not_found)?;
        let visitor = recognise(shared, &caller, &parts.method, &parts.headers).await?;
        Ok(Self { caller, visitor })
    }
}

impl FromRequestParts<Arc<Shared>> for Visitor {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Refusal> {
        let came = Came::from_request_parts(parts, shared).await?;
        came.visitor.ok_or_else(|| unknown(NoPass::NotLoggedIn))
    }
}
