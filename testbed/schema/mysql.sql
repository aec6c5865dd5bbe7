-- The database of an imaginary vendor's one-stop system (MariaDB, MySQL). "-> X" names the wire field of
-- the national portal which the column fills. NULL and '' both become "" on the wire.
-- Times are datetime(6), Vietnamese local time; codes compare without regard to case and blanks at their end.

-- One row per dossier. There is no foreign key anywhere: vendors rarely have them.
CREATE TABLE ho_so (
    id bigint PRIMARY KEY, -- key, never reused
    ma_ho_so varchar(255), -- dossier code -> MaHoSo; NULL when the vendor has not given one yet (planted damage only)
    ma_thu_tuc varchar(255), -- local procedure code such as 'KS01' -> MaTTHC, TenTTHC, MaLinhVuc, TenLinhVuc by the procedure table
    don_vi varchar(255), -- unit code -> DonViXuLy (same code nationally)
    kenh integer, -- -> KenhThucHien: 1 in person, 2 online, 3 post
    chu_ho_so text, -- owner's name -> ChuHoSo; may be NFD or padded with blanks
    loai_doi_tuong integer, -- -> LoaiDoiTuong: 1 citizen, 2 enterprise, 3 state body, 4 other
    ma_doi_tuong varchar(255), -- -> MaDoiTuong: tax code of an enterprise, NULL for a citizen
    loai_giay_to integer, -- -> DinhDanhCHS[0].LoaiDinhDanh: 1 CCCD, 2 CMND; NULL when so_dinh_danh is NULL
    so_dinh_danh varchar(255), -- -> DinhDanhCHS[0].SoDinhDanh; NULL means DinhDanhCHS is empty
    thong_tin_khac text, -- -> ThongTinKhac
    email varchar(255), -- -> Email
    fax varchar(255), -- -> Fax
    dien_thoai varchar(255), -- -> SoDienThoai
    trich_yeu text, -- -> TrichYeuHoSo, at most 1,000 characters
    ngay_nop datetime(6), -- -> NgayNopHoSo
    ngay_tiep_nhan datetime(6), -- -> NgayTiepNhan; while 'MOI' or 'TU_CHOI' the moment the system took it in, so never NULL
    ngay_hen_tra datetime(6), -- -> NgayHenTra; NULL until accepted
    ngay_ket_thuc datetime(6), -- -> NgayKetThucXuLy; set by DA_XONG, and by RUT and DUNG
    ngay_tra datetime(6), -- -> NgayTra; set by DA_TRA
    ngay_tu_choi datetime(6), -- -> NgayTuChoi; set by TU_CHOI
    trang_thai varchar(255), -- vendor status -> TrangThaiHoSo: MOI 1, DA_TIEP_NHAN 2, TU_CHOI 3, DANG_XU_LY 4, CHO_BO_SUNG 5,
    -- CHO_NGHIA_VU_TC 6, RUT 7, DUNG 8, DA_XONG 9, DA_TRA 10
    hinh_thuc_tra integer, -- -> HinhThuc: 0 handed over, 1 by post
    thong_tin_tra text, -- -> ThongTinTra; set by DA_TRA
    noi_nop integer, -- -> NoiNopHoSo: 1 the national portal, 2 the local system
    so_hoa integer, -- -> HoSoCoThanhPhanSoHoa: 0 or 1
    vneid integer, -- -> TaiKhoanDuocXacThucVoiVNeID: 0 or 1
    thanh_toan integer, -- -> DuocThanhToanTrucTuyen: 0, 1, 2 or 3
    ghi_chu text, -- -> GhiChu; always 'rev=<n>', n rises with every change of the dossier
    cap_nhat_luc datetime(6) NOT NULL -- changed at (of the dossier and everything that hangs on it): what a reader polls
) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
CREATE INDEX ho_so_cap_nhat ON ho_so (cap_nhat_luc, id);
CREATE INDEX ho_so_ma ON ho_so (ma_ho_so);

-- Processing steps, exactly one per move of the status. Order: thoi_diem, id.
CREATE TABLE qua_trinh (
    id bigint PRIMARY KEY, -- key
    ho_so_id bigint NOT NULL, -- -> ho_so.id
    nguoi_xu_ly varchar(255), -- -> NguoiXuLy, at most 50 characters
    chuc_danh varchar(255), -- -> ChucDanh
    thoi_diem datetime(6), -- -> ThoiDiemXuLy; strictly rising within a dossier, whole seconds
    phong_ban varchar(255), -- -> PhongBanXuLy
    noi_dung text, -- -> NoiDungXuLy
    trang_thai varchar(255), -- vendor status after the move -> TrangThai
    bat_dau datetime(6), -- -> NgayBatDau
    han datetime(6) -- -> NgayKetThucTheoQuyDinh
) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
CREATE INDEX qua_trinh_ho_so ON qua_trinh (ho_so_id, id);

