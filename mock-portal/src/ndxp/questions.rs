//! Questions and answers: `LayDanhSachHoiDapGuiTuDVCQG` and `DongBoHoiDap`, with the fields that a known client reads and sends.

use serde::Serialize;

use super::answer::{list, success};
use super::call::{Call, Item};
use crate::core::Core;
use crate::wire::answer::Answer;
use crate::wire::refusal::{Class, Refusal};

/// What is asked and answered; an empty answer is still due.
const QUESTIONS: [(&str, &str); 2] = [
    ("Nộp hồ sơ trực tuyến cần những giấy tờ gì?", ""),
    ("Bao lâu thì có kết quả?", "Trong thời hạn ghi trên giấy tiếp nhận hồ sơ và hẹn trả kết quả."),
];

#[derive(Serialize)]
#[serde(rename_all = "UPPERCASE")]
struct Question<'a> {
    hoidapid: usize,
    malinhvuc: &'a str,
    madonvi: &'a str,
    tendonvi: &'a str,
    noidung: &'a str,
    /// 0: not answered.
    traloiid: usize,
    noidungtraloi: &'a str,
}

/// The questions of citizens; what is in them is made up, and there is no person in it.
pub(super) fn all(core: &Core) -> Answer {
    let catalogue = &core.config.catalogue;
    let field = catalogue.fields.first().map_or("", |field| &field.code);
    let (unit, unit_name) =
        catalogue.agencies.first().map_or(("", ""), |agency| (agency.code.as_str(), agency.name.as_str()));
    let questions = QUESTIONS.into_iter().zip(1..).map(|((question, answer), number)| Question {
        hoidapid: number,
        malinhvuc: field,
        madonvi: unit,
        tendonvi: unit_name,
        noidung: question,
        traloiid: if answer.is_empty() { 0 } else { number },
        noidungtraloi: answer,
    });
    list(core, questions)
}

/// Takes questions with their answers, and keeps none.
pub(super) fn take(core: &Core, call: &Call<'_>) -> Result<Answer, Refusal> {
    if call.items.is_empty() {
        return Err(Refusal::new(Class::Content, "Trường data bắt buộc phải có"));
    }
    let has_id = |item: &Item<'_>| item.members.iter().any(|(key, _)| key.as_str() == "HOIDAPID");
    match call.items.iter().position(|item| !has_id(item)) {
        Some(index) => {
            Err(Refusal::new(Class::Content, format!("Trường data[{index}].HOIDAPID bắt buộc phải có")))
        }
        None => Ok(success(core, "")),
    }
}
