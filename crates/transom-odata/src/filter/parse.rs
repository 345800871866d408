//! Text to tree: recursive descent that counts its depth and its nodes.
//!
//! The grammar is that of "OData 4.01 URL Conventions", 5.1.1, as far as contract C.5 takes it over. Precedence from
//! strong to weak: functions and `in`, comparisons, `not`, `and`, `or`.

mod literal;
mod operand;

use super::{Comparator, Filter, Operand, Quantifier, TextTest};
use crate::{
    error::{ErrorCode, Fault},
    lexer::{Placed, Token, tokens},
    limits::{DEPTH_MAX, IN_VALUES_MAX, NODES_MAX},
    names,
    schema::{Collection, Element, Kind, Schema},
};

/// Reads a filter.
pub(super) fn filter(text: &str, schema: &Schema) -> Result<Filter, Fault> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
        depth: 0,
        nodes: 0,
        schema,
        lambda: None,
    };
    let filter = parser.either()?;
    match parser.peek() {
        Token::End => Ok(filter),
        _ => Err(parser.expected("'and', 'or' or the end")),
    }
}

/// The collection whose elements a lambda's variable stands for.
struct Lambda {
    variable: String,
    collection: &'static Collection,
}

struct Parser<'a> {
    tokens: Vec<Placed>,
    at: usize,
    depth: usize,
    nodes: usize,
    schema: &'a Schema,
    lambda: Option<Lambda>,
}

/// An operand and the kind that it is compared as; `None` for `null`.
struct Typed {
    operand: Operand,
    kind: Option<Kind>,
    position: usize,
}

