//! What the checks found, in the language that was asked for.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use dongbo_model::ErrorClass;
use dongbo_model::{Lang, texts};

/// Which check it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Id {
    /// The configuration's files and values.
    Configuration,
    /// The files with passwords.
    Secrets,
    /// The files with certificates.
    Certificates,
    /// The mapping file by itself.
    Mapping,
    /// dongbo's own memory.
    Ledger,
    /// Room on its disk.
    Disk,
    /// The address of metrics and health.
    Listen,
    /// The folder of the control socket.
    Control,
    /// The stores of files, and the keys of links.
    Files,
    /// The local database, and the mapping against its schema.
    Source,
    /// Its clock.
    SourceClock,
    /// The dossiers that changed last, read through the mapping.
    Sample,
    /// The log-in at the portal.
    Portal,
    /// The portal's certificate.
    PortalCertificate,
    /// Its clock.
    PortalClock,
    /// Its catalogue of procedures against the mapping.
    Catalogue,
    /// How often and how fast it is sent.
    Retry,
}

impl Id {
    /// All that cannot be made without a configuration, in the order in which they are shown.
    pub(super) const AFTER_CONFIGURATION: &'static [Self] = &[
        Self::Secrets,
        Self::Certificates,
        Self::Mapping,
        Self::Ledger,
        Self::Disk,
        Self::Listen,
        Self::Control,
        Self::Source,
        Self::SourceClock,
        Self::Sample,
        Self::Portal,
        Self::PortalCertificate,
        Self::PortalClock,
        Self::Retry,
    ];

    /// Whether a peer is asked.
    pub(super) const fn needs_network(self) -> bool {
        matches!(
            self,
            Self::Source
                | Self::SourceClock
                | Self::Sample
                | Self::Portal
                | Self::PortalCertificate
                | Self::PortalClock
                | Self::Catalogue
        )
    }

    /// What people call it.
    pub(crate) const fn title(self, lang: Lang) -> &'static str {
        match self {
            Self::Configuration => lang.pick("Cấu hình", "Configuration"),
            Self::Secrets => lang.pick("Tệp mật khẩu", "Password files"),
            Self::Certificates => lang.pick("Tệp chứng thư", "Certificate files"),
            Self::Mapping => lang.pick("Tệp ánh xạ", "Mapping file"),
            Self::Ledger => lang.pick("Sổ của dongbo", "Ledger"),
            Self::Disk => lang.pick("Dung lượng đĩa", "Disk"),
            Self::Listen => lang.pick("Địa chỉ theo dõi", "Metrics address"),
            Self::Control => lang.pick("Kênh điều khiển", "Control socket"),
            Self::Source => lang.pick("Cơ sở dữ liệu một cửa", "Local database"),
            Self::SourceClock => lang.pick("Đồng hồ cơ sở dữ liệu", "Local database's clock"),
            Self::Sample => lang.pick("Đọc thử hồ sơ", "Sample of dossiers"),
            Self::Portal => lang.pick("Đăng nhập Cổng", "Portal log-in"),
            Self::PortalCertificate => lang.pick("Chứng thư của Cổng", "Portal's certificate"),
            Self::PortalClock => lang.pick("Đồng hồ của Cổng", "Portal's clock"),
            Self::Files => lang.pick("Kho tệp", "Stores of files"),
            Self::Catalogue => lang.pick("Danh mục thủ tục", "Catalogue of procedures"),
            Self::Retry => lang.pick("Lịch gửi lại", "Retry schedule"),
        }
    }
}

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// All is well.
    Ok,
    /// It works, and somebody should see to it.
    Warn,
    /// It does not work.
    Fail,
    /// It was not made.
    Skipped,
}

/// One check and what it found. No secret and no personal data is in it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Item {
    /// Which check.
    pub(crate) id: Id,
    /// How it went.
    pub(crate) outcome: Outcome,
    /// Who has to act, when it failed.
    #[serde(serialize_with = "class_name", skip_serializing_if = "Option::is_none")]
    pub(crate) class: Option<ErrorClass>,
    /// What people call it.
    pub(crate) title: &'static str,
    /// What was found, in a sentence.
    pub(crate) message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remedy: Option<String>,
    /// The evidence, a line each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) details: Vec<String>,
    /// What was measured, for machines: the unit is in the name.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub(crate) values: Map<String, Value>,
}

fn class_name<S: Serializer>(class: &Option<ErrorClass>, serializer: S) -> Result<S::Ok, S::Error> {
    class.map(ErrorClass::name).serialize(serializer)
}

impl Item {
    fn new(id: Id, lang: Lang, outcome: Outcome, message: String) -> Self {
        Self {
            id,
            outcome,
            class: None,
            title: id.title(lang),
            message,
            remedy: None,
            details: Vec::new(),
            values: Map::new(),
        }
    }

    /// All is well.
    pub(super) fn ok(id: Id, lang: Lang, message: String) -> Self {
        Self::new(id, lang, Outcome::Ok, message)
    }

    /// It works, and somebody should do what `remedy` says.
    pub(super) fn warn(id: Id, lang: Lang, message: String, remedy: String) -> Self {
        Self { remedy: Some(remedy), ..Self::new(id, lang, Outcome::Warn, message) }
    }

    /// It does not work until somebody does what `remedy` says.
    pub(super) fn fail(id: Id, lang: Lang, class: ErrorClass, message: String, remedy: String) -> Self {
        Self { class: Some(class), remedy: Some(remedy), ..Self::new(id, lang, Outcome::Fail, message) }
    }

    /// It was not made; `why` says why.
    pub(super) fn skipped(id: Id, lang: Lang, why: String) -> Self {
        Self::new(id, lang, Outcome::Skipped, why)
    }

    /// With lines of evidence.
    pub(super) fn with_details(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(details);
        self
    }

    /// With something measured.
    pub(super) fn with_value(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.values.insert(name.to_owned(), value.into());
        self
    }
}

/// What all checks found, in the order in which they are shown.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Report {
    /// One for each check.
    #[serde(rename = "checks")]
    pub(crate) items: Vec<Item>,
}

impl Report {
    /// How many checks went so.
    pub(crate) fn count(&self, outcome: Outcome) -> usize {
        self.items.iter().filter(|item| item.outcome == outcome).count()
    }

    /// Whether a check failed that no waiting cures: configuration or mapping is wrong.
    pub(crate) fn is_misconfigured(&self) -> bool {
        self.items.iter().any(|item| item.outcome == Outcome::Fail && item.class == Some(ErrorClass::Config))
    }
}

texts! {
    needs(titles): "chưa kiểm tra được, vì còn lỗi ở: {titles}", "cannot be checked because of what is wrong with: {titles}";
}

/// Why a check was not made: the ones that it needs failed.
pub(super) fn because(lang: Lang, needed: &[Id]) -> String {
    needs(lang, needed.iter().map(|id| id.title(lang)).collect::<Vec<_>>().join(", "))
}
