use std::fmt::Write;

use http::StatusCode;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::answer::Answer;

/// An object whose members keep their order, in JSON and in XML.
#[derive(Clone, Debug, Default)]
pub(super) struct Object(Vec<(&'static str, Value)>);

#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    Number(f64),
    Records(Vec<Object>),
}

impl Object {
    #[must_use]
    pub(super) fn text(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.0.push((name, Value::Text(text.into())));
        self
    }

    #[must_use]
    pub(super) fn number(mut self, name: &'static str, number: f64) -> Self {
        self.0.push((name, Value::Number(number)));
        self
    }

    #[must_use]
    pub(super) fn records(mut self, records: Vec<Self>) -> Self {
        self.0.push(("records", Value::Records(records)));
        self
    }

    fn write_xml(&self, xml: &mut String) {
        for (name, value) in &self.0 {
            // Not escaped, as the documentation shows its URLs.
            let _ = match value {
                Value::Text(text) => write!(xml, "<{name}>{text}</{name}>"),
                Value::Number(number) => write!(xml, "<{name}>{number}</{name}>"),
                Value::Records(records) => {
                    let _ = write!(xml, "<{name}>");
                    for record in records {
                        xml.push_str("<record>");
                        record.write_xml(xml);
                        xml.push_str("</record>");
                    }
                    write!(xml, "</{name}>")
                }
            };
        }
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) if number.fract() == 0.0 => serializer.serialize_i64(*number as i64),
            Self::Number(number) => serializer.serialize_f64(*number),
            // PHP prints an empty map as an empty list.
            Self::Records(records) if records.is_empty() => serializer.collect_seq(records),
            Self::Records(records) => {
                let mut map = serializer.serialize_map(Some(records.len()))?;
                for (number, record) in records.iter().enumerate() {
                    map.serialize_entry(&number.to_string(), record)?;
                }
                map.end()
            }
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Format {
    Json,
    Xml,
}

#[derive(Serialize)]
struct Envelope<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Object>,
}

impl Format {
    /// Always HTTP 200: success and failure are told by `code`.
    pub(super) fn envelope(self, code: &str, message: &str, data: Option<&Object>) -> Answer {
        match self {
            Self::Json => Answer::json(StatusCode::OK, &Envelope { code, message, data }),
            Self::Xml => {
                let mut xml = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
                let _ = write!(xml, "<code>{code}</code>\n<message>{message}</message>\n");
                if let Some(data) = data {
                    xml.push_str("<data>");
                    data.write_xml(&mut xml);
                    xml.push_str("</data>\n");
                }
                Answer::text(StatusCode::OK, "text/xml; charset=utf-8", xml)
            }
        }
    }
}
