//! A request of dialect `rest` taken apart.

use serde_json::value::RawValue;

use crate::form::UploadedFile;
use crate::service::Service;
use crate::wire::node::{Members, Node, text_of};
use crate::wire::refusal::{Class, Refusal};

/// One object of a request.
#[derive(Debug)]
pub(crate) struct Item<'a> {
    pub(crate) raw: &'a str,
    pub(crate) members: Members<'a>,
}

impl Item<'_> {
    pub(crate) fn text(&self, name: &str) -> &str {
        text_of(&self.members, name).unwrap_or_default()
    }

    pub(crate) fn code(&self) -> &str {
        self.text("MaHoSo")
    }
}

/// A request taken apart; `problem` says what could not be understood.
#[derive(Debug, Default)]
pub(crate) struct Call<'a> {
    pub(crate) service: Service,
    pub(crate) token: &'a str,
    pub(crate) items: Vec<Item<'a>>,
    pub(crate) file: Option<&'a UploadedFile>,
    pub(crate) problem: Option<Refusal>,
}

impl<'a> Call<'a> {
    pub(crate) fn read(
        service: Service,
        token: Option<&'a str>,
        body: &'a [u8],
        file: Option<&'a UploadedFile>,
    ) -> Self {
        let mut call = Self { service, token: token.unwrap_or_default(), file, ..Self::default() };
        if service == Service::Upload {
            if file.is_none() {
                call.problem = Some(malformed("Nội dung gửi lên không phải biểu mẫu có một tệp `files`"));
            }
            return call;
        }
        match read_items(service, body) {
            Some(items) => call.items = items,
            None => call.problem = Some(malformed("Nội dung gửi lên không phải JSON hợp lệ")),
        }
        call
    }

    /// The dossiers that the call is about, each once.
    pub(crate) fn dossiers(&self) -> Vec<&str> {
        let mut codes: Vec<&str> = Vec::new();
        for code in self.items.iter().map(Item::code).filter(|code| !code.is_empty()) {
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
        codes
    }

    pub(crate) fn steps(&self) -> usize {
        if self.service == Service::Progress { self.items.len() } else { 0 }
    }

    pub(crate) fn is_create(&self) -> bool {
        self.service == Service::HandIn && self.items.iter().all(|item| item.text("IdHoSo").is_empty())
    }
}

fn malformed(message: &str) -> Refusal {
    Refusal::new(Class::Malformed, message)
}

fn read_items(service: Service, body: &[u8]) -> Option<Vec<Item<'_>>> {
    let is_list = matches!(service, Service::SetStatus | Service::Progress);
    let raws: Vec<&RawValue> =
        if is_list { serde_json::from_slice(body).ok()? } else { vec![serde_json::from_slice(body).ok()?] };
    raws.into_iter()
        .map(|raw| match serde_json::from_str(raw.get()) {
            Ok(Node::Object(members)) => Some(Item { raw: raw.get(), members }),
            _ => None,
        })
        .collect()
}
