//! The details of findings: one sentence for each, in both languages.
//!
//! A finding keeps its detail in English, as it stands in the ledger, in logs and in JSON; [`Detail::told`] says it in the language
//! of the reader.

use std::borrow::Cow;
use std::fmt::Display;

use crate::{Lang, vocabulary};

vocabulary! {
    /// A sentence with `{}` in the places of numbers, codes and values.
    pub enum Detail
    texts {
        /// The sentence.
        text
    }
    {
        /// A code that a code list lacks.
        NoneOf = "none_of", ["không ứng với mã nào trong {}", "corresponds to none of {}"];
        /// No text.
        NotText = "not_text", ["không phải là chữ", "not text"];
        /// A number without its leading zeros.
        NumberForText = "number_for_text", [
            "là số chứ không phải chữ, nên mất các số 0 ở đầu",
            "a number where text belongs: leading zeros are lost"
        ];
        /// A character that no text has.
        NulCharacter = "nul_character", ["có ký tự \\u{0}", "contains the character \\u{0}"];
        /// A text above its limit.
        TooLong = "too_long", ["{} ký tự, giới hạn {}", "{} characters, limit {}"];
        /// A dossier above the limit of all its texts, in KiB.
        Larger = "larger", ["tất cả {} KiB, giới hạn {}", "{} KiB in all, limit {}"];
        /// Rows of one dossier above the room for a page.
        LargerRows = "larger_rows", ["tất cả hơn {} MiB", "more than {} MiB in all"];
        /// A list above the limit of its rows.
        MoreRows = "more_rows", ["hơn {} dòng", "more than {} rows"];
        /// A key of a file without a store.
        NoStore = "no_store", ["tệp ánh xạ không có [files] cho tệp này", "the mapping has no [files] for it"];
        /// A truth value in another form.
        NoFlag = "no_flag", ["không phải 0 hoặc 1", "neither 0 nor 1"];
        /// No count.
        NoCount = "no_count", ["không phải số nguyên từ 0 trở lên", "not a whole number of at least 0"];
        /// No whole number.
        NoWhole = "no_whole", ["không phải số nguyên", "not a whole number"];
        /// Too large a number.
        TooLarge = "too_large", ["số quá lớn", "the number is too large"];
        /// Separators with two meanings.
        Separators = "separators", [
            "dấu phân cách có thể là hàng nghìn hoặc thập phân: ghi numbers = { thousands, decimal } trong tệp ánh xạ",
            "its separators may be of thousands or of decimals: say so with numbers = { thousands, decimal } in the mapping"
        ];
        /// No address.
        NoAddress = "no_address", [
            "không phải địa chỉ http:// hoặc https:// trọn vẹn, có tên máy chủ",
            "not an absolute http:// or https:// address with a host"
        ];
        /// An address with a password.
        LogIn = "log_in", ["địa chỉ có kèm tài khoản", "the address contains a log-in"];
        /// An address of the local machine.
        Unreachable = "unreachable", [
            "máy khác không tìm được máy chủ này; nếu Cổng tìm được, ghi nó vào local_links của tệp ánh xạ",
            "no other machine can find its host; if the portal does, name it in local_links of the mapping"
        ];
        /// No date, with what was written.
        NoDateWritten = "no_date_written", [
            "{}: không phải ngày, trừ khi date_formats của tệp ánh xạ nêu cách viết này",
            "{}: not a date, unless date_formats of the mapping says how it is written"
        ];
        /// A date without its zone, with what was written.
        NoZoneWritten = "no_zone_written", [
            "{}: không ghi múi giờ, mà hệ thống một cửa ghi nhiều múi giờ; ghi timezone của tệp ánh xạ nếu biết chắc",
            "{}: it does not say its zone, and the local system writes several; write the mapping's timezone if it is known for sure"
        ];
        /// A date without its zone.
        NoZone = "no_zone", [
            "không ghi múi giờ, mà hệ thống một cửa ghi nhiều múi giờ; ghi timezone của tệp ánh xạ nếu biết chắc",
            "it does not say its zone, and the local system writes several; write the mapping's timezone if it is known for sure"
        ];
        /// A stand-in for no date, with what was written.
        StandsInWritten = "stands_in_written", [
            "{}: là ngày thay cho ô trống; nếu đúng vậy, ghi vào empty_dates của tệp ánh xạ",
            "{}: a placeholder for no date; if so, name it in empty_dates of the mapping"
        ];
        /// A date that is too early, with what was written.
        BeforeWritten = "before_written", [
            "{}: trước {}, ngày bắt đầu của plausible_dates trong tệp ánh xạ",
            "{}: before {}, where plausible_dates of the mapping begins"
        ];
        /// A date that is too late, with what was written.
        AfterWritten = "after_written", [
            "{}: sau {}, ngày kết thúc của plausible_dates trong tệp ánh xạ",
            "{}: after {}, where plausible_dates of the mapping ends"
        ];
        /// No date.
        NoDate = "no_date", [
            "không phải ngày, trừ khi date_formats của tệp ánh xạ nêu cách viết này",
            "not a date, unless date_formats of the mapping says how it is written"
        ];
        /// A stand-in for no date.
        StandsIn = "stands_in", [
            "là ngày thay cho ô trống; nếu đúng vậy, ghi vào empty_dates của tệp ánh xạ",
            "a placeholder for no date; if so, name it in empty_dates of the mapping"
        ];
        /// A date that is too early.
        Before = "before", [
            "trước {}, ngày bắt đầu của plausible_dates trong tệp ánh xạ",
            "before {}, where plausible_dates of the mapping begins"
        ];
        /// A date that is too late.
        After = "after", [
            "sau {}, ngày kết thúc của plausible_dates trong tệp ánh xạ",
            "after {}, where plausible_dates of the mapping ends"
        ];
        /// A number of an identity document of the wrong length.
        NotDigits = "not_digits", ["không đủ {} chữ số", "not {} digits"];
        /// No document.
        NoJson = "no_json", ["không phải tài liệu JSON", "not a JSON document"];
        /// A document of another dossier.
        OtherDocument = "other_document",
            ["tài liệu có mã khác với mã của dòng", "the document has another code than its row"];
        /// A code that another row has in another spelling.
        Twin = "twin", [
            "cơ sở dữ liệu lấy mã viết khác của một dòng khác làm mã này",
            "the database takes another row's code, written otherwise, for this one"
        ];
        /// Rows of which the filter leaves some out.
        LeftOut = "left_out", ["{} dòng, trong đó [eligible] bỏ {}", "{} rows, of which [eligible] leaves out {}"];
        /// Rows that repeat one.
        OneKey = "one_key", ["{} dòng cùng một khoá", "{} rows with one key"];
        /// Rows that are equal.
        EqualRows = "equal_rows", ["{} trong {} dòng giống hệt dòng khác", "{} of {} rows are equal to another"];
        /// Rows with one identifier.
        EqualIds = "equal_ids",
            ["{} trong {} dòng trùng mã với dòng khác", "{} of {} rows have the identifier of another"];
        /// Several rows.
        Rows = "rows", ["{} dòng", "{} rows"];
        /// A key of another type.
        NotTheKey = "not_the_key", ["không đúng kiểu khoá của tệp ánh xạ", "not of the type that the mapping gives key"];
        /// A key of several dossiers.
        SharedKey = "shared_key", ["nhiều hồ sơ cùng một khoá", "several dossiers have one key"];
        /// A row under another spelling of the code.
        RowHasCode = "row_has_code", ["có dòng mang mã {}", "a row has the code {}"];
        /// Another spelling of the code.
        GivesCode = "gives_code", ["[dossiers] trả về mã {}", "[dossiers] gives the code {}"];
        /// A row that the database cannot read.
        Database = "database",
            ["cơ sở dữ liệu không đọc được (mã {}: {})", "the database cannot read it (code {}: {})"];
        /// A row over which dongbo stumbles.
        Panic = "panic", [
            "dongbo gặp lỗi bên trong khi đọc; hãy báo lỗi này (task.panicked trong nhật ký)",
            "reading it breaks off inside dongbo; please report it (task.panicked in the log)"
        ];
        /// A key that is empty.
        EmptyKey = "empty_key", ["khoá trống", "it is empty"];
        /// A key in another encoding.
        KeyNotUtf8 = "key_not_utf8", ["khoá không phải UTF-8", "it is not UTF-8"];
        /// A key of another type, by the type's name.
        KeyType = "key_type", ["khoá không đúng như key = \"{}\"", "it is not what key = \"{}\" says"];
        /// A code with blanks, or not in the canonical form.
        NotCanonical = "not_canonical",
            ["có dấu cách ở đầu hoặc cuối, hoặc không phải NFC", "blanks at its ends, or not NFC"];
        /// A code that is empty.
        CodeEmpty = "code_empty", ["mã trống", "empty"];
        /// A code that is too long.
        CodeTooLong = "code_too_long", ["mã dài {} byte, giới hạn {}", "{} bytes, limit {}"];
        /// A code that looks like a local key.
        CodeMarked = "code_marked", ["mã bắt đầu bằng #", "begins with #"];
        /// A code with a character that nobody sees.
        CodeInvisible = "code_invisible", ["mã có ký tự không nhìn thấy {}", "holds the invisible character {}"];
        /// Steps that the portal shows twice.
        TwiceThere = "twice_there", ["{} bước bị lặp trên Cổng", "{} steps twice on the portal"];
        /// Steps on both sides.
        StepsBothSides = "steps_both_sides", ["Cổng có {} bước, ở đây có {}", "{} steps on the portal, {} here"];
        /// Announcements of a file.
        Announcements = "announcements", ["đã báo {} lần", "{} announcements"];
        /// Writes in a day.
        WithinADay = "within_a_day", ["đã gửi {} lần trong một ngày", "sent {} times within a day"];
        /// A kind of applicant that one dialect lacks.
        NoApplicantKind = "no_applicant_kind", [
            "loại {} chưa có mã ở giao thức rest; xem portal.rest.applicant_kinds",
            "{} has no code in dialect rest; see portal.rest.applicant_kinds"
        ];
        /// A file that the store gave in part.
        CutShort = "cut_short", ["bị ngắt giữa chừng", "ended in the middle"];
        /// A file that was written to.
        Changed = "changed", ["thay đổi trong khi đọc", "changed while it was read"];
        /// The key of a row.
        Key = "key", ["khoá {}", "key {}"];
    }
}

