//! The parts a dossier is made of. The derived order of each is its canonical order in a list, but for papers, whose
//! identifiers count up.

use chrono::{DateTime, Utc};

use super::{
    ApplicantKind, DossierCode, FeeKind, FeeMoment, FileRole, Fingerprint, IdentityKind, PaperReuse, Status,
    Text,
};

/// A national procedure (thủ tục hành chính).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Procedure {
    /// National code (`MaTTHC`), for example `1.001193`.
    pub code: Text,
    /// Name (`TenTTHC`).
    pub name: Text,
    /// Field's code (`MaLinhVuc`).
    pub field_code: Text,
    /// Field's name (`TenLinhVuc`).
    pub field_name: Text,
}

/// A unit that handles dossiers: a commune's or a department's one-stop office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// The code that the portal knows it by.
    pub code: Text,
    /// The text of `DonViXuLy`: the code, or the name where the portal wants that.
    pub agency: Text,
}

/// Whose dossier it is, with all personal data of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applicant {
    /// Name (`ChuHoSo`).
    pub name: Text,
    /// Kind (`LoaiDoiTuong`).
    pub kind: ApplicantKind,
    /// The local system's or the portal's code of this person or body (`MaDoiTuong`).
    pub object_code: Text,
    /// Further information (`ThongTinKhac`).
    pub extra: Text,
    /// E-mail address (`Email`).
    pub email: Text,
    /// Fax number (`Fax`).
    pub fax: Text,
    /// Telephone number (`SoDienThoai`).
    pub phone: Text,
    /// Identity documents (`DinhDanhCHS`).
    pub identities: Vec<Identity>,
}

/// One identity document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    /// The kind of document (`LoaiDinhDanh`).
    pub kind: IdentityKind,
    /// Its number (`SoDinhDanh`).
    pub number: Text,
}

/// One paper handed in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Paper {
    /// The local system's identifier (`TepDinhKemId`).
    pub id: Text,
    /// Component of the procedure's paper list (`MaThanhPhanHoSo`).
    pub component_code: Text,
    /// File name (`TenTepDinhKem`), at most 4,000 characters.
    pub file_name: Text,
    /// Where the portal fetches it (`DuongDanTaiTepTin`), when the local system serves it itself; else empty.
    pub link: Text,
    /// Its key in the store of papers, when dongbo delivers it; else empty. May hold personal data.
    pub file: Text,
    /// The reference and link of `file` that the portal may be told; `None` while its bytes are not proved.
    pub shipped: Option<Shipped>,
    /// Taken back (`IsDeleted`).
    pub deleted: bool,
    /// Digitised (`DuocSoHoa`).
    pub digitised: Option<bool>,
    /// When its digital copy was made, where the local system knows. Sent nowhere.
    pub digitised_at: Option<DateTime<Utc>>,
    /// Reuses data (`DuocTaiSuDung`).
    pub reuse: Option<PaperReuse>,
    /// Taken from the citizen's digital store (`DuocLayTuKhoDMQG`).
    pub from_store: Option<bool>,
    /// Code of the result that it stands for (`MaKetQuaThayThe`).
    pub replaces_result: Text,
}

/// One result paper. Its bytes are the fourth layer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResultFile {
    /// The local system's identifier (`GiayToId`).
    pub id: Text,
    /// Result code (`MaGiayToKetQua`), for example `KQ.G07.000122`.
    pub result_code: Text,
    /// Component of the procedure (`MaThanhPhanHoSo`).
    pub component_code: Text,
    /// Name (`TenGiayTo`), at most 2,000 characters.
    pub name: Text,
    /// Where the portal fetches it (`DuongDanTepTinKetQua`), when the local system serves it itself; else empty.
    pub link: Text,
    /// Its key in the store of results, when dongbo delivers it; else empty. May hold personal data.
    pub file: Text,
    /// The reference and link of `file` that the portal may be told; `None` while its bytes are not proved.
    pub shipped: Option<Shipped>,
}

/// A file whose bytes were read and checked, so that it may be named to the portal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shipped {
    /// SHA-256 of its bytes, 64 lower-case hexadecimal digits.
    pub sha256: Text,
    /// The reference that the portal knows it by: in dialect `ndxp` the link without its signature, in `rest` the `IdTepTin`.
    pub reference: Text,
    /// The link as it is written to the portal: the reference with its signature, if it has one. A signature changes with time.
    pub link: Text,
}

/// Digits of a fingerprint that tell the files of one dossier apart.
const MARK: usize = 8;

/// Where in its store a file is, as far as the ledger may know: the key's fingerprint, because a key can hold a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// The list that it belongs to.
    pub role: FileRole,
    /// The fingerprint of its key.
    pub key: Fingerprint,
}

impl Place {
    /// The name that a link gives the file here, with the bytes that hash to `sha256`.
    #[must_use]
    pub fn link_id(self, code: &DossierCode, sha256: &str) -> String {
        let version = format!("{code}/{}/{}/{sha256}", self.role.name(), self.key);
        Fingerprint::of_text("link", &Text::new(&version)).to_string()
    }

    /// The subject of a finding about the file here, which its unit knows by `code`: a code, never a file's name.
    #[must_use]
    pub fn subject(self, code: &str) -> String {
        format!("{}:{code}:{}", self.role.name(), self.mark())
    }

    /// The end of the subject of every finding about the file here, which tells it from its siblings.
    #[must_use]
    pub fn mark(self) -> String {
        self.key.to_string().chars().take(MARK).collect()
    }

