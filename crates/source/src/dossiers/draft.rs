//! A dossier while its rows come in: in the end the dossier, or everything that keeps it from being one.

use dongbo_model::{Applicant, Catalogue, Detail, Dossier, DossierCode, Finding, FindingKind, Lang};

use super::duplicates;
use super::fields::Fields;
use super::listed;
use super::observe::{Observations, Observe};
use super::parts::{Lists, Part};
use super::reading::{ObservedReading, Reading};
use super::records::{RawDossier, Record as _};
use crate::mapping::{Flag, Mapping};
use crate::value::Value;

/// The portal's limit of the summary, in characters.
const SUMMARY_CHARS: usize = 1_000;

/// The most findings that are told of one dossier. Nobody reads more, and each mended one makes room for the next.
const MOST_FINDINGS: usize = 200;

/// A dossier while its rows come in, in any order.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    head: Option<Dossier>,
    heads: usize,
    /// The keys of the main rows, as far as they are known.
    keys: Vec<String>,
    /// The rows with its code that the mapping's filter leaves out.
    left_out: usize,
    /// How the code of a row that may be its main row is written otherwise.
    otherwise: Option<String>,
    /// Whether a row that may be another dossier's has its code in another writing.
    has_twin: bool,
    findings: Vec<Finding>,
    observations: Observations,
    /// The local status at which nothing is sent.
    skipped: Option<String>,
    lists: Lists,
    /// What the portal lists, where it is known.
    catalogue: Option<Catalogue>,
}

impl Draft {
    /// A draft whose columns are observed as `observe` says.
    pub(super) fn observing(observe: Observe) -> Self {
        Self { observations: Observations::new(observe), ..Self::default() }
    }

    /// Adds the main row of dossier `code`.
    pub(super) fn add_head(&mut self, code: &DossierCode, raw: RawDossier<'_>, mapping: &Mapping) {
        self.heads += 1;
        self.catalogue.clone_from(&mapping.catalogue);
        if let Err(flaw) = DossierCode::local(code.as_str()) {
            self.add_finding(FindingKind::BadValue, "dossiers.code", &flaw.to_string());
        }
        let mut fields = Fields::new(mapping, RawDossier::TABLE, &mut self.findings, &mut self.observations);
        match fields.skips("status", &raw.status) {
            Some(local) => self.skipped = Some(local),
            None => self.head = head(code, raw, &mut fields),
        }
    }

    /// Adds one entry of a list, or its findings.
    pub(super) fn add_part<'a, P: Part<'a>>(&mut self, part: P, mapping: &Mapping) {
        if part.is_blank() {
            return;
        }
        let mut fields = Fields::new(mapping, P::TABLE, &mut self.findings, &mut self.observations);
        P::list(&mut self.lists).extend(part.read(&mut fields));
    }

    /// Adds a document that holds the main row and all lists.
    pub(super) fn add_document(&mut self, code: &DossierCode, mut raw: RawDossier<'_>, mapping: &Mapping) {
        let inner = std::mem::take(&mut raw.code);
        if !inner.is_blank()
            && inner.written().and_then(|code| DossierCode::new(&code)).as_ref() != Some(code)
        {
            self.add_finding(FindingKind::BadValue, "dossiers.code", Detail::OtherDocument.text(Lang::En));
        }
        self.add_parts(std::mem::take(&mut raw.identities), mapping);
        self.add_parts(std::mem::take(&mut raw.databases), mapping);
        self.add_parts(std::mem::take(&mut raw.papers), mapping);
        self.add_parts(std::mem::take(&mut raw.results), mapping);
        self.add_parts(std::mem::take(&mut raw.fees), mapping);
        self.add_parts(std::mem::take(&mut raw.supplements), mapping);
        self.add_parts(std::mem::take(&mut raw.attachments), mapping);
        self.add_parts(std::mem::take(&mut raw.steps), mapping);
        self.add_head(code, raw, mapping);
    }

    fn add_parts<'a, P: Part<'a>>(&mut self, parts: Vec<P>, mapping: &Mapping) {
        parts.into_iter().for_each(|part| self.add_part(part, mapping));
    }

