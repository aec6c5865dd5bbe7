//! The ends of commands: exit codes, failures, and the sentences about failures.

use std::io;
use std::path::PathBuf;

use super::codes;
use super::user::UserFailure;
use crate::config::SettingsError;
use crate::control::{ClientError, Refusal};
use crate::daemon::StartError;
use crate::log::LogError;
use dongbo_gather::GatherError;
use dongbo_indicators::entries::EntryError;
use dongbo_ledger::LedgerError;
use dongbo_model::ErrorClass;
use dongbo_model::Lang;
use dongbo_notify::NumbersError;
use dongbo_reports::{SealError, WriteError};
use dongbo_source::{SOURCE_KEYS, SourceError};
use dongbo_sync::engine::Died;
use dongbo_sync::reconcile::RunFailure;

/// The end of a command, which is its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Everything was done.
    Complete,
    /// It failed.
    Failed,
    /// The command line or the configuration is wrong.
    Usage,
    /// Something is left: not everything is in step, or a person has to act.
    Partial,
    /// Nobody can say how things stand.
    NotKnown,
}

impl Ended {
    /// The end that a code stands for; `None` for one that no command ends with.
    pub(super) fn of_code(code: i32) -> Option<Self> {
        [Self::Complete, Self::Failed, Self::Usage, Self::Partial, Self::NotKnown]
            .into_iter()
            .find(|ended| i32::from(ended.code()) == code)
    }

    /// The exit code.
    pub(super) const fn code(self) -> u8 {
        match self {
            Self::Complete => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Partial => 3,
            Self::NotKnown => 4,
        }
    }
}

