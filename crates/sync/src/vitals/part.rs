//! The parts of the daemon that work by themselves.

use dongbo_model::vocabulary;

vocabulary! {
    /// A part of the daemon that has to finish work by itself, whatever the others do.
    pub enum Part
    texts {
        /// The name for people.
        text
    }
    columns {
        /// The work that is missing when the part is.
        doing: &'static str
    }
    {
        /// Polls of the local database, and the campaign for leading; a page or poll that ended, well or not.
        Reading = "reading", ["Đọc một cửa", "Reading the local database"] => "reading the local database";
        /// Live changes: one was dealt with, or none was found due.
        Live = "live", ["Gửi thay đổi mới", "Sending live changes"] => "sending";
        /// Retries and backfill, likewise.
        Background = "background", ["Gửi lại và tồn đọng", "Sending retries and backfill"] => "sending";
        /// The writer of outcomes of dossiers.
        Settling = "settling", ["Ghi kết quả gửi", "Writing outcomes"] => "sending";
        /// Looks whether the operator has paused sending.
        Pause = "pause", ["Theo dõi lệnh tạm dừng", "Watching for a pause"] => "sending";
        /// Probes of a stopped portal.
        Probe = "probe", ["Thử lại Cổng", "Probing the portal"] => "sending";
        /// Full sweeps of the local database, page by page.
        Sweep = "sweep", ["Rà soát một cửa", "Sweep"] => "reading the local database";
        /// Pages of a backfill.
        Backfill = "backfill", ["Đồng bộ bù", "Backfill"] => "reading the local database";
        /// Filling in facts of old dossiers, page by page.
        Facts = "facts", ["Bổ sung số liệu hồ sơ cũ", "Facts of old dossiers"] => "filling in facts of old dossiers";
        /// Proofs of the mapping against the local database.
        Mapping = "mapping", ["Kiểm tra tệp ánh xạ", "Proving the mapping"] => "reading the local database";
        /// Files that are looked at and uploaded, block by block.
        Files = "files", ["Chuyển tệp", "Delivering files"] => "bringing files to the portal";
        /// The writer of outcomes of files.
        FileSettling = "file_settling", ["Ghi kết quả chuyển tệp", "Writing outcomes of files"] => "bringing files to the portal";
        /// The pages from which the portal fetches files.
        Serving = "serving", ["Cho Cổng tải tệp", "Serving files to the portal"] => "bringing files to the portal";
        /// Comparing both sides, call by call.
        Reconcile = "reconcile", ["Đối chiếu hai bên", "Reconciliation"] => "reconciliation";
        /// Working off an order to send dossiers again.
        Resend = "resend", ["Gửi lại theo lệnh", "Sending again by order"] => "having dossiers sent again";
        /// Fetching the catalogue of procedures, call by call.
        Catalogue = "catalogue", ["Tải danh mục thủ tục", "Fetching the catalogue"] => "fetching the catalogue";
        /// Fetching what the portal publishes, call by call.
        Published = "published", ["Tải số liệu Cổng công bố", "Fetching published figures"] => "fetching published figures";
        /// Looking into the stores of owners, dossier by dossier.
        OwnerStore = "owner_store", ["Tra kho của chủ hồ sơ", "Looking into owners' stores"] => "looking into owners' stores";
        /// Summing up the counts of the indicators, some cells at a time.
        Summing = "summing", ["Tính các chỉ số", "Summing up the indicators"] => "summing up the indicators";
        /// Drawing up reports, one at a time.
        Reports = "reports", ["Lập báo cáo", "Drawing up reports"] => "drawing up reports";
        /// Telling people, message by message.
        Notifying = "notifying", ["Báo tin", "Telling people"] => "telling people";
        /// Deleting old history, batch by batch.
        Housekeeping = "housekeeping", ["Dọn diễn biến cũ", "Deleting old history"] => "deleting old history";
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
