//! What an operator reads, in any shape: replies that are not on the way of a sale are made of these, and a front end
//! writes them without knowing what they say.

use serde::ser::{Serialize, SerializeMap, Serializer};

/// A tree of numbers and texts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Document {
    /// There is nothing.
    Nothing,
    /// A number, or a time in Unix milliseconds.
    Number(u64),
    /// A text.
    Text(Box<str>),
    /// Several in an order.
    List(Vec<Self>),
    /// Several, each with its name.
    Fields(Vec<(Box<str>, Self)>),
}

impl Document {
    /// Fields in this order.
    #[must_use]
    pub fn fields<const N: usize>(fields: [(&str, Self); N]) -> Self {
        Self::Fields(fields.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// One behind another.
    pub fn list(items: impl IntoIterator<Item = Self>) -> Self {
        Self::List(items.into_iter().collect())
    }

    /// What there is, or nothing.
    #[must_use]
    pub fn or_nothing(value: Option<impl Into<Self>>) -> Self {
        value.map_or(Self::Nothing, Into::into)
    }
}

impl From<u64> for Document {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Document {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Document {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

/// In the order of its fields.
impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Nothing => serializer.serialize_unit(),
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Fields(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                fields.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
                map.end()
            }
        }
    }
}
