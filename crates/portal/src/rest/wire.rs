//! Our dossiers in the words of dialect `rest`: views that serialise straight into the request's bytes.
//!
//! Field names are the platform's. That every scalar is a text, that a missing one is `""`, and the fields within
//! `DanhSachLePhi` are assumed.

use std::collections::BTreeMap;

use serde::Serialize;

use super::date::{Form, RestDate};
use super::rules::{ListStatus, Rules};
use crate::lookup::{Expected, step_template, template};
use dongbo_model::{
    Applicant, Dossier, Fee, FeeKind, FeeMoment, Paper, PortalId, ResultFile, Shipped, Status, Step, Text,
};

/// The body of the call that gives a token.
#[derive(Serialize)]
pub(super) struct TokenBody<'a> {
    pub(super) client_id: &'a str,
    pub(super) client_secret: &'a str,
}

/// The body of a look-up.
#[derive(Serialize)]
pub(super) struct LookUpBody<'a> {
    #[serde(rename = "MaHoSo")]
    pub(super) code: &'a str,
}

/// The body of `NopHoSo`: the dossier as it was handed in.
#[derive(Serialize)]
pub(super) struct WireDossier<'a> {
    /// Only to replace a dossier that is known.
    #[serde(rename = "IdHoSo", skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(rename = "MaHoSo")]
    code: &'a str,
    #[serde(rename = "MaTTHC")]
    procedure_code: &'a str,
    /// The procedure's code again.
    #[serde(rename = "MaDichVuCong")]
    service_code: &'a str,
    #[serde(rename = "ChuHoSo")]
    applicant_name: &'a str,
    #[serde(rename = "LoaiDoiTuong")]
    applicant_kind: &'a str,
    #[serde(rename = "MaDonViTiepNhan")]
    unit: &'a str,
    #[serde(rename = "NgayNop")]
    submitted_at: RestDate,
    #[serde(rename = "NgayTiepNhan")]
    received_at: RestDate,
    #[serde(rename = "ThanhPhanHoSo")]
    components: Vec<WireComponent<'a>>,
    #[serde(rename = "ThongTinNguoiNop")]
    applicant: WireApplicant<'a>,
}

/// The person who handed it in: the applicant, since local systems know no other.
#[derive(Serialize)]
struct WireApplicant<'a> {
    #[serde(rename = "LoaiDoiTuong")]
    kind: &'a str,
    /// Not published what it holds.
    #[serde(rename = "IdDoiTuong")]
    id: &'static str,
    #[serde(rename = "ThongTinChiTiet")]
    detail: WireApplicantDetail<'a>,
}

/// Who the applicant is: as the one who handed in, and as the dossier's owner. No mapping knows dates and places, which the
/// platform has fields for too: they are empty.
#[derive(Serialize)]
struct WireApplicantDetail<'a> {
    #[serde(rename = "TenNguoiNop")]
    name: &'a str,
    #[serde(rename = "SoDinhDanh")]
    identity: &'a str,
    #[serde(rename = "NgayCapDinhDanh")]
    identity_date: &'static str,
    #[serde(rename = "NgaySinh")]
    birth_date: &'static str,
    #[serde(rename = "SoDienThoai")]
    phone: &'a str,
    #[serde(rename = "Email")]
    email: &'a str,
    #[serde(rename = "Fax")]
    fax: &'a str,
    #[serde(rename = "MaTinh")]
    province: &'static str,
    #[serde(rename = "MaHuyen")]
    district: &'static str,
    #[serde(rename = "MaXa")]
    commune: &'static str,
    #[serde(rename = "DiaChiChiTiet")]
    address: &'static str,
    #[serde(rename = "TenChuHs")]
    owner_name: &'a str,
    #[serde(rename = "SoDinhDanhChuHs")]
    owner_identity: &'a str,
    #[serde(rename = "MaTinhChuHs")]
    owner_province: &'static str,
    #[serde(rename = "MaXaChuHs")]
    owner_commune: &'static str,
    #[serde(rename = "DiaChiChiTietChuHs")]
    owner_address: &'static str,
}

/// One component of the procedure's paper list, with the papers handed in for it.
#[derive(Serialize)]
struct WireComponent<'a> {
    #[serde(rename = "MaThanhPhanHoSo")]
    code: &'a str,
    /// The mapping does not carry it.
    #[serde(rename = "TenThanhPhanHoSo")]
    name: &'static str,
    /// The number of papers.
    #[serde(rename = "SoLuong")]
    quantity: String,
    /// Electronic when all its papers are digitised; else empty, for unknown.
    #[serde(rename = "LoaiBan")]
    form: &'static str,
    #[serde(rename = "GiayToDinhKem")]
    files: Vec<WireFile<'a>>,
}