/// The reason why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Config(#[from] SettingsError),
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Died(#[from] Died),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("both sides cannot be compared: {0}")]
    Compare(String),
    #[error("both sides cannot be compared: {}", .0.error)]
    Run(RunFailure),
    #[error("nobody can be asked here: say --yes to go ahead, or --dry-run to see what would be done")]
    NobodyToAsk,
    #[error(
        "the ledger knows no dossier of unit {0}; dongbo held --list shows units as the ledger names them"
    )]
    NoUnit(String),
    /// It holds the keys that say so.
    #[error("dongbo only watches here ({0}) and sends nothing; dongbo resend asks the vendor's bridge")]
    OnlyWatches(String),
    #[error(
        "no source {name} was taken out of the configuration with dossiers that are not sent; there is {}",
        listed_names(left)
    )]
    NotLeft { name: String, left: Vec<String> },
    #[error("{}", no_way(Lang::En, name.as_deref(), ways))]
    NoWay { name: Option<String>, ways: Vec<String> },
    #[error(transparent)]
    Numbers(#[from] NumbersError),
    #[error("there is no command {0}; dongbo --help lists them")]
    NoCommand(String),
    #[error("{}", codes::several_told(Lang::En, typed, codes))]
    SeveralCodes { typed: String, codes: Vec<String> },
    #[error("{}", codes::none_told(Lang::En, typed, nearest))]
    NoSuchCode { typed: String, nearest: Vec<String> },
    #[error("trials need {}, which is not installed: scripts/install puts it there after cargo build --release --workspace", .0.display())]
    NoCompanion(PathBuf),
    #[error("{}: there already, nothing was written; --force writes over configuration and mapping", listed(.0))]
    Exists(Vec<PathBuf>),
    #[error("--shape json is for --engine postgres and mysql: the example for SQLite has columns")]
    NoExample,
    #[error("cannot write {}: {source}; run this as root, or name a folder of yours with --dir", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot read the list {}: {source}", path.display())]
    List { path: PathBuf, source: io::Error },
    #[error("cannot write the results to {}: {source}; name another file with --result", path.display())]
    Result { path: PathBuf, source: io::Error },
    #[error("{}", unentered(Lang::En, .0))]
    Figures(Vec<EntryError>),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error(transparent)]
    Report(#[from] WriteError),
    #[error(transparent)]
    User(#[from] UserFailure),
    #[error("cannot wait for signals: {0}")]
    Signals(io::Error),
    #[error("cannot write to the terminal: {0}")]
    Output(#[from] io::Error),
}

impl From<GatherError> for Failure {
    fn from(error: GatherError) -> Self {
        match error {
            GatherError::Ledger(error) => error.into(),
            GatherError::Book(error) => {
                Self::Config(SettingsError { problems: vec![error.to_string()], missing: None })
            }
            GatherError::Letters(error) => {
                Self::Config(SettingsError { problems: vec![error.to_string()], missing: None })
            }
            GatherError::Write(error) => error.into(),
        }
    }
}

/// Names with commas between; a dash where there is none.
fn listed_names(names: &[String]) -> String {
    if names.is_empty() { "–".to_owned() } else { names.join(", ") }
}

impl Failure {
    /// The end of a command with this failure.
    pub(super) fn ended(&self) -> Ended {
        match self {
            // The reader has seen enough: `dongbo held | head`.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Ended::Complete,
            Self::Config(_) | Self::Log(LogError::Level(_)) => Ended::Usage,
            Self::Start(error) if error.class() == ErrorClass::Config => Ended::Usage,
            Self::Source(error) if error.class() == ErrorClass::Config => Ended::Usage,
            Self::Seal(error) if error.class() == ErrorClass::Config => Ended::Usage,
            Self::User(failure) if failure.is_typed() => Ended::Usage,
            Self::NoCommand(_)
            | Self::NoUnit(_)
            | Self::NobodyToAsk
            | Self::OnlyWatches(_)
            | Self::NotLeft { .. }
            | Self::NoWay { .. }
            | Self::Numbers(NumbersError::Book(_))
            | Self::SeveralCodes { .. }
            | Self::Exists(_)
            | Self::NoExample
            | Self::Figures(_)
            | Self::Client(ClientError::Refused(Refusal::EmptyRange)) => Ended::Usage,
            Self::Log(_)
            | Self::Start(_)
            | Self::Died(_)
            | Self::Ledger(_)
            | Self::Numbers(NumbersError::Ledger(_))
            | Self::Client(_)
            | Self::Source(_)
            | Self::Compare(_)
            | Self::NoSuchCode { .. }
            | Self::Run(_)
            | Self::NoCompanion(_)
            | Self::Write { .. }
            | Self::List { .. }
            | Self::Result { .. }
            | Self::Seal(_)
            | Self::Report(_)
            | Self::User(_)
            | Self::Signals(_)
            | Self::Output(_) => Ended::Failed,
        }
    }

    /// The sentence for the operator. Failures that a newcomer meets first have one in both languages.
    pub(super) fn told(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::Client(error), _) => unasked(lang, error),
            (Self::Seal(error), _) => error.told(lang),
            (Self::User(failure), _) => failure.told(lang),
            (_, Lang::En) => self.to_string(),
            (Self::Config(SettingsError { missing: Some(file), .. }), Lang::Vi) => format!(
                "chưa có tệp cấu hình {}: chạy dongbo init để tạo, hoặc chỉ tệp đang có bằng --config",
                file.display()
            ),
            (Self::Config(error), Lang::Vi) => {
                format!("cấu hình có chỗ sai:\n  - {}", error.problems.join("\n  - "))
            }
            (Self::SeveralCodes { typed, codes }, Lang::Vi) => codes::several_told(lang, typed, codes),
            (Self::NoSuchCode { typed, nearest }, Lang::Vi) => codes::none_told(lang, typed, nearest),
            (Self::NoWay { name, ways }, Lang::Vi) => no_way(lang, name.as_deref(), ways),
            (Self::Ledger(error) | Self::Numbers(NumbersError::Ledger(error)), Lang::Vi) => of_ledger(error),
            (Self::Start(StartError::Ledger(error)), Lang::Vi) => of_ledger(error),
            (Self::Source(error), Lang::Vi) => of_source(error),
            (Self::Run(failure), Lang::Vi) => {
                format!("không đối chiếu được hai bên: {}", failure.what.text(lang))
            }
            (Self::Compare(why), Lang::Vi) => format!("không đối chiếu được hai bên: {why}"),
            (Self::NoUnit(unit), Lang::Vi) => format!(
                "sổ theo dõi không có hồ sơ nào của đơn vị {unit}; dongbo held --list cho biết cách ghi mã đơn vị"
            ),
            (Self::OnlyWatches(keys), Lang::Vi) => format!(
                "ở đây dongbo chỉ theo dõi ({keys}), không gửi gì; dongbo resend nhờ cầu nối của nhà cung cấp"
            ),
            (Self::NotLeft { name, left }, Lang::Vi) => format!(
                "không có nguồn {name} nào đã bỏ khỏi cấu hình mà còn hồ sơ chưa gửi; hiện có: {}",
                listed_names(left)
            ),
            (Self::List { path, source }, Lang::Vi) => {
                format!("không đọc được danh sách {}: {source}", path.display())
            }
            (Self::Result { path, source }, Lang::Vi) => {
                format!(
                    "không ghi được kết quả vào {}: {source}; chọn tệp khác bằng --result",
                    path.display()
                )
            }
            (Self::Figures(wrong), Lang::Vi) => unentered(lang, wrong),
            (Self::NobodyToAsk, Lang::Vi) => {
                "không có ai để hỏi ở đây: thêm --yes để làm luôn, hoặc --dry-run để chỉ xem".to_owned()
            }
            (Self::NoCompanion(program), Lang::Vi) => format!(
                "dùng thử cần {}, chưa được cài: chạy cargo build --release --workspace rồi sudo ./scripts/install",
                program.display()
            ),
            (_, Lang::Vi) => self.to_string(),
        }
    }
}