impl Detail {
    /// The sentence in English, as findings keep it.
    #[must_use]
    pub fn with(self, values: &[&dyn Display]) -> String {
        values
            .iter()
            .fold(self.text(Lang::En).to_owned(), |text, value| text.replacen("{}", &value.to_string(), 1))
    }

    /// A detail as it is kept, in a language; what is not known here, such as the portal's words, stays as it is.
    #[must_use]
    pub fn told(lang: Lang, kept: &str) -> Cow<'_, str> {
        match lang {
            Lang::En => Cow::Borrowed(kept),
            Lang::Vi => match sentence(kept) {
                Some(told) => Cow::Owned(told),
                None => Cow::Owned(
                    kept.split("; ")
                        .map(|part| sentence(part).unwrap_or_else(|| part.to_owned()))
                        .collect::<Vec<_>>()
                        .join("; "),
                ),
            },
        }
    }
}

/// The whole of `kept` as one sentence in Vietnamese.
fn sentence(kept: &str) -> Option<String> {
    Detail::ALL.iter().find_map(|detail| {
        let values = values(detail.text(Lang::En), kept)?;
        let mut parts = detail.text(Lang::Vi).split("{}");
        let mut told = parts.next().unwrap_or_default().to_owned();
        for (value, part) in values.into_iter().zip(parts) {
            told.extend([value, part]);
        }
        Some(told)
    })
}

