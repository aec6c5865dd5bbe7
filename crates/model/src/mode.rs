//! The two ways to serve a local system: to send, or only to watch.

use crate::vocabulary;

vocabulary! {
    /// The way in which dongbo serves a local system.
    pub enum Mode
    texts {
        /// The name for people.
        text
    }
    {
        /// It sends what the portal lacks.
        Push = "push", ["gửi", "push"];
        /// A vendor's bridge sends; dongbo only compares and explains, and never writes to the portal.
        Watch = "watch", ["chỉ theo dõi", "watch"];
    }
}
