//! The meaning of a piece of text, which decides on its colour.

/// The meaning of a piece of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// All is well.
    Good,
    /// Not done yet, or worth a look.
    Warn,
    /// Somebody has to act.
    Bad,
    /// Less important than what stands beside it.
    Faint,
    /// A heading.
    Strong,
}
