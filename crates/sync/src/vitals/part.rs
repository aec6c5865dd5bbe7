//! The parts of the daemon that work by themselves.

use dongbo_model::vocabulary;

vocabulary! {
    /// A part of the daemon that has to finish work by itself, whatever the others do.
    pub enum Part
    columns {
        /// The work that is missing when the part is.
        doing: &'static str
    }
    {
        /// Polls of the local database, and the campaign for leading; a page or poll that ended, well or not.
        Reading = "reading" => "reading the local database";
        /// Live changes: one was dealt with, or none was found due.
        Live = "live" => "sending";
        /// Retries and backfill, likewise.
        Background = "background" => "sending";
        /// The writer of outcomes of dossiers.
        Settling = "settling" => "sending";
        /// Looks whether the operator has paused sending.
        Pause = "pause" => "sending";
        /// Probes of a stopped portal.
        Probe = "probe" => "sending";
        /// Full sweeps of the local database, page by page.
        Sweep = "sweep" => "reading the local database";
        /// Pages of a backfill.
        Backfill = "backfill" => "reading the local database";
        /// Filling in facts of old dossiers, page by page.
        Facts = "facts" => "filling in facts of old dossiers";
        /// Proofs of the mapping against the local database.
        Mapping = "mapping" => "reading the local database";
        /// Files that are looked at and uploaded, block by block.
        Files = "files" => "bringing files to the portal";
        /// The writer of outcomes of files.
        FileSettling = "file_settling" => "bringing files to the portal";
        /// The pages from which the portal fetches files.
        Serving = "serving" => "bringing files to the portal";
        /// Comparing both sides, call by call.
        Reconcile = "reconcile" => "reconciliation";
        /// Asking a vendor's bridge, request by request.
        Resend = "resend" => "having dossiers sent again";
        /// Fetching the catalogue of procedures, call by call.
        Catalogue = "catalogue" => "fetching the catalogue";
        /// Fetching what the portal publishes, call by call.
        Published = "published" => "fetching published figures";
        /// Summing up the counts of the indicators, some cells at a time.
        Summing = "summing" => "summing up the indicators";
        /// Deleting old history, batch by batch.
        Housekeeping = "housekeeping" => "deleting old history";
    }
}

impl Part {
    /// Whether the daemon is not ready before the part has finished something: reading and both ways of sending.
    #[must_use]
    pub const fn is_vital(self) -> bool {
        matches!(self, Self::Reading | Self::Live | Self::Background)
    }

    /// Whether its work is calls to the portal, so that it rests while sending is stopped.
    #[must_use]
    pub const fn calls_portal(self) -> bool {
        matches!(self, Self::Live | Self::Background | Self::Files | Self::Reconcile | Self::Catalogue)
    }
}
