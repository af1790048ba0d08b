//! Checkstyle's XML: of each file its findings as errors, with a severity.

use std::io::{self, Write};

use dagu_schema::Severity;

use super::Checked;
use super::paths::Root;
use super::xml::{document, text};

pub(super) fn write(files: &[Checked], out: &mut dyn Write) -> io::Result<()> {
    let root = Root::current();
    document(out, |xml| {
        // The version of Checkstyle whose form it is: the one that readers know from other linters.
        xml.create_element("checkstyle").with_attribute(("version", "4.3")).write_inner_content(|xml| {
            files.iter().try_for_each(|file| {
                let name = text(&root.name(&file.path));
                let element = xml.create_element("file").with_attribute(("name", &*name));
                if file.diagnostics.is_empty() {
                    element.write_empty()?;
                    return Ok(());
                }
                element.write_inner_content(|xml| {
                    file.diagnostics.iter().try_for_each(|diagnostic| {
                        let severity = match diagnostic.severity {
                            Severity::Error => "error",
                            Severity::Warning => "warning",
                            Severity::Info | Severity::Hint => "info",
                        };
                        let [(line, column), _] =
                            file.places(file.marked(diagnostic.span)).map(|(line, column)| (line.to_string(), column.to_string()));
                        let (message, source) = (text(&diagnostic.message), format!("dagu-rs.{}", diagnostic.rule));
                        let error =
                            [("line", &*line), ("column", &column), ("severity", severity), ("message", &message), ("source", &source)];
                        xml.create_element("error").with_attributes(error).write_empty()?;
                        Ok(())
                    })
                })?;
                Ok(())
            })
        })?;
        Ok(())
    })
}
