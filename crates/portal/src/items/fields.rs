//! The meanings of the fields that portals put into their verdicts.

use serde_json::Value;

use crate::envelope::code_of;
use crate::spelling::{plain_name, plain_words};

/// The meaning of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The dossier's code.
    Dossier,
    /// A code like the answer's own.
    Code,
    /// Words on the outcome.
    Message,
    /// Words that are only there when something is wrong.
    Complaint,
    /// Success or failure, as a word, a truth value or a number.
    Status,
    /// What was refused: a number, or a list.
    Refused,
    /// What was accepted: a number, or a list.
    Accepted,
    /// The number of all.
    Total,
    /// A list or object with more in it.
    Wrapper,
    /// Nothing that says more about the outcome: identifiers, times, the caller.
    Neutral,
}

const NAMES: &[(Meaning, &[&str])] = &[
    (Meaning::Dossier, &["mahoso", "mahs", "dossiercode", "dossierno"]),
    (
        Meaning::Code,
        &[
            "errorcode",
            "code",
            "errcode",
            "maloi",
            "statuscode",
            "resultcode",
            "responsecode",
            "returncode",
            "makq",
        ],
    ),
    (
        Meaning::Message,
        &[
            "message",
            "messages",
            "msg",
            "thongbao",
            "mota",
            "noidung",
            "description",
            "desc",
            "detail",
            "details",
            "chitiet",
        ],
    ),
    (
        Meaning::Complaint,
        &[
            "errormessage",
            "errormsg",
            "errmsg",
            "errordesc",
            "errordescription",
            "motaloi",
            "thongtinloi",
            "noidungloi",
            "chitietloi",
            "lydo",
            "lydoloi",
            "lydotuchoi",
            "reason",
            "exception",
        ],
    ),
    (
        Meaning::Status,
        &[
            "status",
            "trangthai",
            "state",
            "success",
            "issuccess",
            "ok",
            "succeeded",
            "ketqua",
            "result",
            "valid",
            "isvalid",
        ],
    ),
    (
        Meaning::Refused,
        &[
            "error",
            "errors",
            "iserror",
            "haserror",
            "haserrors",
            "loi",
            "cacloi",
            "dsloi",
            "danhsachloi",
            "failed",
            "fail",
            "failure",
            "failures",
            "failedcount",
            "failcount",
            "errorcount",
            "errorlist",
            "listerror",
            "failedlist",
            "soloi",
            "sohosoloi",
            "thatbai",
            "sothatbai",
            "tongloi",
            "rejected",
            "rejects",
            "rejectedcount",
            "refused",
            "invalid",
            "dshosoloi",
            "danhsachhosoloi",
            "totalfailed",
            "totalerror",
            "totalfail",
            "numfailed",
            "skipped",
        ],
    ),
    (
        Meaning::Accepted,
        &[
            "accepted",
            "successes",
            "successful",
            "successcount",
            "successlist",
            "listsuccess",
            "thanhcong",
            "sothanhcong",
            "dsthanhcong",
            "danhsachthanhcong",
            "sohosothanhcong",
            "totalsuccess",
            "numsuccess",
            "inserted",
            "updated",
        ],
    ),
    (
        Meaning::Total,
        &["total", "count", "tong", "tongso", "soluong", "size", "length", "totalcount", "sohoso"],
    ),
    (
        Meaning::Wrapper,
        &[
            "data",
            "results",
            "items",
            "item",
            "records",
            "record",
            "rows",
            "list",
            "ds",
            "danhsach",
            "dshoso",
            "danhsachhoso",
            "hoso",
            "dossiers",
            "dossier",
            "response",
            "body",
            "payload",
            "content",
            "value",
            "values",
            "ketquas",
            "dsketqua",
            "danhsachketqua",
            "return",
            "output",
            "table",
        ],
    ),
    (
        Meaning::Neutral,
        &[
            "id",
            "idhoso",
            "portalid",
            "uuid",
            "guid",
            "stt",
            "index",
            "madonvi",
            "tendonvi",
            "service",
            "isupdating",
            "session",
            "traceid",
            "requestid",
            "transactionid",
            "magiaodich",
            "timestamp",
            "time",
            "thoigian",
            "thoidiem",
            "date",
            "ngay",
            "version",
            "path",
            "host",
            "server",
            "mathamchieu",
            "type",
            "loai",
            "warning",
            "warnings",
            "canhbao",
            "mahosoquocgia",
        ],
    ),
];

