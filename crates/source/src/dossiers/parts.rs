//! The entries of a dossier's lists, each read from one record.

use dongbo_model::{
    Attachment, Detail, Dossier, Fee, FileRole, FindingKind, Identity, IdentityKind, Lang, Paper, ResultFile,
    Step, Supplement, Text,
};

use super::fields::{Fields, PaperCode};
use super::records::{
    RawAttachment, RawDatabase, RawFee, RawIdentity, RawPaper, RawResult, RawStep, RawSupplement, Record,
};

/// The portal's limits, in characters.
const FILE_NAME_CHARS: usize = 4_000;
const RESULT_NAME_CHARS: usize = 2_000;
const HANDLER_CHARS: usize = 50;
const NO_LIMIT: usize = usize::MAX;

/// The lists of a dossier while their entries come in, in any order.
#[derive(Debug, Default)]
pub(super) struct Lists {
    pub(super) identities: Vec<Identity>,
    pub(super) databases: Vec<Text>,
    pub(super) papers: Vec<Paper>,
    pub(super) results: Vec<ResultFile>,
    pub(super) fees: Vec<Fee>,
    pub(super) supplements: Vec<Supplement>,
    pub(super) attachments: Vec<Attachment>,
    pub(super) steps: Vec<Step>,
}

impl Lists {
    /// Moves the lists into `dossier`.
    pub(super) fn fill(self, dossier: &mut Dossier) {
        dossier.applicant.identities = self.identities;
        dossier.databases = self.databases;
        dossier.papers = self.papers;
        dossier.results = self.results;
        dossier.fees = self.fees;
        dossier.supplements = self.supplements;
        dossier.attachments = self.attachments;
        dossier.steps = self.steps;
    }
}

/// A record that becomes one entry of a list.
pub(super) trait Part<'a>: Record<'a> {
    /// The entry of the domain.
    type Entry;

    /// The list that it belongs to.
    fn list(lists: &mut Lists) -> &mut Vec<Self::Entry>;

    /// `true` when the record stands for no entry at all.
    fn is_blank(&self) -> bool {
        false
    }

    /// The entry; `None` when a required field is missing or wrong, of which `fields` has gathered the findings.
    fn read(self, fields: &mut Fields<'_>) -> Option<Self::Entry>;
}

impl<'a> Part<'a> for RawIdentity<'a> {
    type Entry = Identity;

    fn list(lists: &mut Lists) -> &mut Vec<Self::Entry> {
        &mut lists.identities
    }

    /// A query over the dossiers themselves gives an empty row for an applicant who showed no document.
    fn is_blank(&self) -> bool {
        self.kind.is_blank() && self.number.is_blank()
    }

    fn read(self, fields: &mut Fields<'_>) -> Option<Self::Entry> {
        let kind = fields.required_code("kind", self.kind, &fields.mapping().tables.identity_kind);
        let number = fields.required_text("number", self.number, NO_LIMIT);
        let (kind, number) = kind.zip(number)?;
        if !kind.accepts(number.as_str()) {
            let digits = match kind {
                IdentityKind::Cccd => 12,
                IdentityKind::Cmnd => 9,
            };
            fields.find(FindingKind::BadValue, "number", Detail::NotDigits.with(&[&digits]));
        }
        Some(Identity { kind, number })
    }
}

impl<'a> Part<'a> for RawDatabase<'a> {
    type Entry = Text;

    fn list(lists: &mut Lists) -> &mut Vec<Self::Entry> {
        &mut lists.databases
    }

    fn read(self, fields: &mut Fields<'_>) -> Option<Self::Entry> {
        let code = fields.text("database", self.database);
        (!code.is_empty()).then_some(code)
    }
}

impl<'a> Part<'a> for RawPaper<'a> {
    type Entry = Paper;

    fn list(lists: &mut Lists) -> &mut Vec<Self::Entry> {
        &mut lists.papers
    }

    fn read(self, fields: &mut Fields<'_>) -> Option<Self::Entry> {
        let id = fields.text("id", self.id);
        let component_code =
            fields.paper_code_as_needed("component_code", self.component_code, PaperCode::Component);
        let file_name = fields.required_text("file_name", self.file_name, FILE_NAME_CHARS);
        let (link, file) = fields.whereabouts(FileRole::Paper, self.link, self.file);
        let deleted = fields.flag("deleted", self.deleted).unwrap_or_default();
        let digitised = fields.flag("digitised", self.digitised);
        let digitised_at = fields.moment("digitised_at", self.digitised_at);
        let reuse = fields.coded("reuse", self.reuse, &fields.mapping().tables.paper_reuse);
        let from_store = fields.flag("from_store", self.from_store);
        let replaces_result = fields.paper_code("replaces_result", self.replaces_result, PaperCode::Result);
        let required = component_code.zip(file_name).zip(replaces_result);
        required.map(|((component_code, file_name), replaces_result)| Paper {
            id,
            component_code,
            file_name,
            link,
            file,
            shipped: None,
            deleted,
            digitised,
            digitised_at,
            reuse,
            from_store,
            replaces_result,
        })
    }
}

