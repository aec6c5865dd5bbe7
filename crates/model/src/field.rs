//! The names of what a mapping reads: lists of a dossier, and their columns.

use crate::vocabulary;

vocabulary! {
    /// A list of the mapping, or one of its columns, by the name that findings call it.
    pub enum Field
    texts {
        /// The name within a sentence.
        text
    }
    {
        /// Row of the dossier.
        Dossiers = "dossiers", ["dòng hồ sơ", "row of the dossier"];
        /// Dossier code.
        DossiersCode = "dossiers.code", ["mã hồ sơ", "dossier code"];
        /// Local key of the dossier.
        DossiersKey = "dossiers.key", ["khoá của hồ sơ ở một cửa", "local key of the dossier"];
        /// JSON document of the dossier.
        DossiersDossier = "dossiers.dossier", ["tài liệu JSON của hồ sơ", "JSON document of the dossier"];
        /// Procedure.
        DossiersProcedure = "dossiers.procedure", ["thủ tục", "procedure"];
        /// Unit.
        DossiersUnit = "dossiers.unit", ["đơn vị", "unit"];
        /// Channel.
        DossiersChannel = "dossiers.channel", ["kênh tiếp nhận", "channel"];
        /// Name of the applicant.
        DossiersApplicantName = "dossiers.applicant_name", ["tên chủ hồ sơ", "name of the applicant"];
        /// Kind of applicant.
        DossiersApplicantKind = "dossiers.applicant_kind", ["loại đối tượng", "kind of applicant"];
        /// Code of the applicant.
        DossiersApplicantCode = "dossiers.applicant_code", ["mã đối tượng", "code of the applicant"];
        /// Further details of the applicant.
        DossiersApplicantExtra = "dossiers.applicant_extra", ["thông tin khác của chủ hồ sơ", "further details of the applicant"];
        /// E-mail address of the applicant.
        DossiersEmail = "dossiers.email", ["thư điện tử của chủ hồ sơ", "e-mail address of the applicant"];
        /// Fax number of the applicant.
        DossiersFax = "dossiers.fax", ["số fax của chủ hồ sơ", "fax number of the applicant"];
        /// Telephone number of the applicant.
        DossiersPhone = "dossiers.phone", ["số điện thoại của chủ hồ sơ", "telephone number of the applicant"];
        /// Summary of the dossier.
        DossiersSummary = "dossiers.summary", ["trích yếu hồ sơ", "summary of the dossier"];
        /// Status of the dossier.
        DossiersStatus = "dossiers.status", ["trạng thái hồ sơ", "status of the dossier"];
        /// Day of submission.
        DossiersSubmittedAt = "dossiers.submitted_at", ["ngày nộp", "day of submission"];
        /// Day of acceptance.
        DossiersReceivedAt = "dossiers.received_at", ["ngày tiếp nhận", "day of acceptance"];
        /// Due day.
        DossiersDueAt = "dossiers.due_at", ["ngày hẹn trả", "due day"];
        /// Day of completion.
        DossiersFinishedAt = "dossiers.finished_at", ["ngày xử lý xong", "day of completion"];
        /// Day of handing over.
        DossiersReturnedAt = "dossiers.returned_at", ["ngày trả kết quả", "day of handing over"];
        /// Day of refusal.
        DossiersRefusedAt = "dossiers.refused_at", ["ngày từ chối tiếp nhận", "day of refusal"];
        /// Note on the handing over.
        DossiersReturnNote = "dossiers.return_note", ["thông tin trả kết quả", "note on the handing over"];
        /// Way of handing over.
        DossiersHandover = "dossiers.handover", ["hình thức trả kết quả", "way of handing over"];
        /// Place of submission.
        DossiersSubmittedTo = "dossiers.submitted_to", ["nơi nộp hồ sơ", "place of submission"];
        /// Mark of digitisation.
        DossiersDigitised = "dossiers.digitised", ["đánh dấu đã số hoá hồ sơ", "mark of digitisation"];
        /// Mark of VNeID.
        DossiersVneid = "dossiers.vneid", ["đánh dấu nộp qua VNeID", "mark of VNeID"];
        /// Mark of online payment.
        DossiersOnlinePayment = "dossiers.online_payment", ["đánh dấu thanh toán trực tuyến", "mark of online payment"];
        /// Note on the dossier.
        DossiersNote = "dossiers.note", ["ghi chú của hồ sơ", "note on the dossier"];
        /// Identifier of the local system.
        DossiersLocalId = "dossiers.local_id", ["mã định danh ở một cửa", "identifier of the local system"];
        /// Code of the local system.
        DossiersLocalCode = "dossiers.local_code", ["mã hồ sơ ở một cửa", "code of the local system"];
        /// Code of the receiving unit.
        DossiersReceivingUnit = "dossiers.receiving_unit", ["mã đơn vị tiếp nhận", "code of the receiving unit"];
        /// Steps.
        Steps = "steps", ["các bước xử lý", "steps"];
        /// Dossier code of a step.
        StepsCode = "steps.code", ["mã hồ sơ ở bước xử lý", "dossier code of a step"];
        /// Number of a step.
        StepsSequence = "steps.sequence", ["số thứ tự của bước xử lý", "number of a step"];
        /// Time of a step.
        StepsAt = "steps.at", ["thời điểm của bước xử lý", "time of a step"];
        /// Handler of a step.
        StepsHandler = "steps.handler", ["người xử lý của bước", "handler of a step"];
        /// Position of a handler.
        StepsPosition = "steps.position", ["chức danh người xử lý", "position of a handler"];
        /// Department of a step.
        StepsDepartment = "steps.department", ["phòng ban xử lý", "department of a step"];
        /// Content of a step.
        StepsContent = "steps.content", ["nội dung xử lý", "content of a step"];
        /// Status of a step.
        StepsStatus = "steps.status", ["trạng thái của bước xử lý", "status of a step"];
        /// Beginning of a step.
        StepsStartedAt = "steps.started_at", ["ngày bắt đầu bước xử lý", "beginning of a step"];
        /// Deadline of a step.
        StepsDeadline = "steps.deadline", ["hạn của bước xử lý", "deadline of a step"];
        /// Code of the officer of a step.
        StepsOfficer = "steps.officer", ["mã cán bộ của bước xử lý", "code of the officer of a step"];
        /// Papers handed in.
        Papers = "papers", ["giấy tờ nộp", "papers handed in"];
        /// Dossier code of a paper handed in.
        PapersCode = "papers.code", ["mã hồ sơ ở giấy tờ nộp", "dossier code of a paper handed in"];
        /// Identifier of a paper handed in.
        PapersId = "papers.id", ["mã của giấy tờ nộp", "identifier of a paper handed in"];
        /// Component code of a paper handed in.
        PapersComponentCode = "papers.component_code", ["mã thành phần hồ sơ của giấy tờ nộp", "component code of a paper handed in"];
        /// File name of a paper handed in.
        PapersFileName = "papers.file_name", ["tên tệp của giấy tờ nộp", "file name of a paper handed in"];
        /// Link to a paper handed in.
        PapersLink = "papers.link", ["đường dẫn tệp của giấy tờ nộp", "link to a paper handed in"];
        /// File of a paper handed in.
        PapersFile = "papers.file", ["tệp của giấy tờ nộp", "file of a paper handed in"];
        /// Mark of deletion of a paper handed in.
        PapersDeleted = "papers.deleted", ["đánh dấu đã xoá giấy tờ nộp", "mark of deletion of a paper handed in"];
        /// Mark of digitisation of a paper handed in.
        PapersDigitised = "papers.digitised", ["đánh dấu đã số hoá giấy tờ nộp", "mark of digitisation of a paper handed in"];
        /// Time at which the digital copy of a paper handed in was made.
        PapersDigitisedAt = "papers.digitised_at", ["thời điểm số hoá giấy tờ nộp", "time of digitisation of a paper handed in"];
        /// Mark of reuse of a paper handed in.
        PapersReuse = "papers.reuse", ["đánh dấu tái sử dụng giấy tờ nộp", "mark of reuse of a paper handed in"];
        /// Mark of a paper taken from the data store.
        PapersFromStore = "papers.from_store", ["đánh dấu lấy từ kho dữ liệu", "mark of a paper taken from the data store"];
        /// Mark of a paper that replaces a result.
        PapersReplacesResult = "papers.replaces_result", ["đánh dấu thay giấy tờ kết quả", "mark of a paper that replaces a result"];
        /// Results.
        Results = "results", ["giấy tờ kết quả", "results"];
        /// Dossier code of a result.
        ResultsCode = "results.code", ["mã hồ sơ ở giấy tờ kết quả", "dossier code of a result"];
        /// Identifier of a result.
        ResultsId = "results.id", ["mã của giấy tờ kết quả", "identifier of a result"];
        /// Result code.
        ResultsResultCode = "results.result_code", ["mã giấy tờ kết quả", "result code"];
        /// Component code of a result.
        ResultsComponentCode = "results.component_code", ["mã thành phần của giấy tờ kết quả", "component code of a result"];
        /// Name of a result.
        ResultsName = "results.name", ["tên giấy tờ kết quả", "name of a result"];
        /// Link to a result.
        ResultsLink = "results.link", ["đường dẫn tệp kết quả", "link to a result"];
        /// File of a result.
        ResultsFile = "results.file", ["tệp kết quả", "file of a result"];
        /// Fees.
        Fees = "fees", ["phí, lệ phí", "fees"];
        /// Dossier code of a fee.
        FeesCode = "fees.code", ["mã hồ sơ ở phí, lệ phí", "dossier code of a fee"];
        /// Fee code.
        FeesFeeCode = "fees.fee_code", ["mã phí, lệ phí", "fee code"];
        /// Name of a fee.
        FeesName = "fees.name", ["tên phí, lệ phí", "name of a fee"];
        /// Moment of collection of a fee.
        FeesMoment = "fees.moment", ["hình thức thu phí, lệ phí", "moment of collection of a fee"];
        /// Amount of a fee.
        FeesAmountVnd = "fees.amount_vnd", ["số tiền phí, lệ phí", "amount of a fee"];
        /// Kind of a fee.
        FeesKind = "fees.kind", ["loại phí, lệ phí", "kind of a fee"];
        /// Requests for further papers.
        Supplements = "supplements", ["các lần yêu cầu bổ sung", "requests for further papers"];
        /// Dossier code of a request for further papers.
        SupplementsCode = "supplements.code", ["mã hồ sơ ở lần yêu cầu bổ sung", "dossier code of a request for further papers"];
        /// Identifier of a request for further papers.
        SupplementsId = "supplements.id", ["mã của lần yêu cầu bổ sung", "identifier of a request for further papers"];
        /// Day of a request for further papers.
        SupplementsRequestedAt = "supplements.requested_at", ["ngày yêu cầu bổ sung", "day of a request for further papers"];
        /// Person who requests further papers.
        SupplementsRequestedBy = "supplements.requested_by", ["người yêu cầu bổ sung", "person who requests further papers"];
        /// Text of a request for further papers.
        SupplementsRequest = "supplements.request", ["nội dung yêu cầu bổ sung", "text of a request for further papers"];
        /// Day on which further papers came.
        SupplementsReceivedAt = "supplements.received_at", ["ngày tiếp nhận bổ sung", "day on which further papers came"];
        /// Person who receives further papers.
        SupplementsReceivedBy = "supplements.received_by", ["người tiếp nhận bổ sung", "person who receives further papers"];
        /// Note on further papers received.
        SupplementsReceivedNote = "supplements.received_note", ["thông tin tiếp nhận bổ sung", "note on further papers received"];
        /// State of a request for further papers.
        SupplementsState = "supplements.state", ["tình trạng bổ sung", "state of a request for further papers"];
        /// Due day before further papers.
        SupplementsDueBefore = "supplements.due_before", ["ngày hẹn trả trước khi bổ sung", "due day before further papers"];
        /// Due day after further papers.
        SupplementsDueAfter = "supplements.due_after", ["ngày hẹn trả sau khi bổ sung", "due day after further papers"];
        /// Identity documents.
        Identities = "identities", ["giấy tờ tuỳ thân", "identity documents"];
        /// Dossier code of an identity document.
        IdentitiesCode = "identities.code", ["mã hồ sơ ở giấy tờ tuỳ thân", "dossier code of an identity document"];
        /// Kind of an identity document.
        IdentitiesKind = "identities.kind", ["loại giấy tờ tuỳ thân", "kind of an identity document"];
        /// Number of an identity document.
        IdentitiesNumber = "identities.number", ["số giấy tờ tuỳ thân", "number of an identity document"];
        /// National databases consulted.
        Databases = "databases", ["các cơ sở dữ liệu quốc gia đã khai thác", "national databases consulted"];
        /// Dossier code of a database consulted.
        DatabasesCode = "databases.code", ["mã hồ sơ ở cơ sở dữ liệu đã khai thác", "dossier code of a database consulted"];
        /// National database consulted.
        DatabasesDatabase = "databases.database", ["cơ sở dữ liệu quốc gia đã khai thác", "national database consulted"];
        /// Further attachments.
        Attachments = "attachments", ["giấy tờ kèm theo khác", "further attachments"];
        /// Dossier code of an attachment.
        AttachmentsCode = "attachments.code", ["mã hồ sơ ở giấy tờ kèm theo", "dossier code of an attachment"];
        /// Name of an attachment.
        AttachmentsName = "attachments.name", ["tên giấy tờ kèm theo", "name of an attachment"];
        /// Number of copies of an attachment.
        AttachmentsQuantity = "attachments.quantity", ["số lượng giấy tờ kèm theo", "number of copies of an attachment"];
        /// Kind of an attachment.
        AttachmentsKind = "attachments.kind", ["loại giấy tờ kèm theo", "kind of an attachment"];
        /// Key of a row of `[changed]`.
        ChangedKey = "changed.key", ["khoá của dòng trong [changed]", "key of a row of [changed]"];
        /// Dossier code in `[changed]`.
        ChangedCode = "changed.code", ["mã hồ sơ trong [changed]", "dossier code in [changed]"];
        /// Unit in `[changed]`.
        ChangedUnit = "changed.unit", ["đơn vị trong [changed]", "unit in [changed]"];
        /// Time of change in `[changed]`.
        ChangedChangedAt = "changed.changed_at", ["thời điểm thay đổi trong [changed]", "time of change in [changed]"];
        /// Key of a row of `[sweep]`.
        SweepKey = "sweep.key", ["khoá của dòng trong [sweep]", "key of a row of [sweep]"];
        /// Time of change in `[sweep]`.
        SweepChangedAt = "sweep.changed_at", ["thời điểm thay đổi trong [sweep]", "time of change in [sweep]"];
        /// Local code in `[procedure]`.
        ProcedureLocal = "procedure.local", ["mã thủ tục ở một cửa trong [procedure]", "local code in [procedure]"];
        /// National code in `[procedure]`.
        ProcedureCode = "procedure.code", ["mã thủ tục quốc gia trong [procedure]", "national code in [procedure]"];
        /// Name in `[procedure]`.
        ProcedureName = "procedure.name", ["tên thủ tục trong [procedure]", "name in [procedure]"];
        /// Code of the field in `[procedure]`.
        ProcedureFieldCode = "procedure.field_code", ["mã lĩnh vực trong [procedure]", "code of the field in [procedure]"];
        /// Name of the field in `[procedure]`.
        ProcedureFieldName = "procedure.field_name", ["tên lĩnh vực trong [procedure]", "name of the field in [procedure]"];
        /// Kind of applicant.
        LoaiDoiTuong = "LoaiDoiTuong", ["loại đối tượng", "kind of applicant"];
    }
}
