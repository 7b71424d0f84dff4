//! Texts of a description, in normal form C from the moment that they are read.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::state::values::normal;

/// A text in normal form C; a number is the text of its digits, as most labels of seats are numbers. Whether it is a label, or
/// names some, is told when the map is built.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Text(Box<str>);

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(normal(text).into())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        if text.is_ascii() { Self(text.into()) } else { text.as_str().into() }
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &**self)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyText;
        impl Visitor<'_> for AnyText {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_str<E>(self, text: &str) -> Result<Text, E> {
                Ok(text.into())
            }

            fn visit_u64<E>(self, number: u64) -> Result<Text, E> {
                Ok(number.to_string().into())
            }
        }
        deserializer.deserialize_any(AnyText)
    }
}

/// Lists of seats, or what else there is by name, in the order in which they were given. No name stands twice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Named<T = Vec<Text>>(pub Vec<(Text, T)>);

impl<T> Named<T> {
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// What a complaint says that there should be.
pub(super) trait Expected {
    const WORDS: &'static str;
}

impl Expected for Vec<Text> {
    const WORDS: &'static str = "an object of lists of seats, {\"...\": [\"1\", \"3-8\"]}";
}

impl Expected for Text {
    const WORDS: &'static str = "an object of texts, {\"...\": \"...\"}";
}

impl Expected for u32 {
    const WORDS: &'static str = "an object of numbers, {\"...\": 100}";
}

impl<T: Serialize> Serialize for Named<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        self.0.iter().try_for_each(|(name, list)| map.serialize_entry(name, list))?;
        map.end()
    }
}

impl<'de, T: Deserialize<'de> + Expected> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Lists<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de> + Expected> Visitor<'de> for Lists<T> {
            type Value = Named<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(T::WORDS)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Named<T>, A::Error> {
                let mut lists = Vec::<(Text, T)>::new();
                while let Some(entry) = map.next_entry()? {
                    lists.push(entry);
                }
                let mut names: Vec<&Text> = lists.iter().map(|(name, _)| name).collect();
                names.sort_unstable();
                match names.windows(2).find(|pair| pair[0] == pair[1]) {
                    Some(pair) => Err(A::Error::custom(format_args!("{:?} stands twice", pair[0]))),
                    None => Ok(Named(lists)),
                }
            }
        }
        deserializer.deserialize_map(Lists(PhantomData))
    }
}
