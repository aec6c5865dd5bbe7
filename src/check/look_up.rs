//! A look-up at the portal, which alone shows whether it takes our unit code, and what a portal without one means.

use super::context::Context;
use super::report::{self, Id, Item};
use dongbo_model::{DossierCode, ErrorClass, texts};
use dongbo_portal::{Dialect, Outcome, Portal, PortalTrouble};

texts! {
    answers(unit): "Cổng trả lời tra cứu với mã đơn vị {unit}", "the portal answers look-ups for unit {unit}";
    answers_them(): "Cổng trả lời tra cứu", "the portal answers look-ups";
    none_there():
        "không tra cứu được trên Cổng: khi mất câu trả lời, hồ sơ và bước xử lý được gửi lại, nên Cổng có thể nhận hai lần",
        "nothing can be looked up at the portal: after a lost answer dossiers and steps are sent again, so that the portal may take them twice";
    set_look_up():
        "hỏi đơn vị vận hành địa chỉ tra cứu rồi đặt portal.ndxp.lookup_path; nếu không có thì chấp nhận, và đối chiếu số liệu với Cổng định kỳ",
        "ask the operator for the address of look-ups and set portal.ndxp.lookup_path; where there is none, accept it and compare counts with the portal";
    refused(unit): "Cổng cho đăng nhập nhưng từ chối tra cứu với mã đơn vị {unit}", "the log-in works, and the portal refuses a look-up for unit {unit}";
    correct_unit():
        "sửa portal.unit_code (madonvi) và portal.dstcode đúng như được cấp",
        "correct portal.unit_code (madonvi) and portal.dstcode to those that were given out";
    odd(unit): "Cổng cho đăng nhập nhưng không nhận lần tra cứu thử với mã đơn vị {unit}", "the log-in works, and the portal does not take the look-up tried for unit {unit}";
    read_words():
        "đọc lời của Cổng ở trên: nếu nói về đơn vị thì sửa portal.unit_code; nếu chỉ nói chưa có hồ sơ thì thêm một luật [[portal.verdicts]]",
        "read the portal's words above: where they are about the unit, correct portal.unit_code; where they only say that there is no such dossier, add a rule [[portal.verdicts]]";
    no_dossier(): "chưa có hồ sơ nào để tra cứu thử", "there is no dossier to look up yet";
    words(code, message): "mã {code}: {message}", "code {code}: {message}";
}

/// Looks one dossier up, which changes nothing; `portal` is there when it lets us in, and else `failed` are the checks that
/// keep us out.
pub(super) async fn check(
    context: &Context<'_>,
    portal: Option<&Portal>,
    dossier: Option<&DossierCode>,
    failed: &[Id],
) -> Item {
    let (config, lang) = (&context.config.portal, context.lang);
    let Some(portal) = portal else {
        return Item::skipped(Id::LookUp, lang, report::because(lang, failed));
    };
    if !portal.looks_up() {
        return Item::warn(Id::LookUp, lang, none_there(lang), set_look_up(lang));
    }
    let Some(dossier) = dossier else {
        return Item::skipped(Id::LookUp, lang, no_dossier(lang));
    };
    let answer = portal.probe(dossier).await;
    let has_unit = config.dialect == Dialect::Ndxp;
    if answer.outcome == Outcome::Delivered {
        let message = if has_unit { answers(lang, &config.unit_code) } else { answers_them(lang) };
        return Item::ok(Id::LookUp, lang, message);
    }
    if has_unit && !answer.portal_code.is_empty() && answer.http_status == Some(200) {
        let unit = &config.unit_code;
        let item = if is_about_the_unit(&answer.message) {
            let (class, message) = (ErrorClass::Config, refused(lang, unit));
            Item::fail(Id::LookUp, lang, class, message, correct_unit(lang))
        } else {
            Item::warn(Id::LookUp, lang, odd(lang, unit), read_words(lang))
        };
        return item.with_details([words(lang, &answer.portal_code, &answer.message)]);
    }
    let trouble = PortalTrouble::found(config, &answer).await;
    let (message, remedy) = (trouble.text(lang).to_owned(), trouble.remedy(lang).to_owned());
    Item::fail(Id::LookUp, lang, trouble.class(), message, remedy).with_details([answer.message])
}

/// Whether the portal's words name the unit.
fn is_about_the_unit(words: &str) -> bool {
    let words = words.to_lowercase();
    ["đơn vị", "madonvi", "cơ quan"].iter().any(|name| words.contains(name))
}
