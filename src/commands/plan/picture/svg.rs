//! The words of SVG that the picture is made of.

use std::fmt;
use std::io::{self, Write};

use holdfast_engine::Layout;

/// Colours that differ, and on which dark text can be read. Further categories have made ones.
const COLOURS: [&str; 12] = [
    "#8ab8e0", "#f5b65a", "#8fd0a0", "#eaa3c0", "#b9a5e0", "#e8dc72", "#7fcfc9", "#d9ae92", "#f0958a",
    "#b4d667", "#b7c3ca", "#9aa9f2",
];

/// A text that is no markup.
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| match character {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            // XML has no such characters.
            '\u{fffe}' | '\u{ffff}' => f.write_str("\u{fffd}"),
            _ => write!(f, "{character}"),
        })
    }
}

/// About how wide a text is, in tenths of the size of its letters: those of Asia are as wide as they are high.
pub(super) fn tenths(text: &str) -> i64 {
    text.chars().map(|character| if u32::from(character) < 0x1100 { 6 } else { 10 }).sum()
}

/// About how wide a text of this size is.
pub(super) fn wide(text: &str, size: i64) -> i64 {
    tenths(text) * size / 10
}

/// Writes the head: the size, and what things look like.
pub(super) fn begin(out: &mut impl Write, layout: &Layout, width: i64, height: i64) -> io::Result<()> {
    writeln!(
        out,
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11" fill="#222">
<style>
text{{white-space:pre}}
.m{{text-anchor:middle}} .e{{text-anchor:end}} .b{{font-weight:bold;font-size:13px}} .s{{fill:#777;font-size:9px}}
.a{{stroke:#1c4fa0;stroke-width:2}} .k{{stroke:#1c4fa0;stroke-width:1.2;stroke-dasharray:2 1.5}} .l{{stroke:#1c4fa0;stroke-width:1.2;fill:none}}
.g{{stroke:#333;stroke-width:1.3;fill:none}} .f{{fill:#f6f6f4;stroke:#d5d5d0}} .d{{stroke:#bbb;stroke-dasharray:6 4}}"##
    )?;
    for at in 0..layout.categories().len() {
        match COLOURS.get(at) {
            Some(colour) => writeln!(out, ".c{at}{{fill:{colour}}}")?,
            None => writeln!(out, ".c{at}{{fill:hsl({},50%,{}%)}}", at * 137 % 360, 65 + at % 3 * 8)?,
        }
    }
    writeln!(out, "</style>\n<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>")
}

pub(super) fn end(out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "</svg>")?;
    out.flush()
}

/// Writes a text; its class says how it stands at the point.
pub(super) fn text(out: &mut impl Write, class: &str, (x, y): (i64, i64), text: &str) -> io::Result<()> {
    writeln!(out, r#"<text class="{class}" x="{x}" y="{y}">{}</text>"#, Escaped(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_no_markup() {
        assert_eq!(
            Escaped("<a href='x'>&\"가\u{ffff}").to_string(),
            "&lt;a href=&#39;x&#39;&gt;&amp;&quot;가\u{fffd}"
        );
        assert_eq!((wide("ab", 10), wide("가", 10)), (12, 10));
    }
}
