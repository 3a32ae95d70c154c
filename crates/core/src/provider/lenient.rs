//! Reading what loosely typed providers send: numbers as text, flags as `"0"`, lists as objects, nothing as `""`.
//!
//! For `#[serde(default, deserialize_with = "…")]` on the fields of a provider's bodies.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Text, from text or a number or a flag; `None` from `null` and empty text.
///
/// # Errors
///
/// Where a list or an object stands instead.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(scalar(deserializer)?.map(Scalar::into_text))
}

/// Text that is borrowed from the body, unless it has escapes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text<'a>(pub std::borrow::Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(text.into()))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(text.to_owned().into()))
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}

/// A whole number, from a number or text; `None` from `null` and empty text.
///
/// # Errors
///
/// Where something else stands instead.
pub fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    match scalar(deserializer)? {
        None => Ok(None),
        Some(Scalar::Whole(number)) => Ok(Some(number)),
        Some(other) => parse(&other.into_text(), "a whole number"),
    }
}

/// A number that may have a fraction, from a number or text; `None` from `null` and empty text.
///
/// # Errors
///
/// Where something else stands instead.
pub fn decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    match scalar(deserializer)? {
        None => Ok(None),
        Some(Scalar::Decimal(number)) => Ok(Some(number)),
        #[expect(clippy::cast_precision_loss, reason = "as a number with a fraction is written")]
        Some(Scalar::Whole(number)) => Ok(Some(number as f64)),
        Some(other) => {
            let text = other.into_text();
            parse(&text, "a number")?
                .filter(|number: &f64| number.is_finite())
                .map(Some)
                .ok_or_else(|| unexpected("a number", &text))
        }
    }
}

/// A flag, from `true`, `1`, `"1"`, `"yes"`, `"true"` and their opposites; `None` from `null` and empty text.
///
/// # Errors
///
/// Where something else stands instead.
pub fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    let Some(scalar) = scalar(deserializer)? else { return Ok(None) };
    let text = scalar.into_text();
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" => Ok(Some(true)),
        "0" | "false" | "no" => Ok(Some(false)),
        _ => Err(de::Error::custom(format_args!("expected a flag, found {text:?}"))),
    }
}

/// A list, from a list, from an object keyed `"0"`, `"1"` … in the order of those numbers, or from nothing at all:
/// `null` or empty text.
///
/// # Errors
///
/// Where an entry cannot be read.
pub fn list<'de, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Each::new(Ok::<T, Infallible>).deserialize(deserializer)
}

/// An object of which nothing but an empty list is there: `None`. As PHP writes an empty map.
///
/// # Errors
///
/// Where the object cannot be read, or the list has entries.
pub fn object<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    deserializer.deserialize_any(ObjectVisitor(PhantomData))
}

fn parse<T: std::str::FromStr, E: de::Error>(text: &str, expected: &str) -> Result<Option<T>, E> {
    text.trim().parse().map(Some).map_err(|_| unexpected(expected, text))
}

fn unexpected<E: de::Error>(expected: &str, text: &str) -> E {
    E::custom(format_args!("expected {expected}, found {text:?}"))
}

fn scalar<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Scalar>, D::Error> {
    deserializer.deserialize_any(ScalarVisitor)
}

enum Scalar {
    Text(String),
    Whole(u64),
    Negative(i64),
    Decimal(f64),
    Flag(bool),
}

impl Scalar {
    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Whole(number) => number.to_string(),
            Self::Negative(number) => number.to_string(),
            Self::Decimal(number) => number.to_string(),
            Self::Flag(flag) => flag.to_string(),
        }
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Option<Scalar>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, a number, a flag or null")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok((!text.is_empty()).then(|| Scalar::Text(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok((!text.is_empty()).then_some(Scalar::Text(text)))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(Scalar::Whole(number)))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(Scalar::Negative(number)))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Some(Scalar::Decimal(number)))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Some(Scalar::Flag(flag)))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// Reads a list as [`list`] does, and turns each entry into what it becomes before the next is read: a long list is never
/// there twice.
#[derive(Debug)]
pub struct Each<T, F> {
    convert: F,
    entry: PhantomData<T>,
}

impl<T, F> Each<T, F> {
    /// Entries are turned by `convert`; its first error ends the list.
    pub fn new<U, E>(convert: F) -> Self
    where
        F: FnMut(T) -> Result<U, E>,
    {
        Self { convert, entry: PhantomData }
    }
}

impl<'de, T, F, U, E> DeserializeSeed<'de> for Each<T, F>
where
    T: Deserialize<'de>,
    F: FnMut(T) -> Result<U, E>,
    E: fmt::Display,
{
    type Value = Vec<U>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T, F, U, E> Visitor<'de> for Each<T, F>
where
    T: Deserialize<'de>,
    F: FnMut(T) -> Result<U, E>,
    E: fmt::Display,
{
    type Value = Vec<U>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list, or an object keyed by numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(entry) = entries.next_element()? {
            list.push((self.convert)(entry).map_err(de::Error::custom)?);
        }
        Ok(list)
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut keyed = BTreeMap::new();
        while let Some((key, entry)) = entries.next_entry::<String, T>()? {
            let entry = (self.convert)(entry).map_err(de::Error::custom)?;
            // Keys that are no numbers come last, in their own order.
            keyed.insert((key.parse::<u64>().unwrap_or(u64::MAX), key), entry);
        }
        Ok(keyed.into_values().collect())
    }

    fn visit_str<E2: de::Error>(self, text: &str) -> Result<Self::Value, E2> {
        if text.trim().is_empty() { Ok(Vec::new()) } else { Err(E2::invalid_type(de::Unexpected::Str(text), &self)) }
    }

    fn visit_unit<E2>(self) -> Result<Self::Value, E2> {
        Ok(Vec::new())
    }

    fn visit_none<E2>(self) -> Result<Self::Value, E2> {
        Ok(Vec::new())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// Reads one member of an object with a seed of its own, and skips the others.
#[derive(Debug)]
pub struct Member<S> {
    name: &'static str,
    seed: S,
}

impl<S> Member<S> {
    /// The member of this name.
    pub fn new(name: &'static str, seed: S) -> Self {
        Self { name, seed }
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Member<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for Member<S> {
    type Value = S::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with `{}`", self.name)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let (mut seed, mut value) = (Some(self.seed), None);
        while let Some(Text(name)) = entries.next_key()? {
            match seed.take_if(|_| name == self.name) {
                Some(seed) => value = Some(entries.next_value_seed(seed)?),
                None => drop(entries.next_value::<IgnoredAny>()?),
            }
        }
        value.ok_or_else(|| de::Error::missing_field(self.name))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object, or an empty list")
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
        T::deserialize(de::value::MapAccessDeserializer::new(entries)).map(Some)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        match entries.next_element::<IgnoredAny>()? {
            None => Ok(None),
            Some(_) => Err(de::Error::invalid_type(de::Unexpected::Seq, &self)),
        }
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        if text.trim().is_empty() { Ok(None) } else { Err(E::invalid_type(de::Unexpected::Str(text), &self)) }
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}
