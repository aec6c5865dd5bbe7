//! The facts of a dossier as the portal's record of it shows them.

use chrono::{DateTime, Utc};
use dongbo_model::facts::{Asked, ended};
use dongbo_model::{
    Channel, Dossier, Facts, Fees, OnlinePayment, Papers, Results, Status, SubmissionPlace, Text, is_code,
};
use serde_json::{Map, Value};

use super::canonical::text;
use super::expected::RESULTS;
use super::moment;

/// A record as it is read field by field. What the dialect does not carry is taken to be as it is here.
pub(super) struct Record<'r> {
    /// The fields that the dialect carries, with what they are to hold.
    pub(super) carried: &'r Map<String, Value>,
    /// The portal's record.
    pub(super) theirs: &'r Value,
    /// The status that it shows.
    pub(super) status: Option<Status>,
    /// The steps that it shows; `None` when look-ups show none: then they are taken to be as they are here.
    pub(super) steps: Option<&'r Vec<Value>>,
    /// Whether look-ups show result papers.
    pub(super) files: bool,
}

impl Record<'_> {
    /// The facts of `ours` as the record shows them. The receiving unit and the officer are no business of the portal's, and are left
    /// out.
    pub(super) fn facts(&self, ours: &Dossier) -> Facts {
        let mut facts = Facts::accepted(ours, ours.steps.len(), |_| None);
        facts.status = self.status.unwrap_or(facts.status);
        self.codes(ours, &mut facts);
        self.times(&mut facts);
        self.lists(&mut facts);
        if let Some(steps) = self.steps {
            let steps: Vec<(Status, DateTime<Utc>)> = steps.iter().filter_map(step).collect();
            facts.ended = ended(steps.iter().copied(), facts.received_at);
            if self.list("DanhSachHoSoBoSung").is_none_or(Vec::is_empty) {
                take(&mut facts, Asked::by_steps(steps.into_iter()));
            }
        }
        facts
    }

    fn codes(&self, ours: &Dossier, facts: &mut Facts) {
        if let Some(code) = self.text("MaTTHC").filter(|code| is_code(code) && !code.is_empty()) {
            facts.procedure = Text::new(code);
        }
        // A unit by its name is the one that we know by it, or one of which nobody knows the code.
        let unit = self.text("DonViXuLy").filter(|unit| unit != ours.unit.agency.as_str());
        if let Some(unit) = unit.filter(|unit| is_code(unit) && !unit.is_empty()) {
            facts.unit = Text::new(unit);
        }
        if let Some(code) = self.text("KenhThucHien") {
            facts.channel = Channel::from_code(&code);
        }
        if let Some(code) = self.text("NoiNopHoSo") {
            facts.submitted_to = SubmissionPlace::from_code(&code);
        }
        if let Some(code) = self.text("DuocThanhToanTrucTuyen") {
            facts.paid_online = OnlinePayment::from_code(&code);
        }
        for (field, flag) in [
            ("TaiKhoanDuocXacThucVoiVNeID", &mut facts.vneid),
            ("HoSoCoThanhPhanSoHoa", &mut facts.digitised_flag),
        ] {
            if let Some(code) = self.text(field) {
                *flag = is_flag(&code);
            }
        }
    }

    fn times(&self, facts: &mut Facts) {
        for (field, at) in [
            ("NgayNopHoSo", &mut facts.submitted_at),
            ("NgayTiepNhan", &mut facts.received_at),
            ("NgayHenTra", &mut facts.due_at),
            ("NgayKetThucXuLy", &mut facts.finished_at),
            ("NgayTra", &mut facts.returned_at),
        ] {
            if let Some(text) = self.text(field) {
                // A portal that keeps the day only keeps that of ours.
                let is_same_day = at.is_some_and(|at| moment::is_day_of(&text, &moment::written(at)));
                *at = if is_same_day { *at } else { moment::instant(&text) };
            }
        }
    }

    fn lists(&self, facts: &mut Facts) {
        if let Some(papers) = self.list("TaiLieuNop") {
            let marks = papers.iter().filter(|paper| is_flag(&text(paper, "IsDeleted")) != Some(true));
            facts.papers = marks.fold(Papers::default(), |all, paper| Papers {
                any: true,
                any_with_file: all.any_with_file || !text(paper, "DuongDanTaiTepTin").is_empty(),
                any_digitised: all.any_digitised || text(paper, "DuocSoHoa") == "1",
                any_reused: all.any_reused || matches!(text(paper, "DuocTaiSuDung").as_str(), "1" | "2"),
                any_from_store: all.any_from_store || text(paper, "DuocLayTuKhoDMQG") == "1",
            });
        }
        if let Some(results) = self.list(RESULTS).filter(|_| self.files) {
            let some = |result: &Value, fields: [&str; 2]| {
                fields.iter().any(|field| !text(result, field).is_empty())
            };
            facts.results = results.iter().fold(Results::default(), |all, result| {
                let has_link = some(result, ["DuongDanTepTinKetQua", "IdGiayTo"]);
                let has_code = some(result, ["MaGiayToKetQua", "MaKetQua"]);
                Results {
                    any: true,
                    any_with_link: all.any_with_link || has_link,
                    any_with_link_and_code: all.any_with_link_and_code || (has_link && has_code),
                }
            });
        }
        if let Some(fees) = self.list("DanhSachLePhi") {
            facts.fees = match fees.as_slice() {
                [] => Fees::None,
                fees if fees.iter().all(|fee| text(fee, "Gia") == "0") => Fees::AllZero,
                _ => Fees::Owed,
            };
        }
        if let Some(databases) = self.list("DSKetNoiCSDL") {
            facts.databases = !databases.is_empty();
        }
        if let Some(supplements) = self.list("DanhSachHoSoBoSung") {
            let at = |one: &Value, field| moment::instant(&text(one, field));
            let rounds = supplements.iter().map(|one| (at(one, "NgayBoSung"), at(one, "NgayTiepNhanBoSung")));
            take(facts, Asked::by_rounds(rounds));
        }
    }

    /// The field as text, which may be empty; `None` where the dialect does not carry it.
    fn text(&self, field: &str) -> Option<String> {
        self.carried.contains_key(field).then(|| text(self.theirs, field))
    }

    /// The list, empty when the record has none; `None` where the dialect does not carry it.
    fn list(&self, field: &str) -> Option<&Vec<Value>> {
        static NONE: Vec<Value> = Vec::new();
        let carried = self.carried.contains_key(field);
        carried.then(|| self.theirs.get(field).and_then(Value::as_array).unwrap_or(&NONE))
    }
}

fn take(facts: &mut Facts, asked: Asked) {
    facts.asked = asked.times;
    facts.first_asked_at = asked.first_at;
    facts.waiting_since = asked.waiting_since;
    facts.waited = asked.waited;
}

/// The status and time of a step that shows both.
fn step(step: &Value) -> Option<(Status, DateTime<Utc>)> {
    Some((Status::from_code(&text(step, "TrangThai"))?, moment::instant(&text(step, "ThoiDiemXuLy"))?))
}

fn is_flag(text: &str) -> Option<bool> {
    match text {
        "1" | "True" | "true" => Some(true),
        "0" | "False" | "false" => Some(false),
        _ => None,
    }
}