impl Parser<'_> {
    fn placed(&self) -> &Placed {
        // The last token is the end, and nothing goes beyond it.
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn peek(&self) -> &Token {
        &self.placed().token
    }

    fn position(&self) -> usize {
        self.placed().position
    }

    fn advance(&mut self) {
        self.at += 1;
    }

    fn expected(&self, what: &str) -> Fault {
        let message = format!("expected {what}, found {}", self.peek().noun());
        Fault::at(self.position(), ErrorCode::Syntax, message)
    }

    /// Whether the next token is this word. Operators are written in lower case, but Graph takes any.
    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Word(w) if w.eq_ignore_ascii_case(word))
    }

    fn is_sign(&self, sign: char) -> bool {
        *self.peek() == Token::Sign(sign)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let is = self.is_word(word);
        self.at += usize::from(is);
        is
    }

    fn take_sign(&mut self, sign: char) -> bool {
        let is = self.is_sign(sign);
        self.at += usize::from(is);
        is
    }

    fn sign(&mut self, sign: char) -> Result<(), Fault> {
        if self.take_sign(sign) {
            Ok(())
        } else {
            Err(self.expected(&format!("'{sign}'")))
        }
    }

    /// Counts a node.
    fn node(&mut self) -> Result<(), Fault> {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            let message = format!("the filter has more than {NODES_MAX} parts");
            return Err(Fault::at(self.position(), ErrorCode::LimitExceeded, message));
        }
        Ok(())
    }

    /// One level deeper, for as long as `work` takes.
    fn deeper<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.depth == DEPTH_MAX {
            let message = format!("the filter is nested more than {DEPTH_MAX} deep");
            return Err(Fault::at(self.position(), ErrorCode::LimitExceeded, message));
        }
        self.depth += 1;
        let outcome = work(self);
        self.depth -= 1;
        outcome
    }

    /// `a or b or …`
    fn either(&mut self) -> Result<Filter, Fault> {
        let mut parts = vec![self.both()?];
        while self.take_word("or") {
            self.node()?;
            parts.push(self.both()?);
        }
        Ok(Filter::any(parts))
    }

    /// `a and b and …`
    fn both(&mut self) -> Result<Filter, Fault> {
        let mut parts = vec![self.condition()?];
        while self.take_word("and") {
            self.node()?;
            parts.push(self.condition()?);
        }
        Ok(Filter::all(parts))
    }

    /// One condition.
    fn condition(&mut self) -> Result<Filter, Fault> {
        self.node()?;
        if self.take_word("not") {
            let inner = self.deeper(Self::condition)?;
            return Ok(Filter::Not(Box::new(inner)));
        }
        if self.take_sign('(') {
            let inner = self.deeper(Self::either)?;
            self.sign(')')?;
            return Ok(inner);
        }
        if let Some(test) = self.text_test() {
            let search = self.deeper(|parser| parser.search(test))?;
            return self.outcome(search);
        }
        if let Some(collection) = self.quantified()? {
            return self.deeper(|parser| parser.quantifier(collection));
        }
        let left = self.operand()?;
        self.comparison(left)
    }

    /// The search that begins here, if one does.
    fn text_test(&self) -> Option<TextTest> {
        let is_call = self
            .tokens
            .get(self.at + 1)
            .is_some_and(|t| t.token == Token::Sign('('));
        let test = TextTest::ALL.into_iter().find(|t| self.is_word(t.as_str()));
        test.filter(|_| is_call)
    }

    /// `contains(text, part)`
    fn search(&mut self, test: TextTest) -> Result<Filter, Fault> {
        self.advance();
        self.sign('(')?;
        let text = self.operand()?;
        self.text_only(&text)?;
        self.sign(',')?;
        let part = self.operand()?;
        self.text_only(&part)?;
        self.sign(')')?;
        Ok(Filter::Text {
            test,
            text: text.operand,
            part: part.operand,
        })
    }

    fn text_only(&self, typed: &Typed) -> Result<(), Fault> {
        match typed.kind {
            None | Some(Kind::Text | Kind::Enum(_)) => Ok(()),
            Some(kind) => {
                let message = format!("expected a text, this is {}", kind.noun());
                Err(Fault::at(typed.position, ErrorCode::TypeMismatch, message))
            }
        }
    }

    /// `… eq true` after a search.
    fn outcome(&mut self, search: Filter) -> Result<Filter, Fault> {
        let equal = if self.take_word("eq") {
            true
        } else if self.take_word("ne") {
            false
        } else {
            return Ok(search);
        };
        let to = if self.take_word("true") {
            true
        } else if self.take_word("false") {
            false
        } else {
            return Err(self.expected("true or false"));
        };
        Ok(Filter::Outcome {
            of: Box::new(search),
            equal,
            to,
        })
    }

    /// The collection of the `collection/any(…)` that begins here, if one does.
    fn quantified(&self) -> Result<Option<&'static Collection>, Fault> {
        let next = |n: usize| self.tokens.get(self.at + n).map(|t| &t.token);
        let (Some(Token::Word(name)), Some(Token::Sign('/'))) = (next(0), next(1)) else {
            return Ok(None);
        };
        if self.lambda.as_ref().is_some_and(|l| l.variable == *name) {
            return Ok(None);
        }
        if self.lambda.is_some() {
            let message = format!("expected a condition without a lambda of its own, found '{name}/'");
            return Err(Fault::at(self.position(), ErrorCode::Syntax, message).about(name));
        }
        if let Some(collection) = self.schema.collection(name) {
            return Ok(Some(collection));
        }
        let known = self.schema.collections.iter().map(|c| c.name);
        let message = match self.schema.property(name) {
            Some(property) => format!("'{}' cannot be looked into", property.name),
            None => format!("there is no collection '{name}'{}", names::hint(name, known)),
        };
        let code = ErrorCode::InvalidProperty;
        Err(Fault::at(self.position(), code, message).about(name))
    }

    /// `collection/any(variable: condition)`
    fn quantifier(&mut self, collection: &'static Collection) -> Result<Filter, Fault> {
        self.advance();
        self.sign('/')?;
        let quantifier = if self.take_word("any") {
            Quantifier::Any
        } else if self.take_word("all") {
            Quantifier::All
        } else {
            return Err(self.expected("'any' or 'all'"));
        };
        self.sign('(')?;
        if quantifier == Quantifier::Any && self.take_sign(')') {
            return Ok(Filter::Quantified {
                quantifier,
                collection,
                condition: None,
            });
        }
        let Token::Word(variable) = self.peek().clone() else {
            return Err(self.expected("the name of a variable"));
        };
        if self.schema.property(&variable).is_some() {
            let message = format!("expected the name of a variable, '{variable}' is a property");
            return Err(Fault::at(self.position(), ErrorCode::Syntax, message));
        }
        self.advance();
        self.sign(':')?;
        self.lambda = Some(Lambda { variable, collection });
        let condition = self.deeper(Self::either);
        self.lambda = None;
        let condition = condition?;
        self.sign(')')?;
        Ok(Filter::Quantified {
            quantifier,
            collection,
            condition: Some(Box::new(condition)),
        })
    }

    /// What follows a left side.
    fn comparison(&mut self, left: Typed) -> Result<Filter, Fault> {
        if self.take_word("in") {
            return self.list(left);
        }
        let comparator = Comparator::ALL.into_iter().find(|c| self.is_word(c.as_str()));
        let Some(comparator) = comparator else {
            if left.kind == Some(Kind::Boolean) {
                return Ok(Filter::Truth(left.operand));
            }
            return Err(self.expected("a comparison (eq, ne, gt, ge, lt, le, in)"));
        };
        let place = self.position();
        self.advance();
        let right = self.operand()?;
        // The side that was written as a literal is the one that does not fit.
        let (left, right) = if matches!(left.operand, Operand::Literal(_)) {
            (self.fitted(left, right.kind)?, right)
        } else {
            let right = self.fitted(right, left.kind)?;
            (left, right)
        };
        let kind = left.kind.or(right.kind);
        if let Some(kind) = kind
            && !comparator.is_equality()
            && !kind.is_ordered()
        {
            let message = "values of this kind have no order: expected eq, ne or in";
            return Err(Fault::at(place, ErrorCode::TypeMismatch, message));
        }
        Ok(Filter::Compare {
            left: left.operand,
            comparator,
            right: right.operand,
        })
    }

    /// `in ('a', 'b')`
    fn list(&mut self, left: Typed) -> Result<Filter, Fault> {
        self.sign('(')?;
        let mut values = Vec::new();
        loop {
            self.node()?;
            if values.len() == IN_VALUES_MAX {
                let message = format!("the list has more than {IN_VALUES_MAX} values");
                return Err(Fault::at(self.position(), ErrorCode::LimitExceeded, message));
            }
            let Some(literal) = self.literal()? else {
                return Err(self.expected("a literal"));
            };
            let literal = self.fitted(literal, left.kind)?;
            match literal.operand {
                Operand::Literal(value) => values.push(value),
                // What `literal` gave is one.
                _ => return Err(self.expected("a literal")),
            }
            if !self.take_sign(',') {
                break;
            }
        }
        self.sign(')')?;
        Ok(Filter::In {
            operand: left.operand,
            values,
        })
    }

    /// The kinds of the elements that the variable stands for.
    fn element(&self, variable: &str) -> Option<&'static Element> {
        let lambda = self.lambda.as_ref().filter(|l| l.variable == variable);
        lambda.map(|l| &l.collection.element)
    }
}
