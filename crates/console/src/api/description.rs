//! The description of the API, as OpenAPI 3.1 has it, made from the types that are answered.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::call::{LANGUAGE, Parameter};
use super::problem::ProblemBody;
use super::{Api, Described};

/// The place of schemas in the description.
const SCHEMAS: &str = "#/components/schemas";

/// The description of the API.
#[must_use]
pub fn description() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize().with(|settings| {
        settings.definitions_path = SCHEMAS.trim_start_matches('#').to_owned().into();
        settings.meta_schema = None;
    });
    let mut schemas = settings.into_generator();
    let problem = schemas.subschema_for::<ProblemBody>();
    let mut paths = Map::new();
    for resource in Api::whole().described {
        let answer = (resource.answer)(&mut schemas);
        paths.insert(resource.path.to_owned(), json!({ "get": operation(&resource, &answer.to_value()) }));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "dongbo",
            "version": "1",
            "summary": "How far a local one-stop system and the national portal are in step.",
            "description": "Read only: nothing is changed by it, and no personal data is in it. Within version 1 fields, parameters \
                and words of a list may be added; none goes or changes its meaning. What is read a page at a time has a next, which is \
                the parameter after of the page behind it. Times are in UTC.",
        },
        "servers": [{ "url": "/" }],
        "security": [{ "token": [] }, { "session": [] }, {}],
        "paths": paths,
        "components": {
            "schemas": schemas.take_definitions(true),
            "responses": { "Problem": {
                "description": "It is not answered: the kind is in type, and detail says what is right.",
                "content": { "application/problem+json": { "schema": problem } },
            } },
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer", "description": "The token of a [[console.token]]." },
                "session": { "type": "apiKey", "in": "cookie", "name": "dongbo_session",
                    "description": "The session of one who has logged in at the console." },
            },
        },
    })
}

fn operation(resource: &Described, answer: &Value) -> Value {
    let parameters = resource.parameters.iter().chain([&LANGUAGE]).map(parameter);
    json!({
        "operationId": resource.name,
        "summary": resource.summary,
        "parameters": parameters.collect::<Vec<_>>(),
        "responses": {
            "200": { "description": "The answer.", "content": { "application/json": { "schema": answer } } },
            "default": { "$ref": "#/components/responses/Problem" },
        },
    })
}

fn parameter(parameter: &Parameter) -> Value {
    json!({
        "name": parameter.name,
        "in": if parameter.in_path { "path" } else { "query" },
        "required": parameter.in_path,
        "description": parameter.about,
        "schema": parameter.kind.schema(),
    })
}
