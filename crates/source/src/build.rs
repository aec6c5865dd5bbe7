//! Raw records to a [`Dossier`], or to everything that keeps it from being one.

use dongbo_model::{
    Applicant, Attachment, Dossier, DossierCode, Fee, FileRole, Finding, FindingKind, Identity, IdentityKind,
    Paper, ResultFile, Step, Supplement, Text,
};

use super::fields::Fields;
use super::mapping::Mapping;
use super::met::{Notes, Watch};
use super::raw::{
    RawAttachment, RawDatabase, RawDossier, RawFee, RawIdentity, RawPaper, RawResult, RawStep, RawSupplement,
    Record,
};
use super::read::Watched;

/// The portal's limits, in characters.
const SUMMARY_CHARS: usize = 1_000;
const FILE_NAME_CHARS: usize = 4_000;
const RESULT_NAME_CHARS: usize = 2_000;
const HANDLER_CHARS: usize = 50;
const NO_LIMIT: usize = usize::MAX;

/// What came of reading one dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// The dossier, in canonical order.
    Dossier(Box<Dossier>),
    /// All that is wrong with it, sorted and each once. A person has to see to it.
    Defective(Vec<Finding>),
    /// The local database has no such dossier.
    Absent,
}

/// A dossier while its rows come in, in any order.
#[derive(Debug, Default)]
pub(super) struct Draft {
    head: Option<Dossier>,
    heads: usize,
    findings: Vec<Finding>,
    notes: Notes,
    identities: Vec<Identity>,
    databases: Vec<Text>,
    papers: Vec<Paper>,
    results: Vec<ResultFile>,
    fees: Vec<Fee>,
    supplements: Vec<Supplement>,
    attachments: Vec<Attachment>,
    steps: Vec<Step>,
}

impl Draft {
    /// A draft that keeps what `watch` asks for.
    pub(super) fn watching(watch: Watch) -> Self {
        Self { notes: Notes::new(watch), ..Self::default() }
    }

    /// The main row of dossier `code`.
    pub(super) fn add_head(&mut self, code: &DossierCode, raw: RawDossier<'_>, mapping: &Mapping) {
        self.heads += 1;
        self.head = head(code, raw, mapping, &mut self.findings, &mut self.notes);
    }

    /// A document that holds the main row and all lists.
    pub(super) fn add_document(&mut self, code: &DossierCode, mut raw: RawDossier<'_>, mapping: &Mapping) {
        let inner = std::mem::take(&mut raw.code);
        if !inner.is_blank()
            && inner.written().and_then(|code| DossierCode::new(&code)).as_ref() != Some(code)
        {
            self.add_finding(
                FindingKind::BadValue,
                "dossiers.code",
                "the document has another code than its row",
            );
        }
        std::mem::take(&mut raw.identities).into_iter().for_each(|part| part.add(self, mapping));
        std::mem::take(&mut raw.databases).into_iter().for_each(|part| part.add(self, mapping));
        std::mem::take(&mut raw.papers).into_iter().for_each(|part| part.add(self, mapping));
        std::mem::take(&mut raw.results).into_iter().for_each(|part| part.add(self, mapping));
        std::mem::take(&mut raw.fees).into_iter().for_each(|part| part.add(self, mapping));
        std::mem::take(&mut raw.supplements).into_iter().for_each(|part| part.add(self, mapping));
        std::mem::take(&mut raw.attachments).into_iter().for_each(|part| part.add(self, mapping));
        std::mem::take(&mut raw.steps).into_iter().for_each(|part| part.add(self, mapping));
        self.add_head(code, raw, mapping);
    }

    /// A main row that cannot be read at all.
    pub(super) fn add_unreadable(&mut self, kind: FindingKind, subject: &str, detail: &str) {
        self.heads += 1;
        self.add_finding(kind, subject, detail);
    }

    fn add_finding(&mut self, kind: FindingKind, subject: &str, detail: &str) {
        self.findings.push(Finding::new(kind, subject, detail));
    }

    /// What has come of dossier `code` when all rows are in.
    pub(super) fn finish(mut self, code: &DossierCode) -> Watched {
        let met = std::mem::take(&mut self.notes.met);
        Watched { reading: self.reading(code), met }
    }

    fn reading(mut self, code: &DossierCode) -> Reading {
        if self.heads == 0 {
            return Reading::Absent;
        }
        if self.heads > 1 {
            self.add_finding(FindingKind::DuplicateCode, code.as_str(), &format!("{} rows", self.heads));
        }
        match self.head.filter(|_| self.findings.is_empty()) {
            Some(mut dossier) => {
                dossier.applicant.identities = self.identities;
                dossier.databases = self.databases;
                dossier.papers = self.papers;
                dossier.results = self.results;
                dossier.fees = self.fees;
                dossier.supplements = self.supplements;
                dossier.attachments = self.attachments;
                dossier.steps = self.steps;
                Reading::Dossier(Box::new(dossier.in_canonical_order()))
            }
            None => {
                // Rows have no order, and equal findings of many rows are one job for the staff.
                self.findings.sort();
                self.findings.dedup();
                Reading::Defective(self.findings)
            }
        }
    }
}

