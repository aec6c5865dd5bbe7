//! The notes of a run: what it could not do.

use std::fmt;

use serde::{Deserialize, Serialize};

use dongbo_model::{Lang, vocabulary};

vocabulary! {
    /// A kind of note.
    pub enum NoteKind
    texts {
        /// The note in a sentence, with `{}` in the place of what it is about.
        text
    }
    {
        /// The portal lists no such procedure.
        ProcedureUnlisted = "procedure_unlisted", [
            "Cổng không liệt kê thủ tục {}: các ô đếm của nó không được so",
            "The portal lists no procedure {}: its counts are not compared"
        ];
        /// The portal gave no counts of a month.
        CountsFailed = "counts_failed",
            ["Cổng không trả số đếm của tháng {}", "The portal gave no counts of {}"];
        /// Too much of a month differs to be sent again without a person's word.
        Guarded = "guarded", [
            "Tháng {} có quá nhiều khác biệt để tự gửi lại: xem trước, rồi thêm --yes",
            "Too much of {} differs to be sent again unasked: look first, then add --yes"
        ];
        /// No address of the portal's counts is configured.
        CountsOff = "counts_off", [
            "Không so số đếm: reconcile.evaluation_url trống",
            "No counts were compared: reconcile.evaluation_url is empty"
        ];
        /// The portal broke its counts off.
        CountsBrokenOff = "counts_broken_off", [
            "Cổng từ chối cho số đếm: phần còn lại chưa được so",
            "The portal refused its counts: the rest was not compared"
        ];
        /// The portal has no look-up.
        LookUpsOff = "look_ups_off", [
            "Không tra cứu được hồ sơ: portal.ndxp.lookup_path trống",
            "No dossier was looked up: portal.ndxp.lookup_path is empty"
        ];
        /// Look-ups ended early.
        LookUpsBrokenOff = "look_ups_broken_off", [
            "Cổng không trả lời tra cứu: phần còn lại để lần sau",
            "The portal did not answer look-ups: the rest is left for the next run"
        ];
        /// A person cancelled the run.
        Cancelled = "cancelled", [
            "{} đã dừng lần đối chiếu này: phần còn lại chưa được so",
            "{} cancelled this run: the rest was not compared"
        ];
        /// More is to be looked up than one run may.
        OverBudget = "over_budget", [
            "Quá hạn mức tra cứu của một lần: phần còn lại để lần sau",
            "Over the run's budget of look-ups: the rest is left for the next run"
        ];
    }
}

/// A note of a run. It is written as its kind's stable name, and what it is about behind a colon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// A note of a known kind, and what it is about; that may be empty.
    Known(NoteKind, String),
    /// A note that a newer version wrote.
    Newer(String),
}

impl Note {
    /// A note about one thing.
    pub(super) fn about(kind: NoteKind, about: impl fmt::Display) -> Self {
        Self::Known(kind, about.to_string())
    }

    /// Whether it is of this kind.
    #[must_use]
    pub fn is(&self, kind: NoteKind) -> bool {
        matches!(self, Self::Known(own, _) if *own == kind)
    }

    /// The note in a sentence.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::Known(kind, about) => kind.text(lang).replace("{}", about),
            Self::Newer(written) => written.clone(),
        }
    }
}

impl From<NoteKind> for Note {
    fn from(kind: NoteKind) -> Self {
        Self::Known(kind, String::new())
    }
}

impl From<&str> for Note {
    fn from(written: &str) -> Self {
        let (name, about) = written.split_once(':').unwrap_or((written, ""));
        NoteKind::from_name(name)
            .map_or_else(|| Self::Newer(written.to_owned()), |kind| Self::about(kind, about))
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(kind, about) if about.is_empty() => f.write_str(kind.name()),
            Self::Known(kind, about) => write!(f, "{}:{about}", kind.name()),
            Self::Newer(written) => f.write_str(written),
        }
    }
}

impl Serialize for Note {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Note {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(String::deserialize(deserializer)?.as_str().into())
    }
}

#[cfg(test)]
mod tests {
    use super::{Note, NoteKind};
    use dongbo_model::Lang;

    #[test]
    fn a_note_is_written_as_it_is_read() {
        for written in ["counts_off", "guarded:2026-03", "unmade:so far"] {
            assert_eq!(Note::from(written).to_string(), written);
        }
        let guarded = Note::from("guarded:2026-03");
        assert!(guarded.is(NoteKind::Guarded) && guarded.text(Lang::Vi).starts_with("Tháng 2026-03"));
    }
}
