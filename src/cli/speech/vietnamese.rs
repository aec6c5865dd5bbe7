//! The Vietnamese texts of every command and option.

/// The exit codes, under the help of the program.
pub(super) const EXIT_CODES: &str = "Mã thoát: 0 xong hết, 1 lỗi, 2 sai dòng lệnh hoặc cấu hình, 3 xong một phần: còn việc phải làm tiếp \
    hoặc cần người xử lý.";

/// The placeholders for values, by their English names.
pub(super) const VALUES: &[(&str, &str)] = &[
    ("CODE", "MÃ_HỒ_SƠ"),
    ("CODE|KIND|CAUSE", "MÃ_HỒ_SƠ|LOẠI|NGUYÊN_NHÂN"),
    ("COMMAND", "LỆNH"),
    ("DATE", "NGÀY"),
    ("ENGINE", "LOẠI"),
    ("ENTRY", "NGUỒN_TIẾP_NHẬN"),
    ("EXIT", "KẾT_QUẢ"),
    ("FIELD", "LĨNH_VỰC"),
    ("FIGURE", "SỐ"),
    ("FILE", "TỆP"),
    ("FOLDER", "THƯ_MỤC"),
    ("INDICATOR", "CHỈ_SỐ"),
    ("FORM", "DẠNG_TỆP"),
    ("HASH", "MÃ_BĂM"),
    ("JOB", "VIỆC"),
    ("KIND[:SUBJECT]", "LOẠI[:ĐỐI_TƯỢNG]"),
    ("KIND|CAUSE", "LOẠI|NGUYÊN_NHÂN"),
    ("LANG", "NGÔN_NGỮ"),
    ("LAYER", "HẠNG_MỤC"),
    ("LEVELS", "MỨC"),
    ("MONTH", "THÁNG"),
    ("NAME", "TÊN"),
    ("PART", "PHẦN"),
    ("OFFICER", "CÁN_BỘ"),
    ("PERIOD", "KỲ"),
    ("PROCEDURE", "THỦ_TỤC"),
    ("OWNER", "NGƯỜI_XỬ_LÝ"),
    ("REASON", "LÝ_DO"),
    ("ROLE", "VAI_TRÒ"),
    ("RUN", "LẦN"),
    ("SET", "BỘ"),
    ("SOURCE", "NGUỒN"),
    ("SHAPE", "DẠNG"),
    ("SIDE", "BÊN"),
    ("STATE", "TRẠNG_THÁI"),
    ("TEXT", "LÝ_DO"),
    ("UNIT", "ĐƠN_VỊ"),
    ("VERDICT", "KẾT_LUẬN"),
    ("VALUE", "GIÁ_TRỊ"),
    ("WHAT:VALUE", "MỤC:GIÁ_TRỊ"),
    ("WHEN", "KHI_NÀO"),
];

/// The options that every command has.
pub(super) const SHARED: &[(&str, &str)] = &[
    (
        "--config",
        "Tệp cấu hình; nếu không nêu thì dùng /etc/dongbo/dongbo.toml khi có tệp đó. Các tệp conf.d/*.toml bên cạnh và biến môi trường DONGBO__MỤC__KHOÁ được áp lên trên.",
    ),
    ("--lang", "Ngôn ngữ hiển thị."),
    ("--json", "Hiện một tài liệu JSON thay cho văn bản."),
    ("--color", "Khi nào tô màu; auto: khi hiện trên màn hình và NO_COLOR không được đặt."),
    ("--help", "Hiện trợ giúp này."),
    ("--version", "Hiện phiên bản."),
];

/// A command by its words, its purpose, and its own options and arguments.
pub(super) type Page = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// The command that clap adds wherever there are commands.
pub(super) const HELP: Page =
    ("help", "Hiện trợ giúp của một lệnh.", &[("COMMAND", "Lệnh cần xem trợ giúp.")]);

/// The option for whose dossiers are read.
const SOURCE: (&str, &str) =
    ("--source", "Nguồn cần đọc, khi có nhiều nguồn; không nêu thì đọc nguồn đầu tiên.");