fn head(
    code: &DossierCode,
    raw: RawDossier<'_>,
    mapping: &Mapping,
    findings: &mut Vec<Finding>,
    notes: &mut Notes,
) -> Option<Dossier> {
    let tables = &mapping.tables;
    let mut fields = Fields::new(mapping, RawDossier::LIST, findings, notes);
    // Every field is read before the first `?`, so that the staff hears of everything at once.
    let procedure = fields.procedure("procedure", raw.procedure);
    let unit = fields.unit("unit", raw.unit);
    let channel = fields.coded("channel", raw.channel, &tables.channel);
    let name = fields.text("applicant_name", raw.applicant_name);
    let kind = fields.required_code("applicant_kind", raw.applicant_kind, &tables.applicant_kind);
    let object_code = fields.text("applicant_code", raw.applicant_code);
    let extra = fields.text("applicant_extra", raw.applicant_extra);
    let email = fields.text("email", raw.email);
    let fax = fields.text("fax", raw.fax);
    let phone = fields.text("phone", raw.phone);
    let summary = fields.required_text("summary", raw.summary, SUMMARY_CHARS);
    let status = fields.status("status", raw.status);
    let submitted_at = fields.required_moment("submitted_at", raw.submitted_at);
    let received_at = fields.required_moment("received_at", raw.received_at);
    let due_at = fields.moment("due_at", raw.due_at);
    let finished_at = fields.moment("finished_at", raw.finished_at);
    let returned_at = fields.moment("returned_at", raw.returned_at);
    let refused_at = fields.moment("refused_at", raw.refused_at);
    let return_note = fields.text("return_note", raw.return_note);
    let handover = fields.required_code("handover", raw.handover, &tables.handover);
    let submitted_to = fields.required_code("submitted_to", raw.submitted_to, &tables.submitted_to);
    let digitised = fields.required_flag("digitised", raw.digitised);
    let vneid_verified = fields.required_flag("vneid", raw.vneid);
    let online_payment = fields.required_code("online_payment", raw.online_payment, &tables.online_payment);
    let note = fields.text("note", raw.note);
    Some(Dossier {
        code: code.clone(),
        procedure: procedure?,
        unit: unit?,
        channel,
        applicant: Applicant {
            name,
            kind: kind?,
            object_code,
            extra,
            email,
            fax,
            phone,
            identities: Vec::new(),
        },
        summary: summary?,
        status: status?,
        submitted_at: submitted_at?,
        received_at: received_at?,
        due_at,
        finished_at,
        returned_at,
        refused_at,
        return_note,
        handover: handover?,
        submitted_to: submitted_to?,
        digitised: digitised?,
        vneid_verified: vneid_verified?,
        online_payment: online_payment?,
        note,
        databases: Vec::new(),
        papers: Vec::new(),
        results: Vec::new(),
        fees: Vec::new(),
        supplements: Vec::new(),
        attachments: Vec::new(),
        steps: Vec::new(),
    })
}

/// A record that becomes one entry of a list.
pub(super) trait Part<'a>: Record<'a> {
    /// Adds it, or what is wrong with it, to the draft.
    fn add(self, draft: &mut Draft, mapping: &Mapping);
}

impl<'a> Part<'a> for RawIdentity<'a> {
    fn add(self, draft: &mut Draft, mapping: &Mapping) {
        // A query over the dossiers themselves gives an empty row for who showed no document.
        if self.kind.is_blank() && self.number.is_blank() {
            return;
        }
        let mut fields = Fields::new(mapping, Self::LIST, &mut draft.findings, &mut draft.notes);
        let kind = fields.required_code("kind", self.kind, &mapping.tables.identity_kind);
        let number = fields.required_text("number", self.number, NO_LIMIT);
        let Some((kind, number)) = kind.zip(number) else { return };
        if !kind.accepts(number.as_str()) {
            let shape = match kind {
                IdentityKind::Cccd => "not 12 digits",
                IdentityKind::Cmnd => "not 9 digits",
            };
            fields.find(FindingKind::BadValue, "number", shape);
        }
        draft.identities.push(Identity { kind, number });
    }
}

impl<'a> Part<'a> for RawDatabase<'a> {
    fn add(self, draft: &mut Draft, mapping: &Mapping) {
        let mut fields = Fields::new(mapping, Self::LIST, &mut draft.findings, &mut draft.notes);
        let code = fields.text("database", self.database);
        if !code.is_empty() {
            draft.databases.push(code);
        }
    }
}