/// The sentence about a way that the configuration does not have.
fn no_way(lang: Lang, name: Option<&str>, ways: &[String]) -> String {
    match (lang, name) {
        (Lang::Vi, None) => {
            "chưa khai đường báo tin nào: thêm [[notify.way]] vào tệp cấu hình (docs/notify.md)".to_owned()
        }
        (Lang::En, None) => {
            "nobody is told anything yet: write a [[notify.way]] into the configuration (docs/notify.md)"
                .to_owned()
        }
        (Lang::Vi, Some(name)) => {
            format!("không có đường báo tin {name}; hiện có: {}", listed_names(ways))
        }
        (Lang::En, Some(name)) => format!("there is no way {name}; there is {}", listed_names(ways)),
    }
}

/// The sentences about figures that are not taken.
fn unentered(lang: Lang, wrong: &[EntryError]) -> String {
    let head = lang.pick("chưa ghi số nào", "nothing was entered");
    let each: String = wrong.iter().map(|one| format!("\n  - {}", one.text(lang))).collect();
    format!("{head}:{each}")
}

/// The sentence in Vietnamese about a ledger that cannot be used.
fn of_ledger(error: &LedgerError) -> String {
    let lang = Lang::Vi;
    match (error, error.trouble()) {
        (LedgerError::Absent { path }, _) => format!(
            "dongbo chưa chạy lần nào ở đây: không có sổ theo dõi {path}; hãy chỉ tệp cấu hình của dịch vụ dongbo bằng --config"
        ),
        (LedgerError::Version { path }, _) => format!(
            "sổ theo dõi {path} do một phiên bản dongbo khác ghi: khởi động dịch vụ dongbo của phiên bản này, hoặc dùng \
             lệnh của phiên bản đang chạy"
        ),
        (LedgerError::Open { path, source } | LedgerError::Read { path, source }, trouble) => {
            let what = trouble.map_or("không đọc được", |trouble| trouble.text(lang));
            format!("sổ theo dõi {path}: {what} ({source}); {}", error.remedy(lang))
        }
        (LedgerError::Operation { source, .. }, trouble) => {
            let what = trouble.map_or("không đọc hay ghi được", |trouble| trouble.text(lang));
            format!("sổ theo dõi: {what} ({source}); {}", error.remedy(lang))
        }
        (LedgerError::Server { source, .. }, trouble) => {
            let what = trouble.map_or("máy chủ báo lỗi", |trouble| trouble.text(lang));
            format!("sổ theo dõi chung: {what} ({source}); {}", error.remedy(lang))
        }
        _ => error.to_string(),
    }
}

