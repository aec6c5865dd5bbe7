//! What puts a difference right, and so whose it is.

use dongbo_ledger::Age;

/// What puts a difference right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Remedy {
    /// Sending the dossier again.
    Repair,
    /// Looking up the dossiers of a cell whose difference nothing accounts for yet.
    LookUp,
    /// Sending, which takes too long.
    Send,
    /// Whoever sees to what holds the dossier.
    Person,
    /// The unit, on the portal or in its one-stop system.
    Unit,
    /// The portal's operators, and nobody else.
    Portal,
    /// Nothing: it goes by itself.
    Nothing,
}

impl Remedy {
    /// Every remedy, those of dongbo's operator first.
    pub const ALL: &'static [Self] =
        &[Self::Repair, Self::LookUp, Self::Send, Self::Person, Self::Unit, Self::Portal, Self::Nothing];

    /// The stable name in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Repair => "repair",
            Self::LookUp => "look_up",
            Self::Send => "send",
            Self::Person => "person",
            Self::Unit => "unit",
            Self::Portal => "portal",
            Self::Nothing => "nothing",
        }
    }

    /// What puts a difference right that has this kind and cause, by their stable names, and this age. `mendable` says
    /// whether sending its dossier again can.
    #[must_use]
    pub fn of(kind: &str, cause: &str, age: Age, mendable: bool) -> Self {
        match (cause, kind) {
            ("born_on_portal" | "deleted_locally", _) => Self::Unit,
            (_, "duplicated" | "step_extra" | "step_order") => Self::Portal,
            ("told_one_by_one", _) => Self::Nothing,
            ("not_fetched", _) if age != Age::Mismatch => Self::Nothing,
            ("in_flight", _) => Self::Send,
            ("unexplained", _) => Self::LookUp,
            ("lost_on_portal" | "changed_on_portal" | "lost_answer" | "not_fetched", _) if mendable => {
                Self::Repair
            }
            ("lost_on_portal" | "changed_on_portal" | "lost_answer" | "not_fetched", _) => Self::Portal,
            // Held, or a finding by its name.
            _ => Self::Person,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Remedy;
    use dongbo_ledger::Age;

    #[test]
    fn each_difference_is_somebodys() {
        for (kind, cause, age, mendable, remedy) in [
            ("missing", "lost_on_portal", Age::Mismatch, true, Remedy::Repair),
            ("step_missing", "changed_on_portal", Age::Mismatch, false, Remedy::Portal),
            ("step_extra", "changed_on_portal", Age::Late, false, Remedy::Portal),
            ("file_unfetched", "not_fetched", Age::Late, true, Remedy::Nothing),
            ("file_unfetched", "not_fetched", Age::Mismatch, true, Remedy::Repair),
            ("content", "held", Age::Mismatch, true, Remedy::Person),
            ("missing", "unmapped_procedure:XX99", Age::Mismatch, false, Remedy::Person),
            ("unsent", "in_flight", Age::Late, false, Remedy::Send),
            ("counted_less", "unexplained", Age::Mismatch, false, Remedy::LookUp),
            ("counted_less", "told_one_by_one", Age::Mismatch, false, Remedy::Nothing),
            ("counted_more", "born_on_portal", Age::Mismatch, false, Remedy::Unit),
            ("unknown_locally", "deleted_locally", Age::Mismatch, false, Remedy::Unit),
        ] {
            assert_eq!(Remedy::of(kind, cause, age, mendable), remedy, "{kind} {cause} {age:?}");
        }
    }
}
