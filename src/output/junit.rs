//! JUnit's XML: a test suite for each file, in it a failed test for each finding; one that passes where nothing was found.

use std::io::{self, Write};

use dagu_schema::Diagnostic;
use quick_xml::events::BytesText;

use super::paths::Root;
use super::xml::{Xml, document, text};
use super::{Checked, with_help};

pub(super) fn write(files: &[Checked], out: &mut dyn Write) -> io::Result<()> {
    let root = Root::current();
    let count = |number: usize| number.to_string();
    let tests = |file: &Checked| file.diagnostics.len().max(1);
    document(out, |xml| {
        let all = count(files.iter().map(tests).sum());
        let failed = count(files.iter().map(|file| file.diagnostics.len()).sum());
        let suites = [("name", "dagu-rs"), ("tests", &all), ("failures", &failed), ("errors", "0")];
        xml.create_element("testsuites").with_attributes(suites).write_inner_content(|xml| {
            files.iter().try_for_each(|file| {
                let name = text(&root.name(&file.path));
                let (all, failed) = (count(tests(file)), count(file.diagnostics.len()));
                let suite = [("name", &*name), ("tests", &all), ("failures", &failed), ("errors", "0")];
                xml.create_element("testsuite").with_attributes(suite).write_inner_content(|xml| {
                    if file.diagnostics.is_empty() {
                        let passed = [("name", "no findings"), ("classname", &*name)];
                        xml.create_element("testcase").with_attributes(passed).write_empty()?;
                    }
                    file.diagnostics.iter().try_for_each(|diagnostic| failed_test(file, &name, diagnostic, xml))
                })?;
                Ok(())
            })
        })?;
        Ok(())
    })
}

fn failed_test(file: &Checked, name: &str, diagnostic: &Diagnostic, xml: &mut Xml<'_>) -> io::Result<()> {
    let [(line, column), _] = file.places(file.marked(diagnostic.span));
    let rule = diagnostic.rule;
    let test = format!("{rule} at {line}:{column}");
    xml.create_element("testcase").with_attributes([("name", &*test), ("classname", name)]).write_inner_content(|xml| {
        let message = text(&diagnostic.message);
        let failure = [("message", &*message), ("type", diagnostic.severity.name())];
        let more = format!("{name}:{line}:{column}: {}[{rule}] {}", diagnostic.severity.name(), text(&with_help(diagnostic)));
        xml.create_element("failure").with_attributes(failure).write_text_content(BytesText::new(&more))?;
        Ok(())
    })?;
    Ok(())
}
