//! The indicators, the sets of their formulas, and what is said of each.

use dongbo_model::vocabulary;

vocabulary! {
    /// A named reading of Decision 766, for its sources do not agree everywhere.
    #[derive(Default)]
    pub enum FormulaSet
    texts {
        /// What it is.
        text
    }
    {
        /// The portal's own description of its formulas.
        D202610 = "d-2026-10", ["mô tả công thức của Cổng (tháng 10/2026)", "the portal's description of its formulas (October 2026)"];
        /// The portal's answers, and its description where they show nothing.
        #[default]
        P202609 = "p-2026-09", ["theo số Cổng công bố (tháng 8/2026), chỗ chưa rõ theo mô tả của Cổng", "what the portal publishes (August 2026), else its description"];
        /// A newer sheet whose legal force is not known.
        NDraft = "n-draft", ["bản dự thảo mới, chưa rõ hiệu lực", "a newer draft, of unknown force"];
    }
}

vocabulary! {
    /// Where a number comes from.
    pub enum Origin
    texts {
        /// Its name.
        text
    }
    {
        /// Computed from dossiers.
        Computed = "computed", ["tính từ hồ sơ", "computed from dossiers"];
        /// Entered by a person.
        Entered = "entered", ["số nhập tay", "entered"];
        /// Seen in a sample of dossiers.
        Sampled = "sampled", ["lấy mẫu, tra kho của chủ hồ sơ", "a sample, looked up in owners' stores"];
        /// Asked for by a plan and by no decision; computed from dossiers.
        Plan = "plan", ["chỉ tiêu của kế hoạch, tính từ hồ sơ", "of a plan, computed from dossiers"];
    }
}

