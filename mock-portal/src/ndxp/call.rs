//! A request body taken apart: which service, about which dossiers, with which session.

use serde_json::value::RawValue;

use crate::service::Service;
use crate::wire::check::Complaint;
use crate::wire::node::{Members, Node, RawMembers, Text, text_of};
use crate::wire::refusal::{Class, Refusal};

/// The path by which a call came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entrance {
    Auth,
    Integration,
    Share,
    /// In the form of a province's proxy: dossiers.
    ProxyDossiers,
    /// In the form of a province's proxy: steps.
    ProxySteps,
    /// In the form of a province's proxy: a look-up.
    ProxyLookUp,
}

impl Entrance {
    /// Whether the path is of the form of a province's proxy.
    pub(crate) const fn is_proxy(self) -> bool {
        matches!(self, Self::ProxyDossiers | Self::ProxySteps | Self::ProxyLookUp)
    }
}

/// One dossier or step of a batch.
#[derive(Debug)]
pub(crate) struct Item<'a> {
    pub(crate) raw: &'a str,
    pub(crate) members: Members<'a>,
}

impl Item<'_> {
    pub(crate) fn code(&self) -> &str {
        text_of(&self.members, "MaHoSo").unwrap_or_default()
    }
}

/// A request taken apart. `problem` says what could not be understood; the other fields are filled as far as possible,
/// so that the log and the fault rules know the dossiers of the call.
#[derive(Debug, Default)]
pub(crate) struct Call<'a> {
    pub(crate) service: Service,
    pub(crate) username: String,
    pub(crate) password: String,
    pub(crate) session: String,
    pub(crate) unit: String,
    pub(crate) updating: Option<bool>,
    /// What is looked up: `mahoso`, `maTTHC` or `mstorcmnd`.
    pub(crate) key: String,
    pub(crate) items: Vec<Item<'a>>,
    pub(crate) problem: Option<Refusal>,
    /// It came in the form of a province's proxy, which knows no session.
    pub(crate) by_proxy: bool,
}

