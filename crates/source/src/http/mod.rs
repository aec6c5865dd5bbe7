//! A one-stop system that is read over HTTP. Its lists are gathered into an index, over which the walks of every source go; its
//! dossiers are answers out of which expressions of the mapping make the rows that SQL would give. All behind that is common.

mod client;
mod expression;
mod fault;
mod files;
mod index;
mod listing;
mod office;
mod pager;
mod rows;
mod session;
mod settings;
mod sign_in;
mod template;

pub(crate) use client::ATTEMPTS;
pub(crate) use expression::Expression;
pub use fault::Fault;
pub(crate) use office::Office;
pub use settings::HttpSettings;
pub(crate) use settings::{base_url, is_http_url, plain_host};
pub use sign_in::SignedIn;
pub(crate) use template::{Template, filled};
