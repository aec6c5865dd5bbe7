-- The database of an imaginary vendor's one-stop system (SQLite). "-> X" names the wire field of
-- the national portal which the column fills. NULL and '' both become "" on the wire.
-- Times are text 'YYYY-MM-DD HH:MM:SS.ffffff', Vietnamese local time.

-- One row per dossier. There is no foreign key anywhere: vendors rarely have them.
CREATE TABLE ho_so (
    id INTEGER PRIMARY KEY, -- key, never reused
    ma_ho_so TEXT, -- dossier code -> MaHoSo; NULL when the vendor has not given one yet (planted damage only)
    ma_thu_tuc TEXT, -- local procedure code such as 'KS01' -> MaTTHC, TenTTHC, MaLinhVuc, TenLinhVuc by the procedure table
    don_vi TEXT, -- unit code -> DonViXuLy (same code nationally)
    kenh INTEGER, -- -> KenhThucHien: 1 in person, 2 online, 3 post
    chu_ho_so TEXT, -- owner's name -> ChuHoSo; may be NFD or padded with blanks
    loai_doi_tuong INTEGER, -- -> LoaiDoiTuong: 1 citizen, 2 enterprise, 3 state body, 4 other
    ma_doi_tuong TEXT, -- -> MaDoiTuong: tax code of an enterprise, NULL for a citizen
    loai_giay_to INTEGER, -- -> DinhDanhCHS[0].LoaiDinhDanh: 1 CCCD, 2 CMND; NULL when so_dinh_danh is NULL
    so_dinh_danh TEXT, -- -> DinhDanhCHS[0].SoDinhDanh; NULL means DinhDanhCHS is empty
    thong_tin_khac TEXT, -- -> ThongTinKhac
    email TEXT, -- -> Email
    fax TEXT, -- -> Fax
    dien_thoai TEXT, -- -> SoDienThoai
    trich_yeu TEXT, -- -> TrichYeuHoSo, at most 1,000 characters
    ngay_nop TEXT, -- -> NgayNopHoSo
    ngay_tiep_nhan TEXT, -- -> NgayTiepNhan; while 'MOI' or 'TU_CHOI' the moment the system took it in, so never NULL
    ngay_hen_tra TEXT, -- -> NgayHenTra; NULL until accepted
    ngay_ket_thuc TEXT, -- -> NgayKetThucXuLy; set by DA_XONG, and by RUT and DUNG
    ngay_tra TEXT, -- -> NgayTra; set by DA_TRA
    ngay_tu_choi TEXT, -- -> NgayTuChoi; set by TU_CHOI
    trang_thai TEXT, -- vendor status -> TrangThaiHoSo: MOI 1, DA_TIEP_NHAN 2, TU_CHOI 3, DANG_XU_LY 4, CHO_BO_SUNG 5,
    -- CHO_NGHIA_VU_TC 6, RUT 7, DUNG 8, DA_XONG 9, DA_TRA 10
    hinh_thuc_tra INTEGER, -- -> HinhThuc: 0 handed over, 1 by post
    thong_tin_tra TEXT, -- -> ThongTinTra; set by DA_TRA
    noi_nop INTEGER, -- -> NoiNopHoSo: 1 the national portal, 2 the local system
    so_hoa INTEGER, -- -> HoSoCoThanhPhanSoHoa: 0 or 1
    vneid INTEGER, -- -> TaiKhoanDuocXacThucVoiVNeID: 0 or 1
    thanh_toan INTEGER, -- -> DuocThanhToanTrucTuyen: 0, 1, 2 or 3
    ghi_chu TEXT, -- -> GhiChu; always 'rev=<n>', n rises with every change of the dossier
    cap_nhat_luc TEXT NOT NULL -- changed at (of the dossier and everything that hangs on it): what a reader polls
);
CREATE INDEX ho_so_cap_nhat ON ho_so (cap_nhat_luc, id);
CREATE INDEX ho_so_ma ON ho_so (ma_ho_so);

-- Processing steps, exactly one per move of the status. Order: thoi_diem, id.
CREATE TABLE qua_trinh (
    id INTEGER PRIMARY KEY, -- key
    ho_so_id INTEGER NOT NULL, -- -> ho_so.id
    nguoi_xu_ly TEXT, -- -> NguoiXuLy, at most 50 characters
    chuc_danh TEXT, -- -> ChucDanh
    thoi_diem TEXT, -- -> ThoiDiemXuLy; strictly rising within a dossier, whole seconds
    phong_ban TEXT, -- -> PhongBanXuLy
    noi_dung TEXT, -- -> NoiDungXuLy
    trang_thai TEXT, -- vendor status after the move -> TrangThai
    bat_dau TEXT, -- -> NgayBatDau
    han TEXT -- -> NgayKetThucTheoQuyDinh
);
CREATE INDEX qua_trinh_ho_so ON qua_trinh (ho_so_id, id);