-- Papers handed in -> TaiLieuNop, ordered by id; IsDeleted is always "False".
CREATE TABLE giay_to_nop (
    id bigint PRIMARY KEY, -- key
    ho_so_id bigint NOT NULL, -- -> ho_so.id
    ma_tep varchar(255), -- -> TepDinhKemId
    ten_tep varchar(255), -- -> TenTepDinhKem
    ma_thanh_phan varchar(255), -- -> MaThanhPhanHoSo
    duong_dan text, -- link -> DuongDanTaiTepTin
    so_hoa integer, -- -> DuocSoHoa: 0 or 1
    tai_su_dung integer, -- -> DuocTaiSuDung: 0, 1 or 2
    kho_dmqg integer, -- -> DuocLayTuKhoDMQG: 0 or 1
    ma_ket_qua_thay_the varchar(255), -- -> MaKetQuaThayThe
    khoa_tep varchar(255) -- key of the file's bytes in the vendor's folder of files; not on the wire
) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
CREATE INDEX giay_to_nop_ho_so ON giay_to_nop (ho_so_id, id);

-- Result papers -> DanhSachGiayToKetQua, ordered by id.
CREATE TABLE ket_qua (
    id bigint PRIMARY KEY, -- key
    ho_so_id bigint NOT NULL, -- -> ho_so.id
    ten varchar(255), -- -> TenGiayTo
    ma_thanh_phan varchar(255), -- -> MaThanhPhanHoSo
    ma_giay_to varchar(255), -- -> GiayToId
    duong_dan text, -- link -> DuongDanTepTinKetQua
    ma_ket_qua varchar(255), -- -> MaGiayToKetQua
    khoa_tep varchar(255) -- key of the file's bytes in the vendor's folder of files; not on the wire
) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
CREATE INDEX ket_qua_ho_so ON ket_qua (ho_so_id, id);

-- Fees -> DanhSachLePhi, ordered by id. Whether they are paid is ho_so.thanh_toan.
CREATE TABLE le_phi (
    id bigint PRIMARY KEY, -- key
    ho_so_id bigint NOT NULL, -- -> ho_so.id
    ten varchar(255), -- -> TenPhiLePhi
    ma varchar(255), -- -> MaPhiLePhi
    hinh_thuc_thu integer, -- -> HinhThucThu: 1, 2 or 4
    gia bigint, -- dong -> Gia
    loai integer -- -> LoaiPhiLePhi: 1, 2 or 3
) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
CREATE INDEX le_phi_ho_so ON le_phi (ho_so_id, id);

-- Supplements -> DanhSachHoSoBoSung, ordered by id; both nested lists are empty on the wire.
CREATE TABLE bo_sung (
    id bigint PRIMARY KEY, -- key -> HoSoBoSungId
    ho_so_id bigint NOT NULL, -- -> ho_so.id
    nguoi_yeu_cau varchar(255), -- -> NguoiYeuCauBoSung
    noi_dung text, -- -> NoiDungBoSung
    ngay_yeu_cau datetime(6), -- -> NgayBoSung
    nguoi_tiep_nhan varchar(255), -- -> NguoiTiepNhanBoSung
    thong_tin_tiep_nhan text, -- -> ThongTinTiepNhan
    ngay_tiep_nhan datetime(6), -- -> NgayTiepNhanBoSung; NULL while waited for
    trang_thai integer, -- -> TrangThaiBoSung: 0 asked for, 1 received
    han_truoc datetime(6), -- -> NgayHenTraTruoc
    han_moi datetime(6) -- -> NgayHenTraMoi; NULL while waited for
) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
CREATE INDEX bo_sung_ho_so ON bo_sung (ho_so_id, id);

-- Databases consulted -> DSKetNoiCSDL, ordered by id.
CREATE TABLE ket_noi (
    id bigint PRIMARY KEY, -- key
    ho_so_id bigint NOT NULL, -- -> ho_so.id
    ma_csdl varchar(255) -- -> MaCSDL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
CREATE INDEX ket_noi_ho_so ON ket_noi (ho_so_id, id);

-- Other papers -> DanhSachTepDinhKemKhac, ordered by id.
CREATE TABLE giay_to_khac (
    id bigint PRIMARY KEY, -- key
    ho_so_id bigint NOT NULL, -- -> ho_so.id
    ten varchar(255), -- -> TenGiayTo
    so_luong integer, -- -> SoLuong
    loai integer -- -> LoaiGiayTo: 1 original, 2 copy
) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
CREATE INDEX giay_to_khac_ho_so ON giay_to_khac (ho_so_id, id);

-- A whole dossier as one ready-made JSON column, for sources which have one. Filled by the benchmark.
CREATE TABLE ho_so_json (
    ma_ho_so varchar(255) PRIMARY KEY,
    noi_dung json NOT NULL,
    don_vi varchar(255),
    cap_nhat_luc datetime(6) NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
CREATE INDEX ho_so_json_cap_nhat ON ho_so_json (cap_nhat_luc, ma_ho_so);
