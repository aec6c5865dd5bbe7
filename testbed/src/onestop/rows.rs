//! The rows of the schema. Field names are column names; `schema/*.sql` explains them.

use serde::Serialize;

use crate::Error;
use crate::db::Tx;
use crate::time::Stamp;

/// A row which knows where it is kept.
pub(crate) trait Row: Serialize {
    const TABLE: &'static str;
    const COLUMNS: &'static [&'static str];
}

macro_rules! row {
    ($name:ident in $table:literal { $($column:ident: $type:ty),* $(,)? }) => {
        #[derive(Debug, Clone, Serialize)]
        pub(crate) struct $name { $(pub(crate) $column: $type),* }

        impl Row for $name {
            const TABLE: &'static str = $table;
            const COLUMNS: &'static [&'static str] = &[$(stringify!($column)),*];
        }
    };
}

row!(HoSo in "ho_so" {
    id: i64,
    ma_ho_so: Option<String>,
    ma_thu_tuc: String,
    don_vi: String,
    kenh: i32,
    chu_ho_so: String,
    loai_doi_tuong: i32,
    ma_doi_tuong: Option<String>,
    loai_giay_to: Option<i32>,
    so_dinh_danh: Option<String>,
    thong_tin_khac: Option<String>,
    email: Option<String>,
    fax: Option<String>,
    dien_thoai: Option<String>,
    trich_yeu: Option<String>,
    ngay_nop: Stamp,
    ngay_tiep_nhan: Stamp,
    ngay_hen_tra: Option<Stamp>,
    ngay_ket_thuc: Option<Stamp>,
    ngay_tra: Option<Stamp>,
    ngay_tu_choi: Option<Stamp>,
    trang_thai: String,
    hinh_thuc_tra: i32,
    thong_tin_tra: Option<String>,
    noi_nop: i32,
    so_hoa: i32,
    vneid: i32,
    thanh_toan: i32,
    ghi_chu: String,
    cap_nhat_luc: Stamp,
});

row!(QuaTrinh in "qua_trinh" {
    id: i64,
    ho_so_id: i64,
    nguoi_xu_ly: String,
    chuc_danh: String,
    thoi_diem: Stamp,
    phong_ban: String,
    noi_dung: String,
    trang_thai: String,
    bat_dau: Stamp,
    han: Option<Stamp>,
});

row!(GiayToNop in "giay_to_nop" {
    id: i64,
    ho_so_id: i64,
    ma_tep: String,
    ten_tep: String,
    ma_thanh_phan: String,
    duong_dan: String,
    so_hoa: i32,
    tai_su_dung: i32,
    kho_dmqg: i32,
    ma_ket_qua_thay_the: Option<String>,
    khoa_tep: String,
});

row!(KetQua in "ket_qua" {
    id: i64,
    ho_so_id: i64,
    ten: String,
    ma_thanh_phan: String,
    ma_giay_to: String,
    duong_dan: String,
    ma_ket_qua: String,
    khoa_tep: String,
});

row!(LePhi in "le_phi" {
    id: i64,
    ho_so_id: i64,
    ten: String,
    ma: String,
    hinh_thuc_thu: i32,
    gia: i64,
    loai: i32,
});

row!(BoSung in "bo_sung" {
    id: i64,
    ho_so_id: i64,
    nguoi_yeu_cau: String,
    noi_dung: String,
    ngay_yeu_cau: Stamp,
    nguoi_tiep_nhan: Option<String>,
    thong_tin_tiep_nhan: Option<String>,
    ngay_tiep_nhan: Option<Stamp>,
    trang_thai: i32,
    han_truoc: Option<Stamp>,
    han_moi: Option<Stamp>,
});

row!(KetNoi in "ket_noi" {
    id: i64,
    ho_so_id: i64,
    ma_csdl: String,
});

row!(GiayToKhac in "giay_to_khac" {
    id: i64,
    ho_so_id: i64,
    ten: String,
    so_luong: i32,
    loai: i32,
});

/// Rows that are written together.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) ho_so: Vec<HoSo>,
    pub(crate) qua_trinh: Vec<QuaTrinh>,
    pub(crate) giay_to_nop: Vec<GiayToNop>,
    pub(crate) ket_qua: Vec<KetQua>,
    pub(crate) le_phi: Vec<LePhi>,
    pub(crate) bo_sung: Vec<BoSung>,
    pub(crate) ket_noi: Vec<KetNoi>,
    pub(crate) giay_to_khac: Vec<GiayToKhac>,
}

impl Batch {
    /// Writes every row inside the transaction, one statement a table.
    pub(crate) async fn write(&self, tx: &mut Tx) -> Result<(), Error> {
        write(tx, &self.ho_so).await?;
        write(tx, &self.qua_trinh).await?;
        write(tx, &self.giay_to_nop).await?;
        write(tx, &self.ket_qua).await?;
        write(tx, &self.le_phi).await?;
        write(tx, &self.bo_sung).await?;
        write(tx, &self.ket_noi).await?;
        write(tx, &self.giay_to_khac).await
    }
}

async fn write<R: Row>(tx: &mut Tx, rows: &[R]) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    tx.upsert(R::TABLE, R::COLUMNS, &serde_json::to_string(rows)?).await
}
