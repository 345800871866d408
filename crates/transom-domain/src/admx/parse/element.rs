//! What an administrator fills in, and what is written then.

use super::{
    super::{
        definition::{Data, Element, ElementKind, EnumItem, ListItem},
        language::Language,
        tree::Node,
    },
    NAME_BYTES_MAX,
};

/// Largest number of a `decimal` when the template does not say (its schema).
const DECIMAL_MAX: u64 = 9_999;

/// One element of a policy, or what is wrong with it.
pub(super) fn element(node: &Node, language: &Language, presentation: Option<&str>) -> Result<Element, String> {
    let id = node
        .attribute("id")
        .filter(|id| !id.is_empty() && id.len() <= NAME_BYTES_MAX);
    let id = id.ok_or_else(|| {
        format!(
            "its {} element must have an id of 1 to {NAME_BYTES_MAX} bytes",
            node.name
        )
    })?;
    let at = |problem: String| format!("its element {id}: {problem}");
    let number = |name: &str| -> Result<Option<u64>, String> {
        let text = node.attribute(name).map(str::trim).filter(|t| !t.is_empty());
        text.map(|t| {
            t.parse::<u64>()
                .map_err(|_| at(format!("{name} must be a whole number")))
        })
        .transpose()
    };
    let value = |child: &str| node.child(child).map(data).transpose().map_err(at);
    let items = |child: &str| list(node.child(child)).map_err(at);
    let kind = match node.name.as_str() {
        "boolean" => ElementKind::Boolean {
            true_value: value("trueValue")?,
            false_value: value("falseValue")?,
            true_list: items("trueList")?,
            false_list: items("falseList")?,
        },
        "decimal" => ElementKind::Decimal {
            min: number("minValue")?.unwrap_or(0),
            max: number("maxValue")?.unwrap_or(DECIMAL_MAX),
            store_as_text: node.flag("storeAsText"),
        },
        "longDecimal" => ElementKind::LongDecimal {
            min: number("minValue")?.unwrap_or(0),
            max: number("maxValue")?.unwrap_or(DECIMAL_MAX),
            store_as_text: node.flag("storeAsText"),
        },
        "text" => ElementKind::Text {
            max_length: number("maxLength")?,
            expandable: node.flag("expandable"),
        },
        "multiText" => ElementKind::MultiText {
            max_length: number("maxLength")?,
            max_strings: number("maxStrings")?,
        },
        "enum" => {
            let item = |item: &Node| {
                Ok::<_, String>(EnumItem {
                    display_name: item.attribute("displayName").and_then(|t| language.string(t)),
                    value: item.child("value").map(data).transpose().map_err(at)?,
                    value_list: list(item.child("valueList")).map_err(at)?,
                })
            };
            ElementKind::Enum {
                items: node.all("item").map(item).collect::<Result<_, _>>()?,
            }
        }
        "list" => ElementKind::List {
            additive: node.flag("additive"),
            explicit_value: node.flag("explicitValue"),
            value_prefix: node.attribute("valuePrefix").map(str::to_owned),
            expandable: node.flag("expandable"),
        },
        other => {
            return Err(at(format!(
                "is of the unknown type {}",
                other.chars().take(64).collect::<String>()
            )));
        }
    };
    Ok(Element {
        id: id.to_owned(),
        label: language.label(presentation, id),
        required: node.flag("required"),
        key: node.attribute("key").map(str::to_owned),
        value_name: node.attribute("valueName").map(str::to_owned),
        kind,
    })
}

/// What is written: the one element inside.
pub(super) fn data(node: &Node) -> Result<Data, String> {
    let inner = node.children.first().ok_or_else(|| format!("{} is empty", node.name))?;
    let number = || {
        let text = inner.attribute("value").unwrap_or_default().trim();
        let wrong = || format!("{} must have a whole number as its value", inner.name);
        text.parse::<u64>().map_err(|_| wrong())
    };
    match inner.name.as_str() {
        "decimal" => Ok(Data::Decimal(number()?)),
        "longDecimal" => Ok(Data::LongDecimal(number()?)),
        "string" => Ok(Data::String(inner.text.clone())),
        "delete" => Ok(Data::Delete),
        other => Err(format!(
            "{} holds the unknown {}",
            node.name,
            other.chars().take(64).collect::<String>()
        )),
    }
}

/// A list of values; `defaultKey` counts where an item has no key.
pub(super) fn list(node: Option<&Node>) -> Result<Vec<ListItem>, String> {
    let Some(node) = node else {
        return Ok(Vec::new());
    };
    let default = node.attribute("defaultKey");
    let item = |item: &Node| {
        Ok(ListItem {
            key: item.attribute("key").or(default).map(str::to_owned),
            value_name: item.attribute("valueName").map(str::to_owned),
            value: item.child("value").map(data).transpose()?,
        })
    };
    node.all("item").map(item).collect()
}
