//! Makes dossiers: ids, codes, the first rows. Owns the random generator of the whole simulation.

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveDateTime};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};

use super::life::Life;
use super::people;
use super::rows::{Batch, GiayToKhac, GiayToNop, HoSo, KetNoi, LePhi};
use super::status::Status;
use crate::catalogue::{PER_PAGE, PROCEDURES, Procedure, UNITS, Unit};
use crate::time::Stamp;

/// The maker of dossiers.
#[derive(Debug)]
pub(crate) struct Forge {
    pub(crate) rng: StdRng,
    units: Vec<&'static Unit>,
    /// Dossiers numbered so far, by unit and day.
    numbers: HashMap<(&'static str, NaiveDate), u32>,
    last_id: i64,
    pub(crate) file_base: String,
}

impl Forge {
    pub(crate) fn new(seed: u64, communes: usize, file_base: String) -> Self {
        let units = UNITS.iter().take(communes.max(1)).collect();
        Self { rng: StdRng::seed_from_u64(seed), units, numbers: HashMap::new(), last_id: 0, file_base }
    }

    /// Ids are drawn from one series for all tables, as vendors with one sequence do.
    pub(crate) fn id(&mut self) -> i64 {
        self.last_id += 1;
        self.last_id
    }

    /// True in `percent` of the cases.
    pub(crate) fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_ratio(percent.min(100), 100)
    }

