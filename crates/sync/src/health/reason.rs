//! One reason why both sides are not known to be equal, with what is known of it.

use chrono::{DateTime, Utc};

use super::kinds::{ReasonKind, Standing};
use crate::vitals::Part;
use dongbo_model::{FileTrouble, Lang, Owner, texts};

texts! {
    since(at): "từ {at}", "since {at}";
    by(who): "người tạm dừng: {who}", "paused by {who}";
    part(name): "phần {name}", "part {name}";
    query(name): "[{name}]", "[{name}]";
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Its kind.
    pub kind: ReasonKind,
    /// The source that it is about, where there are several; else empty.
    pub source: String,
    /// Since when it stands, where that is known.
    pub since: Option<DateTime<Utc>>,
    /// How many it is about, where it can be counted.
    pub many: Option<u64>,
    /// What more is known.
    pub detail: Detail,
    /// Whether dongbo only watches, so that nothing is sent.
    pub(super) watches: bool,
}

/// Further knowledge of a reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// Nothing.
    None,
    /// Words of a peer or the system, without personal data.
    Words(String),
    /// The query or stream that fails, which may have no name, and the words.
    Query(String, String),
    /// The part that stands still.
    Part(Part),
    /// The trouble of files, with codes that say more.
    Files(FileTrouble, String),
    /// The person who paused sending, and why.
    Pause(String, String),
}

impl Reason {
    /// A reason of which no more is known.
    pub(super) const fn of(kind: ReasonKind) -> Self {
        Self { kind, source: String::new(), since: None, many: None, detail: Detail::None, watches: false }
    }

    /// A reason that was seen before, of which no more is known than this.
    #[must_use]
    pub fn seen(kind: ReasonKind, source: &str, many: Option<u64>, watches: bool) -> Self {
        Self { many, watches, ..Self::of(kind).of_source(source) }
    }

    /// Whether it is told of a dongbo that only watches.
    #[must_use]
    pub const fn watches(&self) -> bool {
        self.watches
    }

    /// The same since `at`.
    pub(super) const fn since(mut self, at: Option<DateTime<Utc>>) -> Self {
        self.since = at;
        self
    }

    /// This reason, of one of several sources.
    pub(super) fn of_source(mut self, source: &str) -> Self {
        source.clone_into(&mut self.source);
        self
    }

    /// The same about so many.
    pub(super) const fn about(mut self, many: u64) -> Self {
        self.many = Some(many);
        self
    }

    /// The same, with what more is known.
    pub(super) fn with(mut self, detail: Detail) -> Self {
        self.detail = detail;
        self
    }

    /// Its words and its remedy; where dongbo only watches, those that tell of no sending.
    const fn words(&self, lang: Lang) -> [&'static str; 2] {
        let watched = match self.kind {
            _ if !self.watches => None,
            ReasonKind::Paused => Some([
                lang.pick("Việc tra cứu đang tạm dừng theo lệnh", "Look-ups are paused on request"),
                lang.pick("Khi tra cứu lại được: dongbo resume", "When look-ups may go on: dongbo resume"),
            ]),
            ReasonKind::PortalRefuses => Some([
                lang.pick(
                    "Cổng từ chối đăng nhập; không tra cứu được",
                    "The portal refuses the log-in; nothing is looked up",
                ),
                self.kind.remedy(lang),
            ]),
            ReasonKind::PortalMisplaced => Some([
                lang.pick(
                    "Sai địa chỉ hoặc dịch vụ của Cổng; không tra cứu được",
                    "The portal is not at its address; nothing is looked up",
                ),
                self.kind.remedy(lang),
            ]),
            ReasonKind::PortalOdd => Some([
                lang.pick(
                    "Cổng trả lời theo cách lạ; đã ngừng tra cứu",
                    "The portal's answers are not understood; look-ups have stopped",
                ),
                self.kind.remedy(lang),
            ]),
            ReasonKind::PortalDown => Some([
                lang.pick(
                    "Cổng không trả lời; không tra cứu được",
                    "The portal does not answer; nothing is looked up",
                ),
                lang.pick(
                    "Không phải làm gì: dongbo tự tra cứu lại khi Cổng trả lời",
                    "Nothing: dongbo looks again when it answers",
                ),
            ]),
            ReasonKind::Differences => Some([
                lang.pick(
                    "{} khác biệt giữa hai bên, tra cứu sẽ rõ",
                    "{} differences that look-ups will clear up",
                ),
                lang.pick(
                    "dongbo reconcile list; rồi: dongbo reconcile --scope … --full",
                    "dongbo reconcile list; then: dongbo reconcile --scope … --full",
                ),
            ]),
            _ => None,
        };
        match watched {
            Some(words) => words,
            None => [self.kind.text(lang), self.kind.remedy(lang)],
        }
    }

    /// How things stand because of it.
    #[must_use]
    pub const fn standing(&self) -> Standing {
        self.kind.standing()
    }

    /// The one who has to act.
    #[must_use]
    pub const fn owner(&self) -> Owner {
        self.kind.owner()
    }

    /// The reason in a few words, without what more is known.
    #[must_use]
    pub fn headline(&self, lang: Lang) -> String {
        let [text, _] = self.words(lang);
        let text = text.replace("{}", &lang.count(self.many.unwrap_or_default()));
        if self.source.is_empty() { text } else { format!("{text} [{}]", self.source) }
    }

    /// The reason, since when, and what more is known.
    #[must_use]
    pub fn text(&self, lang: Lang, now: DateTime<Utc>) -> String {
        let mut text = self.headline(lang);
        if let Some(at) = self.since {
            text.push_str(", ");
            text.push_str(&since(lang, lang.at(at, now)));
        }
        let detail = self.detail.text(lang);
        if !detail.is_empty() {
            text.push_str(": ");
            text.push_str(&detail);
        }
        text
    }

    /// What to do.
    #[must_use]
    pub fn remedy(&self, lang: Lang) -> String {
        match &self.detail {
            Detail::Files(trouble, _) => trouble.remedy(lang).to_owned(),
            Detail::None | Detail::Words(_) | Detail::Query(..) | Detail::Part(_) | Detail::Pause(..) => {
                let [_, remedy] = self.words(lang);
                remedy.to_owned()
            }
        }
    }
}

impl Detail {
    /// What more is known, in words; empty when nothing is.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let joined = |parts: [String; 2], between: &str| {
            parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(between)
        };
        match self {
            Self::None => String::new(),
            Self::Words(words) => words.clone(),
            Self::Query(name, words) if name.is_empty() => words.clone(),
            Self::Query(name, words) => format!("{} {words}", query(lang, name)),
            Self::Part(which) => part(lang, which.name()),
            Self::Files(trouble, codes) => {
                let codes = if codes.is_empty() { String::new() } else { format!("({codes})") };
                joined([trouble.text(lang).to_owned(), codes], " ")
            }
            Self::Pause(who, why) => {
                let who = if who.is_empty() { String::new() } else { by(lang, who) };
                joined([why.clone(), who], "; ")
            }
        }
    }
}
