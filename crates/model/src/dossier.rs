//! One dossier, whatever system it comes from and whatever wire it goes to.

use chrono::{DateTime, Utc};

use crate::codes::{Channel, Handover, OnlinePayment, SubmissionPlace};
use crate::file::FileRole;
use crate::fingerprint::{self, Fingerprint, StepChain};
use crate::parts::{
    Applicant, Attachment, Fee, Paper, Place, Procedure, ResultFile, Shipped, Step, Supplement, Unit,
};
use crate::status::Status;
use crate::text::{DossierCode, Text};

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
    /// The channel by which it came (`KenhThucHien`).
    pub channel: Option<Channel>,
    /// Whose dossier it is.
    pub applicant: Applicant,
    /// The subject (`TrichYeuHoSo`), at most 1,000 characters.
    pub summary: Text,
    /// National status (`TrangThaiHoSo`).
    pub status: Status,
    /// Handed in (`NgayNopHoSo`); `None` where the contract has no field for it.
    pub submitted_at: Option<DateTime<Utc>>,
    /// Received by the unit (`NgayTiepNhan`); the day that the indicators count it under. `None` only where the contract
    /// lets it be empty.
    pub received_at: Option<DateTime<Utc>>,
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
    /// The way in which the result is handed over (`HinhThuc`).
    pub handover: Handover,
    /// Where it was handed in (`NoiNopHoSo`). Here and in the three below, `None` where the contract has no field for it.
    pub submitted_to: Option<SubmissionPlace>,
    /// Whether it has digitised components (`HoSoCoThanhPhanSoHoa`).
    pub digitised: Option<bool>,
    /// Whether the account was verified with VNeID (`TaiKhoanDuocXacThucVoiVNeID`).
    pub vneid_verified: Option<bool>,
    /// Whether and where it was paid online (`DuocThanhToanTrucTuyen`).
    pub online_payment: Option<OnlinePayment>,
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
    /// The local system's own identifier of it, for a vendor's bridge. Sent nowhere else.
    pub local_id: Text,
    /// The code that the local system knows it by, where that is another, for a vendor's bridge. Sent nowhere else.
    pub local_code: Text,
    /// The code of the unit that received it, where that is another than handles it; empty where nobody says. Sent nowhere.
    pub receiving_unit: Text,
    /// The columns of which the local system knows nothing, so that what the mapping declares for them is sent. Sent nowhere.
    pub not_known: Vec<&'static str>,
}

impl Dossier {
    /// Puts every list into its one canonical order, so that the order of rows in a database does not matter.
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

    /// The papers handed in that the portal may be told of, in their order: a file that is not proved is not named.
    pub fn shown_papers(&self) -> impl Iterator<Item = &Paper> {
        self.papers.iter().filter(|paper| paper.address().is_some())
    }

    /// The result papers that the portal may be told of, in their order.
    pub fn shown_results(&self) -> impl Iterator<Item = &ResultFile> {
        self.results.iter().filter(|result| result.address().is_some())
    }

    /// The files that dongbo delivers, each once.
    #[must_use]
    pub fn places(&self) -> Vec<Place> {
        let mut places: Vec<Place> = Vec::new();
        let results = self.results.iter().filter_map(ResultFile::place);
        for place in results.chain(self.papers.iter().filter_map(Paper::place)) {
            if !places.contains(&place) {
                places.push(place);
            }
        }
        places
    }

    /// The key of the file at `place`, and what it is called for the portal: a name that may say its kind.
    #[must_use]
    pub fn file_at(&self, place: Place) -> Option<(&Text, &Text)> {
        match place.role {
            FileRole::Result => {
                let result = self.results.iter().find(|result| result.place() == Some(place))?;
                Some((&result.file, &result.name))
            }
            FileRole::Paper => {
                let paper = self.papers.iter().find(|paper| paper.place() == Some(place))?;
                Some((&paper.file, &paper.file_name))
            }
        }
    }

    /// Names the files to the portal of which `shipped` knows that they are proved.
    pub fn ship(&mut self, shipped: impl Fn(Place) -> Option<Shipped>) {
        for result in &mut self.results {
            result.shipped = result.place().and_then(&shipped);
        }
        for paper in &mut self.papers {
            paper.shipped = paper.place().and_then(&shipped);
        }
    }

    /// The number of result papers that travel as a link that somebody else serves: nothing proves that the portal gets them.
    #[must_use]
    pub fn unproved_links(&self) -> usize {
        self.results.iter().filter(|result| result.place().is_none()).count()
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
