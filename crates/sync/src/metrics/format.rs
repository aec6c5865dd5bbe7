//! The two forms of the page: OpenMetrics, and the older text format of Prometheus, which node_exporter reads.

/// A form of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// OpenMetrics 1.0.0.
    OpenMetrics,
    /// The text format 0.0.4 of Prometheus.
    Classic,
}

impl Format {
    /// The form that an `Accept` header asks for: OpenMetrics when it is named, the classic format otherwise.
    #[must_use]
    pub fn asked_for(accept: &str) -> Self {
        let names =
            |part: &str| part.split(';').next().unwrap_or_default().trim() == "application/openmetrics-text";
        if accept.split(',').any(names) { Self::OpenMetrics } else { Self::Classic }
    }

    /// The `Content-Type` of a page of this form.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Classic => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// An OpenMetrics page in the classic format, where a family has the name of its samples and only comments that say
/// something there are left.
pub(super) fn classic(page: &str) -> String {
    let mut text = String::with_capacity(page.len());
    // The type comes after the help, and says what both are called.
    let mut help = None;
    for line in page.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            help = rest.split_once(' ');
        } else if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' '))
        {
            let (suffix, kind) = match kind {
                "counter" => ("_total", "counter"),
                "info" => ("_info", "gauge"),
                kind => ("", kind),
            };
            if let Some((_, help)) = help.take() {
                text.extend(["# HELP ", name, suffix, " ", help, "\n"]);
            }
            text.extend(["# TYPE ", name, suffix, " ", kind, "\n"]);
        } else if !line.starts_with('#') {
            text.extend([line, "\n"]);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Format, classic};

    #[test]
    fn openmetrics_is_given_to_who_asks_for_it() {
        let prometheus =
            "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1";
        assert_eq!(Format::asked_for(prometheus), Format::OpenMetrics);
        for other in ["", "*/*", "text/html,application/xhtml+xml", "text/plain;version=0.0.4"] {
            assert_eq!(Format::asked_for(other), Format::Classic, "{other}");
        }
    }

    #[test]
    fn a_family_has_the_name_of_its_samples_in_the_classic_format() {
        let page = "# HELP a A is.\n# TYPE a counter\na_total{x=\"# TYPE\"} 1\n# HELP b B.\n# TYPE b info\n\
                    b_info{v=\"1\"} 1\n# HELP c_seconds C.\n# TYPE c_seconds gauge\n# UNIT c_seconds seconds\n\
                    c_seconds 2\n# EOF\n";
        let expected = "# HELP a_total A is.\n# TYPE a_total counter\na_total{x=\"# TYPE\"} 1\n# HELP b_info B.\n\
                        # TYPE b_info gauge\nb_info{v=\"1\"} 1\n# HELP c_seconds C.\n# TYPE c_seconds gauge\n\
                        c_seconds 2\n";
        assert_eq!(classic(page), expected);
    }
}