/// The option for how much to show.
const LIMIT: (&str, &str) = ("--limit", "Hiện nhiều nhất bấy nhiêu dòng.");

/// The options for the numbers that are asked for.
const PERIOD: (&str, &str) = (
    "--period",
    "Tháng, quý, nửa năm hoặc năm, như 2026-08, 2026-Q3, 2026-H1 hoặc 2026; không nêu là tháng này.",
);
const OF_UNIT: (&str, &str) = ("--unit", "Chỉ hồ sơ của đơn vị này và các đơn vị trực thuộc.");
const OF_FIELD: (&str, &str) =
    ("--field", "Chỉ hồ sơ của các thủ tục thuộc lĩnh vực này, theo mã trong danh mục của Cổng.");
const OF_PROCEDURE: (&str, &str) = ("--procedure", "Chỉ hồ sơ của thủ tục này, theo mã quốc gia.");
const OF_SET: (&str, &str) = ("--set", "Bộ công thức; không nêu là bộ trong cấu hình.");

/// The options of the commands that write a report.
const REPORT: &[(&str, &str)] = &[
    (
        "--period",
        "Kỳ báo cáo, như 2026-08, 2026-Q3, 2026-H1 hoặc 2026; không nêu là kỳ gần nhất đã kết thúc: tháng, và quý, nửa năm, năm với quarterly, half-year, annex.",
    ),
    ("--unit", "Chỉ đơn vị này."),
    ("--out", "Thư mục báo cáo, mỗi kỳ một thư mục con; không nêu là report.folder."),
    ("--format", "Các dạng tệp, cách nhau bằng dấu phẩy: html, xlsx, docx, csv."),
];

/// The period of the report whose dossiers are listed.
const BEHIND_PERIOD: (&str, &str) = ("--period", "Kỳ của báo cáo, như 2026-08, 2026-Q3, 2026-H1 hoặc 2026.");

/// The folder of reports.
const REPORTS: (&str, &str) = ("--out", "Thư mục báo cáo; không nêu là report.folder.");