-- Papers handed in -> TaiLieuNop, ordered by id; IsDeleted is always "False".
CREATE TABLE giay_to_nop (
    id INTEGER PRIMARY KEY, -- key
    ho_so_id INTEGER NOT NULL, -- -> ho_so.id
    ma_tep TEXT, -- -> TepDinhKemId
    ten_tep TEXT, -- -> TenTepDinhKem
    ma_thanh_phan TEXT, -- -> MaThanhPhanHoSo
    duong_dan TEXT, -- link -> DuongDanTaiTepTin
    so_hoa INTEGER, -- -> DuocSoHoa: 0 or 1
    tai_su_dung INTEGER, -- -> DuocTaiSuDung: 0, 1 or 2
    kho_dmqg INTEGER, -- -> DuocLayTuKhoDMQG: 0 or 1
    ma_ket_qua_thay_the TEXT, -- -> MaKetQuaThayThe
    khoa_tep TEXT -- key of the file's bytes in the vendor's folder of files; not on the wire
);
CREATE INDEX giay_to_nop_ho_so ON giay_to_nop (ho_so_id, id);

-- Result papers -> DanhSachGiayToKetQua, ordered by id.
CREATE TABLE ket_qua (
    id INTEGER PRIMARY KEY, -- key
    ho_so_id INTEGER NOT NULL, -- -> ho_so.id
    ten TEXT, -- -> TenGiayTo
    ma_thanh_phan TEXT, -- -> MaThanhPhanHoSo
    ma_giay_to TEXT, -- -> GiayToId
    duong_dan TEXT, -- link -> DuongDanTepTinKetQua
    ma_ket_qua TEXT, -- -> MaGiayToKetQua
    khoa_tep TEXT -- key of the file's bytes in the vendor's folder of files; not on the wire
);
CREATE INDEX ket_qua_ho_so ON ket_qua (ho_so_id, id);

-- Fees -> DanhSachLePhi, ordered by id. Whether they are paid is ho_so.thanh_toan.
CREATE TABLE le_phi (
    id INTEGER PRIMARY KEY, -- key
    ho_so_id INTEGER NOT NULL, -- -> ho_so.id
    ten TEXT, -- -> TenPhiLePhi
    ma TEXT, -- -> MaPhiLePhi
    hinh_thuc_thu INTEGER, -- -> HinhThucThu: 1, 2 or 4
    gia INTEGER, -- dong -> Gia
    loai INTEGER -- -> LoaiPhiLePhi: 1, 2 or 3
);
CREATE INDEX le_phi_ho_so ON le_phi (ho_so_id, id);

-- Supplements -> DanhSachHoSoBoSung, ordered by id; both nested lists are empty on the wire.
CREATE TABLE bo_sung (
    id INTEGER PRIMARY KEY, -- key -> HoSoBoSungId
    ho_so_id INTEGER NOT NULL, -- -> ho_so.id
    nguoi_yeu_cau TEXT, -- -> NguoiYeuCauBoSung
    noi_dung TEXT, -- -> NoiDungBoSung
    ngay_yeu_cau TEXT, -- -> NgayBoSung
    nguoi_tiep_nhan TEXT, -- -> NguoiTiepNhanBoSung
    thong_tin_tiep_nhan TEXT, -- -> ThongTinTiepNhan
    ngay_tiep_nhan TEXT, -- -> NgayTiepNhanBoSung; NULL while waited for
    trang_thai INTEGER, -- -> TrangThaiBoSung: 0 asked for, 1 received
    han_truoc TEXT, -- -> NgayHenTraTruoc
    han_moi TEXT -- -> NgayHenTraMoi; NULL while waited for
);
CREATE INDEX bo_sung_ho_so ON bo_sung (ho_so_id, id);

-- Databases consulted -> DSKetNoiCSDL, ordered by id.
CREATE TABLE ket_noi (
    id INTEGER PRIMARY KEY, -- key
    ho_so_id INTEGER NOT NULL, -- -> ho_so.id
    ma_csdl TEXT -- -> MaCSDL
);
CREATE INDEX ket_noi_ho_so ON ket_noi (ho_so_id, id);

-- Other papers -> DanhSachTepDinhKemKhac, ordered by id.
CREATE TABLE giay_to_khac (
    id INTEGER PRIMARY KEY, -- key
    ho_so_id INTEGER NOT NULL, -- -> ho_so.id
    ten TEXT, -- -> TenGiayTo
    so_luong INTEGER, -- -> SoLuong
    loai INTEGER -- -> LoaiGiayTo: 1 original, 2 copy
);
CREATE INDEX giay_to_khac_ho_so ON giay_to_khac (ho_so_id, id);

-- A whole dossier as one ready-made JSON column, for sources which have one. Filled by the benchmark.
CREATE TABLE ho_so_json (
    ma_ho_so TEXT PRIMARY KEY,
    noi_dung TEXT NOT NULL,
    don_vi TEXT,
    cap_nhat_luc TEXT NOT NULL
);
CREATE INDEX ho_so_json_cap_nhat ON ho_so_json (cap_nhat_luc, ma_ho_so);
