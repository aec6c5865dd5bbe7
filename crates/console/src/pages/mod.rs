//! The pages, each with its address.

mod audit;
pub(crate) mod behind;
pub(crate) mod comparison;
pub(crate) mod dossier;
pub(crate) mod dossiers;
pub(crate) mod indicators;
pub(crate) mod orders;
pub(crate) mod overview;
pub(crate) mod resend;
mod story;
pub(crate) mod system;
pub(crate) mod work;

use axum::response::Response;

use crate::asked::{Asked, Trouble};
use crate::frame::Place;

/// Answers for an address that is no page.
pub(crate) async fn nowhere(asked: Asked) -> Response {
    asked.answer(Place::Overview, Err(Trouble::Nowhere)).await
}
