//! The meaning of a piece of text, which decides on its colour.

use anstyle::{AnsiColor, Style};

/// The meaning of a piece of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
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

impl Role {
    /// The style in which a terminal shows it.
    pub(super) const fn style(self) -> Style {
        match self {
            Self::Good => AnsiColor::Green.on_default(),
            Self::Warn => AnsiColor::Yellow.on_default(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Faint => Style::new().dimmed(),
            Self::Strong => Style::new().bold(),
        }
    }
}