    /// Notes that [dossiers] gives the code in another writing.
    pub(super) fn note_otherwise(&mut self, detail: String) {
        self.otherwise = Some(detail);
        self.note_twin();
    }

    /// Notes that the database takes another writing of its code, which a further row has, for its code.
    pub(super) const fn note_twin(&mut self) {
        self.has_twin = true;
    }

    /// Adds a main row that cannot be read at all.
    pub(crate) fn add_unreadable(&mut self, kind: FindingKind, subject: &str, detail: &str) {
        self.heads += 1;
        self.add_finding(kind, subject, detail);
    }

    /// Adds the key of a main row.
    pub(super) fn add_key(&mut self, key: String) {
        self.keys.push(key);
    }

    /// Notes that the database has `rows` rows with its code, whether the mapping's filter lets them through or not.
    pub(super) fn note_rows(&mut self, rows: usize) {
        self.left_out = rows.saturating_sub(self.heads);
    }

    /// Adds a finding about its main row.
    pub(super) fn add_finding(&mut self, kind: FindingKind, subject: &str, detail: &str) {
        self.findings.push(Finding::new(kind, subject, detail));
    }

    /// The reading of dossier `code` when all rows are in.
    pub(super) fn finish(mut self, code: &DossierCode) -> ObservedReading {
        let observations = std::mem::take(&mut self.observations).into_all();
        ObservedReading { reading: self.reading(code), observations }
    }

    /// One row is one dossier; which of several is meant cannot be told, nor whose the rows of lists by its code are.
    fn find_further_rows(&mut self, code: &DossierCode) {
        let (heads, left_out) = (self.heads, self.left_out);
        let is_one_row =
            self.keys.len() == heads && self.keys.windows(2).all(|pair| pair.first() == pair.last());
        if self.has_twin {
            let detail = Detail::Twin.text(Lang::En);
            self.add_finding(FindingKind::DuplicateCode, code.as_str(), detail);
        }
        if left_out > 0 {
            let detail = Detail::LeftOut.with(&[&(heads + left_out), &left_out]);
            self.add_finding(FindingKind::DuplicateCode, code.as_str(), &detail);
        } else if heads > 1 && is_one_row {
            self.add_finding(FindingKind::DuplicateRows, RawDossier::TABLE, &Detail::OneKey.with(&[&heads]));
        } else if heads > 1 {
            self.add_finding(FindingKind::DuplicateCode, code.as_str(), &Detail::Rows.with(&[&heads]));
        }
    }

    fn reading(mut self, code: &DossierCode) -> Reading {
        if self.heads == 0 {
            let Some(detail) = self.otherwise else { return Reading::Absent };
            return Reading::Defective(vec![Finding::new(FindingKind::NotReadable, "dossiers.code", detail)]);
        }
        if let (1, 0, false, Some(local)) = (self.heads, self.left_out, self.has_twin, &self.skipped) {
            // Whatever else is wrong with it: nobody has to see to what is not sent.
            return Reading::Defective(vec![Finding::new(FindingKind::NotForPortal, local, "")]);
        }
        self.find_further_rows(code);
        duplicates::find(&self.lists, &mut self.findings);
        if let Some((catalogue, head)) = self.catalogue.as_ref().zip(self.head.as_ref()) {
            listed::find(catalogue, head, &self.lists, &mut self.findings);
        }
        match self.head.filter(|_| self.findings.is_empty()) {
            Some(mut dossier) => {
                self.lists.fill(&mut dossier);
                match too_large(&dossier) {
                    Some(finding) => Reading::Defective(vec![finding]),
                    None => Reading::Dossier(Box::new(dossier.in_canonical_order())),
                }
            }
            None => {
                // Rows have no order, and equal findings of many rows are one job for the staff.
                self.findings.sort();
                self.findings.dedup();
                self.findings.truncate(MOST_FINDINGS);
                Reading::Defective(self.findings)
            }
        }
    }
}

/// The finding on a dossier that is larger than dongbo reads.
fn too_large(dossier: &Dossier) -> Option<Finding> {
    let (weight, most) = (dossier.weight(), Dossier::MOST);
    (weight > most).then(|| {
        let detail = Detail::Larger.with(&[&(weight >> 10), &(most >> 10)]);
        Finding::new(FindingKind::TooLarge, dossier.heaviest(), detail)
    })
}

