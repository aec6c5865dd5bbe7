//! A finding: something about one dossier that a person has to see to, without personal data.

use std::borrow::Cow;

use crate::field::Field;
use crate::invisible;
use crate::lang::Lang;
use crate::vocabulary;

vocabulary! {
    /// A kind of finding: what is wrong.
    pub enum FindingKind
    texts {
        /// The kind in a line, with `{}` in the place of what it is about.
        line,
        /// The meaning in a sentence.
        meaning,
        /// The remedy, for the unit's staff; empty when the meaning says it all.
        cure
    }
    {
        /// A local row has no dossier code.
        MissingCode = "missing_code",
            ["Hồ sơ chưa có mã", "A dossier has no code"],
            ["Hồ sơ chưa có mã.", "The dossier has no code yet."],
            ["Cấp mã hồ sơ trong hệ thống một cửa.", "Give it one in the one-stop system."];
        /// A field that the portal requires is empty.
        MissingField = "missing_field",
            ["Thiếu {}", "Empty: {}"],
            ["Thiếu trường bắt buộc.", "A required field is empty."],
            ["Bổ sung trong hệ thống một cửa.", "Enter it in the one-stop system."];
        /// The vendor's status is not in the mapping.
        UnmappedStatus = "unmapped_status",
            ["Trạng thái {} chưa có ánh xạ", "Status {} has no mapping"],
            ["Trạng thái chưa có ánh xạ.", "The status has no mapping."],
            ["Thêm vào bảng [status] của tệp ánh xạ.", "Add it to [status] of the mapping file."];
        /// The local procedure is not in the mapping.
        UnmappedProcedure = "unmapped_procedure",
            ["Thủ tục {} chưa có ánh xạ", "Procedure {} has no mapping"],
            ["Thủ tục chưa có ánh xạ.", "The procedure has no mapping."],
            ["Thêm vào bảng [procedure] của tệp ánh xạ.", "Add it to [procedure] of the mapping file."];
        /// The local unit is not in the mapping.
        UnmappedUnit = "unmapped_unit",
            ["Đơn vị {} chưa có ánh xạ", "Unit {} has no mapping"],
            ["Đơn vị chưa có ánh xạ.", "The unit has no mapping."],
            ["Thêm vào bảng [unit] của tệp ánh xạ.", "Add it to [unit] of the mapping file."];
        /// The local code of a result is not in the mapping.
        UnmappedResultCode = "unmapped_result_code",
            ["Mã kết quả {} chưa có ánh xạ", "Result code {} has no mapping"],
            ["Mã giấy tờ kết quả chưa có ánh xạ.", "The code of a result has no mapping."],
            ["Thêm vào bảng [result_code] của tệp ánh xạ.", "Add it to [result_code] of the mapping file."];
        /// The local code of a component is not in the mapping.
        UnmappedComponentCode = "unmapped_component_code",
            ["Mã thành phần hồ sơ {} chưa có ánh xạ", "Component code {} has no mapping"],
            ["Mã thành phần hồ sơ chưa có ánh xạ.", "The code of a component has no mapping."],
            ["Thêm vào bảng [component_code] của tệp ánh xạ.", "Add it to [component_code] of the mapping file."];
        /// A date cannot be read, is a placeholder, or is not plausible.
        BadDate = "bad_date",
            ["Ngày không hợp lệ: {}", "Invalid date: {}"],
            ["Ngày không đọc được, là ngày thay cho ô trống, hoặc ngoài khoảng hợp lý.", "A date cannot be read, is a placeholder, or is not plausible."],
            ["Sửa trong hệ thống một cửa hoặc tệp ánh xạ.", "Correct it in the one-stop system or the mapping file."];
        /// A text is longer than the portal accepts.
        TooLong = "too_long",
            ["Nội dung quá dài: {}", "Text too long: {}"],
            ["Nội dung dài hơn giới hạn của Cổng.", "A text is longer than the portal accepts."],
            ["Rút gọn trong hệ thống một cửa.", "Shorten it in the one-stop system."];
        /// The dossier is larger than dongbo reads.
        TooLarge = "too_large",
            ["Hồ sơ lớn hơn mức dongbo đọc: {}", "The dossier is larger than dongbo reads: {}"],
            ["Hồ sơ lớn hơn mức dongbo đọc (1 MiB chữ, tính cả các danh sách).", "The dossier is larger than dongbo reads (1 MiB of text, its lists included)."],
            ["Tìm ô ghi chú hoặc danh sách dài bất thường trong hệ thống một cửa và rút gọn.", "Look in the one-stop system for a note or a list of unusual length, and shorten it."];
        /// A text is not UTF-8.
        BadText = "bad_text",
            ["Sai mã ký tự: {}", "Not UTF-8: {}"],
            ["Nội dung sai mã ký tự (không phải UTF-8).", "A text is not UTF-8."],
            ["Nhập lại trong hệ thống một cửa.", "Enter it again in the one-stop system."];
        /// A value is none of those that the portal knows.
        BadValue = "bad_value",
            ["Giá trị không hợp lệ: {}", "Invalid value: {}"],
            ["Giá trị không hợp lệ.", "A value is not valid."],
            ["Sửa trong hệ thống một cửa hoặc tệp ánh xạ.", "Correct it in the one-stop system or the mapping file."];
        /// Two local rows have the same dossier code.
        DuplicateCode = "duplicate_code",
            ["Nhiều bản ghi trùng mã {}", "Several rows have the code {}"],
            ["Nhiều bản ghi trùng một mã hồ sơ.", "Several rows have one dossier code."],
            ["Sửa trong hệ thống một cửa.", "Correct them in the one-stop system."];
        /// A list of the dossier has one row twice, as a join that doubles rows gives it.
        DuplicateRows = "duplicate_rows",
            ["Có dòng trùng: {}", "Duplicate rows: {}"],
            ["Danh sách của hồ sơ có dòng trùng nhau; nếu gửi, Cổng sẽ hiện hai lần.", "A list of the dossier has duplicate rows; the portal would show them twice."],
            ["Sửa câu SQL trong tệp ánh xạ (JOIN nhân đôi dòng), hoặc xóa dòng trùng ở một cửa.", "Correct the SQL in the mapping file (a join doubles rows), or remove the row in the one-stop system."];
        /// Steps that the portal already shows were changed locally; the portal only appends.
        StepsRewritten = "steps_rewritten",
            ["Bước đã gửi bị sửa lại", "Steps already sent were rewritten"],
            ["Quá trình xử lý đã gửi bị sửa lại; Cổng chỉ nhận thêm bước mới.", "Steps already sent were rewritten; the portal only appends."],
            ["", ""];
        /// The portal shows steps that the local history does not have, or has them twice.
        StepsDiffer = "steps_differ",
            ["Các bước trên Cổng khác với một cửa", "The portal's steps differ"],
            ["Quá trình xử lý trên Cổng khác với hệ thống một cửa: có yêu cầu đến muộn hoặc bị gửi lặp trên đường, hoặc nơi khác ghi thêm.", "The portal's steps differ from the one-stop system's: a request landed late or was repeated on its way, or somebody else added some."],
            ["So các bước ở hai bên (dongbo why). Cổng xóa bước thừa, hoặc chấp nhận như đang có: dongbo accept-steps.", "Compare both sides (dongbo why). The portal removes what is too much, or accept it as it is: dongbo accept-steps."];
        /// The new status cannot follow the one that the portal accepted.
        StatusLeap = "status_leap",
            ["Trạng thái nhảy bước ({})", "Unexpected change of status ({})"],
            ["Trạng thái mới không thể đi sau trạng thái Cổng đã nhận.", "The new status cannot follow the one that the portal accepted."],
            ["Cần kiểm tra.", "Check it."];
        /// The mapping says that a dossier at this status is not sent.
        NotForPortal = "not_for_portal",
            ["Không gửi ở trạng thái {}", "Not sent at status {}"],
            ["Theo tệp ánh xạ, hồ sơ ở trạng thái này không gửi lên Cổng.", "By the mapping, a dossier at this status is not sent to the portal."],
            ["Hồ sơ tự gửi khi trạng thái đổi; nếu phải gửi, sửa bảng [status] của tệp ánh xạ.", "It is sent once its status changes; if it has to be sent now, correct [status] of the mapping file."];
        /// The dossier is no longer in the local database.
        DeletedLocally = "deleted_locally",
            ["Đã mất ở một cửa, còn trên Cổng", "Gone locally, still on the portal"],
            ["Hồ sơ không còn trong hệ thống một cửa nhưng vẫn còn trên Cổng.", "The dossier is gone from the one-stop system and still on the portal."],
            ["", ""];
        /// The queries that find dossiers give the code, and the one that reads dossiers does not.
        NotReadable = "not_readable",
            ["[dossiers] không trả về hồ sơ", "[dossiers] does not give the dossier"],
            ["[changed] hoặc [sweep] có mã này nhưng [dossiers] không trả về hồ sơ.", "[changed] or [sweep] gives this code, and [dossiers] gives no dossier for it."],
            ["Sửa phép nối, điều kiện hoặc cột code của [dossiers] trong tệp ánh xạ.", "Correct the joins, the condition or the column code of [dossiers] in the mapping file."];
        /// The query for everything does not give the dossier, and the one that reads dossiers does.
        NotSwept = "not_swept",
            ["[sweep] không có hồ sơ", "[sweep] does not give the dossier"],
            ["[dossiers] đọc được hồ sơ nhưng [sweep] không đưa ra: thay đổi của hồ sơ có thể bị bỏ sót.", "[dossiers] reads the dossier, and [sweep] does not give it: changes of it may be missed."],
            ["Sửa điều kiện của [sweep] trong tệp ánh xạ cho khớp với [dossiers].", "Correct the condition of [sweep] in the mapping file, so that it agrees with [dossiers]."];
        /// A row has no key or no time of change by which it could be found among the changes.
        BadRow = "bad_row",
            ["Không theo dõi được thay đổi vì {}", "Changes cannot be followed because of {}"],
            ["Dòng dữ liệu thiếu hoặc sai cột này; hồ sơ vẫn gửi, nhưng thay đổi chỉ thấy khi rà soát một cửa.", "The row has no valid value in this column; the dossier is sent, and its changes are seen by the sweep only."],
            ["Sửa dữ liệu, hoặc sửa cột key, changed_at trong tệp ánh xạ.", "Correct the row, or the columns key and changed_at in the mapping file."];
        /// Another source gives the dossier as well; it is read from the one that comes first.
        GivenTwice = "given_twice",
            ["Nguồn {} cũng có hồ sơ này", "The source {} gives this dossier too"],
            ["Hai nguồn cùng có một mã hồ sơ; chỉ gửi theo nguồn đứng trước.", "Two sources have one dossier code; it is sent as the first of them has it."],
            ["Bỏ hồ sơ ở một nguồn, chia đơn vị bằng units, hoặc đổi thứ tự bằng precedence.", "Remove it from one of them, divide the units between them (units), or change their order (precedence)."];
        /// The portal's catalogue does not have the procedure.
        UnknownProcedure = "unknown_procedure",
            ["Danh mục của Cổng không có thủ tục {}", "The portal's catalogue lacks procedure {}"],
            ["Danh mục của Cổng không có mã thủ tục này.", "The portal's catalogue lacks this procedure."],
            ["Sửa mã quốc gia trong bảng [procedure]; khi Cổng có mã, hồ sơ tự gửi.", "Correct its code in [procedure]; once there, it is sent."];
        /// The portal's catalogue does not list the result's code for the procedure.
        UnknownResultCode = "unknown_result_code",
            ["Danh mục của Cổng không có mã kết quả này của thủ tục: {}", "The portal's catalogue lacks this result of the procedure: {}"],
            ["Danh mục của Cổng không có mã kết quả này cho thủ tục.", "The portal's catalogue does not list this code among the procedure's results."],
            ["Sửa mã quốc gia trong bảng [result_code] (dongbo catalogue list --json: các mã của Cổng).", "Correct its national code in [result_code] (dongbo catalogue list --json has the portal's codes)."];
        /// The portal's catalogue does not list the component's code for the procedure.
        UnknownComponentCode = "unknown_component_code",
            ["Danh mục của Cổng không có mã thành phần này của thủ tục: {}", "The portal's catalogue lacks this component of the procedure: {}"],
            ["Danh mục của Cổng không có mã thành phần hồ sơ này cho thủ tục.", "The portal's catalogue does not list this code among the procedure's components."],
            ["Sửa mã quốc gia trong bảng [component_code] (dongbo catalogue list --json: các mã của Cổng).", "Correct its national code in [component_code] (dongbo catalogue list --json has the portal's codes)."];
        /// Neither the mapping nor the portal's catalogue has the procedure's national name and field.
        UnnamedProcedure = "unnamed_procedure",
            ["Chưa biết tên hoặc lĩnh vực của thủ tục {}", "Name or field of procedure {} is not known"],
            ["Chưa biết tên hoặc lĩnh vực quốc gia của thủ tục.", "The procedure's national name or field is unknown."],
            ["Điền vào [procedure] hoặc chờ danh mục của Cổng.", "Enter it in [procedure], or wait for the catalogue."];
        /// The portal refused the content.
        Refused = "refused",
            ["Cổng từ chối {}", "The portal refuses {}"],
            ["Cổng từ chối nội dung hồ sơ.", "The portal refused the content."],
            ["Xem lý do của Cổng, sửa rồi hồ sơ tự gửi lại.", "See its reason; once corrected, it is sent again."];
        /// The portal says again and again that the dossier exists, and its look-up does not show it.
        ExistsElsewhere = "exists_elsewhere",
            ["Cổng báo đã tồn tại nhưng tra cứu không thấy", "The portal reports that it exists, but does not show it"],
            ["Cổng báo hồ sơ đã tồn tại nhưng tra cứu không thấy; có thể mã này thuộc đơn vị khác.", "The portal reports that the dossier exists, but does not show it; the code may belong to another unit."],
            ["Hỏi Cổng mã này của ai, sửa mã rồi dùng dongbo retry.", "Ask the portal whose code it is, correct it, then run dongbo retry."];
        /// The portal has answered writes of the same content several times within a day and does not show it.
        WrittenOften = "written_often",
            ["Đã gửi nhiều lần mà Cổng không hiển thị đúng ({})", "Sent several times and not shown as sent ({})"],
            ["Đã gửi cùng một nội dung nhiều lần trong ngày mà Cổng không hiển thị đúng.", "The same content was sent several times in a day, and the portal does not show it as sent."],
            ["Báo Cổng; khi Cổng đã sửa, dùng dongbo retry.", "Report it to the portal; once it is corrected there, run dongbo retry."];
        /// The portal keeps some texts in a form of its own.
        PortalsOwnForm = "portals_own_form",
            ["Cổng lưu {} theo cách viết riêng", "The portal stores {} in a form of its own"],
            ["Cổng đã nhận nhưng lưu một số trường theo cách viết riêng.", "The portal accepted it and stores some fields in a form of its own."],
            ["Không cần làm gì.", "Nothing needs to be done."];
        /// A file that the dossier lists is not in its store.
        FileMissing = "file_missing",
            ["Không tìm thấy tệp trong kho", "The file is not in its store"],
            ["Không tìm thấy tệp trong kho.", "The file is not in its store."],
            ["Đính kèm lại tệp trong hệ thống một cửa.", "Attach it again in the one-stop system."];
        /// A file has no bytes.
        FileEmpty = "file_empty",
            ["Tệp rỗng", "The file is empty"],
            ["Tệp rỗng.", "The file is empty."],
            ["Quét hoặc xuất lại rồi đính kèm lại.", "Scan or export it again and attach it again."];
        /// A file is larger than is taken.
        FileTooLarge = "file_too_large",
            ["Tệp lớn hơn giới hạn", "The file is larger than the limit"],
            ["Tệp lớn hơn giới hạn.", "The file is larger than the limit."],
            ["Quét với độ phân giải thấp hơn hoặc tách tệp rồi đính kèm lại.", "Scan it at a lower resolution, or split it, and attach it again."];
        /// A file's bytes are of another kind than its name says.
        FileKindMismatch = "file_kind_mismatch",
            ["Nội dung tệp không đúng với đuôi tên tệp", "The content of the file does not match the extension of its name"],
            ["Nội dung tệp không đúng với đuôi tên tệp.", "The content of the file does not match the extension of its name."],
            ["Mở tệp, lưu đúng định dạng rồi đính kèm lại.", "Open it, save it in the right format and attach it again."];
        /// A file is of a kind that is not taken.
        FileKindNotAllowed = "file_kind_not_allowed",
            ["Tệp không thuộc định dạng được nhận", "Files of this kind are not accepted"],
            ["Tệp không thuộc định dạng được nhận.", "Files of this kind are not accepted."],
            ["Lưu thành PDF rồi đính kèm lại.", "Save it as PDF and attach it again."];
        /// A file breaks off before its end.
        FileCutOff = "file_cut_off",
            ["Tệp bị cắt, thiếu phần cuối", "The end of the file is missing"],
            ["Tệp bị cắt, thiếu phần cuối.", "The end of the file is missing."],
            ["Quét hoặc sao chép lại cho đủ rồi đính kèm lại.", "Scan or copy it again in full and attach it again."];
        /// An attachment that cannot be read as a file.
        FileUnreadable = "file_unreadable",
            ["Nội dung đính kèm không đọc được như một tệp", "What is attached cannot be read as a file"],
            ["Nội dung đính kèm không đọc được như một tệp.", "What is attached cannot be read as a file."],
            ["Gỡ ra và đính kèm lại tệp.", "Remove it and attach the file again."];
        /// The portal refused a file.
        FileRefused = "file_refused",
            ["Cổng từ chối tệp", "The portal refused the file"],
            ["Cổng từ chối tệp.", "The portal refused the file."],
            ["Xem lý do của Cổng, thay tệp rồi tệp tự gửi lại.", "See its reason; once replaced, it is sent again."];
        /// The store does not let dongbo read a file.
        FileDenied = "file_denied",
            ["Kho không cho dongbo đọc tệp", "The store does not let dongbo read the file"],
            ["Kho không cho dongbo đọc tệp.", "The store does not let dongbo read the file."],
            ["Quản trị cấp quyền đọc tệp cho dongbo ở kho.", "The operator gives dongbo the right to read it in the store."];
        /// The store sends a request for a file to where it may not go.
        FileRedirected = "file_redirected",
            ["Kho chuyển hướng tệp đến nơi không được phép", "The store redirects the file to a host that is not allowed"],
            ["Kho chuyển hướng tệp đến nơi không được phép.", "The store redirects the file to a host that is not allowed."],
            ["Quản trị đặt base_url đúng nơi có tệp, hoặc thêm máy chủ vào redirect_hosts của tệp ánh xạ.", "The operator sets base_url to where the files are, or names the host in redirect_hosts of the mapping file."];
        /// The store answers with something other than the file.
        FileBadAnswer = "file_bad_answer",
            ["Kho trả lời không phải là tệp", "The store answers with something other than the file"],
            ["Kho trả lời không phải là tệp: trang đăng nhập, thông báo lỗi hoặc mã lạ.", "The store answers with something other than the file: a log-in page, an error, or an unknown status."],
            ["Quản trị mở thử tệp ở kho, rồi báo đơn vị vận hành kho.", "The operator tries the file in the store, and reports it to the operator of the store."];
        /// The store never gives a file to its end, or gives other bytes each time.
        FileUnsteady = "file_unsteady",
            ["Kho không đưa đủ tệp, hoặc tệp đổi trong khi đọc", "The store does not deliver the whole file, or the file changes while it is read"],
            ["Kho không đưa đủ tệp, hoặc tệp đổi trong khi đọc.", "The store does not deliver the whole file, or the file changes while it is read."],
            ["Quản trị kiểm tra tệp ở kho; nếu kho bị hỏng tệp, đơn vị đính kèm lại.", "The operator checks the file in the store; where it is damaged there, the unit attaches it again."];
        /// The portal came for a file several times, and was asked to come again each time.
        FileServingLimit = "file_serving_limit",
            ["Cổng đến tải tệp nhưng bị hẹn lại vì vượt giới hạn phục vụ", "The portal came for the file and was asked to try again later: the serving limit is reached"],
            ["Cổng đến tải tệp nhưng bị hẹn lại vì vượt giới hạn phục vụ.", "The portal came for the file and was asked to try again later: the serving limit is reached."],
            ["Quản trị tăng files.serve_per_second, files.serve_concurrency hoặc files.serve_bytes_per_second.", "The operator raises files.serve_per_second, files.serve_concurrency or files.serve_bytes_per_second."];
        /// The portal came for a file, and its store or a database did not give it.
        FileNotGiven = "file_not_given",
            ["Cổng đến tải tệp nhưng kho hoặc cơ sở dữ liệu không đưa ra được", "The portal came for the file, and its store or the database could not deliver it"],
            ["Cổng đến tải tệp nhưng kho hoặc cơ sở dữ liệu không đưa ra được.", "The portal came for the file, and its store or the database could not deliver it."],
            ["Quản trị kiểm tra kho tệp và nhật ký files.not_served.", "The operator checks the store, and files.not_served in the log."];
        /// The portal came for a file several times and broke the transfer off.
        FileBrokenOff = "file_broken_off",
            ["Cổng đến tải tệp nhưng bỏ dở giữa chừng", "The portal came for the file and broke the transfer off"],
            ["Cổng đến tải tệp nhưng bỏ dở giữa chừng.", "The portal came for the file and broke the transfer off."],
            ["Quản trị kiểm tra thời hạn của proxy và đường truyền trước files.listen.", "The operator checks the timeouts of the proxy before files.listen, and the network connection."];
        /// The portal was told of a file several times and has not fetched it.
        FileNotFetched = "file_not_fetched",
            ["Cổng chưa tải tệp dù đã được báo nhiều lần", "The portal was told of the file several times and has not fetched it"],
            ["Cổng chưa tải tệp dù đã được báo nhiều lần.", "The portal was told of the file several times and has not fetched it."],
            ["Quản trị kiểm tra đường từ Cổng đến files.public_url.", "The operator checks the way from the portal to files.public_url."];
    }
}