impl<'a> Part<'a> for RawResult<'a> {
    type Entry = ResultFile;

    fn list(lists: &mut Lists) -> &mut Vec<Self::Entry> {
        &mut lists.results
    }

    fn read(self, fields: &mut Fields<'_>) -> Option<Self::Entry> {
        let id = fields.text("id", self.id);
        let result_code = fields.paper_code_as_needed("result_code", self.result_code, PaperCode::Result);
        let component_code = fields.paper_code("component_code", self.component_code, PaperCode::Component);
        let name = fields.required_text("name", self.name, RESULT_NAME_CHARS);
        let (link, file) = fields.whereabouts(FileRole::Result, self.link, self.file);
        let required = result_code.zip(name).zip(component_code);
        required.map(|((result_code, name), component_code)| ResultFile {
            id,
            result_code,
            component_code,
            name,
            link,
            file,
            shipped: None,
        })
    }
}

impl<'a> Part<'a> for RawFee<'a> {
    type Entry = Fee;

    fn list(lists: &mut Lists) -> &mut Vec<Self::Entry> {
        &mut lists.fees
    }

    fn read(self, fields: &mut Fields<'_>) -> Option<Self::Entry> {
        let code = fields.text("fee_code", self.fee_code);
        let name = fields.text("name", self.name);
        let moment = fields.coded("moment", self.moment, &fields.mapping().tables.fee_moment);
        let amount_vnd = fields.amount("amount_vnd", self.amount_vnd);
        let kind = fields.coded("kind", self.kind, &fields.mapping().tables.fee_kind);
        Some(Fee { code, name, moment, amount_vnd, kind })
    }
}

impl<'a> Part<'a> for RawSupplement<'a> {
    type Entry = Supplement;

    fn list(lists: &mut Lists) -> &mut Vec<Self::Entry> {
        &mut lists.supplements
    }

    fn read(self, fields: &mut Fields<'_>) -> Option<Self::Entry> {
        Some(Supplement {
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
        })
    }
}

impl<'a> Part<'a> for RawAttachment<'a> {
    type Entry = Attachment;

    fn list(lists: &mut Lists) -> &mut Vec<Self::Entry> {
        &mut lists.attachments
    }

    fn read(self, fields: &mut Fields<'_>) -> Option<Self::Entry> {
        let name = fields.text("name", self.name);
        let quantity = fields.count("quantity", self.quantity);
        let small = quantity.and_then(|quantity| u32::try_from(quantity).ok());
        if small.is_none() && quantity.is_some() {
            fields.find(FindingKind::BadValue, "quantity", Detail::TooLarge.text(Lang::En));
        }
        let kind = fields.text("kind", self.kind);
        Some(Attachment { name, quantity: small, kind })
    }
}

impl<'a> Part<'a> for RawStep<'a> {
    type Entry = Step;

    fn list(lists: &mut Lists) -> &mut Vec<Self::Entry> {
        &mut lists.steps
    }

    fn read(self, fields: &mut Fields<'_>) -> Option<Self::Entry> {
        fields.skips("status", &self.status).is_none().then_some(())?;
        let sequence = fields.sequence("sequence", self.sequence);
        let at = fields.required_moment("at", self.at);
        let handler = fields.required_text("handler", self.handler, HANDLER_CHARS);
        let position = fields.text("position", self.position);
        let department = fields.text("department", self.department);
        let content = fields.text("content", self.content);
        let status = fields.status("status", self.status);
        let started_at = fields.moment("started_at", self.started_at);
        let deadline = fields.moment("deadline", self.deadline);
        let officer = fields.text("officer", self.officer);
        let required = at.zip(handler).zip(status);
        required.map(|((at, handler), status)| Step {
            at,
            sequence,
            handler,
            position,
            department,
            content,
            status,
            started_at,
            deadline,
            officer,
        })
    }
}
