//! The fields of dialect `ndxp` as tables, in the order of the guide.

use crate::wire::field::{FEE, FieldSpec, ONE_TO_THREE, STATUS, Shape, ZERO_TO_TWO, optional, required};

const FLAG: Shape = Shape::OneOf(&["0", "1"]);
const ZERO_TO_THREE: Shape = Shape::OneOf(&["0", "1", "2", "3"]);
const ONE_OR_TWO: Shape = Shape::OneOf(&["1", "2"]);
const ONE_TO_FOUR: Shape = Shape::OneOf(&["1", "2", "3", "4"]);
const BOOLEAN: Shape = Shape::OneOf(&["False", "True"]);

/// A dossier in `DongBoHoSoMC`.
pub(crate) const DOSSIER: &[FieldSpec] = &[
    required("MaHoSo", Shape::Text),
    required("MaTTHC", Shape::Text),
    required("TenTTHC", Shape::Text),
    required("MaLinhVuc", Shape::Text),
    required("TenLinhVuc", Shape::Text),
    optional("KenhThucHien", ONE_TO_THREE),
    optional("ChuHoSo", Shape::Text),
    required("LoaiDoiTuong", ONE_TO_FOUR),
    optional("MaDoiTuong", Shape::Text),
    optional("ThongTinKhac", Shape::Text),
    optional("Email", Shape::Text),
    optional("Fax", Shape::Text),
    optional("SoDienThoai", Shape::Text),
    required("TrichYeuHoSo", Shape::Limited(1_000)),
    required("NgayTiepNhan", Shape::Date),
    optional("NgayHenTra", Shape::Date),
    required("TrangThaiHoSo", STATUS),
    optional("NgayTra", Shape::Date),
    optional("ThongTinTra", Shape::Text),
    required("HinhThuc", FLAG),
    optional("NgayKetThucXuLy", Shape::Date),
    required("DonViXuLy", Shape::Text),
    optional("GhiChu", Shape::Text),
    required("NoiNopHoSo", ONE_OR_TWO),
    required("HoSoCoThanhPhanSoHoa", FLAG),
    required("TaiKhoanDuocXacThucVoiVNeID", FLAG),
    required("DuocThanhToanTrucTuyen", ZERO_TO_THREE),
    optional("NgayTuChoi", Shape::Date),
    required("NgayNopHoSo", Shape::Date),
    optional("DinhDanhCHS", Shape::List(IDENTITY)),
    optional("DSKetNoiCSDL", Shape::List(DATABASE)),
    optional("TaiLieuNop", Shape::List(PAPER)),
    optional("DanhSachGiayToKetQua", Shape::List(RESULT_PAPER)),
    optional("DanhSachLePhi", Shape::List(FEE)),
    optional("DanhSachHoSoBoSung", Shape::List(SUPPLEMENT)),
    optional("DanhSachTepDinhKemKhac", Shape::List(OTHER_FILE)),
];

/// A step in `CapNhatTienDoHoSoMC`.
pub(crate) const STEP: &[FieldSpec] = &[
    required("MaHoSo", Shape::Text),
    required("NguoiXuLy", Shape::Limited(50)),
    optional("ChucDanh", Shape::Text),
    required("ThoiDiemXuLy", Shape::Date),
    optional("PhongBanXuLy", Shape::Text),
    optional("NoiDungXuLy", Shape::Text),
    required("TrangThai", STATUS),
    optional("NgayBatDau", Shape::Date),
    optional("NgayKetThucTheoQuyDinh", Shape::Date),
];

const IDENTITY: &[FieldSpec] = &[optional("LoaiDinhDanh", ONE_OR_TWO), optional("SoDinhDanh", Shape::Text)];

const DATABASE: &[FieldSpec] = &[optional("MaCSDL", Shape::Text)];

const PAPER: &[FieldSpec] = &[
    optional("TepDinhKemId", Shape::Text),
    required("TenTepDinhKem", Shape::Limited(4_000)),
    optional("IsDeleted", BOOLEAN),
    required("MaThanhPhanHoSo", Shape::Text),
    required("DuongDanTaiTepTin", Shape::Text),
    optional("DuocSoHoa", FLAG),
    optional("DuocTaiSuDung", ZERO_TO_TWO),
    optional("DuocLayTuKhoDMQG", FLAG),
    optional("MaKetQuaThayThe", Shape::Text),
];

const RESULT_PAPER: &[FieldSpec] = &[
    required("TenGiayTo", Shape::Limited(2_000)),
    optional("MaThanhPhanHoSo", Shape::Text),
    optional("GiayToId", Shape::Text),
    required("DuongDanTepTinKetQua", Shape::Text),
    required("MaGiayToKetQua", Shape::Text),
];

const SUPPLEMENT: &[FieldSpec] = &[
    optional("HoSoBoSungId", Shape::Text),
    optional("NguoiYeuCauBoSung", Shape::Text),
    optional("NoiDungBoSung", Shape::Text),
    optional("NgayBoSung", Shape::Date),
    optional("NguoiTiepNhanBoSung", Shape::Text),
    optional("ThongTinTiepNhan", Shape::Text),
    optional("NgayTiepNhanBoSung", Shape::Date),
    optional("TrangThaiBoSung", Shape::Text),
    optional("DanhSachGiayToBoSung", Shape::OpenList),
    optional("DanhSachLePhiBoSung", Shape::OpenList),
    optional("NgayHenTraTruoc", Shape::Date),
    optional("NgayHenTraMoi", Shape::Date),
];

const OTHER_FILE: &[FieldSpec] = &[
    optional("TenGiayTo", Shape::Text),
    optional("SoLuong", Shape::Text),
    optional("LoaiGiayTo", Shape::Text),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_fits_the_mask_of_fields_seen() {
        for table in [DOSSIER, STEP, IDENTITY, DATABASE, PAPER, RESULT_PAPER, FEE, SUPPLEMENT, OTHER_FILE] {
            assert!(table.len() < 64);
        }
    }
}