/// The values that stand in `kept` in the places of a sentence's `{}`; `None` when it is another sentence.
fn values<'k>(sentence: &str, kept: &'k str) -> Option<Vec<&'k str>> {
    let mut parts = sentence.split("{}").peekable();
    let mut rest = kept.strip_prefix(parts.next()?)?;
    let mut values = Vec::new();
    while let Some(part) = parts.next() {
        let (value, after) = match (part, parts.peek()) {
            ("", None) => (rest, ""),
            (part, None) => (rest.strip_suffix(part)?, ""),
            (part, Some(_)) => rest.split_once(part)?,
        };
        values.push(value);
        rest = after;
    }
    (rest.is_empty() && values.iter().all(|value| !value.is_empty())).then_some(values)
}

#[cfg(test)]
mod tests {
    use super::Detail;
    use crate::Lang::{self, En, Vi};

    #[test]
    fn a_kept_detail_is_told_in_both_languages() {
        for (kept, vi) in [
            (Detail::TooLong.with(&[&61, &50]), "61 ký tự, giới hạn 50"),
            (Detail::Database.with(&[&"22P02", &"a; b"]), "cơ sở dữ liệu không đọc được (mã 22P02: a; b)"),
            ("it is empty; key K9".to_owned(), "khoá trống; khoá K9"),
            ("Thiếu trường TenTTHC".to_owned(), "Thiếu trường TenTTHC"),
            (String::new(), ""),
        ] {
            assert_eq!(
                (Detail::told(Vi, &kept).as_ref(), Detail::told(En, &kept).as_ref()),
                (vi, kept.as_str())
            );
        }
    }

    #[test]
    fn each_sentence_is_found_again_by_its_english_text() {
        for detail in Detail::ALL {
            let [en, vi] = [En, Vi].map(|lang: Lang| detail.text(lang).replace("{}", "7"));
            assert_eq!(Detail::told(Vi, &en), vi);
        }
    }
}