    fn procedure(&mut self) -> &'static Procedure {
        let mut ticket = self.rng.random_range(0..PROCEDURES.iter().map(|one| one.share).sum::<u32>());
        for procedure in &PROCEDURES {
            if ticket < procedure.share {
                return procedure;
            }
            ticket -= procedure.share;
        }
        &PROCEDURES[0]
    }

    fn code(&mut self, unit: &'static Unit, day: NaiveDate) -> String {
        let number = self.numbers.entry((unit.code, day)).or_insert(0);
        *number += 1;
        let day = day.format("%y%m%d");
        match unit.old_code {
            Some(old) => format!("{old}-{day}-{number:05}"),
            None => format!("{}-{day}-{number:04}", unit.code),
        }
    }

    /// A new dossier handed in at `at` (whole seconds), with its first step. The dossier's own row is not put
    /// into the batch, since the caller may move it on; [`Life::record`] does.
    pub(crate) fn birth(&mut self, at: NaiveDateTime, batch: &mut Batch) -> Life {
        let procedure = self.procedure();
        let unit = self.units.choose(&mut self.rng).copied().unwrap_or(&UNITS[0]);
        let id = self.id();
        let code = self.code(unit, at.date());
        let channel = match self.rng.random_range(0..100) {
            0..=54 => 1,
            55..=97 => 2,
            _ => 3,
        };
        let online = channel == 2;
        let is_firm = self.chance(4);
        let owner = if is_firm { people::firm(&mut self.rng) } else { people::person(&mut self.rng) };
        let identity = self.identity(is_firm);
        let fee = self.fee(procedure);
        // Paid at once on one of the two gateways, or due; on paper it is paid in cash, which counts as not online.
        let paid = match (fee, online) {
            (1.., true) if self.chance(60) => self.rng.random_range(1..=2),
            (1.., true) => 3,
            _ => 0,
        };
        let row = HoSo {
            id,
            ma_ho_so: Some(code.clone()),
            ma_thu_tuc: procedure.local.to_owned(),
            don_vi: unit.code.to_owned(),
            kenh: channel,
            trich_yeu: Some(people::typed(&mut self.rng, &format!("{} - {owner}", procedure.name))),
            chu_ho_so: people::typed(&mut self.rng, &owner),
            loai_doi_tuong: if is_firm { 2 } else { 1 },
            ma_doi_tuong: is_firm.then(|| people::digits(&mut self.rng, "0000", 10)),
            loai_giay_to: identity.as_ref().map(|(kind, _)| *kind),
            so_dinh_danh: identity.map(|(_, number)| number),
            thong_tin_khac: None,
            email: (online || self.chance(10)).then(|| people::mail(&mut self.rng)),
            fax: is_firm.then(|| people::telephone(&mut self.rng)),
            dien_thoai: self.chance(92).then(|| people::telephone(&mut self.rng)),
            ngay_nop: Stamp(at),
            ngay_tiep_nhan: Stamp(at),
            ngay_hen_tra: None,
            ngay_ket_thuc: None,
            ngay_tra: None,
            ngay_tu_choi: None,
            trang_thai: String::new(),
            hinh_thuc_tra: i32::from(channel == 3 || self.chance(10)),
            thong_tin_tra: None,
            noi_nop: if online && self.chance(70) { 1 } else { 2 },
            so_hoa: i32::from(online || self.chance(75)),
            vneid: i32::from(online && self.chance(90)),
            thanh_toan: paid,
            ghi_chu: String::new(),
            cap_nhat_luc: Stamp(at),
        };
        let papers = self.papers(&row, &code);
        batch.giay_to_nop.extend(papers.iter().cloned());
        self.side_rows(&row, procedure, fee, batch);
        let first = if online { Status::New } else { Status::Accepted };
        let mut life = Life::new(row, procedure, papers, at);
        life.enter(self, first, at, batch);
        life
    }

    /// Kind and number of the owner's identity paper; one citizen in a hundred has none on file.
    fn identity(&mut self, is_firm: bool) -> Option<(i32, String)> {
        if is_firm || self.chance(1) {
            return None;
        }
        Some(if self.chance(4) {
            (2, people::digits(&mut self.rng, "000", 9))
        } else {
            (1, people::digits(&mut self.rng, "000", 12))
        })
    }

    fn fee(&mut self, procedure: &Procedure) -> i64 {
        let pages = if procedure.local == PER_PAGE { self.rng.random_range(1..=20) } else { 1 };
        procedure.fee * pages
    }

    fn papers(&mut self, row: &HoSo, code: &str) -> Vec<GiayToNop> {
        let count = self.rng.random_range(1..=3);
        (1..=count)
            .map(|number| {
                let from_store = row.kenh == 2 && self.chance(15);
                let id = self.id();
                GiayToNop {
                    id,
                    ho_so_id: row.id,
                    ma_tep: format!("T{id}"),
                    ten_tep: people::typed(&mut self.rng, &format!("Giấy tờ {number}.pdf")),
                    ma_thanh_phan: format!("TP.{}.{number:02}", row.ma_thu_tuc),
                    duong_dan: format!("{}/nop/{code}/{number}.pdf", self.file_base),
                    so_hoa: row.so_hoa,
                    tai_su_dung: if self.chance(40) { self.rng.random_range(1..=2) } else { 0 },
                    kho_dmqg: i32::from(from_store),
                    ma_ket_qua_thay_the: from_store
                        .then(|| format!("KQ.G07.{}", people::digits(&mut self.rng, "", 6))),
                    khoa_tep: format!("nop/{}/{id}.pdf", row.id),
                }
            })
            .collect()
    }

    fn side_rows(&mut self, row: &HoSo, procedure: &Procedure, fee: i64, batch: &mut Batch) {
        if fee > 0 {
            let id = self.id();
            batch.le_phi.push(LePhi {
                id,
                ho_so_id: row.id,
                ten: format!("Lệ phí {}", procedure.field_name.to_lowercase()),
                ma: format!("LP.{}", procedure.local),
                hinh_thuc_thu: if row.kenh == 2 { 1 } else { 4 },
                gia: fee,
                loai: 1,
            });
        }
        if row.vneid == 1 {
            let id = self.id();
            batch.ket_noi.push(KetNoi { id, ho_so_id: row.id, ma_csdl: "CSDLQG.DANCU".to_owned() });
        }
        if self.chance(3) {
            let (id, so_luong) = (self.id(), self.rng.random_range(1..=4));
            let ten = people::typed(&mut self.rng, "Giấy ủy quyền");
            batch.giay_to_khac.push(GiayToKhac { id, ho_so_id: row.id, ten, so_luong, loai: 2 });
        }
    }
}