    /// The list and the mark of the file that a [`subject`](Self::subject) is about; `None` when it is none.
    #[must_use]
    pub fn marked_by(subject: &str) -> Option<(FileRole, &str)> {
        let (role, _) = subject.split_once(':')?;
        let (_, mark) = subject.rsplit_once(':')?;
        let is_mark = mark.len() == MARK && mark.bytes().all(|byte| byte.is_ascii_hexdigit());
        FileRole::from_name(role).filter(|_| is_mark).map(|role| (role, mark))
    }

    /// Where the file with key `file` is; where its row gives neither key nor link, the row's identifier stands for it.
    fn of(role: FileRole, link: &Text, file: &Text, id: &Text) -> Option<Self> {
        let key = match (link.is_empty(), file.is_empty()) {
            (_, false) => Fingerprint::of_text("file", file),
            (true, true) => Fingerprint::of_text("no file", id),
            (false, true) => return None,
        };
        Some(Self { role, key })
    }
}

impl Paper {
    /// Where its file is; `None` when dongbo does not deliver it, or it was taken back.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        Place::of(FileRole::Paper, &self.link, &self.file, &self.id).filter(|_| !self.deleted)
    }

    /// By what the portal knows where it is; `None` while that must not be said.
    #[must_use]
    pub fn address(&self) -> Option<&Text> {
        address(&self.link, &self.file, self.shipped.as_ref())
    }

    /// The link that is written to the portal; empty when none may be.
    #[must_use]
    pub fn link_to_send(&self) -> &str {
        self.shipped.as_ref().map_or(&self.link, |shipped| &shipped.link).as_str()
    }
}

impl ResultFile {
    /// Where its file is; `None` when dongbo does not deliver it.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        Place::of(FileRole::Result, &self.link, &self.file, &self.id)
    }

    /// By what the portal knows where it is; `None` while that must not be said.
    #[must_use]
    pub fn address(&self) -> Option<&Text> {
        address(&self.link, &self.file, self.shipped.as_ref())
    }

    /// The link that is written to the portal; empty when none may be.
    #[must_use]
    pub fn link_to_send(&self) -> &str {
        self.shipped.as_ref().map_or(&self.link, |shipped| &shipped.link).as_str()
    }
}

/// A file of ours is named once it is proved; one of somebody else's always.
fn address<'a>(link: &'a Text, file: &Text, shipped: Option<&'a Shipped>) -> Option<&'a Text> {
    match shipped {
        Some(shipped) => Some(&shipped.reference),
        None => (file.is_empty() && !link.is_empty()).then_some(link),
    }
}

/// One fee.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fee {
    /// Code (`MaPhiLePhi`).
    pub code: Text,
    /// Name (`TenPhiLePhi`).
    pub name: Text,
    /// When it is collected (`HinhThucThu`).
    pub moment: Option<FeeMoment>,
    /// Amount in đồng (`Gia`).
    pub amount_vnd: Option<u64>,
    /// Kind (`LoaiPhiLePhi`).
    pub kind: Option<FeeKind>,
}

/// One request for further papers, and its answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Supplement {
    /// When it was asked for (`NgayBoSung`).
    pub requested_at: Option<DateTime<Utc>>,
    /// The local system's identifier (`HoSoBoSungId`).
    pub id: Text,
    /// The person who asked (`NguoiYeuCauBoSung`).
    pub requested_by: Text,
    /// The papers asked for (`NoiDungBoSung`).
    pub request: Text,
    /// The person who received the answer (`NguoiTiepNhanBoSung`).
    pub received_by: Text,
    /// Remark on the answer (`ThongTinTiepNhan`).
    pub received_note: Text,
    /// When it was received (`NgayTiepNhanBoSung`).
    pub received_at: Option<DateTime<Utc>>,
    /// State of the request as the local system writes it (`TrangThaiBoSung`).
    pub state: Text,
    /// Due date before (`NgayHenTraTruoc`).
    pub due_before: Option<DateTime<Utc>>,
    /// Due date after (`NgayHenTraMoi`).
    pub due_after: Option<DateTime<Utc>>,
}

/// A further attachment that is no component of the procedure.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attachment {
    /// Name (`TenGiayTo`).
    pub name: Text,
    /// The number of copies (`SoLuong`).
    pub quantity: Option<u32>,
    /// Kind as the local system writes it (`LoaiGiayTo`).
    pub kind: Text,
}

/// One processing step. On the portal steps append, so their order and number are kept with care.
///
/// Steps are in order of `at`; `sequence` breaks ties the way the local system does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    /// When it was done (`ThoiDiemXuLy`).
    pub at: DateTime<Utc>,
    /// The local system's running number: it orders steps of one second and is sent nowhere.
    pub sequence: i64,
    /// The person who did it (`NguoiXuLy`), at most 50 characters.
    pub handler: Text,
    /// That person's post (`ChucDanh`).
    pub position: Text,
    /// Department (`PhongBanXuLy`).
    pub department: Text,
    /// The work done (`NoiDungXuLy`).
    pub content: Text,
    /// Status that the dossier had with it (`TrangThai`).
    pub status: Status,
    /// When the work began (`NgayBatDau`).
    pub started_at: Option<DateTime<Utc>>,
    /// When it should have ended (`NgayKetThucTheoQuyDinh`).
    pub deadline: Option<DateTime<Utc>>,
    /// The local system's own code of the person who did it; empty where nobody says. Sent nowhere.
    pub officer: Text,
}
