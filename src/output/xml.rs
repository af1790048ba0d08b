//! What the formats in XML share.

use std::io::{self, Write};

use dagu_schema::printable;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, Event};

pub(super) type Xml<'a> = Writer<&'a mut dyn Write>;

/// A document, with what writes its root.
pub(super) fn document(out: &mut dyn Write, content: impl FnOnce(&mut Xml<'_>) -> io::Result<()>) -> io::Result<()> {
    let mut xml: Xml<'_> = Writer::new_with_indent(out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    content(&mut xml)?;
    writeln!(xml.into_inner())
}

/// A text without what XML forbids, which is written as in the other reports.
pub(super) fn text(text: &str) -> String {
    printable::lines(text).replace('\u{fffe}', "\\u{fffe}").replace('\u{ffff}', "\\u{ffff}")
}
