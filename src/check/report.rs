//! The findings of the checks, in the language of the reader.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use dongbo_model::ErrorClass;
use dongbo_model::{Lang, texts};
use dongbo_source::Section;

/// The name of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Id {
    /// The configuration's files and values.
    Configuration,
    /// The files with passwords.
    Secrets,
    /// The files with certificates.
    Certificates,
    /// The databases on other hosts that need not prove who they are.
    DatabaseTls,
    /// The proxies of outgoing calls.
    Proxies,
    /// The mapping file by itself.
    Mapping,
    /// The ledger.
    Ledger,
    /// The dossiers that wait for a person.
    Held,
    /// Free space on the ledger's disk.
    Disk,
    /// The address of metrics and health.
    Listen,
    /// The folder of the control socket.
    Control,
    /// The files that the process may have open.
    OpenFiles,
    /// The stores of files, and the keys of links.
    Files,
    /// The local database, and the mapping against its schema.
    Source,
    /// The rights of the account in the local database.
    SourceRights,
    /// The local database's clock.
    SourceClock,
    /// The dossiers that changed last, read through the mapping.
    Sample,
    /// The log-in at the portal.
    Portal,
    /// The portal's certificate.
    PortalCertificate,
    /// The portal's clock.
    PortalClock,
    /// A vendor's bridge, which is asked to send nothing.
    Bridge,
    /// The ways by which people are told.
    Ways,
    /// The officer who answers for looks into owners' stores.
    OwnerStore,
    /// A look-up at the portal.
    LookUp,
    /// The portal's catalogue of procedures against the mapping.
    Catalogue,
    /// The pace of sending and of trying again.
    Retry,
}

impl Id {
    /// The checks that need a configuration, in the order in which they are shown.
    pub(super) const AFTER_CONFIGURATION: &'static [Self] = &[
        Self::Secrets,
        Self::Certificates,
        Self::Proxies,
        Self::Mapping,
        Self::Ledger,
        Self::Disk,
        Self::Listen,
        Self::Control,
        Self::OpenFiles,
        Self::Source,
        Self::SourceClock,
        Self::Sample,
        Self::Portal,
        Self::PortalCertificate,
        Self::PortalClock,
        Self::LookUp,
        Self::Retry,
    ];

    /// Whether `--offline` leaves it out: it asks another host, or only describes what happens after the start.
    pub(super) const fn is_left_out_offline(self) -> bool {
        matches!(
            self,
            Self::Source
                | Self::SourceRights
                | Self::SourceClock
                | Self::Sample
                | Self::Portal
                | Self::PortalCertificate
                | Self::PortalClock
                | Self::Bridge
                | Self::LookUp
                | Self::Catalogue
                | Self::Retry
        )
    }

    /// The name for people.
    pub(crate) const fn title(self, lang: Lang) -> &'static str {
        match self {
            Self::Configuration => lang.pick("Cấu hình", "Configuration"),
            Self::Secrets => lang.pick("Tệp mật khẩu", "Password files"),
            Self::Certificates => lang.pick("Tệp chứng thư", "Certificate files"),
            Self::DatabaseTls => lang.pick("Mã hoá tới cơ sở dữ liệu", "Encryption to databases"),
            Self::Proxies => lang.pick("Proxy của các cuộc gọi ra", "Proxies of outgoing calls"),
            Self::Mapping => lang.pick("Tệp ánh xạ", "Mapping file"),
            Self::Ledger => lang.pick("Sổ theo dõi", "Ledger"),
            Self::Held => lang.pick("Hồ sơ bị giữ", "Held dossiers"),
            Self::Disk => lang.pick("Dung lượng đĩa", "Disk"),
            Self::Listen => lang.pick("Địa chỉ theo dõi", "Metrics address"),
            Self::Control => lang.pick("Kênh điều khiển", "Control socket"),
            Self::OpenFiles => lang.pick("Số tệp được mở", "Open files"),
            Self::Source => lang.pick("Cơ sở dữ liệu một cửa", "Local database"),
            Self::SourceRights => lang.pick("Quyền trong cơ sở dữ liệu", "Rights in the database"),
            Self::SourceClock => lang.pick("Đồng hồ cơ sở dữ liệu", "Local database's clock"),
            Self::Sample => lang.pick("Đọc thử hồ sơ", "Sample of dossiers"),
            Self::Portal => lang.pick("Đăng nhập Cổng", "Portal log-in"),
            Self::PortalCertificate => lang.pick("Chứng thư của Cổng", "Portal's certificate"),
            Self::PortalClock => lang.pick("Đồng hồ của Cổng", "Portal's clock"),
            Self::Bridge => lang.pick("Cầu nối của nhà cung cấp", "Vendor's bridge"),
            Self::Ways => lang.pick("Kênh báo tin", "Ways of telling people"),
            Self::OwnerStore => lang.pick("Kho của chủ hồ sơ", "Owners' stores"),
            Self::LookUp => lang.pick("Tra cứu trên Cổng", "Look-up at the portal"),
            Self::Files => lang.pick("Kho tệp", "Stores of files"),
            Self::Catalogue => lang.pick("Danh mục thủ tục", "Catalogue of procedures"),
            Self::Retry => lang.pick("Lịch gửi lại", "Retry schedule"),
        }
    }
}

