//! The portal's catalogue of procedures: its list, and the details of one.
//!
//! `LayDanhSachTTHC` is asked on the share path and gives `{MATTHC, TENTTHC}` of each; `LayThuTuc` gives
//! `LINHVUCTHUCHIEN[0].{MALINHVUC, TENLINHVUC}`. What its lists of fees and results are called is not published: their names
//! are configuration (`catalogue.fees_field`, `catalogue.results_field`).

use serde_json::{Map, Value};

use super::call::Call;
use super::ndxp::Ndxp;
use super::reading::{Envelope, Reading};
use super::{Answer, Outcome};
use crate::settings::Dialect;
use dongbo_model::Text;

/// A procedure as the list names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedProcedure {
    /// National code (`MATTHC`), never empty.
    pub code: Text,
    /// National name (`TENTTHC`); may be empty.
    pub name: Text,
}

/// What the portal says of one procedure beyond its name. What it does not say is empty or `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProcedureDetail {
    /// Code of its field (`MALINHVUC`).
    pub field_code: Text,
    /// Name of its field (`TENLINHVUC`).
    pub field_name: Text,
    /// Whether its list of results has an item.
    pub returns_paper: Option<bool>,
    /// Whether its list of fees has an item that is not free.
    pub has_fee: Option<bool>,
}

/// The names in `LayThuTuc` that the guide leaves open.
#[derive(Debug, Clone, Copy)]
pub struct CatalogueFields<'n> {
    /// The list of fees.
    pub fees: &'n str,
    /// A fee's amount in that list.
    pub amount: &'n str,
    /// The list of results.
    pub results: &'n str,
}

impl Ndxp {
    /// Every procedure that the portal knows, in its order; each code once.
    ///
    /// # Errors
    /// The answer, when it is no success or holds no list of procedures.
    pub async fn procedures(&self) -> Result<Vec<ListedProcedure>, Answer> {
        let mut listed = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for item in self.items(Call::Procedures).await?.0 {
            let code = text(&item, "MATTHC");
            if !code.is_empty() && seen.insert(code.clone()) {
                listed.push(ListedProcedure { code, name: text(&item, "TENTTHC") });
            }
        }
        Ok(listed)
    }

    /// What the portal says of the procedure `code`; `None` when it does not know it.
    ///
    /// # Errors
    /// The answer, when it is no success or holds something else.
    pub async fn procedure(
        &self,
        code: &str,
        fields: CatalogueFields<'_>,
    ) -> Result<Option<ProcedureDetail>, Answer> {
        let (items, answer) = match self.items(Call::Procedure(code)).await {
            Err(answer) if answer.outcome == Outcome::NotFound => return Ok(None),
            other => other?,
        };
        if items.is_empty() {
            return Ok(None);
        }
        let Some(found) = items.iter().find(|item| text(item, "MATTHC").as_str() == code) else {
            return Err(drifted(answer, "LayThuTuc succeeded without showing the procedure asked for"));
        };
        let field = found.get("LINHVUCTHUCHIEN").and_then(Value::as_array).and_then(|fields| fields.first());
        let field = field.and_then(Value::as_object);
        let part = |name| field.map(|field| text(field, name)).unwrap_or_default();
        let list = |name: &str| found.get(name).and_then(Value::as_array);
        Ok(Some(ProcedureDetail {
            field_code: part("MALINHVUC"),
            field_name: part("TENLINHVUC"),
            returns_paper: list(fields.results).map(|results| !results.is_empty()),
            has_fee: list(fields.fees).map(|fees| fees.iter().any(|fee| costs(fee, fields.amount))),
        }))
    }

    /// The objects of the result list.
    async fn items(&self, call: Call<'_>) -> Result<(Vec<Map<String, Value>>, Answer), Answer> {
        let Reading { answer, body, .. } = self.call(call).await;
        if answer.outcome != Outcome::Delivered {
            return Err(answer);
        }
        let result = Envelope::parse(&body, Dialect::Ndxp).ok().and_then(|envelope| envelope.result);
        match result.map(|result| serde_json::from_str(result.get())) {
            Some(Ok(items)) => Ok((items, answer)),
            None | Some(Err(_)) => Err(drifted(answer, "the catalogue's answer holds no list of procedures")),
        }
    }
}

fn drifted(answer: Answer, message: &str) -> Answer {
    Answer { outcome: Outcome::Unknown, drift: true, message: message.to_owned(), ..answer }
}

fn text(item: &Map<String, Value>, name: &str) -> Text {
    match item.get(name) {
        Some(Value::String(text)) => Text::new(text.as_str()),
        Some(Value::Number(number)) => Text::new(number.to_string()),
        _ => Text::default(),
    }
}

/// A fee without an amount is one all the same: it may hang on what is asked for.
fn costs(fee: &Value, amount_field: &str) -> bool {
    let amount = fee.as_object().map(|fee| text(fee, amount_field)).unwrap_or_default();
    amount.is_empty() || amount.as_str().chars().any(|c| c != '0')
}
