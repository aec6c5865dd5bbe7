//! The fields of dialect `rest` as tables. The protocol marks none as required; here those are without which the record
//! makes no sense. `ThongTinNguoiNop` and the items of `DanhSachLePhi` are assumed.

use crate::wire::field::{FEE, FieldSpec, STATUS, Shape, ZERO_TO_TWO, optional, required};

/// `NopHoSo`.
pub(crate) const DOSSIER: &[FieldSpec] = &[
    optional("IdHoSo", Shape::Text),
    required("MaHoSo", Shape::Text),
    required("MaTTHC", Shape::Text),
    optional("MaDichVuCong", Shape::Text),
    optional("ChuHoSo", Shape::Text),
    // 0 citizen, 1 enterprise, 2 household business.
    required("LoaiDoiTuong", ZERO_TO_TWO),
    required("MaDonViTiepNhan", Shape::Text),
    required("NgayNop", Shape::DateTime),
    required("NgayTiepNhan", Shape::DateTime),
    optional("ThanhPhanHoSo", Shape::List(COMPONENT)),
    required("ThongTinNguoiNop", Shape::Object(APPLICANT)),
];

/// An element of `CapNhatTrangThai`.
pub(crate) const STATUS_CHANGE: &[FieldSpec] = &[
    required("IdHoSo", Shape::Text),
    required("MaHoSo", Shape::Text),
    required("TrangThai", STATUS),
    optional("NoiDungYKien", Shape::Text),
    optional("PhongBanXuLy", Shape::Text),
    optional("NoiDungXuLy", Shape::Text),
    optional("DanhSachLePhi", Shape::List(FEE)),
    optional("DanhSachGiayToKetQua", Shape::List(FILE)),
];

/// An element of `CapNhatTienTrinh`.
pub(crate) const STEP: &[FieldSpec] = &[
    required("IDHoSo", Shape::Text),
    required("MaHoSo", Shape::Text),
    required("NguoiXuLy", Shape::Limited(50)),
    required("ThoiDiemXuLy", Shape::Instant),
    optional("PhongBanXuLy", Shape::Text),
    optional("NoiDungXuLy", Shape::Text),
    required("TrangThai", STATUS),
    optional("NgayBatDau", Shape::Instant),
    optional("NgayKetThucTheoQuyDinh", Shape::Instant),
];

/// The look-up.
pub(crate) const LOOK_UP: &[FieldSpec] = &[required("MaHoSo", Shape::Text)];

/// The call that gives a token.
pub(crate) const TOKEN: &[FieldSpec] =
    &[required("client_id", Shape::Text), required("client_secret", Shape::Text)];

const COMPONENT: &[FieldSpec] = &[
    required("MaThanhPhanHoSo", Shape::Text),
    optional("TenThanhPhanHoSo", Shape::Text),
    optional("SoLuong", Shape::Digits),
    // 0 original, 1 copy, 2 electronic.
    optional("LoaiBan", ZERO_TO_TWO),
    optional("GiayToDinhKem", Shape::List(FILE)),
];

const FILE: &[FieldSpec] = &[
    required("IdGiayTo", Shape::Text),
    required("HashTepTin", Shape::Text),
    required("TenGiayTo", Shape::Limited(4_000)),
    optional("MaKetQua", Shape::Text),
];

const APPLICANT: &[FieldSpec] = &[
    optional("HoTen", Shape::Text),
    optional("SoDinhDanh", Shape::Text),
    optional("SoDienThoai", Shape::Text),
    optional("Email", Shape::Text),
];
