//! The procedures that `LayDanhSachTTHC` lists and `LayThuTuc` describes.

use serde::Serialize;

use super::answer::list;
use crate::catalogue::{Catalogue, Field, Procedure};
use crate::core::Core;
use crate::sync::lock;
use crate::wire::answer::Answer;

/// `LayDanhSachTTHC`: code and name of every procedure.
pub(super) fn all(core: &Core) -> Answer {
    let catalogue = lock(&core.catalogue);
    list(core, catalogue.procedures.iter().map(ProcedureName::of))
}

/// `LayThuTuc`: one procedure, or an empty list.
pub(super) fn one(core: &Core, code: &str) -> Answer {
    let catalogue = lock(&core.catalogue);
    list(core, catalogue.procedure(code).map(|procedure| ProcedureDetail::of(&catalogue, procedure)))
}

#[derive(Serialize)]
struct ProcedureName<'a> {
    #[serde(rename = "MATTHC")]
    code: &'a str,
    #[serde(rename = "TENTTHC")]
    name: &'a str,
}

/// A procedure in `LayThuTuc`. The names of fees and results are assumed: the guide is silent.
#[derive(Serialize)]
#[serde(rename_all = "UPPERCASE")]
struct ProcedureDetail<'a> {
    #[serde(flatten)]
    name: ProcedureName<'a>,
    linhvucthuchien: Vec<&'a Field>,
    philephi: Vec<Fee>,
    ketquathuchien: Vec<ResultPaper<'a>>,
}

#[derive(Serialize)]
struct Fee {
    #[serde(rename = "MUCPHI")]
    amount: String,
}

#[derive(Serialize)]
struct ResultPaper<'a> {
    #[serde(rename = "TENKETQUA")]
    name: &'a str,
}

impl<'a> ProcedureName<'a> {
    fn of(procedure: &'a Procedure) -> Self {
        Self { code: &procedure.code, name: &procedure.name }
    }
}

impl<'a> ProcedureDetail<'a> {
    fn of(catalogue: &'a Catalogue, procedure: &'a Procedure) -> Self {
        let fee = (procedure.fee > 0).then(|| Fee { amount: procedure.fee.to_string() });
        let result = (!procedure.result.is_empty()).then_some(ResultPaper { name: &procedure.result });
        Self {
            name: ProcedureName::of(procedure),
            linhvucthuchien: catalogue.field(&procedure.field).into_iter().collect(),
            philephi: fee.into_iter().collect(),
            ketquathuchien: result.into_iter().collect(),
        }
    }
}
