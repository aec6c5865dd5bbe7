//! What people are told without asking: a bulletin at a set time, and alerts on what has to be acted on, by e-mail, webhooks and files.
//!
//! Nothing is queued. The ledger keeps what each way was told; what it was not told yet is put together when it is sent, so that a
//! message is never older than its sending, and whatever gathered while a way was down is one message.

mod alert;
mod bulletin;
mod error;
mod markup;
mod memory;
mod message;
mod quiet;
mod settings;
mod telling;
mod way;
mod ways;
mod worker;

pub use alert::{Alert, AlertKind, standing};
pub use bulletin::{Basis, Bulletin, Held, Numbers, NumbersError, Score};
pub use error::SendError;
pub use markup::plain;
pub use memory::{Failing, Memory, Told};
pub use message::{Line, Message, Occasion, Section};
pub use quiet::{QuietHours, QuietHoursError};
pub use settings::Settings;
pub use telling::{Number, Teller};
pub use way::{Security, Way, WayKind};
pub use ways::{knock, read, send};
pub use worker::Messenger;
