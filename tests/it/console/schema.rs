//! Whether a JSON document is what its schema says. It knows the keywords that the description uses, and fails at any other.

use serde_json::{Map, Value};

/// Everything in `value` that `schema` does not say, with the place of each; references lead into `root`.
pub(super) fn faults(root: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    Look { root, faults: &mut faults }.at("", schema, value);
    faults
}

struct Look<'l> {
    root: &'l Value,
    faults: &'l mut Vec<String>,
}

impl Look<'_> {
    fn holds(&self, schema: &Value, value: &Value) -> bool {
        faults(self.root, schema, value).is_empty()
    }

    fn demand(&mut self, holds: bool, place: &str, keyword: &str, value: &Value) {
        if !holds {
            self.faults.push(format!("{place}: {keyword}: {value}"));
        }
    }

    fn at(&mut self, place: &str, schema: &Value, value: &Value) {
        if let Some(all) = schema.as_bool() {
            return self.demand(all, place, "false", value);
        }
        let schema = schema.as_object().unwrap_or_else(|| panic!("{place}: no schema: {schema}"));
        for (keyword, rule) in schema {
            let fits = match keyword.as_str() {
                "$ref" => {
                    let pointer = rule.as_str().unwrap().strip_prefix('#').unwrap();
                    let target = self.root.pointer(pointer).unwrap_or_else(|| panic!("{rule} leads nowhere"));
                    self.at(place, target, value);
                    true
                }
                "type" => match rule {
                    Value::Array(types) => types.iter().any(|one| is_of(one, value)),
                    one => is_of(one, value),
                },
                "const" => rule == value,
                "enum" => rule.as_array().unwrap().contains(value),
                "minimum" => value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap()),
                "maximum" => value.as_f64().is_none_or(|number| number <= rule.as_f64().unwrap()),
                "minItems" => {
                    value.as_array().is_none_or(|items| items.len() as u64 >= rule.as_u64().unwrap())
                }
                "maxItems" => {
                    value.as_array().is_none_or(|items| items.len() as u64 <= rule.as_u64().unwrap())
                }
                "anyOf" => rule.as_array().unwrap().iter().any(|one| self.holds(one, value)),
                "oneOf" => rule.as_array().unwrap().iter().filter(|one| self.holds(one, value)).count() == 1,
                "required" => value.as_object().is_none_or(|object| {
                    rule.as_array().unwrap().iter().all(|name| object.contains_key(name.as_str().unwrap()))
                }),
                "items" => {
                    let first = schema.get("prefixItems").and_then(Value::as_array).map_or(0, Vec::len);
                    for item in value.as_array().into_iter().flatten().skip(first) {
                        self.at(&format!("{place}/-"), rule, item);
                    }
                    true
                }
                "prefixItems" => {
                    let items = value.as_array().into_iter().flatten();
                    for (rule, item) in rule.as_array().unwrap().iter().zip(items) {
                        self.at(&format!("{place}/-"), rule, item);
                    }
                    true
                }
                "properties" => {
                    self.properties(place, schema, value);
                    true
                }
                "additionalProperties" => {
                    for (name, inner) in unnamed(schema, value) {
                        self.at(&format!("{place}/{name}"), rule, inner);
                    }
                    true
                }
                "title" | "description" | "default" | "format" | "maxLength" | "pattern" => true,
                other => panic!("{place}: the keyword {other} is not known here"),
            };
            self.demand(fits, place, keyword, value);
        }
    }

    /// A field that no schema names is one that nobody described.
    fn properties(&mut self, place: &str, schema: &Map<String, Value>, value: &Value) {
        for (name, rule) in schema["properties"].as_object().unwrap() {
            if let Some(inner) = value.get(name) {
                self.at(&format!("{place}/{name}"), rule, inner);
            }
        }
        let closed = !schema.contains_key("additionalProperties");
        for (name, _) in unnamed(schema, value).into_iter().filter(|_| closed) {
            self.faults.push(format!("{place}/{name} is not described"));
        }
    }
}

/// The fields of `value` that the schema does not name.
fn unnamed<'v>(schema: &Map<String, Value>, value: &'v Value) -> Vec<(&'v String, &'v Value)> {
    let named = |name: &String| schema.get("properties").is_some_and(|known| known.get(name).is_some());
    value.as_object().into_iter().flatten().filter(|(name, _)| !named(name)).collect()
}

fn is_of(kind: &Value, value: &Value) -> bool {
    match kind.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("no such type: {other}"),
    }
}
