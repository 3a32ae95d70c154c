//! What loosely typed providers send, and what is read of it.

use std::fmt::{Debug, Write as _};

use cloudsnap_core::provider::lenient;
use proptest::prelude::*;
use serde::Deserialize;
use serde::de::DeserializeSeed;
use serde_json::Value;

/// A reader's name, and what it reads of a JSON value.
type Reader = (&'static str, fn(&str) -> String);

macro_rules! reader {
    ($function:path => $type:ty) => {{
        #[derive(Deserialize)]
        struct Field {
            #[serde(default, deserialize_with = "field")]
            value: $type,
        }
        fn field<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
            $function(deserializer)
        }
        fn read(json: &str) -> String {
            shown(serde_json::from_str::<Field>(&format!("{{\"value\":{json}}}")).map(|field| field.value))
        }
        fn read_value(json: &str) -> String {
            let value: Value = serde_json::from_str(&format!("{{\"value\":{json}}}")).unwrap();
            shown(serde_json::from_value::<Field>(value).map(|field| field.value))
        }
        fn read_both(json: &str) -> String {
            let (direct, through_value) = (read(json), read_value(json));
            let without_place = |text: &str| text.split(" at line").next().map(str::to_owned);
            assert_eq!(without_place(&direct), without_place(&through_value), "{json}");
            direct
        }
        assert_eq!(
            read("null"),
            shown::<$type, serde_json::Error>(Ok(serde_json::from_str::<Field>("{}").unwrap().value))
        );
        read_both as fn(&str) -> String
    }};
}

fn shown<T: Debug, E: std::fmt::Display>(result: Result<T, E>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(error) => format!("error: {}", error.to_string().split(" at line").next().unwrap_or_default()),
    }
}

#[derive(Debug, Deserialize)]
struct Inner {
    #[expect(dead_code, reason = "shown by Debug")]
    a: u8,
}

fn readers() -> [Reader; 6] {
    [
        ("text", reader!(lenient::text => Option<String>)),
        ("whole", reader!(lenient::whole => Option<u64>)),
        ("decimal", reader!(lenient::decimal => Option<f64>)),
        ("flag", reader!(lenient::flag => Option<bool>)),
        ("list", reader!(lenient::list => Vec<Value>)),
        ("object", reader!(lenient::object => Option<Inner>)),
    ]
}

#[test]
fn the_table_of_what_is_read_of_what() {
    let inputs = [
        "null",
        r#""""#,
        r#"" ""#,
        "0",
        "1",
        "42",
        "-1",
        "5.0",
        "5.5",
        "1e3",
        "18446744073709551615",
        "18446744073709551616",
        "true",
        "false",
        r#""0""#,
        r#""1""#,
        r#"" 42 ""#,
        r#""-1""#,
        r#""5.5""#,
        r#""1e400""#,
        r#""nan""#,
        r#""inf""#,
        r#""true""#,
        r#""YES""#,
        r#""No""#,
        r#""maybe""#,
        r#""Ünïcode""#,
        "[]",
        "[1,2]",
        r#"["a"]"#,
        "{}",
        r#"{"a":1}"#,
        r#"{"a":"x"}"#,
        r#"{"0":"x","1":"y"}"#,
    ];
    let mut table = String::new();
    for input in inputs {
        let _ = writeln!(table, "{input}");
        for (name, read) in readers() {
            let _ = writeln!(table, "  {name:<8}{}", read(input));
        }
    }
    insta::assert_snapshot!(table);
}

fn list(json: &str) -> Vec<u32> {
    #[derive(Deserialize)]
    struct Field {
        #[serde(deserialize_with = "lenient::list")]
        value: Vec<u32>,
    }
    serde_json::from_str::<Field>(&format!("{{\"value\":{json}}}")).unwrap().value
}

#[test]
fn an_object_keyed_by_numbers_is_read_in_the_order_of_the_numbers() {
    assert_eq!(list(r#"{"10":10,"2":2,"1":1,"0":0,"11":11}"#), [0, 1, 2, 10, 11]);
}

#[test]
fn keys_that_are_no_numbers_come_last_in_their_own_order() {
    assert_eq!(list(r#"{"b":4,"3":3,"a":5,"1":1}"#), [1, 3, 5, 4]);
}

#[test]
fn an_entry_that_cannot_be_read_fails_the_list() {
    #[derive(Debug, Deserialize)]
    struct Field {
        #[expect(dead_code, reason = "it is never read successfully")]
        #[serde(deserialize_with = "lenient::list")]
        value: Vec<u32>,
    }
    for json in [r#"{"value":["x"]}"#, r#"{"value":{"0":"x"}}"#, r#"{"value":7}"#, r#"{"value":"x"}"#] {
        assert!(serde_json::from_str::<Field>(json).is_err(), "{json}");
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[0-9eE.+-]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[0-9a]{0,3}", inner, 0..4).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn no_json_makes_a_reader_fall_over(json in any_json()) {
        for (_, read) in readers() {
            read(&json.to_string());
        }
    }

    #[test]
    fn whole_numbers_mean_the_same_as_numbers_and_as_text(number in any::<u64>()) {
        let whole = readers()[1].1;
        prop_assert_eq!(whole(&number.to_string()), format!("Some({number})"));
        prop_assert_eq!(whole(&format!("\"{number}\"")), format!("Some({number})"));
    }

    #[test]
    fn a_list_in_an_object_is_the_list(entries in prop::collection::vec(any::<u32>(), 0..30)) {
        let keyed: Vec<String> = entries.iter().enumerate().map(|(key, entry)| format!("\"{key}\":{entry}")).collect();
        prop_assert_eq!(list(&format!("{{{}}}", keyed.join(","))), entries);
    }
}

#[test]
fn each_entry_is_turned_as_it_is_read_and_a_missing_list_is_an_error() {
    let read = |json: &str| {
        let doubled = lenient::Each::new(|number: u8| number.checked_mul(2).ok_or("too large"));
        let member = lenient::Member::new("items", doubled);
        shown(member.deserialize(&mut serde_json::Deserializer::from_str(json)))
    };
    let cases = [
        r#"{"id":"x","items":[1,2],"more":{"items":[9]}}"#,
        r#"{"items":{"1":2,"0":1}}"#,
        r#"{"items":null}"#,
        r#"{"items":[200]}"#,
        r#"{"items":"none"}"#,
        r#"{"id":"x"}"#,
        "[1]",
    ];
    let shown: Vec<String> = cases.iter().map(|json| format!("{json}  {}", read(json))).collect();
    insta::assert_snapshot!(shown.join("\n"));
}
