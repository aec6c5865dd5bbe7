//! The named parameters of the mapping's SQL.

use dongbo_model::vocabulary;

vocabulary! {
    /// A named parameter of the mapping's SQL, which writes a colon before it.
    pub(crate) enum Param {
        /// The `changed_at` after which a page begins.
        Since = "since";
        /// The key (or, in the sweep, the code) after which a page begins.
        After = "after";
        /// The number of rows.
        Limit = "limit";
        /// The dossiers to read.
        Codes = "codes";
        /// The keys of the dossiers to read.
        Keys = "keys";
        /// The file to read.
        Key = "key";
        /// The first byte to read, counted from 1 as `substr` does.
        Start = "start";
        /// The number of bytes.
        Length = "length";
    }
}

impl Param {
    /// Whether it stands for several values.
    pub(crate) const fn is_list(self) -> bool {
        matches!(self, Self::Codes | Self::Keys)
    }
}

/// The parameters that a query takes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Takes<'p> {
    /// All of these.
    All(&'p [Param]),
    /// One of these.
    OneOf(&'p [Param]),
}

impl Takes<'_> {
    /// The complaint about a query that uses only `used`.
    pub(super) fn lacks(self, used: &[Param]) -> Option<String> {
        let name = |param: &Param| format!(":{}", param.name());
        match self {
            Self::All(params) => {
                let unused = params.iter().find(|param| !used.contains(param))?;
                Some(format!("parameter {} is not used", name(unused)))
            }
            Self::OneOf(params) => match used {
                [] => {
                    let (first, others) = params.split_first()?;
                    let others: Vec<_> = others.iter().map(name).collect();
                    Some(format!("parameter {} is not used, nor {}", name(first), others.join(", ")))
                }
                [_] => None,
                [first, others @ ..] => {
                    let others: Vec<_> = others.iter().map(name).collect();
                    Some(format!("parameters {} and {} exclude each other", name(first), others.join(", ")))
                }
            },
        }
    }

    pub(super) const fn params(&self) -> &[Param] {
        match self {
            Self::All(params) | Self::OneOf(params) => params,
        }
    }
}
