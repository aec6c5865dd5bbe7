//! The pages for programs: the numbers of the pages and commands as JSON, under addresses that stay as they are.
//!
//! Each [`Resource`] says once what it takes and what it answers. The router, the check of what is asked and the description
//! (`/api/v1/openapi.json`) are made from that, so that they cannot differ.

mod behind;
mod call;
mod comparison;
mod counts;
mod description;
mod dossiers;
mod held;
mod indicators;
mod problem;
mod runs;

pub use description::description;

pub(crate) use problem::{Problem, ProblemKind};

use axum::Json;
use axum::Router;
use axum::extract::RawPathParams;
use axum::extract::rejection::RawPathParamsRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;

use crate::asked::{Asked, Trouble};
use crate::console::Console;
use call::{Parameter, check};

/// The root of every address.
const ROOT: &str = "/api/";

/// One address of the API.
trait Resource: Sized + 'static {
    /// The answer as JSON.
    type Answer: Serialize + JsonSchema;

    /// Its address.
    const PATH: &'static str;
    /// Its name among all.
    const NAME: &'static str;
    /// The answer in a sentence.
    const SUMMARY: &'static str;
    /// Everything that may be asked.
    const PARAMETERS: &'static [Parameter];

    /// The answer to what was asked, which is checked already.
    fn answer(asked: &Asked) -> impl Future<Output = Result<Self::Answer, Problem>> + Send;
}

/// A resource as it is described.
struct Described {
    path: &'static str,
    name: &'static str,
    summary: &'static str,
    parameters: &'static [Parameter],
    answer: fn(&mut SchemaGenerator) -> Schema,
}

/// All resources while they are put together.
#[derive(Default)]
struct Api {
    router: Router<Console>,
    described: Vec<Described>,
}

impl Api {
    fn with<R: Resource>(mut self) -> Self {
        self.router = self.router.route(R::PATH, get(serve::<R>));
        self.described.push(Described {
            path: R::PATH,
            name: R::NAME,
            summary: R::SUMMARY,
            parameters: R::PARAMETERS,
            answer: SchemaGenerator::subschema_for::<R::Answer>,
        });
        self
    }

    fn whole() -> Self {
        Self::default()
            .with::<counts::Overview>()
            .with::<counts::Units>()
            .with::<dossiers::Dossiers>()
            .with::<dossiers::OneDossier>()
            .with::<held::Held>()
            .with::<held::Findings>()
            .with::<comparison::Differences>()
            .with::<comparison::Causes>()
            .with::<runs::Runs>()
            .with::<runs::Schedules>()
            .with::<indicators::Indicators>()
            .with::<behind::DossiersBehind>()
    }
}

/// The addresses of the API.
pub(crate) fn router() -> Router<Console> {
    Api::whole()
        .router
        .route("/api/v1/openapi.json", get(async || Json(description())))
        .route("/api/{*rest}", get(nowhere))
}

/// Whether this is an address of the API, whose callers are programs.
pub(crate) fn is_of(path: &str) -> bool {
    path.starts_with(ROOT)
}

async fn nowhere(asked: Asked) -> Response {
    Problem::new(ProblemKind::NotFound).answer(asked.lang)
}

async fn serve<R: Resource>(path: Result<RawPathParams, RawPathParamsRejection>, asked: Asked) -> Response {
    let lang = asked.lang;
    let Ok(path) = path else { return Problem::new(ProblemKind::NotFound).answer(lang) };
    let asked = path.iter().fold(asked, |asked, (name, value)| asked.with(name, value));
    let answered = match check(&asked, R::PARAMETERS) {
        Ok(()) => R::answer(&asked).await,
        Err(problem) => Err(problem),
    };
    match answered {
        Ok(answer) => (StatusCode::OK, Json(answer)).into_response(),
        Err(problem) => {
            problem.note(&asked.console);
            problem.answer(lang)
        }
    }
}

impl From<Trouble> for Problem {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Ledger(error) => Self::ledger(error),
            Trouble::NotForYou => Self::new(ProblemKind::NotForYou),
            Trouble::Unavailable => Self::new(ProblemKind::Unavailable),
            Trouble::Meant(code) => Self::new(ProblemKind::NotFound).about(&code),
            Trouble::NoDossier(_) | Trouble::Nowhere | Trouble::Refused(_) => {
                Self::new(ProblemKind::NotFound)
            }
        }
    }
}
