//! The classes of failures, one vocabulary for all: who has to act, and whether waiting helps.

use crate::vocabulary;

vocabulary! {
    /// The class of a failure. Each error type says its class at the place that knows.
    pub enum ErrorClass {
        /// Goes away by itself: a peer is down, slow or restarting. Waiting and trying again is right.
        Transient = "transient";
        /// A peer asked us to slow down.
        Throttled = "throttled";
        /// Log-in, certificate or permission is refused: an operator has to act, all work waits, nothing is lost.
        Auth = "auth";
        /// The content of one dossier is refused: the unit's staff has to act; everything else goes on.
        Rejected = "rejected";
        /// Configuration or mapping is wrong: an operator has to act.
        Config = "config";
        /// dongbo itself is wrong: report it.
        Bug = "bug";
    }
}

vocabulary! {
    /// A reason why sending stopped.
    pub enum Trouble {
        /// The portal does not answer, or answers that it cannot.
        Down = "down";
        /// Log-in or permission is refused.
        Auth = "auth";
        /// The address or service is not there: the configuration is wrong, or the portal has moved.
        Config = "config";
        /// The portal answers in a way that nobody taught us.
        Drift = "drift";
    }
}