impl Meaning {
    /// The meaning of a field with this name and value; `None` when it is not known. One that `sent` has, the names of the
    /// fields that were sent, is an echo.
    pub(super) fn of(name: &str, value: &Value, sent: &[String]) -> Option<Self> {
        let plain = plain_name(name);
        let known =
            NAMES.iter().find(|(_, names)| names.contains(&plain.as_str())).map(|(meaning, _)| *meaning);
        let echoes = sent.iter().any(|field| plain_name(field) == plain);
        match (known, value) {
            // `success: 3` counts, `success: [...]` lists, `success: true` judges.
            (Some(Self::Status), Value::Number(_) | Value::Array(_)) if plain.starts_with("succ") => {
                Some(Self::Accepted)
            }
            // Lists are what counts and words are called, too.
            (Some(Self::Status | Self::Message | Self::Total), Value::Array(_) | Value::Object(_)) => {
                Some(Self::Wrapper)
            }
            (Some(Self::Refused), Value::String(_)) => Some(Self::Complaint),
            (Some(Self::Status), Value::String(text)) if echoes && Word::of(text) != Word::Bad => {
                Some(Self::Neutral)
            }
            (Some(Self::Status), Value::Number(_)) if echoes => Some(Self::Neutral),
            (Some(Self::Dossier), _) => Some(Self::Dossier),
            (None, _) if echoes => Some(Self::Neutral),
            (None, Value::String(_) | Value::Number(_)) if is_incidental(&plain) => Some(Self::Neutral),
            (known, _) => known,
        }
    }
}

/// Whether a field with this plain name is an identifier or a time.
fn is_incidental(plain: &str) -> bool {
    ["id", "ngay", "thoidiem", "thoigian"].iter().any(|start| plain.starts_with(start))
        || ["id", "time", "date", "at"].iter().any(|end| plain.ends_with(end))
}

/// The meaning of a word on an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Good,
    Bad,
    Unknown,
}

const GOOD: &[&str] = &[
    "success",
    "successful",
    "successfully",
    "succeeded",
    "ok",
    "done",
    "true",
    "accepted",
    "completed",
    "created",
    "updated",
    "inserted",
    "no error",
];
const BAD: &[&str] = &["false", "ng", "nok", "ko"];
const BAD_PARTS: &[&str] = &[
    "khong",
    "chua",
    "loi",
    "that bai",
    "tu choi",
    "sai",
    "thieu",
    "err",
    "fail",
    "reject",
    "invalid",
    "exception",
    "denied",
];

impl Word {
    pub(super) fn of(text: &str) -> Self {
        let plain = plain_words(text);
        if BAD.contains(&plain.as_str()) || BAD_PARTS.iter().any(|part| plain.contains(part)) {
            return if plain == "no error" { Self::Good } else { Self::Bad };
        }
        // With numbers in it, it may say that only some went well.
        let counts = plain.contains(|c: char| c.is_numeric());
        if GOOD.contains(&plain.as_str()) || (plain.contains("thanh cong") && !counts) {
            Self::Good
        } else {
            Self::Unknown
        }
    }

    /// The meaning of the value of a [`Meaning::Status`]. `coded`: a code stands beside it, so that a small number says
    /// nothing that is sure.
    pub(super) fn of_status(value: &Value, coded: bool) -> Self {
        match value {
            Value::Bool(true) => Self::Good,
            Value::Bool(false) => Self::Bad,
            Value::Number(_) => match code_of(value).and_then(|code| code.parse::<i64>().ok()) {
                Some(200 | 201) => Self::Good,
                Some(0 | 1) if coded => Self::Good,
                Some(400..) => Self::Bad,
                _ => Self::Unknown,
            },
            Value::String(text) => match text.trim().parse::<i64>() {
                Ok(number) => Self::of_status(&Value::from(number), coded),
                Err(_) => Self::of(text),
            },
            Value::Null | Value::Array(_) | Value::Object(_) => Self::Unknown,
        }
    }
}
