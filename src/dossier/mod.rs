//! The domain: what a dossier is, whatever system it comes from and whatever wire it goes to.
//!
//! Values here are canonical: text is NFC without blanks at its ends ([`Text`]), instants are UTC to the second,
//! lists have one order. So equal content has an equal [`Fingerprint`], whichever database it was read from.

mod catalogue;
mod codes;
mod finding;
mod fingerprint;
mod parts;
mod status;
mod text;

pub use catalogue::{Catalogue, Listed};
pub use codes::{
    ApplicantKind, Channel, FeeKind, FeeMoment, Handover, IdentityKind, OnlinePayment, PaperReuse,
    SubmissionPlace,
};
pub use finding::{Finding, FindingKind};
pub use fingerprint::{Fingerprint, StepChain};
pub use parts::{Applicant, Attachment, Fee, Identity, Paper, Procedure, ResultFile, Step, Supplement, Unit};
pub use status::Status;
pub use text::{DossierCode, Text};

use chrono::{DateTime, Utc};

/// One citizen's or enterprise's dossier (hồ sơ) as the portal is to show it.
///
/// Names in parentheses are the wire's, from the integration guide (dialect `ndxp`). A value that the local system
/// does not have is empty or `None`; it is never made up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dossier {
    /// The code that both sides know it by (`MaHoSo`).
    pub code: DossierCode,
    /// The national procedure (`MaTTHC`, `TenTTHC`, `MaLinhVuc`, `TenLinhVuc`).
    pub procedure: Procedure,
    /// The unit that handles it (`DonViXuLy`).
    pub unit: Unit,
    /// How it came (`KenhThucHien`).
    pub channel: Option<Channel>,
    /// Whose dossier it is.
    pub applicant: Applicant,
    /// What it asks for (`TrichYeuHoSo`), at most 1,000 characters.
    pub summary: Text,
    /// National status (`TrangThaiHoSo`).
    pub status: Status,
    /// Handed in (`NgayNopHoSo`).
    pub submitted_at: DateTime<Utc>,
    /// Received by the unit (`NgayTiepNhan`); the day that the indicators count it under.
    pub received_at: DateTime<Utc>,
    /// Promised for (`NgayHenTra`).
    pub due_at: Option<DateTime<Utc>>,
    /// Processing ended (`NgayKetThucXuLy`).
    pub finished_at: Option<DateTime<Utc>>,
    /// Result handed over (`NgayTra`).
    pub returned_at: Option<DateTime<Utc>>,
    /// Refused (`NgayTuChoi`).
    pub refused_at: Option<DateTime<Utc>>,
    /// Remark on the hand-over (`ThongTinTra`).
    pub return_note: Text,
    /// How the result is handed over (`HinhThuc`).
    pub handover: Handover,
    /// Where it was handed in (`NoiNopHoSo`).
    pub submitted_to: SubmissionPlace,
    /// Whether it has digitised components (`HoSoCoThanhPhanSoHoa`).
    pub digitised: bool,
    /// Whether the account was verified with VNeID (`TaiKhoanDuocXacThucVoiVNeID`).
    pub vneid_verified: bool,
    /// Whether and where it was paid online (`DuocThanhToanTrucTuyen`).
    pub online_payment: OnlinePayment,
    /// Remark (`GhiChu`).
    pub note: Text,
    /// National databases it was connected with (`DSKetNoiCSDL`).
    pub databases: Vec<Text>,
    /// Papers handed in (`TaiLieuNop`).
    pub papers: Vec<Paper>,
    /// Result papers (`DanhSachGiayToKetQua`).
    pub results: Vec<ResultFile>,
    /// Fees (`DanhSachLePhi`).
    pub fees: Vec<Fee>,
    /// Supplements asked for (`DanhSachHoSoBoSung`).
    pub supplements: Vec<Supplement>,
    /// Further attachments (`DanhSachTepDinhKemKhac`).
    pub attachments: Vec<Attachment>,
    /// The processing history, oldest first.
    pub steps: Vec<Step>,
}

impl Dossier {
    /// Puts every list into its one canonical order, so that the order of rows in a database is of no account.
    #[must_use]
    pub fn in_canonical_order(mut self) -> Self {
        self.databases.sort();
        self.applicant.identities.sort();
        self.papers.sort_by(|a, b| counting(&a.id, &b.id).then_with(|| a.cmp(b)));
        self.results.sort_by(|a, b| counting(&a.id, &b.id).then_with(|| a.cmp(b)));
        self.fees.sort();
        self.supplements.sort();
        self.attachments.sort();
        self.steps.sort();
        self
    }

    /// The fingerprint of everything but the steps, which append on the portal and so have [`StepChain`].
    #[must_use]
    pub fn content_fingerprint(&self) -> Fingerprint {
        fingerprint::content(self)
    }

    /// The chain over the processing history.
    #[must_use]
    pub fn step_chain(&self) -> StepChain {
        StepChain::over(&self.steps)
    }

    /// Every piece of this dossier that identifies a person, for masking what the portal says about it.
    pub fn personal_texts(&self) -> impl Iterator<Item = &str> {
        let applicant = &self.applicant;
        [&applicant.name, &applicant.object_code, &applicant.email, &applicant.fax, &applicant.phone]
            .into_iter()
            .chain([&applicant.extra, &self.summary, &self.note, &self.return_note])
            .chain(applicant.identities.iter().map(|identity| &identity.number))
            .chain(self.papers.iter().map(|paper| &paper.file_name))
            .chain(self.results.iter().map(|result| &result.name))
            .chain(self.steps.iter().flat_map(|step| [&step.handler, &step.content]))
            .map(Text::as_str)
            .filter(|text| !text.is_empty())
    }
}

/// The order of identifiers that count up, so that papers stay as they were handed in: `T99` before `T100`.
fn counting(a: &Text, b: &Text) -> std::cmp::Ordering {
    a.as_str().len().cmp(&b.as_str().len()).then_with(|| a.cmp(b))
}
