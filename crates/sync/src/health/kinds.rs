//! The table of everything that can keep both sides from being known to be equal: what it is, whose it is, and what to do.

use dongbo_model::{Owner, vocabulary};

vocabulary! {
    /// How things stand. The gravest reason decides; the least grave comes first.
    pub enum Standing
    texts {
        /// The verdict in a few words.
        text
    }
    {
        /// The portal has everything that the local system has, as far as was proved.
        InStep = "in_step", ["Khớp với Cổng", "In step with the portal"];
        /// Something is on its way, and nobody has to act.
        Working = "working", ["Đang xử lý", "Working"];
        /// It goes no further without a person.
        PersonNeeded = "person_needed", ["Cần người xử lý", "A person is needed"];
        /// Nobody can say: something keeps dongbo from seeing or remembering.
        NotKnown = "not_known", ["Chưa rõ", "Not known"];
    }
}

vocabulary! {
    /// A kind of reason why both sides are not known to be equal, the gravest first.
    pub enum ReasonKind
    texts {
        /// The reason in a few words, with `{}` in the place of a number or a name.
        text,
        /// The remedy in a sentence.
        remedy
    }
    columns {
        /// How things stand because of it.
        standing: Standing,
        /// The one whose task the remedy is.
        owner: Owner,
        /// Whether it makes this daemon blind, so that `/readyz` says so.
        blinds: bool
    }
    {
        /// No daemon answers on this host.
        NoDaemon = "no_daemon",
            ["Dịch vụ dongbo không chạy", "No daemon runs"],
            ["systemctl start dongbo; rồi: journalctl -u dongbo -n 50", "systemctl start dongbo; then: journalctl -u dongbo -n 50"]
            => Standing::NotKnown, Owner::Host, true;
        /// A daemon runs, and this user may not ask it.
        DaemonUnasked = "daemon_unasked",
            ["Không hỏi được dịch vụ dongbo đang chạy", "The running daemon cannot be asked"],
            ["Chạy lại bằng root: sudo dongbo status", "Run it as root: sudo dongbo status"]
            => Standing::NotKnown, Owner::Host, true;
        /// A daemon runs and does not answer.
        DaemonSilent = "daemon_silent",
            ["Dịch vụ dongbo đang chạy nhưng không trả lời", "The daemon runs and does not answer"],
            ["Xem: systemctl status dongbo; rồi: systemctl restart dongbo", "Look: systemctl status dongbo; then: systemctl restart dongbo"]
            => Standing::NotKnown, Owner::Host, true;
        /// The ledger cannot be read.
        LedgerUnreadable = "ledger_unreadable",
            ["Không đọc được sổ theo dõi", "The ledger cannot be read"],
            ["Xem ổ đĩa, quyền của thư mục hoặc máy chủ của sổ: dongbo check", "Look at its disk, folder or server: dongbo check"]
            => Standing::NotKnown, Owner::Host, true;
        /// The disk of the ledger is full.
        DiskFull = "disk_full",
            ["Ổ đĩa của sổ theo dõi đã đầy", "The disk of the ledger is full"],
            ["Giải phóng chỗ trên ổ đĩa; dongbo tự ghi tiếp", "Make room on it; dongbo then goes on by itself"]
            => Standing::NotKnown, Owner::Host, true;
        /// The ledger cannot be written.
        LedgerUnwritable = "ledger_unwritable",
            ["Không ghi được sổ theo dõi", "The ledger cannot be written"],
            ["Xem ổ đĩa, quyền của thư mục hoặc máy chủ của sổ: dongbo check", "Look at its disk, folder or server: dongbo check"]
            => Standing::NotKnown, Owner::Host, true;
        /// A part of the daemon has stood still for longer than its work can take.
        Standstill = "standstill",
            ["Một phần của dịch vụ dongbo đứng yên", "A part of the daemon stands still"],
            ["systemctl restart dongbo; rồi gửi nhật ký cho người phát triển", "systemctl restart dongbo; then report it with the log"]
            => Standing::NotKnown, Owner::Host, true;
        /// The local database refuses the log-in or a permission.
        SourceRefuses = "source_refuses",
            ["Cơ sở dữ liệu một cửa từ chối đăng nhập", "The local database refuses access"],
            ["Sửa người dùng, mật khẩu hoặc quyền SELECT: dongbo check", "Correct user, password or the right to SELECT: dongbo check"]
            => Standing::NotKnown, Owner::Operator, true;
        /// The mapping does not fit the local database.
        MappingUnfit = "mapping_unfit",
            ["Tệp ánh xạ không khớp với cơ sở dữ liệu một cửa", "The mapping does not fit the local database"],
            ["Sửa câu SQL trong tệp ánh xạ, rồi: dongbo check; dongbo reload", "Correct its SQL, then: dongbo check; dongbo reload"]
            => Standing::NotKnown, Owner::Operator, true;
        /// Reading the local database fails by a fault of dongbo.
        ReadingBroken = "reading_broken",
            ["dongbo tự lỗi khi đọc cơ sở dữ liệu một cửa", "dongbo itself fails to read the local database"],
            ["Gửi nhật ký cho người phát triển: journalctl -u dongbo", "Report it with the log: journalctl -u dongbo"]
            => Standing::NotKnown, Owner::Operator, true;
        /// The local database has not been readable for longer than fifteen polls.
        SourceDown = "source_down",
            ["Không đọc được cơ sở dữ liệu một cửa", "The local database cannot be read"],
            ["Xem máy chủ cơ sở dữ liệu và đường mạng đến nó: dongbo check", "Look at its server and the network: dongbo check"]
            => Standing::NotKnown, Owner::LocalSystem, true;
        /// This daemon follows, and nothing shows that another one leads.
        NobodyLeads = "nobody_leads",
            ["Không dongbo nào chung sổ theo dõi này đọc một cửa", "No dongbo on this ledger reads the local database"],
            ["Chạy dongbo status trên từng máy; khởi động lại dịch vụ bị treo", "Run dongbo status on each host; restart the daemon that hangs"]
            => Standing::NotKnown, Owner::Host, true;
        /// No poll has ended for long, and none has failed: this daemon, which leads, hangs.
        ReadingLate = "reading_late",
            ["Lâu rồi chưa đọc xong cơ sở dữ liệu một cửa", "The local database has not been read for long"],
            ["Xem dongbo đang giữ vai trò chính: dongbo status --full", "Look at the daemon that leads: dongbo status --full"]
            => Standing::NotKnown, Owner::Operator, true;
        /// Half of the rows are gone from the mapping's queries for changes.
        ChangesGone = "changes_gone",
            ["{} dòng không còn trong [changed], ít nhất một nửa", "{} rows are gone from [changed], at least half of them"],
            ["Sửa điều kiện của [changed] trong tệp ánh xạ; dongbo check", "Correct the condition of [changed] of the mapping; dongbo check"]
            => Standing::NotKnown, Owner::Operator, false;
        /// The daemon has not read all changes of the local database since it started.
        NotReadYet = "not_read_yet",
            ["Vừa khởi động, chưa đọc hết thay đổi ở một cửa", "Just started, and not through all local changes"],
            ["Chờ đọc xong; không phải làm gì", "Nothing: wait until it has read them"]
            => Standing::NotKnown, Owner::Nobody, false;
        /// The ledger is being built anew in the place of a damaged one.
        LedgerRebuilding = "ledger_rebuilding",
            ["Sổ theo dõi bị hỏng, đang được dựng lại", "The ledger was damaged and is being rebuilt"],
            ["Chờ rà soát một cửa xong; kiểm tra ổ đĩa (smartctl, dmesg)", "Wait for the sweep to end; check the disk (smartctl, dmesg)"]
            => Standing::NotKnown, Owner::Host, false;
        /// A full sweep is overdue by more than a day.
        SweepOverdue = "sweep_overdue",
            ["Rà soát một cửa đã trễ lịch hơn một ngày", "The sweep is overdue by more than a day"],
            ["Xem điều gì cản: dongbo status --full; journalctl -u dongbo", "See what keeps it: dongbo status --full; journalctl -u dongbo"]
            => Standing::NotKnown, Owner::Operator, false;
        /// A comparison of both sides is overdue by more than a day.
        ComparisonOverdue = "comparison_overdue",
            ["Đối chiếu hai bên đã trễ lịch hơn một ngày", "Reconciliation is overdue by more than a day"],
            ["Xem lý do, rồi chạy: dongbo reconcile", "See why, then run it: dongbo reconcile"]
            => Standing::NotKnown, Owner::Operator, false;
        /// The operator paused sending.
        Paused = "paused",
            ["Việc gửi đang tạm dừng theo lệnh", "Sending is paused on request"],
            ["Khi gửi lại được: dongbo resume", "When sending may go on: dongbo resume"]
            => Standing::PersonNeeded, Owner::Operator, false;
        /// The portal refuses the log-in.
        PortalRefuses = "portal_refuses",
            ["Cổng từ chối đăng nhập; đã ngừng gửi", "The portal refuses the log-in; sending has stopped"],
            ["Sửa portal.username hoặc tệp mật khẩu, rồi: dongbo reload", "Correct portal.username or the password, then: dongbo reload"]
            => Standing::PersonNeeded, Owner::Operator, false;
        /// The portal's address or service is not there.
        PortalMisplaced = "portal_misplaced",
            ["Sai địa chỉ hoặc dịch vụ của Cổng; đã ngừng gửi", "The portal is not at its address; sending has stopped"],
            ["Sửa portal.adapter_url và các đường dẫn, rồi: dongbo reload", "Correct portal.adapter_url and paths, then: dongbo reload"]
            => Standing::PersonNeeded, Owner::Operator, false;
        /// The portal answers in a way that nobody taught dongbo.
        PortalOdd = "portal_odd",
            ["Cổng trả lời theo cách lạ; đã ngừng gửi", "The portal's answers are not understood; sending has stopped"],
            ["Hỏi đơn vị vận hành Cổng điều gì đã đổi: docs/verdicts.md", "Ask its operators what has changed: docs/verdicts.md"]
            => Standing::PersonNeeded, Owner::Operator, false;
        /// The configuration file is broken: the daemon would not start with it.
        ConfigBroken = "config_broken",
            ["Tệp cấu hình bị lỗi; lần khởi động sau sẽ không chạy được", "The configuration file is broken: the next start fails"],
            ["Sửa tệp cấu hình, rồi: dongbo check", "Correct it, then: dongbo check"]
            => Standing::PersonNeeded, Owner::Operator, false;
        /// The last reload did not take the configuration over.
        ReloadRefused = "reload_refused",
            ["Cấu hình mới không được nhận; cấu hình cũ vẫn chạy", "The new configuration was not taken over"],
            ["Sửa tệp cấu hình, rồi: dongbo check; dongbo reload", "Correct it, then: dongbo check; dongbo reload"]
            => Standing::PersonNeeded, Owner::Operator, false;
        /// The local database gives no dossier at all.
        NothingGiven = "nothing_given",
            ["Hệ thống một cửa chưa đưa ra hồ sơ nào", "The one-stop system gives no dossier"],
            ["Nếu ở đó có hồ sơ: sửa [changed] của tệp ánh xạ; dongbo check", "If it has some: correct [changed] of the mapping; dongbo check"]
            => Standing::PersonNeeded, Owner::Operator, false;
        /// The mapping's queries contradict each other about dossiers.
        QueriesDisagree = "queries_disagree",
            ["{} hồ sơ mà [sweep] không đưa ra nhưng [dossiers] đọc được", "{} dossiers that [dossiers] reads and [sweep] does not give"],
            ["Sửa điều kiện của [sweep] trong tệp ánh xạ; dongbo check", "Correct the condition of [sweep] of the mapping; dongbo check"]
            => Standing::PersonNeeded, Owner::Operator, false;
        /// Rows have no key or no time of change by which their changes could be followed.
        RowsUnfollowed = "rows_unfollowed",
            ["{} dòng ở một cửa không theo dõi được thay đổi", "{} local rows whose changes cannot be followed"],
            ["Sửa cột key, changed_at hoặc dữ liệu: docs/health.md", "Correct the columns key, changed_at, or the data: docs/health.md"]
            => Standing::PersonNeeded, Owner::Operator, false;
        /// A source was taken out of the configuration before all that it had was sent.
        SourceRemoved = "source_removed",
            ["{} hồ sơ chưa gửi thuộc nguồn không còn trong cấu hình", "{} unsent dossiers of a source that was removed"],
            ["Khai lại nguồn đó; hoặc thôi: dongbo let-go NGUỒN", "Name it again; or give it up: dongbo let-go SOURCE"]
            => Standing::PersonNeeded, Owner::Operator, false;
        /// Dossiers are held until a person has acted.
        DossiersHeld = "dossiers_held",
            ["{} hồ sơ bị giữ", "{} dossiers are held"],
            ["Xem từng nguyên nhân và cách xử lý: dongbo held", "See each cause and its remedy: dongbo held"]
            => Standing::PersonNeeded, Owner::Unit, false;
        /// Files are held until a person has acted.
        FilesHeld = "files_held",
            ["{} tệp bị giữ", "{} files are held"],
            ["Xem từng tệp và cách xử lý: dongbo files", "See each file and its remedy: dongbo files"]
            => Standing::PersonNeeded, Owner::Unit, false;
        /// Both sides differ in a way that dongbo's operator can put right.
        Differences = "differences",
            ["{} khác biệt giữa hai bên, gửi lại hoặc tra cứu sẽ rõ", "{} differences to be put right from here"],
            ["dongbo reconcile list; gửi lại: dongbo reconcile --repair", "dongbo reconcile list; then: dongbo reconcile --repair"]
            => Standing::PersonNeeded, Owner::Operator, false;
        /// Both sides differ in a way that only the unit can put right.
        DifferencesOfUnits = "differences_of_units",
            ["{} khác biệt giữa hai bên, đơn vị phải xử lý", "{} differences for the units to resolve"],
            ["Chuyển danh sách cho đơn vị: dongbo reconcile list --rows", "Give the units the list: dongbo reconcile list --rows"]
            => Standing::PersonNeeded, Owner::Unit, false;
        /// Both sides differ in a way that only the portal's operators can put right.
        DifferencesOfPortal = "differences_of_portal",
            ["{} khác biệt giữa hai bên, chỉ Cổng sửa được", "{} differences that only the portal can mend"],
            ["Chuyển danh sách cho Cổng: dongbo reconcile list --rows", "Give its operators the list: dongbo reconcile list --rows"]
            => Standing::PersonNeeded, Owner::Portal, false;
        /// A vendor's bridge has not brought to the portal what the local system has.
        NotBrought = "not_brought",
            ["{} chỗ Cổng chưa có như ở một cửa", "{} things that the portal lacks"],
            ["dongbo reconcile list; nhờ cầu nối gửi lại: dongbo resend", "dongbo reconcile list; by the bridge: dongbo resend"]
            => Standing::PersonNeeded, Owner::Bridge, false;
        /// The portal has not fetched files for three days after it was told of them.
        FilesUnfetched = "files_unfetched",
            ["{} tệp đã báo mà Cổng hơn ba ngày chưa tải", "{} files announced and not fetched for three days"],
            ["Xem đường từ Cổng đến files.public_url: dongbo files", "Look at its way to files.public_url: dongbo files"]
            => Standing::PersonNeeded, Owner::Operator, false;
        /// Something has stood in the way of files for more than an hour, or waiting does not cure it.
        FilesStuck = "files_stuck",
            ["{} tệp không chuyển được", "{} files do not get on"],
            ["Xem điều gì cản và cách xử lý: dongbo files", "See what stands in the way: dongbo files"]
            => Standing::PersonNeeded, Owner::Operator, false;
        /// The portal has broken off three comparisons in a row.
        ComparisonBrokenOff = "comparison_broken_off",
            ["Cổng ngắt {} lần đối chiếu hai bên liên tiếp", "The portal broke off {} comparisons in a row"],
            ["Hỏi đơn vị vận hành Cổng vì sao không cho tra cứu", "Ask its operators why it refuses look-ups"]
            => Standing::PersonNeeded, Owner::Portal, false;
        /// A sweep or a comparison cannot be made, and waiting does not cure it.
        ComparisonUnfit = "comparison_unfit",
            ["Không rà soát hoặc đối chiếu được", "Sweeping or comparing fails"],
            ["Sửa tệp ánh xạ hoặc cấu hình theo lời báo lỗi: dongbo check", "Correct mapping or configuration: dongbo check"]
            => Standing::PersonNeeded, Owner::Operator, false;
        /// The portal does not answer.
        PortalDown = "portal_down",
            ["Cổng không trả lời; đã ngừng gửi", "The portal does not answer; sending has stopped"],
            ["Không phải làm gì: dongbo tự gửi lại khi Cổng trả lời", "Nothing: dongbo sends again when it answers"]
            => Standing::Working, Owner::Nobody, false;
        /// The local database has not been readable for a moment.
        SourceHiccup = "source_hiccup",
            ["Lần đọc một cửa gần nhất bị lỗi, đang thử lại", "The last read of the local database failed; it is tried again"],
            ["Không phải làm gì: dongbo tự thử lại", "Nothing: dongbo tries again"]
            => Standing::Working, Owner::Nobody, false;
        /// A sweep or a comparison failed and is made again.
        ComparisonDelayed = "comparison_delayed",
            ["Rà soát hoặc đối chiếu bị lỗi, sẽ chạy lại", "A sweep or comparison failed and is made again"],
            ["Không phải làm gì: dongbo tự chạy lại", "Nothing: dongbo makes it again"]
            => Standing::Working, Owner::Nobody, false;
        /// Dossiers are due or under way.
        Sending = "sending",
            ["{} hồ sơ đang chờ gửi hoặc đang gửi", "{} dossiers are due or under way"],
            ["Không phải làm gì: dongbo đang gửi", "Nothing: dongbo is sending them"]
            => Standing::Working, Owner::Nobody, false;
        /// Dossiers failed and are sent again later.
        Retrying = "retrying",
            ["{} hồ sơ hẹn gửi lại", "{} dossiers are to be sent again later"],
            ["Không phải làm gì: dongbo tự gửi lại", "Nothing: dongbo sends them again"]
            => Standing::Working, Owner::Nobody, false;
        /// Dossiers wait to be looked up, where dongbo only watches.
        Looking = "looking",
            ["{} hồ sơ chờ tra cứu trên Cổng", "{} dossiers wait to be looked up"],
            ["Không phải làm gì: dongbo đang tra cứu", "Nothing: dongbo looks them up"]
            => Standing::Working, Owner::Nobody, false;
        /// Dossiers that the portal did not have whole are looked up again later, where dongbo only watches.
        LookingAgain = "looking_again",
            ["{} hồ sơ chưa thấy đủ trên Cổng, sẽ tra cứu lại", "{} dossiers not seen whole yet, to be looked up again"],
            ["Chờ cầu nối; quá lâu thì nhờ gửi lại: dongbo resend", "Wait for the bridge; after long: dongbo resend"]
            => Standing::Working, Owner::Nobody, false;
        /// Files are on their way.
        FilesOnTheWay = "files_on_the_way",
            ["{} tệp đang chuyển hoặc chờ Cổng tải", "{} files are on their way or to be fetched"],
            ["Không phải làm gì: dongbo đang chuyển", "Nothing: dongbo delivers them"]
            => Standing::Working, Owner::Nobody, false;
        /// Something has stood in the way of files for a short time.
        FilesDelayed = "files_delayed",
            ["{} tệp tạm chưa chuyển được", "{} files do not get on for now"],
            ["Không phải làm gì: dongbo tự thử lại", "Nothing: dongbo tries again"]
            => Standing::Working, Owner::Nobody, false;
        /// Differences that were sent again, or go by themselves.
        DifferencesPending = "differences_pending",
            ["{} khác biệt đang chờ tự hết", "{} differences that go by themselves"],
            ["Không phải làm gì: lần đối chiếu sau sẽ xem lại", "Nothing: the next comparison looks again"]
            => Standing::Working, Owner::Nobody, false;
    }
}