vocabulary! {
    /// A number that offices are held to.
    pub enum Indicator
    texts {
        /// Its name.
        text,
        /// The dossiers or procedures that its numerator counts.
        numerator,
        /// The dossiers or procedures that its denominator counts.
        denominator,
        /// The dossiers that it leaves out.
        exclusions,
        /// Questions that the sources leave open, and how they are answered here.
        open,
    }
    columns {
        /// Where it comes from.
        origin: Origin,
        /// The points that it gives at most, in the group scores; 0 for one that gives none.
        points: u32,
        /// The percentage from which it gives all its points.
        full_from: u32,
    }
    {
        /// Procedures published on time.
        PublishedOnTime = "1.1", ["Công khai thủ tục đúng hạn", "procedures published on time"], ["do cơ quan nhập", "entered"], ["do cơ quan nhập", "entered"], ["", ""], ["", ""] => Origin::Entered, 6, 100;
        /// Procedures updated on time.
        UpdatedOnTime = "1.2", ["Cập nhật, công khai kịp thời", "procedures updated on time"], ["do cơ quan nhập", "entered"], ["do cơ quan nhập", "entered"], ["", ""], ["", ""] => Origin::Entered, 4, 100;
        /// Procedures published in full.
        PublishedInFull = "1.3", ["Công khai đủ nội dung", "procedures published in full"], ["do cơ quan nhập", "entered"], ["do cơ quan nhập", "entered"], ["", ""], ["", ""] => Origin::Entered, 2, 100;
        /// Dossiers synchronised.
        Synchronised = "1.4", ["Tỷ lệ hồ sơ đồng bộ lên Cổng Dịch vụ công quốc gia", "dossiers synchronised"],
            ["hồ sơ có trên Cổng, ngày tiếp nhận trong kỳ", "dossiers on the portal received in the period"],
            ["p: hồ sơ tiếp nhận trong kỳ theo hệ thống một cửa; d: số lớn hơn giữa số báo cáo trên hệ thống báo cáo quốc gia (nhập tay) và số trên Cổng, đều không có thì lấy tổng năm trước chia 12, chia 4 hoặc cả năm",
             "p: dossiers received in the period by the local system; d: the larger of the number in the national reporting system (entered) and the portal's; where both are missing last year's total by 12, by 4 or whole"],
            ["hồ sơ không có ngày tiếp nhận", "dossiers without a day of receipt"],
            ["Cổng đang lấy chính tử số làm mẫu số (TEMP_NATIONAL_REPORT_DENOMINATOR) nên luôn 100 %; bản dự thảo tính đồng bộ theo thời gian thực, không tính ở đây",
             "the portal now takes the numerator itself as denominator (TEMP_NATIONAL_REPORT_DENOMINATOR), so it is always 100 %; the draft counts synchronisation in real time, which is not computed here"] => Origin::Computed, 6, 100;
        /// On time.
        OnTime = "2.1", ["Tỷ lệ hồ sơ giải quyết đúng hạn", "dossiers handled on time"],
            ["hồ sơ kết thúc đúng hạn; d và n: cả hồ sơ chưa xong mà ngày cuối kỳ chưa quá hạn", "dossiers that ended on time; d and n: also those not ended that are not overdue on the period's last day"],
            ["p: hồ sơ tiếp nhận trong kỳ; d và n: tiếp nhận hoặc kết thúc trong kỳ", "p: dossiers received in the period; d and n: received or ended in it"],
            ["hồ sơ không có ngày tiếp nhận; hồ sơ chuyển liên thông chỉ tính ở đơn vị xử lý", "dossiers without a day of receipt; linked dossiers count at the handling unit alone"],
            ["Hồ sơ yêu cầu bổ sung từ hai lần là trễ trong mọi kỳ; không có hạn và thủ tục không có thời hạn thì không tính là đúng hạn", "more than one request for papers makes a dossier late in every period; one with neither due day nor limit is not on time"] => Origin::Computed, 20, 100;
        /// Mean time.
        MeanTime = "2.2", ["Thời gian giải quyết trung bình (ngày)", "mean time of handling (days)"],
            ["tổng thời gian từ tiếp nhận đến kết thúc, theo đơn vị của thời hạn thủ tục", "time from receipt to end, in the unit of the procedure's limit"],
            ["hồ sơ tiếp nhận trong kỳ đã xử lý xong hoặc đã trả kết quả", "dossiers received in the period that are processed or returned"],
            ["hồ sơ kết thúc sau kỳ, hoặc trước khi tiếp nhận (sai số liệu)", "dossiers that ended after the period, or before they were received (wrong data)"],
            ["Thời gian chờ bổ sung không trừ; thủ tục chưa rõ thời hạn tính ngày thường", "time of waiting for papers is not taken off; a procedure without a known limit goes by days of the calendar"] => Origin::Computed, 0, 100;
        /// Services live.
        ServicesFull = "3.1", ["Cung cấp dịch vụ công trực tuyến", "online services provided"], ["do cơ quan nhập", "entered"], ["do cơ quan nhập", "entered"], ["", ""], ["", ""] => Origin::Entered, 2, 80;
        /// Services with online dossiers.
        ServicesUsed = "3.2", ["Dịch vụ công trực tuyến có phát sinh hồ sơ", "services with online dossiers"],
            ["dịch vụ (thủ tục của một đơn vị) có ít nhất một hồ sơ trực tuyến trong kỳ", "services (a procedure of a unit) with at least one online dossier in the period"],
            ["số dịch vụ nhập tay; chưa nhập thì dịch vụ có hồ sơ trong kỳ", "services as entered; until then those with a dossier in the period"],
            ["không có ngày tiếp nhận thì tính theo ngày nộp", "without a day of receipt the day of handing in counts"],
            ["Danh mục của Cổng không cho biết đơn vị nào công khai dịch vụ nào", "the portal's catalogue does not tell which unit has which service in public"] => Origin::Computed, 4, 100;
        /// Online share.
        OnlineShare = "3.3", ["Tỷ lệ hồ sơ trực tuyến", "share of online dossiers"],
            ["kênh 2 và, nếu thủ tục trả giấy tờ, có kết quả kèm mã và đường dẫn", "channel 2 and, where the procedure returns a paper, a result with code and link"],
            ["p: tổng ba kênh đã đếm; d và n: hồ sơ tiếp nhận, tỷ lệ nhân 1,4", "p: the three channels as counted; d and n: received dossiers, the ratio times 1.4"],
            ["p: hồ sơ trực tuyến chưa có kết quả không nằm trong kênh nào", "p: online dossiers without a result are in no channel"],
            ["Vì sao channelTotalSum nhỏ hơn totalReceived chưa được công bố; cách đếm này giải thích được", "why channelTotalSum is less than totalReceived is not published; this way of counting explains it"] => Origin::Computed, 6, 50;
        /// Procedures payable online.
        FeesSynchronised = "3.5", ["Thủ tục có phí, lệ phí được thanh toán trực tuyến", "procedures payable online"],
            ["thủ tục có phí khác 0 được đồng bộ trong kỳ", "procedures with a fee other than 0 synchronised in the period"],
            ["thủ tục có phí, lệ phí nhập tay; chưa nhập thì thủ tục có phí có hồ sơ trong kỳ", "procedures with a fee as entered; until then those with a dossier in the period"],
            ["không có ngày tiếp nhận thì tính theo ngày nộp", "without a day of receipt the day of handing in counts"],
            ["Mẫu số của Cổng là toàn bộ thủ tục có phí của đơn vị; các nguồn không thống nhất điểm tối đa: mô tả cho 2 điểm, đủ từ 80 %, còn công thức thấy ở số công bố là 2,5 × tỷ lệ, không rõ có dừng ở 2 không vì chưa đơn vị nào vượt 80 %; ở đây tối đa 2 điểm để cả nhóm là 10",
             "the portal's denominator is all procedures of the unit with a fee; the sources do not agree on the most points: its description gives 2, all from 80 %, the formula seen in what it publishes is 2.5 × the share, and whether that stops at 2 is not known while no unit is above 80 %; here it stops at 2, so that the group has 10"] => Origin::Computed, 2, 80;
        /// Procedures paid online.
        ProceduresPaid = "3.5-paid", ["Thủ tục có thanh toán trực tuyến thành công", "procedures paid online"],
            ["thủ tục có phí có hồ sơ DuocThanhToanTrucTuyen = 1 hoặc 2", "procedures with a fee that have a dossier with DuocThanhToanTrucTuyen = 1 or 2"],
            ["như 3.5", "as 3.5"], ["như 3.5", "as 3.5"],
            ["Chỉ thấy ở cách Cổng tính điểm nhóm thanh toán; bản mô tả không tách riêng", "seen only in how the portal scores online payment; its description does not tell it apart"] => Origin::Computed, 2, 80;
        /// Paid online.
        PaidOnline = "3.6", ["Tỷ lệ thanh toán trực tuyến", "dossiers paid online"],
            ["DuocThanhToanTrucTuyen = 1 hoặc 2", "DuocThanhToanTrucTuyen = 1 or 2"],
            ["hồ sơ của thủ tục có phí, lệ phí", "dossiers of procedures with a fee"],
            ["hồ sơ mà mọi khoản phí bằng 0; không có ngày tiếp nhận thì tính theo ngày nộp", "dossiers whose fees are all 0; without a day of receipt the day of handing in counts"],
            ["Thủ tục chưa rõ có phí hay không: theo phí ghi ở hồ sơ", "where it is not known whether a procedure has a fee, the dossier's own fees decide"] => Origin::Computed, 6, 100;
        /// Electronic result.
        ElectronicResult = "4.1", ["Tỷ lệ cấp kết quả điện tử", "electronic results"],
            ["hồ sơ có đường dẫn tệp kết quả", "dossiers with a link to a result"],
            ["p: hồ sơ tiếp nhận; d: hồ sơ của thủ tục trả giấy tờ", "p: received dossiers; d: dossiers of procedures that return a paper"],
            ["hồ sơ không có ngày tiếp nhận", "dossiers without a day of receipt"],
            ["Bản dự thảo chỉ tính kết quả ký số, không tính ở đây", "the draft counts signed results alone, which is not computed here"] => Origin::Computed, 6, 100;
        /// Digitised.
        Digitised = "4.2", ["Tỷ lệ số hóa hồ sơ, kết quả", "digitised dossiers"],
            ["hồ sơ có tệp giấy tờ nộp và, nếu thủ tục trả giấy tờ, có tệp kết quả", "dossiers with a file among the papers and, where the procedure returns one, a file among the results"],
            ["hồ sơ tiếp nhận", "received dossiers"],
            ["hồ sơ không có ngày tiếp nhận", "dossiers without a day of receipt"],
            ["d và n: đạt 80 % là đủ điểm; số công bố không có ngưỡng", "d and n: all points from 80 %; the published numbers show no threshold"] => Origin::Computed, 4, 100;
        /// Data reused.
        Reused = "4.3", ["Tỷ lệ khai thác, sử dụng lại dữ liệu số hóa", "data reused"],
            ["p: hồ sơ có giấy tờ DuocTaiSuDung; d và n: thêm DuocSoHoa (nộp trên Cổng) hoặc HoSoCoThanhPhanSoHoa (đồng bộ)", "p: dossiers with a paper with DuocTaiSuDung; d and n: also DuocSoHoa (handed in on the portal) or HoSoCoThanhPhanSoHoa (synchronised)"],
            ["hồ sơ tiếp nhận", "received dossiers"],
            ["hồ sơ không có ngày tiếp nhận", "dossiers without a day of receipt"],
            ["Số công bố thấp hơn 4.2 nhiều, nên không phải riêng HoSoCoThanhPhanSoHoa; xem 4.3-flag và 4.3-paper", "the published number is far below 4.2, so it is not HoSoCoThanhPhanSoHoa alone; see 4.3-flag and 4.3-paper"] => Origin::Computed, 2, 80;
        /// By the dossier's mark.
        ReusedByFlag = "4.3-flag", ["4.3 tính theo HoSoCoThanhPhanSoHoa", "4.3 by HoSoCoThanhPhanSoHoa"], ["HoSoCoThanhPhanSoHoa = 1", "HoSoCoThanhPhanSoHoa = 1"], ["hồ sơ tiếp nhận", "received dossiers"], ["hồ sơ không có ngày tiếp nhận", "dossiers without a day of receipt"], ["để đối chiếu với 4.3", "to compare with 4.3"] => Origin::Computed, 0, 80;
        /// By the papers' marks.
        ReusedByPaper = "4.3-paper", ["4.3 tính theo DuocSoHoa", "4.3 by DuocSoHoa"], ["có giấy tờ DuocSoHoa = 1", "a paper with DuocSoHoa = 1"], ["hồ sơ tiếp nhận", "received dossiers"], ["hồ sơ không có ngày tiếp nhận", "dossiers without a day of receipt"], ["để đối chiếu với 4.3", "to compare with 4.3"] => Origin::Computed, 0, 80;
        /// Personal store.
        PersonalStore = "4.4", ["Liên thông kho dữ liệu cá nhân", "personal store"],
            ["hồ sơ có giấy tờ DuocLayTuKhoDMQG = 1", "dossiers with a paper with DuocLayTuKhoDMQG = 1"], ["hồ sơ tiếp nhận", "received dossiers"], ["hồ sơ không có ngày tiếp nhận", "dossiers without a day of receipt"],
            ["Kết quả nằm trong kho của chủ hồ sơ chỉ biết được khi tra kho; số công bố hiện là 0 % ở mọi đơn vị", "whether a result lies in its owner's store only a look into the store tells; the published number is 0 % everywhere"] => Origin::Computed, 4, 100;
        /// Population data, dossiers.
        PopulationDossiers = "4.5", ["Hồ sơ kết nối dữ liệu dân cư", "dossiers with population data"],
            ["TaiKhoanDuocXacThucVoiVNeID = 1, hoặc DuocLayTuKhoDMQG, hoặc DSKetNoiCSDL", "TaiKhoanDuocXacThucVoiVNeID = 1, or DuocLayTuKhoDMQG, or DSKetNoiCSDL"], ["hồ sơ tiếp nhận", "received dossiers"], ["hồ sơ không có ngày tiếp nhận", "dossiers without a day of receipt"],
            ["Mã của cơ sở dữ liệu dân cư chưa được công bố, nên mọi MaCSDL đều được tính", "the code of the population database is not published, so any MaCSDL counts"] => Origin::Computed, 2, 100;
        /// Population data, procedures.
        PopulationProcedures = "4.5-procedures", ["Thủ tục kết nối dữ liệu dân cư", "procedures with population data"],
            ["thủ tục có hồ sơ công dân kết nối dữ liệu dân cư trong kỳ", "procedures with a citizen's dossier with population data in the period"],
            ["thủ tục cho công dân nhập tay; chưa nhập thì thủ tục có hồ sơ công dân trong kỳ", "procedures for citizens as entered; until then those with a citizen's dossier in the period"], ["hồ sơ không có ngày tiếp nhận", "dossiers without a day of receipt"],
            ["Danh mục không cho biết thủ tục nào dành cho công dân", "the catalogue does not tell which procedures are for citizens"] => Origin::Computed, 2, 100;
        /// Certified copies.
        CertifiedCopies = "certified-copies", ["Chứng thực bản sao điện tử từ bản chính", "electronic certified copies"], ["do cơ quan nhập", "entered"], ["do cơ quan nhập", "entered"], ["", ""], ["", ""] => Origin::Entered, 2, 100;
        /// Complaints on time.
        PetitionsOnTime = "5.1", ["Xử lý phản ánh, kiến nghị đúng hạn", "petitions handled on time"], ["do cơ quan nhập", "entered"], ["do cơ quan nhập", "entered"], ["", ""], ["", ""] => Origin::Entered, 6, 100;
        /// Satisfaction with complaints.
        PetitionsSatisfaction = "5.2", ["Hài lòng về xử lý phản ánh, kiến nghị", "satisfaction with the handling of petitions"], ["do cơ quan nhập", "entered"], ["do cơ quan nhập", "entered"], ["", ""], ["", ""] => Origin::Entered, 6, 100;
        /// Survey of satisfaction.
        SatisfactionSurvey = "5.3", ["Mức độ hài lòng khảo sát", "satisfaction by survey"], ["do cơ quan nhập", "entered"], ["do cơ quan nhập", "entered"], ["", ""], ["", ""] => Origin::Entered, 0, 100;
        /// Satisfaction.
        Satisfaction = "5.4", ["Hài lòng trong tiếp nhận, giải quyết hồ sơ", "satisfaction with the handling of dossiers"],
            ["hồ sơ đúng hạn trừ hồ sơ bị phản ánh (nhập tay)", "dossiers on time less those complained of (entered)"], ["như 2.1", "as 2.1"], ["như 2.1", "as 2.1"],
            ["Số phản ánh do hệ thống khác giữ; chưa nhập thì coi là 0", "complaints are kept by another system; until they are entered they count as 0"] => Origin::Computed, 6, 90;
        /// Faster online.
        OnlineFaster = "online-faster", ["Thời gian giải quyết trực tuyến ngắn hơn trực tiếp", "handling online shorter than in person"],
            ["phần thời gian trung bình giảm được", "the part of the mean time that is saved"], ["thời gian trung bình của hồ sơ nộp trực tiếp", "the mean time of dossiers handed in in person"], ["như 2.2; hồ sơ qua bưu chính", "as 2.2; dossiers by post"],
            ["Kế hoạch không nói tính theo thủ tục hay gộp; ở đây gộp", "the plans do not say whether by procedure or over all; here over all"] => Origin::Plan, 0, 100;
        /// At least 100 a year.
        Used100 = "procedures-100", ["Thủ tục có từ 100 hồ sơ trực tuyến", "procedures with at least 100 online dossiers"], ["thủ tục có từ 100 hồ sơ trực tuyến trong kỳ", "procedures with at least 100 online dossiers in the period"], ["thủ tục có hồ sơ trực tuyến trong kỳ", "procedures with an online dossier in the period"], ["", ""], ["kỳ tính là năm", "the period is a year"] => Origin::Plan, 0, 100;
        /// At least 500 a year.
        Used500 = "procedures-500", ["Thủ tục có từ 500 hồ sơ trực tuyến", "procedures with at least 500 online dossiers"], ["thủ tục có từ 500 hồ sơ trực tuyến trong kỳ", "procedures with at least 500 online dossiers in the period"], ["thủ tục có hồ sơ trực tuyến trong kỳ", "procedures with an online dossier in the period"], ["", ""], ["kỳ tính là năm", "the period is a year"] => Origin::Plan, 0, 100;
        /// Digitised at receipt.
        DigitisedAtReceipt = "digitised-at-receipt", ["Hồ sơ số hóa khi tiếp nhận", "dossiers digitised at receipt"], ["hồ sơ có giấy tờ nộp được số hóa chậm nhất trong ngày tiếp nhận", "dossiers with a digitised paper among those handed in, digitised by the end of the day of receipt"], ["hồ sơ tiếp nhận", "received dossiers"], ["hồ sơ không có ngày tiếp nhận; giấy tờ yêu cầu bổ sung sau", "dossiers without a day of receipt; papers that were asked for later"],
            ["Kế hoạch không nói trong bao lâu, ở đây lấy hết ngày tiếp nhận; tệp ánh xạ không có cột digitised_at ở [papers] thì coi là số hóa khi tiếp nhận", "the plan names no span, so it is the day of receipt; without a column digitised_at in [papers] of the mapping a paper counts as digitised at receipt"] => Origin::Plan, 0, 100;
        /// Results in the owner's store.
        OwnerStore = "owner-store", ["Kết quả có trong kho dữ liệu của chủ hồ sơ", "results in the owner's store"], ["hồ sơ mà kho của chủ có đủ kết quả, theo lần tra gần nhất", "dossiers of which the owner's store has every result, by the last look"], ["hồ sơ tiếp nhận trong kỳ đã được lấy mẫu để tra", "dossiers received in the period that were looked up in a sample"], ["hồ sơ chưa tra được: kết quả không có mã, chủ hồ sơ không có số định danh, kho không trả lời", "dossiers that could not be looked up: no result with a code, no identity number of the owner, no answer"],
            ["Kết quả được nhận ra theo mã (MaKetQua), vì hồ sơ không có số ký hiệu: kết quả cùng mã từ nơi khác cũng được tính; kết quả vào kho chậm bao lâu chưa được công bố (owner_store.after)", "a result is told by its code (MaKetQua), for dossiers have no number of it: one of the same code from elsewhere counts as well; how long results take into the store is not published (owner_store.after)"] => Origin::Sampled, 0, 100;
        /// Old results digitised.
        OldResultsDigitised = "old-results", ["Kết quả cũ còn hiệu lực đã số hóa", "old valid results digitised"], ["kết quả đã số hóa, do cơ quan nhập", "results that are digitised, as entered"], ["kết quả còn hiệu lực phải số hóa, do cơ quan nhập", "results that are still valid and have to be digitised, as entered"], ["", ""],
            ["Kết quả của các năm trước không nằm trong hệ thống một cửa nên không đếm được; nhập dạng tỷ số như 1200/5000", "results of earlier years are not in the local system and cannot be counted; enter a ratio such as 1200/5000"] => Origin::Entered, 0, 100;
    }
}