/// The sentence in Vietnamese about a local database that cannot be used.
fn of_source(error: &SourceError) -> String {
    match error.trouble() {
        Some(trouble) => format!(
            "cơ sở dữ liệu một cửa: {} ({}); {}",
            trouble.text(Lang::Vi),
            error.reason(),
            trouble.remedy(Lang::Vi, SOURCE_KEYS)
        ),
        None => error.to_string(),
    }
}

/// The paths in one line.
pub(super) fn listed(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}

/// The sentence about a daemon that could not be asked, or refused.
fn unasked(lang: Lang, error: &ClientError) -> String {
    match (lang, error) {
        (Lang::En, _) => error.to_string(),
        (Lang::Vi, ClientError::NotRunning(path)) => format!(
            "dongbo không chạy: không ai trả lời ở {}; khởi động bằng systemctl start dongbo",
            path.display()
        ),
        (Lang::Vi, ClientError::NotPermitted { path, group }) => format!(
            "người dùng này không được ra lệnh cho dongbo ở {}; hãy chạy bằng root, hoặc vào nhóm: \
             sudo usermod -aG {} $USER rồi đăng nhập lại",
            path.display(),
            group.as_deref().unwrap_or("dongbo")
        ),
        (Lang::Vi, ClientError::Connection { path, source }) => {
            format!("không hỏi được dongbo đang chạy ở {}: {source}", path.display())
        }
        (Lang::Vi, ClientError::Silent { path }) => format!(
            "dongbo đang chạy ở {} nhưng không trả lời, nên chưa có gì được làm; hãy xem bằng systemctl status dongbo và \
             journalctl -u dongbo, hoặc khởi động lại bằng systemctl restart dongbo",
            path.display()
        ),
        (Lang::Vi, ClientError::Unanswered { path }) => format!(
            "dongbo đang chạy ở {} đã nhận yêu cầu nhưng không trả lời kịp; chưa rõ việc đã làm hay chưa",
            path.display()
        ),
        (Lang::Vi, ClientError::NotUnderstood(what)) => format!(
            "không hiểu câu trả lời của dongbo đang chạy ({what}); lệnh và dongbo đang chạy có cùng phiên bản không?"
        ),
        (Lang::Vi, ClientError::Refused(refusal)) => refusal_in_vietnamese(refusal),
    }
}

fn refusal_in_vietnamese(refusal: &Refusal) -> String {
    match refusal {
        Refusal::NotUnderstood(what) => format!(
            "dongbo đang chạy không hiểu yêu cầu ({what}); lệnh và dongbo đang chạy có cùng phiên bản không?"
        ),
        Refusal::TooLong => "yêu cầu quá dài; hãy nêu ít hồ sơ hơn trong một lệnh".to_owned(),
        Refusal::Ledger(_) => {
            "sổ theo dõi không đọc hoặc không ghi được; xem: dongbo check, và journalctl -u dongbo".to_owned()
        }
        Refusal::BackfillRuns { from, to } => format!(
            "đang đồng bộ bù từ {} đến {}; hãy đợi xong, hoặc dừng nó bằng dongbo backfill --cancel",
            Lang::Vi.moment(*from),
            Lang::Vi.moment(*to)
        ),
        Refusal::EmptyRange => {
            "khoảng thời gian trống: ngày đầu phải trước ngày cuối và trước hiện tại".to_owned()
        }
        Refusal::NoBackfill => "không có lần đồng bộ bù nào đang chạy".to_owned(),
        Refusal::ReconcileRuns => {
            "quá nhiều lần đối chiếu hai bên đang chờ; hãy đợi, hoặc dừng tất cả bằng dongbo reconcile cancel".to_owned()
        }
        Refusal::Follows => {
            "một dongbo khác trên sổ theo dõi này đang giữ vai trò chính, và chỉ nó đối chiếu hai bên: hãy ra lệnh ở đó"
                .to_owned()
        }
        Refusal::LogLevel(what) => format!("mức nhật ký không đọc được: {what}"),
        Refusal::Reload(what) => {
            format!("cấu hình mới không được nhận, cấu hình cũ vẫn có hiệu lực: {what}")
        }
        Refusal::WithoutMeans => "dongbo đang chạy không có phương tiện để làm việc đó".to_owned(),
        Refusal::Stopping => "dongbo đang dừng".to_owned(),
    }
}
