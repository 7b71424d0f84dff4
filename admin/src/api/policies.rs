//! `/policies`: the catalogue of policies in a language. It comes with the program, and no command has it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use holdfast_net::Right;

use super::{Asked, as_json, refused};
use crate::refusal::Refusal;
use crate::shared::Shared;
use crate::visitor::{Visitor, denied};

pub(crate) async fn tell(
    State(shared): State<Arc<Shared>>,
    visitor: Visitor,
    asked: Asked,
) -> Result<Response, Refusal> {
    if !visitor.pass.may(Right::Read) {
        shared.protection.access.denied(&visitor.pass, visitor.caller.from, "/policies");
        return Err(denied(format!("this needs the role {}", Right::Read)));
    }
    let language = match &asked.query[..] {
        [] => "en",
        [(name, language)] if name == "lang" => language,
        _ => return Err(refused::invalid("there is one parameter here: lang")),
    };
    let text = (shared.policies)(language)
        .ok_or_else(|| refused::invalid(format!("lang: {language:?} is not en or ko")))?;
    Ok(as_json(text.as_bytes().to_vec()))
}