impl Indicator {
    /// Its number in the index; empty where the index gives it none.
    #[must_use]
    pub fn number(self) -> &'static str {
        let name = self.name();
        let number = name.split_once('-').map_or(name, |(number, _)| number);
        if number.starts_with(|first: char| first.is_ascii_digit()) { number } else { "" }
    }

    /// Those that most points hang on, which are shown where there is no room for all.
    pub const MAIN: [Self; 6] = [
        Self::Synchronised,
        Self::OnTime,
        Self::OnlineShare,
        Self::PaidOnline,
        Self::ElectronicResult,
        Self::Digitised,
    ];

    /// Whether its numerator counts dossiers: then those behind it are as many as it says. Others count procedures, services or time, or
    /// are entered.
    #[must_use]
    pub fn counts_dossiers(self) -> bool {
        let others = [
            Self::MeanTime,
            Self::OnlineFaster,
            Self::ServicesUsed,
            Self::FeesSynchronised,
            Self::ProceduresPaid,
            Self::PopulationProcedures,
            Self::Used100,
            Self::Used500,
        ];
        !matches!(self.origin(), Origin::Entered | Origin::Sampled) && !others.contains(&self)
    }
}

impl FormulaSet {
    /// The percentage from which `indicator` gives all its points in this set.
    #[must_use]
    pub const fn full_from(self, indicator: Indicator) -> u32 {
        match (self, indicator) {
            (Self::D202610 | Self::NDraft, Indicator::Digitised) => 80,
            // Its ratio is times 1.4 already.
            (Self::D202610 | Self::NDraft, Indicator::OnlineShare) => 100,
            _ => indicator.full_from(),
        }
    }
}