vocabulary! {
    /// A part of a dossier that the portal can refuse by itself.
    pub enum RefusedPart
    texts {
        /// The name within a sentence.
        text
    }
    {
        /// Everything but the steps.
        Content = "content", ["nội dung hồ sơ", "the content"];
        /// The processing steps.
        Steps = "steps", ["các bước", "the steps"];
    }
}

impl FindingKind {
    /// Whether the dossier waits for a person. A finding that does not hold is shown, and the dossier goes on, or rests as the
    /// mapping says.
    #[must_use]
    pub const fn holds(self) -> bool {
        !matches!(
            self,
            Self::StatusLeap
                | Self::BadRow
                | Self::NotSwept
                | Self::GivenTwice
                | Self::PortalsOwnForm
                | Self::NotForPortal
        ) && !self.is_of_file()
    }

    /// Whether it is about one file: then that file waits, and its dossier goes on without it.
    #[must_use]
    pub const fn is_of_file(self) -> bool {
        matches!(
            self,
            Self::FileMissing
                | Self::FileEmpty
                | Self::FileTooLarge
                | Self::FileKindMismatch
                | Self::FileKindNotAllowed
                | Self::FileCutOff
                | Self::FileUnreadable
                | Self::FileRefused
                | Self::FileDenied
                | Self::FileRedirected
                | Self::FileBadAnswer
                | Self::FileUnsteady
                | Self::FileServingLimit
                | Self::FileNotGiven
                | Self::FileBrokenOff
                | Self::FileNotFetched
        )
    }

