//! Dossiers, and a client that talks to a test's server.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use dongbo_model::clock::Clock;
use dongbo_model::{
    Applicant, ApplicantKind, Attachment, Channel, Dossier, DossierCode, Fee, FeeKind, FeeMoment, Handover,
    Identity, IdentityKind, OnlinePayment, Paper, PaperReuse, Procedure, ResultFile, Status, Step,
    SubmissionPlace, Supplement, Text, Unit,
};
use dongbo_portal::{CallRecord, Ndxp};

/// Four words that must show nowhere.
pub(crate) const CANARIES: [&str; 4] =
    ["Nguyễn Thị Canary", "079123456789", "0912345678", "canary@example.vn"];

/// A client with the log of its exchanges.
pub(crate) struct Client {
    pub(crate) ndxp: Ndxp,
    pub(crate) clock: Clock,
    records: Arc<Mutex<Vec<CallRecord>>>,
    _password: tempfile::NamedTempFile,
}

impl Client {
    pub(crate) fn new(url: &str) -> Self {
        Self::with(url, |_| {})
    }

    pub(crate) fn with(url: &str, change: impl FnOnce(&mut dongbo_portal::Settings)) -> Self {
        let password = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(password.path(), "dongbo\n").unwrap();
        let mut config = dongbo_portal::Settings {
            adapter_url: url.to_owned(),
            dstcode: "VN:GOV:dvcqg".to_owned(),
            unit_code: "H48".to_owned(),
            username: "dongbo".to_owned(),
            password_file: password.path().to_owned(),
            ..dongbo_portal::Settings::default()
        };
        change(&mut config);
        assert_eq!(config.validate(), Vec::<String>::new());
        let clock = Clock::manual(at("2025-09-15T08:00:00Z"));
        let records = Arc::new(Mutex::new(Vec::new()));
        let observer = {
            let records = records.clone();
            Arc::new(move |record: &CallRecord| records.lock().unwrap().push(record.clone()))
        };
        let ndxp = Ndxp::new(&config, clock.clone(), observer).unwrap();
        Self { ndxp, clock, records, _password: password }
    }

    /// With timeouts short enough for a test.
    pub(crate) fn impatient(url: &str) -> Self {
        Self::with(url, |config| config.read_timeout = Duration::from_millis(150))
    }

    pub(crate) fn records(&self) -> Vec<CallRecord> {
        self.records.lock().unwrap().clone()
    }

    /// Service and outcome of each exchange.
    pub(crate) fn story(&self) -> Vec<(&'static str, &'static str)> {
        self.records().iter().map(|record| (record.service.name(), record.outcome.name())).collect()
    }
}

pub(crate) fn at(rfc3339: &str) -> DateTime<Utc> {
    rfc3339.parse().unwrap()
}

fn text(text: &str) -> Text {
    Text::new(text)
}

/// The least that a dossier can be.
pub(crate) fn minimal(code: &str) -> Dossier {
    Dossier {
        code: DossierCode::new(code).unwrap(),
        procedure: Procedure {
            code: text("1.001193"),
            name: text("Đăng ký khai sinh"),
            field_code: text("HT"),
            field_name: text("Hộ tịch"),
        },
        unit: Unit { code: text("H48.57"), agency: text("H48.57") },
        local_id: text(""),
        local_code: text(""),
        receiving_unit: text(""),
        not_known: Vec::new(),
        channel: None,
        applicant: Applicant {
            name: text(""),
            kind: ApplicantKind::Citizen,
            object_code: text(""),
            extra: text(""),
            email: text(""),
            fax: text(""),
            phone: text(""),
            identities: vec![],
        },
        summary: text("Khai sinh"),
        status: Status::Registered,
        submitted_at: Some(at("2025-09-15T01:00:00Z")),
        received_at: Some(at("2025-09-15T01:02:03Z")),
        due_at: None,
        finished_at: None,
        returned_at: None,
        refused_at: None,
        return_note: text(""),
        handover: Handover::Counter,
        submitted_to: Some(SubmissionPlace::Local),
        digitised: Some(false),
        vneid_verified: Some(false),
        online_payment: Some(OnlinePayment::None),
        note: text(""),
        databases: vec![],
        papers: vec![],
        results: vec![],
        fees: vec![],
        supplements: vec![],
        attachments: vec![],
        steps: vec![],
    }
}

