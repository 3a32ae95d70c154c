//! The provider's XML, read as if it were its JSON.
//!
//! As documented it is not well-formed: there is no root element, and `&` stands raw in URLs and passwords. Every value
//! is text; the readers of JSON take text for everything.

use std::borrow::Cow;

use roxmltree::{Document, Node};
use serde_json::{Map, Value};

/// More than any documented answer has; the bound keeps hostile ones off the stack.
const DEEPEST: usize = 16;

/// The element that lists put their entries in.
const RECORDS: &str = "records";

/// The body as text, where it is XML rather than JSON.
pub(crate) fn text(body: &str) -> Option<&str> {
    let text = body.trim_start_matches('\u{feff}').trim();
    text.starts_with('<').then_some(text)
}

/// The answer as JSON would have it: elements as members, a list as an array, everything else as text.
pub(crate) fn value(text: &str) -> Result<Value, String> {
    let text = without_declaration(text);
    let text = without_passwords(&text);
    let text = with_whole_references(&text);
    let document = Document::parse(&text).map_err(|error| error.to_string())?;
    let envelope = envelope(document.root_element());
    if !has_code(envelope) {
        return Err("it is no answer of the provider's".to_owned());
    }
    convert(envelope, DEEPEST)
}

/// Drops the declaration and puts a root around what follows.
fn without_declaration(text: &str) -> String {
    let rest = match text.strip_prefix("<?xml") {
        Some(declared) => declared.split_once("?>").map_or("", |(_, rest)| rest),
        None => text,
    };
    format!("<answer>{rest}</answer>")
}

/// The element that holds `code`, `message` and `data`: our own, or the one root that a repaired service may send.
fn envelope<'a, 'input>(answer: Node<'a, 'input>) -> Node<'a, 'input> {
    let mut elements = answer.children().filter(Node::is_element);
    match (elements.next(), elements.next()) {
        (Some(root), None) if has_code(root) => root,
        _ => answer,
    }
}

fn has_code(envelope: Node<'_, '_>) -> bool {
    envelope.children().any(|child| child.has_tag_name("code"))
}

/// Cuts root passwords out before anything else reads them: they are nobody's business here, and may hold a `<`.
fn without_passwords(text: &str) -> Cow<'_, str> {
    const OPENING: &str = "<root_password>";
    const CLOSING: &str = "</root_password>";
    let mut kept = Cow::Borrowed("");
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPENING) {
        let Some((_, after)) = after.split_once(CLOSING) else { break };
        kept += before;
        rest = after;
    }
    kept + rest
}

/// Escapes each `&` that begins no reference.
fn with_whole_references(text: &str) -> Cow<'_, str> {
    let mut pieces = text.split('&');
    let mut escaped = Cow::Borrowed(pieces.next().unwrap_or_default());
    for piece in pieces {
        escaped += if begins_reference(piece) { "&" } else { "&amp;" };
        escaped += piece;
    }
    escaped
}

/// Whether this, after a `&`, is one of the five entities that XML knows, or the number of a character it allows.
fn begins_reference(text: &str) -> bool {
    const LONGEST: usize = "#x10FFFF;".len();
    let Some(end) = text.bytes().take(LONGEST).position(|byte| byte == b';') else { return false };
    let name = text.get(..end).unwrap_or_default();
    let number = match (name.strip_prefix("#x"), name.strip_prefix('#')) {
        (Some(digits), _) => u32::from_str_radix(digits, 16),
        (None, Some(digits)) => digits.parse(),
        (None, None) => return matches!(name, "amp" | "lt" | "gt" | "quot" | "apos"),
    };
    let character = number.ok().and_then(char::from_u32);
    !name.contains('+')
        && character.is_some_and(
            |character| matches!(character, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..='\u{10ffff}'),
        )
}

fn convert(element: Node<'_, '_>, deepest: usize) -> Result<Value, String> {
    if deepest == 0 {
        return Err(format!("the answer is nested deeper than {DEEPEST} elements"));
    }
    let children: Vec<_> = element.children().filter(Node::is_element).collect();
    if children.is_empty() {
        let text: String = element.children().filter_map(|child| child.text()).collect();
        return Ok(Value::String(text.trim().to_owned()));
    }
    let values = children.iter().map(|child| convert(*child, deepest - 1));
    if is_list(element, &children) {
        return values.collect::<Result<_, _>>().map(Value::Array);
    }
    let mut members = Map::new();
    for (child, value) in children.iter().zip(values) {
        // Of two alike the first: one of the documented examples repeats the name of an id.
        members.entry(child.tag_name().name()).or_insert(value?);
    }
    Ok(Value::Object(members))
}