impl<'a> Part<'a> for RawPaper<'a> {
    fn add(self, draft: &mut Draft, mapping: &Mapping) {
        let mut fields = Fields::new(mapping, Self::LIST, &mut draft.findings, &mut draft.notes);
        let id = fields.text("id", self.id);
        let component_code = fields.required_text("component_code", self.component_code, NO_LIMIT);
        let file_name = fields.required_text("file_name", self.file_name, FILE_NAME_CHARS);
        let (link, file) = fields.whereabouts(FileRole::Paper, self.link, self.file);
        let deleted = fields.flag("deleted", self.deleted).unwrap_or_default();
        let digitised = fields.flag("digitised", self.digitised);
        let reuse = fields.coded("reuse", self.reuse, &mapping.tables.paper_reuse);
        let from_store = fields.flag("from_store", self.from_store);
        let replaces_result = fields.text("replaces_result", self.replaces_result);
        draft.papers.extend(component_code.zip(file_name).map(|(component_code, file_name)| Paper {
            id,
            component_code,
            file_name,
            link,
            file,
            shipped: None,
            deleted,
            digitised,
            reuse,
            from_store,
            replaces_result,
        }));
    }
}

impl<'a> Part<'a> for RawResult<'a> {
    fn add(self, draft: &mut Draft, mapping: &Mapping) {
        let mut fields = Fields::new(mapping, Self::LIST, &mut draft.findings, &mut draft.notes);
        let id = fields.text("id", self.id);
        let result_code = fields.required_text("result_code", self.result_code, NO_LIMIT);
        let component_code = fields.text("component_code", self.component_code);
        let name = fields.required_text("name", self.name, RESULT_NAME_CHARS);
        let (link, file) = fields.whereabouts(FileRole::Result, self.link, self.file);
        draft.results.extend(result_code.zip(name).map(|(result_code, name)| ResultFile {
            id,
            result_code,
            component_code,
            name,
            link,
            file,
            shipped: None,
        }));
    }
}

impl<'a> Part<'a> for RawFee<'a> {
    fn add(self, draft: &mut Draft, mapping: &Mapping) {
        let mut fields = Fields::new(mapping, Self::LIST, &mut draft.findings, &mut draft.notes);
        let code = fields.text("fee_code", self.fee_code);
        let name = fields.text("name", self.name);
        let moment = fields.coded("moment", self.moment, &mapping.tables.fee_moment);
        let amount_vnd = fields.count("amount_vnd", self.amount_vnd);
        let kind = fields.coded("kind", self.kind, &mapping.tables.fee_kind);
        draft.fees.push(Fee { code, name, moment, amount_vnd, kind });
    }
}

impl<'a> Part<'a> for RawSupplement<'a> {
    fn add(self, draft: &mut Draft, mapping: &Mapping) {
        let mut fields = Fields::new(mapping, Self::LIST, &mut draft.findings, &mut draft.notes);
        let supplement = Supplement {
            requested_at: fields.moment("requested_at", self.requested_at),
            id: fields.text("id", self.id),
            requested_by: fields.text("requested_by", self.requested_by),
            request: fields.text("request", self.request),
            received_by: fields.text("received_by", self.received_by),
            received_note: fields.text("received_note", self.received_note),
            received_at: fields.moment("received_at", self.received_at),
            state: fields.text("state", self.state),
            due_before: fields.moment("due_before", self.due_before),
            due_after: fields.moment("due_after", self.due_after),
        };
        draft.supplements.push(supplement);
    }
}

impl<'a> Part<'a> for RawAttachment<'a> {
    fn add(self, draft: &mut Draft, mapping: &Mapping) {
        let mut fields = Fields::new(mapping, Self::LIST, &mut draft.findings, &mut draft.notes);
        let name = fields.text("name", self.name);
        let quantity = fields.count("quantity", self.quantity);
        let small = quantity.and_then(|quantity| u32::try_from(quantity).ok());
        if small.is_none() && quantity.is_some() {
            fields.find(FindingKind::BadValue, "quantity", "too large a number");
        }
        let kind = fields.text("kind", self.kind);
        draft.attachments.push(Attachment { name, quantity: small, kind });
    }
}

impl<'a> Part<'a> for RawStep<'a> {
    fn add(self, draft: &mut Draft, mapping: &Mapping) {
        let mut fields = Fields::new(mapping, Self::LIST, &mut draft.findings, &mut draft.notes);
        let sequence = fields.sequence("sequence", self.sequence);
        let at = fields.required_moment("at", self.at);
        let handler = fields.required_text("handler", self.handler, HANDLER_CHARS);
        let position = fields.text("position", self.position);
        let department = fields.text("department", self.department);
        let content = fields.text("content", self.content);
        let status = fields.status("status", self.status);
        let started_at = fields.moment("started_at", self.started_at);
        let deadline = fields.moment("deadline", self.deadline);
        let required = at.zip(handler).zip(status);
        draft.steps.extend(required.map(|((at, handler), status)| Step {
            at,
            sequence,
            handler,
            position,
            department,
            content,
            status,
            started_at,
            deadline,
        }));
    }
}
