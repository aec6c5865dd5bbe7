//! The reasons why a file is not on its way now, which waiting or an operator ends. What a person has to see to about one
//! file is a finding.

use crate::vocabulary;

vocabulary! {
    /// A reason why a file is not on its way now.
    pub enum FileTrouble
    texts {
        /// The reason in a sentence.
        text,
        /// The remedy, and whose it is.
        remedy
    }
    columns {
        /// Whether it came of the portal's request for the file, which was announced.
        of_a_fetch: bool
    }
    {
        /// The store is down, away or broken: nothing is said about the file.
        StoreDown = "store_down",
            ["Kho tệp không đọc được.", "The file store cannot be read."],
            ["Quản trị kiểm tra kho tệp; tệp được tự thử lại.", "The operator checks the store; the file is tried again by itself."] => false;
        /// The store does not go on.
        StoreSlow = "store_slow",
            ["Kho tệp không trả lời kịp.", "The file store does not answer in time."],
            ["Quản trị xem tải của kho hoặc tăng timeout trong tệp ánh xạ; tệp được tự thử lại.", "The operator checks its load, or raises timeout in the mapping file; the file is tried again by itself."] => false;
        /// The store asks to be asked less.
        StoreThrottled = "store_throttled",
            ["Kho tệp yêu cầu giảm tần suất truy cập.", "The file store asks for fewer requests."],
            ["Tệp được tự thử lại; nếu kéo dài, quản trị giảm files.concurrency.", "The file is tried again by itself; if it goes on, the operator lowers files.concurrency."] => false;
        /// The settings or credentials of the store do not fit.
        StoreSettings = "store_settings",
            ["Cấu hình kho tệp không dùng được.", "The settings of the file store cannot be used."],
            ["Quản trị sửa [files.*] trong tệp ánh xạ, xem nhật ký files.failed.", "The operator corrects [files.*] of the mapping file; see files.failed in the log."] => false;
        /// The local database, in which the files stand, cannot be asked.
        LocalDatabase = "local_database",
            ["Không hỏi được cơ sở dữ liệu một cửa về tệp.", "The local database cannot be asked for the file."],
            ["Quản trị kiểm tra cơ sở dữ liệu; tệp được tự thử lại.", "The operator checks the database; the file is tried again by itself."] => false;
        /// Something about this one file, which becomes a finding when it lasts.
        OneFile = "one_file",
            ["Chưa đọc được tệp này.", "This file could not be read."],
            ["Được thử lại vài lần, sau đó thành một phát hiện.", "It is tried a few times more, and then becomes a finding."] => false;
        /// The portal did not take an upload.
        NotUploaded = "not_uploaded",
            ["Cổng chưa nhận tệp tải lên.", "The portal has not accepted the upload."],
            ["Tệp được tự gửi lại.", "The file is sent again by itself."] => false;
        /// The portal came and was asked to come again, because it came for more than is served.
        ServingLimit = "serving_limit",
            ["Cổng đến tải tệp nhưng bị hẹn lại vì vượt giới hạn phục vụ.", "The portal came for the file and was asked to try again later: the serving limit is reached."],
            ["Quản trị tăng files.serve_per_second, files.serve_concurrency hoặc files.serve_bytes_per_second.", "The operator raises files.serve_per_second, files.serve_concurrency or files.serve_bytes_per_second."] => true;
        /// The portal came, and the store, the local database or the ledger did not give the file.
        NotGiven = "not_given",
            ["Cổng đến tải tệp nhưng kho tệp hoặc cơ sở dữ liệu không đưa ra được.", "The portal came for the file, and its store or the database could not deliver it."],
            ["Quản trị kiểm tra kho tệp và nhật ký files.not_served.", "The operator checks the store, and files.not_served in the log."] => true;
        /// The portal came, and went away before the end of the file.
        BrokenOff = "broken_off",
            ["Cổng đến tải tệp nhưng bỏ dở giữa chừng.", "The portal came for the file and broke the transfer off."],
            ["Quản trị kiểm tra thời hạn của proxy và đường truyền trước files.listen.", "The operator checks the timeouts of the proxy before files.listen, and the network connection."] => true;
    }
}