/// Every child of a list's element is one entry, whatever its name.
fn is_list(element: Node<'_, '_>, children: &[Node<'_, '_>]) -> bool {
    let alike = |pair: &[Node<'_, '_>]| pair[0].tag_name() == pair[1].tag_name();
    element.has_tag_name(RECORDS) || (children.len() > 1 && children.windows(2).all(alike))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(body: &str) -> Result<Value, String> {
        value(text(body).expect("XML"))
    }

    #[test]
    fn three_elements_without_a_root_and_with_one() {
        let expected = json!({"code": "OK", "message": "", "data": {"server_id": "12345"}});
        let three = "<code>OK</code>\n<message></message>\n<data>\n    <server_id>12345</server_id>\n</data>";
        let declaration = r#"<?xml version="1.0" encoding="utf-8"?>"#;
        assert_eq!(read(three), Ok(expected.clone()));
        assert_eq!(read(&format!("\u{feff}{declaration}\n{three}")), Ok(expected.clone()));
        assert_eq!(read(&format!("{declaration}<response>{three}</response>\n")), Ok(expected));
    }

    #[test]
    fn a_raw_ampersand_is_text_and_a_reference_is_what_it_stands_for() {
        let url = "<code>http://s/x.disk?md5=jhg&expired=1&lt;=2&#38;3&#x26;4&&amp;&lt&#0;&#+38;&unknown;</code>";
        assert_eq!(read(url), Ok(json!({"code": "http://s/x.disk?md5=jhg&expired=1<=2&3&4&&&lt&#0;&#+38;&unknown;"})));
    }

    #[test]
    fn every_child_of_a_list_is_an_entry() {
        let list = |records: &str| read(&format!("<code>OK</code><data><records>{records}</records></data>"));
        let expected = |records: Value| Ok(json!({"code": "OK", "data": {"records": records}}));
        assert_eq!(list(""), expected(json!("")));
        assert_eq!(list("<record><id>1</id></record>"), expected(json!([{"id": "1"}])));
        assert_eq!(list("<a><id>1</id></a><b><id>2</id></b>"), expected(json!([{"id": "1"}, {"id": "2"}])));
        assert_eq!(read("<a>1</a>"), Err("it is no answer of the provider's".to_owned()));
        assert_eq!(read("<code><x>1</x><x>2</x></code>"), Ok(json!({"code": ["1", "2"]})));
        assert_eq!(read("<code><x>1</x><y>2</y><x>3</x></code>"), Ok(json!({"code": {"x": "1", "y": "2"}})));
    }

    #[test]
    fn a_root_password_is_never_read() {
        let server = read("<code>OK</code><data><id>1</id><root_password>a&*<b</root_password><x>2</x></data>");
        assert_eq!(server, Ok(json!({"code": "OK", "data": {"id": "1", "x": "2"}})));
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |depth: usize| read(&format!("<code/>{}{}", "<a>".repeat(depth), "</a>".repeat(depth)));
        assert!(nested(DEEPEST - 1).is_ok());
        assert!(nested(DEEPEST).unwrap_err().contains("nested deeper"));
        assert!(nested(100_000).is_err());
    }

    #[test]
    fn many_ampersands_take_no_longer_than_few() {
        assert!(read(&format!("<code>{}</code>", "&".repeat(1 << 20))).is_ok());
    }

    #[test]
    fn entities_of_its_own_are_refused() {
        let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaa\">]><code>&a;</code>";
        assert!(read(bomb).is_err());
    }

    proptest! {
        #[test]
        fn no_input_panics(body in ".*") {
            if let Some(text) = text(&body) {
                let _ = value(text);
            }
        }

        #[test]
        fn nothing_that_looks_like_xml_panics(
            body in "(<\\?xml|\\?>|<[/!]?(code|data|records|a|answer|root_password)>?|</answer>|&(amp|#x?[0-9a-fé]{0,9})?;?|<!\\[CDATA\\[|\\]\\]>|<!--|-->| |é|\u{feff}){0,40}"
        ) {
            if let Some(text) = text(&body) {
                let _ = value(text);
            }
        }

        #[test]
        fn text_with_ampersands_is_read_back(written in "[a-z&;#= ]{0,40}[a-z]") {
            let raw = written.replace(';', "");
            prop_assert_eq!(read(&format!("<code>{raw}</code>")), Ok(json!({"code": raw.trim()})));
        }
    }
}
