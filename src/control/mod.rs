//! The local socket through which commands act on the running daemon.
//!
//! A connection carries one request and one reply, each one line of JSON. Every user that may write to the socket may ask;
//! the kernel says which user it was.

mod acts;
mod backfill;
mod client;
mod peer;
mod protocol;
mod resend;
mod server;
mod settings;
mod written;

pub use acts::{Control, LevelSetter, Reload};
pub use client::{Client, ClientError};
pub use peer::{caller, user_id};
pub use protocol::{BackfillProgress, Refusal, Reply, Request, Told};
pub use server::{BindError, Socket};
pub use settings::Settings;
