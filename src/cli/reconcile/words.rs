//! Words and colours for differences.

use super::super::role::Role;
use dongbo_model::{Age, Lang, texts};

texts! {
    waits(many): "{many} chờ tra lại", "{many} to be looked up";
    still_differ(many): "{many} vẫn lệch", "{many} still differ";
}

/// The result of sending differences again: how many wait to be looked at, and how many still differ. Empty when
/// nothing was sent again.
pub(super) fn sent_again(lang: Lang, waiting: u64, in_vain: u64) -> String {
    let told = [
        (waiting > 0).then(|| waits(lang, lang.count(waiting))),
        (in_vain > 0).then(|| still_differ(lang, lang.count(in_vain))),
    ];
    told.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The colour of an age.
pub(super) const fn age_role(age: Age) -> Role {
    match age {
        Age::Pending => Role::Faint,
        Age::Late => Role::Warn,
        Age::Mismatch => Role::Bad,
    }
}