/// The outcome of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// All is well.
    Ok,
    /// It works, and a person should look at it.
    Warn,
    /// It does not work.
    Fail,
    /// The check was not made.
    Skipped,
}

/// One check and its finding. No secret and no personal data is in it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Item {
    /// The name of the check.
    pub(crate) id: Id,
    /// The outcome.
    pub(crate) outcome: Outcome,
    /// The class of the error when it failed, which says who has to act.
    #[serde(serialize_with = "class_name", skip_serializing_if = "Option::is_none")]
    pub(crate) class: Option<ErrorClass>,
    /// The name for people.
    pub(crate) title: String,
    /// The source that it is about, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<String>,
    /// The finding, in a sentence.
    pub(crate) message: String,
    /// The remedy, where there is something to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remedy: Option<String>,
    /// The evidence, a line each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) details: Vec<String>,
    /// Measured values for machines, with the unit in the name.
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
            title: id.title(lang).to_owned(),
            source: None,
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

    /// It works, and a person should do as `remedy` says.
    pub(super) fn warn(id: Id, lang: Lang, message: String, remedy: String) -> Self {
        Self { remedy: Some(remedy), ..Self::new(id, lang, Outcome::Warn, message) }
    }

    /// It does not work until a person does as `remedy` says.
    pub(super) fn fail(id: Id, lang: Lang, class: ErrorClass, message: String, remedy: String) -> Self {
        Self { class: Some(class), remedy: Some(remedy), ..Self::new(id, lang, Outcome::Fail, message) }
    }

    /// The check was not made, for the reason `why`.
    pub(super) fn skipped(id: Id, lang: Lang, why: String) -> Self {
        Self::new(id, lang, Outcome::Skipped, why)
    }

    /// About one of several sources, whose keys are those of its own section.
    pub(super) fn of_source(self, name: &str) -> Self {
        let section = Section::of(name);
        let own = |text: &String| section.named_in(text);
        Self {
            title: format!("{} [{name}]", self.title),
            source: Some(name.to_owned()),
            message: own(&self.message),
            remedy: self.remedy.as_ref().map(own),
            details: self.details.iter().map(own).collect(),
            ..self
        }
    }

    /// With lines of evidence.
    pub(super) fn with_details(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(details);
        self
    }

    /// With a measured value.
    pub(super) fn with_value(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.values.insert(name.to_owned(), value.into());
        self
    }
}

/// The findings of all checks, in the order in which they are shown.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Report {
    /// One item for each check.
    #[serde(rename = "checks")]
    pub(crate) items: Vec<Item>,
}

impl Report {
    /// The number of checks with this outcome.
    pub(crate) fn count(&self, outcome: Outcome) -> usize {
        self.items.iter().filter(|item| item.outcome == outcome).count()
    }

    /// Whether a check failed that only a change of configuration or mapping can cure.
    pub(crate) fn is_misconfigured(&self) -> bool {
        self.items.iter().any(|item| item.outcome == Outcome::Fail && item.class == Some(ErrorClass::Config))
    }
}

texts! {
    needs(titles): "chưa kiểm tra được, vì còn lỗi ở: {titles}", "cannot be checked until these are correct: {titles}";
}

/// Those of the checks `ids` that failed among `items`.
pub(super) fn failed(items: &[Item], ids: &[Id]) -> Vec<Id> {
    let failed = |id: &Id| items.iter().any(|item| item.id == *id && item.outcome == Outcome::Fail);
    ids.iter().copied().filter(failed).collect()
}

/// The sentence that a check was not made because those that it needs failed.
pub(super) fn because(lang: Lang, needed: &[Id]) -> String {
    needs(lang, needed.iter().map(|id| id.title(lang)).collect::<Vec<_>>().join(", "))
}
