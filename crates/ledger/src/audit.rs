//! The audit log: who logged in and who ordered what. Each entry's hash is over its content and the hash before it, so that one that is
//! changed or taken out later shows.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::encoding::{encode, micros, time};
use crate::error::LedgerError;
use crate::open::{Ledger, REMEMBER};
use crate::store::{Row, Sql, Tx, record, values};
use dongbo_model::vocabulary;

/// The memo that names the last entry.
const END: &str = "audit";
/// The longest name or text that is kept, in characters.
const LONGEST: usize = 300;
/// Entries that are read at once.
const AT_ONCE: u32 = 1_000;

vocabulary! {
    /// An act that is written down.
    pub enum Act
    texts {
        /// The name for people.
        text
    }
    {
        /// A person logged in.
        LogIn = "log_in", ["Đăng nhập", "Logged in"];
        /// A known name came with a wrong password.
        LogInRefused = "log_in_refused", ["Sai mật khẩu", "Wrong password"];
        /// A name is refused for a while.
        LockedOut = "locked_out", ["Khóa tạm vì sai nhiều lần", "Locked out"];
        /// A person logged out.
        LogOut = "log_out", ["Đăng xuất", "Logged out"];
        /// The file of users changed.
        Users = "users", ["Danh sách người dùng thay đổi", "Users changed"];
        /// Sending is paused.
        Pause = "pause", ["Tạm dừng gửi", "Paused"];
        /// Sending goes on.
        Resume = "resume", ["Cho gửi tiếp", "Resumed"];
        /// Dossiers that are held or wait are tried again.
        Retry = "retry", ["Gửi lại hồ sơ bị giữ", "Retried"];
        /// Dossiers are looked up, and what the portal lacks is sent: an order of versions that had no job for it.
        SendAgain = "send_again", ["Tra cứu và gửi bù", "Looked up and sent again"];
        /// Dossiers are sent again, by dongbo itself or by a vendor's bridge.
        Resend = "resend", ["Gửi lại hồ sơ", "Sent again"];
        /// That order waits, goes on or ends.
        TurnResend = "turn_resend", ["Đổi lệnh gửi lại", "Resend order turned"];
        /// Both sides are compared.
        Reconcile = "reconcile", ["Đối chiếu hai bên", "Reconciled"];
        /// Comparing is broken off.
        CancelReconcile = "cancel_reconcile", ["Dừng đối chiếu", "Reconciliation cancelled"];
        /// A range of time is compared once more.
        Backfill = "backfill", ["Đồng bộ bù", "Backfilled"];
        /// That is broken off.
        CancelBackfill = "cancel_backfill", ["Dừng đồng bộ bù", "Backfill cancelled"];
        /// The portal's steps of dossiers are accepted as they are, or no longer.
        SettleHistories = "settle_histories", ["Chấp nhận các bước trên Cổng", "Steps accepted"];
        /// Figures are entered.
        EnterFigures = "enter_figures", ["Nhập số liệu", "Figures entered"];
        /// What a source has that is not sent is given up.
        LetGo = "let_go", ["Thôi gửi của một nguồn", "Source let go"];
        /// The portal's catalogue is fetched.
        Catalogue = "catalogue", ["Lấy danh mục thủ tục", "Catalogue fetched"];
        /// Other levels of the log hold.
        LogLevel = "log_level", ["Đổi mức nhật ký", "Log levels set"];
        /// The configuration is taken over anew.
        Reload = "reload", ["Nạp lại cấu hình", "Reloaded"];
    }
}

vocabulary! {
    /// The way by which an act came.
    pub enum ActWay
    texts {
        /// The name for people.
        text
    }
    {
        /// A page of the console.
        Page = "page", ["trang", "page"];
        /// A command on the host.
        Command = "command", ["lệnh", "command"];
    }
}

/// An act that is to be written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewAct<'a> {
    /// The person's name; empty for nobody who is known.
    pub who: &'a str,
    /// The way by which it came.
    pub way: ActWay,
    /// The act.
    pub act: Act,
    /// Codes, counts and names of settings.
    pub about: &'a str,
}

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PastAct {
    /// Its number, from 1 on.
    pub number: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// The person's name; empty for nobody who is known.
    pub who: String,
    /// The name of an [`ActWay`].
    pub way: String,
    /// The name of an [`Act`]; another version may know more of them.
    pub act: String,
    /// Codes, counts and names of settings.
    pub about: String,
    /// The hash over all of it and the hash of the entry before.
    pub hash: String,
}

/// The result of going over the whole log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditCheck {
    /// Entries that were read.
    pub entries: u64,
    /// The first entry that does not follow from those before it, or that is missing; `None` when the log is whole.
    pub broken_at: Option<u64>,
    /// The hash of the last entry; empty where there is none.
    pub last_hash: String,
    /// Whether an entry has the hash that was asked for; `None` when none was.
    pub noted: Option<bool>,
}

record! {
    /// An entry as its statement takes it, with the names of its table.
    struct ActRow<'a> {
        number: u64,
        at: i64,
        who: &'a str,
        way: &'a str,
        act: &'a str,
        about: &'a str,
        hash: &'a str,
    }
}

/// The place of an entry in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Link {
    number: u64,
    hash: String,
}

impl Link {
    fn written(&self) -> String {
        format!("{}:{}", self.number, self.hash)
    }

    fn read(text: &str) -> Option<Self> {
        let (number, hash) = text.split_once(':')?;
        Some(Self { number: number.parse().ok()?, hash: hash.to_owned() })
    }
}