impl<'a> Call<'a> {
    /// Reads a call in the form of a province's proxy: unit and kind in the query of the address, and a bare array as body.
    pub(crate) fn read_proxy(entrance: Entrance, query: &str, body: &'a [u8]) -> Self {
        let parameter = |wanted: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value)
        };
        let service = match entrance {
            Entrance::ProxyDossiers => Service::Upsert,
            Entrance::ProxySteps => Service::AppendSteps,
            _ => Service::LookUp,
        };
        let unit = parameter("MaDinhDanhDV").unwrap_or_default().to_owned();
        let key = parameter("MaHoSo").unwrap_or_default().to_owned();
        let mut call = Self { service, unit, key, by_proxy: true, ..Self::default() };
        call.updating = match parameter("isUpdating") {
            Some("True") => Some(true),
            Some("False") => Some(false),
            _ => None,
        };
        match serde_json::from_slice(body).map(items) {
            Ok(Ok(items)) => call.items = items,
            Ok(Err(refusal)) => call.problem = Some(refusal),
            Err(_) => {
                call.problem =
                    Some(Refusal::new(Class::Malformed, "Nội dung gửi lên không phải JSON hợp lệ"));
            }
        }
        call
    }

    pub(crate) fn read(entrance: Entrance, body: &'a [u8], strict: bool) -> Self {
        let parsed = std::str::from_utf8(body)
            .map_err(|_| ())
            .and_then(|text| serde_json::from_str::<RawMembers<'a>>(text).map_err(|_| ()));
        let Ok(RawMembers(members)) = parsed else {
            let service = if entrance == Entrance::Auth { Service::Auth } else { Service::Unknown };
            let problem = Some(Refusal::new(Class::Malformed, "Nội dung gửi lên không phải JSON hợp lệ"));
            return Self { service, problem, ..Self::default() };
        };
        let mut call = Self::default();
        match entrance {
            Entrance::Auth => call.service = Service::Auth,
            _ => call.name_service(entrance, &members),
        }
        for (key, value) in &members {
            if let Err(refusal) = call.take(key.as_str(), value, strict) {
                call.problem.get_or_insert(refusal);
            }
        }
        call
    }

    /// The dossiers that the call is about.
    pub(crate) fn dossiers(&self) -> impl Iterator<Item = &str> {
        let looked_up = (self.service == Service::LookUp).then_some(self.key.as_str());
        self.items.iter().map(Item::code).chain(looked_up).filter(|code| !code.is_empty())
    }

    pub(crate) fn steps(&self) -> usize {
        if self.service == Service::AppendSteps { self.items.len() } else { 0 }
    }

    pub(crate) fn is_create(&self) -> bool {
        self.service == Service::Upsert && self.updating == Some(false)
    }

    fn name_service(&mut self, entrance: Entrance, members: &[(Text<'_>, &RawValue)]) {
        let raw = members.iter().find(|(key, _)| key.as_str() == "service").map(|(_, raw)| raw.get());
        let name = raw.and_then(|raw| serde_json::from_str::<Text<'_>>(raw).ok());
        let known = name.as_ref().and_then(|name| Service::from_wire(name.as_str()));
        // Log-in is no service of these paths.
        match known.filter(|service| service.is_ndxp()) {
            Some(service) if entrance == Entrance::Share && !service.is_shared() => {
                self.service = service;
                let message = format!("Dịch vụ {} không có trên đường dẫn này", service.wire_name());
                self.problem = Some(Refusal::new(Class::UnknownService, message));
            }
            Some(service) => self.service = service,
            None => {
                self.problem = Some(Refusal::new(Class::UnknownService, "Trường service không hợp lệ"));
            }
        }
    }

    fn take(&mut self, name: &str, value: &'a RawValue, strict: bool) -> Result<(), Refusal> {
        let target = match (self.service, name) {
            (Service::Auth, "username") => &mut self.username,
            (Service::Auth, "password") => &mut self.password,
            (service, "session") if service != Service::Auth => &mut self.session,
            (service, "madonvi") if service != Service::Auth => &mut self.unit,
            (service, "service") if service != Service::Auth => return Ok(()),
            (Service::LookUp, "mahoso")
            | (Service::Procedure, "maTTHC")
            | (Service::ApplicantCode, "mstorcmnd") => &mut self.key,
            (Service::Upsert, "isUpdating") => {
                self.updating = match text(name, value)?.as_str() {
                    "True" => Some(true),
                    "False" => Some(false),
                    _ => return Err(complain(name, "chỉ nhận False, True")),
                };
                return Ok(());
            }
            (Service::Upsert | Service::AppendSteps | Service::Answers, "data") => {
                self.items = items(value)?;
                return Ok(());
            }
            // What may narrow the list of questions is not published.
            (Service::Unknown | Service::Questions, _) => return Ok(()),
            _ if strict => return Err(complain(name, "không có trong đặc tả")),
            _ => return Ok(()),
        };
        *target = text(name, value)?;
        Ok(())
    }
}

fn complain(name: &str, reason: &str) -> Refusal {
    Refusal::field(&Complaint::new(name, reason))
}

fn text(name: &str, value: &RawValue) -> Result<String, Refusal> {
    serde_json::from_str(value.get()).map_err(|_| complain(name, "phải là chuỗi ký tự"))
}

fn items<'a>(value: &'a RawValue) -> Result<Vec<Item<'a>>, Refusal> {
    let list: Vec<&'a RawValue> =
        serde_json::from_str(value.get()).map_err(|_| complain("data", "phải là mảng"))?;
    let item = |(index, raw): (usize, &'a RawValue)| match serde_json::from_str(raw.get()) {
        Ok(Node::Object(members)) => Ok(Item { raw: raw.get(), members }),
        _ => Err(complain(&format!("data[{index}]"), "phải là đối tượng")),
    };
    list.into_iter().enumerate().map(item).collect()
}