/// A file that the platform has.
#[derive(Serialize)]
pub(super) struct WireFile<'a> {
    #[serde(rename = "IdGiayTo")]
    id: &'a str,
    #[serde(rename = "HashTepTin")]
    sha256: &'a str,
    #[serde(rename = "TenGiayTo")]
    name: &'a str,
    #[serde(rename = "MaKetQua")]
    result_code: &'a str,
}

/// One element of `CapNhatTrangThai`.
#[derive(Serialize)]
pub(super) struct WireStatus<'a> {
    #[serde(rename = "IdHoSo")]
    id: &'a str,
    #[serde(rename = "MaHoSo")]
    code: &'a str,
    #[serde(rename = "TrangThai")]
    status: &'static str,
    #[serde(rename = "NoiDungYKien")]
    note: &'a str,
    /// Left to the steps.
    #[serde(rename = "PhongBanXuLy")]
    department: &'static str,
    /// Left to the steps.
    #[serde(rename = "NoiDungXuLy")]
    content: &'static str,
    #[serde(rename = "DanhSachLePhi", skip_serializing_if = "Option::is_none")]
    fees: Option<Vec<WireFee<'a>>>,
    #[serde(rename = "DanhSachGiayToKetQua", skip_serializing_if = "Option::is_none")]
    results: Option<Vec<WireFile<'a>>>,
}

/// One fee.
#[derive(Serialize)]
struct WireFee<'a> {
    #[serde(rename = "TenPhiLePhi")]
    name: &'a str,
    #[serde(rename = "MaPhiLePhi")]
    code: &'a str,
    #[serde(rename = "HinhThucThu")]
    moment: &'static str,
    #[serde(rename = "Gia")]
    amount: String,
    #[serde(rename = "LoaiPhiLePhi")]
    kind: &'static str,
}

/// One element of `CapNhatTienTrinh`, and the form in which a look-up's steps are compared.
#[derive(Serialize)]
pub(super) struct WireStep<'a> {
    #[serde(rename = "IDHoSo")]
    id: &'a str,
    #[serde(rename = "MaHoSo")]
    code: &'a str,
    #[serde(rename = "NguoiXuLy")]
    handler: &'a str,
    #[serde(rename = "ThoiDiemXuLy")]
    at: RestDate,
    #[serde(rename = "PhongBanXuLy")]
    department: &'a str,
    #[serde(rename = "NoiDungXuLy")]
    content: &'a str,
    #[serde(rename = "TrangThai")]
    status: &'static str,
    #[serde(rename = "NgayBatDau")]
    started_at: RestDate,
    #[serde(rename = "NgayKetThucTheoQuyDinh")]
    deadline: RestDate,
}

impl<'a> WireDossier<'a> {
    pub(super) fn new(dossier: &'a Dossier, id: Option<&'a PortalId>, kind: &'a str) -> Self {
        let applicant = &dossier.applicant;
        Self {
            id: id.map(PortalId::as_str),
            code: dossier.code.as_str(),
            procedure_code: dossier.procedure.code.as_str(),
            service_code: dossier.procedure.code.as_str(),
            applicant_name: applicant.name.as_str(),
            applicant_kind: kind,
            unit: dossier.unit.code.as_str(),
            submitted_at: RestDate(dossier.submitted_at, Form::Dossier),
            received_at: RestDate(dossier.received_at, Form::Dossier),
            components: components(dossier),
            applicant: WireApplicant { kind, id: "", detail: WireApplicantDetail::new(applicant) },
        }
    }
}

impl<'a> WireApplicantDetail<'a> {
    fn new(applicant: &'a Applicant) -> Self {
        let name = applicant.name.as_str();
        let identity = applicant.identities.first().map_or("", |identity| identity.number.as_str());
        Self {
            name,
            identity,
            identity_date: "",
            birth_date: "",
            phone: applicant.phone.as_str(),
            email: applicant.email.as_str(),
            fax: applicant.fax.as_str(),
            province: "",
            district: "",
            commune: "",
            address: "",
            owner_name: name,
            owner_identity: identity,
            owner_province: "",
            owner_commune: "",
            owner_address: "",
        }
    }
}

