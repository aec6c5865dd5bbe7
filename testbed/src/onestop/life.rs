//! The life of one dossier: which move comes next, when, and what it leaves in the tables.

use chrono::{NaiveDateTime, TimeDelta};
use rand::RngExt as _;

use super::files;
use super::forge::Forge;
use super::people;
use super::rows::{Batch, BoSung, GiayToNop, HoSo, KetQua, QuaTrinh};
use super::status::Status;
use super::workday;
use crate::catalogue::Procedure;
use crate::time::Stamp;

/// A dossier that is still remembered, because it can change.
#[derive(Debug, Clone)]
pub(crate) struct Life {
    pub(crate) row: HoSo,
    pub(crate) status: Status,
    pub(crate) last_step: NaiveDateTime,
    procedure: &'static Procedure,
    papers: Vec<GiayToNop>,
    revision: u32,
    supplements: u32,
    asked: Option<BoSung>,
    has_result: bool,
}

impl Life {
    pub(crate) fn new(
        row: HoSo,
        procedure: &'static Procedure,
        papers: Vec<GiayToNop>,
        at: NaiveDateTime,
    ) -> Self {
        Self {
            row,
            status: Status::New,
            last_step: at,
            procedure,
            papers,
            revision: 0,
            supplements: 0,
            asked: None,
            has_result: false,
        }
    }

    pub(crate) fn code(&self) -> String {
        self.row.ma_ho_so.clone().unwrap_or_default()
    }

    /// Puts the dossier's row, as it is now, into the batch.
    pub(crate) fn record(&self, batch: &mut Batch) {
        batch.ho_so.push(self.row.clone());
    }

    /// Counts one change, made at `at`.
    pub(crate) fn touch(&mut self, at: NaiveDateTime) {
        self.revision += 1;
        self.row.ghi_chu = format!("rev={}", self.revision);
        self.row.cap_nhat_luc = Stamp(at);
    }

    /// A random next status; none when the life is over.
    pub(crate) fn choose_next(&self, forge: &mut Forge) -> Option<Status> {
        let may_ask = self.supplements < 2;
        let may_bill = self.procedure.fee > 0 && matches!(self.row.thanh_toan, 0 | 3);
        let draw = forge.rng.random_range(0..100);
        Some(match self.status {
            Status::New => match draw {
                0..=6 => Status::Refused,
                7..=8 => Status::Withdrawn,
                _ => Status::Accepted,
            },
            Status::Accepted => match draw {
                0 => Status::Withdrawn,
                1 => Status::Stopped,
                2 if may_ask => Status::Supplement,
                3..=5 if may_bill => Status::Payment,
                _ => Status::Processing,
            },
            Status::Processing => match draw {
                0 => Status::Withdrawn,
                1 => Status::Stopped,
                2..=8 if may_ask => Status::Supplement,
                9..=10 if may_bill => Status::Payment,
                _ => Status::Done,
            },
            Status::Supplement | Status::Payment => match draw {
                0..=5 => Status::Withdrawn,
                6..=10 => Status::Stopped,
                _ => Status::Processing,
            },
            Status::Done => Status::Returned,
            Status::Refused | Status::Withdrawn | Status::Stopped | Status::Returned => return None,
        })
    }

    /// When the next move happens, going by the status it leaves. Offices work in their hours; most keep the
    /// procedure's limit, and about one dossier in twelve is late.
    pub(crate) fn next_time(&self, forge: &mut Forge) -> NaiveDateTime {
        let same_day = self.procedure.limit_days == 0;
        let limit = i64::from(self.procedure.limit_days) * 24 * 60;
        let late = forge.chance(if same_day { 3 } else { 9 });
        let range = match self.status {
            Status::New => 3..180,
            Status::Accepted => 1..15,
            Status::Processing if late => limit + 1_440..limit * 2 + 4_320,
            Status::Processing if same_day => 4..150,
            Status::Processing => limit / 5..limit - 300,
            Status::Supplement => 1_440..12 * 1_440,
            Status::Payment => 60..3 * 1_440,
            _ => 2..300,
        };
        let wait = TimeDelta::minutes(forge.rng.random_range(range))
            + TimeDelta::seconds(forge.rng.random_range(1..60));
        workday::office_time(self.last_step + wait, &mut forge.rng)
    }

