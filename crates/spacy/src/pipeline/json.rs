//! JSON as spaCy's `srsly.write_json` lays it out.

use serde_json::Value;

/// Two blanks a level, none behind colons.
pub(super) fn indented(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, &mut out);
    out
}

fn write(value: &Value, depth: usize, out: &mut String) {
    let mut list = |brackets: [char; 2],
                    items: &mut dyn Iterator<Item = (Option<&String>, &Value)>| {
        out.push(brackets[0]);
        out.push('\n');
        let mut is_first = true;
        for (key, item) in items {
            if !is_first {
                out.push_str(",\n");
            }
            is_first = false;
            out.push_str(&"  ".repeat(depth + 1));
            if let Some(key) = key {
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
            }
            write(item, depth + 1, out);
        }
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
        out.push(brackets[1]);
    };
    match value {
        Value::Array(items) => list(['[', ']'], &mut items.iter().map(|it| (None, it))),
        Value::Object(items) => {
            list(['{', '}'], &mut items.iter().map(|(key, it)| (Some(key), it)));
        }
        it => out.push_str(&it.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_are_broken_even_when_empty() {
        let value = json!({ "a": [], "b": { "c": 1.0, "é": [1, "x"] } });
        expect![[r#"
            {
              "a":[

              ],
              "b":{
                "c":1.0,
                "é":[
                  1,
                  "x"
                ]
              }
            }"#]]
        .assert_eq(&indented(&value));
    }
}
