//! The items of a dossier's lists in the portal's words.

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};

use super::date::WireDate;
use dongbo_model::{
    Attachment, Fee, FeeKind, FeeMoment, Identity, Paper, PaperReuse, ResultFile, Supplement,
};

/// A number written as a text; `""` when there is none.
struct Digits<N>(Option<N>);

impl<N: std::fmt::Display> Serialize for Digits<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Some(number) => serializer.collect_str(number),
            None => serializer.serialize_str(""),
        }
    }
}

pub(super) const fn true_false(flag: bool) -> &'static str {
    if flag { "True" } else { "False" }
}

pub(super) const fn flag(flag: bool) -> &'static str {
    if flag { "1" } else { "0" }
}

fn optional_flag(value: Option<bool>) -> &'static str {
    value.map_or("", flag)
}

pub(super) fn optional_date(at: Option<DateTime<Utc>>) -> WireDate {
    at.map_or(WireDate::MISSING, WireDate::new)
}

#[derive(Serialize)]
pub(super) struct WireIdentity<'a> {
    #[serde(rename = "LoaiDinhDanh")]
    kind: &'static str,
    #[serde(rename = "SoDinhDanh")]
    number: &'a str,
}

impl<'a> WireIdentity<'a> {
    pub(super) fn new(identity: &'a Identity) -> Self {
        Self { kind: identity.kind.code(), number: identity.number.as_str() }
    }
}

#[derive(Serialize)]
pub(super) struct WireDatabase<'a> {
    #[serde(rename = "MaCSDL")]
    pub(super) code: &'a str,
}

#[derive(Serialize)]
pub(super) struct WirePaper<'a> {
    #[serde(rename = "TepDinhKemId")]
    id: &'a str,
    #[serde(rename = "TenTepDinhKem")]
    file_name: &'a str,
    #[serde(rename = "IsDeleted")]
    deleted: &'static str,
    #[serde(rename = "MaThanhPhanHoSo")]
    component_code: &'a str,
    #[serde(rename = "DuongDanTaiTepTin")]
    link: &'a str,
    #[serde(rename = "DuocSoHoa")]
    digitised: &'static str,
    #[serde(rename = "DuocTaiSuDung")]
    reuse: &'static str,
    #[serde(rename = "DuocLayTuKhoDMQG")]
    from_store: &'static str,
    #[serde(rename = "MaKetQuaThayThe")]
    replaces_result: &'a str,
}

impl<'a> WirePaper<'a> {
    pub(super) fn new(paper: &'a Paper) -> Self {
        Self {
            id: paper.id.as_str(),
            file_name: paper.file_name.as_str(),
            deleted: true_false(paper.deleted),
            component_code: paper.component_code.as_str(),
            link: paper.link_to_send(),
            digitised: optional_flag(paper.digitised),
            reuse: paper.reuse.map_or("", PaperReuse::code),
            from_store: optional_flag(paper.from_store),
            replaces_result: paper.replaces_result.as_str(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct WireResult<'a> {
    #[serde(rename = "TenGiayTo")]
    name: &'a str,
    #[serde(rename = "MaThanhPhanHoSo")]
    component_code: &'a str,
    #[serde(rename = "GiayToId")]
    id: &'a str,
    #[serde(rename = "DuongDanTepTinKetQua")]
    link: &'a str,
    /// A contract that has no codes of results has no field for them, and in any other none is empty.
    #[serde(rename = "MaGiayToKetQua", skip_serializing_if = "str::is_empty")]
    result_code: &'a str,
}

impl<'a> WireResult<'a> {
    pub(super) fn new(result: &'a ResultFile) -> Self {
        Self {
            name: result.name.as_str(),
            component_code: result.component_code.as_str(),
            id: result.id.as_str(),
            link: result.link_to_send(),
            result_code: result.result_code.as_str(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct WireFee<'a> {
    #[serde(rename = "TenPhiLePhi")]
    name: &'a str,
    #[serde(rename = "MaPhiLePhi")]
    code: &'a str,
    #[serde(rename = "HinhThucThu")]
    moment: &'static str,
    #[serde(rename = "Gia")]
    amount_vnd: Digits<u64>,
    #[serde(rename = "LoaiPhiLePhi")]
    kind: &'static str,
}

impl<'a> WireFee<'a> {
    pub(super) fn new(fee: &'a Fee) -> Self {
        Self {
            name: fee.name.as_str(),
            code: fee.code.as_str(),
            moment: fee.moment.map_or("", FeeMoment::code),
            amount_vnd: Digits(fee.amount_vnd),
            kind: fee.kind.map_or("", FeeKind::code),
        }
    }
}

#[derive(Serialize)]
pub(super) struct WireSupplement<'a> {
    #[serde(rename = "HoSoBoSungId")]
    id: &'a str,
    #[serde(rename = "NguoiYeuCauBoSung")]
    requested_by: &'a str,
    #[serde(rename = "NoiDungBoSung")]
    request: &'a str,
    #[serde(rename = "NgayBoSung")]
    requested_at: WireDate,
    #[serde(rename = "NguoiTiepNhanBoSung")]
    received_by: &'a str,
    #[serde(rename = "ThongTinTiepNhan")]
    received_note: &'a str,
    #[serde(rename = "NgayTiepNhanBoSung")]
    received_at: WireDate,
    #[serde(rename = "TrangThaiBoSung")]
    state: &'a str,
    /// The domain knows no papers and fees of a supplement; the guide wants the lists there.
    #[serde(rename = "DanhSachGiayToBoSung")]
    papers: [&'static str; 0],
    #[serde(rename = "DanhSachLePhiBoSung")]
    fees: [&'static str; 0],
    #[serde(rename = "NgayHenTraTruoc")]
    due_before: WireDate,
    #[serde(rename = "NgayHenTraMoi")]
    due_after: WireDate,
}

impl<'a> WireSupplement<'a> {
    pub(super) fn new(supplement: &'a Supplement) -> Self {
        Self {
            id: supplement.id.as_str(),
            requested_by: supplement.requested_by.as_str(),
            request: supplement.request.as_str(),
            requested_at: optional_date(supplement.requested_at),
            received_by: supplement.received_by.as_str(),
            received_note: supplement.received_note.as_str(),
            received_at: optional_date(supplement.received_at),
            state: supplement.state.as_str(),
            papers: [],
            fees: [],
            due_before: optional_date(supplement.due_before),
            due_after: optional_date(supplement.due_after),
        }
    }
}

#[derive(Serialize)]
pub(super) struct WireAttachment<'a> {
    #[serde(rename = "TenGiayTo")]
    name: &'a str,
    #[serde(rename = "SoLuong")]
    quantity: Digits<u32>,
    #[serde(rename = "LoaiGiayTo")]
    kind: &'a str,
}

impl<'a> WireAttachment<'a> {
    pub(super) fn new(attachment: &'a Attachment) -> Self {
        Self {
            name: attachment.name.as_str(),
            quantity: Digits(attachment.quantity),
            kind: attachment.kind.as_str(),
        }
    }
}
