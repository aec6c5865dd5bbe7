//! The national portal: its two dialects, one session for all workers, and the classification of its answers.

mod answer;
mod call;
mod certificate;
mod charset;
mod classify;
mod client;
mod envelope;
mod error;
mod evaluation;
mod http;
mod items;
mod kept_code;
mod lookup;
mod ndxp;
mod obstacle;
mod outcome;
mod owner_store;
mod parse;
mod portal;
mod proxies;
mod rest;
mod service;
mod session;
mod settings;
mod spelling;
mod tls;
mod transport;
mod trouble;
pub mod trust;
mod unpack;
mod values;
mod verdict;

pub use self::answer::{Answer, ItemVerdict};
pub use self::call::{CallRecord, Observer, Sent};
pub use self::certificate::{certificate_end, certificate_ends};
pub use self::error::PortalError;
pub use self::evaluation::{
    Axis, ChartPoint, CountGroup, CountRow, Department, Evaluation, EvaluationError, Figures, Formality,
    Metric, Odd, OddKind, Page, Published, PublishedRow, RawPage, Topic, UnitScore,
};
pub use self::lookup::{Histories, OwnForm, Seen, StepsSeen};
pub use self::ndxp::{
    CatalogueFields, ListedProcedure, Ndxp, NdxpForm, NdxpSettings, ProcedureDetail, Proxy,
};
pub use self::obstacle::{Obstacle, ProxyFault};
pub use self::outcome::Outcome;
pub use self::owner_store::{OwnerStore, OwnerStoreAddress, OwnerStoreError, Requester, ResultsOfOwner};
pub use self::portal::{Listing, Portal, Reader, Writing};
pub use self::proxies::through;
pub use self::rest::{ApplicantKinds, Content, NotUploaded, Receipt, Rest, RestSettings};
pub use self::service::Service;
pub use self::settings::{Dialect, LookupSettings, Settings};
pub use self::transport::{Body, Fault, Form, NoAnswer, Reply, Request, Transport};
pub use self::trouble::PortalTrouble;
pub use self::verdict::{Verdict, VerdictRule};
