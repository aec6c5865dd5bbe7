//! The meaning of a piece of text, and the colour that a terminal shows it in.

use anstyle::{AnsiColor, Style};

pub(crate) use dongbo_sync::telling::Role;

/// The style in which a terminal shows it.
pub(super) const fn style(role: Role) -> Style {
    match role {
        Role::Good => AnsiColor::Green.on_default(),
        Role::Warn => AnsiColor::Yellow.on_default(),
        Role::Bad => AnsiColor::Red.on_default().bold(),
        Role::Faint => Style::new().dimmed(),
        Role::Strong => Style::new().bold(),
    }
}
