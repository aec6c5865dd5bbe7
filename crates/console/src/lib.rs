//! The console: what the daemon knows, as pages for people. It decides nothing: the verdict, the counts and the words are those of
//! the commands.

pub mod access;
mod api;
mod asked;
mod console;
mod counted;
mod flow;
mod frame;
mod guard;
mod kept;
mod live;
mod pages;
mod parts;
mod settings;
mod tls;

pub use api::description;
pub use console::{Console, InForce, serve};
pub use settings::Settings;
pub use tls::{Entrance, TlsError};