/// One in which every field says something, and with quotes and line breaks in it.
pub(crate) fn maximal(code: &str) -> Dossier {
    let [name, identity, phone, email] = CANARIES;
    Dossier {
        channel: Some(Channel::Online),
        applicant: Applicant {
            name: text(name),
            kind: ApplicantKind::Enterprise,
            object_code: text("DN-1"),
            extra: text("Thường trú: \"tổ 4\"\nphường Nghĩa Lộ"),
            email: text(email),
            fax: text("0255 3822222"),
            phone: text(phone),
            identities: vec![Identity { kind: IdentityKind::Cccd, number: text(identity) }],
        },
        status: Status::Returned,
        due_at: Some(at("2025-09-20T10:00:00Z")),
        finished_at: Some(at("2025-09-18T03:00:00Z")),
        returned_at: Some(at("2025-09-18T17:30:00Z")),
        refused_at: Some(at("2025-09-18T04:00:00Z")),
        return_note: text("Trả tận tay"),
        handover: Handover::Post,
        submitted_to: Some(SubmissionPlace::National),
        digitised: Some(true),
        vneid_verified: Some(true),
        online_payment: Some(OnlinePayment::Unpaid),
        note: text("rev=3"),
        databases: vec![text("CSDL01"), text("CSDL02")],
        papers: vec![Paper {
            id: text("t-1"),
            component_code: text("TP01"),
            file_name: text("Tờ khai.pdf"),
            link: text("https://tep.example.vn/t-1?sig=x"),
            file: Text::default(),
            shipped: None,
            deleted: true,
            digitised: Some(true),
            digitised_at: None,
            reuse: Some(PaperReuse::Other),
            from_store: Some(false),
            replaces_result: text("KQ.G07.000001"),
        }],
        results: vec![ResultFile {
            id: text("g-1"),
            result_code: text("KQ.G07.000122"),
            component_code: text("TP02"),
            name: text("Giấy khai sinh"),
            link: text("https://tep.example.vn/g-1?sig=y"),
            file: Text::default(),
            shipped: None,
        }],
        fees: vec![Fee {
            code: text("LP01"),
            name: text("Lệ phí"),
            moment: Some(FeeMoment::Return),
            amount_vnd: Some(8_000),
            kind: Some(FeeKind::Appraisal),
        }],
        supplements: vec![Supplement {
            requested_at: Some(at("2025-09-16T02:00:00Z")),
            id: text("b-1"),
            requested_by: text("Lê Văn B"),
            request: text("Bổ sung ảnh"),
            received_by: text("Trần C"),
            received_note: text("Đã nhận"),
            received_at: Some(at("2025-09-17T02:00:00Z")),
            state: text("2"),
            due_before: Some(at("2025-09-19T10:00:00Z")),
            due_after: Some(at("2025-09-20T10:00:00Z")),
        }],
        attachments: vec![Attachment {
            name: text("Bản vẽ"), quantity: Some(2), kind: text("Bản chính")
        }],
        steps: vec![step(1, "Tiếp nhận"), step(2, "Thẩm định"), step(3, "Trả kết quả")],
        ..minimal(code)
    }
}

pub(crate) fn step(hour: u32, content: &str) -> Step {
    Step {
        at: at(&format!("2025-09-16T{hour:02}:00:00Z")),
        sequence: i64::from(hour),
        handler: text("Lê Văn Bình"),
        position: text("Chuyên viên"),
        department: text("Bộ phận một cửa"),
        content: text(content),
        status: Status::InProcess,
        started_at: Some(at("2025-09-16T00:00:00Z")),
        deadline: None,
        officer: text(""),
    }
}

pub(crate) fn steps_of(dossier: &Dossier) -> Vec<(&DossierCode, &Step)> {
    dossier.steps.iter().map(|step| (&dossier.code, step)).collect()
}