    /// Moves the dossier to `status` at `at` (whole seconds, later than the last step): one step, the dates and
    /// the rows that belong to it.
    pub(crate) fn enter(&mut self, forge: &mut Forge, status: Status, at: NaiveDateTime, batch: &mut Batch) {
        self.answer_supplement(forge, status, at, batch);
        match status {
            Status::Accepted => {
                self.row.ngay_tiep_nhan = Stamp(at);
                self.row.ngay_hen_tra = Some(Stamp(workday::due(at, self.procedure.limit_days)));
            }
            Status::Refused => self.row.ngay_tu_choi = Some(Stamp(at)),
            Status::Processing if self.status == Status::Payment => {
                self.row.thanh_toan = forge.rng.random_range(1..=2);
            }
            Status::Supplement => self.ask(forge, at, batch),
            Status::Payment => self.row.thanh_toan = 3,
            Status::Withdrawn | Status::Stopped => self.row.ngay_ket_thuc = Some(Stamp(at)),
            Status::Done => {
                self.row.ngay_ket_thuc = Some(Stamp(at));
                // A few scans come only when the paper is handed over.
                if forge.chance(95) {
                    self.add_result(forge, batch);
                }
            }
            Status::Returned => {
                self.row.ngay_tra = Some(Stamp(at));
                self.row.thong_tin_tra = Some("Trả kết quả tại bộ phận một cửa".to_owned());
                self.add_result(forge, batch);
            }
            Status::New | Status::Processing => {}
        }
        let id = forge.id();
        let clerk = people::person(&mut forge.rng);
        batch.qua_trinh.push(QuaTrinh {
            id,
            ho_so_id: self.row.id,
            nguoi_xu_ly: people::typed(&mut forge.rng, &clerk),
            chuc_danh: "Công chức".to_owned(),
            thoi_diem: Stamp(at),
            phong_ban: "Trung tâm phục vụ hành chính công".to_owned(),
            noi_dung: people::typed(&mut forge.rng, describe(status)),
            trang_thai: status.vendor().to_owned(),
            bat_dau: Stamp(self.last_step),
            han: self.row.ngay_hen_tra,
        });
        self.status = status;
        status.vendor().clone_into(&mut self.row.trang_thai);
        self.last_step = at;
        self.touch(at);
    }

    /// A change without a step: a fee is paid, a paper is scanned, a scan of the result comes, or the contact is
    /// corrected.
    pub(crate) fn edit(&mut self, forge: &mut Forge, at: NaiveDateTime, batch: &mut Batch) {
        if self.row.thanh_toan == 3 && self.status != Status::Payment {
            self.row.thanh_toan = forge.rng.random_range(1..=2);
        } else if self.row.so_hoa == 0 {
            self.row.so_hoa = 1;
            for paper in &mut self.papers {
                paper.so_hoa = 1;
            }
            batch.giay_to_nop.extend(self.papers.iter().cloned());
        } else if self.status == Status::Done && !self.has_result {
            self.add_result(forge, batch);
        } else {
            self.row.dien_thoai = Some(people::telephone(&mut forge.rng));
            self.row.email = Some(people::mail(&mut forge.rng));
        }
        self.touch(at);
    }

    fn ask(&mut self, forge: &mut Forge, at: NaiveDateTime, batch: &mut Batch) {
        self.supplements += 1;
        let asked = BoSung {
            id: forge.id(),
            ho_so_id: self.row.id,
            nguoi_yeu_cau: people::person(&mut forge.rng),
            noi_dung: people::typed(&mut forge.rng, "Đề nghị bổ sung giấy tờ còn thiếu"),
            ngay_yeu_cau: Stamp(at),
            nguoi_tiep_nhan: None,
            thong_tin_tiep_nhan: None,
            ngay_tiep_nhan: None,
            trang_thai: 0,
            han_truoc: self.row.ngay_hen_tra,
            han_moi: None,
        };
        batch.bo_sung.push(asked.clone());
        self.asked = Some(asked);
    }

    /// Closes the open request when the dossier goes on; the due date moves by the time that was waited.
    fn answer_supplement(&mut self, forge: &mut Forge, to: Status, at: NaiveDateTime, batch: &mut Batch) {
        if to != Status::Processing {
            return;
        }
        let Some(mut asked) = self.asked.take() else { return };
        let due = self.row.ngay_hen_tra.map(|due| Stamp(due.0 + (at - asked.ngay_yeu_cau.0)));
        asked.nguoi_tiep_nhan = Some(people::person(&mut forge.rng));
        asked.thong_tin_tiep_nhan = Some("Đã nhận đủ giấy tờ bổ sung".to_owned());
        asked.ngay_tiep_nhan = Some(Stamp(at));
        asked.trang_thai = 1;
        asked.han_moi = due;
        self.row.ngay_hen_tra = due;
        // The request may still be in the same batch, and one statement cannot write a row twice.
        batch.bo_sung.retain(|row| row.id != asked.id);
        batch.bo_sung.push(asked);
    }

    fn add_result(&mut self, forge: &mut Forge, batch: &mut Batch) {
        if self.has_result || !self.procedure.paper {
            return;
        }
        self.has_result = true;
        let id = forge.id();
        batch.ket_qua.push(KetQua {
            id,
            ho_so_id: self.row.id,
            ten: people::typed(&mut forge.rng, &format!("Kết quả {}", self.procedure.name)),
            ma_thanh_phan: format!("KQ.{}", self.procedure.local),
            ma_giay_to: format!("G{id}"),
            duong_dan: format!("{}/ket-qua/{}/1.pdf", forge.file_base, self.code()),
            ma_ket_qua: format!("KQ.G07.{}", people::digits(&mut forge.rng, "", 6)),
            khoa_tep: files::result_key(self.row.id, id),
        });
    }
}

fn describe(status: Status) -> &'static str {
    match status {
        Status::New => "Công dân nộp hồ sơ trực tuyến",
        Status::Accepted => "Tiếp nhận hồ sơ",
        Status::Refused => "Không tiếp nhận hồ sơ",
        Status::Processing => "Chuyển xử lý",
        Status::Supplement => "Yêu cầu bổ sung giấy tờ",
        Status::Payment => "Yêu cầu thực hiện nghĩa vụ tài chính",
        Status::Withdrawn => "Công dân yêu cầu rút hồ sơ",
        Status::Stopped => "Dừng xử lý",
        Status::Done => "Đã xử lý xong",
        Status::Returned => "Đã trả kết quả",
    }
}
