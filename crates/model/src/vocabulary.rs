//! The macro that declares an enum together with the one table of its words.

#[doc(hidden)]
pub use schemars as __schemars;
#[doc(hidden)]
pub use serde as __serde;

/// Declares an enum whose values have stable names, as one table.
///
/// Each row is a value: its stable name, its texts in Vietnamese and English, and further columns. Texts are declared
/// under `texts`, typed columns under `columns`; both may be left out. The macro makes `ALL`, `NAMES`, `name`,
/// `from_name`, a function of the [`Lang`](crate::Lang) for each text and a function for each column, and has serde read
/// and write a value as its stable name, of which a JSON schema lists all.
///
/// ```
/// use dongbo_model::{Lang, vocabulary};
///
/// vocabulary! {
///     /// The weather.
///     pub enum Weather
///     texts {
///         /// The name for people.
///         text
///     }
///     columns {
///         /// Whether an umbrella is needed.
///         wet: bool
///     }
///     {
///         /// Water falls.
///         Rain = "rain", ["mưa", "rain"] => true;
///         /// The sky is clear.
///         Sun = "sun", ["nắng", "sun"] => false;
///     }
/// }
///
/// assert_eq!(Weather::from_name("rain"), Some(Weather::Rain));
/// assert_eq!((Weather::Sun.name(), Weather::Rain.text(Lang::Vi), Weather::Rain.wet()), ("sun", "mưa", true));
/// ```
///
/// `coded enum` in place of `enum` declares a list of the national record, whose values are known by published codes: it
/// has `CODES`, `code` and `from_code`.
#[macro_export]
macro_rules! vocabulary {
    ($(#[$meta:meta])* $visibility:vis coded enum $($rest:tt)+) => {
        $crate::vocabulary! {
            @words "The published code.", "The value with this published code.", "Every published code, in the order of the values.";
            CODES code from_code; [$(#[$meta])*] [$visibility] $($rest)+
        }
    };
    ($(#[$meta:meta])* $visibility:vis enum $($rest:tt)+) => {
        $crate::vocabulary! {
            @words "The stable name.", "The value with this stable name.", "Every stable name, in the order of the values.";
            NAMES name from_name; [$(#[$meta])*] [$visibility] $($rest)+
        }
    };
    (
        @words $key_doc:literal, $from_doc:literal, $keys_doc:literal;
        $keys:ident $key:ident $from:ident; [$(#[$meta:meta])*] [$visibility:vis] $word:ident
        $(texts { $($(#[$text_meta:meta])* $text:ident),+ $(,)? })?
        $(columns { $($(#[$column_meta:meta])* $column:ident: $type:ty),+ $(,)? })?
        {
            $(
                $(#[$value_meta:meta])*
                $value:ident = $name:literal $(, [$vi:literal, $en:literal])* $(=> $($cell:expr),+)?;
            )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $visibility enum $word { $($(#[$value_meta])* $value),+ }

        const _: () = {
            /// One row of the table.
            #[derive(Clone, Copy)]
            struct Entry {
                name: &'static str,
                $($($text: [&'static str; 2],)+)?
                $($($column: $type,)+)?
            }

            #[allow(clippy::too_many_arguments, reason = "a table may have many columns")]
            const fn entry(
                name: &'static str,
                $($($text: [&'static str; 2],)+)?
                $($($column: $type,)+)?
            ) -> Entry {
                Entry { name, $($($text,)+)? $($($column,)+)? }
            }

            #[allow(dead_code, reason = "a word need not use all that the table makes")]
            impl $word {
                /// Every value, in the order of the table.
                $visibility const ALL: &'static [Self] = &[$(Self::$value),+];

                #[doc = $keys_doc]
                $visibility const $keys: &'static [&'static str] = &[$($name),+];

                const fn entry(self) -> Entry {
                    match self { $(Self::$value => entry($name $(, [$vi, $en])* $($(, $cell)+)?)),+ }
                }

                #[doc = $key_doc]
                #[must_use]
                $visibility const fn $key(self) -> &'static str {
                    self.entry().name
                }

                #[doc = $from_doc]
                #[must_use]
                $visibility fn $from($key: &str) -> Option<Self> {
                    match $key { $($name => Some(Self::$value),)+ _ => None }
                }

                $($(
                    $(#[$text_meta])*
                    #[must_use]
                    $visibility const fn $text(self, lang: $crate::Lang) -> &'static str {
                        let [vi, en] = self.entry().$text;
                        lang.pick(vi, en)
                    }
                )+)?

                $($(
                    $(#[$column_meta])*
                    #[must_use]
                    $visibility const fn $column(self) -> $type {
                        self.entry().$column
                    }
                )+)?
            }

            impl $crate::vocabulary::__serde::Serialize for $word {
                fn serialize<S: $crate::vocabulary::__serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.serialize_str(self.$key())
                }
            }

            impl $crate::vocabulary::__schemars::JsonSchema for $word {
                fn schema_name() -> ::std::borrow::Cow<'static, str> {
                    stringify!($word).into()
                }

                fn schema_id() -> ::std::borrow::Cow<'static, str> {
                    concat!(module_path!(), "::", stringify!($word)).into()
                }

                fn json_schema(
                    _: &mut $crate::vocabulary::__schemars::SchemaGenerator,
                ) -> $crate::vocabulary::__schemars::Schema {
                    $crate::vocabulary::__one_of(Self::$keys)
                }
            }

            impl<'de> $crate::vocabulary::__serde::Deserialize<'de> for $word {
                fn deserialize<D: $crate::vocabulary::__serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    let $key: String = $crate::vocabulary::__serde::Deserialize::deserialize(deserializer)?;
                    Self::$from(&$key).ok_or_else(|| {
                        $crate::vocabulary::__serde::de::Error::unknown_variant(&$key, Self::$keys)
                    })
                }
            }
        };
    };
}

#[doc(hidden)]
#[must_use]
pub fn __one_of(names: &[&str]) -> schemars::Schema {
    schemars::json_schema!({ "type": "string", "enum": names })
}

#[cfg(test)]
mod tests {
    use crate::{DifferenceKind, Layer, Status};

    #[test]
    fn every_value_is_found_again_by_its_name_and_nothing_by_another() {
        for (kind, name) in DifferenceKind::ALL.iter().zip(DifferenceKind::NAMES) {
            assert_eq!((kind.name(), DifferenceKind::from_name(name)), (*name, Some(*kind)));
        }
        assert_eq!(DifferenceKind::from_name("nothing"), None);
        assert_eq!((Status::from_code("10"), Status::from_code("11")), (Some(Status::Returned), None));
    }

    #[test]
    fn serde_writes_and_reads_the_stable_name() {
        assert_eq!(serde_json::to_string(&Layer::ALL).unwrap(), r#"["presence","status","steps","files"]"#);
        assert_eq!(serde_json::from_str::<Layer>("\"steps\"").unwrap(), Layer::Steps);
        let error = serde_json::from_str::<Layer>("\"none\"").unwrap_err().to_string();
        assert!(error.contains("none") && error.contains("presence"), "{error}");
    }
}
