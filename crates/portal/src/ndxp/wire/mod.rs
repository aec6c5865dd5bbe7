//! Our dossiers in the portal's words: borrowed views that serialise straight into the request's bytes.
//!
//! Field names and order are the integration guide's. Every scalar is a text, a missing one is `""`, and every list
//! is there even when it is empty.

mod date;
mod parts;

use serde::{Serialize, Serializer};

use self::date::WireDate;
use self::parts::true_false;
use self::parts::{
    WireAttachment, WireDatabase, WireFee, WireIdentity, WirePaper, WireResult, WireSupplement, flag,
    optional_date,
};
use crate::lookup::{Expected, step_template, template};
use dongbo_model::{
    Attachment, Channel, Dossier, DossierCode, Fee, Identity, OnlinePayment, Paper, ResultFile, Step,
    SubmissionPlace, Supplement, Text,
};
use dongbo_settings::Secret;

/// The body of a log-in.
#[derive(Serialize)]
struct LogInBody<'a> {
    username: &'a str,
    password: &'a str,
}

/// The fields that every service call begins with.
#[derive(Clone, Copy)]
pub(super) struct Caller<'a> {
    pub(super) session: &'a str,
    pub(super) unit: &'a str,
}

/// The body of `DongBoHoSoMC`.
#[derive(Serialize)]
struct DossiersBody<'a> {
    session: &'a str,
    madonvi: &'a str,
    service: &'static str,
    #[serde(rename = "isUpdating")]
    is_updating: &'static str,
    data: Each<'a, &'a Dossier, WireDossier<'a>>,
}

/// The body of `CapNhatTienDoHoSoMC`.
#[derive(Serialize)]
struct StepsBody<'a> {
    session: &'a str,
    madonvi: &'a str,
    service: &'static str,
    data: Each<'a, (&'a DossierCode, &'a Step), WireStep<'a>>,
}

/// The body of `TraCuuHoSo`.
#[derive(Serialize)]
struct LookUpBody<'a> {
    session: &'a str,
    madonvi: &'a str,
    service: &'static str,
    mahoso: &'a str,
}

/// The word by which a call says whether it updates.
pub(super) const fn updating(is_update: bool) -> &'static str {
    true_false(is_update)
}

/// Serialises the body of a log-in.
pub(super) fn log_in_body(username: &str, password: &Secret) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(&LogInBody { username, password: password.expose() })
}

/// Serialises the body of a create or an update.
pub(super) fn dossiers_body(
    caller: Caller<'_>,
    service: &'static str,
    updating: bool,
    dossiers: &[&Dossier],
) -> serde_json::Result<Vec<u8>> {
    // Dossiers take about 2 KB each; starting there spares most of the copies that growing makes.
    let mut body = Vec::with_capacity(dossiers.len().saturating_mul(2_560).saturating_add(256));
    let is_updating = self::updating(updating);
    let data = Each(dossiers, |dossier| WireDossier::new(dossier));
    let (session, madonvi) = (caller.session, caller.unit);
    serde_json::to_writer(&mut body, &DossiersBody { session, madonvi, service, is_updating, data })?;
    Ok(body)
}

/// Serialises the body of a call that appends steps.
pub(super) fn steps_body(
    caller: Caller<'_>,
    service: &'static str,
    steps: &[(&DossierCode, &Step)],
) -> serde_json::Result<Vec<u8>> {
    let data = Each(steps, |(code, step)| WireStep::new(code.as_str(), step));
    serde_json::to_vec(&StepsBody { session: caller.session, madonvi: caller.unit, service, data })
}

/// Serialises dossiers as the bare array that a province's proxy takes.
pub(super) fn bare_dossiers(dossiers: &[&Dossier]) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(&Each(dossiers, |dossier| ProxyDossier {
        dossier: WireDossier::new(dossier),
        receipt_number: "",
    }))
}

/// Serialises steps as the bare array that a province's proxy takes.
pub(super) fn bare_steps(steps: &[(&DossierCode, &Step)]) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(&Each(steps, |(code, step)| WireStep::new(code.as_str(), step)))
}

/// Serialises the body of a look-up.
pub(super) fn look_up_body(
    caller: Caller<'_>,
    service: &'static str,
    code: &DossierCode,
) -> serde_json::Result<Vec<u8>> {
    let (session, madonvi) = (caller.session, caller.unit);
    serde_json::to_vec(&LookUpBody { session, madonvi, service, mahoso: code.as_str() })
}

/// The record of `dossier` that a look-up is expected to show.
pub(super) fn expected(dossier: &Dossier) -> Expected {
    let form = |step: &WireStep<'_>| step_template(step, &["MaHoSo"]);
    Expected {
        content: template(&WireDossier::new(dossier)),
        status: "TrangThaiHoSo",
        steps: dossier.steps.iter().map(|step| form(&WireStep::new("", step))).collect(),
        step_form: form(&WireStep::EMPTY),
    }
}

