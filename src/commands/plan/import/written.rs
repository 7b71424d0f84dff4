//! Writes a description for people: a line for each section, and for each row.

use std::io::{self, Write};

use holdfast_engine::EventSpec;
use serde::Serialize as _;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// The lists whose entries have lines of their own: sections, and rows in them, by how much is around their entries.
const LISTS: [usize; 2] = [2, 4];

/// How many objects and lists are open.
#[derive(Default)]
struct Lines {
    open: usize,
}

impl Lines {
    fn new_line(&self, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
        write!(out, "\n{:1$}", "", self.open)
    }
}

impl Formatter for Lines {
    fn begin_object<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.open += 1;
        out.write_all(b"{")
    }

    fn end_object<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.open -= 1;
        out.write_all(b"}")
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        out.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn begin_array<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.open += 1;
        out.write_all(b"[")
    }

    fn end_array<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.open -= 1;
        out.write_all(b"]")
    }

    fn begin_array_value<W: Write + ?Sized>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if LISTS.contains(&self.open) {
            out.write_all(if first { b"" } else { b"," })?;
            return self.new_line(out);
        }
        out.write_all(if first { b"" } else { b", " })
    }
}

/// The description, with a line end.
///
/// # Errors
/// What the serializer says.
pub(super) fn json(spec: &EventSpec) -> Result<String, String> {
    let mut bytes = Vec::new();
    spec.serialize(&mut Serializer::with_formatter(&mut bytes, Lines::default()))
        .map_err(|error| error.to_string())?;
    bytes.push(b'\n');
    String::from_utf8(bytes).map_err(|error| error.to_string())
}
