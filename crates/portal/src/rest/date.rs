//! Instants as dialect `rest` writes them: the wall clock of Vietnam, in two forms.

use std::fmt;

use chrono::{DateTime, Datelike, Timelike, Utc};
use serde::{Serialize, Serializer};

/// The form in which an instant is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `yyyy-MM-dd HH:mm:ss`, in a dossier.
    Dossier,
    /// `yyyy-MM-ddTHH:mm:ss.fff`, in a step.
    Step,
}

/// An instant ready to be written; `None` is a missing one, `""`.
pub(super) struct RestDate(pub(super) Option<DateTime<Utc>>, pub(super) Form);

impl fmt::Display for RestDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(at) = self.0 else { return Ok(()) };
        let local = at.with_timezone(&chrono_tz::Asia::Ho_Chi_Minh);
        // Years beyond four digits have no form here; reading the local database refuses them long before.
        if !(0..=9_999).contains(&local.year()) {
            return Ok(());
        }
        let (between, thousandths) = match self.1 {
            Form::Dossier => (' ', ""),
            // The local systems' instants are whole seconds.
            Form::Step => ('T', ".000"),
        };
        write!(
            f,
            "{:04}-{:02}-{:02}{between}{:02}:{:02}:{:02}{thousandths}",
            local.year(),
            local.month(),
            local.day(),
            local.hour(),
            local.minute(),
            local.second()
        )
    }
}

impl Serialize for RestDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::{Form, RestDate};

    #[test]
    fn dates_are_the_wall_clock_of_vietnam_in_the_form_of_their_place() {
        let at: DateTime<Utc> = "2025-12-31T17:00:09Z".parse().unwrap();
        assert_eq!(RestDate(Some(at), Form::Dossier).to_string(), "2026-01-01 00:00:09");
        assert_eq!(RestDate(Some(at), Form::Step).to_string(), "2026-01-01T00:00:09.000");
        assert_eq!(RestDate(None, Form::Step).to_string(), "");
        assert_eq!(RestDate(Some(DateTime::<Utc>::MAX_UTC), Form::Dossier).to_string(), "");
    }
}
