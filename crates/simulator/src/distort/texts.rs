use serde_json::Value;

use crate::answer::Answer;

/// A window title, a cleared screen, colours by a C1 control, a next-line, and text that is shown backwards.
pub(crate) const HOSTILE: &str =
    " \u{1b}]0;hostile\u{7}\u{1b}[2J\u{9b}31m\u{85}\u{90}hostile\u{9c}\u{202e}elitsoh\u{2066}\u{200f}\r\u{8}";

/// The members whose text people see: names, states and messages.
const SHOWN: [&str; 14] = [
    "name",
    "label",
    "description",
    "device",
    "state",
    "status",
    "message",
    "msg",
    "details",
    "server_label",
    "server_status",
    "snapshot_name",
    "snapshot_status",
    "hostname",
];

/// Appends the text to each name, state and message of the answer.
pub(crate) fn append(answer: Answer, text: &str) -> Answer {
    match serde_json::from_slice::<Value>(&answer.body) {
        Ok(mut value) => {
            append_to_members(&mut value, text);
            let body = serde_json::to_vec(&value).unwrap_or_default();
            answer.with_body(body)
        }
        Err(_) => {
            let xml = append_to_elements(&String::from_utf8_lossy(&answer.body), text);
            answer.with_body(xml)
        }
    }
}

fn append_to_members(value: &mut Value, text: &str) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(found) if SHOWN.contains(&name.as_str()) => found.push_str(text),
                    Value::Null if SHOWN.contains(&name.as_str()) => *value = text.into(),
                    _ => append_to_members(value, text),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| append_to_members(item, text)),
        _ => {}
    }
}

fn append_to_elements(xml: &str, text: &str) -> String {
    SHOWN.iter().fold(xml.to_owned(), |xml, name| {
        let end = format!("</{name}>");
        xml.replace(&end, &format!("{text}{end}"))
    })
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use serde_json::json;

    use super::*;

    fn appended(body: String) -> String {
        let answer = append(Answer::text(StatusCode::OK, "text/plain", body), "!");
        String::from_utf8(answer.body.to_vec()).unwrap()
    }

    #[test]
    fn names_states_and_messages_get_the_text() {
        let body = json!({ "status": true, "msg": "ok", "return": [{ "id": "1", "name": "a" }, { "name": null }] });
        let expected =
            json!({ "status": true, "msg": "ok!", "return": [{ "id": "1", "name": "a!" }, { "name": "!" }] });
        assert_eq!(appended(body.to_string()), expected.to_string());
    }

    #[test]
    fn xml_gets_the_text_too() {
        let body = "<code>OK</code><message></message><data><snapshot_name>a</snapshot_name></data>";
        let expected = "<code>OK</code><message>!</message><data><snapshot_name>a!</snapshot_name></data>";
        assert_eq!(appended(body.into()), expected);
    }
}
