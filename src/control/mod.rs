//! Talking to the running daemon.

mod live;

pub use live::LiveStatus;
