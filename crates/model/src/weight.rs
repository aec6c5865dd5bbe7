//! The room that a dossier takes in memory, for all who hold several at a time.

use crate::dossier::Dossier;
use crate::text::Text;

/// The room that one row of a list takes beside its texts: the row itself, and its field names on the wire.
const ROW: usize = 200;

impl Dossier {
    /// The largest dossier that dongbo reads, by its [weight](Self::weight). One with a thousand steps and a page of writing in
    /// each has a quarter of it.
    pub const MOST: usize = 1 << 20;

    /// About the bytes that the dossier takes: its texts, and something for each row of its lists.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.weights().iter().fold(0, |all, (_, weight)| all.saturating_add(*weight))
    }

    /// The table of the mapping that gives most of its weight.
    #[must_use]
    pub fn heaviest(&self) -> &'static str {
        self.weights().into_iter().max_by_key(|(_, weight)| *weight).map_or("dossiers", |(table, _)| table)
    }

    /// The weight that each table of the mapping gives.
    fn weights(&self) -> [(&'static str, usize); 9] {
        let applicant = &self.applicant;
        let procedure = &self.procedure;
        let own = texts(&[
            &procedure.code,
            &procedure.name,
            &procedure.field_code,
            &procedure.field_name,
            &self.unit.code,
            &self.unit.agency,
            &applicant.name,
            &applicant.object_code,
            &applicant.extra,
            &applicant.email,
            &applicant.fax,
            &applicant.phone,
            &self.summary,
            &self.return_note,
            &self.note,
            &self.local_id,
            &self.local_code,
            &self.receiving_unit,
        ]);
        [
            ("dossiers", own.saturating_add(ROW)),
            ("identities", rows(&applicant.identities, |identity| texts(&[&identity.number]))),
            ("databases", rows(&self.databases, |database| texts(&[database]))),
            (
                "papers",
                rows(&self.papers, |paper| {
                    let names = [&paper.id, &paper.component_code, &paper.file_name, &paper.replaces_result];
                    texts(&names) + texts(&[&paper.link, &paper.file])
                }),
            ),
            (
                "results",
                rows(&self.results, |result| {
                    let names = [&result.id, &result.result_code, &result.component_code, &result.name];
                    texts(&names) + texts(&[&result.link, &result.file])
                }),
            ),
            ("fees", rows(&self.fees, |fee| texts(&[&fee.code, &fee.name]))),
            (
                "supplements",
                rows(&self.supplements, |asked| {
                    let people = [&asked.requested_by, &asked.received_by];
                    texts(&people) + texts(&[&asked.id, &asked.request, &asked.received_note, &asked.state])
                }),
            ),
            (
                "attachments",
                rows(&self.attachments, |attachment| texts(&[&attachment.name, &attachment.kind])),
            ),
            (
                "steps",
                rows(&self.steps, |step| {
                    texts(&[&step.handler, &step.position, &step.department, &step.content, &step.officer])
                }),
            ),
        ]
    }
}

fn texts(texts: &[&Text]) -> usize {
    texts.iter().map(|text| text.as_str().len()).sum()
}

fn rows<T>(rows: &[T], each: impl Fn(&T) -> usize) -> usize {
    rows.iter().map(|row| ROW + each(row)).sum()
}