impl PastAct {
    /// The hash that this entry has to have behind one with the hash `before`.
    fn hash_behind(&self, before: &str) -> String {
        let mut hash = Sha256::new();
        let (number, at) = (self.number.to_string(), micros(self.at).to_string());
        for part in [before, &number, &at, &self.who, &self.way, &self.act, &self.about] {
            // Its length first, so that no two entries run together into the same bytes.
            hash.update(part.len().to_string().as_bytes());
            hash.update(b":");
            hash.update(part.as_bytes());
        }
        hex::encode(hash.finalize())
    }

    fn row(&self) -> ActRow<'_> {
        let Self { number, at, who, way, act, about, hash } = self;
        ActRow { number: *number, at: micros(*at), who, way, act, about, hash }
    }
}

impl Ledger {
    /// Writes down an act, and returns it with its place in the log.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn write_down(&self, new: &NewAct<'_>, now: DateTime<Utc>) -> Result<PastAct, LedgerError> {
        let mut tx = self.store.begin("audit").await?;
        // Whoever writes next waits here until this entry is the last one.
        let end = tx.read_text(&AUDIT_END, values![END, Link::default().written()]).await?;
        let last = tx.read(&LAST_ACTS, values![i64::MAX, 1_u32]).await?;
        let last = acts(&last)?.pop().map(|act| Link { number: act.number, hash: act.hash });
        // An end that was cut off leaves a gap: its numbers are not given again.
        let ends = [end.as_deref().and_then(Link::read), last];
        let before = ends.into_iter().flatten().max_by_key(|link| link.number).unwrap_or_default();
        let mut act = PastAct {
            number: before.number.saturating_add(1),
            at: time(micros(now)),
            who: kept(new.who),
            way: new.way.name().to_owned(),
            act: new.act.name().to_owned(),
            about: kept(new.about),
            hash: String::new(),
        };
        act.hash = act.hash_behind(&before.hash);
        let row = encode("audit", &[act.row()])?;
        tx.execute(&ADD_ACTS, values![row]).await?;
        let end = Link { number: act.number, hash: act.hash.clone() };
        tx.execute(&REMEMBER, values![END, end.written()]).await?;
        tx.commit("audit").await?;
        Ok(act)
    }

    /// Up to `limit` of the newest entries before the one of number `before`, or of all, the newest first.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn acts(&self, before: Option<u64>, limit: u32) -> Result<Vec<PastAct>, LedgerError> {
        let before = before.and_then(|number| i64::try_from(number).ok()).unwrap_or(i64::MAX);
        acts(&self.store.read(&LAST_ACTS, values![before, limit]).await?)
    }

    /// Goes over the whole log: whether each entry follows from the one before it, none is missing, and one has the hash `noted`.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn check_audit(&self, noted: Option<&str>) -> Result<AuditCheck, LedgerError> {
        let mut tx = self.store.snapshot("check_audit").await?;
        let end = tx.read_text(&crate::open::MEMO, values![END]).await?;
        let end = end.as_deref().and_then(Link::read).unwrap_or_default();
        let (mut last, mut entries, mut broken_at) = (Link::default(), 0_u64, None);
        let mut held = false;
        loop {
            let after = i64::try_from(last.number).unwrap_or(i64::MAX);
            let page = acts(&tx.read(&ACTS_AFTER, values![after, AT_ONCE]).await?)?;
            for act in &page {
                let expected = last.number.saturating_add(1);
                if act.number != expected || act.hash != act.hash_behind(&last.hash) {
                    broken_at = broken_at.or(Some(expected));
                }
                held |= noted == Some(act.hash.as_str());
                last = Link { number: act.number, hash: act.hash.clone() };
                entries = entries.saturating_add(1);
            }
            if page.len() < usize::try_from(AT_ONCE).unwrap_or(usize::MAX) {
                break;
            }
        }
        if end != last {
            broken_at = broken_at.or(Some(end.number.min(last.number).saturating_add(1)));
        }
        Ok(AuditCheck { entries, broken_at, last_hash: last.hash, noted: noted.map(|_| held) })
    }

    /// Copies the log within the transactions of a move.
    pub(super) async fn copy_audit(old: &mut Tx, new: &mut Tx) -> Result<(), LedgerError> {
        let mut after = 0_i64;
        loop {
            let page = acts(&old.read(&ACTS_AFTER, values![after, AT_ONCE]).await?)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = i64::try_from(last.number).unwrap_or(i64::MAX);
            let rows: Vec<ActRow<'_>> = page.iter().map(PastAct::row).collect();
            new.execute(&ADD_ACTS, values![encode("take_over", &rows)?]).await?;
        }
    }
}

/// One line of bearable length.
fn kept(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.take(LONGEST).collect::<String>().trim().to_owned()
}

fn acts(rows: &[Row]) -> Result<Vec<PastAct>, LedgerError> {
    let act = |row: &Row| {
        Ok(PastAct {
            number: row.count("number")?,
            at: time(row.get("at")?),
            who: row.get("who")?,
            way: row.get("way")?,
            act: row.get("act")?,
            about: row.get("about")?,
            hash: row.get("hash")?,
        })
    };
    rows.iter().map(act).collect::<Result<_, _>>().map_err(LedgerError::during("audit"))
}

static AUDIT_END: Sql = Sql::new(
    "audit_end",
    "INSERT INTO memo (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = memo.value RETURNING value",
);

static ADD_ACTS: Sql = Sql::of(
    "add_acts",
    "INSERT INTO audit ({columns ActRow}) SELECT {columns ActRow} FROM {rows $1: ActRow} AS one",
    &[ActRow::RECORD],
);

static LAST_ACTS: Sql =
    Sql::new("last_acts", "SELECT * FROM audit WHERE number < $1 ORDER BY number DESC LIMIT $2");

static ACTS_AFTER: Sql =
    Sql::new("acts_after", "SELECT * FROM audit WHERE number > $1 ORDER BY number LIMIT $2");