/// The names of the fields of a dossier.
pub(super) fn dossier_fields(dossier: &Dossier) -> Vec<String> {
    template(&WireDossier::new(dossier)).into_iter().map(|(name, _)| name).collect()
}

/// The names of the fields of a step.
pub(super) fn step_fields() -> Vec<String> {
    template(&WireStep::EMPTY).into_iter().map(|(name, _)| name).collect()
}

/// Serialises the body of a catalogue call: for one procedure, or for the list of all.
pub(super) fn procedures_body(
    caller: Caller<'_>,
    service: &'static str,
    code: Option<&str>,
) -> serde_json::Result<Vec<u8>> {
    #[derive(Serialize)]
    struct Body<'a> {
        session: &'a str,
        madonvi: &'a str,
        service: &'a str,
        #[serde(rename = "maTTHC", skip_serializing_if = "Option::is_none")]
        code: Option<&'a str>,
    }
    serde_json::to_vec(&Body { session: caller.session, madonvi: caller.unit, service, code })
}

/// A list whose items are turned into wire form one by one while they are written.
struct Each<'a, T, W>(&'a [T], fn(&'a T) -> W);

impl<T, W: Serialize> Serialize for Each<'_, T, W> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(self.1))
    }
}

/// A list like [`Each`], of which some items are left out.
struct Shown<'a, T, W>(&'a [T], fn(&'a T) -> Option<W>);

impl<T, W: Serialize> Serialize for Shown<'_, T, W> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().filter_map(self.1))
    }
}

/// One dossier in the form of a province's proxy.
#[derive(Serialize)]
struct ProxyDossier<'a> {
    #[serde(flatten)]
    dossier: WireDossier<'a>,
    /// No mapping names one.
    #[serde(rename = "SoBienNhan")]
    receipt_number: &'static str,
}

/// One dossier in `data`.
#[derive(Serialize)]
struct WireDossier<'a> {
    #[serde(rename = "MaHoSo")]
    code: &'a str,
    #[serde(rename = "MaTTHC")]
    procedure_code: &'a str,
    #[serde(rename = "TenTTHC")]
    procedure_name: &'a str,
    #[serde(rename = "MaLinhVuc")]
    field_code: &'a str,
    #[serde(rename = "TenLinhVuc")]
    field_name: &'a str,
    #[serde(rename = "KenhThucHien")]
    channel: &'static str,
    #[serde(rename = "ChuHoSo")]
    applicant_name: &'a str,
    #[serde(rename = "LoaiDoiTuong")]
    applicant_kind: &'static str,
    #[serde(rename = "MaDoiTuong")]
    object_code: &'a str,
    #[serde(rename = "ThongTinKhac")]
    extra: &'a str,
    #[serde(rename = "Email")]
    email: &'a str,
    #[serde(rename = "Fax")]
    fax: &'a str,
    #[serde(rename = "SoDienThoai")]
    phone: &'a str,
    #[serde(rename = "TrichYeuHoSo")]
    summary: &'a str,
    #[serde(rename = "NgayTiepNhan")]
    received_at: WireDate,
    #[serde(rename = "NgayHenTra")]
    due_at: WireDate,
    #[serde(rename = "TrangThaiHoSo")]
    status: &'static str,
    #[serde(rename = "NgayTra")]
    returned_at: WireDate,
    #[serde(rename = "ThongTinTra")]
    return_note: &'a str,
    #[serde(rename = "HinhThuc")]
    handover: &'static str,
    #[serde(rename = "NgayKetThucXuLy")]
    finished_at: WireDate,
    #[serde(rename = "DonViXuLy")]
    unit: &'a str,
    #[serde(rename = "GhiChu")]
    note: &'a str,
    /// Not every contract has this field and the others that are left out when they are `None`.
    #[serde(rename = "NoiNopHoSo", skip_serializing_if = "Option::is_none")]
    submitted_to: Option<&'static str>,
    #[serde(rename = "HoSoCoThanhPhanSoHoa", skip_serializing_if = "Option::is_none")]
    digitised: Option<&'static str>,
    #[serde(rename = "TaiKhoanDuocXacThucVoiVNeID", skip_serializing_if = "Option::is_none")]
    vneid_verified: Option<&'static str>,
    #[serde(rename = "DuocThanhToanTrucTuyen", skip_serializing_if = "Option::is_none")]
    online_payment: Option<&'static str>,
    #[serde(rename = "NgayTuChoi")]
    refused_at: WireDate,
    #[serde(rename = "NgayNopHoSo", skip_serializing_if = "Option::is_none")]
    submitted_at: Option<WireDate>,
    #[serde(rename = "DinhDanhCHS")]
    identities: Each<'a, Identity, WireIdentity<'a>>,
    #[serde(rename = "DSKetNoiCSDL")]
    databases: Each<'a, Text, WireDatabase<'a>>,
    #[serde(rename = "TaiLieuNop")]
    papers: Shown<'a, Paper, WirePaper<'a>>,
    #[serde(rename = "DanhSachGiayToKetQua")]
    results: Shown<'a, ResultFile, WireResult<'a>>,
    #[serde(rename = "DanhSachLePhi")]
    fees: Each<'a, Fee, WireFee<'a>>,
    #[serde(rename = "DanhSachHoSoBoSung")]
    supplements: Each<'a, Supplement, WireSupplement<'a>>,
    #[serde(rename = "DanhSachTepDinhKemKhac")]
    attachments: Each<'a, Attachment, WireAttachment<'a>>,
}