    /// Whether its detail is what the portal said, which tells one cause from another. A detail of our own, such as a length,
    /// does not.
    #[must_use]
    pub const fn has_portal_words(self) -> bool {
        matches!(self, Self::Refused | Self::ExistsElsewhere | Self::FileRefused)
    }

    /// Whether its subject is a list or column of the mapping.
    #[must_use]
    pub const fn is_of_field(self) -> bool {
        matches!(
            self,
            Self::MissingField
                | Self::BadDate
                | Self::TooLong
                | Self::TooLarge
                | Self::BadText
                | Self::BadValue
                | Self::DuplicateRows
                | Self::BadRow
        )
    }

    /// The meaning and the remedy, in whole sentences.
    #[must_use]
    pub fn explanation(self, lang: Lang) -> String {
        format!("{} {}", self.meaning(lang), self.cure(lang)).trim_end().to_owned()
    }

    /// The remedy; the meaning when that says it all.
    #[must_use]
    pub const fn remedy(self, lang: Lang) -> &'static str {
        let cure = self.cure(lang);
        if cure.is_empty() { self.meaning(lang) } else { cure }
    }

    /// The kind in a line, with its subject, and with the mapping's own name for that where it has one.
    #[must_use]
    pub fn line_for_operator(self, lang: Lang, subject: &str) -> String {
        let line = self.line_about(lang, subject);
        let named = self.is_of_field() && Field::from_name(subject).is_some();
        if named { format!("{line} [{subject}]") } else { line }
    }

    /// The kind in a line, with its subject.
    #[must_use]
    pub fn line_about(self, lang: Lang, subject: &str) -> String {
        let line = self.line(lang);
        if self.is_of_file() {
            // The role, the code that its unit knows it by, and what tells it from its siblings.
            return match subject.split(':').nth(1) {
                Some(code) if !code.is_empty() => format!("{line} ({code})"),
                _ => line.to_owned(),
            };
        }
        if subject.is_empty() && line.contains("{}") {
            return self.meaning(lang).trim_end_matches('.').to_owned();
        }
        let about = match self {
            Self::Refused => refused(lang, subject),
            _ if self.is_of_field() => {
                Cow::Borrowed(Field::from_name(subject).map_or(subject, |field| field.text(lang)))
            }
            _ => Cow::Borrowed(subject),
        };
        line.replace("{}", &about)
    }
}

