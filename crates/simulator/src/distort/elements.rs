use std::io::Write;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header;

use crate::answer::Answer;

/// How much text the tiny items make.
const SIZE: usize = 14 * 1024 * 1024;

/// Where the lists of the providers' answers begin.
const LISTS: [&str; 10] = [
    "\"items\":[",
    "\"data\":[",
    "\"return\":[",
    "\"snapshots\":[",
    "\"servers\":[",
    "\"list\":[",
    "\"volumeAttachments\":[",
    "\"records\":[",
    "\"records\":{",
    "<records>",
];

/// Puts as many of these items as fit [`SIZE`] at the beginning of the list in the answer.
///
/// An answer without a list gets one, as a member that no provider documents.
pub(crate) fn crowd(answer: Answer, item: &str) -> Answer {
    crowd_to(answer, item, SIZE)
}

fn crowd_to(answer: Answer, item: &str, size: usize) -> Answer {
    let count = size / (item.len() + 1);
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    let begins = LISTS.iter().find_map(|list| body.find(list).map(|at| at + list.len()));
    let Some(begins) = begins else {
        let elements = separated(item, count);
        return match body.strip_prefix('{') {
            Some(rest) => answer.with_body(format!("{{\"elements\":[{elements}],{rest}")),
            None => answer,
        };
    };
    let (head, tail) = body.split_at(begins);
    let comma = if tail.starts_with([']', '}', '<']) { "" } else { "," };
    let items = match head.as_bytes().last() {
        Some(b'{') => numbered(item, size),
        Some(b'>') => item.repeat(count),
        _ => separated(item, count),
    };
    let crowded = format!("{head}{items}{comma}{tail}");
    answer.with_body(crowded)
}

fn separated(item: &str, count: usize) -> String {
    let mut items = format!("{item},").repeat(count);
    items.pop();
    items
}

/// The items as members, under numbers that no page of a list reaches.
fn numbered(item: &str, size: usize) -> String {
    const FIRST: usize = 1_000_000;
    let count = size / (item.len() + 11);
    let members: Vec<_> = (FIRST..FIRST + count).map(|number| format!("\"{number}\":{item}")).collect();
    members.join(",")
}

/// Compresses the body with gzip, whatever the client accepts.
pub(crate) fn compress(answer: Answer) -> Answer {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Writing into memory does not fail.
    let _ = encoder.write_all(&answer.body);
    let body = Bytes::from(encoder.finish().unwrap_or_default());
    answer.with_body(body).header(header::CONTENT_ENCODING, "gzip")
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use serde_json::{Value, json};

    use super::*;

    fn crowded(body: &Value) -> Value {
        let answer = crowd_to(Answer::json(StatusCode::OK, body), "{}", 300);
        serde_json::from_slice(&answer.body).unwrap()
    }

    #[test]
    fn the_list_is_crowded_and_what_was_there_stays() {
        let list = crowded(&json!({ "items": [{ "id": "a" }] }));
        let items = list["items"].as_array().unwrap();
        assert_eq!(items.len(), 101);
        assert_eq!(items.last(), Some(&json!({ "id": "a" })));
        assert_eq!(crowded(&json!({ "records": { "0": {} } }))["records"].as_object().unwrap().len(), 24);
        assert_eq!(crowded(&json!({ "records": [] }))["records"].as_array().unwrap().len(), 100);
        assert_eq!(crowded(&json!({ "id": "a" }))["elements"].as_array().unwrap().len(), 100);
    }

    #[test]
    fn a_list_in_xml_is_crowded_too() {
        let answer = Answer::text(StatusCode::OK, "text/xml", "<records></records>");
        assert_eq!(crowd_to(answer, "<record/>", 20).body, "<records><record/><record/></records>");
    }
}