/// The components with a paper that was handed in and not taken back. Only files that the platform has are named.
fn components(dossier: &Dossier) -> Vec<WireComponent<'_>> {
    let mut by_code: BTreeMap<&Text, Vec<&Paper>> = BTreeMap::new();
    for paper in dossier.papers.iter().filter(|paper| !paper.deleted) {
        by_code.entry(&paper.component_code).or_default().push(paper);
    }
    let is_electronic = |paper: &&Paper| paper.digitised == Some(true);
    by_code
        .into_iter()
        .map(|(code, papers)| WireComponent {
            code: code.as_str(),
            name: "",
            quantity: papers.len().to_string(),
            form: if papers.iter().all(is_electronic) { "2" } else { "" },
            files: papers.iter().copied().filter_map(paper).collect(),
        })
        .collect()
}

impl<'a> WireFile<'a> {
    fn new(shipped: &'a Shipped, name: &'a Text, result_code: &'a Text) -> Self {
        Self {
            id: shipped.reference.as_str(),
            sha256: shipped.sha256.as_str(),
            name: name.as_str(),
            result_code: result_code.as_str(),
        }
    }
}

/// The elements that bring a dossier to its status: one, or two where its lists need another status on the way.
pub(super) fn statuses<'a>(dossier: &'a Dossier, id: &'a str, rules: &Rules) -> Vec<WireStatus<'a>> {
    let at = |status: Status, with_lists: bool| WireStatus {
        id,
        code: dossier.code.as_str(),
        status: status.code(),
        note: dossier.note.as_str(),
        department: "",
        content: "",
        fees: with_lists.then(|| dossier.fees.iter().map(WireFee::new).collect()),
        results: with_lists.then(|| dossier.results.iter().filter_map(result).collect()),
    };
    match rules.list_status(dossier) {
        ListStatus::Later => vec![at(dossier.status, false)],
        ListStatus::Own => vec![at(dossier.status, true)],
        ListStatus::Earlier(status) => vec![at(status, true), at(dossier.status, false)],
    }
}

/// A paper handed in that the platform has.
fn paper(paper: &Paper) -> Option<WireFile<'_>> {
    Some(WireFile::new(paper.shipped.as_ref()?, &paper.file_name, &paper.replaces_result))
}

/// A result paper that the platform has.
fn result(result: &ResultFile) -> Option<WireFile<'_>> {
    Some(WireFile::new(result.shipped.as_ref()?, &result.name, &result.result_code))
}

impl<'a> WireFee<'a> {
    fn new(fee: &'a Fee) -> Self {
        Self {
            name: fee.name.as_str(),
            code: fee.code.as_str(),
            moment: fee.moment.map_or("", FeeMoment::code),
            amount: fee.amount_vnd.map(|amount| amount.to_string()).unwrap_or_default(),
            kind: fee.kind.map_or("", FeeKind::code),
        }
    }
}

impl WireStatus<'_> {
    /// An empty element, which has every field that one has.
    pub(super) const EMPTY: Self = Self {
        id: "",
        code: "",
        status: "",
        note: "",
        department: "",
        content: "",
        fees: Some(Vec::new()),
        results: Some(Vec::new()),
    };
}

impl<'a> WireStep<'a> {
    /// An empty step, which has every field that a step has.
    pub(super) const EMPTY: Self = Self {
        id: "",
        code: "",
        handler: "",
        at: RestDate(None, Form::Step),
        department: "",
        content: "",
        status: "",
        started_at: RestDate(None, Form::Step),
        deadline: RestDate(None, Form::Step),
    };

    pub(super) fn new(id: &'a str, code: &'a str, step: &'a Step) -> Self {
        Self {
            id,
            code,
            handler: step.handler.as_str(),
            at: RestDate(Some(step.at), Form::Step),
            department: step.department.as_str(),
            content: step.content.as_str(),
            status: step.status.code(),
            started_at: RestDate(step.started_at, Form::Step),
            deadline: RestDate(step.deadline, Form::Step),
        }
    }
}

/// The record of `dossier` that a look-up is expected to show, as far as this dialect carries it.
pub(super) fn expected(dossier: &Dossier, rules: &Rules) -> Expected {
    let mut content = serde_json::Map::new();
    if rules.resubmits {
        content.extend(template(&WireDossier::new(
            dossier,
            None,
            rules.applicant_kind(dossier).unwrap_or_default(),
        )));
    }
    // The last status sent holds; lists that were sent with the one before stay.
    for element in statuses(dossier, "", rules) {
        content.extend(template(&element));
    }
    for sent_elsewhere in ["IdHoSo", "PhongBanXuLy", "NoiDungXuLy"] {
        content.remove(sent_elsewhere);
    }
    let form = |step: &WireStep<'_>| step_template(step, &["IDHoSo", "MaHoSo"]);
    Expected {
        content,
        status: "TrangThai",
        steps: dossier.steps.iter().map(|step| form(&WireStep::new("", "", step))).collect(),
        step_form: form(&WireStep::EMPTY),
    }
}
