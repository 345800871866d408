//! Operands: properties, the lambda's variable, functions of texts, literals.

use super::{Parser, Typed};
use crate::{
    error::{ErrorCode, Fault},
    filter::Operand,
    lexer::Token,
    names,
    schema::{self, Element, Kind, Property},
    value::Value,
};

impl Parser<'_> {
    /// One side of a comparison, or an argument.
    pub(super) fn operand(&mut self) -> Result<Typed, Fault> {
        self.node()?;
        if let Some(literal) = self.literal()? {
            return Ok(literal);
        }
        let position = self.position();
        let Token::Word(name) = self.peek().clone() else {
            return Err(self.expected("a property, a function or a literal"));
        };
        self.advance();
        if self.is_sign('(') {
            return self.deeper(|parser| parser.function(&name, position));
        }
        if let Some(element) = self.element(&name) {
            return self.variable(element, &name, position);
        }
        let property = self.known(self.schema.properties, &name, position)?;
        Ok(Typed {
            operand: Operand::Property(property),
            kind: Some(property.kind),
            position,
        })
    }

    /// `tolower(…)` and `toupper(…)`.
    fn function(&mut self, name: &str, position: usize) -> Result<Typed, Fault> {
        let wrap: fn(Box<Operand>) -> Operand = match name.to_ascii_lowercase().as_str() {
            "tolower" => Operand::Lower,
            "toupper" => Operand::Upper,
            _ => {
                let known = ["contains", "startswith", "endswith", "tolower", "toupper"];
                let hint = names::hint(name, known.into_iter());
                let message = format!(
                    "expected one of the functions {}, found '{name}'{hint}",
                    known.join(", ")
                );
                return Err(Fault::at(position, ErrorCode::Syntax, message).about(name));
            }
        };
        self.sign('(')?;
        let argument = self.operand()?;
        self.text_only(&argument)?;
        self.sign(')')?;
        // Once folded, a text stays as it is.
        let operand = match (wrap(Box::new(Operand::Variable)), argument.operand) {
            (Operand::Lower(_), same @ Operand::Lower(_)) | (Operand::Upper(_), same @ Operand::Upper(_)) => same,
            (_, other) => wrap(Box::new(other)),
        };
        Ok(Typed {
            operand,
            kind: Some(Kind::Text),
            position,
        })
    }

    /// The lambda's variable, or a property of it.
    fn variable(&mut self, element: &'static Element, name: &str, position: usize) -> Result<Typed, Fault> {
        match element {
            Element::Scalar(kind) => Ok(Typed {
                operand: Operand::Variable,
                kind: Some(*kind),
                position,
            }),
            Element::Record(properties) => {
                if !self.take_sign('/') {
                    let message = format!("expected '/' and a property of '{name}', found {}", self.peek().noun());
                    return Err(Fault::at(self.position(), ErrorCode::Syntax, message));
                }
                let at = self.position();
                let Token::Word(inner) = self.peek().clone() else {
                    return Err(self.expected("a property"));
                };
                self.advance();
                let property = self.known(properties, &inner, at)?;
                Ok(Typed {
                    operand: Operand::Element(property),
                    kind: Some(property.kind),
                    position,
                })
            }
        }
    }

    /// The property with a name, if it may be compared.
    fn known(&self, properties: &'static [Property], name: &str, at: usize) -> Result<&'static Property, Fault> {
        let known = properties.iter().filter(|p| p.filterable).map(|p| p.name);
        let Some(property) = schema::find(properties, name) else {
            let message = format!("there is no property '{name}'{}", names::hint(name, known));
            return Err(Fault::at(at, ErrorCode::InvalidProperty, message).about(name));
        };
        if property.filterable {
            return Ok(property);
        }
        let message = if self.schema.collection(name).is_some() {
            format!(
                "'{0}' is a collection: expected '{0}/any(…)' or '{0}/all(…)'",
                property.name
            )
        } else {
            format!("'{}' cannot be compared", property.name)
        };
        Err(Fault::at(at, ErrorCode::UnsupportedProperty, message).about(property.name))
    }

    /// An operand as the kind of the other side wants it: a text becomes a value of an enumeration, an integer a number.
    pub(super) fn fitted(&self, typed: Typed, other: Option<Kind>) -> Result<Typed, Fault> {
        let (Some(own), Some(other)) = (typed.kind, other) else {
            return Ok(typed);
        };
        let fits = match (own, other) {
            (Kind::Text, Kind::Enum(values)) => match &typed.operand {
                Operand::Literal(Value::Text(text)) => {
                    self.enumerated(text, values, typed.position)?;
                    true
                }
                _ => true,
            },
            (Kind::Enum(_), Kind::Text) => true,
            (Kind::Integer | Kind::Decimal, Kind::Integer | Kind::Decimal) => true,
            (own, other) => own == other,
        };
        if fits {
            return Ok(typed);
        }
        let found = match &typed.operand {
            Operand::Property(p) | Operand::Element(p) => format!("'{}', which is {}", p.name, own.noun()),
            _ => own.noun().to_owned(),
        };
        let message = format!("expected {}, found {found}", other.noun());
        Err(Fault::at(typed.position, ErrorCode::TypeMismatch, message))
    }

    fn enumerated(&self, text: &str, values: &[&str], position: usize) -> Result<(), Fault> {
        if values.iter().any(|v| v.eq_ignore_ascii_case(text)) {
            return Ok(());
        }
        let shown: String = text.chars().take(40).collect();
        let message = format!("expected one of {}, found '{shown}'", values.join(", "));
        Err(Fault::at(position, ErrorCode::InvalidValue, message).about(text))
    }
}
