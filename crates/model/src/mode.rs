//! What dongbo does for a local system: send, or only watch.

use crate::vocabulary;

vocabulary! {
    /// What dongbo does for a local system.
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