impl<'a> WireDossier<'a> {
    fn new(dossier: &'a Dossier) -> Self {
        let Dossier { procedure, applicant, .. } = dossier;
        Self {
            code: dossier.code.as_str(),
            procedure_code: procedure.code.as_str(),
            procedure_name: procedure.name.as_str(),
            field_code: procedure.field_code.as_str(),
            field_name: procedure.field_name.as_str(),
            channel: dossier.channel.map_or("", Channel::code),
            applicant_name: applicant.name.as_str(),
            applicant_kind: applicant.kind.code(),
            object_code: applicant.object_code.as_str(),
            extra: applicant.extra.as_str(),
            email: applicant.email.as_str(),
            fax: applicant.fax.as_str(),
            phone: applicant.phone.as_str(),
            summary: dossier.summary.as_str(),
            received_at: optional_date(dossier.received_at),
            due_at: optional_date(dossier.due_at),
            status: dossier.status.code(),
            returned_at: optional_date(dossier.returned_at),
            return_note: dossier.return_note.as_str(),
            handover: dossier.handover.code(),
            finished_at: optional_date(dossier.finished_at),
            unit: dossier.unit.code.as_str(),
            note: dossier.note.as_str(),
            submitted_to: dossier.submitted_to.map(SubmissionPlace::code),
            digitised: dossier.digitised.map(flag),
            vneid_verified: dossier.vneid_verified.map(flag),
            online_payment: dossier.online_payment.map(OnlinePayment::code),
            refused_at: optional_date(dossier.refused_at),
            submitted_at: dossier.submitted_at.map(WireDate::new),
            identities: Each(&applicant.identities, WireIdentity::new),
            databases: Each(&dossier.databases, |code| WireDatabase { code: code.as_str() }),
            papers: Shown(&dossier.papers, |paper| paper.address().map(|_| WirePaper::new(paper))),
            results: Shown(&dossier.results, |result| result.address().map(|_| WireResult::new(result))),
            fees: Each(&dossier.fees, WireFee::new),
            supplements: Each(&dossier.supplements, WireSupplement::new),
            attachments: Each(&dossier.attachments, WireAttachment::new),
        }
    }
}

/// One step in `data`, and the form in which a look-up's steps are compared.
#[derive(Serialize)]
struct WireStep<'a> {
    #[serde(rename = "MaHoSo")]
    code: &'a str,
    #[serde(rename = "NguoiXuLy")]
    handler: &'a str,
    #[serde(rename = "ChucDanh")]
    position: &'a str,
    #[serde(rename = "ThoiDiemXuLy")]
    at: WireDate,
    #[serde(rename = "PhongBanXuLy")]
    department: &'a str,
    #[serde(rename = "NoiDungXuLy")]
    content: &'a str,
    #[serde(rename = "TrangThai")]
    status: &'static str,
    #[serde(rename = "NgayBatDau")]
    started_at: WireDate,
    #[serde(rename = "NgayKetThucTheoQuyDinh")]
    deadline: WireDate,
}

impl<'a> WireStep<'a> {
    /// An empty step, which has every field that a step has.
    const EMPTY: Self = Self {
        code: "",
        handler: "",
        position: "",
        at: WireDate::MISSING,
        department: "",
        content: "",
        status: "",
        started_at: WireDate::MISSING,
        deadline: WireDate::MISSING,
    };

    fn new(code: &'a str, step: &'a Step) -> Self {
        Self {
            code,
            handler: step.handler.as_str(),
            position: step.position.as_str(),
            at: WireDate::new(step.at),
            department: step.department.as_str(),
            content: step.content.as_str(),
            status: step.status.code(),
            started_at: optional_date(step.started_at),
            deadline: optional_date(step.deadline),
        }
    }
}