/// The part that was refused, and the portal's code for it.
fn refused(lang: Lang, subject: &str) -> Cow<'_, str> {
    let (part, code) = subject.split_once(':').unwrap_or((subject, ""));
    let part = RefusedPart::from_name(part).map_or(part, |part| part.text(lang));
    match (code, lang) {
        ("", _) => Cow::Borrowed(part),
        (code, Lang::Vi) => Cow::Owned(format!("{part}, mã {code}")),
        (code, Lang::En) => Cow::Owned(format!("{part}, code {code}")),
    }
}

/// One finding about one dossier.
///
/// `subject` and `detail` never hold personal data: they name fields, codes and lengths, not what a citizen wrote.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The kind of the finding.
    pub kind: FindingKind,
    /// The thing it is about: a field, a vendor's status code, a procedure's code.
    pub subject: String,
    /// The evidence in a few words: a length, a limit, the portal's masked words.
    pub detail: String,
}

impl Finding {
    /// A finding of `kind` about `subject`. Characters that nobody sees are written out in both texts, and what is longer than any
    /// name or sentence is cut.
    #[must_use]
    pub fn new(kind: FindingKind, subject: impl Into<String>, detail: impl Into<String>) -> Self {
        let shown = |text: String, most| {
            let text = cut(text, most);
            match invisible::shown(&text) {
                Cow::Borrowed(_) => text,
                Cow::Owned(shown) => shown,
            }
        };
        Self {
            kind,
            subject: shown(subject.into(), LONGEST_SUBJECT),
            detail: shown(detail.into(), LONGEST_DETAIL),
        }
    }
}

