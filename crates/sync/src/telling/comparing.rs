//! Words and colours for differences, and for runs that found them.

use super::role::Role;
use crate::reconcile::Meaning;
use dongbo_model::{Age, Lang, texts};

texts! {
    equal(): "Hai bên khớp, trong phạm vi đã so.", "Both sides are equal in all that was compared.";
    pending(many): "Chưa thấy lệch; {many} khác biệt mới có, còn trong thời gian chờ.", "Nothing differs for long; {many} differences are new and still pending.";
    files_missing(many): "Chưa thấy lệch, nhưng Cổng còn thiếu {many} tệp: dongbo files", "Nothing differs for long, but the portal lacks {many} files: dongbo files";
    unfinished(): "Chưa so xong, nên chưa biết hai bên có khớp hay không; phần đã so chưa thấy lệch.", "Not all was compared, so nobody knows whether both sides are equal; nothing of what was compared differs.";
    differ(many): "Còn {many} khác biệt.", "{many} differences are open.";
    waits(many): "{many} chờ tra lại", "{many} to be looked up";
    still_differ(many): "{many} vẫn lệch", "{many} still differ";
}

/// The result of sending differences again: how many wait to be looked at, and how many still differ. Empty when
/// nothing was sent again.
#[must_use]
pub fn sent_again(lang: Lang, waiting: u64, in_vain: u64) -> String {
    let told = [
        (waiting > 0).then(|| waits(lang, lang.count(waiting))),
        (in_vain > 0).then(|| still_differ(lang, lang.count(in_vain))),
    ];
    told.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The colour of an age.
#[must_use]
pub const fn age_role(age: Age) -> Role {
    match age {
        Age::Pending => Role::Faint,
        Age::Late => Role::Warn,
        Age::Mismatch => Role::Bad,
    }
}

/// The meaning of a run for both sides, in a sentence.
#[must_use]
pub fn meaning(lang: Lang, meaning: Meaning) -> (String, Role) {
    match meaning {
        Meaning::Equal => (equal(lang), Role::Good),
        Meaning::Pending(many) => (pending(lang, lang.count(many)), Role::Good),
        Meaning::FilesMissing(many) => (files_missing(lang, lang.count(many)), Role::Warn),
        Meaning::Unfinished => (unfinished(lang), Role::Warn),
        Meaning::Differs(many) => (differ(lang, lang.count(many)), Role::Bad),
    }
}
