//! ADML: the texts of a template in one language, and the labels of its forms.

use super::tree::Node;
use std::collections::HashMap;

/// The texts of a template.
#[derive(Debug, Default)]
pub(super) struct Language {
    strings: HashMap<String, String>,
    /// Labels by presentation and element.
    labels: HashMap<String, HashMap<String, String>>,
}

impl Language {
    /// Reads the texts out of an ADML document.
    pub(super) fn of(root: &Node) -> Self {
        let mut language = Self::default();
        let Some(resources) = root.child("resources") else {
            return language;
        };
        for string in resources.within("stringTable", "string") {
            if let Some(id) = string.attribute("id") {
                language.strings.insert(id.to_owned(), string.text.trim().to_owned());
            }
        }
        for presentation in resources.within("presentationTable", "presentation") {
            let controls = presentation.children.iter().filter_map(|control| {
                let label = control.child("label").map_or(&control.text, |label| &label.text).trim();
                let id = control.attribute("refId")?;
                (!label.is_empty()).then(|| (id.to_owned(), label.to_owned()))
            });
            if let Some(id) = presentation.attribute("id") {
                language.labels.insert(id.to_owned(), controls.collect());
            }
        }
        language
    }

    /// The text that `$(string.Name)` stands for; any other text stands for itself. None where there is no such string.
    pub(super) fn string(&self, text: &str) -> Option<String> {
        match reference(text, "string") {
            Some(id) => self.strings.get(id).cloned(),
            None => Some(text.to_owned()).filter(|t| !t.is_empty()),
        }
    }

    /// The label of an element in the presentation that `$(presentation.Name)` stands for.
    pub(super) fn label(&self, presentation: Option<&str>, element: &str) -> Option<String> {
        let id = reference(presentation?, "presentation")?;
        self.labels.get(id)?.get(element).cloned()
    }
}

/// What `$(kind.Name)` names.
fn reference<'a>(text: &'a str, kind: &str) -> Option<&'a str> {
    let name = text.trim().strip_prefix("$(")?.strip_suffix(')')?;
    name.strip_prefix(kind)?.strip_prefix('.')
}
