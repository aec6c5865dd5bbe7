//! The one way in which dongbo takes in connections, at whatever address: each is held to the limits of the section
//! `[listeners]`, and above a number of them the one that has waited longest without asking makes room. So clients that
//! say nothing, speak slowly or never read keep nobody else out and use up no files of the process.
//!
//! Time here is the machine's: what a client does is measured, and no test moves a socket's time.

mod accept;
mod door;
mod http;
mod measured;
mod settings;
mod visit;

pub use accept::Accept;
pub use door::Door;
pub use http::{Peer, serve_http, serve_https};
pub use measured::Measured;
pub use settings::{Limits, Settings};
pub use visit::Visit;