/// Reads the main row. Every field is read before the first `?`, so that the staff hears of everything at once.
fn head(code: &DossierCode, raw: RawDossier<'_>, fields: &mut Fields<'_>) -> Option<Dossier> {
    let tables = &fields.mapping().tables;
    let procedure = fields.procedure("procedure", raw.procedure);
    let unit = fields.unit("unit", raw.unit);
    let channel = fields.coded("channel", raw.channel, &tables.channel);
    let (name, kind) = (raw.applicant_name, raw.applicant_kind);
    let further = [raw.applicant_code, raw.applicant_extra, raw.email, raw.fax, raw.phone];
    let applicant = applicant(name, kind, further, fields);
    let summary = fields.text_as_needed("summary", raw.summary, SUMMARY_CHARS);
    let status = fields.status("status", raw.status);
    let unknown = fields.mapping().unknown;
    let submitted_at = fields.as_needed("submitted_at", status, raw.submitted_at, Fields::moment);
    let received_at = fields.as_needed("received_at", status, raw.received_at, Fields::moment);
    let due_at = fields.moment("due_at", raw.due_at);
    let finished_at = fields.moment("finished_at", raw.finished_at);
    let returned_at = fields.moment("returned_at", raw.returned_at);
    let refused_at = fields.moment("refused_at", raw.refused_at);
    let return_note = fields.text("return_note", raw.return_note);
    let declared = unknown.handover.map(|value| (value, value.code()));
    let handover = fields.known_or("handover", raw.handover, declared, |fields, column, value| {
        fields.required_code(column, value, &tables.handover)
    });
    let submitted_to = fields.as_needed("submitted_to", status, raw.submitted_to, |fields, column, value| {
        let declared = unknown.submitted_to.map(|value| (value, value.code()));
        fields.known_or(column, value, declared, |fields, column, value| {
            fields.coded(column, value, &tables.submitted_to)
        })
    });
    let flag = |declared: Option<Flag>| {
        move |fields: &mut Fields<'_>, column: &'static str, value: Value<'_>| {
            let declared = declared.map(|flag| (flag == Flag::Yes, flag.code()));
            fields.known_or(column, value, declared, Fields::flag)
        }
    };
    let digitised = fields.as_needed("digitised", status, raw.digitised, flag(unknown.digitised));
    let vneid_verified = fields.as_needed("vneid", status, raw.vneid, flag(unknown.vneid));
    let online_payment =
        fields.as_needed("online_payment", status, raw.online_payment, |fields, column, value| {
            let declared = unknown.online_payment.map(|value| (value, value.code()));
            fields.known_or(column, value, declared, |fields, column, value| {
                fields.coded(column, value, &tables.online_payment)
            })
        });
    let note = fields.text("note", raw.note);
    let local_id = fields.text("local_id", raw.local_id);
    let local_code = fields.text("local_code", raw.local_code);
    let receiving_unit = fields.text("receiving_unit", raw.receiving_unit);
    // As it was called when the dossier came in.
    let unit = match received_at.flatten().or(submitted_at.flatten()) {
        Some(at) => fields.mapping().mergers.on(unit?, at),
        None => fields.mapping().mergers.now(unit?),
    };
    Some(Dossier {
        code: code.clone(),
        procedure: procedure?,
        unit,
        channel,
        applicant: applicant?,
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
        local_id,
        local_code,
        receiving_unit,
        not_known: fields.not_known(),
    })
}

fn applicant(
    name: Value<'_>,
    kind: Value<'_>,
    [code, extra, email, fax, phone]: [Value<'_>; 5],
    fields: &mut Fields<'_>,
) -> Option<Applicant> {
    let kinds = &fields.mapping().tables.applicant_kind;
    let name = fields.worded("applicant_name", name);
    let kind = fields.required_code("applicant_kind", kind, kinds);
    let object_code = fields.text("applicant_code", code);
    let extra = fields.text("applicant_extra", extra);
    let email = fields.text("email", email);
    let fax = fields.worded("fax", fax);
    let phone = fields.worded("phone", phone);
    Some(Applicant { name, kind: kind?, object_code, extra, email, fax, phone, identities: Vec::new() })
}