/// Every command.
pub(super) const COMMANDS: &[Page] = &[
    ("", "Giữ cho Cổng Dịch vụ công quốc gia luôn khớp với cơ sở dữ liệu hồ sơ của hệ thống một cửa.", &[]),
    (
        "run",
        "Chạy dịch vụ cho đến khi nhận SIGTERM hoặc SIGINT; nhận SIGHUP thì nạp lại cấu hình đã sửa.",
        &[],
    ),
    (
        "check",
        "Kiểm tra mọi thứ dịch vụ cần, báo mọi lỗi cùng lúc, không thay đổi gì.",
        &[
            ("--offline", "Không hỏi cơ sở dữ liệu một cửa và Cổng, như trước khi dịch vụ khởi động."),
            ("--show", "Hiện cả cấu hình đang có hiệu lực: từng giá trị, lấy từ đâu; mật khẩu được che."),
            ("--strict", "Kết thúc với mã thoát 3 khi có điều cần lưu ý."),
            ("--sample", "Số hồ sơ đọc thử nhiều nhất, để biết có gửi được không."),
        ],
    ),
    (
        "init",
        "Tạo tệp cấu hình và tệp ánh xạ để bắt đầu.",
        &[
            ("--dir", "Thư mục chứa các tệp được tạo."),
            ("--engine", "Loại cơ sở dữ liệu của hệ thống một cửa."),
            ("--shape", "Dạng của hồ sơ ở đó: mỗi trường một cột, hoặc mỗi hồ sơ một tài liệu JSON."),
            ("--force", "Ghi đè tệp cấu hình và tệp ánh xạ đã có. Tệp mật khẩu luôn được giữ nguyên."),
        ],
    ),
    (
        "status",
        "Cho biết mọi việc đang đến đâu: hạng mục, luồng, Cổng, hồ sơ bị giữ.",
        &[
            ("--full", "Hiện cả các bảng."),
            ("--unit", "Chỉ phần của đơn vị này."),
            ("--watch", "Hiện lại liên tục cho đến khi dừng bằng Ctrl-C."),
        ],
    ),
    (
        "why",
        "Cho biết diễn biến của một hồ sơ và việc sắp tới.",
        &[
            ("CODE", "Mã hồ sơ; với dòng chưa có mã thì ghi '#' và khoá ở một cửa."),
            ("--offline", "Không hỏi cơ sở dữ liệu một cửa."),
            ("--limit", "Hiện nhiều nhất bấy nhiêu lần gọi Cổng và phát hiện mới nhất."),
        ],
    ),
    (
        "delays",
        "Hiện thay đổi ở một cửa mất bao lâu mới đến Cổng, theo đơn vị và tháng.",
        &[
            ("--month", "Chỉ thay đổi của tháng này, như 2026-11."),
            ("--months", "Thay đổi của bấy nhiêu tháng, kể cả tháng này."),
            ("--unit", "Chỉ thay đổi của đơn vị này."),
            ("--source", "Chỉ thay đổi của nguồn này, khi có nhiều nguồn."),
        ],
    ),
    (
        "resend",
        "Gửi lại hồ sơ: dongbo gửi những gì Cổng thiếu, hoặc nhờ cầu nối của nhà cung cấp nếu dongbo chỉ theo dõi. Không nêu hồ sơ nào thì hiện lần gửi lại gần nhất.",
        &[
            ("CODE", "Các hồ sơ, theo mã."),
            ("--file", "Danh sách mã, dán từ bảng tính; - là đầu vào chuẩn."),
            (
                "--cause",
                "Những hồ sơ khác biệt hoặc bị giữ như thế này: loại khác biệt, loại phát hiện hoặc nguyên nhân, có thể kèm đối tượng.",
            ),
            ("--unit", "Những hồ sơ của đơn vị này; nếu chỉ nêu đơn vị: những hồ sơ có khác biệt."),
            ("--source", "Những hồ sơ đọc từ nguồn này; nếu chỉ nêu nguồn: những hồ sơ có khác biệt."),
            ("--yes", "Không hỏi."),
            ("--dry-run", "Chỉ hiện những gì sẽ được gửi lại."),
            ("--detach", "Không theo dõi tiến độ."),
            (
                "--result",
                "Tệp kết quả, hoặc tệp danh sách khi chưa có cầu nối; không nêu thì tạo tệp mới trong thư mục hiện tại.",
            ),
            ("--pause", "Tạm dừng lần gửi lại đang chạy."),
            ("--resume", "Cho chạy tiếp."),
            ("--cancel", "Dừng hẳn; những gì đã nhờ cầu nối thì không thu hồi được."),
        ],
    ),
    (
        "switch",
        "Hiện dongbo sẽ gửi những gì nếu chuyển từ chỉ theo dõi sang gửi; không gửi, không đổi gì.",
        &[
            ("--unit", "Chỉ hồ sơ của đơn vị này."),
            (
                "--source",
                "Chỉ hồ sơ của nguồn này; có nhiều nguồn mà không nêu thì là những nguồn chỉ theo dõi.",
            ),
            ("--show", "Hiện hồ sơ này như khi gửi; không nêu thì một hồ sơ có khác biệt."),
        ],
    ),
    (
        "held",
        "Hiện những gì cần người xử lý, theo nguyên nhân.",
        &[
            ("--list", "Hiện từng hồ sơ."),
            (
                "--cause",
                "Chỉ nguyên nhân này: loại phát hiện, có thể kèm đối tượng, như unmapped_procedure:KS09.",
            ),
            ("--unit", "Chỉ hồ sơ của đơn vị này."),
            (
                "--owner",
                "Chỉ những gì người này phải xử lý: unit, operator, local_system, bridge, portal, host.",
            ),
            ("--limit", "Hiện nhiều nhất bấy nhiêu nguyên nhân, hoặc bấy nhiêu dòng khi có --list."),
        ],
    ),
    (
        "files",
        "Hiện các tệp Cổng chưa có; trước hết là tệp cần người xử lý.",
        &[("CODE", "Chỉ tệp của hồ sơ này, kể cả tệp Cổng đã có."), LIMIT],
    ),
    (
        "retry",
        "Gửi lại hồ sơ bị giữ hoặc hẹn gửi lại, theo mã, nguyên nhân hoặc đơn vị. Cho biết bao nhiêu hồ sơ, hỏi lại, rồi gửi đều tay.",
        &[
            ("CODE", "Các hồ sơ theo mã, bị giữ hoặc hẹn gửi lại."),
            (
                "--cause",
                "Hồ sơ bị giữ vì nguyên nhân này: loại phát hiện, có thể kèm đối tượng, như unmapped_procedure:KS09.",
            ),
            ("--unit", "Hồ sơ của đơn vị này."),
            ("--all-held", "Mọi hồ sơ bị giữ."),
            ("--per-minute", "Số hồ sơ gửi lại nhiều nhất mỗi phút; 0 là tất cả cùng lúc."),
            ("--yes", "Không hỏi lại."),
            ("--dry-run", "Chỉ cho biết hồ sơ nào sẽ được gửi lại."),
        ],
    ),
    (
        "accept-steps",
        "Chấp nhận các bước trên Cổng của một hồ sơ như đang có, khi chúng khác với một cửa và chỉ Cổng mới sửa được. Cho xem rồi hỏi lại.",
        &[
            ("CODE", "Các hồ sơ theo mã."),
            ("--take-back", "Thu hồi lần chấp nhận trước."),
            ("--yes", "Không hỏi lại."),
            ("--dry-run", "Chỉ cho biết sẽ chấp nhận hoặc thu hồi gì."),
        ],
    ),
    (
        "let-go",
        "Thôi không gửi những hồ sơ còn lại của một nguồn đã bỏ khỏi cấu hình.",
        &[
            ("SOURCE", "Nguồn mà cấu hình không còn khai."),
            ("--yes", "Không hỏi lại."),
            ("--dry-run", "Chỉ cho biết có bao nhiêu hồ sơ."),
        ],
    ),
    ("notify", "Hiện bản tin gửi cho người phụ trách, hoặc thử các đường báo tin.", &[]),
    (
        "notify show",
        "Hiện bản tin đúng như sẽ gửi lúc này.",
        &[("--way", "Theo ngôn ngữ của đường báo tin này; không nêu thì theo --lang.")],
    ),
    (
        "notify test",
        "Gửi một tin thử theo mọi đường báo tin, hoặc theo một đường.",
        &[("--way", "Chỉ theo đường này.")],
    ),
    (
        "pause",
        "Tạm dừng gửi cho đến khi có lệnh gửi tiếp; vẫn dừng sau khi khởi động lại.",
        &[("--reason", "Lý do, để người sau biết.")],
    ),
    ("resume", "Gửi tiếp sau khi tạm dừng.", &[]),
    (
        "backfill",
        "Kiểm tra lại những gì đã thay đổi ở một cửa trong một khoảng thời gian, hoặc cho biết lần đồng bộ bù gần nhất đến đâu.",
        &[
            (
                "--from",
                "Ngày đầu (31/01/2026 hoặc 2026-01-31, giờ Việt Nam) hoặc thời điểm đầu (2026-01-31T08:00:00+07:00).",
            ),
            ("--to", "Ngày cuối, tính cả ngày đó, hoặc thời điểm cuối; không nêu là hôm nay."),
            ("--per-minute", "Số hồ sơ nhiều nhất được đưa vào hàng đợi mỗi phút; 0 là không giới hạn."),
            ("--detach", "Không chờ xem kết quả."),
            ("--cancel", "Dừng lần đồng bộ bù đang chạy."),
        ],
    ),
    (
        "reconcile",
        "Đối chiếu hai bên, cho biết chỗ lệch và gửi lại chỗ lệch.",
        &[
            ("--repair", "Gửi lại những gì lệch theo cách gửi thường; trước đó rà soát một cửa."),
            ("--yes", "Gửi lại cả khi số hồ sơ vượt reconcile.repair_share của một tháng."),
            ("--full", "Tra cứu tất cả, không theo hạn mức của một lần."),
            (
                "--scope",
                "Chỉ phần này: month:2026-03, agency:H48.57, procedure:1.001193 hoặc dossier:MÃ. Nêu nhiều thì phải đúng tất cả.",
            ),
            (
                "--only",
                "Chỉ các việc này; không nêu là counts và look_ups, có --repair thì trước đó thêm sweep.",
            ),
        ],
    ),
    (
        "reconcile cancel",
        "Dừng lần đối chiếu đang chạy và các lần đang chờ; những gì đã so vẫn được giữ.",
        &[],
    ),
    (
        "reconcile list",
        "Hiện các khác biệt đang mở, theo nguyên nhân trước.",
        &[
            ("--rows", "Hiện cả từng khác biệt."),
            ("--cause", "Chỉ loại hoặc nguyên nhân này, ghi theo tên ổn định."),
            LIMIT,
        ],
    ),
    (
        "reconcile show",
        "Cho biết một lần đối chiếu hai bên đã so gì, thấy gì, và các lần trước đó.",
        &[
            ("RUN", "Tên của lần đó; không nêu là lần gần nhất."),
            ("--limit", "Nêu nhiều nhất bấy nhiêu lần trước đó."),
        ],
    ),
    (
        "reconcile explain",
        "Cho biết mọi điều về khác biệt của một hồ sơ hoặc một ô đếm, hoặc của một loại, một nguyên nhân.",
        &[
            (
                "CODE|KIND|CAUSE",
                "Mã hồ sơ, ô đếm như đã liệt kê (@ĐƠN_VỊ/THỦ_TỤC/THÁNG), hoặc tên ổn định của loại, nguyên nhân.",
            ),
            ("--limit", "Nêu nhiều nhất bấy nhiêu khác biệt."),
        ],
    ),
    ("report", "Lập báo cáo để cơ quan ký, hiện các hồ sơ đằng sau số liệu, và niêm phong theo tháng.", &[]),
    (
        "report sync",
        "Báo cáo Cổng đã có những gì của hồ sơ trong kỳ, theo hạng mục, đơn vị và thủ tục; những gì bị giữ; thời gian đồng bộ.",
        REPORT,
    ),
    (
        "report quality",
        "Báo cáo những gì chưa lên được Cổng vì dữ liệu, theo nguyên nhân, đơn vị và người phải xử lý.",
        REPORT,
    ),
    (
        "report publication",
        "Công khai Bộ chỉ số của một tháng: điểm theo nhóm, từng chỉ số, từng bộ công thức, chỉ tiêu kế hoạch, từng đơn vị và 12 tháng.",
        REPORT,
    ),
    (
        "report late",
        "Báo cáo hồ sơ trễ hạn theo đơn vị và cán bộ, hồ sơ chỉ trễ trên Cổng, và thư xin lỗi.",
        REPORT,
    ),
    (
        "report quarterly",
        "Báo cáo hồ sơ tiếp nhận và giải quyết theo mẫu của hệ thống báo cáo quốc gia.",
        REPORT,
    ),
    ("report half-year", "Lập báo cáo 6 tháng của người đứng đầu.", REPORT),
    ("report annex", "Lập phụ lục kỹ thuật hằng năm: cách tính số liệu, và toàn bộ số liệu.", REPORT),
    (
        "report judged",
        "Hiện các hồ sơ đằng sau một số liệu của báo cáo hồ sơ trễ hạn.",
        &[
            BEHIND_PERIOD,
            OF_UNIT,
            ("--procedure", "Chỉ hồ sơ của thủ tục này."),
            ("--verdict", "Chỉ hồ sơ được tính như thế này."),
            ("--reason", "Chỉ hồ sơ hai bên tính khác nhau vì nguyên nhân này."),
            ("--officer", "Chỉ hồ sơ mà cán bộ này làm bước cuối, theo mã hoặc mã băm; '' là hồ sơ chưa rõ."),
            ("--letter", "Chỉ hồ sơ trễ hạn có thư xin lỗi đã đăng, chưa đăng hoặc chưa rõ."),
            LIMIT,
        ],
    ),
    (
        "report handled",
        "Hiện các hồ sơ đằng sau một số liệu theo mẫu của hệ thống báo cáo quốc gia.",
        &[
            BEHIND_PERIOD,
            OF_UNIT,
            ("--procedure", "Chỉ hồ sơ của thủ tục này."),
            (
                "--field",
                "Chỉ hồ sơ của các thủ tục thuộc lĩnh vực này, theo mã trong danh mục của Cổng; '' là hồ sơ chưa rõ lĩnh vực.",
            ),
            ("--entry", "Chỉ hồ sơ đến theo cách này."),
            ("--exit", "Chỉ hồ sơ đã giải quyết đến mức này; nhiều mức thì cách nhau bằng dấu phẩy."),
            LIMIT,
        ],
    ),
    (
        "report dossiers",
        "Hiện các hồ sơ đằng sau một số liệu của báo cáo.",
        &[
            ("--period", "Tiếp nhận trong kỳ này, như 2026-08, 2026-Q3, 2026-H1 hoặc 2026."),
            ("--unit", "Chỉ hồ sơ của đơn vị này."),
            ("--procedure", "Chỉ hồ sơ của thủ tục này; '' là hồ sơ chưa rõ thủ tục."),
            (
                "--layer",
                "Hạng mục mà --state nói đến: presence, status, steps hoặc files; không nêu là cả hồ sơ.",
            ),
            ("--state", "Chỉ hồ sơ như thế này: any, wanted, synced, lacking, unproved hoặc held."),
            LIMIT,
        ],
    ),
    (
        "report seal",
        "Niêm phong báo cáo của một kỳ đã kết thúc: băm từng tệp, nối chuỗi với phần đã niêm phong trước đó.",
        &[("--period", "Kỳ cần niêm phong, như 2026-08, 2026-Q3, 2026-H1 hoặc 2026."), REPORTS],
    ),
    (
        "report addendum",
        "Nối tệp mới của một kỳ đã niêm phong vào chuỗi, kèm lý do.",
        &[
            ("--period", "Kỳ đã niêm phong, như 2026-08, 2026-Q3, 2026-H1 hoặc 2026."),
            REPORTS,
            ("--reason", "Vì sao các tệp này đến sau."),
        ],
    ),
    (
        "report verify",
        "Cho biết các tệp đã niêm phong và chuỗi niêm phong có còn nguyên vẹn không.",
        &[REPORTS, ("--noted", "Mã băm đã ghi ở nơi khác, chuỗi phải còn có mã này.")],
    ),
    (
        "rehearse",
        "Dùng thử dongbo bên cạnh bản đã cài: một hệ thống một cửa giả định và một Cổng giả, cho đến khi nhấn Ctrl-C.",
        &[("--dossiers", "Số hồ sơ ở một cửa."), ("--nasty", "Cổng giả gây đủ loại lỗi.")],
    ),
    ("reload", "Để dịch vụ đang chạy nạp lại cấu hình đã sửa.", &[]),
    (
        "log-level",
        "Xem hoặc đổi mức nhật ký của dịch vụ đang chạy.",
        &[(
            "LEVELS",
            "Mức mới: error, warn, info, debug hoặc trace, có thể theo từng phần như info,dongbo::push=debug. Không nêu thì hiện mức đang dùng.",
        )],
    ),
    (
        "indicators",
        "Xem các chỉ số theo Quyết định 766 và chỉ tiêu của kế hoạch, hồ sơ đứng sau mỗi số, hoặc nhập số.",
        &[],
    ),
    (
        "indicators show",
        "Hiện các chỉ số của một kỳ theo một cửa, theo những gì Cổng đã nhận và theo số Cổng công bố, điểm của từng nhóm, và các chỉ tiêu đang đạt đến đâu.",
        &[
            PERIOD,
            OF_UNIT,
            OF_FIELD,
            OF_PROCEDURE,
            OF_SET,
            (
                "--view",
                "Chỉ một bên, và chỉ tiêu tính theo bên đó; không nêu thì cả hai bên và số Cổng công bố, chỉ tiêu tính theo Cổng.",
            ),
            ("--by", "Tách một chỉ số theo đơn vị, thủ tục hoặc tháng."),
            ("--indicator", "Chỉ số được tách."),
        ],
    ),
    (
        "indicators list",
        "Liệt kê hồ sơ đứng sau một chỉ số: ở tử số, mẫu số, hoặc những hồ sơ hai bên tính khác nhau.",
        &[
            ("INDICATOR", "Chỉ số."),
            PERIOD,
            OF_UNIT,
            OF_FIELD,
            OF_PROCEDURE,
            OF_SET,
            ("--part", "Những hồ sơ nào của chỉ số."),
            ("--view", "Số của bên nào."),
            ("--limit", "Hiện nhiều nhất bấy nhiêu dòng; JSON luôn có đủ."),
        ],
    ),
    (
        "indicators explain",
        "Cho biết một chỉ số được tính ra sao, số của nó, và lệnh liệt kê hồ sơ.",
        &[("INDICATOR", "Chỉ số."), PERIOD, OF_UNIT, OF_FIELD, OF_PROCEDURE, OF_SET],
    ),
    (
        "indicators evidence",
        "Hiện mọi dữ liệu cho biết một hồ sơ đã lên Cổng ra sao và vì sao hai bên tính khác nhau; với --out thì ghi thành tệp để gửi bên vận hành Cổng.",
        &[
            ("CODE", "Mã hồ sơ."),
            ("--period", "Kỳ dùng để tính; không nêu là tháng tiếp nhận hồ sơ."),
            ("--look-up", "Tra cứu hồ sơ trên Cổng ngay lúc này. Không ghi gì lên Cổng."),
            ("--limit", "Hiện nhiều nhất bấy nhiêu lần gọi gần nhất."),
            ("--out", "Ghi cả vào thư mục này."),
            ("--format", "Các dạng tệp, cách nhau bằng dấu phẩy: html, xlsx, docx, csv."),
        ],
    ),
    (
        "indicators clocks",
        "Hiện hồ sơ đang mở chưa tiếp nhận kịp, đến hạn trong ba ngày làm việc, hoặc yêu cầu bổ sung từ hai lần.",
        &[
            OF_UNIT,
            ("--only", "Chỉ những hồ sơ cần xem vì lý do này."),
            ("--limit", "Hiện nhiều nhất bấy nhiêu dòng; JSON luôn có đủ."),
        ],
    ),
    (
        "indicators set",
        "Nhập số do hệ thống khác giữ: một số, hoặc cả bảng.",
        &[
            (
                "FIGURE",
                "Số cần nhập: chỉ số phải nhập tay (1.1), số đếm mà công thức cần (reported), hoặc số của kế hoạch.",
            ),
            ("VALUE", "Tỷ lệ phần trăm (98.5), tỷ số (12/15), hoặc số đếm (42)."),
            ("--period", "Kỳ của số, như 2026-08, 2026-Q3, 2026-H1 hoặc 2026."),
            ("--unit", "Đơn vị của số; không nêu là tất cả đơn vị."),
            ("--file", "Bảng có dòng đầu period,unit,figure,value. Ghi cả bảng, hoặc không ghi dòng nào."),
        ],
    ),
    (
        "indicators history",
        "Hiện một chỉ số theo từng tháng, và ai đã nhập số nào.",
        &[
            ("INDICATOR", "Chỉ số."),
            PERIOD,
            OF_UNIT,
            OF_FIELD,
            OF_PROCEDURE,
            OF_SET,
            ("--months", "Bấy nhiêu tháng, đến tháng cuối của kỳ."),
        ],
    ),
    ("mapping", "Cho biết cột và mã của một cửa trở thành trường và mã của Cổng ra sao.", &[]),
    (
        "mapping explain",
        "Cho biết các cột của một hồ sơ trở thành trường nào trên Cổng.",
        &[("CODE", "Mã hồ sơ."), SOURCE],
    ),
    (
        "mapping coverage",
        "Cho biết tệp ánh xạ có những mã nào của một cửa, mỗi mã bao nhiêu hồ sơ dùng.",
        &[
            SOURCE,
            ("--sample", "Chỉ đọc N hồ sơ đầu, theo thứ tự mã."),
            ("--all", "Hiện cả các giá trị đã có ánh xạ; JSON luôn có đủ."),
            ("--limit", "Hiện nhiều nhất bấy nhiêu giá trị của mỗi bảng mã; JSON luôn có đủ."),
        ],
    ),
    ("catalogue", "Xem danh mục thủ tục của Cổng, hoặc yêu cầu tải ngay.", &[]),
    (
        "catalogue list",
        "Hiện các thủ tục của tệp ánh xạ theo danh mục của Cổng, danh mục có từ bao giờ, lần tải gần nhất ra sao.",
        &[("--all", "Hiện mọi thủ tục của danh mục, không chỉ thủ tục có trong tệp ánh xạ.")],
    ),
    (
        "catalogue refresh",
        "Yêu cầu tải danh mục ngay.",
        &[("--believe", "Chấp nhận danh sách mới dù ngắn hơn một nửa danh sách cũ.")],
    ),
    (
        "indicators published",
        "Hiện Cổng đã công bố số liệu của kỳ nào, dongbo tải lúc nào, còn thiếu gì; với --period thì hiện cả số liệu.",
        &[
            ("--period", "Hiện số liệu của kỳ này: tháng như 2026-08, quý như 2026-Q3, năm như 2026."),
            ("--unit", "Số liệu của đơn vị này, theo mã đơn vị; không nêu là của toàn bộ."),
        ],
    ),
    ("ledger", "Chuyển sổ theo dõi từ tệp sang máy chủ mà nhiều dịch vụ dongbo dùng chung.", &[]),
    (
        "ledger move",
        "Chép sổ theo dõi từ tệp sang máy chủ của ledger.url, rồi đóng tệp. Không dịch vụ dongbo nào được chạy lúc đó.",
        &[("--from", "Tệp cần chuyển; không nêu là tệp của ledger.path.")],
    ),
    ("user", "Khai ai được đăng nhập vào trang của dongbo, và được làm gì.", &[]),
    (
        "user add",
        "Cho một người đăng nhập. Mật khẩu lấy từ màn hình, từ đầu vào chuẩn hoặc từ tệp.",
        &[
            ("NAME", "Tên người dùng."),
            ("--role", "Được làm gì: viewer xem, operator vận hành, administrator quản trị."),
            (
                "--unit",
                "Đơn vị mà người này được xem, theo mã trong sổ theo dõi; nêu được nhiều lần. Không nêu là tất cả.",
            ),
            ("--password-file", "Tệp có mật khẩu."),
        ],
    ),
    ("user list", "Hiện ai được đăng nhập, và được làm gì.", &[]),
    (
        "user passwd",
        "Đổi mật khẩu; các phiên đang mở kết thúc.",
        &[("NAME", "Tên người dùng."), ("--password-file", "Tệp có mật khẩu.")],
    ),
    (
        "user remove",
        "Không cho một người đăng nhập nữa; các phiên đang mở kết thúc.",
        &[("NAME", "Tên người dùng.")],
    ),
    ("audit", "Xem ai đã đăng nhập, ai đã ra lệnh gì, hoặc kiểm tra nhật ký đó còn nguyên vẹn.", &[]),
    ("audit list", "Hiện các mục mới nhất, mới trước.", &[("--limit", "Nhiều nhất bao nhiêu mục.")]),
    (
        "audit verify",
        "Xét toàn bộ nhật ký: mỗi mục nối đúng với mục trước, không thiếu mục nào.",
        &[(
            "--noted",
            "Mã băm của một mục, như trong nhật ký của dịch vụ: nhật ký bị làm lại từ đầu không có nó.",
        )],
    ),
    ("defaults", "In cấu hình mặc định kèm giải thích.", &[]),
    ("completions", "In phần gợi ý lệnh cho một shell.", &[("SHELL", "Shell.")]),
    (
        "man",
        "In trang hướng dẫn của chương trình hoặc của một lệnh.",
        &[
            ("COMMAND", "Lệnh, như held hoặc mapping explain; không nêu thì in trang của cả chương trình."),
            ("--dir", "Ghi trang của chương trình và của mọi lệnh vào thư mục này."),
        ],
    ),
];
