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

/// A procedure in `LayThuTuc`, with what a known client reads of it.
#[derive(Serialize)]
#[serde(rename_all = "UPPERCASE")]
struct ProcedureDetail<'a> {
    #[serde(flatten)]
    name: ProcedureName<'a>,
    linhvucthuchien: Vec<&'a Field>,
    cachthucthuchien: Vec<Channel>,
    ketquathuchien: Vec<ResultPaper<'a>>,
    thanhphanhoso: Vec<Case<'a>>,
}

/// A way of handing in.
#[derive(Serialize)]
#[serde(rename_all = "UPPERCASE")]
struct Channel {
    kenh: &'static str,
    thoigian: [Term; 1],
}

/// A time in which the procedure is done, and what it costs.
#[derive(Serialize)]
#[serde(rename_all = "UPPERCASE")]
struct Term {
    mota: &'static str,
    philephi: Vec<Fee>,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "UPPERCASE")]
struct Fee {
    maphilephi: String,
    sotien: String,
    donvi: &'static str,
    mota: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "UPPERCASE")]
struct ResultPaper<'a> {
    maketqua: &'a str,
    tenketqua: &'a str,
}

/// The papers of one case of a procedure.
#[derive(Serialize)]
#[serde(rename_all = "UPPERCASE")]
struct Case<'a> {
    truonghop: &'static str,
    giayto: Vec<Paper<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "UPPERCASE")]
struct Paper<'a> {
    magiayto: &'a str,
    tengiayto: &'a str,
}

impl<'a> ProcedureName<'a> {
    fn of(procedure: &'a Procedure) -> Self {
        Self { code: &procedure.code, name: &procedure.name }
    }
}

impl<'a> ProcedureDetail<'a> {
    fn of(catalogue: &'a Catalogue, procedure: &'a Procedure) -> Self {
        let fee = (procedure.fee > 0).then(|| Fee {
            maphilephi: format!("LP.{}", procedure.code),
            sotien: procedure.fee.to_string(),
            donvi: "đồng",
            mota: "Lệ phí",
        });
        let fees: Vec<Fee> = fee.into_iter().collect();
        let result = (!procedure.result.is_empty())
            .then_some(ResultPaper { maketqua: &procedure.result_code, tenketqua: &procedure.result });
        let papers = procedure.components.iter();
        let papers =
            papers.map(|component| Paper { magiayto: &component.code, tengiayto: &component.name }).collect();
        Self {
            name: ProcedureName::of(procedure),
            linhvucthuchien: catalogue.field(&procedure.field).into_iter().collect(),
            cachthucthuchien: ["1", "2"].map(|channel| Channel::of(channel, &fees)).into(),
            ketquathuchien: result.into_iter().collect(),
            thanhphanhoso: vec![Case { truonghop: "", giayto: papers }],
        }
    }
}

impl Channel {
    /// The channel of this code, in person or online, at these fees.
    fn of(kenh: &'static str, fees: &[Fee]) -> Self {
        Self { kenh, thoigian: [Term { mota: "Theo quy định", philephi: fees.to_vec() }] }
    }
}