/// The longest subject, in bytes. The longest code of a vendor has some twenty.
const LONGEST_SUBJECT: usize = 400;
/// The longest detail, in bytes; the portal's words in it have 500 characters.
const LONGEST_DETAIL: usize = 4_000;

/// A text of at most `most` bytes, with a mark where it was cut.
fn cut(mut text: String, most: usize) -> String {
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Finding, FindingKind};
    use crate::Lang::{self, En, Vi};

    #[test]
    fn a_refusal_is_told_with_what_was_refused_and_the_portals_code() {
        let told = |lang, subject| FindingKind::Refused.line_about(lang, subject);
        assert_eq!(told(Vi, "steps:-7"), "Cổng từ chối các bước, mã -7");
        assert_eq!(told(En, "content:"), "The portal refuses the content");
    }

    #[test]
    fn a_cause_of_several_dossiers_has_a_line_without_what_is_their_own() {
        let told = FindingKind::DuplicateCode.line_about(Vi, "");
        assert_eq!(told, "Nhiều bản ghi trùng một mã hồ sơ");
    }

    #[test]
    fn a_field_is_called_by_its_name_and_for_operators_by_the_mappings_too() {
        let missing = FindingKind::MissingField;
        assert_eq!(missing.line_about(Vi, "dossiers.summary"), "Thiếu trích yếu hồ sơ");
        assert_eq!(
            missing.line_for_operator(En, "dossiers.summary"),
            "Empty: summary of the dossier [dossiers.summary]"
        );
        let unmapped = FindingKind::UnmappedStatus.line_for_operator(Vi, "steps");
        assert_eq!(unmapped, "Trạng thái steps chưa có ánh xạ");
    }

    #[test]
    fn what_nobody_sees_is_written_out_in_a_finding() {
        let finding = Finding::new(FindingKind::UnmappedStatus, "DA\u{200b}TRA", "\u{feff}steps");
        assert_eq!((finding.subject.as_str(), finding.detail.as_str()), ("DA\\u{200b}TRA", "\\u{feff}steps"));
    }

    #[test]
    fn what_is_longer_than_any_code_is_cut_in_a_finding() {
        let finding = Finding::new(FindingKind::UnmappedStatus, "ễ".repeat(1 << 20), "x".repeat(1 << 20));
        assert!(finding.subject.len() <= 403 && finding.subject.ends_with("ễ…"), "{}", finding.subject.len());
        assert!(finding.detail.len() <= 4_003);
    }

    #[test]
    fn the_remedy_is_what_follows_the_meaning() {
        assert_eq!(FindingKind::UnmappedUnit.remedy(Vi), "Thêm vào bảng [unit] của tệp ánh xạ.");
        for kind in FindingKind::ALL {
            for &lang in Lang::ALL {
                assert!(!kind.remedy(lang).is_empty());
                assert!(kind.explanation(lang).ends_with(kind.remedy(lang)));
            }
        }
    }
}
