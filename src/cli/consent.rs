//! Questions to the person at the terminal that are answered with yes or no.

/// Whether an answer says yes, in either language; anything else is no.
pub(super) fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "c" | "có" | "co" | "y" | "yes")
}
