//! The national status of a dossier and its legal life.

crate::vocabulary! {
    /// National dossier status (`TrangThaiHoSo`), as the integration guide lists it.
    pub coded enum Status
    texts {
        /// Its name: in Vietnamese, as the integration guide has it.
        text
    }
    {
        /// Mới đăng ký.
        Registered = "1", ["Mới đăng ký", "registered"];
        /// Được tiếp nhận.
        Accepted = "2", ["Được tiếp nhận", "accepted"];
        /// Không được tiếp nhận.
        NotAccepted = "3", ["Không được tiếp nhận", "not accepted"];
        /// Đang xử lý.
        InProcess = "4", ["Đang xử lý", "in process"];
        /// Yêu cầu bổ sung giấy tờ.
        SupplementRequested = "5", ["Yêu cầu bổ sung giấy tờ", "further papers requested"];
        /// Yêu cầu thực hiện nghĩa vụ tài chính.
        PaymentRequested = "6", ["Yêu cầu thực hiện nghĩa vụ tài chính", "payment due"];
        /// Công dân yêu cầu rút hồ sơ.
        Withdrawn = "7", ["Công dân yêu cầu rút hồ sơ", "withdrawn by the citizen"];
        /// Dừng xử lý.
        Stopped = "8", ["Dừng xử lý", "stopped"];
        /// Đã xử lý xong.
        Processed = "9", ["Đã xử lý xong", "processed"];
        /// Đã trả kết quả.
        Returned = "10", ["Đã trả kết quả", "result handed over"];
    }
}

impl Status {
    /// Whether nothing comes after this status.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::NotAccepted | Self::Withdrawn | Self::Stopped | Self::Returned)
    }

    /// The statuses that may come directly after this one.
    #[must_use]
    pub const fn next(self) -> &'static [Self] {
        use Status::{
            Accepted, InProcess, NotAccepted, PaymentRequested, Processed, Returned, Stopped,
            SupplementRequested, Withdrawn,
        };
        match self {
            Self::Registered => {
                &[Accepted, NotAccepted, SupplementRequested, PaymentRequested, Withdrawn, Stopped]
            }
            Self::Accepted => {
                &[InProcess, SupplementRequested, PaymentRequested, Withdrawn, Stopped, Processed]
            }
            Self::InProcess => &[SupplementRequested, PaymentRequested, Withdrawn, Stopped, Processed],
            Self::SupplementRequested => {
                &[Accepted, InProcess, PaymentRequested, Withdrawn, Stopped, Processed]
            }
            Self::PaymentRequested => {
                &[Accepted, InProcess, SupplementRequested, Withdrawn, Stopped, Processed]
            }
            Self::Processed => &[Returned, Stopped],
            Self::NotAccepted | Self::Withdrawn | Self::Stopped | Self::Returned => &[],
        }
    }

    /// Whether a dossier that stood at `self` can legally come to stand at `later`, directly or over other statuses
    /// (a daemon that reads only now and then does not see every one). Staying put counts.
    #[must_use]
    pub fn can_lead_to(self, later: Self) -> bool {
        let mut seen = vec![self];
        let mut open = vec![self];
        while let Some(status) = open.pop() {
            if status == later {
                return true;
            }
            for &next in status.next() {
                if !seen.contains(&next) {
                    seen.push(next);
                    open.push(next);
                }
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::Status;

    #[test]
    fn nothing_leads_out_of_a_final_status_and_every_other_reaches_one() {
        for &status in Status::ALL {
            assert_eq!(status.is_final(), status.next().is_empty(), "{status:?}");
            assert!(status.is_final() || Status::ALL.iter().any(|&s| s.is_final() && status.can_lead_to(s)));
        }
    }

    #[test]
    fn life_goes_forward_only_but_for_the_round_through_a_supplement() {
        assert!(Status::Registered.can_lead_to(Status::Returned));
        assert!(Status::SupplementRequested.can_lead_to(Status::InProcess));
        assert!(Status::InProcess.can_lead_to(Status::Accepted), "by way of a supplement");
        for (from, to) in [
            (Status::Processed, Status::InProcess),
            (Status::Returned, Status::Processed),
            (Status::Withdrawn, Status::Accepted),
            (Status::Accepted, Status::Registered),
        ] {
            assert!(!from.can_lead_to(to), "{from:?} -> {to:?}");
        }
    }

    #[test]
    fn published_codes_go_both_ways() {
        assert!(Status::ALL.iter().all(|&status| Status::from_code(status.code()) == Some(status)));
        assert_eq!(Status::from_code("11"), None);
    }
}
